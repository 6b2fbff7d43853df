"""From the bytes that the API answers to documents, pages and faults (idosell.readme.io).

Numbers stay as they are written: an amount is never a binary float.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

Row = dict[str, Any]


class Unparsable(Exception):
    """The body is not what was asked for."""


@dataclass(frozen=True, slots=True)
class ShopFault:
    """``{"faultCode": 5, "faultString": "Sklep zablokowany"}``. What a code means differs from gate to gate."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search; `total` is how many rows the whole search has by what the shop says."""

    total: int
    rows: tuple[Row, ...]


NONE = Found(0, ())


def document(body: bytes) -> Row:
    """A JSON object. Raises `Unparsable`."""
    try:
        found = json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as problem:
        raise Unparsable(f"it is no JSON ({type(problem).__name__})") from None
    if not isinstance(found, dict):
        raise Unparsable("it is no object")
    return found


def fault_of(found: Row) -> ShopFault | None:
    """The fault in an answer with status 200 or 207; None where there is none. A fault of code 0 is a success, and an
    empty ``errors`` is PHP's "nothing"."""
    errors = found.get("errors")
    if isinstance(errors, list):
        errors = errors[0] if errors else None
    if isinstance(errors, str) and errors.strip():
        return ShopFault(-1, errors.strip())
    if not isinstance(errors, dict) or not errors:
        return None
    code = str(errors.get("faultCode", errors.get("code", ""))).strip()
    text = str(errors.get("faultString") or errors.get("message") or "").strip()
    if code in ("0", "") and not text:
        return None
    return ShopFault(int(code), text) if code.isdecimal() and len(code) < 10 else ShopFault(-1, text or code)


def item_fault(row: Row) -> ShopFault | None:
    """The fault of one row among good ones, under any of the names that gates use; None where there is none."""
    for name in ("errors", "error", "faults"):
        if (fault := fault_of({"errors": row.get(name)})) is not None:
            return fault
    code = str(row.get("faultCode", row.get("errno", 0))).strip()
    if code in ("0", "", "None", "False"):
        return None
    text = str(row.get("faultString") or "").strip()
    return ShopFault(int(code) if code.isdecimal() and len(code) < 10 else -1, text)


def page_of(found: Row) -> Found:
    """A page of a search in camel case: ``{"resultsNumberAll": 2, "results": […]}``. Raises `Unparsable`."""
    if "results" not in found and "resultsNumberAll" not in found:
        raise Unparsable("it holds no results")  # what says nothing is no "there are none"
    rows = _listed(found, "results")
    return Found(_total(found, "resultsNumberAll", rows), rows)


def old_page_of(found: Row, name: str) -> Found:
    """A page of an older gate: ``{"results_number_all": "2", "categories": […]}``. Raises `Unparsable`."""
    rows = _listed(found, name)
    return Found(_total(found, "results_number_all", rows), rows)


def _listed(found: Row, name: str) -> tuple[Row, ...]:
    """A list, or an object by ids; nothing where there is none of it."""
    rows = found.get(name)
    if rows is None or rows is False or rows == "":
        return ()
    if isinstance(rows, dict):
        rows = list(rows.values())
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unparsable(f"its {name} hold something else than rows")
    return tuple(rows)


def _total(found: Row, name: str, rows: tuple[Row, ...]) -> int:
    text = str(found.get(name, "")).strip()
    if text.isdecimal() and text.isascii() and len(text) < 13:
        return int(text)
    if not rows:
        return 0
    raise Unparsable("it does not say how many rows there are")


def told_in(headers: Mapping[str, str], body: bytes) -> str:
    """What a refused request was told: by the header ``X-Error``, else by ``errors`` in the body, which is an object or
    a list of them; ``""`` where there is neither."""
    text = headers.get("X-Error", "").strip()
    if text:
        return _mended(text)
    try:
        fault = fault_of(document(body))
    except Unparsable:
        return ""
    return "" if fault is None else fault.text


def _mended(text: str) -> str:
    """A header's UTF-8 that was taken for Latin-1 ("Å\x82" is "ł")."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
