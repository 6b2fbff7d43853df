"""Which products a shop has, in the order in which they are read: configurable ones first, since they name the children
that are then no products by themselves; then the others with pages; at last, where the count says that there are such,
those without one that are nobody's variants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from gateway_importer.catalog import Failed, Fault, ProductId, Skipped
from gateway_importer.source import PageHandle

from magento_importer import wire
from magento_importer.answers import Row
from magento_importer.client import LOOKS, Client, halved, number
from magento_importer.conditions import Conditions
from magento_importer.library import Library, Told
from magento_importer.lists import Filter
from magento_importer.mapping import SAVE_AGAIN, rule_of
from magento_importer.numbers import Numbers
from magento_importer.reader import Unreadable
from magento_importer.refusals import PageFault
from magento_importer.roster import FIELDS, Roster
from magento_importer.walk import Step, walked

CONFIGURABLES = (Filter("type_id", "eq", wire.CONFIGURABLE),)
OTHERS = Filter("type_id", "neq", wire.CONFIGURABLE)
WITH_PAGES = (OTHERS, Filter("visibility", "in", wire.VISIBLE))
WITHOUT_PAGES = (OTHERS, Filter("visibility", "eq", "1"))

Seen = wire.Product | Skipped | Failed


@dataclass(frozen=True, slots=True)
class Read(PageHandle):
    """Products whose rows were read already, and what visitors are shown of them; None: that was not read."""

    rows: tuple[Seen, ...] = ()
    shown: Told | None = None


class Census:
    """`listed` are the ids of products as far as they are known. Raises what the client raises."""

    def __init__(self, client: Client, library: Library) -> None:
        self._client = client
        self._library = library
        self.roster = Roster()
        self.listed = Numbers("b")
        self.complete = False

    async def pages(self, conditions: Conditions) -> AsyncIterator[Read]:
        """All products, each once."""
        self.listed, self.complete, self.roster = Numbers("b"), False, Roster()
        of = conditions.products
        # The lowest parent of a child is known when any of them is read.
        async for step in walked(self._client, of, CONFIGURABLES, rising=True):
            seen = self._seen_in(step, conditions)
            shown = await self._library.shown([one for one in seen if isinstance(one, wire.Product)], conditions)
            for part in _by_children(seen, self._client.size.now):
                yield Read(_label(part), part, shown)
        self.roster.complete = True
        async for step in walked(self._client, of, WITH_PAGES):
            if seen := self._seen_in(step, conditions):
                yield Read(_label(seen), tuple(seen))
        if await self._client.count(of) > self._known:
            limit = self._client.size.light
            async for step in walked(self._client, of, WITHOUT_PAGES, fields=FIELDS, limit=limit):
                if seen := self._seen_in(step, conditions):
                    yield Read(_label(seen), tuple(seen))
        self.complete = True

    async def everything(self, conditions: Conditions) -> list[int]:
        """What the pages showed, and what came since; the whole list once more where rows are missing in it."""
        above = max(self.listed.highest, self.roster.highest)
        highest, count = await self._client.extent(conditions.products)
        if highest > above:
            for one in await self.roster.products(self._client, conditions, above):
                self.listed[one] = 1
        if count > self._known:
            self.listed = Numbers("b", await self.roster.products(self._client, conditions))
        return list(self.listed)

    async def whole_list(self, conditions: Conditions) -> list[int]:
        """All products, by a list of few fields."""
        return await self.roster.products(self._client, conditions)

    async def chosen(self, ids: Sequence[int], conditions: Conditions) -> list[Seen]:
        """Products by their ids. A list that holds none of them is asked for again."""

        async def ask(part: Sequence[int]) -> list[Row]:
            return await self._client.of_ids(conditions.products, part)

        for _ in range(LOOKS):
            rows, broken = await halved(ids, ask)
            if rows or broken:
                break
        if rows:
            await self.roster.completed(self._client, conditions)
        seen = [one for row in rows if (one := self.seen(row, conditions)) is not None]
        return [*seen, *(Failed(ProductId(str(one)), "", fault_of(fault)) for one, fault in broken)]

    def seen(self, row: Row, conditions: Conditions) -> Seen | None:
        """A row as a typed product, or what leaves it out; None for a variant that is no product by itself. What
        decides comes first, so that one with odd values that is switched off is switched off and no failure."""
        identity, name = ProductId(str(number(row))), ""
        try:
            standing = wire.Standing.read(row)
            name = standing.name
            if standing.type_id == wire.CONFIGURABLE:
                self.roster.note(standing, conditions)
            if not self.roster.is_product(standing, conditions):
                return None
            rule = rule_of(standing, conditions)
            return wire.Product.read(row) if rule is None else Skipped(identity, name, *rule)
        except Unreadable as problem:
            return Failed(identity, name, Fault(problem.code, f"{problem}.", SAVE_AGAIN))

    def _seen_in(self, step: Step, conditions: Conditions) -> list[Seen]:
        """The products of a step, and that they are listed."""
        if step.broken is not None:
            identity, fault = step.broken
            if identity in self.roster:
                return []  # it fails with the product whose variant it is
            found: list[Seen] = [Failed(ProductId(str(identity)), "", fault_of(fault))]
        else:
            found = [one for row in step.rows if (one := self.seen(row, conditions)) is not None]
        for one in found:
            self.listed[one.id if isinstance(one, wire.Product) else int(one.source_id)] = 1
        return found

    @property
    def _known(self) -> int:
        """How many rows of the shop are accounted for: products, and those that are variants alone."""
        return len(self.listed) + self.roster.beside(self.listed)


def fault_of(fault: PageFault) -> Fault:
    return Fault(fault.code, fault.cause, fault.cure)


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
