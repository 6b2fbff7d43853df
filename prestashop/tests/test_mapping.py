"""What PrestaShop's rows mean in the catalogue: one concept after the other, over rows as the webservice sends them."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from gateway_importer.catalog import Image, Kind, Option, SkipRule
from hypothesis import given
from hypothesis import strategies as st
from prestashop_importer import wire
from prestashop_importer.mapping import Named, rule_of
from prestashop_importer.tables import CustomizationField, FeatureRow, FeatureValueRow
from prestashop_importer.variants import Refused, gtin_of
from rows import CONDITIONS, combination_row, mapped, product_row, stock_row, texts

# --- scalars ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["25", 25, Decimal(25), " 25 ", "25.000000", 25.0])
def test_a_number_is_read_whatever_its_type(value: object) -> None:
    assert wire.Reader({"id": 1, "n": value}, "row").whole("n") == 25


@pytest.mark.parametrize("value", [None, "", False])
def test_what_is_missing_is_the_default(value: object) -> None:
    reader = wire.Reader({"id": 1, "n": value}, "row")
    assert (reader.whole("n", 7), reader.text("n"), reader.optional_amount("n")) == (7, "", None)


@pytest.mark.parametrize("value", ["na telefon", "NaN", "Infinity", "1e13", [], {}, "2.5"])
def test_what_cannot_be_read_names_field_value_and_row(value: object) -> None:
    with pytest.raises(wire.Unreadable, match=r"n of row 9 is .*"):
        wire.Reader({"id": 9, "n": value}, "row").whole("n")


@given(st.decimals("-99999999", "99999999", places=6))
def test_money_keeps_its_digits(amount: Decimal) -> None:
    assert wire.Reader({"id": 1, "price": f"{amount:f}"}, "row").amount("price") == amount


def test_a_translated_field_is_read_in_every_form() -> None:
    for value in (texts("Kubek", "Mug"), [{"id": 1, "value": "Kubek"}, {"id": 2, "value": "Mug"}], "Kubek"):
        assert CONDITIONS.text(wire.Reader({"id": 1, "name": value}, "row").texts("name")) == "Kubek"


# --- product ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"state": "0", "active": "0", "price": "x"}, SkipRule.DRAFT),
        ({"active": 0, "visibility": "none"}, SkipRule.DISABLED),
        ({"visibility": "none", "show_price": "0"}, SkipRule.HIDDEN),
        ({"show_price": "0", "available_for_order": "0"}, SkipRule.NO_PRICE_SHOWN),
        ({"available_for_order": "0"}, SkipRule.NOT_ORDERABLE),
        ({}, None),
    ],
)
def test_rules_that_leave_a_product_out_come_in_order(fields: dict[str, Any], rule: SkipRule | None) -> None:
    found = rule_of(wire.Standing.read(product_row(**fields)), CONDITIONS, import_not_orderable=False)
    assert (found[0] if found else None) is rule


def test_what_cannot_be_ordered_comes_in_by_a_setting_and_is_not_for_sale() -> None:
    row = product_row(available_for_order="0")
    assert rule_of(wire.Standing.read(row), CONDITIONS, import_not_orderable=True) is None
    assert mapped(row).variants[0].for_sale is False


def test_a_row_without_the_columns_of_later_versions_is_a_product() -> None:
    row = product_row()
    for column in ("state", "product_type", "isbn", "show_price"):
        del row[column]
    assert rule_of(wire.Standing.read(row), CONDITIONS, import_not_orderable=False) is None
    assert mapped(row).name == "Kubek"


def test_a_product_without_a_name_in_the_chosen_language_takes_another_and_without_any_fails() -> None:
    assert mapped(product_row(name=texts(" ", "Mug"))).name == "Mug"
    with pytest.raises(Refused) as told:
        mapped(product_row(name=texts("", "")))
    assert told.value.fault.code == "nameless"


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"is_virtual": "1"}, Kind.VIRTUAL),
        ({"product_type": "virtual"}, Kind.VIRTUAL),
        ({"cache_is_pack": "1"}, Kind.BUNDLE),
        ({"type": "pack"}, Kind.BUNDLE),
        ({"product_type": "combinations"}, Kind.GOODS),
    ],
)
def test_the_kind_is_what_the_columns_say(fields: dict[str, Any], kind: Kind) -> None:
    assert mapped(product_row(**fields)).kind is kind


def test_the_cover_comes_first_and_each_picture_once() -> None:
    images = [{"id": "1"}, {"id": "12"}, {"id": "3"}, {"id": "3"}]
    product = mapped(product_row(id_default_image="12", associations={"images": images}))
    assert [image.key for image in product.images] == ["12", "1", "3"]
    assert product.images[0] == Image(
        "12", "https://sklep.example/api/images/products/12/12", "https://sklep.example/img/p/1/2/12.jpg"
    )


def test_the_last_change_is_told_in_utc_and_a_bad_date_fails() -> None:
    assert mapped(product_row()).updated_at == datetime(2026, 11, 20, 7, 41, tzinfo=UTC)
    assert mapped(product_row(date_upd="0000-00-00 00:00:00")).updated_at is None
    with pytest.raises(Refused) as told:
        mapped(product_row(date_upd="2026-13-45 00:00:00"))
    assert told.value.fault.code == "date_unreadable"


def test_features_keep_the_shops_order_and_repeat() -> None:
    named = Named(
        features={
            n: FeatureRow.read({"id": n, "position": p, "name": texts(t)})
            for n, p, t in [(1, 1, "Skład"), (2, 0, "Kraj")]
        },
        feature_values={
            n: FeatureValueRow.read({"id": n, "value": texts(t)}) for n, t in [(1, "len"), (2, "Polska"), (3, "Czechy")]
        },
    )
    pairs = [("1", "1"), ("2", "2"), ("2", "3"), ("2", "99")]
    features = [{"id": feature, "id_feature_value": value} for feature, value in pairs]
    product = mapped(product_row(associations={"product_features": features}), named=named)
    assert product.attributes == (("Kraj", "Polska"), ("Kraj", "Czechy"), ("Skład", "len"))
    assert [notice.code for notice in product.notices] == ["feature_unknown"]


def test_a_required_text_and_a_minimal_quantity_are_told() -> None:
    field = CustomizationField.read({"id": 1, "id_product": "12", "required": "1", "name": texts("Nadruk")})
    product = mapped(product_row(minimal_quantity="6"), named=Named(customizations={12: [field]}))
    assert [notice.code for notice in product.notices] == ["customization_required", "minimal_quantity"]


# --- variants ---------------------------------------------------------------------------------------------------


def test_variants_come_in_the_order_of_options_and_values_with_their_roles() -> None:
    product = mapped(product_row(), combination_row(8, 1, 4), combination_row(9, 2, 5), combination_row(7, 1, 5))
    assert [variant.source_id for variant in product.variants] == ["7", "9", "8"]
    assert product.variants[0].options == (Option("Kolor", "Żółty", "color"), Option("Rozmiar", "S"))


def test_an_empty_reference_is_the_products_an_empty_article_code_is_not() -> None:
    row = product_row(ean13="5901234123457")
    variants = mapped(
        row, combination_row(7, 1), combination_row(8, 2, reference="K-M", ean13="5901234567893")
    ).variants
    assert [(variant.sku, variant.gtin) for variant in variants] == [("KUBEK", ""), ("K-M", "5901234567893")]


def test_a_variants_pictures_are_its_own_in_the_products_order_or_the_products() -> None:
    row = product_row(id_default_image="5", associations={"images": [{"id": "4"}, {"id": "5"}, {"id": "6"}]})
    some = combination_row(7, 1)
    some["associations"]["images"] = [{"id": "6"}, {"id": "5"}, {"id": "99"}]
    variants = mapped(row, some, combination_row(8, 2)).variants
    assert [image.key for image in variants[0].images or ()] == ["5", "6"]
    assert variants[1].images is None


def test_weights_are_kilograms_with_their_impact() -> None:
    grams = replace(CONDITIONS, weight_factor=Decimal("0.001"))
    variants = mapped(product_row(weight="200.000000"), combination_row(7, 1, weight="50.0"), conditions=grams).variants
    assert variants[0].weight == Decimal("0.25")
    assert mapped(product_row()).variants[0].weight is None


def test_a_combination_that_nobody_can_choose_is_left_out_with_a_notice() -> None:
    product = mapped(product_row(), combination_row(7, 1), combination_row(8), stock=[stock_row(12, 7, 5)])
    assert [variant.source_id for variant in product.variants] == ["7"]
    assert [notice.code for notice in product.notices] == ["combination_orphan"]


def test_a_combination_with_an_unknown_value_is_left_out_with_its_fault() -> None:
    product = mapped(product_row(), combination_row(7, 1), combination_row(8, 99), combination_row(9, 6))
    assert [(one.source_id, one.fault.code) for one in product.left_out if one.fault] == [
        ("8", "option_unknown"), ("9", "option_unknown"),
    ]  # fmt: skip


def test_combinations_of_which_none_is_left_fail_the_product() -> None:
    with pytest.raises(Refused) as told:
        mapped(product_row(associations={"combinations": [{"id": "8"}]}), combination_row(8))
    assert told.value.fault.code == "no_variants"


def test_a_negative_price_is_a_fault_of_the_variant_or_the_product() -> None:
    product = mapped(
        product_row(), combination_row(7, 1), combination_row(8, 2, price="-100.01", gross="0.0", full="0.0")
    )
    assert [one.fault.code for one in product.left_out if one.fault] == ["price_negative"]
    with pytest.raises(Refused):
        mapped(product_row(price="-1.000000"))


def test_a_shop_that_computes_no_prices_is_imported_by_the_formula_or_not_at_all() -> None:
    row = product_row()
    del row["gross"], row["full"]
    assert mapped(row).variants[0].price.gross == Decimal("123.00")
    with pytest.raises(Refused) as told:
        mapped(row, conditions=replace(CONDITIONS, formula=False))
    assert told.value.fault.code == "price_unknown"


@pytest.mark.parametrize(
    ("codes", "gtin", "notices"),
    [
        (("5901234123457", "", ""), "5901234123457", 0),
        (("0000000000000", "", "036000291452"), "036000291452", 0),
        (("5901234123458", "", ""), "", 1),
        (("", "978-83-240-5907-2", ""), "9788324059072", 0),
        (("", "83-240-5907-3", ""), "", 1),
        (("96385074", "", ""), "96385074", 0),
        (("15901234123454", "", ""), "15901234123454", 0),
        (("", "", ""), "", 0),
    ],
)
def test_article_codes_are_checked(codes: tuple[str, str, str], gtin: str, notices: int) -> None:
    found, told = gtin_of(wire.Codes("", *codes))
    assert (found, len(told)) == (gtin, notices)
