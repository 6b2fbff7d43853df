"""In which order a Magento shop is asked for its catalogue. Each page of products costs one question about them, one
about what visitors are shown, one about stock; children are asked for many at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import TypeVar

from gateway_importer.catalog import Category, CategoryId, Failed, Image, Notice, Page, Product, ProductId, Skipped
from gateway_importer.errors import Unreachable
from gateway_importer.options import NOW, TRUST_DATES
from gateway_importer.settings import Values
from gateway_importer.source import Changes, Finding, ImageBody, Join, PageHandle, ShopProfile

from magento_importer import checks, wire
from magento_importer.census import WITH_PAGES, Census, Read, Seen, fault_of
from magento_importer.changes import MagentoChanges
from magento_importer.client import Client
from magento_importer.conditions import Conditions
from magento_importer.library import Library, Told
from magento_importer.lists import Filter
from magento_importer.mapping import References, Refused
from magento_importer.pictures import PictureFolder
from magento_importer.profile import category_counts, shop_profile
from magento_importer.reader import Unreadable
from magento_importer.refusals import NoSuchRoute, NotAllowed, PageFault
from magento_importer.rights import box_of, tick
from magento_importer.store_views import WrongView
from magento_importer.survey import Survey
from magento_importer.variants import product_of

SAMPLE = 10  # products that a check reads
Answered = TypeVar("Answered")


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
        self._census = Census(client, self._library)
        self._survey = Survey(client, values)
        self._surveying = asyncio.Lock()
        self._conditions: Conditions | None = None

    async def check(self) -> Sequence[Finding]:
        return await checks.findings(self._client, self._values, self._surveyed, self._read_some, self.open_image)

    async def profile(self) -> ShopProfile:
        conditions = await self._surveyed()
        conditions.require_settings()
        count = conditions.count
        if count is None:
            with_pages = [Filter("visibility", "in", wire.VISIBLE)]
            count = await self._answered(self._client.count(conditions.products, with_pages))
        return shop_profile(conditions, count)

    async def categories(self) -> Sequence[Category]:
        return (await self._surveyed()).categories

    async def category_counts(self) -> Mapping[CategoryId, int]:
        conditions = await self._surveyed()
        return await self._answered(category_counts(self._client, conditions))

    # --- which products there are --------------------------------------------------------------------------

    async def pages(self) -> AsyncIterator[PageHandle]:
        pages = self._census.pages(await self._now())
        while (page := await self._answered(anext(pages, None))) is not None:
            yield page

    def pages_of(self, ids: Sequence[ProductId]) -> Sequence[PageHandle]:
        numbers = sorted({int(one) for one in ids if one.isdecimal() and len(one) < 19})
        size = self._client.size.now
        parts = [tuple(numbers[start : start + size]) for start in range(0, len(numbers), size)]
        return [Chosen(f"products {part[0]} to {part[-1]}, chosen", part) for part in parts]

    def everything(self) -> AsyncIterator[ProductId] | None:
        """What was read, and what came since; None before the pages have come to their end, since a list of ids costs
        the shop as long as the products themselves. A run that wants to read less than all has it first."""
        if self._census.complete:
            return self._ids(self._census.everything)
        return self._ids(self._census.whole_list) if self._values[TRUST_DATES] else None

    async def _ids(self, listing: Callable[[Conditions], Awaitable[list[int]]]) -> AsyncIterator[ProductId]:
        for identity in await self._answered(listing(await self._now())):
            yield ProductId(str(identity))

    def changes(self) -> Changes:
        return MagentoChanges(self._client, self._library, lambda: self._census.roster, self._now)

    def joining(self) -> Join | None:
        """None: a configurable product's children are asked for together with it."""
        return None

    def open_image(self, image: Image) -> AbstractAsyncContextManager[ImageBody]:
        return self._pictures.open(image)

    # --- what they are -------------------------------------------------------------------------------------

    async def read(self, page: PageHandle) -> Page:
        """What the products on a page refer to, asked for together; halved where the shop fails."""
        conditions = await self._now()
        shown: Told | None = None
        if isinstance(page, Chosen):
            seen: Sequence[Seen] = await self._answered(self._census.chosen(page.ids, conditions))
        else:
            assert isinstance(page, Read)
            seen, shown = page.rows, page.shown
        failed = [one for one in seen if isinstance(one, Failed)]
        skipped = [one for one in seen if isinstance(one, Skipped)]
        products: list[Product] = []
        rows = [one for one in seen if isinstance(one, wire.Product)]
        pending = deque([rows] if rows else [])
        while pending:
            part = pending.popleft()
            try:
                references = await self._library.of(part, conditions, shown)
                children = {child for row in part for child in row.standing.links}
                references = replace(references, holders=self._census.roster.holders(children))
            except PageFault as fault:
                if len(part) == 1:
                    failed.append(Failed(ProductId(str(part[0].id)), part[0].name, fault_of(fault)))
                else:
                    pending += [part[: len(part) // 2], part[len(part) // 2 :]]
                continue
            except NotAllowed as problem:
                raise await self._client.refused(problem) from problem
            for row in part:
                made = _understood(row, references, conditions)
                if isinstance(made, Product):
                    products.append(made)
                elif isinstance(made, Skipped):
                    skipped.append(made)
                else:
                    failed.append(made)
        return Page(tuple(products), tuple(skipped), tuple(failed), self._lacking())

    # --- what is read once -----------------------------------------------------------------------------------

    async def _surveyed(self) -> Conditions:
        async with self._surveying:
            if self._conditions is None:
                try:
                    self._conditions = await self._survey.conditions()
                except WrongView as wrong:
                    raise wrong.error() from wrong
                except (PageFault, NoSuchRoute, Unreadable) as fault:
                    cure = fault.cure if isinstance(fault, PageFault) else "Run the command again."
                    base = self._client.connection.base
                    raise Unreachable(f"The settings of {base} cannot be read: {fault}", cure) from fault
            return self._conditions

    async def _now(self) -> Conditions:
        conditions = (await self._surveyed()).at(self._values.get(NOW))
        conditions.require()
        return conditions

    async def _answered(self, asking: Awaitable[Answered]) -> Answered:
        """What the shop says of its list of products; where it says nothing, nothing can be imported."""
        try:
            return await asking
        except (PageFault, NoSuchRoute) as fault:
            cure = fault.cure if isinstance(fault, PageFault) else "See whether the shop is a Magento 2.3 or newer."
            raise Unreachable(f"The shop's list of products cannot be read: {fault}", cure) from fault
        except NotAllowed as problem:
            raise await self._client.refused(problem) from problem

    async def _read_some(self) -> Page:
        """Some products, for a check."""
        conditions = await self._now()
        sold = [Filter("status", "eq", str(wire.ENABLED)), *WITH_PAGES]
        page = await self._client.search(conditions.products, sold, limit=SAMPLE)
        await self._census.roster.completed(self._client, conditions)
        seen = (self._census.seen(row, conditions) for row in page.rows)
        return await self.read(Read("the first products", tuple(one for one in seen if one is not None)))

    def _lacking(self) -> tuple[Notice, ...]:
        if not self._library.no_stock:
            return ()
        said = f"The integration may not read {box_of(self._library.no_stock)}: stock is unknown and left out."
        return (Notice("may_not_read", f"{said} {tick(self._library.no_stock)}"),)


def _understood(row: wire.Product, references: References, conditions: Conditions) -> Product | Skipped | Failed:
    try:
        return product_of(row, references, conditions)
    except Refused as refused:
        return Failed(ProductId(str(row.id)), row.name, refused.fault)
