"""The cells of a table, whether it is a text with separators or a workbook, in whatever encoding."""

from __future__ import annotations

import csv
import itertools
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from feeds_family.refusals import AGAIN, NotUsable
from feeds_family.sniffing import Format, Sniffed
from feeds_family.workbooks import rows_of, unrolled

SEPARATORS = ";\t,|"
LOOKED_AT = 20  # lines by which the separator is told
LIKE_ROWS = 3  # lines of one cell that look like rows of the table
LONGEST_CELL = 1 << 20  # characters
END = "\x03 the end \x03"  # a line of our own behind the last one: within a cell, its quote was never closed
QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True)
class Number:
    """A cell that holds a number, not a text: `text` with a point, as it would be shown."""

    text: str


Cell = str | Number
Line = tuple[int, Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose cells can be read as often as one likes. `rows` is where a workbook's were written, None for a
    text, whose cells stand between `separator`s."""

    sniffed: Sniffed
    separator: str
    rows: Path | None

    def lines(self) -> Iterator[Line]:
        """The rows that are not empty, each with its number in the file. Raises `NotUsable`."""
        read = self._text() if self.rows is None else self._workbook()
        return ((number, cells) for number, cells in read if any(said(cell) for cell in cells))

    def _text(self) -> Iterator[Line]:
        csv.field_size_limit(LONGEST_CELL)
        with self.sniffed.path.open(encoding=self.sniffed.encoding, errors=self.sniffed.errors, newline="") as file:
            reader = csv.reader(itertools.chain(file, [END]), delimiter=self.separator)
            begun, width, least, last = 1, 0, 0, 0
            try:
                for cells in reader:
                    if cells and cells[-1].endswith(END):
                        self._whole(begun, cells, width)
                        self._ended(begun, len(cells) > 1 or cells[0] != END, last < least)
                        return
                    if cells:
                        least, last = min(least, last) if last else len(cells), len(cells)
                    if not (begun == 1 and len(cells) <= 2 and cells[:1] and cells[0].lower().startswith("sep=")):
                        width = width or len(cells)
                        self._whole(begun, cells, width)
                        yield begun, cells
                    begun = reader.line_num + 1
            except csv.Error as problem:
                raise NotUsable(
                    f"its rows cannot be told apart from line {begun} on ({problem})",
                    f"Look at the quotes in line {begun}: one is opened there that is never closed.",
                ) from None

    def _ended(self, line: int, quoted: bool, short: bool) -> None:
        """A text has no end of its own: what tells that it was cut is an open quote, or a last row that is shorter than
        all the others and has no end of a line."""
        if quoted:
            raise NotUsable(
                f"a quote that is opened in line {line} is never closed: rows are lost in it, or the file ends early",
                f"Close the quote in line {line}, or run the command again where the file was still being made.",
                again=True,
            )
        with self.sniffed.path.open("rb") as file:
            file.seek(-2, os.SEEK_END)
            if short and not re.search(rb"[\r\n]", file.read()):
                raise NotUsable(
                    "it ends in the middle of its last row, which has fewer cells than all the others",
                    f"{AGAIN} If nothing lacks there, end the row with the end of a line.",
                    again=True,
                )

    def _whole(self, line: int, cells: Sequence[str], width: int) -> None:
        """A quote that is opened and never closed swallows the rows behind it: they would be lost without a word. Lines
        of a long text are no rows, for they do not have as many cells as the table has columns."""
        for cell in cells:
            inner = cell.splitlines()[1:-1] if "\n" in cell else ()
            rows = sum(QUOTED.sub("", one).count(self.separator) == width - 1 for one in inner)
            if width > 1 and rows >= LIKE_ROWS and rows > 0.8 * len(inner):
                raise NotUsable(
                    f"a quote that is opened in line {line} swallows {len(inner) + 1} rows behind it",
                    f"Close the quote in line {line}, or write it twice where it belongs to the text.",
                )

    def _workbook(self) -> Iterator[Line]:
        assert self.rows is not None
        for number, cells in rows_of(self.rows):
            yield number, [Number(cell[0]) if isinstance(cell, list) else cell for cell in cells]


def said(cell: Cell) -> str:
    return cell.text if isinstance(cell, Number) else cell.strip()


def table_of(sniffed: Sniffed, *, separator: str | None = None, sheet: str | None = None) -> Table:
    """The table that a file is; a workbook's rows are written beside it. Raises `NotUsable`."""
    if sniffed.format in {Format.XLSX, Format.XLS}:
        rows = sniffed.scratch / f"{sniffed.path.name}.cells"
        unrolled(sniffed.path, rows, sheet)
        return Table(sniffed, "", rows)
    return Table(sniffed, separator or separator_of(sniffed), None)


def separator_of(sniffed: Sniffed) -> str:
    """What stands between the cells: what all of the first lines have equally often, outside quotes."""
    with sniffed.path.open(encoding=sniffed.encoding, errors=sniffed.errors, newline="") as file:
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
