"""A request that the program gives up by its own limit of time, and that the Gateway carries out only then: what was
made is found, and nothing is made twice."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from campaign import gateway_phase
from fault_proxy import FaultProxy, Once, proxied
from gateway_importer import ends
from gateway_importer.sandbox import Sandbox
from import_runs import World
from made_up_shop import MadeUpShop, grouped, simple

PRODUCTS = 8


@pytest.mark.parametrize(
    "limit", [0.4, pytest.param(ends.GATEWAY_TOTAL, marks=[pytest.mark.soak, pytest.mark.timeout(600)])]
)
async def test_what_is_carried_out_after_we_gave_up_is_there_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: float
) -> None:
    monkeypatch.setattr(ends, "GATEWAY_TOTAL", limit)
    async with Sandbox() as sandbox:
        proxy = FaultProxy("Gateway", "127.0.0.1", urlsplit(sandbox.url).port or 0, gateway_phase)
        async with proxied(proxy):
            shop = MadeUpShop()
            shop.put(*(simple(number, shows=[f"p{number}"]) for number in range(1, PRODUCTS)), grouped(PRODUCTS))
            world = World(shop, sandbox, tmp_path / "state", {"GATEWAY_URL": proxy.url, "SETTLE_SECONDS": "1"})
            proxy.weather = Once(phases={"create a product", "make a tag", "upload form", "query", "categories"})
            first = await world.run(within=60 + 10 * limit)
            assert first.error is None and first.counts == {"created": PRODUCTS}, first.rows
            shop.put(*(simple(number, gross="99.99", shows=[f"p{number}"]) for number in range(1, PRODUCTS - 1)))
            shop.take_out(PRODUCTS - 1)
            proxy.weather = Once(phases={"change a product", "archive a product"})
            second = await world.run(within=60 + 10 * limit)
            assert second.error is None
            assert second.counts == {"updated": PRODUCTS - 2, "unchanged": 1, "archived": 1}, second.rows
            struck = {phase for phase, _ in proxy.harmed}
            assert struck == {
                "create a product", "make a tag", "upload form", "query", "categories", "change a product",
                "archive a product",
            }  # fmt: skip
            held = world.by_sku(archived=None)
            assert len(held) == PRODUCTS + 1 and len(world.variant_tags()) == 1
            assert {str(world.gross(f"SKU-{number}")) for number in range(1, PRODUCTS - 1)} == {"99.99"}
            assert [sku for sku, made in held.items() if made["archived"]] == [f"SKU-{PRODUCTS - 1}"]
            sandbox.reset_log()
            third = await world.run()
            assert third.error is None and world.writes() == []
