"""Objects that somebody deleted at the Gateway, and objects that its query only does not show."""

from __future__ import annotations

from typing import Any

import pytest
from gateway_importer.errors import HeldBack
from gateway_importer.sandbox.search import SearchIndex
from import_runs import World
from made_up_shop import grouped, simple
from visitor_by_hand import Hand


async def test_an_object_deleted_at_the_gateway_is_made_anew_once(world: World) -> None:
    world.shop.put(*(simple(number) for number in range(1, 7)), grouped(7))
    await world.run()
    await Hand(world.sandbox).delete(world.by_sku()["SKU-7-M"]["guid"])
    await Hand(world.sandbox).delete(world.by_sku()["SKU-1"]["guid"])
    run = await world.run()
    assert run.error is None and len(world.by_sku(archived=None)) == 8
    assert "deleted at the Gateway" in run.warnings and len(world.tags_of("SKU-7-M")) == 1
    assert run.outcomes["1"] == "created" and run.outcomes["7"] == "updated"
    world.sandbox.reset_log()
    assert (await world.run()).counts == {"unchanged": 7} and world.writes() == []


async def test_a_change_finds_out_that_the_object_was_deleted(world: World) -> None:
    world.shop.put(*(simple(number) for number in range(1, 4)))
    await world.run()
    await Hand(world.sandbox).delete(world.by_sku()["SKU-1"]["guid"])
    world.shop.put(simple(1, gross="99.00"))
    run = await world.run()
    assert run.error is None and run.notices_of(1) == ["made_anew"]
    assert len(world.by_sku(archived=None)) == 3 and str(world.gross("SKU-1")) == "99.00"


async def test_many_deleted_objects_hold_the_run_back(world: World) -> None:
    world.shop.put(*(simple(number) for number in range(1, 11)))
    await world.run()
    for number in range(1, 7):
        await Hand(world.sandbox).delete(world.by_sku()[f"SKU-{number}"]["guid"])
    run = await world.run()
    assert isinstance(run.error, HeldBack) and len(world.objects()) == 4


async def test_what_the_run_before_made_is_waited_for(world: World) -> None:
    """A stopped run does not compare; the next one begins before the index has caught up."""
    world.shop.put(simple(1))
    await world.run()
    world.shop.put(*(simple(number) for number in range(2, 6)))
    world.sandbox.settings.index_lag = 1.2
    await world.run(stop_after=4)
    run = await world.run(INDEX_SECONDS="3")
    assert run.error is None and len(world.by_sku(archived=None)) == 5


@pytest.mark.parametrize("shown", ["nothing", "half"])
async def test_a_list_with_holes_doubles_nothing(world: World, monkeypatch: pytest.MonkeyPatch, shown: str) -> None:
    """The list lacks objects that a question for each of them finds."""
    world.shop.put(*(simple(number) for number in range(1, 5)))
    await world.run()
    whole = SearchIndex.search

    def holes(index: SearchIndex, dsl: Any) -> Any:
        found = whole(index, dsl)
        if len(dsl["query"]["bool"]["must"]) > 1 and shown == "half":
            return found
        return [] if shown == "nothing" else found[::2]

    monkeypatch.setattr(SearchIndex, "search", holes)
    run = await world.run()
    assert len(world.objects(archived=None)) == 4
    assert isinstance(run.error, HeldBack) if shown == "nothing" else run.error is None
