"""Ceneo's XML, as public exporters agree on it (no schema of Ceneo's own is public): an offer for each product, or for
each variant, in ``<offers>`` or in groups within it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from feeds_family.google import html_of
from feeds_family.numbers import NotANumber, feed_amount, money
from feeds_family.wire import NO, ORDER, YES, OptionCell, Row, Wrong
from feeds_family.xml import elements, local, text_of

#: Sent within so many days; 90 on request, 99 no information, 110 before the premiere. Others are taken for 99.
AVAILABILITY = {"1": YES, "3": YES, "7": YES, "14": YES, "110": ORDER}
ROLES = {"rozmiar": "size", "kolor": "color"}
RESPONSIBLE = {"producent odpowiedzialny", "podmiot odpowiedzialny"}
SKU, BRAND, GTIN = "kod producenta", "producent", "ean"
OWN = {SKU, BRAND, GTIN, "sku"}  # attributes that are fields of their own in the catalogue
Get = Callable[[str], str | None]
FOLDED = str.maketrans("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ_", "acelnoszzACELNOSZZ ")
IMAGES = frozenset({"main", "i", "image"})
PARTS = frozenset({"attrs", "name", "desc", "cat", "imgs", "images"})
CURE = "Ask the merchant to correct it in the shop, or the shop's exporter."


@functools.lru_cache(4096)
def folded(name: str) -> str:
    """An attribute's name for comparing: exporters differ in case, in ``_`` for a blank and in Polish letters."""
    return " ".join(name.translate(FOLDED).lower().split())


def offers(path: Path, encoding: str | None, *, options: Collection[str], net: bool) -> Iterator[Row]:
    """The rows of a feed. `options` are the folded names of attributes that tell variants apart; `net`: the prices of
    this feed are without VAT. Raises `NotUsable` where the file breaks off."""
    firms: dict[str, str] = {}
    number = 0
    for element in elements(path, ("{*}o", "{*}p"), encoding):
        if local(element.tag) == "p":
            parent = element.getparent()
            if parent is not None and local(parent.tag) in {"responsibleProducers", "responsiblePersons"}:
                _firm(element, firms)
            continue
        number += 1
        yield row_of(element, f"offer {number}", options, net, firms)


def row_of(element: Any, place: str, options: Collection[str], net: bool, firms: dict[str, str]) -> Row:
    """The row of an offer."""
    wrong: list[Wrong] = []
    identity = (element.get("id") or "").strip()
    name = description = ""
    category: tuple[str, ...] = ()
    images: list[str] = []
    others_of: dict[str, str] = {}
    attributes: dict[str, tuple[str, str]] = {}
    for child in element:
        tag = child.tag if child.tag in PARTS else local(child.tag)
        if tag == "attrs":
            _attributes(child, attributes)
        elif tag == "name":
            name = " ".join(text_of(child).split())
        elif tag == "desc":
            description = html_of(text_of(child))
        elif tag in {"cat", "category"}:
            category = path_of(text_of(child))
        elif tag in {"imgs", "images"}:
            images = _images(child)
        elif tag and child.text:
            others_of.setdefault(tag, child.text.strip())
    # What belongs into attributes stands in elements of its own in some files.
    get = element.get if not others_of else lambda name: element.get(name) or others_of.get(name)
    price, currency = _price(get, "price", place, wrong)
    better, of_better = _price(get, "gross_price", place, wrong)
    without, of_without = _price(get, "price_netto", place, wrong)
    gross = better or ("" if net else price)
    cells, others = _told_apart(attributes, options)
    return Row(
        place,
        id=identity,
        name=name,
        description=description,
        brand=_value(attributes, BRAND),
        sku=_value(attributes, "sku") or _value(attributes, SKU),
        gtin=_value(attributes, GTIN),
        url=(get("url") or "").strip(),
        gross=gross,
        net=without or (price if net else ""),
        currency=of_better or currency or of_without,
        vat=(get("vat") or "").strip(),
        stock=_amount(get, "stock", place, wrong),
        available=AVAILABILITY.get((get("avail") or "").strip(), NO),
        weight=_amount(get, "weight", place, wrong),
        categories=(category,) if category else (),
        images=tuple(dict.fromkeys(images)),
        options=cells,
        attributes=tuple(
            (label, firms.get(value, value) if key in RESPONSIBLE else value) for key, (label, value) in others.items()
        ),
        wrong=tuple(wrong),
    )


def _attributes(element: Any, found: dict[str, tuple[str, str]]) -> None:
    """By folded name; the first one counts where an exporter writes one twice."""
    for one in element:
        label, key = _named(one.get("name") or "")
        text = one.text if one.text and not len(one) else text_of(one) or one.get("value") or ""
        value = " ".join(text.split())
        if key and value:
            found.setdefault(key, (label, value))


@functools.lru_cache(4096)
def path_of(text: str) -> tuple[str, ...]:
    """``Odzież/Koszule`` as a path; a name with a stroke in it cannot be told from two."""
    return tuple(part for one in text.split("/") if (part := " ".join(one.split())))


@functools.lru_cache(4096)
def _named(name: str) -> tuple[str, str]:
    """An attribute's name as it is shown, and as it is compared."""
    label = " ".join(name.replace("_", " ").split())
    return label, folded(label)


def _value(attributes: dict[str, tuple[str, str]], key: str) -> str:
    found = attributes.get(key)
    return found[1] if found is not None else ""


def _told_apart(
    attributes: dict[str, tuple[str, str]], options: Collection[str]
) -> tuple[tuple[OptionCell, ...], dict[str, tuple[str, str]]]:
    cells = tuple(
        OptionCell(label, value, ROLES.get(key, "")) for key, (label, value) in attributes.items() if key in options
    )
    return cells, {key: pair for key, pair in attributes.items() if key not in options and key not in OWN}


def _images(element: Any) -> list[str]:
    """The main one first, wherever it stands."""
    found: list[str] = []
    for one in element:
        address = (one.get("url") or "").strip()
        tag = one.tag if one.tag in IMAGES else local(one.tag)
        if address and tag == "main":
            found.insert(0, address)
        elif address and tag in IMAGES:
            found.append(address)
    return found


def _price(get: Get, name: str, place: str, wrong: list[Wrong]) -> tuple[str, str]:
    text = (get(name) or "").strip()
    if not text:
        return "", ""
    try:
        return money(text)
    except NotANumber as problem:
        wrong.append(Wrong("price", f"{place}, {name}", text, str(problem), CURE))
        return "", ""


def _amount(get: Get, name: str, place: str, wrong: list[Wrong]) -> str:
    text = (get(name) or "").strip()
    if not text:
        return ""
    try:
        return feed_amount(text)
    except NotANumber as problem:
        wrong.append(Wrong(name, f"{place}, {name}", text, str(problem), CURE))
        return ""


def _firm(element: Any, firms: dict[str, str]) -> None:
    """Who answers for a product, under the id by which offers name it; such an id may come twice, or be empty."""
    identity = (element.get("id") or "").strip()
    words = [" ".join(text.split()) for text in element.itertext()]
    said = ", ".join(word for word in words if word)
    if identity and said:
        firms.setdefault(identity, said)
