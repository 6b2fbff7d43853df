"""The one tolerant reader for the values of the API's rows.

It is written in PHP: an empty object comes as ``[]``, nothing as ``false``, ``""`` or null, a number as text, ids as
either, switches as ``"y"``, ``"yes"`` or booleans (idosell.readme.io; typed clients that were corrected by answers).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from gateway_importer import rows
from gateway_importer.rows import RowReader

YES, NO = {"y", "yes", "true", "1"}, {"n", "no", "false", "0"}


class Unreadable(rows.Unreadable):
    """A field whose value is none of the forms that the API uses, or beyond all reason."""

    @staticmethod
    def said(value: object, why: str) -> str:
        return "not said" if value is None else rows.Unreadable.said(value, why)

    @property
    def code(self) -> str:
        """The word by which failures are grouped."""
        return "price_unreadable" if self.field.endswith("Price") else "value_unreadable"


@dataclass(frozen=True, slots=True)
class Reader(RowReader):
    """Reads one row of the shop's."""

    unreadable: ClassVar[type[rows.Unreadable]] = Unreadable

    @staticmethod
    def nothing(value: Any) -> bool:
        """Whether it is one of PHP's ways to say that there is nothing. 0 is something."""
        return value is None or value is False or value == "" or value == [] or value == {}

    def id(self, field: str) -> int:
        """An id; 0 where there is none."""
        found = self.optional_amount(field)
        if found is None:
            return 0
        if found != found.to_integral_value() or found < 0:
            self.refuse(field)
        return int(found)

    def code(self, field: str) -> str:
        """An id that need be no number, such as a size's: ``"uniw"``, ``"1A"``, ``4``."""
        return self.text(field).strip()

    def flag(self, field: str) -> bool | None:
        """A switch; None where the shop does not say."""
        value = self.row.get(field)
        if isinstance(value, bool):
            return value
        word = self.text(field).strip().lower()
        if not word:
            return None
        if word not in YES | NO:
            self.refuse(field)
        return word in YES

    def local(self, field: str) -> datetime | None:
        """A moment by the shop's own clock (no zone); None where none is set, or it is none."""
        value = self.text(field).strip()
        try:
            return datetime.strptime(value, "%Y-%m-%d %H:%M:%S" if " " in value else "%Y-%m-%d")  # noqa: DTZ007
        except ValueError:
            return None

    def rows(self, field: str) -> list[Reader]:
        """The rows of a list, or of an object by ids; none where there is none."""
        found = self.members(field)
        if not all(isinstance(entry, dict) for entry in found):
            self.refuse(field)
        return [Reader(entry, self.kind) for entry in found]

    def codes(self, field: str) -> tuple[str, ...]:
        """A list of ids, each once."""
        found = self.members(field)
        if any(isinstance(entry, bool | list | dict) for entry in found):
            self.refuse(field)
        return tuple(dict.fromkeys(str(entry).strip() for entry in found if str(entry).strip() not in ("", "0")))

    def object(self, field: str) -> Reader:
        """An object; an empty one where there is none."""
        found = self.row.get(field)
        if self.nothing(found):
            return Reader({}, self.kind)
        if not isinstance(found, dict):
            self.refuse(field)
        return Reader(found, self.kind)

    def has(self, field: str) -> bool:
        return self.row.get(field) is not None
