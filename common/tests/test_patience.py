"""Who finds out that a side is down, how long it is waited for, and when it is given up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from gateway_importer.errors import Unreachable
from gateway_importer.patience import FAILURES_UNTIL_DOWN, Looked, Patience


@dataclass
class Side:
    """A side that is up or down, and counts how often it is looked at."""

    up: bool = True
    looks: int = 0
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def answers(self) -> bool:
        self.looks += 1
        await asyncio.sleep(0)
        return self.up

    def patience(self, *, seconds: float = 5.0, known: bool = True) -> Patience:
        return Patience(
            "The shop", seconds=seconds, first_pause=0.001, answers=self.answers, stopping=lambda: self.stopping,
            known=known,
        )  # fmt: skip

    async def later(self, seconds: float, do: Callable[[], None]) -> None:
        await asyncio.sleep(seconds)
        do()

    def come_back(self) -> None:
        self.up = True


async def test_one_request_that_fails_while_the_side_answers_is_not_waited_for() -> None:
    side = Side()
    assert await side.patience().outlast() is Looked.UP
    assert side.looks == 1


async def test_a_side_that_never_answered_is_not_waited_for_and_not_even_looked_at() -> None:
    side = Side(up=False)
    patience = side.patience(known=False)
    assert await patience.outlast() is Looked.GONE and side.looks == 0
    patience.answered()
    patience.failed()
    assert await asyncio.wait_for(asyncio.gather(patience.outlast(), side.later(0.02, side.come_back)), 2)
    assert side.looks > 1


async def test_all_that_wait_are_told_by_one_that_looks() -> None:
    side = Side(up=False)
    patience = side.patience()
    waiting = [asyncio.create_task(patience.outlast()) for _ in range(50)]
    await side.later(0.1, side.come_back)
    begun = time.monotonic()
    assert set(await asyncio.gather(*waiting)) == {Looked.BACK}
    assert side.looks < 25 and time.monotonic() - begun < 2


async def test_an_answer_to_anything_else_ends_the_waiting() -> None:
    side = Side(up=False)
    patience = side.patience()
    waiting = asyncio.create_task(patience.outlast())
    await side.later(0.02, patience.answered)
    assert await asyncio.wait_for(waiting, 2) is Looked.BACK


async def test_patience_ends_with_an_error_that_says_for_how_long_it_lasted() -> None:
    side = Side(up=False)
    with pytest.raises(Unreachable, match=r"The shop has gone down: it has not answered for 0 s") as gone:
        await asyncio.wait_for(side.patience(seconds=0.05).outlast(), 2)
    assert "PATIENCE" in gone.value.to_do


async def test_a_run_that_is_to_end_waits_no_longer() -> None:
    side = Side(up=False)
    waiting = asyncio.create_task(side.patience(seconds=600).outlast())
    await side.later(0.1, side.stopping.set)
    assert await asyncio.wait_for(waiting, 1) is Looked.GONE


async def test_where_nothing_else_succeeds_a_small_answer_proves_little() -> None:
    """The door answers, and what lies behind it does not: that is an outage too, and it is waited out."""
    side = Side()
    patience = side.patience(seconds=0.2)
    for _ in range(FAILURES_UNTIL_DOWN):
        patience.failed()
    assert await patience.outlast() is Looked.BACK, "try again, a little later"

    async def for_ever() -> None:
        while True:
            patience.failed()
            await patience.outlast()

    with pytest.raises(Unreachable):
        await asyncio.wait_for(for_ever(), 5)


async def test_what_can_be_sent_only_once_waits_while_the_side_is_known_to_be_down() -> None:
    side = Side(up=False)
    patience = side.patience()
    patience.failed()
    await asyncio.wait_for(patience.while_down(), 1)
    assert side.looks == 0, "one failure is not known to be an outage"
    for _ in range(FAILURES_UNTIL_DOWN):
        patience.failed()
    await asyncio.gather(asyncio.wait_for(patience.while_down(), 2), side.later(0.05, side.come_back))
    assert side.looks > 1


async def test_requests_that_broke_off_together_are_one_failure() -> None:
    side = Side()
    patience = side.patience(seconds=0)
    begun = time.monotonic()
    for _ in range(2 * FAILURES_UNTIL_DOWN):
        patience.failed(begun)
    patience.raise_if_down(TimeoutError())
    for _ in range(FAILURES_UNTIL_DOWN):
        patience.failed()
    with pytest.raises(Unreachable, match="requests in a row failed"):
        patience.raise_if_down(TimeoutError("no answer"))
