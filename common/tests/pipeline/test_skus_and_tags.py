"""SKUs are chosen once and kept, and no two products share a variant tag."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from gateway_importer.sandbox import Fault, Latency
from import_runs import World
from made_up_shop import PAGE, grouped, simple
from visitor_by_hand import Hand


@pytest.mark.parametrize("marks", [True, False])
async def test_a_sku_that_two_products_carry_is_told_apart_and_kept(world: World, marks: bool) -> None:
    world.sandbox.settings.drop_marks = not marks
    world.shop.put(simple(1, sku="A"), simple(2, sku="A"), simple(3, sku="A", name="Produkt 1"), simple(4, sku=""))
    run = await world.run()
    guids = {sku: made["guid"] for sku, made in world.by_sku().items()}
    assert sorted(guids) == ["4", "A", "A~2", "A~3"]
    assert [run.notices_of(number) for number in (1, 2, 3, 4)] == [[], ["sku_taken"], ["sku_taken"], []]
    world.shop.put(
        simple(1, sku="A", gross="99.00"), simple(2, sku="A", gross="99.00"), simple(4, sku="", gross="9.00")
    )
    await world.run()
    await world.run(STATE_FOLDER=str(world.folder / "fresh"))
    assert {sku: made["guid"] for sku, made in world.by_sku(archived=None).items()} == guids


async def test_a_sku_stays_when_the_other_product_of_it_goes(world: World) -> None:
    world.shop.put(*(simple(number, sku="A" if number < 3 else None) for number in range(1, 12)))
    await world.run()
    world.shop.take_out(1)
    await world.run()
    assert "A~2" in world.by_sku() and "A" not in world.by_sku()


async def test_the_sku_of_a_product_that_vanished_is_free(world: World) -> None:
    world.shop.put(*(simple(number) for number in range(1, 12)))
    await world.run()
    world.shop.take_out(1)
    world.shop.put(simple(30, sku="SKU-1"))
    run = await world.run()
    assert run.error is None and world.by_sku()["SKU-1"]["product"]["name"] == "Produkt 30"


async def test_a_sku_that_the_merchant_changes_is_changed(world: World) -> None:
    world.shop.put(simple(1), simple(2))
    await world.run()
    guid = world.by_sku()["SKU-1"]["guid"]
    world.shop.put(simple(1, sku="NEW"))
    await world.run()
    assert world.by_sku()["NEW"]["guid"] == guid
    world.shop.put(simple(3, sku="SKU-1"))
    await world.run()
    assert sorted(world.by_sku()) == ["NEW", "SKU-1", "SKU-2"]


async def test_skus_of_the_older_form(world: World) -> None:
    world.shop.put(simple(1), grouped(2))
    await world.run(SKU_FORM="ids")
    assert sorted(world.by_sku()) == ["1;;SKU-1", "2;2-M;SKU-2-M", "2;2-S;SKU-2-S"]


async def test_two_products_of_one_name_get_different_tags(world: World) -> None:
    world.shop.put(*(grouped(number, name="Koszula") for number in range(1, 8)))
    run = await world.run()
    assert run.error is None and len(world.variant_tags()) == 7
    for number in range(1, 8):
        assert world.tags_of(f"SKU-{number}-S") == world.tags_of(f"SKU-{number}-M")
    assert len({world.tags_of(f"SKU-{number}-S")[0] for number in range(1, 8)}) == 7


@pytest.mark.parametrize("kind", ["variant", "collection"])
async def test_a_foreign_tag_of_the_products_name_is_not_adopted(world: World, kind: str) -> None:
    foreign = await Hand(world.sandbox).make_tag("Produkt 1", kind)
    world.shop.put(grouped(1), simple(2))
    await world.run()
    (tag,) = world.tags_of("SKU-1-S")
    assert tag != "Produkt 1" and world.variant_tags().get(tag) not in {None, foreign}


async def test_a_foreign_variant_tag_on_our_objects_is_not_ours_after_a_lost_ledger(world: World) -> None:
    world.shop.put(simple(1), grouped(2))
    await world.run()
    hand = Hand(world.sandbox)
    await hand.hang(await hand.make_tag("Group of a person"), *(made["guid"] for made in world.objects()))
    world.shop.put(grouped(1, sku="V"))
    run = await world.run(STATE_FOLDER=str(world.folder / "fresh"))
    assert run.error is None
    assert world.tags_of("V-S") == world.tags_of("V-M") == ["Produkt 1"]
    assert sorted(world.tags_of("SKU-2-S")) == ["Group of a person", "Produkt 2"]


async def test_a_renamed_product_keeps_its_tag(world: World) -> None:
    world.shop.put(grouped(1), simple(2))
    await world.run()
    world.shop.put(grouped(1, ("S", "M", "L"), name="Anders"))
    for folder in ("state", "fresh"):
        await world.run(STATE_FOLDER=str(world.folder / folder) if folder == "fresh" else str(world.folder))
        assert {tuple(world.tags_of(f"SKU-1-{size}")) for size in "SML"} == {("Produkt 1",)}
        assert world.by_sku()["SKU-1-S"]["product"]["name"] == "Anders"
    # And the name that it no longer has is not free for another product's tag.
    world.shop.put(grouped(3, name="Produkt 1"))
    await world.run()
    assert world.tags_of("SKU-3-S") == ["Produkt 1 (SKU-3-S)"]


async def test_a_tag_made_by_somebody_since_the_list_was_read_is_not_adopted(world: World) -> None:
    world.shop.put(grouped(1), grouped(2))
    # The first product's post stalls: by then the list of tags was read.
    world.sandbox.faults.append(Fault(what="stall", seconds=0.3, method="POST", path="/products$", times=1))

    async def somebody() -> None:
        await asyncio.sleep(0.15)
        await Hand(world.sandbox).make_tag("Produkt 2")

    run, _ = await asyncio.gather(world.run(GATEWAY_CONCURRENCY="1"), somebody())
    assert run.error is None and world.tags_of("SKU-2-S") == ["Produkt 2 (SKU-2-S)"]


async def test_more_than_fifty_variants_come_in_chunks_under_one_tag(world: World) -> None:
    world.shop.put(grouped(1, tuple(f"{n}" for n in range(101))))
    run = await world.run()
    assert run.error is None and len(world.by_sku()) == 101 and len(world.posts()) == 3
    assert {tuple(world.tags_of(sku)) for sku in world.by_sku()} == {("Produkt 1",)}


async def test_a_gateway_that_trims_skus_and_names_doubles_nothing(world: World) -> None:
    world.sandbox.settings.trim = True
    world.shop.put(simple(1, sku="A  1", name="Dwa  razy"), simple(2, sku="B  2"), simple(3))
    world.sandbox.faults.append(
        Fault(what="reset", when="after", method="POST", path="/products$", body="B  2", times=1)
    )
    run = await world.run()
    assert run.error is None and len(world.objects(archived=None)) == 3
    assert (await world.run()).counts == {"unchanged": 3}
    await world.run(STATE_FOLDER=str(world.folder / "fresh"))
    assert len(world.objects(archived=None)) == 3


async def test_a_product_that_stands_on_two_pages_comes_in_once(world: World) -> None:
    """A source that notices that pages have shifted reads some of them again."""
    world.shop.put(simple(1))
    await world.run()
    world.shop.repeated_pages = 3
    world.sandbox.settings.latency = (Latency(seconds=0.02, jitter=0.1),)
    world.shop.put(*(grouped(number, shows=["p"]) for number in range(2, 2 * PAGE)))
    run = await world.run()
    assert run.error is None and run.counts == {"created": 2 * PAGE - 2, "unchanged": 1}
    assert len(world.by_sku(archived=None)) == 4 * PAGE - 3 and len(world.sandbox.uploads) == 1


async def test_the_later_reading_of_a_product_wins(world: World) -> None:
    world.shop.repeated_pages = 2
    reads: list[int] = []

    def dearer(page: object) -> None:
        reads.append(1)
        if len(reads) == 2:
            world.shop.put(replace(simple(1, gross="99.00")))

    world.shop.put(simple(1), simple(2))
    world.shop.hook = dearer
    run = await world.run(SHOP_CONCURRENCY="1")
    assert run.error is None and str(world.gross("SKU-1")) == "99.00" and run.outcomes["1"] == "created"


async def test_a_tag_that_somebody_deleted_is_made_anew_for_all_variants(world: World) -> None:
    world.shop.put(grouped(1), simple(2))
    await world.run()
    await Hand(world.sandbox).delete_tag(world.variant_tags()["Produkt 1"])
    assert world.tags_of("SKU-1-S") == []
    world.shop.put(grouped(1, ("S", "M", "L")))
    run = await world.run()
    assert run.error is None and run.outcomes["1"] == "updated"
    assert {tuple(world.tags_of(f"SKU-1-{size}")) for size in "SML"} == {("Produkt 1",)}
