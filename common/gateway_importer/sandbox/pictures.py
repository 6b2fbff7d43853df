"""Pictures on their way into the store: spooled to disk chunk by chunk, hashed on the way, known by their first bytes."""

from __future__ import annotations

import hashlib
import re
import time
import uuid
from pathlib import Path
from types import TracebackType

from .records import UploadRecord
from .store import Store

EXTENSIONS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif"}


class Spool:
    """A file being received; it is gone at the end of the `with` unless it was kept."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._path: Path = store.incoming / uuid.uuid4().hex
        self._hash = hashlib.sha256()
        self._head = b""
        self.size = 0

    def __enter__(self) -> Spool:
        self._file = self._path.open("wb")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self._hash.update(chunk)
        self._head = self._head or chunk[:32]
        self.size += len(chunk)

    @property
    def found_type(self) -> str | None:
        return picture_type(self._head)

    def keep(self, *, key: str, shop: str, content_type: str, source: str) -> UploadRecord:
        """Hand the file to the store."""
        self._file.close()
        record = UploadRecord(
            at=time.time(),
            key=key,
            shop=shop,
            size=self.size,
            content_type=content_type,
            found_type=self.found_type,
            sha256=self._hash.hexdigest(),
            source=source,
        )
        self._store.add_upload(record, self._path)
        return record


def picture_type(head: bytes) -> str | None:
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head[4:12] in (b"ftypavif", b"ftypavis"):
        return "image/avif"
    return None


def new_key(shop: str, filename: str) -> str:
    """A key of its own for each picture; of the name only what is plain in an address."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", filename).strip("-.") or "picture"
    return f"{shop}/{uuid.uuid4().hex}/{plain[-80:]}"
