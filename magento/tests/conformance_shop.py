"""The simulated shop as the conformance kit asks for it: neutral goods become rows of its tables."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import making
from gateway_importer.testing import folders
from gateway_importer.testing.conformance import neutral
from gateway_importer.testing.conformance.shop import Access, Candidate, Request, Trouble
from goods import Selling, Stock
from making import ENGLISH, POLISH
from shop import LISTS, PRODUCTS, STOCK_FIELDS, STOCKS, Call, Fault, MagentoShop, ShopSettings
from shop_oauth import Door, Integration
from shop_query import Row

FIRST, FIRST_CHILD, FURTHER = 101, 5001, 5000
HERE = Path(__file__).resolve().parents[1]
VIEWS = {"pl": POLISH, "en": ENGLISH}
TAX_CLASSES: dict[neutral.Vat, int] = {
    Decimal(23): 4, Decimal(8): 5, Decimal(5): 6, Decimal(0): 7, Decimal(19): 10, "exempt": 0, "none": making.WITHOUT_RULE
}  # fmt: skip
KEYS = ("ck", "cs", "at", "as")
KINDS = {"goods": "simple", "virtual": "virtual", "bundle": "bundle"}
BOXES = {
    PRODUCTS, "Magento_Backend::store", "Magento_Tax::manage_tax", "Magento_Catalog::attributes_attributes", STOCKS,
    "Magento_Catalog::categories", "Magento_Catalog::catalog_inventory", "Magento_Customer::group", STOCK_FIELDS,
}  # fmt: skip


def words(texts: neutral.Words) -> dict[str, str]:
    return {VIEWS[language]: text for language, text in texts.items()}


class ConformanceShop:
    """`gateway_importer.testing.conformance.shop.Shop`."""

    def __init__(self, goods: neutral.Catalogue) -> None:
        self.goods = goods
        self.tables = making.empty_shop(views=(POLISH, ENGLISH), zone=goods.timezone)
        clock = goods.now.astimezone(ZoneInfo(goods.timezone)).replace(tzinfo=None)
        settings = ShopSettings(selling=Selling(now=lambda: clock), door=Door())
        self.shop = MagentoShop(self.tables, settings, hook=self._hook)
        self.meanwhile: Callable[[int], None] | None = None
        self.met: list[Trouble] = []
        self._products: dict[str, int] = {}
        self._variants: dict[tuple[str, str], int] = {}
        self._children = 0
        self._categories: dict[str, int] = {}
        self._values: dict[tuple[str, str], int] = {}
        self._options: dict[str, int] = {}
        self._brands: dict[str, int] = {}
        self._lists = 0
        self._revoked_after: int | None = None
        self.shop.importer.boxes = set(BOXES)
        more: Mapping[str, Mapping[str, Any]] = {
            "inactive": {"active": False},
            "nothing ticked": {"boxes": set()},
            "no products": {"boxes": BOXES - {PRODUCTS}},
            "no taxes": {"boxes": BOXES - {"Magento_Tax::manage_tax"}},
            "no stock": {"boxes": BOXES - {STOCKS}},
            "no stock fields": {"boxes": BOXES - {STOCK_FIELDS}},
        }
        for number, (name, settings_of) in enumerate(more.items(), 1):
            key, secret, token, token_secret = (f"{part}{number:02}{number:x}a7b3c9d1e5f2a7b3c9d1e5f" for part in KEYS)
            self.shop.integrations.append(Integration(name, key, secret, token, token_secret, **settings_of))
        self._fill()

    # --- the vendor's rows

    def _fill(self) -> None:
        for category in self.goods.categories:
            parent = 2 if category.parent is None else self._categories[category.parent]
            made = making.category(self.tables, words(category.names), parent, active=category.active)
            self._categories[category.key] = made
        for name in self.goods.brands:
            self._brands[name] = making.brand(self.tables, name)
        for option in self.goods.options:
            code = option.sends if option.sends in ("color", "size") else option.key
            values = [words(value.names) for value in option.values]
            number, ids = making.attribute(self.tables, code, words(option.names), "select", values)
            self._options[option.key] = number
            for value, made in zip(option.values, ids, strict=True):
                self._values[option.key, value.key] = made
        for product in self.goods.products:
            self.put(product)

    def put(self, product: neutral.Product) -> None:
        number = self._number(product.key)
        simple = product.variants[0] if not product.variants[0].options else None
        moment = product.changed or datetime.now(UTC).replace(tzinfo=None)
        files = [self._file(one) for one in product.pictures]
        attributes: Row = {}
        if product.brand:
            attributes["manufacturer"] = str(self._brands[product.brand])
        texts = {
            view: {
                "description": product.descriptions.get(language, ""), "short_description": product.briefs.get(language, "")
            }
            for language, view in VIEWS.items()
        }  # fmt: skip
        common: Row = {
            "status": 1 if product.active else 2, "visibility": 4 if product.visible == "everywhere" else 1,
            "tax_class": TAX_CLASSES[product.vat], "categories": [self._categories[key] for key in product.categories],
            "pictures": files, "texts": texts, "changed": f"{moment:%Y-%m-%d %H:%M:%S}",
        }  # fmt: skip
        if simple is not None:
            kind = KINDS[product.kind]
            attributes |= self._own(simple, product.sale)
            making.product(
                self.tables, number, words(product.names), simple.gross, sku=simple.sku or f"BEZ-{number}", kind=kind,
                stock=self._stock(simple), weight=simple.weight, attributes=attributes, **common,
            )  # fmt: skip
        else:
            children = [self._put_variant(number, product, one, common) for one in product.variants]
            used = {option for one in product.variants for option in one.options}
            choices = {
                self._options[one.key]: [self._values[one.key, value.key] for value in one.values]
                for one in self.goods.options
                if one.key in used
            }
            making.configurable(
                self.tables, number, words(product.names), choices, children, sku=f"CONF-{number}",
                attributes=attributes, **common,
            )  # fmt: skip
            for key, child in self._variants.items():
                if key[0] == product.key and child not in children:
                    self.tables.delete(child)
        if product.damage == "price":
            self.tables.products[number]["price"] = "na telefon"
        if product.damage == "answer":
            self.tables.broken.add(number)
        self._unsold(product, number)

    def _number(self, key: str) -> int:
        return self._products.setdefault(key, FIRST + len(self._products))

    def _child(self, key: str, variant: str) -> int:
        """Far from its product in the shop's list, and every second one far from the others."""
        if (key, variant) not in self._variants:
            self._children += 1
            self._variants[key, variant] = FIRST_CHILD + self._children + (self._children % 2) * FURTHER
        return self._variants[key, variant]

    def _unsold(self, product: neutral.Product, number: int) -> None:
        for variant in product.variants:
            self._variants.setdefault((product.key, variant.key), number)

    def _put_variant(self, number: int, product: neutral.Product, variant: neutral.Variant, common: Row) -> int:
        child = self._child(product.key, variant.key)
        attributes: Row = self._own(variant, None)
        for option, chosen in variant.options.items():
            code = self.tables.attributes[self._options[option]]["attribute_code"]
            attributes[code] = str(self._values[option, chosen])
        if variant.reduced is not None:
            attributes["special_price"] = f"{variant.reduced:.6f}"
        own = [self._file(one) for one in product.pictures if one.key in variant.pictures]
        return making.product(
            self.tables, child, f"{product.key} {variant.key}", variant.gross, sku=variant.sku or f"BEZ-{child}",
            status=1 if variant.active else 2, visibility=1, tax_class=common["tax_class"], stock=self._stock(variant),
            weight=variant.weight, attributes=attributes, pictures=own, changed=common["changed"],
        )  # fmt: skip

    def _own(self, variant: neutral.Variant, sale: neutral.Sale | None) -> Row:
        attributes: Row = {"ean": variant.gtin} if variant.gtin else {}
        if sale is not None:
            special = variant.reduced
            if special is None:
                off = variant.gross * sale.percent / 100 if sale.percent is not None else sale.amount or Decimal(0)
                special = variant.gross - off
            attributes["special_price"] = f"{special:.6f}"
            for code, moment in (("special_from_date", sale.begins), ("special_to_date", sale.ends)):
                if moment is not None:
                    attributes[code] = f"{moment:%Y-%m-%d %H:%M:%S}"
        return attributes

    def _stock(self, variant: neutral.Variant) -> Stock:
        if variant.stock == "uncounted":
            return Stock(managed=False)
        return Stock(Decimal(variant.stock))

    def _file(self, picture: neutral.Picture) -> str:
        file = making.picture(self.tables, f"{picture.key}.png", picture.body)
        if picture.lost is not None:
            self.tables.lost[file] = picture.lost
        return file

    def delete(self, key: str) -> None:
        number = self._products[key]
        for child in self.tables.products[number]["extension_attributes"].get("configurable_product_links", []):
            self.tables.delete(child)
        self.tables.delete(number)

    # --- ids

    def product_id(self, key: str) -> str:
        return str(self._products[key])

    def variant_id(self, key: str, variant: str) -> str:
        return str(self._variants[key, variant])

    @property
    def scattered(self) -> Mapping[str, Sequence[int]]:
        """Configurable products and their children."""
        places = {number: place for place, number in enumerate(sorted(self.tables.products))}
        links = {
            key: self.tables.products[number]["extension_attributes"].get("configurable_product_links", [])
            for key, number in self._products.items()
            if number in places
        }
        return {key: [places[one] for one in (self._products[key], *own)] for key, own in links.items() if own}

    def category_id(self, key: str) -> str:
        return str(self._categories[key])

    # --- credentials

    @property
    def accesses(self) -> Mapping[str, Access]:
        def by(one: Integration, *told: str, imports: bool = False, **other: str) -> Access:
            answers = {
                "MAGENTO_URL": self.shop.url,
                "MAGENTO_CONSUMER_KEY": one.key,
                "MAGENTO_CONSUMER_SECRET": one.secret,
                "MAGENTO_TOKEN": one.token,
                "MAGENTO_TOKEN_SECRET": one.token_secret,
            }
            return Access(answers | other, told, imports)

        def of(name: str, *told: str, imports: bool = False) -> Access:
            return by(next(one for one in self.shop.integrations if one.name == name), *told, imports=imports)

        nobody = "nobody0knows0this0one0of0all0000"
        mine = self.shop.importer
        return {
            "good": of("importer", imports=True),
            "wrong": by(mine, "signature", "secrets", MAGENTO_CONSUMER_SECRET=nobody),
            "wrong key": by(mine, "consumer key", "System > Integrations", MAGENTO_CONSUMER_KEY=nobody),
            "wrong token": by(mine, "access token", "System > Integrations", MAGENTO_TOKEN=nobody),
            "inactive": of("inactive", "Activate", "System > Integrations"),
            "half: nothing ticked": of("nothing ticked", "no box is ticked", "System > Integrations"),
            "half: no products": of("no products", "Catalog > Inventory > Products", PRODUCTS, "Reauthorize"),
            "half: no VAT": of("no taxes", "Stores > Taxes", "Magento_Tax::manage_tax"),
            "half: no stock": of("no stock", "Stores > Inventory > Stocks", STOCKS, imports=True),
            "half: a field that is left out in silence": of("no stock fields", STOCK_FIELDS, imports=True),
        }

    @property
    def secrets(self) -> Sequence[str]:
        mine = self.shop.importer
        known = [mine.key, mine.secret, mine.token, mine.token_secret]
        return [*known, f"{mine.secret}&{mine.token_secret}", *(quote(one, safe="") for one in known)]

    # --- what it is asked, and what goes wrong

    @property
    def requests(self) -> Sequence[Request]:
        return [
            Request(kind(one), one.method, f"{one.path}?{one.query}", one.status, one.at) for one in self.shop.calls
        ]

    def _hook(self, shop: MagentoShop, call: Call) -> None:
        if call.resource in LISTS and self._revoked_after is not None:
            self._revoked_after -= 1
            if self._revoked_after < 0 and self.shop.importer.active:
                self.shop.importer.active = False
                self.met.append(Trouble.REVOKED)
        if call.resource == "products" and self.meanwhile is not None:
            self._lists += 1
            self.meanwhile(self._lists)

    def trouble(self, kind: Trouble, *, times: int = 1, after: int = 0) -> None:
        if kind is Trouble.REVOKED:
            self._revoked_after = after
            return
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
        fault.times, fault.after, fault.matches = times, after, lambda call: call.resource in LISTS
        fault.met = lambda: self.met.append(kind)
        self.shop.settings.faults.append(fault)

    def calm(self) -> None:
        self.shop.settings.faults.clear()
        self._revoked_after = None
        self.shop.importer.active = True


def kind(call: Call) -> Any:
    return "products" if call.resource in LISTS else "picture" if call.resource == "picture" else "other"


@asynccontextmanager
async def opened(goods: neutral.Catalogue) -> AsyncIterator[ConformanceShop]:
    shop = ConformanceShop(goods)
    async with shop.shop:
        yield shop


CANDIDATE = Candidate(
    name=HERE.name,
    module=folders.package(HERE),
    folder=HERE,
    folders=folders.needed(HERE),
    open=opened,
    settings={"MAGENTO_PAGE_SIZE": "10"},
    languages={"en": "en"},
)
