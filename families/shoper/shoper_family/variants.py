"""What is simple to say of one stock: how many there are and whether they can be bought, codes, weight."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from gateway_importer.catalog import Counted, Fault, NotCounted, Notice, StockLevel, UnknownStock
from stdnum import ean

from shoper_family.conditions import Conditions
from shoper_family.prices import by_kind
from shoper_family.wire import Stock

SAVE_AGAIN = "Open the product in the administration, correct the value named and save."


class Refused(Exception):
    """A product or a variant that cannot be imported, and why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.cause)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Held:
    """The stock of one variant. `for_sale` False: it is shown and cannot be ordered, whatever the stock."""

    level: StockLevel
    for_sale: bool
    notices: tuple[Notice, ...] = ()


def stock_of(stock: Stock, conditions: Conditions) -> Held:
    """Stock is always counted in such a shop; only a setting that names an availability says otherwise. Whether it
    can be bought is what the availability says that the shop computed for it."""
    notices: tuple[Notice, ...] = ()
    level: StockLevel
    if stock.availability in conditions.not_counted:
        level = NotCounted()
    elif stock.stock is None:
        level = UnknownStock()
        notices = (Notice("stock_unknown", f"The shop does not say how many there are of stock {stock.id}."),)
    else:
        level = Counted(stock.stock)
    if conditions.availabilities is None or stock.availability == 0:
        return Held(level, True, notices)
    availability = conditions.availabilities.get(stock.availability)
    if availability is None:
        said = f"Stock {stock.id} has availability {stock.availability}, which the shop does not have: not for sale."
        return Held(level, False, (*notices, Notice("availability_unknown", said)))
    return Held(level, availability.can_buy, notices)


def gtin_of(code: str) -> tuple[str, list[Notice]]:
    """A valid article code, or none and a notice."""
    compact = code.replace("-", "").replace(" ", "")
    if not compact.strip("0"):
        return "", []
    if compact.isdecimal() and len(compact) in {8, 12, 13, 14} and ean.is_valid(compact):
        return compact, []
    return "", [Notice("gtin_invalid", f"EAN '{code}' is not a valid article code and was left out.")]


def weight_of(base: Stock, stock: Stock, conditions: Conditions) -> Decimal | None:
    """Kilograms; None for 0, for less than nothing and for a unit that we do not know."""
    amount = stock.comp_weight
    if amount is None:
        amount = by_kind(stock.weight_type, base.weight, stock.weight) if stock.extended else stock.weight
    if conditions.weight_factor is None or amount <= 0:
        return None
    kilograms = (amount * conditions.weight_factor).normalize()
    return kilograms.quantize(Decimal(1)) if kilograms == kilograms.to_integral_value() else kilograms
