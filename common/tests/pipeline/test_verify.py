"""`verify --ledger` reads everything back from the Gateway; `verify` counts what it cannot compare. Neither writes."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from gateway_importer.ends import open_ends, state_folder
from gateway_importer.errors import ImporterError, InputError, Stopped
from gateway_importer.failures import HttpFailure
from gateway_importer.platform import Platform
from gateway_importer.proof.verify import verify
from gateway_importer.sandbox import Fault
from import_runs import World
from made_up_shop import grouped, simple
from visitor_by_hand import Hand


async def verified(
    world: World, *, ledger: bool, stopping: asyncio.Event | None = None, **settings: str
) -> tuple[int, str, dict[str, Any]]:
    """Exit code (7: it was ended before its end), what is told, and verify.json."""
    lines: list[str] = []
    asked = stopping or asyncio.Event()

    def say(line: str) -> None:
        lines.append(line)
        if stopping is not None and "SKU-" in line:
            stopping.set()

    platform = Platform("made-up", "Made-up", "made-up", (), (), lambda values, http: world.shop)
    values = world.values(**settings)
    async with open_ends(platform, values) as ends:
        profile = await ends.source.profile()
        try:
            code = await verify(platform, values, ends, profile, against_ledger=ledger, say=say, stopping=asked)
        except Stopped:
            code = 7
    told = (state_folder(values) / "verify.json").read_text("utf-8")
    return code, "\n".join(lines), json.loads(told)


async def test_against_the_ledger_only_what_somebody_changed_is_told(world: World) -> None:
    world.shop.put(*(simple(number) for number in range(1, 8)), grouped(8))
    await world.run()
    code, out, told = await verified(world, ledger=True)
    assert code == 0 and "8 products: 9 variants as last sent, 0 held otherwise" in out and told["variants"] == []
    hand, made = Hand(world.sandbox), world.by_sku()
    await hand.change(made["SKU-1"]["guid"], product={"desc": "By hand"})
    await hand.change(made["SKU-8-M"]["guid"], archived=True)
    await hand.delete(made["SKU-3"]["guid"])
    world.sandbox.reset_log()
    code, out, told = await verified(world, ledger=True)
    assert code == 1 and "6 variants as last sent, 3 held otherwise or not shown" in out
    assert {row["sku"]: row["why"] for row in told["variants"]} == {
        "SKU-1": "in desc", "SKU-8-M": "is archived", "SKU-3": "the Gateway does not show it",
    }  # fmt: skip
    assert told["counts"]["agrees"] == 6 and world.writes() == []


async def test_a_product_that_the_gateway_lost_is_a_difference_and_one_archived_there_is_explained(
    world: World,
) -> None:
    world.shop.put(*(replace(simple(number), page_url="http://127.0.0.1:9/") for number in (1, 2)), simple(3))
    await world.run()
    hand, made = Hand(world.sandbox), world.by_sku()
    await hand.delete(made["SKU-1"]["guid"])
    await hand.change(made["SKU-2"]["guid"], archived=True)
    code, out, told = await verified(world, ledger=False)
    assert code == 1 and "1 DIFFER" in out
    assert {row["sku"]: (row["verdict"], row["why"]) for row in told["variants"]} == {
        "SKU-1": ("differs", "the Gateway does not show it"),
        "SKU-2": ("explained", "somebody archived it at the Gateway"),
        "SKU-3": ("not compared", "its page's address is not known"),
    }


async def test_a_page_that_leads_into_a_private_network_is_not_opened(world: World) -> None:
    world.shop.put(replace(simple(1), page_url="http://127.0.0.1:9/"))
    await world.run()
    code, out, told = await verified(world, ledger=False)
    assert code == 0 and "not on the public internet" in told["variants"][0]["why"]
    assert "Nothing could be compared, so nothing is proven." in out


async def test_a_gateway_that_fails_in_the_middle_ends_it_with_a_clear_error_and_leaves_the_last_proof(
    world: World,
) -> None:
    world.shop.put(*(replace(simple(number), page_url="http://127.0.0.1:9/") for number in range(1, 8)))
    await world.run()
    _, _, before = await verified(world, ledger=False)
    for ledger in (False, True):
        world.sandbox.faults.append(Fault(what="status", status=500, path="/_query", nth=1, times=50))
        with pytest.raises((ImporterError, HttpFailure), match="500"):
            await verified(world, ledger=ledger)
        world.sandbox.faults.clear()
    folder = state_folder(world.values())
    assert json.loads((folder / "verify.json").read_text("utf-8")) == before
    assert not list(folder.glob("*.unfinished")) and not list(folder.glob(".*.unfinished"))


async def test_only_so_many_products_are_sampled_as_are_asked_for(world: World) -> None:
    world.shop.put(*(simple(number) for number in range(1, 8)))
    await world.run()
    for asked, sampled in (("3", 3), ("all", 7), ("50", 7)):
        _, _, told = await verified(world, ledger=False, VERIFY_PRODUCTS=asked)
        assert told["products"] == len({row["product"] for row in told["variants"]}) == sampled


async def test_with_nothing_imported_there_is_nothing_to_prove(world: World) -> None:
    with pytest.raises(InputError, match="nothing of this shop is at the Gateway"):
        await verified(world, ledger=True)


@pytest.mark.parametrize("ledger", [False, True])
async def test_a_proof_that_is_to_end_tells_what_it_has_seen_and_that_this_is_not_all(
    world: World, ledger: bool
) -> None:
    world.shop.put(*(simple(number) for number in range(1, 8)))
    await world.run()
    for made in world.objects():
        await Hand(world.sandbox).change(made["guid"], product={"desc": "By hand"})
    code, out, told = await verified(world, ledger=ledger, stopping=asyncio.Event(), VERIFY_PRODUCTS="all")
    assert code == 7 and "It was ended before everything had been looked at." in out
    assert told["whole"] is False and len(told["variants"]) == 1
    _, _, told = await verified(world, ledger=ledger, VERIFY_PRODUCTS="all")
    assert told["whole"] is True and len(told["variants"]) == 7
