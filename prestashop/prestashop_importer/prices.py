"""What a guest pays: the shop's own computed price, and the same by PrestaShop's formula as a cross-check.

The formula follows ``ProductCore::priceCalculation`` and ``SpecificPriceCore::getSpecificPrice``. Amounts are
exact decimals in the shop's default currency; nothing is rounded before the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Decimal,
)

from prestashop_importer.tables import SpecificPrice

GROSZ = Decimal("0.01")
A_MILLIONTH = Decimal("0.000001")
HUNDRED = Decimal(100)
ROUNDINGS = {0: ROUND_CEILING, 1: ROUND_FLOOR, 2: ROUND_HALF_UP, 3: ROUND_HALF_DOWN, 4: ROUND_HALF_EVEN}
PRIORITIES = ("id_group", "id_currency", "id_country", "id_shop")  # the default of PS_SPECIFIC_PRICE_PRIORITIES


@dataclass(frozen=True, slots=True)
class Guest:
    """Who looks: a visitor who is not logged in, of one shop (0: the only one, whose number is not known), country
    and currency. `reduction` is the visitor group's, in percent. `now` is the shop's local time."""

    shop: int
    currency: int
    country: int
    group: int
    reduction: Decimal
    now: datetime
    priorities: tuple[str, ...] = PRIORITIES
    rounding: int = 2


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What the formula needs of one product or combination: net amounts, rates in percent."""

    product: int
    combination: int
    price: Decimal
    impact: Decimal
    ecotax: Decimal
    vat: Decimal
    ecotax_vat: Decimal


@dataclass(frozen=True, slots=True)
class Pair:
    """The price of today and the one before a reduction (equal where nothing is reduced), with VAT."""

    selling: Decimal
    regular: Decimal


def by_formula(ingredients: Ingredients, rows: Iterable[SpecificPrice], guest: Guest) -> Pair:
    """The price of one piece as the product page shows it."""
    exact = exact_by_formula(ingredients, rows, guest)
    return own(exact.selling, exact.regular, guest)


def exact_by_formula(ingredients: Ingredients, rows: Iterable[SpecificPrice], guest: Guest) -> Pair:
    """The same with all its decimals, before the visitor group's reduction."""
    row = chosen(rows, ingredients.product, ingredients.combination, guest)
    net = net_price(ingredients, row)
    factor = 1 + ingredients.vat / HUNDRED
    regular = net * factor + ingredients.ecotax * (1 + ingredients.ecotax_vat / HUNDRED)
    selling = regular - (reduction(row, regular, factor) if row is not None else Decimal(0))
    return Pair(selling, regular)


def net_price(ingredients: Ingredients, row: SpecificPrice | None) -> Decimal:
    """Before VAT, ecotax and any reduction: the row's fixed price where it has one, else the product's own."""
    if row is None or row.price < 0:
        return ingredients.price + ingredients.impact
    # A fixed price of this very combination is final; one of the whole product still takes the impact.
    return row.price if row.id_product_attribute else row.price + ingredients.impact


def reduction(row: SpecificPrice, gross: Decimal, factor: Decimal) -> Decimal:
    """What a row takes off a gross price."""
    if row.percentage:
        return gross * row.reduction
    return row.reduction if row.reduction_with_tax else row.reduction * factor


def shown(amount: Decimal, guest: Guest) -> Decimal:
    """The amount after the visitor group's reduction, never below 0, rounded as the shop rounds."""
    reduced = amount * (1 - guest.reduction / HUNDRED)
    return rounded(max(Decimal(0), reduced), guest.rounding)


def rounded(amount: Decimal, mode: int = 2) -> Decimal:
    return amount.quantize(GROSZ, rounding=ROUNDINGS.get(mode, ROUND_HALF_UP))


def chosen(rows: Iterable[SpecificPrice], product: int, combination: int, guest: Guest) -> SpecificPrice | None:
    """The one special price that counts for one piece. It wins alone: special prices never add up."""
    matching = [row for row in rows if _matches(row, product, combination, guest)]
    if not matching:
        return None
    return max(matching, key=lambda row: _rank(row, guest))


def _matches(row: SpecificPrice, product: int, combination: int, guest: Guest) -> bool:
    return (
        row.id_product in {0, product}
        and row.id_product_attribute in {0, combination}
        and (row.id_shop in {0, guest.shop} or not guest.shop)
        and row.id_currency in {0, guest.currency}
        and row.id_country in {0, guest.country}
        and row.id_group in {0, guest.group}
        and row.id_customer == 0
        and row.id_cart == 0
        and row.from_quantity <= 1
        and (row.starts is None or row.starts <= guest.now)
        and (row.ends is None or row.ends >= guest.now)
    )


def _rank(row: SpecificPrice, guest: Guest) -> tuple[int, int, int, int, datetime, datetime]:
    # An open end is stored as 0000-00-00 and sorts below every date.
    wanted = {
        "id_group": (row.id_group, guest.group),
        "id_currency": (row.id_currency, guest.currency),
        "id_country": (row.id_country, guest.country),
        "id_shop": (row.id_shop, guest.shop),
    }
    score = 0
    for place, name in enumerate(reversed(guest.priorities)):
        has, wants = wanted.get(name, (0, 1))
        if has == wants:
            score += 2 ** (place + 1)
    quantity = 0 if row.from_quantity == 1 else row.from_quantity
    return (
        row.id_product_attribute,
        quantity,
        -row.id_specific_price_rule,
        score,
        row.ends or datetime.min,
        row.starts or datetime.min,
    )


def differs(one: Pair, other: Pair) -> bool:
    """More than a grosz apart, before or after the reduction."""
    return abs(one.selling - other.selling) > GROSZ or abs(one.regular - other.regular) > GROSZ


def finer(said: Decimal, exact: Decimal) -> Decimal:
    """An amount of the shop with all its decimals, where our own is the same to those six that the webservice sends:
    85.000000 may be 84.99999999, which is another grosz once 7.5 % are taken off."""
    return exact if abs(said - exact) <= A_MILLIONTH else said


def own(gross: Decimal, full: Decimal, guest: Guest, factor: Decimal = Decimal(1)) -> Pair:
    """The shop's own prices after what its virtual prices leave out: the visitor group's reduction, and VAT
    (`factor`) in a shop that has it switched off and states net prices."""
    return Pair(shown(gross * factor, guest), shown(full * factor, guest))


def parse_priorities(text: str) -> tuple[str, ...]:
    """PS_SPECIFIC_PRICE_PRIORITIES: names separated by semicolons, the strongest first."""
    names: Sequence[str] = [name.strip() for name in text.split(";")]
    return tuple(name for name in names if name in PRIORITIES) or PRIORITIES
