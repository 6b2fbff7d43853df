"""What the Gateway lists, against the ledger: a lost ledger is rebuilt from it at the start of a run, and at
the end the two are compared by guid."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway_importer.errors import HeldBack, LedgerError
from gateway_importer.gateway.answers import Held
from gateway_importer.gateway.client import Gateway
from gateway_importer.gateway.payload import Mark, digest
from gateway_importer.ledger.sides import Gap
from gateway_importer.ledger.store import Known, Ledger
from gateway_importer.pipeline.tags import Tags

FAULT_OF_BEFORE = (
    "picture_missing",
    "The picture could not be had in an earlier run.",
    "Look at the picture in the shop; it is asked for again tomorrow.",
)


def shows_nothing(there: int) -> HeldBack:
    return HeldBack(
        f"The Gateway's query shows no object at all, but {there} were imported. Going on could double the shop.",
        "Run the command again in some minutes. If somebody deleted them all at the Gateway, move ledger.sqlite out "
        "of the state folder and run again.",
    )


@dataclass(frozen=True, slots=True)
class Restored:
    """What a listing at the start of a run found: objects in all, ours by their mark, and remarks."""

    objects: int
    marked: int
    remarks: tuple[str, ...]


class Listing:
    """Reads the Gateway's list for one run. `way` is how pictures are placed in this run."""

    def __init__(
        self, gateway: Gateway, ledger: Ledger, tags: Tags, *, family: str, shop: str, way: str, index: float
    ) -> None:
        self._gateway = gateway
        self._ledger = ledger
        self._tags = tags
        self._family = family
        self._shop = shop
        self._way = way
        self._index = index

    async def restore(self, *, rebuild: bool, whole: bool, accept_change: bool) -> Restored:
        """Read the list into the run's scratch. `rebuild`: objects that carry our mark enter the ledger.
        `whole`: keep the objects, to compare each field. Raises `LedgerError` where the marks say another shop,
        `HeldBack` where nothing is shown although the ledger knows that something is there.
        """
        await self._tags.list_once()
        while True:
            # All or nothing: half a list, or another shop's, is not to be taken for what is there.
            with self._ledger.file.transaction():
                restored = await self._read(rebuild=rebuild, whole=whole, accept_change=accept_change)
            if restored.objects or not self._ledger.made_variants():
                return restored
            if time.time() > self._ledger.last_made() + self._index:
                raise shows_nothing(self._ledger.made_variants())
            await asyncio.sleep(min(1.0, self._index / 10))

    async def _read(self, *, rebuild: bool, whole: bool, accept_change: bool) -> Restored:
        self._ledger.sides.forget_held()
        objects = marked = 0
        others: set[str] = set()
        twins: set[str] = set()
        newest: datetime | None = None
        async for held in self._gateway.listing():
            objects += 1
            newest = max(filter(None, (newest, held.created)), default=None)
            mark = Mark.from_data(held.raw.get("data"))
            ours = mark is not None and mark.family == self._family
            if mark is not None and ours:
                marked += 1
                if mark.shop != self._shop:
                    others.add(mark.shop)
                if rebuild and self._rebuild(held, mark):
                    twins.add(held.sku)
            raw = held.raw if whole else None
            sku = " ".join(held.sku.split())
            self._ledger.sides.hold(held.guid, sku, held.name, held.archived, ours, raw, held.tags)
        if others and not accept_change:
            raise LedgerError(
                f"The Gateway's products of this kind of shop were imported from {', '.join(sorted(others))}, "
                f"not from {self._shop}.",
                "Give the address as it was then. If the shop has moved, run once with ACCEPT_CHANGE=yes.",
            )
        if rebuild and newest is not None:
            await self._let_the_index_catch_up(newest)
        remarks: tuple[str, ...] = ()
        if twins:
            remark = (
                f"The Gateway holds more than one object of ours for {len(twins)} SKUs "
                f"({', '.join(sorted(twins)[:5])}…): "
                "the oldest is kept up to date, the others are left alone. Delete them at the Gateway."
            )
            remarks = (remark,)
        return Restored(objects, marked, remarks)

    async def _let_the_index_catch_up(self, newest: datetime) -> None:
        """Without a ledger, what was written just now must not be overlooked because the query lags."""
        age = (datetime.now(UTC) - newest).total_seconds() if newest.tzinfo else self._index
        if age >= self._index:
            return
        await asyncio.sleep(min(self._index, self._index - age))
        async for held in self._gateway.listing():
            if held.created is None or (newest - held.created).total_seconds() > self._index:
                break
            mark = Mark.from_data(held.raw.get("data"))
            ours = mark is not None and mark.family == self._family
            if mark is not None and ours:
                self._rebuild(held, mark)
            self._ledger.sides.hold(held.guid, held.sku, held.name, held.archived, ours, held.raw, held.tags)

    def _rebuild(self, held: Held, mark: Mark) -> bool:
        """The ledger's rows for one marked object; True where another one stands for the same variant."""
        known = self._ledger.variants(mark.product).get(mark.variant)
        if known is not None and held.guid in {known.guid, known.doomed}:
            return False
        twin = known is not None and known.state == "live" and not held.archived
        if known is not None and known.state in {"live", "leaving"} and held.archived:
            return False
        if known is not None and known.state in {"intended", "posted"}:
            return False
        self._ledger.restore(
            mark.product,
            held.name,
            Known(
                id=mark.variant,
                state="archived" if held.archived else "live",
                guid=held.guid,
                sku=held.sku,
                own_sku=None,
                name=held.name,
                fields=mark.fields,
                images=mark.images,
                tags=mark.tags,
            ),
        )
        for guid in mark.tags:
            name = self._ledger.sides.variant_tag_name(guid)
            if name is not None and self._ledger.tag_named(name) is None and self._ledger.tag_of(mark.product) is None:
                self._ledger.own_tag(name, mark.product, guid)
        # Whoever put the pictures in another order by hand left no word of which address is which picture's.
        as_sent = mark.placed == digest(list(held.images)) and len(mark.images) == len(held.images)
        if as_sent and mark.fields.get("images") == digest([self._way, *mark.images]):
            for key, address in zip(mark.images, held.images, strict=True):
                if self._ledger.image(self._way, key) is None:
                    self._ledger.image_placed(self._way, key, address, 0)
            for key in mark.lacks:
                if self._ledger.image(self._way, key) is None:
                    self._ledger.image_missing(self._way, key, FAULT_OF_BEFORE)
        return twin

    async def read(self, keep: Collection[str]) -> None:
        """Read the list into the run's scratch. The objects whose guid is in `keep` are kept whole."""
        self._ledger.sides.forget_held()
        async for page in self._gateway.listing_pages():
            self._hold(page, keep)

    async def compare(
        self, last_write: float, *, older: bool, made_by: int | None = None, keep: Collection[str] = ()
    ) -> list[Gap]:
        """The variants that ought to be at the Gateway and that its list does not show, even after the query had time
        to catch up with what was made last, in this run or the one before. `older`: the list was `read` before
        something was made, or not at all. `made_by`: only the variants of that run are looked for. `keep` as in `read`.
        Raises `HeldBack` where it shows nothing.
        """
        last_write = max(last_write, self._ledger.last_made())
        if older:
            await self._look_for(self._ledger.sides.not_held(made_by), keep)
        pause = 0.5
        while missing := self._ledger.sides.not_held(made_by):
            if time.time() > last_write + self._index:
                if not self._ledger.sides.held_any():
                    raise shows_nothing(len(missing))
                # Only what a question of its own does not find either is believed to be gone.
                return [gap for gap in missing if await self._gateway.find(gap.guid, gap.sku) is None]
            await asyncio.sleep(pause)
            pause = min(10.0, pause * 1.5)
            await self._look_for(missing, keep)
        return []

    async def find_deleted(self) -> int:
        """After `restore`: what the list does not show of ours is asked for by itself, and kept if it is there. How
        many somebody deleted."""
        gaps = self._ledger.sides.not_held()
        deleted = 0
        for gap in gaps:
            if not await self.shows(gap.guid, gap.sku, gap.product):
                deleted += 1
                continue
            held = await self._gateway.find(gap.guid, gap.sku)
            if held is not None:
                self._ledger.sides.hold(
                    held.guid, held.sku, held.name, held.archived, True, held.raw, held.tags
                )  # fmt: skip
        return deleted

    async def shows(self, guid: str, sku: str, product: str) -> bool:
        """Whether the Gateway shows an object, and as this product's where its mark says whose it is. One that was
        made just now is waited for."""
        while (held := await self._gateway.find(guid, sku)) is None:
            if time.time() > self._ledger.last_made() + self._index:
                return False
            await asyncio.sleep(min(1.0, self._index / 10))
        mark = Mark.from_data(held.raw.get("data"))
        return mark is None or mark.product == product

    async def _look_for(self, missing: Sequence[Gap], keep: Collection[str]) -> None:
        """What the query has not shown yet is mostly what was written last, and the newest come first."""
        awaited = {gap.guid for gap in missing}
        if not awaited:
            return
        async for page in self._gateway.listing_pages():
            found = [held for held in page if held.guid in awaited]
            self._hold(found, keep)
            awaited.difference_update(held.guid for held in found)
            if not awaited:
                return

    def _hold(self, page: Iterable[Held], keep: Collection[str]) -> None:
        self._ledger.sides.hold_all(
            (held.guid, held.sku, held.name, held.archived, True, held.raw if held.guid in keep else None)
            for held in page
        )
