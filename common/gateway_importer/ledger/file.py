"""The file under the ledger: SQLite, spoken to in one place, its errors as ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from gateway_importer.errors import LedgerError, RunActive
from gateway_importer.ledger.schema import LEDGER, MIGRATIONS, SCRATCH, VERSION


class LedgerFile:
    """One connection to the ledger, with the run's scratch file beside it. Raises `LedgerError` from everything that
    goes wrong underneath."""

    def __init__(self, path: Path, scratch: Path) -> None:
        self.path = path
        self.holder: str | None = None  # whose lease this connection writes under
        with translated(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None)
        try:
            with translated(path):
                self._open(scratch)
        except BaseException:
            self.close()
            raise

    def _open(self, scratch: Path) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._db.executescript(f"BEGIN; {LEDGER} PRAGMA user_version = {VERSION}; COMMIT;")
        elif version > VERSION:
            raise LedgerError(
                f"The ledger {self.path} was written by a newer version of this program (form {version}; "
                f"this one knows {VERSION}).",
                "Run the newer version again, or restore a backup of the state folder.",
            )
        else:
            for older in range(version, VERSION):
                self._db.executescript(f"BEGIN; {MIGRATIONS[older]} PRAGMA user_version = {older + 1}; COMMIT;")
        if self._db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("the integrity check failed")
        self._db.execute("ATTACH DATABASE ? AS scratch", (str(scratch),))
        self._db.execute("PRAGMA scratch.journal_mode = MEMORY")
        self._db.execute("PRAGMA scratch.synchronous = OFF")
        self._db.executescript(SCRATCH)

    def close(self) -> None:
        self._db.close()

    def check_lease(self) -> None:
        """Raises `RunActive` where another run has taken the lease: within a transaction, before what must not be
        done twice."""
        if self.holder is None:
            return
        row = self.do("SELECT holder FROM lease").fetchone()
        if row is None or row[0] != self.holder:
            raise RunActive(
                "Another run of this shop has taken the place of this one, which had been away for longer than its "
                "lease.",
                "Nothing is lost: the other run goes on from what this one did.",
            )

    def do(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        # Many a time for each product: without a context manager's cost.
        try:
            return self._db.execute(statement, values)
        except (sqlite3.DatabaseError, OSError) as problem:
            raise trouble(self.path, problem) from problem

    def many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        with self.transaction(), translated(self.path):
            self._db.executemany(statement, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; one inside another joins it."""
        if self._db.in_transaction:
            yield
            return
        self.do("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.rollback()
            raise
        self.do("COMMIT")


def copy_database(origin: Path, copy: Path) -> None:
    """A copy as of now, also while another process writes."""
    with translated(origin), closing(sqlite3.connect(origin)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def remove_database(path: Path) -> None:
    """A database file with all that SQLite keeps beside it."""
    with translated(path):
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's and the file system's errors as `LedgerError`."""
    try:
        yield
    except (sqlite3.DatabaseError, OSError) as problem:
        raise trouble(path, problem) from problem


def trouble(path: Path, problem: sqlite3.DatabaseError | OSError) -> LedgerError:
    """What an error usually means for the ledger at `path`, and what to do."""
    if isinstance(problem, OSError):
        return LedgerError(
            f"The state folder {path.parent} cannot be used: {problem.strerror}.",
            "Give the program a writable STATE_FOLDER with space left; in a container, mount a volume at /data.",
        )
    said = str(problem)
    # The low byte is what went wrong; errors of our own have no code.
    code = getattr(problem, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM}:
        # A quota, or a limit for the size of a file, is told as an error of the disk.
        cure = (
            "Free some space where the state folder lies (a quota counts too), see that the disk is sound, then run "
            "the command again. Leave ledger.sqlite where it is."
        )
    elif code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}:
        cure = "Give the program a writable STATE_FOLDER; in a container, mount a volume at /data."
    elif code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        cure = "Close whatever else has the ledger open, then run the command again."
    else:
        cure = (
            "Restore the state folder from a backup. Without one, move ledger.sqlite away and run again: the ledger "
            "is then rebuilt from what the Gateway lists."
        )
    return LedgerError(f"The ledger {path} cannot be used: {said}.", cure)
