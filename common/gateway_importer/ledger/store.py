"""The ledger itself: opening it, and everything the pipeline asks or tells it."""

from __future__ import annotations

import json
import math
import time
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from gateway_importer.errors import LedgerError
from gateway_importer.ledger.file import LedgerFile, copy_database, form_of, remove_database
from gateway_importer.ledger.history import History
from gateway_importer.ledger.lock import FolderLock
from gateway_importer.ledger.movements import Movements
from gateway_importer.ledger.outcomes import Outcomes
from gateway_importer.ledger.parked import Parked
from gateway_importer.ledger.schema import VERSION
from gateway_importer.ledger.sides import Sides

FILE = "ledger.sqlite"
IDS_AT_ONCE = 500  # in one question
MOST_UNDER_WAY = 500  # products whose variants are kept at hand
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
    gross: Decimal | None = None  # the price as it was last sent


@dataclass(frozen=True, slots=True)
class KnownTag:
    """A variant tag's name that belongs to a product. `state` is sent or ours."""

    name: str
    product: str
    state: str
    guid: str | None


@dataclass(frozen=True, slots=True)
class KnownImage:
    """A picture that was placed (`address`) or could not be had (`fault`: code, cause, cure), in `faults` runs in a
    row."""

    address: str | None
    size: int
    fault: tuple[str, str, str] | None
    at: float
    faults: int


class Ledger:
    """One shop's ledger, open. Every method may raise `LedgerError` (disk full, damaged)."""

    def __init__(
        self,
        folder: Path,
        *,
        identity: Mapping[str, str] | None,
        accept_change: bool = False,
        dry: bool = False,
        reading: bool = False,
    ) -> None:
        """Open or make the ledger in `folder`. `dry`: work on a copy that is thrown away. `reading`: only look,
        without the folder's lock, also while a run is under way; where there is none, an empty one.

        `identity` has the keys of `IDENTITY`; another shop's ledger raises, unless `accept_change`.
        None: only its past runs are asked for.
        """
        self.folder = folder
        path = folder / FILE
        self.fresh = not path.exists()
        self._copy = folder / "preview.sqlite" if dry else None
        self._scratch = folder / (f"reading-{uuid.uuid4().hex}.sqlite" if reading else "scratch.sqlite")
        self._remove_scratch()
        if self._copy is not None:
            if not self.fresh:
                copy_database(path, self._copy)
            path = self._copy
        if reading:
            self._bring_up_to_date(path)
        self.file = LedgerFile(path, self._scratch, reading=reading)
        self.history = History(self.file)
        self.outcomes = Outcomes(self.file)
        self.sides = Sides(self.file)
        self.movements = Movements(self.file)
        self.parked = Parked(self.file)
        # Each is asked for several times between its page and its outcome; whatever writes a variant forgets it here.
        # Who only reads keeps none: another process writes.
        self._under_way: dict[str, dict[str, Known]] = {}
        self._most_under_way = 0 if reading else MOST_UNDER_WAY
        self.file.rolled_back = self._under_way.clear
        if identity is not None:
            self._claim(identity, accept_change, keep=not reading)

    def _bring_up_to_date(self, path: Path) -> None:
        """What an older version wrote has to be given today's form first, which only one may do at a time."""
        if 0 < form_of(path) < VERSION:
            with FolderLock(self.folder):
                LedgerFile(path, self._scratch).close()
            self._remove_scratch()

    def _claim(self, identity: Mapping[str, str], accept_change: bool, *, keep: bool) -> None:
        """The ledger belongs to `identity` from now on (`keep`). One that nothing was imported with belongs to nobody
        yet."""
        differing: list[str] = []
        if self.file.do("SELECT 1 FROM variant LIMIT 1").fetchone() is not None:
            for key, label in IDENTITY.items():
                known = self.meta(key)
                changeable = accept_change and key not in {"shop_guid", "family"}
                if known is not None and known != identity[key] and not changeable:
                    differing.append(f"{label}: '{known}' then, '{identity[key]}' now")
        if not differing:
            if keep:
                with self.file.transaction():
                    for key in IDENTITY:
                        self.set_meta(key, identity[key])
                self.file.flush()
        else:
            self.close()
            raise LedgerError(
                f"The ledger in {self.folder} belongs to another import ({'; '.join(differing)}). "
                "Going on would rewrite or double the whole shop.",
                "Use the settings of then. If the change is meant, run once with ACCEPT_CHANGE=yes; for another "
                "shop guid or kind of shop, use another STATE_FOLDER.",
            )

    def _remove_scratch(self) -> None:
        """What a killed run left behind."""
        for path in [self._scratch, *([self._copy] if self._copy else [])]:
            remove_database(path)

    def close(self) -> None:
        self.file.close()
        self._remove_scratch()

    # --- small facts -----------------------------------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        row = self.file.do("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        self.file.do("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    # --- products and variants -------------------------------------------------------------------------------

    def digest(self, product: str) -> str:
        row = self.file.do("SELECT digest FROM product WHERE id = ?", (product,)).fetchone()
        return "" if row is None else str(row[0])

    def finish_product(
        self, product: str, name: str, digest: str, seen: bytes | None = None, echo: bytes | None = None
    ) -> None:
        """All that `digest` covers is at the Gateway. `seen`, `echo`: see `as_before`."""
        self.file.do(
            "INSERT INTO product (id, name, digest, seen, echo) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET name = excluded.name, digest = excluded.digest, seen = excluded.seen, "
            "echo = excluded.echo",
            (product, name, digest, seen, echo),
        )

    def as_before(self, product: str, seen: bytes) -> bytes | None:
        """The `echo` with which a product was finished, if it was `seen` just so then and is at the Gateway whole."""
        row = self.file.do(
            "SELECT echo FROM product WHERE id = ? AND seen = ? AND digest != ''", (product, seen)
        ).fetchone()
        return None if row is None else row[0]

    def touch_product(self, product: str, name: str) -> None:
        """The product exists here; what is at the Gateway may be anything until `finish_product`."""
        self.finish_product(product, name, "")

    def variants(self, product: str) -> dict[str, Known]:
        """What is known of a product's variants, by id: a fresh dictionary."""
        found = self._under_way.get(product)
        if found is None:
            found = {known.id: known for _, known in self._variants("WHERE product = ?", (product,))}
            if len(self._under_way) >= self._most_under_way:
                self._under_way.clear()
            if self._most_under_way:
                self._under_way[product] = found
        return dict(found)

    def variants_in(self, *states: str) -> Iterator[tuple[str, Known]]:
        marks = ", ".join("?" * len(states))
        return self._variants(f"WHERE state IN ({marks})", states)

    def _variants(self, where: str, values: Sequence[Any]) -> Iterator[tuple[str, Known]]:
        cursor = self.file.do(
            "SELECT product, id, state, guid, sku, own_sku, name, intended_at, fields, images, tags, doomed, "
            "gross "
            f"FROM variant {where}",
            values,
        )
        for row in cursor:
            yield (
                row[0],
                Known(
                    row[1], row[2], row[3], row[4], row[5], row[6], row[7],
                    json.loads(row[8]), tuple(json.loads(row[9])), tuple(json.loads(row[10])), row[11],
                    None if row[12] is None else Decimal(row[12]),
                ),
            )  # fmt: skip

    def intend(self, product: str, variants: Iterable[Known], run: int) -> None:
        """These are about to be created. Written before the request goes out; raises `RunActive` where another run
        has taken this one's place."""
        self._under_way.pop(product, None)
        now = time.time()
        rows = [
            (
                product, known.id, known.sku, known.own_sku, known.name, now,
                json.dumps(dict(known.fields)), json.dumps(known.images), json.dumps(known.tags), known.doomed, run,
                _text(known.gross),
            )
            for known in variants
        ]  # fmt: skip
        with self.file.transaction():
            self.file.check_lease()
            self.file.many(
                "INSERT OR REPLACE INTO variant (product, id, state, guid, sku, own_sku, name, intended_at, fields, "
                "images, tags, doomed, made_by, gross) VALUES (?, ?, 'intended', NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )

    def made(self, product: str, guids: Mapping[str, str | None]) -> None:
        """These variants were created; a guid is None where the answer did not tell it."""
        self._under_way.pop(product, None)
        with self.file.transaction():
            self.file.many(
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
        self._under_way.pop(product, None)
        self.file.many("DELETE FROM variant WHERE product = ? AND id = ?", [(product, variant) for variant in variants])

    def buried(self, product: str, variant: str) -> None:
        """The former object of a replaced variant is deleted."""
        self._under_way.pop(product, None)
        self.file.do("UPDATE variant SET doomed = NULL WHERE product = ? AND id = ?", (product, variant))

    def changed(self, product: str, known: Known) -> None:
        """The variant is at the Gateway as `known` says (state, digests, images, tags); its product is to be
        looked at whole until `finish_product`."""
        self._under_way.pop(product, None)
        self.file.do("UPDATE product SET digest = '' WHERE id = ?", (product,))
        self.file.do(
            "UPDATE variant SET state = ?, name = ?, sku = ?, own_sku = ?, fields = ?, images = ?, tags = ?, "
            "gross = ? WHERE product = ? AND id = ?",
            (
                known.state, known.name, known.sku, known.own_sku, json.dumps(dict(known.fields)),
                json.dumps(known.images), json.dumps(known.tags), _text(known.gross), product, known.id,
            ),
        )  # fmt: skip

    def archived(self, product: str, variant: str) -> None:
        self._under_way.pop(product, None)
        self.file.do("UPDATE variant SET state = 'archived' WHERE product = ? AND id = ?", (product, variant))
        self.file.do("UPDATE product SET digest = '' WHERE id = ?", (product,))

    def restore(self, product: str, name: str, known: Known) -> None:
        """A variant that the Gateway shows as ours, or that is adopted."""
        self._under_way.pop(product, None)
        with self.file.transaction():
            self.file.do("INSERT OR IGNORE INTO product (id, name) VALUES (?, ?)", (product, name))
            self.file.do(
                "INSERT OR REPLACE INTO variant (product, id, state, guid, sku, own_sku, name, fields, images, tags, "
                "gross) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    product, known.id, known.state, known.guid, known.sku, known.own_sku, known.name,
                    json.dumps(dict(known.fields)), json.dumps(known.images), json.dumps(known.tags),
                    _text(known.gross),
                ),
            )  # fmt: skip

    def sku_holders(self, sku: str) -> list[tuple[str, str]]:
        """The variants (product, variant) that hold a SKU: archived ones, and ones whose product the shop no
        longer lists, hold none."""
        rows = self.file.do(
            "SELECT product, id FROM variant WHERE sku = ? AND state != 'archived' AND "
            "(NOT EXISTS (SELECT 1 FROM scratch.shop_id) OR product IN (SELECT id FROM scratch.shop_id))",
            (sku,),
        )
        return [(str(row[0]), str(row[1])) for row in rows]

    def is_another(self, guid: str, product: str, variant: str) -> bool:
        """Whether an object is known to be another variant's."""
        rows = self.file.do("SELECT product, id FROM variant WHERE guid = ?", (guid,))
        return any((row[0], row[1]) != (product, variant) for row in rows)

    def in_use(self) -> bool:
        """Whether a run holds the lease, as far as can be seen from here."""
        row = self.file.do("SELECT expires FROM lease").fetchone()
        return row is not None and float(row[0]) > time.time()

    def live_after(self, product: str, variant: str, count: int) -> list[tuple[str, Known]]:
        """The next `count` live variants by product and id, as they are at this moment."""
        where = "WHERE state = 'live' AND (product, id) > (?, ?) ORDER BY product, id LIMIT ?"
        return list(self._variants(where, (product, variant, count)))

    def variant_now(self, product: str, variant: str) -> Known | None:
        """One variant as it is at this moment, whoever wrote it."""
        return next((known for _, known in self._variants("WHERE product = ? AND id = ?", (product, variant))), None)

    def live_products(self) -> int:
        row = self.file.do("SELECT COUNT(DISTINCT product) FROM variant WHERE state != 'archived'")
        return int(row.fetchone()[0])

    def live_variants(self) -> int:
        return int(self.file.do("SELECT COUNT(*) FROM variant WHERE state = 'live'").fetchone()[0])

    def made_variants(self) -> int:
        """Variants that the Gateway has taken, whether or not it told their guids."""
        return int(self.file.do("SELECT COUNT(*) FROM variant WHERE state IN ('live', 'posted')").fetchone()[0])

    def elsewhere(self, product: str, variants: Sequence[str]) -> dict[str, str]:
        """Variants of these ids that other products have: variant to product."""
        found: dict[str, str] = {}
        for start in range(0, len(variants), IDS_AT_ONCE):
            piece = variants[start : start + IDS_AT_ONCE]
            marks = ", ".join("?" * len(piece))
            rows = self.file.do(
                f"SELECT id, product FROM variant WHERE id IN ({marks}) AND id != '' AND product != ? "
                "AND id NOT IN (SELECT id FROM variant WHERE product = ?)",
                (*piece, product, product),
            )
            found |= {str(row[0]): str(row[1]) for row in rows}
        return found

    def move(self, variants: Collection[str], before: str, product: str, name: str) -> None:
        """These variants are another product's now; their objects stay what they are. Where nothing is left of the
        former product, its tag goes with them; else they get another one."""
        self._under_way.pop(before, None)
        self._under_way.pop(product, None)
        with self.file.transaction():
            self.file.do("INSERT OR IGNORE INTO product (id, name) VALUES (?, ?)", (product, name))
            # Both are to be looked at whole, whatever the shop says.
            self.file.do(
                "UPDATE product SET digest = '', seen = NULL, echo = NULL WHERE id IN (?, ?)", (before, product)
            )
            self.file.many(
                "UPDATE variant SET product = ? WHERE product = ? AND id = ?",
                [(product, before, variant) for variant in variants],
            )
            left = self.file.do(
                "SELECT 1 FROM variant WHERE product = ? AND state != 'archived' LIMIT 1", (before,)
            ).fetchone()
            if left is None and self.tag_of(product) is None:
                self.file.do("UPDATE tag SET product = ? WHERE product = ?", (product, before))
            else:
                self.file.many(
                    "UPDATE variant SET fields = json_remove(fields, '$.tags') WHERE product = ? AND id = ?",
                    [(product, variant) for variant in variants],
                )

    def lose(self, product: str, variant: str) -> None:
        """Somebody deleted this variant's object at the Gateway: it has to be made anew."""
        self._under_way.pop(product, None)
        with self.file.transaction():
            self.file.do("DELETE FROM variant WHERE product = ? AND id = ?", (product, variant))
            self.file.do("UPDATE product SET digest = '' WHERE id = ?", (product,))

    def some_products(self, share: float) -> list[str]:
        """A random share (0 to 1) of the products that are at the Gateway, rounded up."""
        count = math.ceil(self.live_products() * share)
        return list(self.sample_products(count))

    def sample_products(self, count: int | None) -> set[str]:
        """At most `count` products that are at the Gateway, by chance; None: all of them."""
        rows = self.file.do(
            "SELECT product FROM (SELECT DISTINCT product FROM variant WHERE state = 'live') ORDER BY random() LIMIT ?",
            (-1 if count is None else count,),
        )
        return {str(row[0]) for row in rows}

    def product_name(self, product: str) -> str:
        row = self.file.do("SELECT name FROM product WHERE id = ?", (product,)).fetchone()
        return "" if row is None else str(row[0])

    # --- tags ------------------------------------------------------------------------------------------------

    def tag_of(self, product: str) -> KnownTag | None:
        row = self.file.do("SELECT name, product, state, guid FROM tag WHERE product = ?", (product,)).fetchone()
        return None if row is None else KnownTag(*row)

    def tag_named(self, name: str) -> KnownTag | None:
        row = self.file.do("SELECT name, product, state, guid FROM tag WHERE name = ?", (name,)).fetchone()
        return None if row is None else KnownTag(*row)

    def reserve_tag(self, name: str, product: str) -> None:
        """The name is this product's from now on; written before the tag is posted."""
        self.file.do(
            "INSERT OR REPLACE INTO tag (name, product, state, guid) VALUES (?, ?, 'sent', NULL)", (name, product)
        )

    def own_tag(self, name: str, product: str, guid: str) -> None:
        self.file.do(
            "INSERT OR REPLACE INTO tag (name, product, state, guid) VALUES (?, ?, 'ours', ?)", (name, product, guid)
        )

    def drop_tag(self, name: str) -> None:
        self.file.do("DELETE FROM tag WHERE name = ?", (name,))

    def lose_tag(self, product: str) -> None:
        """Somebody deleted the product's tag at the Gateway: it has to be made anew, and given to all its variants."""
        self._under_way.pop(product, None)
        with self.file.transaction():
            self.file.do("DELETE FROM tag WHERE product = ?", (product,))
            self.file.do("UPDATE variant SET fields = json_remove(fields, '$.tags') WHERE product = ?", (product,))

    # --- images ----------------------------------------------------------------------------------------------

    def image(self, way: str, key: str) -> KnownImage | None:
        row = self.file.do(
            "SELECT address, size, fault, at, faults FROM image WHERE way = ? AND key = ?", (way, key)
        ).fetchone()
        if row is None:
            return None
        fault = None if row[2] is None else tuple(json.loads(row[2]))
        return KnownImage(row[0], row[1], fault, row[3], row[4])

    def image_placed(self, way: str, key: str, address: str, size: int) -> None:
        self.file.do(
            "INSERT OR REPLACE INTO image VALUES (?, ?, ?, ?, NULL, ?, 0)", (way, key, address, size, time.time())
        )

    def image_missing(self, way: str, key: str, fault: tuple[str, str, str]) -> None:
        self.file.do(
            "INSERT INTO image VALUES (?, ?, NULL, 0, ?, ?, 1) ON CONFLICT (way, key) DO UPDATE "
            "SET address = NULL, size = 0, fault = excluded.fault, at = excluded.at, faults = faults + 1",
            (way, key, json.dumps(fault), time.time()),
        )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)
