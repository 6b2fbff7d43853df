"""What is known of a run while it goes on: the counters that both views show, and how fast they grow."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway_importer.http import Host
from gateway_importer.report.model import Outcome

REQUESTS_WINDOW = 5.0  # seconds over which "requests a second" is taken
PRODUCTS_WINDOW = 45.0  # seconds; the time left should not jump with every page
SHORTEST_WINDOW = 2.0  # seconds; of less than this nothing is said about a speed


class Speed:
    """How fast a counter grows, over the last seconds."""

    def __init__(self, window: float) -> None:
        self._window = window
        self._samples: deque[tuple[float, int]] = deque()

    def note(self, now: float, value: int) -> None:
        samples = self._samples
        # Samples closer than a fiftieth of the window add nothing but memory.
        if samples and len(samples) > 1 and now - samples[-2][0] < self._window / 50:
            samples.pop()
        samples.append((now, value))
        while len(samples) > 2 and samples[1][0] <= now - self._window:
            samples.popleft()

    @property
    def per_second(self) -> float | None:
        if len(self._samples) < 2:
            return None
        (first, before), (last, after) = self._samples[0], self._samples[-1]
        return (after - before) / (last - first) if last - first >= SHORTEST_WINDOW else None


@dataclass(frozen=True, slots=True)
class HostSpeed:
    """One host now: `per_second` as measured, `allowed` by its pace (None: nothing limits it)."""

    name: str
    requests: int
    per_second: float | None
    allowed: float | None
    refused: int
    retries: int


class Progress:
    """The counters. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._begun = clock()
        self._hosts: list[tuple[Host, Speed]] = []
        self._products = Speed(PRODUCTS_WINDOW)
        self.total: int | None = None
        self.outcomes: Counter[Outcome] = Counter()
        self.images = 0
        self.image_bytes = 0
        self.phase = ""

    def start(self, total: int | None, hosts: Sequence[Host]) -> None:
        self._begun = self._clock()
        self.total = total
        self._hosts = [(host, Speed(REQUESTS_WINDOW)) for host in hosts]
        self.measure()

    @property
    def done(self) -> int:
        """Products of the shop that have their outcome; what is archived is no longer among the shop's."""
        return sum(self.outcomes[outcome] for outcome in Outcome if outcome is not Outcome.ARCHIVED)

    @property
    def elapsed(self) -> float:
        return self._clock() - self._begun

    @property
    def left(self) -> float | None:
        """Seconds to the last product at the present speed, None where that cannot be said."""
        speed = self._products.per_second
        if self.total is None or self.done >= self.total or not speed:
            return None
        return (self.total - self.done) / speed

    def measure(self) -> None:
        """Note how far the counters are now; call before showing speeds."""
        now = self._clock()
        self._products.note(now, self.done)
        for host, speed in self._hosts:
            speed.note(now, _requests(host))

    def hosts(self) -> list[HostSpeed]:
        """The hosts that were spoken to."""
        return [
            HostSpeed(
                host.name,
                requests,
                speed.per_second,
                host.pace.rate,
                host.traffic.refused,
                host.traffic.retries,
            )
            for host, speed in self._hosts
            if (requests := _requests(host))
        ]


def _requests(host: Host) -> int:
    # Copied in one step first: the view's thread may read while the run's thread adds a new kind.
    return sum(list(host.traffic.requests.values()))
