"""What the products of one page refer to, asked for all of them together: children, what visitors are shown, stock."""

from __future__ import annotations

import asyncio
import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence

from gateway_importer.catalog import Fault
from gateway_importer.errors import Unreachable

from magento_importer import wire
from magento_importer.answers import Row, Unparsable
from magento_importer.client import LOOKS, Client, halved, number, unreadable
from magento_importer.conditions import Conditions
from magento_importer.lists import List
from magento_importer.mapping import SAVE_AGAIN, References
from magento_importer.reader import Unreadable
from magento_importer.refusals import NoSuchRoute, NotAllowed, PageFault
from magento_importer.stock import UNKNOWN, Held, by_inventory, by_item
from magento_importer.tables import readable, readable_each

#: The fields of children that are used: their texts are their parent's.
CHILD_FIELDS = (
    "items[id,sku,name,type_id,status,visibility,price,weight,updated_at,"
    "extension_attributes[website_ids],media_gallery_entries,tier_prices,custom_attributes],total_count"
)
#: What visitors are shown, by product id; None: the shop fails to say it.
Told = Mapping[int, wire.Shown | None]
LOW_STOCK = "stockItems/lowStock/"
EVERY_QUANTITY = 10**8  # below which the list of low stock holds all


class Salability:
    """Which SKUs the stock index has as salable, in eight bytes each: it is one list for the whole shop."""

    def __init__(self, rows: Iterable[wire.Salable]) -> None:
        self._told = 0
        self._known = array("Q")
        for row in rows:
            self._told += 1
            if row.is_salable:
                self._known.append(_digest(row.sku))
        self._known = array("Q", sorted(self._known))

    def __bool__(self) -> bool:
        """Whether the index told of any SKU."""
        return self._told > 0

    def __contains__(self, sku: str) -> bool:
        wanted = _digest(wire.key_of(sku))
        place = bisect_left(self._known, wanted)
        return place < len(self._known) and self._known[place] == wanted


def _digest(sku: str) -> int:
    return int.from_bytes(hashlib.blake2b(sku.encode(), digest_size=8).digest(), "big")


class Library:
    """Asks for what products refer to. Raises `PageFault` where the shop cannot answer."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._index: Salability | None = None
        self._items: dict[int, Held] | None = None
        self._once = asyncio.Lock()
        self._no_inventory = False
        self.no_stock = ""  # the right that is missing for it
        self._shows_nothing = False  # the shop never says what visitors are shown

    async def of(self, rows: Sequence[wire.Product], conditions: Conditions, shown: Told | None = None) -> References:
        """`shown` is what visitors are shown of the rows, where it was read already."""
        links = sorted({child for row in rows for child in row.standing.links})
        told = await self.shown(rows, conditions) if shown is None else shown
        children, lost = await self.children(links, conditions)
        apart = [one for one in children if one.standing.visibility != wire.NOT_VISIBLE]
        stocked = [*(row for row in rows if row.standing.type_id in wire.STOCKED), *children]
        held = await self.held({row.id: row.standing.sku for row in stocked}, conditions)
        more = await self.shown(apart, conditions)
        parents = {row.id: row.standing.sku for row in rows if row.standing.type_id == wire.CONFIGURABLE}
        salable = await self.salable(parents, conditions)
        return References({one.id: one for one in children}, lost, {**told, **more}, held, salable)

    # --- children ----------------------------------------------------------------------------------------

    async def children(self, ids: Sequence[int], conditions: Conditions) -> tuple[list[wire.Product], dict[int, Fault]]:
        """Products by their ids, as variants; those that the shop cannot hand out, or that cannot be read, beside
        them. What is missing is asked for again: that a parent names it says that it is there."""
        if not ids:
            return [], {}
        of = conditions.products

        async def ask(part: Sequence[int]) -> list[Row]:
            return await self._client.of_ids(of, part, fields=CHILD_FIELDS)

        rows, failed = await halved(ids, ask, self._client.size)
        for _ in range(LOOKS):
            missing = set(ids) - {number(row) for row in rows} - {one for one, _ in failed}
            if not missing:
                break
            again, more = await halved(sorted(missing), ask)
            rows, failed = [*rows, *again], [*failed, *more]
        lost = {one: Fault(fault.code, fault.cause, fault.cure) for one, fault in failed}
        lost |= {one: _missing(one) for one in set(ids) - {number(row) for row in rows} - lost.keys()}
        found: list[wire.Product] = []
        for row in rows:
            try:
                found.append(wire.Product.read(row))
            except Unreadable as problem:
                lost[number(row)] = Fault(problem.code, f"{problem}.", SAVE_AGAIN)
        return found, lost

    # --- what visitors are shown -------------------------------------------------------------------------

    async def shown(self, rows: Sequence[wire.Product], conditions: Conditions) -> Told:
        """Of those that have a page in lists and can be bought; others are not shown by this list. A whole page that
        shows none is asked for again. The list has the rules of the catalogue alone, and prices are known without it:
        it costs no product where the shop fails at it."""
        wanted = [
            row.id
            for row in rows
            if row.standing.visibility in wire.ON_PAGES
            and row.standing.status == wire.ENABLED
            and conditions.website in row.standing.website_ids
        ]
        skus = {row.id: row.standing.sku for row in rows}
        sold = await self.salable({one: skus[one] for one in wanted}, conditions)
        looks = LOOKS if sold is None or sold else 1  # none can be shown of what is sold out

        async def ask(part: Sequence[int]) -> list[Row]:
            return await self._believed(conditions.shown, part, wire.SHOWN_FIELDS, looks)

        if self._shows_nothing or not wanted:
            return dict.fromkeys(wanted)
        failed: list[tuple[int, PageFault]] = []
        try:
            try:
                found = await ask(wanted)
            except PageFault:
                if await self._fails_at_each(wanted, ask):
                    raise
                found, failed = await halved(wanted, ask)
            told: dict[int, wire.Shown | None] = dict.fromkeys(one for one, _ in failed)
            for row in found:
                told[number(row)] = next(iter(readable([row], wire.Shown.read)), None)
        except (PageFault, NoSuchRoute, NotAllowed):
            self._shows_nothing = True
            return dict.fromkeys(wanted)
        return told

    async def _fails_at_each(self, ids: Sequence[int], ask: Callable[[Sequence[int]], Awaitable[list[Row]]]) -> bool:
        """Whether the shop fails at some single products as well, wherever they are looked for."""
        for one in {ids[0], ids[len(ids) // 2], ids[-1]}:
            try:
                await ask([one])
            except PageFault:
                continue
            return False
        return True

    async def _believed(self, of: List, ids: Sequence[int], fields: str = "", looks: int = LOOKS) -> list[Row]:
        """The rows of some products. Where there is not one of several, they are asked for again."""
        if not ids:
            return []
        for _ in range(looks):
            found = await self._client.of_ids(of, ids, fields=fields)
            if found:
                return found
        return []

    # --- stock -------------------------------------------------------------------------------------------

    async def held(self, skus: Mapping[int, str], conditions: Conditions) -> dict[int, Held] | None:
        """The stock of simple products, given as id and SKU; None where it may not be read."""
        if self.no_stock:
            return None
        if not skus:
            return {}
        try:
            if self._has_inventory(conditions):
                try:
                    return await self._by_lists(skus, await self._indexed(conditions), conditions)
                except NoSuchRoute:
                    self._no_inventory = True  # a shop that does not tell its modules, and has these not
            items = await self._stock_items()
        except NotAllowed as problem:
            self.no_stock = problem.resource
            return None
        return {one: items.get(one, UNKNOWN) for one in skus}

    async def salable(self, skus: Mapping[int, str], conditions: Conditions) -> frozenset[int] | None:
        """Which of these products, given as id and SKU, the index has as salable: a configurable product that is not
        cannot be bought, whatever its variants say. None where that is not told."""
        if self.no_stock or not skus or not self._has_inventory(conditions):
            return None
        try:
            index = await self._indexed(conditions)
        except NotAllowed as problem:
            self.no_stock = problem.resource
            return None
        except NoSuchRoute:
            self._no_inventory = True
            return None
        return frozenset(one for one, sku in skus.items() if sku in index)

    def _has_inventory(self, conditions: Conditions) -> bool:
        return conditions.inventory and not self._no_inventory

    async def _by_lists(self, skus: Mapping[int, str], index: Salability, conditions: Conditions) -> dict[int, Held]:
        """By the two lists. One that the index has as salable and the other list does not hold is asked for again."""
        found = await self._exported(conditions, skus)
        doubted = [one for one, sku in skus.items() if sku in index and wire.key_of(sku) not in found]
        if doubted:
            found |= await self._exported(conditions, doubted)
        held: dict[int, Held] = {}
        for one, sku in skus.items():
            exported = found.get(wire.key_of(sku))
            held[one] = UNKNOWN if isinstance(exported, Unreadable) else by_inventory(sku in index, exported)
        return held

    async def _exported(self, conditions: Conditions, ids: Collection[int]) -> dict[str, wire.Salable | Unreadable]:
        """What can be ordered, by SKU; or that it is said in a way that cannot be read."""
        found: dict[str, wire.Salable | Unreadable] = {}
        for row in await self._believed(conditions.salable, sorted(ids)):
            try:
                read = wire.Salable.read(row)
            except Unreadable as problem:
                found[wire.key_of(str(row.get("sku")))] = problem
            else:
                found[read.sku] = read
        return found

    async def _indexed(self, conditions: Conditions) -> Salability:
        async with self._once:
            if self._index is None:
                route = f"inventory/dump-stock-index-data/website/{conditions.website_code}"
                for _ in range(LOOKS):
                    try:
                        rows = await self._client.rows(route, kind="dump-stock-index-data")
                        found = Salability(readable_each(rows, wire.Salable.read))
                    except Unparsable as problem:
                        raise _no_stock(unreadable(route, problem)) from problem
                    except PageFault as fault:
                        raise _no_stock(fault) from fault
                    if found:
                        break
                self._index = found
            return self._index

    async def _stock_items(self) -> dict[int, Held]:
        async with self._once:
            if self._items is None:
                try:
                    self._items = await self._all_items()
                except PageFault as fault:
                    raise _no_stock(fault) from fault
            return self._items

    async def _all_items(self) -> dict[int, Held]:
        found: dict[int, Held] = {}
        page = 1
        while True:
            asked = [("scopeId", "0"), ("qty", str(EVERY_QUANTITY)), ("currentPage", str(page))]
            size = self._client.size.now
            document = await self._client.document(LOW_STOCK, [*asked, ("pageSize", str(size))])
            rows = document.get("items") if isinstance(document, dict) else None
            read = readable([row for row in rows or [] if isinstance(row, dict)], wire.StockItem.read)
            fresh = [one for one in read if one.product_id not in found]
            found |= {one.product_id: by_item(one) for one in fresh}
            if not fresh or len(rows or []) < size:
                return found
            page += 1


def _no_stock(fault: PageFault) -> Unreachable:
    """Of the whole shop: no product can be to blame."""
    return Unreachable(f"The stock of the shop cannot be read: {fault.cause}", fault.cure)


def _missing(child: int) -> Fault:
    return Fault(
        "variant_missing",
        f"The shop names product {child} as a variant, and does not hand it out.",
        "Run the command again: it may have been deleted just now. If it stays so, open the product in the admin, look "
        "at its configurations and save.",
    )
