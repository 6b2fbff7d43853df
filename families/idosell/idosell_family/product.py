"""From the members of a group to the one product of the catalogue that they are: pure, and never raises."""

from __future__ import annotations

from collections.abc import Container, Sequence

from gateway_importer.catalog import (
    CategoryId,
    Failed,
    Fault,
    Image,
    Kind,
    LeftOutVariant,
    Notice,
    Option,
    Page,
    Part,
    Product,
    ProductId,
    Skipped,
    SkipRule,
    Variant,
)

from idosell_family.codes import UNIVERSAL, variant_id
from idosell_family.member import Member, Size

VERSION = "Wersja"  # what tells members apart of which the shop does not say what does
SEPARATOR = " \\ "  # between the names of a group that has several, and between their values
KIND_RULES = {
    Kind.BUNDLE: SkipRule.BUNDLE,
    Kind.VIRTUAL: SkipRule.VIRTUAL,
    Kind.CONFIGURED_BUNDLE: SkipRule.CONFIGURED_BUNDLE,
}


def handed_on(members: Sequence[Member], *, together: bool, groups: Container[str] = ()) -> Page:
    """What is known of members as a page: the parts of groups, and the products that need no other member; where
    versions are not put together, each member is a product. `groups` are those of which others are parts already: who
    left one while it was read is in it until the next run, so that its product does not lose it."""
    products: list[Product] = []
    skipped: list[Skipped] = []
    failed: list[Failed] = []
    parts: list[Part] = []
    for member in members:
        if together and (not member.alone or member.group in groups):
            parts.append(member.part())
            continue
        made = product_of(ProductId(member.group if together else member.id), [member])
        if isinstance(made, Product):
            products.append(made)
        elif isinstance(made, Skipped):
            skipped.append(made)
        else:
            failed.append(made)
    return Page(tuple(products), tuple(skipped), tuple(failed), parts=tuple(parts))


def join(group: ProductId, parts: Sequence[Part], missing: Sequence[str]) -> Page:
    """The product that a group's parts are (`source.Join`); `missing` are members that the shop does not have."""
    members = [Member.read(part) for part in parts]
    made: Product | Skipped | Failed
    if members:
        made = product_of(group, members, gone=missing)
    else:
        cause = "None of its versions is in the shop any more."
        made = Failed(group, "", Fault("versions_gone", cause, "Run the command again."))
    if isinstance(made, Product):
        return Page(products=(made,))
    return Page(skipped=(made,)) if isinstance(made, Skipped) else Page(failed=(made,))


def product_of(
    identity: ProductId, members: Sequence[Member], *, gone: Sequence[str] = ()
) -> Product | Skipped | Failed:
    """`members` in the group's order, at least one. `gone` are members that the group names and the shop does not have.

    A member that a rule leaves out, and a size, is left out of the product. One that is broken makes its variants bad,
    or the product where they are not known.
    """
    shown = [member for member in members if not member.rule]
    if not shown:
        first = _main(identity, members)
        assert first.skip is not None
        return Skipped(identity, first.name, first.skip, first.detail)
    for member in shown:
        if member.broken is not None and not member.sizes:
            return Failed(identity, member.name, _named(member, member.broken.fault, len(members) > 1))
    main = _main(identity, [member for member in shown if member.broken is None] or shown)
    grouped = len(members) + len(gone) > 1
    variants: list[Variant] = []
    left_out: list[LeftOutVariant] = []
    lost = "which is not in the shop any more, or not in this group."
    notices = [Notice("version_gone", f"The group names product {one}, {lost}") for one in gone]
    for member in members:
        notices += [Notice(code, text) for code, text in member.notices if not member.rule]
        options = _versions(member) if grouped else ()
        if grouped and not member.versions and not member.rule:
            said = f"The shop does not say what sets version {member.id} apart: its name does."
            notices.append(Notice("version_unnamed", said))
        for size in member.sizes:
            made = _variant(member, size, main, options, several=len(members) > 1)
            if isinstance(made, Variant):
                variants.append(made)
            else:
                left_out.append(made)
    if not variants and not left_out:
        cause, cure = "It has no size.", "Open the product in the panel, choose its sizes again and save."
        return Failed(identity, main.name, Fault("no_sizes", cause, cure))
    return Product(
        source_id=identity,
        name=main.name,
        variants=tuple(variants),
        description=main.description,
        brief=main.brief,
        brand=main.brand or next((member.brand for member in shown if member.brand), ""),
        categories=_categories(main),
        main_category=CategoryId(main.main_category) if main.main_category else None,
        images=_images(main),
        kind=main.kind,
        left_out=tuple(left_out),
        attributes=_attributes([member for member in shown if member.broken is None] or [main]),
        notices=tuple(dict.fromkeys(notices)),
        updated_at=max((member.updated for member in shown if member.updated is not None), default=None),
        page_url=main.url or None,
    )


def _main(identity: ProductId, members: Sequence[Member]) -> Member:
    """The member after which the product is called: the one whose id the group has, else the first; goods before
    anything else."""
    goods = [member for member in members if member.kind is Kind.GOODS] or list(members)
    return next((member for member in goods if member.id == identity), goods[0])


def _variant(
    member: Member, size: Size, main: Member, options: tuple[Option, ...], *, several: bool
) -> Variant | LeftOutVariant:
    identity = variant_id(member.id, size.id)
    rule = member.skip or (SkipRule[size.rule] if size.rule else None)
    if rule is None and member.kind is not main.kind:
        rule = KIND_RULES.get(member.kind)
    if rule is not None:
        return LeftOutVariant(identity, _label(member, size, options), rule=rule)
    broken = member.broken or size.broken
    if broken is not None:
        fault = _named(member, broken.fault, several)
        return LeftOutVariant(identity, _label(member, size, options), fault=fault)
    if size.money is None:
        return LeftOutVariant(identity, _label(member, size, options), rule=SkipRule.NO_PRICE_SHOWN)
    if size.id != UNIVERSAL or len(member.sizes) > 1:
        options = (*options, Option(member.size_option, size.name, "size"))
    return Variant(
        source_id=identity,
        price=size.money.price,
        stock=size.level,
        sku=size.sku,
        gtin=size.gtin,
        options=options,
        name=member.name if member.name != main.name else None,
        description=member.description if member.description != main.description else None,
        categories=_categories(member) if member.categories != main.categories else None,
        images=_images(member) if member.pictures != main.pictures else None,
        weight=size.weight,
        for_sale=size.for_sale,
        page_url=member.url if member.url and member.url != main.url else None,
    )


def _label(member: Member, size: Size, options: Sequence[Option]) -> str:
    words = [option.value for option in options] + ([size.name] if size.id != UNIVERSAL else [])
    return ", ".join(words) or member.name


def _images(member: Member) -> tuple[Image, ...]:
    return tuple(picture.image for picture in member.pictures)


def _versions(member: Member) -> tuple[Option, ...]:
    """What sets a member apart in its group; a group of several names has as many values ("Kolor \\ Model")."""
    found: list[Option] = []
    for name, value in member.versions:
        names, values = name.split(SEPARATOR), value.split(SEPARATOR)
        pairs = zip(names, values, strict=True) if len(names) == len(values) else [(name, value)]
        found += [Option(one.strip(), of.strip()) for one, of in pairs]
    return tuple(found) or (Option(VERSION, member.name or member.id),)


def _categories(member: Member) -> tuple[CategoryId, ...]:
    return tuple(CategoryId(one) for one in member.categories)


def _attributes(members: Sequence[Member]) -> tuple[tuple[str, str], ...]:
    """Those that all members have: what sets them apart is no attribute of their product."""
    if len(members) == 1:
        return members[0].attributes
    shared = set(members[0].attributes).intersection(*(member.attributes for member in members))
    return tuple(pair for pair in members[0].attributes if pair in shared)


def _named(member: Member, fault: Fault, several: bool) -> Fault:
    if not several:
        return fault
    return Fault(fault.code, f"Version {member.id} ({member.name or 'without a name'}): {fault.cause}", fault.cure)
