"""How a command ends before its end: by a signal, or at its deadline."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gateway_importer.errors import DeadlineReached, Stopped


@dataclass(slots=True)
class Stopping:
    """Whether something asked the command to end. `tell` is set while work is under way that can end tidily; `given` is
    the deadline, a time from `begun` or a moment, which a person wrote as `text`."""

    given: timedelta | datetime | None = None
    text: str = ""
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    tell: Callable[[str], None] | None = None
    late: bool = False  # the deadline asked

    @contextlib.contextmanager
    def tidily(self, tell: Callable[[str], None]) -> Iterator[None]:
        """While this goes on, a first signal and the deadline let it end tidily; `tell` says so to a person."""
        self.tell = tell
        timer = None if self.given is None else asyncio.get_running_loop().call_later(self._left(self.given), self._end)
        try:
            yield
        finally:
            self.tell = None
            if timer is not None:
                timer.cancel()

    def _left(self, given: timedelta | datetime) -> float:
        now = datetime.now(UTC)
        left = given - (now - self.begun) if isinstance(given, timedelta) else given - now
        return max(0.0, left.total_seconds())

    def _end(self) -> None:
        self.late = True
        if not self.asked.is_set():
            self.asked.set()
            if self.tell is not None:
                self.tell("The deadline is reached: what is in flight is finished and saved.")

    def reason(self, stopped: Stopped) -> Stopped:
        """Why it was ended: `stopped` itself, or the deadline."""
        if not self.late:
            return stopped
        return DeadlineReached(
            f"The run was ended at its deadline ({self.text}).",
            "Nothing, if the next run follows: it goes on from where this one ended. If no run reaches the end, give "
            "it more time, or let it read less (TRUST_DATES).",
        )


@contextlib.contextmanager
def signals(stopping: Stopping) -> Iterator[None]:
    """While a run is under way the first SIGINT or SIGTERM lets it end tidily; any other ends the command at once."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def stop() -> None:
        if stopping.tell is None or stopping.asked.is_set():
            if task is not None:
                task.cancel()
            return
        stopping.asked.set()
        stopping.tell("Stopping: what is in flight is finished and saved. A second signal stops at once.")

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
