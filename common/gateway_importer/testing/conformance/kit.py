"""Judges a platform: its program is run, every rule is held against what was seen, and every rule against importers
that break it; then all of it against what the platform's ``quality.toml`` says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gateway_importer.testing.conformance.cases import ALWAYS, CATALOGUE
from gateway_importer.testing.conformance.judging import Judge, NotThere, Rule
from gateway_importer.testing.conformance.quality import EXEMPT, PROOFS, TO_DO, Quality
from gateway_importer.testing.conformance.rules import RULES
from gateway_importer.testing.conformance.runs import Seen, observe
from gateway_importer.testing.conformance.shop import Candidate, Trouble

SHOWN = 12  # differences of one rule that are told


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a rule: the values that it compared, their differences, and the importers broken on
    purpose that passed it, of so many tried."""

    rule: Rule
    values: int
    differences: tuple[str, ...]
    passed: tuple[str, ...]
    tried: int

    @property
    def kept(self) -> bool:
        return not self.differences and not self.passed


@dataclass(frozen=True, slots=True)
class Verdict:
    """`problems` is empty where the platform conforms."""

    line: str
    problems: tuple[str, ...]


async def conform(candidate: Candidate, folder: Path) -> Verdict:
    """Everything about one platform. `folder` is a place for what its program writes."""
    quality = Quality.of(candidate.folder)
    seen = await observe(candidate, quality, folder)
    return verdict(candidate.name, quality, judged(seen), recorded=recorded(candidate.folder))


def recorded(folder: Path) -> bool:
    """Whether answers of a real shop lie among the platform's tests."""
    return any((folder / "tests/recordings").glob("**/*.*"))


def judged(seen: Seen) -> list[Found]:
    return [found(rule, seen) for rule in RULES]


def found(rule: Rule, seen: Seen) -> Found:
    judge = Judge()
    rule.judge(seen, judge)
    passed, tried = [], 0
    for defect, broken in rule.broken.items():
        try:
            worse = broken(seen)
        except NotThere:
            continue
        tried += 1
        other = Judge()
        rule.judge(worse, other)
        if set(other.differences) <= set(judge.differences):
            passed.append(defect)
    if not tried:
        passed.append("none could be tried: the shop has nothing of what this rule is about")
    return Found(rule, judge.values, tuple(judge.differences), tuple(passed), tried)


def verdict(name: str, quality: Quality, findings: list[Found], *, recorded: bool) -> Verdict:
    """Findings against what the platform says of itself; `recorded`: a real shop's answers are among its tests."""
    problems = [*_table(quality), *_proof(quality, recorded=recorded)]
    kept = [one for one in findings if not isinstance(quality.rules.get(one.rule.name), str)]
    for one in findings:
        problems += _rule(one, quality.rules.get(one.rule.name))
    unknown = set(quality.rules) - {rule.name for rule in RULES}
    problems += [f"quality.toml has a rule {name!r} that the kit does not have" for name in sorted(unknown)]
    counted = {one.rule.name: one.values for one in kept}
    if any(quality.rules.get(rule) != values for rule, values in counted.items()):
        problems.append("the numbers for quality.toml:\n" + "\n".join(_line(*item) for item in counted.items()))
    defects = sum(one.tried for one in kept)
    line = (
        f"{name}: {len(kept)} of {len(RULES)} rules, {sum(counted.values())} values compared, "
        f"{defects} importers broken on purpose"
    )
    return Verdict(line, tuple(problems))


def _line(rule: str, values: int) -> str:
    return f"{rule} = {values}" if " " not in rule else f'"{rule}" = {values}'


def _rule(one: Found, said: int | str | None) -> list[str]:
    name = one.rule.name
    if isinstance(said, str):
        return _exempt(one, said)
    problems = [f"{name}: {difference}" for difference in one.differences[:SHOWN]]
    if len(one.differences) > SHOWN:
        problems.append(f"{name}: and {len(one.differences) - SHOWN} more")
    problems += [f"{name}: the importer broken on purpose passes this rule: {defect}" for defect in one.passed]
    if said is None:
        problems.append(f"{name}: quality.toml does not name it")
    elif one.values < said:
        problems.append(f"{name}: compared {one.values} values, and {said} before")
    elif one.values > said:
        problems.append(f"{name}: compared {one.values} values; quality.toml still says {said}")
    return problems


def _exempt(one: Found, said: str) -> list[str]:
    name = one.rule.name
    if not one.rule.may_be_exempt:
        return [f"{name}: no platform can be exempt from it"]
    to_do = TO_DO.fullmatch(said)
    if to_do is not None and to_do["day"] < datetime.now(UTC).date().isoformat():
        return [f"{name}: it was to do until {to_do['day']}"]
    if to_do is None and EXEMPT.fullmatch(said) is None:
        return [f"{name}: quality.toml gives no number of values, no 'exempt: WHY' and no 'to do until DAY: WHY'"]
    return [f"{name}: quality.toml exempts it, and it is kept: give the number of values"] if one.kept else []


def _table(quality: Quality) -> list[str]:
    known = {one.key for one in CATALOGUE.products} | {f"trouble {one.value}" for one in Trouble} | {"access half"}
    known -= ALWAYS
    problems = [
        f"quality.toml cannot have {key!r}, which the kit does not know, or no platform can be without"
        for key in quality.cannot.keys() - known
    ]
    problems += [
        f"quality.toml does not say why it cannot have {key!r}" for key, why in quality.cannot.items() if len(why) < 10
    ]
    return problems


def _proof(quality: Quality, *, recorded: bool) -> list[str]:
    """Whether the sentence says what the proof is: nobody may take documents for a shop."""
    if quality.by not in PROOFS:
        return [f"quality.toml: proven by {quality.by!r}, which is none of {', '.join(PROOFS)}"]
    problems = []
    if quality.by == "recording" and not recorded:
        problems.append("quality.toml: proven by a recording, and there is none in tests/recordings")
    word = PROOFS[quality.by]
    if word not in quality.sentence:
        problems.append(f"quality.toml: proven by {quality.by!r}, and the sentence does not say {word!r}")
    return problems


def rules_table(quality: Quality) -> list[str]:
    """The rules as rows for a README."""
    rows = ["| rule | what it promises | kept |", "|---|---|---|"]
    for rule in RULES:
        said = quality.rules.get(rule.name, "")
        rows.append(f"| {rule.name} | {rule.promise} | {f'yes, {said} values' if isinstance(said, int) else said} |")
    return rows


def cannot_table(cannot: Mapping[str, str]) -> list[str]:
    return ["| cannot be had | why |", "|---|---|", *(f"| {key} | {why} |" for key, why in cannot.items())]
