"""report.html: a run for a person to read, self-contained and rendered row by row."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader

from gateway_importer.catalog import SkipRule
from gateway_importer.redaction import SECRETS
from gateway_importer.report.json_report import requests
from gateway_importer.report.model import Outcome, Report
from gateway_importer.report.text import verdict

LONGEST_GROUP = 200  # products shown of one cause; all are in report.json
MEANINGS = {rule.word: rule.meaning for rule in SkipRule} | {"gone": "no longer in the shop"}
EXIT_CODES = {
    0: "all well", 1: "done, but some products failed", 2: "wrong input or credentials",
    3: "stopped, or one of the two sides does not answer", 4: "another run of this shop is under way",
    5: "the ledger cannot be used", 6: "held back: one of the two sides shows what cannot be right", 70: "a mistake of this program",
}  # fmt: skip


def write_page(report: Report, path: Path) -> None:
    """Write the page beside its place, then move it there."""
    environment = Environment(loader=PackageLoader("gateway_importer.report"), autoescape=True, trim_blocks=True)
    environment.filters["link"] = _link
    facts = report.facts
    stream = environment.get_template("report.html").stream(
        facts=facts,
        verdict=verdict(facts),
        mood=_mood(report),
        counts={outcome.value: facts.counts.get(outcome, 0) for outcome in Outcome},
        seconds=round((facts.ended - facts.started).total_seconds(), 1),
        failures=_groups(lambda: report.outcomes(Outcome.FAILED), lambda row: row.code),
        skipped=_groups(lambda: report.outcomes(Outcome.SKIPPED), lambda row: row.rule),
        archived=_groups(lambda: report.outcomes(Outcome.ARCHIVED), lambda row: row.rule),
        notices=_groups(report.notices, lambda row: row.code),
        requests=requests(facts.traffic, sum(facts.counts.values())),
        samples=report.samples,
        meanings=MEANINGS,
        exit_meaning=EXIT_CODES.get(facts.exit_code, ""),
    )
    temporary = path.with_name(path.name + ".new")
    with temporary.open("w", encoding="utf-8", errors="replace") as file:
        for piece in stream:
            file.write(SECRETS.redact(piece))
    os.replace(temporary, path)


def _mood(report: Report) -> str:
    if report.facts.state != "complete" or report.facts.audit_agrees is False:
        return "bad"
    return "mixed" if report.facts.counts.get(Outcome.FAILED, 0) else "good"


def _groups(
    rows: Callable[[], Iterable[Any]], key: Callable[[Any], str]
) -> list[tuple[str, int, Callable[[], Iterator[Any]]]]:
    """Name, size and the first rows of each group, the largest first. Rows are read anew for each group, so that
    none is held."""
    sizes = Counter(key(row) for row in rows())

    def first(name: str) -> Callable[[], Iterator[Any]]:
        return lambda: itertools.islice((row for row in rows() if key(row) == name), LONGEST_GROUP)

    return [(name, size, first(name)) for name, size in sizes.most_common()]


def _link(address: str) -> str:
    return address if urlsplit(address).scheme in {"http", "https"} else ""
