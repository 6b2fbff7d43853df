"""A product of an offer as its XML says it: under the vendor's names, all values still text.

Elements are known by their local names: some offers give them a namespace of their own, most give none, and attributes
of IAI's extension carry a prefix (examples and schema of IOF 3.0; offers of 2.4 to 2.6). Offers that other software
writes loosely have some values in other places, which are named where they are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from iai_importer.elements import LANG, local, text_of

EXTENSION = "{http://www.iai-shop.com/developers/iof/extensions.phtml}"

Texts = Mapping[str, str]
"""By the language as the offer names it (``pol``, ``eng``); ``""`` where it names none."""


class Amount(msgspec.Struct, frozen=True, gc=False):
    """A price with and without VAT; ``""`` where one of the two is not said."""

    gross: str
    net: str


class Promotion(msgspec.Struct, frozen=True, gc=False):
    """A reduction for some time, by the shop's own clock."""

    begins: str
    ends: str
    price: Amount | None
    normal: Amount | None


class SitePrice(msgspec.Struct, frozen=True, gc=False):
    """The retail price at one of the shops of the panel; `size` ``0``: for all sizes."""

    site: str
    size: str
    amount: Amount


class Stock(msgspec.Struct, frozen=True, gc=False):
    """What lies in a warehouse; `available` without what is reserved, None where the file does not say it."""

    warehouse: str
    quantity: str
    available: str | None


class Size(msgspec.Struct, frozen=True, gc=False):
    id: str
    name: str
    code_producer: str
    code_external: str
    weight: str
    available: str
    price: Amount | None
    srp: Amount | None
    stocks: tuple[Stock, ...]


class Picture(msgspec.Struct, frozen=True, gc=False):
    url: str
    hash: str
    changed: str
    priority: str


class Parameter(msgspec.Struct, frozen=True, gc=False):
    """`values` are name and language of each. It may stand there once for each language."""

    id: str
    type: str
    name: str
    language: str
    hide: str
    values: tuple[tuple[str, str], ...]


class Version(msgspec.Struct, frozen=True, gc=False):
    """What sets the product apart in its group: name and value, each by language."""

    names: Texts
    values: Texts


class MenuItem(msgspec.Struct, frozen=True, gc=False):
    id: str
    path: str


class Product(msgspec.Struct, frozen=True, gc=False):
    """A product of the whole file, or of the light one, which knows prices and stocks alone."""

    id: str
    vat: str | None = None
    type: str = ""
    site: str = ""
    currency: str = ""
    code: str = ""
    code_producer: str = ""
    code_standard: str = ""
    producer: str = ""
    producer_id: str = ""
    category: str = ""
    category_name: str = ""
    card: str = ""
    names: Texts = {}
    briefs: Texts = {}
    descriptions: Texts = {}
    price: Amount | None = None
    srp: Amount | None = None
    promotion: Promotion | None = None
    retail: tuple[SitePrice, ...] = ()
    sizes: tuple[Size, ...] = ()
    pictures: tuple[Picture, ...] = ()
    group: str = ""
    versions: tuple[Version, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    menu: tuple[MenuItem, ...] = ()


def product(element: Any) -> Product:
    """The typed product of its element."""
    get = element.get
    found: dict[str, Any] = {
        "id": (get("id") or "").strip(),
        "vat": get("vat"),
        "type": get("type") or "",
        "site": get("site") or "",
        "currency": get("currency") or "",
        "code": get("code_on_card") or get("code") or "",
        "code_producer": get("code_producer") or get("EAN") or "",  # seen in a wholesaler's own "IOF 2.6"
        "code_standard": get("producer_code_standard") or "",
    }
    for child in element:
        reader = _READERS.get(local(child.tag))
        if reader is not None:
            reader(child, found)
    return Product(**found)


def light_product(element: Any) -> Product:
    """The prices and stocks of a product of the light file, which has nothing else."""
    found: dict[str, Any] = {"id": (element.get("id") or "").strip()}
    for child in element:
        reader = _LIGHT_READERS.get(local(child.tag))
        if reader is not None:
            reader(child, found)
    return Product(**found)


# --- readers of a product's elements -------------------------------------------------------------------------


def amount(element: Any) -> Amount:
    return Amount((element.get("gross") or "").strip(), (element.get("net") or "").strip())


def _texts(element: Any, into: dict[str, str]) -> None:
    text = text_of(element)
    if text and not text.isspace():
        into.setdefault(element.get(LANG) or "", text)


def _description(element: Any, found: dict[str, Any]) -> None:
    names, briefs, descriptions = dict[str, str](), dict[str, str](), dict[str, str]()
    places = {"name": names, "short_desc": briefs, "long_desc": descriptions}
    for child in element:
        if (into := places.get(local(child.tag))) is not None:
            _texts(child, into)
    found.update(names=names, briefs=briefs, descriptions=descriptions)


def _producer(element: Any, found: dict[str, Any]) -> None:
    found.update(producer=element.get("name") or "", producer_id=element.get("id") or "")


def _category(element: Any, found: dict[str, Any]) -> None:
    found["category"] = (element.get("id") or "").strip()
    found["category_name"] = element.get("name") or element.get("path") or ""  # a path: seen in an "IOF 2.6"


def _card(element: Any, found: dict[str, Any]) -> None:
    found["card"] = (element.get("url") or "").strip()


def _price(element: Any, found: dict[str, Any]) -> None:
    found["price"] = amount(element)


def _srp(element: Any, found: dict[str, Any]) -> None:
    found["srp"] = amount(element)


def _promotion(element: Any, found: dict[str, Any]) -> None:
    inner = {local(child.tag): child for child in element}
    price, normal = inner.get("price"), inner.get("normal_retail_price")
    found["promotion"] = Promotion(
        (element.get("start_date") or "").strip(),
        (element.get("ending_date") or "").strip(),
        None if price is None else amount(price),
        None if normal is None else amount(normal),
    )


def _retail(element: Any, found: dict[str, Any]) -> None:
    found["retail"] = tuple(
        SitePrice(child.get("id") or "", child.get("size_id") or "0", amount(child)) for child in element
    )


def _sizes(element: Any, found: dict[str, Any]) -> None:
    found["sizes"] = tuple(_size(child) for child in element if local(child.tag) == "size")


def _size(element: Any) -> Size:
    get = element.get
    price = srp = None
    stocks: list[Stock] = []
    for child in element:
        tag = local(child.tag)
        if tag == "stock":
            look = child.get
            stocks.append(Stock(look("id") or "", look("quantity") or "", look("available_stock_quantity")))
        elif tag == "price":
            price = amount(child)
        elif tag == "srp":
            srp = amount(child)
    return Size(
        id=(get("id") or "").strip(),
        name=(get("name") or get("panel_name") or "").strip(),  # `name` may be missing
        code_producer=(get("code_producer") or get(EXTENSION + "code_producer") or "").strip(),
        code_external=(get(EXTENSION + "code_external") or get("code_external") or "").strip(),
        weight=(get("weight") or "").strip(),
        available=(get("available") or "").strip().lower(),
        price=price,
        srp=srp,
        stocks=tuple(stocks),
    )


def _images(element: Any, found: dict[str, Any]) -> None:
    pictures: list[Picture] = []
    for kind in element:
        if local(kind.tag) != "large":  # icons are smaller copies
            continue
        for child in kind:
            get = child.get
            url = (get("url") or "").strip()
            if url:
                priority = get(EXTENSION + "priority") or get("priority") or ""
                pictures.append(Picture(url, get("hash") or "", get("changed") or "", priority))
    found["pictures"] = tuple(pictures)


def _group(element: Any, found: dict[str, Any]) -> None:
    versions: list[Version] = []
    for parameter in element:
        if local(parameter.tag) != "group_by_parameter":
            continue
        names, values = dict[str, str](), dict[str, str]()
        for child in parameter:
            tag = local(child.tag)
            if tag == "name":
                _texts(child, names)
            elif tag == "product_value":
                for name in child:
                    _texts(name, values)
        versions.append(Version(names, values))
    found["group"], found["versions"] = (element.get("id") or "").strip(), tuple(versions)


def _parameters(element: Any, found: dict[str, Any]) -> None:
    parameters: list[Parameter] = []
    for child in element:
        get = child.get
        values = tuple((value.get("name") or "", value.get(LANG) or "") for value in child)
        kind = get("type") or "" if local(child.tag) == "parameter" else local(child.tag)
        name, hide = get("name") or "", get("hide") or ""
        parameters.append(Parameter(get("id") or name, kind, name, get(LANG) or "", hide, values))
    found["parameters"] = tuple(parameters)


def _navigation(element: Any, found: dict[str, Any]) -> None:
    items = (child for child in element.iter() if local(child.tag) == "item")
    found["menu"] = tuple(MenuItem((one.get("id") or "").strip(), one.get("textid") or "") for one in items)


_READERS = {
    "description": _description, "producer": _producer, "category": _category, "card": _card, "price": _price,
    "srp": _srp, "promotion": _promotion, "price_retail": _retail, "sizes": _sizes, "images": _images,
    "group": _group, "parameters": _parameters, "navigation": _navigation,
}  # fmt: skip
_LIGHT_READERS = {name: _READERS[name] for name in ("price", "srp", "sizes")}
