"""What a Magento shop can say about changes, for runs that read only what changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

from gateway_importer.catalog import ProductId
from gateway_importer.errors import ImporterError, Unreachable

from magento_importer import wire
from magento_importer.answers import Row
from magento_importer.client import Client, number
from magento_importer.conditions import Conditions
from magento_importer.library import Library
from magento_importer.lists import Filter
from magento_importer.prices import special_holds
from magento_importer.reader import Reader, Unreadable
from magento_importer.refusals import NotAllowed, PageFault
from magento_importer.roster import Roster
from magento_importer.walk import walked
from magento_importer.wire import attributes_of

UNCOVERED = (
    "What moves no date is not seen: prices, tier prices and catalogue price rules that a program sets by routes of "
    "their own, products put into categories from the category's side, mass updates of attributes, and a variant that "
    "is moved to another product."
)
PRICE_FIELDS = "items[id,price,status,tier_prices,custom_attributes],total_count"
PRICE_CODES = ("special_price", "special_from_date", "special_to_date")


class MagentoChanges:
    """Dates are `updated_at`, in UTC; what moves beside them is stock, and special prices, which begin and end by
    themselves. A variant's change is its product's (`gateway_importer.source.Changes`)."""

    uncovered = UNCOVERED

    def __init__(
        self,
        client: Client,
        library: Library,
        roster: Callable[[], Roster],
        conditions: Callable[[], Awaitable[Conditions]],
    ) -> None:
        self._client = client
        self._library = library
        self._roster = roster
        self._conditions = conditions

    async def dated(self, since: datetime) -> AsyncIterator[ProductId]:
        conditions = await self._conditions()
        at = f"{since.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        async for row in self._rows(conditions, [Filter("updated_at", "gteq", at)], "items[id],total_count"):
            for product in self._products(number(row)):
                yield product

    async def moving(self) -> AsyncIterator[tuple[ProductId, bytes]]:
        conditions = await self._conditions()
        yield ProductId(""), repr(_shared(conditions)).encode()
        async for row in self._rows(conditions, [Filter("special_price", "notnull", "1")], PRICE_FIELDS):
            told = _special(row, conditions)
            for product in self._products(number(row)):
                yield product, told
        async for rows in self._pages(conditions, [], "items[id,sku,type_id],total_count"):
            stocked = {number(row): str(row.get("sku", "")) for row in rows if row.get("type_id") in wire.STOCKED}
            parents = {number(row): str(row.get("sku", "")) for row in rows if row.get("type_id") == wire.CONFIGURABLE}
            for identity, stock in (await self._stock(stocked, parents, conditions)).items():
                for product in self._products(identity):
                    yield product, repr((identity, stock)).encode()

    def _products(self, identity: int) -> list[ProductId]:
        """Who has to be read for a row: itself, and the products whose variant it is."""
        return [ProductId(str(one)) for one in dict.fromkeys((identity, *self._roster().parents_of(identity)))]

    async def _stock(
        self, stocked: dict[int, str], parents: dict[int, str], conditions: Conditions
    ) -> dict[int, object]:
        try:
            held = await self._library.held(stocked, conditions)
            sold = await self._library.salable(parents, conditions)
        except PageFault as fault:
            raise _unreadable("stock", fault) from fault
        return {**(held or {}), **dict.fromkeys(sold or (), True)}

    async def _rows(self, conditions: Conditions, filters: list[Filter], fields: str) -> AsyncIterator[Row]:
        async for rows in self._pages(conditions, filters, fields):
            for row in rows:
                yield row

    async def _pages(
        self, conditions: Conditions, filters: list[Filter], fields: str
    ) -> AsyncIterator[tuple[Row, ...]]:
        """A list in pieces. Raises `Unreachable` where the shop cannot hand it out: what moved is known whole or not
        at all."""
        limit = self._client.size.light if "custom_attributes" not in fields else None
        try:
            async for step in walked(self._client, conditions.products, filters, fields=fields, limit=limit):
                yield ({"id": step.broken[0]},) if step.broken is not None else step.rows
        except PageFault as fault:
            raise _unreadable("products", fault) from fault
        except NotAllowed as problem:
            raise await self._client.refused(problem) from problem


def _shared(conditions: Conditions) -> Conditions:
    """What products share, without what moves by itself and what is only told."""
    return replace(conditions, now=datetime.min, count=None, warnings=(), problems=(), facts=(), version="")


def _special(row: Row, conditions: Conditions) -> bytes:
    """A special price, and whether it holds at this moment: one that begins or ends by itself changes no row."""
    try:
        own = attributes_of(Reader(row, f"product {row.get('id', '?')}"))
        told = [own.row.get(code) for code in PRICE_CODES]
        holds = special_holds(own.moment("special_from_date"), own.moment("special_to_date"), conditions.now)
    except Unreadable:
        told, holds = [row.get("custom_attributes")], False
    return repr((row.get("id"), row.get("price"), row.get("tier_prices"), told, holds)).encode()


def _unreadable(what: str, fault: PageFault) -> ImporterError:
    return Unreachable(
        f"The shop's list of {what} cannot be read whole: {fault.cause}",
        f"{fault.cure} Without TRUST_DATES the products are read page by page, and one that breaks a page fails alone.",
    )
