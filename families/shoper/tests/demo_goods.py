"""The made-up catalogue of the demonstration: six hundred products that can be imported, some that a rule leaves out, and
some that are broken on purpose, each with its cause."""

import json
import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import making
from gateway_importer.testing.conformance.neutral import png
from gateway_importer.testing.demonstration import Expected
from goods import Row, Tables, empty_shop
from shop import Shop

THINGS = (
    ("Kubek", "Mug"), ("Miska", "Bowl"), ("Patera", "Platter"), ("Obrus", "Tablecloth"), ("Świecznik", "Candlestick"),
    ("Koc", "Blanket"), ("Poduszka", "Pillow"), ("Deska do krojenia", "Cutting board"), ("Dzbanek", "Jug"),
)  # fmt: skip
MANNERS = ("Dąb", "Jesion", "Łąka", "Żuraw", "Źródło", "Sójka", "Ćma", "Gęś", "Mgła")
CATEGORIES = (("Dom", ""), ("Kuchnia", "Dom"), ("Stół", "Dom"), ("Sypialnia", "Dom"), ("Prezenty", ""))
RATES = (("1", "23"), ("2", "8"), ("6", "5"), ("3", "0"))
FIRST = 401
PICTURES_LOST = ("missing", "page")


def no_vat(tables: Tables, product: int) -> None:
    tables.table("products")[product]["tax_id"] = None


def exempt(tables: Tables, product: int) -> None:
    tables.table("products")[product]["tax_id"] = "4"


def foreign_vat(tables: Tables, product: int) -> None:
    tables.table("products")[product]["tax_id"] = "7"


def lost_vat(tables: Tables, product: int) -> None:
    tables.table("products")[product]["tax_id"] = "99"


def euro(tables: Tables, product: int) -> None:
    tables.table("products")[product]["currency_id"] = "2"


def price_word(tables: Tables, product: int) -> None:
    tables.stocks_of(product)[0]["price"] = "na telefon"


def price_negative(tables: Tables, product: int) -> None:
    tables.stocks_of(product)[0]["price"] = "-5.00"


def price_absurd(tables: Tables, product: int) -> None:
    tables.stocks_of(product)[0]["price"] = "1000000000000.00"


def nameless(tables: Tables, product: int) -> None:
    for texts in tables.table("products")[product]["translations"].values():
        texts["name"] = "  "


def fatal(tables: Tables, product: int) -> None:
    tables.broken.add(product)


def bad_date(tables: Tables, product: int) -> None:
    tables.table("products")[product]["edit_date"] = "2026-13-45 00:00:00"


def twins(tables: Tables, product: int) -> None:
    first, second = [row for row in tables.stocks_of(product) if row["extended"] == "1"][:2]
    second["options"] = dict(first["options"])


def lost_value(tables: Tables, product: int) -> None:
    row = next(row for row in tables.stocks_of(product) if row["extended"] == "1")
    row["options"] = {next(iter(row["options"])): "9999"}


#: Place in the catalogue to how the product is broken and what must be told of it. Places that are whole thirds have
#: variants.
CASES: dict[int, tuple[Callable[[Tables, int], None], str]] = {
    17: (no_vat, "no VAT rate is chosen"),
    58: (foreign_vat, "its VAT of 19 % is none of Poland's"),
    100: (lost_vat, "its VAT is a row that does not exist"),
    140: (exempt, "its VAT says 'exempt', which has no form at the Gateway"),
    181: (price_word, "its price is not a number"),
    224: (nameless, "it has no name in any language"),
    264: (twins, "two of its variants have equal options"),
    303: (lost_value, "a variant names option value 9999, which does not exist"),
    346: (price_negative, "its price is negative"),
    386: (fatal, "the shop answers 500 for it"),
    427: (bad_date, "it was changed on 2026-13-45, which is no date"),
    469: (price_absurd, "its price of 10^12 is absurd"),
    511: (euro, "its price is in euro"),
}
#: Product to the cause alone.
BROKEN: dict[int, str] = {FIRST + place: cause for place, (_, cause) in CASES.items()}


def demo_goods(products: int = 600, seed: int = 1) -> Tables:
    """The catalogue; the same for the same seed. Beside the `products` that can be imported are others."""
    chance = random.Random(seed)
    tables = empty_shop()
    categories: dict[str, int] = {}
    for name, parent in CATEGORIES:
        categories[name] = making.category(tables, {"pl_PL": name}, categories.get(parent, 0))
    making.producer(tables, "Manufaktura Pod Dębem")
    group = making.group(tables, "Rozmiar i kolor")
    size, sizes = making.option(tables, group, {"pl_PL": "Rozmiar"}, [{"pl_PL": one} for one in ("S", "M", "L")])
    words = [{"pl_PL": one} for one in ("czerwony", "błękitny", "butelkowa zieleń")]
    colour, colours = making.option(tables, group, {"pl_PL": "Kolor"}, words, "color")
    attribute: Row = {"name": "Materiał", "description": "", "order": "1", "type": "2", "active": "1", "default": "0"}
    tables.add("attributes", {**attribute, "options": [], "attribute_group_id": "2"}, 9)
    good = place = 0
    while good < products:
        place_of = FIRST + place
        thing, manner = THINGS[place % len(THINGS)], MANNERS[place // len(THINGS) % len(MANNERS)]
        ruled_out = place not in CASES and place % 41 == 5
        good += not ruled_out and place not in CASES
        price = f"{Decimal(chance.randint(299, 49999)) / 100:.2f}"
        varied = place % 3 == 0
        making.product(
            tables,
            {"pl_PL": f"{thing[0]} {manner} {place}", "en_US": f"{thing[1]} {manner} {place}"},
            price, place_of,
            active=not (ruled_out and place % 2), is_digital=int(ruled_out and place % 4 == 0),
            type=str(int(ruled_out and place % 4 == 2)),
            texts={"pl_PL": {"description": f"<p>{thing[0]} z pracowni. Wysyłka w 24 godziny.</p>"}},
            base={"stock": str(chance.randint(0, 60)), "code": f"DB-{place}", "weight": "0.4"},
            categories=[list(categories.values())[chance.randrange(len(categories))]],
            tax_id=RATES[place % len(RATES)][0], producer_id="1" if place % 2 else None,
            group_id=str(group) if varied else None, attributes={"2": {"9": "Drewno"}, "4": []},
            offer={"discount_type": "3", "discount": "15.00"} if place % 7 == 0 else None,
        )  # fmt: skip
        if varied:
            for number, (one, other) in enumerate((s, c) for s in sizes for c in colours[: 1 + place % 2]):
                making.stock(
                    tables, place_of, f"{number}.50" if number else "0", price_type="2" if number else "0",
                    options={str(size): str(one), str(colour): str(other)}, stock=str(chance.randint(0, 20)),
                    code=f"DB-{place}-{number}",
                )  # fmt: skip
        for number in range(place % 4):
            making.picture(tables, place_of, png(f"{place}-{number}"))
        if place in CASES:
            CASES[place][0](tables, place_of)
        place += 1
    _lose(tables)
    return tables


def _lose(tables: Tables) -> None:
    """Two pictures that cannot be had, of products that have others."""
    many = [
        number for number in tables.table("products") if len(tables.pictures_of(number)) == 3 and number not in BROKEN
    ]
    for number, how in zip(many[4:], PICTURES_LOST, strict=False):
        row = tables.pictures_of(number)[-1]
        tables.lost[f"{row['unic_name']}.{row['extension']}"] = how


def changed(tables: Tables, path: Path) -> None:
    """Applies ``{"product-stocks": {"805": {"price": "9.99"}}, "deleted": [413]}``, if the file is there."""
    if not path.exists():
        return
    wanted = json.loads(path.read_text(encoding="utf-8"))
    for product in wanted.pop("deleted", []):
        tables.delete_product(int(product))
    for resource, rows in wanted.items():
        for number, columns in rows.items():
            tables.table(resource)[int(number)].update(columns)


def expected(shop: Shop) -> Iterator[Expected]:
    """One for each variant that the default settings import: regular prices, without digital goods and bundles."""
    tables = shop.tables
    for number, row in tables.table("products").items():
        shown = any(texts["active"] == "1" for texts in row["translations"].values())
        if number in BROKEN or not shown or row.get("is_digital") or row.get("type") == "1":
            continue
        pictures = [one for one in tables.pictures_of(number) if f"{one['unic_name']}.png" not in tables.lost]
        stocks = tables.stocks_of(number)
        sold = [one for one in stocks if one["extended"] == "1"] or stocks
        for one in sold:
            told = shop.output.row("product-stocks", int(one["stock_id"]))
            yield Expected(
                product=str(number),
                variant=one["stock_id"],
                gross=Decimal(told["comp_price"]),
                stock=max(0, int(Decimal(told["stock"]))),
                pictures=len(pictures),
            )
