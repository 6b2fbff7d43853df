"""The real program against the simulated shop and the sandbox: what it finds out is kept, and how many calls it made is told."""

import json
from pathlib import Path
from typing import Any

from gateway_importer.sandbox import DEMO_SHOP_GUID, DEMO_SIGNING_KEY, Sandbox, SandboxSettings
from gateway_importer.testing import folders
from gateway_importer.testing.demonstration import importer_environment
from gateway_importer.testing.program import Program
from goods import empty_shop
from making import picture, product
from shop import Shop, ShopSettings
from shop_query import Quirks
from test_conformance import HERE


async def test_a_filter_that_the_shop_does_not_obey_is_tried_once_and_the_report_tells_the_calls(
    tmp_path: Path,
) -> None:
    tables = empty_shop()
    for place in range(60):
        picture(tables, product(tables, f"Produkt {place}"), b"\x89PNG")
    settings = ShopSettings(limit=40, bandwidth=40, quirks=Quirks({"product-images product_id": "refused"}, {}))
    async with Shop(tables, settings) as shop, Sandbox(SandboxSettings()) as sandbox:
        environment = importer_environment(tmp_path, sandbox.url) | {"IMAGES": "hotlink", "SETTLE_SECONDS": "1"}
        answers = (DEMO_SIGNING_KEY, DEMO_SHOP_GUID, shop.url, shop.login, shop.password)
        program = Program("shoper_importer", folders.needed(HERE), answers, environment)
        asked: list[int] = []
        for _ in range(2):
            before = len(shop.calls)
            ended = await program.run("import")
            assert ended.code == 0, ended.out + ended.err
            tried = [call for call in shop.calls[before:] if call.resource == "product-images"]
            asked.append(len(tried))
        assert asked == [1, 0]  # the second run knows
        assert len(sandbox.products(DEMO_SHOP_GUID)) == 60
        assert not shop.refused
        report: dict[str, Any] = json.loads((tmp_path / "report.json").read_text("utf-8"))
        told = report["requests"]["the shop"]
        assert told["per_product"] == round(told["total"] / 60, 3)
