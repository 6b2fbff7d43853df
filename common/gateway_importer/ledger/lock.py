"""One run a shop: a lock on the shop's folder that the system lets go when the run ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from gateway_importer.errors import LedgerError, RunActive


class FolderLock:
    """Held while a run is under way. Raises `RunActive` where another holds it, `LedgerError` where the folder
    cannot be written."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lock"
        self._handle: int | None = None

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as problem:
            raise LedgerError(
                f"The state folder {self._path.parent} cannot be written: {problem.strerror}.",
                "Give the program a writable STATE_FOLDER; in a container, mount a volume at /data.",
            ) from problem
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            os.close(handle)
            raise RunActive(
                f"Another run of this shop is under way: it holds {self._path}.",
                "Wait until it has ended, or stop it. Nothing was written by this run.",
            ) from problem
        self._handle = handle
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
