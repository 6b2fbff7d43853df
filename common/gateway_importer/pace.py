"""How fast one host is spoken to: a number of requests at once, and a rate that falls when the host says
"too many" and creeps up again.

The rate is held by asyncio-throttle. Its waiters poll, so only one task at a time waits on it (`_turn`); the
others wait on a lock, which costs nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from asyncio_throttle import Throttler

SHORTEST_PERIOD = 0.1  # seconds; the throttler lets a whole period's worth through at once
SLOW_DOWN = 0.6  # the share of the rate that is left after a refusal
SPEED_UP = 1.1  # the growth of the rate after each quiet spell
QUIET_SPELL = 2.0  # seconds without a refusal before the rate grows
SLOWEST = 0.2  # requests a second; slower than this the host is as good as down
ONE_REFUSAL = 0.5  # seconds; refusals of requests that were under way together count as one


class Pace:
    """Grants slots for one host. `per_second` None: no limit until the host refuses a request."""

    def __init__(self, *, concurrency: int, per_second: float | None) -> None:
        self.concurrency = concurrency
        self._slots = asyncio.Semaphore(concurrency)
        self._turn = asyncio.Lock()
        self._ceiling = per_second
        self._rate = per_second
        self._throttler: Throttler | None = None
        self._granted: deque[float] = deque(maxlen=256)
        self._not_before = 0.0
        self._last_refusal = 0.0
        self._last_change = 0.0
        self.refusals = 0
        self._apply(per_second)

    @property
    def rate(self) -> float | None:
        """Requests a second that are granted now; None where nothing limits them."""
        return self._rate

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """One request's right to be under way."""
        await self.acquire()
        try:
            yield
        finally:
            self.release()

    async def acquire(self) -> None:
        await self._slots.acquire()
        try:
            async with self._turn:
                while (wait := self._not_before - time.monotonic()) > 0:
                    await asyncio.sleep(wait)
                self._creep_up()
                if self._throttler is not None:
                    await self._throttler.acquire()
                self._granted.append(time.monotonic())
        except BaseException:
            self._slots.release()
            raise

    def release(self) -> None:
        self._slots.release()

    def refused(self, retry_after: float | None) -> None:
        """The host said "too many" (429, or 503 with a time): wait as long as it says, then go slower."""
        now = time.monotonic()
        self.refusals += 1
        if retry_after is not None:
            self._not_before = max(self._not_before, now + retry_after)
        if now - self._last_refusal > ONE_REFUSAL:
            base = self._rate if self._rate is not None else self._recent_rate(now)
            self._apply(max(SLOWEST, base * SLOW_DOWN))
        self._last_refusal = self._last_change = now

    def _recent_rate(self, now: float) -> float:
        """The rate that the host has just refused; a run that has only begun has none to speak of yet."""
        recent = [moment for moment in self._granted if now - moment <= 1.0]
        return max(1.0, self.concurrency / 2, float(len(recent)))

    def _creep_up(self) -> None:
        now = time.monotonic()
        if self._rate is None or self._rate == self._ceiling or now - self._last_change < QUIET_SPELL:
            return
        grown = self._rate * SPEED_UP
        self._apply(min(grown, self._ceiling) if self._ceiling is not None else grown)
        self._last_change = now

    def _apply(self, rate: float | None) -> None:
        self._rate = rate
        if rate is None:
            return
        period = max(SHORTEST_PERIOD, 1 / rate)
        limit = max(1, int(rate * period))
        if self._throttler is None:
            self._throttler = Throttler(rate_limit=limit, period=limit / rate)
        else:
            self._throttler.rate_limit = limit
            self._throttler.period = limit / rate
