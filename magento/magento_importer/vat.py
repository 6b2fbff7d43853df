"""VAT: from a product's own tax class by the shop's rules to a rate, and between prices with VAT and without it.

By rules and rates alone, never by names: a class called 'VAT 23%' may have any rate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from gateway_importer.catalog import NoVatRate, Vat, VatRate

from magento_importer.tables import TaxRate, TaxRule

GROSZ = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Taxes:
    """The rules that hold for a visitor (his tax class) in one country, with its rates."""

    rules: tuple[TaxRule, ...] = ()
    rates: tuple[TaxRate, ...] = ()
    customer_class: int = 0
    country: str = "PL"

    def vat_of(self, tax_class: int | None) -> Vat:
        """The rate of a class. No class, or one without a rate here, is ``none``; class 0, by which the shop says
        'no tax', is ``exempt``."""
        if tax_class is None:
            return NoVatRate("none")
        if tax_class == 0:
            return NoVatRate("exempt")
        rates = {rate.id: rate.percent for rate in self.rates if rate.country == self.country and rate.everywhere}
        taken: defaultdict[int, dict[int, Decimal]] = defaultdict(dict)
        on_net: dict[int, bool] = {}
        for rule in self.rules:
            if tax_class in rule.product_classes and self.customer_class in rule.customer_classes:
                taken[rule.priority] |= {number: rates[number] for number in rule.rates if number in rates}
                on_net[rule.priority] = rule.on_net
        if not any(taken.values()):
            return NoVatRate("none")
        return VatRate(_compounded(taken, on_net))


def _compounded(taken: dict[int, dict[int, Decimal]], on_net: dict[int, bool]) -> Decimal:
    """Rates of one priority add up; those of the next are taken of the price with the former in it, unless the rule
    says that they are taken of the net alone."""
    total = Decimal(0)
    for priority in sorted(taken):
        own = sum(taken[priority].values(), Decimal(0))
        total += own if on_net[priority] else own * (100 + total) / 100
    return total.normalize() if total != total.to_integral_value() else total.quantize(Decimal(1))


def percent_of(vat: Vat) -> Decimal:
    """What the shop reckons with: where it states no rate, it takes none."""
    return vat.percent if isinstance(vat, VatRate) else Decimal(0)


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(GROSZ, ROUND_HALF_UP)


def gross_of(amount: Decimal, vat: Vat, *, includes: bool) -> Decimal:
    """The price with VAT, to the grosz, of a price in the catalogue's unit."""
    return rounded(amount if includes else amount * (100 + percent_of(vat)) / 100)


@dataclass(frozen=True, slots=True)
class Sample:
    """What tells whether prices include VAT: a product's own price, its rate, and what a visitor is shown: as
    displayed, and without VAT as the shop reckons it."""

    price: Decimal
    percent: Decimal
    shown: Decimal
    without: Decimal


def includes_vat(samples: Sequence[Sample]) -> bool | None:
    """Whether the catalogue's prices include VAT; None where it cannot be told.

    | shown | without | the catalogue's prices |
    |---|---|---|
    | price | price / (1 + rate) | include VAT |
    | price x (1 + rate) | price | do not |
    | price | price | either: shown as they are entered |
    """
    votes = {vote for sample in samples if (vote := _vote(sample)) is not None}
    return votes.pop() if len(votes) == 1 else None


def _vote(sample: Sample) -> bool | None:
    factor = 1 + sample.percent / 100
    price, shown, without = rounded(sample.price), rounded(sample.shown), rounded(sample.without)
    less, more = rounded(price / factor), rounded(price * factor)
    if price in (less, more):
        return None
    if shown == price and without == less:
        return True
    if shown == more and without == price:
        return False
    return None
