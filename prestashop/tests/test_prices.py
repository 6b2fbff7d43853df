"""Prices: the formula of the product page, to the grosz, and which special price counts."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prestashop_importer.answers import Row
from prestashop_importer.prices import (
    GROSZ,
    Guest,
    Ingredients,
    Pair,
    by_formula,
    chosen,
    differs,
    finer,
    own,
    parse_priorities,
    rounded,
)
from prestashop_importer.tables import SpecificPrice

GUEST = Guest(
    shop=1,
    currency=1,
    country=14,
    group=1,
    reduction=Decimal(0),
    now=datetime(2026, 11, 23, 14),
    priorities=parse_priorities(""),
)
PRODUCT = Ingredients(7, 0, Decimal("81.300813"), Decimal(0), Decimal(0), Decimal(23), Decimal(0))
VARIANT = Ingredients(40, 7, Decimal(200), Decimal(-20), Decimal(0), Decimal(23), Decimal(0))


def special(number: int = 1, **fields: str) -> SpecificPrice:
    """A special price as the webservice sends it, with what is not named left at its default."""
    row: Row = {
        "id": number, "id_product": "7", "id_product_attribute": "0", "id_shop": "0", "id_currency": "0",
        "id_country": "0", "id_group": "0", "id_customer": "0", "id_cart": "0", "id_specific_price_rule": "0",
        "price": "-1.000000", "from_quantity": "1", "reduction": "0.000000", "reduction_tax": "1",
        "reduction_type": "amount", "from": "0000-00-00 00:00:00", "to": "0000-00-00 00:00:00",
    }  # fmt: skip
    return SpecificPrice.read(row | {name.rstrip("_"): value for name, value in fields.items()})


TWENTY_OFF = special(reduction="0.200000", reduction_type="percentage")


@pytest.mark.parametrize(
    ("ingredients", "row", "selling", "regular"),
    [
        (PRODUCT, None, "100.00", "100.00"),
        (PRODUCT, TWENTY_OFF, "80.00", "100.00"),
        (PRODUCT, special(reduction="15.000000"), "85.00", "100.00"),
        (PRODUCT, special(reduction="15.000000", reduction_tax="0"), "81.55", "100.00"),
        (PRODUCT, special(price="50.000000"), "61.50", "61.50"),
        (PRODUCT, special(price="50.000000", reduction="0.100000", reduction_type="percentage"), "55.35", "61.50"),
        (PRODUCT, special(price="0.000000"), "0.00", "0.00"),
        (PRODUCT, special(reduction="150.000000"), "0.00", "100.00"),
        (VARIANT, None, "221.40", "221.40"),
        (VARIANT, special(id_product="40", id_product_attribute="7", price="99.000000"), "121.77", "121.77"),
        (VARIANT, special(id_product="40", price="99.000000"), "97.17", "97.17"),
        (replace(PRODUCT, price=Decimal(1000), ecotax=Decimal(10)), None, "1240.00", "1240.00"),
        (replace(PRODUCT, price=Decimal("2.5")), None, "3.08", "3.08"),
    ],
    ids=[
        "plain", "percentage", "amount with VAT", "amount without VAT", "fixed", "fixed and percentage", "fixed at 0",
        "below 0", "impact", "fixed for the variant", "fixed for the product keeps the impact", "ecotax", "half up",
    ],
)  # fmt: skip
def test_the_formula_gives_what_the_product_page_shows(
    ingredients: Ingredients, row: SpecificPrice | None, selling: str, regular: str
) -> None:
    pair = by_formula(ingredients, [row] if row else [], GUEST)
    assert pair == Pair(Decimal(selling), Decimal(regular))


@pytest.mark.parametrize(
    "fields",
    [
        {"from_quantity": "10"},
        {"id_group": "3"},
        {"id_currency": "2"},
        {"id_country": "8"},
        {"id_shop": "2"},
        {"id_customer": "5"},
        {"id_cart": "5"},
        {"id_product_attribute": "9"},
        {"id_product": "8"},
        {"to": "2026-11-23 13:59:59"},
        {"from": "2026-11-23 14:00:01"},
    ],
    ids=lambda fields: "-".join(fields),
)
def test_a_special_price_for_somebody_else_does_not_count(fields: dict[str, str]) -> None:
    assert chosen([special(1, price="1.0", **fields)], 7, 0, GUEST) is None


@pytest.mark.parametrize(
    ("winner", "loser"),
    [
        ({"id_product_attribute": "7"}, {}),
        ({"id_product_attribute": "7"}, {"id_group": "1", "id_currency": "1", "id_country": "14", "id_shop": "1"}),
        ({}, {"id_specific_price_rule": "4"}),
        ({}, {"id_product": "0", "id_specific_price_rule": "4"}),
        ({"id_group": "1"}, {"id_currency": "1", "id_country": "14", "id_shop": "1"}),
        ({"id_currency": "1"}, {"id_country": "14", "id_shop": "1"}),
        ({"to": "2099-01-01 00:00:00"}, {}),
        ({"from": "2020-01-01 00:00:00"}, {}),
    ],
)
def test_one_special_price_wins_alone(winner: dict[str, str], loser: dict[str, str]) -> None:
    first, second = special(1, **winner), special(2, **loser)
    assert chosen([first, second], 7, 7, GUEST) == chosen([second, first], 7, 7, GUEST) == first


def test_the_priorities_of_the_shop_decide() -> None:
    guest = replace(GUEST, priorities=parse_priorities("id_shop;id_country;id_currency;id_group"))
    assert chosen([special(1, id_group="1"), special(2, id_shop="1")], 7, 0, guest) == special(2, id_shop="1")


def test_the_visitor_groups_reduction_comes_off_both_prices() -> None:
    guest = replace(GUEST, reduction=Decimal(10))
    assert by_formula(PRODUCT, [TWENTY_OFF], guest) == Pair(Decimal("72.00"), Decimal("90.00"))
    assert own(Decimal("80.000000"), Decimal("100.000000"), guest) == Pair(Decimal("72.00"), Decimal("90.00"))


def test_decimals_that_the_webservice_cuts_off_are_our_own() -> None:
    """85.00 less 7.5 % is 78.63, but the page knows 84.99999999 and shows 78.62."""
    assert finer(Decimal("85.000000"), Decimal("84.99999999")) == Decimal("84.99999999")
    assert finer(Decimal("84.000000"), Decimal("84.99999999")) == Decimal(84)


def test_a_grosz_is_no_difference_and_two_are() -> None:
    pair = Pair(Decimal("10.00"), Decimal("12.00"))
    assert not differs(pair, Pair(Decimal("10.01"), Decimal("12.00")))
    assert differs(pair, Pair(Decimal("10.02"), Decimal("12.00")))
    assert differs(pair, Pair(Decimal("10.00"), Decimal("12.02")))


NET = st.decimals("0", "99999", places=6)
RATE = st.sampled_from([Decimal(23), Decimal(8), Decimal(5), Decimal(0)])


@given(gross=st.decimals("0.01", "99999.99", places=2), rate=RATE)
def test_a_gross_price_stored_as_net_with_six_decimals_comes_back(gross: Decimal, rate: Decimal) -> None:
    net = (gross / (1 + rate / 100)).quantize(Decimal("0.000001"))
    pair = by_formula(replace(PRODUCT, price=net, vat=rate), [], GUEST)
    assert pair == Pair(gross, gross)


@given(net=NET, impact=st.decimals("-500", "500", places=6), rate=RATE, share=st.decimals("0", "1", places=6))
def test_a_reduction_never_raises_a_price_nor_brings_it_below_nothing(
    net: Decimal, impact: Decimal, rate: Decimal, share: Decimal
) -> None:
    row = special(reduction=str(share), reduction_type="percentage")
    pair = by_formula(replace(PRODUCT, price=net, impact=impact, vat=rate), [row], GUEST)
    assert Decimal(0) <= pair.selling <= pair.regular


@given(amount=st.decimals("0", "99999", places=6))
def test_rounding_is_half_up_to_the_grosz(amount: Decimal) -> None:
    result = rounded(amount)
    assert result.as_tuple().exponent == -2
    assert -GROSZ / 2 < result - amount <= GROSZ / 2


@given(net=NET, rate=RATE)
def test_the_shops_own_price_to_two_decimals_stays_as_it_is(net: Decimal, rate: Decimal) -> None:
    shown = by_formula(replace(PRODUCT, price=net, vat=rate), [], GUEST)
    assert own(shown.selling, shown.regular, GUEST) == shown
