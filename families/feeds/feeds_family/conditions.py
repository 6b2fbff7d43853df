"""What a person decided about a feed, as the mapping needs it: what no file says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from gateway_importer.catalog import NoVatRate, Vat, VatRate

ZONE = ZoneInfo("Europe/Warsaw")  # dates without a zone are by the clock of a Polish shop
REFUSE, NOTHING = "refuse", "nothing"
#: What tables and tills write for VAT, beside numbers. Letters of tills differ from one to the other: they need a map.
VAT_WORDS: Mapping[str, Vat] = {
    "zw": NoVatRate("exempt"), "zw.": NoVatRate("exempt"), "zwolniony": NoVatRate("exempt"),
    "exempt": NoVatRate("exempt"), "np": NoVatRate("none"), "np.": NoVatRate("none"), "oo": NoVatRate("none"),
    "none": NoVatRate("none"),
}  # fmt: skip
ACROSS = "/"  # between the names of a path in VAT_BY_CATEGORY


@dataclass(frozen=True, slots=True)
class Conditions:
    """`vat_default` None: a row without VAT fails. `unknown_stock` is `REFUSE`,
    `NOTHING` or a number; `currency` that of prices without one."""

    now: datetime
    vat_default: Vat | None
    vat_by_category: tuple[tuple[tuple[str, ...], Vat], ...]
    vat_words: Mapping[str, Vat]
    vat_from_prices: bool
    unknown_stock: str
    currency: str
    image_base: str
    title_option: str
    heads: bool  # a row on which others hang describes the product, and is no variant

    def vat_word(self, word: str) -> Vat | None:
        """What a file's word for VAT means; None where it is none."""
        bare = word.strip().lower().replace(" ", "")
        if bare in self.vat_words:
            return self.vat_words[bare]
        number = bare.removeprefix("pl_").removeprefix("vat").removesuffix("%").replace(",", ".")
        try:
            rate = Decimal(number)
        except ArithmeticError:
            return None
        if not rate.is_finite() or not 0 <= rate < 100:
            return None
        if 0 < rate < 1:
            rate *= 100
        return VatRate(rate.normalize() if rate != rate.to_integral_value() else Decimal(int(rate)))

    def vat_of_category(self, paths: tuple[tuple[str, ...], ...]) -> tuple[Vat, str] | None:
        """The VAT of a product by its category, the longest that fits, and that category's path."""
        best: tuple[Vat, str] | None = None
        length = 0
        for begins, vat in self.vat_by_category:
            wanted = tuple(part.casefold() for part in begins)
            for path in paths:
                if tuple(part.casefold() for part in path[: len(wanted)]) == wanted and len(wanted) > length:
                    best, length = (vat, ACROSS.join(begins)), len(wanted)
        return best


def vat_setting(value: str) -> Vat:
    """A rate in percent, or a word (zw, np). Raises ValueError."""
    bare = value.strip().lower().removesuffix("%").strip()
    if bare in VAT_WORDS:
        return VAT_WORDS[bare]
    if bare not in {"23", "8", "5", "0", "7", "4", "3", "22"}:
        raise ValueError("write a rate of VAT such as 23, 8, 5 or 0, or zw or np")
    return VatRate(Decimal(bare))
