"""Each picture is placed once, however many variants and products show it, in this run and in later ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from gateway_importer.catalog import Image
from gateway_importer.images.way import ImageWay, PictureFault
from gateway_importer.ledger.store import Ledger
from gateway_importer.report.observer import Observer
from gateway_importer.source import Source

FAULT_HOLDS = 20 * 3600.0  # seconds; a picture that could not be had is asked for again the next night

PictureFaultText = tuple[str, str, str]
"""code, cause, cure"""


class Pictures:
    """Places pictures by one way. `dry`: nothing is transferred, and every unknown picture counts as placed."""

    def __init__(self, way: ImageWay | None, source: Source, ledger: Ledger, observer: Observer, *, dry: bool) -> None:
        self._way = way
        self._source = source
        self._ledger = ledger
        self._observer = observer
        self._dry = dry
        self._under_way: dict[str, asyncio.Future[str | PictureFaultText]] = {}
        self.transferred = 0
        self.bytes = 0

    @property
    def way(self) -> str:
        return self._way.name if self._way is not None else "none"

    def known_keys(self, images: Iterable[Image]) -> tuple[str, ...]:
        """The keys that would be sent as far as is known now: all but those that could not be had lately."""
        if self._way is None:
            return ()
        return tuple(image.key for image in images if self.fault(image.key) is None)

    def fault(self, key: str) -> PictureFaultText | None:
        """Why a picture could not be had lately."""
        known = self._ledger.image(self.way, key)
        if known is None or known.fault is None or time.time() - known.at > FAULT_HOLDS:
            return None
        return known.fault

    def address(self, key: str) -> str | None:
        known = self._ledger.image(self.way, key)
        return None if known is None else known.address

    async def place(self, images: Iterable[Image]) -> None:
        """Place those that are not placed yet, side by side; each ends in the ledger, placed or with its fault."""
        if self._way is None or self._dry:
            return
        needed = [image for image in images if self.address(image.key) is None and self.fault(image.key) is None]
        async with asyncio.TaskGroup() as group:
            for image in needed:
                group.create_task(self._place_once(image, self._way))

    async def _place_once(self, image: Image, way: ImageWay) -> None:
        waiting = self._under_way.get(image.key)
        if waiting is not None:
            await asyncio.shield(waiting)
            return
        future: asyncio.Future[str | PictureFaultText] = asyncio.get_running_loop().create_future()
        self._under_way[image.key] = future
        try:
            try:
                placed = await way.place(image, self._source)
            except PictureFault as fault:
                text = (fault.code, fault.cause, fault.cure)
                self._ledger.image_missing(way.name, image.key, text)
                future.set_result(text)
            else:
                self._ledger.image_placed(way.name, image.key, placed.address, placed.size)
                self.transferred += 1
                self.bytes += placed.size
                self._observer.image(placed.size)
                future.set_result(placed.address)
        finally:
            if not future.done():
                future.cancel()
            del self._under_way[image.key]
