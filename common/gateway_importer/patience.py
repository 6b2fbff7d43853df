"""How a run bears that a side is down: who finds out, for how long it is waited for, and when it is given up.

One request that fails again and again says nothing of its server. So after a request has failed after all its tries,
something small that the server has always answered is asked for: while that is answered too, only this request is at
fault; while it is not, the server is down, and everything that needs it waits together, with one task asking.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from enum import Enum

from gateway_importer.errors import Unreachable

LOG = logging.getLogger(__name__)
LONGEST_PAUSE = 15.0  # seconds between two looks whether a side is back
SHORTEST_PAUSE = 0.01
FAILURES_UNTIL_DOWN = 6  # requests in a row, each after all its tries, without any answer between


class Looked(Enum):
    """What came of looking at a side after a request had failed."""

    UP = "up"  # it answers: the request itself is at fault, or the side came back this very moment
    BACK = "back"  # it was down and has been waited for
    GONE = "gone"  # it is not waited for: it never answered, or the run is to end


class Patience:
    """What is known of one side's being up. `name` is for messages, `seconds` is how long it is waited for,
    `first_pause` seconds between the first two looks, `answers` asks it something small and says whether an answer
    came, `stopping` gives the event that ends all waiting. Only a side that has answered before is waited for."""

    def __init__(
        self,
        name: str,
        *,
        seconds: float,
        first_pause: float,
        answers: Callable[[], Awaitable[bool]],
        stopping: Callable[[], asyncio.Event],
        known: bool = False,
    ) -> None:
        self._name = name
        self._seconds = seconds
        self._first_pause = max(SHORTEST_PAUSE, first_pause)
        self._answers = answers
        self._stopping = stopping
        self._known = known
        self._failures = 0
        self._last_failure = float("-inf")
        self._heard = 0  # answers so far, those to our looks too
        self._looking = False
        self._next_look = float("-inf")  # monotonic seconds; shared, so that many that wait do not look more often
        self._next_pause = self._first_pause
        self._down_since: float | None = None

    def answered(self) -> None:
        """A request was answered, and not by what stands in front of a server that is down."""
        self._known = True
        self._heard += 1
        self._failures, self._down_since = 0, None
        self._next_look, self._next_pause = float("-inf"), self._first_pause

    def failed(self, begun: float | None = None) -> None:
        """A request failed after all its tries. Those that were under way together and broke off together count as
        one where each says when it had `begun` (monotonic seconds)."""
        if begun is None or begun > self._last_failure:
            self._failures += 1
            self._last_failure = time.monotonic()

    def raise_if_down(self, failure: Exception) -> None:
        """Raises `Unreachable` where so many requests in a row have failed that going on makes no sense, and nothing
        is left to wait for."""
        if self._failures >= FAILURES_UNTIL_DOWN and not self._may_wait():
            raise Unreachable(
                f"{self._name} does not answer: {failure}. {self._failures} requests in a row failed after all their "
                "tries.",
                "See whether the address is right and the server is up, then run the command again.",
            ) from failure

    async def while_down(self) -> None:
        """Before something that can be sent only once: wait while this side is known to be down."""
        if self._failures >= FAILURES_UNTIL_DOWN:
            await self.outlast()

    async def outlast(self) -> Looked:
        """After a request has failed after all its tries: look whether this side is down, and wait until it is back.
        Raises `Unreachable` where it has been down for longer than we have patience."""
        heard, waited = self._heard, False
        while self._may_wait():
            if self._heard != heard:
                return Looked.BACK if waited else Looked.UP
            there = not self._looking and self._until_next_look() <= 0 and await self._look()
            # Where many in a row have failed although it answers this, what we need of it is down.
            if there and (waited or self._failures < FAILURES_UNTIL_DOWN):
                return Looked.BACK if waited else Looked.UP
            waited = True
            pause = self._next_pause if there or self._looking else max(SHORTEST_PAUSE, self._until_next_look())
            await self._pause(min(pause, self._left()))
        return Looked.GONE

    def _until_next_look(self) -> float:
        return self._next_look - time.monotonic()

    def _may_wait(self) -> bool:
        return self._known and self._seconds > 0 and not self._stopping().is_set()

    async def _look(self) -> bool:
        self._looking = True  # one task finds out for all
        try:
            there = await self._answers()
        finally:
            self._looking = False
        if there:
            self._heard += 1
        else:
            self._next_look = time.monotonic() + self._next_pause
            self._next_pause = min(LONGEST_PAUSE, self._next_pause * 2)
        if not there or self._failures >= FAILURES_UNTIL_DOWN:
            self._is_down()
        return there

    def _is_down(self) -> None:
        if self._down_since is None:
            self._down_since = time.monotonic()
            LOG.warning("%s does not answer; it is waited for, up to %.0f s", self._name, self._seconds)

    def _left(self) -> float:
        """Seconds that are left of our patience. Raises `Unreachable` where none are."""
        if self._down_since is None:  # another task is still looking
            return self._seconds
        left = self._down_since + self._seconds - time.monotonic()
        if left <= 0:
            raise Unreachable(
                f"{self._name} has gone down: it has not answered for {self._seconds:.0f} s.",
                "See whether it is up, then run the command again; a longer PATIENCE waits longer.",
            )
        return left

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping().wait(), seconds)
