"""The neutral catalogue is what it says: its truths fit together, and each case is one of its own."""

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

import pytest
from gateway_importer.testing.conformance.cases import ALWAYS, CATALOGUE, EDITS, MEANWHILE, edited, edits, without
from gateway_importer.testing.conformance.neutral import Product, Sale, Variant, png

PRODUCTS = CATALOGUE.products
NOW = CATALOGUE.now.replace(tzinfo=None)


def runs(sale: Sale | None, variant: Variant) -> bool:
    if sale is None or (sale.variants and variant.key not in sale.variants):
        return False
    return (sale.begins is None or sale.begins <= NOW) and (sale.ends is None or sale.ends > NOW)


def test_no_two_cases_share_a_key_and_no_two_variants_of_a_product() -> None:
    assert max(Counter(one.key for one in PRODUCTS).values()) == 1
    for product in PRODUCTS:
        assert len({one.key for one in product.variants}) == len(product.variants) > 0


@pytest.mark.parametrize("product", [one for one in PRODUCTS if one.sale], ids=lambda one: one.key)
def test_a_reduced_price_is_what_the_sale_makes_of_the_regular_one(product: Product) -> None:
    sale = product.sale
    assert sale is not None
    for variant in product.variants:
        if not runs(sale, variant):
            assert variant.reduced is None
        elif sale.percent is not None:
            exact = variant.gross * (100 - sale.percent) / 100
            assert variant.reduced == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
        else:
            assert variant.reduced == variant.gross - (sale.amount or 0)


def test_what_a_product_refers_to_is_in_the_catalogue_and_parts_come_before_their_bundle() -> None:
    categories = {one.key for one in CATALOGUE.categories}
    values = {(option.key, value.key) for option in CATALOGUE.options for value in option.values}
    before: set[str] = set()
    for product in (*PRODUCTS, *edited(CATALOGUE).products):
        assert set(product.categories) <= categories
        assert set(product.parts) <= before
        assert not product.brand or product.brand in CATALOGUE.brands
        for variant in product.variants:
            assert set(variant.options.items()) <= values
            assert set(variant.pictures) <= {one.key for one in product.pictures}
        before.add(product.key)


def test_a_variant_whose_price_is_the_products_has_that_price() -> None:
    for product in PRODUCTS:
        for variant in product.variants:
            sign = {"product": 0, "plus": 1, "minus": -1}.get(variant.form)
            if sign is not None:
                assert (variant.gross - product.gross).compare(0) == sign, product.key


def test_every_edit_changes_its_product_and_meets_one_that_is_there() -> None:
    there = {one.key: one for one in PRODUCTS}
    assert set(EDITS) <= set(there)
    assert all(new != there.get(key) for key, new in edits(CATALOGUE).items())
    assert {key for key, _ in MEANWHILE.values()}.isdisjoint(edits(CATALOGUE))


def test_a_platform_that_lacks_cases_has_its_other_ones_edited() -> None:
    fewer = without(CATALOGUE, {"pictures-five", "changed-in-future"})
    assert set(edits(CATALOGUE)) - set(edits(fewer)) == {"pictures-five", "changed-in-future"}
    assert {one.key for one in PRODUCTS} >= ALWAYS


def test_pictures_are_files_of_their_own() -> None:
    keys = {one.key for product in PRODUCTS for one in product.pictures}
    assert len({png(key) for key in keys}) == len(keys)
    assert all(png(key).startswith(b"\x89PNG") for key in keys)
