"""The simulated PrestaShop as the conformance kit asks for it: neutral goods become rows of its tables."""

import base64
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from catalogue import Catalogue, Row, add, stock_row
from demo_products import Maker, net
from demo_shop import MADE, everywhere, features, settings, slug, taxes, translated
from demo_special import add_row
from demo_words import FAMILIES
from gateway_importer.testing import folders
from gateway_importer.testing.conformance import neutral
from gateway_importer.testing.conformance.shop import Access, Candidate, Request, Trouble
from pictures import Picture
from shop import PrestaShop, ShopSettings
from shop_settings import Fault, LoggedRequest

TAX_GROUPS: Mapping[neutral.Vat, tuple[str, int]] = {
    Decimal(23): ("1", 23), Decimal(8): ("2", 8), Decimal(5): ("3", 5), Decimal(0): ("4", 0), Decimal(19): ("5", 19),
    "none": ("0", 0),
}  # fmt: skip
LISTS = ("products", "combinations", "stock_availables", "specific_prices")
LANGUAGES = ("pl", "en", "de")
ROOT, HOME = 1, 2


def words(texts: neutral.Words) -> list[Row]:
    return translated([texts.get(language, "") for language in LANGUAGES])


def moment(value: datetime | None) -> str:
    return "0000-00-00 00:00:00" if value is None else f"{value:%Y-%m-%d %H:%M:%S}"


class ConformanceShop:
    """`gateway_importer.testing.conformance.shop.Shop`."""

    def __init__(self, goods: neutral.Catalogue) -> None:
        self.goods = goods
        self.tables = Catalogue()
        clock = goods.now.astimezone(ZoneInfo(goods.timezone)).replace(tzinfo=None)
        # PHP behind FastCGI sees no Authorization header: the key goes into every address, where secrets leak most.
        settings_ = ShopSettings(now=clock, drops_authorization_header=True)
        self.shop = PrestaShop(self.tables, settings_, hook=self._hook)
        self.meanwhile: Callable[[int], None] | None = None
        self.met: list[Trouble] = []
        self._products: dict[str, int] = {}
        self._variants: dict[tuple[str, str], int] = {}
        self._pictures: dict[tuple[str, str], int] = {}
        self._categories: dict[str, int] = {}
        self._values: dict[tuple[str, str], int] = {}
        self._lists = 0
        self._revoked_after: int | None = None
        self._times: list[float] = []
        self._whole: dict[str, neutral.Product] = {}
        settings(self.tables)
        taxes(self.tables)
        features(self.tables)
        for name in ("suppliers", "product_customization_fields", "specific_price_rules"):
            self.tables.table(name)
        for name in ("tags", "specific_prices", "combinations"):
            self.tables.table(name)
        self._half_keys()
        self._maker = Maker(1)
        self._maker.shop = self.tables
        self._fill()

    # --- the vendor's rows

    def _fill(self) -> None:
        self._category(ROOT, 0, everywhere("Root"), "Root")
        self._category(HOME, ROOT, everywhere("Strona główna"), "home")
        for category in self.goods.categories:
            number = max(self.tables.categories) + 1
            self._categories[category.key] = number
            parent = HOME if category.parent is None else self._categories[category.parent]
            self._category(number, parent, words(category.names), category.key, active=category.active)
        for name in self.goods.brands:
            texts = {"description": everywhere(""), "short_description": everywhere("")}
            meta = {column: everywhere("") for column in ("meta_title", "meta_description", "meta_keywords")}
            add(self.tables.table("manufacturers"), {"active": "1", "link_rewrite": slug(name), "name": name}
                | {"date_add": MADE, "date_upd": MADE} | texts | meta)  # fmt: skip
        for place, option in enumerate(self.goods.options):
            self._option(place, option)
        for product in self.goods.products:
            self.put(product)

    def _category(self, number: int, parent: int, names: list[Row], link: str, *, active: bool = True) -> None:
        depth = 0 if not parent else int(self.tables.categories[parent]["level_depth"]) + 1
        row: Row = {"id": number, "id_parent": str(parent), "level_depth": str(depth), "nb_products_recursive": "0"}
        row |= {"active": str(int(active)), "id_shop_default": "1", "is_root_category": str(int(number == HOME))}
        row |= {"position": "0", "date_add": MADE, "date_upd": MADE, "name": names, "link_rewrite": everywhere(link)}
        for column in ("description", "additional_description", "meta_title", "meta_description", "meta_keywords"):
            row[column] = everywhere("")
        self.tables.categories[number] = row | {"associations": {"products": []}}

    def _option(self, place: int, option: neutral.Option) -> None:
        colours = option.sends == "color"
        row = {"is_color_group": str(int(colours)), "group_type": "color" if colours else "select"}
        named = {"position": str(place), "name": words(option.names), "public_name": words(option.names)}
        group = add(self.tables.table("product_options"), row | named)
        links = []
        for position, value in enumerate(option.values):
            own = {"id_attribute_group": str(group), "color": "#112233" if colours else "", "position": str(position)}
            number = add(self.tables.table("product_option_values"), own | {"name": words(value.names)})
            self._values[option.key, value.key] = number
            links.append({"id": str(number)})
        self.tables.table("product_options")[group]["associations"] = {"product_option_values": links}

    def put(self, product: neutral.Product) -> None:
        number = self._products.setdefault(product.key, len(self._products) + 1)
        before = self.tables.products.get(number)
        if before is not None:
            self.tables.delete_product(number)
        group, rate = TAX_GROUPS[product.vat]
        simple = product.variants[0] if not product.variants[0].options else None
        row = self._maker.row(number, FAMILIES[0], ["", "", ""], net(product.gross, rate))
        row |= {"name": words(product.names), "description": words(product.descriptions)}
        row |= {"description_short": words(product.briefs), "link_rewrite": everywhere(slug(product.key))}
        row |= {"reference": simple.sku if simple else "", "ean13": simple.gtin if simple else ""}
        row |= {"weight": str(simple.weight or 0) if simple else "0.000000", "id_tax_rules_group": group}
        row |= {"active": str(int(product.active)), "visibility": "both" if product.visible == "everywhere" else "none"}
        row |= {"available_for_order": str(int(product.orderable)), "id_category_default": str(HOME), "on_sale": "0"}
        brands = [name for name in self.goods.brands if name == product.brand]
        row |= {"manufacturer_name": product.brand or False}
        row |= {"id_manufacturer": str(self.goods.brands.index(product.brand) + 1 if brands else 0)}
        row |= {"date_add": MADE, "date_upd": self._changed(product, before)}
        if product.kind == "virtual":
            row |= {"type": "virtual", "product_type": "virtual", "is_virtual": "1"}
        placed = [self._categories[key] for key in product.categories]
        row["id_category_default"] = str(placed[0] if placed else HOME)
        row["associations"] = {"categories": [{"id": str(one)} for one in sorted(placed)], "product_features": []}
        if product.kind == "bundle":
            row |= {"type": "pack", "product_type": "pack", "cache_is_pack": "1"}
            row["associations"]["product_bundle"] = [
                {"id": str(self._products[key]), "id_product_attribute": "0", "quantity": "1"} for key in product.parts
            ]
        if product.damage == "price":
            row["price"] = "na telefon"
        (self.tables.broken_products.add if product.damage == "answer" else self.tables.broken_products.discard)(number)
        self.tables.products[number] = row
        for category in placed:
            self.tables.categories[category]["associations"]["products"].append({"id": str(number)})
        self._put_pictures(number, product, row)
        self._put_variants(number, product, row, rate)
        if product.sale is not None:
            self._put_sale(number, product, product.sale)
        self._whole[product.key] = product

    def _changed(self, product: neutral.Product, before: Row | None) -> str:
        """A stock or a special price that is set for itself moves no date."""
        if product.changed is not None:
            return moment(product.changed)
        last = self._whole.get(product.key)
        if last is not None and before is not None and without_movements(last) == without_movements(product):
            return str(before["date_upd"])
        return moment(datetime.now(ZoneInfo(self.goods.timezone)))

    def _put_pictures(self, number: int, product: neutral.Product, row: Row) -> None:
        links = []
        for place, picture in enumerate(product.pictures):
            image = self._pictures.setdefault((product.key, picture.key), len(self._pictures) + 1)
            self.tables.pictures[image] = Picture(image, number, picture.key, "PNG", place)
            self.tables.recorded_pictures[image, ""] = picture.body
            if picture.lost is not None:
                self.shop.settings.pictures[image] = "missing" if picture.lost == "missing" else "html"
            links.append({"id": str(image)})
        if links:
            row["associations"]["images"] = links
        row["id_default_image"] = links[0]["id"] if links else ""

    def _put_variants(self, number: int, product: neutral.Product, row: Row, rate: int) -> None:
        stocks, combinations = [], []
        for place, variant in enumerate(product.variants):
            combination = 0
            if variant.options:
                combination = self._variants.setdefault((product.key, variant.key), len(self._variants) + 1)
                self.tables.combinations[combination] = self._combination(number, product, variant, place, rate)
                self.tables.combinations[combination]["id"] = combination
                combinations.append({"id": str(combination)})
            quantity = int(variant.stock) if variant.stock != "uncounted" else 0
            stock = add(self.tables.stock_availables, stock_row(number, combination, quantity, 2))
            stocks.append({"id": str(stock), "id_product_attribute": str(combination)})
        if combinations:
            total = sum(int(one.stock) for one in product.variants if one.stock != "uncounted")
            stock = add(self.tables.stock_availables, stock_row(number, 0, total, 2))
            stocks.append({"id": str(stock), "id_product_attribute": "0"})
            row |= {"product_type": "combinations", "id_default_combination": int(combinations[0]["id"])}
            row["cache_default_attribute"] = combinations[0]["id"]
            row["associations"]["combinations"] = combinations
        row["associations"]["stock_availables"] = stocks

    def _combination(
        self, number: int, product: neutral.Product, variant: neutral.Variant, place: int, rate: int
    ) -> Row:
        new: Row = dict.fromkeys(("isbn", "upc", "mpn", "supplier_reference"), "")
        new |= dict.fromkeys(("wholesale_price", "ecotax", "unit_price_impact"), "0.000000")
        impact = Decimal(net(variant.gross, rate)) - Decimal(net(product.gross, rate))
        new |= {"id_product": str(number), "reference": variant.sku, "ean13": variant.gtin, "price": f"{impact:.6f}"}
        new |= {"weight": f"{variant.weight or 0:.6f}", "low_stock_alert": "0", "low_stock_threshold": None}
        new |= {"minimal_quantity": "1", "default_on": "1" if place == 0 else None, "available_date": "0000-00-00"}
        new |= {"available_now": everywhere(""), "available_later": everywhere("")}
        values = sorted(self._values[option, value] for option, value in variant.options.items())
        new["associations"] = {"product_option_values": [{"id": str(value)} for value in values]}
        if variant.pictures:
            shown = [self._pictures[product.key, key] for key in variant.pictures]
            new["associations"]["images"] = [{"id": str(image)} for image in shown]
        return new

    def _put_sale(self, number: int, product: neutral.Product, sale: neutral.Sale) -> None:
        columns: Row = {"from": moment(sale.begins), "to": moment(sale.ends)}
        if sale.percent is not None:
            columns |= {"reduction": f"{sale.percent / 100:.6f}", "reduction_type": "percentage"}
        else:
            columns |= {"reduction": f"{sale.amount:.6f}", "reduction_type": "amount", "reduction_tax": "1"}
        for key in sale.variants or ("",):
            combination = self._variants[product.key, key] if key else 0
            add_row(self.tables, number, columns | {"id_product_attribute": str(combination)})

    def delete(self, key: str) -> None:
        self.tables.delete_product(self._products[key])

    @property
    def scattered(self) -> Mapping[str, Sequence[int]]:
        return {}  # every product is one row

    # --- ids

    def product_id(self, key: str) -> str:
        return str(self._products[key])

    def variant_id(self, key: str, variant: str) -> str:
        return str(self._variants[key, variant]) if variant else ""

    def category_id(self, key: str) -> str:
        return str(self._categories[key])

    # --- keys

    @property
    def accesses(self) -> Mapping[str, Access]:
        def with_key(key: str, *told: str, imports: bool = False) -> Access:
            return Access({"PRESTASHOP_URL": self.shop.url, "PRESTASHOP_KEY": key}, told, imports)

        keys = self.shop.keys
        return {
            "good": with_key(keys["full"], imports=True),
            "wrong": with_key("NOBODYKNOWSTHISKEY0000000000001X", "key", "Webservice"),
            "switched off": with_key(keys["off"], "key", "Webservice"),
            "half: no right at all": with_key(keys["none"], "key", "GET"),
            "half: no variants": with_key(keys["no combinations"], "combinations", "GET"),
            "half: no products": with_key(keys["no products"], "products", "GET"),
            "half: no stock": with_key(keys["no stock_availables"], "stock_availables", "GET", imports=True),
        }

    def _half_keys(self) -> None:
        for number, resource in enumerate(("combinations", "products", "stock_availables"), 1):
            key = deepcopy(self.shop.account["full"])
            key.value = f"TESTKEYWITHOUTONE{number:014}X"
            del key.permissions[resource]
            self.shop.account[f"no {resource}"] = key

    @property
    def secrets(self) -> Sequence[str]:
        known = [self.shop.key]
        basic = [base64.b64encode(f"{key}:".encode()).decode() for key in known]
        return [*known, *basic, *(quote(one, safe="") for one in basic)]

    # --- what it is asked, and what goes wrong

    @property
    def requests(self) -> Sequence[Request]:
        return [
            Request(kind(one), one.method, one.path, one.status, at)
            for one, at in zip(self.shop.requests, self._times, strict=True)
        ]

    def _hook(self, shop: PrestaShop, call: LoggedRequest) -> None:
        self._times.append(time.monotonic())
        if call.resource in LISTS and self._revoked_after is not None:
            self._revoked_after -= 1
            if self._revoked_after < 0:
                shop.account["full"].active = False
                self.met.append(Trouble.REVOKED)
        if call.resource == "products" and self.meanwhile is not None:
            self._lists += 1
            self.meanwhile(self._lists)

    def trouble(self, kind: Trouble, *, times: int = 1, after: int = 0) -> None:
        def concerns(call: LoggedRequest) -> bool:
            return call.resource in LISTS

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
        fault.times, fault.after, fault.matches = times, after, concerns
        fault.met = lambda: self.met.append(kind)
        self.shop.settings.faults.append(fault)

    def calm(self) -> None:
        self.shop.settings.faults.clear()
        self._revoked_after = None
        self.shop.account["full"].active = True


def without_movements(product: neutral.Product) -> Any:
    """The product but for what is kept in tables of its own."""
    variants = tuple(replace(one, stock=Decimal(0), reduced=None) for one in product.variants)
    return replace(product, variants=variants, sale=None)


def kind(call: LoggedRequest) -> Any:
    return "products" if call.resource in LISTS else "picture" if call.resource == "picture" else "other"


@asynccontextmanager
async def opened(goods: neutral.Catalogue) -> AsyncIterator[ConformanceShop]:
    shop = ConformanceShop(goods)
    async with shop.shop:
        yield shop


HERE = Path(__file__).resolve().parents[1]
CANDIDATE = Candidate(
    name="prestashop",
    module="prestashop_importer",
    folder=HERE,
    folders=folders.needed(HERE),
    open=opened,
    settings={"PRESTASHOP_PAGE_SIZE": "10"},
)
