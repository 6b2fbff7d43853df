"""Puts products into the tables of a simulated shop, as its administration would."""

from collections.abc import Mapping, Sequence
from typing import Any

from goods import Row, Tables, translated

MADE = "2026-03-02 09:00:00"
POLISH = "pl_PL"


def option(
    tables: Tables, group: int, name: Mapping[str, str], values: Sequence[Mapping[str, str]], kind: str = "select", *,
    stocked: bool = True, required: bool = True, priced: int = 0,
) -> tuple[int, list[int]]:  # fmt: skip
    """An option with its values; their ids."""
    number = max(tables.table("options"), default=9) + 1
    row: Row = {"group_id": str(group), "order": str(number), "type": kind, "required": str(int(required))}
    row |= {"filters": "1", "stock": str(int(stocked))}
    row["translations"] = translated(name, "name", "option_id", number)
    tables.add("options", row, number)
    ids = []
    for place, words in enumerate(values, 1):
        value = max(tables.table("option-values"), default=60) + 1
        row = {"option_id": str(number), "order": str(place), "total_products": 1, "total_stocks": 1, "percent": "1"}
        row |= {"change_price_type": priced, "change_price_value": 5 if priced else 0, "color": ""}
        row["translations"] = translated(words, "value", "ovalue_id", value)
        ids.append(tables.add("option-values", row, value))
    return number, ids


def group(tables: Tables, name: str) -> int:
    number = max(tables.table("option-groups"), default=2) + 1
    row: Row = {"filters": "0", "total_products": 1, "total_stocks": 2}
    row["translations"] = translated({POLISH: name}, "name", "group_id", number)
    return tables.add("option-groups", row, number)


def category(
    tables: Tables, name: Mapping[str, str], parent: int = 0, *, active: bool = True, number: int | None = None
) -> int:
    found = number if number is not None else max(tables.table("categories"), default=16) + 1
    texts: Row = {
        locale: {
            "trans_id": str(found), "category_id": str(found), "name": text, "description": "", "active": str(int(active)),
            "pres_id": None, "isdefault": "0", "items": 0, "attribute_groups": [],
        }
        for locale, text in name.items()
    }  # fmt: skip
    row: Row = {"order": str(found), "root": str(int(not parent)), "in_loyalty": "0", "sort_type": "0"}
    tables.add("categories", {**row, "translations": texts}, found)
    tables.parents[found] = parent
    return found


def producer(tables: Tables, name: str) -> int:
    number = max(tables.table("producers"), default=0) + 1
    return tables.add("producers", {"name": name, "web": "", "gfx": "", "isdefault": "0", "translations": {}}, number)


def stock(tables: Tables, product: int, price: str, number: int | None = None, **columns: Any) -> int:
    """A row of stock: the product's base, or a variant where it has `options`."""
    row: Row = {"product_id": str(product), "extended": str(int("options" in columns)), "price": price}
    row |= {"price_type": "1", "stock": "5", "active": "1", "code": "", "ean": ""}
    found = number if number is not None else max(tables.table("product-stocks"), default=800) + 1
    return tables.add("product-stocks", {**row, **columns}, found)


def product(
    tables: Tables, name: str | Mapping[str, str], price: str = "49.99", number: int | None = None, *,
    active: bool = True, texts: Mapping[str, Mapping[str, str]] | None = None, base: Mapping[str, Any] | None = None,
    categories: Sequence[int] = (), offer: Mapping[str, Any] | None = None, base_id: int | None = None, **columns: Any,
) -> int:  # fmt: skip
    """A product with its base stock. `texts` are further columns of its translations, by locale."""
    found = number if number is not None else max(tables.table("products"), default=400) + 1
    names = {POLISH: name} if isinstance(name, str) else dict(name)
    base_row = dict(base or {})
    tables.delete_product(found)
    row: Row = {"category_id": str(categories[0]) if categories else None, "categories": list(categories)}
    row |= {"add_date": MADE, "edit_date": MADE, **columns}
    row["translations"] = {
        locale: {
            "translation_id": str(found), "product_id": str(found), "name": text, "short_description": "",
            "description": "", "active": str(int(active)), "lang_id": "1", "isdefault": "0",
            "seo_url": f"produkt-{found}", **(texts or {}).get(locale, {}),
        }
        for locale, text in names.items()
    }  # fmt: skip
    tables.add("products", row, found)
    number_of_base = stock(tables, found, price, base_id, **base_row)
    if offer is not None:
        row_of_offer: Row = {"promo_id": str(found), "discount_wholesale": "0", "discount_special": "0"}
        row_of_offer |= {"date_from": None, "date_to": None, "condition_type": "1", "product_id": str(found)}
        row_of_offer |= {"discount_type": "2", "stocks": [number_of_base], **offer}
        tables.table("products")[found]["special_offer"] = row_of_offer
    return found


def picture(tables: Tables, product: int, body: bytes, number: int | None = None, *, extension: str = "png") -> int:
    """A picture behind those that the product has; the first one is the main one."""
    found = number if number is not None else max(tables.table("product-images"), default=900) + 1
    place = len(tables.pictures_of(product)) + 1
    row: Row = {"product_id": str(product), "name": f"zdjecie-{place}.{extension}", "unic_name": str(found)}
    row |= {"order": str(place), "hidden": "0", "main": int(place == 1), "extension": extension, "translations": {}}
    tables.files[f"{found}.{extension}"] = body
    return tables.add("product-images", row, found)
