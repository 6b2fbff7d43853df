"""The pace at a host that tells of its own leaky bucket in every answer, in simulated time: it is used to the full, and
no request of ours is refused, whoever else drinks from it."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

import pytest
from gateway_importer.pace import Pace
from simulated_time import simulate

SIZE = 10
SECONDS = 120.0


@dataclass
class LeakyHost:
    """A call is let in where one more has room; `level` leaks all the time."""

    drain: float
    size: float = SIZE
    level: float = 0.0
    at: float = 0.0
    refused: int = 0

    def admits(self, now: float) -> bool:
        self.level = max(0.0, self.level - (now - self.at) * self.drain)
        self.at = now
        if self.level + 1 > self.size:
            self.refused += 1
            return False
        self.level += 1
        return True


def ask(
    host: LeakyHost, *, latency: float, workers: int, others: int = 0, per_second: float | None = None
) -> tuple[int, Pace]:
    """Ask as often as the pace lets us; how many were let in. `others`: so many calls at once come from another client,
    as often as takes a third of what leaks out."""
    chance = random.Random(1)

    async def go() -> tuple[int, Pace]:
        loop = asyncio.get_running_loop()
        pace = Pace(concurrency=workers, per_second=per_second, clock=loop.time)
        let_in = 0

        async def call() -> None:
            nonlocal let_in
            async with pace.slot() as granted:
                await asyncio.sleep(latency * chance.random())
                admitted = host.admits(loop.time())
                told = int(host.level)
                await asyncio.sleep(latency * chance.random())
                pace.told(told, host.size, host.drain)
                if admitted:
                    let_in += 1
                    pace.answered()
                else:
                    pace.refused(1.0, granted)

        async def worker() -> None:
            while loop.time() < SECONDS:
                await call()

        async def another() -> None:
            while others and loop.time() < SECONDS:
                for _ in range(others):
                    host.admits(loop.time())
                await asyncio.sleep(others / (host.drain / 3))

        await call()  # a first one alone: a program signs in before it asks for lists
        async with asyncio.TaskGroup() as group:
            group.create_task(another())
            for _ in range(workers):
                group.create_task(worker())
        return let_in, pace

    return simulate(go())


@pytest.mark.parametrize("others", [0, 1, 3], ids=["alone", "a third of it to another", "a third in bursts"])
@pytest.mark.parametrize("latency", [0.02, 0.2], ids=["near", "far"])
@pytest.mark.parametrize("drain", [2.0, 10.0])
def test_all_that_leaks_out_of_the_bucket_is_used_and_nothing_is_refused(
    drain: float, latency: float, others: int
) -> None:
    host = LeakyHost(drain)
    let_in, pace = ask(host, latency=latency, workers=4, others=others)
    assert pace.floor <= SECONDS + latency
    share = 1 if not others else 2 / 3
    assert let_in >= 0.95 * drain * share * SECONDS
    assert host.refused == 0


def test_more_workers_than_the_bucket_holds_still_overfill_it_never() -> None:
    host = LeakyHost(2.0)
    let_in, _ = ask(host, latency=0.2, workers=32)
    assert let_in >= 0.95 * 2 * SECONDS
    assert host.refused == 0


def test_a_rate_that_was_given_holds_at_such_a_host_too() -> None:
    let_in, _ = ask(LeakyHost(10.0), latency=0.02, workers=4, per_second=3)
    assert 0.95 * 3 * SECONDS <= let_in <= 3 * SECONDS + 3


def test_a_bucket_that_others_have_filled_is_waited_for_and_slows_nothing_down_afterwards() -> None:
    host = LeakyHost(2.0, level=10.0)
    let_in, pace = ask(host, latency=0.02, workers=4)
    assert host.refused == 1
    assert let_in >= 0.95 * 2 * (SECONDS - 5)
    assert pace.found is None


def test_a_refusal_that_names_a_time_is_waited_out_whatever_leaks_out_of_the_bucket() -> None:
    async def go() -> float:
        loop = asyncio.get_running_loop()
        pace = Pace(concurrency=4, per_second=None, clock=loop.time)
        async with pace.slot() as granted:
            pace.told(1, 1000, 1000)
            pace.refused(7.0, granted)
        async with pace.slot():
            return loop.time()

    assert simulate(go()) == pytest.approx(7.0, abs=0.01)
