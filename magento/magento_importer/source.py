"""In which order a Magento shop is asked for its catalogue.

Configurable products come first: they name their children, which are then read many at once and are no products of
their own. All others follow, but for what has no page: whether there are such that are nobody's variants is known by
counting. Each page costs one question about the products, one about what visitors are shown, one about stock.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TypeVar

from gateway_importer.catalog import (
    Category,
    CategoryId,
    Failed,
    Fault,
    Image,
    Notice,
    Page,
    Product,
    ProductId,
    Skipped,
)
from gateway_importer.errors import Unreachable
from gateway_importer.options import NOW, TRUST_DATES
from gateway_importer.settings import Values
from gateway_importer.source import Changes, Finding, ImageBody, Join, PageHandle, ShopProfile

from magento_importer import checks, wire
from magento_importer.answers import Row
from magento_importer.changes import MagentoChanges
from magento_importer.client import Client, halved, number
from magento_importer.conditions import Conditions
from magento_importer.library import Library
from magento_importer.lists import Filter
from magento_importer.mapping import SAVE_AGAIN, Refused, rule_of
from magento_importer.pictures import PictureFolder
from magento_importer.profile import category_counts, shop_profile
from magento_importer.reader import Unreadable
from magento_importer.refusals import NoSuchRoute, NotAllowed, PageFault, may_not_read
from magento_importer.rights import box_of, tick
from magento_importer.roster import FIELDS, IDS_AT_ONCE, Roster
from magento_importer.survey import Survey, WrongView
from magento_importer.variants import product_of
from magento_importer.walk import Step, walked

CONFIGURABLES = (Filter("type_id", "eq", wire.CONFIGURABLE),)
OTHERS = Filter("type_id", "neq", wire.CONFIGURABLE)
WITH_PAGES = (OTHERS, Filter("visibility", "in", "2,3,4"))
WITHOUT_PAGES = (OTHERS, Filter("visibility", "eq", "1"))
SAMPLE = 10  # products that a check reads

Seen = wire.Product | Skipped | Failed
Answered = TypeVar("Answered")


@dataclass(frozen=True, slots=True)
class Read(PageHandle):
    """Products whose rows were read already; of `shown`, what visitors are shown of them, None: it was not read."""

    rows: tuple[Seen, ...] = ()
    shown: tuple[wire.Shown, ...] | None = None


@dataclass(frozen=True, slots=True)
class Chosen(PageHandle):
    """Products by their ids."""

    ids: tuple[int, ...] = ()


class MagentoSource:
    """One store view of a Magento shop, 2.3 to 2.4, by its REST API (`gateway_importer.source.Source`)."""

    def __init__(self, client: Client, pictures: PictureFolder, values: Values) -> None:
        self._client = client
        self._pictures = pictures
        self._values = values
        self._library = Library(client)
        self._survey = Survey(client, values)
        self._surveying = asyncio.Lock()
        self._conditions: Conditions | None = None
        self._roster = Roster()
        self._listed: set[int] = set()  # products as the pages showed them
        self._read_to_the_end = False

    async def check(self) -> Sequence[Finding]:
        return await checks.findings(self._client, self._values, self._surveyed, self._read_some, self.open_image)

    async def profile(self) -> ShopProfile:
        conditions = await self._surveyed()
        conditions.require_settings()
        return shop_profile(conditions, await self._answered(self._client.count(conditions.products)))

    async def categories(self) -> Sequence[Category]:
        return (await self._surveyed()).categories

    async def category_counts(self) -> Mapping[CategoryId, int]:
        conditions = await self._surveyed()
        return await self._answered(category_counts(self._client, conditions))

    # --- which products there are --------------------------------------------------------------------------

    async def pages(self) -> AsyncIterator[PageHandle]:
        conditions = await self._now()
        self._listed, self._read_to_the_end = set(), False
        self._roster = Roster()
        of = conditions.products
        try:
            async for step in walked(self._client, of, CONFIGURABLES):
                seen = self._seen_in(step, conditions)
                rows = [one for one in seen if isinstance(one, wire.Product)]
                shown = tuple(await self._library.shown(rows, conditions)) if rows else ()
                for part in _by_children(seen, self._client.size.now):
                    yield Read(_label(part), part, shown)
            self._roster.complete = True
            async for step in walked(self._client, of, WITH_PAGES):
                if seen := self._seen_in(step, conditions):
                    yield Read(_label(seen), tuple(seen))
            if await self._client.count(of) > self._known:
                async for step in walked(self._client, of, WITHOUT_PAGES, fields=FIELDS, limit=self._ids_at_once):
                    if seen := self._seen_in(step, conditions):
                        yield Read(_label(seen), tuple(seen))
        except (PageFault, NoSuchRoute) as fault:
            raise _unreadable_list(fault) from fault
        except NotAllowed as problem:
            raise may_not_read(problem.resource, self._client.connection.base) from problem
        self._read_to_the_end = True

    def pages_of(self, ids: Sequence[ProductId]) -> Sequence[PageHandle]:
        numbers = sorted({int(one) for one in ids if one.isdecimal() and len(one) < 19})
        size = self._client.size.now
        parts = [tuple(numbers[start : start + size]) for start in range(0, len(numbers), size)]
        return [Chosen(f"products {part[0]} to {part[-1]}, chosen", part) for part in parts]

    def everything(self) -> AsyncIterator[ProductId] | None:
        """What was read, and what came since; None before the pages have come to their end, since a list of ids costs
        the shop as long as the products themselves. A run that wants to read less than all has it first."""
        if self._read_to_the_end:
            return self._everything()
        return self._whole_list() if self._values[TRUST_DATES] else None

    async def _everything(self) -> AsyncIterator[ProductId]:
        conditions = await self._now()
        above = max(max(self._listed, default=0), max(self._roster.children, default=0))
        self._listed.update(await self._answered(self._roster.products(self._client, conditions, above)))
        if await self._answered(self._client.count(conditions.products)) > self._known:
            # Rows that no page showed: the whole list once more.
            self._listed = set(await self._answered(self._roster.products(self._client, conditions)))
        for identity in sorted(self._listed):
            yield ProductId(str(identity))

    async def _whole_list(self) -> AsyncIterator[ProductId]:
        conditions = await self._now()
        for identity in await self._answered(self._roster.products(self._client, conditions)):
            yield ProductId(str(identity))

    @property
    def _known(self) -> int:
        """How many rows of the shop are accounted for: products, and those that are variants alone."""
        return len(self._listed) + len(self._roster.children.keys() - self._listed)

    def changes(self) -> Changes:
        return MagentoChanges(self._client, self._library, lambda: self._roster, self._now)

    def joining(self) -> Join | None:
        """None: a configurable product's children are asked for together with it."""
        return None

    def open_image(self, image: Image) -> AbstractAsyncContextManager[ImageBody]:
        return self._pictures.open(image)

    # --- what they are -------------------------------------------------------------------------------------

    async def read(self, page: PageHandle) -> Page:
        """What the products on a page refer to, asked for together; halved where the shop fails."""
        conditions = await self._now()
        shown: tuple[wire.Shown, ...] | None = None
        if isinstance(page, Chosen):
            seen = await self._chosen(page.ids, conditions)
        else:
            assert isinstance(page, Read)
            seen, shown = list(page.rows), page.shown
        failed = [one for one in seen if isinstance(one, Failed)]
        skipped = [one for one in seen if isinstance(one, Skipped)]
        products: list[Product] = []
        pending = deque([[one for one in seen if isinstance(one, wire.Product)]])
        while pending:
            part = pending.popleft()
            try:
                references = await self._library.of(part, conditions, shown) if part else None
            except PageFault as fault:
                if len(part) == 1:
                    failed.append(Failed(ProductId(str(part[0].id)), part[0].name, _fault(fault)))
                else:
                    pending += [part[: len(part) // 2], part[len(part) // 2 :]]
                continue
            except NotAllowed as problem:
                raise may_not_read(problem.resource, self._client.connection.base) from problem
            for row in part:
                assert references is not None
                try:
                    made = product_of(row, references, conditions)
                except Refused as refused:
                    failed.append(Failed(ProductId(str(row.id)), row.name, refused.fault))
                    continue
                if isinstance(made, Skipped):
                    skipped.append(made)
                else:
                    products.append(made)
        return Page(tuple(products), tuple(skipped), tuple(failed), self._lacking())

    async def _chosen(self, ids: Sequence[int], conditions: Conditions) -> list[Seen]:
        async def ask(part: Sequence[int]) -> list[Row]:
            return await self._client.of_ids(conditions.products, part)

        try:
            rows, broken = await halved(ids, ask)
            missing = set(ids) - {number(row) for row in rows} - {one for one, _ in broken}
            if missing and len(missing) == len(ids):
                rows, broken = await halved(ids, ask)  # a list that holds none is not believed at once
            if any(row.get("type_id") != wire.CONFIGURABLE for row in rows):
                await self._roster.completed(self._client, conditions)
        except NotAllowed as problem:
            raise may_not_read(problem.resource, self._client.connection.base) from problem
        except PageFault as fault:
            raise _unreadable_list(fault) from fault
        return [
            *(one for row in rows if (one := self._seen(row, conditions)) is not None),
            *(Failed(ProductId(str(one)), "", _fault(fault)) for one, fault in broken),
        ]

    def _seen_in(self, step: Step, conditions: Conditions) -> list[Seen]:
        """The products of a step, and that they are listed."""
        if step.broken is not None:
            identity, fault = step.broken
            found: list[Seen] = [Failed(ProductId(str(identity)), "", _fault(fault))]
        else:
            found = [one for row in step.rows if (one := self._seen(row, conditions)) is not None]
        self._listed.update(one.id if isinstance(one, wire.Product) else int(one.source_id) for one in found)
        return found

    def _seen(self, row: Row, conditions: Conditions) -> Seen | None:
        """A row as a typed product, or what leaves it out; None for a variant that is no product by itself. What
        decides comes first, so that one with odd values that is switched off is switched off and no failure."""
        identity, name = ProductId(str(number(row))), ""
        try:
            standing = wire.Standing.read(row)
            name = standing.name
            if standing.type_id == wire.CONFIGURABLE:
                self._roster.note(standing, conditions)
            if not self._roster.is_product(standing, conditions):
                return None
            rule = rule_of(standing, conditions)
            return wire.Product.read(row) if rule is None else Skipped(identity, name, *rule)
        except Unreadable as problem:
            return Failed(identity, name, Fault(problem.code, f"{problem}.", SAVE_AGAIN))

    # --- what is read once -----------------------------------------------------------------------------------

    async def _surveyed(self) -> Conditions:
        async with self._surveying:
            if self._conditions is None:
                try:
                    self._conditions = await self._survey.conditions()
                except WrongView as wrong:
                    raise wrong.error() from wrong
                except (PageFault, Unreadable) as fault:
                    cure = fault.cure if isinstance(fault, PageFault) else "Run the command again."
                    base = self._client.connection.base
                    raise Unreachable(f"The settings of {base} cannot be read: {fault}", cure) from fault
            return self._conditions

    async def _now(self) -> Conditions:
        conditions = (await self._surveyed()).at(self._values.get(NOW))
        conditions.require()
        return conditions

    async def _answered(self, asking: Awaitable[Answered]) -> Answered:
        try:
            return await asking
        except (PageFault, NoSuchRoute) as fault:
            raise _unreadable_list(fault) from fault
        except NotAllowed as problem:
            raise may_not_read(problem.resource, self._client.connection.base) from problem

    async def _read_some(self) -> Page:
        """Some products, for a check."""
        conditions = await self._now()
        sold = [Filter("status", "eq", "1"), *WITH_PAGES]
        page = await self._client.search(conditions.products, sold, limit=SAMPLE)
        await self._roster.completed(self._client, conditions)
        seen = [one for row in page.rows if (one := self._seen(row, conditions)) is not None]
        return await self.read(Read("the first products", tuple(seen)))

    @property
    def _ids_at_once(self) -> int:
        return min(IDS_AT_ONCE, self._client.size.allowed)

    def _lacking(self) -> tuple[Notice, ...]:
        if not self._library.no_stock:
            return ()
        said = f"The integration may not read {box_of(self._library.no_stock)}: stock is unknown and left out."
        return (Notice("may_not_read", f"{said} {tick(self._library.no_stock)}"),)


def _by_children(seen: Sequence[Seen], most: int) -> list[tuple[Seen, ...]]:
    """Configurable products in parts of which all children can be asked for at once."""
    found: list[list[Seen]] = []
    children = most
    for one in seen:
        own = len(one.standing.links) if isinstance(one, wire.Product) else 0
        if not found or children + own > most:
            found.append([])
            children = 0
        found[-1].append(one)
        children += own
    return [tuple(part) for part in found]


def _label(seen: Sequence[Seen]) -> str:
    ids = [one.id if isinstance(one, wire.Product) else int(one.source_id) for one in seen]
    return f"products {min(ids)} to {max(ids)}"


def _fault(fault: PageFault) -> Fault:
    return Fault(fault.code, fault.cause, fault.cure)


def _unreadable_list(fault: PageFault | NoSuchRoute) -> Unreachable:
    cure = fault.cure if isinstance(fault, PageFault) else "See whether the shop is a Magento 2.3 or newer."
    return Unreachable(f"The shop's list of products cannot be read: {fault}", cure)
