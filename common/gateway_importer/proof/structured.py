"""What a product page states for machines: schema.org's products and offers, as JSON-LD or as microdata.

Both forms become the same plain nodes (a dict of lists), which are then read once. Pages come from outside: broken,
huge, hostile or empty ones give fewer statements, never an exception.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from lxml import etree

LONGEST_TAG = 128 * 1024  # bytes; libxml2 takes a time that grows with the square of a tag's attributes
LONGEST_PRICE = 40  # characters
HIGHEST = Decimal(10) ** 12  # what is more is no price
DEEPEST = 60  # levels of JSON-LD that are looked into
MOST_NODES = 50_000  # of JSON-LD on one page
MOST_VARIANTS = 1000  # of one product

PRODUCTS = frozenset(
    {"Product", "ProductGroup", "ProductModel", "IndividualProduct", "SomeProducts", "Vehicle", "Book"}
)
OFFERS = frozenset({"Offer", "AggregateOffer"})
ELSEWHERE = frozenset({
    "isRelatedTo", "isSimilarTo", "isAccessoryOrSparePartFor", "isConsumableFor", "isVariantOf", "itemListElement",
    "review", "reviews", "offers", "hasVariant", "itemOffered",
})  # fmt: skip
"""Properties that lead to other products than the one that a page is about, or to parts of one."""

GTINS = ("gtin", "gtin13", "gtin14", "gtin12", "gtin8", "isbn")
BEFORE_REDUCTION = ("listprice", "strikethroughprice", "msrp", "srp", "regularprice")
BUYABLE = frozenset({
    "instock", "limitedavailability", "onlineonly", "preorder", "presale", "backorder", "madetoorder",
})  # fmt: skip
NOT_BUYABLE = frozenset({"outofstock", "soldout", "discontinued", "reserved", "instoreonly"})
CURRENCIES = {"ZŁ": "PLN", "ZL": "PLN", "€": "EUR", "$": "USD", "£": "GBP", "KČ": "CZK"}
# The attribute that holds a property's value, by element (HTML's microdata); `content` counts on any.
VALUE_ATTRIBUTES = {
    "a": "href", "area": "href", "link": "href", "img": "src", "iframe": "src", "source": "src", "embed": "src",
    "audio": "src", "video": "src", "object": "data", "data": "value", "meter": "value", "time": "datetime",
}  # fmt: skip

_TAG = re.compile(rb"<[A-Za-z][^>]{%d}" % LONGEST_TAG)
_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|;)\s*$"
)

Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Offer:
    """One price that a page states. `currency` is an ISO code, `""` where none is told; `availability` schema.org's
    word in lower case. `lowest` and `highest` are a range without single prices. `before` is a price before a
    reduction that stands beside it. `only_for` says for whom it holds (``group``, ``quantity``; ``""``: any guest)."""

    price: Decimal | None = None
    currency: str = ""
    availability: str = ""
    sku: str = ""
    gtin: str = ""
    lowest: Decimal | None = None
    highest: Decimal | None = None
    before: Decimal | None = None
    only_for: str = ""

    @property
    def buyable(self) -> bool | None:
        """Whether it can be bought now; None where the page does not say, or says it in a word of its own."""
        return True if self.availability in BUYABLE else False if self.availability in NOT_BUYABLE else None


@dataclass(frozen=True, slots=True)
class Stated:
    """A product that a page states, with its offers; those of its variants (`hasVariant`) carry their own codes."""

    name: str = ""
    sku: str = ""
    gtin: str = ""
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True)
class Statements:
    """All that a page states. `broken` counts the blocks of JSON-LD that cannot be read."""

    products: tuple[Stated, ...] = ()
    broken: int = 0


def statements(page: bytes, charset: str | None = None) -> Statements:
    """The products that a page states for machines, in its order, JSON-LD first."""
    document = _parsed(page, charset)
    if document is None:
        return Statements()
    nodes: list[Node] = []
    broken = 0
    for block in document.iter("script"):
        if (block.get("type") or "").split(";")[0].strip().lower() == "application/ld+json":
            loaded = _loaded(block.text or "")
            if loaded is None:
                broken += 1
            else:
                nodes += _nodes(loaded)
    by_id = {str(node["@id"]): node for node in nodes if len(node) > 1 and isinstance(node.get("@id"), str)}
    products = [_product(node, by_id) for node in nodes if _types(node) & PRODUCTS]
    products += [_product(node, {}) for node in _items(document) if _types(node) & PRODUCTS]
    return Statements(tuple(products), broken)


# --- from a page to nodes ------------------------------------------------------------------------------------


def _parsed(page: bytes, charset: str | None) -> Any:
    if not page.strip() or _TAG.search(page):
        return None
    try:
        parser = etree.HTMLParser(encoding=charset or _charset(page), no_network=True, recover=True)
    except (LookupError, ValueError):  # no code that there is
        parser = etree.HTMLParser(encoding=_charset(page), no_network=True, recover=True)
    try:
        return etree.fromstring(page, parser)
    except (etree.LxmlError, ValueError):
        return None


def _charset(page: bytes) -> str | None:
    """UTF-8 where it is that; else what the page itself names."""
    try:
        page.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "utf-8"


def _loaded(text: str) -> Any:
    """A block of JSON-LD; None where it is no JSON. Line breaks inside texts and comments around the whole are
    mistakes that search engines forgive."""
    for attempt in (text, _WRAPPING.sub("", _WRAPPING.sub("", text))):
        try:
            return json.loads(attempt, strict=False, parse_float=Decimal, parse_constant=str)
        except (ValueError, RecursionError):
            continue
    return None


def _nodes(loaded: Any) -> list[Node]:
    """Every object of a block that stands for itself, in its order; parts of products are left to them."""
    found: list[Node] = []
    pending: list[tuple[Any, int]] = [(loaded, 0)]
    while pending and len(found) < MOST_NODES:
        value, depth = pending.pop()
        if depth > DEEPEST:
            continue
        if isinstance(value, list):
            pending += [(one, depth + 1) for one in reversed(value)]
        elif isinstance(value, dict):
            found.append(value)
            inner = [one for name, one in value.items() if _word(name) not in ELSEWHERE]
            pending += [(one, depth + 1) for one in reversed(inner) if isinstance(one, dict | list)]
    return found


def _items(document: Any) -> list[Node]:
    """The top-level items of microdata, as nodes."""
    top: list[Node] = []
    pending: list[tuple[Any, Node | None]] = [(document, None)]
    while pending:
        element, around = pending.pop()
        if not isinstance(element.tag, str):
            continue  # a comment
        names = (element.get("itemprop") or "").split()
        item = around
        value: Any = None
        if element.get("itemscope") is not None:
            item = {"@type": (element.get("itemtype") or "").split()}
            value = item
            if not names or around is None:
                top.append(item)
        elif names:
            value = _value(element)
        if around is not None:
            for name in names:
                around.setdefault(_word(name), []).append(value)
        pending += [(child, item) for child in reversed(element)]
    return top


def _value(element: Any) -> str:
    given = element.get("content")
    if given is None and element.tag in VALUE_ATTRIBUTES:
        given = element.get(VALUE_ATTRIBUTES[element.tag])
    if given is None:
        # A property's text may enclose half a page; a code or a price does not.
        given = "".join(islice(element.itertext(), 50))
    return str(given).strip()


# --- from nodes to values ------------------------------------------------------------------------------------


def _product(node: Node, by_id: Mapping[str, Node]) -> Stated:
    name, sku, gtin = _text(node, "name"), _text(node, "sku"), _gtin(node)
    offers = _offers(node, sku, gtin, by_id)
    for variant in _parts(node, "hasVariant", by_id)[:MOST_VARIANTS]:
        offers += _offers(variant, _text(variant, "sku"), _gtin(variant), by_id)
    return Stated(name, sku, gtin, tuple(offers))


def _offers(node: Node, sku: str, gtin: str, by_id: Mapping[str, Node]) -> list[Offer]:
    found: list[Offer] = []
    for given in _parts(node, "offers", by_id)[:MOST_VARIANTS]:
        inner = _parts(given, "offers", by_id)[:MOST_VARIANTS] if "AggregateOffer" in _types(given) else []
        for one in inner or [given]:
            found += _prices(one, _text(one, "sku") or sku, _gtin(one) or gtin, _text(given, "priceCurrency"), by_id)
    return found


def _prices(node: Node, sku: str, gtin: str, currency: str, by_id: Mapping[str, Node]) -> list[Offer]:
    """An offer's own price, and those of its specifications: a price before a reduction is no offer of its own."""
    availability = _word(_text(node, "availability")).lower()
    specifications = _parts(node, "priceSpecification", by_id)
    before = next((price for one in specifications if _is_before(one) and (price := amount(_text(one, "price")))), None)
    plain = [one for one in specifications if not _is_before(one) and _text(one, "price")]
    sources = [node] if _text(node, "price") or not plain else []
    # A guest's price that both state is one price.
    sources += [one for one in plain if not sources or _only_for(one)]
    found = []
    for one in sources:
        text = _text(one, "price")
        found.append(
            Offer(
                price=amount(text), currency=_currency(_text(one, "priceCurrency") or currency, text),
                availability=availability, sku=sku, gtin=gtin,
                lowest=amount(_text(one, "lowPrice")), highest=amount(_text(one, "highPrice")),
                before=before, only_for=_only_for(one) or _only_for(node),
            )
        )  # fmt: skip
    return found


def _is_before(specification: Node) -> bool:
    return _word(_text(specification, "priceType")).lower() in BEFORE_REDUCTION


def _only_for(node: Node) -> str:
    if any(name in node for name in ("eligibleCustomerType", "validForMemberTier", "membershipPointsEarned")):
        return "group"
    for quantity in _dicts(node, "eligibleQuantity"):
        least = amount(_text(quantity, "minValue") or _text(quantity, "value"))
        if least is not None and least > 1:
            return "quantity"
    return ""


def _gtin(node: Node) -> str:
    return next((digits for name in GTINS if (digits := plain_gtin(_text(node, name)))), "")


def plain_gtin(text: str) -> str:
    """A GTIN without the zeros and signs in front that make one code look like several; ``""`` for what is none."""
    digits = re.sub(r"[\s-]", "", text)
    return digits.lstrip("0") if digits.isascii() and digits.isdecimal() and len(digits) in {8, 10, 12, 13, 14} else ""


def _parts(node: Node, name: str, by_id: Mapping[str, Node]) -> list[Node]:
    """The objects under a property; one that is only named by its @id is looked up."""
    return [by_id.get(str(one.get("@id")), one) if set(one) <= {"@id", "@type"} else one for one in _dicts(node, name)]


def _dicts(node: Node, name: str) -> list[Node]:
    return [one for one in _list(node.get(name)) if isinstance(one, dict)]


def _text(node: Node, name: str) -> str:
    """The first plain value of a property, as text."""
    for given in _list(node.get(name)):
        value = given.get("@value", given.get("@id", "")) if isinstance(given, dict) else given
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, str | int | Decimal) and str(value).strip():
            return str(value).strip()
    return ""


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else () if value is None else (value,)


def _types(node: Node) -> set[str]:
    return {_word(one) for one in _list(node.get("@type")) if isinstance(one, str)}


def _word(address: str) -> str:
    """The last word of a name that may be a whole address: ``https://schema.org/InStock`` is ``InStock``."""
    return re.split(r"[/#:]", address.strip().rstrip("/"))[-1]


def amount(text: str) -> Decimal | None:
    """A price as pages write it: ``1234.56``, ``1 234,56 zł``, ``1.234,56``; None where it cannot be told."""
    digits = "".join(_number_characters(text))
    if not digits or len(text) > LONGEST_PRICE:
        return None
    dots, commas = digits.count("."), digits.count(",")
    if dots and commas:
        decimal = max(".", ",", key=digits.rfind)
        digits = digits.replace("," if decimal == "." else ".", "").replace(",", ".")
    elif commas:
        if commas == 1 and len(digits.rpartition(",")[2]) == 3:
            return None  # a thousand and more, or three decimals
        digits = digits.replace(",", "." if commas == 1 else "")
    elif dots > 1:
        digits = digits.replace(".", "")
    try:
        found = Decimal(digits)
    except InvalidOperation:
        return None
    return found if found <= HIGHEST else None


def _number_characters(text: str) -> Iterator[str]:
    """Digits and separators; a full stop that ends a word (``1 zł.``) is none."""
    text = re.sub(r"(?<=[^\W\d])\.|\.(?=\s*$)", "", text.strip())
    if re.search(r"\d[eE][+-]?\d", text):
        return iter(())  # an exponent is no price that a person wrote
    if text.startswith(("-", "\N{MINUS SIGN}")):
        return iter(())
    return (character for character in text if character in "0123456789.,")


def _currency(stated: str, price: str) -> str:
    said = (stated or re.sub(r"[\d\s.,\u202f-]", "", price)).strip().upper()
    said = CURRENCIES.get(said, said)
    return said if re.fullmatch(r"[A-Z]{3}", said) else ""
