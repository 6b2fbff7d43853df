"""The tables of a simulated shop, and what its API says of their rows. Prices are summed up here, not by the importer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

Row = dict[str, Any]
GROSZ = Decimal("0.01")
LANG_IDS = {"pl_PL": "1", "en_US": "2", "de_DE": "3"}
KEYS = {
    "products": "product_id",
    "product-stocks": "stock_id",
    "product-images": "gfx_id",
    "taxes": "tax_id",
    "units": "unit_id",
    "currencies": "currency_id",
    "languages": "lang_id",
    "producers": "producer_id",
    "availabilities": "availability_id",
    "deliveries": "delivery_id",
    "gauges": "gauge_id",
    "options": "option_id",
    "option-groups": "group_id",
    "option-values": "ovalue_id",
    "attributes": "attribute_id",
    "attribute-groups": "attribute_group_id",
    "categories": "category_id",
    "specialoffers": "promo_id",
}

#: Settings of a shop, as `application-config` says them.
CONFIG: Row = {
    "shop_name": "Sklep pod Dębem",
    "shop_country": "Polska",
    "shop_off": "0",
    "default_language_name": "pl_PL",
    "default_language_id": "1",
    "default_currency_name": "PLN",
    "default_currency_id": "1",
    "locale_timezone": "Europe/Warsaw",
    "locale_default_weight": "KILOGRAM",
    "product_defaults_tax_id": "1",
    "product_defaults_availability_id": "",
    "shopping_allow_overselling": "",
    "shopping_products_allow_zero": "1",
    "shopping_off": "0",
    "shopping_price_levels": "3",
    "shopping_allow_product_different_currency": "1",
    "registration_login_to_see_price": "0",
    "warehouses_enabled": False,
    "storefront_enabled": False,
}

#: (value, name, class) of the rows of VAT in a new shop, and one of another country.
TAXES = (("23", "23%"), ("8", "8%"), ("0", "0%"), ("0", "zw."), ("0", "np."), ("5", "5%"), ("19", "19% (DE)"))
#: (name, can be bought, lower bound of the stock by which it is chosen; None: only by hand)
AVAILABILITIES: tuple[tuple[str, bool, int | None], ...] = (
    ("niedostępny", False, -1),
    ("mała ilość", True, 0),
    ("średnia ilość", True, 10),
    ("duża ilość", True, 100),
    ("na zamówienie", True, None),
    ("wycofany", False, None),
)


def translated(texts: Mapping[str, str], field_name: str, key: str, number: int, **more: str) -> Row:
    """Translations by locale, each with a column of that text."""
    return {
        locale: {"translation_id": str(number), key: str(number), "lang_id": LANG_IDS[locale], field_name: text} | more
        for locale, text in texts.items()
    }


@dataclass
class Tables:
    """Rows by resource and id. Of products and stocks only what somebody typed is kept; what the shop works out is added
    when they are read (`Output`)."""

    rows: dict[str, dict[int, Row]] = field(default_factory=dict)
    parents: dict[int, int] = field(default_factory=dict)  # categories
    config: Row = field(default_factory=lambda: dict(CONFIG))
    files: dict[str, bytes] = field(default_factory=dict)  # pictures by their names in the public folder
    lost: dict[str, str] = field(default_factory=dict)  # file to "missing" or "page"
    broken: set[int] = field(default_factory=set)  # products at which every answer that holds them fails
    _of_product: dict[tuple[str, str], dict[int, Row]] = field(default_factory=dict)

    def table(self, resource: str) -> dict[int, Row]:
        return self.rows.setdefault(resource, {})

    def add(self, resource: str, row: Row, number: int | None = None) -> int:
        table = self.table(resource)
        found = number if number is not None else max(table, default=0) + 1
        table[found] = {KEYS[resource]: str(found), **row}
        if "product_id" in row:
            self._of_product.setdefault((resource, str(row["product_id"])), {})[found] = table[found]
        return found

    def delete_product(self, number: int) -> None:
        self.table("products").pop(number, None)
        self.broken.discard(number)
        for resource in ("product-stocks", "product-images"):
            for one in self._of_product.pop((resource, str(number)), {}):
                del self.table(resource)[one]

    def stocks_of(self, number: int) -> list[Row]:
        return list(self._of_product.get(("product-stocks", str(number)), {}).values())

    def pictures_of(self, number: int) -> list[Row]:
        return list(self._of_product.get(("product-images", str(number)), {}).values())


def empty_shop(locales: tuple[str, ...] = ("pl_PL", "en_US", "de_DE")) -> Tables:
    """A shop that could sell, but has nothing yet."""
    shop = Tables()
    for value, name in TAXES:
        shop.add("taxes", {"value": value, "name": name, "class": name})
    shop.add("units", {"floating_point": "0", "translations": translated({"pl_PL": "szt."}, "name", "unit_id", 1)})
    shop.add("units", {"floating_point": "1", "translations": translated({"pl_PL": "kg"}, "name", "unit_id", 2)})
    for name, rate in (("PLN", "1"), ("EUR", "4.3012")):
        shop.add(
            "currencies",
            {"name": name, "rate": rate, "order": "1", "active": "1", "rate_sync": "1", "auto_update": "0",
             "rate_date": "2026-11-09", "default": str(int(name == "PLN"))},
        )  # fmt: skip
    for place, locale in enumerate(locales, 1):
        shop.add("languages", {"locale": locale, "currency_id": "1", "active": "1", "order": str(place)})
    for place, (name, can_buy, least) in enumerate(AVAILABILITIES, 1):
        shop.add(
            "availabilities",
            {"can_buy": str(int(can_buy)), "notifier": "0", "photo": "", "ranges": str(int(least is not None)),
             "from": str(-1 if least is None else least), "visibility_config": None,
             "translations": translated({"pl_PL": name}, "name", "availability_id", place)},
        )  # fmt: skip
    for resource in KEYS:
        shop.table(resource)
    return shop


def number_of(text: Any) -> Decimal | None:
    """A price as the shop's own database sees it: a word is none."""
    try:
        return Decimal(str(text))
    except InvalidOperation:
        return None


@dataclass
class Output:
    """What the API says of the rows, at the moment of the shop's clock."""

    tables: Tables
    now: Callable[[], datetime]
    multi: bool = False  # several warehouses

    def row(self, resource: str, number: int) -> Row:
        stored = self.tables.table(resource)[number]
        if resource == "products":
            return self._product(stored)
        if resource == "product-stocks":
            return self._stock(stored)
        return stored

    def _product(self, stored: Row) -> Row:
        number = int(stored["product_id"])
        stocks = self.tables.stocks_of(number)
        base = next(row for row in stocks if row["extended"] == "0")
        main = next((row for row in self.tables.pictures_of(number) if row["main"] == 1), None)
        made: Row = {
            "product_id": str(number), "producer_id": None, "group_id": None, "tax_id": "1", "unit_id": "1",
            "add_date": "2025-03-11 09:15:02", "edit_date": "2026-10-30 14:02:44", "other_price": "0.00", "pkwiu": "",
            "in_loyalty": "0", "loyalty_score": None, "loyalty_price": None, "bestseller": "0", "newproduct": "0",
            "dimension_w": "0.0000", "dimension_h": "0.0000", "dimension_l": "0.0000", "vol_weight": "0.0000",
            "currency_id": None, "gauge_id": None, "unit_price_calculation": "0", "type": "0", "is_product_of_day": False,
            "is_digital": 0, "collections": [], "options_non_stock": [], "attributes": [], "related": [], "tags": [],
            "feeds_excludes": [],
            **{name: value for name, value in stored.items() if name != "special_offer"},
        }  # fmt: skip
        base_url = self.tables.config.get("shop_url", "")
        made["translations"] = {
            locale: {**texts, "permalink": f"{base_url}/{locale[:2]}/p/{texts['seo_url']}/{number}"}
            for locale, texts in stored["translations"].items()
        }
        if len(made["categories"]) > 1:
            made["category_id"] = int(made["category_id"])
        made["stock"] = {name: value for name, value in self._stock(base).items() if name != "options"}
        made |= {"code": base["code"], "ean": base["ean"]}
        made["options"] = [int(row["stock_id"]) for row in stocks if row["extended"] == "1"]
        offer = stored.get("special_offer")
        if offer is not None:
            made["special_offer"] = offer
        paid = made["stock"]["comp_promo_price"]
        made["promo_price"] = paid if paid != made["stock"]["comp_price"] else None
        if main is not None:
            made["main_image"] = {name: value for name, value in main.items() if name not in ("product_id", "main")}
        return made

    def _stock(self, stored: Row) -> Row:
        product = self.tables.table("products")[int(stored["product_id"])]
        regular, paid = self._sum(stored, product)
        made: Row = {
            "price_buying": "0.00", "price_buying_net": "0.00", "package": "0", "warn_level": "0", "sold": "0",
            "weight": "0", "weight_type": "1", "active": "1", "default": "0", "availability_id": None,
            "delivery_id": "2", "gfx_id": None, "code": "", "ean": "", **stored,
            "price_wholesale": stored["price"], "price_special": stored["price"], "price_type_wholesale": "1",
            "price_type_special": "1", "comp_price": regular, "comp_promo_price": paid,
            "comp_weight": stored.get("weight", "0"), "calculation_unit_id": None, "calculation_unit_ratio": "0",
            "historical_lowest_price": paid, "calculated_availability_id": self._availability(stored),
        }  # fmt: skip
        made["options"] = stored.get("options") or []
        offer = product.get("special_offer")
        if offer is not None and (offer["condition_type"] == "1" or int(stored["stock_id"]) in offer["stocks"]):
            made["special_offer"] = offer
        if self.multi:
            made["warehouses"] = {"1": stored["stock"], "2": "0"}
        return made

    def _sum(self, stored: Row, product: Row) -> tuple[str, str]:
        """The price before an offer, and what is paid now; both gross."""
        own = number_of(stored["price"])
        base = next(row for row in self.tables.stocks_of(int(stored["product_id"])) if row["extended"] == "0")
        of_base = number_of(base["price"])
        if own is None or of_base is None:
            return str(stored["price"]), str(stored["price"])
        if stored["extended"] == "1":
            own = {"0": of_base, "1": own, "2": of_base + own, "3": of_base - own}[stored["price_type"]]
        paid = own
        offer = product.get("special_offer")
        if offer is not None and self._runs(offer, stored):
            off = Decimal(offer["discount"])
            if offer["discount_type"] == "3":
                paid = own - (own * off / 100)
            elif offer["discount_type"] == "2" or stored["extended"] == "0" or stored["price_type"] != "1":
                paid = own - off
        return f"{own:.2f}", f"{paid.quantize(GROSZ, ROUND_HALF_UP):.2f}"

    def _runs(self, offer: Row, stored: Row) -> bool:
        now = f"{self.now():%Y-%m-%d %H:%M:%S}"
        begins, ends = offer["date_from"] or "0000", offer["date_to"] or "9999"
        listed = offer["condition_type"] == "1" or int(stored["stock_id"]) in offer["stocks"]
        return bool(begins <= now < ends and listed)

    def _availability(self, stored: Row) -> str | None:
        if stored.get("availability_id") is not None:
            return str(stored["availability_id"])
        count = number_of(stored["stock"])
        if count is None:
            return None
        if count <= 0:
            return "1" if self.tables.config["shopping_allow_overselling"] != "1" else "2"
        fitting = [
            (least, place)
            for place, (_, _, least) in enumerate(AVAILABILITIES, 1)
            if least is not None and least <= count
        ]
        return str(max(fitting)[1])
