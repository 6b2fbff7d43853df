"""The ledger itself: opening it, and everything the pipeline asks or tells it."""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from gateway_importer.errors import LedgerError
from gateway_importer.ledger.schema import LEDGER, SCRATCH, VERSION
from gateway_importer.report.model import NoticeRow, Outcome, OutcomeRow

FILE = "ledger.sqlite"
_pack = msgspec.json.Encoder(decimal_format="number").encode
_unpack = msgspec.json.Decoder(float_hook=Decimal).decode
IDENTITY = {
    "shop_guid": "shop guid",
    "family": "kind of shop",
    "shop_key": "shop",
    "shop": "shop of the multistore",
    "language": "language",
    "price": "kind of price",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger knows of a variant. `fields` are digests of what was last sent, `images` keys, `tags`
    guids. `state` is one of intended, posted, live, leaving, archived."""

    id: str
    state: str
    guid: str | None
    sku: str
    own_sku: str | None
    name: str
    intended_at: float | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    images: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    doomed: str | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A variant that ought to be at the Gateway and is not shown there; `made_by` is the run that created it."""

    product: str
    variant: str
    guid: str
    sku: str
    made_by: int | None


@dataclass(frozen=True, slots=True)
class KnownTag:
    """A variant tag's name that belongs to a product. `state` is sent or ours."""

    name: str
    product: str
    state: str
    guid: str | None


@dataclass(frozen=True, slots=True)
class KnownImage:
    """A picture that was placed (`address`) or could not be had (`fault`: code, cause, cure)."""

    address: str | None
    size: int
    fault: tuple[str, str, str] | None
    at: float


class Ledger:
    """One shop's ledger, open. Every method may raise `LedgerError` (disk full, damaged)."""

    def __init__(
        self, folder: Path, *, identity: Mapping[str, str] | None, accept_change: bool = False, dry: bool = False
    ) -> None:
        """Open or make the ledger in `folder`. `dry`: work on a copy that is thrown away.

        `identity` has the keys of `IDENTITY`; another shop's ledger raises, unless `accept_change`.
        None: only its past runs are asked for.
        """
        self.folder = folder
        path = folder / FILE
        self._scratch = folder / "scratch.sqlite"
        self._copy = folder / "preview.sqlite" if dry else None
        self._held_at = 0.0  # when the query was last listed
        self.fresh = not path.exists()
        with _translated(path):
            folder.mkdir(parents=True, exist_ok=True)
            self._remove_scratch()
            if self._copy is not None:
                if not self.fresh:
                    _copy(path, self._copy)
                path = self._copy
            self._db = sqlite3.connect(path, isolation_level=None)
            self._path = path
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        if identity is not None:
            self._claim(identity, accept_change)

    def _open(self) -> None:
        with _translated(self._path):
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                self._make()
            elif version > VERSION:
                raise LedgerError(
                    f"The ledger {self._path} was written by a newer version of this program (form {version}; "
                    f"this one knows {VERSION}).",
                    "Run the newer version again, or restore a backup of the state folder.",
                )
            if self._db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("the integrity check failed")
            self._db.execute("ATTACH DATABASE ? AS scratch", (str(self._scratch),))
            self._db.execute("PRAGMA scratch.journal_mode = MEMORY")
            self._db.execute("PRAGMA scratch.synchronous = OFF")
            self._db.executescript(SCRATCH)

    def _make(self) -> None:
        self._db.executescript(f"BEGIN; {LEDGER} PRAGMA user_version = {VERSION}; COMMIT;")

    def _claim(self, identity: Mapping[str, str], accept_change: bool) -> None:
        """The ledger belongs to `identity` from now on. One that nothing was imported with belongs to nobody yet."""
        differing: list[str] = []
        if self._do("SELECT 1 FROM variant LIMIT 1").fetchone() is not None:
            for key, label in IDENTITY.items():
                known = self.meta(key)
                changeable = accept_change and key not in {"shop_guid", "family"}
                if known is not None and known != identity[key] and not changeable:
                    differing.append(f"{label}: '{known}' then, '{identity[key]}' now")
        if not differing:
            with self.transaction():
                for key in IDENTITY:
                    self.set_meta(key, identity[key])
        else:
            self.close()
            raise LedgerError(
                f"The ledger in {self.folder} belongs to another import ({'; '.join(differing)}). "
                "Going on would rewrite or double the whole shop.",
                "Use the settings of then. If the change is meant, run once with ACCEPT_CHANGE=yes; for another "
                "shop guid or kind of shop, use another STATE_FOLDER.",
            )

    def _remove_scratch(self) -> None:
        for path in [self._scratch, *([self._copy] if self._copy else [])]:
            for suffix in ("", "-wal", "-shm", "-journal"):
                Path(f"{path}{suffix}").unlink(missing_ok=True)

    def close(self) -> None:
        self._db.close()
        self._remove_scratch()

    def _do(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        with _translated(self._path):
            return self._db.execute(statement, values)

    def _many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        with self.transaction(), _translated(self._path):
            self._db.executemany(statement, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; one inside another joins it."""
        if self._db.in_transaction:
            yield
            return
        self._do("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.rollback()
            raise
        self._do("COMMIT")

    # --- small facts -----------------------------------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        row = self._do("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        self._do("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    # --- runs ------------------------------------------------------------------------------------------------

    def begin_run(self, command: str) -> tuple[int, bool]:
        """A new run's number, and whether the one before it ended without saying so (killed)."""
        with self.transaction():
            unclean = self._do("UPDATE run SET state = 'broken' WHERE state = 'running'").rowcount > 0
            started = datetime.now(UTC).isoformat()
            cursor = self._do("INSERT INTO run (command, started, state) VALUES (?, ?, 'running')", (command, started))
            number = int(cursor.lastrowid or 0)
            # Two runs' rows are enough: this one's and the one before, for comparing.
            self._do("DELETE FROM outcome WHERE run < ?", (number - 1,))
            self._do("DELETE FROM notice WHERE run < ?", (number - 1,))
        return number, unclean

    def end_run(self, run: int, state: str, facts: Mapping[str, Any]) -> None:
        self._do(
            "UPDATE run SET ended = ?, state = ?, facts = ? WHERE id = ?",
            (datetime.now(UTC).isoformat(), state, json.dumps(facts), run),
        )

    def last_run(self) -> tuple[int, str, Mapping[str, Any]] | None:
        """Number, state and facts of the newest run that has ended."""
        row = self._do("SELECT id, state, facts FROM run WHERE facts IS NOT NULL ORDER BY id DESC LIMIT 1").fetchone()
        return None if row is None else (int(row[0]), str(row[1]), json.loads(row[2]))

    # --- products and variants -------------------------------------------------------------------------------

    def digest(self, product: str) -> str:
        row = self._do("SELECT digest FROM product WHERE id = ?", (product,)).fetchone()
        return "" if row is None else str(row[0])

    def finish_product(self, product: str, name: str, digest: str) -> None:
        """All that `digest` covers is at the Gateway."""
        self._do(
            "INSERT INTO product (id, name, digest) VALUES (?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET name = excluded.name, digest = excluded.digest",
            (product, name, digest),
        )

    def touch_product(self, product: str, name: str) -> None:
        """The product exists here; what is at the Gateway may be anything until `finish_product`."""
        self.finish_product(product, name, "")

    def variants(self, product: str) -> dict[str, Known]:
        return {known.id: known for _, known in self._variants("WHERE product = ?", (product,))}

    def variants_in(self, *states: str) -> Iterator[tuple[str, Known]]:
        marks = ", ".join("?" * len(states))
        return self._variants(f"WHERE state IN ({marks})", states)

    def _variants(self, where: str, values: Sequence[Any]) -> Iterator[tuple[str, Known]]:
        cursor = self._do(
            "SELECT product, id, state, guid, sku, own_sku, name, intended_at, fields, images, tags, doomed "
            f"FROM variant {where}",
            values,
        )
        for row in cursor:
            yield (
                row[0],
                Known(
                    row[1], row[2], row[3], row[4], row[5], row[6], row[7],
                    json.loads(row[8]), tuple(json.loads(row[9])), tuple(json.loads(row[10])), row[11],
                ),
            )  # fmt: skip

    def intend(self, product: str, variants: Iterable[Known], run: int) -> None:
        """These are about to be created. Written before the request goes out."""
        now = time.time()
        self._many(
            "INSERT OR REPLACE INTO variant (product, id, state, guid, sku, own_sku, name, intended_at, fields, "
            "images, tags, doomed, made_by) VALUES (?, ?, 'intended', NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    product, known.id, known.sku, known.own_sku, known.name, now,
                    json.dumps(dict(known.fields)), json.dumps(known.images), json.dumps(known.tags), known.doomed, run,
                )
                for known in variants
            ],
        )  # fmt: skip

    def made(self, product: str, guids: Mapping[str, str | None]) -> None:
        """These variants were created; a guid is None where the answer did not tell it."""
        with self.transaction():
            self._many(
                "UPDATE variant SET state = CASE WHEN ? IS NULL THEN 'posted' ELSE 'live' END, guid = ?, "
                "intended_at = CASE WHEN ? IS NULL THEN intended_at END WHERE product = ? AND id = ?",
                [(guid, guid, guid, product, variant) for variant, guid in guids.items()],
            )
            self.set_meta("last_made", repr(time.time()))

    def last_made(self) -> float:
        """When something was last created, in this run or an earlier one (Unix time): the query may not show it yet."""
        return float(self.meta("last_made") or 0.0)

    def never_made(self, product: str, variants: Iterable[str]) -> None:
        """These intentions came to nothing for certain."""
        self._many("DELETE FROM variant WHERE product = ? AND id = ?", [(product, variant) for variant in variants])

    def buried(self, product: str, variant: str) -> None:
        """The former object of a replaced variant is deleted."""
        self._do("UPDATE variant SET doomed = NULL WHERE product = ? AND id = ?", (product, variant))

    def changed(self, product: str, known: Known) -> None:
        """The variant is at the Gateway as `known` says (state, digests, images, tags); its product is to be
        looked at whole until `finish_product`."""
        self._do("UPDATE product SET digest = '' WHERE id = ?", (product,))
        self._do(
            "UPDATE variant SET state = ?, name = ?, sku = ?, own_sku = ?, fields = ?, images = ?, tags = ? "
            "WHERE product = ? AND id = ?",
            (
                known.state, known.name, known.sku, known.own_sku, json.dumps(dict(known.fields)),
                json.dumps(known.images), json.dumps(known.tags), product, known.id,
            ),
        )  # fmt: skip

    def archived(self, product: str, variant: str) -> None:
        self._do("UPDATE variant SET state = 'archived' WHERE product = ? AND id = ?", (product, variant))
        self._do("UPDATE product SET digest = '' WHERE id = ?", (product,))

    def restore(self, product: str, name: str, known: Known) -> None:
        """A variant that the Gateway shows as ours, or that is adopted."""
        with self.transaction():
            self._do("INSERT OR IGNORE INTO product (id, name) VALUES (?, ?)", (product, name))
            self._do(
                "INSERT OR REPLACE INTO variant (product, id, state, guid, sku, own_sku, name, fields, images, tags) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    product, known.id, known.state, known.guid, known.sku, known.own_sku, known.name,
                    json.dumps(dict(known.fields)), json.dumps(known.images), json.dumps(known.tags),
                ),
            )  # fmt: skip

    def sku_holders(self, sku: str) -> list[tuple[str, str]]:
        """The variants (product, variant) that hold a SKU: archived ones, and ones whose product the shop no
        longer lists, hold none."""
        rows = self._do(
            "SELECT product, id FROM variant WHERE sku = ? AND state != 'archived' AND "
            "(NOT EXISTS (SELECT 1 FROM scratch.shop_id) OR product IN (SELECT id FROM scratch.shop_id))",
            (sku,),
        )
        return [(str(row[0]), str(row[1])) for row in rows]

    def is_another(self, guid: str, product: str, variant: str) -> bool:
        """Whether an object is known to be another variant's."""
        rows = self._do("SELECT product, id FROM variant WHERE guid = ?", (guid,))
        return any((row[0], row[1]) != (product, variant) for row in rows)

    def live_products(self) -> int:
        row = self._do("SELECT COUNT(DISTINCT product) FROM variant WHERE state != 'archived'")
        return int(row.fetchone()[0])

    # --- tags ------------------------------------------------------------------------------------------------

    def tag_of(self, product: str) -> KnownTag | None:
        row = self._do("SELECT name, product, state, guid FROM tag WHERE product = ?", (product,)).fetchone()
        return None if row is None else KnownTag(*row)

    def tag_named(self, name: str) -> KnownTag | None:
        row = self._do("SELECT name, product, state, guid FROM tag WHERE name = ?", (name,)).fetchone()
        return None if row is None else KnownTag(*row)

    def reserve_tag(self, name: str, product: str) -> None:
        """The name is this product's from now on; written before the tag is posted."""
        self._do("INSERT OR REPLACE INTO tag (name, product, state, guid) VALUES (?, ?, 'sent', NULL)", (name, product))

    def own_tag(self, name: str, product: str, guid: str) -> None:
        self._do(
            "INSERT OR REPLACE INTO tag (name, product, state, guid) VALUES (?, ?, 'ours', ?)", (name, product, guid)
        )

    def drop_tag(self, name: str) -> None:
        self._do("DELETE FROM tag WHERE name = ?", (name,))

    def lose_tag(self, product: str) -> None:
        """Somebody deleted the product's tag at the Gateway: it has to be made anew, and given to all its variants."""
        with self.transaction():
            self._do("DELETE FROM tag WHERE product = ?", (product,))
            self._do("UPDATE variant SET fields = json_remove(fields, '$.tags') WHERE product = ?", (product,))

    # --- images ----------------------------------------------------------------------------------------------

    def image(self, way: str, key: str) -> KnownImage | None:
        row = self._do("SELECT address, size, fault, at FROM image WHERE way = ? AND key = ?", (way, key)).fetchone()
        if row is None:
            return None
        fault = None if row[2] is None else tuple(json.loads(row[2]))
        return KnownImage(row[0], row[1], fault, row[3])

    def image_placed(self, way: str, key: str, address: str, size: int) -> None:
        self._do("INSERT OR REPLACE INTO image VALUES (?, ?, ?, ?, NULL, ?)", (way, key, address, size, time.time()))

    def image_missing(self, way: str, key: str, fault: tuple[str, str, str]) -> None:
        self._do(
            "INSERT OR REPLACE INTO image VALUES (?, ?, NULL, 0, ?, ?)", (way, key, json.dumps(fault), time.time())
        )

    # --- outcomes --------------------------------------------------------------------------------------------

    def record(self, run: int, row: OutcomeRow) -> None:
        """A product's outcome in this run; a later one takes its place."""
        self._do(
            "INSERT OR REPLACE INTO outcome VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                run, row.product, row.outcome.value, row.name, row.code, row.cause, row.cure, row.rule, row.detail,
                row.page_url, row.variants,
            ),
        )  # fmt: skip

    def outcome(self, run: int, product: str) -> Outcome | None:
        row = self._do("SELECT outcome FROM outcome WHERE run = ? AND product = ?", (run, product)).fetchone()
        return None if row is None else Outcome(row[0])

    def outcomes(self, run: int, outcome: Outcome) -> Iterator[OutcomeRow]:
        rows = self._do(
            "SELECT product, name, code, cause, cure, rule, detail, page_url, variants FROM outcome "
            "WHERE run = ? AND outcome = ? ORDER BY length(product), product",
            (run, outcome.value),
        )
        for row in rows:
            yield OutcomeRow(row[0], row[1], outcome, row[2], row[3], row[4], row[5], row[6], row[7], row[8])

    def counts(self, run: int) -> dict[Outcome, int]:
        found = dict(self._do("SELECT outcome, COUNT(*) FROM outcome WHERE run = ? GROUP BY outcome", (run,)))
        return {outcome: int(found.get(outcome.value, 0)) for outcome in Outcome}

    def add_notice(self, run: int, row: NoticeRow) -> None:
        self._do("INSERT INTO notice VALUES (?, ?, ?, ?, ?)", (run, row.product, row.name, row.code, row.text))

    def notices(self, run: int) -> Iterator[NoticeRow]:
        for row in self._do("SELECT product, name, code, text FROM notice WHERE run = ? ORDER BY rowid", (run,)):
            yield NoticeRow(*row)

    # --- comparing with both sides (scratch) -------------------------------------------------------------------

    def list_shop(self, ids: Iterable[str]) -> None:
        self._many("INSERT OR IGNORE INTO scratch.shop_id VALUES (?)", [(identity,) for identity in ids])

    def forget_shop_list(self) -> None:
        self._do("DELETE FROM scratch.shop_id")

    def shop_count(self) -> int:
        return int(self._do("SELECT COUNT(*) FROM scratch.shop_id").fetchone()[0])

    def in_shop(self, product: str) -> bool:
        return self._do("SELECT 1 FROM scratch.shop_id WHERE id = ?", (product,)).fetchone() is not None

    def listed_without_outcome(self, run: int) -> list[str]:
        """Products that the shop lists and this run has not accounted for."""
        rows = self._do(
            "SELECT id FROM scratch.shop_id WHERE id NOT IN (SELECT product FROM outcome WHERE run = ?) "
            "ORDER BY length(id), id",
            (run,),
        )
        return [str(row[0]) for row in rows]

    def vanished(self) -> list[str]:
        """Products that are at the Gateway (or may be) and that the shop lists no more."""
        rows = self._do(
            "SELECT DISTINCT product FROM variant WHERE state != 'archived' "
            "AND product NOT IN (SELECT id FROM scratch.shop_id)"
        )
        return [str(row[0]) for row in rows]

    def skipped_but_live(self, run: int) -> list[tuple[str, str, str, str]]:
        """Products that a rule leaves out and that are at the Gateway: product, name, rule, detail."""
        rows = self._do(
            "SELECT DISTINCT o.product, o.name, o.rule, o.detail "
            "FROM outcome o JOIN variant v ON v.product = o.product "
            "WHERE o.run = ? AND o.outcome = 'skipped' AND v.state != 'archived'",
            (run,),
        )
        return [tuple(row) for row in rows]

    def product_name(self, product: str) -> str:
        row = self._do("SELECT name FROM product WHERE id = ?", (product,)).fetchone()
        return "" if row is None else str(row[0])

    def hold(
        self, guid: str, sku: str, name: str, archived: bool, ours: bool, raw: Mapping[str, Any] | None,
        tags: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """One object that the Gateway's query showed."""
        self._held_at = time.time()
        if tags:
            self._many("INSERT OR IGNORE INTO scratch.held_tag VALUES (?, ?)", [(tag, guid) for tag in tags])
        packed = None if raw is None else zlib.compress(_pack(raw), 1)
        self._do(
            "INSERT OR REPLACE INTO scratch.held VALUES (?, ?, ?, ?, ?, ?)", (guid, sku, name, archived, ours, packed)
        )

    def forget_held(self) -> None:
        self._do("DELETE FROM scratch.held")
        self._do("DELETE FROM scratch.held_tag")

    def held(self, guid: str) -> Mapping[str, Any] | None:
        row = self._do("SELECT raw FROM scratch.held WHERE guid = ?", (guid,)).fetchone()
        if row is None or row[0] is None:
            return None
        found: Mapping[str, Any] = _unpack(zlib.decompress(row[0]))
        return found

    def tags_of_this_product_alone(self, product: str) -> list[tuple[str, str]]:
        """Variant tags (name, guid) that objects of this product carry and no other object does."""
        rows = self._do(
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
        return self._do("SELECT 1 FROM scratch.held WHERE guid = ?", (guid,)).fetchone() is not None

    def strangers(self, sku: str) -> list[tuple[str, str, bool]]:
        """Objects of this SKU that are nobody's yet: guid, name, archived."""
        rows = self._do(
            "SELECT guid, name, archived FROM scratch.held WHERE sku = ? AND NOT ours "
            "AND guid NOT IN (SELECT guid FROM variant WHERE guid IS NOT NULL)",
            (sku,),
        )
        return [(str(row[0]), str(row[1]), bool(row[2])) for row in rows]

    def not_held(self) -> list[Gap]:
        """Variants that ought to be at the Gateway and that its query did not show."""
        rows = self._do(
            "SELECT product, id, guid, sku, made_by FROM variant "
            "WHERE state = 'live' AND guid NOT IN (SELECT guid FROM scratch.held)"
        )
        return [Gap(*row) for row in rows]

    def not_ours(self) -> int:
        """Objects at the Gateway, not archived, that no variant here stands for."""
        row = self._do(
            "SELECT COUNT(*) FROM scratch.held WHERE NOT archived "
            "AND guid NOT IN (SELECT guid FROM variant WHERE guid IS NOT NULL)"
        )
        return int(row.fetchone()[0])

    def live_variants(self) -> int:
        return int(self._do("SELECT COUNT(*) FROM variant WHERE state = 'live'").fetchone()[0])

    def made_variants(self) -> int:
        """Variants that the Gateway has taken, whether or not it told their guids."""
        return int(self._do("SELECT COUNT(*) FROM variant WHERE state IN ('live', 'posted')").fetchone()[0])

    def held_any(self) -> bool:
        """Whether the Gateway's query showed any object."""
        return self._do("SELECT 1 FROM scratch.held LIMIT 1").fetchone() is not None

    def lose(self, product: str, variant: str) -> None:
        """Somebody deleted this variant's object at the Gateway: it has to be made anew."""
        with self.transaction():
            self._do("DELETE FROM variant WHERE product = ? AND id = ?", (product, variant))
            self._do("UPDATE product SET digest = '' WHERE id = ?", (product,))

    def see_tags(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """Tags that are at the Gateway: name, guid, type."""
        self._many("INSERT OR REPLACE INTO scratch.tag_seen VALUES (?, ?, ?)", rows)

    def tag_seen(self, name: str) -> str | None:
        row = self._do("SELECT guid FROM scratch.tag_seen WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def variant_tag_name(self, guid: str) -> str | None:
        row = self._do("SELECT name FROM scratch.tag_seen WHERE guid = ? AND type = 'variant'", (guid,)).fetchone()
        return None if row is None else str(row[0])


def _copy(origin: Path, copy: Path) -> None:
    source, target = sqlite3.connect(origin), sqlite3.connect(copy)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """SQLite's and the file system's errors as `LedgerError`, with what each usually means."""
    try:
        yield
    except sqlite3.DatabaseError as problem:
        said = str(problem)
        if "full" in said:
            cure = "Free some space where the state folder lies, then run the command again."
        elif "readonly" in said or "unable to open" in said or "permission" in said.lower():
            cure = "Give the program a writable STATE_FOLDER; in a container, mount a volume at /data."
        else:
            cure = (
                "Restore the state folder from a backup. Without one, move ledger.sqlite away and run again: the "
                "ledger is then rebuilt from what the Gateway lists."
            )
        raise LedgerError(f"The ledger {path} cannot be used: {said}.", cure) from problem
    except OSError as problem:
        raise LedgerError(
            f"The state folder {path.parent} cannot be used: {problem.strerror}.",
            "Give the program a writable STATE_FOLDER with space left; in a container, mount a volume at /data.",
        ) from problem
