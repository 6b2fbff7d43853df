"""A picture's whole way, from the shop on this machine to the object store beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from gateway_importer.catalog import Image
from gateway_importer.http import Host
from gateway_importer.images.uploads import Uploads
from gateway_importer.images.way import PictureFault, Placed
from gateway_importer.source import Source
from picture_servers import FormApi, FormStore, Offer, PictureShop

LIMIT = 10_000_000  # bytes of the largest picture


@dataclass
class Way:
    """A picture's whole way: `shop` and `store` are the two sides, `place` walks it."""

    shop: PictureShop
    store: FormStore
    api: FormApi
    source: Source
    shop_host: Host
    store_host: Host
    spool: Path

    def uploads(self, *, limit: int = LIMIT, tries: int = 3) -> Uploads:
        return Uploads(self.api, self.store_host, spool=self.spool, limit=limit, tries=tries, first_pause=0.001)

    async def place(self, offer: Offer | None, *, limit: int = LIMIT, tries: int = 3) -> Placed:
        if offer is not None:
            self.shop.offers["1021"] = offer
        return await self.uploads(limit=limit, tries=tries).place(Image("1021", "/1021"), self.source)

    async def fault(self, offer: Offer | None, *, limit: int = LIMIT, tries: int = 3) -> PictureFault:
        with pytest.raises(PictureFault) as caught:
            await self.place(offer, limit=limit, tries=tries)
        return caught.value
