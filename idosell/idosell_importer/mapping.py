"""What the API's rows mean: pure functions, one a concept. A product of the shop becomes a member of its group."""

from __future__ import annotations

from datetime import UTC

import msgspec
from gateway_importer.catalog import Kind, Notice, Vat
from idosell_family.codes import group_of, gtin_of, sku_of
from idosell_family.member import Broken, Member, Money, Picture, Size, stock_text
from idosell_family.product import VERSION
from idosell_family.stock import kilograms

from idosell_importer import wire
from idosell_importer.answers import Row, item_fault
from idosell_importer.conditions import ZONE, Conditions
from idosell_importer.prices import SAVE_AGAIN, Refused, price_of, vat_of
from idosell_importer.reader import Reader, Unreadable
from idosell_importer.stock import stock_of

KINDS = {
    wire.GOODS: Kind.GOODS,
    "product_packaging": Kind.GOODS,
    "product_bundle": Kind.BUNDLE,
    "product_collection": Kind.BUNDLE,
    "product_service": Kind.VIRTUAL,
    "product_virtual": Kind.VIRTUAL,
    "product_configurable": Kind.CONFIGURED_BUNDLE,
}
NO_BRAND = "producent niezdefiniowany"
NO_CATEGORY = "*kategoria tymczasowa"


def member_of(row: Row, conditions: Conditions) -> Member | None:
    """A product of the shop; None where it is deleted. What is wrong with one is told by itself: whose it is, its name
    and whether it is shown come first, so that one with odd values that is switched off is switched off."""
    own = str(row["productId"]).strip()
    # Of which it is not known where it belongs is handed on at once: whoever names it as a member is told of it.
    known = Member(id=own, group=own, name="", members=(own,))
    try:
        known = whose(row)
        if (fault := item_fault(row)) is not None:
            raise Refused("shop_fault", f"The shop says of it: {fault.text or fault.code}.")
        texts = wire.Texts.read(row)
        known = msgspec.structs.replace(known, name=conditions.text(texts, "name"))
        showing = wire.Showing.read(row)
        if showing.deleted:
            return None
        rule, detail = rule_of(showing, conditions)
        if rule:
            return msgspec.structs.replace(known, rule=rule, detail=detail, sizes=_names(row))
        known = msgspec.structs.replace(known, sizes=_names(row))
        product = wire.Product.read(row)
        if not known.name:
            raise Refused("nameless", "It has no name in any language.", "Give it a name in the panel.")
        return _filled(known, product, conditions)
    except Unreadable as problem:
        return msgspec.structs.replace(known, broken=Broken(problem.code, f"{problem}.", SAVE_AGAIN))
    except Refused as refused:
        return msgspec.structs.replace(known, broken=Broken.of(refused.fault))


def is_deleted(row: Row) -> bool:
    try:
        return wire.Showing.read(row).deleted
    except Unreadable:
        return False


def whose(row: Row) -> Member:
    """The product's id and its group, and no more. Raises `Unreadable`."""
    identity = str(Reader(row, f"product {row.get('productId', '?')}").id("productId"))
    version = wire.Version.read(row)
    members: tuple[str, ...] | None = tuple(dict.fromkeys((*version.members, identity)))
    if not version.parent:
        members = (identity,)
    elif not version.members and (version.parent != int(identity) or version.group_names or version.names):
        members = None  # it is in a group, of which the shop does not name the others
    return Member(id=identity, group=group_of(identity, str(version.parent)), name="", members=members)


def rule_of(showing: wire.Showing, conditions: Conditions) -> tuple[str, str]:
    """The rule by which a product is left out (a name of `catalog.SkipRule`), with a word of detail; none: ``""``."""
    if not showing.visible:
        return "DISABLED", "not visible in the shop"
    if conditions.shop not in showing.shops:
        where = ", ".join(str(one) for one in sorted(showing.shops))
        return "OTHER_SHOP", f"offered in shop {where}" if where else "offered in no shop"
    return "", ""


def _filled(known: Member, product: wire.Product, conditions: Conditions) -> Member:
    """The member with all that is told of it. Raises `Refused`."""
    if not product.sizes:
        raise Refused("no_sizes", "It has no size.", "Open the product in the panel, choose its sizes again and save.")
    kind, notices = kind_of(product)
    vat = vat_of(product)
    sizes: list[Size] = []
    for size in product.sizes:
        made, found = _size(product, size, conditions, vat)
        sizes.append(made)
        notices += found
    pictures, found = pictures_of(product, conditions)
    notices += found
    return Member(
        id=known.id,
        group=known.group,
        members=known.members,
        name=known.name,
        description=conditions.text(product.texts, "description"),
        brief=conditions.text(product.texts, "brief"),
        brand="" if product.brand.casefold() == NO_BRAND else product.brand,
        categories=(categories := categories_of(product, conditions)),
        main_category=categories[0] if categories else "",
        pictures=pictures,
        kind=kind,
        versions=versions_of(product, conditions),
        size_option=conditions.size_option,
        sizes=tuple(sizes),
        attributes=attributes_of(product, conditions),
        notices=tuple((notice.code, notice.text) for notice in dict.fromkeys(notices)),
        updated=None if product.modified is None else product.modified.replace(tzinfo=ZONE).astimezone(UTC),
    )


def _size(product: wire.Product, size: wire.Size, conditions: Conditions, vat: Vat) -> tuple[Size, list[Notice]]:
    name = size_name(product, size, conditions)
    try:
        if size.problem:
            raise Refused("value_unreadable", f"{size.problem}.")
        price, notices = price_of(product, size, conditions, vat)
    except Refused as refused:
        return Size(size.id, name, broken=Broken.of(refused.fault)), []
    stock, found = stock_of(product, size, conditions)
    gtin, wrong = gtin_of(size.producer_code, product.code_standard)
    notices += [*found, *([Notice("gtin_invalid", wrong)] if wrong else [])]
    made = Size(
        id=size.id,
        name=name,
        money=Money.of(price),
        stock=stock_text(stock),
        sku=sku_of(size.external, product.code, len(product.sizes), size.id),
        gtin=gtin,
        weight=kilograms(size.weight),
    )
    return made, notices


def size_name(product: wire.Product, size: wire.Size, conditions: Conditions) -> str:
    """As customers see it, else as the panel calls it."""
    known = conditions.size_names
    words = known.get((product.size_group, size.id)) or known.get(("", size.id)) or {}
    return conditions.word(words) or size.panel_name or size.id


def _names(row: Row) -> tuple[Size, ...]:
    """The sizes of a product of which no more is told; none where not even they can be read."""
    try:
        return tuple(Size(size.id, size.panel_name or size.id) for size in wire.sizes_of(row))
    except Unreadable:
        return ()


def kind_of(product: wire.Product) -> tuple[Kind, list[Notice]]:
    kind = KINDS.get(product.kind)
    if kind is None:
        said = f"Its kind is '{product.kind}', which is not known: taken for goods."
        return Kind.GOODS, [Notice("kind_unknown", said)]
    return kind, []


def versions_of(product: wire.Product, conditions: Conditions) -> tuple[tuple[str, str], ...]:
    """What sets it apart in its group, as name and value."""
    name, value = conditions.word(product.version.group_names), conditions.word(product.version.names)
    return ((name or VERSION, value),) if value else ()


def categories_of(product: wire.Product, conditions: Conditions) -> tuple[str, ...]:
    """The panel's category, or the items of the shop's menu in which it lies."""
    if conditions.menu:
        here = (conditions.shop, conditions.menu)
        return tuple(str(item) for shop, menu, item in product.menu if (shop, menu) == here)
    unset = product.category == 0 or product.category_name.casefold().startswith(NO_CATEGORY)
    return () if unset else (str(product.category),)


def pictures_of(product: wire.Product, conditions: Conditions) -> tuple[tuple[Picture, ...], list[Notice]]:
    """In the shop's order, in their largest form."""
    found: list[Picture] = []
    notices: list[Notice] = []
    for picture in product.pictures:
        if not picture.url:
            said = f"The shop names picture {picture.id} and gives no address of it."
            notices.append(Notice("picture_unreadable", said))
            continue
        url = f"https:{picture.url}" if picture.url.startswith("//") else picture.url
        if not url.startswith(("https://", "http://")):
            url = f"{conditions.base}/{url.lstrip('/')}"
        found.append(Picture(f"{product.id}-{picture.id}-{picture.mark or url}", url))
    return tuple(found), notices


def attributes_of(product: wire.Product, conditions: Conditions) -> tuple[tuple[str, str], ...]:
    """The parameters as name and value, in the shop's order."""
    found: list[tuple[str, str]] = []
    for parameter in product.parameters:
        name = conditions.word(parameter.names)
        values = [conditions.word(value) for value in parameter.values]
        found += [(name, value) for value in values if name and value]
    return tuple(dict.fromkeys(found))
