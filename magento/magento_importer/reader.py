"""The one tolerant reader for the scalars of the API's rows.

Fields of a product itself are JSON numbers; values of its attributes are strings (``"149.000000"``, ``"4"``), whatever
they are; ids are of both types (``category_links[].category_id`` is ``"7"``, ``value_index`` is 4). Seen on 2.4.7.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from magento_importer.answers import Row

UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
LARGEST_AMOUNT = Decimal(10) ** 12
FINEST_PRICE = -6  # the exponent of its last digit: columns of prices have six decimals since 2.3, four before
PRICES = {"price", "special_price", "value"}
NO_DATE = ("", "0000-00-00 00:00:00", "0000-00-00")


class Unreadable(ValueError):
    """A field whose value is none of the forms that the API uses, or beyond all reason."""

    def __init__(self, field: str, value: object, kind: str, why: str = "which cannot be read") -> None:
        super().__init__(f"{field} of {kind} is {str(value)[:80]!r}, {why}")
        self.field = field

    @property
    def code(self) -> str:
        """The word by which failures are grouped."""
        if self.field in PRICES:
            return "price_unreadable"
        return "date_unreadable" if self.field.endswith(("_date", "_at")) else "value_unreadable"


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one row; every complaint names the row (`kind`, with its id), the field and the value."""

    row: Row
    kind: str

    def id(self, field: str) -> int:
        """An id; 0 where there is none."""
        found = self.whole(field)
        if found < 0:
            self.refuse(field)
        return found

    def whole(self, field: str, default: int = 0) -> int:
        amount = self.optional_amount(field)
        if amount is None:
            return default
        if amount != amount.to_integral_value():
            self.refuse(field)
        return int(amount)

    def flag(self, field: str, default: bool = False) -> bool:
        value = self.row.get(field)
        return value if isinstance(value, bool) else self.whole(field, int(default)) != 0

    def amount(self, field: str) -> Decimal:
        found = self.optional_amount(field)
        return Decimal(0) if found is None else found

    def optional_amount(self, field: str) -> Decimal | None:
        """A number, exactly as written; None where it is missing or empty."""
        value = self.row.get(field)
        if value is None or value == "":
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
            raise Unreadable(field, value, self.kind, "which is too large to be true")
        return found

    def optional_price(self, field: str) -> Decimal | None:
        """An amount of money as a shop stores it."""
        found = self.optional_amount(field)
        if found is None:
            return None
        if found < 0:
            raise Unreadable(field, found, self.kind, "which is less than nothing")
        # Written out in binary, a stored 33.335 may come as 33.33500000000001.
        return found if int(found.as_tuple().exponent) >= FINEST_PRICE else round(found, -FINEST_PRICE)

    def text(self, field: str) -> str:
        value = self.row.get(field)
        if value is None or isinstance(value, bool):
            return ""
        if isinstance(value, list | dict):
            self.refuse(field)
        return UNPRINTABLE.sub(" ", str(value))

    def moment(self, field: str) -> datetime | None:
        """A moment without a zone, as it is written; None where none is set."""
        value = self.text(field).strip()
        if value in NO_DATE:
            return None
        try:
            return datetime.strptime(value, "%Y-%m-%d %H:%M:%S" if " " in value else "%Y-%m-%d")  # noqa: DTZ007
        except ValueError:
            self.refuse(field)

    def members(self, field: str) -> list[Any]:
        """A list; none where it is missing."""
        found = self.row.get(field)
        if found is None or found == "":
            return []
        if isinstance(found, dict):
            return list(found.values())  # PHP's lists with gaps in their numbers
        if not isinstance(found, list):
            self.refuse(field)
        return found

    def rows(self, field: str, kind: str) -> list[Reader]:
        """A list of rows; `kind` is what each of them is."""
        found = self.members(field)
        if not all(isinstance(one, dict) for one in found):
            self.refuse(field)
        return [Reader(one, f"{kind} of {self.kind}") for one in found]

    def within(self, field: str) -> Reader:
        """An object in the row; an empty one where it is missing, or ``[]``, as PHP says it of an empty one."""
        found = self.row.get(field)
        if found is None or found in ([], ""):
            return Reader({}, self.kind)
        if not isinstance(found, dict):
            self.refuse(field)
        return Reader(found, self.kind)

    def ids(self, field: str) -> tuple[int, ...]:
        """A list of ids, each once."""
        here = [Reader({field: one}, self.kind).whole(field) for one in self.members(field)]
        return tuple(one for one in dict.fromkeys(here) if one > 0)

    def refuse(self, field: str) -> NoReturn:
        raise Unreadable(field, self.row.get(field), self.kind)
