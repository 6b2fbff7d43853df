"""What a product of the API means in the catalogue: pure functions, one a concept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from gateway_importer.catalog import (
    CategoryId,
    Fault,
    Image,
    Kind,
    Notice,
    Product,
    ProductId,
    SkipRule,
    Variant,
    VariantId,
)
from stdnum import ean

from magento_importer import wire
from magento_importer.choosing import main_category
from magento_importer.conditions import Conditions
from magento_importer.prices import price_of
from magento_importer.stock import UNKNOWN, Held
from magento_importer.tables import Attribute
from magento_importer.texts import shown as as_shown

SAVE_AGAIN = "Open the product in the admin, correct the value named and save."
GIFT_CARD = "giftcard"  # part of the name of every type that is one
WRITTEN = {"field", "area", "file", "date", "date_time", "time"}
RULED_OUT = {"grouped": SkipRule.GROUPED, "bundle": SkipRule.CONFIGURED_BUNDLE}
KINDS = {"simple": Kind.GOODS, wire.CONFIGURABLE: Kind.GOODS, "virtual": Kind.VIRTUAL, "downloadable": Kind.VIRTUAL}
UNCONFIRMED = Notice(
    "price_unconfirmed",
    "The shop fails to say what visitors are shown of it (products-render-info): the price is by the product's own "
    "fields, and a catalogue price rule, if there is one, is not in it.",
)


class Refused(Exception):
    """A product or a variant that cannot be imported, and why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.cause)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class References:
    """What a page's products refer to, by product id: children, those of them that cannot be had, what visitors are
    shown (None: the shop fails to say it), stock (None: it may not be read)."""

    children: Mapping[int, wire.Product] = field(default_factory=dict)
    lost: Mapping[int, Fault] = field(default_factory=dict)
    shown: Mapping[int, wire.Shown | None] = field(default_factory=dict)
    held: Mapping[int, Held] | None = None
    salable_parents: frozenset[int] | None = None  # None: not told
    holders: Mapping[int, int] = field(default_factory=dict)  # the lowest parent of a child that several have

    def unconfirmed(self, product: int) -> list[Notice]:
        """Where the shop fails to say what visitors are shown, the product's own fields stand alone."""
        return [UNCONFIRMED] if product in self.shown and self.shown[product] is None else []

    def stock_of(self, product: int) -> Held:
        return UNKNOWN if self.held is None else self.held.get(product, UNKNOWN)


def rule_of(standing: wire.Standing, conditions: Conditions) -> tuple[SkipRule, str] | None:
    """The rule by which a product is left out, with a word of detail; None where it comes in."""
    if conditions.website not in standing.website_ids:
        return SkipRule.OTHER_SHOP, f"it does not belong to website {conditions.website_code}"
    if standing.status != wire.ENABLED:
        return SkipRule.DISABLED, ""
    if standing.visibility == wire.NOT_VISIBLE:
        return SkipRule.HIDDEN, "not visible individually, and no variant of a configurable product"
    if standing.type_id in RULED_OUT:
        return RULED_OUT[standing.type_id], ""
    return (SkipRule.GIFT_CARD, "") if GIFT_CARD in standing.type_id.lower() else None


def kind_of(row: wire.Product) -> tuple[Kind, list[Notice]]:
    """What a product is, and what a customer must choose or write that the Gateway cannot ask for. Raises `Refused`."""
    kind = KINDS.get(row.standing.type_id)
    if kind is None:
        raise Refused(
            Fault(
                "type_unknown",
                f"It is of type '{row.standing.type_id}', which a module of the shop has added.",
                "Such goods cannot be imported; see whether the merchant can offer them as simple products.",
            )
        )
    required = [option for option in row.options if option.required]
    if any(option.priced for option in required):
        return Kind.PRICED_OPTION, []
    notices = []
    for option in required:
        title = option.title or "an option without a name"
        if option.type in WRITTEN:
            said = f"A customer must give a text, a date or a file to buy it: {title}."
            notices.append(Notice("customization_required", said))
        else:
            notices.append(
                Notice("choice_required", f"A customer must choose {title}, for which there is no stock of its own.")
            )
    return kind, notices


# --- what can be bought --------------------------------------------------------------------------------------


def variant_of(row: wire.Product, references: References, conditions: Conditions) -> tuple[Variant, list[Notice]]:
    """One simple product as what can be bought; its id alone names it, since it is unique in the shop. Raises
    `Refused` where it has no price."""
    if row.price is None:
        raise Refused(Fault("price_none", f"Product {row.id} has no price.", "Give it a price in the admin."))
    assert conditions.includes is not None
    vat = conditions.taxes.vat_of(row.tax_class_id)
    price, notices = price_of(
        row, row.price, vat, references.shown.get(row.id), conditions.now, conditions.website, conditions.currency,
        includes=conditions.includes,
    )  # fmt: skip
    gtin, found = gtin_of(row.attributes.get(conditions.gtin, "")) if conditions.gtin else ("", [])
    held = references.stock_of(row.id)
    variant = Variant(
        source_id=VariantId(str(row.id)),
        price=price,
        stock=held.level,
        sku=row.standing.sku,
        gtin=gtin,
        weight=None
        if conditions.weight_factor is None or row.weight is None or row.weight <= 0
        else (row.weight * conditions.weight_factor).normalize() + 0,
        for_sale=held.for_sale,
        backorders=held.backorders,
    )
    return variant, [*notices, *references.unconfirmed(row.id), *found]


def gtin_of(code: str) -> tuple[str, list[Notice]]:
    """A valid article code, or none and a notice."""
    compact = code.replace("-", "").replace(" ", "")
    if not compact.strip("0"):
        return "", []
    if compact.isdecimal() and len(compact) in {8, 12, 13, 14} and ean.is_valid(compact):
        return compact, []
    return "", [Notice("gtin_invalid", f"EAN '{code}' is not a valid article code and was left out.")]


def images_of(row: wire.Product, conditions: Conditions) -> tuple[Image, ...]:
    """The pictures that its page shows, in their order, the main one first. A file that is replaced gets a new name."""
    pictures = [one for one in row.pictures if one.file and not one.disabled and one.media_type in ("image", "")]
    pictures.sort(key=lambda one: (one.file != row.cover, one.position, one.id))
    found: dict[str, Image] = {}
    for one in pictures:
        url = f"{conditions.media}catalog/product{quote(one.file, safe='/')}"
        found.setdefault(one.file, Image(one.file, url, url))
    return tuple(found.values())


# --- the product around it -----------------------------------------------------------------------------------


def product_around(
    row: wire.Product,
    variants: tuple[Variant, ...],
    kind: Kind,
    notices: list[Notice],
    references: References,
    conditions: Conditions,
) -> Product:
    """What a product says of itself, around the variants. Raises `Refused` where it has no name."""
    if not row.name:
        raise Refused(Fault("nameless", "It has no name in any language.", "Give it a name in the admin."))
    placed = tuple(one for one in row.categories if one in conditions.placed)
    main = main_category(placed, conditions.depths)
    brand = conditions.attributes.get(conditions.brand)
    page = references.shown.get(row.id)
    return Product(
        source_id=ProductId(str(row.id)),
        name=row.name,
        variants=variants,
        description=_text(row, "description", conditions),
        brief=_text(row, "short_description", conditions),
        brand=value_of(brand, row.attributes.get(conditions.brand, ""), conditions.locale) if brand else "",
        categories=tuple(CategoryId(str(one)) for one in placed),
        main_category=None if main is None else CategoryId(str(main)),
        images=images_of(row, conditions),
        kind=kind,
        attributes=attributes_of(row, conditions),
        notices=tuple(dict.fromkeys(notices)),
        updated_at=row.updated_at,
        page_url=(page.url if page is not None else "") or _page_of(row, conditions),
    )


def _text(row: wire.Product, code: str, conditions: Conditions) -> str:
    return as_shown(row.attributes.get(code, ""), media=conditions.media, link=conditions.link)


def _page_of(row: wire.Product, conditions: Conditions) -> str | None:
    """By its key and the usual ending, where the shop has not told the address."""
    key = row.attributes.get("url_key", "").strip()
    return f"{conditions.link}{quote(key)}.html" if key else None


def attributes_of(row: wire.Product, conditions: Conditions) -> tuple[tuple[str, str], ...]:
    """What its page lists, as name and value, in the shop's order."""
    choosing = {choice.attribute_id for choice in row.choices}
    found: list[tuple[int, int, str, str]] = []
    for code, raw in row.attributes.items():
        attribute = conditions.attributes.get(code)
        if attribute is None or not attribute.on_page or attribute.id in choosing or code == conditions.gtin:
            continue
        value = value_of(attribute, raw, conditions.locale)
        if attribute.label and value:
            found.append((attribute.position, attribute.id, attribute.label, value))
    return tuple((label, value) for _, _, label, value in sorted(found))


def value_of(attribute: Attribute, raw: str, locale: str) -> str:
    """An attribute's value in the words of the store view; ``""`` where there is none."""
    text = raw.strip()
    if attribute.input == "boolean":
        yes, no = ("tak", "nie") if locale.startswith("pl") else ("yes", "no")
        return {"1": yes, "0": no}.get(text, "")
    if attribute.input in ("select", "multiselect"):
        # Labels may hold commas, values do not.
        labels = [attribute.values.get(one.strip(), "") for one in text.split(",")]
        return ", ".join(label for label in labels if label)
    if attribute.input == "date":
        return text[:10]
    return "" if attribute.input in ("price", "media_image", "gallery") else text
