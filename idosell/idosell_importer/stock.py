"""How many there are of a size."""

from __future__ import annotations

from gateway_importer.catalog import NotCounted, Notice, StockLevel, UnknownStock
from idosell_family.stock import UNCOUNTED, level_of

from idosell_importer.conditions import Conditions
from idosell_importer.wire import Product, Size


def stock_of(product: Product, size: Size, conditions: Conditions) -> tuple[StockLevel, list[Notice]]:
    """What can be sold by the shop's own reckoning, or what lies in the chosen warehouses less what is reserved there.
    A size of which a shop that keeps stock says nothing is sold out."""
    if not conditions.counted:
        return NotCounted(), []
    if product.stocks is None:
        return UnknownStock(), [Notice("stock_unknown", f"The shop does not say how many there are of size {size.id}.")]
    if not conditions.warehouses and size.id in product.stocks.sales:
        return level_of([product.stocks.sales[size.id]]), []
    here = [
        there[size.id]
        for number, there in product.stocks.warehouses.items()
        if size.id in there and (not conditions.warehouses or number in conditions.warehouses)
    ]
    return level_of(one.there if one.there == UNCOUNTED else one.there - one.reserved for one in here), []
