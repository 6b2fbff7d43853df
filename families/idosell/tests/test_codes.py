"""Ids, SKUs, article codes and stocks, which are the same both ways."""

from decimal import Decimal

import pytest
from gateway_importer.catalog import Counted, NotCounted, StockLevel
from idosell_family.codes import group_of, gtin_of, sku_of, variant_id
from idosell_family.stock import kilograms, level_of


def test_ids_are_the_products_and_the_sizes() -> None:
    assert (variant_id("401", "4"), variant_id("402", "uniw")) == ("401-4", "402-uniw")
    assert (group_of("402", "401"), group_of("402", "0"), group_of("402", "")) == ("401", "402", "402")


@pytest.mark.parametrize(
    ("external", "displayed", "sizes", "size", "sku"),
    [
        ("LN-M", "LN", 2, "4", "LN-M"),
        ("LN-M", "LN", 1, "uniw", "LN-M"),
        ("", "LN", 1, "uniw", "LN"),
        ("", "LN", 2, "4", ""),  # all sizes share the product's code
        ("", "LN", 1, "4", ""),  # another size may come
        (" ", " ", 1, "uniw", ""),
    ],
)
def test_a_sku_is_the_merchants_own(external: str, displayed: str, sizes: int, size: str, sku: str) -> None:
    assert sku_of(external, displayed, sizes, size) == sku


@pytest.mark.parametrize(
    ("code", "standard", "gtin", "told"),
    [
        ("5901234123457", "GTIN13", "5901234123457", False),
        ("5901234123457", "", "5901234123457", False),
        ("5901234-123457", "auto", "5901234123457", False),
        ("5901234123450", "GTIN13", "", True),
        ("5901234123450", "", "", True),
        ("5901234123457", "MPN", "", False),
        ("5901234123457", "other", "", False),
        ("AB-12", "AUTO", "", False),
        ("AB-12", "GTIN13", "", True),
        ("0000000000000", "GTIN13", "", False),
        ("", "GTIN13", "", False),
    ],
)
def test_an_article_code_is_one_by_the_shops_word_and_by_its_digits(
    code: str, standard: str, gtin: str, told: bool
) -> None:
    found, problem = gtin_of(code, standard)
    assert (found, bool(problem)) == (gtin, told)


@pytest.mark.parametrize(
    ("quantities", "level"),
    [
        ([], Counted(Decimal(0))),
        (["3", "4.5"], Counted(Decimal("7.5"))),
        (["-1"], NotCounted()),
        (["-1", "-1"], NotCounted()),
        (["-1", "3"], Counted(Decimal(3))),
        (["-1", "0"], Counted(Decimal(0))),
        (["-3", "1"], Counted(Decimal(-2))),
    ],
)
def test_what_is_not_counted_is_never_added(quantities: list[str], level: StockLevel) -> None:
    assert level_of(Decimal(one) for one in quantities) == level


def test_weights_are_grams() -> None:
    assert [str(kilograms(Decimal(one))) for one in ("320", "1000", "0", "-1")] == ["0.32", "1", "None", "None"]
