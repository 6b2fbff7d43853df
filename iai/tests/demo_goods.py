"""The made-up catalogue of the demonstration: six hundred products that can be imported, some that a rule leaves out, and
some that are broken on purpose, each with its cause. Every fifth is a group of versions, which lie far apart in the file."""

import json
import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

from gateway_importer.testing.conformance.neutral import png
from gateway_importer.testing.demonstration import Expected
from goods import Goods, Product, Promotion, Size
from shop import Shop

THINGS = (
    ("Koszula", "Shirt"), ("Bluzka", "Blouse"), ("Sukienka", "Dress"), ("Spódnica", "Skirt"), ("Spodnie", "Trousers"),
    ("Marynarka", "Jacket"), ("Szal", "Scarf"), ("Obrus", "Tablecloth"), ("Pościel", "Bedding"),
)  # fmt: skip
MANNERS = ("Len", "Łąka", "Żuraw", "Źródło", "Sójka", "Ćma", "Gęś", "Mgła", "Jaśmin")
COLOURS = ({"pol": "biała", "eng": "white"}, {"pol": "granatowa", "eng": "navy"}, {"pol": "w kratę", "eng": "checked"})
SIZES = (("3", "S"), ("4", "M"), ("5", "L"))
CATEGORIES = (("1001", "", "Odzież"), ("1002", "1001", "Koszule"), ("1003", "1001", "Sukienki"), ("1004", "", "Dom"))
RATES = ("23.0", "8.0", "5.0", "0.0")
FIRST = 401
APART = 50_000  # what is added to the id of the first version for the second one, and so on
PICTURES_LOST = ("missing", "page")

Break = Callable[[Goods, Product], None]


def no_vat(goods: Goods, product: Product) -> None:
    product.vat = None


def foreign_vat(goods: Goods, product: Product) -> None:
    product.vat = "19.0"


def priced(product: Product, price: str) -> None:
    """It has this price in every place."""
    product.price, product.retail, product.promotion = price, {}, None
    for size in product.sizes:
        size.price = None


def price_word(goods: Goods, product: Product) -> None:
    priced(product, "na telefon")


def price_negative(goods: Goods, product: Product) -> None:
    priced(product, "-5.00")


def price_absurd(goods: Goods, product: Product) -> None:
    priced(product, "1000000000000.00")


def nameless(goods: Goods, product: Product) -> None:
    product.names = {"pol": "  ", "eng": ""}


def malformed(goods: Goods, product: Product) -> None:
    product.raw = f'<product id="{product.id}"><description><name>Igła & nitka</description></product>\n'


def unclosed(goods: Goods, product: Product) -> None:
    product.raw = f'<product id="{product.id}" vat="23.0"><description><name>Igła</description></product>\n'


def twins(goods: Goods, product: Product) -> None:
    product.sizes[1].name = product.sizes[0].name
    product.sizes[1].id = "99"


def second_version(goods: Goods, product: Product) -> None:
    other = goods.products[str(int(product.id) + APART)]
    priced(other, "na telefon")


def euro(goods: Goods, product: Product) -> None:
    product.currency = "EUR"


#: Place in the catalogue to how the product is broken and what must be told of it. Whole thirds have sizes, whole fifths
#: versions.
CASES: dict[int, tuple[Break, str]] = {
    17: (no_vat, "no VAT rate is named"),
    58: (foreign_vat, "its VAT of 19 % is none of Poland's"),
    181: (price_word, "its price is not a number"),
    224: (nameless, "it has no name in any language"),
    264: (twins, "two of its sizes have one name"),
    302: (malformed, "its name holds a bare &"),
    323: (unclosed, "its name has no end tag"),
    346: (price_negative, "its price is negative"),
    385: (second_version, "the price of its second version is not a number"),
    469: (price_absurd, "its price of 10^12 is absurd"),
    511: (euro, "its price is in euro"),
}
#: Product to the cause alone.
BROKEN: dict[int, str] = {FIRST + place: cause for place, (_, cause) in CASES.items()}


def demo_goods(products: int = 600, seed: int = 1) -> Goods:
    """The catalogue; the same for the same seed. Beside the `products` that can be imported are others."""
    chance = random.Random(seed)
    goods = Goods()
    for identity, parent, name in CATEGORIES:
        goods.categories[identity] = (parent, {"pol": name})
    goods.sizes = {identity: {"pol": name, "eng": name} for identity, name in SIZES}
    later: list[Product] = []
    good = place = 0
    while good < products:
        ruled_out = place not in CASES and place % 41 == 6
        good += not ruled_out and place not in CASES
        first = _product(goods, chance, place, FIRST + place)
        if ruled_out:
            first.type = ("virtual", "bundle")[place % 2]
        goods.add(first)
        if place % 5 == 0 and not ruled_out:
            first.group, first.versions = first.id, [({"pol": "Kolor", "eng": "Colour"}, COLOURS[0])]
            for number in range(1, 2 + place % 2):
                other = _product(goods, chance, place, FIRST + place + number * APART)
                other.group, other.versions = first.id, [({"pol": "Kolor", "eng": "Colour"}, COLOURS[number])]
                later.append(other)
        place += 1
    for other in later:
        goods.add(other)
    for where, (damage, _) in CASES.items():
        if str(FIRST + where) in goods.products:
            damage(goods, goods.products[str(FIRST + where)])
    _lose(goods)
    return goods


def _product(goods: Goods, chance: random.Random, place: int, identity: int) -> Product:
    thing, manner = THINGS[place % len(THINGS)], MANNERS[place // len(THINGS) % len(MANNERS)]
    price = f"{Decimal(chance.randint(1999, 49999)) / 100:.2f}"
    category = CATEGORIES[1 + chance.randrange(3)][0]
    made = Product(
        str(identity),
        {"pol": f"{thing[0]} {manner} {place}", "eng": f"{thing[1]} {manner} {place}"},
        price=price,
        vat=RATES[place % 4],
        briefs={"pol": f"{thing[0]} z pracowni."},
        descriptions={"pol": f"<p>{thing[0]} z pracowni. <b>100% lnu</b> &amp; bawełna.</p>"},
        producer=("77", "Lniany Dom"),
        category=(category, "/".join(goods.path(category))),
        parameters=[("section", "Dane", []), ("parameter", "Materiał", ["len ", "bawełna"])],
        code=f"LN-{identity}",
        retail={"0": price},
    )
    if place % 7 == 0 and place % 6 != 3:
        reduced = f"{Decimal(price) * Decimal('0.8'):.2f}"
        made.promotion = Promotion(reduced, price, "2026-01-01 00:00:00", "2036-01-01 00:00:00")
    if place % 3 == 0:
        made.sizes = [_size(chance, identity, *one) for one in SIZES]
        if place % 2:
            made.sizes[2].price = made.retail[made.sizes[2].id] = f"{Decimal(price) + 10:.2f}"
    else:
        made.sizes = [_size(chance, identity, "uniw", "")]
    for number in range(place % 4):
        goods.picture(made, f"{identity}-{number}", png(f"{identity}-{number}"))
    return made


def _size(chance: random.Random, product: int, identity: str, name: str) -> Size:
    there, reserved = chance.randint(2, 60), chance.randint(0, 2)
    stocks: dict[str, tuple[str | None, str]] = {"0": ("0", "0"), "1": (f"{there}.000", str(reserved))}
    if there == 60:
        stocks = {"0": ("-1", "0"), "1": ("-1", "0")}
    return Size(identity, name, sku=f"LN-{product}-{name or 1}", weight="320", stocks=stocks)


def _lose(goods: Goods) -> None:
    """Two pictures that cannot be had, of products that have others."""
    many = [
        one for one in goods.products.values() if len(one.pictures) == 3 and int(one.id) not in BROKEN and not one.group
    ]
    for product, how in zip(many[4:], PICTURES_LOST, strict=False):
        goods.lost[product.pictures[-1][0]] = how


def changed(goods: Goods, path: Path) -> None:
    """Applies ``{"price": {"405": "9.99"}, "deleted": ["413"]}``, if the file is there."""
    if not path.exists():
        return
    wanted = json.loads(path.read_text(encoding="utf-8"))
    for product in wanted.get("deleted", []):
        goods.products.pop(str(product), None)
    for product, price in wanted.get("price", {}).items():
        goods.products[product].price = price
        goods.products[product].retail = {"0": price}
        for size in goods.products[product].sizes:
            size.price = None


def expected(shop: Shop) -> Iterator[Expected]:
    """One for each variant that the default settings import: regular prices, without digital goods and bundles."""
    goods = shop.goods
    for product in goods.products.values():
        group = product.group or product.id
        if int(group) in BROKEN or product.type != "regular":
            continue
        pictures = [path for path, _ in product.pictures if path not in goods.lost]
        for size in product.sizes:
            rows = [row for row in size.stocks.values() if row[0] not in (None, "-1")]
            stock = sum(int(Decimal(quantity or 0)) - int(reserved) for quantity, reserved in rows) if rows else 100001
            yield Expected(
                product=group,
                variant=f"{product.id}-{size.id}",
                gross=Decimal(product.retail.get(size.id) or product.retail["0"]),
                stock=stock,
                pictures=len(pictures),
            )
