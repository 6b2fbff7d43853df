"""Makes rows of the simulated shop, as a merchant would in the admin."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from goods import DEFAULT, MADE, Stock, Tables
from shop_query import Row

POLISH, ENGLISH = DEFAULT, "en"
SET = 4
INVENTORY = ["Magento_Catalog", "Magento_InventoryApi", "Magento_InventoryExportStockApi", "Magento_InventorySalesApi"]
WITHOUT_RULE = 8


def empty_shop(*, views: Sequence[str] = (POLISH,), zone: str = "Europe/Warsaw") -> Tables:
    """A shop of one website without products: Polish VAT, the attributes and categories of a new Magento."""
    tables = Tables()
    tables.websites = [
        {"id": 0, "code": "admin", "name": "Admin", "default_group_id": 0},
        {"id": 1, "code": "base", "name": "Main Website", "default_group_id": 1},
    ]
    tables.groups = [
        {"id": 0, "website_id": 0, "root_category_id": 0, "default_store_id": 0, "name": "Default", "code": "default"},
        {"id": 1, "website_id": 1, "root_category_id": 2, "default_store_id": 1, "name": "Sklep", "code": "sklep"},
    ]
    for number, code in enumerate(views, 1):
        add_view(tables, number, code, "pl_PL" if code == POLISH else "en_US", zone=zone)
    tables.tax_classes = [
        {"class_id": 3, "class_name": "Retail Customer", "class_type": "CUSTOMER"},
        *({"class_id": one, "class_name": f"Klasa {one}", "class_type": "PRODUCT"} for one in (4, 5, 6, 7, 8, 10)),
    ]
    tables.tax_rates = [
        {
            "id": number,
            "tax_country_id": land,
            "tax_region_id": 0,
            "tax_postcode": "*",
            "rate": rate,
            "code": f"{number}",
        }
        for number, (land, rate) in enumerate((("PL", 23), ("PL", 8), ("PL", 5), ("PL", 0), ("DE", 19), ("PL", 19)), 3)
    ]
    tables.tax_rules = [
        {
            "id": number, "code": f"Reguła {number}", "priority": 0, "position": 0, "customer_tax_class_ids": [3],
            "product_tax_class_ids": [of], "tax_rate_ids": rates, "calculate_subtotal": False,
        }
        for number, (of, rates) in enumerate(((4, [3, 7]), (5, [4]), (6, [5]), (7, [6]), (10, [8])), 1)
    ]  # fmt: skip
    tables.customer_groups = [
        {"id": 0, "code": "NOT LOGGED IN", "tax_class_id": 3, "tax_class_name": "Retail Customer"},
        {"id": 1, "code": "General", "tax_class_id": 3, "tax_class_name": "Retail Customer"},
    ]
    tables.modules = list(INVENTORY)
    tables.categories = {
        1: {"id": 1, "parent_id": 0, "name": "Root Catalog", "position": 0, "level": 0, "path": "1"},
        2: {
            "id": 2,
            "parent_id": 1,
            "name": "Default Category",
            "is_active": True,
            "position": 1,
            "level": 1,
            "path": "1/2",
        },
    }
    attribute(tables, "manufacturer", {POLISH: "Producent"}, "select")
    attribute(tables, "ean", {POLISH: "EAN"}, "text")
    return tables


def add_view(
    tables: Tables, number: int, code: str, locale: str, *, website: int = 1, zone: str = "Europe/Warsaw"
) -> None:
    tables.views.append(
        {
            "id": number,
            "code": code,
            "name": code.upper(),
            "website_id": website,
            "store_group_id": website,
            "is_active": 1,
        }
    )
    names = (
        "base_url",
        "base_link_url",
        "base_media_url",
        "secure_base_url",
        "secure_base_link_url",
        "secure_base_media_url",
    )
    config: Row = {"id": number, "code": code, "website_id": website, "locale": locale, "base_currency_code": "PLN"}
    config |= {"default_display_currency_code": "PLN", "timezone": zone, "weight_unit": "kgs"}
    tables.configs.append(config | dict.fromkeys(names, ""))


def attribute(
    tables: Tables, code: str, names: Mapping[str, str], kind: str, values: Sequence[Mapping[str, str]] = (), *,
    on_page: bool = False,
) -> tuple[int, list[int]]:  # fmt: skip
    """An attribute with its options; their ids."""
    number = max(tables.attributes, default=92) + 1
    ids = []
    row: Row = {
        "attribute_id": number, "attribute_code": code, "frontend_input": kind, "is_user_defined": True,
        "is_visible_on_front": str(int(on_page)), "position": number, "default_frontend_label": names[POLISH],
        "frontend_labels": [
            {"store_id": one["id"], "label": names[one["code"]]} for one in tables.views if one["code"] in names
        ],
        "options": [],
    }  # fmt: skip
    if kind == "select":
        row["options"].append({"label": " ", "value": ""})
    tables.attributes[number] = row
    for words in values:
        ids.append(add_value(tables, number, words))
    return number, ids


def add_value(tables: Tables, number: int, words: Mapping[str, str]) -> int:
    """An option of an attribute; its id, which is unique in the shop."""
    highest = max((int(one["value"] or 0) for row in tables.attributes.values() for one in row["options"]), default=3)
    tables.attributes[number]["options"].append({"label": words[POLISH], "value": str(highest + 1)})
    for view, label in words.items():
        if view != POLISH:
            tables.labels.setdefault((view, number), {})[str(highest + 1)] = label
    return highest + 1


def brand(tables: Tables, name: str) -> int:
    return add_value(
        tables,
        next(n for n, row in tables.attributes.items() if row["attribute_code"] == "manufacturer"),
        {POLISH: name},
    )


def category(tables: Tables, names: Mapping[str, str], parent: int = 2, *, active: bool = True) -> int:
    number = max(tables.categories) + 1
    above = tables.categories[parent]
    tables.categories[number] = {
        "id": number, "parent_id": parent, "name": names[POLISH], "is_active": active, "position": number,
        "level": above["level"] + 1, "path": f"{above['path']}/{number}",
    }  # fmt: skip
    for view, name in names.items():
        if view != POLISH:
            tables.category_names[view, number] = name
    return number


def product(
    tables: Tables, number: int, name: str | Mapping[str, str], price: Any = 49.99, *, sku: str | None = None,
    kind: str = "simple", status: int = 1, visibility: int = 4, tax_class: int | None = 4, stock: Stock | None = None,
    attributes: Mapping[str, Any] | None = None, texts: Mapping[str, Mapping[str, str]] | None = None,
    categories: Sequence[int] = (), websites: Sequence[int] = (1,), weight: Any = None, pictures: Sequence[str] = (),
    changed: str = MADE, **more: Any,
) -> int:  # fmt: skip
    """A product under that id. `texts` are attributes by view; `pictures` files in the order of the page."""
    names = {POLISH: name} if isinstance(name, str) else dict(name)
    own_sku = f"SKU-{number}" if sku is None else sku
    old = tables.products.get(number)
    if old is not None and old["sku"] != own_sku:
        tables.stock.pop(old["sku"], None)
    values: dict[str, Any] = {"url_key": f"produkt-{number}", "required_options": "0", "has_options": "0"}
    values |= {code: text for code, text in (texts or {}).get(POLISH, {}).items() if text}
    values |= attributes or {}
    if tax_class is not None:
        values["tax_class_id"] = str(tax_class)
    values["image"] = pictures[0] if pictures else "no_selection"
    row: Row = {
        "id": number, "sku": own_sku, "name": names[POLISH], "attribute_set_id": SET, "price": price, "status": status,
        "visibility": visibility, "type_id": kind, "created_at": MADE, "updated_at": changed,
        "extension_attributes": {"website_ids": list(websites)}, "product_links": [], "options": [],
        "media_gallery_entries": [
            {
                "id": number * 1000 + place, "media_type": "image", "label": None, "position": place, "disabled": False,
                "types": ["image", "small_image", "thumbnail"] if place == 1 else [], "file": file,
            }
            for place, file in enumerate(pictures, 1)
        ],
        "tier_prices": [],
    }  # fmt: skip
    if weight is not None:
        row["weight"] = weight
    if categories:
        row["extension_attributes"]["category_links"] = [{"position": 0, "category_id": str(one)} for one in categories]
    extension = more.pop("extension", {})
    row["extension_attributes"] |= extension
    row["custom_attributes"] = [{"attribute_code": code, "value": value} for code, value in values.items()]
    row["custom_attributes"].append({"attribute_code": "category_ids", "value": [str(one) for one in categories]})
    tables.products[number] = {**row, **more}
    for view in {*names, *(texts or {})} - {POLISH}:
        scoped: Row = {"attributes": {code: text or None for code, text in (texts or {}).get(view, {}).items()}}
        if names.get(view):
            scoped["name"] = names[view]
        tables.scoped.setdefault(view, {})[number] = scoped
    if kind in ("simple", "virtual", "downloadable"):
        tables.stock[own_sku] = stock or tables.stock.get(own_sku) or Stock(Decimal(5))
    return number


def configurable(
    tables: Tables, number: int, name: str | Mapping[str, str], choices: Mapping[int, Sequence[int]],
    children: Sequence[int], **more: Any,
) -> int:  # fmt: skip
    """A configurable product; `choices` are attributes with their values, in the order of its page."""
    extension = {
        "configurable_product_options": [
            {
                "id": number * 10 + place, "attribute_id": str(attribute), "position": place, "product_id": number,
                "label": tables.attributes[attribute]["default_frontend_label"],
                "values": [{"value_index": value} for value in values],
            }
            for place, (attribute, values) in enumerate(choices.items())
        ],
        "configurable_product_links": list(children),
    }  # fmt: skip
    return product(tables, number, name, 0, kind="configurable", extension=extension, **more)


def picture(tables: Tables, name: str, body: bytes) -> str:
    """A file in the shop's media folder; its name as products say it."""
    file = f"/{name[0]}/{name[1]}/{name}"
    tables.files[file] = body
    return file
