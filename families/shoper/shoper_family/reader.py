"""The one tolerant reader for the scalars of the API's rows.

Most come as strings (``"199.00"``, ``"0"``), some ids as numbers, empty maps as ``[]`` (developers.shoper.pl; answers
of shops of version 5.26).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from gateway_importer import rows
from gateway_importer.rows import RowReader

FINEST_PRICE = -4  # the exponent of its last digit: prices have two decimals, and no shop of this kind more than four
PRICES = {"price", "comp_price", "comp_promo_price", "discount"}
DATES = {"edit_date", "date_from", "date_to"}
NO_DATE = ("", "0000-00-00 00:00:00", "0000-00-00")


class Unreadable(rows.Unreadable):
    """A field whose value is none of the forms that the API uses, or beyond all reason."""

    @property
    def code(self) -> str:
        """The word by which failures are grouped."""
        if self.field in PRICES:
            return "price_unreadable"
        return "date_unreadable" if self.field in DATES else "value_unreadable"


@dataclass(frozen=True, slots=True)
class Reader(RowReader):
    """Reads one row of the shop's."""

    unreadable: ClassVar[type[rows.Unreadable]] = Unreadable

    def id(self, field: str) -> int:
        """An id; 0 where there is none."""
        return self.whole(field)

    def flag(self, field: str, default: bool = False) -> bool:
        value = self.row.get(field)
        return value if isinstance(value, bool) else self.whole(field, int(default)) != 0

    def price(self, field: str) -> Decimal:
        found = self.optional_price(field)
        if found is None:
            self.refuse(field)
        return found

    def optional_price(self, field: str) -> Decimal | None:
        """An amount of money; one with a long tail of decimals is none."""
        found = self.optional_amount(field)
        if found is not None and int(found.as_tuple().exponent) < FINEST_PRICE:
            self.refuse(field)
        return found

    def local(self, field: str) -> datetime | None:
        """A moment by the shop's own clock (no zone); None where none is set."""
        value = self.text(field).strip()
        if value in NO_DATE:
            return None
        try:
            found = datetime.strptime(value, "%Y-%m-%d %H:%M:%S" if " " in value else "%Y-%m-%d")  # noqa: DTZ007
        except ValueError:
            self.refuse(field)
        return found

    def mapping(self, field: str) -> dict[str, Any]:
        """An object; none where it is missing, or ``[]``, as PHP says it of an empty one."""
        found = self.row.get(field)
        if found is None or found in ([], ""):
            return {}
        if not isinstance(found, dict):
            self.refuse(field)
        return found




@dataclass(frozen=True, slots=True)
class Translations:
    """Translated fields: by locale (``pl_PL``) the object of that language."""

    by_locale: Mapping[str, Reader]

    @classmethod
    def read(cls, reader: Reader) -> Translations:
        found = reader.mapping("translations")
        if not all(isinstance(entry, dict) for entry in found.values()):
            reader.refuse("translations")
        return cls({locale: Reader(entry, f"{reader.kind}, {locale}") for locale, entry in found.items()})

    def readable(self, field: str) -> Translations:
        """These, where every one of them has a text that can be read. Raises `Unreadable`."""
        for entry in self.by_locale.values():
            entry.text(field)
        return self

    def text(self, field: str, locales: Sequence[str]) -> str:
        """The first text that is not blank: the locales in order, then any other."""
        return next((text for one in self._in_order(locales) if (text := one.text(field)).strip()), "")

    def active(self, locale: str) -> bool:
        """Whether it is shown in that language; where it has none there, whether it is shown in any. What is not said
        is no "no": a product would be archived for it."""
        mine = [self.by_locale[locale]] if locale in self.by_locale else list(self.by_locale.values())
        for entry in mine:
            if entry.row.get("active") in (None, ""):
                entry.refuse("active")
        return any(entry.flag("active") for entry in mine)

    def _in_order(self, locales: Sequence[str]) -> Iterator[Reader]:
        yield from (self.by_locale[locale] for locale in locales if locale in self.by_locale)
        yield from self.by_locale.values()
