"""What a page states of a variant against what the Gateway shows, and why the two may differ with nothing wrong.

Pure. The shop's own interface is the witness: a difference is explained only where the shop itself says today what the
page says, or the page itself says why, so that a mistake of ours does not explain itself away. "Moved": what the shop
says today would be sent otherwise than it last was; without that, an old price at the Gateway is no explanation.

    price      equal                                                              agrees
               the page's is today's, the Gateway's the one before a reduction    explained: PRICE=regular
               the page's is the one before a reduction, the Gateway's today's    explained: PRICE=reduced
               the page's is today's, and it moved                                explained: the next import
               the page's is today's, and it was changed at the Gateway           explained: by hand
               the page's is today's, and the net amount was rounded              explained: NET_DECIMALS=2
               with VAT the page's is the Gateway's and today's                   explained: net prices
               the page states prices for a group or a quantity only              explained
               in another currency, without a rate                                explained
               another variant's, on a page that names none                       explained
               anything else                                                      differs
    stock      equal, moved, changed at the Gateway, sold beyond the stock, marked by the theme; else differs
    GTIN       equal, moved, not a valid code, the product's own on a variant's page; else differs
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

from gateway_importer.catalog import Counted, UnknownStock, Variant
from gateway_importer.gateway.compare import gross_shown
from gateway_importer.gateway.money import GROSZ, VAT_CLASSES
from gateway_importer.proof.structured import Offer, Stated, Statements, plain_gtin

ZLOTY = "PLN"


class Verdict(Enum):
    """What a comparison came to; the value is the word that is shown."""

    AGREES = "agrees"
    EXPLAINED = "explained"
    DIFFERS = "differs"
    NOT_COMPARED = "not compared"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was compared: `gateway` and `page` are what each shows, `why` explains a difference."""

    what: str
    verdict: Verdict
    gateway: str
    page: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the Gateway shows of an object. `buyable` and `gtin` are None where its query does not return what tells
    them, `gross` where it returns no price. `vat` is in percent."""

    gross: Decimal | None
    currency: str = ZLOTY
    buyable: bool | None = None
    gtin: str | None = None
    vat: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """The settings on which a comparison rests. `rates` are złoty for one of a currency; `rounded_net`: net amounts
    are sent with two decimals; `keep` are fields that no import overwrites."""

    price: str
    rates: Mapping[str, Decimal]
    rounded_net: bool = False
    keep: Collection[str] = ()


def shown_of(held: Mapping[str, Any]) -> Shown:
    """What an object as the Gateway's query returns it shows to its customers."""
    data = held.get("data")
    for_sale, stock = held.get("for_sale"), held.get("stock_level")
    buyable: bool | None = None
    if for_sale is False or (isinstance(stock, int | Decimal) and stock <= 0):
        buyable = False
    elif for_sale is not None or stock is not None:
        buyable = True
    vat = held.get("vat")
    return Shown(
        gross=gross_shown(held),
        currency=_currency(held),
        buyable=buyable,
        gtin=str(data.get("gtin") or "") if isinstance(data, dict) else None,
        vat=VAT_CLASSES.get(vat) if isinstance(vat, str) else None,
    )


def _currency(held: Mapping[str, Any]) -> str:
    try:
        said = str(held["price"]["original"]["unit"]["currency"])
    except (KeyError, TypeError):
        return ZLOTY
    return ZLOTY if said.lower() in {"zł", "zl", "pln"} else said.upper()


# --- which of a page's statements is this variant's ----------------------------------------------------------


def main_product(statements: Statements, name: str, codes: Collection[str]) -> Stated | str:
    """The product that a page is about, among those that it states; or why it is none of ours. `codes` are the SKUs,
    ids and GTINs (without zeros in front) under which the product is known."""
    priced = [one for one in statements.products if one.offers] or list(statements.products)
    if not priced:
        if statements.broken:
            return "its structured data cannot be read"
        return "it states no product for machines"
    ours = [one for one in priced if _is_ours(one, name, codes)]
    if ours:
        return ours[0]
    first = priced[0]
    if first.name and (first.sku or first.gtin):
        return f"it is about another product: {first.name}"
    return first


def _is_ours(stated: Stated, name: str, codes: Collection[str]) -> bool:
    of_offers = {code for offer in stated.offers for code in (offer.sku, offer.gtin)}
    return bool(({stated.sku, stated.gtin, *of_offers} - {""}) & set(codes)) or _plain(stated.name) == _plain(name)


def _plain(name: str) -> str:
    return " ".join(re.findall(r"\w+", name.casefold()))


def offer_of(stated: Stated, variant: Variant, sku: str, *, alone: bool) -> tuple[Offer | None, str, bool]:
    """The offer for a variant; where there is none, why; and whether a code says that it is this variant's. `alone`:
    the page was opened for this variant, or the product has no other."""
    if not stated.offers:
        return None, "the page states no price", False
    found = [offer for offer in stated.offers if offer.gtin and offer.gtin == plain_gtin(variant.gtin)]
    named = bool(found)
    if not found:
        found = [offer for offer in stated.offers if offer.sku and offer.sku in {sku, variant.sku}]
        named = bool(found) and len(found) < len(stated.offers)  # a theme may name the product's on each of its pages
    if not found and not alone and len({offer.sku for offer in stated.offers}) > 1:
        return None, "the page names the variants, and not this one", False
    found = found or list(stated.offers)
    plain = [offer for offer in found if not offer.only_for]
    if not plain:
        return found[0], "", named
    prices = {offer.price for offer in plain}
    ranges = [offer for offer in plain if offer.price is None and offer.lowest is not None]
    if ranges and ranges[0].lowest != ranges[0].highest:
        return None, f"the page states only a range of prices: from {ranges[0].lowest}", named
    if len(prices) > 1:
        return None, "the page states several prices, and not which is whose", named
    return plain[0], "", named


# --- the comparison ------------------------------------------------------------------------------------------


def compare(
    shown: Shown,
    offer: Offer,
    today: Variant,
    terms: Terms,
    *,
    edited: Collection[str] = (),
    moved: Collection[str] = (),
    others: Sequence[Variant] = (),
    named: bool = True,
) -> Iterator[Finding]:
    """Every property that both sides state. `today` is the variant as the shop's interface hands it out now. `edited`
    are the fields that the Gateway holds otherwise than they were sent, `moved` those that would be sent otherwise
    today. `others` are the product's other variants; unless a code says that the offer is this variant's (`named`),
    the page may show one of those."""
    price = _price(shown, offer, today, terms, edited, moved)
    if price is not None:
        if price.verdict is Verdict.DIFFERS and not named and _is_anothers(shown, offer, today, terms, others):
            why = "the page shows another variant; the Gateway has what the shop's interface says of this one"
            yield Finding("price", Verdict.EXPLAINED, price.gateway, price.page, why)
            return
        yield price
    currency = offer.currency or today.price.currency
    if shown.currency != currency:
        why = f"the Gateway takes złoty only; the page is in {currency}"
        known = currency in terms.rates or currency != today.price.currency
        verdict = Verdict.EXPLAINED if known and shown.currency == ZLOTY else Verdict.DIFFERS
        yield Finding("currency", verdict, shown.currency, currency, why)
    elif offer.currency:
        yield Finding("currency", Verdict.AGREES, shown.currency, currency)
    stock = _availability(shown, offer, today, terms, edited, moved)
    if stock is not None:
        yield stock
    gtin = _gtin(shown, offer, today, terms, moved, others)
    if gtin is not None:
        yield gtin


def _price(
    shown: Shown, offer: Offer, today: Variant, terms: Terms, edited: Collection[str], moved: Collection[str]
) -> Finding | None:
    stated = offer.price if offer.price is not None else offer.lowest
    if stated is None or shown.gross is None:
        return None
    gross = shown.gross
    currency = offer.currency or today.price.currency
    here, there = _money(shown.gross, shown.currency), _money(_grosz(stated), currency)
    rate = Decimal(1) if currency == shown.currency else terms.rates.get(currency)
    if rate is None:
        why = f"the page is in {currency}, for which there is no rate (CURRENCY_RATES)"
        return Finding("price", Verdict.EXPLAINED, here, there, why)
    page = _grosz(stated * rate)
    if page == gross:
        return Finding("price", Verdict.AGREES, here, there)
    why = _why_price(page, gross, shown.vat, offer, today, terms)
    if not why and page in prices_today(today, terms):
        if "price" in edited:
            why = "it was changed at the Gateway; the page and the shop's interface agree"
        elif {"price", "vat"} & set(moved):
            why = _moved("price", terms)
    return Finding("price", Verdict.EXPLAINED if why else Verdict.DIFFERS, here, there, why)


def _why_price(page: Decimal, gross: Decimal, vat: Decimal | None, offer: Offer, today: Variant, terms: Terms) -> str:
    """Why the page shows another price than the Gateway's `gross`, where that is as it should be."""
    selling, regular = prices_today(today, terms)
    wanted = regular if terms.price == "regular" else selling
    if selling is None or regular is None or wanted is None:
        return ""
    if offer.only_for:
        return f"the page states a price for a {offer.only_for} only"
    if gross != wanted and not (terms.rounded_net and abs(gross - wanted) <= GROSZ):
        return ""
    if page == wanted:
        return "NET_DECIMALS=2 rounds the net amount, which does not give back every price"
    if page == selling:
        return "a reduction is running: the page shows what is paid today, PRICE=regular imports the price before it"
    if page == regular:
        return "a reduction is running: the page shows the price before it, PRICE=reduced imports what is paid today"
    if terms.price == "regular" and offer.before is not None and _grosz(offer.before) == wanted:
        return "the page states a reduction of its own, and before it the price that PRICE=regular imports"
    if vat and _with_vat(page, vat, gross):
        return "the page shows prices without VAT"
    return ""


def _moved(field: str, terms: Terms) -> str:
    said = "it has changed at the shop since it was imported; "
    return said + (f"KEEP={field} leaves it as it is" if field in terms.keep else "the next import brings it")


def prices_today(today: Variant, terms: Terms) -> tuple[Decimal | None, Decimal | None]:
    """What is paid today, and the price before a reduction, in złoty; None without a rate."""
    price = today.price
    rate = Decimal(1) if price.currency == ZLOTY else terms.rates.get(price.currency)
    if rate is None:
        return None, None
    return _grosz(price.gross * rate), _grosz((price.regular if price.regular is not None else price.gross) * rate)


def _is_anothers(shown: Shown, offer: Offer, today: Variant, terms: Terms, others: Sequence[Variant]) -> bool:
    selling, regular = prices_today(today, terms)
    if offer.price is None or shown.gross != (regular if terms.price == "regular" else selling):
        return False
    return any(_grosz(offer.price) in prices_today(other, terms) for other in others)


def _availability(
    shown: Shown, offer: Offer, today: Variant, terms: Terms, edited: Collection[str], moved: Collection[str]
) -> Finding | None:
    page = offer.buyable
    if page is None or shown.buyable is None:
        return None
    here, there = (("in stock" if one else "not in stock") for one in (shown.buyable, page))
    if page == shown.buyable:
        return Finding("availability", Verdict.AGREES, here, there)
    why = ""
    stocked = _in_stock(today)
    if stocked is not None and stocked != shown.buyable:
        if {"stock_level", "for_sale"} & set(edited):
            why = "it has changed at the Gateway since it was sent: an order there, or somebody by hand"
        elif {"stock_level", "for_sale"} & set(moved):
            why = _moved("stock_level", terms)
    elif stocked is False and today.backorders and today.for_sale:
        why = "the shop sells it beyond its stock, and BACKORDERS=counted imports the stock as counted"
    elif stocked is False and page:
        why = "the shop's own stock says no; its theme marks every product as in stock"
    return Finding("availability", Verdict.EXPLAINED if why else Verdict.DIFFERS, here, there, why)


def _in_stock(variant: Variant) -> bool | None:
    """Whether the Gateway would sell it as the shop stands now, by its counted stock; None where that is unknown."""
    if isinstance(variant.stock, UnknownStock):
        return None
    return variant.for_sale and not (isinstance(variant.stock, Counted) and variant.stock.quantity < 1)


def _gtin(
    shown: Shown, offer: Offer, today: Variant, terms: Terms, moved: Collection[str], others: Sequence[Variant]
) -> Finding | None:
    if not offer.gtin or shown.gtin is None:
        return None
    here = plain_gtin(shown.gtin)
    if here == offer.gtin:
        return Finding("GTIN", Verdict.AGREES, here, offer.gtin)
    own = plain_gtin(today.gtin)
    why = ""
    if own == offer.gtin:
        why = _moved("data", terms) if "data" in moved else ""
    elif not valid_gtin(offer.gtin):
        why = "the page's is not a valid code, so it was left out"
    elif here == own and others:
        why = "the page states the product's, which has several variants"
    return Finding("GTIN", Verdict.EXPLAINED if why else Verdict.DIFFERS, here or "none", offer.gtin, why)


def valid_gtin(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (GS1)."""
    sum_of_others = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits[:-1])))
    return bool(digits) and (sum_of_others + int(digits[-1])) % 10 == 0


def _with_vat(net: Decimal, percent: Decimal, gross: Decimal) -> bool:
    """A net price that was rounded to the grosz gives the gross back to about a grosz."""
    return abs(net * (100 + percent) / 100 - gross) <= GROSZ


def _grosz(amount: Decimal) -> Decimal:
    return amount.quantize(GROSZ, "ROUND_HALF_UP")


def _money(amount: Decimal, currency: str) -> str:
    return f"{amount:.2f} {'zł' if currency == ZLOTY else currency}"
