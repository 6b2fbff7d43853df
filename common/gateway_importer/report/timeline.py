"""The runs of a shop as lines of text: what ran when, how it ended, and what became of the products."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway_importer.report.model import Outcome, RunRow
from gateway_importer.report.wording import duration, moment, number

HEADINGS = ("run", "started", "command", "ended", "exit", *(outcome.value for outcome in Outcome), "took")
WIDTHS = (5, 23, 13, 20, 4, *(max(9, len(outcome.value)) for outcome in Outcome), 12)
WORDS = {1, 2, 3}  # columns of words; numbers stand to the right


def timeline(runs: Iterable[RunRow]) -> Iterator[str]:
    """A heading, and a line a run, without line ends."""
    yield _line(HEADINGS)
    for run in runs:
        counts = [number(run.counts[outcome.value]) if run.counts else "" for outcome in Outcome]
        yield _line((
            str(run.run),
            moment(run.started),
            run.command if run.takes_back is None else f"{run.command} of {run.takes_back}",
            run.state if run.taken_back_by is None else f"{run.state}, undone by {run.taken_back_by}",
            "" if run.exit_code is None else str(run.exit_code),
            *counts,
            "" if run.ended is None else duration((run.ended - run.started).total_seconds()),
        ))  # fmt: skip


def _line(cells: Iterable[str]) -> str:
    return "  ".join(
        cell.ljust(width) if place in WORDS else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, WIDTHS, strict=True))
    ).rstrip()
