"""What the Gateway holds is read back and held against what was sent; nothing is archived on a doubtful answer."""

from __future__ import annotations

import pytest
from gateway_importer.errors import HeldBack
from import_runs import World
from made_up_shop import Ids, grouped, simple
from visitor_by_hand import Hand


async def filled(world: World, count: int = 12) -> None:
    world.shop.put(*(simple(number, shows=["a"]) for number in range(1, count)), grouped(count))
    await world.run(READ_BACK="100")


async def test_what_was_sent_is_what_is_read_back(world: World) -> None:
    """Also what the Gateway itself derives (its gross price, its class of VAT) is no difference."""
    world.shop.put(
        simple(1, gross="1.04"), simple(2, gross="99.99", vat=8), simple(3, gross="5.55", vat=5), simple(4, vat=0),
        simple(5, description="<p>Ł &amp; <b>ó</b></p>", weight="1.500"), grouped(6),
    )  # fmt: skip
    for _ in range(2):
        run = await world.run(READ_BACK="100")
        assert run.error is None and dict(run.report.facts.audit)["products read back from the Gateway"] == 6
        assert not [row for row in run.notices if row.code == "drift"]


@pytest.mark.parametrize("trust", ["no", "yes"], ids=["whole", "only what changed"])
async def test_what_somebody_changed_at_the_gateway_is_told_and_stays(world: World, trust: str) -> None:
    world.shop.dates = {}
    await filled(world)
    await world.run(TRUST_DATES="yes")
    hand = Hand(world.sandbox)
    made = world.by_sku()
    price = {"currency": "zł", "vat_percent": 0, "amount": 50}
    await hand.change(made["SKU-1"]["guid"], product={"desc": "By hand", "base_price": price})
    await hand.change(made["SKU-12-M"]["guid"], archived=True)
    run = await world.run(READ_BACK="100", TRUST_DATES=trust)
    told = {row.product: row.text for row in run.notices if row.code == "drift"}
    assert set(told) == {"1", "12"}
    assert "SKU-1 in desc, price" in told["1"] and "SKU-12-M is archived" in told["12"]
    assert dict(run.report.facts.audit)["of them held otherwise than they were sent"] == 2
    assert world.by_sku()["SKU-1"]["product"]["desc"] == "By hand"


async def test_what_the_query_shows_late_is_read_back_when_it_does(world: World) -> None:
    """The last ones are not in the list that is read first, and are looked for until they are shown."""
    world.sandbox.settings.index_lag = 1.5
    world.shop.put(*(simple(number) for number in range(1, 6)))
    run = await world.run(READ_BACK="100", INDEX_SECONDS="10")
    assert run.error is None and not [row for row in run.notices if row.code == "drift"]
    assert dict(run.report.facts.audit)["of them held otherwise than they were sent"] == 0


async def test_one_in_a_hundred_is_read_back_unless_told_otherwise(world: World) -> None:
    world.shop.put(*(simple(number) for number in range(1, 30)))
    run = await world.run()
    assert dict(run.report.facts.audit)["products read back from the Gateway"] == 1
    run = await world.run(READ_BACK="0")
    assert dict(run.report.facts.audit)["products read back from the Gateway"] == 0


async def test_a_shop_that_hands_out_nothing_when_asked_again_archives_nothing(world: World) -> None:
    """Its list has lost two products; asked for them and for one that it lists, it answers with an empty page."""
    await filled(world)
    world.shop.take_out(1, 2)

    def empty(page: Ids) -> None:
        if "1" in page.ids:
            world.shop.products.clear()

    world.shop.hook = empty
    run = await world.run()
    assert isinstance(run.error, HeldBack) and "does not hand it out" in str(run.error)
    assert len(world.objects()) == 13


async def test_a_gateway_that_does_not_show_what_was_imported_archives_nothing(world: World) -> None:
    await filled(world)
    world.shop.take_out(1)
    for made in world.objects(archived=None):
        data = {**made["product"]["data"], "import": {**made["product"]["data"]["import"], "product": "999"}}
        await Hand(world.sandbox).change(made["guid"], product={"data": data})
    run = await world.run()
    assert isinstance(run.error, HeldBack) and "does not show that object as ours" in str(run.error)
    assert len(world.objects()) == 13
