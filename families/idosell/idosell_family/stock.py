"""How many there are, where a shop keeps several warehouses and some of them are not counted."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from gateway_importer.catalog import Counted, NotCounted, StockLevel

UNCOUNTED = Decimal(-1)


def level_of(quantities: Iterable[Decimal]) -> StockLevel:
    """The sum of the counted ones. Not counted only where all are -1, which is no quantity; none at all is sold out."""
    given = list(quantities)
    counted = [one for one in given if one != UNCOUNTED]
    if given and not counted:
        return NotCounted()
    return Counted(sum(counted, Decimal(0)))


def kilograms(grams: Decimal) -> Decimal | None:
    """None where no weight is set, which such a shop says as 0."""
    return grams.scaleb(-3).normalize() + 0 if grams > 0 else None
