"""A folder that is mounted: the newest file that fits a pattern, once whoever writes it has finished."""

from __future__ import annotations

import asyncio
import fnmatch
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from feeds_family import refusals
from feeds_family.refusals import NotUsable

#: Names under which programs write what is not finished.
UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".writing", ".lock")
DONE = ".done"  # a file of this name beside another one says that the other one is finished
YOUNG = 60.0  # seconds; who was changed so lately may still be written
LOOK_AGAIN = 2.0  # seconds
MOST_LOOKS = 30


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file as it was seen. `mark` tells whether it has changed since."""

    path: Path
    size: int
    changed: float

    @classmethod
    def of(cls, path: Path) -> Candidate:
        """Raises `ShopUnusable` where it is not there."""
        try:
            state = path.stat()
        except OSError as problem:
            raise refusals.nothing_there("file", str(path), problem.strerror or str(problem)) from problem
        return cls(path, state.st_size, state.st_mtime)

    @property
    def mark(self) -> str:
        return f"{self.size}-{self.changed}"

    @property
    def dated(self) -> datetime:
        return datetime.fromtimestamp(self.changed, UTC)


def fitting(names: Iterable[str], pattern: str) -> list[str]:
    """The names that fit a pattern and are finished; where there are marks that say so, only those with one."""
    every = set(names)
    fits = [
        name for name in every
        if fnmatch.fnmatch(name, pattern) and not name.lower().startswith(".")
        and not name.lower().endswith((*UNFINISHED, DONE))
    ]  # fmt: skip
    marked = [name for name in fits if name + DONE in every]
    return sorted(marked or fits)


def newest(folder: Path, pattern: str) -> Candidate | None:
    """The file that was changed last. Raises `ShopUnusable` where the folder cannot be read."""
    try:
        names = [one.name for one in folder.iterdir() if one.is_file()]
    except OSError as problem:
        raise refusals.nothing_there("folder", str(folder), problem.strerror or str(problem)) from problem
    found = [Candidate.of(folder / name) for name in fitting(names, pattern)]
    return max(found, key=lambda one: (one.changed, one.path.name), default=None)


async def settled(candidate: Candidate) -> Candidate:
    """The file once its size stays what it is. Raises `ShopUnusable` where it never does."""
    if (candidate.path.parent / f"{candidate.path.name}{DONE}").exists():
        return candidate
    if datetime.now(UTC).timestamp() - candidate.changed > YOUNG:
        return candidate
    for _ in range(MOST_LOOKS):
        before = Candidate.of(candidate.path)
        await asyncio.sleep(LOOK_AGAIN)
        if Candidate.of(candidate.path).mark == before.mark:
            return before
    raise refusals.unusable(
        f"the file {candidate.path}", NotUsable("it is still being written", refusals.AGAIN, again=True)
    )
