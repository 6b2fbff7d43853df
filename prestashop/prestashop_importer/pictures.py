"""Where a product's pictures are, and how one is read: the original by the webservice, else as anybody reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from gateway_importer.catalog import Image
from gateway_importer.failures import AddressRefused, AnswerLost, HttpFailure
from gateway_importer.http import TRY_AGAIN, Body, Host, Http, Limits

from prestashop_importer.connection import Connection

NO_RIGHT = {401, 403}
FALL_BACK = NO_RIGHT | {500}  # 500: the file is missing (code 61) or of a kind the webservice cannot send (47)


class PictureMissing(HttpFailure):
    """The shop does not have this picture, or does not hand it out."""


class PictureHouse:
    """The pictures of one shop, read under a pace of their own."""

    def __init__(self, http: Http, connection: Connection, limits: Limits) -> None:
        self._http = http
        self._connection = connection
        self._limits = limits
        self._host: Host | None = None
        self._public_only = False

    @property
    def private(self) -> str:
        """The address of an original by the webservice (without the key), with {product} and {image}."""
        way = "webservice/dispatcher.php?url=" if self._connection.dispatcher else "api/"
        return f"{self._connection.base}/{way}images/products/{{product}}/{{image}}"

    @property
    def public(self) -> str:
        """The folder of the originals that anybody may read."""
        return f"{self._connection.base}/img/p"

    @asynccontextmanager
    async def open(self, image: Image) -> AsyncIterator[Body]:
        """One picture. Raises `PictureMissing`, `http.AnswerLost` where another try may go better, and what
        else `http.HttpFailure` knows."""
        access = await self._connection.access()
        async with AsyncExitStack() as opened:
            said = "the key may not read images"
            if access.may_read("images") and not self._public_only:
                status, picture, said = await self._by_key(image, opened)
                if picture is not None:
                    yield picture
                    return
                self._public_only = self._public_only or status in NO_RIGHT
                if status not in FALL_BACK and status != 200:
                    raise _failure(image, status, said)
                await opened.aclose()
            if image.public_url is None:
                raise PictureMissing(f"picture {image.key}: {said}")
            status, body = await opened.enter_async_context(
                self._open_host().stream(image.public_url, max_body=self._limits.max_body, kind="GET picture")
            )
            if status != 200 or body.content_type.startswith("text/"):
                raise _failure(image, status, f"{said}; its public address answered with {_what(status, body)}")
            yield body

    async def _by_key(self, image: Image, opened: AsyncExitStack) -> tuple[int, Body | None, str]:
        """The original by the webservice: its status, its body where it is a picture, and what happened."""
        address, headers = self._with_key(image.url)
        # No redirect is followed with the key: PrestaShop repeats the question in the new address.
        stream = self._open_host().stream(
            address, headers=headers, max_body=self._limits.max_body, redirects=0, kind="GET picture"
        )
        try:
            status, body = await opened.enter_async_context(stream)
        except AddressRefused as refused:
            return 200, None, str(refused)
        is_picture = status == 200 and not body.content_type.startswith("text/")
        return status, body if is_picture else None, f"the webservice answered with {_what(status, body)}"

    def _open_host(self) -> Host:
        if self._host is None or self._host.base != self._connection.base:
            # Asked only once the shop has answered.
            base, probe = self._connection.base, self._connection.probe
            self._host = self._http.host("the shop's pictures", base, self._limits, probe=probe, known=True)
        return self._host

    def _with_key(self, address: str) -> tuple[str, dict[str, str]]:
        if self._connection.key_in_query:
            return f"{address}{'&' if '?' in address else '?'}ws_key={self._connection.key}", {}
        return address, self._connection.authorization()


def _what(status: int, body: Body) -> str:
    return f"status {status}" if status != 200 else f"{body.content_type or 'nothing'} in place of a picture"


def _failure(image: Image, status: int, said: str) -> HttpFailure:
    if status in TRY_AGAIN:
        return AnswerLost(f"picture {image.key}: {said}")
    return PictureMissing(f"picture {image.key}: {said}")
