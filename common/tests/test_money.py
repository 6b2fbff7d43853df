"""Money: the net amount that is sent gives back the shop's gross price to the grosz."""

from decimal import Decimal

import pytest
from gateway_importer.catalog import Fault, NoVatRate, VatRate
from gateway_importer.gateway.money import VAT_CLASSES, gross_of, net_of, vat_class
from hypothesis import given
from hypothesis import strategies as st

GROSS = st.integers(min_value=0, max_value=1_000_000_000).map(lambda grosze: Decimal(grosze) / 100)


@given(GROSS, st.sampled_from(sorted(VAT_CLASSES.values())))
def test_every_gross_price_comes_back(gross: Decimal, percent: Decimal) -> None:
    net = net_of(gross, percent)
    assert gross_of(net, percent) == gross
    assert -6 <= int(net.as_tuple().exponent) <= -2


def test_a_price_without_a_net_of_two_decimals_gets_three() -> None:
    assert net_of(Decimal("1.04"), Decimal(23)) == Decimal("0.846")


@pytest.mark.parametrize(("percent", "name"), [("23", "VAT23"), ("8.000", "VAT8"), ("5", "VAT5"), ("0", "VAT0")])
def test_a_rate_has_its_class(percent: str, name: str) -> None:
    assert vat_class(VatRate(Decimal(percent)), {}) == name


def test_what_has_no_class_is_a_fault_until_a_setting_maps_it() -> None:
    fault = vat_class(NoVatRate("exempt"), {})
    assert isinstance(fault, Fault) and "exempt=VAT0" in fault.cure
    assert vat_class(NoVatRate("exempt"), {"exempt": "VAT0"}) == "VAT0"
    assert isinstance(vat_class(VatRate(Decimal(19)), {}), Fault)
