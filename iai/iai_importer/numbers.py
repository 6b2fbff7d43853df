"""The one reader for numbers and dates that stand in an offer as text."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache

LARGEST = Decimal(10) ** 12
NO_DATE = ("", "0000-00-00 00:00:00", "0000-00-00")
NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")


class Unreadable(ValueError):
    """A value whose text is none of the forms that offers use, or beyond all reason; `code` groups failures."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@lru_cache(maxsize=8192)
def number(text: str, what: str) -> Decimal:
    """A decimal number with a dot or a comma ("9.000", "1,5"). `what` it is, for the message. Raises `Unreadable`."""
    compact = text.strip()
    code = f"{what.split()[-1]}_unreadable"
    try:
        found = Decimal(compact.replace(",", ".")) if NUMBER.fullmatch(compact) else None
    except InvalidOperation:
        found = None
    if found is None:
        raise Unreadable(code, f"Its {what} is '{text[:60]}', which is no number.")
    if abs(found) >= LARGEST:
        raise Unreadable(code, f"Its {what} is '{text[:60]}', which is too large to be true.")
    return found


@lru_cache(maxsize=1024)
def moment(text: str, *, end: bool = False) -> datetime | None:
    """A moment by the shop's clock, without a zone; None where none is set. A day alone begins with it, and as the
    `end` of something is over with it. Raises ValueError."""
    compact = text.strip()
    if compact in NO_DATE:
        return None
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M:%S", "%Y-%m-%d", "%d.%m.%Y"):
        try:
            found = datetime.strptime(compact, form)  # noqa: DTZ007 - the shop's own clock
        except ValueError:
            continue
        return found + timedelta(days=1) if end and "%H" not in form else found
    raise ValueError(f"'{compact[:40]}' is no date")
