"""Progress for whoever watches: a live view on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table

from gateway_importer.http import Host
from gateway_importer.redaction import SECRETS
from gateway_importer.report.model import Outcome
from gateway_importer.report.observer import Observer

EVERY = 5.0  # seconds between two lines
COLOURS = {
    Outcome.CREATED: "green", Outcome.UPDATED: "cyan", Outcome.UNCHANGED: "dim", Outcome.ARCHIVED: "magenta",
    Outcome.SKIPPED: "yellow", Outcome.FAILED: "bold red",
}  # fmt: skip


class _Counts:
    """What both views count."""

    def __init__(self) -> None:
        self.total: int | None = None
        self.hosts: Sequence[Host] = ()
        self.outcomes: Counter[Outcome] = Counter()
        self.images = 0
        self.bytes = 0
        self.text = ""
        self.begun = time.monotonic()

    def done(self) -> int:
        return sum(self.outcomes.values())

    def elapsed(self) -> float:
        return time.monotonic() - self.begun

    def left(self) -> str:
        done = self.done()
        if not self.total or not done or done >= self.total:
            return ""
        return f", about {_clock(self.elapsed() / done * (self.total - done))} left"

    def rates(self) -> str:
        shown = []
        for host in self.hosts:
            requests = sum(host.traffic.requests.values())
            if requests:
                refused = f", {host.traffic.refused} refused" if host.traffic.refused else ""
                shown.append(f"{host.name} {requests / max(self.elapsed(), 0.1):.0f}/s{refused}")
        return "; ".join(shown)

    def line(self) -> str:
        of = f" of {self.total}" if self.total is not None else ""
        words = ", ".join(f"{self.outcomes[outcome]} {outcome.value}" for outcome in Outcome if self.outcomes[outcome])
        parts = [f"{self.done()}{of} products" + (f" ({words})" if words else "")]
        if self.images:
            parts.append(f"{self.images} pictures, {self.bytes / 1e6:.1f} MB")
        parts.append(self.rates())
        return f"{_clock(self.elapsed())}  " + "; ".join(filter(None, parts)) + self.left()


class Lines:
    """One line every few seconds, and what is said at once."""

    def __init__(self, stream: TextIO, *, every: float = EVERY) -> None:
        self._stream = stream
        self._every = every
        self._counts = _Counts()
        self._last = time.monotonic()

    def started(self, *, products: int | None, hosts: Sequence[Host]) -> None:
        self._counts.total, self._counts.hosts = products, hosts

    def phase(self, text: str) -> None:
        self.say(f"{_clock(self._counts.elapsed())}  {text}")

    def product(self, outcome: Outcome) -> None:
        self._counts.outcomes[outcome] += 1
        self._tick()

    def image(self, size: int) -> None:
        self._counts.images += 1
        self._counts.bytes += size
        self._tick()

    def say(self, text: str) -> None:
        print(SECRETS.redact(text), file=self._stream, flush=True)

    def ended(self) -> None:
        self.say(self._counts.line())

    def _tick(self) -> None:
        if time.monotonic() - self._last >= self._every:
            self._last = time.monotonic()
            self.say(self._counts.line())


class LiveView:
    """A small table that is drawn anew a few times a second."""

    def __init__(self, stream: TextIO) -> None:
        self._counts = _Counts()
        self._console = Console(file=stream)
        self._live = Live(console=self._console, refresh_per_second=4, transient=True, get_renderable=self._table)

    def started(self, *, products: int | None, hosts: Sequence[Host]) -> None:
        self._counts.total, self._counts.hosts = products, hosts
        self._live.start()

    def phase(self, text: str) -> None:
        self._counts.text = SECRETS.redact(text)

    def product(self, outcome: Outcome) -> None:
        self._counts.outcomes[outcome] += 1

    def image(self, size: int) -> None:
        self._counts.images += 1
        self._counts.bytes += size

    def say(self, text: str) -> None:
        self._console.print(SECRETS.redact(text), markup=False, highlight=False)

    def ended(self) -> None:
        self._live.stop()
        self._console.print(self._counts.line(), markup=False, highlight=False)

    def _table(self) -> Table:
        counts = self._counts
        table = Table.grid(padding=(0, 2))
        of = f" of {counts.total}" if counts.total is not None else ""
        table.add_row("now", counts.text)
        table.add_row("products", f"{counts.done()}{of}{counts.left()}")
        for outcome in Outcome:
            if counts.outcomes[outcome]:
                table.add_row("", f"[{COLOURS[outcome]}]{counts.outcomes[outcome]} {outcome.value}[/]")
        table.add_row("pictures", f"{counts.images}, {counts.bytes / 1e6:.1f} MB")
        table.add_row("requests", counts.rates())
        table.add_row("time", _clock(counts.elapsed()))
        return table


def observer_for(stream: TextIO) -> Observer:
    """The view that fits the stream."""
    return LiveView(stream) if stream.isatty() else Lines(stream)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"
