"""A report's rows counted and grouped in one pass. Of each group only the first rows are kept, so a digest is
as small for a hundred thousand products as for a thousand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from gateway_importer.report.model import Comparison, NoticeRow, Outcome, OutcomeRow, PriceRow, Report
from gateway_importer.report.wording import one_line

KEPT = 200  # rows of a group; the rest is in report.json
MOST_GROUPS = 60  # groups of one kind; cures that name the product itself would make one for each
OTHER = "other"
LONGEST_NAME = 200  # characters
LONGEST_TEXT = 1200  # characters; a server's error page quoted as a cause can be long

Row = TypeVar("Row", OutcomeRow, NoticeRow)
Listed = TypeVar("Listed")


@dataclass(slots=True)
class Group(Generic[Row]):
    """Rows that belong together: by `code` and `cure` for failures, by rule or code for the others.

    `cause` is what all of them have in common, ``""`` where each has its own.
    """

    code: str
    cure: str = ""
    cause: str = ""
    total: int = 0
    rows: list[Row] = field(default_factory=list)

    @property
    def rest(self) -> int:
        return self.total - len(self.rows)


@dataclass(frozen=True, slots=True)
class First(Generic[Listed]):
    """The first rows of a list, and how many there are in all."""

    rows: Sequence[Listed]
    total: int

    @property
    def rest(self) -> int:
        return self.total - len(self.rows)


@dataclass(frozen=True, slots=True)
class Compared:
    """What changed since the whole import before, see `model.Comparison`."""

    with_run: Comparison
    dearer: First[PriceRow]
    cheaper: First[PriceRow]
    left_out: First[OutcomeRow]
    new_failures: First[OutcomeRow]
    gone_failures: First[OutcomeRow]


@dataclass(frozen=True, slots=True)
class Digest:
    """What the readers of a report look for first; groups are sorted with the largest first.

    `counted` are the rows by outcome as they were read, `differences` says where they are not what the run
    counted. `restored` are the products that an undo gave back as they were, None for any other run.
    """

    failed: Sequence[Group[OutcomeRow]]
    skipped: Sequence[Group[OutcomeRow]]
    archived: Sequence[Group[OutcomeRow]]
    notices: Sequence[Group[NoticeRow]]
    skipped_by_rule: Mapping[str, int]
    notices_by_code: Mapping[str, int]
    counted: Mapping[Outcome, int]
    differences: tuple[str, ...] = ()
    compared: Compared | None = None
    restored: First[OutcomeRow] | None = None


class _Groups(Generic[Row]):
    """Groups while they are filled; `small` makes a row that is kept fit to be kept."""

    def __init__(self, small: Callable[[Row], Row]) -> None:
        self._small: Callable[[Row], Row] = small
        self._groups: dict[tuple[str, str], Group[Row]] = {}
        self.by_code: Counter[str] = Counter()

    def add(self, row: Row, code: str, *, cure: str = "", cause: str = "") -> None:
        self.by_code[code] += 1
        key = (code, cure)
        group = self._groups.get(key)
        if group is None and len(self._groups) >= MOST_GROUPS:
            key = (OTHER, "")
            group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(key[0], one_line(key[1], LONGEST_TEXT), cause)
        elif group.cause != cause:
            group.cause = ""
        group.total += 1
        if len(group.rows) < KEPT:
            group.rows.append(self._small(row))

    def sorted(self) -> list[Group[Row]]:
        for group in self._groups.values():
            group.cause = one_line(group.cause, LONGEST_TEXT)
        return sorted(self._groups.values(), key=lambda group: (group.code == OTHER, -group.total, group.code))


def digest_of(report: Report) -> Digest:
    """Read all rows once."""
    counts: Counter[Outcome] = Counter()
    groups: dict[Outcome, _Groups[OutcomeRow]] = {outcome: _Groups(_small) for outcome in Outcome}
    for outcome in Outcome:
        for row in report.outcomes(outcome):
            counts[outcome] += 1
            if outcome is Outcome.FAILED:
                groups[outcome].add(row, row.code or OTHER, cure=row.cure, cause=row.cause)
            elif outcome in {Outcome.SKIPPED, Outcome.ARCHIVED}:
                groups[outcome].add(row, row.rule)
    notices: _Groups[NoticeRow] = _Groups(_small_notice)
    for notice in report.notices():
        notices.add(notice, notice.code or OTHER, cause=notice.text)
    differences = tuple(
        f"The run counted {stated} products as {outcome.value}, but {counts[outcome]} are listed."
        for outcome in Outcome
        if (stated := report.facts.counts.get(outcome, 0)) != counts[outcome]
    )
    return Digest(
        failed=groups[Outcome.FAILED].sorted(),
        skipped=groups[Outcome.SKIPPED].sorted(),
        archived=groups[Outcome.ARCHIVED].sorted(),
        notices=notices.sorted(),
        skipped_by_rule=dict(groups[Outcome.SKIPPED].by_code.most_common()),
        notices_by_code=dict(notices.by_code.most_common()),
        counted=counts,
        differences=differences,
        compared=None if report.compared is None else _compared(report.compared),
        restored=(None if report.facts.takes_back is None else _first(map(_small, report.outcomes(Outcome.UPDATED)))),
    )


def _compared(comparison: Comparison) -> Compared:
    return Compared(
        comparison,
        dearer=_first(map(_small_price, comparison.dearer())),
        cheaper=_first(map(_small_price, comparison.cheaper())),
        left_out=_first(map(_small, comparison.left_out())),
        new_failures=_first(map(_small, comparison.new_failures())),
        gone_failures=_first(map(_small, comparison.gone_failures())),
    )


def _first(rows: Iterable[Listed]) -> First[Listed]:
    kept: list[Listed] = []
    total = 0
    for total, row in enumerate(rows, start=1):
        if total <= KEPT:
            kept.append(row)
    return First(kept, total)


def _small(row: OutcomeRow) -> OutcomeRow:
    return replace(
        row,
        name=one_line(row.name, LONGEST_NAME),
        cause=one_line(row.cause, LONGEST_TEXT),
        cure=one_line(row.cure, LONGEST_TEXT),
        detail=one_line(row.detail, LONGEST_TEXT),
    )


def _small_price(row: PriceRow) -> PriceRow:
    return replace(row, name=one_line(row.name, LONGEST_NAME), sku=one_line(row.sku, LONGEST_NAME))


def _small_notice(row: NoticeRow) -> NoticeRow:
    return replace(row, name=one_line(row.name, LONGEST_NAME), text=one_line(row.text, LONGEST_TEXT))
