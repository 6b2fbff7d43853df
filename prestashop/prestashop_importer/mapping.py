"""What the webservice's rows mean in the catalogue: pure functions, one a concept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway_importer.catalog import (
    Category,
    CategoryId,
    Fault,
    Image,
    Kind,
    LeftOutVariant,
    Notice,
    Product,
    ProductId,
    SkipRule,
    Variant,
    Vat,
)

from prestashop_importer import wire
from prestashop_importer.conditions import Conditions
from prestashop_importer.tables import (
    CategoryRow,
    CustomizationField,
    FeatureRow,
    FeatureValueRow,
    local_moment,
)
from prestashop_importer.variants import (
    SAVE_AGAIN,
    References,
    Refused,
    combination_variant,
    left_out,
    options_of,
    page_url,
    single_variant,
)
from prestashop_importer.vat import VatUnknown, vat_of

ALL_REQUIRED = 2  # `customizable`: 1 has fields, 2 has required ones


@dataclass(frozen=True, slots=True)
class Named:
    """What the products of a page name beside their variants."""

    features: Mapping[int, FeatureRow] = field(default_factory=dict)
    feature_values: Mapping[int, FeatureValueRow] = field(default_factory=dict)
    customizations: Mapping[int, Sequence[CustomizationField]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PictureAddresses:
    """The addresses of a product's pictures: with the key, and as anybody reads them."""

    private: str  # with {product} and {image}
    public: str  # the shop's folder of originals

    def picture(self, product: int, image: int) -> Image:
        # The digits of the id are its folders (ImageCore::getImgFolderStatic); the name is always .jpg.
        public = f"{self.public}/{'/'.join(str(image))}/{image}.jpg"
        return Image(str(image), self.private.format(product=product, image=image), public)


def rule_of(
    standing: wire.Standing, conditions: Conditions, *, import_not_orderable: bool
) -> tuple[SkipRule, str] | None:
    """The rule by which a product is left out, with a word of detail; None where it comes in."""
    if not standing.state:
        return SkipRule.DRAFT, ""
    if not standing.active:
        return SkipRule.DISABLED, ""
    if standing.visibility == "none":
        return SkipRule.HIDDEN, ""
    if conditions.hidden_prices:
        return SkipRule.NO_PRICE_SHOWN, conditions.hidden_prices
    if not standing.show_price:
        return SkipRule.NO_PRICE_SHOWN, "'show price' is off"
    if not standing.available_for_order and not import_not_orderable:
        return SkipRule.NOT_ORDERABLE, ""
    return None


def product_of(
    row: wire.Product,
    references: References,
    named: Named,
    pictures: PictureAddresses,
    conditions: Conditions,
) -> Product:
    """A product with its variants. Raises `Refused` where it cannot be imported."""
    name = conditions.text(row.standing.name).strip()
    if not name:
        raise Refused(Fault("nameless", "It has no name in any language.", "Give it a name in the back office."))
    updated_at = moment_of(row, conditions)
    try:
        vat = vat_of(row.id_tax_rules_group, conditions.taxes, row.virtual)
    except VatUnknown as problem:
        raise Refused(problem.fault) from problem
    images = images_of(row, pictures)
    notices = _customization_notices(row, named, conditions)
    variants: tuple[Variant, ...]
    gone: tuple[LeftOutVariant, ...] = ()
    if row.combinations or references.combinations.get(row.id):
        variants, gone, found = _variants(row, images, references, conditions, vat)
    else:
        only, found = single_variant(row, vat, references, conditions)
        variants = (only,)
        if row.minimal_quantity > 1:
            notices.append(Notice("minimal_quantity", f"The shop sells it from {row.minimal_quantity} pieces."))
    attributes, unknown = attributes_of(row, named, conditions)
    return Product(
        source_id=ProductId(str(row.id)),
        name=name,
        variants=variants,
        description=conditions.text(row.description),
        brief=conditions.text(row.description_short),
        brand=row.manufacturer_name,
        categories=tuple(CategoryId(str(category)) for category in row.categories),
        main_category=CategoryId(str(row.id_category_default)) if row.id_category_default else None,
        images=images,
        kind=kind_of(row),
        left_out=gone,
        attributes=attributes,
        notices=tuple(dict.fromkeys([*notices, *found, *unknown])),
        updated_at=updated_at,
        page_url=page_url(conditions.base, row.id),
    )


def _variants(
    row: wire.Product,
    images: Sequence[Image],
    references: References,
    conditions: Conditions,
    vat: Vat,
) -> tuple[tuple[Variant, ...], tuple[LeftOutVariant, ...], list[Notice]]:
    """The variants in the shop's order, the bad ones with their faults, and notices."""
    notices: list[Notice] = []
    gone = [left_out(number, "", fault) for number, fault in references.unreadable.get(row.id, ())]
    built: list[tuple[tuple[tuple[int, int], ...], Variant]] = []
    combinations = references.combinations.get(row.id, ())
    for combination in combinations:
        if not combination.option_values:
            notices.append(Notice("combination_orphan", f"Combination {combination.id} has no options: left out."))
            continue
        label = ""
        try:
            options = options_of(combination, references, conditions)
            label = ", ".join(f"{option.name}: {option.value}" for option, _, _ in options)
            variant, found = combination_variant(
                row, combination, [option for option, _, _ in options], images, vat, references, conditions,
            )  # fmt: skip
        except Refused as problem:
            gone.append(left_out(combination.id, label, problem.fault))
            continue
        notices += found
        if combination.minimal_quantity > 1:
            text = f"The shop sells {label} from {combination.minimal_quantity} pieces."
            notices.append(Notice("minimal_quantity", text))
        built.append((tuple((position, value) for _, position, value in options), variant))
    here = {combination.id for combination in combinations} | {int(one.source_id) for one in gone}
    for missing in sorted(set(row.combinations) - here):
        notices.append(Notice("combination_missing", f"The shop lists combination {missing} and does not have it."))
    if not built:
        raise Refused(_no_variant(gone))
    built.sort(key=lambda entry: (entry[0], int(entry[1].source_id)))
    return tuple(variant for _, variant in built), tuple(gone), notices


def _no_variant(gone: Sequence[LeftOutVariant]) -> Fault:
    faults = [one.fault for one in gone if one.fault is not None]
    if faults:
        return faults[0]
    return Fault(
        "no_variants",
        "It has combinations, but none that can be chosen.",
        "Open the product in the back office and delete its combinations, or make them anew.",
    )


def kind_of(row: wire.Product) -> Kind:
    if row.is_pack:
        return Kind.BUNDLE
    return Kind.VIRTUAL if row.is_virtual else Kind.GOODS


def images_of(row: wire.Product, pictures: PictureAddresses) -> tuple[Image, ...]:
    """The pictures: the cover first, then in the shop's order (the association is sorted by position)."""
    rest = [image for image in row.images if image != row.id_default_image]
    # The cover may be one that was deleted.
    cover = [row.id_default_image] if row.id_default_image in row.images else []
    return tuple(pictures.picture(row.id, image) for image in [*cover, *rest] if image > 0)


def attributes_of(
    row: wire.Product, named: Named, conditions: Conditions
) -> tuple[tuple[tuple[str, str], ...], list[Notice]]:
    """The features as name and value, in the shop's order; one that has several values is repeated."""
    found: list[tuple[int, str, str]] = []
    notices: list[Notice] = []
    for feature_id, value_id in row.features:
        feature, value = named.features.get(feature_id), named.feature_values.get(value_id)
        name = conditions.text(feature.name).strip() if feature is not None else ""
        text = conditions.text(value.value).strip() if value is not None else ""
        if feature is None or not name or not text:
            if named.features:
                said = f"Feature {feature_id} or its value {value_id} does not exist or has no text: left out."
                notices.append(Notice("feature_unknown", said))
            continue
        found.append((feature.position, name, text))
    found.sort(key=lambda entry: entry[0])
    return tuple((name, text) for _, name, text in found), notices


def moment_of(row: wire.Product, conditions: Conditions) -> datetime | None:
    """When the product was last saved, as aware UTC (the shop's clock has no zone); None where it never was."""
    try:
        local = local_moment(wire.Reader({"id": row.id, "date_upd": row.date_upd}, "product"), "date_upd")
    except wire.Unreadable as problem:
        raise Refused(Fault("date_unreadable", f"{problem}.", SAVE_AGAIN)) from problem
    return None if local is None else local.replace(tzinfo=conditions.timezone).astimezone(UTC)


def _customization_notices(row: wire.Product, named: Named, conditions: Conditions) -> list[Notice]:
    fields = [one for one in named.customizations.get(row.id, ()) if one.required and not one.is_deleted]
    if fields:
        names = ", ".join(conditions.text(one.name).strip() or "without a name" for one in fields)
        return [Notice("customization_required", f"A customer must give a text or a file to buy it: {names}.")]
    if row.customizable == ALL_REQUIRED:
        return [Notice("customization_required", "A customer must give a text or a file to buy it.")]
    return []


def categories_of(rows: Sequence[CategoryRow], conditions: Conditions) -> tuple[Category, ...]:
    """The tree, parents before children. Root and Home (the shop's root category) are not part of paths; a
    parent that is missing ends a path, and so does one that comes twice."""
    by_id = {row.id: row for row in rows}
    lines: dict[int, list[CategoryRow]] = {}
    for row in rows:
        line: list[CategoryRow] = []
        step: CategoryRow | None = row
        while step is not None and step not in line:
            line.insert(0, step)
            step = by_id.get(step.id_parent)
        lines[row.id] = line

    def order(row: CategoryRow) -> tuple[tuple[int, int], ...]:
        return tuple((step.position, step.id) for step in lines[row.id])

    return tuple(
        Category(
            id=CategoryId(str(row.id)),
            parent=CategoryId(str(row.id_parent)) if row.id_parent in by_id and row.id_parent != row.id else None,
            name=conditions.text(row.name).strip(),
            path=tuple(conditions.text(step.name).strip() for step in lines[row.id] if not _is_root(step)),
            active=all(step.active for step in lines[row.id]),
        )
        for row in sorted(rows, key=order)
    )


def _is_root(row: CategoryRow) -> bool:
    return row.is_root_category or row.id_parent == 0
