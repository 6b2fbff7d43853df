"""What is counted while a feed is read: what a person has to decide, should look at, or will find in the report."""

from __future__ import annotations

import functools
import re
from collections import Counter
from dataclasses import dataclass, field

from gateway_importer.catalog import NoVatRate, Vat

from feeds_family.conditions import Conditions
from feeds_family.prices import DEFAULT, Unpriced, vat_of
from feeds_family.stock import is_unknown
from feeds_family.wire import COSTLY, NO, Path, Row

SHOWN = 5
HOST = re.compile(r"https?://(?:www\.)?([^/?#:@]+)", re.IGNORECASE)
MOST_HOSTS = 50
CLOTHES = ("odzież", "odziez", "apparel", "clothing", "moda", "ubrania", "sukienki", "koszule", "buty", "obuwie")
SIZES = {"xs", "s", "m", "l", "xl", "xxl", "2xl", "3xl"}


@dataclass(slots=True)
class Survey:
    """Counted row by row."""

    rows: int = 0
    doubled: int = 0
    doubled_ids: list[str] = field(default_factory=list)
    hosts: Counter[str] = field(default_factory=Counter)
    currencies: Counter[str] = field(default_factory=Counter)
    vat: Counter[str] = field(default_factory=Counter)
    without_vat: int = 0
    unknown_stock: int = 0
    not_available: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    first_wrong: dict[str, str] = field(default_factory=dict)
    clothes_without_size: int = 0
    categories: Counter[Path] = field(default_factory=Counter)

    def note(self, row: Row, conditions: Conditions) -> None:
        """A row that counts."""
        self.rows += 1
        self._host(row)
        self.currencies[row.currency or conditions.currency] += 1
        costly = row.wrong and any(one.field in COSTLY for one in row.wrong)
        if row.name and (row.gross or row.net) and not costly:
            # What will not come in anyway raises no question.
            self._vat(row, conditions)
            self.unknown_stock += is_unknown(row)
            self.not_available += row.available == NO and not row.stock
        for one in row.wrong:
            self.wrong[one.field] += 1
            self.first_wrong.setdefault(one.field, one.said)
        for path in row.categories:
            self.categories[path] += 1
        if row.categories and _are_clothes(row.categories[0]):
            sized = any(cell.role == "size" for cell in row.options)
            if not sized and not SIZES & {word.strip("(),").lower() for word in row.name.split()[-2:]}:
                self.clothes_without_size += 1

    def double(self, row: Row) -> None:
        """A row whose id another one had before it: the first one counts."""
        self.doubled += 1
        if len(self.doubled_ids) < SHOWN:
            self.doubled_ids.append(row.id)

    def _host(self, row: Row) -> None:
        found = HOST.match(row.url)
        host = found[1].lower() if found is not None else ""
        if host and (host in self.hosts or len(self.hosts) < MOST_HOSTS):
            self.hosts[host] += 1

    def _vat(self, row: Row, conditions: Conditions) -> None:
        try:
            vat, by = vat_of(row, conditions)
        except Unpriced as problem:
            self.without_vat += problem.fault.code == "vat_missing"
            return
        self.without_vat += by == DEFAULT
        self.vat[_by(vat, by)] += 1

    # --- told

    @property
    def host(self) -> str:
        return self.hosts.most_common(1)[0][0] if self.hosts else ""

    @property
    def currency(self) -> str:
        return self.currencies.most_common(1)[0][0] if self.currencies else "PLN"

    def vat_lines(self) -> list[tuple[str, str]]:
        return [("VAT", f"{count} rows: {said}") for said, count in self.vat.most_common()]

    def warnings(self) -> list[str]:
        """What a person should know of the whole file."""
        found = []
        if self.doubled:
            ids = ", ".join(self.doubled_ids)
            found.append(
                f"{self.doubled} rows have an id that a row before them has, and were left out (such as {ids})."
            )
        if self.not_available:
            found.append(
                f"{self.not_available} rows are not available, or say nothing of it, and no number: their stock is 0."
            )
        if self.clothes_without_size:
            found.append(
                f"{self.clothes_without_size} rows look like clothes and say no size: this file may list products "
                "without their variants. Ask the merchant for one with sizes."
            )
        for name, count in self.wrong.most_common():
            found.append(f"{count} values for '{name}' cannot be used. The first: {self.first_wrong[name]}.")
        return found


@functools.lru_cache(4096)
def _are_clothes(path: Path) -> bool:
    said = " ".join(path).lower()
    return any(word in said for word in CLOTHES)


@functools.lru_cache(256)
def _by(vat: Vat, by: str) -> str:
    return f"{_said(vat)} by {by}"


def _said(vat: Vat) -> str:
    return ("exempt" if vat.kind == "exempt" else "no VAT") if isinstance(vat, NoVatRate) else f"{vat.percent:f} %"
