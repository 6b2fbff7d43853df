"""What a webservice request asks for: display, filter, sort, limit and language, with PrestaShop's own strictness."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from catalogue import Row
from shop_schema import Field, Resource

NUMERIC = "ibd"


class ApiError(Exception):
    """An error as the webservice lists it."""

    def __init__(self, status: int, code: int, message: str, *, in_list: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        #: Raised while a list was prepared: PHP then stumbles over the missing filters.
        self.in_list = in_list


class NotRecorded(Exception):
    """Something the real shop was never recorded answering."""


@dataclass
class Query:
    """The parameters of a request, sorted the way PHP's $_GET holds them."""

    plain: dict[str, str] = field(default_factory=dict)
    filters: dict[str, str] = field(default_factory=dict)
    #: Options of virtual prices by name, as written.
    prices: dict[str, dict[str, str]] = field(default_factory=dict)


NESTED = re.compile(r"([^\[]+)\[([^\]]*)\](.*)")


def parse(raw: str) -> Query:
    """The query string; of a parameter that is there twice the last one counts."""
    query = Query()
    for key, value in parse_qsl(raw, keep_blank_values=True, encoding="utf-8"):
        match = NESTED.fullmatch(key)
        if match is None:
            query.plain[key] = value
            continue
        name, inner, rest = match.groups()
        if name == "filter":
            if rest:
                raise NotRecorded(f"a filter on a linked table ({key})")
            query.filters[inner] = value
        elif name == "price":
            if not re.fullmatch(r"\[\w+\]", rest):
                raise NotRecorded(f"a virtual price written as {key}")
            query.prices.setdefault(inner, {})[rest[1:-1]] = value
        else:
            raise NotRecorded(f"the parameter {key}")
    return query


def closest(word: str, words: list[str]) -> str:
    """The last of the nearest words by Levenshtein's distance, as PrestaShop's "Did you mean" picks it."""
    best, shortest = "", -1
    for candidate in words:
        distance = levenshtein(word, candidate)
        if distance == 0:
            return candidate
        if distance <= shortest or shortest < 0:
            best, shortest = candidate, distance
    return best


def levenshtein(one: str, other: str) -> int:
    """The number of edits between two words."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]


def did_you_mean(label: str, word: str, words: list[str]) -> str:
    """The text of an error that offers what there is."""
    full = ' The full list is: "' + '", "'.join(words) + '"' if len(words) > 1 else ""
    return f'{label}. Did you mean: "{closest(word, words)}"?{full}'


def number(text: object) -> float:
    """A text as MySQL compares it with a number: its numeric beginning, else 0."""
    match = re.match(r"\s*[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", str(text or ""))
    return float(match.group()) if match else 0.0


def folded(text: object) -> str:
    """A text as the collation compares it: without case, accents and trailing blanks."""
    parts = unicodedata.normalize("NFKD", str(text if text is not None else "").casefold())
    return "".join(char for char in parts if not unicodedata.combining(char)).rstrip(" ")


def like(pattern: str) -> Callable[[object], bool]:
    """SQL's LIKE: per cent and underscore are wild, also those inside the brackets."""
    wild = "".join({"%": ".*", "_": "."}.get(char, re.escape(char)) for char in folded(pattern))
    regex = re.compile(wild, re.DOTALL)
    return lambda value: regex.fullmatch(folded(value)) is not None


def is_float(text: str) -> bool:
    """PHP's Validate::isFloat: a number that is written the shortest way."""
    return re.fullmatch(r"-?(0|[1-9]\d*)(\.\d*[1-9])?", text) is not None


Test = Callable[[object], bool]
RANGE = re.compile(r"([\d.:\-\s]+),([\d.:\-\s]+)")


def compare(kind: str) -> Callable[[object], Any]:
    """How values of a column are compared."""
    if kind in NUMERIC:
        return number
    if kind == "t":
        return lambda value: str(value).replace("T", " ").ljust(19)[:19] if value else ""
    return folded


def condition(kind: str, value: str) -> Test | None:
    """The SQL condition of one filter; None where PrestaShop makes none of it and shows everything."""
    key = compare(kind)
    match = re.fullmatch(r"(.*)\[(.*)\](.*)", value, re.DOTALL)
    if match is None:
        if is_float(value):
            return like(value)
        wanted = key(value)
        return lambda cell: cell is not None and key(cell) == wanted
    before, inner, after = match.groups()
    if before == "%" or after == "%":
        return like(before + inner + after)
    if before == "" and after == "":
        return equal(key, inner)
    limit = key(inner)
    if before == ">":
        return lambda cell: cell is not None and key(cell) > limit
    if before == "<":
        return lambda cell: cell is not None and key(cell) < limit
    if before == "!":
        refused = {key(one) for one in inner.split("|")}
        return lambda cell: cell is not None and key(cell) not in refused
    return None


def equal(key: Callable[[object], Any], inner: str) -> Test:
    """Equality, a choice or a range."""
    if inner.find("|") > 0:
        choice = {key(one) for one in inner.split("|")}
        return lambda cell: cell is not None and key(cell) in choice
    span = RANGE.fullmatch(inner)
    if span is not None:
        ends = list(span.groups())
        numeric = all(re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", end) for end in ends)
        ends.sort(key=(lambda end: float(end)) if numeric else str)
        low, high = key(ends[0]), key(ends[1])
        return lambda cell: cell is not None and low <= key(cell) <= high
    wanted = key(inner)
    return lambda cell: cell is not None and key(cell) == wanted


@dataclass
class Plan:
    """What a list request selects, once every parameter was found good."""

    tests: list[Callable[[Row], bool]] = field(default_factory=list)
    #: A filter that no row can pass.
    nothing: bool = False
    by_id: bool = False
    sorts: list[tuple[Field, bool]] = field(default_factory=list)
    limit: tuple[int, int] | None = None


def filterable(resource: Resource, dated: bool) -> tuple[list[str], list[str]]:
    """Names that may be filtered: plain and translated ones. Dates only after `date=1`."""
    dates = {"date_add", "date_upd"}
    plain = [f.name for f in resource.fields if f.kind != "L" and (dated or f.name not in dates)]
    if dated:
        plain += [name for name in ("date_add", "date_upd") if name not in plain]
    return plain, [f.name for f in resource.fields if f.kind == "L"]


def plan(resource: Resource, query: Query, languages: list[int]) -> Plan:
    """Checks filters, sort and limit, in the order in which PrestaShop finds fault with them."""
    dated = query.plain.get("date", "") not in ("", "0")
    plain, translated = filterable(resource, dated)
    fields = {f.name: f for f in resource.fields}
    result = Plan()
    for name, value in query.filters.items():
        if name in translated and value != "":
            result.tests.append(any_language(name, value, languages))
        elif name not in plain:
            raise ApiError(400, 32, did_you_mean("This filter does not exist", name, plain), in_list=True)
        elif value == "":
            raise ApiError(400, 33, f'The filter "{name}" is malformed.', in_list=True)
        elif name not in fields or fields[name].kind == "x":
            result.nothing = True
        elif fields[name].kind == "c":
            text = f'The field "{name}" is dynamic. It is not possible to filter GET query with this field.'
            raise ApiError(400, 34, text, in_list=True)
        else:
            result.by_id = result.by_id or name == "id"
            test = condition(fields[name].kind, value)
            if test is not None:
                result.tests.append(on_column(name, test))
    if "sort" in query.plain:
        result.sorts = sorts(query.plain["sort"], fields, plain, translated)
    if "limit" in query.plain:
        parts = query.plain["limit"].split(",")
        if len(parts) > 2:
            text = 'The "limit" value has to be formed as this example: "5,25" or "10"'
            raise ApiError(400, 39, text, in_list=True)
        # (int) of "[10" is 0 in PHP: brackets here silently mean "from the start".
        numbers = [max(int(number(part)), 0) for part in parts]
        result.limit = (numbers[0], numbers[1]) if len(numbers) == 2 else (0, numbers[0])
    return result


def on_column(name: str, test: Test) -> Callable[[Row], bool]:
    """A test of one column of a row."""
    return lambda row: test(row.get(name))


def any_language(name: str, value: str, languages: list[int]) -> Callable[[Row], bool]:
    """A filter on a translated field looks at the texts of all the languages asked for."""
    test = condition("s", value) or (lambda cell: True)
    wanted = {str(id_lang) for id_lang in languages}
    return lambda row: any(test(e["value"]) for e in row.get(name, ()) if str(e["id"]) in wanted)


def sorts(text: str, fields: dict[str, Field], plain: list[str], translated: list[str]) -> list[tuple[Field, bool]]:
    """The sort parameter as columns, each with whether it descends."""
    match = re.fullmatch(r"\[(.*)\]", text)
    result = []
    for part in (match.group(1) if match else text).split(","):
        name, _, direction = part.rpartition("_")
        if not name or direction.upper() not in ("ASC", "DESC"):
            raise ApiError(
                400,
                37,
                'The "sort" value has to be formed as this example: "field_ASC" or '
                "'[field_1_DESC,field_2_ASC,field_3_ASC,...]' (\"field\" has to be an available field)",
                in_list=True,
            )
        if name not in plain and name not in translated:
            text = "Unable to filter by this field. However, these are available: "
            text += ", ".join(plain) + ", for i18n fields:" + ", ".join(translated)
            raise ApiError(400, 38, text, in_list=True)
        if name not in fields or fields[name].kind in "cx":
            raise NotRecorded(f"sorting by {name}")
        result.append((fields[name], direction.upper() == "DESC"))
    return result


def ordered(rows: list[Row], resource: Resource, chosen: Plan, languages: list[int]) -> list[Row]:
    """The rows in the order asked for, else in that of a database index."""
    if not chosen.sorts:
        names = ("id",) if chosen.by_id else resource.natural_order
        kinds = {f.name: f.kind for f in resource.fields}
        return sorted(rows, key=lambda row: tuple(sortable(kinds[name], row.get(name)) for name in names))
    result = list(rows)
    for column, descending in reversed(chosen.sorts):
        result.sort(key=sort_key(column, languages), reverse=descending)
    return result


def sortable(kind: str, value: object) -> tuple[int, Any]:
    """A value that sorts as in SQL: nothing comes first."""
    return (0, "") if value is None or (value == "" and kind in NUMERIC) else (1, compare(kind)(value))


def sort_key(column: Field, languages: list[int]) -> Callable[[Row], tuple[int, Any]]:
    """The key of one sort column; a translated one sorts by the first language asked for."""
    if column.kind != "L":
        return lambda row: sortable(column.kind, row.get(column.name))
    first = str(languages[0])
    return lambda row: sortable("s", next((e["value"] for e in row[column.name] if str(e["id"]) == first), None))


Display = dict[str, list[str] | None]


def display(resource: Resource, query: Query, *, in_list: bool) -> Display | str:
    """`full`, `minimum`, or the names asked for with the sub-fields of associations."""
    text = query.plain.get("display")
    if text is None:
        return "minimum"
    if text in ("full", "minimum"):
        return text
    names = ", ".join(f.name for f in resource.fields)
    match = re.fullmatch(r"\[(.*)\]", text)
    if match is None:
        label = "The 'display' syntax is wrong. You can set 'full' or '[field_1,field_2,field_3,...]'. "
        raise ApiError(400, 36, f"{label}These are available: {names}", in_list=in_list)
    known = {f.name for f in resource.fields}
    associations = {a.name: {"id", *(name for name, _ in a.fields)} for a in resource.associations}
    wanted = split_display(match.group(1))
    for name, parts in wanted.items():
        if parts is None:
            bad, details = name not in known and name not in query.prices, ""
        else:
            bad = name not in associations or any(part not in associations[name] for part in parts)
            listed = "".join(f"  {number} => '{part}',\n" for number, part in enumerate(parts))
            details = f" (details : array (\n{listed}))"
        if bad:
            label = f'Unable to display this field "{name}{details}". However, these are available: {names}'
            raise ApiError(400, 35, label, in_list=in_list)
    return wanted


def split_display(text: str) -> Display:
    """Names at the top level, and in brackets behind them the sub-fields."""
    wanted: Display = {}
    for part in re.findall(r"(?:[^,\[]|\[[^\]]*\])+", text):
        name, bracket, inner = part.partition("[")
        name = name.strip()
        wanted.setdefault(name, None)
        if bracket:
            wanted[name] = (wanted[name] or []) + inner.removesuffix("]").split(",")
    return wanted


def language_ids(text: str, active: list[int]) -> list[int]:
    """The `language` parameter; ids that are not active do not count."""
    if re.fullmatch(r"\d+", text):
        asked = [int(text)]
    elif re.fullmatch(r"\[\d+(\|\d+)*\]", text):
        asked = [int(part) for part in text[1:-1].split("|")]
    elif re.fullmatch(r"\[\d+,\d+\]", text):
        low, high = (int(part) for part in text[1:-1].split(","))
        asked = list(range(low, high + 1))
    else:
        raise ApiError(400, 79, "language value is wrong")
    found = [id_lang for id_lang in asked if id_lang in active]
    if not found:
        raise ApiError(400, 81, "language is not available")
    return found
