"""How a rule judges: it compares values and says each difference; and how an importer is broken on purpose, as a change
of what was seen, which the rule must find on every platform, or it proves nothing there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gateway_importer.testing.conformance.neutral import Catalogue
from gateway_importer.testing.conformance.runs import Held, Run, Seen
from gateway_importer.testing.conformance.wanted import Wanted, by_id, wanted


@dataclass
class Judge:
    """Counts what is compared, and keeps the differences."""

    values: int = 0
    differences: list[str] = field(default_factory=list)

    def same(self, what: str, found: object, right: object) -> None:
        self.values += 1
        if found != right:
            self.differences.append(f"{what}: {short(found)}, and {short(right)} is right")

    def holds(self, what: str, is_so: object) -> None:
        self.values += 1
        if not is_so:
            self.differences.append(what)


def short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 200 else f"{text[:120]} … {text[-60:]}"


Rule_ = Callable[[Seen, Judge], None]
Defect = Callable[[Seen], Seen]


@dataclass(frozen=True)
class Rule:
    """`promise` is what a user may rely on; `may_be_exempt` False: every platform keeps it."""

    name: str
    promise: str
    judge: Rule_
    broken: Mapping[str, Defect]
    may_be_exempt: bool = True


class NotThere(Exception):
    """The shop does not have what this defect would break."""


# --- how an importer breaks things --------------------------------------------------------------------------------


def in_run(name: str, change: Callable[[Run], Run]) -> Defect:
    def broken(seen: Seen) -> Seen:
        if name not in seen.runs:
            raise NotThere(name)
        return replace(seen, runs={**seen.runs, name: change(seen.runs[name])})

    return broken


def objects(name: str, change: Callable[[Held], Held | tuple[Held, ...] | None], number: int = 1) -> Defect:
    """Changes the first `number` objects for which `change` makes a difference."""

    def changed(run: Run) -> Run:
        left, held = number, []
        for one in run.held:
            new = change(one) if left and not one.archived else one
            left -= new != one
            held += [] if new is None else list(new) if isinstance(new, tuple) else [new]
        return replace(run, held=tuple(held))

    return in_run(name, changed)


def report(name: str, change: Callable[[dict[str, Any]], object]) -> Defect:
    """Changes the run's report: `change` gets a copy of its top level, whose lists are copies."""

    def changed(run: Run) -> Run:
        copy = {key: list(value) if isinstance(value, list) else value for key, value in run.report.items()}
        change(copy)
        return replace(run, report=copy)

    return in_run(name, changed)


def forget(rows: str) -> Callable[[dict[str, Any]], object]:
    """A report that lacks the last of those rows."""
    return lambda told: told[rows].pop()


def of_case(seen: Seen, key: str) -> str:
    """The shop's id of a case. Raises `NotThere` where the shop cannot have it."""
    if key not in seen.ids.products:
        raise NotThere(key)
    return seen.ids.products[key]


def case(name: str, key: str, change: Callable[[Held], Held | None]) -> Defect:
    """Changes the objects of one case."""

    def broken(seen: Seen) -> Seen:
        product = of_case(seen, key)
        return objects(name, lambda one: change(one) if one.product == product else one, 1)(seen)

    return broken


# --- what a run left, beside what it should have left ------------------------------------------------------------


def pairs(seen: Seen, name: str, goods: Catalogue | None = None) -> list[tuple[Wanted, Held | None]]:
    held = by_id(seen.runs[name].for_sale)
    return [(one, held.get(number)) for number, one in wanted(goods or seen.goods, seen.ids).items()]


def each(name: str, found: Callable[[Held], object], right: Callable[[Wanted], object], what: str) -> Rule_:
    """Compares one value of every object of a run."""

    def judge(seen: Seen, judge: Judge) -> None:
        for one, held in pairs(seen, name):
            judge.same(f"{what} of {one.what}", "not there" if held is None else found(held), right(one))

    return judge


def once(seen: Seen, name: str, goods: Catalogue, judge: Judge, *, but: frozenset[str] = frozenset()) -> None:
    """Exactly what is sold is for sale, each once; the products `but` may be there or not."""
    count = Counter(one.id for one in seen.runs[name].for_sale)
    for number, one in wanted(goods, seen.ids).items():
        if one.product.key not in but:
            judge.same(f"{one.what} is for sale so many times after the run `{name}`", count[number], 1)
    sold = {one.key for one in goods.products if one.fate.outcome == "in"} | but
    known = {number for key, number in seen.ids.products.items() if key in sold}
    strangers = sorted({product for product, _ in count} - known)
    judge.same(f"products for sale after the run `{name}` that must not be", strangers, [])
