"""A run's outcomes for spreadsheets (CSV) and for programs (one JSON object a line), row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from gateway_importer.report.model import OutcomeRow
from gateway_importer.report.wording import cleaned

COLUMNS = (
    "run", "product", "outcome", "name", "variants", "code", "cause", "cure", "rule", "detail", "page_url",
)  # fmt: skip
FORMATS = ("csv", "ndjson")
BYTE_ORDER_MARK = "\ufeff"  # without it spreadsheets take UTF-8 for something else
# A cell that begins with one of these is a formula to a spreadsheet: names come from a shop, and may be anybody's.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def export_chunks(run: int, rows: Iterable[OutcomeRow], form: str) -> Iterator[str]:
    """The text of the export, a line a piece; `form` is one of `FORMATS`."""
    return _csv(run, rows) if form == "csv" else _ndjson(run, rows)


def _cells(run: int, row: OutcomeRow) -> Mapping[str, Any]:
    return {
        "run": run,
        **{name: _said(getattr(row, name)) for name in COLUMNS[1:]},
    }


def _said(value: Any) -> Any:
    if isinstance(value, int):
        return value
    return cleaned(value if isinstance(value, str) else value.value)


def _ndjson(run: int, rows: Iterable[OutcomeRow]) -> Iterator[str]:
    for row in rows:
        yield msgspec.json.encode(_cells(run, row)).decode() + "\n"


def _csv(run: int, rows: Iterable[OutcomeRow]) -> Iterator[str]:
    yield BYTE_ORDER_MARK + _line(COLUMNS)
    for row in rows:
        yield _line(_harmless(value) for value in _cells(run, row).values())


def _harmless(value: Any) -> Any:
    """`value` as a cell that no spreadsheet computes."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA) else value


def _line(cells: Iterable[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()
