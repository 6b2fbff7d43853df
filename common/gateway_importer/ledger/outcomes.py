"""What became of each product in a run, and what was noticed about it."""

from __future__ import annotations

from collections.abc import Iterator

from gateway_importer.ledger.file import LedgerFile
from gateway_importer.report.model import NoticeRow, Outcome, OutcomeRow


class Outcomes:
    """The outcomes and notices of the runs. Every method may raise `LedgerError`."""

    def __init__(self, file: LedgerFile) -> None:
        self._file = file

    def record(self, run: int, row: OutcomeRow) -> None:
        """A product's outcome in this run; a later one takes its place."""
        self._file.do(
            "INSERT OR REPLACE INTO outcome VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                run, row.product, row.outcome.value, row.name, row.code, row.cause, row.cure, row.rule, row.detail,
                row.page_url, row.variants,
            ),
        )  # fmt: skip

    def outcome(self, run: int, product: str) -> Outcome | None:
        row = self._file.do("SELECT outcome FROM outcome WHERE run = ? AND product = ?", (run, product)).fetchone()
        return None if row is None else Outcome(row[0])

    def rows(self, run: int, outcome: Outcome) -> Iterator[OutcomeRow]:
        rows = self._file.do(
            "SELECT product, name, outcome, code, cause, cure, rule, detail, page_url, variants FROM outcome "
            "WHERE run = ? AND outcome = ? ORDER BY length(product), product",
            (run, outcome.value),
        )
        for row in rows:
            yield OutcomeRow.of(row)

    def counts(self, run: int) -> dict[Outcome, int]:
        found = dict(self._file.do("SELECT outcome, COUNT(*) FROM outcome WHERE run = ? GROUP BY outcome", (run,)))
        return {outcome: int(found.get(outcome.value, 0)) for outcome in Outcome}

    def add_notice(self, run: int, row: NoticeRow) -> None:
        self._file.do("INSERT INTO notice VALUES (?, ?, ?, ?, ?)", (run, row.product, row.name, row.code, row.text))

    def notices(self, run: int) -> Iterator[NoticeRow]:
        for row in self._file.do("SELECT product, name, code, text FROM notice WHERE run = ? ORDER BY rowid", (run,)):
            yield NoticeRow(*row)
