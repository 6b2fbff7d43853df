"""What was asked for may be carried out although the answer failed to come: nothing is doubled, nothing lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from gateway_importer.gateway import client
from gateway_importer.sandbox import Fault, RateLimit
from gateway_importer.sandbox.catalogue import Catalogue, StoredProduct
from import_runs import World
from made_up_shop import grouped, simple

POSTS = r"/products$"
TAGS = r"/tags/$"


def seven(world: World) -> list[str]:
    """Four simple products and three of two variants; the SKUs that are to be at the Gateway once each."""
    world.shop.put(*(simple(number, shows=[f"p{number}"]) for number in range(1, 5)))
    world.shop.put(*(grouped(number, shows=[f"p{number}"]) for number in range(5, 8)))
    return sorted([f"SKU-{n}" for n in range(1, 5)] + [f"SKU-{n}-{size}" for n in range(5, 8) for size in "SM"])


def faults(number: int) -> list[Fault]:
    """A product each, from `number` on, whose request suffers once."""
    of_posts = [
        Fault(what="late", status=504, seconds=0.4, method="POST", path=POSTS),
        Fault(what="late", seconds=0.4, method="POST", path=POSTS),
        Fault(what="reset", when="after", method="POST", path=POSTS),
        Fault(what="reset", when="before", method="POST", path=POSTS),
        Fault(what="status", status=500, when="after", method="POST", path=POSTS),
        Fault(what="status", status=503, when="before", method="POST", path=POSTS),
        Fault(what="truncate", method="POST", path=POSTS),
        Fault(what="cut", method="POST", path=POSTS),
        Fault(what="html", method="POST", path=POSTS),
        Fault(what="html", when="after", method="POST", path=POSTS),
    ]
    of_tags = [
        Fault(what="late", status=504, seconds=0.2, method="POST", path=TAGS),
        Fault(what="reset", when="after", method="POST", path=TAGS),
        Fault(what="reset", when="before", method="POST", path=TAGS),
        Fault(what="status", status=500, when="before", method="POST", path=TAGS),
        Fault(what="truncate", method="POST", path=TAGS),
    ]
    for place, fault in enumerate([*of_posts, *of_tags], number):
        fault.body = f'"SKU-{place}-S"' if fault in of_posts else f'"Produkt {place}"'
        fault.times = 1
    return [*of_posts, *of_tags]


@pytest.mark.parametrize(("lag", "marks"), [(0.0, True), (0.3, True), (0.3, False)])
async def test_everything_is_in_once(world: World, lag: float, marks: bool) -> None:
    world.sandbox.settings.index_lag = lag
    world.sandbox.settings.drop_marks = not marks
    world.sandbox.faults += faults(10)
    world.shop.put(*(grouped(number, shows=["p"]) for number in range(9, 25)))
    run = await world.run(SETTLE_SECONDS="1", INDEX_SECONDS="0.8")
    assert [str(fault) for fault in world.sandbox.faults if not fault.hits] == []
    assert run.error is None and run.counts == {"created": 16}
    assert world.skus(archived=None) == sorted(f"SKU-{number}-{size}" for number in range(9, 25) for size in "SM")
    assert sorted(world.variant_tags()) == sorted(f"Produkt {number}" for number in range(9, 25))
    assert all(len(world.tags_of(sku)) == 1 for sku in world.skus())
    world.sandbox.reset_log()
    assert (await world.run()).counts == {"unchanged": 16} and world.writes() == []


@pytest.mark.parametrize(("lag", "marks"), [(0.0, False), (0.5, True)])
async def test_an_answer_without_guids_is_looked_up(world: World, lag: float, marks: bool) -> None:
    world.sandbox.settings.response_shape = "none"
    world.sandbox.settings.drop_marks = not marks
    world.sandbox.settings.index_lag = lag
    expected = seven(world)
    run = await world.run(INDEX_SECONDS="1")
    assert run.error is None and run.counts == {"created": 7} and world.skus(archived=None) == expected
    world.sandbox.reset_log()
    assert (await world.run()).counts == {"unchanged": 7} and world.writes() == []


async def test_only_the_missing_variants_are_posted_again(world: World) -> None:
    """The run is cut off between two chunks' answers: what is there is found by its marks."""
    world.shop.put(grouped(1, tuple(f"{n}" for n in range(120))), simple(2))
    world.sandbox.faults.append(Fault(what="reset", when="after", method="POST", path=POSTS, nth=2, times=1))
    run = await world.run()
    assert run.error is None and run.counts == {"created": 2}
    assert len(world.by_sku(archived=None)) == 121
    sent = [[sku for sku in post.skus if sku.startswith("SKU-1-")] for post in world.posts()]
    assert [len(skus) for skus in sent if skus] == [50, 50, 20]


async def test_a_product_that_breaks_the_gateway_each_time_is_left_to_the_next_run(world: World) -> None:
    expected = seven(world)
    world.sandbox.faults.append(Fault(what="status", status=500, method="POST", path=POSTS, body="SKU-3"))
    run = await world.run()
    assert run.error is None and run.counts == {"created": 6, "failed": 1}
    assert run.rows["3"].code == "gateway_silent"
    world.sandbox.faults.clear()
    assert (await world.run()).counts == {"created": 1, "unchanged": 6}
    assert world.skus(archived=None) == expected


async def test_requests_that_break_off_together_count_as_one_failure(world: World) -> None:
    """A load balancer that is restarted resets all connections at once; the Gateway is not down for that."""
    world.sandbox.settings.rate_limits = ()
    await world.run()
    world.shop.put(*(simple(number) for number in range(1, 30)))
    world.sandbox.faults.append(Fault(what="reset", method="POST", path=POSTS, nth=2, times=10))
    run = await world.run()
    assert run.error is None and run.counts == {"created": 29} and len(world.by_sku()) == 29


@pytest.mark.parametrize(("retry_after", "times"), [("1", 2), (None, 4)])
async def test_refusals_for_haste_cost_no_product(world: World, retry_after: str | None, times: int) -> None:
    expected = seven(world)
    world.sandbox.faults.append(
        Fault(what="status", status=429, method="POST", path=POSTS, times=times, retry_after=retry_after)
    )
    run = await world.run(FIRST_PAUSE="0.05")
    assert run.error is None and run.counts == {"created": 7} and world.skus(archived=None) == expected


async def test_a_tight_rate_limit_slows_the_run_and_loses_nothing(world: World) -> None:
    expected = seven(world)
    world.sandbox.settings.rate_limits = (RateLimit(rate=12, per=1.0, retry_after=False),)
    run = await world.run(FIRST_PAUSE="0.1", TRIES="5")
    assert run.error is None and run.counts == {"created": 7} and world.skus(archived=None) == expected


@pytest.mark.parametrize(
    "fault",
    [
        Fault(what="status", status=500, nth=3, times=4),
        Fault(what="status", status=503, nth=3, times=2, retry_after="0"),
        Fault(what="reset", nth=3, times=4),
        Fault(what="reset", when="after", nth=3, times=4),
        Fault(what="truncate", path="/_query$", times=2),
        Fault(what="html", path="/_query$", times=2),
        Fault(what="html", path="/uploads/$", times=2),
        Fault(what="truncate", path="/uploads/$", times=2),
        Fault(what="html", path="/tags/$", method="GET", times=2),
        Fault(what="cut", path="/_query$", times=2),
        Fault(what="reset", path="/store/", times=2),
        Fault(what="html", path="/store/", method="POST", times=2),
        Fault(what="status", status=503, path="/store/", times=2),
    ],
    ids=str,
)
async def test_passing_faults_cost_nothing(world: World, fault: Fault) -> None:
    expected = seven(world)
    rule = Fault(**{name: getattr(fault, name) for name in fault.__dataclass_fields__ if name not in ("seen", "hits")})
    world.sandbox.faults.append(rule)
    run = await world.run(TRIES="6")
    assert rule.hits > 0 and run.error is None
    assert run.counts == {"created": 7} and world.skus(archived=None) == expected
    assert all(world.sandbox.picture(made["product"]["images"][0]) for made in world.objects())


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_web_page_in_a_changes_place_is_no_success(world: World, when: str) -> None:
    seven(world)
    await world.run()
    world.shop.put(simple(1, gross="99.00"))
    world.sandbox.faults.append(
        Fault(what="html", when="after" if when == "after" else "before", method="PUT", times=2)
    )
    run = await world.run()
    assert run.error is None and run.outcomes["1"] == "updated" and str(world.gross("SKU-1")) == "99.00"


async def test_an_answer_that_names_only_some_variants_leaves_the_others_to_be_looked_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Gateway took two of three, and said so."""
    create = Catalogue.create

    def sparing(catalogue: Catalogue, shop: str, elements: Sequence[dict[str, Any]]) -> list[StoredProduct]:
        return create(catalogue, shop, elements[:2])

    world.shop.put(simple(1))
    await world.run()
    world.shop.put(grouped(2, ("S", "M", "L")))
    monkeypatch.setattr(Catalogue, "create", sparing)
    run = await world.run()
    assert run.error is None and run.outcomes["2"] == "created"
    assert sorted(world.by_sku(archived=None)) == ["SKU-1", "SKU-2-L", "SKU-2-M", "SKU-2-S"]


async def test_a_sku_that_no_search_can_find_is_not_used(world: World) -> None:
    world.shop.put(simple(1, sku="***"), simple(2, sku="—"))
    run = await world.run()
    assert run.error is None and sorted(world.by_sku()) == ["1", "2"]


async def test_looking_for_one_product_does_not_read_the_whole_shop(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All SKUs share a word, so each is found by a search for any of them."""
    monkeypatch.setattr(client, "PAGE", 10)
    world.sandbox.settings.response_shape = "none"
    world.shop.put(*(simple(number) for number in range(1, 61)))
    run = await world.run()
    assert run.error is None and len(world.by_sku()) == 60
    queries = [request for request in world.sandbox.requests if request.path.endswith("/_query")]
    assert len(queries) < 60 * 5
