"""How many of a row there are, by what the file says and by what a person decided of what it leaves unsaid."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from gateway_importer.catalog import Counted, Fault, StockLevel, UnknownStock

from feeds_family.conditions import NOTHING, REFUSE, Conditions
from feeds_family.wire import NO, ORDER, Row


class NoStock(Exception):
    """The row says no number, and such rows are refused."""

    def __init__(self, row: Row) -> None:
        super().__init__(row.place)
        self.fault = Fault(
            "stock_unknown",
            f"{row.place[0].upper()}{row.place[1:]} ({row.id}) is available, and the file says no number.",
            "Set UNKNOWN_STOCK to a number or to nothing, or join a source that has stock (SECOND_SOURCE).",
        )


@dataclass(frozen=True, slots=True)
class Stock:
    level: StockLevel
    backorders: bool = False


def stock_of(row: Row, conditions: Conditions) -> Stock:
    """Raises `NoStock`.

    | the row | stock |
    |---|---|
    | is not in the file any more | 0 |
    | has a number | that, whatever is said of availability |
    | is not available | 0 |
    | can be ordered before it is there | 0, sold beyond it |
    | has a number that cannot be read | unknown: the setting is for goods without one |
    | is available, or nothing is said | by the setting |
    """
    if row.gone:
        return Stock(Counted(Decimal(0)))
    if row.stock:
        return Stock(Counted(Decimal(row.stock)), backorders=row.available == ORDER)
    if row.available == NO:
        return Stock(Counted(Decimal(0)))
    if row.available == ORDER:
        return Stock(Counted(Decimal(0)), backorders=True)
    if conditions.unknown_stock == REFUSE:
        raise NoStock(row)
    if conditions.unknown_stock == NOTHING or _garbled(row):
        return Stock(UnknownStock())
    return Stock(Counted(Decimal(conditions.unknown_stock)))


def _garbled(row: Row) -> bool:
    return any(one.field == "stock" for one in row.wrong)


def is_unknown(row: Row) -> bool:
    """Whether the setting decides."""
    return not row.gone and not row.stock and row.available not in {NO, ORDER}
