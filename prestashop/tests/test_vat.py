"""VAT by the shop's own tax rules, or by its own prices, and never a guess."""

from dataclasses import replace
from decimal import Decimal

import pytest
from gateway_importer.catalog import NoVatRate, VatRate
from hypothesis import given
from hypothesis import strategies as st
from prestashop_importer import wire
from prestashop_importer.vat import Taxes, VatUnknown, vat_of
from rows import TAXES, tax_rule


@pytest.mark.parametrize(
    ("group", "vat"),
    [
        (0, NoVatRate("none")),
        (1, VatRate(Decimal(23))),
        (2, VatRate(Decimal(0))),
        (3, VatRate(Decimal(0))),
        (4, VatRate(Decimal(0))),
    ],
    ids=["no group", "rate", "switched off", "no rule for the country", "rate 0"],
)
def test_vat_is_the_shops_own_rule(group: int, vat: VatRate | NoVatRate) -> None:
    assert vat_of(group, TAXES, wire.VirtualPrices()) == vat


@pytest.mark.parametrize("group", [8, 9])
def test_a_rate_that_cannot_be_told_is_not_guessed(group: int) -> None:
    with pytest.raises(VatUnknown):
        vat_of(group, TAXES, wire.VirtualPrices())


@pytest.mark.parametrize(("behavior", "percent"), [(0, "23"), (1, "28"), (2, "29.15")])
def test_taxes_are_combined_as_their_behaviour_says(behavior: int, percent: str) -> None:
    taxes = replace(TAXES, rules=(tax_rule(1, 1, 1, behavior), tax_rule(2, 1, 3, behavior)))
    assert vat_of(1, taxes, wire.VirtualPrices()) == VatRate(Decimal(percent))


@given(net=st.decimals("0.01", "99999", places=6), percent=st.sampled_from([0, 5, 8, 23]))
def test_without_the_tax_tables_vat_is_what_the_shops_prices_say(net: Decimal, percent: int) -> None:
    gross = (net * (100 + percent) / 100).quantize(Decimal("0.000001"))
    virtual = wire.VirtualPrices(exactnet=net, exactgross=gross)
    assert vat_of(1, Taxes(readable=False), virtual) == VatRate(Decimal(percent))
