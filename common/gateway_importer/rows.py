"""One row of a vendor's answer, as far as vendors are alike: numbers exactly as they are written, texts without what
nobody can print, and a complaint that names the row, the field and the value. A platform's reader builds on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, NoReturn

UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
LARGEST_AMOUNT = Decimal(10) ** 12


class Unreadable(ValueError):
    """A field whose value is none of the forms that the vendor uses, or beyond all reason."""

    def __init__(self, field: str, value: object, kind: str, why: str = "which cannot be read") -> None:
        super().__init__(f"{field} of {kind} is {self.said(value, why)}")
        self.field = field

    @staticmethod
    def said(value: object, why: str) -> str:
        return f"{str(value)[:80]!r}, {why}"


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads one row; every complaint, an `unreadable`, names the row (`kind`, with its id), the field and the value."""

    unreadable: ClassVar[type[Unreadable]] = Unreadable

    row: dict[str, Any]
    kind: str

    @staticmethod
    def nothing(value: Any) -> bool:
        """Whether the vendor says by it that there is nothing."""
        return value is None or value == ""

    def whole(self, field: str, default: int = 0) -> int:
        amount = self.optional_amount(field)
        if amount is None:
            return default
        if amount != amount.to_integral_value():
            self.refuse(field)
        return int(amount)

    def amount(self, field: str) -> Decimal:
        found = self.optional_amount(field)
        return Decimal(0) if found is None else found

    def optional_amount(self, field: str) -> Decimal | None:
        """A number, exactly as written; None where there is none."""
        value = self.row.get(field)
        if self.nothing(value):
            return None
        if isinstance(value, bool | list | dict):
            self.refuse(field)  # a price of `true` is no price of 1
        try:
            found = value if isinstance(value, Decimal) else Decimal(str(value).strip())
        except InvalidOperation:
            self.refuse(field)
        if not found.is_finite():
            self.refuse(field)
        if abs(found) >= LARGEST_AMOUNT:
            raise self.unreadable(field, value, self.kind, "which is too large to be true")
        return found

    def text(self, field: str) -> str:
        value = self.row.get(field)
        if self.nothing(value) or isinstance(value, bool):
            return ""
        if isinstance(value, list | dict):
            self.refuse(field)
        return UNPRINTABLE.sub(" ", str(value))

    def members(self, field: str) -> list[Any]:
        """A list, or what an object holds (PHP's lists with gaps in their numbers); none where there is none."""
        found = self.row.get(field)
        if self.nothing(found):
            return []
        if isinstance(found, dict):
            return list(found.values())
        if not isinstance(found, list):
            self.refuse(field)
        return found

    def ids(self, field: str) -> tuple[int, ...]:
        """A list of ids, each once."""
        here = [type(self)({field: one}, self.kind).whole(field) for one in self.members(field)]
        return tuple(one for one in dict.fromkeys(here) if one > 0)

    def refuse(self, field: str) -> NoReturn:
        raise self.unreadable(field, self.row.get(field), self.kind)
