"""Pictures of a shop that are read where anybody reads them: at their public addresses, without credentials."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway_importer.catalog import Image
from gateway_importer.failures import AnswerLost, HttpFailure
from gateway_importer.http import TRY_AGAIN, Body, Host, Http, Limits


class PictureMissing(HttpFailure):
    """The shop lists this picture and does not hand it out."""


class PublicPictures:
    """The pictures of one shop, read under a pace of their own: the limits of its API are not theirs."""

    def __init__(self, http: Http, base: str, limits: Limits) -> None:
        self._http = http
        self._base = base
        self._limits = limits
        self._host: Host | None = None

    @asynccontextmanager
    async def open(self, image: Image) -> AsyncIterator[Body]:
        """One picture. Raises `PictureMissing`, `AnswerLost` where another try may go better, and what else
        `HttpFailure` knows."""
        if self._host is None:
            self._host = self._http.host("the shop's pictures", self._base, self._limits, known=True)
        async with self._host.stream(image.url, max_body=self._limits.max_body, kind="GET picture") as (status, body):
            if status != 200 or body.content_type.startswith("text/"):
                what = f"status {status}" if status != 200 else f"{body.content_type} in place of a picture"
                said = f"picture {image.key}: its address answered with {what}"
                raise AnswerLost(said) if status in TRY_AGAIN else PictureMissing(said)
            yield body
