"""The made-up shops of the demonstrations: what they sell, what is broken on purpose, and what must arrive."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from gateway_importer.testing.conformance.neutral import png
from gateway_importer.testing.demonstration import Expected
from shop import Document, Shop
from writers import CENEO_EMPTY, GOOGLE_EMPTY, Goods, ceneo, google, table

CLOTHES = ("Sukienka", "Koszula", "Bluza", "Spódnica", "Sweter", "Kurtka", "Szalik", "Czapka", "Koc", "Poszewka")
MANNERS = ("Wydma", "Bory", "Łąka", "Źródło", "Mgła", "Żuraw", "Ćma", "Sójka", "Gęś")
COLOURS = (("010", "czarna"), ("020", "ecru"), ("031", "butelkowa zieleń"))
SIZES = ("S", "M", "L", "XL")
PRODUCT_HEADERS = ("symbol", "nazwa", "ean", "cena_brutto", "vat", "kategoria", "marka", "opis", "zdjecia")
STOCK_HEADERS = ("symbol", "sklep", "ilosc")
FIRST_MODEL, FIRST_GROUP, FIRST_PICTURE = 20001, 401, 1
LOST = ("missing", "page")
TOKEN = "demo-9c5a7f31b2e84d06"


@dataclass
class Truth:
    """One variant as it must arrive; None in `gross`: its product fails."""

    product: str
    variant: str
    gross: Decimal
    stock: int
    pictures: int


@dataclass
class DemoGoods:
    """A made-up shop: its rows, the truth about them, and pictures."""

    rows: list[dict[str, str]] = field(default_factory=list)
    stock: list[dict[str, str]] = field(default_factory=list)
    goods: list[Goods] = field(default_factory=list)
    offers: list[Goods] = field(default_factory=list)
    truths: list[Truth] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)


# --- a till's tables: model-colour-size in one symbol --------------------------------------------------------


def _word(row: dict[str, str]) -> None:
    row["cena_brutto"] = "na telefon"


def _negative(row: dict[str, str]) -> None:
    row["cena_brutto"] = "-5,00"


def _no_vat(row: dict[str, str]) -> None:
    row["vat"] = ""


def _letter(row: dict[str, str]) -> None:
    row["vat"] = "G"


def _foreign(row: dict[str, str]) -> None:
    row["vat"] = "19"


def _nameless(row: dict[str, str]) -> None:
    row["nazwa"] = "  "


def _point(row: dict[str, str]) -> None:
    row["cena_brutto"] = "1.234"


def _euro(row: dict[str, str]) -> None:
    row["cena_brutto"] = "49,90 EUR"


def _voucher(row: dict[str, str]) -> None:
    row["vat"] = "np"


#: Place among the models to how its first row is broken, and what must be told of it.
TILL_CASES: dict[int, tuple[Callable[[dict[str, str]], None], str]] = {
    7: (_word, "its price is 'na telefon'"),
    19: (_negative, "its price is negative"),
    28: (_no_vat, "it has no VAT"),
    41: (_letter, "its VAT is the letter G, which nobody explained"),
    53: (_foreign, "its VAT of 19 % is none of Poland's"),
    67: (_nameless, "it has no name"),
    88: (_point, "its price of 1.234 can be read in two ways"),
    97: (_euro, "its price is in euro"),
    103: (_voucher, "a voucher, which is not subject to VAT"),
}
TILL_BROKEN = {FIRST_MODEL + place: cause for place, (_, cause) in TILL_CASES.items()}


def till(products: int, seed: int = 1) -> DemoGoods:
    """So many models that can be imported; every third is of one size and colour, and has a symbol of its own."""
    chance = random.Random(seed)
    made = DemoGoods()
    good = place = 0
    while good < products:
        model = FIRST_MODEL + place
        broken = TILL_CASES.get(place)
        single = place % 3 == 2 or (broken is not None and broken[0] in {_voucher, _nameless})
        thing, manner = CLOTHES[place % len(CLOTHES)], MANNERS[place // len(CLOTHES) % len(MANNERS)]
        price = Decimal(chance.randint(1900, 59900)) / 100
        shots = [f"{model}-{number}.png" for number in range(1 + place % 3)] if place % 5 else []
        for shot in shots:
            made.pictures[shot] = png(shot)
        if len(shots) == 3 and len(made.lost) < len(LOST) and broken is None:
            made.lost[shots[-1]] = LOST[len(made.lost)]
        members = [("", "")] if single else [(c, s) for c in COLOURS[: 1 + place % 3] for s in SIZES[: 2 + place % 3]]
        for number, (colour, size) in enumerate(members):
            symbol = str(model) if single else f"{model}-{colour[0]}-{size}"
            row = {
                "symbol": symbol,
                "nazwa": f"{thing} {manner} {place}" if single else f"{thing} {manner} {place} {colour[1]} {size}",
                "ean": "5901234123457" if place == 0 and number == 0 else "5,90123E+12" if place == 4 else "",
                "cena_brutto": f"{price:.2f}".replace(".", ","),
                "vat": ("23", "23", "8", "5")[place % 4],
                "kategoria": f"Odzież>{'Dodatki' if single else 'Ubrania'}",
                "marka": "Wydma",
                "opis": f'{thing} z lnu; "ręczna" praca\nWysyłka w 24 godziny.',
                "zdjecia": "|".join(f"{{shop}}/img/{shot}" for shot in shots),
            }
            if broken is not None and number == 0:
                broken[0](row)
            made.rows.append(row)
            counts = [chance.randint(-1, 9) for _ in range(1 + number % 3)]
            made.stock += [
                {"symbol": symbol, "sklep": f"{shop:02}", "ilosc": str(count)} for shop, count in enumerate(counts, 1)
            ]
            if broken is None:
                had = [shot for shot in shots if shot not in made.lost]
                truth = Truth(str(model), symbol, price, sum(max(0, n) for n in counts), len(had))
                made.truths.append(truth)
        good += broken is None
        place += 1
    made.stock.append({"symbol": "NIEZNANY-1", "sklep": "01", "ilosc": "5"})
    # The rows of a till lie as they were made, not by model.
    chance.shuffle(made.rows)
    chance.shuffle(made.stock)
    return made


def till_shop(goods: DemoGoods, host: str, port: int) -> Shop:
    shop = Shop(
        pictures=goods.pictures, lost=goods.lost, host=host, port=port, login="kasa", password="haslo-do-plikow"
    )

    def products() -> Iterator[bytes]:
        rows = ({**row, "zdjecia": row["zdjecia"].replace("{shop}", shop.url)} for row in goods.rows)
        return table(rows, PRODUCT_HEADERS, encoding="cp1250")

    shop.documents["produkty.csv"] = Document(products, "text/csv")
    shop.documents["stany.csv"] = Document(lambda: table(goods.stock, STOCK_HEADERS), "text/csv")
    return shop


# --- two feeds: Google says what there is, Ceneo how many ------------------------------------------------------


def _twins(members: list[Goods]) -> None:
    members[1].options = dict(members[0].options)


def _no_price(members: list[Goods]) -> None:
    members[0].price = ""


def _two_readings(members: list[Goods]) -> None:
    members[0].price = "1,234"


def _no_title(members: list[Goods]) -> None:
    members[0].name = ""


def _in_euro(members: list[Goods]) -> None:
    members[0].currency = "EUR"


def _bad_dates(members: list[Goods]) -> None:
    members[0].sale, members[0].sale_from, members[0].sale_to = "5.00", "2026-13-45", "2026-14-45"


FEED_CASES: dict[int, tuple[Callable[[list[Goods]], None], str]] = {
    9: (_twins, "two of its variants have the same options"),
    22: (_no_price, "a variant has no price"),
    34: (_two_readings, "its price of 1,234 can be read in two ways"),
    47: (_no_title, "it has no title"),
    58: (_in_euro, "its price is in euro"),
    73: (_bad_dates, "its sale ends on 2026-14-45, which is no date"),
}
FEED_BROKEN = {FIRST_GROUP + place: cause for place, (_, cause) in FEED_CASES.items()}
VAT_BY_CATEGORY = "Książki=5; Dom/Kuchnia=8"
PLACES = (("Dom > Kuchnia", "8"), ("Dom > Sypialnia", "23"), ("Książki", "5"), ("Prezenty", "23"))


def feeds(products: int, seed: int = 1) -> DemoGoods:
    """So many products that can be imported; every third place has variants. Three offers of Ceneo's are unknown to
    Google, and some of Google's items are left out there, because they are sold out."""
    chance = random.Random(seed)
    made = DemoGoods()
    good = place = 0
    while good < products:
        group = FIRST_GROUP + place
        broken = FEED_CASES.get(place)
        varied = place % 3 == 0 or (broken is not None and broken[0] is _twins)
        thing, manner = CLOTHES[place % len(CLOTHES)], MANNERS[place // len(CLOTHES) % len(MANNERS)]
        shots = [f"{group}-{number}.png" for number in range(1 + place % 3)]
        for shot in shots:
            made.pictures[shot] = png(shot)
        if len(shots) == 3 and len(made.lost) < len(LOST) and broken is None:
            made.lost[shots[-1]] = LOST[len(made.lost)]
        category, _ = PLACES[place % len(PLACES)]
        price = Decimal(chance.randint(299, 49999)) / 100
        members: list[Goods] = []
        for number in range(2 + place % 2 if varied else 1):
            options = {"size": SIZES[number], "color": COLOURS[place % 3][1]} if varied else {}
            sale = f"{price * Decimal('0.8'):.2f}" if place % 7 == 0 else ""
            members.append(
                Goods(
                    id=f"{group}{number + 1}" if varied else str(group),
                    group=str(group) if varied else "",
                    name=f"{thing} {manner} {place}" + (f", {options['color']}, {options['size']}" if varied else ""),
                    price=f"{price + number:.2f}", sale=sale, options=options, brand="Len i Las", sku=f"LL-{group}-{number}",
                    description=f"<p>{thing} z pracowni. Ważne &amp; lekkie.</p>", categories=[category],
                    url=f"https://sklep.example/p/{group}?w={number}", images=shots, stock=str(chance.randint(0, 40)),
                    weight="0.4",
                )
            )  # fmt: skip
        if broken is not None:
            broken[0](members)
        else:
            for number, one in enumerate(members):
                had = [shot for shot in shots if shot not in made.lost]
                sold_out = place % 31 == 5
                truth = Truth(str(group), one.id, price + number, 0 if sold_out else int(one.stock), len(had))
                made.truths.append(truth)
        made.goods += members
        if not (place % 31 == 5 and broken is None):
            made.offers += members
        good += broken is None
        place += 1
    made.offers = made.offers + [
        Goods(id=f"ceneo-{number}", name="Nieznany") for number in range(min(3, len(made.offers) // 40))
    ]
    chance.shuffle(made.goods)
    return made


def feed_shop(goods: DemoGoods, host: str, port: int) -> Shop:
    shop = Shop(pictures=goods.pictures, lost=goods.lost, host=host, port=port, token=TOKEN)

    def placed(rows: list[Goods]) -> Iterator[Goods]:
        for one in rows:
            yield Goods(**{**vars(one), "images": [f"{shop.url}/img/{name}" for name in one.images]})

    shop.documents["google.xml"] = Document(lambda: google(placed(goods.goods)), empty=GOOGLE_EMPTY)
    offers = [Goods(**{**vars(one), "vat": ""}) for one in goods.offers]
    shop.documents["ceneo.xml"] = Document(lambda: ceneo(placed(offers)), empty=CENEO_EMPTY, packed=True)
    return shop


# --- both ------------------------------------------------------------------------------------------------------


def changed(goods: DemoGoods, path: Path) -> None:
    """Applies ``{"rows": {"20001-010-S": {"cena_brutto": "9,99"}}, "deleted": ["20002"]}``, if the file is there."""
    if not path.exists():
        return
    wanted = json.loads(path.read_text(encoding="utf-8"))
    gone = set(wanted.get("deleted", []))
    goods.rows = [
        {**row, **wanted.get("rows", {}).get(row["symbol"], {})} for row in goods.rows if row["symbol"] not in gone
    ]
    goods.goods = [
        Goods(**{**vars(one), **wanted.get("rows", {}).get(one.id, {})}) for one in goods.goods if one.id not in gone
    ]


def expected(goods: DemoGoods) -> Iterator[Expected]:
    """One for each variant that the demonstration's settings import: regular prices."""
    for one in goods.truths:
        yield Expected(one.product, one.variant, one.gross, one.stock, one.pictures)
