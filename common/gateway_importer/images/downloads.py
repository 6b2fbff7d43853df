"""The Gateway fetches a picture itself, from the shop's public address."""

from __future__ import annotations

from gateway_importer.catalog import Image
from gateway_importer.failures import HttpFailure
from gateway_importer.gateway.answers import Refusal
from gateway_importer.images.hotlink import public_address
from gateway_importer.images.way import ImageApi, PictureFault, Placed
from gateway_importer.source import Source


class Downloads:
    """Hands public addresses to the Gateway, which answers with the picture's new one."""

    name = "downloads"

    def __init__(self, api: ImageApi) -> None:
        self._api = api

    async def place(self, image: Image, source: Source) -> Placed:
        """Raises `PictureFault`. The client's own tries are all there are: what it was asked, it may have done."""
        address = public_address(image)
        try:
            return Placed(await self._api.fetch_image(address))
        except Refusal as refusal:
            raise PictureFault(
                "download_refused",
                f"The Gateway could not fetch the picture: {refusal.message}.",
                "See whether its public address opens in a browser, or use IMAGES=uploads.",
            ) from refusal
        except HttpFailure as failure:
            raise PictureFault(
                "download_unavailable",
                f"The Gateway did not answer when asked to fetch the picture: {failure}.",
                "Run the command again.",
            ) from failure
