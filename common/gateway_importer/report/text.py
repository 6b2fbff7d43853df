"""The end of a run as text for standard output: how it went, the first failures with their cures, where to look."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from gateway_importer.report.digest import OTHER, Compared, Digest, Group, digest_of
from gateway_importer.report.json_report import payload_text
from gateway_importer.report.model import Outcome, OutcomeRow, Report
from gateway_importer.report.verdict import PREVIEW, Tone, in_shop, verdict
from gateway_importer.report.wording import (
    code_title,
    counted,
    duration,
    exit_meaning,
    number,
    one_line,
    printable,
    rule_meaning,
    total_shown,
)

WIDTH = 80  # columns
CAUSES_SHOWN = 8
PRODUCTS_SHOWN = 4  # of each cause
WARNINGS_SHOWN = 10
SAMPLES_SHOWN = 3

_COLOURS = {Tone.GOOD: "\x1b[1;32m", Tone.MIXED: "\x1b[1;33m", Tone.BAD: "\x1b[1;31m"}
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


def summary_text(
    report: Report, page: Path | None = None, digest: Digest | None = None, *, colour: bool = False, width: int = WIDTH
) -> str:
    """The run in a screenful, without a line end. `page` is report.html, None where none was written."""
    blocks = (list(block) for block in _blocks(report, page, digest or digest_of(report), colour, width))
    return "\n\n".join("\n".join(lines) for lines in blocks if lines)


def shows_colour(stream: TextIO) -> bool:
    """Whether `stream` is a terminal on which colours mean something."""
    # https://no-color.org: any value but the empty one means "none".
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"


def _blocks(report: Report, page: Path | None, digest: Digest, colour: bool, width: int) -> Iterator[Iterator[str]]:
    facts = report.facts
    judged = verdict(facts)
    bold = (_BOLD, _PLAIN) if colour else ("", "")
    yield iter(_painted(_wrapped(one_line(judged.sentence), width), _COLOURS[judged.tone] if colour else ""))
    yield _numbers(report, digest.compared, width)
    if facts.error:
        yield (line for part in printable(facts.error).splitlines() for line in _wrapped(part, width))
    yield _failures(list(digest.failed), facts.command == PREVIEW, bold, width)
    yield _skipped(digest.skipped_by_rule, facts.command == PREVIEW, bold, width)
    yield _warnings([*facts.warnings, *digest.differences], digest.notices_by_code, bold, width)
    yield _samples(report, bold)
    yield _end(report, page, width)


def _numbers(report: Report, compared: Compared | None, width: int) -> Iterator[str]:
    facts = report.facts
    seconds = facts.seconds
    requests = sum(host.requests for host in facts.traffic)
    products = in_shop(facts.counts)
    totals = (total_shown(key, value) for key, value in facts.totals.items())
    shares = f", {requests / products:.1f} for each product" if products else ""
    for label, value in (
        ("Shop", f"{facts.shop_name} ({facts.platform})"),
        ("Gateway", f"{facts.gateway}, shop {facts.shop_guid}"),
        (
            "Products",
            ", ".join(f"{number(facts.counts.get(outcome, 0))} {outcome.value}" for outcome in Outcome),
        ),
        ("In all", ", ".join(f"{shown} {label}" for label, shown in totals)),
        ("Took", f"{duration(seconds)}, {counted(requests, 'request')}{shares}"),
        ("Compared", _comparison(report)),
        ("Since", _since(compared)),
    ):
        if value:
            yield from _wrapped(one_line(value), width, f"{label + ':':<10}", " " * 10)


def _since(compared: Compared | None) -> str:
    """What changed since the whole import before."""
    if compared is None:
        return ""
    said = [
        f"{counted(first.total, noun)} {more}".rstrip()
        for first, noun, more in (
            (compared.dearer, "price", "higher"),
            (compared.cheaper, "price", "lower"),
            (compared.left_out, "product", "no longer in"),
            (compared.new_failures, "new failure", ""),
            (compared.gone_failures, "failure", "gone"),
        )
        if first.total
    ]
    return f"run {compared.with_run.run}: " + (", ".join(said) or "no price moved, nothing vanished")


def _comparison(report: Report) -> str:
    counts = ", ".join(f"{label} {number(count)}" for label, count in report.facts.audit)
    match report.facts.audit_agrees:
        case None:
            return ""
        case True:
            return "both sides agree" + (f" ({counts})" if counts else "")
        case False:
            return "the two sides do NOT agree" + (f" ({counts})" if counts else "")


def _failures(groups: list[Group[OutcomeRow]], preview: bool, bold: tuple[str, str], width: int) -> Iterator[str]:
    if not groups:
        return
    total = sum(group.total for group in groups)
    yield f"{bold[0]}{'Would fail' if preview else 'Failed'} ({number(total)}):{bold[1]}"
    for group in groups[:CAUSES_SHOWN]:
        common = group.cause or ("Other reasons" if group.code == OTHER else code_title(group.code))
        yield from _wrapped(f"{number(group.total)} × {one_line(common)}", width, "- ", "  ")
        if group.cure:
            yield from _wrapped(f"What to do: {one_line(group.cure)}", width, "  ", "  ")
        for row in group.rows[:PRODUCTS_SHOWN]:
            own = "" if group.cause else f": {one_line(row.cause)}"
            yield from _wrapped(f"{one_line(row.product)} {one_line(row.name)}{own}", width, "    ", "      ")
            if row.cure and not group.cure:
                yield from _wrapped(f"What to do: {one_line(row.cure)}", width, "      ", "      ")
        if (more := group.total - min(PRODUCTS_SHOWN, len(group.rows))) > 0:
            yield f"    and {number(more)} more"
    if len(groups) > CAUSES_SHOWN:
        more = sum(group.total for group in groups[CAUSES_SHOWN:])
        yield f"- and {counted(more, 'product')} more for {counted(len(groups) - CAUSES_SHOWN, 'other cause')}"


def _skipped(rules: Mapping[str, int], preview: bool, bold: tuple[str, str], width: int) -> Iterator[str]:
    if not rules:
        return
    yield f"{bold[0]}{'Would be skipped' if preview else 'Skipped'} ({number(sum(rules.values()))}):{bold[1]}"
    for rule, count in rules.items():
        yield from _wrapped(f"{number(count)} × {one_line(rule_meaning(rule) or 'by a rule')}", width, "- ", "  ")


def _warnings(warnings: list[str], notices: Mapping[str, int], bold: tuple[str, str], width: int) -> Iterator[str]:
    lines = [one_line(warning) for warning in warnings[:WARNINGS_SHOWN]]
    if len(warnings) > WARNINGS_SHOWN:
        lines.append(f"and {number(len(warnings) - WARNINGS_SHOWN)} more")
    lines += [f"{number(count)} × {one_line(code_title(code))}" for code, count in notices.items()]
    if lines:
        yield f"{bold[0]}Worth knowing:{bold[1]}"
    for line in lines:
        yield from _wrapped(line, width, "- ", "  ")


def _samples(report: Report, bold: tuple[str, str]) -> Iterator[str]:
    for sample in report.samples[:SAMPLES_SHOWN]:
        yield f"{bold[0]}{one_line(sample.product)} {one_line(sample.name)} would be {sample.outcome.value}:{bold[1]}"
        yield from (f"  {line}" for line in printable(payload_text(sample)).splitlines())
    if len(report.samples) > SAMPLES_SHOWN:
        yield f"{counted(len(report.samples) - SAMPLES_SHOWN, 'further product')} in full in the report."


def _end(report: Report, page: Path | None, width: int) -> Iterator[str]:
    if page is not None:
        yield f"Report:   {one_line(str(page))}"
    code = report.facts.exit_code
    yield from _wrapped(f"{code}: {exit_meaning(code)}", width, "Exit code ", " " * 10)


def _wrapped(text: str, width: int, first: str = "", further: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=further,
        # An address or a path that is broken in two can neither be clicked nor copied.
        break_long_words=False,
        break_on_hyphens=False,
    )


def _painted(lines: list[str], colour: str) -> list[str]:
    return [f"{colour}{line}{_PLAIN}" if colour else line for line in lines]
