"""What can be put in a basket: prices, options, codes, pictures and weight of a product's variants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from gateway_importer.catalog import (
    Fault,
    Image,
    LeftOutVariant,
    Notice,
    Option,
    Price,
    UnknownStock,
    Variant,
    VariantId,
    Vat,
    VatRate,
)
from stdnum import ean, isbn

from prestashop_importer.conditions import Conditions
from prestashop_importer.prices import (
    HUNDRED,
    Ingredients,
    Pair,
    chosen,
    differs,
    exact_by_formula,
    finer,
    net_price,
    own,
)
from prestashop_importer.stock import StockTable, availability
from prestashop_importer.tables import OptionRow, OptionValueRow, SpecificPrice
from prestashop_importer.wire import Codes, Combination, Product, VirtualPrices

SAVE_AGAIN = "Open the product in the back office, correct the value named and save."


class Refused(Exception):
    """A product or a variant that cannot be imported, and why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.cause)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class References:
    """What a page's products refer to, read for that page. `unreadable` are combinations by product: id and
    what is wrong with each. `specials` are special prices by product, 0 for all products."""

    combinations: Mapping[int, Sequence[Combination]] = field(default_factory=dict)
    unreadable: Mapping[int, Sequence[tuple[int, Fault]]] = field(default_factory=dict)
    stock: StockTable = field(default_factory=dict)
    specials: Mapping[int, Sequence[SpecificPrice]] = field(default_factory=dict)
    options: Mapping[int, OptionRow] = field(default_factory=dict)
    values: Mapping[int, OptionValueRow] = field(default_factory=dict)


# --- price ---------------------------------------------------------------------------------------------------


def price_of(
    product: Product,
    combination: Combination | None,
    vat: Vat,
    specials: Sequence[SpecificPrice],
    conditions: Conditions,
) -> tuple[Price, list[Notice]]:
    """The price of one variant in the shop's currency, with VAT. The shop's own computation wins; where ours
    differs by more than a grosz, a notice shows both. Raises `Refused` where there is no price to be had."""
    guest = conditions.guest
    factor = _missing_vat(vat, conditions)
    ingredients = _ingredients(product, combination, vat, conditions)
    net = net_price(ingredients, chosen(specials, ingredients.product, ingredients.combination, guest))
    if net < 0:
        # The page shows 0 for it, which nobody means.
        raise Refused(Fault("price_negative", f"The price without VAT is {net}.", SAVE_AGAIN))
    exact = exact_by_formula(ingredients, specials, guest)
    computed = own(exact.selling, exact.regular, guest, factor)
    virtual = combination.virtual if combination is not None else product.virtual
    shops = _shops_own(virtual, exact, factor, conditions)
    if shops is None and not conditions.formula:
        raise Refused(
            Fault(
                "price_unknown",
                "The shop computes no price for it, and the key may not read what our own computation needs.",
                "Let the key read specific_prices, tax_rules, taxes and countries "
                "(back office, Advanced Parameters > Webservice).",
            )
        )
    notices: list[Notice] = []
    if shops is not None and conditions.formula and differs(shops, computed):
        notices.append(Notice("price_differs", _difference(shops, computed, combination)))
    if shops is None:
        notices.append(Notice("price_computed", _computed(computed, combination)))
    pair = shops if shops is not None else computed
    regular = pair.regular if pair.regular > pair.selling else None
    return Price(pair.selling, vat, conditions.currency, regular), notices


def _ingredients(product: Product, combination: Combination | None, vat: Vat, conditions: Conditions) -> Ingredients:
    own_ecotax = combination is not None and combination.ecotax > 0
    percent = vat.percent if isinstance(vat, VatRate) and conditions.tax_on else Decimal(0)
    return Ingredients(
        product=product.id,
        combination=combination.id if combination is not None else 0,
        price=product.price,
        impact=combination.price if combination is not None else Decimal(0),
        ecotax=combination.ecotax if combination is not None and own_ecotax else product.ecotax,
        vat=percent,
        ecotax_vat=conditions.ecotax_vat if conditions.tax_on else Decimal(0),
    )


def _missing_vat(vat: Vat, conditions: Conditions) -> Decimal:
    """What a net price of a shop without VAT is multiplied by."""
    if conditions.tax_on or conditions.stated_prices != "net" or not isinstance(vat, VatRate):
        return Decimal(1)
    return 1 + vat.percent / HUNDRED


def _shops_own(virtual: VirtualPrices, exact: Pair, factor: Decimal, conditions: Conditions) -> Pair | None:
    if virtual.gross is None and virtual.full is None:
        return None
    if virtual.gross is None or virtual.full is None:
        # Both were asked for. One alone would pass off a reduced price as the regular one.
        raise Refused(
            Fault(
                "price_unreadable",
                "The shop sent only one of its two prices, with and without a reduction.",
                SAVE_AGAIN,
            )
        )
    gross, full = virtual.gross, virtual.full
    if conditions.formula:
        gross, full = finer(gross, exact.selling), finer(full, exact.regular)
    return own(gross, full, conditions.guest, factor)


def _computed(computed: Pair, combination: Combination | None) -> str:
    which = f" of combination {combination.id}" if combination is not None else ""
    return (
        f"The shop told no price{which}: {computed.selling} is by our own computation, which knows nothing of prices "
        "that a module makes."
    )


def _difference(shops: Pair, computed: Pair, combination: Combination | None) -> str:
    which = f" of combination {combination.id}" if combination is not None else ""
    return (
        f"The shop's own price{which} is {shops.selling} (before a reduction {shops.regular}); by its special "
        f"prices and taxes it would be {computed.selling} ({computed.regular})."
    )


# --- options, codes, pictures, weight ------------------------------------------------------------------------


def options_of(
    combination: Combination, references: References, conditions: Conditions
) -> list[tuple[Option, int, int]]:
    """The options of a combination with the positions of option and value, in the shop's order. Raises
    `Refused` where an option or a value is unknown or has no name."""
    found: list[tuple[Option, int, int]] = []
    for value_id in combination.option_values:
        value = references.values.get(value_id)
        option = references.options.get(value.id_attribute_group) if value is not None else None
        if value is None or option is None:
            raise Refused(
                Fault(
                    "option_unknown",
                    f"Combination {combination.id} has option value {value_id}, which the shop does not have.",
                    "Open the product in the back office and delete or make anew this combination.",
                )
            )
        name = conditions.text(option.public_name) or conditions.text(option.name)
        label = conditions.text(value.name)
        if not name.strip() or not label.strip():
            raise Refused(
                Fault(
                    "option_nameless",
                    f"Option {option.id} or its value {value.id} has no name in any language.",
                    "In the back office open Catalog > Attributes & Features and give it a name.",
                )
            )
        role = "color" if option.is_color else None
        found.append((Option(name.strip(), label.strip(), role), option.position, value.position))
    return sorted(found, key=lambda entry: (entry[1], entry[0].name))


def gtin_of(codes: Codes) -> tuple[str, list[Notice]]:
    """The first valid article code (EAN, UPC, ISBN), and a notice for each invalid one before it."""
    notices: list[Notice] = []
    for name, code in (("EAN", codes.ean13), ("UPC", codes.upc), ("ISBN", codes.isbn)):
        if not code.strip("0 "):
            continue  # nothing, or the zeros with which some shops fill the field
        compact = code.replace("-", "").replace(" ", "")
        if compact.isdecimal() and len(compact) in {8, 12, 13, 14} and ean.is_valid(compact):
            return compact, notices
        if name == "ISBN" and isbn.is_valid(compact):
            return isbn.to_isbn13(compact).replace("-", ""), notices
        notices.append(Notice("gtin_invalid", f"{name} '{code}' is not a valid article code and was left out."))
    return "", notices


def codes_of(product: Product, combination: Combination) -> Codes:
    """A combination's codes. An empty reference is the product's, as the product page shows it; an article code
    is not, since it would name several articles."""
    own_codes = combination.codes
    return own_codes if own_codes.reference else replace(own_codes, reference=product.codes.reference)


def weight_of(amount: Decimal, conditions: Conditions) -> Decimal | None:
    """Kilograms; None for 0, for less than nothing and for a unit that we do not know."""
    if conditions.weight_factor is None or amount <= 0:
        return None
    kilograms = (amount * conditions.weight_factor).normalize()
    return kilograms.quantize(Decimal(1)) if kilograms == kilograms.to_integral_value() else kilograms


# --- pages ---------------------------------------------------------------------------------------------------


def page_url(base: str, product: int, combination: int = 0) -> str:
    """The page of a product, with one combination chosen; the shop leads from here to its friendly address."""
    chosen = f"&id_product_attribute={combination}" if combination else ""
    return f"{base}/index.php?controller=product&id_product={product}{chosen}"


# --- variants ------------------------------------------------------------------------------------------------


def single_variant(
    product: Product, vat: Vat, references: References, conditions: Conditions
) -> tuple[Variant, list[Notice]]:
    """The only variant of a product without combinations."""
    specials = _specials(product, references)
    price, notices = price_of(product, None, vat, specials, conditions)
    gtin, gtin_notices = gtin_of(product.codes)
    stock = availability(product, 0, references.stock, conditions)
    notices += gtin_notices
    if isinstance(stock.level, UnknownStock) and conditions.stock_readable:
        notices.append(Notice("stock_unknown", "The shop has no stock row for it."))
    variant = Variant(
        source_id=VariantId(""),
        price=price,
        stock=stock.level,
        sku=product.codes.reference,
        gtin=gtin,
        weight=weight_of(product.weight, conditions),
        for_sale=stock.for_sale,
        backorders=stock.backorders,
    )
    return variant, notices


def combination_variant(
    product: Product,
    combination: Combination,
    options: Sequence[Option],
    pictures: Sequence[Image],
    vat: Vat,
    references: References,
    conditions: Conditions,
) -> tuple[Variant, list[Notice]]:
    """One combination; `pictures` are the product's, of which it may show some only."""
    specials = _specials(product, references)
    price, notices = price_of(product, combination, vat, specials, conditions)
    codes = codes_of(product, combination)
    gtin, gtin_notices = gtin_of(codes)
    notices += gtin_notices
    stock = availability(product, combination.id, references.stock, conditions)
    if isinstance(stock.level, UnknownStock) and conditions.stock_readable:
        notices.append(Notice("stock_unknown", f"The shop has no stock row for combination {combination.id}."))
    mine = {str(image) for image in combination.images}
    shown = tuple(picture for picture in pictures if picture.key in mine)
    variant = Variant(
        source_id=VariantId(str(combination.id)),
        price=price,
        stock=stock.level,
        sku=codes.reference,
        gtin=gtin,
        options=tuple(options),
        images=shown or None,
        weight=weight_of(product.weight + combination.weight, conditions),
        for_sale=stock.for_sale,
        backorders=stock.backorders,
        page_url=page_url(conditions.base, product.id, combination.id),
    )
    return variant, notices


def left_out(combination: int, label: str, fault: Fault) -> LeftOutVariant:
    return LeftOutVariant(VariantId(str(combination)), label or f"combination {combination}", fault=fault)


def _specials(product: Product, references: References) -> list[SpecificPrice]:
    return [*references.specials.get(0, ()), *references.specials.get(product.id, ())]
