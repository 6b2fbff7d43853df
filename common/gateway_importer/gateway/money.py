"""From the gross price a customer sees to the net amount and VAT class that the Gateway takes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from gateway_importer.catalog import Fault, NoVatRate, Vat

GROSZ = Decimal("0.01")
NET_DECIMALS = range(2, 7)  # the Gateway takes up to six decimals: ASSUMED
HIGHEST_PRICE = Decimal(10_000_000)  # złoty; above it a price is a mistake in the shop
VAT_CLASSES = {
    "VAT23": Decimal(23),
    "VAT8": Decimal(8),
    "VAT5": Decimal(5),
    "VAT0": Decimal(0),
}


def gross_of(net: Decimal, percent: Decimal) -> Decimal:
    """Net with VAT, rounded half up to the grosz."""
    return (net * (100 + percent) / 100).quantize(GROSZ, ROUND_HALF_UP)


def net_of(gross: Decimal, percent: Decimal) -> Decimal:
    """The shortest net amount, of two to six decimals, from which `gross` comes back to the grosz; among
    equally short ones the nearest to gross / (1 + rate).

    A net amount with two decimals cannot give back every gross: 1.04 zł at 23 % has no such net.
    """
    exact = gross * 100 / (100 + percent)
    for decimals in NET_DECIMALS:
        step = Decimal(1).scaleb(-decimals)
        lower = exact.quantize(step, ROUND_DOWN)
        for candidate in sorted((lower, lower + step), key=lambda net: abs(net - exact)):
            if gross_of(candidate, percent) == gross:
                return candidate
    raise ArithmeticError(f"no net amount of six decimals gives {gross} at {percent} %")


def rounded_net(gross: Decimal, percent: Decimal) -> Decimal:
    """The net amount of two decimals nearest to gross / (1 + rate), for a Gateway that takes no more."""
    return (gross * 100 / (100 + percent)).quantize(GROSZ, ROUND_HALF_UP)


def vat_class(vat: Vat, mapping: Mapping[str, str]) -> str | Fault:
    """The Gateway's class of a VAT, by `mapping` (``{"exempt": "VAT0", "7": "VAT8"}``) where it has none.

    Only 23, 8, 5 and 0 % have a confirmed form; anything else is a fault, never a near miss.
    """
    if isinstance(vat, NoVatRate):
        word, said = vat.kind, {"exempt": "is exempt from VAT", "none": "has no tax rule"}.get(vat.kind, vat.kind)
        code = "vat_exempt" if vat.kind == "exempt" else "vat_none"
    else:
        for name, percent in VAT_CLASSES.items():
            if vat.percent == percent:
                return name
        word, said, code = f"{vat.percent.normalize():f}", f"has VAT of {vat.percent.normalize():f} %", "vat_unknown"
    mapped = mapping.get(word)
    if mapped in VAT_CLASSES:
        return str(mapped)
    return Fault(
        code,
        f"It {said}, for which the Gateway has no VAT class.",
        f"Give it one of 23, 8, 5 or 0 % in the shop, or set VAT_MAP={word}=VAT0 (or another class) if that is right.",
    )
