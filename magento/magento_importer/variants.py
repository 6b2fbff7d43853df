"""A configurable product's children as its variants, and a product of any type as a whole."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from gateway_importer.catalog import (
    Fault,
    Kind,
    LeftOutVariant,
    Notice,
    Option,
    Product,
    ProductId,
    Skipped,
    SkipRule,
    Variant,
    VariantId,
)

from magento_importer import wire
from magento_importer.conditions import Conditions
from magento_importer.mapping import KINDS, References, Refused, images_of, kind_of, product_around, variant_of
from magento_importer.prices import own_pair, shown_pair
from magento_importer.vat import GROSZ

ROLES = {"color": "color", "size": "size"}  # Magento's own attributes of these codes


def product_of(row: wire.Product, references: References, conditions: Conditions) -> Product | Skipped:
    """A product with its variants; or the rule by which it is left out. Raises `Refused` where it cannot be
    imported."""
    kind, notices = kind_of(row)
    if row.standing.type_id != wire.CONFIGURABLE:
        only, found = variant_of(row, references, conditions)
        return product_around(row, (only,), kind, [*notices, *found], references, conditions)
    if not row.standing.links:
        return Skipped(ProductId(str(row.id)), row.name, SkipRule.NOT_ORDERABLE, "it has no variants")
    variants, gone, found = _variants(row, references, conditions)
    notices += found
    children = [references.children[one] for one in row.standing.links if one in references.children]
    if kind is Kind.GOODS and children and all(KINDS.get(one.standing.type_id) is Kind.VIRTUAL for one in children):
        kind = Kind.VIRTUAL
    product = product_around(row, variants, kind, notices, references, conditions)
    dates = [one.updated_at for one in (row, *children) if one.updated_at is not None]
    shared = tuple(VariantId(str(one)) for one in row.standing.links if references.holders.get(one, row.id) != row.id)
    return replace(product, left_out=gone, updated_at=max(dates, default=None), shared=shared)


def _variants(
    row: wire.Product, references: References, conditions: Conditions
) -> tuple[tuple[Variant, ...], tuple[LeftOutVariant, ...], list[Notice]]:
    """The children in the order of the page; those that are switched off or bad beside them, and notices."""
    notices: list[Notice] = []
    gone: list[LeftOutVariant] = []
    built: list[tuple[tuple[int, ...], int, Variant]] = []
    for number in row.standing.links:
        identity = VariantId(str(number))
        if number in references.lost:
            gone.append(LeftOutVariant(identity, f"product {number}", fault=references.lost[number]))
            continue
        child = references.children[number]
        label = child.standing.sku
        rule = _rule_of(child.standing, conditions)
        if rule is not None:
            gone.append(LeftOutVariant(identity, label, rule=rule))
            continue
        try:
            options, place = _options(row, child, conditions)
            label = ", ".join(f"{option.name}: {option.value}" for option in options)
            variant, found = variant_of(child, references, conditions)
        except Refused as refused:
            gone.append(LeftOutVariant(identity, label, fault=refused.fault))
            continue
        parent_sold = references.salable_parents is None or row.id in references.salable_parents
        variant = replace(
            variant,
            options=options,
            images=images_of(child, conditions) or None,
            for_sale=variant.for_sale and parent_sold,
        )
        notices += found
        built.append((place, number, variant))
    built.sort(key=lambda entry: (entry[0], entry[1]))
    variants = tuple(variant for _, _, variant in built)
    sold = [(references.children[number], variant.for_sale) for _, number, variant in built]
    return variants, tuple(gone), [*notices, *_hidden_rule(row, sold, references, conditions)]


def _rule_of(child: wire.Standing, conditions: Conditions) -> SkipRule | None:
    if conditions.website not in child.website_ids:
        return SkipRule.OTHER_SHOP
    return None if child.status == wire.ENABLED else SkipRule.DISABLED


def _options(
    row: wire.Product, child: wire.Product, conditions: Conditions
) -> tuple[tuple[Option, ...], tuple[int, ...]]:
    """What a child is chosen by, in the words of the store view, and its place on the page. Raises `Refused` where a
    value is unknown."""
    options: list[Option] = []
    place: list[int] = []
    for choice in row.choices:
        attribute = conditions.attribute(choice.attribute_id)
        raw = child.attributes.get(attribute.code, "").strip() if attribute is not None else ""
        label = attribute.values.get(raw, "") if attribute is not None else ""
        name = (attribute.label if attribute is not None else "") or choice.label
        if attribute is None or not label or not name:
            raise Refused(
                Fault(
                    "option_unknown",
                    f"Variant {child.standing.sku} ({child.id}) has value '{raw}' of attribute "
                    f"{attribute.code if attribute is not None else choice.attribute_id}, which the shop does not "
                    "have, or which has no label.",
                    "In the admin, open this variant, choose its options again and save.",
                )
            )
        options.append(Option(name, label, ROLES.get(attribute.code)))
        number = int(raw) if raw.isdecimal() else 0
        place.append(choice.values.index(number) if number in choice.values else len(choice.values))
    return tuple(options), tuple(place)


def _hidden_rule(
    row: wire.Product, variants: list[tuple[wire.Product, bool]], references: References, conditions: Conditions
) -> list[Notice]:
    """A catalogue price rule on variants without a page of their own is told by the API in one way only: the price
    from which the configurable product is shown is below that of the cheapest variant. `variants` are children, and
    whether each is for sale."""
    shown = references.shown.get(row.id)
    if shown is None or conditions.includes is None:
        return references.unconfirmed(row.id)
    finals: dict[bool, list[Decimal]] = {True: [], False: []}
    for child, for_sale in variants:
        if child.price is not None:
            pair = own_pair(child, child.price, conditions.now, conditions.website)
            finals[for_sale].append(pair.final)
    told = shown_pair(shown, includes=conditions.includes).final
    lowest = min(finals[True], default=told)
    # A shop that shows what is sold out counts it in.
    if told >= lowest - GROSZ or any(abs(told - other) <= GROSZ for other in finals[False]):
        return []
    return [
        Notice(
            "price_differs",
            f"The shop shows a price from {told}, and its cheapest variant has {lowest}: a catalogue price rule holds "
            "for its variants, most likely, of which the API says no more. The variants' own prices are taken.",
        )
    ]
