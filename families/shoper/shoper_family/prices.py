"""What a guest pays: the shop's own sum, and ours beside it, from the base price, the variant's and the special
offer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from shoper_family.wire import Offer, Stock

GROSZ = Decimal("0.01")
HUNDRED = Decimal(100)
OF_BASE, OWN, ABOVE_BASE, BELOW_BASE = 0, 1, 2, 3  # price_type
AMOUNT_OF_BASE, AMOUNT, PERCENT = 1, 2, 3  # discount_type


@dataclass(frozen=True, slots=True)
class Pair:
    """What is paid, and what was paid before a reduction; gross, to the grosz."""

    selling: Decimal
    regular: Decimal


def to_grosz(amount: Decimal) -> Decimal:
    return amount.quantize(GROSZ, ROUND_HALF_UP)


def by_kind(kind: int, base: Decimal, own: Decimal) -> Decimal:
    """A price or a weight of a variant, which is the base's, its own, or a difference to the base's."""
    if kind == OF_BASE:
        return base
    if kind == ABOVE_BASE:
        return base + own
    return base - own if kind == BELOW_BASE else own


def computed(base: Stock, stock: Stock, offer: Offer | None, now: datetime) -> Pair:
    """Our own sum; `stock` is the base itself or a variant of it."""
    regular = to_grosz(by_kind(stock.price_type, base.price, stock.price) if stock.extended else stock.price)
    if offer is None or not holds(offer, stock, now):
        return Pair(regular, regular)
    off = regular * offer.discount / HUNDRED if offer.kind == PERCENT else offer.discount
    return Pair(max(Decimal(0), to_grosz(regular - off)), regular)


def holds(offer: Offer, stock: Stock, now: datetime) -> bool:
    """Whether an offer is for this stock, at this moment of the shop's clock: one may be there before its time and
    after.
    """
    if (offer.begins is not None and now < offer.begins) or (offer.ends is not None and now >= offer.ends):
        return False
    if offer.stocks and stock.id not in offer.stocks:
        return False
    return not (offer.kind == AMOUNT_OF_BASE and stock.extended and stock.price_type == OWN)


def shops_own(stock: Stock) -> Pair | None:
    """What the shop computed; None where it says only one of the two, or neither."""
    if stock.comp_price is None or stock.comp_promo is None:
        return None
    return Pair(to_grosz(stock.comp_promo), to_grosz(stock.comp_price))


def differs(one: Pair, other: Pair) -> bool:
    return abs(one.selling - other.selling) > GROSZ or abs(one.regular - other.regular) > GROSZ
