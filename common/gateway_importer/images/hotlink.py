"""The vendor's own public address goes to the Gateway."""

from __future__ import annotations

from yarl import URL

from gateway_importer.catalog import Image
from gateway_importer.images.way import Placed, PictureFault
from gateway_importer.source import Source


def public_address(image: Image) -> str:
    """The picture's public address in ASCII; never one that carries a key. Raises `PictureFault`."""
    if image.public_url is None:
        raise PictureFault(
            "no_public_address", "The picture has no public address.", "Use IMAGES=uploads for this shop."
        )
    try:
        return str(URL(image.public_url))
    except ValueError as problem:
        raise PictureFault(
            "picture_address", f"The picture's address cannot be used: {problem}.", "Correct it in the shop."
        ) from problem


class Hotlink:
    """Nothing is transferred."""

    name = "hotlink"

    async def place(self, image: Image, source: Source) -> Placed:
        return Placed(public_address(image))
