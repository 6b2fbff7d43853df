"""The files of an offer in the state folder: the last good one of each kind, kept until a newer one has arrived whole.

A file may be fetchable only once. So each is written beside its place, looked at, and put there when it is found whole;
what is known of it stands in `offer.json`. That holds addresses, which carry tokens, for no longer than files that can
be had once are on their way. A file that another run reads is left alone until nobody reads it.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from iai_importer.provider import Gateway

FACTS = "offer.json"
LOCK = "lock"
LOOK_AGAIN = 0.2  # seconds between two looks whether another run has fetched its files


class Kept(msgspec.Struct, frozen=True):
    """A file on the shelf. `hash` and `changed` are what the gateway said of it, `generated`, `expires`, `language`,
    `currency` and `version` what it says of itself, `etag` and `modified` what its server said, `arrived` (aware UTC)
    when it came. `source` is a digest of where it came from, `products` how many it holds."""

    file: str
    arrived: datetime
    hash: str = ""
    changed: str = ""
    generated: str = ""
    expires: str = ""
    language: str = ""
    currency: str = ""
    etag: str = ""
    modified: str = ""
    source: str = ""
    products: int = 0
    version: str = ""

    @property
    def as_of(self) -> str:
        """By the shop's clock, when its content was so."""
        return self.changed or self.generated


class Facts(msgspec.Struct, frozen=True):
    """All that is kept. `origin` names the way by which it came: what came by another one is not used. `changes` are
    those that belong to `full`, the oldest first. `pending` is a gateway that could be had once, for as long as not all
    that it names was fetched."""

    origin: str = ""
    full: Kept | None = None
    light: Kept | None = None
    changes: tuple[Kept, ...] = ()
    others: dict[str, Kept] = {}
    name: str = ""
    www: str = ""
    pending: Gateway | None = None

    @property
    def files(self) -> Iterator[Kept]:
        yield from (one for one in (self.full, self.light, *self.changes, *self.others.values()) if one is not None)


class Shelf:
    """The folder of one shop's offer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def facts(self, origin: str) -> Facts:
        """What is kept of an offer that comes by this way."""
        try:
            found = msgspec.json.decode((self.folder / FACTS).read_bytes(), type=Facts)
        except (OSError, msgspec.DecodeError, msgspec.ValidationError):
            return Facts(origin)
        there = all((self.folder / one.file).exists() for one in found.files)
        return found if found.origin == origin and there else Facts(origin)

    def path(self, kept: Kept) -> Path:
        return self.folder / kept.file

    @asynccontextmanager
    async def fetching(self) -> AsyncIterator[None]:
        """For whoever fetches files: one at a time, another one waits and then finds them here."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / LOCK).open("wb") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    await asyncio.sleep(LOOK_AGAIN)
            self._sweep()
            yield

    def arriving(self, kind: str) -> Path:
        """A place for a file on its way."""
        return self.folder / f"{kind}.arriving"

    def put(self, arriving: Path, kind: str) -> tuple[str, datetime]:
        """A file that has arrived whole, in its place: its name and the moment. It is not part of the facts before they
        are written."""
        now = datetime.now(UTC)
        name = f"{kind}-{now:%Y%m%dT%H%M%S%f}.xml"
        with arriving.open("rb") as file:
            os.fsync(file.fileno())
        arriving.replace(self.folder / name)
        return name, now

    def write(self, facts: Facts) -> None:
        """What is kept from now on; what is not named any more goes, unless somebody still reads it."""
        new = self.folder / f"{FACTS}.new"
        new.touch(0o600)
        with new.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(facts)))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.folder / FACTS)
        self._clear({one.file for one in facts.files})

    def _sweep(self) -> None:
        """What a run that was killed had not fetched to its end."""
        for path in self.folder.glob("*.arriving*"):
            path.unlink(missing_ok=True)

    def _clear(self, kept: set[str]) -> None:
        for path in self.folder.glob("*.xml"):
            if path.name in kept:
                continue
            with contextlib.suppress(OSError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()

    def opened(self, kept: Kept) -> int:
        """A descriptor of the file, open and held: the file stays until it is closed."""
        file = os.open(self.path(kept), os.O_RDONLY)
        fcntl.flock(file, fcntl.LOCK_SH)
        return file
