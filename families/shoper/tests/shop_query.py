"""Lists as the API answers them: filters, order, pages, with all that it silently does otherwise than one would think."""

import json
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

from goods import KEYS, Output, Row

MOST_ROWS = 50
FALLBACK_ROWS = 10  # rows a page where more than fifty are asked for
OPERATORS = {"=", "!=", ">", ">=", "<", "<=", "like", "not like", "in", "not in"}
#: What may be filtered by; anything else is 404, not an empty list.
FILTERS = {
    "products": {
        "product_id",
        "producer_id",
        "tax_id",
        "edit_date",
        "add_date",
        "stock.code",
        "stock.stock",
        "group_id",
    },
    "product-stocks": {"stock_id", "product_id", "extended", "code"},
    "product-images": {"gfx_id", "product_id"},
    "options": {"option_id"},
    "option-values": {"ovalue_id", "option_id"},
}


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text


def not_found() -> Refused:
    return Refused(404, "invalid_request", "Resource not found")


@dataclass
class Quirks:
    """Where a shop is otherwise than its documents, by resource and field: ``ignored`` (all rows come), ``refused`` (404),
    ``first`` (only the first id counts)."""

    in_filters: dict[str, str]
    above_filters: dict[str, str]


def conditions(query: str) -> dict[str, Any]:
    """Filters in both spellings: ``filters={"a": 1}`` and ``filters[a][>]=1``."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name == "filters":
            try:
                given = json.loads(value)
            except ValueError:
                raise Refused(400, "invalid_request", "Wartość pola 'filters' jest niepoprawna") from None
            if not isinstance(given, dict):
                raise Refused(400, "invalid_request", "Wartość pola 'filters' jest niepoprawna")
            found |= given
        elif bracket := re.fullmatch(r"filters\[([^\]]+)\](?:\[([^\]]+)\])?", name):
            found[bracket[1]] = {bracket[2]: value} if bracket[2] else value
    return found


def compared(value: Any, operator: str, wanted: Any) -> bool:
    if operator in ("in", "not in"):
        return (str(value) in wanted) == (operator == "in")
    if operator in ("like", "not like"):
        pattern = re.escape(str(wanted)).replace("%", ".*")
        return bool(re.fullmatch(pattern, str(value), re.IGNORECASE)) == (operator == "like")
    try:
        one: Any = int(value) if str(value).isdigit() else Decimal(str(value))
        other: Any = int(wanted) if str(wanted).isdigit() else Decimal(str(wanted))
    except InvalidOperation:
        one, other = str(value), str(wanted)
    made: dict[str, bool] = {
        "=": one == other, "!=": one != other, ">": one > other, ">=": one >= other, "<": one < other, "<=": one <= other
    }  # fmt: skip
    return made[operator]


def field_of(row: Row, name: str) -> Any:
    found: Any = row
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def selected(resource: str, rows: list[Row], filters: dict[str, Any], quirks: Quirks) -> list[Row]:
    allowed = FILTERS.get(resource, {KEYS[resource]})
    for name, wanted in filters.items():
        if name not in allowed and not name.startswith("translations."):
            raise not_found()
        tests = wanted if isinstance(wanted, dict) else {"=": wanted}
        for operator, value in tests.items():
            word = operator.lower()
            if word not in OPERATORS:
                raise Refused(400, "invalid_request", f"Nieznany operator {operator}")
            quirk = (quirks.in_filters if word == "in" else quirks.above_filters if word == ">" else {}).get(
                f"{resource} {name}"
            )
            if quirk == "refused":
                raise not_found()
            if quirk == "ignored":
                continue
            here = value[:1] if quirk == "first" else value
            if word in ("in", "not in"):
                if not isinstance(here, list):
                    raise Refused(400, "invalid_request", "Wartość filtra jest niepoprawna")
                here = {str(one) for one in here}
            rows = [row for row in rows if compared(field_of(row, name), word, here)]
    return rows


def ordered(resource: str, rows: list[Row], query: list[tuple[str, str]]) -> list[Row]:
    given = [value for name, value in query if name in ("order", "order[]")] or [f"{KEYS[resource]} ASC"]
    if given == [f"{KEYS[resource]} ASC"]:
        return sorted(rows, key=lambda row: int(row[KEYS[resource]]))
    for one in reversed(given):
        name, _, way = one.strip().partition(" ")

        def by(row: Row, name: str = name) -> tuple[int, Any]:
            value = field_of(row, name)
            text = str(value)
            return (0, int(text)) if re.fullmatch(r"-?\d+", text) else (1, text)

        rows = sorted(rows, key=by, reverse=way.upper() != "ASC")  # a bare name sorts downwards
    return rows


def listed(output: Output, resource: str, raw_query: str, quirks: Quirks) -> Row:
    """``{"count": "36", "pages": 4, "page": 1, "list": […]}``."""
    query = parse_qsl(raw_query, keep_blank_values=True)
    given = dict(query)
    filters = conditions(raw_query)
    key, table = KEYS[resource], output.tables.table(resource)
    joined = any("." in name for name in (*filters, given.get("order", "")))  # what only the answer has
    rows = [output.row(resource, number) for number in table] if joined else list(table.values())
    rows = ordered(resource, selected(resource, rows, filters, quirks), query)
    limit = _whole(given, "limit", 10)
    if not 0 < limit <= MOST_ROWS:
        limit = FALLBACK_ROWS
    page = _whole(given, "page", 1)
    start = _whole(given, "offset", 0) if "offset" in given else (page - 1) * limit
    shown = [output.row(resource, int(row[key])) for row in rows[start : start + limit]]
    pages = -(-len(rows) // limit)
    return {"count": str(len(rows)), "pages": pages, "page": min(page, pages) if rows else 1, "list": shown}


def _whole(given: dict[str, str], name: str, default: int) -> int:
    try:
        return int(given.get(name, default))
    except ValueError:
        raise Refused(400, "invalid_request", f"Wartość pola '{name}' jest niepoprawna") from None
