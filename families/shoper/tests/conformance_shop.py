"""The simulated shop as the conformance kit asks for it: neutral goods become rows of its tables."""

import base64
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import making
from gateway_importer.testing import folders
from gateway_importer.testing.conformance import neutral
from gateway_importer.testing.conformance.shop import Access, Candidate, Request, Trouble
from goods import Row, empty_shop
from shop import LISTS, Account, Call, Fault, Shop, ShopSettings

TAXES: Mapping[neutral.Vat, str | None] = {
    Decimal(23): "1", Decimal(8): "2", Decimal(5): "6", Decimal(0): "3", Decimal(19): "7", "exempt": "4", "none": None,
}  # fmt: skip
LOCALES = {"pl": "pl_PL", "en": "en_US"}
ON_ORDER = "na zamówienie"
ON_ORDER_ID = "5"
FORMS = {"product": "0", "own": "1", "plus": "2", "minus": "3"}
QUICK = {"limit": 1000.0, "bandwidth": 1000.0}


def words(texts: neutral.Words) -> dict[str, str]:
    return {LOCALES[language]: text for language, text in texts.items()}


def moment(value: datetime | None) -> str | None:
    return None if value is None else f"{value:%Y-%m-%d %H:%M:%S}"


class ConformanceShop:
    """`gateway_importer.testing.conformance.shop.Shop`; `prefix` is that of the platform's settings."""

    def __init__(self, goods: neutral.Catalogue, prefix: str) -> None:
        self.goods = goods
        self.prefix = prefix
        self.tables = empty_shop(("pl_PL", "en_US"))
        self.tables.config["locale_timezone"] = goods.timezone
        clock = goods.now.astimezone(ZoneInfo(goods.timezone)).replace(tzinfo=None)
        self.shop = Shop(self.tables, ShopSettings(now=clock, **QUICK), hook=self._hook)  # type: ignore[arg-type]
        self.meanwhile: Callable[[int], None] | None = None
        self.met: list[Trouble] = []
        self._products: dict[str, int] = {}
        self._stocks: dict[tuple[str, str], int] = {}
        self._pictures: dict[tuple[str, str], int] = {}
        self._categories: dict[str, int] = {}
        self._values: dict[tuple[str, str], tuple[int, int]] = {}
        self._lists = 0
        self._revoked_after: int | None = None
        self._accounts()
        self._fill()

    def _accounts(self) -> None:
        for name, more in {
            "switched off": {"refusal": "auth_admin_access_denied"},
            "no api": {"refusal": "auth_webapi_access_denied"},
            "addresses": {"refusal": "auth_ip_not_allowed"},
            "no product-stocks": {"denied": {"product-stocks"}},
            "no taxes": {"denied": {"taxes"}},
            "no categories": {"denied": {"categories"}},
        }.items():
            number = len(self.shop.accounts)
            self.shop.accounts[name] = Account(f"import-{number}", f"haslo-do-importu-{number}", **more)  # type: ignore[arg-type]

    # --- the vendor's rows

    def _fill(self) -> None:
        for category in self.goods.categories:
            parent = 0 if category.parent is None else self._categories[category.parent]
            self._categories[category.key] = making.category(
                self.tables, words(category.names), parent, active=category.active
            )
        for name in self.goods.brands:
            making.producer(self.tables, name)
        self._group = making.group(self.tables, "Wszystkie")
        for option in self.goods.options:
            kind = "color" if option.sends == "color" else "select"
            number, values = making.option(
                self.tables, self._group, words(option.names), [words(value.names) for value in option.values], kind
            )
            for value, made in zip(option.values, values, strict=True):
                self._values[option.key, value.key] = (number, made)
        for product in self.goods.products:
            self.put(product)

    def put(self, product: neutral.Product) -> None:
        number = self._products.setdefault(product.key, 401 + len(self._products))
        simple = product.variants[0] if not product.variants[0].options else None
        placed = [self._categories[key] for key in product.categories]
        brand = self.goods.brands.index(product.brand) + 1 if product.brand in self.goods.brands else None
        texts = {
            locale: {"description": product.descriptions.get(language, ""), "short_description": product.briefs.get(language, "")}
            for language, locale in LOCALES.items()
        }  # fmt: skip
        base = self._columns(simple) if simple is not None else {"stock": "0"}
        if not product.orderable:
            base["availability_id"] = "6"
        making.product(
            self.tables, words(product.names), f"{product.gross:.2f}", number, active=product.active and product.visible == "everywhere",
            texts=texts, base=base, base_id=self._stock_id(product.key, ""), categories=placed,
            tax_id=TAXES[product.vat], producer_id=None if brand is None else str(brand),
            currency_id="2" if product.currency == "EUR" else None, group_id=None if simple else str(self._group),
            is_digital=int(product.kind == "virtual"), type=str(int(product.kind == "bundle")),
            edit_date=moment(product.changed or datetime.now(ZoneInfo(self.goods.timezone)).replace(tzinfo=None)),
        )  # fmt: skip
        if product.damage == "price":
            self.tables.stocks_of(number)[0]["price"] = "na telefon"
        if product.damage == "answer":
            self.tables.broken.add(number)
        self._put_pictures(number, product)
        for variant in product.variants if simple is None else ():
            self._put_variant(number, product, variant)
        if product.sale is not None:
            self._put_sale(number, product, product.sale)

    def _stock_id(self, key: str, variant: str) -> int:
        return self._stocks.setdefault((key, variant), 801 + len(self._stocks))

    def _columns(self, variant: neutral.Variant) -> Row:
        uncounted = variant.stock == "uncounted"
        columns: Row = {"stock": "0" if uncounted else str(variant.stock), "code": variant.sku, "ean": variant.gtin}
        columns["weight"] = str(variant.weight or 0)
        # Sold out is no reason in this shop: everything can be ordered unless somebody says otherwise.
        columns["availability_id"] = ON_ORDER_ID if uncounted else "2" if Decimal(str(variant.stock)) <= 0 else None
        return columns

    def _put_variant(self, number: int, product: neutral.Product, variant: neutral.Variant) -> None:
        difference = abs(variant.gross - product.gross)
        price = difference if variant.form in ("plus", "minus") else variant.gross
        pairs = (self._values[option, value] for option, value in variant.options.items())
        own = [self._pictures[product.key, key] for key in variant.pictures]
        making.stock(
            self.tables, number, f"{price:.2f}", self._stock_id(product.key, variant.key), **self._columns(variant),
            price_type=FORMS[variant.form], active=str(int(variant.active)), gfx_id=str(own[0]) if own else None,
            options={str(option): str(value) for option, value in pairs},
        )  # fmt: skip

    def _put_pictures(self, number: int, product: neutral.Product) -> None:
        for picture in product.pictures:
            made = self._pictures.setdefault((product.key, picture.key), 901 + len(self._pictures))
            making.picture(self.tables, number, picture.body, made)
            if picture.lost is not None:
                self.tables.lost[f"{made}.png"] = picture.lost

    def _put_sale(self, number: int, product: neutral.Product, sale: neutral.Sale) -> None:
        keys = sale.variants or ("",)
        self.tables.table("products")[number]["special_offer"] = {
            "promo_id": str(number), "discount_type": "3" if sale.percent is not None else "2",
            "discount": f"{sale.percent if sale.percent is not None else sale.amount:.2f}", "discount_wholesale": "0",
            "discount_special": "0", "date_from": moment(sale.begins), "date_to": moment(sale.ends),
            "condition_type": "2" if sale.variants else "1", "product_id": str(number),
            "stocks": [self._stock_id(product.key, key) for key in keys],
        }  # fmt: skip

    def delete(self, key: str) -> None:
        self.tables.delete_product(self._products[key])

    @property
    def scattered(self) -> Mapping[str, Sequence[int]]:
        return {}  # every product is one row

    # --- ids

    def product_id(self, key: str) -> str:
        return str(self._products[key])

    def variant_id(self, key: str, variant: str) -> str:
        return str(self._stocks[key, variant])

    def category_id(self, key: str) -> str:
        return str(self._categories[key])

    # --- credentials

    @property
    def accesses(self) -> Mapping[str, Access]:
        def by(login: str, secret: str, *told: str, imports: bool = False) -> Access:
            answers = {
                f"{self.prefix}_URL": self.shop.url,
                f"{self.prefix}_LOGIN": login,
                f"{self.prefix}_SECRET": secret,
            }
            return Access(answers, told, imports)

        def of(name: str, *told: str, imports: bool = False) -> Access:
            account = self.shop.accounts[name]
            return by(account.login or "token", account.password or account.token, *told, imports=imports)

        return {
            "good": of("admin", imports=True),
            "an integration's token": of("integration", imports=True),
            "wrong": by(self.shop.login, "nobody-knows-this-one", "password", "Administrator"),
            "a token that nobody has": by("token", "f" * 40, "token", "Ask the merchant"),
            "switched off": of("switched off", "active"),
            "no right to the api": of("no api", "dostęp do webapi"),
            "from other addresses only": of("addresses", "addresses"),
            "half: no variants": of("no product-stocks", "product-stocks", "Administrator"),
            "half: no VAT": of("no taxes", "taxes", "Administrator"),
            "half: no categories": of("no categories", "categories", imports=True),
        }

    @property
    def secrets(self) -> Sequence[str]:
        accounts = [self.shop.accounts["admin"], self.shop.accounts["integration"]]
        known = [one.password or one.token for one in accounts] + self.shop.handed_out
        basic = [base64.b64encode(f"{one.login}:{one.password}".encode()).decode() for one in accounts if one.login]
        return [*known, *basic, *(quote(one, safe="") for one in (*known, *basic))]

    # --- what it is asked, and what goes wrong

    @property
    def requests(self) -> Sequence[Request]:
        return [
            Request(kind(one), one.method, f"{one.path}?{one.query}", one.status, one.at) for one in self.shop.calls
        ]

    def _hook(self, shop: Shop, call: Call) -> None:
        if call.resource in LISTS and self._revoked_after is not None:
            self._revoked_after -= 1
            if self._revoked_after < 0:
                shop.accounts["admin"].active = False
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
            Trouble.UNAVAILABLE: Fault("api", status=503),
            Trouble.PAGE: Fault("html"),
            Trouble.EMPTY: Fault("empty"),
            Trouble.CUT: Fault("cut"),
            Trouble.RESET: Fault("reset"),
            Trouble.NOTHING: Fault("nothing"),
            Trouble.EXPIRED: Fault("expired"),
        }
        fault = faults[kind]
        fault.times, fault.after, fault.matches = times, after, lambda call: call.resource in LISTS
        fault.met = lambda: self.met.append(kind)
        self.shop.settings.faults.append(fault)

    def calm(self) -> None:
        self.shop.settings.faults.clear()
        self._revoked_after = None
        self.shop.accounts["admin"].active = True


def kind(call: Call) -> Any:
    return "products" if call.resource in (*LISTS, "bulk") else "picture" if call.resource == "picture" else "other"


def candidate(folder: Path, prefix: str) -> Candidate:
    """The platform in `folder`, whose settings begin with `prefix`."""

    @asynccontextmanager
    async def opened(goods: neutral.Catalogue) -> AsyncIterator[ConformanceShop]:
        shop = ConformanceShop(goods, prefix)
        async with shop.shop:
            yield shop

    return Candidate(
        name=folder.name,
        module=folders.package(folder),
        folder=folder,
        folders=folders.needed(folder),
        open=opened,
        settings={f"{prefix}_PAGE_SIZE": "10", f"{prefix}_NOT_COUNTED": ON_ORDER},
    )
