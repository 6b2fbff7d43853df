"""A simulated shop, the sandbox, and the real program between them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway_importer.sandbox import DEMO_SHOP_GUID, DEMO_SIGNING_KEY, Sandbox, SandboxSettings
from gateway_importer.testing.program import Program
from goods import Tables
from importing import answers
from shop import MagentoShop, ShopSettings

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Stage:
    """Both sides, and a folder for what the program keeps."""

    shop: MagentoShop
    sandbox: Sandbox
    folder: Path

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
        given = (DEMO_SIGNING_KEY, DEMO_SHOP_GUID, *answers(self.shop).values())
        return Program("magento_importer", (ROOT / "common", ROOT / "magento"), given, environment)

    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "report.json").read_text("utf-8"))
        return found

    def held(self) -> dict[tuple[str, str], list[dict[str, Any]]]:
        """What is at the Gateway and not archived, by the shop's ids of product and variant."""
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in self.sandbox.products(DEMO_SHOP_GUID, archived=False):
            mark = row["product"]["data"]["import"]
            found.setdefault((mark["product"], mark["variant"]), []).append(row)
        return found


@asynccontextmanager
async def stage(tables: Tables, folder: Path, settings: ShopSettings | None = None) -> AsyncIterator[Stage]:
    """Everything started, on free ports of this machine."""
    async with Sandbox(SandboxSettings(index_lag=0.0)) as sandbox, MagentoShop(tables, settings) as shop:
        yield Stage(shop, sandbox, folder)
