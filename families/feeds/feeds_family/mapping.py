"""What the rows of one product mean in the catalogue. Pure functions; nothing is guessed, padded or repaired."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from urllib.parse import quote, urljoin, urlsplit

from gateway_importer.catalog import (
    CategoryId,
    Failed,
    Fault,
    Image,
    LeftOutVariant,
    Notice,
    Option,
    Page,
    Product,
    ProductId,
    Skipped,
    SkipRule,
    Variant,
    VariantId,
)
from stdnum import ean

from feeds_family.conditions import Conditions
from feeds_family.prices import Unpriced, price_of
from feeds_family.stock import NoStock, stock_of
from feeds_family.wire import COSTLY, OptionCell, Row

PATH = " > "
SAFE_IN_ADDRESS = "%/:?#[]@!$&'()*+,;=~|"
SHORTEST_NAME = 3  # letters
HEAVIEST = Decimal(100_000)  # kg; above it a weight is a mistake
SENTENCES = 3  # of what is wrong with a row in one message


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that cannot be a variant."""

    row: Row
    fault: Fault


def page_of(product: str, rows: Sequence[Row], conditions: Conditions) -> Page:
    """The product that these rows are, or what became of it. Never raises for a bad one."""
    alone = [row for row in rows if not row.group] if len(rows) > 1 else []
    heads = alone if conditions.heads else []
    members = [row for row in rows if row not in heads]
    first = next(iter(heads), members[0])
    name = first.name or next((row.name for row in members if row.name), "")
    identity = ProductId(product)
    if not any(row.active for row in members) or (heads and not first.active):
        return Page(skipped=(Skipped(identity, name, SkipRule.DISABLED, f"{first.place}: switched off"),))
    if not name:
        return Page(failed=(Failed(identity, "", _nameless(first)),))
    left = [] if conditions.heads else [_no_member(row, product) for row in alone]
    members = [row for row in members if row not in alone or conditions.heads]
    variants: list[Variant] = []
    notices: list[Notice] = []
    grouped = any(row.group for row in members)
    options = _options(members, conditions) if grouped else {}
    for row in members:
        own = options.get(row.id, ())
        if not row.active:
            left.append(LeftOutVariant(VariantId(row.id), _label(own, row), rule=SkipRule.DISABLED))
            continue
        made = _variant(row, own, conditions, notices)
        if isinstance(made, Bad):
            left.append(LeftOutVariant(VariantId(row.id), _label(own, row), fault=made.fault))
        else:
            variants.append(made)
    bad = next((one.fault for one in left if one.fault is not None), None)
    if not variants and bad is not None:
        return Page(failed=(Failed(identity, name, bad),))
    return Page(products=(_product(identity, first, members, variants, left, notices, grouped, name, conditions),))


def _product(
    identity: ProductId, first: Row, members: Sequence[Row], variants: list[Variant], left: list[LeftOutVariant],
    notices: list[Notice], grouped: bool, name: str, conditions: Conditions,
) -> Product:  # fmt: skip
    images = _images(first, conditions, notices)
    if not images:
        images = next((found for row in members if (found := _images(row, conditions, []))), ())
    shown = name if not grouped else _common_name([row.name for row in members if row.name]) or name
    if not first.group and grouped:
        shown = name  # the product's own row
    description = first.description or next((row.description for row in members if row.description), "")
    attributes = first.attributes if not grouped else _shared(members)
    by_id = {row.id if row.group else "": row for row in members}
    told = []
    for variant in variants:
        row = by_id[str(variant.source_id)]
        own = _images(row, conditions, [])
        told.append(
            replace(
                variant,
                name=row.name if grouped and row.name and row.name != shown and len(members) > 1 else None,
                description=row.description if grouped and row.description and row.description != description else None,
                categories=category_ids(row)
                if grouped and row.categories and row.categories != first.categories
                else None,
                images=own if grouped and own and own != images else None,
                page_url=row.url if grouped and row.url and row.url != first.url else None,
            )
        )
    if not grouped:
        attributes = (*attributes, *((cell.name, cell.value) for cell in first.options))
    return Product(
        source_id=identity,
        name=shown,
        variants=tuple(told),
        description=description,
        brief=first.brief,
        brand=first.brand or next((row.brand for row in members if row.brand), ""),
        categories=category_ids(first),
        main_category=next(iter(category_ids(first)), None),
        images=images,
        left_out=tuple(left),
        attributes=attributes,
        notices=tuple(dict.fromkeys(notices)),
        page_url=first.url or None,
    )


def _variant(row: Row, options: tuple[Option, ...], conditions: Conditions, notices: list[Notice]) -> Variant | Bad:
    costly = [one for one in row.wrong if one.field in COSTLY]
    if costly:
        said = "; ".join(one.said for one in costly[:SENTENCES])
        return Bad(row, Fault(f"{costly[0].field}_wrong", f"{said[0].upper()}{said[1:]}.", costly[0].cure))
    notices += [Notice(f"{one.field}_wrong", f"{one.said}. {one.cure}") for one in row.wrong]
    try:
        price = price_of(row, conditions)
        stock = stock_of(row, conditions)
    except Unpriced as problem:
        return Bad(row, problem.fault)
    except NoStock as problem:
        return Bad(row, problem.fault)
    return Variant(
        source_id=VariantId(row.id if row.group else ""),
        price=price,
        stock=stock.level,
        sku=row.sku,
        gtin=_gtin(row, notices),
        options=options,
        weight=_weight(row),
        backorders=stock.backorders,
    )


# --- what a variant is told by -------------------------------------------------------------------------------


def _options(members: Sequence[Row], conditions: Conditions) -> dict[str, tuple[Option, ...]]:
    """Each member's options: those that always are, and the others where members differ in them. Where that leaves two
    alike and a person has named an option for it, what their titles have beyond their common beginning is one more."""
    said = {row.id: {cell.name: cell for cell in row.options} for row in members}
    names = dict.fromkeys(cell.name for row in members for cell in row.options)
    differ = {name for name in names if len({_value(cells, name) for cells in said.values()}) > 1}
    found: dict[str, tuple[Option, ...]] = {}
    for row in members:
        cells = [cell for cell in row.options if cell.always or cell.name in differ]
        found[row.id] = tuple(Option(cell.name, cell.value, cell.role or None) for cell in cells)
    if conditions.title_option and len({_told(options) for options in found.values()}) < len(found):
        common = _common_name([row.name for row in members])
        for row in members:
            rest = row.name[len(common) :].strip(" ,-–|/") or row.name
            found[row.id] = (*found[row.id], Option(conditions.title_option, rest))
    return found


def _value(cells: dict[str, OptionCell], name: str) -> str:
    cell = cells.get(name)
    return cell.value if cell is not None else ""


def _told(options: tuple[Option, ...]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((one.name, one.value) for one in options))


def _label(options: tuple[Option, ...], row: Row) -> str:
    return ", ".join(f"{one.name}: {one.value}" for one in options) or row.id


def _common_name(names: Sequence[str]) -> str:
    """The words with which all names begin; empty where that is hardly one."""
    if not names:
        return ""
    words = [name.split() for name in names]
    common: list[str] = []
    for column in zip(*words, strict=False):
        if len(set(column)) > 1 and len({word.strip(",;") for word in column}) > 1:
            break
        common.append(column[0])
    found = " ".join(common).strip(" ,-–|/;(")
    return found if len(found) >= SHORTEST_NAME else ""


def _shared(members: Sequence[Row]) -> tuple[tuple[str, str], ...]:
    """The attributes that all members have alike, and what all have alike of what might have been an option."""
    first, *others = members
    pairs = [*first.attributes, *((cell.name, cell.value) for cell in first.options if not cell.always)]
    return tuple(
        pair for pair in pairs
        if all(pair in row.attributes or pair in [(c.name, c.value) for c in row.options] for row in others)
    )  # fmt: skip


# --- single values -------------------------------------------------------------------------------------------


def _gtin(row: Row, notices: list[Notice]) -> str:
    """The first right code of a cell; one that is none costs itself alone."""
    codes = [one.strip() for one in row.gtin.split(",")]
    for code in codes:
        if re.fullmatch(r"\d{8}|\d{12,14}", code) and ean.is_valid(code):
            return code
    if row.gtin:
        text = f"{row.place}: '{row.gtin[:40]}' is no GTIN (EAN), and was left out."
        notices.append(Notice("gtin_invalid", text))
    return ""


def _weight(row: Row) -> Decimal | None:
    weight = Decimal(row.weight) if row.weight else None
    return weight if weight is not None and 0 < weight < HEAVIEST else None


def category_ids(row: Row) -> tuple[CategoryId, ...]:
    return tuple(CategoryId(PATH.join(path)) for path in row.categories)


def _images(row: Row, conditions: Conditions, notices: list[Notice]) -> tuple[Image, ...]:
    found: dict[str, Image] = {}
    for said in row.images:
        address = image_address(said, conditions.image_base)
        if address is None:
            text = f"{row.place}: '{said[:80]}' is no whole address of a picture; IMAGE_BASE_URL may say what it lacks."
            notices.append(Notice("image_address", text))
        else:
            found.setdefault(address, Image(key=address, url=address, public_url=address))
    return tuple(found.values())


def image_address(said: str, base: str) -> str | None:
    """A picture's whole address; None where it is none, and nobody says on what it rests."""
    try:
        address = said if "://" in said else urljoin(base.rstrip("/") + "/", said.lstrip("/")) if base else ""
        if said.startswith("//"):
            address = f"https:{said}"
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    return quote(address, safe=SAFE_IN_ADDRESS)


def _nameless(row: Row) -> Fault:
    return Fault("name_missing", f"{row.place[0].upper()}{row.place[1:]} has no name.", "Give it a name in the shop.")


def _no_member(row: Row, product: str) -> LeftOutVariant:
    why = f"{row.place[0].upper()}{row.place[1:]} has the id '{product}', which is also that of a group, and no group."
    cure = "Give it the group's id where it is one of its variants, else another id."
    return LeftOutVariant(VariantId(row.id), row.id, fault=Fault("id_of_a_group", why, cure))
