"""What the columns of a table mean: a small file that a merchant's office can read and correct.

A row for each column of the table: ``column``, ``meaning``, ``decimal``, ``example``, ``why``. A meaning that ends in a
question mark is a guess, and no guess is ever applied: a person takes the mark away, or writes another meaning.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from feeds_family.numbers import COMMA, POINT, WHOLE
from feeds_family.refusals import NotUsable

HEADER_ROW = "(header row)"
FIELDS = ("column", "meaning", "decimal", "example", "why")
#: What a column may mean, and how the office is told of it.
MEANINGS: Mapping[str, str] = {
    "id": "the shop's own id of the row, never twice",
    "group": "rows with the same value are variants of one product",
    "parent": "the id of the row that this row is a variant of",
    "name": "the product's name",
    "description": "its long text, which may be HTML",
    "brief": "its short text",
    "brand": "its maker",
    "sku": "its symbol, index or catalogue number",
    "gtin": "EAN, GTIN, UPC or ISBN",
    "gross": "price with VAT",
    "net": "price without VAT",
    "price": "price, with or without VAT as PRICE_IS says",
    "sale": "what is paid now (with VAT where `gross` is), where it is reduced",
    "sale_from": "the day on which that begins",
    "sale_to": "the day on which that ends",
    "vat": "VAT: 23, 23%, 0,23, zw, or a letter of the till (VAT_WORDS)",
    "currency": "PLN where it is empty",
    "stock": "how many there are",
    "available": "whether it can be had, where no number is known",
    "active": "whether the product is switched on",
    "warehouse": "the shop or warehouse whose stock the row tells",
    "category": "the category's path",
    "image": "an address, or several in one cell",
    "url": "the product's page",
    "weight": "kg",
    "weight_g": "grams",
    "size": "the size, which tells variants apart",
    "color": "the colour, which tells variants apart",
    "option": "write `option NAME`: it tells variants apart",
    "attribute": "shown with the product, under the column's name",
    "ignore": "not imported",
}
AMOUNTS = frozenset({"gross", "net", "price", "sale", "stock", "weight", "weight_g"})
SEVERAL = frozenset({"category", "image", "attribute", "ignore", "option"})
STOCK_KEYS = ("id", "sku", "gtin")
DECIMALS = {POINT: POINT, COMMA: COMMA, WHOLE: WHOLE, "": ""}


@dataclass(frozen=True, slots=True)
class Column:
    """One line of the map. `position` is where the column stands, from 0; `meanings` what it means, in this order."""

    name: str
    position: int
    meanings: tuple[str, ...]
    decimal: str = ""


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """What a table's columns mean. `header` is the number of the row that names them, 0 where none does."""

    header: int
    columns: tuple[Column, ...]

    def of(self, meaning: str) -> list[Column]:
        """The columns of this meaning; of ``option`` those of any name."""
        return [
            one for one in self.columns
            if any(said == meaning or (meaning == "option" and said.startswith("option ")) for said in one.meanings)
        ]  # fmt: skip

    def has(self, meaning: str) -> bool:
        return bool(self.of(meaning))


@dataclass(frozen=True, slots=True)
class MapLine:
    """A line as it stands in the file."""

    column: str
    meaning: str
    decimal: str = ""
    example: str = ""
    why: str = ""


def written(lines: Sequence[MapLine]) -> str:
    """The file: CSV with ``;``, as Polish office programs open it (with a mark for UTF-8 in front)."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(FIELDS)
    writer.writerows([one.column, one.meaning, one.decimal, one.example, one.why] for one in lines)
    return "\ufeff" + out.getvalue()


def map_lines(text: str) -> list[MapLine]:
    """The lines of the file. Raises `NotUsable`."""
    body = text.removeprefix("\ufeff")
    first = body.partition("\n")[0]
    separator = max(";,\t", key=first.count)
    rows = list(csv.reader(io.StringIO(body, newline=""), delimiter=separator))
    if not rows or [one.strip().lower() for one in rows[0]][:2] != ["column", "meaning"]:
        raise NotUsable("the column map has no first line `column;meaning;decimal;example;why`", MAKE)
    found = []
    for row in rows[1:]:
        cells = [*(cell.strip() for cell in row), *[""] * len(FIELDS)]
        if any(cells):
            found.append(MapLine(*cells[: len(FIELDS)]))
    return found


MAKE = "Write a draft with the command `columns`, and fill it in."


def column_map(lines: Sequence[MapLine], headers: Sequence[str] | None) -> ColumnMap:
    """The map of a table whose headers these are (None: it has no row of them). Raises `NotUsable` with all that is
    wrong at once."""
    problems: list[str] = []
    guesses: list[str] = []
    columns: list[Column] = []
    header = 1
    for line in lines:
        if line.column == HEADER_ROW:
            header = _header(line, problems)
            continue
        words = tuple(" ".join(word.split()) for word in line.meaning.split("+"))
        meant = line.meaning.strip()
        if not meant:
            continue
        if meant.endswith("?") or line.decimal.strip().endswith("?"):
            guesses.append(f"'{line.column}' ({f'{line.meaning} {line.decimal}'.strip()})")
            continue
        meanings = tuple(word if word.lower().startswith("option ") else word.lower() for word in words if word)
        meanings = tuple(_option(word) for word in meanings if word != "ignore")
        if not meanings:
            continue
        unknown = [word for word in meanings if word not in MEANINGS and not word.startswith("option ")]
        if unknown or "option" in meanings:
            problems.append(f"'{line.column}' means '{line.meaning}', which is no meaning")
            continue
        position = _position(line.column, headers, problems)
        if position is None:
            continue
        decimal = line.decimal.strip().lower()
        if decimal not in DECIMALS:
            problems.append(f"'{line.column}' has the decimal sign '{line.decimal}'; write . or , or {WHOLE}")
            continue
        columns.append(Column(line.column, position, meanings, decimal))
    said = [word for column in columns for word in column.meanings if word not in SEVERAL]
    problems += [f"several columns mean '{word}'" for word in sorted({word for word in said if said.count(word) > 1})]
    if guesses:
        problems.append(f"still a guess: {', '.join(guesses)}")
    if problems:
        cure = "Take the question mark away where a guess is right. " if guesses else ""
        raise NotUsable("the column map cannot be used: " + "; ".join(problems), cure + _cure(headers))
    return ColumnMap(header, tuple(columns))


def require(found: ColumnMap, headers: Sequence[str] | None, *, stock: bool) -> None:
    """Raises `NotUsable` where the map lacks what a table of products (or of `stock`) cannot do without."""
    if stock:
        lacking = [] if any(found.has(key) for key in STOCK_KEYS) else [" or ".join(STOCK_KEYS)]
        lacking += [] if found.has("stock") else ["stock"]
    else:
        lacking = [word for word in ("id", "name") if not found.has(word)]
        lacking += [] if any(found.has(word) for word in ("gross", "net", "price")) else ["gross, net or price"]
    if lacking:
        raise NotUsable(f"no column means: {', '.join(lacking)}", _cure(headers))


def header_row(lines: Sequence[MapLine]) -> int:
    """The number of the row with the headers by a map, 0 where there is none."""
    line = next((one for one in lines if one.column == HEADER_ROW), None)
    return 1 if line is None else _header(line, [])


def by_number(position: int) -> str:
    """How a column without a name is called."""
    return f"column {position + 1}"


def _option(word: str) -> str:
    kind, _, name = word.partition(" ")
    return f"option {name.strip()}" if kind.lower() == "option" and name.strip() else word


def _header(line: MapLine, problems: list[str]) -> int:
    word = line.meaning.strip().lower()
    if word.endswith("?"):
        problems.append(f"{HEADER_ROW} is still a guess ({word})")
        word = word.rstrip("?").strip()
    if word in {"none", "0"}:
        return 0
    if not word.isdecimal():
        problems.append(f"{HEADER_ROW} is '{line.meaning}'; write the row's number, or none")
        return 1
    return int(word)


def _position(name: str, headers: Sequence[str] | None, problems: list[str]) -> int | None:
    """By its name, or by its number."""
    kind, _, number = name.rpartition(" ")
    if kind == "column" and number.isdecimal() and (headers is None or name not in headers):
        return int(number) - 1
    places = [place for place, header in enumerate(headers or ()) if header == name]
    if len(places) != 1:
        problems.append(f"the table has {'no' if not places else 'more than one'} column '{name}'")
        return None
    return places[0]


def _cure(headers: Sequence[str] | None) -> str:
    has = "" if headers is None else f" The table's columns are: {', '.join(one for one in headers if one)}."
    return f"Correct the map, or write what is new into it with the command `columns`.{has}"
