"""What is kept of a shop's files between runs: the last good one of each source, and the rows that were handed on.

A file is written beside its place, read from its beginning to its end, and put there when it is found whole. What is
known of it stands in `feeds.json`, which holds no address: those carry tokens.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

FACTS = "feeds.json"
LOCK = "lock"
RUN = "run-"
LOOK_AGAIN = 0.2  # seconds between two looks whether another run has fetched its files


class Kept(msgspec.Struct, frozen=True):
    """A file that is kept. `origin` is a digest of where it came from, `mark` what tells whether that is another file
    now (an ETag; size and time), `modified` what its server said, `dated` (aware) when it was made as far as anybody
    says, `hash` a digest of its bytes where it
    came over the network, `arrived` when it came, `name` how it is called there."""

    file: str
    origin: str
    arrived: datetime
    mark: str = ""
    modified: str = ""
    dated: datetime | None = None
    hash: str = ""
    name: str = ""


class Facts(msgspec.Struct, frozen=True):
    """`sources` by their names; `rows` is the file with the rows that the last whole run handed on."""

    sources: dict[str, Kept] = {}
    rows: str = ""


class Store:
    """The folder of one shop's files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._mine: BinaryIO | None = None  # open for as long as this run's folder is in use

    def facts(self) -> Facts:
        try:
            return msgspec.json.decode((self.folder / FACTS).read_bytes(), type=Facts)
        except (OSError, msgspec.DecodeError, msgspec.ValidationError):
            return Facts()

    def kept(self, name: str, origin: str) -> Kept | None:
        """What is kept of a source, if it came from there and is still here."""
        found = self.facts().sources.get(name)
        return found if found is not None and found.origin == origin and self.path(found).exists() else None

    def path(self, kept: Kept) -> Path:
        return self.folder / kept.file

    @property
    def handed_on(self) -> Path | None:
        """The rows that the last whole run handed on."""
        rows = self.facts().rows
        return self.folder / rows if rows else None

    @asynccontextmanager
    async def fetching(self) -> AsyncIterator[Path]:
        """For whoever fetches files, one at a time: a folder for what is on its way, which is gone afterwards."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / LOCK).open("wb") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    await asyncio.sleep(LOOK_AGAIN)
            arriving = self.folder / "arriving"
            shutil.rmtree(arriving, ignore_errors=True)
            arriving.mkdir()
            try:
                yield arriving
            finally:
                shutil.rmtree(arriving, ignore_errors=True)

    def scratch(self) -> Path:
        """A folder of this run's own; those of runs that have ended go."""
        for old in self.folder.glob(f"{RUN}*"):
            with contextlib.suppress(OSError), (old / LOCK).open("wb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(old, ignore_errors=True)
        made = Path(tempfile.mkdtemp(prefix=RUN, dir=self.folder))
        self._mine = (made / LOCK).open("wb")
        fcntl.flock(self._mine, fcntl.LOCK_EX)
        return made

    def put(self, name: str, arrived: Path, kept: Kept) -> Kept:
        """A file that has arrived whole, in its place."""
        now = datetime.now(UTC)
        placed = msgspec.structs.replace(kept, file=f"{name}-{now:%Y%m%dT%H%M%S%f}", arrived=now)
        with arrived.open("rb") as file:
            os.fsync(file.fileno())
        arrived.replace(self.folder / placed.file)
        facts = self.facts()
        before = facts.sources.get(name)
        self._write(msgspec.structs.replace(facts, sources={**facts.sources, name: placed}))
        if before is not None:
            self.path(before).unlink(missing_ok=True)
        return placed

    def keep_rows(self, path: Path) -> None:
        """These rows were handed on, all of them: the next run is compared with them."""
        facts = self.facts()
        name = f"rows-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
        path.replace(self.folder / name)
        self._write(msgspec.structs.replace(facts, rows=name))
        if facts.rows:
            (self.folder / facts.rows).unlink(missing_ok=True)

    def _write(self, facts: Facts) -> None:
        new = self.folder / f"{FACTS}.new"
        with new.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(facts)))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.folder / FACTS)
