"""The values that reports are made of. Rows come as iterators, so that a report of a large shop stays small."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any


class Outcome(Enum):
    """What became of a product: every product of the shop ends in exactly one of these."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    ARCHIVED = "archived"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One product's outcome. `code`, `cause`, `cure` for a failure; `rule` (a SkipRule's word) for a skipped
    or an archived one; `detail` is free text (what changed, which variants were left out)."""

    product: str
    name: str
    outcome: Outcome
    code: str = ""
    cause: str = ""
    cure: str = ""
    rule: str = ""
    detail: str = ""
    page_url: str = ""
    variants: int = 0

    @classmethod
    def of(cls, row: Sequence[Any]) -> OutcomeRow:
        """A row with the values of the fields in their order, the outcome by its word."""
        return cls(row[0], row[1], Outcome(row[2]), *row[3:])


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """Something to know about a product that came in all the same (`code` groups them)."""

    product: str
    name: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A gross price that a run changed, in złoty; `variants` of the product moved alike, `sku` is the first one's."""

    product: str
    variant: str
    name: str
    sku: str
    was: Decimal
    now: Decimal
    variants: int = 1


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One thing that a plan changes (`step`, and `field` where it is one), or leaves as it was edited (``stay``)."""

    product: str
    name: str
    sku: str
    step: str
    field: str
    was: str
    to: str


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A plan that a preview has saved: its file, its products by what would be done, its first rows, how many more."""

    path: str
    counts: Mapping[str, int]
    rows: tuple[PlanRow, ...]
    more: int


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run in a shop's history. `state` is ``complete``, ``stopped``, ``broken``, ``running`` or ``killed``; what a
    killed run did not say is None or empty. `takes_back` is the run that an undo takes back, `taken_back_by` the
    undo that took this one back."""

    run: int
    command: str
    started: datetime
    ended: datetime | None
    state: str
    exit_code: int | None
    counts: Mapping[str, int]
    gateway: str
    takes_back: int | None = None
    taken_back_by: int | None = None


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A product shown in full by a preview: its outcome and the JSON that would be sent, indented."""

    product: str
    name: str
    outcome: Outcome
    payload: str


@dataclass(frozen=True, slots=True)
class HostTraffic:
    """What went to and from one host. `kinds` counts requests by what they were for. `floor` is how many seconds
    they take at least: at the rate that was allowed, or by what each took with as many at once as may be."""

    name: str
    address: str
    kinds: Mapping[str, int]
    retries: int
    refused: int
    lost: int
    bytes_in: int
    bytes_out: int
    floor: float = 0.0

    @property
    def requests(self) -> int:
        return sum(self.kinds.values())


@dataclass(frozen=True, slots=True)
class RunFacts:
    """One run's frame: which shop, which Gateway, when, how it ended, and the totals.

    `state` is ``complete``, ``stopped`` or ``broken`` (with `error`, a paragraph). `shop` are label and value
    as they were shown before the run. `warnings` are sentences about the whole run. `audit` are label and
    count of the comparison with both sides at the end, `audit_agrees` its verdict (None: not made). `takes_back` is the
    run that an undo took back.
    """

    run: int
    command: str
    platform: str
    program: str
    started: datetime
    ended: datetime
    state: str
    exit_code: int
    gateway: str
    shop_guid: str
    shop_name: str
    shop: tuple[tuple[str, str], ...]
    counts: Mapping[Outcome, int]
    totals: Mapping[str, int]
    traffic: tuple[HostTraffic, ...]
    warnings: tuple[str, ...] = ()
    audit: tuple[tuple[str, int], ...] = ()
    audit_agrees: bool | None = None
    error: str = ""
    proven: str = ""
    takes_back: int | None = None

    @property
    def seconds(self) -> float:
        return (self.ended - self.started).total_seconds()

    @property
    def overlap(self) -> tuple[HostTraffic, float] | None:
        """The host that the run had to wait for longest, and the run's time over that host's floor: 1 is a run in
        which everything else was done meanwhile. None where there is nothing to hold it against."""
        slowest = max(self.traffic, key=lambda host: host.floor, default=None)
        if slowest is None or slowest.floor <= 0:
            return None
        return slowest, self.seconds / slowest.floor


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run against the whole import before it (`run`, `started`). Each of the callables starts its iteration anew.

    `dearer` and `cheaper` have the largest change first; `left_out` were in and are archived or skipped now;
    `gone_failures` are the rows of now.
    """

    run: int
    started: datetime
    dearer: Callable[[], Iterator[PriceRow]]
    cheaper: Callable[[], Iterator[PriceRow]]
    left_out: Callable[[], Iterator[OutcomeRow]]
    new_failures: Callable[[], Iterator[OutcomeRow]]
    gone_failures: Callable[[], Iterator[OutcomeRow]]


@dataclass(frozen=True, slots=True)
class Report:
    """A run to write down. Each of the callables starts its iteration anew. `compared` is None where there was no
    whole import before."""

    facts: RunFacts
    outcomes: Callable[[Outcome], Iterator[OutcomeRow]]
    notices: Callable[[], Iterator[NoticeRow]]
    samples: tuple[SampleRow, ...] = field(default=())
    compared: Comparison | None = None
    plan: PlanPage | None = None
