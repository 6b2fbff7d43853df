"""The simulated shop as the conformance kit asks for it: neutral goods become products of the panel.

A product of several sizes is one product with sizes; colours and scents, and the sizes of some products, are versions: each
a product of its own in a group, the members of which lie far apart in the file.
"""

import hashlib
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from gateway_importer.testing import folders
from gateway_importer.testing.conformance import neutral
from gateway_importer.testing.conformance.shop import Access, Candidate, Request, Trouble
from goods import Goods, Product, Promotion, Size
from shop import KINDS, Call, Fault, Shop, ShopSettings

LANGUAGES = {"pl": "pol", "en": "eng"}
SIZES = {"s": "2", "m": "3", "l": "4", "xl": "5"}
TWIN = "9"  # another size of the same name as the first
#: Products whose sizes are versions, too.
AS_VERSIONS = {"variants-one-price", "variants-own-prices", "variants-differences", "variant-off"}
IN_A_ROW = 3  # troubles with one file, before it is handed out; the program tries five times
HALF_KEY = "aW1wb3J0ZXI6cG9sb3dhODg="


def words(texts: neutral.Words) -> dict[str, str]:
    return {LANGUAGES[language]: text for language, text in texts.items()}


def moment(value: datetime | None) -> str:
    return "" if value is None else f"{value:%Y-%m-%d %H:%M:%S}"


class ConformanceShop:
    """`gateway_importer.testing.conformance.shop.Shop`."""

    def __init__(self, goods: neutral.Catalogue, folder: Path) -> None:
        self.goods = goods
        self.folder = folder
        self.wares = Goods()
        self.shop = Shop(self.wares, ShopSettings(hashes=False), hook=self._hook)
        self.shop.keys[HALF_KEY] = False
        self.shop.faulting = self._trouble
        self.meanwhile: Callable[[int], None] | None = None
        self.met: list[Trouble] = []
        self._members: dict[tuple[str, str], str] = {}
        self._variants: dict[tuple[str, str], str] = {}
        self._categories = {one.key: str(1214553100 + place) for place, one in enumerate(goods.categories)}
        self._pending: list[tuple[int, Trouble, int]] = []
        self._hit: dict[str, int] = {}
        self._answered = self._lists = 0
        self._revoked_after: int | None = None
        for category in goods.categories:
            parent = "" if category.parent is None else self._categories[category.parent]
            self.wares.categories[self._categories[category.key]] = (parent, words(category.names))
        for option in goods.options:
            if option.key == "size":
                self.wares.sizes |= {SIZES[value.key]: words(value.names) for value in option.values}
        for product in goods.products:
            self.put(product)

    # --- the vendor's products

    def put(self, product: neutral.Product) -> None:
        members: dict[str, list[neutral.Variant]] = {}
        for variant in product.variants:
            if variant.active:
                members.setdefault(self._member(product, variant), []).append(variant)
        for identity in [own for (key, _), own in self._members.items() if key == product.key]:
            self.wares.products.pop(identity, None)
        for variant in product.variants:
            identity = self._id(product.key, self._member(product, variant))
            self._variants[product.key, variant.key] = f"{identity}-{self._size_id(product, variant)}"
        if product.active and product.visible == "everywhere":
            for key, variants in members.items():
                self._put_member(product, key, variants)

    def _member(self, product: neutral.Product, variant: neutral.Variant) -> str:
        """The key of the panel's product that holds a variant; ``""``: the product itself."""
        apart = [option for option in variant.options if option != "size" or product.key in AS_VERSIONS]
        return "-".join(variant.options[option] for option in apart)

    def _id(self, key: str, member: str) -> str:
        return self._members.setdefault((key, member), str(401 + len(self._members)))

    def _put_member(self, product: neutral.Product, member: str, variants: Sequence[neutral.Variant]) -> None:
        identity = self._id(product.key, member)
        brand = self.goods.brands.index(product.brand) + 77 if product.brand in self.goods.brands else 0
        category = self._categories[product.categories[0]] if product.categories else "0"
        made = Product(
            identity,
            words(product.names),
            price="na telefon" if product.damage == "price" else str(product.gross),
            vat={"exempt": "-1", "none": None}.get(str(product.vat), f"{product.vat}.0"),
            sizes=[self._size(product, one) for one in variants],
            briefs=words(product.briefs),
            descriptions=words(product.descriptions),
            producer=(str(brand), product.brand or "producent niezdefiniowany"),
            category=(category, "/".join(self.wares.path(category)) if category != "0" else "*Kategoria tymczasowa"),
            promotion=self._promotion(product),
            type={"goods": "regular"}.get(product.kind, product.kind),
            currency=product.currency,
        )
        if member:
            made.group = self._id(product.key, next(name for key, name in self._members if key == product.key))
            made.versions = [self._version(option, value) for option, value in variants[0].options.items()
                             if option != "size" or product.key in AS_VERSIONS]  # fmt: skip
        if product.damage == "answer":
            made.raw = f'<product id="{identity}"><description><name>Kubek & spodek</description></product>\n'
        for picture in product.pictures:
            if not variants[0].pictures or picture.key in variants[0].pictures:
                self.wares.picture(made, picture.key, picture.body)
                if picture.lost is not None:
                    self.wares.lost[made.pictures[-1][0]] = picture.lost
        self.wares.add(made)

    def _size(self, product: neutral.Product, variant: neutral.Variant) -> Size:
        own = self._size_id(product, variant)
        if variant.stock == "uncounted":
            stocks = {"0": ("-1", "0"), "1": ("-1", "0")}
        else:  # two of each are reserved
            stocks = {"0": ("0", "0"), "1": (str(variant.stock + 2), "2") if variant.stock else ("0", "0")}
        if own == TWIN:
            self.wares.sizes[TWIN] = self.wares.sizes[SIZES["s"]]
        names = {
            one.key: words(one.names) for option in self.goods.options if option.key == "size" for one in option.values
        }
        return Size(
            own,
            "" if own == "uniw" else names[variant.options["size"]]["pol"],
            price="na telefon" if product.damage == "price" else str(variant.gross),
            sku=variant.sku,
            ean=variant.gtin,
            weight="" if variant.weight is None else str((variant.weight * 1000).normalize().quantize(Decimal(1))),
            stocks=stocks,  # type: ignore[arg-type]
        )

    def _size_id(self, product: neutral.Product, variant: neutral.Variant) -> str:
        if "size" not in variant.options or product.key in AS_VERSIONS:
            return "uniw"
        key, named = variant.key.split("-")[0], variant.options["size"]
        return SIZES[key] if key == named else TWIN

    def _version(self, option: str, value: str) -> tuple[dict[str, str], dict[str, str]]:
        known = next(one for one in self.goods.options if one.key == option)
        return words(known.names), words(next(one.names for one in known.values if one.key == value))

    def _promotion(self, product: neutral.Product) -> Promotion | None:
        sale = product.sale
        if sale is None:
            return None
        percent, amount = sale.percent or Decimal(0), sale.amount or Decimal(0)
        reduced = product.gross - (product.gross * percent / 100).quantize(Decimal("0.01"), ROUND_HALF_UP) - amount
        return Promotion(str(reduced), str(product.gross), moment(sale.begins), moment(sale.ends))

    def delete(self, key: str) -> None:
        for (product, _), identity in self._members.items():
            if product == key:
                self.wares.products.pop(identity, None)

    def arrange(self) -> None:
        """The first members of all groups, then all others: whatever belongs together lies far apart."""
        first = {own for (key, member), own in self._members.items() if self._first(key) == own}
        rows = sorted(self.wares.products.values(), key=lambda one: (one.id not in first, int(one.id)))
        self.wares.products = {one.id: one for one in rows}

    def _first(self, key: str) -> str:
        return next(own for (product, _), own in self._members.items() if product == key)

    @property
    def scattered(self) -> Mapping[str, Sequence[int]]:
        self.arrange()
        places = {identity: place for place, identity in enumerate(self.wares.products)}
        found: dict[str, list[int]] = {}
        for (key, member), identity in self._members.items():
            if member and identity in places:
                found.setdefault(key, []).append(places[identity])
        return found

    # --- ids

    def product_id(self, key: str) -> str:
        return self._first(key)

    def variant_id(self, key: str, variant: str) -> str:
        return self._variants[key, variant]

    def category_id(self, key: str) -> str:
        return self._categories[key]

    # --- credentials

    @property
    def accesses(self) -> Mapping[str, Access]:
        shop = self.shop

        def by(offer: str, *told: str, imports: bool = False, **more: str) -> Access:
            return Access({"IAI_OFFER": offer, **more}, told, imports)

        def at_shop(login: str, secret: str, *told: str, imports: bool = False) -> Access:
            return by(shop.url, *told, imports=imports, IAI_LOGIN=login, IAI_SECRET=secret)

        shop.export()
        shop.feeds = [{"id": 3001, "name": "Feed Rynek", "shop": 1, "url": shop.address("gateway")}]
        for kind in ("full", "light"):
            (self.folder / f"{kind}.xml").write_text(getattr(shop.writer, kind)(), "utf-8")
        return {
            "good": by(shop.address("gateway"), imports=True),
            "the whole and the light file": by(f"{shop.address('full')} {shop.address('light')}", imports=True),
            "files on this machine": by(str(self.folder), imports=True),
            "the marketplace's login": at_shop(shop.login, shop.password, imports=True),
            "an API key": at_shop("key", shop.key, imports=True),
            "wrong": by(shop.address("gateway", "f" * 23), "token", "Udostępnianie oferty"),
            "the marketplace's password is wrong": at_shop(
                shop.login, "nobody-knows-this-one", "login", "Marketplaces"
            ),
            "a key that nobody has": at_shop("key", "bm9ib2R5LWtub3dz", "API key", "Klucze dostępowe"),
            "half: a key without feeds": at_shop("key", HALF_KEY, "Scope: pim, level: r", "Klucze dostępowe"),
        }

    @property
    def secrets(self) -> Sequence[str]:
        shop = self.shop
        plain = [shop.password, shop.key, HALF_KEY, *(shop.token(kind) for kind in KINDS)]
        inner = hashlib.sha1(shop.password.encode()).hexdigest()
        plain += [inner, hashlib.sha1(f"{datetime.now(ZoneInfo('Europe/Warsaw')):%Y%m%d}{inner}".encode()).hexdigest()]
        return [*plain, *(quote(one, safe="") for one in plain)]

    # --- what it is asked, and what goes wrong

    @property
    def requests(self) -> Sequence[Request]:
        return [Request(kind(one), one.method, one.target, one.status, one.at) for one in self.shop.calls]

    def _hook(self, shop: Shop, call: Call) -> None:
        if call.kind not in KINDS:
            return
        if self.meanwhile is not None:
            self._lists += 1
            self.meanwhile(self._lists)
        if self._revoked_after is not None:
            self._revoked_after -= 1
            if self._revoked_after < 0:
                shop.revoked = True
                self.met.append(Trouble.REVOKED)
        self.arrange()

    def _trouble(self, call: Call) -> Fault | None:
        """The troubles in their order, from the second file on, a few for each: an offer is few files."""
        hit = self._hit.get(call.kind, 0)
        if self._pending and self._answered and (hit < IN_A_ROW or self._pending[0][2] < 0):
            _, trouble, times = self._pending[0]
            if times == 1:
                del self._pending[0]
            self._hit[call.kind] = hit + 1
            self.met.append(trouble)
            return FAULTS[trouble]()
        self._hit[call.kind] = 0
        self._answered += 1
        return None

    def trouble(self, kind: Trouble, *, times: int = 1, after: int = 0) -> None:
        if kind is Trouble.REVOKED:
            self._revoked_after = after
            return
        self._answered = 0 if after else 1
        self._pending = sorted([*self._pending, (after, kind, times)], key=lambda one: one[0])

    def calm(self) -> None:
        self._pending.clear()
        self._hit.clear()
        self._revoked_after = None
        self.shop.revoked = False


FAULTS: Mapping[Trouble, Callable[[], Fault]] = {
    Trouble.OVERLOADED: lambda: Fault("status", status=429, retry_after="1"),
    Trouble.UNAVAILABLE: lambda: Fault("status", status=503),
    Trouble.PAGE: lambda: Fault("html"),
    Trouble.EMPTY: lambda: Fault("empty"),
    Trouble.CUT: lambda: Fault("cut"),
    Trouble.RESET: lambda: Fault("reset"),
    Trouble.NOTHING: lambda: Fault("nothing"),
}


def kind(call: Call) -> Any:
    return "products" if call.kind in KINDS else "picture" if call.kind == "picture" else "other"


@asynccontextmanager
async def opened(goods: neutral.Catalogue) -> AsyncIterator[ConformanceShop]:
    with tempfile.TemporaryDirectory() as folder:
        shop = ConformanceShop(goods, Path(folder))
        async with shop.shop:
            yield shop


def candidate(folder: Path) -> Candidate:
    return Candidate(
        name=folder.name,
        module=folders.package(folder),
        folder=folder,
        folders=folders.needed(folder),
        open=opened,
    )
