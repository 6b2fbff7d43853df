"""What a PrestaShop can say about changes.

`products.date_upd` moves when a product is saved. It does not move when stock is sold or set, nor when special prices
or combinations are written through the webservice (PrestaShop's `StockAvailable`, `SpecificPrice` and `Combination`
do not touch the product; issue 20465 of PrestaShop/PrestaShop), so those tables are read whole, a few hundred rows a
question. What products share (names of options, taxes, the shop's settings) is read too: a change there is one for
all products.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from gateway_importer.catalog import ProductId
from gateway_importer.errors import Unreachable

from prestashop_importer.answers import Row
from prestashop_importer.client import Client, highest_id, ids_of
from prestashop_importer.conditions import Conditions
from prestashop_importer.refusals import PageFault
from prestashop_importer.tables import SpecificPrice
from prestashop_importer.wire import Unreadable

ALL = ProductId("")  # what concerns every product
ROWS_AT_ONCE = 1000  # of flat tables of which few columns are asked for
STOCK = ("id", "id_product", "id_product_attribute", "id_shop", "id_shop_group", "quantity", "out_of_stock")
COMBINATIONS = (
    "id", "id_product", "reference", "ean13", "upc", "price", "ecotax", "weight", "minimal_quantity",
    "product_option_values[id]", "images[id]",
)  # fmt: skip
SHARED: Mapping[str, Sequence[str]] = {
    "product_options": ("id", "is_color_group", "group_type", "position", "name", "public_name"),
    "product_option_values": ("id", "id_attribute_group", "position", "name"),
    "product_features": ("id", "position", "name"),
    "manufacturers": ("id", "name"),
}
VALUES = ("id", "value")


class PrestaShopChanges:
    """`gateway_importer.source.Changes` of one shop; `conditions` are asked for when they are needed."""

    uncovered = (
        "Not seen this way: pictures that were added or sorted without saving the product, and what a module changes "
        "past PrestaShop."
    )

    def __init__(self, client: Client, conditions: Callable[[], Awaitable[Conditions]]) -> None:
        self._client = client
        self._conditions = conditions

    async def dated(self, since: datetime) -> AsyncIterator[ProductId]:
        """Products whose `date_upd` is not before `since`, which the shop keeps in its own local time."""
        zone = (await self._conditions()).timezone
        local = since.astimezone(zone).replace(tzinfo=None, microsecond=0)
        filters = {"date_upd": f">[{local:%Y-%m-%d %H:%M:%S}]"}
        async for rows in self._pages("products", None, filters, {"date": "1"}):
            for number in ids_of(rows, "products"):
                yield ProductId(str(number))

    async def moving(self) -> AsyncIterator[tuple[ProductId, bytes]]:
        conditions = await self._conditions()
        yield ALL, repr(_shared(conditions)).encode()
        for resource, display in SHARED.items():
            async for row in self._rows(resource, display):
                yield ALL, _told(resource, row)
        # Values that somebody typed for one product come and go with that product's own change date.
        async for row in self._rows("product_feature_values", VALUES, {"custom": "[0]"}):
            yield ALL, _told("product_feature_values", row)
        async for row in self._rows("stock_availables", STOCK):
            yield _product(row), _told("stock_availables", row)
        old = (await self._client.access()).old  # 1.6 has no isbn
        async for row in self._rows("combinations", COMBINATIONS if old else (*COMBINATIONS, "isbn")):
            yield _product(row), _told("combinations", row)
        # What is in stock of a pack may hang on what is in it: packs are few, and read every time.
        async for rows in self._pages("products", None, {"cache_is_pack": "[1]"}):
            for number in ids_of(rows, "products"):
                yield ProductId(str(number)), repr(datetime.now(UTC)).encode()
        async for row in self._rows("specific_prices", ()):
            yield _product(row), _told("specific_prices", row, _is_open(row, conditions.guest.now))

    async def _rows(
        self, resource: str, display: Sequence[str], filters: dict[str, str] | None = None
    ) -> AsyncIterator[Row]:
        if not (await self._client.access()).may_read(resource):
            return
        async for rows in self._pages(resource, display, filters):
            for row in rows:
                yield row

    async def _pages(
        self,
        resource: str,
        display: Sequence[str] | None,
        filters: dict[str, str] | None = None,
        options: dict[str, str] | None = None,
    ) -> AsyncIterator[Sequence[Row]]:
        """A table in pieces, rising by id. Raises `Unreachable` where the shop cannot hand it out: what moved is
        known whole or not at all."""
        last = 0
        try:
            while rows := (
                await self._client.after(
                    resource, last, ROWS_AT_ONCE, display=display, filters=filters, options=options
                )
            ).rows:
                last = highest_id(rows, resource, above=last)
                yield rows
        except PageFault as fault:
            raise Unreachable(
                f"The shop's table {resource} cannot be read whole: {fault.cause}",
                f"{fault.cure} Without TRUST_DATES the products are read page by page, and one that breaks a page "
                "fails alone.",
            ) from fault


def _shared(conditions: Conditions) -> Conditions:
    """What products share, without what moves by itself and what is only told."""
    return replace(conditions, guest=replace(conditions.guest, now=datetime.min), warnings=(), problems=(), facts=())


def _is_open(row: Row, now: datetime) -> bool:
    """Whether a special price holds at this moment: one that begins or ends by itself changes no row."""
    try:
        special = SpecificPrice.read(row)
    except Unreadable:
        return False
    return (special.starts is None or special.starts <= now) and (special.ends is None or now <= special.ends)


def _product(row: Row) -> ProductId:
    number = str(row.get("id_product", "")).strip()
    return ProductId("" if number in {"", "0"} else number)


def _told(resource: str, row: Row, *more: object) -> bytes:
    return repr((resource, sorted(row.items(), key=lambda item: item[0]), *more)).encode()
