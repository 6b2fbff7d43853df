"""Reads a workbook (XLSX, XLS) in a process of its own: ``python -m feeds_family.workbooks FILE TARGET [SHEET]``.

A workbook is read whole, and one stray cell in its last row and column, or a damaged byte, makes its reader ask for
any amount of memory. Here it gets so much and no more, and whatever becomes of it costs the workbook and not the run.
"""

from __future__ import annotations

import datetime as dt
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
from python_calamine import CalamineError, CalamineWorkbook

from feeds_family.numbers import canonical
from feeds_family.refusals import NotUsable

MOST_MEMORY = 1536 * 1024**2  # bytes of addresses, the interpreter's included
MOST_SECONDS = 600
TOLD = 3  # the exit code of what is told in a sentence
LENGTH = 4  # bytes before each row that say how long it is
Cells = list[str | list[str]]  # a number is a list of one text


def unrolled(path: Path, target: Path, sheet: str | None) -> str:
    """Writes the sheet's rows to `target`; the sheet's name. Raises `NotUsable`."""
    command = [sys.executable, "-m", "feeds_family.workbooks", str(path), str(target), *([sheet] if sheet else [])]
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join(one for one in sys.path if one)}
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            command, capture_output=True, timeout=MOST_SECONDS, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotUsable(f"the workbook could not be read within {MOST_SECONDS} seconds", SAVE) from None
    if done.returncode == TOLD:
        raise NotUsable(done.stderr.decode("utf-8", "replace").strip(), SAVE)
    if done.returncode:
        raise NotUsable(
            f"the workbook is damaged, or needs more than {MOST_MEMORY // 1024**2} MiB of memory (a stray cell in its "
            "last row and column is enough)",
            SAVE,
        )
    return done.stdout.decode("utf-8", "replace").strip()


SAVE = "Open it, delete the empty rows and columns behind the table, and save it anew as XLSX; or as CSV."


def rows_of(path: Path) -> Iterator[tuple[int, Cells]]:
    """The rows that `unrolled` wrote, each with its number in the sheet."""
    decoder = msgspec.msgpack.Decoder(tuple[int, Cells])
    with path.open("rb", buffering=1 << 20) as file:
        while len(head := file.read(LENGTH)) == LENGTH:
            yield decoder.decode(file.read(int.from_bytes(head, "little")))


# --- in the process of its own -------------------------------------------------------------------------------


def main(path: str, target: str, wanted: str | None) -> str:
    """The name of the sheet whose rows were written. Raises `NotUsable`."""
    try:
        workbook = CalamineWorkbook.from_path(path)
    except CalamineError as problem:
        raise NotUsable(f"the workbook cannot be opened ({problem})", SAVE) from None
    names = list(workbook.sheet_names)
    if wanted is not None and wanted not in names:
        raise NotUsable(f"the workbook has no sheet '{wanted}'; it has {', '.join(names)} (SHEET)", SAVE)
    encoder = msgspec.msgpack.Encoder()
    for name in [wanted] if wanted is not None else names:
        count = 0
        with Path(target).open("wb", buffering=1 << 20) as out:
            try:
                rows = workbook.get_sheet_by_name(name).iter_rows()
            except CalamineError as problem:
                if wanted is not None:
                    raise NotUsable(f"the sheet '{name}' cannot be read ({problem})", SAVE) from None
                continue  # a chart, or one that this library cannot read
            for number, values in enumerate(rows, 1):
                cells = [_cell(value) for value in values]
                while cells and not cells[-1]:
                    cells.pop()
                if cells:
                    count += 1
                    body = encoder.encode((number, cells))
                    out.write(len(body).to_bytes(LENGTH, "little") + body)
        if count or wanted is not None:
            return name
    raise NotUsable("none of the workbook's sheets has a row", SAVE)


def _cell(value: object) -> str | list[str]:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float):
        if value != value or value in (float("inf"), float("-inf")):
            return "NaN"
        return [canonical(value)]
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return str(value)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        sys.stdout.write(main(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None))
    except NotUsable as unusable:
        sys.stderr.write(unusable.why)
        sys.exit(TOLD)
