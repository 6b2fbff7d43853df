"""A first run creates everything once; a second one writes nothing, with its ledger and without."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from gateway_importer.catalog import NotCounted, UnknownStock
from gateway_importer.errors import HeldBack
from gateway_importer.gateway import client
from gateway_importer.sandbox import Fault
from gateway_importer.sandbox.catalogue import StoredProduct
from gateway_importer.sandbox.search import SearchIndex
from import_runs import World
from made_up_shop import MUGS, grouped, picture_bytes, simple, variant
from visitor_by_hand import Hand


def catalogue(world: World) -> None:
    world.shop.put(
        simple(1, shows=["a", "b"], weight="0.35"),
        grouped(2, ("S", "M", "L"), shows=["c"], gross="59.99"),
        simple(3, gross="1.04", categories=[MUGS], shows=["a"], stock=0),
        simple(4, sku="", stock=NotCounted()),
        simple(5, gross="10.50", vat=5, stock=UnknownStock()),
        grouped(6, ("S", "M"), sku=""),
    )


async def test_each_product_comes_in_once_with_pictures_tags_prices_and_stock(world: World) -> None:
    catalogue(world)
    run = await world.run()
    assert run.error is None and run.counts == {"created": 6}
    made = world.by_sku()
    assert sorted(made) == [
        "4", "6-6-M", "6-6-S", "SKU-1", "SKU-2-L", "SKU-2-M", "SKU-2-S", "SKU-3", "SKU-5",
    ]  # fmt: skip
    first = made["SKU-1"]
    shown = [world.sandbox.picture(address) for address in first["product"]["images"]]
    assert shown == [picture_bytes("a"), picture_bytes("b")]
    assert len(world.sandbox.uploads) == 3  # a picture that two products show is transferred once
    assert world.gross("SKU-3") == Decimal("1.04") and world.gross("SKU-2-M") == Decimal("59.99")
    assert first["stock_level"] == 5 and made["SKU-3"]["stock_level"] == 0 and made["4"]["stock_level"] == 100001
    assert made["SKU-5"]["stock_level"] is None and made["SKU-5"]["product"]["vat"] == "VAT5"
    assert made["SKU-2-M"]["product"]["data"]["variants"] == {"size": "M"}
    assert world.tags_of("SKU-2-S") == world.tags_of("SKU-2-L") == ["Produkt 2"]
    assert world.tags_of("SKU-1") == [] and len(first["product"]["tag_guids"]) == 3  # Woman, Clothing, Shirts
    assert run.report.facts.audit_agrees is True
    assert len(world.posts()) == 6  # one request a product


async def test_a_second_run_writes_nothing_and_fetches_no_picture(world: World) -> None:
    catalogue(world)
    await world.run()
    world.sandbox.reset_log()
    world.shop.pictures_read.clear()
    run = await world.run()
    assert run.error is None and run.counts == {"unchanged": 6}
    assert world.writes() == [] and not world.shop.pictures_read


async def test_a_run_with_a_fresh_state_folder_writes_nothing_and_fetches_no_picture(world: World) -> None:
    catalogue(world)
    await world.run()
    world.sandbox.reset_log()
    world.shop.pictures_read.clear()
    run = await world.run(STATE_FOLDER=str(world.folder / "fresh"))
    assert run.error is None and run.counts == {"unchanged": 6}
    assert world.writes() == [] and not world.shop.pictures_read
    assert "There was no ledger" in run.warnings


async def test_products_of_an_older_importer_are_recognised_by_its_form_of_skus(world: World) -> None:
    old = await Hand(world.sandbox).make("Produkt 1", "1;;SKU-1")
    world.shop.put(simple(1), simple(2))
    run = await world.run()
    assert run.outcomes == {"1": "updated", "2": "created"}
    assert world.by_sku()["1;;SKU-1"]["guid"] == old and len(world.objects(archived=None)) == 2


async def test_an_ambiguous_match_fails_that_product_alone(world: World) -> None:
    hand = Hand(world.sandbox)
    for _ in range(2):
        await hand.make("Produkt 1", "SKU-1")
    world.shop.put(simple(1), simple(2))
    run = await world.run()
    assert run.error is None and run.outcomes == {"1": "failed", "2": "created"}
    assert run.rows["1"].code == "ambiguous_match" and len(world.objects(archived=None)) == 3


async def test_an_object_of_the_same_sku_and_another_name_is_left_alone(world: World) -> None:
    stranger = await Hand(world.sandbox).make("Something else", "SKU-1")
    world.shop.put(simple(1))
    await world.run()
    assert world.skus() == ["SKU-1", "SKU-1~1"]
    assert world.by_sku()["SKU-1"]["guid"] == stranger


async def test_without_ledger_and_marks_nothing_is_archived_and_the_run_says_so(world: World) -> None:
    world.sandbox.settings.drop_marks = True
    world.shop.put(*(simple(number) for number in range(1, 7)))
    await world.run()
    world.shop.take_out(6)
    run = await world.run(STATE_FOLDER=str(world.folder / "fresh"))
    assert len(world.objects()) == 6 and "is archived by this run" in run.warnings


async def test_the_first_post_waits_until_the_query_shows_it(world: World) -> None:
    world.sandbox.settings.index_lag = 0.4
    world.shop.put(*(simple(number) for number in range(1, 8)))
    run = await world.run(INDEX_SECONDS="2")
    assert run.error is None and run.counts == {"created": 7}
    first, second = (record.at for record in world.posts()[:2])
    assert second - first > 0.35


async def test_a_query_that_shows_nothing_holds_the_run_back_with_one_product_posted(world: World) -> None:
    world.sandbox.settings.index_lag = 1000
    world.shop.put(*(grouped(number) for number in range(1, 8)))
    run = await world.run()
    assert isinstance(run.error, HeldBack) and len(world.objects()) == 2
    again = await world.run()
    assert isinstance(again.error, HeldBack) and len(world.objects()) == 2
    world.sandbox.settings.index_lag = 0
    healed = await world.run()
    assert healed.error is None and len(world.by_sku()) == 14


async def test_first_posts_whose_answers_are_lost_do_not_open_the_gate(world: World) -> None:
    """Nothing has been shown yet. One such product may never have been made, so another is tried, but few."""

    world.sandbox.settings.index_lag = 1000
    world.sandbox.faults.append(Fault(what="status", status=504, when="after", method="POST", path="/products$"))
    world.shop.put(*(simple(number) for number in range(1, 8)))
    run = await world.run()
    assert isinstance(run.error, HeldBack) and len(world.objects()) == 3


async def test_adopting_again_and_again_leaves_one_variant_tag_a_product(world: World) -> None:
    world.sandbox.settings.drop_marks = True
    world.shop.put(grouped(1), grouped(2, name="Produkt 1"))
    await world.run()
    tags = world.variant_tags()
    for turn in range(3):
        await world.run(STATE_FOLDER=str(world.folder / f"fresh {turn}"))
    assert world.variant_tags() == tags
    assert world.tags_of("SKU-1-S") != world.tags_of("SKU-2-S") and len(world.tags_of("SKU-1-S")) == 1


async def test_an_adoption_that_was_cut_off_is_completed(world: World) -> None:
    """The ledger knows one variant of the product already; the others are still to be adopted."""
    world.sandbox.settings.drop_marks = True
    world.shop.put(grouped(1, ("S", "M", "L")), simple(2))
    await world.run()
    fresh = {"STATE_FOLDER": str(world.folder / "fresh")}
    world.settings |= fresh
    await world.run(stop_after=1, GATEWAY_CONCURRENCY="1")
    ledger = world.ledger()
    for known in list(ledger.variants("1"))[1:]:
        ledger.lose("1", known)
    ledger.close()
    run = await world.run()
    assert run.error is None
    assert world.skus(archived=None) == ["SKU-1-L", "SKU-1-M", "SKU-1-S", "SKU-2"]


async def test_an_archived_object_of_another_name_holds_no_sku(world: World) -> None:
    await Hand(world.sandbox).make("Something else", "SKU-1", archived=True)
    world.shop.put(simple(1))
    await world.run()
    assert world.skus() == ["SKU-1"]


async def test_variants_with_names_of_their_own_are_adopted_by_these(world: World) -> None:
    world.sandbox.settings.drop_marks = True
    product = grouped(1)
    named = [
        variant(str(one.source_id), sku=one.sku, size=one.options[0].value, name=f"Koszula {one.options[0].value}")
        for one in product.variants
    ]
    world.shop.put(grouped(2), type(product)(product.source_id, product.name, tuple(named)))
    await world.run()
    await world.run(STATE_FOLDER=str(world.folder / "fresh"))
    assert world.skus(archived=None) == ["SKU-1-M", "SKU-1-S", "SKU-2-M", "SKU-2-S"]


@pytest.mark.parametrize("lag", [0.0, 0.25])
async def test_without_ledger_and_marks_everything_is_adopted_by_sku_and_name(world: World, lag: float) -> None:
    world.sandbox.settings.drop_marks = True
    world.sandbox.settings.index_lag = lag
    catalogue(world)
    await world.run()
    before = {made["guid"] for made in world.objects()}
    run = await world.run(STATE_FOLDER=str(world.folder / "fresh"))
    assert run.error is None and run.counts == {"updated": 6}
    assert {made["guid"] for made in world.objects(archived=None)} == before
    assert run.notices_of(4) == ["adopted"] and run.notices_of(6) == ["adopted", "adopted"]
    again = await world.run(STATE_FOLDER=str(world.folder / "fresh"))
    assert again.counts == {"unchanged": 6}


async def test_a_query_that_does_not_page_is_not_believed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """`search_after` is ASSUMED: a Gateway that ignores it would show the first page for ever."""
    monkeypatch.setattr(client, "PAGE", 10)
    world.shop.put(*(simple(number) for number in range(1, 23)))
    await world.run()
    search = SearchIndex.search

    def deaf(index: SearchIndex, dsl: dict[str, Any]) -> list[StoredProduct]:
        return search(index, {name: value for name, value in dsl.items() if name != "search_after"})

    monkeypatch.setattr(SearchIndex, "search", deaf)
    run = await world.run(STATE_FOLDER=str(world.folder / "fresh"))
    assert isinstance(run.error, HeldBack) and len(world.objects()) == 22


async def test_a_query_that_hands_out_fewer_than_asked_for_is_read_to_its_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = SearchIndex.search

    def sparing(index: SearchIndex, dsl: dict[str, Any]) -> list[StoredProduct]:
        return search(index, {**dsl, "size": min(dsl["size"], 10)})

    monkeypatch.setattr(SearchIndex, "search", sparing)
    world.shop.put(*(simple(number) for number in range(1, 23)))
    await world.run()
    run = await world.run(STATE_FOLDER=str(world.folder / "fresh"))
    assert run.error is None and run.counts == {"unchanged": 22} and len(world.objects()) == 22
