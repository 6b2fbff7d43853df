"""A run that trusts the shop's dates reads what changed and nothing else, and misses no stock, price or newcomer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from gateway_importer.catalog import Fault as Cause
from gateway_importer.pipeline.shortcut import Basis, Trust, why_whole
from import_runs import World
from made_up_shop import simple

LONG_AGO = datetime.now(UTC) - timedelta(days=30)


async def settled(world: World, count: int = 20) -> None:
    """A shop of `count` products that was imported whole by a run that trusts dates; nothing changed for a month."""
    world.settings["TRUST_DATES"] = "yes"
    world.shop.put(*(simple(number) for number in range(1, count + 1)))
    world.shop.dates = {str(number): LONG_AGO for number in range(1, count + 1)}
    world.shop.asides = {str(number): b"stock 5" for number in range(1, count + 1)}
    first = await world.run()
    assert "Everything was read" in first.warnings
    world.shop.pages_read.clear()
    world.sandbox.reset_log()


def read(world: World) -> set[str]:
    """The products that were read since."""
    return {identity for page in world.shop.pages_read for identity in page}


async def test_nothing_changed_and_nothing_is_read_or_written(world: World) -> None:
    await settled(world)
    run = await world.run()
    assert run.error is None and run.counts == {"unchanged": 20} and read(world) == set()
    assert world.writes() == [] and run.report.facts.audit_agrees
    assert "20 products were not read" in run.warnings and "the weather" in run.warnings


async def test_what_a_date_names_what_moved_and_what_is_new_is_read_and_nothing_else(world: World) -> None:
    await settled(world)
    assert world.shop.dates is not None
    world.shop.put(
        simple(3, name="Neu"), simple(4, stock=99), simple(21), simple(5, name="Seen by nobody")
    )  # the last one moves neither a date nor a row
    world.shop.dates["3"] = datetime.now(UTC)
    world.shop.asides["4"] = b"stock 99"
    world.shop.dates["21"] = LONG_AGO  # brought in from elsewhere with its old date
    run = await world.run()
    assert read(world) == {"3", "4", "21"}
    assert {number for number, outcome in run.outcomes.items() if outcome != "unchanged"} == {"3", "4", "21"}
    assert world.by_sku()["SKU-4"]["stock_level"] == 99 and "SKU-21" in world.by_sku()
    world.shop.pages_read.clear()
    again = await world.run()
    assert again.counts == {"unchanged": 21} and read(world) <= {"3"}  # within the margin of the clocks


async def test_what_vanished_is_archived_and_what_is_left_out_stays_so(world: World) -> None:
    await settled(world)
    world.shop.take_out(1)
    world.shop.disable(2)
    assert world.shop.dates is not None
    world.shop.dates["2"] = datetime.now(UTC)
    run = await world.run()
    assert run.counts == {"archived": 2, "unchanged": 18}
    again = await world.run()
    assert again.counts == {"skipped": 1, "unchanged": 18} and again.rows["2"].rule == "disabled"
    assert len(world.objects()) == 18


async def test_what_failed_is_read_again(world: World) -> None:
    await settled(world)
    assert world.shop.dates is not None
    world.shop.products.pop("7")
    world.shop.failed["7"] = Cause("broken", "It is broken.", "Mend it.")
    world.shop.dates["7"] = datetime.now(UTC)
    assert (await world.run()).counts == {"failed": 1, "unchanged": 19}
    world.shop.failed.clear()
    world.shop.put(simple(7, gross="99.00"))
    world.shop.dates["7"] = LONG_AGO
    world.shop.pages_read.clear()
    run = await world.run()
    assert read(world) == {"7"} and run.counts == {"updated": 1, "unchanged": 19}


@pytest.mark.parametrize(
    ("setting", "value", "why"),
    [
        ("DESCRIPTION", "text", "a setting, the category mapping or this program has changed"),
        ("TRUST_DATES", "no", ""),
        ("OVERWRITE", "always", ""),
    ],
    ids=["setting", "no trust", "always"],
)
async def test_everything_is_read_where_less_is_not_to_be_believed(
    world: World, setting: str, value: str, why: str
) -> None:
    await settled(world)
    world.settings[setting] = value
    run = await world.run()
    assert len(read(world)) == 20 and why in run.warnings


async def test_everything_is_read_after_a_run_that_did_not_end_well_and_once_what_all_share_moved(world: World) -> None:
    await settled(world)
    assert world.shop.dates is not None
    world.shop.dates |= {str(number): datetime.now(UTC) for number in range(1, 6)}
    stopped = await world.run(stop_after=2)
    assert stopped.error is not None
    world.shop.pages_read.clear()
    run = await world.run()
    assert len(read(world)) == 20 and "did not" not in run.outcomes and "that ended well" in run.warnings
    world.shop.asides[""] = b"another tax"
    world.shop.pages_read.clear()
    run = await world.run()
    assert len(read(world)) == 20 and "concerns all products" in run.warnings


async def test_a_shop_without_dates_is_read_whole_and_told_so(world: World) -> None:
    await settled(world)
    world.shop.dates = None
    run = await world.run()
    assert len(read(world)) == 20 and "cannot be asked for what changed" in run.warnings


NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
RESTED = Basis(run=6, began=NOW - timedelta(days=1), whole=NOW - timedelta(days=6), settings="s")


@pytest.mark.parametrize(
    ("basis", "previous", "days", "settings", "whole"),
    [
        (RESTED, 6, 7, "s", False),
        (RESTED, 7, 7, "s", True),
        (RESTED, 6, 6, "s", True),
        (RESTED, 6, 7, "t", True),
        (None, None, 7, "s", True),
        (Basis(run=6, began=NOW, whole=NOW + timedelta(hours=1), settings="s"), 6, 7, "s", True),
    ],
    ids=["may rest", "another run between", "long ago", "other settings", "first run", "a clock was set back"],
)
def test_when_less_may_be_read(
    basis: Basis | None, previous: int | None, days: int, settings: str, whole: bool
) -> None:
    assert bool(why_whole(basis, Trust(True, days, settings), previous=previous, now=NOW)) == whole
