"""From a file to its rows, whatever its format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from feeds_family import ceneo, google, tables
from feeds_family.cells import Table, table_of
from feeds_family.columns import MAKE, ColumnMap, map_lines
from feeds_family.encoding import WINDOWS
from feeds_family.refusals import NotUsable
from feeds_family.sniffing import Format, Sniffed, sniff
from feeds_family.wire import Row


@dataclass(frozen=True, slots=True)
class Manner:
    """How files are read, by the settings. `net`: prices are without VAT (None: nobody has said). `map` is the file
    with the meaning of a table's columns; where it is not there, one of the `ready` ones does whose columns are exactly
    the table's."""

    format: Format | None
    encoding: str | None
    separator: str | None
    sheet: str | None
    html_entities: bool
    map: Path
    net: bool | None
    options: frozenset[str]
    category_separator: str
    image_separator: str | None
    ready: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose rows can be read. `columns` is there for tables."""

    sniffed: Sniffed
    table: Table | None = None
    columns: ColumnMap | None = None

    @property
    def format(self) -> Format:
        return self.sniffed.format

    @property
    def asks_price(self) -> bool:
        """Whether its prices are with or without VAT as somebody has to say."""
        return self.columns is not None and self.columns.has("price")


def looked_at(path: Path, scratch: Path, manner: Manner) -> Sniffed:
    """The format of a file. Raises `NotUsable`."""
    found = sniff(path, scratch, encoding=manner.encoding, html_entities=manner.html_entities)
    wanted = manner.format
    if wanted is None or wanted is found.format:
        return found
    if {wanted, found.format} == {Format.CSV, Format.GOOGLE_TSV}:
        return replace(found, format=wanted)
    raise NotUsable(
        f"it is {found.format.value}, and FEED_FORMAT says {wanted.value}", "Correct FEED_FORMAT, or leave it out."
    )


def opened(path: Path, scratch: Path, manner: Manner, *, stock: bool = False) -> Opened:
    """A file, ready to be read; `stock`: a table of stock. Raises `NotUsable`."""
    sniffed = looked_at(path, scratch, manner)
    if sniffed.format.xml:
        return Opened(sniffed)
    table = table_of(sniffed, separator=manner.separator, sheet=manner.sheet)
    if sniffed.format is Format.GOOGLE_TSV and not stock:
        return Opened(sniffed, table)
    return Opened(sniffed, table, _map(table, manner, stock=stock))


def rows(found: Opened, manner: Manner) -> Iterator[Row]:
    """The rows, from the file's beginning to its end. Raises `NotUsable` where it breaks off."""
    sniffed, net = found.sniffed, bool(manner.net)
    match sniffed.format:
        case Format.CENEO:
            return ceneo.offers(sniffed.path, sniffed.encoding, options=manner.options, net=net)
        case Format.GOOGLE_RSS | Format.GOOGLE_ATOM:
            return google.items(sniffed.path, sniffed.encoding, atom=sniffed.format is Format.GOOGLE_ATOM)
    assert found.table is not None
    if found.columns is None:
        return tables.template_rows(found.table)
    reading = tables.Reading(manner.category_separator, manner.image_separator, net=net)
    return tables.rows(found.table, found.columns, reading)


def text_of_map(path: Path) -> str:
    """The file as an office program saved it: in UTF-8, or in the encoding of Polish Windows. Raises OSError."""
    body = path.read_bytes()
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode(WINDOWS, "replace")


def _map(table: Table, manner: Manner, *, stock: bool) -> ColumnMap:
    path = manner.map
    try:
        text = text_of_map(path)
    except FileNotFoundError:
        headers = tables.headers_of(table, 1) or ()
        for ready in manner.ready:
            if [line.column for line in map_lines(ready)] == [*headers]:
                return tables.mapped(table, ready, stock=stock)
        raise NotUsable(
            f"it is a table, and nothing says what its columns mean ({path} is not there)",
            f"{MAKE} The table begins with: {', '.join(headers)[:600]}.",
        ) from None
    except OSError as problem:
        raise NotUsable(f"the column map {path} cannot be read ({problem})", "See whether it may be read.") from None
    try:
        return tables.mapped(table, text, stock=stock)
    except NotUsable as problem:
        raise NotUsable(f"{problem.why} (the map is {path})", problem.cure) from None
