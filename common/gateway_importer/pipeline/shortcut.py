"""Reading only what changed: when that may be believed, and what is to be read then.

A shop's change dates lie: they miss stock, special prices, pictures, texts that modules add. So a run reads less only
where the operator says so, where nothing that bears on the result has changed since a run that ended well, and only
for some days; then everything is read and compared again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from gateway_importer.catalog import ProductId
from gateway_importer.ledger.store import Ledger
from gateway_importer.report.observer import Observer
from gateway_importer.source import Changes, Source

MARGIN = timedelta(hours=1)  # between the shop's clock and ours; also what a change of daylight saving time can hide
ROWS_AT_ONCE = 2000  # movements that go into the ledger together
MOST = 0.5  # of the products; where more are due, all are read
META = "basis"


class Basis(msgspec.Struct, frozen=True):
    """The last run on which one that reads less may rest: its number, when its reading began (aware UTC), when
    everything was last read, and the digest of all settings that bear on the result."""

    run: int
    began: datetime
    whole: datetime
    settings: str


@dataclass(frozen=True, slots=True)
class Trust:
    """What the operator allows: `days` between two runs that read everything, and this run's digest of settings."""

    allowed: bool
    days: int
    settings: str


def why_whole(basis: Basis | None, trust: Trust, *, previous: int | None, now: datetime) -> str:
    """Why everything has to be read, ``""`` where it need not be.

    | what | read |
    |---|---|
    | no run has ended well yet, or the one before this did not, or it was one of another kind | everything |
    | a setting, the category mapping or the program is another one | everything |
    | everything was last read `days` ago or longer, or "in the future" (a clock was set back) | everything |
    | else | what changed |
    """
    if basis is None or basis.run != previous:
        return "the run before this one was not a whole import that ended well"
    if basis.settings != trust.settings:
        return "a setting, the category mapping or this program has changed since the last run"
    if not timedelta(0) <= now - basis.whole < timedelta(days=trust.days):
        return f"everything was last read on {basis.whole:%Y-%m-%d}"
    return ""


class ShortCut:
    """Decides what one run reads, and remembers for the next one."""

    def __init__(self, source: Source, ledger: Ledger, observer: Observer, trust: Trust, run: int) -> None:
        self._source = source
        self._ledger = ledger
        self._observer = observer
        self._trust = trust
        self._run = run
        self._began = datetime.now(UTC)
        self._whole = self._began
        self._changes: Changes | None = None
        self.taken = False
        self.remark = ""

    async def due(self, listed: int | None) -> list[ProductId] | None:
        """The products that have to be read, None for all. Called once the shop's list is in the ledger, with its
        length (None: the shop cannot say, or not before it was read)."""
        self._changes = self._source.changes() if self._trust.allowed and listed is not None else None
        if not self._trust.allowed:
            return None
        if self._changes is None:
            self.remark = "TRUST_DATES=yes, but this shop cannot be asked for what changed: everything was read."
            return None
        self._observer.phase("reading what moves at the shop")
        await self._read_movements(self._changes)
        basis, why = self._basis(), ""
        if basis is None or (why := self._why(basis)):
            self.remark = f"Everything was read: {why or 'there is no run to rest on yet'}."
            return None
        self._ledger.movements.is_due([str(one) async for one in self._changes.dated(basis.began - MARGIN)])
        due = self._ledger.movements.due(basis.run)
        if len(due) > max(1, listed or 0) * MOST:
            self.remark = f"Everything was read: {len(due)} of the shop's {listed} products had changed."
            return None
        kept = self._ledger.movements.carry_over(basis.run, self._run)
        self.taken, self._whole = True, basis.whole
        self.remark = (
            f"{kept} products were not read: the shop's dates, stock and special prices show no change since "
            f"{basis.began:%Y-%m-%d %H:%M} UTC (TRUST_DATES=yes). {self._changes.uncovered} "
            f"Everything is read again from {basis.whole + timedelta(days=self._trust.days):%Y-%m-%d} on."
        )
        return [ProductId(one) for one in due]

    def _basis(self) -> Basis | None:
        found = self._ledger.meta(META)
        return None if found is None else msgspec.json.decode(found, type=Basis)

    def _why(self, basis: Basis) -> str:
        previous = self._ledger.history.previous(self._run)
        why = why_whole(basis, self._trust, previous=previous, now=self._began)
        if not why and self._ledger.movements.everything_moved():
            why = "something that concerns all products has changed at the shop"
        return why

    async def _read_movements(self, changes: Changes) -> None:
        """Before the products are read: what moves in between differs next time, and is read then."""
        self._ledger.movements.forget()
        rows: list[tuple[str, bytes]] = []
        async for product, row in changes.moving():
            rows.append((str(product), row))
            if len(rows) >= ROWS_AT_ONCE:
                self._ledger.movements.note(rows)
                rows.clear()
        self._ledger.movements.note(rows)

    def keep(self) -> None:
        """The run ended well: the next one may rest on it."""
        if self._changes is None:
            return
        basis = Basis(self._run, self._began, self._whole, self._trust.settings)
        with self._ledger.file.transaction():
            self._ledger.movements.keep()
            self._ledger.set_meta(META, msgspec.json.encode(basis).decode())
