"""What the API's rows mean in the catalogue: pure functions, one a concept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC

from gateway_importer.catalog import (
    CategoryId,
    Fault,
    Image,
    Kind,
    LeftOutVariant,
    Notice,
    Option,
    Product,
    ProductId,
    SkipRule,
    Variant,
    VariantId,
    Vat,
)

from shoper_family import tables, wire
from shoper_family.conditions import Conditions
from shoper_family.money import currency_of, price_of, vat_of
from shoper_family.variants import Refused, gtin_of, stock_of, weight_of

TICK = 1
GIFT_CARD = "denomination"
WRITTEN = {"text", "file"}


@dataclass(frozen=True, slots=True)
class References:
    """What a page's products refer to. `stocks` and `pictures` are by product; `unreadable` are variants' ids with
    what is wrong with each, `no_pictures` what is wrong with a picture, by product."""

    stocks: Mapping[int, Sequence[wire.Stock]] = field(default_factory=dict)
    unreadable: Mapping[int, Sequence[tuple[int, Fault]]] = field(default_factory=dict)
    pictures: Mapping[int, Sequence[wire.Picture]] = field(default_factory=dict)
    no_pictures: Mapping[int, Sequence[str]] = field(default_factory=dict)
    options: Mapping[int, tables.Option] = field(default_factory=dict)
    values: Mapping[int, tables.OptionValue] = field(default_factory=dict)
    group_options: Mapping[int, Sequence[tables.Option]] = field(default_factory=dict)
    priced_options: frozenset[int] = frozenset()
    producers: Mapping[int, tables.Producer] = field(default_factory=dict)
    attributes: Mapping[int, tables.Attribute] = field(default_factory=dict)


def rule_of(row: wire.Product, conditions: Conditions) -> tuple[SkipRule, str] | None:
    """The rule by which a product is left out, with a word of detail; None where it comes in."""
    if not row.base.active:
        return SkipRule.DISABLED, "its base stock is switched off"
    if conditions.hidden_prices:
        return SkipRule.NO_PRICE_SHOWN, conditions.hidden_prices
    shown = [active for one in _categories(row) if (active := conditions.category_active.get(one)) is not None]
    if shown and not any(shown):
        return SkipRule.HIDDEN, "all its categories are switched off"
    return None


def product_of(row: wire.Product, references: References, conditions: Conditions) -> Product:
    """A product with its variants. Raises `Refused` where it cannot be imported."""
    if not row.texts.name:
        raise Refused(Fault("nameless", "It has no name in any language.", "Give it a name in the administration."))
    vat = vat_of(row, conditions)
    currency = currency_of(row, conditions)
    images = images_of(references.pictures.get(row.id, ()), conditions)
    notices = [Notice("picture_unreadable", f"{said}.") for said in references.no_pictures.get(row.id, ())]
    kind, found = kind_of(row, references, conditions)
    notices += found
    gone: tuple[LeftOutVariant, ...] = ()
    if row.variants:
        variants, gone, found = _variants(row, references, conditions, vat, currency)
    else:
        only, found = variant_of(row, row.base, (), None, conditions, vat, currency)
        variants = (only,)
    notices += found
    producer = references.producers.get(row.producer_id)
    return Product(
        source_id=ProductId(str(row.id)),
        name=row.texts.name,
        variants=variants,
        description=row.texts.description,
        brief=row.texts.brief,
        brand=producer.name if producer is not None else "",
        categories=tuple(CategoryId(str(one)) for one in _categories(row)),
        main_category=CategoryId(str(row.main_category)) if row.main_category else None,
        images=images,
        kind=kind,
        left_out=gone,
        attributes=attributes_of(row, references, conditions),
        notices=tuple(dict.fromkeys(notices)),
        updated_at=None if row.edited is None else row.edited.replace(tzinfo=conditions.timezone).astimezone(UTC),
        page_url=row.texts.permalink if row.texts.permalink.startswith(("https://", "http://")) else None,
    )


def _categories(row: wire.Product) -> tuple[int, ...]:
    return row.categories or ((row.main_category,) if row.main_category else ())


# --- variants ------------------------------------------------------------------------------------------------


def variant_of(
    row: wire.Product,
    stock: wire.Stock,
    options: Sequence[Option],
    images: tuple[Image, ...] | None,
    conditions: Conditions,
    vat: Vat,
    currency: str,
) -> tuple[Variant, list[Notice]]:
    """One stock of a product; its id alone names the variant, since it is unique in the shop."""
    price, notices = price_of(row, stock, conditions, vat, currency)
    gtin, found = gtin_of(stock.ean)
    held = stock_of(stock, conditions)
    variant = Variant(
        source_id=VariantId(str(stock.id)),
        price=price,
        stock=held.level,
        sku=stock.code,
        gtin=gtin,
        options=tuple(options),
        images=images,
        weight=weight_of(row.base, stock, conditions),
        for_sale=held.for_sale,
        backorders=conditions.overselling,
    )
    return variant, [*notices, *found, *held.notices]


def _variants(
    row: wire.Product,
    references: References,
    conditions: Conditions,
    vat: Vat,
    currency: str,
) -> tuple[tuple[Variant, ...], tuple[LeftOutVariant, ...], list[Notice]]:
    """The variants in the shop's order; those that are switched off or bad beside them, and notices."""
    notices: list[Notice] = []
    gone = [
        LeftOutVariant(VariantId(str(number)), f"stock {number}", fault=fault)
        for number, fault in references.unreadable.get(row.id, ())
    ]
    rows = [stock for stock in references.stocks.get(row.id, ()) if stock.extended]
    built: list[tuple[tuple[tuple[int, int], ...], int, Variant]] = []
    for stock in rows:
        label = ""
        try:
            chosen = options_of(stock, references, conditions)
            label = ", ".join(f"{option.name}: {option.value}" for option, _, _ in chosen)
            if not stock.active:
                gone.append(LeftOutVariant(VariantId(str(stock.id)), label, rule=SkipRule.DISABLED))
                continue
            if not chosen:
                notices.append(Notice("variant_without_options", f"Stock {stock.id} has no options: left out."))
                continue
            own = pictures_of(stock, references.pictures.get(row.id, ()), conditions)
            options = [option for option, _, _ in chosen]
            variant, found = variant_of(row, stock, options, own, conditions, vat, currency)
        except Refused as refused:
            gone.append(LeftOutVariant(VariantId(str(stock.id)), label or f"stock {stock.id}", fault=refused.fault))
            continue
        notices += found
        built.append((tuple((order, value) for _, order, value in chosen), stock.id, variant))
    here = {stock.id for stock in rows} | {int(one.source_id) for one in gone}
    for missing in sorted(set(row.variants) - here):
        notices.append(Notice("variant_missing", f"The shop names stock {missing} as a variant and does not have it."))
    if not built and not gone:
        cure = "Open the product in the administration and make its variants anew, or take them off."
        raise Refused(Fault("no_variants", "It has variants, but none that can be chosen.", cure))
    built.sort(key=lambda entry: (entry[0], entry[1]))
    return tuple(variant for _, _, variant in built), tuple(gone), notices


def options_of(stock: wire.Stock, references: References, conditions: Conditions) -> list[tuple[Option, int, int]]:
    """The options of a variant with the places of option and value, in the shop's order. Raises `Refused` where one is
    unknown or has no name."""
    found: list[tuple[Option, int, int]] = []
    for option_id, value_id in stock.options:
        option, value = references.options.get(option_id), references.values.get(value_id)
        name = conditions.text(option.names, "name") if option is not None else ""
        label = conditions.text(value.names, "value") if value is not None else ""
        if option is None or value is None or not name or not label:
            raise Refused(
                Fault(
                    "option_unknown",
                    f"Stock {stock.id} has value {value_id} of option {option_id}, which the shop does not have, "
                    "or which has no name in any language.",
                    "In the administration, look at the option and its values, and make this variant anew.",
                )
            )
        found.append((Option(name, label, "color" if option.kind == "color" else None), option.order, value.order))
    return sorted(found, key=lambda entry: (entry[1], entry[0].name))


# --- pictures, kinds, attributes -------------------------------------------------------------------------------


def images_of(rows: Sequence[wire.Picture], conditions: Conditions) -> tuple[Image, ...]:
    """The pictures that are shown, the main one first, then in the shop's order."""
    shown = [row for row in rows if not row.hidden]
    shown.sort(key=lambda row: (not row.main, row.order, row.id))
    return tuple(image_of(row, conditions) for row in shown)


def image_of(row: wire.Picture, conditions: Conditions) -> Image:
    url = f"{conditions.public}/userdata/public/gfx/{row.file}"
    # Older shops name a file by 32 digits that change with it, newer ones by its id, which does.
    key = str(row.id) if row.file.startswith(f"{row.id}.") else f"{row.id}/{row.file}"
    return Image(key, url, url)


def pictures_of(stock: wire.Stock, rows: Sequence[wire.Picture], conditions: Conditions) -> tuple[Image, ...] | None:
    """A variant's own picture; None: the product's."""
    own = [row for row in rows if row.id == stock.gfx_id and not row.hidden]
    return tuple(image_of(row, conditions) for row in own) or None


def kind_of(row: wire.Product, references: References, conditions: Conditions) -> tuple[Kind, list[Notice]]:
    """What a product is, and what a customer must choose or write that the Gateway cannot ask for."""
    if row.bundle:
        return Kind.BUNDLE, []
    options = references.group_options.get(row.group_id, ()) if row.group_id else ()
    if any(option.kind == GIFT_CARD for option in options):
        return Kind.GIFT_CARD, []
    if row.digital:
        return Kind.VIRTUAL, []
    free = row.free_options
    if free is None:
        free = tuple(
            wire.FreeOption(option.id, option.kind, option.required, option.id in references.priced_options)
            for option in options
            if not option.stocked
        )
    required = [one for one in free if one.required]
    if any(one.kind == GIFT_CARD for one in free):
        return Kind.GIFT_CARD, []
    if any(one.priced for one in required):
        return Kind.PRICED_OPTION, []
    return Kind.GOODS, [_asks(one, references, conditions) for one in required]


def _asks(free: wire.FreeOption, references: References, conditions: Conditions) -> Notice:
    option = references.options.get(free.option)
    name = (conditions.text(option.names, "name") if option is not None else "") or f"option {free.option}"
    if free.kind in WRITTEN:
        return Notice("customization_required", f"A customer must give a text or a file to buy it: {name}.")
    return Notice(
        "choice_required", f"A customer must choose {name} to buy it, for which there is no stock of its own."
    )


def attributes_of(row: wire.Product, references: References, conditions: Conditions) -> tuple[tuple[str, str], ...]:
    """The attributes as name and value, in the shop's order."""
    found: list[tuple[int, int, str, str]] = []
    for number, value in row.attributes:
        attribute = references.attributes.get(number)
        if attribute is None or not attribute.active or not attribute.name or not value:
            continue
        if attribute.kind == TICK:
            if value != "0":
                ticked = "tak" if conditions.locale.startswith("pl") else "yes"
                found.append((attribute.order, number, attribute.name, ticked))
            continue
        found.append((attribute.order, number, attribute.name, value))
    return tuple((name, value) for _, _, name, value in sorted(found))
