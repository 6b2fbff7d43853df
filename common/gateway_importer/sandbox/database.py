"""What outlives the sandbox: products, tags and pictures in SQLite, and the pictures' bytes beside it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from .answers import decode, encode
from .catalogue import StoredProduct, StoredTag
from .records import UploadRecord

SCHEMA = """
CREATE TABLE IF NOT EXISTS products (guid TEXT PRIMARY KEY, number INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS tags (guid TEXT PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS pictures (number INTEGER PRIMARY KEY, key TEXT NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS pictures_by_key ON pictures (key);
"""


class Database:
    """Every write is one transaction. It survives a killed process, not a power cut (`synchronous=OFF`).

    What is not `lasting` is held in memory, but for the pictures.
    """

    def __init__(self, folder: Path, *, lasting: bool) -> None:
        self._pictures = folder / "pictures"
        self.incoming = folder / "incoming"
        self._pictures.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.incoming, ignore_errors=True)  # halves of uploads that a killed process left
        self.incoming.mkdir()
        self._db = sqlite3.connect(
            folder / "sandbox.sqlite3" if lasting else ":memory:", isolation_level=None, timeout=0.2
        )
        # A second sandbox on the same folder would not see what the first one writes: it must not start.
        self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        self._db.close()

    def save_products(self, products: Iterable[StoredProduct]) -> None:
        rows = [(product.guid, product.number, encode(_fields(product))) for product in products]
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR REPLACE INTO products VALUES (?, ?, ?)", rows)
        self._db.execute("COMMIT")

    def drop_product(self, guid: str) -> None:
        self._db.execute("DELETE FROM products WHERE guid = ?", (guid,))

    def save_tag(self, tag: StoredTag) -> None:
        self._db.execute("INSERT OR REPLACE INTO tags VALUES (?, ?)", (tag.guid, encode(_fields(tag))))

    def drop_tag(self, guid: str) -> None:
        self._db.execute("DELETE FROM tags WHERE guid = ?", (guid,))

    def save_picture(self, record: UploadRecord) -> None:
        body = encode(asdict(record))
        self._db.execute("INSERT INTO pictures (key, body) VALUES (?, ?)", (record.key, body))

    def products(self) -> Iterator[StoredProduct]:
        for (body,) in self._db.execute("SELECT body FROM products ORDER BY number"):
            yield StoredProduct(**decode(body))

    def tags(self) -> Iterator[StoredTag]:
        for (body,) in self._db.execute("SELECT body FROM tags ORDER BY rowid"):
            yield StoredTag(**decode(body))

    def pictures(self) -> Iterator[UploadRecord]:
        for (body,) in self._db.execute("SELECT body FROM pictures ORDER BY number"):
            yield msgspec.json.decode(body, type=UploadRecord)

    def picture_file(self, sha256: str) -> Path:
        return self._pictures / sha256[:2] / sha256

    def keep_picture(self, file: Path, sha256: str) -> None:
        """Move a picture that is wholly here to its place; equal bytes lie there once."""
        target = self.picture_file(sha256)
        target.parent.mkdir(exist_ok=True)
        file.replace(target)


def _fields(row: StoredProduct | StoredTag) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}
