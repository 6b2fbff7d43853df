"""How a run went, in one sentence and a colour: the first thing that a report says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from gateway_importer.report.model import Outcome, RunFacts
from gateway_importer.report.wording import counted, number

PREVIEW = "preview"


class Tone(Enum):
    """The colour of a verdict."""

    GOOD = "good"
    MIXED = "mixed"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Verdict:
    sentence: str
    tone: Tone


def verdict(facts: RunFacts) -> Verdict:
    """The sentence by which a person knows how it went.

    ==========  ============================================================================  ==========
    state       sentence                                                                      tone
    ==========  ============================================================================  ==========
    complete    598 of 612 products are in; 12 failed; 2 were skipped.                        mixed
    complete    All 612 products are in.                                                      good
    complete    No product was found in the shop.                                             mixed
    stopped     Stopped before the end: 300 products are in so far; 2 failed. …               mixed
    broken      The run broke off: 300 products are in so far. …                              bad
    preview     Preview, nothing was written: 598 of 612 products would come in; …            as above
    ==========  ============================================================================  ==========
    """
    if facts.takes_back is not None:
        return _taken_back(facts)
    if facts.state == "complete":
        return _complete(facts)
    preview = facts.command == PREVIEW
    if facts.state == "stopped":
        opening, tone = (
            ("The preview was stopped before the end" if preview else "Stopped before the end"),
            Tone.MIXED,
        )
    else:
        opening, tone = ("The preview broke off" if preview else "The run broke off"), Tone.BAD
    if not any(facts.counts.values()):
        before = "before the first product was reached" if preview else "before any product was imported"
        return Verdict(f"{opening.removesuffix(' before the end')} {before}.", tone)
    far = counted(_in(facts.counts), "product")
    verb = "would come in" if preview else _are(_in(facts.counts))
    more = "" if preview else " The next run goes on from there."
    return Verdict(f"{opening}: {far} {verb}{'' if preview else ' so far'}{_others(facts)}.{more}", tone)


def _complete(facts: RunFacts) -> Verdict:
    preview = facts.command == PREVIEW
    arrived, total = _in(facts.counts), in_shop(facts.counts)
    failed = facts.counts.get(Outcome.FAILED, 0)
    if total == 0:
        return Verdict(
            ("Preview, nothing was written: no" if preview else "No")
            + " product was found in the shop"
            + _others(facts)
            + ".",
            Tone.MIXED,
        )
    verb = "would come in" if preview else _are(arrived)
    if arrived == total:
        body = f"{'the only product' if total == 1 else f'all {number(total)} products'} {verb}"
    elif arrived == 0:
        body = f"none of {counted(total, 'product')} {verb}"
    else:
        body = f"{number(arrived)} of {counted(total, 'product')} {verb}"
    body += _others(facts)
    if not preview and failed == 0 and facts.counts.get(Outcome.UNCHANGED, 0) == total:
        body += "; nothing had changed"
    if facts.audit_agrees is False:
        body += ", but the comparison at the end found differences"
    tone = Tone.GOOD
    if failed or facts.audit_agrees is False:
        tone = Tone.BAD if failed and arrived == 0 else Tone.MIXED
    text = f"Preview, nothing was written: {body}." if preview else body[:1].upper() + body[1:] + "."
    return Verdict(text, tone)


def _taken_back(facts: RunFacts) -> Verdict:
    counts = facts.counts
    restored, archived, failed = (
        counts.get(outcome, 0) for outcome in (Outcome.UPDATED, Outcome.ARCHIVED, Outcome.FAILED)
    )
    said = [f"{counted(restored, 'product')} {'is as it was' if restored == 1 else 'are as they were'}"]
    if archived:
        said.append(f"{number(archived)} {'was' if archived == 1 else 'were'} archived")
    if failed:
        said.append(f"{number(failed)} failed")
    if not (restored or archived or failed):
        said = ["there was nothing to be done"]
    if facts.state == "complete":
        opening = f"Run {facts.takes_back} was taken back"
        return Verdict(f"{opening}: {'; '.join(said)}.", Tone.MIXED if failed else Tone.GOOD)
    opening = "Stopped before the end" if facts.state == "stopped" else "The undo broke off"
    sentence = f"{opening} of taking back run {facts.takes_back}: {'; '.join(said)} so far. Give undo again."
    return Verdict(sentence, Tone.MIXED if facts.state == "stopped" else Tone.BAD)


def in_shop(counts: Mapping[Outcome, int]) -> int:
    """How many products the shop holds as far as was seen: what was archived is no longer offered there."""
    return sum(count for outcome, count in counts.items() if outcome is not Outcome.ARCHIVED)


def _in(counts: Mapping[Outcome, int]) -> int:
    return sum(counts.get(outcome, 0) for outcome in (Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED))


def _are(count: int) -> str:
    return "is in" if count == 1 else "are in"


def _others(facts: RunFacts) -> str:
    """The clauses about what did not come in, each led by a semicolon."""
    preview = facts.command == PREVIEW
    clauses = []
    if failed := facts.counts.get(Outcome.FAILED, 0):
        clauses.append(f"{number(failed)} {'would fail' if preview else 'failed'}")
    for outcome in (Outcome.SKIPPED, Outcome.ARCHIVED):
        if count := facts.counts.get(outcome, 0):
            verb = "would be" if preview else "was" if count == 1 else "were"
            clauses.append(f"{number(count)} {verb} {outcome.value}")
    return "".join(f"; {clause}" for clause in clauses)
