"""The made-up catalogue of the demonstration: six hundred products that can be imported, some that a rule leaves out, and
some that are broken on purpose, each with its cause."""

import json
import random
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import making
from gateway_importer.testing.conformance.neutral import png
from gateway_importer.testing.demonstration import Expected
from goods import Stock, Tables, final_of, percent, salable
from making import ENGLISH, POLISH
from shop import MagentoShop

THINGS = (
    ("Kubek", "Mug"), ("Miska", "Bowl"), ("Patera", "Platter"), ("Obrus", "Tablecloth"), ("Świecznik", "Candlestick"),
    ("Koc", "Blanket"), ("Poduszka", "Pillow"), ("Deska do krojenia", "Cutting board"), ("Dzbanek", "Jug"),
)  # fmt: skip
MANNERS = ("Dąb", "Jesion", "Łąka", "Żuraw", "Źródło", "Sójka", "Ćma", "Gęś", "Mgła")
CATEGORIES = (("Dom", ""), ("Kuchnia", "Dom"), ("Stół/Jadalnia", "Dom"), ("Sypialnia", "Dom"), ("Prezenty", ""))
CLASSES = (4, 5, 6, 7)
FIRST = 1001
FIRST_CHILD = 20_001
PICTURES_LOST = ("missing", "page")
RULED_OUT = ("status", "virtual", "grouped", "hidden", "website")


def change(tables: Tables, product: int, code: str, value: Any) -> None:
    row = tables.products[product]
    row["custom_attributes"] = [one for one in row["custom_attributes"] if one["attribute_code"] != code]
    if value is not None:
        row["custom_attributes"].append({"attribute_code": code, "value": value})


def no_class(tables: Tables, product: int) -> None:
    change(tables, product, "tax_class_id", None)


def class_none(tables: Tables, product: int) -> None:
    change(tables, product, "tax_class_id", "0")


def no_rule(tables: Tables, product: int) -> None:
    change(tables, product, "tax_class_id", "8")


def foreign_vat(tables: Tables, product: int) -> None:
    change(tables, product, "tax_class_id", "10")


def price_word(tables: Tables, product: int) -> None:
    tables.products[product]["price"] = "na telefon"


def price_negative(tables: Tables, product: int) -> None:
    tables.products[product]["price"] = -5


def price_absurd(tables: Tables, product: int) -> None:
    tables.products[product]["price"] = 10**12


def nameless(tables: Tables, product: int) -> None:
    tables.products[product]["name"] = "  "


def fatal(tables: Tables, product: int) -> None:
    tables.broken.add(product)


def bad_date(tables: Tables, product: int) -> None:
    change(tables, product, "special_price", "1.000000")
    change(tables, product, "special_to_date", "2026-13-45 00:00:00")


def odd_type(tables: Tables, product: int) -> None:
    tables.products[product]["type_id"] = "rezerwacja"


def twins(tables: Tables, product: int) -> None:
    first, second = tables.products[product]["extension_attributes"]["configurable_product_links"][:2]
    for code in ("size", "color"):
        change(
            tables,
            second,
            code,
            next(a["value"] for a in tables.products[first]["custom_attributes"] if a["attribute_code"] == code),
        )


def lost_value(tables: Tables, product: int) -> None:
    change(tables, tables.products[product]["extension_attributes"]["configurable_product_links"][0], "size", "9999")


#: Place in the catalogue to how the product is broken and what must be told of it. Places that are whole thirds have
#: variants.
CASES: dict[int, tuple[Callable[[Tables, int], None], str]] = {
    17: (no_class, "it has no tax class"),
    58: (foreign_vat, "its VAT of 19 % is none of Poland's"),
    100: (no_rule, "no tax rule names its class"),
    140: (class_none, "its tax class is 'None'"),
    181: (price_word, "its price is not a number"),
    224: (nameless, "it has no name in any language"),
    264: (twins, "two of its variants have equal options"),
    303: (lost_value, "a variant names option value 9999, which does not exist"),
    346: (price_negative, "its price is negative"),
    386: (fatal, "the shop answers 500 for it"),
    427: (bad_date, "its special price ends on 2026-13-45, which is no date"),
    469: (price_absurd, "its price of 10^12 is absurd"),
    511: (odd_type, "it is of a type that a module has added"),
}
#: Product to the cause alone.
BROKEN: dict[int, str] = {FIRST + place: cause for place, (_, cause) in CASES.items()}


def demo_goods(products: int = 600, seed: int = 1) -> Tables:
    """The catalogue; the same for the same seed. Beside the `products` that can be imported are others."""
    chance = random.Random(seed)
    tables = making.empty_shop(views=(POLISH, ENGLISH))
    categories: dict[str, int] = {}
    for name, parent in CATEGORIES:
        categories[name] = making.category(tables, {POLISH: name}, categories.get(parent, 2))
    maker = making.brand(tables, "Manufaktura Pod Dębem")
    size, sizes = making.attribute(
        tables, "size", {POLISH: "Rozmiar", ENGLISH: "Size"}, "select", [{POLISH: one} for one in ("S", "M", "L")]
    )
    words = [{POLISH: one} for one in ("czerwony", "błękitny", "butelkowa zieleń")]
    colour, colours = making.attribute(tables, "color", {POLISH: "Kolor", ENGLISH: "Color"}, "select", words)
    making.attribute(tables, "material", {POLISH: "Materiał"}, "text", on_page=True)
    children = FIRST_CHILD
    good = place = 0
    while good < products:
        number = FIRST + place
        thing, manner = THINGS[place % len(THINGS)], MANNERS[place // len(THINGS) % len(MANNERS)]
        out = RULED_OUT[place // 41 % len(RULED_OUT)] if place not in CASES and place % 41 == 5 else ""
        good += not out and place not in CASES
        price = Decimal(chance.randint(299, 49999)) / 100
        varied = place % 3 == 0 and not out
        attributes: dict[str, Any] = {"material": "Drewno"} | ({"manufacturer": str(maker)} if place % 2 else {})
        if place % 7 == 0 and not varied:
            attributes |= {"special_price": f"{price * 85 / 100:.6f}", "special_from_date": "2026-01-01 00:00:00"}
        pictures = [making.picture(tables, f"db-{place}-{one}.png", png(f"{place}-{one}")) for one in range(place % 4)]
        common: dict[str, Any] = {
            "tax_class": CLASSES[place % len(CLASSES)], "attributes": attributes, "pictures": pictures,
            "categories": [list(categories.values())[chance.randrange(len(categories))]],
            "texts": {POLISH: {"description": f"<p>{thing[0]} z pracowni. Wysyłka w 24 godziny.</p>"}},
        }  # fmt: skip
        title = {POLISH: f"{thing[0]} {manner} {place}", ENGLISH: f"{thing[1]} {manner} {place}"}
        if varied:
            pairs = [(one, other) for one in sizes for other in colours[: 1 + place % 2]]
            own = []
            for step, (one, other) in enumerate(pairs):
                own.append(
                    making.product(
                        tables, children, f"{title[POLISH]} {step}", price + step, sku=f"DB-{place}-{step}", visibility=1,
                        tax_class=common["tax_class"], stock=Stock(Decimal(chance.randint(0, 20))), weight=0.4,
                        attributes={"size": str(one), "color": str(other)},
                    )
                )  # fmt: skip
                children += 1
            making.configurable(tables, number, title, {size: sizes, colour: colours}, own, sku=f"DB-{place}", **common)
        else:
            making.product(
                tables, number, title, price, sku=f"DB-{place}", stock=Stock(Decimal(chance.randint(0, 60))), weight=0.4,
                kind=out if out in ("virtual", "grouped") else "simple", status=2 if out == "status" else 1,
                visibility=1 if out == "hidden" else 4, websites=() if out == "website" else (1,), **common,
            )  # fmt: skip
        if place in CASES:
            CASES[place][0](tables, number)
        place += 1
    _lose(tables)
    return tables


def _lose(tables: Tables) -> None:
    """Two pictures that cannot be had, of products that have others."""
    many = [
        row
        for number, row in tables.products.items()
        if len(row["media_gallery_entries"]) == 3 and number not in BROKEN
    ]
    for row, how in zip(many[4:], PICTURES_LOST, strict=False):
        tables.lost[row["media_gallery_entries"][-1]["file"]] = how


def changed(tables: Tables, path: Path) -> None:
    """Applies ``{"products": {"1003": {"price": 9.99}}, "stock": {"DB-7": 3}, "deleted": [1008]}``, if the file is
    there."""
    if not path.exists():
        return
    wanted = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    for product in wanted.get("deleted", []):
        tables.delete(int(product))
    for number, columns in wanted.get("products", {}).items():
        tables.products[int(number)].update(columns)
    for sku, quantity in wanted.get("stock", {}).items():
        tables.stock[sku].quantity = Decimal(quantity)


def expected(shop: MagentoShop, *, reduced: bool = False) -> Iterator[Expected]:
    """One for each variant that the default settings import, without virtual goods: regular prices, or what is paid
    today."""
    tables = shop.tables
    for number, row in tables.products.items():
        if number in BROKEN or row["status"] != 1 or row["visibility"] == 1 or row["type_id"] in ("virtual", "grouped"):
            continue
        if 1 not in row["extension_attributes"]["website_ids"]:
            continue
        pictures = [one for one in row["media_gallery_entries"] if one["file"] not in tables.lost]
        for one in row["extension_attributes"].get("configurable_product_links", [number]):
            sold = tables.products[one]
            price = final_of(tables, sold, shop.settings.selling) if reduced else Decimal(str(sold["price"]))
            price = price.quantize(Decimal("0.01"), ROUND_HALF_UP)
            if not shop.settings.selling.includes:
                price = price * (100 + percent(tables, sold)) / 100
            yield Expected(
                product=str(number),
                variant=str(one),
                gross=price.quantize(Decimal("0.01"), ROUND_HALF_UP),
                stock=int(salable(tables.stock[sold["sku"]])[0]),
                pictures=len(pictures),
            )
