"""Bad days: latency, rate limits and faults, chosen by rules that can be changed while it runs."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Literal

import aiohttp
import pytest
from gateway_importer.sandbox import DEMO_SHOP_GUID, Fault, Latency, RateLimit, Sandbox
from gateway_importer.sandbox.limits import Limiter
from visitor import Visitor, element

CREATE = "/products$"


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_status_instead_of_the_work(visitor: Visitor, sandbox: Sandbox, status: int) -> None:
    sandbox.faults.append(Fault(what="status", status=status, method="POST", path=CREATE, times=1, retry_after="3"))
    answered, body = await visitor.create(element("A"))
    assert (answered, body["code"]) == (status, status)
    assert sandbox.products(DEMO_SHOP_GUID) == []
    assert (await visitor.create(element("A")))[0] == 201


async def test_a_status_after_the_work(visitor: Visitor, sandbox: Sandbox) -> None:
    sandbox.faults.append(Fault(what="status", when="after", path=CREATE))
    assert (await visitor.create(element("A")))[0] == 503
    assert len(sandbox.products(DEMO_SHOP_GUID)) == 1


@pytest.mark.parametrize("status", [200, 502])
async def test_a_web_page_where_json_was_due(visitor: Visitor, sandbox: Sandbox, status: int) -> None:
    sandbox.faults.append(Fault(what="html", status=status))
    answered, text = await visitor.query()
    assert answered == status
    assert text.startswith("<!doctype html>")


@pytest.mark.parametrize(("when", "kept"), [("before", 0), ("after", 1)])
async def test_a_reset_before_or_after_the_work(
    visitor: Visitor, sandbox: Sandbox, when: Literal["before", "after"], kept: int
) -> None:
    sandbox.faults.append(Fault(what="reset", when=when, path=CREATE))
    with pytest.raises((aiohttp.ClientError, ConnectionResetError)):
        await visitor.create(element("A"))
    assert len(sandbox.products(DEMO_SHOP_GUID)) == kept
    assert sandbox.requests[-1].status is None


async def test_json_that_ends_too_early(visitor: Visitor, sandbox: Sandbox) -> None:
    sandbox.faults.append(Fault(what="truncate", times=1))
    with pytest.raises(json.JSONDecodeError):
        await visitor.create(element("A"))
    sandbox.faults.append(Fault(what="cut", times=1))
    with pytest.raises(aiohttp.ClientPayloadError):
        await visitor.create(element("B"))
    assert len(sandbox.products(DEMO_SHOP_GUID)) == 2


@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_answer_that_stalls(visitor: Visitor, sandbox: Sandbox, when: Literal["before", "after"]) -> None:
    sandbox.faults.append(Fault(what="stall", when=when, seconds=0.2, times=1))
    task = asyncio.create_task(visitor.create(element("A")))
    await asyncio.sleep(0.1)
    assert len(sandbox.products(DEMO_SHOP_GUID)) == (when == "after")
    assert (await task)[0] == 201


async def test_a_stalled_answer_does_not_hold_up_the_end(visitor: Visitor, sandbox: Sandbox) -> None:
    sandbox.faults.append(Fault(what="stall", seconds=60))
    task = asyncio.create_task(visitor.query())
    await asyncio.sleep(0.05)
    started = time.perf_counter()
    await sandbox.close()
    assert time.perf_counter() - started < 2
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("status", [504, None])
async def test_work_that_is_done_after_the_answer_was_given_up(
    visitor: Visitor, sandbox: Sandbox, status: int | None
) -> None:
    sandbox.faults.append(Fault(what="late", status=status, path=CREATE, seconds=0.2, times=1))
    if status is None:
        with pytest.raises((aiohttp.ClientError, ConnectionResetError)):
            await visitor.create(element("A"))
    else:
        assert (await visitor.create(element("A")))[0] == status
    assert sandbox.products(DEMO_SHOP_GUID) == []
    await asyncio.sleep(0.3)
    assert len(sandbox.products(DEMO_SHOP_GUID)) == 1


async def test_rules_name_the_request_and_its_turn(visitor: Visitor, sandbox: Sandbox) -> None:
    sandbox.faults += [
        Fault(what="status", status=500, path=CREATE, body='"sku": "B"'),
        Fault(what="status", status=503, path=CREATE, nth=3, times=1),
    ]
    assert [(await visitor.create(element(sku)))[0] for sku in "ABCCC"] == [201, 500, 503, 201, 201]
    assert (await visitor.query())[0] == 200


async def test_chance_can_be_repeated(visitor: Visitor, sandbox: Sandbox) -> None:
    seen = []
    for _ in range(2):
        await visitor.ask("POST", "/sandbox/settings", {"seed": 7})
        sandbox.faults[:] = [Fault(what="status", probability=0.5)]
        seen.append([(await visitor.query())[0] for _ in range(20)])
    assert seen[0] == seen[1]
    assert set(seen[0]) == {200, 503}


async def test_the_log_tells_which_fault_hit_which_request(visitor: Visitor, sandbox: Sandbox) -> None:
    sandbox.faults.append(Fault(what="status", status=500, path=CREATE, times=1))
    await visitor.create(element("A"))
    await visitor.create(element("A"))
    (hit,) = sandbox.fault_hits
    assert (hit.method, hit.skus) == ("POST", ("A",))
    assert [record.fault for record in sandbox.requests] == [hit.fault, None]
    assert "status 500" in hit.fault


async def test_latency_by_route(visitor: Visitor, sandbox: Sandbox) -> None:
    sandbox.settings.latency = (Latency(seconds=0.15, path="_query$"),)
    started = time.perf_counter()
    await visitor.create(element())
    assert time.perf_counter() - started < 0.15
    started = time.perf_counter()
    await visitor.query()
    assert time.perf_counter() - started >= 0.15


@pytest.mark.parametrize(("kind", "wait"), [("bucket", "20"), ("window", "60")])
@pytest.mark.parametrize("told", [True, False])
async def test_more_requests_than_the_limit_are_429(
    visitor: Visitor,
    sandbox: Sandbox,
    session: aiohttp.ClientSession,
    kind: Literal["bucket", "window"],
    wait: str,
    told: bool,
) -> None:
    sandbox.settings.rate_limits = (RateLimit(rate=3, per=60, kind=kind, retry_after=told, path="^/webshops"),)
    headers = {"Authorization": visitor.authorization}
    path = f"{sandbox.url}/webshops/{DEMO_SHOP_GUID}/tags/"
    answers = []
    for _ in range(4):
        async with session.get(path, headers=headers) as answer:
            answers.append((answer.status, answer.headers.get("Retry-After")))
    assert answers == [(200, None)] * 3 + [(429, wait if told else None)]
    assert (await visitor.query())[0] == 200
    sandbox.settings.rate_limits = ()
    assert (await visitor.ask("GET", f"/webshops/{DEMO_SHOP_GUID}/tags/"))[0] == 200


def passed(limit: RateLimit, moments: list[float]) -> list[bool]:
    """Which of the requests at these moments are let through."""
    clock = iter(moments)
    limiter = Limiter(lambda: next(clock))
    return [limiter.refused([limit], "GET", "/") is None for _ in moments]


def test_a_bucket_lets_a_burst_through_and_then_refills_steadily() -> None:
    limit = RateLimit(rate=10, per=1.0, burst=2)
    assert passed(limit, [0, 0, 0, 0.11, 0.12, 0.22, 5, 5, 5]) == [
        True, True, False, True, False, True, True, True, False,
    ]  # fmt: skip


def test_a_window_counts_what_it_let_through_in_the_last_seconds() -> None:
    limit = RateLimit(rate=2, per=1.0, kind="window")
    assert passed(limit, [0, 0.5, 0.9, 1.01, 1.4, 1.51]) == [True, True, False, True, False, True]
