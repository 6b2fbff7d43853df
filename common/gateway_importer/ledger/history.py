"""The runs of a shop, and what each of them changed: the prices, and what was there before, by which a run can be taken
back."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from gateway_importer.ledger.file import LedgerFile
from gateway_importer.report.model import OutcomeRow, PriceRow, RunRow

KEPT_RUNS = 10  # runs whose outcomes and former values are kept
KEPT_FRAMES = 1000  # runs of which it is known that they were
IMPORT, PLANNED, RETRY, UNDO = "import", "import --plan", "retry", "undo"
TRIED = (IMPORT, PLANNED, RETRY)  # runs that bring products in
MOVED = "moved_since_plan"  # the code of what a plan leaves out; to try again is to plan again
GROSZE = 100
UNKNOWN = object()  # the Gateway's query did not show what it was
# Beside the fields: what the ledger knew of the variant, the net of its price, and the object before it was deleted.
LEDGER_ROW, NET_ROW, OBJECT_ROW = "(ledger)", "(net)", "(object)"

_pack = msgspec.json.Encoder(decimal_format="number", order="deterministic").encode
_unpack = msgspec.json.Decoder(float_hook=Decimal).decode


@dataclass(frozen=True, slots=True)
class Former:
    """One field of an object as it was before a run changed it, and as it was sent. `was` is `UNKNOWN` where the query
    did not show it."""

    product: str
    variant: str
    field: str
    guid: str
    was: Any
    sent: Any


class History:
    """The runs and what each changed. Every method may raise `LedgerError`."""

    def __init__(self, file: LedgerFile) -> None:
        self._file = file

    # --- runs ------------------------------------------------------------------------------------------------

    def begin(self, command: str, *, takes_back: int | None = None) -> tuple[int, bool]:
        """A new run's number, and whether the one before it ended without saying so (killed)."""
        with self._file.transaction():
            unclean = self._file.do("UPDATE run SET state = 'broken' WHERE state = 'running'").rowcount > 0
            cursor = self._file.do(
                "INSERT INTO run (command, started, state, takes_back) VALUES (?, ?, 'running', ?)",
                (command, datetime.now(UTC).isoformat(), takes_back),
            )
            number = int(cursor.lastrowid or 0)
            self._forget(number)
        self._file.flush()
        return number, unclean

    def _forget(self, newest: int) -> None:
        """Only the last runs' outcomes are kept; unchanged products only of what this run is compared with."""
        for table in ("outcome", "notice", "former", "price_change"):
            self._file.do(f"DELETE FROM {table} WHERE run <= ?", (newest - KEPT_RUNS,))
        self._file.do("DELETE FROM run WHERE id <= ?", (newest - KEPT_FRAMES,))
        base = self.before(newest)
        if base is not None:
            self._file.do("DELETE FROM outcome WHERE outcome = 'unchanged' AND run < ?", (base,))

    def previous(self, run: int) -> int | None:
        """The number of the run before `run`, of whatever kind."""
        row = self._file.do("SELECT MAX(id) FROM run WHERE id < ?", (run,)).fetchone()
        return None if row[0] is None else int(row[0])

    def end(self, run: int, state: str, facts: Mapping[str, Any]) -> None:
        self._file.do(
            "UPDATE run SET ended = ?, state = ?, facts = ? WHERE id = ?",
            (datetime.now(UTC).isoformat(), state, json.dumps(facts), run),
        )

    def before(self, run: int) -> int | None:
        """The run that `run` is compared with: the newest whole import before it that came to its end."""
        row = self._file.do(
            "SELECT MAX(id) FROM run WHERE id < ? AND command = ? AND state = 'complete'", (run, IMPORT)
        ).fetchone()
        return None if row[0] is None else int(row[0])

    def runs(self) -> Iterator[RunRow]:
        """All runs that are known, the newest first."""
        rows = self._file.do(
            "SELECT id, command, started, ended, state, facts, takes_back, "
            "(SELECT MAX(u.id) FROM run u WHERE u.takes_back = run.id AND u.state = 'complete') "
            "FROM run ORDER BY id DESC"
        )
        for row in rows:
            facts = json.loads(row[5]) if row[5] else {}
            yield RunRow(
                run=row[0],
                command=row[1],
                started=datetime.fromisoformat(row[2]),
                ended=datetime.fromisoformat(row[3]) if row[3] else None,
                state="killed" if row[4] == "broken" and not row[3] else row[4],
                exit_code=facts.get("exit_code"),
                counts={str(name): int(count) for name, count in facts.get("counts", {}).items()},
                gateway=str(facts.get("gateway", "")),
                takes_back=row[6],
                taken_back_by=row[7],
            )

    def run(self, number: int) -> RunRow | None:
        return next((row for row in self.runs() if row.run == number), None)

    def last(self, *commands: str) -> RunRow | None:
        """The newest run that was started by one of the commands."""
        return next((row for row in self.runs() if row.command in commands), None)

    def kept(self) -> list[int]:
        """The runs whose outcomes are kept, the oldest first."""
        return sorted(int(row[0]) for row in self._file.do("SELECT id FROM run ORDER BY id DESC LIMIT ?", (KEPT_RUNS,)))

    def to_retry(self, run: int) -> Iterator[OutcomeRow]:
        """The products that failed in a run and can be tried again."""
        return self._rows("WHERE n.run = ? AND n.outcome = 'failed' AND n.code != ?", (run, MOVED))

    def fail_again(self, run: int, before: int) -> None:
        """What failed in `before` counts as failed in `run` until it has another outcome there."""
        self._file.do(
            "INSERT INTO outcome SELECT ?, product, outcome, name, code, cause, cure, rule, detail, page_url, variants "
            "FROM outcome WHERE run = ? AND outcome = 'failed' AND code != ?",
            (run, before, MOVED),
        )

    def whole(self, run: int) -> bool:
        """Whether the rows of its unchanged products are kept still."""
        newest = self._file.do("SELECT MAX(id) FROM run").fetchone()[0]
        base = self.before(int(newest))
        return base is None or run >= base

    # --- what a run changed ----------------------------------------------------------------------------------

    def remember(self, run: int, rows: Iterable[Former]) -> None:
        """What is about to be changed. Of several changes of a field in one run the first knows what it was."""
        self._file.many(
            "INSERT INTO former VALUES (?, ?, ?, ?, ?, ?, ?, NULL) "
            "ON CONFLICT (run, product, variant, field) DO UPDATE SET sent = excluded.sent",
            [
                (
                    run, row.product, row.variant, row.field, row.guid,
                    None if row.was is UNKNOWN else packed(row.was), packed(row.sent),
                )
                for row in rows
            ],
        )  # fmt: skip

    def touched(self, run: int) -> list[str]:
        """The products that a run made objects of, or changed, as far as that has not been taken back."""
        rows = self._file.do(
            "SELECT product FROM former WHERE run = ? AND taken_back IS NULL AND field NOT LIKE '(%' "
            "UNION SELECT product FROM variant WHERE made_by = ? AND state != 'archived'",
            (run, run),
        )
        return sorted((str(row[0]) for row in rows), key=lambda product: (len(product), product))

    def objects_touched(self, run: int) -> int:
        """How many objects `touched` is about."""
        row = self._file.do(
            "SELECT count(*) FROM (SELECT product, variant FROM former WHERE run = ? AND taken_back IS NULL "
            "AND field NOT LIKE '(%' UNION SELECT product, id FROM variant WHERE made_by = ? AND state != 'archived')",
            (run, run),
        ).fetchone()
        return int(row[0])

    def former(self, run: int, product: str) -> dict[str, dict[str, Former]]:
        """What a run changed of a product and what has not been taken back: variant to field to what it was."""
        rows = self._file.do(
            "SELECT product, variant, field, guid, was, sent FROM former "
            "WHERE run = ? AND product = ? AND taken_back IS NULL ORDER BY variant, field",
            (run, product),
        )
        found: dict[str, dict[str, Former]] = {}
        for row in rows:
            found.setdefault(row[1], {})[row[2]] = Former(
                row[0], row[1], row[2], row[3], unpacked(row[4]), unpacked(row[5])
            )
        return found

    def changed_later(self, run: int, product: str, variant: str) -> set[str]:
        """The fields of an object that later runs changed, as far as those were not taken back."""
        rows = self._file.do(
            "SELECT field, was, sent FROM former WHERE product = ? AND variant = ? AND run > ? AND taken_back IS NULL "
            "AND run NOT IN (SELECT id FROM run WHERE command = ?)",
            (product, variant, run, UNDO),
        )
        return {str(row[0]) for row in rows if row[1] != row[2]}

    def taken_back(self, run: int, product: str, variant: str, fields: Iterable[str], by: int) -> None:
        """These fields are as they were before `run`; the undo `by` saw to it."""
        self._file.many(
            "UPDATE former SET taken_back = ? WHERE run = ? AND product = ? AND variant = ? AND field = ?",
            [(by, run, product, variant, field) for field in fields],
        )

    def makers(self, product: str) -> dict[str, int | None]:
        """Which run created each variant's object; None: it was there before, or the ledger was rebuilt."""
        return dict(self._file.do("SELECT id, made_by FROM variant WHERE product = ?", (product,)))

    def undos_of(self, run: int) -> set[int]:
        return {int(row[0]) for row in self._file.do("SELECT id FROM run WHERE takes_back = ?", (run,))}

    def price_changed(self, run: int, row: PriceRow) -> None:
        self._file.do(
            "INSERT INTO price_change VALUES (?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (run, product, variant) DO UPDATE SET now = excluded.now",
            (run, row.product, row.variant, row.name, row.sku, int(row.was * GROSZE), int(row.now * GROSZE)),
        )

    def prices(self, run: int, *, dearer: bool) -> Iterator[PriceRow]:
        """What became more expensive (or cheaper) in a run, the largest change first."""
        sign = ">" if dearer else "<"
        rows = self._file.do(
            "SELECT product, min(variant), min(name), min(sku), was, now, count(*) FROM price_change "
            f"WHERE run = ? AND now {sign} was GROUP BY product, was, now "
            "ORDER BY abs(now - was) * 1.0 / max(was, 1) DESC, length(product), product",
            (run,),
        )
        for row in rows:
            was, now = (Decimal(amount).scaleb(-2) for amount in row[4:6])
            yield PriceRow(row[0], row[1], row[2], row[3], was, now, row[6])

    def new_failures(self, run: int, before: int) -> Iterator[OutcomeRow]:
        """Products that failed in `run` and had not failed in `before`."""
        return self._rows(
            "WHERE n.run = ? AND n.outcome = 'failed' AND NOT EXISTS (SELECT 1 FROM outcome o WHERE o.run = ? "
            "AND o.product = n.product AND o.outcome = 'failed')",
            (run, before),
        )

    def gone_failures(self, run: int, before: int) -> Iterator[OutcomeRow]:
        """Products that failed in `before` and have another outcome in `run` (the rows are those of `run`)."""
        return self._rows(
            "JOIN outcome o ON o.run = ? AND o.product = n.product AND o.outcome = 'failed' "
            "WHERE n.run = ? AND n.outcome != 'failed'",
            (before, run),
        )

    def left_out(self, run: int, before: int) -> Iterator[OutcomeRow]:
        """Products that were in after `before`, and that `run` archived or skipped."""
        return self._rows(
            "JOIN outcome o ON o.run = ? AND o.product = n.product "
            "AND o.outcome IN ('created', 'updated', 'unchanged') "
            "WHERE n.run = ? AND n.outcome IN ('archived', 'skipped')",
            (before, run),
        )

    def _rows(self, where: str, values: tuple[int, int | str]) -> Iterator[OutcomeRow]:
        rows = self._file.do(
            "SELECT n.product, n.name, n.outcome, n.code, n.cause, n.cure, n.rule, n.detail, n.page_url, n.variants "
            f"FROM outcome n {where} ORDER BY length(n.product), n.product",
            values,
        )
        for row in rows:
            yield OutcomeRow.of(row)

    def report(self) -> tuple[int, Mapping[str, Any]] | None:
        """Number and facts of the newest run that has ended."""
        row = self._file.do("SELECT id, facts FROM run WHERE facts IS NOT NULL ORDER BY id DESC LIMIT 1").fetchone()
        return None if row is None else (int(row[0]), json.loads(row[1]))


def packed(value: Any) -> bytes:
    return zlib.compress(_pack(value), 1)


def unpacked(blob: bytes | None) -> Any:
    return UNKNOWN if blob is None else _unpack(zlib.decompress(blob))
