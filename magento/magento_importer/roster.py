"""Who is a product, and who is a variant of one: by the children that configurable products name."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Collection

from magento_importer.answers import Row
from magento_importer.client import Client, number
from magento_importer.conditions import Conditions
from magento_importer.lists import Filter
from magento_importer.mapping import rule_of
from magento_importer.numbers import Numbers
from magento_importer.reader import Unreadable
from magento_importer.walk import walked
from magento_importer.wire import CONFIGURABLE, NOT_VISIBLE, Standing

FIELDS = (
    "items[id,sku,name,type_id,status,visibility,extension_attributes[website_ids,configurable_product_links]],"
    "total_count"
)
UNREADABLE, HIDDEN, SHOWN, PARENT = range(4)  # what a bare list says of an id


class Roster:
    """The children that any configurable product names, and their parents. Without pages of their own they are no
    products; with them, they are while no parent of theirs is imported."""

    def __init__(self) -> None:
        self._parents = Numbers("q")  # the first parent of a child, twice, and one more where it is imported
        self._more: dict[int, list[int]] = {}  # further ones, in the same form
        self.complete = False
        self._reading = asyncio.Lock()

    def note(self, standing: Standing, conditions: Conditions) -> None:
        """A configurable product with its children."""
        parent = standing.id * 2 + (rule_of(standing, conditions) is None)
        for child in standing.links:
            if self._parents.get(child, parent) // 2 == standing.id:
                self._parents[child] = parent
            else:
                others = [one for one in self._more.get(child, ()) if one // 2 != standing.id]
                self._more[child] = [*others, parent]

    def __contains__(self, child: int) -> bool:
        return child in self._parents

    @property
    def highest(self) -> int:
        """The highest id of a child; 0 where there is none."""
        return self._parents.highest

    def beside(self, products: Collection[int]) -> int:
        """How many children there are that are none of these products."""
        return sum(child not in products for child in self._parents)

    def parents_of(self, child: int) -> list[int]:
        return [one // 2 for one in self._named(child)]

    def holders(self, children: Collection[int]) -> dict[int, int]:
        """Of those children that have several imported parents, the lowest of these."""
        imported = {child: [one // 2 for one in self._named(child) if one % 2] for child in children}
        return {child: min(parents) for child, parents in imported.items() if len(parents) > 1}

    def is_product(self, standing: Standing, conditions: Conditions) -> bool:
        """Whether it is one by itself, imported or not."""
        return self._is_product(standing.id, _kind(standing), conditions)

    def _is_product(self, identity: int, kind: int, conditions: Conditions) -> bool:
        if kind == HIDDEN:
            return identity not in self
        return kind != SHOWN or conditions.both or not any(one % 2 for one in self._named(identity))

    def _named(self, child: int) -> list[int]:
        return [self._parents[child], *self._more.get(child, ())] if child in self._parents else []

    async def completed(self, client: Client, conditions: Conditions) -> None:
        """Reads all configurable products, in few fields, unless that was done."""
        async with self._reading:
            if not self.complete:
                only = [Filter("type_id", "eq", CONFIGURABLE)]
                limit = client.size.light
                async for step in walked(client, conditions.products, only, fields=FIELDS, limit=limit):
                    for row in step.rows:
                        self._noted(row, conditions)
                self.complete = True

    async def products(self, client: Client, conditions: Conditions, above: int = 0) -> list[int]:
        """The ids of all products above one, by a bare list of them, children noted first."""
        listed = array("q")
        limit = client.size.light
        async for step in walked(client, conditions.products, above=above, fields=FIELDS, limit=limit):
            if step.broken is not None:
                listed.append(step.broken[0] * 4 + UNREADABLE)
            listed.extend(number(row) * 4 + self._noted(row, conditions) for row in step.rows)
        self.complete = self.complete or not above
        return [one // 4 for one in listed if self._is_product(one // 4, one % 4, conditions)]

    def _noted(self, row: Row, conditions: Conditions) -> int:
        try:
            standing = Standing.read(row)
        except Unreadable:
            return UNREADABLE  # it will fail when it is imported
        if standing.type_id == CONFIGURABLE:
            self.note(standing, conditions)
        return _kind(standing)


def _kind(standing: Standing) -> int:
    if standing.type_id == CONFIGURABLE:
        return PARENT
    return HIDDEN if standing.visibility == NOT_VISIBLE else SHOWN
