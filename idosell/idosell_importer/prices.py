"""What a guest pays for a size, with VAT: the shop's own price where it has one, and a promotion apart from it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from gateway_importer.catalog import Fault, Notice, NoVatRate, Price, Vat, VatRate

from idosell_importer.conditions import Conditions
from idosell_importer.wire import Prices, Product, Size

GROSZ = Decimal("0.01")
SAVE_AGAIN = "Open the product in the panel, correct the value named and save."


class Refused(Exception):
    """A size or a product that cannot be imported, and why."""

    def __init__(self, code: str, cause: str, cure: str = SAVE_AGAIN) -> None:
        super().__init__(cause)
        self.fault = Fault(code, cause, cure)


def vat_of(product: Product) -> Vat:
    """The product's own rate. Where it is exempt, the number beside it means nothing."""
    if product.exempt or (product.vat is not None and product.vat < 0):
        return NoVatRate("exempt")
    if product.vat is None:
        return NoVatRate("none")
    if product.vat > 100:
        raise Refused("vat_unknown", f"Its VAT is {product.vat} %.", "Choose its VAT again in the panel, and save.")
    return VatRate(product.vat)


def levels_of(product: Product, size: Size, shop: int) -> list[Prices]:
    """Where a price may stand, the first that says one is right: shop and size, shop, size, product. What a size has in
    a shop is told only where it differs, or where it was asked for."""
    own = next((one for one in product.shop_prices if one.shop == shop), None)
    of_shop = [] if own is None else [own.sizes.get(size.id, Prices()), own.whole]
    return [*of_shop, size.prices, product.prices]


def price_of(product: Product, size: Size, conditions: Conditions, vat: Vat) -> tuple[Price, list[Notice]]:
    """Raises `Refused` where there is no price, or none that can be read."""
    levels = levels_of(product, size, conditions.shop)
    place = _stated(levels)
    level = levels[place]
    if level.problem:
        raise Refused("price_unreadable", f"The price of size {size.id}: {level.problem}.")
    if level.retail is None:
        raise Refused("price_missing", f"The shop says no price of size {size.id}.")
    gross = _to_grosz(level.retail)
    if gross < 0:
        raise Refused("price_negative", f"The price of size {size.id} is {gross}.")
    currency = level.currency or conditions.currency
    promo, notices = _promotion(levels, place, size)
    if promo is not None and 0 < _to_grosz(promo) < gross:
        return Price(_to_grosz(promo), vat, currency, gross), notices
    return Price(gross, vat, currency), notices


def _stated(levels: Sequence[Prices]) -> int:
    """The place of the first level with a price; 0 is what an unset one reads. Where none has any: of the last."""
    for place, level in enumerate(levels):
        if level.problem or level.retail:
            return place
    return len(levels) - 1


def _promotion(levels: Sequence[Prices], place: int, size: Size) -> tuple[Decimal | None, list[Notice]]:
    """The promotional price, which is looked up in the same order. 0 is what an unset one reads, but beside the price
    itself it says that there is none. One that stands behind the price reduces another price, unless that one is the
    same."""
    stated = levels[place]
    for number, level in enumerate(levels):
        if level.promo is None or (level.promo <= 0 and number != place):
            continue
        before = number <= place and level.currency == stated.currency
        if before or (level.retail, level.currency) == (stated.retail, stated.currency):
            return level.promo, []
        said = (
            f"Size {size.id} has a price of its own ({stated.retail}), and the promotional price {level.promo} "
            f"{level.currency} is said of another one: the size is not reduced."
        )
        return None, [Notice("promotion_unclear", said)]
    return None, []


def _to_grosz(amount: Decimal) -> Decimal:
    return amount.quantize(GROSZ, ROUND_HALF_UP)
