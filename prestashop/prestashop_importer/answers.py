"""From the bytes that the webservice answers to rows: JSON or XML, with what bad modules print around them.

A row has the shape of PrestaShop's JSON in both cases: scalars, translated fields as lists of ``id`` and
``value``, associations as lists of dictionaries. XML is read without entities, DTD or network.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn
from xml.etree.ElementTree import Element, ParseError, fromstring

Row = dict[str, Any]

NOTICE_CODES = range(2, 16)  # PHP errors, warnings and notices: WebserviceRequest::webserviceErrorHandler
LONGEST_NOISE = 64 * 1024  # bytes that may stand before the answer; debug mode prints PHP warnings there
BROKEN = re.compile(r'\{\s*"')  # so an answer begins; PHP's messages may hold brackets, but not these
MOST_STARTS = 200  # brackets within that noise that are tried as the beginning

# JSON spells the root of this one resource differently from its address (its class's table name).
NODES = {"product_customization_fields": "customization_fields"}


class Unparsable(Exception):
    """The body is neither the wanted list nor a list of errors."""


@dataclass(frozen=True, slots=True)
class ShopError:
    """One entry of the webservice's list of errors."""

    code: int
    message: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What a body holds: the wanted rows (None where it has no list at all) and the errors beside them."""

    rows: tuple[Row, ...] | None
    errors: tuple[ShopError, ...] = ()

    @property
    def only_notices(self) -> bool:
        return bool(self.errors) and all(error.code in NOTICE_CODES for error in self.errors)


@dataclass(frozen=True, slots=True)
class RootPage:
    """``GET /api/``: the shop's name and the resources that this key may read."""

    shop_name: str
    readable: frozenset[str]


def listing(body: bytes, resource: str) -> Listing:
    """The rows of `resource` in a JSON or XML body. Raises `Unparsable`."""
    node = NODES.get(resource, resource)
    if _looks_like_xml(body):
        return _from_xml(xml_root(body), node)
    return _from_json(body, node)


def errors_of(body: bytes) -> tuple[ShopError, ...]:
    """The errors that a body of either form lists; none where it is something else."""
    try:
        return listing(body, "errors").errors
    except Unparsable:
        return ()


def root_page(body: bytes) -> RootPage:
    """The root page, which is complete in XML only. Raises `Unparsable`."""
    api = xml_root(body).find("api")
    if api is None:
        raise Unparsable("there is no list of resources in it")
    readable = {str(child.tag) for child in api if isinstance(child.tag, str) and child.get("get") == "true"}
    return RootPage(api.get("shopName", ""), frozenset(readable))


# --- JSON ----------------------------------------------------------------------------------------------------


def _from_json(body: bytes, node: str) -> Listing:
    text = body.decode("utf-8-sig", "replace")
    for document in _documents(text):
        if document == []:
            return Listing(())  # an empty list of any resource is `[]`
        if isinstance(document, dict) and (node in document or "errors" in document):
            return Listing(_json_rows(document, node), _json_errors(document))
    raise Unparsable("there is no JSON of the wanted form in it")


def _documents(text: str) -> Iterator[Any]:
    """The JSON documents in a text, whatever noise stands around them. One that breaks off ends the search: what lies
    inside of it (an empty list of something) is no answer to what was asked."""
    # strict=False: PrestaShop 1.6 leaves control characters in its strings.
    decoder = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant, strict=False)
    end = 0
    for tried, start in enumerate(re.finditer(r"[\[{]", text[:LONGEST_NOISE])):
        if tried == MOST_STARTS:
            return
        if start.start() < end:
            continue
        try:
            document, end = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            if BROKEN.match(text, start.start()):
                return
            continue
        if isinstance(document, dict) or not text[end:].strip():
            yield document


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _json_rows(document: Row, node: str) -> tuple[Row, ...] | None:
    found = document.get(node)
    if isinstance(found, list) and all(isinstance(row, dict) for row in found):
        return tuple(found)
    return None


def _json_errors(document: Row) -> tuple[ShopError, ...]:
    found = document.get("errors")
    entries = found if isinstance(found, list) else []
    return tuple(
        ShopError(_code(entry.get("code")), str(entry.get("message", "")))
        for entry in entries
        if isinstance(entry, dict)
    )


def _code(value: object) -> int:
    text = str(value).strip()
    return int(text) if re.fullmatch(r"\d{1,6}", text) else 0


# --- XML -----------------------------------------------------------------------------------------------------


def _looks_like_xml(body: bytes) -> bool:
    head = body[:LONGEST_NOISE]
    return b"<?xml" in head or b"<prestashop" in head


def xml_root(body: bytes) -> Element:
    """The root element. Whatever stands before it is dropped; a document type is refused. Raises `Unparsable`."""
    start = body.find(b"<prestashop")
    if start < 0 or start > LONGEST_NOISE:
        raise Unparsable("there is no XML of a PrestaShop webservice in it")
    if re.search(rb"<!(DOCTYPE|ENTITY)", body[:start], re.IGNORECASE):
        raise Unparsable("its XML declares a document type, which is not read")
    # A document type may stand before the root only, and that part is cut off: nothing can declare an entity.
    try:
        return fromstring(body[start:].rstrip(b"\x00 \r\n\t"))
    except (ParseError, ValueError) as problem:
        raise Unparsable(f"its XML is not well-formed ({problem})") from problem


def _from_xml(root: Element, node: str) -> Listing:
    errors = tuple(
        ShopError(_code(_text(error.find("code"))), _text(error.find("message")))
        for error in root.iterfind("errors/error")
    )
    found = root.find(node)
    rows = None if found is None or node == "errors" else tuple(_xml_row(child) for child in _elements(found))
    return Listing(rows, errors)


def _xml_row(element: Element) -> Row:
    row: Row = {}
    for child in _elements(element):
        if child.tag == "associations":
            row["associations"] = {
                str(association.tag): [
                    {str(field.tag): _text(field) for field in _elements(member)} for member in _elements(association)
                ]
                for association in _elements(child)
            }
        else:
            row[str(child.tag)] = _xml_value(child)
    if "id" not in row and element.get("id"):
        row["id"] = element.get("id")  # a list without `display` holds only references
    return row


def _xml_value(element: Element) -> object:
    languages = element.findall("language")
    if languages:
        return [{"id": language.get("id", ""), "value": _text(language)} for language in languages]
    return _text(element)


def _elements(parent: Element) -> Iterator[Element]:
    return (child for child in parent if isinstance(child.tag, str))  # no comments


def _text(element: Element | None) -> str:
    return "" if element is None else "".join(element.itertext())
