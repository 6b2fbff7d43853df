"""What changed at the shop goes in; what was changed at the Gateway by hand stays; nothing else is touched."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from gateway_importer.catalog import Counted, Product, UnknownStock
from gateway_importer.sandbox import Fault
from import_runs import World
from made_up_shop import MUGS, grouped, picture_bytes, simple
from visitor_by_hand import Hand

FRESH = "fresh"


def stock(product: Product, quantity: int) -> Product:
    return replace(product, variants=tuple(replace(one, stock=Counted(Decimal(quantity))) for one in product.variants))


async def edited_by_hand(world: World) -> None:
    """A run, and then a person: another description, a brand in `data`, a key and a tag of his own."""
    world.shop.put(replace(simple(1, shows=["a", "b"]), brand="Marka"), grouped(2))
    await world.run()
    hand = Hand(world.sandbox)
    made = world.by_sku()["SKU-1"]
    data = {**made["product"]["data"], "brand": "Better brand", "videos": ["https://v.example/1"]}
    images = list(reversed(made["product"]["images"]))
    await hand.change(made["guid"], product={"desc": "Better words", "data": data, "images": images})
    await hand.hang(await hand.make_tag("Sale", "collection"), made["guid"], world.by_sku()["SKU-2-M"]["guid"])


def by_hand(world: World) -> tuple[Any, ...]:
    """What the person did, as the Gateway holds it now."""
    made = world.by_sku()["SKU-1"]["product"]
    first = world.sandbox.picture(made["images"][0])
    return made["desc"], made["data"]["brand"], made["data"]["videos"], first, world.tags_of("SKU-1")


HANDS = ("Better words", "Better brand", ["https://v.example/1"], picture_bytes("b"), ["Sale"])


@pytest.mark.parametrize("ledger", ["kept", FRESH])
async def test_edits_by_hand_survive_an_unrelated_change(world: World, ledger: str) -> None:
    await edited_by_hand(world)
    world.shop.put(replace(simple(1, shows=["a", "b"], gross="99.00", stock=2), brand="Marka"))
    if ledger == FRESH:
        world.settings["STATE_FOLDER"] = str(world.folder / FRESH)
    run = await world.run()
    assert run.outcomes == {"1": "updated", "2": "unchanged"} and run.rows["1"].detail == "changed: price, stock_level"
    assert by_hand(world) == HANDS
    assert world.gross("SKU-1") == Decimal("99.00") and world.by_sku()["SKU-1"]["stock_level"] == 2


@pytest.mark.parametrize("ledger", ["kept", FRESH])
async def test_a_foreign_tag_stays_where_the_category_changes(world: World, ledger: str) -> None:
    await edited_by_hand(world)
    moved = replace(grouped(2), categories=(MUGS,))
    world.shop.put(moved)
    if ledger == FRESH:
        world.settings["STATE_FOLDER"] = str(world.folder / FRESH)
    await world.run()
    assert sorted(world.tags_of("SKU-2-M")) == ["Produkt 2", "Sale"] and world.tags_of("SKU-2-S") == ["Produkt 2"]
    assert len(world.by_sku()["SKU-2-S"]["product"]["tag_guids"]) == 4  # Home & Garden, Kitchen, Mugs
    assert len(world.by_sku()["SKU-2-M"]["product"]["tag_guids"]) == 5


async def test_what_changed_at_both_sides_is_the_shops(world: World) -> None:
    await edited_by_hand(world)
    world.shop.put(replace(simple(1, shows=["b", "c"], description="<p>New</p>"), brand="New"))
    await world.run()
    desc, brand, videos, first, tags = by_hand(world)
    assert (desc, brand, first) == ("<p>New</p>", "New", picture_bytes("b"))
    assert videos == ["https://v.example/1"] and tags == ["Sale"]


async def test_overwrite_always_makes_the_gateway_equal_to_the_shop_and_then_rests(world: World) -> None:
    await edited_by_hand(world)
    world.shop.put(replace(simple(3, weight="0.35"), brand="Marka"))
    await world.run()
    hand = Hand(world.sandbox)
    await hand.change(world.by_sku()["SKU-3"]["guid"], archived=True)
    await hand.change(world.by_sku()["SKU-2-S"]["guid"], stock_level=77, for_sale=False)
    run = await world.run(OVERWRITE="always")
    assert run.error is None and run.counts == {"updated": 3}
    desc, brand, videos, first, tags = by_hand(world)
    assert (desc, brand, first) == ("<p>Opis</p>", "Marka", picture_bytes("a"))
    assert videos == ["https://v.example/1"] and tags == ["Sale"]
    assert world.by_sku()["SKU-2-S"]["stock_level"] == 5 and world.by_sku()["SKU-2-S"]["for_sale"] is True
    assert "SKU-3" in world.by_sku()
    world.sandbox.reset_log()
    assert (await world.run(OVERWRITE="always")).counts == {"unchanged": 3} and world.writes() == []


async def test_kept_fields_are_never_overwritten(world: World) -> None:
    await edited_by_hand(world)
    changed = replace(simple(1, shows=["c"], description="<p>New</p>", gross="99.00"), brand="New")
    world.shop.put(changed)
    world.settings["KEEP"] = "desc,images,data,price"
    run = await world.run()
    assert run.outcomes["1"] == "unchanged" and by_hand(world) == HANDS
    world.shop.put(replace(changed, brief="other", variants=(replace(changed.variants[0], sku="NEW"),)))
    assert (await world.run(OVERWRITE="always")).outcomes["1"] == "updated"
    made = world.by_sku()["NEW"]["product"]
    assert made["brief"] == "other" and made["desc"] == "Better words" and made["data"]["brand"] == "Better brand"
    assert world.gross("NEW") == Decimal("123.00")


async def test_what_was_kept_goes_in_once_it_is_kept_no_longer(world: World) -> None:
    world.shop.put(simple(1))
    await world.run()
    world.shop.put(simple(1, name="Nowy"))
    await world.run(KEEP="name")
    assert world.by_sku()["SKU-1"]["product"]["name"] == "Produkt 1"
    assert (await world.run()).outcomes == {"1": "updated"}
    assert world.by_sku()["SKU-1"]["product"]["name"] == "Nowy"


async def test_unknown_stock_is_kept_as_it_is(world: World) -> None:
    world.shop.put(simple(1))
    await world.run()
    world.shop.put(simple(1, stock=UnknownStock(), gross="99.00"))
    await world.run()
    assert world.by_sku()["SKU-1"]["stock_level"] == 5
    world.shop.put(simple(1, stock=0, gross="99.00"))
    await world.run()
    assert world.by_sku()["SKU-1"]["stock_level"] == 0


async def test_a_change_that_went_in_by_half_is_noticed_when_the_shop_takes_it_back(world: World) -> None:
    world.shop.put(grouped(1, ("S", "M", "L"), gross="10.00"), simple(2))
    await world.run()
    world.shop.put(grouped(1, ("S", "M", "L"), gross="12.00"))
    second = world.by_sku()["SKU-1-M"]["guid"]
    world.sandbox.faults.append(Fault(what="status", status=400, method="PUT", path=second))
    assert (await world.run()).outcomes["1"] == "failed"
    world.sandbox.faults.clear()
    world.shop.put(grouped(1, ("S", "M", "L"), gross="10.00"))
    await world.run()
    assert {str(world.gross(f"SKU-1-{size}")) for size in "SML"} == {"10.00"}


# --- the variants of a product -----------------------------------------------------------------------------------


async def test_a_variant_that_is_added_is_posted_alone_and_one_that_goes_is_archived(world: World) -> None:
    world.shop.put(grouped(1, ("S", "M")), simple(2))
    await world.run()
    guids = {sku: made["guid"] for sku, made in world.by_sku().items()}
    world.sandbox.reset_log()
    world.shop.put(grouped(1, ("M", "L")))
    run = await world.run()
    assert run.outcomes == {"1": "updated", "2": "unchanged"}
    assert sorted(world.by_sku()) == ["SKU-1-L", "SKU-1-M", "SKU-2"]
    assert world.by_sku()["SKU-1-M"]["guid"] == guids["SKU-1-M"]
    assert world.tags_of("SKU-1-L") == world.tags_of("SKU-1-M") == ["Produkt 1"]
    assert len(world.posts()) == 1
    world.shop.put(grouped(1, ("S", "M", "L")))
    await world.run()
    assert world.by_sku()["SKU-1-S"]["guid"] == guids["SKU-1-S"] and len(world.objects(archived=None)) == 4


# --- a Gateway without the route to change -----------------------------------------------------------------------


@pytest.mark.parametrize("how", ["405", "aws", "404"])
async def test_without_the_route_to_change_products_fail_with_the_cure_and_nothing_is_lost(
    world: World, how: str
) -> None:
    world.shop.put(*(simple(number) for number in range(1, 5)))
    await world.run()
    world.sandbox.settings.update({"put_route": how})
    world.shop.put(simple(1, gross="99.00"), simple(5))
    world.shop.take_out(4)
    run = await world.run()
    assert run.error is None
    assert run.outcomes == {"1": "failed", "2": "unchanged", "3": "unchanged", "4": "failed", "5": "created"}
    assert run.rows["1"].code == "no_change_route" and "UPDATE=replace" in run.rows["1"].cure
    assert run.rows["4"].code == "no_archive_route" and "ARCHIVE=delete" in run.rows["4"].cure
    assert run.warnings.count("The Gateway has no route") == 1
    assert len(world.by_sku()) == 5
    healed = await world.run(UPDATE="replace", ARCHIVE="delete")
    assert healed.outcomes == {"1": "updated", "2": "unchanged", "3": "unchanged", "4": "archived", "5": "unchanged"}
    assert sorted(world.by_sku(archived=None)) == ["SKU-1", "SKU-2", "SKU-3", "SKU-5"]
    assert world.gross("SKU-1") == Decimal("99.00")


async def test_replacing_keeps_edits_by_hand_and_one_object(world: World) -> None:
    await edited_by_hand(world)
    world.sandbox.settings.put_route = "405"
    world.shop.put(replace(simple(1, shows=["a", "b"], gross="99.00"), brand="Marka"), grouped(2, stock=1))
    run = await world.run(UPDATE="replace")
    assert run.error is None and run.counts == {"updated": 2}
    assert by_hand(world) == HANDS and world.gross("SKU-1") == Decimal("99.00")
    assert sorted(world.tags_of("SKU-2-M")) == ["Produkt 2", "Sale"]
    assert len(world.objects(archived=None)) == 3
    world.sandbox.reset_log()
    assert (await world.run(UPDATE="replace")).counts == {"unchanged": 2} and world.writes() == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault(what="reset", method="DELETE", path="organizations"),
        Fault(what="status", status=400, method="DELETE"),
    ],
    ids=str,
)
async def test_a_former_object_that_could_not_be_deleted_is_deleted_later(world: World, fault: Fault) -> None:
    world.shop.put(simple(1), simple(2))
    await world.run()
    world.shop.put(simple(1, gross="99.00"))
    rule = Fault(what=fault.what, status=fault.status, method="DELETE", path=fault.path)
    world.sandbox.faults.append(rule)
    await world.run(UPDATE="replace")
    assert rule.hits and len(world.objects(archived=None)) == 3
    world.sandbox.faults.clear()
    run = await world.run(UPDATE="replace")
    assert run.error is None and len(world.objects(archived=None)) == 2 and world.gross("SKU-1") == Decimal("99.00")


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_lost_answer_while_replacing_leaves_one_object(world: World, when: str) -> None:
    world.shop.put(simple(1), grouped(2))
    await world.run()
    world.shop.put(simple(1, gross="99.00"), grouped(2, gross="99.00"))
    for _ in range(2):
        rule = Fault(
            what="reset", when="after" if when == "after" else "before", method="POST", path="/products$", times=2
        )
        world.sandbox.faults.append(rule)
    run = await world.run(UPDATE="replace")
    assert run.error is None and len(world.by_sku(archived=None)) == 3
    assert {str(world.gross(sku)) for sku in world.by_sku()} == {"99.00"}


async def test_a_lost_answer_does_not_take_the_former_object_of_that_sku_for_the_new_one(world: World) -> None:
    """Without marks an object is known by SKU and name, which the archived-to-be one has as well."""
    world.sandbox.settings.drop_marks = True
    world.shop.put(simple(1, sku="A"), simple(2))
    await world.run()
    first = world.by_sku()["A"]["guid"]
    product = grouped(1, ("S", "M"), sku="A")
    world.shop.put(replace(product, variants=(replace(product.variants[0], sku="A"), product.variants[1])))
    world.sandbox.faults.append(Fault(what="reset", method="POST", path="/products$", times=1))
    run = await world.run()
    assert run.error is None and sorted(world.by_sku()) == ["A", "A-M", "SKU-2"]
    assert world.by_sku()["A"]["guid"] != first


async def test_a_simple_product_gets_variants_and_loses_them_again(world: World) -> None:
    world.shop.put(simple(1, sku="A"), simple(2))
    await world.run()
    first = world.by_sku()["A"]["guid"]
    with_variants = grouped(1, ("S", "M"), sku="A")
    # As shops do it: the first variant takes over the SKU that the product had.
    taking_over = replace(with_variants.variants[0], sku="A")
    world.shop.put(replace(with_variants, variants=(taking_over, *with_variants.variants[1:])))
    run = await world.run()
    assert run.error is None and sorted(world.by_sku()) == ["A", "A-M", "SKU-2"]
    assert world.by_sku()["A"]["guid"] != first and world.tags_of("A") == world.tags_of("A-M") == ["Produkt 1"]
    world.shop.put(simple(1, sku="A"))
    await world.run()
    assert sorted(world.by_sku()) == ["A", "SKU-2"] and world.by_sku()["A"]["guid"] == first
    assert world.tags_of("A") == []
    assert len(world.objects(archived=None)) == 4
    world.sandbox.reset_log()
    assert (await world.run()).counts == {"unchanged": 2} and world.writes() == []


# --- changes whose answers were lost -------------------------------------------------------------------------------


async def test_a_change_that_may_have_gone_in_is_sent_again_though_the_shop_took_it_back(world: World) -> None:
    world.shop.put(simple(1, stock=5), grouped(2))
    await world.run()
    world.shop.put(simple(1, stock=4), replace(grouped(2), categories=(MUGS,)))
    world.sandbox.faults.append(Fault(what="status", status=500, when="after", method="PUT"))
    assert (await world.run()).counts == {"failed": 2}
    assert world.by_sku()["SKU-1"]["stock_level"] == 4
    world.sandbox.faults.clear()
    world.shop.put(simple(1, stock=5), grouped(2))
    assert (await world.run()).counts == {"updated": 2}
    assert world.by_sku()["SKU-1"]["stock_level"] == 5
    assert {len(made["product"]["tag_guids"]) for sku, made in world.by_sku().items() if sku != "SKU-1"} == {4}


@pytest.mark.parametrize("how", ["archive", "revive", "off sale"])
async def test_what_may_have_gone_or_come_is_set_right_though_the_shop_changed_its_mind(world: World, how: str) -> None:
    world.shop.put(simple(1), *(simple(number) for number in range(2, 9)))
    await world.run()
    if how == "off sale":
        world.settings["GONE"] = "not-for-sale"
    gone = how == "revive"
    if gone:
        world.shop.disable(1)
        await world.run()
        world.shop.put(simple(1))
    else:
        world.shop.disable(1)
    world.sandbox.faults.append(Fault(what="status", status=500, when="after", method="PUT"))
    assert (await world.run()).outcomes["1"] == "failed"
    world.sandbox.faults.clear()
    if gone:
        world.shop.disable(1)
    else:
        world.shop.put(simple(1))
    run = await world.run()
    assert run.error is None
    assert ("SKU-1" in world.by_sku()) is not gone and all(made["for_sale"] for made in world.objects())


async def test_pictures_put_in_another_order_by_hand_are_not_mixed_up_after_a_lost_ledger(world: World) -> None:
    """Which address is which picture's is believed only where the addresses are those that were sent."""
    await edited_by_hand(world)
    world.lose_the_ledger()
    world.shop.put(replace(simple(1, shows=["b", "c"]), brand="Marka"))
    assert (await world.run()).error is None
    shown = [world.sandbox.picture(address) for address in world.by_sku()["SKU-1"]["product"]["images"]]
    assert shown == [picture_bytes("b"), picture_bytes("c")]
