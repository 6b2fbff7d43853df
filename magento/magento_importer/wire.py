"""A product as the API says it, as a typed value under the API's own names.

Options, children, pictures and tier prices are inside of a product, in lists as well as alone. What a shop's own
attributes hold lies in `attributes`, by code, as text. Forms are those seen on 2.4.7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from magento_importer.answers import Row
from magento_importer.reader import Reader

ENABLED = 1
STATUSES = (ENABLED, 2)
VISIBILITIES = (1, 2, 3, 4)
NOT_VISIBLE = 1
VISIBLE = "2,3,4"  # as a filter says it
ON_PAGES = (2, 4)  # in the catalogue, in both; a product that only the search shows (3) has a page too
CONFIGURABLE = "configurable"
STOCKED = frozenset({"simple", "virtual", "downloadable"})  # types whose stock is their own
NO_PICTURE = "no_selection"
SHOWN_FIELDS = (
    "items[id,url,price_info[final_price,regular_price,"
    "extension_attributes[tax_adjustments[final_price,regular_price]]]],total_count"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether a product is imported at all. `links` are a configurable's children."""

    id: int
    sku: str
    name: str
    type_id: str
    status: int
    visibility: int
    website_ids: tuple[int, ...]
    links: tuple[int, ...]

    @classmethod
    def read(cls, row: Row) -> Standing:
        reader = Reader(row, f"product {row.get('id', '?')}")
        more = reader.within("extension_attributes")
        # What is not said is no "no": a product would be archived for it.
        if reader.whole("status") not in STATUSES:
            reader.refuse("status")
        if reader.whole("visibility") not in VISIBILITIES:
            reader.refuse("visibility")
        if not isinstance(more.row.get("website_ids"), list | dict):
            more.refuse("website_ids")
        if row.get("type_id") == CONFIGURABLE and not isinstance(
            more.row.get("configurable_product_links"), list | dict
        ):
            more.refuse("configurable_product_links")
        return cls(
            id=reader.id("id"),
            sku=reader.text("sku"),
            name=reader.text("name").strip(),
            type_id=reader.text("type_id").strip(),
            status=reader.whole("status"),
            visibility=reader.whole("visibility"),
            website_ids=more.ids("website_ids"),
            links=more.ids("configurable_product_links"),
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a configurable product: the attribute and its values, in the order of its page."""

    attribute_id: int
    label: str
    position: int
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """`label` is empty where the page shows the product's name."""

    id: int
    file: str
    position: int
    disabled: bool
    media_type: str


@dataclass(frozen=True, slots=True)
class Tier:
    """A price from a quantity on, for a group of customers; `value` is money, also where a percentage made it."""

    customer_group_id: int
    qty: Decimal
    value: Decimal
    website_id: int


@dataclass(frozen=True, slots=True)
class CustomOption:
    """An option without stock of its own, which a customer chooses or writes. `priced`: one of its values costs more
    or less."""

    title: str
    type: str
    required: bool
    priced: bool


@dataclass(frozen=True, slots=True)
class Product:
    """`price` is in the unit of the catalogue, with VAT or without; None where the type has none of its own.
    `special_from` and `special_to` are by the shop's own clock. `tax_class_id` is None where none is set."""

    standing: Standing
    price: Decimal | None
    special_price: Decimal | None
    special_from: datetime | None
    special_to: datetime | None
    tiers: tuple[Tier, ...]
    tax_class_id: int | None
    weight: Decimal | None
    updated_at: datetime | None
    categories: tuple[int, ...]
    pictures: tuple[Picture, ...]
    cover: str
    choices: tuple[Choice, ...]
    options: tuple[CustomOption, ...]
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> int:
        return self.standing.id

    @property
    def name(self) -> str:
        return self.standing.name

    @classmethod
    def read(cls, row: Row) -> Product:
        reader = Reader(row, f"product {row.get('id', '?')}")
        own = attributes_of(reader)
        more = reader.within("extension_attributes")
        updated = reader.moment("updated_at")
        return cls(
            standing=Standing.read(row),
            price=reader.optional_price("price"),
            special_price=own.optional_price("special_price"),
            special_from=own.moment("special_from_date"),
            special_to=own.moment("special_to_date"),
            tiers=tuple(_tier(one) for one in reader.rows("tier_prices", "a tier price")),
            tax_class_id=None if own.row.get("tax_class_id") in (None, "") else own.id("tax_class_id"),
            weight=reader.optional_amount("weight"),
            updated_at=None if updated is None else updated.replace(tzinfo=UTC),
            categories=_categories(own, more),
            pictures=tuple(_picture(one) for one in reader.rows("media_gallery_entries", "a picture")),
            cover=_file(own.text("image")),
            choices=_choices(more),
            options=tuple(_option(one) for one in reader.rows("options", "an option")),
            attributes={code: own.text(code) for code, value in own.row.items() if not isinstance(value, list | dict)},
        )


def attributes_of(reader: Reader) -> Reader:
    """``[{"attribute_code": "color", "value": "4"}]`` as an object; a later entry of a code wins, as in the shop."""
    entries = reader.rows("custom_attributes", "an attribute")
    return Reader({one.text("attribute_code"): one.row.get("value") for one in entries}, reader.kind)


def _categories(own: Reader, more: Reader) -> tuple[int, ...]:
    """The links hold all; older versions have only the attribute of that name, the one that is a list."""
    linked = tuple(one.id("category_id") for one in more.rows("category_links", "a category"))
    if linked:
        return tuple(dict.fromkeys(one for one in linked if one))
    return own.ids("category_ids") if isinstance(own.row.get("category_ids"), list) else ()


def _tier(reader: Reader) -> Tier:
    value = reader.optional_price("value")
    if value is None:
        reader.refuse("value")
    return Tier(
        customer_group_id=reader.id("customer_group_id"),
        qty=reader.amount("qty"),
        value=value,
        website_id=reader.within("extension_attributes").id("website_id"),
    )


def _picture(reader: Reader) -> Picture:
    return Picture(
        id=reader.id("id"),
        file=_file(reader.text("file")),
        position=reader.whole("position"),
        disabled=reader.flag("disabled"),
        media_type=reader.text("media_type").strip(),
    )


def _file(name: str) -> str:
    """``/k/u/kubek.jpg``; ``""`` where there is none."""
    compact = name.strip()
    if compact in ("", NO_PICTURE):
        return ""
    return compact if compact.startswith("/") else f"/{compact}"


def _choices(more: Reader) -> tuple[Choice, ...]:
    found = [
        Choice(
            attribute_id=one.id("attribute_id"),
            label=one.text("label").strip(),
            position=one.whole("position"),
            values=tuple(value.id("value_index") for value in one.rows("values", "a value")),
        )
        for one in more.rows("configurable_product_options", "an option")
    ]
    return tuple(sorted(found, key=lambda one: (one.position, one.attribute_id)))


def _option(reader: Reader) -> CustomOption:
    values = reader.rows("values", "a value")
    return CustomOption(
        title=reader.text("title").strip(),
        type=reader.text("type").strip(),
        required=reader.flag("is_require"),
        priced=any(one.amount("price") != 0 for one in (reader, *values)),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """What a visitor is shown (a row of `products-render-info`): prices as displayed and as VAT was taken off, before
    and after reductions, and the address of the page."""

    id: int
    final: Decimal
    regular: Decimal
    final_without: Decimal
    regular_without: Decimal
    url: str

    @classmethod
    def read(cls, row: Row) -> Shown | None:
        """None where it holds no price."""
        reader = Reader(row, f"the shown product {row.get('id', '?')}")
        prices = reader.within("price_info")
        without = prices.within("extension_attributes").within("tax_adjustments")
        found = [one.optional_price(name) for one in (prices, without) for name in ("final_price", "regular_price")]
        final, regular, final_without, regular_without = found
        if final is None or regular is None or final_without is None or regular_without is None:
            return None
        return cls(reader.id("id"), final, regular, final_without, regular_without, reader.text("url").strip())


@dataclass(frozen=True, slots=True)
class Salable:
    """A row of `export-stock-salable-qty` or of `dump-stock-index-data`."""

    sku: str
    qty: Decimal
    is_salable: bool

    @classmethod
    def read(cls, row: Row) -> Salable:
        reader = Reader(row, f"the stock of {row.get('sku', '?')}")
        return cls(key_of(reader.text("sku")), reader.amount("qty"), reader.flag("is_salable"))


@dataclass(frozen=True, slots=True)
class StockItem:
    """A row of the older stock items, for shops without the inventory modules."""

    product_id: int
    qty: Decimal
    is_in_stock: bool
    manage_stock: bool
    backorders: int
    min_qty: Decimal

    @classmethod
    def read(cls, row: Row) -> StockItem:
        reader = Reader(row, f"the stock item of product {row.get('product_id', '?')}")
        return cls(
            product_id=reader.id("product_id"),
            qty=reader.amount("qty"),
            is_in_stock=reader.flag("is_in_stock"),
            manage_stock=reader.flag("manage_stock", True),
            backorders=reader.whole("backorders"),
            min_qty=reader.amount("min_qty"),
        )


def key_of(sku: str) -> str:
    """SKUs compare without regard to case, and to spaces at their ends (the database's collation)."""
    return sku.strip().lower()
