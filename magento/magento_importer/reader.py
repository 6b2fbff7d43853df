"""The one tolerant reader for the scalars of the API's rows.

Fields of a product itself are JSON numbers; values of its attributes are strings (``"149.000000"``, ``"4"``), whatever
they are; ids are of both types (``category_links[].category_id`` is ``"7"``, ``value_index`` is 4). Seen on 2.4.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from gateway_importer import rows
from gateway_importer.rows import RowReader

FINEST_PRICE = -6  # the exponent of its last digit: columns of prices have six decimals since 2.3, four before
PRICES = {"price", "special_price", "value"}
NO_DATE = ("", "0000-00-00 00:00:00", "0000-00-00")


class Unreadable(rows.Unreadable):
    """A field whose value is none of the forms that the API uses, or beyond all reason."""

    @property
    def code(self) -> str:
        """The word by which failures are grouped."""
        if self.field in PRICES:
            return "price_unreadable"
        return "date_unreadable" if self.field.endswith(("_date", "_at")) else "value_unreadable"


@dataclass(frozen=True, slots=True)
class Reader(RowReader):
    """Reads one row of the shop's."""

    unreadable: ClassVar[type[rows.Unreadable]] = Unreadable

    def id(self, field: str) -> int:
        """An id; 0 where there is none."""
        found = self.whole(field)
        if found < 0:
            self.refuse(field)
        return found

    def flag(self, field: str, default: bool = False) -> bool:
        value = self.row.get(field)
        return value if isinstance(value, bool) else self.whole(field, int(default)) != 0

    def optional_price(self, field: str) -> Decimal | None:
        """An amount of money as a shop stores it."""
        found = self.optional_amount(field)
        if found is None:
            return None
        if found < 0:
            raise Unreadable(field, found, self.kind, "which is less than nothing")
        # Written out in binary, a stored 33.335 may come as 33.33500000000001.
        return found if int(found.as_tuple().exponent) >= FINEST_PRICE else round(found, -FINEST_PRICE)

    def moment(self, field: str) -> datetime | None:
        """A moment without a zone, as it is written; None where none is set."""
        value = self.text(field).strip()
        if value in NO_DATE:
            return None
        try:
            return datetime.strptime(value, "%Y-%m-%d %H:%M:%S" if " " in value else "%Y-%m-%d")  # noqa: DTZ007
        except ValueError:
            self.refuse(field)

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

