"""How many pieces there are, and whether orders are taken beyond them."""

from dataclasses import replace
from decimal import Decimal

import pytest
from gateway_importer.catalog import Counted, NotCounted, UnknownStock
from rows import CONDITIONS, combination_row, mapped, product_row, stock_row


@pytest.mark.parametrize(
    ("quantity", "out_of_stock", "shops_default", "backorders"),
    [
        (5, 2, False, False),
        (0, 0, True, False),
        (0, 2, False, False),
        (0, 2, True, True),
        (-3, 1, False, True),
    ],
)
def test_stock_is_as_counted_and_the_shop_says_whether_it_takes_orders_beyond_it(
    quantity: int, out_of_stock: int, shops_default: bool, backorders: bool
) -> None:
    conditions = replace(CONDITIONS, backorders=shops_default)
    (variant,) = mapped(product_row(), stock=[stock_row(12, 0, quantity, out_of_stock)], conditions=conditions).variants
    assert variant.stock == Counted(Decimal(quantity))
    assert (variant.for_sale, variant.backorders) == (True, backorders)


def test_the_products_row_decides_on_orders_beyond_stock_also_for_combinations() -> None:
    for product_says, copy_says, expected in ((1, 0, True), (0, 1, False)):
        stock = [stock_row(12, 0, 0, product_says), stock_row(12, 7, 0, copy_says)]
        (variant,) = mapped(product_row(), combination_row(7, 1), stock=stock).variants
        assert variant.backorders is expected


def test_stock_is_the_chosen_shops_or_its_groups() -> None:
    own, shared, other = stock_row(12, 0, 5), stock_row(12, 0, 7, shop=0, group=1), stock_row(12, 0, 9, shop=2)
    for rows, quantity in (([shared, own, other], 5), ([other, shared], 7)):
        assert mapped(product_row(), stock=rows).variants[0].stock == Counted(Decimal(quantity))
    product = mapped(product_row(), stock=[other])
    assert product.variants[0].stock == UnknownStock()
    assert [notice.code for notice in product.notices] == ["stock_unknown"]


@pytest.mark.parametrize(
    ("way", "shops", "quantity"), [("0", 1, 4), ("1", 0, 2), ("2", 0, 2), ("3", 0, 4), ("3", 1, 2)]
)
def test_a_pack_is_sold_from_its_own_stock_or_its_contents(way: str, shops: int, quantity: int) -> None:
    bundle = [
        {"id": "1", "id_product_attribute": "0", "quantity": "2"},
        {"id": "2", "id_product_attribute": "9", "quantity": "1"},
    ]
    row = product_row(cache_is_pack="1", pack_stock_type=way, associations={"product_bundle": bundle})
    stock = [stock_row(12, 0, 4), stock_row(1, 0, 5), stock_row(2, 9, 8)]
    product = mapped(row, stock=stock, conditions=replace(CONDITIONS, pack_stock_type=shops))
    assert product.variants[0].stock == Counted(Decimal(quantity))


def test_goods_whose_stock_the_shop_does_not_count() -> None:
    (variant,) = mapped(product_row(), stock=[], conditions=replace(CONDITIONS, stock_counted=False)).variants
    assert (variant.stock, variant.for_sale) == (NotCounted(), True)
