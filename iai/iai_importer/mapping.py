"""What a product of an offer means in the catalogue: pure functions, one a concept."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import urljoin

from gateway_importer.catalog import Fault, Kind
from idosell_family.codes import UNIVERSAL, gtin_of, sku_of
from idosell_family.member import Broken, Member, Picture, Size
from idosell_family.product import VERSION
from idosell_family.stock import kilograms

from iai_importer import wire
from iai_importer.conditions import Conditions, language_of
from iai_importer.numbers import Unreadable, number
from iai_importer.prices import Prices, currency_of, vat_of
from iai_importer.stocks import stock_of

KINDS = {"virtual": Kind.VIRTUAL, "service": Kind.VIRTUAL, "bundle": Kind.BUNDLE, "collection": Kind.BUNDLE}
NO_CATEGORY = ("", "0", "1")  # "*Kategoria tymczasowa"
NO_PRODUCER = "0"  # "producent niezdefiniowany"
SAVE_AGAIN = "Open the product in the panel, correct and save it; a later offer of the shop holds it then."


def member_of(product: wire.Product, light: wire.Product | None, conditions: Conditions, *, group: str) -> Member:
    """A product of the whole file with what the light one says of it (None: nothing); it belongs to `group`."""
    name = _text(product.names, conditions)
    named = [one for one in product.sizes if one.id]
    vat = currency = ""
    broken = None
    try:
        if not name.strip():
            raise Unreadable("nameless", "It has no name in any language.")
        vat, currency = vat_of(product), currency_of(product, conditions)
        if len({one.id for one in named}) < len(product.sizes):
            raise Unreadable("sizes_unclear", "Two of its sizes have one id, or one has none.")
    except Unreadable as problem:
        broken = Broken(problem.code, str(problem), SAVE_AGAIN)
    prices = Prices(product, light, conditions, vat, currency)
    lights = {size.id: size for size in light.sizes} if light is not None else {}
    notices: list[tuple[str, str]] = []
    if broken is not None:
        sizes = tuple(Size(one.id, one.name or one.id) for one in named)
    else:
        sizes = tuple(
            _size(product, one, light is not None, lights.get(one.id), prices, conditions, notices) for one in named
        )
    notices += prices.notices
    return Member(
        id=product.id,
        group=group,
        name=name.strip(),
        members=None,
        description=_text(product.descriptions, conditions),
        brief=_text(product.briefs, conditions),
        brand="" if product.producer_id.strip() == NO_PRODUCER else product.producer.strip(),
        categories=_categories(product, conditions),
        main_category="" if conditions.menu or product.category in NO_CATEGORY else product.category,
        pictures=_pictures(product, conditions),
        kind=KINDS.get(product.type.strip().lower(), Kind.GOODS),
        versions=tuple(pair for one in product.versions if (pair := _version(one, conditions))[1]),
        size_option=conditions.size_option,
        sizes=sizes,
        attributes=_attributes(product, conditions),
        notices=tuple(dict.fromkeys(notices)) if notices else (),
        url=product.card if product.card.startswith(("https://", "http://")) else "",
        broken=broken,
    )


def unreadable(identity: str, group: str, fault: Fault) -> Member:
    """A product of which nothing can be told: what belongs to it fails with it."""
    return Member(id=identity, group=group, name="", broken=Broken.of(fault))


def _size(
    product: wire.Product,
    size: wire.Size,
    known_to_light: bool,
    light: wire.Size | None,
    prices: Prices,
    conditions: Conditions,
    notices: list[tuple[str, str]],
) -> Size:
    name = size.name
    if conditions.size_names is not None and size.id != UNIVERSAL:
        name = conditions.size_names.get((conditions.languages[0], size.id), name)
    sku = sku_of(size.code_external, product.code, len(product.sizes), size.id)
    try:
        gtin, wrong = gtin_of(
            size.code_producer or (product.code_producer if len(product.sizes) == 1 else ""), product.code_standard
        )
        if wrong:
            notices.append(("gtin_invalid", wrong))
        return Size(
            id=size.id,
            name=name or size.id,
            money=prices.of(size, light),
            stock=stock_of(size, light, known_to_light=known_to_light, conditions=conditions),
            sku=sku,
            gtin=gtin,
            weight=_weight(size.weight, notices),
        )
    except Unreadable as problem:
        return Size(size.id, name or size.id, broken=Broken(problem.code, str(problem), SAVE_AGAIN))


def _weight(grams: str, notices: list[tuple[str, str]]) -> Decimal | None:
    try:
        return kilograms(number(grams, "weight")) if grams else None
    except Unreadable as problem:
        notices.append((problem.code, f"{problem} It was left out."))
        return None


def _text(texts: wire.Texts, conditions: Conditions) -> str:
    """In the first language that has one; then the one that names no language, then any."""
    for language in conditions.languages:
        if language in texts:
            return texts[language]
    for language in conditions.languages:
        for named, text in texts.items():
            if language_of(named) == language:
                return text
    return texts.get("") or next(iter(texts.values()), "")


def _version(version: wire.Version, conditions: Conditions) -> tuple[str, str]:
    return _text(version.names, conditions).strip() or VERSION, _text(version.values, conditions).strip()


def _categories(product: wire.Product, conditions: Conditions) -> tuple[str, ...]:
    if conditions.menu:
        return tuple(dict.fromkeys(item.id for item in product.menu if item.id))
    return () if product.category in NO_CATEGORY else (product.category,)


def _pictures(product: wire.Product, conditions: Conditions) -> tuple[Picture, ...]:
    """By their priority where they have one, else as they stand. A hash changes with the picture."""
    found = list(product.pictures)
    if all(one.priority.isdecimal() for one in found):
        found.sort(key=lambda one: int(one.priority))
    made: dict[str, Picture] = {}
    for one in found:
        url = one.url if one.url.startswith(("https://", "http://")) else _joined(conditions.base, one.url)
        made.setdefault(url, Picture(one.hash or f"{url} {one.changed}".rstrip(), url))
    return tuple(made.values())


def _joined(base: str, url: str) -> str:
    try:
        return urljoin(base, url)
    except ValueError:
        return url  # whoever reads it says what is wrong with it


def _attributes(product: wire.Product, conditions: Conditions) -> tuple[tuple[str, str], ...]:
    """Names and values as the product's card shows them, in one language each. Sections are headings."""
    chosen: dict[str, wire.Parameter] = {}
    for one in product.parameters:
        if one.type == "section" or one.hide.lower() == "y":
            continue
        before = chosen.get(one.id)
        if before is None or _rank(one.language, conditions) < _rank(before.language, conditions):
            chosen[one.id] = one
    pairs = [
        (" ".join(one.name.split()), " ".join(value.split())) for one in chosen.values() for value, _ in one.values
    ]
    return tuple(pair for pair in pairs if all(pair))


def _rank(language: str, conditions: Conditions) -> int:
    try:
        return conditions.languages.index(language_of(language))
    except ValueError:
        return len(conditions.languages)
