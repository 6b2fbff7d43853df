"""From the bytes that the API answers to documents, lists and errors (developers.shoper.pl).

Numbers stay as they are written: an amount is never a binary float.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

Row = dict[str, Any]


class Unparsable(Exception):
    """The body is not what was asked for."""


@dataclass(frozen=True, slots=True)
class VendorError:
    """``{"error": …, "error_description": …}``. The text is in the shop's language: only `code` is looked at."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list; `count` is how many rows the whole list has by what the shop says."""

    count: int
    rows: tuple[Row, ...]

    @property
    def more(self) -> bool:
        """Whether rows follow that are not on this page, which is the list's first."""
        return self.count > len(self.rows)


def document(body: bytes) -> Any:
    """Any JSON. Raises `Unparsable`."""
    try:
        return json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as problem:
        raise Unparsable(f"it is no JSON ({type(problem).__name__})") from None


def listing(found: Any) -> Listing:
    """A list ``{"count": "36", "pages": 4, "page": 1, "list": […]}``. Raises `Unparsable`."""
    if not isinstance(found, dict) or "list" not in found:
        raise Unparsable("there is no list in it")
    rows = found["list"]
    if isinstance(rows, dict):
        rows = list(rows.values())  # PHP's arrays with gaps come as objects by index
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unparsable("its list holds something else than rows")
    count = str(found.get("count", "")).strip()
    if not re.fullmatch(r"\d{1,12}", count):
        raise Unparsable("it does not say how many rows there are")
    return Listing(int(count), tuple(rows))


def error_of(found: Any) -> VendorError | None:
    """The error that a document is; None where it is none of the API's."""
    if not isinstance(found, dict) or not isinstance(found.get("error"), str):
        return None
    return VendorError(found["error"], str(found.get("error_description", "")))


def error_in(body: bytes) -> VendorError | None:
    try:
        return error_of(document(body))
    except Unparsable:
        return None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
