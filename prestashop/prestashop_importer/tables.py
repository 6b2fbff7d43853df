"""The flat tables that products refer to, and those that describe the shop, as typed structures.

Names are PrestaShop's own (the `$definition` of the class of each table).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from prestashop_importer.answers import Row
from prestashop_importer.wire import Reader, Texts, Unreadable

NO_OVERRIDE = Decimal(-1)  # `price` of a specific price that leaves the product's own price in place


Entry = TypeVar("Entry")


def readable(rows: Iterable[Row], read: Callable[[Row], Entry]) -> list[Entry]:
    """The rows of a shared table without those that cannot be read: what refers to such a one fails, and nothing
    else does."""
    found: list[Entry] = []
    for row in rows:
        try:
            found.append(read(row))
        except Unreadable:
            continue
    return found


@dataclass(frozen=True, slots=True)
class StockRow:
    """`id_product_attribute` 0 is the product itself. `out_of_stock`: 0 refuse orders, 1 take them, 2 as the
    shop does."""

    id_product: int
    id_product_attribute: int
    id_shop: int
    id_shop_group: int
    quantity: Decimal
    out_of_stock: int

    @classmethod
    def read(cls, row: Row) -> StockRow:
        reader = Reader(row, "stock_available")
        return cls(
            reader.whole("id_product"),
            reader.whole("id_product_attribute"),
            reader.whole("id_shop"),
            reader.whole("id_shop_group"),
            reader.amount("quantity"),
            reader.whole("out_of_stock", 2),
        )


# Whom a special price is for; 0 stands for all, so that one that lacks a field must not be taken to be for all.
SCOPE = (
    "id_product", "id_product_attribute", "id_shop", "id_currency", "id_country", "id_group", "id_customer", "id_cart",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SpecificPrice:
    """A special price. `price` is net, -1 for none; `reduction` a share (``percentage``) or an amount. `starts`
    and `ends` are the shop's local time, None for open."""

    id: int
    id_product: int
    id_product_attribute: int
    id_shop: int
    id_currency: int
    id_country: int
    id_group: int
    id_customer: int
    id_cart: int
    id_specific_price_rule: int
    price: Decimal
    from_quantity: int
    reduction: Decimal
    reduction_with_tax: bool
    percentage: bool
    starts: datetime | None
    ends: datetime | None

    @classmethod
    def read(cls, row: Row) -> SpecificPrice:
        reader = Reader(row, "specific_price")
        for field in SCOPE:
            value = row.get(field)
            if value is None or value is False or value == "":
                reader.refuse(field)
        reduction_type = reader.text("reduction_type").strip() or "amount"
        if reduction_type not in {"amount", "percentage"}:
            reader.refuse("reduction_type")
        return cls(
            id=reader.whole("id"),
            id_product=reader.whole("id_product"),
            id_product_attribute=reader.whole("id_product_attribute"),
            id_shop=reader.whole("id_shop"),
            id_currency=reader.whole("id_currency"),
            id_country=reader.whole("id_country"),
            id_group=reader.whole("id_group"),
            id_customer=reader.whole("id_customer"),
            id_cart=reader.whole("id_cart"),
            id_specific_price_rule=reader.whole("id_specific_price_rule"),
            price=reader.amount("price", NO_OVERRIDE),
            from_quantity=reader.whole("from_quantity", 1),
            reduction=reader.amount("reduction"),
            reduction_with_tax=reader.flag("reduction_tax", True),
            percentage=reduction_type == "percentage",
            starts=local_moment(reader, "from"),
            ends=local_moment(reader, "to"),
        )


def local_moment(reader: Reader, field: str) -> datetime | None:
    """A date and time as the shop's clock shows it, without a zone; None for ``0000-00-00 00:00:00``."""
    text = reader.text(field).strip()
    if not text or text.startswith("0000-00-00"):
        return None
    if not re.fullmatch(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?", text):
        reader.refuse(field)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(field, text, reader.kind, reader.row.get("id", "?")) from None


@dataclass(frozen=True, slots=True)
class CategoryRow:
    id: int
    id_parent: int
    active: bool
    position: int
    is_root_category: bool
    name: Texts

    @classmethod
    def read(cls, row: Row) -> CategoryRow:
        reader = Reader(row, "category")
        return cls(
            reader.whole("id"),
            reader.whole("id_parent"),
            reader.flag("active", True),
            reader.whole("position"),
            reader.flag("is_root_category"),
            reader.texts("name"),
        )


@dataclass(frozen=True, slots=True)
class OptionRow:
    """What can be chosen (`product_options`); `public_name` is the one that customers see."""

    id: int
    position: int
    is_color: bool
    public_name: Texts
    name: Texts

    @classmethod
    def read(cls, row: Row) -> OptionRow:
        reader = Reader(row, "product_option")
        return cls(
            reader.whole("id"),
            reader.whole("position"),
            reader.flag("is_color_group") or reader.text("group_type") == "color",
            reader.texts("public_name"),
            reader.texts("name"),
        )


@dataclass(frozen=True, slots=True)
class OptionValueRow:
    id: int
    id_attribute_group: int
    position: int
    name: Texts

    @classmethod
    def read(cls, row: Row) -> OptionValueRow:
        reader = Reader(row, "product_option_value")
        return cls(
            reader.whole("id"), reader.whole("id_attribute_group"), reader.whole("position"), reader.texts("name")
        )


@dataclass(frozen=True, slots=True)
class FeatureRow:
    id: int
    position: int
    name: Texts

    @classmethod
    def read(cls, row: Row) -> FeatureRow:
        reader = Reader(row, "product_feature")
        return cls(reader.whole("id"), reader.whole("position"), reader.texts("name"))


@dataclass(frozen=True, slots=True)
class FeatureValueRow:
    id: int
    value: Texts

    @classmethod
    def read(cls, row: Row) -> FeatureValueRow:
        reader = Reader(row, "product_feature_value")
        return cls(reader.whole("id"), reader.texts("value"))


@dataclass(frozen=True, slots=True)
class CustomizationField:
    """What a customer may or must type or upload."""

    id_product: int
    required: bool
    is_deleted: bool
    name: Texts

    @classmethod
    def read(cls, row: Row) -> CustomizationField:
        reader = Reader(row, "customization_field")
        return cls(reader.whole("id_product"), reader.flag("required"), reader.flag("is_deleted"), reader.texts("name"))


@dataclass(frozen=True, slots=True)
class Language:
    id: int
    iso_code: str
    locale: str
    name: str
    active: bool

    @classmethod
    def read(cls, row: Row) -> Language:
        reader = Reader(row, "language")
        return cls(
            reader.whole("id"),
            reader.text("iso_code").strip().lower(),
            reader.text("locale").strip().lower(),
            reader.text("name").strip(),
            reader.flag("active", True),
        )


@dataclass(frozen=True, slots=True)
class Group:
    """A group of customers; `reduction` in percent of every price."""

    id: int
    reduction: Decimal
    show_prices: bool

    @classmethod
    def read(cls, row: Row) -> Group:
        reader = Reader(row, "group")
        return cls(reader.whole("id"), reader.amount("reduction"), reader.flag("show_prices", True))


@dataclass(frozen=True, slots=True)
class Shop:
    id: int
    id_shop_group: int
    name: str
    active: bool

    @classmethod
    def read(cls, row: Row) -> Shop:
        reader = Reader(row, "shop")
        return cls(
            reader.whole("id"),
            reader.whole("id_shop_group"),
            reader.text("name").strip(),
            reader.flag("active", True) and not reader.flag("deleted"),
        )
