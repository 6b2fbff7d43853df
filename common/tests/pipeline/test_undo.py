"""A run is taken back by what was kept when it wrote: nothing is computed anew, nothing older is touched, and what
somebody changed since stays."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from gateway_importer.errors import InputError, Stopped
from gateway_importer.ledger.history import LEDGER_ROW, NET_ROW, UNKNOWN, Former
from gateway_importer.pipeline.reversal import CHANGED_LATER, CHANGED_SINCE, NOT_KNOWN, reversal
from gateway_importer.sandbox import Fault
from import_runs import World
from made_up_shop import MUGS, grouped, simple
from visitor_by_hand import Hand


def held(world: World) -> dict[str, object]:
    """All that customers see, by guid; without our mark."""
    return {
        made["guid"]: {
            **{name: made[name] for name in ("archived", "for_sale", "stock_level")},
            **{name: value for name, value in made["product"].items() if name not in {"data", "tag_guids"}},
            "tags": sorted(made["product"]["tag_guids"]),
            "data": {key: value for key, value in made["product"]["data"].items() if key != "import"},
        }
        for made in world.objects(archived=None)
        if not made["archived"]
    }


async def changed_in_every_way(world: World) -> dict[str, object]:
    """Two runs: of what the first left, the second changes, makes, revives and archives. What there was before it."""
    world.shop.put(*(simple(number) for number in range(1, 5)), grouped(5), simple(6), simple(7), simple(8))
    await world.run()
    world.shop.take_out(7)
    await world.run()
    before = held(world)
    world.shop.put(
        simple(1, name="Nowy", sku="N-1", gross="12.34", stock=1, shows=["a"], description="<p>Inny</p>", weight="2"),
        simple(2, categories=(MUGS,)),
        simple(3, vat=8),
        grouped(5, ("M", "L"), gross="1.04"),
        simple(7, gross="8.00"),
        simple(9),
    )
    world.shop.take_out(6)
    run = await world.run()
    assert run.error is None and held(world) != before
    return before


@pytest.mark.parametrize("way", ["put", "replace"])
async def test_undo_gives_back_everything_as_it_was(world: World, way: str) -> None:
    before = await changed_in_every_way(world)
    undone = await world.undo(UPDATE=way)
    if way == "put":
        assert held(world) == before
    else:
        assert sorted(map(repr, held(world).values())) == sorted(map(repr, before.values()))
    assert undone.outcomes == {
        "1": "updated", "2": "updated", "3": "updated", "5": "updated", "6": "updated", "7": "updated", "9": "archived",
    }  # fmt: skip
    assert undone.notices == [] and "Run 3 was taken back: 6 products are as they were; 1 was archived." in undone.texts
    page = undone.texts.partition("What was restored")[2].partition("<h2>")[0]
    assert "id 1<" in page and "SKU N-1: name" in page and "id 9<" not in page
    assert "Made by run 3, and not there before it" in undone.texts and "no longer offered by the shop" not in page
    world.sandbox.reset_log()
    again = await world.undo()
    assert again.survey.nothing and world.writes() == []


async def test_what_was_replaced_and_deleted_is_made_again(world: World) -> None:
    world.settings |= {"UPDATE": "replace", "ARCHIVE": "delete"}
    before = await changed_in_every_way(world)
    await world.undo()
    assert sorted(map(repr, held(world).values())) == sorted(map(repr, before.values()))
    assert len(world.skus()) == len(set(world.skus()))


async def test_the_ledger_knows_the_truth_afterwards_and_the_next_import_brings_the_shop_in_again(world: World) -> None:
    await changed_in_every_way(world)
    after = held(world)
    await world.undo()
    run = await world.run()
    assert run.error is None and held(world) == after and run.counts["unchanged"] == 2
    world.sandbox.reset_log()
    await world.run()
    assert world.writes() == []


async def test_an_edit_that_the_run_overwrote_comes_back_and_one_made_since_stays(world: World) -> None:
    world.shop.put(simple(1, gross="10.00"), simple(2))
    await world.run()
    hand, first = Hand(world.sandbox), world.by_sku()["SKU-1"]["guid"]
    price = {"currency": "zł", "vat_percent": 0, "amount": 7.777}
    await hand.change(first, product={"base_price": price, "name": "By hand"})
    world.shop.put(simple(1, gross="20.00", name="Nowy", description="<p>Nowy</p>"))
    await world.run()
    sale = await hand.make_tag("Sale", "collection")
    await hand.hang(sale, first)
    await hand.change(first, product={"desc": "Since"})
    undone = await world.undo()
    product = world.by_sku()["SKU-1"]["product"]
    assert product["name"] == "By hand" and Decimal(str(product["base_price"]["amount"])) == Decimal("7.777")
    assert product["desc"] == "Since" and world.tags_of("SKU-1") == ["Sale"]
    assert [row.code for row in undone.notices] == ["left_as_it_is"] and "desc stays as it is" in undone.notices[0].text
    assert undone.survey.left == 1 and undone.outcomes == {"1": "updated"}


async def test_what_a_later_run_changed_is_left_and_older_runs_can_be_taken_back_once_it_is_undone(
    world: World,
) -> None:
    for gross in ("10.00", "20.00", "30.00"):
        world.shop.put(simple(1, gross=gross, description=f"<p>{gross}</p>" if gross != "30.00" else "<p>20.00</p>"))
        await world.run()
    undone = await world.undo(2)
    assert [row.text for row in undone.notices] and "a later run changed it" in undone.notices[0].text
    assert world.gross("SKU-1") == Decimal("30.00") and world.by_sku()["SKU-1"]["product"]["desc"] == "<p>10.00</p>"
    await world.undo(3)
    assert world.gross("SKU-1") == Decimal("20.00")
    assert (await world.undo(2)).notices == [] and world.gross("SKU-1") == Decimal("10.00")


async def test_what_was_there_before_is_never_touched(world: World) -> None:
    hand = Hand(world.sandbox)
    stranger = await hand.make("Obcy", "OBCY")
    adopted = await hand.make("Produkt 1", "SKU-1")
    world.shop.put(simple(1), simple(2))
    before = held(world)
    await world.run()
    await world.undo()
    assert held(world) == before and set(before) == {stranger, adopted}


@pytest.mark.parametrize("after", [1, 3, 5, 7])
async def test_an_undo_that_is_killed_is_given_again(world: World, after: int) -> None:
    before = await changed_in_every_way(world)
    stopped = await world.undo(cancel_after=after)
    assert isinstance(stopped.error, Stopped) or after == 7
    await world.undo()
    assert held(world) == before


@pytest.mark.parametrize("at", ["POST", "DELETE"])
@pytest.mark.parametrize("nth", [1, 2])
async def test_a_run_that_was_killed_between_making_anew_and_deleting_is_taken_back_whole(
    world: World, at: str, nth: int
) -> None:
    """UPDATE=replace: the new object is there, and the old one is still there, too. Afterwards each product is there
    once, as it was."""
    world.settings |= {"UPDATE": "replace", "ARCHIVE": "delete"}
    world.shop.put(*(simple(number, shows=[f"p{number}"]) for number in range(1, 4)), grouped(4))
    await world.run()
    before = held(world)
    world.shop.put(*(simple(number, gross="9.99", shows=[f"p{number}"]) for number in range(1, 4)))
    world.shop.put(grouped(4, gross="8.00"))
    path = "/products$" if at == "POST" else "^/dashboard/.*/products/"
    killed = await world.run_killed(Fault(what="reset", when="after", method=at, path=path, nth=nth))
    assert killed is None and len(world.objects()) > len(before), "both are there"
    await world.undo()
    again = await world.undo()
    assert again.survey.nothing
    assert sorted(map(repr, held(world).values())) == sorted(map(repr, before.values()))
    assert len(world.skus()) == len(set(world.skus()))
    world.shop.put(simple(9))
    run = await world.run()
    assert run.error is None and len(world.by_sku()) == 6 and world.gross("SKU-1") == Decimal("9.99")


async def test_an_answer_that_was_lost_is_looked_after(world: World) -> None:
    world.shop.put(simple(1))
    await world.run()
    before = held(world)
    world.shop.put(simple(1, gross="99.00"), simple(2))
    world.sandbox.faults.append(Fault(what="reset", when="after", method="POST", path="/products$", times=1))
    await world.run(cancel_after=1)
    world.sandbox.faults[:] = [Fault(what="reset", when="after", method="PUT", path="/products/", times=1)]
    await world.undo()
    await world.undo()
    assert held(world) == before


async def test_a_product_that_is_refused_stays_with_its_failure_and_the_others_are_taken_back(world: World) -> None:
    world.shop.put(simple(1), simple(2))
    await world.run()
    world.shop.put(simple(1, gross="1.00"), simple(2, gross="2.00"))
    await world.run()
    guid = world.by_sku()["SKU-1"]["guid"]
    world.sandbox.faults.append(Fault(what="status", status=400, method="PUT", path=guid))
    assert (await world.undo()).outcomes == {"1": "failed", "2": "updated"}
    world.sandbox.faults.clear()
    assert (await world.undo()).outcomes == {"1": "updated"}
    assert {world.gross("SKU-1"), world.gross("SKU-2")} == {Decimal("123.00")}


async def test_a_sku_that_another_product_has_since_is_not_given_back(world: World) -> None:
    world.shop.put(simple(1, sku="A"))
    await world.run()
    world.shop.put(simple(1, sku="B"))
    await world.run()
    world.shop.put(simple(2, sku="A"))
    await world.run()
    undone = await world.undo(2)
    assert world.skus() == ["A", "B"] and "another product has the SKU now" in undone.notices[0].text


async def test_a_run_that_cannot_be_taken_back_is_refused(world: World) -> None:
    world.shop.put(simple(1))
    await world.run()
    await world.undo()
    for number, said in ((9, "No run 9"), (2, "took back run 1")):
        with pytest.raises(InputError, match=said):
            await world.undo(number)
    with pytest.raises(InputError, match="wrote to the Gateway at"):
        await world.undo(GATEWAY_URL="http://127.0.0.1:9")


# --- the decision by itself ------------------------------------------------------------------------------------


def former(name: str, was: object, sent: object) -> dict[str, Former]:
    return {name: Former("1", "", name, "guid", was, sent)}


@pytest.mark.parametrize(
    ("was", "sent", "now", "value", "why"),
    [
        ("a", "b", "b", "a", ""),
        ("a", "b", "a", None, ""),
        ("a", "b", "c", None, CHANGED_SINCE),
        (UNKNOWN, "b", "b", None, NOT_KNOWN),
    ],
)
def test_a_field_is_taken_back_only_where_it_is_as_it_was_sent(
    was: object, sent: object, now: str, value: object, why: str
) -> None:
    back = reversal(former("name", was, sent), {"name": now}, archived=False)
    assert back.values.get("name") == value and [left.why for left in back.left] == ([why] if why else [])
    assert back.done == (set() if why else {"name"})


def test_a_field_that_a_later_run_changed_is_left() -> None:
    back = reversal(former("name", "a", "b"), {"name": "b"}, archived=False, later={"name"})
    assert not back.values and [left.why for left in back.left] == [CHANGED_LATER]


def test_tags_and_data_are_taken_back_each_by_itself() -> None:
    rows = {**former("tags", ["a", "b"], ["b", "c"]), **former("data", {"brand": "X", "gtin": "1"}, {"brand": "Y"})}
    now = {"tag_guids": ["b", "c", "theirs"], "data": {"brand": "Z", "videos": []}}
    back = reversal(rows, now, archived=False)
    assert back.values == {"tags": ["b", "theirs", "a"], "data": {"brand": "Z", "gtin": "1"}}
    assert [left.field for left in back.left] == ["data.brand"] and back.done == {"tags"}


def test_a_price_comes_back_with_the_vat_that_it_was_for_or_not_at_all() -> None:
    net = Former("1", "", NET_ROW, "guid", {"net": Decimal(10), "vat": "VAT23"}, None)
    rows = {**former("price", Decimal("12.30"), Decimal("20.00")), NET_ROW: net}
    now = {"vat": "VAT23", "price": {"original": {"unit": {"amount": Decimal("20.00")}}}}
    assert reversal(rows, now, archived=False).net == Decimal(10)
    moved = reversal(rows, {**now, "vat": "VAT8"}, archived=False)
    assert not moved.values and [left.field for left in moved.left] == ["price"]
    ledger = replace(net, field=LEDGER_ROW)
    assert reversal({LEDGER_ROW: ledger}, now, archived=False).done == frozenset()
