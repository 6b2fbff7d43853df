"""Products that were broken on purpose, each in a way of its own: every one must fail, with its own cause."""

from copy import deepcopy

from catalogue import Catalogue
from demo_shop import everywhere
from demo_special import add_row


def break_product(shop: Catalogue, id_product: int, how: str) -> None:
    """Does to a product what the table of causes says."""
    row = shop.products[id_product]
    combinations = shop.combinations_of(id_product)
    match how:
        case "no tax":
            row.update({"id_tax_rules_group": "0", "is_virtual": "0", "type": "simple", "product_type": "standard"})
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
