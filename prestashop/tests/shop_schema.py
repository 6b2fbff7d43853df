"""Fields and associations of the resources that the simulated shop answers for, in the order of the real answers.

A field is written `name:kind`, then what it links to (`>resource`), since which version it exists (`@8`) and in
which it is gone (`-9`).
"""

from dataclasses import dataclass
from functools import cache

#: i integer column, b boolean column, d decimal column, s text, t date, L translated text, c computed by PHP (cannot be
#: filtered), x listed but without a column (filtering by it finds nothing).
KINDS = "ibdstLcx"

#: Booleans that PHP 8 hands out as integers nevertheless.
INTEGER_BOOLEANS = {
    ("languages", "active"),
    ("shops", "active"),
    ("tax_rules", "behavior"),
    ("specific_prices", "reduction_tax"),
}


@dataclass(frozen=True)
class Field:
    """One column or computed value of a resource."""

    name: str
    kind: str
    link: str = ""
    since: tuple[int, ...] = ()
    until: tuple[int, ...] = ()


@dataclass(frozen=True)
class Association:
    """A list of references below `associations`."""

    name: str
    node: str
    api: str
    #: Further fields of an entry, with the resource they link to.
    fields: tuple[tuple[str, str], ...] = ()
    #: The address of an entry without its id; empty where entries carry none.
    link: str = ""
    #: Accessories carry their link on the id, not on the entry.
    link_on_id: bool = False
    since: tuple[int, ...] = ()


@dataclass(frozen=True)
class Resource:
    """What one resource is called and what it holds."""

    name: str
    plural: str
    singular: str
    class_name: str
    fields: tuple[Field, ...]
    associations: tuple[Association, ...]
    #: The order in which rows come without `sort`, which is that of a database index and seldom that of the ids.
    natural_order: tuple[str, ...]


PRODUCTS = """
id:i id_manufacturer:i>manufacturers id_supplier:i>suppliers id_category_default:i>categories new:x
cache_default_attribute:i id_default_image:c>images id_default_combination:c>combinations
id_tax_rules_group:i>tax_rule_groups position_in_category:c manufacturer_name:c quantity:c type:c id_shop_default:i
reference:s supplier_reference:s location:s width:d height:d depth:d weight:d quantity_discount:b ean13:s isbn:s@1.7
upc:s mpn:s@1.7.7 cache_is_pack:b cache_has_attachments:b is_virtual:b state:i@1.7 additional_delivery_times:i@1.7.3
delivery_in_stock:L@1.7.3 delivery_out_stock:L@1.7.3 product_type:s@8 on_sale:b online_only:b ecotax:d
minimal_quantity:i low_stock_threshold:i@1.7.3 low_stock_alert:b@1.7.3 price:d wholesale_price:d unity:s unit_price:d@8
unit_price_ratio:x additional_shipping_cost:d customizable:i text_fields:i uploadable_files:i active:b redirect_type:s
id_product_redirected:i-1.7 id_type_redirected:i@1.7 available_for_order:b available_date:t show_condition:b@1.7
condition:s show_price:b indexed:b visibility:s advanced_stock_management:b date_add:t date_upd:t pack_stock_type:i
meta_description:L meta_keywords:L-9 meta_title:L link_rewrite:L name:L description:L description_short:L
available_now:L available_later:L
"""
COMBINATIONS = """
id:i id_product:i>products location:s-8 ean13:s isbn:s@1.7 upc:s mpn:s@1.7.7 quantity:i-8 reference:s
supplier_reference:s wholesale_price:d price:d ecotax:d weight:d unit_price_impact:d minimal_quantity:i
low_stock_threshold:i@1.7.3 low_stock_alert:b@1.7.3 default_on:b available_date:t available_now:L@8.1
available_later:L@8.1
"""
STOCK = """
id:i id_product:i>products id_product_attribute:i>combinations id_shop:i>shops id_shop_group:i>shop_groups quantity:i
depends_on_stock:b out_of_stock:i location:s@1.7
"""
SPECIFIC_PRICES = """
id:i id_shop_group:i>shop_groups id_shop:i>shops id_cart:i>carts id_product:i>products
id_product_attribute:i>product_attributes id_currency:i>currencies id_country:i>countries id_group:i>groups
id_customer:i>customers id_specific_price_rule:i price:d from_quantity:i reduction:d reduction_tax:b reduction_type:s
from:t to:t
"""
CATEGORIES = """
id:i id_parent:i>categories level_depth:i nb_products_recursive:c active:b id_shop_default:i is_root_category:b
position:i date_add:t date_upd:t name:L link_rewrite:L description:L additional_description:L@8 meta_title:L
meta_description:L meta_keywords:L-9
"""
CURRENCIES = """
id:i names:L@1.7.6 name:s symbol:L@1.7.6 iso_code:s numeric_iso_code:s precision:i@1.7.6 conversion_rate:d deleted:b
active:b unofficial:b@1.7.6 modified:b@1.7.6 pattern:L@8
"""
MANUFACTURERS = """
id:i active:b link_rewrite:c name:s date_add:t date_upd:t description:L short_description:L meta_title:L
meta_description:L meta_keywords:L-9
"""
SUPPLIERS = """
id:i link_rewrite:c name:s active:b date_add:t date_upd:t description:L meta_title:L meta_description:L
meta_keywords:L-9
"""
COUNTRIES = """
id:i id_zone:i>zones id_currency:i>currencies call_prefix:i iso_code:s active:b contains_states:b
need_identification_number:b need_zip_code:b zip_code_format:s display_tax_label:b name:L
"""
RULES = """
id:i id_tax_rules_group:i>tax_rule_groups id_state:i>states id_country:i>countries zipcode_from:s zipcode_to:s id_tax:i
behavior:b description:s
"""
OTHERS = {
    "product_options": "id:i is_color_group:b group_type:s position:i name:L public_name:L",
    "product_option_values": "id:i id_attribute_group:i>product_options color:s position:i name:L",
    "product_features": "id:i position:i name:L",
    "product_feature_values": "id:i id_feature:i>product_features custom:b value:L",
    "taxes": "id:i rate:d active:b deleted:b name:L",
    "tax_rule_groups": "id:i name:s active:b deleted:b date_add:t date_upd:t",
    "groups": "id:i reduction:d price_display_method:i show_prices:b date_add:t date_upd:t name:L",
    "languages": (
        "id:i name:s iso_code:s locale:s@1.7 language_code:s active:b is_rtl:b date_format_lite:s date_format_full:s"
    ),
    "shops": "id:i id_shop_group:i>shop_groups id_category:i active:b deleted:b name:s color:s@1.7 theme_name:s",
    "shop_groups": "id:i name:s color:s@1.7 share_customer:b share_order:b share_stock:b active:b deleted:b",
    "shop_urls": "id:i id_shop:i>shops active:b main:b domain:s domain_ssl:s physical_uri:s virtual_uri:s",
    "configurations": "id:i value:s name:s id_shop_group:i id_shop:i date_add:t date_upd:t",
    "tags": "id:i id_lang:i>languages name:s",
    "image_types": "id:i name:s width:i height:i categories:b products:b manufacturers:b suppliers:b stores:b",
    "zones": "id:i name:s active:b",
    "product_customization_fields": "id:i id_product:i>products type:i required:b is_module:b is_deleted:b name:L",
    "specific_price_rules": (
        "id:i id_shop:i id_country:i>countries id_currency:i>currencies id_group:i>groups name:s from_quantity:i "
        "price:d reduction:d reduction_tax:b reduction_type:s from:t to:t"
    ),
}

ASSOCIATIONS: dict[str, tuple[Association, ...]] = {
    "products": (
        Association("categories", "category", "categories", link="categories/"),
        Association("images", "image", "images", link="images/products/{id}/"),
        Association("combinations", "combination", "combinations", link="combinations/"),
        Association(
            "product_option_values",
            "product_option_value",
            "product_option_values",
            link="product_option_values/",
        ),
        Association(
            "product_features",
            "product_feature",
            "product_features",
            fields=(("id_feature_value", "product_feature_values"),),
            link="product_features/",
        ),
        Association("tags", "tag", "tags", link="tags/"),
        Association(
            "stock_availables",
            "stock_available",
            "stock_availables",
            fields=(("id_product_attribute", ""),),
            link="stock_availables/",
        ),
        Association("attachments", "attachment", "attachments", link="attachments/", since=(8,)),
        Association("accessories", "product", "products", link="products/", link_on_id=True),
        Association("product_bundle", "product", "products", fields=(("id_product_attribute", ""), ("quantity", ""))),
    ),
    "combinations": (
        Association(
            "product_option_values",
            "product_option_value",
            "product_option_values",
            link="product_option_values/",
        ),
        Association("images", "image", "images/products", link="images/products/{id_product}/"),
    ),
    "categories": (
        Association("categories", "category", "categories", link="categories/"),
        Association("products", "product", "products", link="products/"),
    ),
    "product_options": (
        Association(
            "product_option_values",
            "product_option_value",
            "product_option_values",
            link="product_option_values/",
        ),
    ),
}

#: Where the node in an answer is not called after the resource, or its singular is not the plural without an s.
NODES = {
    "categories": ("categories", "category"),
    "currencies": ("currencies", "currency"),
    "countries": ("countries", "country"),
    "taxes": ("taxes", "tax"),
    "product_customization_fields": ("customization_fields", "customization_field"),
}
CLASS_NAMES = {
    "stock_availables": "StockAvailable",
    "product_options": "ProductAttributeGroup",
    "product_option_values": "ProductAttribute",
    "product_features": "Feature",
    "product_feature_values": "FeatureValue",
    "tax_rule_groups": "TaxRulesGroup",
    "configurations": "Configuration",
}
NATURAL_ORDERS = {
    "products": ("id_category_default", "id"),
    "combinations": ("id_product", "default_on", "id"),
    "stock_availables": ("id_product", "id_product_attribute", "id"),
    "specific_prices": ("id_product", "id"),
    "categories": ("id_parent", "id"),
    "configurations": ("name", "id"),
    "product_option_values": ("id_attribute_group", "id"),
    "product_feature_values": ("id_feature", "id"),
    "tax_rules": ("id_tax_rules_group", "id"),
}
SPECIFICATIONS = {
    "products": PRODUCTS,
    "combinations": COMBINATIONS,
    "stock_availables": STOCK,
    "specific_prices": SPECIFIC_PRICES,
    "categories": CATEGORIES,
    "currencies": CURRENCIES,
    "manufacturers": MANUFACTURERS,
    "suppliers": SUPPLIERS,
    "countries": COUNTRIES,
    "tax_rules": RULES,
    **OTHERS,
}


def numbers(version: str) -> tuple[int, ...]:
    """'8.1.3' as (8, 1, 3)."""
    return tuple(int(part) for part in version.split("."))


def parse_field(text: str) -> Field:
    """One token of the tables above."""
    name, _, rest = text.partition(":")
    kind, rest = rest[0], rest[1:]
    if kind not in KINDS:
        raise ValueError(f"unknown kind in {text!r}")
    until: tuple[int, ...] = ()
    since: tuple[int, ...] = ()
    if "-" in rest:
        rest, _, last = rest.partition("-")
        until = numbers(last)
    if "@" in rest:
        rest, _, first = rest.partition("@")
        since = numbers(first)
    return Field(name, kind, rest.removeprefix(">"), since, until)


@cache
def resource(name: str, version: str) -> Resource | None:
    """The resource as that version of PrestaShop has it; None where no answer of it was ever recorded."""
    if name not in SPECIFICATIONS:
        return None
    at = numbers(version)
    fields = tuple(
        field
        for field in (parse_field(text) for text in SPECIFICATIONS[name].split())
        if at >= field.since and not (field.until and at >= field.until)
    )
    plural, singular = NODES.get(name, (name, name.removesuffix("s")))
    class_name = CLASS_NAMES.get(name, "".join(word.capitalize() for word in singular.split("_")))
    associations = tuple(item for item in ASSOCIATIONS.get(name, ()) if at >= item.since)
    order = NATURAL_ORDERS.get(name, ("id",))
    return Resource(name, plural, singular, class_name, fields, associations, order)
