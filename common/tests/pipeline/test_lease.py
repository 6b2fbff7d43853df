"""One run a shop: who holds the lease may write, a dead holder holds nothing, one that was away is told so."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_importer.errors import RunActive
from gateway_importer.ledger.lease import Lease
from gateway_importer.ledger.store import Ledger

SHORT = 0.4  # seconds


@pytest.fixture
def ledgers(tmp_path: Path) -> Iterator[tuple[Ledger, Ledger]]:
    """One ledger, open twice."""
    with (
        contextlib.closing(Ledger(tmp_path, identity=None)) as first,
        contextlib.closing(Ledger(tmp_path, identity=None)) as second,
    ):
        yield first, second


async def test_a_holder_that_was_killed_on_this_machine_is_not_waited_for(ledgers: tuple[Ledger, Ledger]) -> None:
    await Lease(ledgers[0].file, term=3600).take()
    await asyncio.wait_for(Lease(ledgers[1].file, term=3600).take(), 1.0)


async def test_a_holder_on_another_machine_that_is_dead_is_waited_for_and_followed(
    ledgers: tuple[Ledger, Ledger],
) -> None:
    gone = Lease(ledgers[0].file, term=SHORT, machine="another")
    await gone.take()
    await Lease(ledgers[1].file, term=SHORT).take()
    assert not gone.renew()
    with pytest.raises(RunActive, match="has taken the place"):
        ledgers[0].intend("1", [], 1)
    ledgers[1].intend("1", [], 1)


async def test_a_holder_on_another_machine_that_lives_keeps_the_second_run_out(
    ledgers: tuple[Ledger, Ledger],
) -> None:
    lost = asyncio.Event()
    async with Lease(ledgers[0].file, term=SHORT, machine="another").held(lost.set):
        with pytest.raises(RunActive, match="on another machine"):
            await Lease(ledgers[1].file, term=SHORT).take()
    assert not lost.is_set()
    await asyncio.wait_for(Lease(ledgers[1].file, term=3600).take(), 1.0)  # it was given back


async def test_a_run_whose_lease_was_taken_is_told(ledgers: tuple[Ledger, Ledger]) -> None:
    lost = asyncio.Event()
    async with Lease(ledgers[0].file, term=SHORT).held(lost.set):
        await Lease(ledgers[1].file, term=SHORT).take()
        await asyncio.wait_for(lost.wait(), 5.0)


async def test_a_lease_of_the_far_future_is_a_clock_that_was_wrong(ledgers: tuple[Ledger, Ledger]) -> None:
    await Lease(ledgers[0].file, term=1e9, machine="another").take()
    await asyncio.wait_for(Lease(ledgers[1].file, term=SHORT).take(), 1.0)
