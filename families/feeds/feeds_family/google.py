"""Google Merchant's fields (support.google.com/merchants/answer/7052112), as RSS, as Atom and as a table of its own
template: one row for each item, whichever way it came."""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from feeds_family.numbers import NotANumber, feed_amount, money
from feeds_family.wire import NO, ORDER, YES, OptionCell, Row, Wrong
from feeds_family.xml import elements, local, text_of

NAMESPACE = "http://base.google.com/ns/1.0"
#: Where feeds have some fields, or all of them: in none, in Atom's, in that of custom fields.
OTHERS = ("", "{http://www.w3.org/2005/Atom", "{http://base.google.com/cns/1.0")
#: Column names of Google's Polish template, and words that old feeds use.
FIELDS_BY_NAME = {
    "identyfikator": "id", "tytuł": "title", "nazwa": "title", "opis": "description", "link": "link", "cena": "price",
    "dostępność": "availability", "link do zdjęcia": "image_link", "link do obrazu": "image_link", "marka": "brand",
    "link do dodatkowego zdjęcia": "additional_image_link", "dodatkowy link do zdjęcia": "additional_image_link",
    "stan": "condition", "kolor": "color", "rozmiar": "size", "materiał": "material", "wzór": "pattern",
    "identyfikator grupy produktów": "item_group_id", "identyfikator grupy elementów": "item_group_id",
    "cena sprzedaży": "sale_price", "cena promocyjna": "sale_price",
    "kategoria produktów google": "google_product_category",
    "typ produktu": "product_type", "rodzaj produktu": "product_type", "waga": "shipping_weight",
    "okres obowiązywania ceny promocyjnej": "sale_price_effective_date",
}  # fmt: skip
AVAILABILITY = {
    "in stock": YES, "w magazynie": YES, "dostępny": YES, "out of stock": NO, "brak w magazynie": NO, "niedostępny": NO,
    "preorder": ORDER, "pre order": ORDER, "przedsprzedaż": ORDER, "backorder": ORDER, "available for order": ORDER,
    "zamówienie oczekujące": ORDER,
}  # fmt: skip
#: What tells the members of a group apart; the first two always, the others where members differ in them.
OPTIONS = (
    ("size", "size", True), ("color", "color", True), ("material", "", False), ("pattern", "", False),
    ("size_system", "", False), ("size_type", "", False), ("gender", "", False), ("age_group", "", False),
)  # fmt: skip
QUANTITIES = ("quantity", "sell_on_google_quantity", "inventory")  # not in the standard; some shops add them
TO_KG = {"kg": "1", "g": "0.001", "lb": "0.45359237", "oz": "0.028349523125"}
Fields = Mapping[str, Sequence[str]]


def name_of(column: str) -> str:
    """A field's name, from a column's or an element's."""
    word = " ".join(column.strip().lower().removeprefix("g:").split())
    return FIELDS_BY_NAME.get(word, word.replace(" ", "_"))


def is_template(line: str) -> bool:
    """Whether a table's first line has the names of Google's template."""
    separator = max("\t,;|", key=line.count)
    names = {name_of(one) for one in next(csv.reader([line], delimiter=separator), [])}
    return {"id", "title"} <= names and len(
        names & {"link", "image_link", "availability", "google_product_category"}
    ) > 1


def items(path: Path, encoding: str | None, *, atom: bool) -> Iterator[Row]:
    """The rows of a feed. Raises `NotUsable` where it breaks off."""
    tag = "{*}entry" if atom else "{*}item"
    for number, element in enumerate(elements(path, (tag,), encoding), 1):
        yield row_of(_fields(element), f"{'entry' if atom else 'item'} {number}")


def _fields(element: Any) -> dict[str, list[str]]:
    """The item's own children, not those of `shipping` and the like. What is in Google's namespace comes first."""
    own: dict[str, list[str]] = {}
    plain: dict[str, list[str]] = {}
    for child in element:
        tag = child.tag
        if not isinstance(tag, str):
            continue
        space, _, name = tag.rpartition("}")
        name = name.removeprefix("g:")
        if name in {"structured_title", "structured_description"}:
            content = next((text_of(one) for one in child if local(one.tag) == "content"), "")
            name, value = name.removeprefix("structured_"), content
        elif name == "product_detail":
            parts = {local(one.tag): text_of(one) for one in child}
            value = f"{parts.get('attribute_name', '')}\n{parts.get('attribute_value', '')}"
        else:
            value = text_of(child) or (child.get("href") or "" if name == "link" else "")
        if value and space in OTHERS:
            plain.setdefault(name, []).append(value)
        elif value and space == "{" + NAMESPACE:
            own.setdefault(name, []).append(value)
    for name, values in plain.items():
        own.setdefault("description" if name in {"summary", "content"} else name, values)
    return own


def row_of(fields: Fields, place: str) -> Row:
    """The row of an item."""
    wrong: list[Wrong] = []
    identity = _first(fields, "id")
    price, currency = _money(fields, "price", place, wrong)
    sale, sale_currency = _money(fields, "sale_price", place, wrong)
    if sale_currency and sale_currency != (currency or sale_currency):
        why, cure = f"is another currency than {currency}", "Let an item have one currency."
        wrong.append(Wrong("currency", f"{place}, sale_price", sale_currency, why, cure))
    begins, _, ends = _first(fields, "sale_price_effective_date").partition("/")
    title = _unescaped(_first(fields, "title"))
    images = [_first(fields, "image_link"), *_all(fields, "additional_image_link")]
    options = tuple(
        OptionCell(name, value, role, always) for name, role, always in OPTIONS if (value := _first(fields, name))
    )
    details = tuple((a, b) for a, _, b in (one.partition("\n") for one in _all(fields, "product_detail")) if a and b)
    categories = [path for one in _all(fields, "product_type") if (path := path_of(one))]
    return Row(
        place,
        id=identity,
        group=_first(fields, "item_group_id"),
        name=title,
        description=html_of(_first(fields, "description")),
        brief="; ".join(_all(fields, "product_highlight")),
        brand=_unescaped(_first(fields, "brand")),
        sku=_first(fields, "mpn"),
        gtin=re.sub(r"[\s-]", "", _first(fields, "gtin")),  # Google lets blanks and dashes pass
        url=_first(fields, "link"),
        gross=price,
        currency=currency or sale_currency,
        sale=sale,
        sale_from=begins.strip(),
        sale_to=ends.strip(),
        stock=_quantity(fields, place, wrong),
        available=_availability(fields, place, wrong),
        weight=_weight(fields, place, wrong),
        categories=tuple(dict.fromkeys(categories)),
        images=tuple(dict.fromkeys(one for one in images if one)),
        options=options,
        attributes=details,
        wrong=tuple(wrong),
    )


def path_of(text: str) -> tuple[str, ...]:
    """``Odzież > Koszule`` as a path; escaped twice where an exporter did so."""
    return tuple(part for one in re.split(r"\s*>\s*", _unescaped(text)) if (part := one.strip()))


def _first(fields: Fields, name: str) -> str:
    found = fields.get(name)
    return found[0].strip() if found else ""


def _all(fields: Fields, name: str) -> list[str]:
    return [one.strip() for one in fields.get(name, ()) if one.strip()]


def _unescaped(text: str) -> str:
    """Texts that were escaped twice (``&amp;lt;p&amp;gt;`` in the file) hold entities where letters belong."""
    return html.unescape(text) if "&" in text and re.search(r"&(#\d+|#x[0-9a-fA-F]+|[a-zA-Z]{2,8});", text) else text


def html_of(text: str) -> str:
    """A description. Where it has no tag and escaped ones, an exporter has escaped it once too often."""
    return html.unescape(text) if "<" not in text and "&lt;" in text else text


def _money(fields: Fields, name: str, place: str, wrong: list[Wrong]) -> tuple[str, str]:
    text = _first(fields, name)
    if not text:
        return "", ""
    try:
        return money(text)
    except NotANumber as problem:
        field = "price" if name == "price" else "sale"
        cure = "Google wants it as 149.90 PLN: ask the merchant to have the feed corrected."
        wrong.append(Wrong(field, f"{place}, {name}", text, str(problem), cure))
        return "", ""


def _quantity(fields: Fields, place: str, wrong: list[Wrong]) -> str:
    for name in QUANTITIES:
        if text := _first(fields, name):
            try:
                return feed_amount(text)
            except NotANumber as problem:
                wrong.append(Wrong("stock", f"{place}, {name}", text, str(problem), "Write it as a number."))
    return ""


def _availability(fields: Fields, place: str, wrong: list[Wrong]) -> str:
    text = _first(fields, "availability")
    if not text:
        return ""
    found = AVAILABILITY.get(" ".join(text.lower().replace("_", " ").replace("-", " ").split()))
    if found is None:
        why = "is no availability that Google knows; it was taken for sold out"
        wrong.append(Wrong("available", f"{place}, availability", text, why, "Write in_stock or out_of_stock."))
    return found or NO


def _weight(fields: Fields, place: str, wrong: list[Wrong]) -> str:
    text = _first(fields, "shipping_weight")
    found = re.fullmatch(r"([\d.,\s]+)\s*(kg|g|lb|oz)?", text.strip(), re.IGNORECASE) if text else None
    if not text:
        return ""
    try:
        if found is None:
            raise NotANumber("is no weight such as 0.4 kg")
        return f"{Decimal(feed_amount(found[1])) * Decimal(TO_KG[(found[2] or 'kg').lower()]):f}"
    except NotANumber as problem:
        wrong.append(Wrong("weight", f"{place}, shipping_weight", text, str(problem), "Write it as 0.4 kg."))
        return ""
