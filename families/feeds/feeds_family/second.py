"""The second of two sources, which says how many there are of what the first one sells. Nothing is made from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import msgspec

from feeds_family import tables
from feeds_family.columns import STOCK_KEYS
from feeds_family.reading import Manner, Opened, opened, rows
from feeds_family.refusals import NotUsable
from feeds_family.settings import EACH, ZERO
from feeds_family.shelf import Shelf, key_of
from feeds_family.sniffing import Format
from feeds_family.wire import NO, Row, Wrong

SHOWN = 5  # examples of what was not found


@dataclass(slots=True)
class Stocks:
    """A table of stock, added up. `key` is what products are found by: ``id``, ``sku`` or ``gtin``."""

    key: str
    missing: str
    totals: dict[str, Decimal] = field(default_factory=dict)
    wrong: dict[str, Wrong] = field(default_factory=dict)
    negative: int = 0
    left_out: int = 0
    found: set[str] = field(default_factory=set)

    def note(self, row: Row) -> None:
        """A row of the first source goes by."""
        key = getattr(row, self.key)
        if key in self.totals or key in self.wrong:
            self.found.add(key)

    def merged(self, row: Row) -> Row:
        key = getattr(row, self.key)
        if (wrong := self.wrong.get(key)) is not None:
            return msgspec.structs.replace(row, stock="", wrong=(*row.wrong, wrong))
        if (total := self.totals.get(key)) is not None:
            return msgspec.structs.replace(row, stock=f"{total:f}")
        return msgspec.structs.replace(row, stock="0") if self.missing == ZERO else row

    def remarks(self) -> list[str]:
        unknown = [key for key in (*self.totals, *self.wrong) if key not in self.found]
        said = []
        if unknown:
            said.append(
                f"Stock of {len(unknown)} unknown {self.key}s was left out (such as {', '.join(unknown[:SHOWN])})."
            )
        if self.negative:
            said.append(f"{self.negative} rows of stock are negative: they count as 0 (STOCK_CLAMP).")
        if self.left_out:
            said.append(f"{self.left_out} rows of stock are of other warehouses than WAREHOUSES names.")
        return said


@dataclass(slots=True)
class Offers:
    """A feed for Ceneo, whose ids are those of the first source."""

    shelf: Shelf
    missing: str
    found: set[int] = field(default_factory=set)

    def note(self, row: Row) -> None:
        if self.shelf.has(row.id):
            self.found.add(key_of(row.id))

    def merged(self, row: Row) -> Row:
        other = self.shelf.by_id(row.id)
        if other is None:
            return msgspec.structs.replace(row, stock="0", available=NO) if self.missing == ZERO else row
        wrong = tuple(one for one in other.wrong if one.field == "stock")
        return msgspec.structs.replace(
            row,
            stock=other.stock or ("" if other.available == NO else row.stock),
            available=other.available,
            vat=row.vat or other.vat,
            weight=row.weight or other.weight,
            gtin=row.gtin or other.gtin,
            sku=row.sku or other.sku,
            wrong=(*row.wrong, *wrong),
        )

    @property
    def share(self) -> float:
        """How many of its offers are in the first source, from 0 to 1."""
        return len(self.found) / len(self.shelf) if len(self.shelf) else 0.0

    def remarks(self) -> list[str]:
        lacking = len(self.shelf) - len(self.found)
        return (
            [f"{lacking} offers of the second source are not in the first one, and were left out."] if lacking else []
        )


Second = Stocks | Offers


def second_of(
    path: Path, scratch: Path, manner: Manner, *, missing: str, clamp: str, warehouses: tuple[str, ...]
) -> Second:
    """The second source, read to its end. Raises `NotUsable`."""
    found = opened(path, scratch, manner, stock=True)
    if found.format.table or found.format is Format.GOOGLE_TSV:
        return _stocks(found, missing, clamp, frozenset(warehouses))
    if found.format is not Format.CENEO:
        raise NotUsable(
            f"it is {found.format.value}; a second source is a feed for Ceneo, or a table of stock",
            "Change the two sources: Google's feed comes first.",
        )
    shelf = Shelf(scratch / f"{path.name}.rows")
    seen: set[int] = set()
    for row in rows(found, manner):
        key = key_of(row.id)
        if row.id and key not in seen:
            seen.add(key)
            shelf.add(row, row.id)
    shelf.finish()
    if not len(shelf):
        raise NotUsable("it holds no offer", "Run the command again later.", again=True)
    return Offers(shelf, missing)


def _stocks(found: Opened, missing: str, clamp: str, warehouses: frozenset[str]) -> Stocks:
    assert found.table is not None and found.columns is not None
    columns = found.columns
    key = next(word for word in STOCK_KEYS if columns.has(word))
    made = Stocks(key, missing)
    for line in tables.stock_lines(found.table, columns, key):
        if not line.key:
            continue
        if warehouses and line.warehouse not in warehouses:
            made.left_out += 1
            continue
        if line.wrong is not None or not line.quantity:
            where = f"row {line.number}"
            empty = Wrong("stock", where, "", "says no stock", "Write the number.")
            made.wrong.setdefault(line.key, line.wrong or empty)
            continue
        quantity = Decimal(line.quantity)
        made.negative += quantity < 0
        made.totals[line.key] = made.totals.get(line.key, Decimal(0)) + (
            max(quantity, Decimal(0)) if clamp == EACH else quantity
        )
    if not made.totals:
        raise NotUsable("it says of no product how many there are", "Run the command again later.", again=True)
    return made
