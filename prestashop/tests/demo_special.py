"""Special prices of all kinds: a fifth of the made-up shop is reduced; other products carry rows that do not count."""

import random
from decimal import Decimal

from catalogue import Catalogue, Row, add
from shop_prices import ZERO_DATE

NEVER = {"from": ZERO_DATE, "to": ZERO_DATE}

#: Rows that reduce the price for a guest today.
REDUCING: tuple[Row, ...] = (
    {"reduction": "0.200000"},
    {"reduction": "0.150000", "from": "2020-01-01 00:00:00", "to": "2099-12-31 23:59:59"},
    {"reduction": "3.000000", "reduction_type": "amount"},
    {"reduction": "2.000000", "reduction_type": "amount", "reduction_tax": "0"},
    {"reduction": "0.100000", "id_specific_price_rule": "1"},
    {"reduction": "0.250000", "id_group": "1"},
    {"reduction": "0.050000", "id_country": "14", "id_currency": "1"},
    {"reduction": "0.300000", "id_shop": "1", "to": "2099-12-31 23:59:59"},
    {"price": "factor 0.9", "reduction": "0.100000"},
    {"reduction": "0.120000", "combination": True},
)

#: Rows that look like a reduction and are none: for somebody else, for many pieces, for another day.
IDLE: tuple[Row, ...] = (
    {"reduction": "0.500000", "from": "2020-01-01 00:00:00", "to": "2020-02-01 00:00:00"},
    {"reduction": "0.500000", "from": "2099-01-01 00:00:00"},
    {"reduction": "0.400000", "id_group": "3"},
    {"reduction": "0.250000", "from_quantity": "10"},
    {"price": "1.990000", "reduction_type": "amount", "id_currency": "2"},
    {"reduction": "0.350000", "id_country": "1"},
    {"reduction": "0.450000", "id_customer": "12"},
    {"reduction": "0.450000", "id_cart": "7"},
)


def add_row(shop: Catalogue, id_product: int, columns: Row) -> None:
    """A row of `specific_prices` with what is given, and nothing special in the rest."""
    row: Row = dict.fromkeys(
        (
            "id_shop_group",
            "id_shop",
            "id_cart",
            "id_product_attribute",
            "id_currency",
            "id_country",
            "id_group",
        ),
        "0",
    )
    row |= {"id_customer": "0", "id_specific_price_rule": "0", "price": "-1.000000", "from_quantity": "1"}
    row |= {"reduction": "0.000000", "reduction_tax": "1", "reduction_type": "percentage"} | NEVER
    columns = dict(columns)
    if columns.pop("combination", False):
        combinations = shop.combinations_of(id_product)
        row["id_product_attribute"] = str(combinations[-1]["id"]) if combinations else "0"
    if str(columns.get("price", "")).startswith("factor"):
        factor = Decimal(str(columns["price"]).split()[1])
        columns["price"] = str((Decimal(shop.products[id_product]["price"]) * factor).quantize(Decimal("0.000001")))
    add(shop.specific_prices, row | {"id_product": str(id_product)} | columns)


def add_special_prices(shop: Catalogue, rng: random.Random, importable: list[int]) -> None:
    """Every fifth product is reduced; some of the others carry rows that must not count, alone or beside a good one."""
    for number, id_product in enumerate(importable):
        if number % 5 == 2:
            columns = dict(REDUCING[number // 5 % len(REDUCING)])
            if columns.get("reduction_type") == "amount" and Decimal(shop.products[id_product]["price"]) < 10:
                columns |= {"reduction": "0.500000"}
            add_row(shop, id_product, columns)
            shop.products[id_product]["on_sale"] = str(rng.randint(0, 1))
        if number % 11 == 5:
            add_row(shop, id_product, IDLE[number // 11 % len(IDLE)])
