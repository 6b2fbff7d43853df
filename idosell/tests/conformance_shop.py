"""The simulated shop, filled with the conformance kit's catalogue."""

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from gateway_importer.testing import folders
from gateway_importer.testing.conformance import neutral
from gateway_importer.testing.conformance.shop import Access, Candidate, Request, Trouble
from goods import STAMP, UNIVERSAL, Category, Item, Picture, Sale, Size, Tables, Words
from shop import SEARCH, Account, Call, Fault, Shop, ShopSettings

LANGUAGES = {"pl": "pol", "en": "eng"}
KINDS = {"goods": "product_item", "virtual": "product_virtual", "bundle": "product_bundle"}
FIRST, STRIDE = 1000, 10  # products' ids; members of groups lie between others'
TWIN = "S2"  # a size of another id that is called S all the same
APART = 37  # products between two members of a group


def words(text: neutral.Words) -> Words:
    return {LANGUAGES[language]: one for language, one in text.items()}


class ConformanceShop:
    """`gateway_importer.testing.conformance.shop.Shop` over the simulated one."""

    def __init__(self, goods: neutral.Catalogue) -> None:
        self.goods = goods
        self.tables = Tables()
        now = goods.now.astimezone(ZoneInfo(goods.timezone)).replace(tzinfo=None)
        self.shop = Shop(self.tables, ShopSettings(now=now), hook=self._hook)
        self.shop.accounts |= {
            "off": Account("d3lsYWN6b255OmtsdWN6", active=False),
            "system": Account("dHlsa28tc3lzdGVtOmtsdWN6", {"system"}),
            "pim": Account("dHlsa28tcGltOmtsdWN6", {"pim"}),
        }
        self.met: list[Trouble] = []
        self.meanwhile: Callable[[int], None] | None = None
        self._lists = 0
        self._revoked_after: int | None = None
        self._known: dict[str, neutral.Product] = {}
        self._products: dict[str, int] = {}
        self._members: dict[tuple[str, str], int] = {}
        self._categories: dict[str, int] = {}
        self._sizes = {value.key: str(place) for place, value in enumerate(self._option("size").values, 1)}
        self._fill()

    def _option(self, key: str) -> neutral.Option:
        return next(one for one in self.goods.options if one.key == key)

    # --- the vendor's rows

    def _fill(self) -> None:
        size = self._option("size")
        self.tables.sizes |= {self._sizes[value.key]: words(value.names) for value in size.values}
        self.tables.sizes[TWIN] = words(size.values[0].names)
        self.tables.brands |= dict(enumerate(self.goods.brands, 1))
        for number, category in enumerate(self.goods.categories, 150):
            parent = 0 if category.parent is None else self._categories[category.parent]
            self._categories[category.key] = number
            self.tables.menu[number] = Category(number, parent, words(category.names))
        # The importer reads from the highest id down: so it meets them in the catalogue's order.
        count = len(self.goods.products)
        self._products = {one.key: FIRST + STRIDE * (count - place) for place, one in enumerate(self.goods.products)}
        for product in self.goods.products:
            self.put(product)

    def put(self, product: neutral.Product) -> None:
        self._known[product.key] = product
        self._products.setdefault(product.key, FIRST + STRIDE * (len(self._products) + 1))
        for number in [one.id for one in self.tables.active() if one.id in self._all_members(product.key)]:
            del self.tables.items[number]
        version, by_version = self._versions(product)
        for place, (value, variants) in enumerate(by_version.items()):
            item = self._item(product, self._member(product.key, value, place), variants)
            if version is not None:
                item.parent = self._products[product.key]
                item.group_name = words(version.names)
                item.version = words(next(one.names for one in version.values if one.key == value))
            self.tables.items[item.id] = item

    def _versions(
        self, product: neutral.Product
    ) -> tuple[neutral.Option | None, dict[str, list[neutral.Variant]]]:
        """By which option the product's variants are products of their own, and which variants each of these has. A
        size lies inside a product, unless it is to be switched off."""
        keys = product.variants[0].options
        off = any(not variant.active for variant in product.variants)
        key = next((one for one in keys if one != "size"), "size" if off else None)
        if key is None:
            return None, {"": list(product.variants)}
        found: dict[str, list[neutral.Variant]] = {}
        for variant in product.variants:
            found.setdefault(variant.options[key], []).append(variant)
        return self._option(key), found

    def _member(self, key: str, value: str, place: int) -> int:
        """The id of a member: the first has the product's, the others lie far from it and from each other."""
        own = self._products[key]
        if place == 0:
            return self._members.setdefault((key, value), own)
        if (key, value) not in self._members:
            taken = set(self._members.values())
            slot = ((own - FIRST) // STRIDE + place * APART) % len(self.goods.products)
            number = FIRST + STRIDE * slot + 1
            while number in taken:
                number += 1
            self._members[key, value] = number
        return self._members[key, value]

    def _all_members(self, key: str) -> set[int]:
        return {number for (one, _), number in self._members.items() if one == key}

    def _item(self, product: neutral.Product, number: int, variants: Sequence[neutral.Variant]) -> Item:
        sizes = [self._size(product, variant) for variant in variants]
        shown = product.active and product.visible == "everywhere" and all(variant.active for variant in variants)
        own = [key for variant in variants for key in variant.pictures]
        pictures = [one for one in product.pictures if not own or one.key in own]
        changed = product.changed or datetime.now(ZoneInfo(self.goods.timezone)).replace(tzinfo=None)
        return Item(
            id=number,
            names=words(product.names),
            price=product.gross if len(variants) > 1 or not variants[0].options else variants[0].gross,
            sizes=sizes,
            # The code that all sizes share, where it is not the only size's own.
            code=variants[0].sku if sizes[0].id == UNIVERSAL and number % 20 == 0 else "",
            briefs=words(product.briefs),
            descriptions=words(product.descriptions),
            vat=product.vat if isinstance(product.vat, Decimal) else 0,
            exempt=product.vat == "exempt",
            currency=product.currency,
            sale=self._sale(product, variants),
            brand=self.goods.brands.index(product.brand) + 1 if product.brand in self.goods.brands else 0,
            menu=[(1, 1, self._categories[key]) for key in product.categories],
            pictures=[
                Picture(str(place), one.body, hashlib.md5(one.body).hexdigest(), one.lost or "")
                for place, one in enumerate(pictures, 1)
            ],
            kind=KINDS[product.kind],
            visible=shown,
            modified=changed.strftime(STAMP),
            said={"productRetailPrice": "na telefon", "productShopsAttributes": []} if product.damage == "price" else {},
            stumbles="full" if product.damage == "answer" else "",
        )

    def _size(self, product: neutral.Product, variant: neutral.Variant) -> Size:
        identity, name = self._size_id(product, variant), UNIVERSAL
        if identity != UNIVERSAL:
            name = self.tables.sizes[identity]["pol"]
        stock: Any = -1 if variant.stock == "uncounted" else variant.stock
        return Size(
            id=identity,
            name=name,
            price=None if variant.gross == product.gross or identity == UNIVERSAL else variant.gross,
            external="" if identity == UNIVERSAL and self._products[product.key] % 20 == 0 else variant.sku,
            producer_code=variant.gtin,
            weight=int((variant.weight or Decimal(0)) * 1000),
            stocks={1: (stock, 0)},
        )

    def _size_id(self, product: neutral.Product, variant: neutral.Variant) -> str:
        if "size" not in variant.options or self._by(product) == "size":
            return UNIVERSAL
        twin = product.damage == "twins" and variant.key != product.variants[0].key
        return TWIN if twin else self._sizes[variant.options["size"]]

    def _by(self, product: neutral.Product) -> str:
        version, _ = self._versions(product)
        return "" if version is None else version.key

    def _sale(self, product: neutral.Product, variants: Sequence[neutral.Variant]) -> Sale | None:
        sale = product.sale
        if sale is None:
            return None
        sizes = tuple(self._size_id(product, one) for one in variants if one.key in sale.variants)
        return Sale(sale.percent, sale.amount, sale.begins, sale.ends, sizes)

    def delete(self, key: str) -> None:
        for number in self._all_members(key):
            self.tables.items.pop(number, None)

    # --- ids

    def product_id(self, key: str) -> str:
        return str(self._products[key])

    def variant_id(self, key: str, variant: str) -> str:
        product = self._known[key]
        found = next(one for one in product.variants if one.key == variant)
        by = self._by(product)
        value = found.options[by] if by else ""
        return f"{self._members[key, value]}-{self._size_id(product, found)}"

    def category_id(self, key: str) -> str:
        return str(self._categories[key])

    @property
    def scattered(self) -> Mapping[str, Sequence[int]]:
        places = {item.id: place for place, item in enumerate(self.tables.active())}
        found = {key: [places[one] for one in self._all_members(key) if one in places] for key in self._products}
        return {key: rows for key, rows in found.items() if len(rows) > 1}

    # --- keys

    @property
    def accesses(self) -> Mapping[str, Access]:
        def by(key: str, *told: str, imports: bool = False) -> Access:
            return Access({"IDOSELL_URL": self.shop.url, "IDOSELL_KEY": key}, told, imports)

        return {
            "good": by(self.shop.key, imports=True),
            "wrong": by("nobody-knows-this-one", "refuses the key", "Admin API access keys"),
            "switched off": by(self.shop.accounts["off"].key, "refuses the key", "is active"),
            "half: no products": by(self.shop.accounts["system"].key, SEARCH, "Scope: pim, level: r", "area PIM"),
            "half: no settings": by(self.shop.accounts["pim"].key, "system/shopsData", "area SYSTEM", "IDOSELL_SHOP"),
        }

    @property
    def secrets(self) -> Sequence[str]:
        known = [account.key for account in self.shop.accounts.values()]
        return [*known, *(quote(one, safe="") for one in known)]

    # --- what it is asked, and what goes wrong

    @property
    def requests(self) -> Sequence[Request]:
        return [
            Request(kind(one), one.method, f"{one.path}?{one.query}", one.status, one.at) for one in self.shop.calls
        ]

    def _hook(self, shop: Shop, call: Call) -> None:
        if call.gate != SEARCH:
            return
        if self._revoked_after is not None:
            self._revoked_after -= 1
            if self._revoked_after < 0:
                shop.accounts["good"].active = False
                self.met.append(Trouble.REVOKED)
        if self.meanwhile is not None:
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
        fault.times, fault.after = times, after
        fault.met = lambda: self.met.append(kind)
        self.shop.settings.faults.append(fault)

    def calm(self) -> None:
        self.shop.settings.faults.clear()
        self._revoked_after = None
        self.shop.accounts["good"].active = True


def kind(call: Call) -> Any:
    if call.gate == SEARCH:
        return "products"
    return "picture" if call.gate == "picture" else "other"


def candidate(folder: Path) -> Candidate:
    """The platform in `folder`."""

    @asynccontextmanager
    async def opened(goods: neutral.Catalogue) -> AsyncIterator[ConformanceShop]:
        shop = ConformanceShop(goods)
        async with shop.shop:
            yield shop

    return Candidate(
        name=folder.name,
        module=folders.package(folder),
        folder=folder,
        folders=folders.needed(folder),
        open=opened,
        settings={"IDOSELL_PAGE_SIZE": "8", "IDOSELL_CATEGORIES": "menu"},
    )
