"""What the sandbox shows of itself, what it keeps for its next start, and its page."""

from __future__ import annotations

import asyncio
import html
import os
import re
import signal
import sqlite3
import sys
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest
from gateway_importer.sandbox import DEMO_SHOP_GUID, Sandbox, SandboxSettings
from gateway_importer.sandbox.page import zloty
from visitor import JPEG, Visitor, element

PACKAGES = str(Path(__file__).parents[2])


async def page(session: aiohttp.ClientSession, url: str) -> str:
    async with session.get(url) as answer:
        assert answer.status == 200
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        return html.unescape(await answer.text()).replace("\N{NO-BREAK SPACE}", " ")


# --- the log and the state ---------------------------------------------------------------------------------------


async def test_every_request_is_in_the_log(visitor: Visitor, sandbox: Sandbox) -> None:
    tag = await visitor.tag("Shirt")
    await visitor.create(element("A", tags=[tag]), element('B "x" ż', tags=[tag]))
    await visitor.create({"nonsense": 1})
    await visitor.query()
    tagging, created, refused, query = sandbox.requests
    assert (tagging.method, tagging.path, tagging.status) == ("POST", f"/webshops/{DEMO_SHOP_GUID}/tags/", 201)
    assert (created.status, created.skus) == (201, ("A", 'B "x" ż'))
    assert created.bytes_in > 500
    assert created.bytes_out > 100
    assert refused.status == 400
    assert (query.skus, query.user_agent.startswith("Python")) == ((), True)
    assert query.seconds > 0


async def test_the_log_and_the_state_are_read_without_a_token(visitor: Visitor, sandbox: Sandbox) -> None:
    (guid,) = await visitor.made(element("A"))
    await visitor.change(guid, {"archived": True})
    visitor.authorization = ""
    _, log = await visitor.ask("GET", "/sandbox/requests")
    assert [row["method"] for row in log["requests"]] == ["POST", "PUT"]
    _, state = await visitor.ask("GET", "/sandbox/state")
    assert state["counts"] == {"products": 1, "archived": 1, "tags": 0, "uploads": 0, "requests": 2, "fault_hits": 0}
    assert state["products"][0]["product"]["sku"] == "A"
    await visitor.ask("POST", "/sandbox/reset-log", {})
    assert len(sandbox.requests) == 0


async def test_settings_change_while_it_runs(visitor: Visitor, sandbox: Sandbox) -> None:
    changes = {
        "index_lag": 3, "route": "webshops", "categories": {"A": {"B": {}}},
        "rate_limits": [{"rate": 5, "kind": "window"}], "faults": [{"what": "late", "seconds": 2, "times": 1}],
    }  # fmt: skip
    status, shown = await visitor.ask("POST", "/sandbox/settings", changes)
    assert status == 200
    assert (sandbox.settings.index_lag, sandbox.settings.route) == (3.0, "webshops")
    assert sandbox.settings.rate_limits[0].kind == "window"
    assert [fault.what for fault in sandbox.faults] == ["late"]
    assert shown["shops"] == list(sandbox.settings.shops)
    assert (await visitor.ask("GET", "/sandbox/settings"))[1] == shown


@pytest.mark.parametrize(
    "changes", [{"nonsense": 1}, {"route": "shop"}, {"index_lag": "3s"}, {"faults": [{"what": "x"}]}]
)
async def test_a_setting_that_cannot_be_changes_nothing(visitor: Visitor, sandbox: Sandbox, changes: object) -> None:
    before = (await visitor.ask("GET", "/sandbox/settings"))[1]
    status, answer = await visitor.ask("POST", "/sandbox/settings", changes)
    assert status == 400
    assert answer["message"]
    assert (await visitor.ask("GET", "/sandbox/settings"))[1] == before


# --- the next start ----------------------------------------------------------------------------------------------


async def test_a_second_start_finds_everything(session: aiohttp.ClientSession, tmp_path: Path) -> None:
    async with Sandbox(folder=tmp_path) as first:
        visitor = Visitor(session, first.url)
        url, fields = await visitor.form()
        await visitor.upload(url, fields)
        tag = await visitor.tag("Shirt")
        sent = element("A", tags=[tag], images=[url + fields["key"]])
        guid, gone = await visitor.made(sent, element("B", tags=[tag]))
        await visitor.change(guid, {"stock_level": 0})
        for part in ("dashboard/webshops", "organizations"):
            await visitor.ask("DELETE", f"/{part}/{visitor.shop}/products/{gone}/")
        before = (first.products(DEMO_SHOP_GUID), first.tags(DEMO_SHOP_GUID), list(first.uploads))
    async with Sandbox(SandboxSettings(index_lag=60), folder=tmp_path) as second:
        visitor = Visitor(session, second.url)
        assert (second.products(DEMO_SHOP_GUID), second.tags(DEMO_SHOP_GUID), second.uploads) == before
        assert second.picture(url + fields["key"]) == JPEG
        assert await visitor.found() == ["A"]
        status, _ = await visitor.ask("POST", f"/webshops/{visitor.shop}/tags/", {"name": "Shirt", "type": "variant"})
        assert status == 409
        await visitor.made(element("C"))
        assert [row["product"]["sku"] for row in second.products(DEMO_SHOP_GUID)] == ["A", "C"]


async def test_two_sandboxes_do_not_share_a_folder(tmp_path: Path) -> None:
    async with Sandbox(folder=tmp_path):
        with pytest.raises(sqlite3.OperationalError):
            await Sandbox(folder=tmp_path).start()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
async def test_the_program_runs_until_it_is_told_to_stop_and_loses_nothing(
    session: aiohttp.ClientSession, tmp_path: Path, end: signal.Signals
) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway_importer.sandbox", "--port", "0", "--folder", str(tmp_path), "--index-lag", "2",
        stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": PACKAGES},
    )  # fmt: skip
    assert program.stdout is not None
    line = (await asyncio.wait_for(program.stdout.readline(), 10)).decode()
    visitor = Visitor(session, line.split()[-1])
    await visitor.made(element("A"))
    assert await visitor.found() == []
    program.send_signal(end)
    assert await asyncio.wait_for(program.wait(), 5) == (-end if end == signal.SIGKILL else 0)
    async with Sandbox(folder=tmp_path) as again:
        assert [row["product"]["sku"] for row in again.products(DEMO_SHOP_GUID)] == ["A"]


# --- the page ----------------------------------------------------------------------------------------------------


def test_prices_are_written_as_in_poland() -> None:
    assert zloty(Decimal("1234567.5")).replace("\N{NO-BREAK SPACE}", " ") == "1 234 567,50 zł"


async def test_the_page_groups_variants_and_shows_gross_prices(
    visitor: Visitor, session: aiohttp.ClientSession
) -> None:
    tag = await visitor.tag("T-shirt")
    price = {"currency": "zł", "vat_percent": 0, "amount": 1000}
    await visitor.made(element("A", tags=[tag]), element("B", tags=[tag], base_price=price))
    await visitor.made(element("C", name="Kubek"))
    text = await page(session, visitor.url)
    assert "100,00 zł – 1 230,00 zł" in text
    assert "2 variants" in text
    assert "14 in stock" in text
    assert text.count('class="card"') == 2


async def test_the_page_filters_and_pages(visitor: Visitor, session: aiohttp.ClientSession) -> None:
    _, categories = await visitor.ask("GET", "/tags/?type=category")
    dresses = next(row["guid"] for row in categories if row["name"] == "Sukienki")
    for number in range(30):
        await visitor.made(element(f"S-{number}", name=f"Kubek {number}", tags=[dresses] if number == 3 else []))
    first = await page(session, visitor.url)
    assert "Page 1 of 2" in first
    assert (await page(session, f"{visitor.url}/?page=2")).count('class="card"') == 6
    filtered = await page(session, f"{visitor.url}/?category={dresses}")
    assert "Odzież › Damska › Sukienki" in filtered
    assert "Kubek 3" in filtered
    assert filtered.count('class="card"') == 1
    assert (await page(session, f"{visitor.url}/?q=KUBEK+S-17")).count('class="card"') == 1
    assert "Nothing here fits" in await page(session, f"{visitor.url}/?q=none&page=x")


async def test_archived_products_are_shown_on_request(visitor: Visitor, session: aiohttp.ClientSession) -> None:
    (guid,) = await visitor.made(element())
    await visitor.change(guid, {"archived": True})
    assert "T-shirt" not in await page(session, visitor.url)
    assert "T-shirt" in await page(session, f"{visitor.url}/?archived=1")


async def test_a_product_page_shows_all_of_it_and_runs_nothing(
    visitor: Visitor, sandbox: Sandbox, session: aiohttp.ClientSession
) -> None:
    url, fields = await visitor.form()
    await visitor.upload(url, fields)
    tag = await visitor.tag("T-shirt")
    evil = '"><script>alert(1)</script>'
    data = {"variants": {"size": evil}, "gtin": "5901234123457"}
    sent = element(
        "A", tags=[tag], name=evil, desc=f"<b>bold</b>{evil}", data=data, images=[url + fields["key"], "http://x.example/y"]
    )  # fmt: skip
    guid, _ = await visitor.made(sent, element("B", tags=[tag]))
    requests = len(sandbox.requests)
    async with session.get(f"{visitor.url}/product/{guid}") as answer:
        raw = await answer.text()
    assert "<script" not in raw
    assert re.search(r'<iframe sandbox title="Description" srcdoc="[^"]*&lt;b&gt;bold', raw)
    for expected in ("5901234123457", "7 in stock", "for sale", "http://x.example/y", "&#34;sku&#34;: &#34;A&#34;"):
        assert expected in raw
    source = re.search(r'src="(/sandbox/pictures/[^"]+)"', raw)
    assert source is not None
    async with session.get(visitor.url + source[1]) as answer:
        assert await answer.read() == JPEG
    assert len(sandbox.requests) == requests


async def test_an_empty_shop_has_a_page_too(visitor: Visitor, session: aiohttp.ClientSession) -> None:
    assert "Nothing was imported" in await page(session, visitor.url)
    async with session.get(f"{visitor.url}/product/none") as answer:
        assert answer.status == 404
