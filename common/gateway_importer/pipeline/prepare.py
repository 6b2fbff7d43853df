"""From a product of the shop to what should be at the Gateway: rules applied, texts cleaned, prices and VAT
represented, or the reason why not. Pure but for the choice of SKUs and categories, which are handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway_importer import texts
from gateway_importer.catalog import (
    CategoryId,
    Failed,
    Fault,
    Image,
    Kind,
    LeftOutVariant,
    Notice,
    Product,
    Skipped,
    SkipRule,
    Variant,
)
from gateway_importer.gateway.payload import Choices, Texts, digests, fields_of, option_names

LONGEST_NAME = 1000  # characters
LONGEST_BRIEF = 300  # characters
KIND_RULES = {
    Kind.VIRTUAL: SkipRule.VIRTUAL,
    Kind.BUNDLE: SkipRule.BUNDLE,
    Kind.GROUPED: SkipRule.GROUPED,
    Kind.GIFT_CARD: SkipRule.GIFT_CARD,
    Kind.CONFIGURED_BUNDLE: SkipRule.CONFIGURED_BUNDLE,
    Kind.PRICED_OPTION: SkipRule.PRICED_OPTION,
}


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings that decide what comes in and how it reads."""

    kinds: frozenset[Kind] = frozenset({Kind.GOODS})
    price_zero: bool = False
    bad_variants_fail: bool = True
    price_difference_fails: bool = False
    html: bool = True
    base_url: str = ""


@dataclass(frozen=True, slots=True)
class WantedVariant:
    """A variant as it should be at the Gateway. `fields` are all but ``images``; `images` in their order."""

    id: str
    own_sku: str
    sku: str
    name: str
    fields: dict[str, Any]
    images: tuple[Image, ...]
    _digests: dict[str, str] = field(init=False, default_factory=dict, compare=False, repr=False)

    @property
    def digests(self) -> dict[str, str]:
        """The digest of each of `fields`; reckoned once, since a product is held against the ledger several times."""
        if not self._digests:
            self._digests.update(digests(self.fields))
        return self._digests


@dataclass(frozen=True, slots=True)
class Wanted:
    """A product as it should be at the Gateway. `grouped`: its variants are bound by a variant tag.
    `untouched` are bad variants: not sent, and not archived either."""

    id: str
    name: str
    page_url: str
    grouped: bool
    variants: tuple[WantedVariant, ...]
    notices: tuple[Notice, ...]
    untouched: frozenset[str]
    detail: str


Sku = Callable[[str, str, str, str], str]
"""(product id, variant id, the merchant's own SKU, the variant's name) to the SKU that is sent."""


@dataclass(frozen=True, slots=True)
class Placing:
    """Where categories lead: the guids for a variant, and whether they leave the product out."""

    tags: Callable[[Sequence[CategoryId]], Sequence[str]]
    left_out: Callable[[Sequence[CategoryId], CategoryId | None], bool]


def prepare(product: Product, rules: Rules, choices: Choices, placing: Placing, sku: Sku) -> Wanted | Skipped | Failed:
    """What should be at the Gateway for `product`; or the rule that leaves it out; or why it cannot be."""
    name = texts.clean_name(product.name)[:LONGEST_NAME].strip()

    def skipped(rule: SkipRule, detail: str = "") -> Skipped:
        return Skipped(product.source_id, name, rule, detail)

    def failed(fault: Fault) -> Failed:
        return Failed(product.source_id, name, fault)

    if product.kind not in rules.kinds:
        return skipped(KIND_RULES[product.kind])
    if placing.left_out(product.categories, product.main_category):
        return skipped(SkipRule.LEFT_OUT_CATEGORY)
    if not name:
        return failed(Fault("nameless", "It has no name in any language.", "Give it a name in the shop."))
    if rules.price_difference_fails:
        for notice in product.notices:
            if notice.code == "price_differs":
                cure = "See which module of the shop changes the price, or set PRICE_DIFFERENCE=warn."
                return failed(Fault("price_differs", notice.text, cure))
    left_out = list(product.left_out)
    good: list[tuple[Variant, dict[str, Any]]] = []
    shared = _texts(product, None, name, rules)
    for variant in product.variants:
        if not rules.price_zero and _price_zero(variant, choices):
            left_out.append(LeftOutVariant(variant.source_id, _label(variant), rule=SkipRule.PRICE_ZERO))
            continue
        fields = _fields(product, variant, shared, rules, choices, placing)
        if isinstance(fields, Fault):
            left_out.append(LeftOutVariant(variant.source_id, _label(variant), fault=fields))
        else:
            good.append((variant, fields))
    bad = [entry for entry in left_out if entry.fault is not None]
    if bad and (rules.bad_variants_fail or not good):
        return failed(_named(bad[0], alone=len(product.variants) + len(product.left_out) == 1))
    if not good:
        rule = next((entry.rule for entry in left_out if entry.rule is not None), None)
        if rule is not None:
            return skipped(rule, "all its variants")
        return failed(Fault("no_variant", "It has no variant that can be sold.", "Look at its variants in the shop."))
    twins = _equal_options(good)
    if twins is not None:
        return failed(twins)
    product_id = str(product.source_id)
    wanted = tuple(
        _wanted(
            product,
            variant,
            {**fields, "sku": sku(product_id, str(variant.source_id), own_sku(variant), fields["name"])},
        )
        for variant, fields in good
    )
    return Wanted(
        id=product_id,
        name=name,
        page_url=product.page_url or "",
        grouped=any(variant.options for variant, _ in good) or len(good) > 1,
        variants=wanted,
        notices=(*product.notices, *_skus_taken(wanted), *_left_out(left_out)),
        untouched=frozenset(str(entry.source_id) for entry in bad),
        detail=f"{len(left_out)} variants left out" if left_out else "",
    )


def _fields(
    product: Product, variant: Variant, shared: Texts, rules: Rules, choices: Choices, placing: Placing
) -> dict[str, Any] | Fault:
    own = variant.name is not None or variant.description is not None
    words = _texts(product, variant, shared.name, rules) if own else shared
    categories = product.categories if variant.categories is None else variant.categories
    return fields_of(product, variant, words, choices, sku="", categories=placing.tags(categories))


def _texts(product: Product, variant: Variant | None, name: str, rules: Rules) -> Texts:
    """The texts of a product, whose name is clean already, or of a variant that has some of its own."""
    html = product.description
    if variant is not None and variant.name is not None:
        name = texts.clean_name(variant.name)[:LONGEST_NAME].strip() or name
    if variant is not None and variant.description is not None:
        html = variant.description
    desc = texts.safe_html(html, base_url=rules.base_url) if rules.html else texts.plain_text(html)
    return Texts(name, desc, texts.one_line(product.brief, LONGEST_BRIEF))


def _wanted(product: Product, variant: Variant, fields: dict[str, Any]) -> WantedVariant:
    images = product.images if variant.images is None else variant.images
    return WantedVariant(
        id=str(variant.source_id),
        own_sku=own_sku(variant),
        sku=fields["sku"],
        name=fields["name"],
        fields=fields,
        images=tuple({image.key: image for image in images}.values()),
    )


def _skus_taken(variants: Sequence[WantedVariant]) -> Iterator[Notice]:
    for variant in variants:
        if variant.sku.startswith(f"{variant.own_sku}~"):
            said = f"Its SKU {variant.own_sku} is another one's as well: at the Gateway it carries {variant.sku}."
            yield Notice("sku_taken", said)


def _left_out(entries: Sequence[LeftOutVariant]) -> Iterator[Notice]:
    for entry in entries:
        why = entry.fault.cause if entry.fault else (entry.rule.meaning if entry.rule else "")
        yield Notice("variant_left_out", f"Variant {entry.label or entry.source_id} was left out: {why}")


def own_sku(variant: Variant) -> str:
    """The merchant's SKU without doubled white space, which the Gateway may take away: a SKU has to be found again."""
    return " ".join(variant.sku.split())


def _price_zero(variant: Variant, choices: Choices) -> bool:
    price = variant.price
    chosen = price.regular if choices.price == "regular" and price.regular is not None else price.gross
    return chosen == 0


def _label(variant: Variant) -> str:
    return ", ".join(f"{option.name}: {option.value}" for option in variant.options) or str(variant.source_id)


def _named(entry: LeftOutVariant, *, alone: bool) -> Fault:
    fault = entry.fault
    if fault is None:
        raise ValueError("only a variant with a fault can fail its product")
    if alone:
        return fault
    label = entry.label or str(entry.source_id)
    cure = fault.cure + " Or set BAD_VARIANTS=leave-out to import the others without it."
    return Fault(fault.code, f"Variant {label} ({entry.source_id}): {fault.cause}", cure)


def _equal_options(good: Sequence[tuple[Variant, dict[str, Any]]]) -> Fault | None:
    seen: dict[tuple[tuple[str, str], ...], Variant] = {}
    for variant, _ in good:
        key = tuple(sorted(option_names(variant.options).items()))
        twin = seen.setdefault(key, variant)
        if twin is not variant:
            return Fault(
                "equal_options",
                f"Its variants {twin.source_id} and {variant.source_id} have the same options "
                f"({_label(variant) if variant.options else 'none'}), so a customer could not tell them apart.",
                "Give each variant its own options in the shop, or delete one of them.",
            )
    return None
