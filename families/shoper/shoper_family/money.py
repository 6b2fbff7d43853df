"""What a product's price, currency and VAT are, or why that cannot be told: nothing is guessed."""

from __future__ import annotations

from gateway_importer.catalog import Fault, Notice, NoVatRate, Price, Vat, VatRate

from shoper_family import wire
from shoper_family.conditions import Conditions
from shoper_family.prices import computed, differs, shops_own
from shoper_family.variants import SAVE_AGAIN, Refused


def vat_of(row: wire.Product, conditions: Conditions) -> Vat:
    """By the value of the shop's own row alone; a row of 0 that is not exactly ``0%`` is exempt or not subject."""
    if row.tax_id == 0:
        return NoVatRate("none")
    tax = conditions.taxes.get(row.tax_id)
    if tax is None:
        raise Refused(
            Fault(
                "vat_unknown",
                f"Its VAT is row {row.tax_id} of the shop's rates, which is not there.",
                "Open the product in the administration, choose its VAT again and save.",
            )
        )
    if tax.exempt:
        return NoVatRate("exempt")
    if not 0 <= tax.value <= 100:
        cure = "Correct the rate in the shop's settings of VAT."
        raise Refused(Fault("vat_unknown", f"Its VAT is {tax.value} % by the shop's rates.", cure))
    return VatRate(tax.value)


def currency_of(row: wire.Product, conditions: Conditions) -> str:
    """The currency in which its price is kept."""
    name = conditions.currencies.get(row.currency_id) if row.currency_id else conditions.currency
    if name == conditions.currency or (name and conditions.foreign_prices):
        return name
    said = f"carries the currency {name}" if name else f"is in currency {row.currency_id}, which is not known"
    raise Refused(
        Fault(
            "currency_unclear",
            f"The product {said}" + (", but prices in other currencies are switched off in the shop." if name else "."),
            "Open the product in the administration, choose the currency of its price and save.",
        )
    )


def price_of(
    row: wire.Product, stock: wire.Stock, conditions: Conditions, vat: Vat, currency: str
) -> tuple[Price, list[Notice]]:
    """The shop's own sum where it says one; where ours differs by more than a grosz, a notice shows both."""
    ours = computed(row.base, stock, stock.offer or row.offer, conditions.now)
    shops = shops_own(stock)
    pair = ours if shops is None else shops
    if min(pair.selling, pair.regular, ours.regular) < 0:
        raise Refused(Fault("price_negative", f"Its price is {min(pair.selling, ours.regular)}.", SAVE_AGAIN))
    notices = []
    if shops is not None and differs(shops, ours):
        said = (
            f"The shop's own price of stock {stock.id} is {shops.selling} (before a reduction {shops.regular}); by its "
            f"base price, price type and special offer it would be {ours.selling} ({ours.regular})."
        )
        notices.append(Notice("price_differs", said))
    return Price(pair.selling, vat, currency, pair.regular if pair.regular > pair.selling else None), notices
