"""Random faults at both ends and SIGKILLs at random moments: the run after them leaves what an undisturbed run leaves.
Every product once, with its pictures, and no call that the ledger cannot explain. Three disturbed runs with a kill each
run with every test, two hundred with ``-m soak``."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from campaign import GATEWAY_PHASES, KILLED, LATER_RUNS, Campaign, Kill, failures, gateway_phase, unexplained
from catalogue import Catalogue, demo_catalogue
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

    def program(self) -> Program:
        return self.stage.program(GATEWAY_URL=self.gateway_proxy.url, TRIES="4", FIRST_PAUSE="0.02")

    async def undisturbed(self) -> None:
        """Run to the end, then hold everything against the shop and against the ledger."""
        ended = await self.program().run()
        assert ended.code in {0, 1}, ended.out + ended.err
        broken = {str(identity) for identity in self.stage.shop.catalogue.broken}
        assert not [why for why in failures(self.stage.folder) if why.partition(":")[0] not in broken]
        wrong = check(list(expected(self.stage.shop)), self.stage.sandbox)
        ledger = self.stage.folder / "state" / DEMO_SHOP_GUID / "ledger.sqlite"
        lost = self.campaign.faults()["upload a picture"] + self.campaign.runs["killed"] * 20
        wrong += unexplained(self.stage.sandbox, ledger, lost_uploads=lost)
        assert not wrong, wrong
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


def change_the_shop(catalogue: Catalogue, rng: random.Random) -> None:
    """Some prices change, and a product goes."""
    importable = [identity for identity, row in sorted(catalogue.products.items()) if identity not in catalogue.broken]
    for identity in rng.sample(importable, 8):
        catalogue.products[identity]["price"] = f"{rng.randint(100, 9999)}.235772"
    catalogue.delete_product(rng.choice(importable))


async def test_after_three_bad_runs_and_three_kills_everything_is_there_once(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")
    rng = random.Random(seed)
    async with theatre(demo_catalogue(40), tmp_path) as staged:
        for kill in (
            Kill("upload a picture", 5, done=True),
            Kill("create a product", 8, done=True),
            Kill("make a tag", 1, done=True),
        ):
            for _ in range(5):  # a fault may end the run before it gets there
                if await staged.disturbed(share=0.03, seed=rng.randrange(1_000_000), kill=kill) == KILLED:
                    break
        assert staged.campaign.runs["killed"] == 3, staged.campaign.told()
        await staged.undisturbed()
        assert staged.campaign.faults(), staged.campaign.told()


@pytest.mark.soak
@pytest.mark.timeout(7200)
async def test_after_two_hundred_runs_everything_is_there_once(tmp_path: Path) -> None:
    """Campaigns of nine bad runs and one clean one each, the shop changing in between."""
    seed = random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")
    rng = random.Random(seed)
    moments = cycle([(phase, done) for phase in PHASES for done in (False, True)])
    total = Campaign([])
    faults_by_phase = dict.fromkeys(PHASES, 0)
    number = 0
    while sum(total.runs.values()) < 200:
        number += 1
        folder = tmp_path / str(number)
        folder.mkdir()
        async with theatre(demo_catalogue(300, seed=number), folder) as staged:
            for turn in range(9):
                kill = None
                if turn % 3 == 2:
                    kill = Kill(seconds=rng.uniform(0.8, 8.0))
                elif turn % 3 == 1 or turn == 0:
                    phase, done = next(moments)
                    most = 2 if phase in LATER_RUNS or phase in ("categories", "list tags") else 12
                    kill = Kill(phase, rng.randint(1, most), done=done)
                share = rng.choice([0.0, 0.01, 0.03, 0.08])
                code = await staged.disturbed(share=share, seed=rng.randrange(1_000_000), kill=kill)
                assert code in {-9, 0, 1, 3, 6}, f"exit {code}"
                if turn > 1:
                    change_the_shop(staged.stage.shop.catalogue, rng)
            await staged.undisturbed()
            total.runs += staged.campaign.runs
            total.runs["clean"] += 1
            total.kills += staged.campaign.kills
            for phase, times in staged.campaign.faults().items():
                faults_by_phase[phase] += times
            print(f"{number}: {staged.campaign.told()}", flush=True)
    print(f"runs {dict(total.runs)}\nkills by phase {dict(total.kills)}\nfaults by phase {faults_by_phase}")
    assert all(faults_by_phase.values()), "a phase met no fault"
    assert set(PHASES) <= set(total.kills), "a phase met no kill"
