"""Refusals, a token that is revoked and mistakes of our own: each costs what it must, and nothing else."""

from __future__ import annotations

import pytest
from gateway_importer.catalog import Image
from gateway_importer.errors import AccessRefused, Unreachable
from gateway_importer.images.uploads import Uploads
from gateway_importer.images.way import Placed
from gateway_importer.sandbox import DEMO_SHOP_GUID, DEMO_SIGNING_KEY, Fault, RateLimit
from gateway_importer.source import Source
from import_runs import World
from made_up_shop import Ids, grouped, simple

POSTS = r"/products$"


def ten(world: World) -> None:
    world.shop.put(*(simple(number, shows=[f"p{number}"]) for number in range(1, 8)))
    world.shop.put(*(grouped(number, shows=[f"p{number}"]) for number in range(8, 11)))


# --- the token ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Fault(what="status", status=401, method="POST", path=POSTS, nth=3),
        Fault(what="status", status=401, path="/uploads/", nth=3),
        Fault(what="status", status=401, path="/tags/", method="POST", nth=2),
        Fault(what="status", status=401, path="/_query", nth=3),
        Fault(what="status", status=403, path="^/(dashboard|uploads|webshops)/", nth=12),
    ],
    ids=str,
)
async def test_a_token_refused_in_the_middle_ends_the_run_and_the_next_one_completes_it(
    world: World, fault: Fault
) -> None:
    ten(world)
    rule = Fault(what="status", status=fault.status, method=fault.method, path=fault.path, nth=fault.nth)
    world.sandbox.faults.append(rule)
    run = await world.run()
    assert isinstance(run.error, AccessRefused) and run.counts.get("failed", 0) == 0
    world.sandbox.faults.clear()
    again = await world.run()
    assert again.error is None and "failed" not in again.counts
    assert len(world.by_sku(archived=None)) == 13 and len(world.variant_tags()) == 3
    assert all(len(made["product"]["images"]) == 1 for made in world.objects())


async def test_a_key_that_is_changed_while_products_are_archived_ends_the_run(world: World) -> None:
    ten(world)
    await world.run()
    world.shop.take_out(1, 8)
    world.sandbox.faults.append(Fault(what="status", status=401, method="PUT"))
    assert isinstance((await world.run()).error, AccessRefused)
    world.sandbox.faults.clear()
    again = await world.run()
    assert again.error is None and len(world.objects()) == 10


async def test_a_403_for_one_product_is_that_products_while_the_token_opens_everything_else(world: World) -> None:
    """A firewall before the Gateway takes a text for an attack."""
    ten(world)
    world.sandbox.faults.append(Fault(what="status", status=403, method="POST", path=POSTS, body="SKU-3"))
    run = await world.run()
    assert run.error is None and run.counts == {"created": 9, "failed": 1} and run.rows["3"].code == "gateway_refused"


# --- refusals ----------------------------------------------------------------------------------------------------


async def test_a_refused_product_fails_with_the_gateways_words(world: World) -> None:
    world.sandbox.settings.amount_decimals = 2
    world.shop.put(simple(1, gross="1.04"), simple(2, gross="123.00"))
    run = await world.run()
    assert run.outcomes == {"1": "failed", "2": "created"}
    assert run.rows["1"].code == "gateway_refused" and "at most 2 decimals" in run.rows["1"].cause
    assert (await world.run(NET_DECIMALS="2")).outcomes == {"1": "created", "2": "unchanged"}


@pytest.mark.parametrize(
    ("fault", "failed"),
    [
        (Fault(what="status", status=400, method="POST", path="/tags/$", body="Produkt 8"), "8"),
        (Fault(what="status", status=400, method="PUT"), "2"),
        (Fault(what="status", status=400, path="/_query$", body="SKU-3"), "3"),
    ],
    ids=str,
)
async def test_a_refusal_fails_the_product_and_is_no_mistake_of_ours(world: World, fault: Fault, failed: str) -> None:
    ten(world)
    if failed == "2":
        await world.run()
        world.shop.put(simple(2, gross="99.00"))
    elif failed == "3":
        world.sandbox.faults.append(Fault(what="reset", method="POST", path=POSTS, body="SKU-3"))
    rule = Fault(what="status", status=400, method=fault.method, path=fault.path, body=fault.body)
    world.sandbox.faults.append(rule)
    run = await world.run()
    assert run.error is None and run.rows[failed].code == "gateway_refused" and run.counts["failed"] == 1
    assert run.rows[failed].cause.endswith("On purpose")


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_a_refusal_while_archiving_fails_that_product_alone(world: World, method: str) -> None:
    ten(world)
    await world.run()
    if method == "POST":  # an unsettled product vanishes, and the Gateway refuses to be asked for it
        ledger = world.ledger()
        ledger.made("1", {"": None})
        ledger.close()
    world.shop.take_out(1, 2)
    guid = world.by_sku()["SKU-1"]["guid"]
    world.sandbox.faults.append(
        Fault(what="status", status=400, method="PUT", path=guid)
        if method == "PUT"
        else Fault(what="status", status=400, path="/_query$", body="SKU-1")
    )
    run = await world.run()
    assert run.error is None and run.outcomes["1"] == "failed" and run.outcomes["2"] == "archived"
    world.sandbox.faults.clear()
    again = await world.run()
    assert again.outcomes["1"] == "archived" and len(world.objects()) == 11


# --- mistakes of our own -----------------------------------------------------------------------------------------


async def test_a_mistake_with_one_picture_fails_only_products_that_show_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Uploads.place

    async def broken(way: Uploads, image: Image, source: Source) -> Placed:
        placed = await place(way, image, source)
        if image.key == "bad":
            raise KeyError("a mistake")
        return placed

    monkeypatch.setattr(Uploads, "place", broken)
    ten(world)
    world.shop.put(simple(2, shows=["bad"]), simple(3, shows=["bad", "p3"]))
    run = await world.run()
    assert run.error is None and run.counts == {"created": 8, "failed": 2}
    assert run.rows["2"].code == run.rows["3"].code == "internal"
    monkeypatch.undo()
    assert (await world.run()).counts == {"created": 2, "unchanged": 8}
    assert [len(made["product"]["images"]) for made in world.objects()].count(1) == 12


async def test_a_store_that_takes_nothing_ends_the_run(world: World) -> None:
    ten(world)
    world.sandbox.faults.append(Fault(what="reset", path="/store/"))
    run = await world.run()
    assert isinstance(run.error, Unreachable) and "failed" not in run.counts
    world.sandbox.faults.clear()
    assert (await world.run()).error is None
    assert all(len(made["product"]["images"]) == 1 for made in world.objects())


async def test_a_page_that_a_mistake_of_the_platform_breaks_costs_the_product_that_breaks_it(world: World) -> None:
    ten(world)

    def breaks(page: Ids) -> None:
        if "3" in page.ids:
            raise KeyError("a mistake")

    world.shop.hook = breaks
    run = await world.run()
    assert run.error is None and run.counts == {"created": 9, "failed": 1} and run.rows["3"].code == "internal"


async def test_a_broken_page_archives_nothing(world: World) -> None:
    ten(world)
    await world.run()

    def breaks(page: Ids) -> None:
        raise KeyError("a mistake")

    world.shop.hook = breaks
    run = await world.run()
    assert run.error is None and run.counts == {"failed": 10} and len(world.objects()) == 13


async def test_a_mistake_while_archiving_fails_that_product_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gateway_importer.gateway.client import Gateway

    ten(world)
    await world.run()
    world.shop.take_out(1, 2)
    bad = world.by_sku()["SKU-1"]["guid"]
    change = Gateway.change_product

    async def broken(gateway: Gateway, guid: str, element: dict[str, object]) -> None:
        if guid == bad:
            raise KeyError("a mistake")
        await change(gateway, guid, element)

    monkeypatch.setattr(Gateway, "change_product", broken)
    run = await world.run()
    assert run.error is None and run.outcomes["1"] == "failed" and run.outcomes["2"] == "archived"


# --- pictures ----------------------------------------------------------------------------------------------------


async def test_a_picture_that_cannot_be_had_costs_the_picture_and_is_asked_for_again_later(world: World) -> None:
    from gateway_importer.pipeline import pictures

    world.shop.put(simple(1, shows=["a", "dead"]), simple(2))
    world.shop.dead_pictures.add("dead")
    run = await world.run()
    assert run.counts == {"created": 2} and run.notices_of(1) == ["picture_missing"]
    assert (await world.run()).counts == {"unchanged": 2} and world.shop.pictures_read["dead"] == 2
    # Two runs have seen it: now it is believed until tomorrow.
    assert (await world.run()).counts == {"unchanged": 2} and world.shop.pictures_read["dead"] == 2
    world.shop.dead_pictures.clear()
    held, pictures.FAULT_HOLDS = pictures.FAULT_HOLDS, 0.0
    try:
        assert (await world.run()).outcomes == {"1": "updated", "2": "unchanged"}
    finally:
        pictures.FAULT_HOLDS = held
    assert len(world.by_sku()["SKU-1"]["product"]["images"]) == 2


async def test_a_picture_that_one_run_could_not_have_is_there_after_the_next(world: World) -> None:
    """A firewall's page or a damaged answer in one bad night is not the picture's fault."""
    world.shop.put(simple(1, shows=["a", "late"]))
    world.shop.dead_pictures.add("late")
    assert (await world.run()).notices_of(1) == ["picture_missing"]
    world.shop.dead_pictures.clear()
    assert (await world.run()).outcomes == {"1": "updated"}
    assert len(world.by_sku()["SKU-1"]["product"]["images"]) == 2


async def test_a_product_without_any_picture_fails_where_one_is_required(world: World) -> None:
    world.shop.put(simple(1, shows=["dead"]), simple(2, shows=["a"]))
    world.shop.dead_pictures.add("dead")
    run = await world.run(REQUIRE_IMAGE="yes")
    assert run.outcomes == {"1": "failed", "2": "created"} and run.rows["1"].code == "no_picture"


async def test_a_spelling_of_the_route_that_goes_away_is_replaced_by_the_other(world: World) -> None:
    world.shop.put(simple(1))
    await world.run()
    world.sandbox.settings.route = "webshops"
    world.shop.put(simple(2))
    assert (await world.run()).outcomes == {"1": "unchanged", "2": "created"}


@pytest.mark.parametrize("missing", ["405", "aws", "404"])
async def test_the_other_spelling_of_the_route_is_used_for_the_rest_of_the_run(world: World, missing: str) -> None:
    world.sandbox.settings.update({"route": "webshops", "missing_route": missing})
    ten(world)
    run = await world.run()
    assert run.error is None and run.counts == {"created": 10}
    assert sum(request.path.startswith("/dashboard/webshop/") for request in world.posts()) == 1


async def test_where_both_spellings_fail_the_shop_guid_is_said_to_be_wrong(world: World) -> None:
    ten(world)
    world.sandbox.faults.append(Fault(what="status", status=405, method="POST", path=POSTS))
    run = await world.run()
    assert run.error is not None and "shop guid" in run.error.to_do and world.objects() == []


async def test_no_secret_is_in_any_report_or_error_text(world: World, caplog: pytest.LogCaptureFixture) -> None:
    from gateway_importer.gateway.token import shop_token
    from gateway_importer.settings import signing_key

    caplog.set_level("DEBUG")
    token = shop_token(signing_key(DEMO_SIGNING_KEY), DEMO_SHOP_GUID)
    ten(world)
    world.sandbox.faults.append(Fault(what="status", status=400, method="POST", path=POSTS, body="SKU-3"))
    run = await world.run()
    texts = [run.texts, str(run.error), *(str(row) for row in run.rows.values())]
    texts.append("\n".join(record.getMessage() for record in caplog.records))
    for secret in (token, DEMO_SIGNING_KEY, "x-amz-signature", "policy"):
        assert not any(secret in text for text in texts), secret


async def test_the_pace_that_was_found_is_where_the_next_night_begins(world: World) -> None:
    world.shop.put(*(simple(number) for number in range(1, 31)))
    world.sandbox.settings.rate_limits = (RateLimit(rate=10, retry_after=False),)
    first = await world.run()
    assert first.counts == {"created": 30}
    refused = sum(host.refused for host in first.report.facts.traffic)
    assert refused > 0
    world.shop.put(*(simple(number, gross="99.00") for number in range(1, 11)))
    second = await world.run()
    assert second.counts == {"updated": 10, "unchanged": 20}
    assert sum(host.refused for host in second.report.facts.traffic) < refused
