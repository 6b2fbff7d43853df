"""The cells of a table, whether it is a text with separators or a workbook, in whatever encoding."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from feeds_family.numbers import canonical
from feeds_family.refusals import NotUsable
from feeds_family.sniffing import Format, Sniffed

SEPARATORS = ";\t,|"
LOOKED_AT = 20  # lines by which the separator is told
LONGEST_CELL = 1 << 20  # characters
QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True)
class Number:
    """A cell that holds a number, not a text: `text` with a point, as it would be shown."""

    text: str


Cell = str | Number
Line = tuple[int, Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose cells can be read as often as one likes. `separator` is ``""`` for a workbook."""

    sniffed: Sniffed
    separator: str
    sheet: str

    def lines(self) -> Iterator[Line]:
        """The rows that are not empty, each with its number in the file. Raises `NotUsable`."""
        read = self._workbook() if self.sniffed.format in {Format.XLSX, Format.XLS} else self._text()
        return ((number, cells) for number, cells in read if any(said(cell) for cell in cells))

    def _text(self) -> Iterator[Line]:
        csv.field_size_limit(LONGEST_CELL)
        with self.sniffed.path.open(encoding=self.sniffed.encoding, newline="") as file:
            reader = csv.reader(file, delimiter=self.separator)
            begun = 1
            try:
                for cells in reader:
                    if not (begun == 1 and len(cells) <= 2 and cells[:1] and cells[0].lower().startswith("sep=")):
                        self._whole(begun, cells)
                        yield begun, cells
                    begun = reader.line_num + 1
            except csv.Error as problem:
                raise NotUsable(
                    f"its rows cannot be told apart from line {begun} on ({problem})",
                    f"Look at the quotes in line {begun}: one is opened there that is never closed.",
                ) from None

    def _whole(self, line: int, cells: Sequence[str]) -> None:
        """A quote that is opened and never closed swallows the rows behind it: they would be lost without a word."""
        for cell in cells:
            rows = cell.splitlines() if "\n" in cell else ()
            if len(rows) > 2 and sum(row.count(self.separator) >= 3 for row in rows[1:-1]) >= max(2, len(rows) - 3):
                raise NotUsable(
                    f"a quote that is opened in line {line} swallows {len(rows) - 1} rows behind it",
                    f"Close the quote in line {line}, or write it twice where it belongs to the text.",
                )

    def _workbook(self) -> Iterator[Line]:
        workbook = _opened(self.sniffed.path)
        try:
            rows = workbook.get_sheet_by_name(self.sheet).iter_rows()
            for number, cells in enumerate(rows, 1):
                yield number, [_cell(value) for value in cells]
        except CalamineError as problem:
            raise NotUsable(f"its sheet '{self.sheet}' cannot be read ({problem})", "Save the table anew.") from None


def said(cell: Cell) -> str:
    return cell.text if isinstance(cell, Number) else cell.strip()


def table_of(sniffed: Sniffed, *, separator: str | None = None, sheet: str | None = None) -> Table:
    """The table that a file is. Raises `NotUsable`."""
    if sniffed.format in {Format.XLSX, Format.XLS}:
        return Table(sniffed, "", _sheet(sniffed.path, sheet))
    return Table(sniffed, separator or separator_of(sniffed), "")


def separator_of(sniffed: Sniffed) -> str:
    """What stands between the cells: what all of the first lines have equally often, outside quotes."""
    with sniffed.path.open(encoding=sniffed.encoding, newline="") as file:
        head = [line for line in itertools.islice(file, LOOKED_AT * 5) if line.strip()][: LOOKED_AT * 2]
    if head and head[0].lower().startswith("sep=") and len(head[0].strip()) == 5:
        return head[0][4]
    bare = [QUOTED.sub("", line) for line in head]

    def fits(separator: str) -> tuple[bool, int, int]:
        counts = [line.count(separator) for line in bare]
        usual, lines = Counter(count for count in counts if count).most_common(1)[0] if any(counts) else (0, 0)
        # A sign of the texts or the numbers is not in the headers.
        return bool(counts) and counts[0] == usual > 0, lines, usual

    return max(SEPARATORS, key=fits)


def _opened(path: Path) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_path(str(path))
    except CalamineError as problem:
        raise NotUsable(f"the workbook cannot be opened ({problem})", "Open it and save it anew, as XLSX.") from None


def _sheet(path: Path, wanted: str | None) -> str:
    """The sheet that is named, else the first one with rows."""
    workbook = _opened(path)
    names = list(workbook.sheet_names)
    if wanted is not None:
        if wanted not in names:
            raise NotUsable(f"it has no sheet '{wanted}'", f"Set SHEET to one of: {', '.join(names)}.")
        return wanted
    for name in names:
        try:
            if workbook.get_sheet_by_name(name).height:
                return str(name)
        except CalamineError:
            continue  # a chart, or one that this library cannot read
    raise NotUsable("none of its sheets has a row", "Name a workbook with a table in it.")


def _cell(value: object) -> Cell:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float):
        if value != value or value in (float("inf"), float("-inf")):
            return "NaN"
        return Number(canonical(value))
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return str(value)
    return str(value)
