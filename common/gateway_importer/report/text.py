"""The end of a run as text for standard output."""

from __future__ import annotations

import itertools
import textwrap
from pathlib import Path

from gateway_importer.report.model import Outcome, Report, RunFacts

SHOWN = 15  # failures


def verdict(facts: RunFacts) -> str:
    """The run in one sentence."""
    counts = {outcome: facts.counts.get(outcome, 0) for outcome in Outcome}
    inside = counts[Outcome.CREATED] + counts[Outcome.UPDATED] + counts[Outcome.UNCHANGED]
    total = sum(counts.values()) - counts[Outcome.ARCHIVED]
    would = facts.command == "preview"
    said = f"{inside} of {total} products {'would be' if would else 'are'} in"
    if counts[Outcome.FAILED]:
        said += f"; {counts[Outcome.FAILED]} {'would fail' if would else 'failed'}"
    if counts[Outcome.SKIPPED]:
        said += f"; {counts[Outcome.SKIPPED]} {'are' if would else 'were'} skipped by rule"
    if counts[Outcome.ARCHIVED]:
        said += f"; {counts[Outcome.ARCHIVED]} {'would be' if would else 'were'} archived"
    if facts.state == "stopped":
        return f"The run was stopped: {said} so far."
    if facts.state == "broken":
        return f"The run could not be finished: {said} so far."
    return said + "."


def summary_text(report: Report, html: Path | None) -> str:
    """Totals, the first failures with cause and cure, warnings, and where the report page is."""
    facts = report.facts
    seconds = (facts.ended - facts.started).total_seconds()
    lines = [verdict(facts), ""]
    lines += [f"  {outcome.value:<10}{facts.counts.get(outcome, 0):>7}" for outcome in Outcome]
    lines.append("")
    pictures = facts.totals.get("images_transferred", 0)
    lines.append(f"  {pictures} pictures transferred ({facts.totals.get('image_bytes', 0) / 1e6:.1f} MB), {seconds:.0f} s.")
    for host in facts.traffic:
        lines.append(f"  {host.name}: {host.requests} requests ({', '.join(f'{n} {k}' for k, n in host.kinds.items())}).")
    failures = list(itertools.islice(report.outcomes(Outcome.FAILED), SHOWN))
    if failures:
        lines += ["", "Failed:"]
        for row in failures:
            lines += _wrapped(f"{row.product} {row.name}: {row.cause}", "  ", "    ")
            lines += _wrapped(f"What to do: {row.cure}", "    ", "      ")
        more = facts.counts.get(Outcome.FAILED, 0) - len(failures)
        if more > 0:
            lines.append(f"  … and {more} more, in the report.")
    if facts.warnings:
        lines += ["", "To know:"]
        for warning in facts.warnings:
            lines += _wrapped(warning, "  - ", "    ")
    if facts.error:
        lines += ["", facts.error]
    if html is not None:
        lines += ["", f"Report: {html}"]
    return "\n".join(lines)


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(" ".join(text.split()), 80, initial_indent=first, subsequent_indent=rest) or [first]
