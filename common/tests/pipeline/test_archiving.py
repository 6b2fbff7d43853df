"""What the shop no longer has is archived, but never on a doubtful list; what comes back is revived."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from gateway_importer.catalog import Fault as Cause
from gateway_importer.errors import HeldBack
from gateway_importer.sandbox import Fault
from import_runs import World
from made_up_shop import Ids, grouped, simple


async def filled(world: World, count: int = 12) -> dict[str, str]:
    """A first run; SKU to guid."""
    world.shop.put(*(simple(number) for number in range(1, count)), grouped(count))
    await world.run()
    return {sku: made["guid"] for sku, made in world.by_sku().items()}


@pytest.mark.parametrize("how", ["taken out", "disabled"])
async def test_what_goes_is_archived_and_what_comes_back_is_revived_with_its_guid(world: World, how: str) -> None:
    guids = await filled(world)
    if how == "taken out":
        world.shop.take_out(1, 12)
    else:
        world.shop.disable(1, 12)
    run = await world.run()
    assert run.error is None and run.counts == {"archived": 2, "unchanged": 10}
    assert run.rows["1"].rule == ("gone" if how == "taken out" else "disabled")
    assert len(world.objects()) == 10 and len(world.objects(archived=True)) == 3
    world.sandbox.reset_log()
    rested = await world.run()
    assert rested.counts == ({"unchanged": 10} if how == "taken out" else {"unchanged": 10, "skipped": 2})
    assert world.writes() == []
    world.shop.put(simple(1, gross="99.00"), grouped(12))
    back = await world.run()
    assert back.error is None and back.counts == {"updated": 2, "unchanged": 10}
    assert {sku: made["guid"] for sku, made in world.by_sku().items()} == guids
    assert world.gross("SKU-1") == Decimal("99.00")
    assert world.tags_of("SKU-12-S") == world.tags_of("SKU-12-M") == ["Produkt 12"]


async def test_what_was_archived_is_revived_without_the_ledger_too(world: World) -> None:
    guids = await filled(world)
    world.shop.take_out(1)
    await world.run()
    world.shop.put(simple(1))
    run = await world.run(STATE_FOLDER=str(world.folder / "fresh"))
    assert run.outcomes["1"] == "updated" and {s: m["guid"] for s, m in world.by_sku(archived=None).items()} == guids


async def test_archiving_by_deleting_and_back(world: World) -> None:
    guids = await filled(world)
    world.shop.take_out(1, 12)
    run = await world.run(ARCHIVE="delete")
    assert run.counts == {"archived": 2, "unchanged": 10} and len(world.objects(archived=None)) == 10
    world.shop.put(simple(1), grouped(12))
    back = await world.run(ARCHIVE="delete")
    assert back.counts == {"created": 2, "unchanged": 10}
    assert sorted(world.by_sku(archived=None)) == sorted(guids) and list(world.variant_tags()) == ["Produkt 12"]


@pytest.mark.parametrize("ledger", ["kept", "fresh"])
async def test_what_is_switched_off_can_be_kept_off_sale_and_comes_back_on_sale(world: World, ledger: str) -> None:
    guids = await filled(world)
    world.settings["GONE"] = "not-for-sale"
    world.shop.disable(1, 12)
    run = await world.run()
    assert run.counts == {"skipped": 2, "unchanged": 10} and len(world.objects()) == 13
    off = {sku for sku, made in world.by_sku().items() if not made["for_sale"]}
    assert off == {"SKU-1", "SKU-12-S", "SKU-12-M"}
    world.sandbox.reset_log()
    await world.run()
    assert world.writes() == []
    if ledger == "fresh":
        world.settings["STATE_FOLDER"] = str(world.folder / "fresh")
    world.shop.put(simple(1), grouped(12))
    back = await world.run()
    assert back.error is None and back.counts == {"updated": 2, "unchanged": 10}
    assert all(made["for_sale"] for made in world.objects())
    assert {sku: made["guid"] for sku, made in world.by_sku().items()} == guids


async def test_many_products_off_sale_do_not_hold_back_every_following_night(world: World) -> None:
    await filled(world)
    world.settings["GONE"] = "not-for-sale"
    world.shop.disable(*range(1, 9))
    assert isinstance((await world.run()).error, HeldBack)
    assert all(made["for_sale"] for made in world.objects())
    assert (await world.run(ARCHIVE_MANY="yes")).error is None
    assert (await world.run()).error is None


@pytest.mark.parametrize("how", ["taken out", "disabled"])
async def test_too_many_that_go_hold_the_run_back_until_it_is_meant(world: World, how: str) -> None:
    await filled(world)
    gone = range(1, 7)
    if how == "taken out":
        world.shop.take_out(*gone)
    else:
        world.shop.disable(*gone)
    world.shop.put(simple(20), simple(11, gross="99.00"))
    run = await world.run()
    assert isinstance(run.error, HeldBack) and world.objects(archived=True) == []
    assert run.outcomes["20"] == "created" and run.outcomes["11"] == "updated"
    meant = await world.run(ARCHIVE_MANY="yes")
    assert meant.error is None and len(world.objects(archived=True)) == 6


async def test_five_may_always_go(world: World) -> None:
    await filled(world)
    world.shop.take_out(*range(1, 6))
    assert (await world.run()).error is None and len(world.objects(archived=True)) == 5


async def test_an_empty_shop_is_not_believed(world: World) -> None:
    await filled(world)
    world.shop.take_out(*range(1, 13))
    run = await world.run(ARCHIVE_MANY="yes")
    assert isinstance(run.error, HeldBack) and len(world.objects()) == 13
    fresh = await world.run(STATE_FOLDER=str(world.folder / "fresh"), ARCHIVE_MANY="yes")
    assert isinstance(fresh.error, HeldBack) and len(world.objects()) == 13


async def test_a_list_that_empties_while_the_shop_is_read_archives_nothing(world: World) -> None:
    await filled(world)

    def empties(page: Ids) -> None:
        if "11" in page.ids:
            world.shop.products.clear()

    world.shop.hook = empties
    run = await world.run(ARCHIVE_MANY="yes")
    assert isinstance(run.error, HeldBack) and len(world.objects()) == 13


async def test_a_product_that_the_list_forgot_but_the_shop_hands_out_is_not_archived(world: World) -> None:
    await filled(world)
    world.shop.unlisted.add("3")
    run = await world.run()
    assert run.error is None and world.objects(archived=True) == [] and run.outcomes["3"] == "unchanged"


async def test_products_that_come_and_go_during_the_run_are_accounted_for(world: World) -> None:
    await filled(world)
    comes, goes = simple(30), "12"

    def changes(page: Ids) -> None:
        if "1" in page.ids:
            world.shop.put(comes)
            world.shop.products.pop(goes, None)

    world.shop.hook = changes
    run = await world.run()
    assert run.error is None and run.outcomes["30"] == "created"
    assert run.outcomes["12"] == "archived" and run.report.facts.audit_agrees is True
    assert run.counts == {"created": 1, "archived": 1, "unchanged": 11}


async def test_a_product_that_fails_is_not_archived(world: World) -> None:
    await filled(world)
    world.shop.products.pop("1")
    world.shop.failed["1"] = Cause("broken", "It cannot be read.", "Look at it.")
    bad = grouped(12)
    world.shop.put(replace(bad, variants=(replace(bad.variants[0], price=simple(1, vat=7).variants[0].price),)))
    run = await world.run()
    assert run.outcomes["1"] == run.outcomes["12"] == "failed" and world.objects(archived=True) == []


async def test_a_bad_variant_left_out_is_neither_sent_nor_archived(world: World) -> None:
    guids = await filled(world)
    product = grouped(12, gross="99.00")
    bad = replace(product.variants[0], price=simple(1, vat=7).variants[0].price)
    world.shop.put(replace(product, variants=(bad, product.variants[1])))
    run = await world.run(BAD_VARIANTS="leave-out")
    assert run.outcomes["12"] == "updated" and world.by_sku()["SKU-12-S"]["guid"] == guids["SKU-12-S"]
    assert world.gross("SKU-12-S") == Decimal("123.00") and world.gross("SKU-12-M") == Decimal("99.00")


async def test_a_shop_that_cannot_say_what_it_has_archives_only_what_a_rule_leaves_out(world: World) -> None:
    world.shop.lists = False
    await filled(world)
    world.shop.take_out(1)
    world.shop.disable(2)
    # `pages` knows the ids all the same; that product 1 is not among them proves nothing.
    run = await world.run()
    assert run.error is None and run.outcomes["2"] == "archived" and "1" not in run.outcomes
    assert [made["product"]["sku"] for made in world.objects(archived=True)] == ["SKU-2"]


async def test_a_lost_answer_while_archiving_is_asked_again(world: World) -> None:
    await filled(world)
    world.shop.take_out(1, 12)
    world.sandbox.faults.append(Fault(what="reset", when="after", method="PUT", times=2))
    run = await world.run()
    assert run.error is None and run.counts["archived"] == 2 and len(world.objects(archived=True)) == 3


async def test_an_unsettled_product_that_vanished_is_found_and_archived(world: World) -> None:
    await filled(world)
    world.shop.put(simple(20))
    world.sandbox.faults.append(Fault(what="status", status=401, when="after", method="POST", path="/products$"))
    await world.run()
    assert len(world.objects()) == 14
    world.sandbox.faults.clear()
    world.shop.take_out(20)
    run = await world.run()
    assert run.error is None and run.outcomes["20"] == "archived" and len(world.objects()) == 13


async def test_a_shop_that_can_list_only_what_was_read_archives_what_is_gone_and_loses_no_newcomer(
    world: World,
) -> None:
    world.shop.lists_what_it_read = True
    await filled(world)
    world.shop.take_out(1, 12)
    came: list[str] = []

    def newcomer(page: Ids) -> None:
        if not came:
            came.append("13")
            world.shop.put(simple(13))

    world.shop.hook = newcomer
    run = await world.run(TRUST_DATES="yes")
    assert run.error is None and run.counts == {"archived": 2, "unchanged": 10, "created": 1}
    assert any("cannot be asked for what changed" in text for text in run.report.facts.warnings)
    world.shop.hook = lambda _: None
    world.shop.products.clear()
    empty = await world.run()
    assert isinstance(empty.error, HeldBack) and "no product at all" in empty.error.happened
    assert len(world.objects()) == 11
