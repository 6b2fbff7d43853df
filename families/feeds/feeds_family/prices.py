"""What a row costs, with VAT, to the grosz."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from gateway_importer.catalog import Fault, Price, Vat, VatRate

from feeds_family.conditions import ACROSS, ZONE, Conditions
from feeds_family.wire import Row

GROSZ = Decimal("0.01")
HALF = Decimal("0.005")
RATES = tuple(Decimal(rate) for rate in (23, 8, 5, 0))
FILE, CATEGORY, DEFAULT, PRICES = "the file", "its category", "VAT_DEFAULT", "net and gross"


class Unpriced(Exception):
    """The row has no price that can be imported."""

    def __init__(self, code: str, cause: str, cure: str) -> None:
        super().__init__(cause)
        self.fault = Fault(code, cause, cure)


def price_of(row: Row, conditions: Conditions) -> Price:
    """The price of a row. Raises `Unpriced`."""
    vat, by = vat_of(row, conditions)
    net, gross = _decimal(row.net), _decimal(row.gross)
    if gross is None and net is None:
        raise Unpriced("price_missing", f"{_at(row)} has no price.", "Give it a price in the shop.")
    if gross is None:
        assert net is not None
        gross = _with_vat(net, vat, row)
    elif net is not None and isinstance(vat, VatRate) and by != PRICES and not _fits(net, gross, vat.percent, GROSZ):
        raise Unpriced(
            "vat_contradicted",
            f"{_at(row)} costs {net} net and {gross} gross, which is no VAT of {vat.percent} % (by {by}).",
            "Correct the VAT, or set VAT_FROM_PRICES=yes, which takes it from the two prices.",
        )
    gross = _to_the_grosz(gross, row)
    reduced = _reduced(row, conditions, vat)
    currency = row.currency or conditions.currency
    if reduced is None or reduced >= gross:
        return Price(gross, vat, currency)
    return Price(reduced, vat, currency, regular=gross)


def vat_of(row: Row, conditions: Conditions) -> tuple[Vat, str]:
    """The VAT of a row, and who says so. Raises `Unpriced`."""
    if row.vat:
        found = conditions.vat_word(row.vat)
        if found is None:
            cure = f"Say what it means: VAT_WORDS={row.vat[:20]}=23 (or 8, 5, 0, zw), or correct the file."
            raise Unpriced("vat_unreadable", f"{_at(row)} has the VAT '{row.vat[:40]}', which is none.", cure)
        return found, FILE
    if conditions.vat_from_prices and row.net and row.gross:
        return VatRate(_rate(row)), PRICES
    if (by_category := conditions.vat_of_category(row.categories)) is not None:
        return by_category[0], f"{CATEGORY} {by_category[1]}"
    if conditions.vat_default is None:
        where = f", and none of VAT_BY_CATEGORY fits {ACROSS.join(row.categories[0])}" if row.categories else ""
        raise Unpriced(
            "vat_missing",
            f"{_at(row)} has no VAT (tax){where}.",
            "Set VAT_BY_CATEGORY for its category, or VAT_DEFAULT.",
        )
    return conditions.vat_default, DEFAULT


def _rate(row: Row) -> Decimal:
    """The one rate that leads from the net to the gross price. Raises `Unpriced` where none does, or several."""
    net, gross = Decimal(row.net), Decimal(row.gross)
    for tolerance in (HALF, GROSZ):
        fits = [rate for rate in RATES if _fits(net, gross, rate, tolerance)]
        if len(fits) == 1:
            return fits[0]
        if fits:
            break
    raise Unpriced(
        "vat_untold",
        f"{_at(row)} costs {net} net and {gross} gross, from which no rate of VAT can be told.",
        "Give the table a column with VAT, or leave this product out.",
    )


def _fits(net: Decimal, gross: Decimal, rate: Decimal, tolerance: Decimal) -> bool:
    return abs(net * (100 + rate) / 100 - gross) <= tolerance


def _with_vat(net: Decimal, vat: Vat, row: Row) -> Decimal:
    percent = vat.percent if isinstance(vat, VatRate) else Decimal(0)
    if net < 0:
        raise Unpriced("price_negative", f"{_at(row)} has the price {net}.", "Correct the price in the shop.")
    return (net * (100 + percent) / 100).quantize(GROSZ, ROUND_HALF_UP)


def _to_the_grosz(gross: Decimal, row: Row) -> Decimal:
    if gross < 0:
        raise Unpriced("price_negative", f"{_at(row)} has the price {gross}.", "Correct the price in the shop.")
    rounded = gross.quantize(GROSZ, ROUND_HALF_UP)
    if rounded != gross:
        raise Unpriced(
            "price_too_fine",
            f"{_at(row)} has the gross price {gross}, with less than a grosz in it.",
            "A gross price has two decimals: correct it, or see whether it is a net one (PRICE_IS, or the column map).",
        )
    return rounded


def _reduced(row: Row, conditions: Conditions, vat: Vat) -> Decimal | None:
    """What is paid now, where that is reduced."""
    sale = _decimal(row.sale)
    if not sale or not running(row, conditions.now):  # 0 stands where nothing is reduced
        return None
    return _to_the_grosz(sale if row.gross else _with_vat(sale, vat, row), row)


def running(row: Row, now: datetime) -> bool:
    """Whether a row's reduction holds at a moment. Raises `Unpriced` where its dates cannot be read."""
    begins, ends = moment(row.sale_from, row), moment(row.sale_to, row, end=True)
    return (begins is None or begins <= now) and (ends is None or now < ends)


def moment(text: str, row: Row, *, end: bool = False) -> datetime | None:
    """An aware moment; a day without a time is its beginning, or its `end`."""
    if not text:
        return None
    try:
        if len(text) == len("2026-11-30"):
            day = date.fromisoformat(text) + timedelta(days=1 if end else 0)
            return datetime.combine(day, time(), ZONE)
        found = datetime.fromisoformat(text)
    except ValueError:
        cure = "Write it in ISO 8601, such as 2026-11-20T00:00+0100/2026-11-30T23:59+0100."
        raise Unpriced(
            "sale_wrong", f"{_at(row)} has a reduced price until '{text[:40]}', which is no date.", cure
        ) from None
    return found if found.tzinfo is not None else found.replace(tzinfo=ZONE)


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _at(row: Row) -> str:
    """The row as a sentence begins with it."""
    return f"{row.place[0].upper()}{row.place[1:]} ({row.id})"
