"""What a PrestaShop can say about changes.

`products.date_upd` moves when a product is saved. It does not move when stock is sold or set, nor when special prices
or combinations are written through the webservice (PrestaShop's `StockAvailable`, `SpecificPrice` and `Combination`
do not touch the product; issue 20465 of PrestaShop/PrestaShop), so those tables are read whole, a few hundred rows a
question. What products share (names of options, taxes, the shop's settings) is read too: a change there is one for
all products.
"""

from __future__ import annotations

import asyncio
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
PLACES = 4  # of a long table that are read at once; the pace of the shop's host still holds
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

        async def piece(last: int, until: int | None) -> tuple[Sequence[Row], int, int | None]:
            found = await self._client.after(
                resource, last, ROWS_AT_ONCE, display=display, filters=filters, options=options, until=until
            )
            rows = found.rows
            return rows, highest_id(rows, resource, above=last) if rows else last, until

        try:
            # A table of one piece is most often all there is; the rest of a long one is read from several places.
            rows, last, _ = await piece(0, None)
            places: list[tuple[int, int | None]] = [(last, None)] if rows else []
            if len(rows) == ROWS_AT_ONCE:
                places = parts_of(last, await self._client.highest(resource, filters))
            yield rows
            while places:
                answers = await asyncio.gather(*(piece(*place) for place in places), return_exceptions=True)
                pieces = []
                for answer in answers:
                    if isinstance(answer, BaseException):
                        raise answer
                    pieces.append(answer)
                places = [(last, until) for rows, last, until in pieces if rows and (until is None or last < until)]
                for rows, _, _ in pieces:
                    yield rows
        except PageFault as fault:
            raise Unreachable(
                f"The shop's table {resource} cannot be read whole: {fault.cause}",
                f"{fault.cure} Without TRUST_DATES the products are read page by page, and one that breaks a page "
                "fails alone.",
            ) from fault


def parts_of(last: int, highest: int) -> list[tuple[int, int | None]]:
    """The ids above `last` in some parts of equal width (each but for its first number, with its last one); of the last
    part the end is open, since rows are added while a table is read."""
    width = -(-max(0, highest - last) // PLACES)
    ends = [last + width * number for number in range(1, PLACES)] if width else []
    return [*zip([last, *ends], ends, strict=False), ((ends or [last])[-1], None)]


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
