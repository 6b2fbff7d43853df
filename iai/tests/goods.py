"""What a simulated shop sells, and its offer of it as IOF XML: the whole file, the light one, and the small ones."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from xml.sax.saxutils import quoteattr

IOF = "http://www.iai-shop.com/developers/iof.phtml"
EXTENSION = f'xmlns:iaiext="{IOF.replace("iof.phtml", "iof/extensions.phtml")}"'
GENERATED = "2026-11-23 05:58:01"


@dataclass
class Size:
    """`stocks` are by warehouse what lies there (None: the row has no quantity) and what of it orders have reserved;
    `light_stocks` what the light file says, where it is another number. `price` is gross; None: the product's."""

    id: str
    name: str = ""
    price: str | None = None
    light_price: str | None = None
    srp: str | None = None
    sku: str = ""
    ean: str = ""
    weight: str = ""
    available: str = ""
    stocks: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    light_stocks: dict[str, str] | None = None


@dataclass
class Promotion:
    price: str
    normal: str
    begins: str = ""
    ends: str = ""


@dataclass
class Product:
    """A product of the panel. `retail` is the price in the shop by size (``0``: all); `group` its id and by parameter its
    names and values by language; `raw` stands in the place of all of it."""

    id: str
    names: dict[str, str]
    price: str = "10.00"
    vat: str | None = "23.0"
    sizes: list[Size] = field(default_factory=list)
    briefs: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    producer: tuple[str, str] = ("0", "producent niezdefiniowany")
    category: tuple[str, str] = ("0", "*Kategoria tymczasowa")
    menu: list[tuple[str, str]] = field(default_factory=list)
    pictures: list[tuple[str, str]] = field(default_factory=list)
    group: str = ""
    versions: list[tuple[Mapping[str, str], Mapping[str, str]]] = field(default_factory=list)
    parameters: list[tuple[str, str, list[str]]] = field(default_factory=list)
    promotion: Promotion | None = None
    retail: dict[str, str] = field(default_factory=dict)
    srp: str = "0"
    light_price: str | None = None
    type: str = "regular"
    currency: str = "PLN"
    code: str = ""
    standard: str = "GTIN13"
    card: str = ""
    raw: str = ""


@dataclass
class Goods:
    """All of a shop. `categories` are id to parent and names by language, in the tree's order; `files` pictures by path;
    `lost` pictures that are named and cannot be had (``missing`` or ``page``)."""

    products: dict[str, Product] = field(default_factory=dict)
    categories: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    sizes: dict[str, dict[str, str]] = field(default_factory=dict)
    warehouses: dict[str, str] = field(default_factory=lambda: {"1": "Magazyn główny", "0": "Magazyn obcy"})
    files: dict[str, bytes] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)

    def add(self, product: Product) -> Product:
        self.products[product.id] = product
        return product

    def path(self, category: str) -> list[str]:
        """A category's names in Polish, from the top."""
        parent, names = self.categories[category]
        return [*(self.path(parent) if parent else []), names["pol"]]

    def picture(self, product: Product, name: str, body: bytes) -> None:
        """Another picture of a product."""
        path = f"/data/gfx/pictures/large/{name}.png"
        self.files[path] = body
        product.pictures.append((path, hashlib.md5(body).hexdigest()))


@dataclass
class Form:
    """How an offer is written. `namespace`: elements have IOF's own by default; `extension` is where IAI's extension is
    declared (``offer``, ``products``, ``element``, ``nowhere``); `reserved`: the whole file says what can be sold;
    `marketplace`: with the attributes that only marketplaces get."""

    version: str = "3.0"
    namespace: bool = False
    extension: str = "products"
    reserved: bool = True
    marketplace: bool = False
    encoding: str = "utf-8"
    language: str = "pol"
    generated: str = GENERATED
    expires: str = "2036-11-24 05:58:01"


def net_of(gross: str, vat: str | None) -> str:
    try:
        rate = Decimal(vat) if vat and vat != "-1" else Decimal(0)
        return str((Decimal(gross) / (1 + rate / 100)).quantize(Decimal("0.01"), ROUND_HALF_UP))
    except ArithmeticError:
        return ""


def cdata(text: str) -> str:
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


class Writer:
    """Writes the files of an offer. `base` is the shop's address."""

    def __init__(self, goods: Goods, base: str, form: Form) -> None:
        self.goods, self.base, self.form = goods, base, form

    # --- whole files

    def full(self, products: Iterable[Product] | None = None) -> str:
        return self._offer(self.full_product, self.goods.products.values() if products is None else products)

    def light(self) -> str:
        return self._offer(self.light_product, self.goods.products.values())

    def change(self, elements: Iterable[str]) -> str:
        """A change file of elements that are written already."""
        return self._offer(str, list(elements))

    def _offer(self, write: Callable[..., str], rows: Iterable[object]) -> str:
        form = self.form
        attributes = [f'file_format="IOF" version="{form.version}" generated_by="IdoSell"']
        attributes.append(f'generated="{form.generated}" expires="{form.expires}"')
        if form.namespace:
            attributes.append(f'xmlns="{IOF}"')
        if form.extension == "offer":
            attributes.append(EXTENSION)
        inner = f" {EXTENSION}" if form.extension == "products" else ""
        head = f'<?xml version="1.0" encoding="{form.encoding}"?>\n<offer {" ".join(attributes)}>\n'
        head += f'<products{inner} language="{form.language}" currency="PLN">\n'
        return head + "".join(write(row) for row in rows) + "</products>\n</offer>\n"

    def categories(self) -> str:
        def below(parent: str) -> str:
            return "".join(
                f"<category id={quoteattr(one)} name={quoteattr(names['pol'])}>{self._names(names)}{below(one)}</category>"
                for one, (above, names) in self.goods.categories.items()
                if above == parent
            )

        return self._small("categories", below(""))

    def sizes(self) -> str:
        rows = "".join(
            f"<size id={quoteattr(one)} name={quoteattr(names.get('pol', one))}>{self._names(names)}</size>"
            for one, names in self.goods.sizes.items()
        )
        return self._small("sizes", f'<group id="1" name="Wszystkie">{rows}</group>')

    def stocks(self) -> str:
        rows = (f"<stock id={quoteattr(one)} name={quoteattr(name)}/>" for one, name in self.goods.warehouses.items())
        return self._small("stocks", "".join(rows))

    def _small(self, root: str, inner: str) -> str:
        return (
            f'<?xml version="1.0" encoding="utf-8"?>\n<{root} file_format="IOF" version="{self.form.version}" '
            f'language="pol" generated="{self.form.generated}">{inner}</{root}>\n'
        )

    # --- elements

    def full_product(self, one: Product) -> str:
        if one.raw:
            return one.raw
        form = self.form
        own = "" if form.extension != "element" else f" {EXTENSION}"
        vat = "" if one.vat is None else f" vat={quoteattr(one.vat)}"
        parts = [
            f"<product type={quoteattr(one.type)} id={quoteattr(one.id)}{vat} code_on_card={quoteattr(one.code)}",
            f' producer_code_standard={quoteattr(one.standard)} site="1" currency={quoteattr(one.currency)}>',
            f"<producer id={quoteattr(one.producer[0])} name={quoteattr(one.producer[1])}/>",
            f"<category id={quoteattr(one.category[0])} name={quoteattr(one.category[1])}/>",
            '<unit id="0" name="szt."/>',
            f"<card url={quoteattr(one.card or f'{self.base}/product-pol-{one.id}-x.html')}/>",
            f"<description>{self._texts('name', one.names)}{self._texts('short_desc', one.briefs)}",
            f"{self._texts('long_desc', one.descriptions)}</description>",
            self._price("price", one.price, one.vat),
            self._price("srp", one.srp, one.vat),
        ]
        if one.retail:
            rows = (
                f'<iaiext:site{own} id="1" size_id="{size}" gross="{gross}" net="{net_of(gross, one.vat)}"/>'
                for size, gross in one.retail.items()
            )
            parts.append(f"<iaiext:price_retail{own}>{''.join(rows)}</iaiext:price_retail>")
        if one.promotion is not None:
            sale = one.promotion
            parts.append(
                f"<promotion name='Promocja' start_date={quoteattr(sale.begins)} ending_date={quoteattr(sale.ends)}>"
                f"{self._price('price', sale.price, one.vat)}{self._price('normal_retail_price', sale.normal, one.vat)}"
                "</promotion>"
            )
        if one.menu:
            items = (
                f'<iaiext:item{own} id={quoteattr(number)} textid={quoteattr(path)} menu_id="1"/>'
                for number, path in one.menu
            )
            parts.append(
                f'<iaiext:navigation{own}><iaiext:site{own} id="1"><iaiext:menu{own} id="1">{"".join(items)}'
                "</iaiext:menu></iaiext:site></iaiext:navigation>"
            )
        mark = "" if form.extension == "nowhere" else f'{own} iaiext:group_id="1" iaiext:sizeList="full"'
        parts.append(f"<sizes{mark}>{''.join(self._size(one, size) for size in one.sizes)}</sizes>")
        if one.pictures:
            priority = "priority" if form.extension == "nowhere" else "iaiext:priority"
            rows = (
                f'<image{own if priority[0] == "i" else ""} {priority}="{place}" url={quoteattr(self._url(path))} '
                f'changed="2026-03-02 10:11:12" hash="{mark}" width="1000" height="1500"/>'
                for place, (path, mark) in enumerate(one.pictures, 1)
            )
            parts.append(f"<images><large>{''.join(rows)}</large></images>")
        if one.group:
            parts.append(self._group(one))
        if one.parameters:
            parts.append(f"<parameters>{''.join(self._parameter(*row) for row in one.parameters)}</parameters>")
        return "".join(parts) + "</product>\n"

    def _url(self, path: str) -> str:
        return path if "://" in path else self.base + path

    def _names(self, names: Mapping[str, str]) -> str:
        return "".join(f'<name xml:lang="{language}">{cdata(text)}</name>' for language, text in names.items())

    def _texts(self, tag: str, texts: Mapping[str, str]) -> str:
        return "".join(f'<{tag} xml:lang="{language}">{cdata(text)}</{tag}>' for language, text in texts.items())

    def _price(self, tag: str, gross: str, vat: str | None) -> str:
        return f'<{tag} gross={quoteattr(gross)} net="{net_of(gross, vat)}"/>'

    def _size(self, product: Product, size: Size) -> str:
        form = self.form
        plain = form.extension == "nowhere"
        own = f" {EXTENSION}" if form.extension == "element" else ""
        name = f" name={quoteattr(size.name)}" if size.name else ""
        available = f" available={quoteattr(size.available or 'in_stock')}" if form.marketplace else ""
        rows = []
        for warehouse, (quantity, reserved) in size.stocks.items():
            said = "" if quantity is None else f' quantity="{quantity}"'
            if form.reserved and quantity is not None:
                left = quantity if quantity == "-1" else str(Decimal(quantity) - Decimal(reserved))
                said += f' available_stock_quantity="{left}"'
            rows.append(f'<stock id="{warehouse}"{said}/>')
        price = self._price("price", product.price if size.price is None else size.price, product.vat)
        nested = '<price_marketplace_site id="10005"><delivery_cost carrierId="51"/></price_marketplace_site>'
        if form.marketplace:
            price = price[:-2] + f">{nested}</price>"
        suggested = "" if size.srp is None else self._price("srp", size.srp, product.vat)
        return (
            f"<size id={quoteattr(size.id)}{name} panel_name={quoteattr((size.name or size.id).lower())}{available} "
            f'code="{product.id}-{size.id}" code_producer={quoteattr(size.ean)}'
            f"{own} {'' if plain else 'iaiext:'}code_external={quoteattr(size.sku)} weight={quoteattr(size.weight)}>"
            f"{price}{suggested}{''.join(rows)}</size>"
        )

    def _group(self, one: Product) -> str:
        rows = "".join(
            f'<group_by_parameter id="{place}">{self._names(names)}<product_value id="{place}">{self._names(values)}'
            "</product_value></group_by_parameter>"
            for place, (names, values) in enumerate(one.versions)
        )
        return f'<group id="{one.group}" first_product_id="{one.group}">{rows}</group>'

    def _parameter(self, kind: str, name: str, values: list[str]) -> str:
        inner = "".join(
            f'<value id="{place}" xml:lang="pol" name={quoteattr(one)}/>' for place, one in enumerate(values)
        )
        number = int(hashlib.md5(name.encode()).hexdigest()[:6], 16)
        return (
            f'<parameter type="{kind}" id="{number}" xml:lang="pol" hide="n" name={quoteattr(name)}>{inner}</parameter>'
        )

    def light_product(self, one: Product) -> str:
        if one.raw:
            return ""
        vat = "" if one.vat is None else f" vat={quoteattr(one.vat)}"
        sizes = []
        for size in one.sizes:
            gross = size.light_price or size.price
            price = "" if gross is None else f'<price net="{net_of(gross, one.vat)}" gross={quoteattr(gross)}/>'
            stocks = {place: quantity for place, (quantity, _) in size.stocks.items() if quantity is not None}
            rows = "".join(
                f'<stock id="{place}" quantity="{quantity}"/>'
                for place, quantity in (size.light_stocks or stocks).items()
            )
            sizes.append(f'<size id={quoteattr(size.id)} code="{one.id}-{size.id}">{price}{rows}</size>')
        price = self._price("price", one.light_price or one.price, one.vat)
        return f"<product id={quoteattr(one.id)}{vat}>{price}<sizes>{''.join(sizes)}</sizes></product>\n"
