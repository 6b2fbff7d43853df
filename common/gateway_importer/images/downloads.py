"""The Gateway fetches the public picture itself."""

from __future__ import annotations

from gateway_importer.catalog import Image
from gateway_importer.gateway.client import Refusal
from gateway_importer.http import HttpFailure
from gateway_importer.images.hotlink import public_address
from gateway_importer.images.way import ImageApi, Placed, PictureFault
from gateway_importer.source import Source


class Downloads:
    """Hands public addresses to the Gateway's POST /downloads/."""

    name = "downloads"

    def __init__(self, api: ImageApi) -> None:
        self._api = api

    async def place(self, image: Image, source: Source) -> Placed:
        """Raises `PictureFault`."""
        try:
            return Placed(await self._api.fetch_image(public_address(image)))
        except Refusal as refusal:
            raise PictureFault(
                "download_refused", f"The Gateway could not fetch the picture ({refusal.message}).",
                "See whether the picture's public address opens in a browser, or use IMAGES=uploads.",
            ) from refusal  # fmt: skip
        except HttpFailure as failure:
            raise PictureFault(
                "download_silent", f"The Gateway did not answer: {failure}.", "Run the command again.", again=True
            ) from failure
