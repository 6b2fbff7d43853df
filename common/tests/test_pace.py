"""The pace of one host, in simulated time: what a given rate keeps to, how an unknown one is found, and what an error
does to it."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from gateway_importer.pace import Pace
from simulated_time import simulate

LATENCY = 0.05  # seconds
JITTER = 0.01  # seconds by which a request may arrive later than another


@dataclass
class Host:
    """A host that allows so many requests a second; a bucket holds one second's worth."""

    allowed: Callable[[float], float]
    window: bool = False
    retry_after: float | None = None
    answers: list[tuple[float, bool]] = field(default_factory=list)
    _passed: deque[float] = field(default_factory=deque)
    _tokens: float | None = None
    _at: float = 0.0

    def admits(self, now: float) -> bool:
        let_in = self._window(now) if self.window else self._bucket(now)
        self.answers.append((now, let_in))
        return let_in

    def _window(self, now: float) -> bool:
        while self._passed and self._passed[0] <= now - 1:
            self._passed.popleft()
        if len(self._passed) >= self.allowed(now):
            return False
        self._passed.append(now)
        return True

    def _bucket(self, now: float) -> bool:
        rate = self.allowed(now)
        size = max(1.0, rate)
        tokens = size if self._tokens is None else self._tokens
        self._tokens = min(size, tokens + (now - self._at) * rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def achieved(self, start: float, end: float) -> float:
        """The share of what was allowed that was let in between these moments."""
        let_in = sum(1 for at, passed in self.answers if passed and start <= at < end)
        steps = [start + (end - start) * number / 1000 for number in range(1000)]
        return let_in / (sum(map(self.allowed, steps)) / 1000 * (end - start))

    def rejected(self, start: float, end: float) -> float:
        between = [passed for at, passed in self.answers if start <= at < end]
        return between.count(False) / len(between)


def ask(host: Host, pace_for: Callable[[Callable[[], float]], Pace], *, seconds: float, workers: int = 16) -> Pace:
    """Ask as often as the pace lets us, from so many tasks at once."""
    chance = random.Random(1)

    async def go() -> Pace:
        loop = asyncio.get_running_loop()
        pace = pace_for(loop.time)

        async def worker() -> None:
            while loop.time() < seconds:
                async with pace.slot() as granted:
                    await asyncio.sleep(LATENCY / 2 + chance.random() * JITTER)
                    let_in = host.admits(loop.time())
                    await asyncio.sleep(LATENCY / 2)
                    if let_in:
                        pace.answered()
                    else:
                        pace.refused(host.retry_after, granted)

        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(worker())
        return pace

    return simulate(go())


def given(rate: float) -> Callable[[Callable[[], float]], Pace]:
    return lambda clock: Pace(concurrency=16, per_second=rate, clock=clock)


def unknown(clock: Callable[[], float]) -> Pace:
    return Pace(concurrency=16, per_second=None, clock=clock)


@pytest.mark.parametrize("rate", [0.5, 7.5, 20, 100])
def test_a_given_rate_is_used_to_the_full_and_no_request_of_it_is_refused(rate: float) -> None:
    host = Host(lambda _: rate)
    ask(host, given(rate), seconds=60)
    assert host.achieved(0, 60) >= 0.97
    assert host.rejected(0, 60) == 0


def test_the_first_second_is_no_burst() -> None:
    """Somebody else may have used the bucket before us."""
    host = Host(lambda _: 100, _tokens=20.0)
    ask(host, given(100), seconds=10)
    assert host.rejected(0, 10) == 0


@pytest.mark.parametrize("rate", [20, 100])
def test_a_strict_window_of_a_second_sees_no_more_than_the_rate(rate: float) -> None:
    host = Host(lambda _: rate, window=True)
    ask(host, given(rate), seconds=60)
    assert host.achieved(0, 60) >= 0.97
    assert host.rejected(0, 60) == 0


@pytest.mark.parametrize("retry_after", [None, 1.0], ids=["silent", "told"])
@pytest.mark.parametrize("window", [False, True], ids=["bucket", "window"])
@pytest.mark.parametrize("rate", [20, 100])
def test_an_unknown_rate_is_found_from_refusals(rate: float, window: bool, retry_after: float | None) -> None:
    host = Host(lambda _: rate, window, retry_after)
    ask(host, unknown, seconds=90)
    assert host.achieved(10, 90) >= 0.85
    assert host.rejected(10, 90) < 0.02


@pytest.mark.parametrize("retry_after", [None, 1.0], ids=["silent", "told"])
@pytest.mark.parametrize("window", [False, True], ids=["bucket", "window"])
def test_what_somebody_else_has_used_before_us_is_not_taken_for_the_rate(
    window: bool, retry_after: float | None
) -> None:
    host = Host(lambda _: 40, window, retry_after, _passed=deque([-0.3] * 38), _tokens=2.0)
    ask(host, unknown, seconds=90)
    assert host.achieved(10, 90) >= 0.85
    assert host.rejected(10, 90) < 0.02


@pytest.mark.parametrize("retry_after", [None, 1.0], ids=["silent", "told"])
@pytest.mark.parametrize("window", [False, True], ids=["bucket", "window"])
@pytest.mark.parametrize(("before", "after", "within"), [(100, 50, 10), (40, 80, 30)], ids=["halved", "doubled"])
def test_a_rate_that_moves_is_followed(
    before: float, after: float, within: float, window: bool, retry_after: float | None
) -> None:
    host = Host(lambda now: before if now < 30 else after, window, retry_after)
    ask(host, unknown, seconds=30 + within + 30)
    assert host.achieved(30 + within, 60 + within) >= 0.85
    assert host.rejected(30, 60 + within) < 0.02


def test_error_pages_which_are_quick_never_speed_the_pace_up() -> None:
    async def go() -> tuple[float | None, float | None]:
        loop = asyncio.get_running_loop()
        pace = Pace(concurrency=4, per_second=None, clock=loop.time)
        pace.recall(10)
        before = pace.rate
        for _ in range(600):
            async with pace.slot():
                await asyncio.sleep(0.001)
                pace.answered(error=True)
        return before, pace.rate

    before, after = simulate(go())
    assert before is not None and after is not None and after <= before * 1.1


def test_a_rate_that_is_not_used_up_does_not_grow() -> None:
    """Where the shop is slow, answers of the Gateway say nothing of a higher rate."""

    async def go() -> float | None:
        pace = Pace(concurrency=4, per_second=None, clock=asyncio.get_running_loop().time)
        pace.recall(50)
        for _ in range(200):
            async with pace.slot():
                pace.answered()
            await asyncio.sleep(1)
        return pace.rate

    assert simulate(go()) == pytest.approx(46)


def test_what_was_found_is_where_the_next_run_begins() -> None:
    host = Host(lambda _: 20)
    found = ask(host, unknown, seconds=60).found
    assert found == pytest.approx(20, rel=0.2)

    def recalled(clock: Callable[[], float]) -> Pace:
        pace = unknown(clock)
        pace.recall(found or 0)
        return pace

    again = Host(lambda _: 20)
    ask(again, recalled, seconds=5)
    assert again.rejected(0, 5) == 0
    assert again.achieved(0, 5) >= 0.85


def test_a_host_that_refused_nothing_is_not_remembered() -> None:
    assert ask(Host(lambda _: 10_000), unknown, seconds=1).found is None


def test_a_given_rate_is_not_exceeded_by_what_is_found() -> None:
    pace = Pace(concurrency=4, per_second=20)
    pace.recall(50)
    pace.refused(None)
    assert pace.rate == 20  # whoever set it knows: one request may have come early
    pace.refused(None)
    assert pace.rate is not None and 10 < pace.rate < 20
    assert pace.found is None


def test_a_given_rate_that_is_too_high_is_lowered_all_the_same() -> None:
    host = Host(lambda _: 10)
    ask(host, given(20), seconds=60)
    assert host.achieved(10, 60) >= 0.9
    assert host.rejected(10, 60) < 0.03


class Odd(Host):
    """Refuses one request every ten seconds, whatever was asked for."""

    def admits(self, now: float) -> bool:
        if not self.answers or int(now / 10) != int(self.answers[-1][0] / 10):
            self.answers.append((now, False))
            return False
        return super().admits(now)


def test_a_refusal_now_and_then_costs_a_given_rate_only_its_silence() -> None:
    host = Odd(lambda _: 100, window=True)
    ask(host, given(100), seconds=60)
    assert host.achieved(0, 60) >= 0.93


def test_a_refusal_at_the_very_start_does_not_cost_the_whole_run() -> None:
    """One request in the last second says nothing of the rate that was refused."""
    pace = Pace(concurrency=16, per_second=None)
    pace.refused(None)
    assert pace.rate is not None and 4 < pace.rate < 16


class Restarting(Host):
    """Refuses everything for some seconds, whatever was asked for."""

    def admits(self, now: float) -> bool:
        if 20 <= now < 26:
            self.answers.append((now, False))
            return False
        return super().admits(now)


def test_a_host_that_refuses_all_for_a_while_is_soon_asked_as_fast_as_before() -> None:
    host = Restarting(lambda _: 20)
    ask(host, unknown, seconds=70)
    assert host.achieved(10, 20) >= 0.85
    assert host.achieved(28, 40) >= 0.15
    assert host.achieved(50, 70) >= 0.6


def test_refusals_that_were_under_way_together_count_as_one() -> None:
    async def go() -> list[float | None]:
        clock = asyncio.get_running_loop().time
        pace = Pace(concurrency=4, per_second=20, clock=clock)
        granted = [await pace.acquire() for _ in range(3)]
        await asyncio.sleep(0.1)
        rates = []
        for moment in granted:
            pace.refused(None, moment)
            rates.append(pace.rate)
        return rates

    rates = simulate(go())
    assert rates[0] == rates[1] == rates[2]


def test_retry_after_is_waited_for() -> None:
    async def go() -> float:
        loop = asyncio.get_running_loop()
        pace = Pace(concurrency=4, per_second=None, clock=loop.time)
        pace.refused(7.0)
        await pace.acquire()
        return loop.time()

    assert simulate(go()) == pytest.approx(7.0)
