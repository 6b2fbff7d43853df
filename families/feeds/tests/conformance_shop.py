"""The simulated shop as the conformance kit asks for it: neutral goods become rows of tables, or items of two feeds."""

import base64
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from gateway_importer.testing import folders
from gateway_importer.testing.conformance import neutral
from gateway_importer.testing.conformance.shop import Access, Candidate, Request, Trouble
from shop import Call, Document, Fault, Shop
from writers import CENEO_EMPTY, GOOGLE_EMPTY, RSS_HEAD, RSS_TAIL, Goods, ceneo, google_item, table

HERE = Path(__file__).resolve().parent
Kind = Literal["tables", "feeds"]
HEADERS = (
    "id", "grupa", "nazwa", "opis", "skrot", "marka", "symbol", "ean", "cena", "promocja", "promocja_od", "promocja_do",
    "waluta", "vat", "kategoria", "kategoria_2", "zdjecia", "rozmiar", "kolor", "zapach", "waga", "aktywny",
)  # fmt: skip
OPTIONS = {"size": "rozmiar", "colour": "kolor", "scent": "zapach"}
IN_FEEDS = {"size": "size", "colour": "color", "scent": "pattern"}
FILES = {"tables": ("produkty.csv", "stany.csv"), "feeds": ("google.xml", "ceneo.xml")}
PIECE = 10  # rows; what happens while a list is read happens between two pieces
TOKEN, PASSWORD = "kit-4f1d8e6a2b7c9035", "haslo-do-plikow-sklepu"


class ConformanceShop:
    """`gateway_importer.testing.conformance.shop.Shop`; `prefix` is that of the platform's settings."""

    def __init__(self, goods: neutral.Catalogue, prefix: str, kind: Kind) -> None:
        self.goods = goods
        self.prefix = prefix
        self.kind = kind
        self.products: dict[str, neutral.Product] = {}
        self.shop = Shop(login="import" if kind == "tables" else "", password=PASSWORD)
        if kind == "tables":
            self.shop.accounts["polowa"] = ("haslo-polowy", {"stany.csv"})
        else:
            self.shop.token = TOKEN
        self.meanwhile: Callable[[int], None] | None = None
        self.met: list[Trouble] = []
        self._numbers: dict[str, int] = {}
        self._lists = 0
        for product in goods.products:
            self.put(product)
        first, second = FILES[kind]
        if kind == "tables":
            head = next(iter(table([], HEADERS)))
            self.shop.documents[first] = Document(self._table, "text/csv", empty=head)
            stock = ("symbol", "sklep", "ilosc")
            self.shop.documents[second] = Document(
                lambda: table(self._stock(), stock), "text/csv", empty=next(iter(table([], stock)))
            )
        else:
            self.shop.documents[first] = Document(self._google, empty=GOOGLE_EMPTY)
            self.shop.documents[second] = Document(lambda: ceneo(self._now()), empty=CENEO_EMPTY)

    # --- the vendor's rows

    def put(self, product: neutral.Product) -> None:
        self._numbers.setdefault(product.key, 401 + len(self._numbers))
        if product.key in self.products:
            self.products[product.key] = product
        elif self.meanwhile is None:
            self.products = {**self.products, product.key: product}
        else:
            self.products = {product.key: product, **self.products}  # the newest first
        for picture in product.pictures:
            self.shop.pictures[f"{picture.key}.png"] = picture.body
            if picture.lost is not None:
                self.shop.lost[f"{picture.key}.png"] = picture.lost

    def delete(self, key: str) -> None:
        del self.products[key]

    def _order(self) -> list[tuple[str, str]]:
        """First the first member of every product, then the second ones, …: members lie far from each other."""
        most = max(len(product.variants) for product in self.products.values())
        return [
            (key, product.variants[place].key)
            for place in range(most)
            for key, product in self.products.items()
            if place < len(product.variants)
        ]

    @property
    def scattered(self) -> Mapping[str, Sequence[int]]:
        places: dict[str, list[int]] = {}
        for place, (key, _) in enumerate(self._order()):
            places.setdefault(key, []).append(place)
        return {key: found for key, found in places.items() if len(found) > 1}

    def _now(self) -> Iterator[Goods]:
        """The rows of this moment."""
        return (self._row(key, variant) for key, variant in self._order() if self._listed(key, variant))

    def _listed(self, key: str, variant: str) -> bool:
        """Whether the file shows it: feeds leave out what is switched off."""
        product = self.products[key]
        one = next((one for one in product.variants if one.key == variant), None)
        return one is not None and (self.kind == "tables" or (product.active and one.active))

    def _walk(self) -> Iterator[tuple[neutral.Product, Goods]]:
        """The rows while time goes by: some go, some come."""
        done: set[tuple[str, str]] = set()
        count = 0
        while True:
            rest = [one for one in self._order() if one not in done]
            if not rest:
                return
            for key, variant in rest[:PIECE]:
                done.add((key, variant))
                if key in self.products and self._listed(key, variant):
                    yield self.products[key], self._row(key, variant)
            count += 1
            if self.meanwhile is not None:
                self.meanwhile(count)

    def _row(self, key: str, variant_key: str) -> Goods:
        product = self.products[key]
        variant = next(one for one in product.variants if one.key == variant_key)
        number = self._numbers[key]
        sale = self._sale(product, variant)
        pictures = [one.key for one in product.pictures if not variant.pictures or one.key in variant.pictures]
        return Goods(
            id=self.row_id(key, variant_key),
            group=str(number) if variant.options else "",
            name=product.names["pl"],
            price="na telefon" if product.damage == "price" else f"{variant.gross:.2f}",
            sale=sale, sale_from=self._moment(product.sale and product.sale.begins, "2000-01-01T00:00+0100") if sale else "",
            sale_to=self._moment(product.sale and product.sale.ends, "2099-01-01T00:00+0100") if sale else "",
            url=f"https://sklep.example/p/{number}",
            description=product.descriptions.get("pl", ""), brief=product.briefs.get("pl", ""), brand=product.brand,
            sku=variant.sku, gtin=variant.gtin, vat=self._vat(product.vat), stock=str(variant.stock),
            avail="1", weight="" if variant.weight is None else str(variant.weight),
            categories=[self.category_id(one) for one in product.categories],
            images=[f"{self.shop.url}/img/{one}.png" for one in pictures],
            options=self._options(variant), currency=product.currency, active=product.active and variant.active,
        )  # fmt: skip

    def _options(self, variant: neutral.Variant) -> dict[str, str]:
        known = {one.key: one for one in self.goods.options}
        names = OPTIONS if self.kind == "tables" else IN_FEEDS
        return {
            names[key]: next(one.names["pl"] for one in known[key].values if one.key == value)
            for key, value in variant.options.items()
        }

    def _sale(self, product: neutral.Product, variant: neutral.Variant) -> str:
        sale = product.sale
        if sale is None or (sale.variants and variant.key not in sale.variants):
            return ""
        if variant.reduced is not None:
            return f"{variant.reduced:.2f}"
        price = (
            variant.gross - sale.amount
            if sale.amount is not None
            else variant.gross * (100 - (sale.percent or 0)) / 100
        )
        return f"{price.quantize(Decimal('0.01'), ROUND_HALF_UP):.2f}"

    def _moment(self, value: Any, otherwise: str) -> str:
        """Tables have the shop's own clock; feeds say the zone."""
        if value is None:
            return "" if self.kind == "tables" else otherwise
        if self.kind == "tables":
            return f"{value:%Y-%m-%d %H:%M}"
        return f"{value.replace(tzinfo=ZoneInfo(self.goods.timezone)):%Y-%m-%dT%H:%M%z}"

    @staticmethod
    def _vat(vat: neutral.Vat) -> str:
        return {"exempt": "zw", "none": ""}.get(vat, "") if isinstance(vat, str) else f"{vat:f}"

    # --- documents

    def _table(self) -> Iterator[bytes]:
        def rows() -> Iterator[dict[str, str]]:
            for product, one in self._walk():
                yield self._cells(product, one)

        yield from table(rows(), HEADERS)

    def _cells(self, product: neutral.Product, one: Goods) -> dict[str, str]:
        comma = {"cena": one.price, "promocja": one.sale, "waga": one.weight}
        cells = {
            "id": one.id, "grupa": one.group, "nazwa": one.name, "opis": one.description, "skrot": one.brief,
            "marka": one.brand, "symbol": one.sku, "ean": one.gtin, "promocja_od": one.sale_from,
            "promocja_do": one.sale_to, "waluta": one.currency, "vat": one.vat, "zdjecia": "|".join(one.images),
            "aktywny": "TAK" if one.active else "NIE", **{name: text.replace(".", ",") for name, text in comma.items()},
            **one.options,
        }  # fmt: skip
        cells |= dict(zip(("kategoria", "kategoria_2"), one.categories, strict=False))
        if product.damage == "answer":
            cells["more"] = "za dużo"
        return cells

    def _stock(self) -> Iterator[dict[str, str]]:
        for one in self._now():
            yield {"symbol": one.id, "sklep": "01", "ilosc": one.stock.replace(".", ",")}
        yield {"symbol": "NIEZNANY-1", "sklep": "01", "ilosc": "5"}

    def _google(self) -> Iterator[bytes]:
        yield RSS_HEAD.encode()
        for product, one in self._walk():
            raw = {"product_highlight": product.briefs.get("pl", "")}
            yield google_item(Goods(**{**vars(one), "raw": raw})).encode()
        yield RSS_TAIL.encode()

    # --- ids

    def row_id(self, key: str, variant: str) -> str:
        number = self._numbers[key]
        return f"{number}-{variant}" if variant else str(number)

    def product_id(self, key: str) -> str:
        return str(self._numbers[key])

    def variant_id(self, key: str, variant: str) -> str:
        return self.row_id(key, variant)

    def category_id(self, key: str) -> str:
        known = {one.key: one for one in self.goods.categories}
        names: list[str] = []
        above: str | None = key
        while above is not None:
            names.insert(0, known[above].names["pl"])
            above = known[above].parent
        return " > ".join(names)

    # --- credentials

    @property
    def accesses(self) -> Mapping[str, Access]:
        first, second = (f"{self.shop.url}/{name}" for name in FILES[self.kind])

        def by(one: str, other: str, login: str, password: str, *told: str, imports: bool = False) -> Access:
            answers = {
                f"{self.prefix}_SOURCE": one, f"{self.prefix}_SECOND": other, f"{self.prefix}_LOGIN": login,
            }  # fmt: skip
            if login != "none":
                answers[f"{self.prefix}_PASSWORD"] = password
            return Access(answers, told, imports)

        if self.kind == "tables":
            return {
                "good": by(first, second, "import", PASSWORD, "read to the end", imports=True),
                "wrong": by(first, second, "import", "nikt-nie-zna-tego", "login and password", "401"),
                "no login at all": by(first, second, "none", "", "asks for a login"),
                "half: no stock": by(first, second, "polowa", "haslo-polowy", "second source", "403"),
                "no such file": by(f"{first}.xml", second, "import", PASSWORD, "404"),
            }
        good, wrong = f"?token={TOKEN}", "?token=wrong-0a1b2c3d4e5f"
        return {
            "good": by(first + good, second + good, "none", "", "read to the end", imports=True),
            "wrong": by(first + wrong, second + wrong, "none", "", "403", "token"),
            "half: no stock": by(first + good, second + wrong, "none", "", "second source", "403"),
            "no such file": by(f"{first}.gz{good}", second + good, "none", "", "404"),
        }

    @property
    def secrets(self) -> Sequence[str]:
        known = [PASSWORD, "haslo-polowy"] if self.kind == "tables" else [TOKEN]
        basic = [base64.b64encode(f"import:{PASSWORD}".encode()).decode()]
        return [*known, *basic, *(quote(one, safe="") for one in (*known, *basic))]

    # --- what it is asked, and what goes wrong

    @property
    def requests(self) -> Sequence[Request]:
        return [
            Request(kind_of(one), one.method, f"{one.path}?{one.query}", one.status, one.at) for one in self.shop.calls
        ]

    def trouble(self, kind: Trouble, *, times: int = 1, after: int = 0) -> None:
        """A file comes in one answer: there are no `after` good ones before it in the same run."""
        faults: dict[Trouble, Fault] = {
            Trouble.OVERLOADED: Fault("status", status=429, retry_after="1"),
            Trouble.UNAVAILABLE: Fault("status", status=503),
            Trouble.PAGE: Fault("html"),
            Trouble.EMPTY: Fault("empty"),
            Trouble.CUT: Fault("cut"),
            Trouble.RESET: Fault("reset"),
            Trouble.NOTHING: Fault("nothing"),
        }
        fault = faults[kind]
        fault.times, fault.met = times, lambda: self.met.append(kind)
        self.shop.faults.append(fault)

    def calm(self) -> None:
        self.shop.faults.clear()


def kind_of(call: Call) -> Literal["products", "picture", "other"]:
    return (
        "picture" if call.name.startswith("img/") else "products" if call.name.endswith((".csv", ".xml")) else "other"
    )


def candidate(folder: Path, prefix: str, kind: Kind) -> Candidate:
    """The platform in `folder`, whose settings begin with `prefix`."""

    @asynccontextmanager
    async def opened(goods: neutral.Catalogue) -> AsyncIterator[ConformanceShop]:
        shop = ConformanceShop(goods, prefix, kind)
        async with shop.shop:
            yield shop

    settings = {"TRIES": "20", "VANISHED_DAYS": "0", "VAT_DEFAULT": "refuse", "UNKNOWN_STOCK": "refuse"}
    if kind == "tables":
        settings |= {"COLUMN_MAP": str(HERE / "columns.csv"), "SECOND_COLUMN_MAP": str(HERE / "columns-stock.csv")}
        settings |= {"SHOP_NAME": "sklep.example"}
    return Candidate(
        name=folder.name,
        module=folders.package(folder),
        folder=folder,
        folders=folders.needed(folder),
        open=opened,
        settings=settings,
    )
