"""The Gateway or its object store goes down in the middle of a run: it is waited for as long as PATIENCE allows, else
the run ends with what is done kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from gateway_importer.errors import Stopped, Unreachable
from gateway_importer.sandbox import Fault, Latency, Sandbox
from import_runs import World
from made_up_shop import MadeUpShop, grouped, simple

WAITING = {
    "PATIENCE": "15", "TRIES": "2", "GATEWAY_CONCURRENCY": "8", "SETTLE_SECONDS": "0.2", "IMAGES": "none",
}  # fmt: skip


@pytest.fixture
async def lasting(tmp_path: Path) -> AsyncIterator[World]:
    """A world whose Gateway may be stopped and started again, and that is slow enough to be met in the middle."""
    async with Sandbox(folder=tmp_path / "sandbox") as sandbox:
        sandbox.settings.latency = (Latency(seconds=0.02),)
        world = World(MadeUpShop(), sandbox, tmp_path / "state", dict(WAITING))
        world.shop.put(*(simple(number, shows=[f"p{number}"]) for number in range(1, 31)))
        world.shop.put(*(grouped(number) for number in range(31, 36)))
        yield world


async def in_the_middle(world: World) -> None:
    while len(world.objects()) < 8:
        await asyncio.sleep(0.01)


async def down(world: World, how: str, seconds: float) -> None:
    await in_the_middle(world)
    if how == "refused":
        await world.sandbox.close()
        await asyncio.sleep(seconds)
        await world.sandbox.start()
        return
    fault = (
        Fault(what="status", status=503, path="^/(?!store)")
        if how == "503"
        else Fault(what="reset", path="^/(?!store)")
    )
    world.sandbox.faults.append(fault)
    await asyncio.sleep(seconds)
    world.sandbox.faults.clear()


@pytest.mark.parametrize("how", ["503", "reset", "refused"])
async def test_a_gateway_that_is_down_for_a_while_is_waited_for(lasting: World, how: str) -> None:
    outage = asyncio.ensure_future(down(lasting, how, 1.0))
    run = await lasting.run()
    await outage
    assert run.error is None and "failed" not in run.counts, [row for row in run.rows.values() if row.code]
    assert len(lasting.by_sku(archived=None)) == 40
    assert (await lasting.run()).counts == {"unchanged": 35}


@pytest.mark.parametrize("how", ["reset", "refused"])
async def test_where_patience_ends_first_what_is_done_is_kept(lasting: World, how: str) -> None:
    outage = asyncio.ensure_future(down(lasting, how, 3.0))
    run = await lasting.run(PATIENCE="0.3")
    assert isinstance(run.error, Unreachable) and run.counts["created"] >= 7
    await outage
    again = await lasting.run()
    assert again.error is None and "failed" not in again.counts
    assert len(lasting.by_sku(archived=None)) == 40


async def test_a_stop_is_not_kept_waiting_for_a_gateway_that_is_down(lasting: World) -> None:
    outage = asyncio.ensure_future(down(lasting, "reset", 4.0))
    run = await lasting.run(stop_after=8, within=4.0)  # what was there before the outage is told in any case
    assert isinstance(run.error, Stopped | Unreachable)
    await outage


async def test_a_mistyped_gateway_is_not_waited_for(lasting: World) -> None:
    """Nothing has ever answered there."""
    with pytest.raises(Exception, match="no connection"):
        await lasting.run(GATEWAY_URL="http://127.0.0.1:9", within=5.0)


# --- the object store ----------------------------------------------------------------------------------------


async def store_down(world: World, how: str, seconds: float) -> None:
    """Every request to the store goes wrong for a while, and the Gateway itself is well."""
    while len(world.sandbox.uploads) < 4:
        await asyncio.sleep(0.01)
    fault = Fault(what="status", status=503, path="^/store") if how == "503" else Fault(what="reset", path="^/store")
    world.sandbox.faults.append(fault)
    await asyncio.sleep(seconds)
    world.sandbox.faults.clear()


def without_pictures(world: World) -> list[str]:
    return sorted(sku for sku, made in world.by_sku().items() if len(sku) < 7 and not made["product"]["images"])


@pytest.mark.parametrize("how", ["503", "reset"])
async def test_an_object_store_that_is_down_for_a_while_costs_no_picture(lasting: World, how: str) -> None:
    outage = asyncio.ensure_future(store_down(lasting, how, 1.5))
    run = await lasting.run(IMAGES="uploads", STORE_CONCURRENCY="4")
    await outage
    assert run.error is None and "failed" not in run.counts and not run.notices, run.notices
    assert without_pictures(lasting) == []
    assert len({picture.key for picture in lasting.sandbox.uploads}) == 30


async def test_where_patience_with_the_store_ends_the_run_ends_and_the_next_one_brings_the_pictures(
    lasting: World,
) -> None:
    outage = asyncio.ensure_future(store_down(lasting, "reset", 2.5))
    run = await lasting.run(IMAGES="uploads", STORE_CONCURRENCY="4", PATIENCE="0.3")
    assert isinstance(run.error, Unreachable) and "object store" in run.error.happened, run.error
    await outage
    again = await lasting.run(IMAGES="uploads")
    assert again.error is None and without_pictures(lasting) == []
