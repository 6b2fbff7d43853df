"""The small tables that products refer to, as typed structures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from magento_importer.answers import Row
from magento_importer.reader import Reader, Unreadable

Entry = TypeVar("Entry")
CUSTOMER = "CUSTOMER"


def readable(rows: Iterable[Row], read: Callable[[Row], Entry]) -> list[Entry]:
    """The rows that can be read; what refers to another one misses it, and says so."""
    return list(readable_each(rows, read))


def readable_each(rows: Iterable[Row], read: Callable[[Row], Entry]) -> Iterator[Entry]:
    """The same, one after another."""
    for row in rows:
        try:
            yield read(row)
        except Unreadable:
            continue


@dataclass(frozen=True, slots=True)
class Website:
    id: int
    code: str
    name: str
    default_group_id: int

    @classmethod
    def read(cls, row: Row) -> Website:
        reader = Reader(row, f"website {row.get('id', '?')}")
        return cls(reader.id("id"), reader.text("code"), reader.text("name").strip(), reader.id("default_group_id"))


@dataclass(frozen=True, slots=True)
class Group:
    """A store: it has a root category and store views."""

    id: int
    website_id: int
    root_category_id: int
    default_store_id: int
    name: str

    @classmethod
    def read(cls, row: Row) -> Group:
        reader = Reader(row, f"store {row.get('id', '?')}")
        return cls(
            reader.id("id"), reader.id("website_id"), reader.id("root_category_id"), reader.id("default_store_id"),
            reader.text("name").strip(),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    id: int
    code: str
    name: str
    website_id: int
    group_id: int
    active: bool

    @classmethod
    def read(cls, row: Row) -> View:
        reader = Reader(row, f"store view {row.get('id', '?')}")
        return cls(
            reader.id("id"), reader.text("code"), reader.text("name").strip(), reader.id("website_id"),
            reader.id("store_group_id"), reader.flag("is_active", True),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of a store view that the API tells. Addresses end with ``/``."""

    id: int
    locale: str
    base_currency: str
    timezone: str
    weight_unit: str
    base: str
    link: str
    media: str

    @classmethod
    def read(cls, row: Row) -> Config:
        reader = Reader(row, f"the settings of store view {row.get('id', '?')}")

        def first(*names: str) -> str:
            return next((text for name in names if (text := reader.text(name).strip())), "").rstrip("/") + "/"

        return cls(
            id=reader.id("id"),
            locale=reader.text("locale").strip(),
            base_currency=reader.text("base_currency_code").strip().upper(),
            timezone=reader.text("timezone").strip(),
            weight_unit=reader.text("weight_unit").strip().lower(),
            base=first("secure_base_url", "base_url"),
            link=first("secure_base_link_url", "base_link_url", "secure_base_url", "base_url"),
            media=first("secure_base_media_url", "base_media_url"),
        )


@dataclass(frozen=True, slots=True)
class TaxClass:
    id: int
    name: str
    kind: str

    @classmethod
    def read(cls, row: Row) -> TaxClass:
        reader = Reader(row, f"tax class {row.get('class_id', '?')}")
        return cls(reader.id("class_id"), reader.text("class_name").strip(), reader.text("class_type").strip())


@dataclass(frozen=True, slots=True)
class TaxRule:
    """Which rates are taken of goods of these classes from customers of those. `priority`: rates of one add up, those
    of the next come on top; `on_net`: of this rule's rates the net alone is the base."""

    priority: int
    customer_classes: tuple[int, ...]
    product_classes: tuple[int, ...]
    rates: tuple[int, ...]
    on_net: bool

    @classmethod
    def read(cls, row: Row) -> TaxRule:
        reader = Reader(row, f"tax rule {row.get('id', '?')}")
        return cls(
            reader.whole("priority"), reader.ids("customer_tax_class_ids"), reader.ids("product_tax_class_ids"),
            reader.ids("tax_rate_ids"), reader.flag("calculate_subtotal"),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TaxRate:
    """`everywhere`: it holds in the whole country."""

    id: int
    country: str
    everywhere: bool
    percent: Decimal

    @classmethod
    def read(cls, row: Row) -> TaxRate:
        reader = Reader(row, f"tax rate {row.get('id', '?')}")
        percent = reader.optional_amount("rate")
        if percent is None or percent < 0:
            reader.refuse("rate")
        everywhere = reader.whole("tax_region_id") == 0 and reader.text("tax_postcode").strip() in ("", "*")
        return cls(reader.id("id"), reader.text("tax_country_id").strip().upper(), everywhere, percent)


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of the shop's own, in the words of the store view. `values` are its options' labels by value;
    `on_page`: product pages list it."""

    id: int
    code: str
    input: str
    label: str
    on_page: bool
    position: int
    values: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, row: Row, view: int) -> Attribute:
        reader = Reader(row, f"attribute {row.get('attribute_code', '?')}")
        labels = {one.id("store_id"): one.text("label").strip() for one in reader.rows("frontend_labels", "a label")}
        options = reader.rows("options", "an option")
        return cls(
            id=reader.id("attribute_id"),
            code=reader.text("attribute_code").strip(),
            input=reader.text("frontend_input").strip(),
            label=labels.get(view) or reader.text("default_frontend_label").strip(),
            on_page=reader.flag("is_visible_on_front"),
            position=reader.whole("position"),
            values={
                value: one.text("label").strip()
                for one in options
                if isinstance(one.row.get("value"), str | int) and (value := one.text("value").strip())
            },
        )


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """`path` are the ids from the root of all catalogues down to this one."""

    id: int
    name: str
    active: bool
    position: int
    path: tuple[int, ...]

    @classmethod
    def read(cls, row: Row) -> CategoryRow:
        reader = Reader(row, f"category {row.get('id', '?')}")
        path = tuple(Reader({"path": one}, reader.kind).id("path") for one in reader.text("path").split("/") if one)
        # `is_active` is missing of the root of all.
        return cls(
            reader.id("id"), reader.text("name").strip(), reader.flag("is_active", True), reader.whole("position"), path
        )
