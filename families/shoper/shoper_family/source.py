"""In which order such a shop is asked for its catalogue.

A list of products holds nearly all of them: fifty a call, by rising ids. Variants and pictures of five hundred products
are then asked for together, so that hardly a call of fifty rows is less than full. A list of ids costs what reading
costs; so what was read is the list, and at the end only what came meanwhile is asked for.
"""

from __future__ import annotations

import asyncio
from array import array
from collections import deque
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
from gateway_importer.options import NOW
from gateway_importer.public_pictures import PublicPictures
from gateway_importer.settings import Values
from gateway_importer.source import Changes, Finding, ImageBody, Join, PageHandle, ShopProfile

from shoper_family import checks, wire
from shoper_family.answers import Row
from shoper_family.client import Client, number
from shoper_family.conditions import Conditions
from shoper_family.mapping import References, product_of, rule_of
from shoper_family.product_list import PRODUCT_ID, ProductList
from shoper_family.reader import Unreadable
from shoper_family.references import Library
from shoper_family.refusals import NotAllowed, PageFault
from shoper_family.settings import ShopSettings
from shoper_family.survey import COSTS, Survey
from shoper_family.variants import SAVE_AGAIN, Refused

LISTS_ON_PAGE = 10  # lists of products whose variants and pictures are asked for together
SAMPLE = 10  # products that a check reads

Seen = wire.Product | Skipped | Failed


@dataclass(frozen=True, slots=True)
class Read(PageHandle):
    """Products whose rows were read already; what they refer to was not."""

    rows: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen(PageHandle):
    """Products by their ids."""

    ids: tuple[int, ...] = ()


class ShopSource:
    """A shop on Shoper's software, by its REST API (`gateway_importer.source.Source`)."""

    def __init__(
        self, client: Client, pictures: PublicPictures, values: Values, settings: ShopSettings, proven: str
    ) -> None:
        self._client = client
        self._list = ProductList(client, values[settings.page_size])
        self._pictures = pictures
        self._values = values
        self._proven = proven
        self._library = Library(client)
        self._survey = Survey(client, values, settings)
        self._surveying = asyncio.Lock()
        self._conditions: Conditions | None = None
        self._listed = array("q")  # ids, rising, as the pages showed them
        self._read_to_the_end = False

    async def check(self) -> Sequence[Finding]:
        return await checks.findings(self._client, self._values, self._surveyed, self._read_one, self._pictures.open)

    async def profile(self) -> ShopProfile:
        conditions = await self._surveyed()
        products = await self._list.count()
        warnings = list(conditions.warnings)
        if conditions.hidden_prices:
            warnings.append(f"No product will be imported: {conditions.hidden_prices}.")
        warnings += [problem.text for problem in conditions.problems]
        return ShopProfile(
            key=conditions.key,
            name=conditions.name,
            version=f"{self._client.connection.clicks.title} {conditions.version}".strip(),
            language=conditions.locale,
            languages=conditions.languages,
            currency=conditions.currency,
            timezone=conditions.timezone.key,
            products=products,
            url=conditions.public,
            proven=self._proven,
            warnings=tuple(warnings),
        )

    async def categories(self) -> Sequence[Category]:
        return (await self._surveyed()).categories

    async def category_counts(self) -> Mapping[CategoryId, int]:
        """As the shop itself counts them."""
        items = (await self._surveyed()).category_items
        return {CategoryId(category): count for category, count in items.items() if count > 0}

    async def pages(self) -> AsyncIterator[PageHandle]:
        conditions = await self._now()
        self._listed, self._read_to_the_end = array("q"), False
        walk = self._list.walk()
        ended = False
        while not ended:
            first, seen = walk.last + 1, list[Seen]()
            while len(seen) < LISTS_ON_PAGE * self._list.size and not ended:
                rows, broken = await self._list.step(walk)
                ended = not rows and broken is None
                fresh: list[Seen] = [_seen(row, conditions) for row in rows] if broken is None else [broken]
                seen += fresh
                self._listed.extend([walk.last] if broken is not None else (number(row, PRODUCT_ID) for row in rows))
            if seen:
                yield Read(f"products {first} to {walk.last}", tuple(seen))
        self._read_to_the_end = True

    def pages_of(self, ids: Sequence[ProductId]) -> Sequence[PageHandle]:
        numbers = sorted({int(one) for one in ids if one.isdecimal() and len(one) < 19})
        size = LISTS_ON_PAGE * self._list.size
        parts = [tuple(numbers[start : start + size]) for start in range(0, len(numbers), size)]
        return [Chosen(f"products {part[0]} to {part[-1]}, chosen", part) for part in parts]

    def everything(self) -> AsyncIterator[ProductId] | None:
        """What was read, and what came since; None before the pages have come to their end."""
        return self._everything() if self._read_to_the_end else None

    async def _everything(self) -> AsyncIterator[ProductId]:
        known = self._listed
        fresh = await self._list.ids(above=known[-1], seen=len(known)) if known else await self._list.ids()
        if await self._list.count() > len(known) + len(fresh):
            # Rows that no page showed: the whole list once more.
            known, fresh = array("q"), await self._list.ids()
        self._listed = array("q", [*known, *fresh])
        for one in self._listed:
            yield ProductId(str(one))

    def changes(self) -> Changes | None:
        """None: no list tells of changes, and a sale may move no date."""
        return None

    def joining(self) -> Join | None:
        """None: a product and its stocks lie on one page."""
        return None

    def open_image(self, image: Image) -> AbstractAsyncContextManager[ImageBody]:
        return self._pictures.open(image)

    async def read(self, page: PageHandle) -> Page:
        """What the products on a page refer to, asked for together; halved where the shop fails."""
        conditions = await self._now()
        if isinstance(page, Chosen):
            found, failed = await self._list.by_id(page.ids)
            seen = [_seen(row, conditions) for row in found]
        else:
            assert isinstance(page, Read)
            seen, failed = list(page.rows), []
        rows = [one for one in seen if isinstance(one, wire.Product)]
        failed += [one for one in seen if isinstance(one, Failed)]
        skipped = tuple(one for one in seen if isinstance(one, Skipped))
        products: list[Product] = []
        pending = deque([rows])
        while pending:
            part = pending.popleft()
            try:
                references = await self._library.of(part)
            except PageFault as fault:
                if len(part) == 1:
                    why = Fault(fault.code, fault.cause, fault.cure)
                    failed.append(Failed(ProductId(str(part[0].id)), part[0].texts.name, why))
                else:
                    pending += [part[: len(part) // 2], part[len(part) // 2 :]]
                continue
            made = [_understood(row, references, conditions) for row in part]
            products += [one for one in made if isinstance(one, Product)]
            failed += [one for one in made if isinstance(one, Failed)]
        return Page(tuple(products), skipped, tuple(failed), self._lacking())

    # --- what is read once -----------------------------------------------------------------------------------

    async def _surveyed(self) -> Conditions:
        async with self._surveying:
            if self._conditions is None:
                try:
                    self._conditions = await self._survey.conditions()
                except (PageFault, Unreadable, NotAllowed) as fault:
                    cure = fault.cure if isinstance(fault, PageFault) else "Run the command again."
                    where = self._client.connection.base
                    raise Unreachable(f"The settings of {where} cannot be read: {fault}", cure) from fault
            return self._conditions

    async def _now(self) -> Conditions:
        conditions = (await self._surveyed()).at(self._values.get(NOW))
        conditions.require()
        return conditions

    async def _read_one(self) -> Page:
        """Some products, for a check."""
        conditions = await self._now()
        rows = await self._list.first(SAMPLE)
        return await self.read(Read("the first products", tuple(_seen(row, conditions) for row in rows)))

    def _lacking(self) -> tuple[Notice, ...]:
        return tuple(
            Notice("may_not_read", f"The credentials may not read {resource}: {COSTS[resource]}.")
            for resource in sorted(self._library.lacking)
        )


def _seen(row: Row, conditions: Conditions) -> Seen:
    """A row as a typed product, or what leaves it out. The texts come first, so that a product with odd values that is
    switched off is switched off and no failure, and a failure has its name."""
    identity, name = ProductId(str(number(row, PRODUCT_ID))), ""
    try:
        texts = wire.texts_of(row, conditions.locales, conditions.default)
        name = texts.name
        if not texts.active:
            return Skipped(identity, name, SkipRule.DISABLED)
        product = wire.Product.read(row, conditions.locales, conditions.default)
    except Unreadable as problem:
        return Failed(identity, name, Fault(problem.code, f"{problem}.", SAVE_AGAIN))
    rule = rule_of(product, conditions)
    return product if rule is None else Skipped(identity, name, *rule)


def _understood(row: wire.Product, references: References, conditions: Conditions) -> Product | Failed:
    try:
        return product_of(row, references, conditions)
    except Refused as refused:
        return Failed(ProductId(str(row.id)), row.texts.name, refused.fault)
