"""The one interface of the ways in which a picture reaches the Gateway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gateway_importer.catalog import Image
from gateway_importer.failures import Outlast
from gateway_importer.gateway.answers import UploadForm
from gateway_importer.source import Source


class ImageApi(Protocol):
    """What the ways ask of the Gateway; the Gateway's client has it."""

    async def upload_form(self, filename: str, content_type: str) -> UploadForm: ...

    async def fetch_image(self, url: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture that the Gateway can show: its address, and how many bytes were transferred for it."""

    address: str
    size: int = 0


class PictureFault(Exception):
    """A picture that can't be had. `code` is a short stable word, `cause` and `cure` sentences. It costs the
    picture, never the product. `again`: another try may go better; `outlast` waits for the side that gave no answer,
    once the tries are used up."""

    def __init__(
        self, code: str, cause: str, cure: str, *, again: bool = False, outlast: Outlast | None = None
    ) -> None:
        super().__init__(cause)
        self.code = code
        self.cause = cause
        self.cure = cure
        self.again = again
        self.outlast = outlast


class ImageWay(Protocol):
    """A way to place pictures. `place` raises `PictureFault`; `name` is the setting's word."""

    name: str

    async def place(self, image: Image, source: Source) -> Placed: ...
