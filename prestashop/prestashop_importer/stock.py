"""How many pieces there are, and whether they can be bought: as PrestaShop's product page decides.

Follows ``StockAvailableCore`` and ``PackCore::getQuantity``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway_importer.catalog import Counted, NotCounted, StockLevel, UnknownStock

from prestashop_importer.conditions import Conditions
from prestashop_importer.tables import StockRow
from prestashop_importer.wire import BundleItem, Product

StockTable = Mapping[tuple[int, int], StockRow]
PACK_ONLY, CONTENTS_ONLY, BOTH, AS_THE_SHOP = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Availability:
    """The stock of one variant. `backorders`: orders are taken beyond it. `for_sale` False: it is shown, and cannot be
    ordered whatever the stock; goods that are sold out stay for sale, with a stock of 0."""

    level: StockLevel
    backorders: bool
    for_sale: bool


def stock_table(rows: Sequence[StockRow], shop_id: int) -> dict[tuple[int, int], StockRow]:
    """One row for each product and combination: the shop's own (a shop that shares its group's stock has rows
    with `id_shop` 0); rows of other shops are left out."""
    table: dict[tuple[int, int], StockRow] = {}
    for row in rows:
        if shop_id and row.id_shop not in {0, shop_id}:
            continue
        key = (row.id_product, row.id_product_attribute)
        if key not in table or row.id_shop == shop_id:
            table[key] = row
    return table


def availability(product: Product, combination: int, table: StockTable, conditions: Conditions) -> Availability:
    """The stock of a product (`combination` 0) or of one of its combinations."""
    orderable = product.standing.available_for_order
    if not conditions.stock_counted:
        return Availability(NotCounted(), False, orderable)
    # The product's row alone decides, also for combinations, whose copies may be stale.
    product_row = table.get((product.id, 0))
    backorders = _backorders(product_row, conditions)
    quantity = _quantity(product, combination, table, conditions)
    if quantity is None:
        return Availability(UnknownStock(), backorders, orderable)
    return Availability(Counted(quantity), backorders, orderable)


def _backorders(row: StockRow | None, conditions: Conditions) -> bool:
    if row is None or row.out_of_stock not in {0, 1}:
        return conditions.backorders
    return row.out_of_stock == 1


def _quantity(product: Product, combination: int, table: StockTable, conditions: Conditions) -> Decimal | None:
    row = table.get((product.id, combination))
    own = row.quantity if row is not None else None
    if not product.bundle or combination:
        return own
    way = conditions.pack_stock_type if product.pack_stock_type == AS_THE_SHOP else product.pack_stock_type
    if way not in {CONTENTS_ONLY, BOTH}:
        return own
    contents = _packs_in(product.bundle, table)
    if way == CONTENTS_ONLY:
        return contents
    return None if own is None or contents is None else min(own, contents)


def _packs_in(bundle: Sequence[BundleItem], table: StockTable) -> Decimal | None:
    """How many packs the contents on hand make; None where the stock of one of them is unknown."""
    counts: list[Decimal] = []
    for item in bundle:
        row = table.get((item.id_product, item.id_product_attribute))
        if row is None:
            return None
        counts.append(row.quantity // max(1, item.quantity))
    return min(counts)
