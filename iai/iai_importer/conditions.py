"""What all products of an offer share, and what the operator chose: values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Warsaw")  # dates in an offer have no zone

#: The languages of an offer have three letters; people, and some other software that writes offers, say two.
LETTERS = {
    "pl": "pol", "en": "eng", "de": "ger", "cs": "cze", "sk": "slo", "fr": "fre", "es": "spa", "it": "ita",
    "ru": "rus", "uk": "ukr", "lt": "lit", "hu": "hun", "ro": "rum", "nl": "dut", "deu": "ger", "ces": "cze",
    "slk": "slo", "fra": "fre", "ron": "rum", "nld": "dut",
}  # fmt: skip
SIZE_WORDS = {"pol": "Rozmiar", "eng": "Size", "ger": "Größe", "cze": "Velikost", "slo": "Veľkosť", "fre": "Taille"}

FULL, LIGHT, SUGGESTED = "full", "light", "srp"


def language_of(word: str) -> str:
    """The three letters that an offer has for a language."""
    lowered = word.strip().lower()
    return LETTERS.get(lowered, lowered)


@dataclass(frozen=True, slots=True)
class Conditions:
    """`languages` in the order in which texts are looked for; `price` is the kind that was chosen (`FULL`, `LIGHT`,
    `SUGGESTED`); `warehouses` are those whose stock counts, None for all. `light`: there is a light file;
    `full_is_newer`: its stocks are older than the whole file's; `light_currency` that of its prices, ``""`` where it
    names none. `size_names` are by language and size. `menu`:
    categories are those of the shop's menus. `now` is by the shop's own clock, without a zone."""

    languages: tuple[str, ...]
    currency: str
    price: str
    now: datetime
    warehouses: frozenset[str] | None = None
    light: bool = False
    light_currency: str = ""
    full_is_newer: bool = True
    menu: bool = False
    base: str = ""
    size_names: Mapping[tuple[str, str], str] | None = None

    @property
    def size_option(self) -> str:
        return SIZE_WORDS.get(self.languages[0], SIZE_WORDS["pol"])
