"""Pictures are read where anybody reads them: in the shop's public folder, without credentials."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway_importer.catalog import Image
from gateway_importer.failures import AnswerLost, HttpFailure
from gateway_importer.http import TRY_AGAIN, Body, Host, Http, Limits


class PictureMissing(HttpFailure):
    """The offer names this picture and the shop does not hand it out."""


class PictureFolder:
    """The pictures of one shop, read under a pace of their own. `base` is the shop's address."""

    def __init__(self, http: Http, limits: Limits) -> None:
        self._http = http
        self._limits = limits
        self._host: Host | None = None

    @asynccontextmanager
    async def open(self, image: Image, base: str) -> AsyncIterator[Body]:
        """One picture. Raises `PictureMissing`, `AnswerLost` where another try may go better, and what else
        `HttpFailure` knows."""
        if self._host is None:
            self._host = self._http.host("the shop's pictures", base, self._limits, typed=False)
        async with self._host.stream(image.url, max_body=self._limits.max_body, kind="GET picture") as (status, body):
            if status != 200 or body.content_type.startswith("text/"):
                what = f"status {status}" if status != 200 else f"{body.content_type} in place of a picture"
                said = f"picture {image.key}: its address answered with {what}"
                raise AnswerLost(said) if status in TRY_AGAIN else PictureMissing(said)
            yield body
