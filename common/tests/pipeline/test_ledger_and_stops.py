"""Whose ledger it is, runs that are stopped, two runs at once, and previews."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from gateway_importer.ends import state_folder
from gateway_importer.errors import LedgerError, RunActive, Stopped
from gateway_importer.ledger.lock import FolderLock
from gateway_importer.ledger.store import FILE
from gateway_importer.sandbox import DEMO_SHOP_GUID, Fault, Latency
from import_runs import World
from made_up_shop import grouped, simple


def filled(world: World, count: int = 12) -> None:
    world.shop.put(*(simple(number, shows=[f"p{number}"]) for number in range(1, count)), grouped(count))


def ledger_file(world: World) -> Path:
    return world.folder / DEMO_SHOP_GUID / FILE


# --- whose it is -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["shop", "language", "price"])
async def test_a_ledger_of_another_import_is_refused_with_the_way_out(world: World, what: str) -> None:
    filled(world)
    await world.run()
    world.sandbox.reset_log()
    if what == "shop":
        world.shop.key = "other.example"
    elif what == "language":
        world.shop.language = "en"
    else:
        world.settings["PRICE"] = "reduced"
    with pytest.raises(LedgerError, match="belongs to another import") as refused:
        await world.run()
    assert "ACCEPT_CHANGE=yes" in refused.value.to_do and world.writes() == []
    assert (await world.run(ACCEPT_CHANGE="yes")).error is None
    assert (await world.run()).error is None and len(world.by_sku(archived=None)) == 13


async def test_another_shops_marks_are_refused_and_the_right_address_goes_on(world: World) -> None:
    """A fresh state folder and a mistyped address: nothing of that may stay behind."""
    filled(world)
    await world.run()
    world.settings["STATE_FOLDER"] = str(world.folder / "fresh")
    world.shop.key = "other.example"
    refused = await world.run()
    assert isinstance(refused.error, LedgerError) and "shop.example" in refused.error.happened
    world.shop.key = "shop.example"
    run = await world.run()
    assert run.error is None and run.counts == {"unchanged": 12} and len(world.by_sku(archived=None)) == 13


async def test_a_ledger_that_nothing_was_imported_with_belongs_to_nobody(world: World) -> None:
    filled(world)
    world.sandbox.faults.append(Fault(what="status", status=401, method="POST"))
    await world.run()
    world.sandbox.faults.clear()
    world.shop.language = "en"
    assert (await world.run()).error is None


async def test_a_newer_programs_ledger_is_refused(world: World) -> None:
    filled(world)
    await world.run()
    with sqlite3.connect(ledger_file(world)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(LedgerError, match="newer version"):
        await world.run()


@pytest.mark.parametrize("damage", ["garbage", "cut"])
async def test_a_damaged_ledger_is_refused_and_can_be_rebuilt(world: World, damage: str) -> None:
    filled(world, 60)
    await world.run()
    file = ledger_file(world)
    whole = file.read_bytes()
    file.write_bytes(b"no database at all " * 500 if damage == "garbage" else whole[: len(whole) // 2])
    for suffix in ("-wal", "-shm"):
        Path(f"{file}{suffix}").unlink(missing_ok=True)
    with pytest.raises(LedgerError) as refused:
        await world.run()
    assert "move ledger.sqlite away" in refused.value.to_do
    file.rename(file.with_suffix(".bad"))
    world.sandbox.reset_log()
    run = await world.run()
    assert run.error is None and run.counts == {"unchanged": 60} and world.writes() == []


async def test_two_runs_at_once_are_one_too_many(world: World) -> None:
    filled(world)
    with FolderLock(state_folder(world.values())), pytest.raises(RunActive):
        await world.run()
    assert (await world.run()).error is None


# --- stops -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("after", "lag"), [(1, 0.0), (4, 0.25), (9, 0.0), (9, 0.25)])
async def test_a_stopped_run_is_completed_by_the_next_one(world: World, after: int, lag: float) -> None:
    world.sandbox.settings.index_lag = lag
    filled(world)
    stopped = await world.run(stop_after=after, INDEX_SECONDS="1", GATEWAY_CONCURRENCY="2", IMAGE_CONCURRENCY="1")
    assert isinstance(stopped.error, Stopped) and "failed" not in stopped.counts
    run = await world.run(INDEX_SECONDS="1")
    assert run.error is None and "failed" not in run.counts
    assert len(world.by_sku(archived=None)) == 13 and list(world.variant_tags()) == ["Produkt 12"]
    assert all(made["product"]["images"] for made in world.objects() if "-12-" not in made["product"]["sku"])
    world.sandbox.reset_log()
    assert (await world.run()).counts == {"unchanged": 12} and world.writes() == []


@pytest.mark.parametrize("after", [1, 4, 9])
async def test_a_run_that_was_ended_at_once_is_completed_by_the_next_one(world: World, after: int) -> None:
    world.sandbox.settings.latency = (Latency(seconds=0.02, jitter=0.05),)
    filled(world)
    await world.run(cancel_after=after, GATEWAY_CONCURRENCY="4")
    world.sandbox.settings.latency = ()
    await asyncio.sleep(0.1)
    run = await world.run()
    assert run.error is None and "failed" not in run.counts
    assert len(world.by_sku(archived=None)) == 13 and list(world.variant_tags()) == ["Produkt 12"]
    world.sandbox.reset_log()
    assert (await world.run()).counts == {"unchanged": 12} and world.writes() == []


async def test_a_stop_while_answers_are_lost_leaves_them_to_the_next_run(world: World) -> None:
    filled(world)
    await world.run()
    world.shop.put(*(simple(number) for number in range(20, 26)))
    world.sandbox.faults.append(Fault(what="reset", when="after", method="POST", path="/products$", body="SKU-2[0-3]"))
    stopped = await world.run(stop_after=13, SETTLE_SECONDS="30", within=5)
    assert isinstance(stopped.error, Stopped)
    world.sandbox.faults.clear()
    run = await world.run()
    assert run.error is None and len(world.by_sku(archived=None)) == 19


async def test_a_stop_while_products_are_archived_leaves_the_rest_to_the_next_run(world: World) -> None:
    filled(world, 30)
    await world.run()
    world.shop.take_out(*range(1, 6))
    world.sandbox.settings.latency = (Latency(seconds=0.05, method="PUT"),)
    await world.run(stop_after=25, GATEWAY_CONCURRENCY="1")
    assert (await world.run()).error is None and len(world.objects(archived=True)) == 5


# --- previews ----------------------------------------------------------------------------------------------------


async def test_a_preview_says_what_would_happen_and_leaves_everything_as_it_is(world: World) -> None:
    filled(world)
    await world.run()
    before = ledger_file(world).read_bytes()
    world.shop.put(simple(1, gross="99.00"), simple(20, sku="SKU-2"), grouped(12, ("S", "L")))
    world.shop.take_out(3)
    world.shop.disable(4)
    world.sandbox.reset_log()
    world.shop.pictures_read.clear()
    preview = await world.run(command="preview")
    assert preview.error is None and world.writes() == [] and not world.shop.pictures_read
    assert ledger_file(world).read_bytes() == before
    assert sorted(file.name for file in ledger_file(world).parent.glob("*.sqlite*")) == [FILE]
    expected = {"archived": 2, "created": 1, "unchanged": 8, "updated": 2}
    assert preview.counts == expected and preview.report.samples
    assert (await world.run()).counts == expected


async def test_a_preview_of_a_first_run_makes_no_ledger(world: World) -> None:
    filled(world)
    preview = await world.run(command="preview")
    assert preview.counts == {"created": 12} and world.objects(archived=None) == []
    assert not ledger_file(world).exists() and list(world.variant_tags()) == []
    assert (await world.run()).counts == {"created": 12}


async def test_a_preview_refuses_the_ledger_of_another_import_and_changes_nothing(world: World) -> None:
    filled(world)
    await world.run()
    world.shop.language = "en"
    with pytest.raises(LedgerError):
        await world.run(command="preview")
    await world.run(command="preview", ACCEPT_CHANGE="yes")
    world.shop.language = "pl"
    assert (await world.run()).counts == {"unchanged": 12}
