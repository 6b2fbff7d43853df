"""Rows of a table by its column map. A cell that is not what its column says is told with its row, column and value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from feeds_family import google
from feeds_family.cells import Cell, Line, Number, Table, said
from feeds_family.columns import AMOUNTS, Column, ColumnMap, column_map, header_row, map_lines, require
from feeds_family.encoding import BROKEN
from feeds_family.numbers import COMMA, POINT, WHOLE, NotANumber, amount, money
from feeds_family.refusals import NotUsable
from feeds_family.wire import NO, YES, OptionCell, Row, Wrong

TRUE = {"1", "t", "tak", "true", "yes", "y", "+", "prawda", "aktywny", "x"}
FALSE = {"0", "n", "nie", "false", "no", "-", "fałsz", "nieaktywny"}
FIELD_OF = {"gross": "price", "net": "price", "price": "price", "weight_g": "weight"}
DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:\s+(\d{1,2}):(\d{2})(?::\d{2})?)?")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table's cells are read: what stands between the parts of a category's path and between pictures' addresses
    in one cell (None: any of ``| ;`` and blanks), and whether a price is net."""

    category_separator: str
    image_separator: str | None
    net: bool


def headers_of(table: Table, header: int) -> tuple[str, ...] | None:
    """The names in the row with the headers; None where the table has none. Raises `NotUsable`."""
    if not header:
        return None
    for number, cells in table.lines():
        if number >= header:
            return tuple(" ".join(said(cell).split()) for cell in cells)
    raise NotUsable(f"it has no row {header}, in which its map looks for the headers", "Correct the column map.")


def mapped(table: Table, text: str, *, stock: bool) -> ColumnMap:
    """The column map of a table, by the text of its file. Raises `NotUsable`."""
    lines = map_lines(text)
    headers = headers_of(table, header_row(lines))
    found = column_map(lines, headers)
    require(found, headers, stock=stock)
    return found


def body_of(table: Table, header: int) -> Iterator[Line]:
    """The rows behind that with the headers, which is the first one from `header` on that is not empty."""
    found = (line for line in table.lines() if line[0] >= header)
    if header:
        next(found, None)
    return found


def rows(table: Table, columns: ColumnMap, reading: Reading) -> Iterator[Row]:
    """The rows of a table of products."""
    headers = headers_of(table, columns.header)
    widest = max(one.position for one in columns.columns) + 1 if headers is None else len(headers)
    for number, cells in body_of(table, columns.header):
        yield RowReader(number, cells, columns, reading, widest).row()


def template_rows(table: Table) -> Iterator[Row]:
    """The rows of Google's own template, whose columns have a meaning of their own; several may have one name."""
    names: list[str] = []
    for number, cells in table.lines():
        if not names:
            names = [google.name_of(said(cell)) for cell in cells]
            continue
        fields: dict[str, list[str]] = {}
        for name, cell in zip(names, cells, strict=False):
            text = said(cell)
            if name == "additional_image_link":
                fields.setdefault(name, []).extend(part.strip() for part in text.split(",") if part.strip())
            elif text:
                fields.setdefault(name, []).append(text)
        row = google.row_of(fields, f"row {number}")
        if len(cells) > len(names) and any(said(cell) for cell in cells[len(names) :]):
            row = _with(row, _too_wide(number, len(cells), len(names)))
        yield row


@dataclass(slots=True)
class RowReader:
    """One row while it is read."""

    number: int
    cells: Sequence[Cell]
    columns: ColumnMap
    reading: Reading
    widest: int

    def row(self) -> Row:
        wrong: list[Wrong] = []
        if len(self.cells) > self.widest and any(said(cell) for cell in self.cells[self.widest :]):
            wrong.append(_too_wide(self.number, len(self.cells), self.widest))
        identity = self.text("id")
        if re.fullmatch(r"\d[.,]\d+E\+?\d+", identity, re.IGNORECASE):
            why = "is a number that a spreadsheet has shortened, and no id any more"
            cure = "Format the column as text, and export the table anew."
            wrong.append(Wrong("id", self._where("id"), identity, why, cure))
        currency = self.text("currency").upper()
        currency = {"ZŁ": "PLN", "ZL": "PLN"}.get(currency, currency)
        prices: dict[str, str] = {}
        for meaning in ("gross", "net", "price", "sale"):
            prices[meaning], named = self._money(meaning, wrong)
            currency = currency or named
            if named and named != currency:
                why, cure = f"is another currency than {currency}", "Let a row have one currency."
                wrong.append(Wrong("currency", self._where(meaning), named, why, cure))
        key = "net" if self.reading.net else "gross"
        prices[key] = prices[key] or prices["price"]
        for meaning in ("name", "description", "brief"):
            if BROKEN in self.text(meaning):
                cure = "Let the shop's program export whole letters; names may have been cut in the middle of one."
                wrong.append(Wrong("text", self._where(meaning), self.text(meaning), "has broken letters", cure))
        reduced = bool(prices["sale"].strip("0."))  # dates of nothing may be anything, such as 0000-00-00
        active = self._flag("active", wrong)
        has = self._flag("available", wrong)
        return Row(
            f"row {self.number}",
            id=identity,
            group=self.text("group") or self.text("parent"),
            name=" ".join(self.text("name").split()),
            description=self.text("description"),
            brief=self.text("brief"),
            brand=self.text("brand"),
            sku=self.text("sku"),
            gtin=self.text("gtin"),
            url=self.text("url"),
            gross=prices["gross"],
            net=prices["net"],
            currency=currency,
            sale=prices["sale"],
            sale_from=self._moment("sale_from", wrong) if reduced else "",
            sale_to=self._moment("sale_to", wrong) if reduced else "",
            vat=self.text("vat"),
            stock=self.amount("stock", wrong),
            available="" if has is None else YES if has else NO,
            weight=self._weight(wrong),
            categories=self._categories(),
            images=self._images(),
            options=self._options(),
            attributes=self._attributes(),
            active=active is not False,
            wrong=tuple(wrong),
        )

    # --- cells

    def _cell(self, column: Column) -> Cell:
        return self.cells[column.position] if column.position < len(self.cells) else ""

    def _texts(self, meaning: str) -> list[str]:
        return [text for column in self.columns.of(meaning) if (text := said(self._cell(column)))]

    def text(self, meaning: str) -> str:
        return next(iter(self._texts(meaning)), "")

    def _where(self, meaning: str) -> str:
        column = next(iter(self.columns.of(meaning)), None)
        return f"row {self.number}, column '{column.name if column is not None else meaning}'"

    def _money(self, meaning: str, wrong: list[Wrong]) -> tuple[str, str]:
        for column in self.columns.of(meaning):
            cell = self._cell(column)
            if isinstance(cell, Number):
                return cell.text, ""
            if not said(cell):
                continue
            try:
                return money(said(cell), column.decimal or WHOLE)
            except NotANumber as problem:
                wrong.append(_wrong(FIELD_OF.get(meaning, meaning), self._where(meaning), cell, str(problem), column))
        return "", ""

    def amount(self, meaning: str, wrong: list[Wrong]) -> str:
        for column in self.columns.of(meaning):
            cell = self._cell(column)
            if isinstance(cell, Number):
                return cell.text
            if not said(cell):
                continue
            try:
                return amount(said(cell), column.decimal or WHOLE)
            except NotANumber as problem:
                wrong.append(_wrong(FIELD_OF.get(meaning, meaning), self._where(meaning), cell, str(problem), column))
        return ""

    def _weight(self, wrong: list[Wrong]) -> str:
        grams = self.amount("weight_g", wrong)
        if grams:
            whole, _, fraction = grams.partition(".")
            return f"{int(whole) // 1000}.{int(whole) % 1000:03}{fraction}" if whole.isdecimal() else ""
        return self.amount("weight", wrong)

    def _flag(self, meaning: str, wrong: list[Wrong]) -> bool | None:
        text = self.text(meaning).lower()
        if not text:
            return None
        if text in TRUE or text in FALSE:
            return text in TRUE
        if text in google.AVAILABILITY and meaning == "available":
            return google.AVAILABILITY[text] == YES
        cure = "Write 1 or 0, or TAK or NIE."
        wrong.append(
            Wrong("row" if meaning == "active" else meaning, self._where(meaning), text, "is no yes or no", cure)
        )
        return None

    def _moment(self, meaning: str, wrong: list[Wrong]) -> str:
        text = self.text(meaning)
        if not text:
            return ""
        if found := DAY.fullmatch(text):
            day, month, year, hour, minute = found.groups()
            text = f"{year}-{int(month):02}-{int(day):02}" + (f"T{int(hour):02}:{minute}" if hour else "")
        try:
            datetime.fromisoformat(text)
        except ValueError:
            cure = "Write it as 2026-11-30 or 30.11.2026, with 14:30 behind it where that matters."
            wrong.append(Wrong("sale", self._where(meaning), text, "is no date", cure))
            return ""
        return text

    def _categories(self) -> tuple[tuple[str, ...], ...]:
        separator = self.reading.category_separator
        paths = [
            tuple(part for one in text.split(separator) if (part := " ".join(one.split())))
            for text in self._texts("category")
        ]
        return tuple(dict.fromkeys(path for path in paths if path))

    def _images(self) -> tuple[str, ...]:
        found: list[str] = []
        for text in self._texts("image"):
            given = self.reading.image_separator
            found += text.split(given) if given else re.split(r"\s*[|;]\s*|\s+|,\s*(?=https?://)", text)
        return tuple(dict.fromkeys(one.strip() for one in found if one.strip()))

    def _options(self) -> tuple[OptionCell, ...]:
        found: list[OptionCell] = []
        for column in self.columns.columns:
            value = " ".join(said(self._cell(column)).split())
            for word in column.meanings:
                if value and word in {"size", "color"}:
                    found.append(OptionCell(word, value, word))
                elif value and word.startswith("option "):
                    found.append(OptionCell(word.removeprefix("option "), value))
        return tuple(found)

    def _attributes(self) -> tuple[tuple[str, str], ...]:
        pairs = [(column.name, said(self._cell(column))) for column in self.columns.of("attribute")]
        return tuple(pair for pair in pairs if pair[1])


@dataclass(frozen=True, slots=True)
class StockLine:
    """A row of a table of stock: its number, the key by which its product is known, the warehouse, and how many."""

    number: int
    key: str
    warehouse: str
    quantity: str
    wrong: Wrong | None = None


def stock_lines(table: Table, columns: ColumnMap, key: str) -> Iterator[StockLine]:
    """The rows of a table of stock; `key` is the meaning of the column by which products are found."""
    for number, cells in body_of(table, columns.header):
        one = RowReader(number, cells, columns, Reading(">", None, net=False), len(cells))
        wrong: list[Wrong] = []
        quantity = one.amount("stock", wrong)
        yield StockLine(number, one.text(key), one.text("warehouse"), quantity, wrong[0] if wrong else None)


def _wrong(field: str, where: str, cell: Cell, why: str, column: Column) -> Wrong:
    cure = "Correct the cell and export the table again."
    if any(word in AMOUNTS for word in column.meanings) and column.decimal not in {POINT, COMMA}:
        cure = f"Write the column's decimal sign ({POINT} or {COMMA}) into the column map, or correct the cell."
    return Wrong(field, where, said(cell), why, cure)


def _too_wide(number: int, cells: int, headers: int) -> Wrong:
    why = f"has {cells} cells, and the table {headers} columns: its values may stand under wrong headers"
    return Wrong("row", f"row {number}", "", why, "Put texts that hold the separator into quotes, and export again.")


def _with(row: Row, wrong: Wrong) -> Row:
    return msgspec.structs.replace(row, wrong=(*row.wrong, wrong))
