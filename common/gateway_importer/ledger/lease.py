"""One run a shop, also where no lock of the file system reaches: on a volume that two machines share.

The run holds a lease in the ledger, renews it, and gives it back. After a kill nothing has to be cleared away: on the
same machine the folder's lock shows at once that the holder is dead, on another one the lease expires.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from gateway_importer.errors import LedgerError, RunActive
from gateway_importer.ledger.file import GROUP_SECONDS, LedgerFile

TERM = 60.0  # seconds; a machine that is away for longer has lost its run
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")  # differs by machine and by each start of it, not by container


def this_machine() -> str:
    """What two processes have in common if and only if one sees the other's file locks."""
    try:
        return BOOT_ID.read_text("ascii").strip()
    except OSError:
        return f"node {uuid.getnode():x}"


class Lease:
    """The right of one run to write. Every method may raise `LedgerError`."""

    def __init__(self, file: LedgerFile, *, term: float = TERM, machine: str | None = None) -> None:
        self._file = file
        self._term = term
        self._machine = machine or this_machine()
        self.holder = f"{self._machine}/{os.getpid()}/{uuid.uuid4().hex[:8]}"

    async def take(self) -> None:
        """Take the lease. The caller holds the folder's lock, so a holder on this machine is dead; one on another
        machine may only be away, and is waited for until its lease has run out. Raises `RunActive` where it is
        renewed meanwhile."""
        seen: tuple[str, float] | None = None
        while (other := self._take_or_other()) is not None:
            if seen is not None and other != seen:
                raise RunActive(
                    "Another run of this shop is under way on another machine: it has just renewed its lease.",
                    "Wait until it has ended, or stop it. Nothing was written by this run.",
                )
            seen = other
            await asyncio.sleep(min(self._term / 4, max(0.05, other[1] - time.time())))

    def _take_or_other(self) -> tuple[str, float] | None:
        """None where the lease is ours now, else who holds it and until when (Unix time)."""
        now = time.time()
        other: tuple[str, float] | None = None
        with self._file.transaction():
            row = self._file.do("SELECT holder, machine, expires FROM lease").fetchone()
            if row is not None and row[1] != self._machine and now < row[2] <= now + 2 * self._term:
                other = str(row[0]), float(row[2])
            else:
                self._file.do(
                    "INSERT OR REPLACE INTO lease VALUES (1, ?, ?, ?)", (self.holder, self._machine, now + self._term)
                )
        self._file.flush()
        if other is None:
            self._file.holder = self.holder
        return other

    def renew(self) -> bool:
        """False where another run has taken our place."""
        changed = self._file.do(
            "UPDATE lease SET expires = ? WHERE holder = ?", (time.time() + self._term, self.holder)
        )
        self._file.flush()
        return changed.rowcount == 1

    def give_back(self) -> None:
        self._file.holder = None
        self._file.do("DELETE FROM lease WHERE holder = ?", (self.holder,))
        self._file.flush()

    @contextlib.asynccontextmanager
    async def held(self, lost: Callable[[], None]) -> AsyncIterator[None]:
        """Hold the lease, renewed, for as long as the body runs; `lost` is called where another run took it. What is
        written meanwhile is kept every `GROUP_SECONDS`."""
        await self.take()
        keeping = [asyncio.create_task(self._keep(lost)), asyncio.create_task(self._flush())]
        try:
            yield
        finally:
            for task in keeping:
                task.cancel()
            await asyncio.gather(*keeping, return_exceptions=True)
            with contextlib.suppress(LedgerError):
                self.give_back()

    async def _flush(self) -> None:
        while True:
            await asyncio.sleep(GROUP_SECONDS)
            # A file that cannot take it says so to whoever writes next.
            with contextlib.suppress(LedgerError):
                self._file.flush()

    async def _keep(self, lost: Callable[[], None]) -> None:
        while True:
            await asyncio.sleep(self._term / 4)
            # A disk that is full now and then is the run's own trouble, told where it writes.
            with contextlib.suppress(LedgerError):
                if not self.renew():
                    lost()
                    return
