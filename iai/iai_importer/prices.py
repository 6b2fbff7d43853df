"""Which price of an offer is taken, and what it is with VAT.

An offer holds several: the retail price of each shop of the panel, the price for whoever receives the offer (of the
whole file without his rebates, of the light one with them, and wholesale prices where he is a wholesaler), and the one
that the producer suggests. One kind is chosen for all products; where a product lacks it, another kind is not put in
its place.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from idosell_family.member import Money

from iai_importer import wire
from iai_importer.conditions import FULL, LIGHT, Conditions
from iai_importer.numbers import Unreadable, moment, number

GROSZ = Decimal("0.01")
EXEMPT = "exempt"
NO_VAT = ("", "-1", "zw", "zw.", "np", "np.")
ALL_SIZES = "0"
WORDS = {FULL: "a price in the whole file", LIGHT: "a price in the light file", "srp": "a suggested price"}


def vat_of(product: wire.Product) -> str:
    """The rate in percent as text; ``exempt`` where none is named. Raises `Unreadable`."""
    said = (product.vat or "").strip().lower()
    if said in NO_VAT:
        return EXEMPT
    return _rate(said)


@lru_cache(maxsize=64)
def _rate(said: str) -> str:
    rate = number(said, "vat")
    if not 0 <= rate < 100:
        raise Unreadable("vat_unreadable", f"Its VAT is '{said}', which is no rate.")
    return str(rate.normalize() + 0)


def currency_of(product: wire.Product, conditions: Conditions) -> str:
    """The product's own, else the whole offer's; for prices of the light file that one's."""
    if conditions.price == LIGHT and conditions.light_currency:
        return conditions.light_currency
    return (product.currency or conditions.currency).strip().upper() or "PLN"


@lru_cache(maxsize=8192)
def gross_of(gross: str, net: str, vat: str) -> tuple[Decimal, bool]:
    """A price with VAT, and whether the net one beside it is another price: more than a grosz apart. Where the gross
    one is missing, it is made of the net one, as it has to be for light files. Raises `Unreadable`."""
    rate = Decimal(1) if vat == EXEMPT else 1 + Decimal(vat) / 100
    if not gross:
        return (number(net, "price") * rate).quantize(GROSZ, ROUND_HALF_UP), False
    found = number(gross, "price")
    if found < 0:
        raise Unreadable("price_unreadable", f"Its price is '{gross}', which is less than nothing.")
    try:
        return found, bool(net) and abs(found / rate - number(net, "net price")) > GROSZ
    except Unreadable:
        return found, False  # the gross one is what counts


def _said(amount: wire.Amount | None) -> wire.Amount | None:
    return amount if amount is not None and (amount.gross or amount.net) else None


class Prices:
    """The prices of one product's sizes. `notices` are what a person should know."""

    def __init__(
        self, product: wire.Product, light: wire.Product | None, conditions: Conditions, vat: str, currency: str
    ) -> None:
        self._product, self._light, self._conditions = product, light, conditions
        self._vat, self._currency = vat, currency
        self._retail = _of_site(product)
        self.notices: list[tuple[str, str]] = []

    def of(self, size: wire.Size, light: wire.Size | None) -> Money:
        """The price of a size, in the light file as `light`. Raises `Unreadable`."""
        kind = self._conditions.price
        amount = self._amount(kind, size, light)
        if amount is None:
            raise Unreadable("price_missing", f"It has no price of the kind that was chosen: {WORDS[kind]}.")
        gross = self._gross(amount)
        if kind != FULL or self._product.promotion is None:
            return Money(gross, self._vat, self._currency)
        return self._today(gross, self._product.promotion)

    def _amount(self, kind: str, size: wire.Size, light: wire.Size | None) -> wire.Amount | None:
        if kind == FULL:
            retail = self._retail.get(size.id) or self._retail.get(ALL_SIZES)
            return retail or _said(size.price) or _said(self._product.price)
        if kind == LIGHT:
            own = _said(light.price) if light is not None else None
            whole = _said(self._light.price) if self._light is not None else None
            same = own is not None and whole is not None and not own.gross and own.net == whole.net
            return whole if same else own or whole  # of a net price alone another gross one may come, by a grosz
        places = [size, self._product, light, self._light]
        suggested = (_said(place.srp) for place in places if place is not None)
        return next((one for one in suggested if one is not None and gross_of(one.gross, one.net, self._vat)[0]), None)

    def _gross(self, amount: wire.Amount) -> Decimal:
        gross, differs = gross_of(amount.gross, amount.net, self._vat)
        if differs:
            said = f"Its price is {amount.gross} with VAT and {amount.net} without: by its VAT these are two prices."
            self.notices.append(("price_differs", f"{said} The one with VAT was taken."))
        return gross

    def _today(self, gross: Decimal, promotion: wire.Promotion) -> Money:
        """The price today and the regular one, where a promotion runs. A size of another price than the one that is
        reduced keeps it: nobody says what it costs then."""
        plain = Money(gross, self._vat, self._currency)
        reduced = _said(promotion.price)
        try:
            if reduced is None or not runs(promotion, self._conditions):
                return plain
        except ValueError as problem:
            self.notices.append(("promotion_unread", f"When its promotion runs cannot be read: {problem}."))
            return plain
        now = self._gross(reduced)
        normal = _said(promotion.normal) or self._retail.get(ALL_SIZES) or _said(self._product.price)
        regular = gross if normal is None else self._gross(normal)
        if gross not in (regular, now):
            said = f"A promotion to {now} is for what costs {regular}, and one of its sizes costs {gross}."
            self.notices.append(("promotion_unclear", f"{said} That size keeps its price."))
            return plain
        return Money(now, self._vat, self._currency, regular) if now < regular else plain


def _of_site(product: wire.Product) -> dict[str, wire.Amount]:
    """The retail prices by size, of the shop of the panel that the product is offered by."""
    sites = {entry.site for entry in product.retail}
    mine = product.site if product.site in sites else next(iter(sites)) if len(sites) == 1 else None
    return {entry.size: entry.amount for entry in product.retail if entry.site == mine and _said(entry.amount)}


def runs(promotion: wire.Promotion, conditions: Conditions) -> bool:
    """Whether a promotion runs now. Raises ValueError where its dates cannot be read."""
    begins, ends = moment(promotion.begins), moment(promotion.ends, end=True)
    return (begins is None or begins <= conditions.now) and (ends is None or conditions.now < ends)
