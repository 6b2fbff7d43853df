"""What the simulated shop sells: its tables, and the rows as its API says them in the scope of a store view.

Prices that visitors are shown are computed here, by what the recorded shop showed; no code is shared with the importer.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from shop_query import Row

RECORDINGS = Path(__file__).parent / "recordings" / "2.4.7-p3"
ALL, DEFAULT = "all", "default"
EVERYBODY = 32000
MADE = "2026-11-20 08:00:00"


def recorded(name: str) -> Any:
    """A recorded answer by the number and name of its body. Amounts are exact."""
    return json.loads((RECORDINGS / f"{name}.json").read_text("utf-8"), parse_float=Decimal)


@dataclass
class Stock:
    """What lies in the shop of one SKU. `in_stock` is the flag that a merchant sets by hand."""

    quantity: Decimal = Decimal(0)
    managed: bool = True
    in_stock: bool = True
    backorders: bool = False
    threshold: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)


@dataclass
class Tables:
    """The whole shop. `products` are rows as in scope `all`, `scoped` what a store view has otherwise: by view and id,
    the top-level fields and, under ``attributes``, the attributes' values."""

    websites: list[Row] = field(default_factory=list)
    groups: list[Row] = field(default_factory=list)
    views: list[Row] = field(default_factory=list)
    configs: list[Row] = field(default_factory=list)
    tax_classes: list[Row] = field(default_factory=list)
    tax_rules: list[Row] = field(default_factory=list)
    tax_rates: list[Row] = field(default_factory=list)
    customer_groups: list[Row] = field(default_factory=list)
    attributes: dict[int, Row] = field(default_factory=dict)
    labels: dict[tuple[str, int], dict[str, str]] = field(default_factory=dict)  # by view and attribute
    categories: dict[int, Row] = field(default_factory=dict)
    category_names: dict[tuple[str, int], str] = field(default_factory=dict)
    products: dict[int, Row] = field(default_factory=dict)
    scoped: dict[str, dict[int, Row]] = field(default_factory=dict)
    stock: dict[str, Stock] = field(default_factory=dict)
    price_rules: dict[int, Decimal] = field(default_factory=dict)  # percent off, by product
    files: dict[str, bytes] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)  # files: "missing" or "page"
    broken: set[int] = field(default_factory=set)  # products at which the shop itself fails
    modules: list[str] = field(default_factory=list)
    # What a recorded shop answered, which goes before what is computed; by website.
    exported: dict[str, dict[str, Row]] = field(default_factory=dict)
    dumped: dict[str, list[Row]] = field(default_factory=dict)
    shown: dict[str, dict[int, Row]] = field(default_factory=dict)

    def delete(self, product: int) -> None:
        row = self.products.pop(product, None)
        for values in self.scoped.values():
            values.pop(product, None)
        if row is not None:
            self.stock.pop(row["sku"], None)
        for other in self.products.values():
            links = other["extension_attributes"].get("configurable_product_links")
            if links and product in links:
                links.remove(product)

    def view(self, code: str) -> Row | None:
        if code == ALL:
            return {"id": 0, "code": "admin", "website_id": 0}
        return next((one for one in self.views if one["code"] == code and one["is_active"]), None)

    def row(self, product: int, view: str) -> Row:
        """A product as the API says it in the scope of a view."""
        base = self.products[product]
        own = self.scoped.get(view, {}).get(product)
        if not own:
            return base
        values = own.get("attributes", {})
        row = {**base, **{name: value for name, value in own.items() if name != "attributes"}}
        if values:
            kept = [one for one in base["custom_attributes"] if one["attribute_code"] not in values]
            changed = [{"attribute_code": code, "value": value} for code, value in values.items() if value is not None]
            row["custom_attributes"] = [*kept, *changed]
        return row

    def attribute_rows(self, view: str) -> Iterator[Row]:
        for number, row in self.attributes.items():
            labels = self.labels.get((view, number), {})
            options = [{**one, "label": labels.get(str(one["value"]), one["label"])} for one in row["options"]]
            yield {**row, "options": options}

    def category_rows(self, view: str) -> Iterator[Row]:
        for number, row in self.categories.items():
            yield {**row, "name": self.category_names.get((view, number), row["name"])}


def value(row: Row, code: str) -> Any:
    return next((one["value"] for one in row["custom_attributes"] if one["attribute_code"] == code), None)


def field_of(tables: Tables, view: str) -> Callable[[Row, str], Any]:
    """What a filter on products looks at."""

    def found(row: Row, name: str) -> Any:
        if name == "entity_id":
            return row["id"]
        if name == "website_id":
            return row["extension_attributes"].get("website_ids", [])
        if name == "store_id":
            websites = row["extension_attributes"].get("website_ids", [])
            return [one["id"] for one in tables.views if one["website_id"] in websites]
        if name == "category_id":
            return value(row, "category_ids") or []
        return row[name] if name in row else value(row, name)

    return found


# --- what is for sale, and for how much ------------------------------------------------------------------------


@dataclass
class Selling:
    """How the shop sells: whether prices are entered with VAT, how they are shown (1 without, 2 with, 3 both), its
    clock (no zone)."""

    includes: bool = True
    display: int = 3
    now: Callable[[], datetime] = datetime.now


def percent(tables: Tables, row: Row) -> Decimal:
    """The rate that a visitor pays; 0 where there is none."""
    group = next((one for one in tables.customer_groups if one["id"] == 0), {"tax_class_id": 3})
    rates = {one["id"]: one for one in tables.tax_rates}
    found = Decimal(0)
    for rule in tables.tax_rules:
        if int(value(row, "tax_class_id") or 0) not in rule["product_tax_class_ids"]:
            continue
        if group["tax_class_id"] in rule["customer_tax_class_ids"]:
            mine = (rates[one] for one in rule["tax_rate_ids"])
            found += sum((Decimal(str(one["rate"])) for one in mine if one["tax_country_id"] == "PL"), Decimal(0))
    return found


def final_of(tables: Tables, row: Row, selling: Selling) -> Decimal:
    """In the unit in which prices are entered."""
    price = Decimal(str(row["price"]))
    candidates = [price]
    special = value(row, "special_price")
    if special is not None and _within(value(row, "special_from_date"), value(row, "special_to_date"), selling.now()):
        candidates.append(Decimal(str(special)))
    for tier in row["tier_prices"]:
        if tier["customer_group_id"] in (0, EVERYBODY) and tier["qty"] <= 1:
            candidates.append(Decimal(str(tier["value"])))
    if row["id"] in tables.price_rules:
        candidates.append(price * (100 - tables.price_rules[row["id"]]) / 100)
    return min(candidates)


def _within(begins: str | None, ends: str | None, now: datetime) -> bool:
    begun = begins is None or datetime.fromisoformat(begins) <= now
    return begun and (ends is None or now < datetime.fromisoformat(ends) + timedelta(days=1))


def two(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def shown_row(tables: Tables, row: Row, view: Row, selling: Selling, url: str) -> Row:
    """A row of `products-render-info`."""
    factor = 1 + percent(tables, row) / 100

    def figures(amount: Decimal) -> tuple[Decimal, Decimal]:
        without = amount / factor if selling.includes else amount
        return two(without * factor), round(without, 6)

    regular = Decimal(str(row["price"]))
    final = final_of(tables, row, selling)
    children = row["extension_attributes"].get("configurable_product_links") or []
    if children:
        rows = [tables.row(one, view["code"]) for one in children if one in tables.products]
        own = [one for one in rows if one["status"] == 1 and salable(tables.stock.get(one["sku"], Stock()))[3]]
        final = regular = min((final_of(tables, one, selling) for one in own), default=Decimal(0))
    # A shop that shows prices as they are entered reckons no VAT at all where it shows them.
    as_entered = selling.display == (2 if selling.includes else 1)
    told = (two(final), two(final)) if as_entered else figures(final)
    before = (two(regular), two(regular)) if as_entered else figures(regular)
    return {
        "price_info": {
            "final_price": told[0], "max_price": told[0], "special_price": None, "minimal_price": told[0],
            "regular_price": before[0],
            "extension_attributes": {"tax_adjustments": {"final_price": told[1], "regular_price": before[1]}},
        },
        "url": url, "id": row["id"], "name": row["name"], "type": row["type_id"], "is_salable": "1",
        "store_id": view["id"], "currency_code": "PLN",
    }  # fmt: skip


def salable(stock: Stock) -> tuple[Decimal, bool, Decimal, bool]:
    """Quantity and flag as `export-stock-salable-qty` says them, and as `dump-stock-index-data` does."""
    if not stock.managed:
        return Decimal(0), True, Decimal(0), True
    left = stock.quantity - stock.threshold - stock.reserved
    can = left > 0
    indexed = stock.in_stock and (stock.quantity > 0 or left > 0)
    return max(Decimal(0), left), can, max(Decimal(0), stock.quantity), indexed


def item(product: int, stock: Stock) -> Row:
    """The older stock item."""
    return {
        "item_id": product, "product_id": product, "stock_id": 1, "qty": stock.quantity, "is_in_stock": stock.in_stock,
        "is_qty_decimal": False, "use_config_min_qty": True, "min_qty": stock.threshold, "backorders": int(stock.backorders),
        "use_config_manage_stock": stock.managed, "manage_stock": stock.managed, "min_sale_qty": 1, "max_sale_qty": 10000,
    }  # fmt: skip
