"""What the sandbox holds, in one SQLite file and a folder of pictures, so that a second start finds it again.

Every write is committed before the answer leaves. Nothing waits for the disk: the sandbox survives the death of its
clients, not a power cut.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .answers import Json, decode, encode
from .records import UploadRecord

SCHEMA = """
CREATE TABLE IF NOT EXISTS products (
    position INTEGER PRIMARY KEY, guid TEXT UNIQUE NOT NULL, shop TEXT NOT NULL,
    created TEXT NOT NULL, updated TEXT NOT NULL, deletions INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS products_of_shop ON products (shop);
CREATE TABLE IF NOT EXISTS tags (
    position INTEGER PRIMARY KEY, guid TEXT UNIQUE NOT NULL, shop TEXT NOT NULL,
    name TEXT NOT NULL, type TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS uploads (
    position INTEGER PRIMARY KEY, at REAL NOT NULL, key TEXT NOT NULL, shop TEXT NOT NULL, size INTEGER NOT NULL,
    content_type TEXT NOT NULL, found_type TEXT, sha256 TEXT NOT NULL, source TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS uploads_of_key ON uploads (key);
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

Deletion = int
DELETED_BY_WEBSHOP: Deletion = 1
DELETED_BY_ORGANIZATION: Deletion = 2
DELETED: Deletion = DELETED_BY_WEBSHOP | DELETED_BY_ORGANIZATION


@dataclass(frozen=True, kw_only=True)
class StoredProduct:
    """A product as it was sent, changes merged in, with what the Gateway knows about it."""

    guid: str
    shop: str
    created: str
    updated: str
    deletions: Deletion
    body: Json
    """`archived`, `for_sale`, `stock_level` and `product`, as the create body's element has them."""

    def as_dict(self) -> Json:
        times = {"created": self.created, "updated": self.updated}
        return {"guid": self.guid, "stock_level": None, **self.body, "timestamps": times}


@dataclass(frozen=True)
class StoredTag:
    """A tag of a shop's own."""

    guid: str
    shop: str
    name: str
    type: str


class Store:
    """The tables and the pictures. `version` grows with each change of a product or tag."""

    def __init__(self, folder: Path) -> None:
        self.blobs = folder / "pictures"
        self.incoming = folder / "incoming"
        for each in (self.blobs, self.incoming):
            each.mkdir(parents=True, exist_ok=True)
        for left_over in self.incoming.iterdir():
            left_over.unlink()
        self._db = sqlite3.connect(folder / "sandbox.sqlite", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(SCHEMA)
        self.version = 0

    def close(self) -> None:
        self._db.close()

    def secret(self, name: str) -> str:
        """A secret of this folder's own, made when it is first asked for."""
        self._db.execute("INSERT OR IGNORE INTO secrets VALUES (?, ?)", (name, secrets.token_hex(20)))
        value: str = self._db.execute("SELECT value FROM secrets WHERE name = ?", (name,)).fetchone()[0]
        return value

    # Products

    def add_products(self, products: Iterable[StoredProduct]) -> None:
        rows = [(p.guid, p.shop, p.created, p.updated, p.deletions, encode(p.body)) for p in products]
        self._write_all(
            "INSERT INTO products (guid, shop, created, updated, deletions, body) VALUES (?, ?, ?, ?, ?, ?)", rows
        )

    def change_products(self, products: Iterable[StoredProduct]) -> None:
        rows = [(p.updated, p.deletions, encode(p.body), p.guid) for p in products]
        self._write_all("UPDATE products SET updated = ?, deletions = ?, body = ? WHERE guid = ?", rows)

    def remove_product(self, guid: str) -> None:
        self._write_all("DELETE FROM products WHERE guid = ?", [(guid,)])

    def product(self, guid: str) -> StoredProduct | None:
        row = self._db.execute(
            "SELECT guid, shop, created, updated, deletions, body FROM products WHERE guid = ?", (guid,)
        ).fetchone()
        return _product(row) if row else None

    def products(self, shop: str | None = None) -> Iterator[StoredProduct]:
        """All products, or a shop's, in the order in which they were created."""
        where, values = ("WHERE shop = ?", (shop,)) if shop is not None else ("", ())
        rows = self._db.execute(
            f"SELECT guid, shop, created, updated, deletions, body FROM products {where} ORDER BY position", values
        )
        for row in rows:
            yield _product(row)

    # Tags

    def add_tag(self, tag: StoredTag) -> None:
        values = (tag.guid, tag.shop, tag.name, tag.type)
        self._write_all("INSERT INTO tags (guid, shop, name, type) VALUES (?, ?, ?, ?)", [values])

    def remove_tag(self, guid: str) -> None:
        self._write_all("DELETE FROM tags WHERE guid = ?", [(guid,)])

    def tags(self) -> list[StoredTag]:
        rows = self._db.execute("SELECT guid, shop, name, type FROM tags ORDER BY position")
        return [StoredTag(*row) for row in rows]

    # Pictures

    def add_upload(self, upload: UploadRecord, spooled: Path) -> None:
        """Keep the bytes under their hash (the same picture twice takes no room) and the key that names them."""
        target = self.blob(upload.sha256)
        target.parent.mkdir(exist_ok=True)
        spooled.replace(target)
        values = (upload.at, upload.key, upload.shop, upload.size, upload.content_type, upload.found_type)
        self._db.execute(
            "INSERT INTO uploads (at, key, shop, size, content_type, found_type, sha256, source)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, upload.sha256, upload.source),
        )

    def blob(self, sha256: str) -> Path:
        return self.blobs / sha256[:2] / sha256

    def upload(self, key: str) -> UploadRecord | None:
        """The newest picture of that key."""
        found = self._uploads("WHERE key = ? ORDER BY position DESC LIMIT 1", (key,))
        return found[0] if found else None

    def uploads(self) -> list[UploadRecord]:
        return self._uploads("ORDER BY position", ())

    def _uploads(self, rest: str, values: tuple[str, ...]) -> list[UploadRecord]:
        names = ("at", "key", "shop", "size", "content_type", "found_type", "sha256", "source")
        rows = self._db.execute(f"SELECT {', '.join(names)} FROM uploads {rest}", values)
        return [UploadRecord(**dict(zip(names, row, strict=True))) for row in rows]

    def _write_all(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        self._db.execute("BEGIN")
        try:
            self._db.executemany(statement, rows)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        self.version += 1


def _product(row: tuple[str, str, str, str, int, bytes]) -> StoredProduct:
    guid, shop, created, updated, deletions, body = row
    return StoredProduct(
        guid=guid, shop=shop, created=created, updated=updated, deletions=deletions, body=decode(body)
    )
