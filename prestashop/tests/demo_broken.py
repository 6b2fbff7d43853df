"""Products that were broken on purpose, each in a way of its own: every one must fail, with its own cause."""

from copy import deepcopy

from catalogue import Catalogue
from demo_shop import everywhere
from demo_special import add_row

#: Product to "how it is broken: what must be said of it".
BROKEN: dict[int, str] = {
    17: "no tax: no VAT rate, its tax group is 0",
    58: "foreign rate: its VAT rate of 19 % is none of Poland's",
    99: "two taxes: two taxes at once, 23 % and 5 %, make no Polish rate",
    140: "lost tax: its tax rule points at tax 99, which does not exist",
    181: "word for price: its price is not a number",
    222: "no name: it has no name in any language",
    263: "combination twins: two of its combinations have equal options",
    304: "combination lost value: a combination names option value 9999, which does not exist",
    345: "negative price: its price is negative",
    386: "fatal: the shop answers 500 for it (PHP fatal)",
    427: "bad date: a special price begins on 2026-13-45, which is no date",
    468: "absurd price: its price of 10^12 is absurd",
    509: "combination below zero: one of its combinations costs less than nothing",
    550: "combination word for impact: a combination's price impact is not a number",
}


def break_product(shop: Catalogue, id_product: int, cause: str) -> None:
    """Does to a product what the table says."""
    row = shop.products[id_product]
    combinations = shop.combinations_of(id_product)
    match cause.partition(":")[0]:
        case "no tax":
            row["id_tax_rules_group"] = "0"
        case "foreign rate":
            row["id_tax_rules_group"] = "5"
        case "two taxes":
            row["id_tax_rules_group"] = "6"
        case "lost tax":
            row["id_tax_rules_group"] = "7"
        case "word for price":
            row["price"] = "na telefon"
        case "no name":
            row["name"] = everywhere("")
        case "combination twins":
            twin = combinations[0]["associations"]["product_option_values"]
            combinations[1]["associations"]["product_option_values"] = deepcopy(twin)
        case "combination lost value":
            combinations[1]["associations"]["product_option_values"].append({"id": "9999"})
        case "negative price":
            row["price"] = "-12.190000"
        case "fatal":
            shop.broken_products.add(id_product)
        case "bad date":
            add_row(shop, id_product, {"reduction": "0.100000", "from": "2026-13-45 00:00:00"})
        case "absurd price":
            row["price"] = "1000000000000.000000"
        case "combination below zero":
            combinations[1]["price"] = f"-{row['price']}"[:-7] + "9.000000"
        case "combination word for impact":
            combinations[1]["price"] = "drożej"
        case other:
            raise ValueError(other)
