"""How many can be sold, by the two lists of the inventory modules, or by the older stock item where they are absent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from gateway_importer.catalog import Counted, NotCounted, StockLevel, UnknownStock

from magento_importer.wire import Salable, StockItem


@dataclass(frozen=True, slots=True)
class Held:
    level: StockLevel
    for_sale: bool
    backorders: bool = False


NOTHING = Counted(Decimal(0))
UNKNOWN = Held(UnknownStock(), True)


def by_inventory(indexed: bool, exported: Salable | None) -> Held:
    """By whether the stock index has it as salable (`indexed`: what pages go by), and by what can be ordered.

    For sale when both say so. The quantity is what can be ordered: open orders and the threshold are taken off, and a
    limit of backorders is added. One that is for sale with no quantity is sold without being counted (stock is not
    managed, or backorders have no limit).
    """
    if exported is None:
        return Held(NOTHING, False)
    for_sale = indexed and exported.is_salable
    if for_sale and exported.qty <= 0:
        return Held(NotCounted(), True)
    return Held(Counted(exported.qty), for_sale)


def by_item(item: StockItem) -> Held:
    """The same by the older stock item, which knows of no open orders. A threshold that the shop does not sell below is
    taken off; one below zero is a limit of backorders, which are no stock."""
    if not item.manage_stock:
        return Held(NotCounted(), True)
    left = item.qty - item.min_qty
    backorders = item.backorders > 0
    counted = Counted(item.qty - max(item.min_qty, Decimal(0)))
    return Held(counted, item.is_in_stock and (left > 0 or backorders), backorders)
