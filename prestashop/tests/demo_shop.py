"""The tables of the made-up shop that do not depend on its products: taxes, languages, categories, options."""

from collections.abc import Iterable

from catalogue import Catalogue, Row, add
from demo_words import CATEGORIES, COLOURS, FEATURES, INACTIVE_CATEGORY, MAKERS, OPTIONS, SCENTS, SIZES, Words

LANGUAGES = (
    ("Polski (Polish)", "pl", "pl-PL"),
    ("English (English)", "en", "en-US"),
    ("Deutsch", "de", "de-DE"),
)
MADE = "2026-03-02 09:00:00"
DATES = {"date_add": MADE, "date_upd": MADE}
POLAND = 14

#: (name, deleted, rules in Poland as (tax, behavior)). Names lie now and then: the rate is what the rule says.
TAX_GROUPS: tuple[tuple[str, bool, tuple[tuple[int, int], ...]], ...] = (
    ("PL Standard Rate (23%)", False, ((1, 0),)),
    ("Stawka obniżona 7%", False, ((2, 0),)),
    ("PL Reduced Rate (5%)", False, ((3, 0),)),
    ("PL Exempted Rate (0%)", False, ((4, 0),)),
    ("MwSt. 19 % (Import)", False, ((5, 0),)),
    ("Podwójna", False, ((1, 1), (3, 1))),
    ("Po migracji", False, ((99, 0),)),
    ("EU VAT", False, ()),
    ("Nieużywana", False, ((1, 0),)),
    ("PL Standard Rate (23%)", True, ((1, 0),)),
)
TAXES: tuple[tuple[str, str], ...] = (
    ("PTU PL 23%", "23.000"),
    ("PTU PL 8%", "8.000"),
    ("PTU PL 5%", "5.000"),
    ("PTU PL 0", "0.000"),
)
TAXES += (("MwSt. DE 19%", "19.000"),)
COUNTRIES = ((1, "DE", "Niemcy"), (14, "PL", "Polska"), (16, "CZ", "Czechy"))
CONFIGURATION = {
    "PS_LANG_DEFAULT": "1",
    "PS_COUNTRY_DEFAULT": str(POLAND),
    "PS_CURRENCY_DEFAULT": "1",
    "PS_WEIGHT_UNIT": "kg",
    "PS_DIMENSION_UNIT": "cm",
    "PS_TAX": "1",
    "PS_TIMEZONE": "Europe/Warsaw",
    "PS_ORDER_OUT_OF_STOCK": "0",
    "PS_STOCK_MANAGEMENT": "1",
    "PS_ROOT_CATEGORY": "1",
    "PS_HOME_CATEGORY": "2",
    "PS_SHOP_ENABLE": "1",
    "PS_PRICE_ROUND_MODE": "2",
    "PS_ROUND_TYPE": "2",
    "PS_USE_ECOTAX": "0",
    "PS_SPECIFIC_PRICE_PRIORITIES": "id_group;id_currency;id_country;id_shop",
    "PS_CATALOG_MODE": "0",
    "PS_REWRITING_SETTINGS": "1",
    "PS_UNIDENTIFIED_GROUP": "1",
    "PS_CUSTOMER_GROUP": "3",
    "PS_IMAGE_FORMAT": "jpg",
    "PS_PACK_STOCK_TYPE": "0",
}
SIZES_OF_PICTURES = (
    ("cart_default", 125, 125, 1),
    ("small_default", 98, 98, 1),
    ("medium_default", 452, 452, 1),
    ("home_default", 250, 250, 1),
    ("large_default", 800, 800, 1),
    ("category_default", 141, 180, 0),
)


def translated(words: Iterable[str]) -> list[Row]:
    """A text in the three languages; an empty one is a translation that nobody made."""
    return [{"id": str(number), "value": word} for number, word in enumerate(words, 1)]


def everywhere(text: str) -> list[Row]:
    """The same text in all languages."""
    return translated([text] * len(LANGUAGES))


def slug(text: str) -> str:
    """A name as it stands in addresses."""
    plain = text.lower().translate(str.maketrans("ąćęłńóśźżäöüß", "acelnoszzaous"))
    return "-".join("".join(char if char.isascii() and char.isalnum() else " " for char in plain).split()) or "x"


def empty_shop() -> Catalogue:
    """A shop that could sell, but has nothing yet."""
    shop = Catalogue()
    settings(shop)
    taxes(shop)
    categories(shop)
    options(shop)
    features(shop)
    for name in MAKERS:
        texts = {"description": everywhere(f"<p>{name}</p>"), "short_description": everywhere("")}
        meta = {name: everywhere("") for name in ("meta_title", "meta_description", "meta_keywords")}
        add(
            shop.table("manufacturers"),
            {"active": "1", "link_rewrite": slug(name), "name": name} | DATES | texts | meta,
        )
    for id_lang, word in ((1, "prezent"), (1, "nowość"), (2, "gift")):
        add(shop.table("tags"), {"id_lang": str(id_lang), "name": word})
    for name in ("suppliers", "product_customization_fields", "specific_price_rules"):
        shop.table(name)
    return shop


def settings(shop: Catalogue) -> None:
    """Languages, currencies, the shop itself and its configuration."""
    formats = {"date_format_lite": "Y-m-d", "date_format_full": "Y-m-d H:i:s"}
    for name, iso, locale in LANGUAGES:
        row = {
            "name": name,
            "iso_code": iso,
            "locale": locale,
            "language_code": iso,
            "active": "1",
            "is_rtl": "0",
        }
        add(shop.table("languages"), row | formats)
    for name, iso, number, symbol, rate in (
        ("Złoty polski", "PLN", "985", "zł", "1.000000"),
        ("Euro", "EUR", "978", "€", "0.235000"),
    ):
        money: Row = {"names": everywhere(name), "name": name, "symbol": everywhere(symbol), "iso_code": iso}
        money |= {
            "numeric_iso_code": number,
            "precision": "2",
            "conversion_rate": rate,
            "deleted": "0",
            "active": "1",
        }
        add(shop.table("currencies"), money | {"unofficial": "0", "modified": "0", "pattern": everywhere("")})
    own = {
        "id_shop_group": "1",
        "id_category": "2",
        "active": "1",
        "deleted": "0",
        "name": "Sklep Pod Jesionem",
    }
    add(shop.table("shops"), own | {"color": "", "theme_name": "classic"})
    group = {"name": "Default", "color": "", "share_customer": "0", "share_order": "0", "share_stock": "0"}
    add(shop.table("shop_groups"), group | {"active": "1", "deleted": "0"})
    url = {"id_shop": "1", "active": "1", "main": "1", "domain": "localhost", "domain_ssl": "localhost"}
    add(shop.table("shop_urls"), url | {"physical_uri": "/", "virtual_uri": ""})
    for name in ("Gość", "Klient jednorazowy", "Klient"):
        columns: Row = {"reduction": "0.00", "price_display_method": "0", "show_prices": "1", "name": everywhere(name)}
        add(shop.groups, columns | DATES)
    for name, value in CONFIGURATION.items():
        add(shop.configurations, {"value": value, "name": name, "id_shop_group": "", "id_shop": ""} | DATES)
    for name, width, height, products in SIZES_OF_PICTURES:
        row = {
            "name": name,
            "width": str(width),
            "height": str(height),
            "categories": "0",
            "products": str(products),
        }
        add(shop.table("image_types"), row | {"manufacturers": "0", "suppliers": "0", "stores": "0"})
    add(shop.table("zones"), {"name": "Europe", "active": "1"})


def taxes(shop: Catalogue) -> None:
    """Rates, groups, and for each group its rules in Poland and abroad."""
    for name, rate in TAXES:
        add(shop.table("taxes"), {"rate": rate, "active": "1", "deleted": "0", "name": everywhere(name)})
    for id_country, iso, name in COUNTRIES:
        row = {
            "id": id_country,
            "id_zone": "1",
            "id_currency": "0",
            "call_prefix": "48",
            "iso_code": iso,
            "active": "1",
        }
        row |= {"contains_states": "0", "need_identification_number": "0", "need_zip_code": "1"}
        row |= {"zip_code_format": "NN-NNN", "display_tax_label": "1", "name": everywhere(name)}
        shop.table("countries")[id_country] = row
    for name, deleted, rules in TAX_GROUPS:
        group = add(shop.table("tax_rule_groups"), {"name": name, "active": "1", "deleted": str(int(deleted))} | DATES)
        abroad = [(5, 0, 1)]
        for tax, behavior, country in [*abroad, *((tax, behavior, POLAND) for tax, behavior in rules)]:
            row = {"id_tax_rules_group": str(group), "id_state": "0", "id_country": str(country)}
            row |= {"zipcode_from": "0", "zipcode_to": "0", "id_tax": str(tax), "behavior": str(behavior)}
            add(shop.table("tax_rules"), row | {"description": ""})


def categories(shop: Catalogue) -> None:
    """The tree, as yet without products."""
    depths = {0: -1}
    for id_category, parent, names in CATEGORIES:
        depths[id_category] = depths[parent] + 1
        active = id_category != INACTIVE_CATEGORY
        row: Row = {"id": id_category, "id_parent": str(parent), "level_depth": str(depths[id_category])}
        row |= {"nb_products_recursive": "0", "active": str(int(active)), "id_shop_default": "1"}
        row |= {"is_root_category": str(int(id_category == 2)), "position": "0"} | DATES
        row |= {"name": translated(names), "link_rewrite": everywhere(slug(names[0]))}
        for name in (
            "description",
            "additional_description",
            "meta_title",
            "meta_description",
            "meta_keywords",
        ):
            row[name] = everywhere("")
        row["associations"] = {"products": []}
        shop.categories[id_category] = row
        if active and parent:
            above = shop.categories[parent]["associations"].setdefault("categories", [])
            above.append({"id": str(id_category)})


def options(shop: Catalogue) -> None:
    """Size, colour and scent, with their values."""
    values: dict[str, list[tuple[Words, str]]] = {
        "s": [((size, size, size), "") for size in SIZES],
        "c": list(COLOURS),
        "z": [(scent, "") for scent in SCENTS],
    }
    for position, (letter, names, kind) in enumerate(OPTIONS):
        row = {"is_color_group": str(int(letter == "c")), "group_type": kind, "position": str(position)}
        group = add(shop.table("product_options"), row | {"name": translated(names), "public_name": translated(names)})
        links = []
        for place, (words, colour) in enumerate(values[letter]):
            row = {"id_attribute_group": str(group), "color": colour, "position": str(place)}
            links.append({"id": str(add(shop.table("product_option_values"), row | {"name": translated(words)}))})
        shop.table("product_options")[group]["associations"] = {"product_option_values": links}


def option_values(shop: Catalogue, letter: str) -> list[int]:
    """The ids of the values of an option."""
    group = [one for one, _, _ in OPTIONS].index(letter) + 1
    return [int(link["id"]) for link in shop.table("product_options")[group]["associations"]["product_option_values"]]


def features(shop: Catalogue) -> None:
    """Features with the values that many products share."""
    for position, (names, values) in enumerate(FEATURES):
        feature = add(shop.table("product_features"), {"position": str(position), "name": translated(names)})
        for words in values:
            row = {"id_feature": str(feature), "custom": "0", "value": translated(words)}
            add(shop.table("product_feature_values"), row)
