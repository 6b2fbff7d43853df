"""Answers of the shop that lack a half or state nonsense: nothing is made up for what is missing, and no price comes of
it. What mutated answers at random found, each by its name."""

from typing import Any

import pytest
from mutations import DEEP
from prestashop_importer import wire
from prestashop_importer.answers import Unparsable, errors_of, listing
from prestashop_importer.tables import SCOPE, SpecificPrice
from prestashop_importer.variants import Refused
from rows import combination_row, mapped, product_row

SPECIAL: dict[str, Any] = {
    "id": 1, "id_product": "12", "id_product_attribute": "0", "id_shop": "0", "id_currency": "0", "id_country": "0",
    "id_group": "0", "id_customer": "0", "id_cart": "0", "id_specific_price_rule": "0", "price": "-1.000000",
    "from_quantity": "1", "reduction": "0.200000", "reduction_tax": "1", "reduction_type": "percentage",
    "from": "0000-00-00 00:00:00", "to": "0000-00-00 00:00:00",
}  # fmt: skip


# --- prices ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["price", "gross", "full", "ecotax"])
def test_a_price_of_true_is_no_price_of_one(field: str) -> None:
    with pytest.raises(wire.Unreadable, match=f"{field} of product 12 is True") as refused:
        wire.Product.read(product_row(**{field: True}))
    assert refused.value.code == "price_unreadable"


def test_a_flag_of_true_is_set() -> None:
    assert wire.Reader({"id": 1, "active": True}, "product").flag("active")


@pytest.mark.parametrize("missing", ["gross", "full"])
@pytest.mark.parametrize("value", [None, "", False])
def test_half_a_pair_of_prices_is_refused_and_not_filled_up(missing: str, value: object) -> None:
    """Without the reduced price our own computation would stand in for it, which knows nothing of a module's prices;
    without the full one the reduced price would pass for the regular one."""
    with pytest.raises(Refused) as refused:
        mapped(product_row(gross="88.330000", full="123.000000") | {missing: value})
    assert refused.value.fault.code == "price_unreadable"
    row = product_row(gross="88.330000", full="123.000000")
    del row[missing]
    with pytest.raises(Refused):
        mapped(row)


@pytest.mark.parametrize("value", [None, "", False])
def test_a_price_that_the_shop_does_not_tell_is_computed_and_said_to_be(value: object) -> None:
    product = mapped(product_row(gross=value, full=value))
    assert str(product.variants[0].price.gross) == "123.00"
    assert [notice.code for notice in product.notices] == ["price_computed"]
    assert mapped(product_row()).notices == ()


@pytest.mark.parametrize("missing", ["gross", "full"])
def test_half_a_pair_of_a_variants_prices_costs_that_variant(missing: str) -> None:
    product = mapped(product_row(), combination_row(7, 1), combination_row(8, 2) | {missing: ""})
    assert [str(variant.source_id) for variant in product.variants] == ["7"]
    assert [(str(one.source_id), one.fault and one.fault.code) for one in product.left_out] == [
        ("8", "price_unreadable")
    ]


@pytest.mark.parametrize("field", SCOPE)
@pytest.mark.parametrize("value", [None, "", False, True, "x"])
def test_a_special_price_that_does_not_say_for_whom_is_for_nobody(field: str, value: object) -> None:
    """0 stands for all: what is missing must not be taken for it."""
    with pytest.raises(wire.Unreadable, match=f"{field} of specific_price 1"):
        SpecificPrice.read(SPECIAL | {field: value})
    with pytest.raises(wire.Unreadable):
        SpecificPrice.read({name: kept for name, kept in SPECIAL.items() if name != field})
    assert SpecificPrice.read(SPECIAL).id_product == 12


# --- answers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [DEEP, b'{"products":' + DEEP + b"}", b"{" * 3000, b"[" * 100_000])
def test_an_answer_nested_without_end_is_no_answer(body: bytes) -> None:
    with pytest.raises(Unparsable):
        listing(body, "products")
    assert errors_of(body) == ()


ROWS = b'{"combinations":[{"id":1,"associations":{"images":[],"product_option_values":[{"id":"2"}]}},{"id":2}]}'


@pytest.mark.parametrize("length", range(1, len(ROWS)))
def test_an_answer_that_breaks_off_anywhere_is_no_shorter_answer(length: int) -> None:
    """An empty list inside of it is not the empty list that an answer may be: a product would have lost its variants."""
    with pytest.raises(Unparsable):
        listing(ROWS[:length], "combinations")


def test_a_list_inside_an_answer_that_breaks_off_is_not_what_was_asked_for() -> None:
    inner = b'{"categories":[{"id":3,"associations":{"categories":[{"id":"4"},{"id":"5"}]}},{"id":6,"na'
    with pytest.raises(Unparsable):
        listing(inner, "categories")


def test_what_a_module_prints_before_an_answer_may_be_json_too() -> None:
    said = b'{"debug":{"products":[{"id":9}]}}\n[1, 2]\n'
    assert [row["id"] for row in listing(said + b'{"products":[{"id":1}]}', "products").rows or ()] == [1]
