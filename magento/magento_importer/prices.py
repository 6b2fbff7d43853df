"""What a visitor pays for one piece: the lowest of a product's own price, its special price while it holds, and the
prices of quantities from one on. Rules of the catalogue come in only by what the shop shows (`wire.Shown`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from gateway_importer.catalog import Notice, Price, Vat

from magento_importer.vat import GROSZ, gross_of, rounded
from magento_importer.wire import Product, Shown, Tier

EVERYBODY = 32000  # the group that stands for all of them
VISITORS = 0
ALL_WEBSITES = 0
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two prices in the unit of the catalogue: what is paid, and what was before a reduction."""

    final: Decimal
    regular: Decimal


def special_holds(begins: datetime | None, ends: datetime | None, now: datetime) -> bool:
    """Whether a special price with these dates holds at a moment, all by the shop's own clock. The last day counts; an
    end with a time of day runs on for a day all the same (issue 39169 of Magento's repository)."""
    return (begins is None or begins <= now) and (ends is None or now < ends + A_DAY)


def tier_of(tiers: Sequence[Tier], website: int) -> Decimal | None:
    """The lowest price that a visitor has for one piece."""
    mine = [
        one.value
        for one in tiers
        if one.qty <= 1 and one.customer_group_id in (EVERYBODY, VISITORS) and one.website_id in (ALL_WEBSITES, website)
    ]
    return min(mine, default=None)


def own_pair(row: Product, price: Decimal, now: datetime, website: int) -> Pair:
    """By the product's own fields. A special price above the price does nothing; one of 0 is a real price."""
    candidates = [price]
    if row.special_price is not None and special_holds(row.special_from, row.special_to, now):
        candidates.append(row.special_price)
    tier = tier_of(row.tiers, website)
    if tier is not None:
        candidates.append(tier)
    return Pair(rounded(min(candidates)), rounded(price))


def shown_pair(shown: Shown, *, includes: bool) -> Pair:
    """By what a visitor is shown, in the unit of the catalogue whatever the shop displays. It has binary noise
    (``99.999999``)."""
    if includes:
        return Pair(rounded(shown.final), rounded(shown.regular))
    return Pair(rounded(shown.final_without), rounded(shown.regular_without))


def price_of(
    row: Product, price: Decimal, vat: Vat, shown: Shown | None, now: datetime, website: int, currency: str, *,
    includes: bool,
) -> tuple[Price, list[Notice]]:  # fmt: skip
    """A product's price with VAT. Where what is shown differs from what its fields give, the shown one counts, and a
    notice says so."""
    pair = own_pair(row, price, now, website)
    notices: list[Notice] = []
    if shown is not None:
        told = shown_pair(shown, includes=includes)
        if abs(told.final - pair.final) > GROSZ:
            notices.append(Notice("price_differs", _differs(pair.final, told.final)))
        elif abs(told.regular - pair.regular) > GROSZ:
            notices.append(Notice("price_differs", _differs(pair.regular, told.regular)))
        if notices:
            pair = told
    gross = gross_of(pair.final, vat, includes=includes)
    regular = gross_of(max(pair.regular, pair.final), vat, includes=includes)
    return Price(gross, vat, currency, regular if regular != gross else None), notices


def _differs(own: Decimal, shown: Decimal) -> str:
    why = "a catalogue price rule, most likely" if shown < own else "a price index that is behind, or a module"
    return (
        f"The shop shows a price of {shown} where the product's own fields give {own} ({why}): the shown one is taken."
    )
