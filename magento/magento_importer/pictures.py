"""Pictures are read where anybody reads them. A shop answers for one that is missing with its placeholder and status
200: what that looks like is asked once a run."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway_importer.catalog import Image
from gateway_importer.failures import AnswerLost, HttpFailure
from gateway_importer.http import TRY_AGAIN, Host, Http, Limits
from gateway_importer.source import ImageBody

NO_PICTURE = "/catalog/product/g/a/gateway-importer-asks-for-what-is-not-there.jpg"
LARGEST_PLACEHOLDER = 512 * 1024  # bytes


class PictureMissing(HttpFailure):
    """The shop lists this picture and does not hand it out."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """The body that stands for every picture that is missing."""

    length: int
    digest: bytes

    def is_it(self, body: bytes) -> bool:
        return len(body) == self.length and hashlib.sha256(body).digest() == self.digest


class PictureFolder:
    """The pictures of one shop, read under a pace of their own."""

    def __init__(self, http: Http, base: str, limits: Limits) -> None:
        self._http = http
        self._base = base
        self._limits = limits
        self._host: Host | None = None
        self._placeholders: dict[str, Placeholder | None] = {}
        self._asking = asyncio.Lock()

    @asynccontextmanager
    async def open(self, image: Image) -> AsyncIterator[ImageBody]:
        """One picture. Raises `PictureMissing`, `AnswerLost` where another try may go better, and what else
        `HttpFailure` knows."""
        if self._host is None:
            self._host = self._http.host("the shop's pictures", self._base, self._limits, known=True)
        placeholder = await self._placeholder(image.url)
        async with self._host.stream(image.url, max_body=self._limits.max_body, kind="GET picture") as (status, body):
            if status != 200 or body.content_type.startswith("text/"):
                what = f"status {status}" if status != 200 else f"{body.content_type} in place of a picture"
                said = f"picture {image.key}: its address answered with {what}"
                raise AnswerLost(said) if status in TRY_AGAIN else PictureMissing(said)
            if placeholder is None or body.length not in (None, placeholder.length):
                yield body
                return
            # As long as the placeholder, or of unknown length: it is looked at whole, and streamed on if it is larger.
            begun: list[bytes] = []
            pieces = body.chunks()
            async for piece in pieces:
                begun.append(piece)
                if sum(map(len, begun)) > placeholder.length:
                    break
            if placeholder.is_it(b"".join(begun)):
                raise PictureMissing(f"picture {image.key}: the shop shows its placeholder: the file is missing")
            yield _Begun(body.content_type, body.length, begun, pieces)

    async def _placeholder(self, url: str) -> Placeholder | None:
        """What this server answers for a picture that cannot be there; None: with an honest status."""
        parts = urlsplit(url)
        folder = parts.path.partition("/catalog/product/")[0]
        place = f"{parts.scheme}://{parts.netloc}{folder}"
        async with self._asking:
            if place not in self._placeholders:
                self._placeholders[place] = await self._asked(place + NO_PICTURE)
            return self._placeholders[place]

    async def _asked(self, url: str) -> Placeholder | None:
        assert self._host is not None
        async with self._host.stream(url, max_body=LARGEST_PLACEHOLDER, kind="GET placeholder") as (status, body):
            if status in TRY_AGAIN:
                raise AnswerLost(f"{url} answered with status {status}")
            if status != 200 or body.content_type.startswith("text/"):
                return None
            whole = b"".join([piece async for piece in body.chunks()])
        return Placeholder(len(whole), hashlib.sha256(whole).digest())


@dataclass(frozen=True, slots=True)
class _Begun:
    """A picture of which the beginning was read already."""

    content_type: str
    length: int | None
    begun: list[bytes]
    rest: AsyncIterator[bytes]

    async def chunks(self) -> AsyncIterator[bytes]:
        for piece in self.begun:
            yield piece
        async for piece in self.rest:
            yield piece
