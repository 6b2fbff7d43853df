"""What only reads keeps no run out and is refused by none: history, report, export and verify while a run is under way."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from gateway_importer.ends import state_folder
from gateway_importer.errors import LedgerError
from gateway_importer.ledger.lease import Lease
from gateway_importer.ledger.schema import FIRST, VERSION
from gateway_importer.ledger.store import FILE, Ledger
from gateway_importer.sandbox import Fault, Latency
from import_runs import World
from made_up_shop import Ids, grouped, simple
from test_history import looked_up
from test_verify import verified


def reader(world: World) -> Ledger:
    return Ledger(state_folder(world.values()), identity=None, reading=True)


async def hold_the_lease(world: World) -> None:
    """As the command line does for the run that follows."""
    ledger = world.ledger()
    try:
        await Lease(ledger.file).take()
    finally:
        ledger.close()


def once(do: Callable[[], None]) -> Callable[[Ids], None]:
    """A hook that does something while the first page is read: the folder's lock and the ledger are the run's then."""
    left = [do]

    def hook(page: Ids) -> None:
        if left:
            left.pop()()

    return hook


@pytest.mark.parametrize("command", ["history", "report", "export"])
async def test_what_earlier_runs_did_can_be_looked_up_while_another_is_under_way(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    world.shop.put(*(simple(number) for number in range(1, 8)))
    await world.run()
    await hold_the_lease(world)
    found: list[tuple[int, str, str]] = []
    world.shop.hook = once(lambda: found.append(looked_up(world, monkeypatch, capsys, command)))
    second = await world.run()
    assert second.error is None and second.counts == {"unchanged": 7}
    [(code, out, err)] = found
    assert code == 0 and not err, err
    if command == "history":
        assert [line.split()[0] for line in out.splitlines()[1:]] == ["2", "1"]
    else:  # they tell of the last run that has ended
        assert out.count("created") >= 1 and "unchanged" not in out.replace("0 unchanged", "")


async def test_a_run_that_was_killed_is_told_as_such_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world.shop.put(*(simple(number) for number in range(1, 8)))
    await world.run_killed(Fault(what="reset", path="/products$", nth=3))
    _, out, _ = looked_up(world, monkeypatch, capsys, "history")
    assert " killed" in out
    await hold_the_lease(world)
    _, out, _ = looked_up(world, monkeypatch, capsys, "history")
    assert " running" in out, "by the lease it is under way"


async def test_a_run_begins_and_ends_while_somebody_reads(world: World) -> None:
    world.shop.put(*(simple(number) for number in range(1, 8)))
    await world.run()
    ledger = reader(world)
    try:
        assert ledger.live_variants() == 7
        world.shop.put(*(simple(number) for number in range(8, 12)))
        assert (await world.run()).counts == {"created": 4, "unchanged": 7}
        assert ledger.live_variants() == 11, "always as it is at that moment"
    finally:
        ledger.close()
    left = {path.name for path in state_folder(world.values()).iterdir()}
    assert not [name for name in left if "reading" in name or "scratch" in name], left


async def test_who_only_reads_cannot_write(world: World) -> None:
    world.shop.put(simple(1))
    await world.run()
    ledger = reader(world)
    try:
        with pytest.raises(LedgerError, match="readonly"):
            ledger.set_meta("restored", "no")
        with pytest.raises(LedgerError, match="readonly"):
            ledger.touch_product("1", "x")
        ledger.sides.hold("g", "s", "n", False, True, {"name": "n"})
        assert ledger.sides.held("g") == {"name": "n"}, "what it notes for itself it may write"
    finally:
        ledger.close()


async def test_a_ledger_of_an_older_form_is_brought_up_to_date_by_whoever_reads_it_first(world: World) -> None:
    folder = state_folder(world.values())
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(folder / FILE)) as db:
        db.executescript(f"BEGIN; {FIRST} PRAGMA user_version = 1; COMMIT;")
    ledger = reader(world)
    try:
        assert list(ledger.history.runs()) == []
    finally:
        ledger.close()
    with closing(sqlite3.connect(folder / FILE)) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == VERSION


async def test_to_look_where_nothing_is_makes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = looked_up(world, monkeypatch, capsys, "export")
    assert code == 2 and "No run of shop" in err
    assert not state_folder(world.values()).exists()


async def test_what_a_run_changes_meanwhile_is_no_difference(world: World) -> None:
    """`verify --ledger` beside an import of new prices: both sides move, and move together."""
    world.shop.put(*(simple(number) for number in range(1, 31)), grouped(31))
    await world.run()
    world.sandbox.settings.latency = (Latency(seconds=0.01),)
    world.shop.put(*(simple(number, gross="99.99") for number in range(1, 31)))
    run, proof = await asyncio.gather(world.run(), verified(world, ledger=True))
    assert run.error is None and run.counts == {"updated": 30, "unchanged": 1}
    code, _, told = proof
    assert code == 0 and told["variants"] == [], told
