"""What an import of the shop must arrive at, worked out from the tables without the webservice."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from catalogue import Catalogue, Row
from shop_prices import NotANumber, Prices
from shop_settings import ShopSettings

Truth = dict[str, Any]

#: Faults of a picture after which no picture can be had, however often one asks.
NO_PICTURE = ("missing", "empty", "html", "text")

#: What stands for the combinations of a product that has none.
NO_COMBINATION: list[Row | None] = [None]


def money(prices: Prices, id_product: int, id_combination: int, *, reduced: bool) -> Decimal:
    """The gross of a page to the grosz."""
    options = prices.guest(reduced=reduced, combination=id_combination)
    price = prices.price(id_product, options, group_reduction=True)
    return (Decimal(price.numerator) / Decimal(price.denominator)).quantize(Decimal("0.01"))


def true_price(
    catalogue: Catalogue, settings: ShopSettings, id_product: int, id_combination: int = 0, *, reduced: bool
) -> Decimal:
    """The gross price on the product's page, as a guest sees it."""
    return money(Prices(catalogue, settings), id_product, id_combination, reduced=reduced)


def rule_against(row: Row, catalogue: Catalogue, prices: Prices) -> str | None:
    """Why a product must not come in, though nothing is wrong with it."""
    if str(row["state"]) == "0":
        return "draft"
    if str(row["active"]) == "0":
        return "disabled"
    if row["visibility"] == "none":
        return "hidden"
    hidden = str(row["show_price"]) == "0" and str(row["available_for_order"]) == "0"
    if hidden or prices.config("PS_CATALOG_MODE", "0") == "1":
        return "no price shown"
    if str(row["available_for_order"]) == "0":
        return "not orderable"
    return None


def rule_of_price(row: Row, variants: list[Truth]) -> str | None:
    """Why a product is not importable for its price alone; settings of the importer may let both in."""
    if str(row["id_tax_rules_group"]) == "0":
        return "no tax rule"
    return "price 0" if all(one["regular"] == 0 for one in variants) else None


def truth(catalogue: Catalogue, settings: ShopSettings) -> Iterator[Truth]:
    """One dict a product."""
    prices = Prices(catalogue, settings)
    isos = {str(i): str(row["iso_code"]) for i, row in catalogue.table("languages").items()}
    default = prices.config("PS_LANG_DEFAULT", "1")
    combinations: dict[int, list[Row]] = defaultdict(list)
    for _, row in sorted(catalogue.combinations.items()):
        combinations[int(row["id_product"])].append(row)
    stock = {
        (int(row["id_product"]), int(row["id_product_attribute"])): row
        for row in catalogue.stock_availables.values()
        if str(row["id_shop"]) == "1"
    }
    names = option_names(catalogue, default)
    for id_product, row in sorted(catalogue.products.items()):
        images = row.get("associations", {}).get("images", [])
        rule = rule_against(row, catalogue, prices)
        cause = catalogue.broken.get(id_product)
        variants = [
            variant(prices, row, combination, stock, names)
            for combination in [*combinations.get(id_product, [])] or NO_COMBINATION
        ]
        if rule is None and cause is None:
            cause = rule_of_price(row, variants)
        yield {
            "id": id_product,
            "visible": rule is None,
            "importable": rule is None and cause is None,
            "reason": rule or cause,
            "names": {isos[str(e["id"])]: e["value"] for e in row["name"] if str(e["id"]) in isos},
            "brand": row["manufacturer_name"] or None,
            "categories": [int(link["id"]) for link in row.get("associations", {}).get("categories", [])],
            "default_category": int(row["id_category_default"]),
            "images": [int(link["id"]) for link in images],
            "cover": int(row["id_default_image"] or 0) or None,
            "lost_images": [int(link["id"]) for link in images if settings.pictures.get(int(link["id"])) in NO_PICTURE],
            "overridden": any(key[0] == id_product for key in prices.overrides),
            "variants": variants,
        }


def option_names(catalogue: Catalogue, language: str) -> dict[str, tuple[str, str]]:
    """For each option value the public name of its option, and its own, in one language."""

    def text(row: Row, column: str) -> str:
        return next((str(e["value"]) for e in row[column] if str(e["id"]) == language), "")

    options = catalogue.table("product_options")
    return {
        str(i): (text(options[int(row["id_attribute_group"])], "public_name"), text(row, "name"))
        for i, row in catalogue.table("product_option_values").items()
        if int(row["id_attribute_group"]) in options
    }


def variant(
    prices: Prices,
    row: Row,
    combination: Row | None,
    stock: dict[tuple[int, int], Row],
    names: dict[str, tuple[str, str]],
) -> Truth:
    """What a combination, or a product without any, must become."""
    id_combination = int(combination["id"]) if combination else 0
    own = combination or {}
    values = [str(link["id"]) for link in own.get("associations", {}).get("product_option_values", [])]
    held = stock.get((row["id"], id_combination))
    counted = prices.config("PS_STOCK_MANAGEMENT", "1") == "1"
    try:
        gross: Decimal | None = money(prices, row["id"], id_combination, reduced=True)
        regular: Decimal | None = money(prices, row["id"], id_combination, reduced=False)
        rate = prices.rate(row["id_tax_rules_group"], int(prices.config("PS_COUNTRY_DEFAULT", "14")))
    except NotANumber:
        gross = regular = rate = None
    return {
        "id": id_combination,
        "options": {names[value][0]: names[value][1] for value in values if value in names},
        "gross": gross,
        "regular": regular,
        "vat_rate": None if rate is None else Decimal(rate.numerator) * 100 / Decimal(rate.denominator),
        "stock": int(held["quantity"]) if held else None,
        "stock_counted": counted,
        "for_sale": str(row["available_for_order"]) == "1",
        "reference": own.get("reference") or row["reference"],
        "ean13": own.get("ean13") or ("" if combination else row["ean13"]),
        "images": [int(link["id"]) for link in own.get("associations", {}).get("images", [])],
    }
