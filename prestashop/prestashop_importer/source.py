"""In which order a PrestaShop shop is asked for its catalogue.

A page is a range of product ids without gaps between the ranges, so that products which appear while the shop is
read lie on a page too. Each page costs one question about the products and a few about what they refer to.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

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
    SkipRule,
)
from gateway_importer.errors import Unreachable
from gateway_importer.options import IMPORT_NOT_ORDERABLE, NOW
from gateway_importer.settings import Values
from gateway_importer.source import Changes, Finding, ImageBody, Join, PageHandle, ShopProfile

from prestashop_importer import checks, profile, wire
from prestashop_importer.answers import Row
from prestashop_importer.batch import Batches
from prestashop_importer.changes import PrestaShopChanges
from prestashop_importer.client import FLAT_PAGE, Client, Rows, highest_id, ids_of
from prestashop_importer.conditions import Conditions
from prestashop_importer.mapping import PictureAddresses, categories_of, product_of, rule_of
from prestashop_importer.pictures import PictureHouse
from prestashop_importer.refusals import PageFault
from prestashop_importer.settings import PRESTASHOP_PAGE_SIZE
from prestashop_importer.survey import Survey
from prestashop_importer.tables import CategoryRow, readable
from prestashop_importer.variants import SAVE_AGAIN, Refused

STANDING = ("id", "id_category_default", "active", "visibility", "available_for_order", "show_price", "categories[id]")
CATEGORY = ("id", "id_parent", "active", "position", "is_root_category", "name")


@dataclass(frozen=True, slots=True)
class Range(PageHandle):
    """Products whose id is from `first` to `last`; `last` None: all that follow."""

    first: int = 1
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Chosen(PageHandle):
    """Products by their ids."""

    ids: tuple[int, ...] = ()


class PrestaShopSource:
    """A PrestaShop shop, 1.6 to 9, by its webservice (`gateway_importer.source.Source`)."""

    def __init__(self, client: Client, pictures: PictureHouse, values: Values) -> None:
        self._client = client
        self._pictures = pictures
        self._values = values
        self._size = values[PRESTASHOP_PAGE_SIZE]
        self._batches = Batches(client)
        self._survey = Survey(client, values)
        self._surveying = asyncio.Lock()
        self._conditions: Conditions | None = None

    async def check(self) -> Sequence[Finding]:
        return await checks.findings(self._client, self._values, self._surveyed, self._read_one, self.open_image)

    async def profile(self) -> ShopProfile:
        access = await self._client.access()
        conditions = await self._surveyed()
        conditions.require_settings()
        counted = 0
        async for ids in self._id_lists():
            counted += len(ids)
        return profile.shop_profile(access, conditions, counted)

    async def categories(self) -> Sequence[Category]:
        conditions = await self._surveyed()
        if not (await self._client.access()).may_read("categories"):
            return ()
        try:
            rows = await self._client.table("categories", display=CATEGORY)
            return categories_of(readable(rows, CategoryRow.read), conditions)
        except PageFault as fault:
            raise Unreachable(f"The shop's categories cannot be read: {fault}", "Run the command again.") from fault

    async def category_counts(self) -> Mapping[CategoryId, int]:
        conditions = await self._surveyed()
        access = await self._client.access()
        # Drafts are told by a column that 1.6 does not have.
        display = STANDING if access.old else (*STANDING, "state")
        counts: Counter[CategoryId] = Counter()
        async for ids in self._id_lists():
            for start in range(0, len(ids), FLAT_PAGE):
                for row in await self._sifted(ids[start : start + FLAT_PAGE], display):
                    counts.update(self._counted_in(row, conditions))
        return counts

    async def pages(self) -> AsyncIterator[PageHandle]:
        (await self._surveyed()).require()
        first = 1
        async for ids in self._id_lists():
            for start in range(0, len(ids), self._size):
                last = ids[start : start + self._size][-1]
                yield Range(f"products {first} to {last}", first, last)
                first = last + 1
        yield Range(f"products from {first}", first, None)

    def pages_of(self, ids: Sequence[ProductId]) -> Sequence[PageHandle]:
        numbers = sorted({int(number) for number in ids if number.isdecimal()})
        parts = [tuple(numbers[start : start + self._size]) for start in range(0, len(numbers), self._size)]
        return [Chosen(f"products {part[0]} to {part[-1]}, chosen", part) for part in parts]

    async def everything(self) -> AsyncIterator[ProductId]:
        async for ids in self._id_lists():
            for number in ids:
                yield ProductId(str(number))

    def changes(self) -> Changes:
        return PrestaShopChanges(self._client, self._surveyed_now)

    def joining(self) -> Join | None:
        """None: a product and its combinations lie on one page."""
        return None

    def open_image(self, image: Image) -> AbstractAsyncContextManager[ImageBody]:
        return self._pictures.open(image)

    async def read(self, page: PageHandle) -> Page:
        """One question about the products, some about what they refer to; halved where the shop fails."""
        conditions = (await self._surveyed()).at(self._values.get(NOW))
        conditions.require()
        try:
            return await self._understood(await self._rows_on(page, conditions), conditions)
        except PageFault as fault:
            return await self._halved(await self._ids_on(page), conditions, fault)

    # --- pages -------------------------------------------------------------------------------------------

    async def _rows_on(self, page: PageHandle, conditions: Conditions) -> Rows:
        prices = profile.virtual_prices(conditions)
        if isinstance(page, Chosen):
            return await self._client.rows_of("products", "id", page.ids, options=prices)
        assert isinstance(page, Range)
        if page.last is not None:
            within = {"id": f"[{page.first},{page.last}]"}
            return await self._client.rows("products", filters=within, options=prices, expected=True)
        found: list[Row] = []
        complaints: list[str] = []
        last = page.first - 1
        while (part := await self._client.after("products", last, self._size, options=prices)).rows:
            found += part.rows
            complaints += part.complaints
            last = highest_id(part.rows, "products", above=last)
        return Rows(tuple(found), tuple(complaints))

    async def _ids_on(self, page: PageHandle) -> list[int]:
        if isinstance(page, Chosen):
            return list(page.ids)
        assert isinstance(page, Range)
        filters = {"id": f">[{page.first - 1}]" if page.last is None else f"[{page.first},{page.last}]"}
        try:
            return ids_of((await self._client.rows("products", display=None, filters=filters)).rows, "products")
        except PageFault as fault:
            raise Unreachable(f"The shop's list of products cannot be read: {fault.cause}", fault.cure) from fault

    async def _halved(self, ids: Sequence[int], conditions: Conditions, fault: PageFault) -> Page:
        """The same products in smaller questions, until the one is found at which the shop fails."""
        found: list[Page] = []
        pending = deque([(ids, fault)])
        # Both halves are asked for before a failed one is halved again: a shop that answers one of them is up.
        while pending:
            part, fault = pending.popleft()
            if len(part) <= 1:
                why = Fault(fault.code, fault.cause, fault.cure)
                found.append(Page(failed=tuple(Failed(ProductId(str(one)), "", why) for one in part)))
                continue
            middle = len(part) // 2
            for half in (part[:middle], part[middle:]):
                try:
                    rows = await self._rows_on(Chosen("half a page", tuple(half)), conditions)
                    found.append(await self._understood(rows, conditions))
                except PageFault as again:
                    pending.append((half, again))
        return _joined(found)

    async def _understood(self, found: Rows, conditions: Conditions) -> Page:
        """What the rows of products mean, with all that they refer to. Raises `PageFault`."""
        skipped: list[Skipped] = []
        failed: list[Failed] = []
        rows: list[wire.Product] = []
        for row in found.rows:
            name = ""
            try:
                standing = wire.Standing.read(row)
                name = conditions.text(standing.name).strip()
                rule = self._rule_of(standing, conditions)
                if rule is not None:
                    skipped.append(Skipped(ProductId(str(standing.id)), name, *rule))
                else:
                    rows.append(wire.Product.read(row))
            except wire.Unreadable as problem:
                number = str(row.get("id", "")).strip()
                failed.append(Failed(ProductId(number), name, Fault(problem.code, f"{problem}.", SAVE_AGAIN)))
        batch = await self._batches.of(rows, conditions, profile.virtual_prices(conditions))
        products: list[Product] = []
        addresses = PictureAddresses(self._pictures.private, self._pictures.public)
        for one in rows:
            try:
                if one.id in batch.faults:
                    raise Refused(batch.faults[one.id])
                products.append(product_of(one, batch.references, batch.named, addresses, conditions))
            except Refused as refused:
                name = conditions.text(one.standing.name).strip()
                failed.append(Failed(ProductId(str(one.id)), name, refused.fault))
        notices = tuple(
            Notice("shop_complained", f"The shop answered with PHP messages: {complaint}")
            for complaint in dict.fromkeys([*found.complaints, *batch.complaints])
        )
        return Page(tuple(products), tuple(skipped), tuple(failed), notices)

    async def _surveyed_now(self) -> Conditions:
        return (await self._surveyed()).at(self._values.get(NOW))

    # --- what is read once -------------------------------------------------------------------------------

    async def _surveyed(self) -> Conditions:
        async with self._surveying:
            if self._conditions is None:
                try:
                    await checks.require_permissions(self._client)
                    self._conditions = await self._survey.conditions()
                except (PageFault, wire.Unreadable) as fault:
                    raise Unreachable(
                        f"The shop's settings cannot be read: {fault}", "Run the command again."
                    ) from fault
            return self._conditions

    async def _id_lists(self) -> AsyncIterator[list[int]]:
        """The ids of all products, in pieces, rising."""
        await self._surveyed()
        try:
            async for ids in self._client.id_lists("products"):
                yield ids
        except PageFault as fault:
            raise Unreachable(f"The shop's list of products cannot be read: {fault.cause}", fault.cure) from fault

    def _rule_of(self, standing: wire.Standing, conditions: Conditions) -> tuple[SkipRule, str] | None:
        return rule_of(standing, conditions, import_not_orderable=self._values[IMPORT_NOT_ORDERABLE])

    def _counted_in(self, row: Row, conditions: Conditions) -> set[CategoryId]:
        """The categories of a product that could be imported; none of one that a rule leaves out."""
        try:
            reader = wire.Reader(row, "product")
            numbers = {*reader.ids("categories"), reader.whole("id_category_default")} - {0}
            if self._rule_of(wire.Standing.read(row), conditions) is not None:
                return set()
        except wire.Unreadable:
            return set()  # it will fail when it is imported
        return {CategoryId(str(number)) for number in numbers}

    async def _sifted(self, ids: Sequence[int], display: Sequence[str]) -> list[Row]:
        """A few fields of many products, without those at which the shop fails."""
        found: list[Row] = []
        pending = deque([ids])
        while pending:
            part = pending.popleft()
            try:
                filters = {"id": f"[{part[0]},{part[-1]}]"}
                found += (await self._client.rows("products", display=display, filters=filters)).rows
            except PageFault:
                if len(part) > 1:
                    pending += [part[: len(part) // 2], part[len(part) // 2 :]]
        return found

    async def _read_one(self) -> Page:
        """One product that is for sale, for a check."""
        conditions = (await self._surveyed()).at(self._values.get(NOW))
        prices = profile.virtual_prices(conditions)
        rows = await self._client.rows("products", filters={"active": "[1]"}, options=prices, limit=5)
        return await self._understood(rows, conditions)


def _joined(pages: Sequence[Page]) -> Page:
    return Page(
        products=tuple(product for page in pages for product in page.products),
        skipped=tuple(one for page in pages for one in page.skipped),
        failed=tuple(one for page in pages for one in page.failed),
        notices=tuple(dict.fromkeys(notice for page in pages for notice in page.notices)),
    )
