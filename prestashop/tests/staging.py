"""A simulated shop, the sandbox, and the real program between them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalogue import Catalogue
from gateway_importer.sandbox import DEMO_SHOP_GUID, DEMO_SIGNING_KEY, Sandbox, SandboxSettings
from gateway_importer.testing.program import Program
from shop import PrestaShop, ShopSettings

ROOT = Path(__file__).parents[2]
LAG = 1.0  # seconds by which the sandbox's query lags behind


@dataclass(frozen=True)
class Stage:
    """Both sides, and a folder for what the program keeps."""

    shop: PrestaShop
    sandbox: Sandbox
    folder: Path
    shop_url: str = ""  # where something stands in front of the shop

    def program(self, **settings: str) -> Program:
        environment = {
            "GATEWAY_URL": self.sandbox.url,
            "ALLOW_PRIVATE_ADDRESSES": "yes",
            "STATE_FOLDER": str(self.folder / "state"),
            "REPORT_FOLDER": str(self.folder),
            "SETTLE_SECONDS": "3",
            "INDEX_SECONDS": "4",
            "FIRST_PAUSE": "0.05",
            "PATIENCE": "0",
            **settings,
        }
        answers = (DEMO_SIGNING_KEY, DEMO_SHOP_GUID, self.shop_url or self.shop.url, self.shop.key)
        return Program("prestashop_importer", (ROOT / "common", ROOT / "prestashop"), answers, environment)

    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "report.json").read_text("utf-8"))
        return found

    def held(self) -> dict[tuple[str, str], list[dict[str, Any]]]:
        """What is for sale at the Gateway, by the shop's ids of product and variant."""
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in self.sandbox.products(DEMO_SHOP_GUID, archived=False):
            mark = row["product"]["data"]["import"]
            found.setdefault((mark["product"], mark["variant"]), []).append(row)
        return found

    def writes(self) -> list[str]:
        """The requests that changed something, or wanted to."""
        return [
            f"{one.method} {one.path}"
            for one in self.sandbox.requests
            if one.method != "GET" and not one.path.endswith("/_query")
        ]


@asynccontextmanager
async def stage(catalogue: Catalogue, folder: Path, *, lag: float = LAG) -> AsyncIterator[Stage]:
    """Everything started, on free ports of this machine."""
    async with (
        Sandbox(SandboxSettings(index_lag=lag)) as sandbox,
        PrestaShop(catalogue, ShopSettings()) as shop,
    ):
        yield Stage(shop, sandbox, folder)
