"""What the rows of one product mean in the catalogue. Pure functions; nothing is guessed, padded or repaired."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
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
PLAIN_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(:\d+)?/[A-Za-z0-9._~/%-]*(\?[A-Za-z0-9._~=&%-]*)?")
SHORTEST_NAME = 3  # letters
HEAVIEST = Decimal(100_000)  # kg; above it a weight is a mistake
SENTENCES = 3  # of what is wrong with a row in one message


@dataclass(frozen=True, slots=True)
class Shared:
    """What the variants of a product have from it, unless their rows say otherwise. `first` is the row that describes
    the product; `grouped`: there may be several variants."""

    first: Row
    name: str
    description: str
    images: tuple[Image, ...]
    grouped: bool
    several: bool


def page_of(product: str, rows: Sequence[Row], conditions: Conditions) -> Page:
    """The product that these rows are, or what became of it. Never raises for a bad one."""
    identity = ProductId(product)
    # The row of which the others are variants, or one that has their group's id by mistake.
    alone = [row for row in rows if not row.group] if len(rows) > 1 else []
    members = [row for row in rows if row not in alone] if alone else list(rows)
    first = alone[0] if alone and conditions.heads else members[0]
    name = first.name or next((row.name for row in members if row.name), "")
    if not any(row.active for row in members) or (not first.active and first not in members):
        return Page(skipped=(Skipped(identity, name, SkipRule.DISABLED, f"{first.place}: switched off"),))
    if not name:
        return Page(failed=(Failed(identity, "", _nameless(first)),))
    notices: list[Notice] = []
    shared = _shared(first, members, name, conditions, notices)
    options = _options(members, conditions) if shared.grouped else {}
    told = {_told(options[row.id]) for row in members if not row.gone} if options else set()
    left = [] if conditions.heads else [_no_member(row, product) for row in alone]
    variants: list[Variant] = []
    for row in members:
        own = options.get(row.id, ())
        if row.gone and _told(own) in told:
            continue  # another row has taken its place, under a new id
        made = _variant(row, own, shared, conditions, notices) if row.active else SkipRule.DISABLED
        if isinstance(made, Variant):
            variants.append(made)
        elif isinstance(made, Fault):
            left.append(LeftOutVariant(VariantId(row.id), _label(own, row), fault=made))
        else:
            left.append(LeftOutVariant(VariantId(row.id), _label(own, row), rule=made))
    bad = next((one.fault for one in left if one.fault is not None), None)
    if not variants and bad is not None:
        return Page(failed=(Failed(identity, name, bad),))
    made_of = Product(
        source_id=identity,
        name=shared.name,
        variants=tuple(variants),
        description=shared.description,
        brief=first.brief,
        brand=first.brand or next((row.brand for row in members if row.brand), ""),
        categories=category_ids(first),
        main_category=next(iter(category_ids(first)), None),
        images=shared.images,
        left_out=tuple(left),
        attributes=_attributes(first, members, shared),
        notices=tuple(dict.fromkeys(notices)),
        page_url=first.url or None,
    )
    return Page(products=(made_of,))


def _shared(first: Row, members: Sequence[Row], name: str, conditions: Conditions, notices: list[Notice]) -> Shared:
    grouped = any(row.group for row in members)
    shown = name
    if grouped and first.group:  # else it is the product's own row
        shown = _common_name([row.name for row in members if row.name]) or name
    images = _images(first, conditions, notices)
    if not images and len(members) > 1:
        images = next((found for row in members if (found := _images(row, conditions, []))), ())
    description = first.description or next((row.description for row in members if row.description), "")
    return Shared(first, shown, description, images, grouped, several=len(members) > 1)


def _variant(
    row: Row, options: tuple[Option, ...], shared: Shared, conditions: Conditions, notices: list[Notice]
) -> Variant | Fault:
    if row.wrong:
        if costly := [one for one in row.wrong if one.field in COSTLY]:
            said = "; ".join(one.said for one in costly[:SENTENCES])
            return Fault(f"{costly[0].field}_wrong", f"{said[0].upper()}{said[1:]}.", costly[0].cure)
        notices += [Notice(f"{one.field}_wrong", f"{one.said}. {one.cure}") for one in row.wrong]
    try:
        price = price_of(row, conditions)
        stock = stock_of(row, conditions)
    except (Unpriced, NoStock) as problem:
        return problem.fault
    first = shared.first
    images: tuple[Image, ...] | None = None
    if row.images != first.images:
        images = _images(row, conditions, []) or None
    own_text = row.description if row.description and row.description != shared.description else None
    return Variant(
        source_id=VariantId(row.id),  # its own in the whole file, so that it stays where it moves to another group
        price=price,
        stock=stock.level,
        sku=row.sku,
        gtin=_gtin(row, notices),
        options=options,
        name=row.name if shared.several and row.name and row.name != shared.name else None,
        description=own_text,
        categories=category_ids(row) if row.categories and row.categories != first.categories else None,
        images=images if images != shared.images else None,
        weight=_weight(row),
        backorders=stock.backorders,
        page_url=row.url if row.url and row.url != first.url else None,
    )


# --- what a variant is told by -------------------------------------------------------------------------------


def _options(members: Sequence[Row], conditions: Conditions) -> dict[str, tuple[Option, ...]]:
    """Each member's options: those that always are, and the others where members differ in them. Where that leaves two
    alike and a person has named an option for it, what their titles have beyond their common beginning is one more."""
    differ: set[str] = set()
    if any(not cell.always for row in members for cell in row.options):
        said = [{cell.name: cell for cell in row.options} for row in members]
        names = dict.fromkeys(cell.name for row in members for cell in row.options)
        differ = {name for name in names if len({_value(cells, name) for cells in said}) > 1}
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


def _attributes(first: Row, members: Sequence[Row], shared: Shared) -> tuple[tuple[str, str], ...]:
    """The attributes that all members have alike, with what might have been an option."""
    if not shared.grouped:
        return (*first.attributes, *((cell.name, cell.value) for cell in first.options))
    one, *others = members
    pairs = [*one.attributes, *((cell.name, cell.value) for cell in one.options if not cell.always)]
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
    if PLAIN_ADDRESS.fullmatch(said):
        return said
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
