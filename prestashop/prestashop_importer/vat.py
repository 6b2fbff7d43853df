"""VAT as the shop's own tax rules state it for one country, never read out of a name.

Follows PrestaShop's ``TaxRulesTaxManager`` and ``TaxCalculator``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from gateway_importer.catalog import Fault, NoVatRate, Vat, VatRate

from prestashop_importer.prices import A_MILLIONTH, HUNDRED
from prestashop_importer.taxes import TaxRule
from prestashop_importer.wire import VirtualPrices

HIGHEST_RATE = Decimal(100)  # percent; above it a tax is a typing error
ADDED_UP, ONE_AFTER_ANOTHER = 1, 2


@dataclass(frozen=True, slots=True)
class Taxes:
    """The tax tables of one country. `rates` are percents by tax, `active_groups` says of each group of rules
    whether it is switched on. `readable` False: the key may not read all of it, and none of it counts.
    """

    rules: tuple[TaxRule, ...] = ()
    rates: Mapping[int, Decimal] = field(default_factory=dict)
    active_groups: Mapping[int, bool] = field(default_factory=dict)
    readable: bool = True


class VatUnknown(Exception):
    """The rate cannot be told, and is not guessed."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.fault = Fault(
            "vat_unknown",
            cause,
            "In the back office open International > Taxes > Tax Rules, and see that the product's tax rule exists "
            "and has a rate for this country; or let the key read tax_rules, taxes and tax_rule_groups.",
        )


def vat_of(group: int, taxes: Taxes, virtual: VirtualPrices) -> Vat:
    """The VAT of a product whose tax rules are `group` (0: none). Raises `VatUnknown`.

    A group that is switched off, or has no rule for the country, is 0 % on the storefront. Without the tax
    tables the rate is what the shop's own net and gross prices say.
    """
    if group == 0:
        return NoVatRate("none")
    if not taxes.readable:
        return _from_prices(virtual)
    if group not in taxes.active_groups:
        raise VatUnknown(f"The product's tax rule {group} does not exist in the shop.")
    if not taxes.active_groups[group]:
        return VatRate(Decimal(0))
    return VatRate(_percent(group, taxes))


def _percent(group: int, taxes: Taxes) -> Decimal:
    rules = [
        rule for rule in taxes.rules if rule.id_tax_rules_group == group and rule.id_state == 0 and rule.everywhere
    ]
    percents: list[Decimal] = []
    for rule in rules:
        percents.append(_rate(rule, taxes))
        if rule.behavior == 0:
            break
    if rules and rules[0].behavior == ONE_AFTER_ANOTHER:
        factor = Decimal(1)
        for percent in percents:
            factor *= 1 + percent / HUNDRED
        total = (factor - 1) * HUNDRED
    else:
        total = sum(percents, Decimal(0))
    if not 0 <= total <= HIGHEST_RATE:
        raise VatUnknown(f"The product's tax rule {group} adds up to {total} %.")
    return plain(total)


def _rate(rule: TaxRule, taxes: Taxes) -> Decimal:
    if rule.id_tax == 0:
        return Decimal(0)  # "no tax" chosen in the rule
    if rule.id_tax not in taxes.rates:
        raise VatUnknown(
            f"The product's tax rule {rule.id_tax_rules_group} names tax {rule.id_tax}, which is not there."
        )
    return abs(taxes.rates[rule.id_tax])


def _from_prices(virtual: VirtualPrices) -> Vat:
    net, gross = virtual.exactnet, virtual.exactgross
    if net is None or gross is None:
        raise VatUnknown("The key may not read the tax rules, and the shop computes no prices from which to tell VAT.")
    if net <= 0:
        return NoVatRate("none")  # a price of 0 says nothing about VAT, and is left out by its own rule
    percent = plain(((gross / net - 1) * HUNDRED).quantize(Decimal("0.1")))
    # Both prices are rounded to six decimals, so the rate must give one from the other but for that.
    if not 0 <= percent <= HIGHEST_RATE or abs(net * (1 + percent / HUNDRED) - gross) > 2 * A_MILLIONTH:
        raise VatUnknown(f"The shop's own prices (net {net}, gross {gross}) fit no VAT rate.")
    return VatRate(percent)


def plain(number: Decimal) -> Decimal:
    """Without trailing zeros, and without an exponent: 23.000 becomes 23."""
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()
