"""The file under the ledger: SQLite, spoken to in one place, its errors as ours.

What is written is gathered into groups, since a commit costs more than the statements in it. A group ends where the
outside must be able to rely on it (`flush`): before a request that changes the Gateway goes out, at the end of what has
to hold as a whole, and every `GROUP_SECONDS`. What a killed run loses of its last group is what the Gateway, or the
next run, can be asked for again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from gateway_importer.errors import LedgerError, RunActive
from gateway_importer.ledger.schema import LEDGER, MIGRATIONS, SCRATCH, VERSION

GROUP_SECONDS = 0.2  # how much of a run's work a kill may have to be looked at again


class LedgerFile:
    """One connection to the ledger, with the run's scratch file beside it. Raises `LedgerError` from everything that
    goes wrong underneath."""

    def __init__(self, path: Path, scratch: Path, *, reading: bool = False) -> None:
        """`reading`: only to be read, beside a run that may be writing; always as it is at that moment. Where there is
        no ledger, an empty one; the scratch file has no name any more."""
        self.path = path
        self.holder: str | None = None  # whose lease this connection writes under
        self.rolled_back: Callable[[], None] | None = None  # called when something was taken back
        self._whole = False  # within `transaction`
        self._lost: LedgerError | None = None  # why a group could not be kept
        self._reading = reading
        with translated(path):
            if not reading:
                path.parent.mkdir(parents=True, exist_ok=True)
            # A connection that may only read attaches nothing that it could write: the ledger is attached to nothing.
            place = "file::memory:" if reading else path
            # With this level the library begins a transaction before the first statement that writes.
            self._db = sqlite3.connect(place, uri=reading, isolation_level=None if reading else "IMMEDIATE")
        try:
            with translated(path):
                if not reading:
                    self._open()
                    self._attach(str(scratch))
                elif path.exists():
                    self._open_to_read()
                    self._attach(str(scratch))
                    remove_database(scratch)
                else:
                    self._db.executescript(LEDGER)
                    self._attach("")
        except BaseException:
            self.close()
            raise

    def _open_to_read(self) -> None:
        self._db.execute("ATTACH DATABASE ? AS ledger", (f"{self.path.absolute().as_uri()}?mode=ro",))
        self._expect(self._db.execute("PRAGMA ledger.user_version").fetchone()[0])

    def _expect(self, version: int) -> None:
        if version > VERSION:
            raise LedgerError(
                f"The ledger {self.path} was written by a newer version of this program (form {version}; "
                f"this one knows {VERSION}).",
                "Run the newer version again, or restore a backup of the state folder.",
            )

    def _open(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        self._expect(version)
        if version == 0:
            self._db.executescript(f"BEGIN; {LEDGER} PRAGMA user_version = {VERSION}; COMMIT;")
        else:
            for older in range(version, VERSION):
                self._db.executescript(f"BEGIN; {MIGRATIONS[older]} PRAGMA user_version = {older + 1}; COMMIT;")
        if self._db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("the integrity check failed")

    def _attach(self, scratch: str) -> None:
        self._db.execute("ATTACH DATABASE ? AS scratch", (scratch,))
        self._db.execute("PRAGMA scratch.journal_mode = MEMORY")
        self._db.execute("PRAGMA scratch.synchronous = OFF")
        self._db.executescript(SCRATCH)

    def close(self) -> None:
        """What is gathered is kept, unless the file cannot take it."""
        try:
            if self._lost is None:
                self.flush()
        finally:
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
        if self._lost is not None:
            raise self._lost
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
        if self._whole:
            yield
            return
        alone = not self._db.in_transaction
        if alone:
            self.do("BEGIN IMMEDIATE")
        else:
            self.do("SAVEPOINT whole")
        self._whole = True
        try:
            yield
        except BaseException:
            if alone:
                self._db.rollback()
            elif self._db.in_transaction:  # a full disk has rolled back everything by itself
                self.do("ROLLBACK TO whole")
                self.do("RELEASE whole")
            if self.rolled_back is not None:
                self.rolled_back()
            raise
        else:
            if not alone:
                self.do("RELEASE whole")
        finally:
            self._whole = False
        if self._reading:
            self.flush()  # an open transaction would go on showing the ledger as it was

    def flush(self) -> None:
        """What was written so far stays, whatever happens to this process; but for what has to hold as a whole and is
        not at its end."""
        if self._lost is not None:
            raise self._lost
        if self._db.in_transaction and not self._whole:
            try:
                self._db.commit()
            except (sqlite3.DatabaseError, OSError) as problem:
                # Whoever writes next is told, too: nothing may rest on what is not there.
                self._lost = trouble(self.path, problem)
                raise self._lost from problem


def copy_database(origin: Path, copy: Path) -> None:
    """A copy as of now, also while another process writes."""
    with translated(origin), closing(sqlite3.connect(origin)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def form_of(path: Path) -> int:
    """The version of the form in which a ledger was written; 0 where there is none."""
    if not path.exists():
        return 0
    with translated(path), closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


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
