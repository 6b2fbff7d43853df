"""The one catalogue that every platform's simulated shop is filled with: named cases, each with its true values.

What a case is about stands in its key. Prices were worked out by hand. A platform that cannot have a case names it in
its table (`quality.toml`, ``[cannot]``) with the reason; everything else is checked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from gateway_importer.testing.conformance.neutral import (
    Catalogue,
    Category,
    Fate,
    Form,
    Option,
    Picture,
    Product,
    Sale,
    Stock,
    Value,
    Variant,
    Vat,
    Words,
)

TIMEZONE = "Europe/Warsaw"
NOW = datetime(2026, 11, 23, 14, 0, tzinfo=ZoneInfo(TIMEZONE))
FILLERS = 60
MANY = 56  # variants of one product: more than a page of any vendor's, and more than the Gateway gets at once

CATEGORIES = (
    Category("home", {"pl": "Dom", "en": "Home"}, target="Home & Garden"),
    Category("kitchen", {"pl": "Kuchnia", "en": "Kitchen"}, "home", "Home & Garden > Kitchen"),
    Category("mugs", {"pl": "Kubki i filiżanki", "en": "Mugs & cups"}, "kitchen", "Home & Garden > Kitchen > Mugs"),
    Category("women", {"pl": "Ona", "en": "Her"}, target="Woman"),
    Category("women-shoes", {"pl": "Buty", "en": "Shoes"}, "women", "Woman > Shoes"),
    Category("men", {"pl": "On", "en": "Him"}, target="Man"),
    Category("men-shoes", {"pl": "Buty", "en": "Shoes"}, "men", "Man > Shoes"),
    Category("ignored", {"pl": "Nowości", "en": "New"}),
)

SIZE = Option(
    "size",
    {"pl": "Rozmiar", "en": "Size"},
    "size",
    tuple(Value(size.lower(), {"pl": size, "en": size}) for size in ("S", "M", "L", "XL")),
)
COLOUR = Option(
    "colour",
    {"pl": "Kolor", "en": "Color"},
    "color",
    (
        Value("red", {"pl": "Czerwony", "en": "Red"}),
        Value("blue", {"pl": "Błękitny", "en": "Blue"}),
        Value("green", {"pl": "Zieleń butelkowa & mięta", "en": "Green"}),
    ),
)
SCENT = Option(
    "scent",
    {"pl": "Zapach", "en": "Scent"},
    "Zapach",
    tuple(Value(f"scent-{n:02}", {"pl": f"Zapach nr {n}", "en": f"Scent no {n}"}) for n in range(1, MANY + 1)),
)

RULED_OUT = {
    "off": Fate("skipped", ("disabled", "draft")),
    "hidden": Fate("skipped", ("hidden", "disabled")),
    "not-orderable": Fate("skipped", ("not_orderable", "no_price_shown")),
    "virtual": Fate("skipped", ("virtual",)),
    "bundle": Fate("skipped", ("bundle", "configured_bundle", "grouped")),
    "price-zero": Fate("skipped", ("price_zero",)),
}


def d(text: str) -> Decimal:
    return Decimal(text)


def simple(
    key: str, gross: str, *, vat: Vat = Decimal(23), reduced: str | None = None, stock: Stock = Decimal(7),
    sku: str | None = None, gtin: str = "", weight: str | None = None, names: Words | None = None, **more: object,
) -> Product:  # fmt: skip
    """A product of one variant; what `more` names are fields of `Product`."""
    title = key.replace("-", " ")
    variant = Variant(
        d(gross),
        reduced=None if reduced is None else d(reduced),
        stock=stock,
        sku=f"K-{key}" if sku is None else sku,
        gtin=gtin,
        weight=None if weight is None else d(weight),
    )
    made = Product(
        key=key,
        names=names or {"pl": f"Kubek {title}", "en": f"Mug {title}"},
        gross=d(gross),
        vat=vat,
        variants=(variant,),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def varied(key: str, gross: str, *variants: Variant, **more: object) -> Product:
    """A product of several variants."""
    title = key.replace("-", " ")
    own = tuple(replace(one, sku=f"{one.sku}-{key}") for one in variants)
    made = Product(key=key, names={"pl": f"Bluza {title}", "en": f"Hoodie {title}"}, gross=d(gross), variants=own)
    return replace(made, **more)  # type: ignore[arg-type]


def sized(size: str, gross: str, form: Form = "own", **more: object) -> Variant:
    made = Variant(d(gross), key=size, form=form, options={"size": size}, sku=f"B-{size}", stock=d("4"))
    return replace(made, **more)  # type: ignore[arg-type]


def pictures(*keys: str) -> tuple[Picture, ...]:
    return tuple(Picture(key) for key in keys)


def prices() -> Iterator[Product]:
    """VAT, amounts that two decimals of net cannot give back, and reductions by whatever clock."""
    yield simple("plain", "39.90", pictures=pictures("plain"), brand="Ćmielów & Syn", weight="0.35")
    yield simple("vat-8", "21.60", vat=d("8"))
    yield simple("vat-5", "10.49", vat=d("5"))
    yield simple("vat-0", "100.00", vat=d("0"))
    yield simple("vat-exempt", "50.00", vat="exempt", fate=Fate("failed", ("vat", "exempt")))
    yield simple("vat-none", "50.00", vat="none", fate=Fate("failed", ("vat", "tax")))
    yield simple("vat-foreign", "59.50", vat=d("19"), fate=Fate("failed", ("vat", "19")))
    yield simple("price-1-04", "1.04")
    yield simple("price-one-grosz", "0.01", vat=d("8"))
    yield simple("price-large", "123456.78")
    yield simple("price-zero", "0.00", fate=RULED_OUT["price-zero"])
    yield simple("price-word", "12.00", damage="price", fate=Fate("failed", ("price",)))
    yield simple("currency-euro", "25.00", currency="EUR", fate=Fate("failed", ("currency", "eur")))
    yield simple("sale-percent", "50.00", reduced="40.00", sale=Sale(percent=d("20")))
    yield simple("sale-amount", "49.99", reduced="46.99", sale=Sale(amount=d("3.00")))
    yield simple("sale-over", "30.00", sale=Sale(percent=d("50"), ends=datetime(2026, 11, 1)))
    yield simple("sale-to-come", "30.00", sale=Sale(percent=d("50"), begins=datetime(2026, 12, 1)))
    # Half an hour around now by the shop's own clock: an hour's difference to UTC would turn each of them round.
    yield simple("sale-just-begun", "20.00", reduced="15.00", sale=Sale(percent=d("25"), begins=at(13, 30)))
    yield simple("sale-nearly-over", "20.00", reduced="15.00", sale=Sale(percent=d("25"), ends=at(14, 30)))
    yield simple("sale-just-over", "20.00", sale=Sale(percent=d("25"), ends=at(13, 30)))
    yield simple("sale-about-to-begin", "20.00", sale=Sale(percent=d("25"), begins=at(14, 30)))


def at(hour: int, minute: int) -> datetime:
    """That time of day on the day of the runs, by the shop's clock."""
    return NOW.replace(hour=hour, minute=minute, tzinfo=None)


def stocks() -> Iterator[Product]:
    yield simple("stock-0", "12.00", stock=d("0"))
    yield simple("stock-negative", "12.00", stock=d("-3"))
    yield simple("stock-fraction", "12.00", stock=d("2.5"))
    yield simple("stock-large", "12.00", stock=d("99999"))
    yield simple("stock-uncounted", "12.00", stock="uncounted")


def variants() -> Iterator[Product]:
    yield varied("variants-one-price", "99.00", *(sized(size, "99.00", "product") for size in ("s", "m", "l")))
    yield varied("variants-own-prices", "99.00", sized("s", "89.99"), sized("m", "99.00"), sized("l", "109.49"))
    yield varied(
        "variants-differences", "100.00", sized("s", "90.00", "minus"), sized("m", "100.00", "product"),
        sized("l", "112.50", "plus"),
    )  # fmt: skip
    crossed = tuple(
        Variant(
            d("120.00") + number,
            key=f"{size}-{colour}",
            options={"size": size, "colour": colour},
            sku=f"X-{size}-{colour}",
            gtin="5901234123457" if number == 0 else "",
            stock=Decimal(number),
            pictures=(f"crossed-{colour}",),
            weight=d("0.5"),
        )
        for number, (size, colour) in enumerate((size, colour) for size in ("m", "l") for colour in ("red", "blue"))
    )
    yield varied(
        "variants-two-options", "120.00", *crossed, pictures=pictures("crossed", "crossed-red", "crossed-blue")
    )
    yield varied("variant-off", "80.00", sized("s", "80.00"), sized("m", "81.00", active=False), sized("l", "82.00"))
    yield varied(
        "variant-sale", "60.00", sized("s", "60.00", reduced=d("45.00")), sized("m", "60.00"),
        sale=Sale(percent=d("25"), variants=("s",)),
    )  # fmt: skip
    yield varied(
        "variants-sale", "80.00", sized("s", "80.00", reduced=d("72.00")), sized("m", "90.00", reduced=d("81.00")),
        sale=Sale(percent=d("10")),
    )  # fmt: skip
    yield varied(
        "variants-twins", "70.00", sized("s", "70.00"), sized("m", "70.00", options={"size": "s"}), damage="twins",
        fate=Fate("failed", ("option", "twin", "same")),
    )  # fmt: skip
    many = tuple(
        Variant(
            d("15.00") + number,
            key=value.key,
            options={"scent": value.key},
            sku=f"Z-{value.key}",
            stock=Decimal(number),
        )
        for number, value in enumerate(SCENT.values)
    )
    yield varied("variants-many", "15.00", *many)
    # One name, two products with variants: their variants must not run together.
    same = {"pl": "Koszula o jednej nazwie", "en": "Shirt of one name"}
    yield varied("name-twin-a", "64.00", sized("s", "64.00"), sized("m", "65.00"), names=same)
    yield varied("name-twin-b", "74.00", sized("s", "74.00"), sized("m", "75.00"), names=same)


def pictured() -> Iterator[Product]:
    yield simple("pictures-five", "33.00", pictures=pictures("five-3", "five-1", "five-5", "five-2", "five-4"))
    yield simple("pictures-none", "33.00")
    yield simple("picture-missing", "33.00", pictures=(Picture("kept-a"), Picture("gone-a", "missing")))
    yield simple("picture-page", "33.00", pictures=(Picture("gone-b", "page"), Picture("kept-b")))


def worded() -> Iterator[Product]:
    """Names, texts, numbers as merchants and their editors leave them."""
    html = '<p>Zażółć gęślą <b>jaźń</b> &amp; ©</p><script>alert("x")</script><p onclick="x()">koniec ]]> sekcji</p>'
    yield simple(
        "text-html", "18.00", descriptions={"pl": html, "en": "<p>English <b>text</b></p>"},
        briefs={"pl": "<p>Krótko: 100&nbsp;% bawełny</p>", "en": "<p>In short</p>"},
    )  # fmt: skip
    yield simple("text-none", "18.00", descriptions={"pl": "", "en": ""}, briefs={"pl": "", "en": ""})
    yield simple("text-long", "18.00", descriptions={"pl": "<p>" + "Długi opis. " * 3000 + "</p>", "en": ""})
    # Greek, Japanese, Hebrew, an emoji of three joined ones, and an accent that is a letter of its own.
    odd = {"pl": "Łyżka „Ω” 日本語 עברית \U0001f469\u200d\U0001f680 cafe\u0301 100%", "en": "Spoon \U0001f375 & co"}
    yield simple("name-unicode", "18.00", names=odd)
    yield simple("name-long", "18.00", names={"pl": "Kubek " + "bardzo " * 14 + "długi", "en": "Long mug"})
    yield simple("name-untranslated", "18.00", names={"pl": "Tylko po polsku"})
    yield simple("name-none", "18.00", names={"pl": "", "en": ""}, damage="nameless", fate=Fate("failed", ("name",)))
    yield simple("sku-none", "18.00", sku="")
    yield simple("sku-odd", "18.00", sku="Ż/1 #ś;'\"")
    yield simple("sku-twin-a", "18.00", sku="TWIN")
    yield simple("sku-twin-b", "19.00", sku="TWIN")
    yield simple("gtin-good", "18.00", gtin="5901234123457")
    yield simple("gtin-bad", "18.00", gtin="5901234123450")


def placed() -> Iterator[Product]:
    yield simple("category-two", "27.00", categories=("women-shoes", "mugs"))
    yield simple("category-same-name", "27.00", categories=("men-shoes",))
    yield simple("category-ignored", "27.00", categories=("ignored",))
    yield simple("category-none", "27.00", categories=())


def ruled() -> Iterator[Product]:
    """Left out by a rule, or impossible: their neighbours come in all the same."""
    yield simple("off", "45.00", active=False, fate=RULED_OUT["off"])
    yield simple("hidden", "45.00", visible="nowhere", fate=RULED_OUT["hidden"])
    yield simple("not-orderable", "45.00", orderable=False, fate=RULED_OUT["not-orderable"])
    yield simple("virtual", "45.00", kind="virtual", fate=RULED_OUT["virtual"])
    yield simple("bundle", "45.00", kind="bundle", parts=("plain", "vat-8"), fate=RULED_OUT["bundle"])
    yield simple("answer-broken", "45.00", damage="answer", fate=Fate("failed"))
    yield simple("changed-in-future", "45.00", changed=datetime(2038, 1, 19, 3, 14, 8))
    yield simple("changed-never", "45.00", changed=datetime(1999, 12, 31))


def fillers() -> Iterator[Product]:
    """Plain ones, so that there are pages: no two of one price, all rates of VAT."""
    rates = (d("23"), d("8"), d("5"))
    for number in range(1, FILLERS + 1):
        gross = Decimal(101 + number * 7919 % 89989) / 100
        yield simple(f"row-{number:02}", str(gross), vat=rates[number % 3], stock=Decimal(number))


def every() -> Iterator[Product]:
    """The cases among the fillers, so that every page has some of both."""
    groups = (prices, stocks, variants, pictured, worded, placed, ruled)
    cases = [case for group in groups for case in group()]
    filling = list(fillers())
    for number in range(max(len(cases), len(filling))):
        yield from cases[number : number + 1]
        yield from filling[number : number + 1]


CATALOGUE = Catalogue(
    languages=("pl", "en"),
    timezone=TIMEZONE,
    now=NOW,
    brands=("Ćmielów & Syn",),
    categories=CATEGORIES,
    options=(SIZE, COLOUR, SCENT),
    products=tuple(every()),
)


#: What the kit itself rests on: no platform is without it.
ALWAYS = frozenset({"plain", "row-01", "row-02", "row-06", "row-08"})


def without(catalogue: Catalogue, cannot: Collection[str]) -> Catalogue:
    """The catalogue without the cases that a platform cannot have."""
    return replace(catalogue, products=tuple(one for one in catalogue.products if one.key not in cannot))


def edits(goods: Catalogue) -> dict[str, Product | None]:
    """What a merchant does between two runs, by the product's key; None takes it out of the shop. Cases that the
    catalogue lacks are left alone; where it lacks what is switched off, the shop does not show such products at all."""
    there = {one.key: one for one in goods.products}
    done: dict[str, Product | None] = {key: edit(there[key]) for key, edit in EDITS.items() if key in there}
    if "off" not in there:
        done["row-07"] = None
    return {**done, "row-08": None, "row-new": simple("row-new", "77.70", pictures=pictures("new"))}


def _only(product: Product, **more: object) -> Product:
    """A simple product with another value in its only variant."""
    return replace(product, variants=(replace(product.variants[0], **more),))  # type: ignore[arg-type]


def _dearer(product: Product, gross: Decimal) -> Product:
    return replace(_only(product, gross=gross), gross=gross)


def _worn(product: Product) -> Product:
    """Size S goes, XL comes."""
    _, medium, large = product.variants
    grown = replace(large, key="xl", options={"size": "xl"}, sku=f"B-xl-{product.key}")
    return replace(product, variants=(medium, large, grown))


def _sold_out(product: Product) -> Product:
    """The second of its variants."""
    first, second, *others = product.variants
    return replace(product, variants=(first, replace(second, stock=d("0")), *others))


EDITS: dict[str, Callable[[Product], Product]] = {
    "row-01": lambda one: _dearer(one, d("11.11")),
    "row-03": lambda one: replace(one, vat=d("5") if one.vat == 8 else d("8")),
    "row-05": lambda one: _only(one, stock=d("99")),
    "row-06": lambda one: replace(one, names={"pl": "Kubek o nowej nazwie", "en": "Mug of a new name"}),
    "row-07": lambda one: replace(one, active=False, fate=RULED_OUT["off"]),
    "text-none": lambda one: replace(one, descriptions={"pl": "<p>Teraz z opisem</p>", "en": ""}),
    "pictures-five": lambda one: replace(one, pictures=pictures("five-4", "five-1", "five-6", "five-2")),
    "pictures-none": lambda one: replace(one, pictures=pictures("first")),
    "variants-one-price": _worn,
    "variants-own-prices": _sold_out,
    "category-two": lambda one: replace(one, categories=("mugs",)),
    # Its date of change lies in the future, before and after.
    "changed-in-future": lambda one: _dearer(one, d("46.00")),
}


def edited(goods: Catalogue) -> Catalogue:
    """The catalogue after the edits."""
    changes = edits(goods)
    known = {one.key for one in goods.products}
    kept = [changes.get(one.key, one) for one in goods.products]
    new = [one for key, one in changes.items() if key not in known]
    return replace(goods, products=tuple(one for one in (*kept, *new) if one is not None))


#: What happens while the lists are read: by the number of the list before which it happens. One of the first rows goes,
#: so that whoever counts pages misses one; and one comes.
MEANWHILE: dict[int, tuple[str, Product | None]] = {
    2: ("row-02", None),
    3: ("row-meanwhile", simple("row-meanwhile", "88.80")),
}
