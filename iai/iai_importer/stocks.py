"""How many there are of a size, from two files that were made at different times.

The whole file may know what is reserved by orders (`available_stock_quantity`), the light one never does, but is newer:
then what was reserved at the time of the whole file is taken off. -1 is no quantity: it says that nobody counts.
"""

from __future__ import annotations

from decimal import Decimal

from gateway_importer.catalog import Counted
from idosell_family.member import stock_text
from idosell_family.stock import UNCOUNTED, level_of

from iai_importer import wire
from iai_importer.conditions import Conditions
from iai_importer.numbers import number

NONE = Decimal(0)
UNAVAILABLE = "unavailable"


def stock_of(size: wire.Size, light: wire.Size | None, *, known_to_light: bool, conditions: Conditions) -> str:
    """The stock, as `Size.stock`. `known_to_light`: the light file has the product, with this size as `light`, which is
    sold out where it is not there. Raises `Unreadable`."""
    if size.available == UNAVAILABLE:
        return "0"
    newer = light if known_to_light and not conditions.full_is_newer else size
    if newer is None:
        return "0"
    chosen = conditions.warehouses
    rows = newer.stocks if chosen is None else [row for row in newer.stocks if row.warehouse in chosen]
    if newer is size:
        quantities = [_quantity(row.quantity if row.available is None else row.available) for row in rows]
    else:
        before = {row.warehouse: row for row in size.stocks if row.available is not None}
        quantities = [_left(row, before.get(row.warehouse)) for row in rows]
    level = level_of(quantities)
    return "0" if isinstance(level, Counted) and level.quantity < 0 else stock_text(level)


def _quantity(text: str) -> Decimal:
    return number(text, "stock") if text else NONE


def _left(row: wire.Stock, before: wire.Stock | None) -> Decimal:
    """What is there now, less what was reserved before."""
    now = _quantity(row.quantity)
    if before is None or before.available == before.quantity or now == UNCOUNTED:
        return now
    quantity, available = _quantity(before.quantity), _quantity(before.available or "")
    if UNCOUNTED in (quantity, available):
        return now
    # 4 pieces with 5 reserved are -1 piece, which must not be taken for "nobody counts".
    return max(NONE, now - max(NONE, quantity - available))
