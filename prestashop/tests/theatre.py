"""A simulated shop and the sandbox, each behind a proxy on which things go wrong, and the real program between them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from campaign import GATEWAY_PHASES, Campaign, Kill, failures, gateway_phase, unexplained
from catalogue import Catalogue
from fault_proxy import FaultProxy, proxied
from gateway_importer.sandbox import DEMO_SHOP_GUID, Sandbox, SandboxSettings
from gateway_importer.testing.demonstration import check
from gateway_importer.testing.program import Program
from shop import PrestaShop, ShopSettings
from staging import LAG, Stage
from truths import expected

SHOP_PHASES = (
    "read the key's rights", "list ids", "read products", "read combinations", "read stock", "read special prices",
    "read a table", "read a picture",
)  # fmt: skip
PHASES = (*GATEWAY_PHASES, *SHOP_PHASES)


def shop_phase(method: str, path: str, body: bytes) -> str:
    """What a question to the shop is for."""
    parts = urlsplit(path)
    query = dict(parse_qsl(parts.query))
    found = parts.path.removeprefix("/api").strip("/")
    if not found:
        return "read the key's rights"
    if found.startswith("images") or parts.path.startswith("/img"):
        return "read a picture"
    if found == "products":
        return "read products" if "display" in query else "list ids"
    named = {"combinations": "read combinations", "stock_availables": "read stock"}
    return named.get(found, "read special prices" if found == "specific_prices" else "read a table")


@dataclass
class Theatre:
    """Both ends behind their proxies, and the program between them."""

    stage: Stage
    campaign: Campaign
    shop_proxy: FaultProxy
    gateway_proxy: FaultProxy

    async def disturbed(self, *, share: float, seed: int, kill: Kill | None = None) -> int:
        return (await self.campaign.run(self.program(), share=share, seed=seed, kill=kill)).code

    def program(self, **settings: str) -> Program:
        given = {"GATEWAY_URL": self.gateway_proxy.url, "TRIES": "4", "FIRST_PAUSE": "0.02", **settings}
        return self.stage.program(**given)

    def everything_is_there(self) -> None:
        """Hold what the last run left against the shop and against the ledger."""
        broken = {str(identity) for identity in self.stage.shop.catalogue.broken}
        assert not [why for why in failures(self.stage.folder) if why.partition(":")[0] not in broken]
        wrong = check(list(expected(self.stage.shop)), self.stage.sandbox)
        ledger = self.stage.folder / "state" / DEMO_SHOP_GUID / "ledger.sqlite"
        lost = self.campaign.faults()["upload a picture"] + self.campaign.runs["killed"] * 20
        wrong += unexplained(self.stage.sandbox, ledger, lost_uploads=lost)
        assert not wrong, wrong

    async def undisturbed(self) -> None:
        """Run to the end, then hold everything against the shop and against the ledger."""
        ended = await self.program().run()
        assert ended.code in {0, 1}, ended.out + ended.err
        self.everything_is_there()
        before = len(self.stage.writes())
        again = await self.program().run()
        assert again.code == ended.code and len(self.stage.writes()) == before, "a second run writes nothing"


@asynccontextmanager
async def theatre(catalogue: Catalogue, folder: Path) -> AsyncIterator[Theatre]:
    async with (
        Sandbox(SandboxSettings(index_lag=LAG)) as sandbox,
        PrestaShop(catalogue, ShopSettings()) as shop,
    ):
        gateway = FaultProxy("Gateway", "127.0.0.1", urlsplit(sandbox.url).port or 0, gateway_phase)
        vendor = FaultProxy("shop", "127.0.0.1", shop.port, shop_phase)
        async with proxied(gateway, vendor):
            shop.settings.domain = f"127.0.0.1:{vendor.own_port}"
            staged = Stage(shop, sandbox, folder, shop_url=vendor.url)
            yield Theatre(staged, Campaign([gateway, vendor]), vendor, gateway)
