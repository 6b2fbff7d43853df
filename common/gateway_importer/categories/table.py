r"""The mapping file: CSV as spreadsheets save it, ``source_id,source_path,products,target,target_2,…``.

UTF-8 (or a spreadsheet's "Unicode text"), separated by commas, semicolons or tabs. A cell that a spreadsheet would
run as a formula begins with an apostrophe, which is taken off again here.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway_importer.catalog import CategoryId
from gateway_importer.errors import CategoryMapError

IGNORE, LEAVE_OUT = "IGNORE", "LEAVE OUT"
FIRST_COLUMNS = ("source_id", "source_path", "products")
FEWEST_TARGETS = 3  # columns of a new file: room for a second and a third place without editing the header
TARGET_COLUMN = re.compile(r"target(_[0-9]+)?")
FORMULA = ("=", "+", "-", "@", "'")
SEPARATORS = ",;\t"


@dataclass(frozen=True, slots=True)
class Row:
    """A row as a person left it. `number` is the spreadsheet's (the header is 1); `targets` are the cells that
    are not empty; `others` further columns of the person's own, by their name."""

    number: int
    source_id: CategoryId
    source_path: str
    targets: tuple[str, ...]
    others: Mapping[str, str] = field(default_factory=dict)

    @property
    def word(self) -> str | None:
        """`IGNORE` or `LEAVE_OUT` where the first target is one of them."""
        return word_of(self.targets[0]) if self.targets else None

    @property
    def stray_word(self) -> str | None:
        """A word that does not stand alone in the first target column."""
        found = [word for cell in self.targets if (word := word_of(cell)) is not None]
        return found[0] if found and len(self.targets) > 1 else None


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping file. `faults` are rows that cannot be understood, each with its number."""

    rows: tuple[Row, ...] = ()
    others: tuple[str, ...] = ()
    separator: str = ","
    faults: tuple[str, ...] = ()


def read_table(path: Path) -> Table:
    """Read a mapping file. Raises `CategoryMapError` where it cannot be read at all."""
    text = _text(path)
    if re.match(r"sep=.\n", text, re.IGNORECASE):  # a line of Excel's own
        text = text.split("\n", 1)[1]
    first_line = text.split("\n", 1)[0]
    separator = max(SEPARATORS, key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[Row] = []
    faults: list[str] = []
    seen: dict[CategoryId, int] = {}
    header: list[str] = []
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if number == 1:
                header = _header(path, cells)
                continue
            row = _row(number, header, [_read(cell) for cell in cells], faults)
            if row is None:
                continue
            if row.source_id in seen:
                faults.append(f"row {number}: category {row.source_id} stands in row {seen[row.source_id]} already")
                continue
            seen[row.source_id] = number
            rows.append(row)
    except csv.Error as problem:
        faults.append(f"row {number + 1}: it is no CSV ({problem})")
    if not header and not faults:
        _header(path, [])
    others = tuple(name for name in header if name and name not in FIRST_COLUMNS and not TARGET_COLUMN.fullmatch(name))
    return Table(tuple(rows), others, separator, tuple(faults))


def write_table(path: Path, rows: Iterable[tuple[Row, int]], *, others: Sequence[str], separator: str) -> None:
    """Write rows with their numbers of products, into a temporary file first: the old one is whole until the new
    one is. The byte order mark tells spreadsheets that it is UTF-8."""
    rows = list(rows)
    width = max([FEWEST_TARGETS, *(len(row.targets) for row, _ in rows)])
    targets = ["target", *(f"target_{number}" for number in range(2, width + 1))]
    temporary = path.with_name(path.name + ".new")
    try:
        with temporary.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, delimiter=separator)
            writer.writerow([*FIRST_COLUMNS, *targets, *others])
            for row, products in rows:
                cells = [*row.targets, *[""] * (width - len(row.targets))]
                own = [row.others.get(name, "") for name in others]
                writer.writerow(
                    [_written(row.source_id), _written(row.source_path), products, *map(_written, [*cells, *own])]
                )
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        text = content.decode("utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except OSError as problem:
        raise CategoryMapError(
            f"The mapping file {path} cannot be read: {problem.strerror or problem}.",
            "See whether it is there and may be read.",
        ) from problem
    except UnicodeDecodeError as problem:
        raise CategoryMapError(
            f"The mapping file {path} is not in UTF-8.",
            "Save it again as 'CSV UTF-8', which spreadsheets offer beside 'CSV'.",
        ) from problem
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _header(path: Path, cells: Sequence[str]) -> list[str]:
    header = [_read(cell).lower() for cell in cells]
    missing = [name for name in ("source_id", "target") if name not in header]
    doubled = sorted({name for name in header if name and header.count(name) > 1})
    if missing or doubled:
        what = f"lacks {' and '.join(missing)}" if missing else f"names {', '.join(doubled)} twice"
        raise CategoryMapError(
            f"The first row of the mapping file {path} {what}.",
            f"It must be {','.join(FIRST_COLUMNS)},target,target_2 and so on; the command `categories` writes one.",
        )
    return header


def _row(number: int, header: Sequence[str], cells: Sequence[str], faults: list[str]) -> Row | None:
    if not any(cells):
        return None
    if any(cells[len(header) :]):
        faults.append(f"row {number}: it has more cells than the first row")
        return None
    named = dict(zip(header, cells, strict=False))
    source_id = named.get("source_id", "")
    if not source_id:
        faults.append(f"row {number}: it has no source_id")
        return None
    targets = tuple(cell for name, cell in named.items() if TARGET_COLUMN.fullmatch(name) and cell)
    known = {*FIRST_COLUMNS, ""}
    others = {name: cell for name, cell in named.items() if name not in known and not TARGET_COLUMN.fullmatch(name)}
    return Row(number, CategoryId(source_id), named.get("source_path", ""), targets, others)


def word_of(cell: str) -> str | None:
    """`IGNORE` or `LEAVE_OUT` where a target cell holds one of them, in whichever case."""
    word = " ".join(cell.replace("_", " ").upper().split())
    return word if word in {IGNORE, LEAVE_OUT} else None


def _written(cell: str) -> str:
    cell = " ".join(cell.split())
    return "'" + cell if cell.startswith(FORMULA) else cell


def _read(cell: str) -> str:
    cell = " ".join(cell.split())
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
