"""Rows as the webservice sends them, and the conditions of a Polish shop to map them under."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from gateway_importer.catalog import Product
from prestashop_importer import wire
from prestashop_importer.conditions import Conditions
from prestashop_importer.mapping import Named, PictureAddresses, product_of
from prestashop_importer.prices import Guest
from prestashop_importer.stock import stock_table
from prestashop_importer.tables import Language, OptionRow, OptionValueRow, SpecificPrice, StockRow
from prestashop_importer.taxes import TaxRule
from prestashop_importer.variants import References
from prestashop_importer.vat import Taxes

POLISH = Language(1, "pl", "pl-pl", "Polski", True)
ENGLISH = Language(2, "en", "en-us", "English", True)


def tax_rule(number: int, group: int, tax: int, behavior: int = 0) -> TaxRule:
    return TaxRule(number, group, 14, 0, True, tax, behavior)


TAXES = Taxes(
    rules=(tax_rule(1, 1, 1), tax_rule(2, 2, 2), tax_rule(3, 4, 4), tax_rule(4, 9, 77)),
    rates={1: Decimal("23.000"), 2: Decimal("8.000"), 3: Decimal("5.000"), 4: Decimal("0.000")},
    active_groups={1: True, 2: False, 3: True, 4: True, 9: True},
)
CONDITIONS = Conditions(
    base="https://sklep.example",
    languages=(POLISH, ENGLISH),
    language="pl",
    language_order=(1, 2),
    currency="PLN",
    timezone=ZoneInfo("Europe/Warsaw"),
    guest=Guest(1, 1, 14, 1, Decimal(0), datetime(2026, 11, 23, 14)),
    taxes=TAXES,
    shop_id=1,
)
PICTURES = PictureAddresses(
    "https://sklep.example/api/images/products/{product}/{image}", "https://sklep.example/img/p"
)


def product_row(**fields: Any) -> dict[str, Any]:
    """A full product as an 8.1.3 on PHP 7.4 sends it, as far as the importer reads it."""
    return {
        "id": 12, "id_category_default": "3", "id_default_image": "", "id_tax_rules_group": "1", "state": "1",
        "manufacturer_name": False, "type": "simple", "product_type": "", "reference": "KUBEK", "ean13": "", "isbn": "",
        "upc": "", "weight": "0.000000", "cache_is_pack": "0", "is_virtual": "0", "ecotax": "0.000000",
        "minimal_quantity": "1", "price": "100.000000", "customizable": "0", "active": "1", "available_for_order": "1",
        "show_price": "1", "visibility": "both", "date_upd": "2026-11-20 08:41:00", "pack_stock_type": "3",
        "name": [{"id": "1", "value": "Kubek"}, {"id": "2", "value": "Mug"}], "description": [], "description_short": [],
        "gross": "123.000000", "full": "123.000000",
    } | fields  # fmt: skip


def combination_row(number: int, *values: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number, "id_product": "12", "reference": "", "ean13": "", "isbn": "", "upc": "", "price": "0.000000",
        "ecotax": "0.000000", "weight": "0.000000", "minimal_quantity": "1", "default_on": None, "gross": "123.000000",
        "full": "123.000000", "associations": {"product_option_values": [{"id": str(value)} for value in values]},
    } | fields  # fmt: skip


def texts(polish: str, english: str = "") -> list[dict[str, str]]:
    return [{"id": "1", "value": polish}, {"id": "2", "value": english}]


OPTIONS = {
    1: OptionRow.read(
        {"id": 1, "is_color_group": "0", "group_type": "select", "position": "1", "public_name": texts("Rozmiar")}
    ),
    2: OptionRow.read(
        {"id": 2, "is_color_group": "1", "group_type": "color", "position": "0", "public_name": texts("Kolor")}
    ),
}
VALUES = {
    number: OptionValueRow.read({"id": number, "id_attribute_group": group, "position": position, "name": texts(name)})
    for number, group, position, name in [
        (1, 1, 0, "S"), (2, 1, 1, "M"), (4, 2, 1, "Czerwony"), (5, 2, 0, "Żółty"), (6, 3, 0, "wełna"),
    ]
}  # fmt: skip


def stock_row(
    product: int, combination: int, quantity: int, out_of_stock: int = 2, shop: int = 1, group: int = 0
) -> StockRow:
    return StockRow(product, combination, shop, group, Decimal(quantity), out_of_stock)


def mapped(
    row: dict[str, Any],
    *combinations: dict[str, Any],
    stock: list[StockRow] | None = None,
    named: Named | None = None,
    conditions: Conditions = CONDITIONS,
    specials: tuple[SpecificPrice, ...] = (),
) -> Product:
    read = [wire.Combination.read(combination) for combination in combinations]
    references = References(
        combinations={12: read} if read else {},
        stock=stock_table(stock if stock is not None else [stock_row(12, 0, 5)], conditions.shop_id),
        specials={12: specials},
        options=OPTIONS,
        values=VALUES,
    )
    return product_of(wire.Product.read(row), references, named or Named(), PICTURES, conditions)
