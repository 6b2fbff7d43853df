"""What the shop says of how many there are, by size and by warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from idosell_importer.reader import Reader


@dataclass(frozen=True, slots=True)
class Quantity:
    """How many lie in a warehouse, and how many of them are reserved."""

    there: Decimal
    reserved: Decimal

    @classmethod
    def read(cls, row: Reader) -> Quantity:
        reserved = row.object("productSizeReservations")
        parts = (reserved.amount(name) for name in reserved.row)
        return cls(row.amount("productSizeQuantity"), sum(parts, Decimal(0)))


@dataclass(frozen=True, slots=True)
class Stocks:
    """By size: what can be sold, and what lies in each warehouse. -1 is "not counted"."""

    sales: Mapping[str, Decimal]
    warehouses: Mapping[int, Mapping[str, Quantity]]

    @classmethod
    def read(cls, product: Reader) -> Stocks | None:
        """None: the shop says nothing of them."""
        if not product.has("productStocksData"):
            return None
        data = product.object("productStocksData")
        sales = data.object("productSizesDispositions").rows("productSizesDispositionsInSales")
        return cls(
            sales={row.code("sizeId"): row.amount("productSizeQuantityAllStocks") for row in sales},
            warehouses={
                stock.id("stockId"): {row.code("sizeId"): Quantity.read(row) for row in stock.rows("productSizesData")}
                for stock in data.rows("productStocksQuantities")
            },
        )
