"""What has to be read again of a shop whose change dates are trusted: what its dates name, what moved without moving
a date, and what is not settled. The rest keeps the outcome it had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from hashlib import blake2b

from gateway_importer.ledger.file import LedgerFile

DIGEST_BYTES = 6  # so that the sum over some thousand rows of one product stays within SQLite's 63 bits
EVERYTHING = ""  # the id under which what concerns all products is kept


class Movements:
    """The movements of one shop. Every method may raise `LedgerError`."""

    def __init__(self, file: LedgerFile) -> None:
        self._file = file

    def forget(self) -> None:
        self._file.do("DELETE FROM scratch.moving")
        self._file.do("DELETE FROM scratch.due")

    def note(self, facts: Iterable[tuple[str, bytes]]) -> None:
        """Rows as the shop shows them now, by product; in whatever order, in pieces of any size."""
        sums: dict[str, int] = defaultdict(int)
        for product, fact in facts:
            sums[product] += int.from_bytes(blake2b(fact, digest_size=DIGEST_BYTES).digest(), "big")
        self._file.many(
            "INSERT INTO scratch.moving VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET sum = sum + excluded.sum",
            sums.items(),
        )

    def everything_moved(self) -> bool:
        """Whether something that concerns all products is not as it was."""
        return self._file.do("SELECT 1 FROM moved WHERE id = ?", (EVERYTHING,)).fetchone() is not None

    def keep(self) -> None:
        """What moves now is what was brought in; said at the end of a complete run."""
        with self._file.transaction():
            # Few differ from one night to the next.
            self._file.do("DELETE FROM moving WHERE id NOT IN (SELECT id FROM scratch.moving)")
            self._file.do(
                "INSERT OR REPLACE INTO moving SELECT id, sum FROM scratch.moving EXCEPT SELECT id, sum FROM moving"
            )

    def is_due(self, products: Iterable[str]) -> None:
        """The shop's change dates name these."""
        self._file.many("INSERT OR IGNORE INTO scratch.due VALUES (?)", [(product,) for product in products])

    def due(self, basis: int) -> list[str]:
        """Every product that has to be read: also what moved, what the run `basis` knows nothing good of, and what is
        half done."""
        with self._file.transaction():
            self._file.do("INSERT OR IGNORE INTO scratch.due SELECT id FROM moved WHERE id != ?", (EVERYTHING,))
            self._file.do(
                "INSERT OR IGNORE INTO scratch.due SELECT id FROM scratch.shop_id WHERE id NOT IN "
                "(SELECT product FROM outcome WHERE run = ? AND outcome != 'failed')",
                (basis,),
            )
            self._file.do(
                "INSERT OR IGNORE INTO scratch.due SELECT DISTINCT product FROM variant "
                "WHERE state IN ('intended', 'posted', 'leaving') OR doomed IS NOT NULL"
            )
            self._file.do(
                "INSERT OR IGNORE INTO scratch.due SELECT p.id FROM product p JOIN outcome o ON o.product = p.id "
                "AND o.run = ? AND o.outcome IN ('created', 'updated', 'unchanged') WHERE p.digest = ''",
                (basis,),
            )
            self._file.do("DELETE FROM scratch.due WHERE id NOT IN (SELECT id FROM scratch.shop_id)")
        return [str(row[0]) for row in self._file.do("SELECT id FROM scratch.due ORDER BY length(id), id")]

    def carry_over(self, basis: int, run: int) -> int:
        """Products that need not be read keep the outcome of the run `basis`: what was brought in then is unchanged,
        what a rule left out is left out. Returns how many they are."""
        return self._file.do(
            "INSERT OR IGNORE INTO outcome SELECT ?, product, "
            "CASE WHEN outcome IN ('created', 'updated') THEN 'unchanged' WHEN outcome = 'archived' THEN 'skipped' "
            "ELSE outcome END, name, code, cause, cure, rule, "
            "CASE WHEN outcome IN ('created', 'updated') THEN '' ELSE detail END, page_url, variants FROM outcome "
            "WHERE run = ? AND product IN (SELECT id FROM scratch.shop_id) "
            "AND product NOT IN (SELECT id FROM scratch.due)",
            (run, basis),
        ).rowcount
