"""Each picture is placed once, however many variants and products show it, in this run and in later ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from gateway_importer.catalog import Image
from gateway_importer.errors import ImporterError
from gateway_importer.images.way import ImageWay, PictureFault
from gateway_importer.ledger.store import KnownImage, Ledger
from gateway_importer.report.observer import Observer
from gateway_importer.source import Source

# Faults that say nothing of the picture itself: the next run tries again, however soon.
PASSING = frozenset({
    "picture_unreachable", "picture_broke_off", "store_unreachable", "store_failed", "form_unavailable",
    "download_unavailable", "no_room",
})  # fmt: skip
FAULT_HOLDS = 20 * 3600.0  # seconds; a picture that could not be had is asked for again the next night
MOST_AT_HAND = 5000  # pictures of the products under way, and of many that share theirs
FAULTS_BELIEVED = 2  # runs; one alone may have met a proxy's page, or an answer that was damaged on its way

PictureFaultText = tuple[str, str, str]
"""code, cause, cure"""


def _one_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What a group of tasks failed with: the error that ends the run, if it is among them."""
    error: BaseException = group.subgroup(ImporterError) or group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


class Pictures:
    """Places pictures by one way (None: none are). `dry`: nothing is transferred, and every unknown picture counts as
    placed. `believing`: a picture that could not be had before this run counts as one that cannot be had; else some are
    asked for again. What a plan says of pictures is then what carrying it out finds."""

    def __init__(
        self, way: ImageWay | None, source: Source | None, ledger: Ledger, observer: Observer, *, dry: bool,
        believing: bool = False,
    ) -> None:  # fmt: skip
        self._way = way
        self._source = source
        self._ledger = ledger
        self._observer = observer
        self._dry = dry
        self._believing = believing or dry
        self._under_way: dict[str, asyncio.Event] = {}
        self._at_hand: dict[str, KnownImage | None] = {}
        self._started = time.time()
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
        known = self._look_up(key)
        if known is None or known.fault is None:
            return None
        of_before = known.at < self._started
        doubted = known.fault[0] in PASSING or known.faults < FAULTS_BELIEVED
        if of_before and not self._believing and (doubted or time.time() - known.at > FAULT_HOLDS):
            return None
        return known.fault

    def address(self, key: str) -> str | None:
        known = self._look_up(key)
        return None if known is None else known.address

    def _look_up(self, key: str) -> KnownImage | None:
        """What the ledger knows of a picture; asked for once while its products are under way."""
        try:
            return self._at_hand[key]
        except KeyError:
            known = self._ledger.image(self.way, key)
        if len(self._at_hand) >= MOST_AT_HAND:
            self._at_hand.clear()
        self._at_hand[key] = known
        return known

    async def place(self, images: Iterable[Image]) -> None:
        """Place those that are not placed yet, side by side; each ends in the ledger, placed or with its fault.
        Raises `ImporterError` for what ends the run."""
        way, source = self._way, self._source
        if way is None or source is None or self._dry:
            return
        try:
            async with asyncio.TaskGroup() as group:
                for image in images:
                    if not self._known(image.key):
                        group.create_task(self._place_once(image, way, source))
        except BaseExceptionGroup as failed:
            raise _one_of(failed) from failed

    def _known(self, key: str) -> bool:
        return self.address(key) is not None or self.fault(key) is not None

    async def _place_once(self, image: Image, way: ImageWay, source: Source) -> None:
        while (other := self._under_way.get(image.key)) is not None:
            await other.wait()
        if self._known(image.key):
            return
        ended = self._under_way[image.key] = asyncio.Event()
        try:
            placed = await way.place(image, source)
        except PictureFault as fault:
            self._ledger.image_missing(way.name, image.key, (fault.code, fault.cause, fault.cure))
        else:
            self._ledger.image_placed(way.name, image.key, placed.address, placed.size)
            self.transferred += 1
            self.bytes += placed.size
            self._observer.image(placed.size)
        finally:
            self._at_hand.pop(image.key, None)
            del self._under_way[image.key]
            ended.set()
