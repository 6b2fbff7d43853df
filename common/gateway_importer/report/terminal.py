"""Progress for whoever watches: a live view on a terminal, a line every few seconds where there is none.

Neither ever raises: a run must not fail because the window that showed it was closed.
"""

from __future__ import annotations

import atexit
import os
import time
from collections.abc import Callable, Sequence
from typing import TextIO, cast

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from gateway_importer import logs
from gateway_importer.http import Host
from gateway_importer.report.model import Outcome
from gateway_importer.report.observer import Observer
from gateway_importer.report.progress import HostSpeed, Progress
from gateway_importer.report.wording import counted, duration, number, one_line, printable, size

REDRAWS = 8.0  # a second, at most
EVERY = 5.0  # seconds between two lines
PHASE_AT_ONCE = 1.0  # seconds; a new phase need not wait for EVERY, but phases must not make a flood either
NARROW = 68  # columns; below it the table of hosts has its first columns only
WIDEST = 100  # columns; a bar across a wide screen is not easier to read

COLOURS = {
    Outcome.CREATED: "green",
    Outcome.UPDATED: "cyan",
    Outcome.UNCHANGED: "default",
    Outcome.ARCHIVED: "magenta",
    Outcome.SKIPPED: "yellow",
    Outcome.FAILED: "bold red",
}


def observer_for(stream: TextIO) -> Observer:
    """The live view where `stream` is a terminal that can be drawn on, else lines; lines of the log where that is for
    a machine."""
    if logs.as_json():
        return Logged(stream)
    if stream.isatty() and os.environ.get("TERM", "") not in {"", "dumb", "unknown"}:
        return LiveView(stream)
    return Lines(stream)


class Lines:
    """A line every few seconds (`every`), while something happens; what is said, at once."""

    def __init__(self, stream: TextIO, *, every: float = EVERY, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = _Unbreakable(stream)
        self._every = every
        self._clock = clock
        self._progress = Progress(clock)
        self._last = clock() - every  # the first event is shown at once: one sees that it has begun
        self._shown = ""

    def started(self, *, products: int | None, hosts: Sequence[Host]) -> None:
        self._progress.start(products, hosts)

    def phase(self, text: str) -> None:
        if text == self._progress.phase:
            return
        self._progress.phase = one_line(text)
        self._print_after(min(PHASE_AT_ONCE, self._every))

    def product(self, outcome: Outcome) -> None:
        self._progress.outcomes[outcome] += 1
        self._print_after(self._every)

    def image(self, size: int) -> None:
        self._progress.images += 1
        self._progress.image_bytes += size
        self._print_after(self._every)

    def say(self, text: str) -> None:
        self._stream.write(printable(text) + "\n")
        self._stream.flush()

    def ended(self) -> None:
        self._progress.measure()
        line = _line(self._progress)
        # What the last line said need not be said twice.
        if line.split(" ", 1)[-1] != self._shown.split(" ", 1)[-1]:
            self._print(line)

    def _print_after(self, pause: float) -> None:
        if self._clock() - self._last >= pause:
            self._progress.measure()
            self._print(_line(self._progress))

    def _print(self, line: str) -> None:
        self._last = self._clock()
        self._shown = line
        self.say(line)


class Logged(Lines):
    """The same lines as entries of the log."""

    def say(self, text: str) -> None:
        logs.say(printable(text))


class LiveView:
    """A few lines that are drawn anew several times a second, and go away at the end."""

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._progress = Progress(clock)
        self._console = Console(file=cast(TextIO, _Unbreakable(stream)), highlight=False)
        self._live = Live(
            console=self._console,
            get_renderable=self._draw,
            refresh_per_second=REDRAWS,
            transient=True,
            # Results go to standard output, which may be a file: they must not land on the terminal.
            redirect_stdout=False,
        )

    def started(self, *, products: int | None, hosts: Sequence[Host]) -> None:
        self._progress.start(products, hosts)
        self._live.start()
        # Should the run end without a word, the terminal still gets its cursor back.
        atexit.register(self._live.stop)

    def phase(self, text: str) -> None:
        self._progress.phase = one_line(text)

    def product(self, outcome: Outcome) -> None:
        self._progress.outcomes[outcome] += 1

    def image(self, size: int) -> None:
        self._progress.images += 1
        self._progress.image_bytes += size

    def say(self, text: str) -> None:
        self._console.print(Text(printable(text)))

    def ended(self) -> None:
        self._live.stop()
        atexit.unregister(self._live.stop)

    def _draw(self) -> RenderableType:
        self._progress.measure()
        return picture(self._progress, min(self._console.width, WIDEST))


def picture(progress: Progress, width: int) -> RenderableType:
    """The live view at this moment."""
    head = Table.grid(padding=(0, 2, 0, 0), expand=True)
    head.width = width
    head.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    head.add_column(justify="right", no_wrap=True)
    left = progress.left
    times = duration(progress.elapsed) + (f", about {_roughly(left)} left" if left is not None else "")
    head.add_row(Text(progress.phase or "starting", style="bold"), Text(times, style="dim"))
    bar = Table.grid(padding=(0, 2, 0, 0), expand=True)
    bar.width = width
    bar.add_column(ratio=1)
    bar.add_column(justify="right", no_wrap=True)
    done, total = progress.done, progress.total
    bar.add_row(
        ProgressBar(total=total or 1, completed=min(done, total or 1), pulse=total is None),
        Text(_done(progress)),
    )
    counts = Columns(
        [
            Text(f"{number(count)} {outcome.value}", style=COLOURS[outcome] if count else "dim")
            for outcome in Outcome
            for count in (progress.outcomes[outcome],)
        ],
        padding=(0, 3),
    )
    pictures = Text(f"{counted(progress.images, 'picture')}, {size(progress.image_bytes)}", style="dim")
    parts: list[RenderableType] = [head, bar, counts, pictures]
    if hosts := progress.hosts():
        parts.append(_host_table(hosts, width))
    return Group(*parts)


def _host_table(hosts: list[HostSpeed], width: int) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="dim", show_edge=False)
    table.add_column("", no_wrap=True, min_width=min(12, max(len(host.name) for host in hosts)))
    titles = ("requests", "a second", "pace", "told to wait", "tried again")
    for title in titles[: 5 if width >= NARROW else 3]:
        table.add_column(title, justify="right", no_wrap=True)
    for host in hosts:
        cells = (
            Text(number(host.requests)),
            Text("–" if host.per_second is None else f"{host.per_second:.1f}"),
            # A pace that a refusal has lowered says so by its colour, also where there is no room for more.
            Text("free", style="dim")
            if host.allowed is None
            else Text(f"{host.allowed:.1f}", style="yellow" if host.refused else ""),
            Text(number(host.refused), style="yellow" if host.refused else "dim"),
            Text(number(host.retries), style="yellow" if host.retries else "dim"),
        )
        table.add_row(Text(one_line(host.name, 20)), *cells[: len(table.columns) - 1])
    return table


def _line(progress: Progress) -> str:
    """The same in one line, for a log: only what there is to say."""
    clauses = [_done(progress)]
    if outcomes := [f"{number(count)} {outcome.value}" for outcome in Outcome if (count := progress.outcomes[outcome])]:
        clauses.append(", ".join(outcomes))
    if progress.images:
        clauses.append(f"{counted(progress.images, 'picture')}, {size(progress.image_bytes)}")
    clauses += [_host_words(host) for host in progress.hosts()]
    if (left := progress.left) is not None:
        clauses.append(f"about {_roughly(left)} left")
    minutes, seconds = divmod(int(progress.elapsed), 60)
    phase = f"{progress.phase}: " if progress.phase else ""
    return f"[{minutes:02d}:{seconds:02d}] {phase}" + "; ".join(clauses)


def _host_words(host: HostSpeed) -> str:
    words = f"{one_line(host.name)} {number(host.requests)} requests"
    if host.per_second is not None:
        words += f", {host.per_second:.1f}/s"
    if host.refused:
        words += f", told to wait {counted(host.refused, 'time')}"
        if host.allowed is not None:
            words += f", now at most {host.allowed:.1f}/s"
    return words


def _done(progress: Progress) -> str:
    done, total = progress.done, progress.total
    if total is None:
        return counted(done, "product")
    if not total or done > total:
        # The shop got more products while it was read, or counts fewer than it shows.
        return f"{counted(done, 'product')} (the shop counted {number(total)})"
    return f"{number(done)} of {counted(total, 'product')}, {done * 100 // total} %"


def _roughly(seconds: float) -> str:
    """A guess, said like one: whole minutes above one, tens of seconds below."""
    if seconds < 60:
        return f"{max(10, round(seconds / 10) * 10)} s"
    if seconds < 3600:
        return f"{round(seconds / 60)} min"
    return duration(round(seconds / 60) * 60)


class _Unbreakable:
    """A stream that swallows what the real one refuses: it may be closed, or its reader gone."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @property
    def encoding(self) -> str:
        return getattr(self._stream, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        try:
            # A log that cannot show ł must still be written to.
            self._stream.write(text.encode(self.encoding, "replace").decode(self.encoding))
        except (OSError, ValueError, LookupError):
            pass
        return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except (OSError, ValueError):
            pass

    def isatty(self) -> bool:
        try:
            return self._stream.isatty()
        except (OSError, ValueError):
            return False

    def fileno(self) -> int:
        return self._stream.fileno()
