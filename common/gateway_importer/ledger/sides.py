"""What the two sides list during one run, in a scratch file of its own: the ids of the shop, and the objects and tags
of the Gateway. Held against what the ledger knows."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from gateway_importer.ledger.file import LedgerFile

_pack = msgspec.json.Encoder(decimal_format="number").encode
_unpack = msgspec.json.Decoder(float_hook=Decimal).decode


@dataclass(frozen=True, slots=True)
class Gap:
    """A variant that ought to be at the Gateway and is not shown there; `made_by` is the run that created it."""

    product: str
    variant: str
    guid: str
    sku: str
    made_by: int | None


class Sides:
    """The lists of both sides, as this run has read them. Every method may raise `LedgerError`."""

    def __init__(self, file: LedgerFile) -> None:
        self._file = file
        self._held_at = 0.0  # Unix time of the query's newest answer

    def list_shop(self, ids: Iterable[str]) -> None:
        self._file.many("INSERT OR IGNORE INTO scratch.shop_id VALUES (?)", [(identity,) for identity in ids])

    def forget_shop_list(self) -> None:
        self._file.do("DELETE FROM scratch.shop_id")

    def shop_count(self) -> int:
        return int(self._file.do("SELECT COUNT(*) FROM scratch.shop_id").fetchone()[0])

    def on_both_sides(self, run: int) -> tuple[str, str, str, int | None] | None:
        """A product that the shop lists, that this run found in order, and that has an object at the Gateway: its id,
        the object's guid and SKU, and the run that made it. One that was there before this run, where there is one."""
        row = self._file.do(
            "SELECT v.product, v.guid, v.sku, v.made_by FROM variant v JOIN outcome o ON o.product = v.product "
            "WHERE o.run = ? AND o.outcome IN ('created', 'updated', 'unchanged') AND v.state = 'live' "
            "AND (NOT EXISTS (SELECT 1 FROM scratch.shop_id) OR v.product IN (SELECT id FROM scratch.shop_id)) "
            "ORDER BY v.made_by IS ?, random() LIMIT 1",
            (run, run),
        ).fetchone()
        return None if row is None else tuple(row)

    def in_shop(self, product: str) -> bool:
        return self._file.do("SELECT 1 FROM scratch.shop_id WHERE id = ?", (product,)).fetchone() is not None

    def listed_without_outcome(self, run: int) -> list[str]:
        """Products that the shop lists and this run has not accounted for."""
        rows = self._file.do(
            "SELECT id FROM scratch.shop_id WHERE id NOT IN (SELECT product FROM outcome WHERE run = ?) "
            "ORDER BY length(id), id",
            (run,),
        )
        return [str(row[0]) for row in rows]

    def vanished(self) -> list[str]:
        """Products that are at the Gateway (or may be) and that the shop lists no more."""
        rows = self._file.do(
            "SELECT DISTINCT product FROM variant WHERE state != 'archived' "
            "AND product NOT IN (SELECT id FROM scratch.shop_id)"
        )
        return [str(row[0]) for row in rows]

    def skipped_but_live(self, run: int) -> list[tuple[str, str, str, str]]:
        """Products that a rule leaves out and that are at the Gateway: product, name, rule, detail."""
        rows = self._file.do(
            "SELECT DISTINCT o.product, o.name, o.rule, o.detail "
            "FROM outcome o JOIN variant v ON v.product = o.product "
            "WHERE o.run = ? AND o.outcome = 'skipped' AND v.state != 'archived'",
            (run,),
        )
        return [tuple(row) for row in rows]

    def hold(
        self, guid: str, sku: str, name: str, archived: bool, ours: bool, raw: Mapping[str, Any] | None,
        tags: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """One object that the Gateway's query showed."""
        self.hold_all([(guid, sku, name, archived, ours, raw)])
        if tags:
            self._file.many("INSERT OR IGNORE INTO scratch.held_tag VALUES (?, ?)", [(tag, guid) for tag in tags])

    def hold_all(self, rows: Iterable[tuple[str, str, str, bool, bool, Mapping[str, Any] | None]]) -> None:
        """Objects that the Gateway's query showed: guid, SKU, name, archived, ours, and the whole object if it is
        needed."""
        self._held_at = time.time()
        self._file.many(
            "INSERT OR REPLACE INTO scratch.held VALUES (?, ?, ?, ?, ?, ?)",
            [(*row[:5], None if row[5] is None else zlib.compress(_pack(row[5]), 1)) for row in rows],
        )

    def plan(self, rows: Iterable[tuple[str, str, bytes]]) -> None:
        """Product, what is to be done with it, and its line in the plan; all of them or none."""
        packed = ((product, does, zlib.compress(line, 1)) for product, does, line in rows)
        self._file.many("INSERT OR REPLACE INTO scratch.planned VALUES (?, ?, ?)", packed)

    def planned(self, product: str) -> bytes | None:
        row = self._file.do("SELECT line FROM scratch.planned WHERE product = ?", (product,)).fetchone()
        return None if row is None else zlib.decompress(row[0])

    def planned_to(self, *does: str, piece: int) -> Iterator[list[str]]:
        """The products with which one of these is to be done, so many at a time."""
        marks = ", ".join("?" * len(does))
        last = ""
        while True:
            rows = self._file.do(
                f"SELECT product FROM scratch.planned WHERE does IN ({marks}) "  # noqa: S608 - only question marks
                "AND (length(product), product) > (?, ?) ORDER BY length(product), product LIMIT ?",
                (*does, len(last), last, piece),
            )
            found = [str(row[0]) for row in rows]
            if not found:
                return
            yield found
            last = found[-1]

    def planned_count(self) -> int:
        return int(self._file.do("SELECT count(*) FROM scratch.planned").fetchone()[0])

    def forget_held(self) -> None:
        self._file.do("DELETE FROM scratch.held")
        self._file.do("DELETE FROM scratch.held_tag")

    def held(self, guid: str) -> Mapping[str, Any] | None:
        row = self._file.do("SELECT raw FROM scratch.held WHERE guid = ?", (guid,)).fetchone()
        if row is None or row[0] is None:
            return None
        found: Mapping[str, Any] = _unpack(zlib.decompress(row[0]))
        return found

    def tags_of_this_product_alone(self, product: str) -> list[tuple[str, str]]:
        """Variant tags (name, guid) that objects of this product carry and no other object does."""
        rows = self._file.do(
            "SELECT DISTINCT t.name, t.guid FROM variant v JOIN scratch.held_tag h ON h.guid = v.guid "
            "JOIN scratch.tag_seen t ON t.guid = h.tag WHERE v.product = ? AND t.type = 'variant' "
            "AND t.name NOT IN (SELECT name FROM tag) AND NOT EXISTS (SELECT 1 FROM scratch.held_tag o "
            "WHERE o.tag = h.tag AND o.guid NOT IN (SELECT guid FROM variant WHERE product = ? AND guid IS NOT NULL))",
            (product, product),
        )
        return [(str(row[0]), str(row[1])) for row in rows]

    def was_there_before(self, guid: str, moment: float) -> bool:
        """Whether the query had shown an object before that moment (Unix time), as far as this run has listed it."""
        if not 0 < self._held_at < moment:
            return False
        return self._file.do("SELECT 1 FROM scratch.held WHERE guid = ?", (guid,)).fetchone() is not None

    def strangers(self, sku: str) -> list[tuple[str, str, bool]]:
        """Objects of this SKU that are nobody's yet: guid, name, archived."""
        rows = self._file.do(
            "SELECT guid, name, archived FROM scratch.held WHERE sku = ? AND NOT ours "
            "AND guid NOT IN (SELECT guid FROM variant WHERE guid IS NOT NULL)",
            (sku,),
        )
        return [(str(row[0]), str(row[1]), bool(row[2])) for row in rows]

    def not_held(self, made_by: int | None = None) -> list[Gap]:
        """Variants that ought to be at the Gateway and that its query did not show; only those of one run."""
        rows = self._file.do(
            "SELECT product, id, guid, sku, made_by FROM variant "
            "WHERE state = 'live' AND (? IS NULL OR made_by = ?) AND guid NOT IN (SELECT guid FROM scratch.held)",
            (made_by, made_by),
        )
        return [Gap(*row) for row in rows]

    def not_ours(self) -> int:
        """Objects at the Gateway, not archived, that no variant here stands for."""
        row = self._file.do(
            "SELECT COUNT(*) FROM scratch.held WHERE NOT archived "
            "AND guid NOT IN (SELECT guid FROM variant WHERE guid IS NOT NULL)"
        )
        return int(row.fetchone()[0])

    def held_any(self) -> bool:
        """Whether the Gateway's query showed any object."""
        return self._file.do("SELECT 1 FROM scratch.held LIMIT 1").fetchone() is not None

    def see_tags(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """Tags that are at the Gateway: name, guid, type."""
        self._file.many("INSERT OR REPLACE INTO scratch.tag_seen VALUES (?, ?, ?)", rows)

    def tag_seen(self, name: str) -> str | None:
        row = self._file.do("SELECT guid FROM scratch.tag_seen WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def variant_tag_name(self, guid: str) -> str | None:
        row = self._file.do("SELECT name FROM scratch.tag_seen WHERE guid = ? AND type = 'variant'", (guid,)).fetchone()
        return None if row is None else str(row[0])
