"""The made-up catalogue of the demonstration: six hundred products that can be imported, a third of them in sizes, every
fifth in colours that are products of their own; some that a rule leaves out, and some that are broken on purpose."""

import hashlib
import json
import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

from gateway_importer.testing.conformance.neutral import png
from gateway_importer.testing.demonstration import Expected
from goods import Category, Item, Picture, Sale, Size, Tables, total
from shop import Shop

THINGS = (
    ("Koszula", "Shirt"), ("Spódnica", "Skirt"), ("Sukienka", "Dress"), ("Obrus", "Tablecloth"), ("Kurtka", "Jacket"),
    ("Koc", "Blanket"), ("Poduszka", "Pillow"), ("Bluza", "Hoodie"), ("Szal", "Scarf"),
)  # fmt: skip
MANNERS = ("Len", "Bawełna", "Łąka", "Żuraw", "Źródło", "Sójka", "Ćma", "Gęś", "Mgła")
CATEGORIES = (("Odzież", 0), ("Koszule", 200), ("Okrycia", 200), ("Dom", 0), ("Pościel", 203))
COLOURS = (("biała", "white"), ("granatowa", "navy"), ("butelkowa zieleń", "bottle green"))
SIZES = (("4", "S"), ("5", "M"), ("6", "L"))
RATES = (23, 8, 5, 0)
FIRST = 401
OTHERS = 5001  # further colours have ids far from the first one's
NO_PRICE = {"productRetailPrice": "na telefon", "productShopsAttributes": []}


def exempt(tables: Tables, item: Item) -> None:
    item.exempt = True


def foreign_vat(tables: Tables, item: Item) -> None:
    item.vat = 19


def absurd_vat(tables: Tables, item: Item) -> None:
    item.vat = 230


def euro(tables: Tables, item: Item) -> None:
    item.currency = "EUR"


def price_word(tables: Tables, item: Item) -> None:
    item.said = NO_PRICE


def price_negative(tables: Tables, item: Item) -> None:
    item.price = Decimal("-5.00")


def price_absurd(tables: Tables, item: Item) -> None:
    item.price = Decimal(10) ** 12


def nameless(tables: Tables, item: Item) -> None:
    item.names = {"pol": "  ", "eng": ""}


def fatal(tables: Tables, item: Item) -> None:
    item.stumbles = "full"


def no_sizes(tables: Tables, item: Item) -> None:
    item.sizes = []


def twins(tables: Tables, item: Item) -> None:
    item.sizes = [Size("4", "S"), Size("S2", "S")]
    tables.sizes["S2"] = {"pol": "S", "eng": "S"}


def broken_colour(tables: Tables, item: Item) -> None:
    other = next(one for one in tables.items.values() if one.parent == item.id and one.id != item.id)
    other.said = NO_PRICE


#: Place in the catalogue to how the product is broken and what must be told of it. Places that are whole fifths have
#: colours, whole thirds sizes.
CASES: dict[int, tuple[Callable[[Tables, Item], None], str]] = {
    17: (foreign_vat, "its VAT of 19 % is none of Poland's"),
    58: (absurd_vat, "its VAT is 230 %"),
    101: (exempt, "it is exempt from VAT, which has no form at the Gateway"),
    146: (price_word, "its price is not a number"),
    182: (nameless, "it has no name in any language"),
    224: (twins, "two of its sizes are called alike"),
    263: (price_negative, "its price is negative"),
    305: (broken_colour, "the price of one of its colours is not a number"),
    346: (fatal, "the shop answers 500 for it"),
    388: (no_sizes, "it has no size"),
    428: (price_absurd, "its price of 10^12 is absurd"),
    511: (euro, "its price is in euro"),
}
#: Product to the cause alone.
BROKEN: dict[int, str] = {FIRST + place: cause for place, (_, cause) in CASES.items()}


def demo_goods(products: int = 600, seed: int = 1) -> Tables:
    """The catalogue; the same for the same seed. Beside the `products` that can be imported are others."""
    chance = random.Random(seed)
    tables = Tables()
    tables.brands[1] = "Lniany Dom"
    tables.sizes |= {number: {"pol": name, "eng": name} for number, name in SIZES}
    for number, (name, parent) in enumerate(CATEGORIES, 200):
        tables.categories[number] = Category(number, parent, {"pol": name})
    good = place = 0
    while good < products:
        ruled_out = place not in CASES and place % 41 == 7
        good += not ruled_out and place not in CASES
        colours = COLOURS[: 2 + place % 2] if place % 5 == 0 else ()
        for number, colour in enumerate(colours or ("",)):
            identity = FIRST + place if number == 0 else OTHERS + (place * 7919 + number * 104729) % 90_000
            while identity in tables.items:
                identity += 1
            item = _item(chance, place, identity, number)
            if colours:
                item.parent = FIRST + place
                item.group_name = {"pol": "Kolor", "eng": "Colour"}
                item.version = {"pol": colour[0], "eng": colour[1]}
                item.names = {"pol": f"{item.names['pol']} {colour[0]}", "eng": f"{item.names['eng']} {colour[1]}"}
            item.visible = not (ruled_out and place % 2)
            if ruled_out:
                item.kind = "product_bundle" if place % 4 == 2 else "product_virtual"
            tables.items[identity] = item
        if place in CASES:
            CASES[place][0](tables, tables.items[FIRST + place])
        place += 1
    many = [item for item in tables.active() if len(item.pictures) == 3 and item.id - FIRST not in CASES]
    for item, how in zip(many[4:], ("missing", "page"), strict=False):
        item.pictures[-1].lost = how
    return tables


def _item(chance: random.Random, place: int, identity: int, number: int) -> Item:
    thing, manner = THINGS[place % len(THINGS)], MANNERS[place // len(THINGS) % len(MANNERS)]
    price = Decimal(chance.randint(299, 49999)) / 100
    code = f"LN-{place}" if number == 0 else f"LN-{place}-{number}"
    sizes = [Size(external="", stocks=_stocks(chance, place))]
    if place % 3 == 0:
        sizes = [
            Size(
                one, name, price + step if step else None, f"{code}-{name}" if place % 2 else "", weight=300 + step,
                stocks=_stocks(chance, place),
            )
            for step, (one, name) in enumerate(SIZES)
        ]  # fmt: skip
    bodies = [png(f"{identity}-{one}") for one in range(place % 4)]
    return Item(
        id=identity,
        names={"pol": f"{thing[0]} {manner} {place}", "eng": f"{thing[1]} {manner} {place}"},
        price=price,
        sizes=sizes,
        code=code,
        descriptions={"pol": f"<p>{thing[0]} z pracowni w Łodzi. Wysyłka w 24 godziny.</p>"},
        briefs={"pol": f"{thing[0]}, szyta na miejscu"},
        vat=RATES[place % len(RATES)],
        sale=Sale(percent=Decimal(15)) if place % 7 == 0 else None,
        brand=place % 2,
        category=200 + place % len(CATEGORIES),
        pictures=[Picture(str(n), body, hashlib.md5(body).hexdigest()) for n, body in enumerate(bodies, 1)],
        parameters=[({"pol": "Materiał", "eng": "Fabric"}, [{"pol": "len", "eng": "linen"}])],
    )


def _stocks(chance: random.Random, place: int) -> dict[int, tuple[int, int]]:
    if place % 11 == 3:
        return {0: (0, 0), 1: (-1, 0)} if place % 2 else {1: (-1, 0)}
    there = chance.randint(0, 60)
    return {0: (chance.randint(0, 5), 0), 1: (there, min(there, place % 3))}


def changed(tables: Tables, path: Path) -> None:
    """Applies ``{"prices": {"405": "9.99"}, "deleted": [413]}``, if the file is there."""
    if not path.exists():
        return
    wanted = json.loads(path.read_text(encoding="utf-8"))
    for number in wanted.get("deleted", []):
        del tables.items[int(number)]
    for number, price in wanted.get("prices", {}).items():
        tables.items[int(number)].price = Decimal(price)


def expected(shop: Shop) -> Iterator[Expected]:
    """One for each variant that the default settings import: regular prices, without virtual goods and bundles."""
    for item in shop.tables.active():
        product = item.parent or item.id
        if product in BROKEN or not item.visible or item.kind != "product_item":
            continue
        pictures = [one for one in item.pictures if not one.lost]
        for size in item.sizes:
            held = total(size.stocks.values())
            yield Expected(
                product=str(product),
                variant=f"{item.id}-{size.id}",
                gross=size.price or item.price,
                stock=100001 if held == -1 else max(0, int(held)),
                pictures=len(pictures),
            )
