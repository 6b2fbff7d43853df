"""Killed (SIGKILL) at the worst moments and run again, the importer leaves what an undisturbed run leaves: every
product once, with its pictures. Three kills run with every test, all of them with ``-m soak``."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from catalogue import Catalogue, demo_catalogue
from gateway_importer.sandbox import DEMO_SHOP_GUID, Fault, Sandbox
from gateway_importer.testing.demonstration import check
from staging import Stage, stage
from truths import expected

PRODUCTS = 40
POST = r"/products$"
TAG = r"^/webshops/[^/]+/tags/$"
PUT = r"/products/[^/]+/$"


@dataclass(frozen=True)
class Kill:
    """One moment to die at: the fault that stops the program there, or seconds after its start."""

    phase: str
    fault: Callable[[int], Fault] | None = None
    shop_changes: bool = False
    seconds: float = 0.0


def held_back(path: str, method: str, *, done: bool, body: str | None = None) -> Callable[[int], Fault]:
    """The nth such request gets no answer; the work is done before, or never."""

    def fault(nth: int) -> Fault:
        return Fault(
            what="stall", path=path, method=method, body=body, nth=nth, times=1,
            when="after" if done else "before", seconds=60.0,
        )  # fmt: skip

    return fault


def finished_late(path: str) -> Callable[[int], Fault]:
    """The nth such request is given up, and carried out half a second later."""
    return lambda nth: Fault(what="late", path=path, method="POST", status=504, nth=nth, times=1, seconds=0.5)


PHASES = [
    Kill("after an intention", held_back(POST, "POST", done=False)),
    Kill("after the work, before its answer", held_back(POST, "POST", done=True)),
    Kill("before work that is done late", finished_late(POST)),
    Kill("in the middle of an upload", held_back(r"^/store", "POST", done=False)),
    Kill("after an upload", held_back(r"^/store", "POST", done=True)),
    Kill("before a tag", held_back(TAG, "POST", done=False)),
    Kill("after a tag", held_back(TAG, "POST", done=True)),
    Kill("in the middle of a change", held_back(PUT, "PUT", done=True), shop_changes=True),
    Kill("in the middle of archiving", held_back(PUT, "PUT", done=True, body='"archived":true'), shop_changes=True),
    Kill("before archiving", held_back(PUT, "PUT", done=False, body='"archived":true'), shop_changes=True),
    Kill("in the middle of anything", seconds=2.0),
]
QUICK = [PHASES[1], PHASES[6], PHASES[8]]


async def hit(sandbox: Sandbox, before: int) -> None:
    """Done when a fault has met a request."""
    while len(sandbox.fault_hits) == before:
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.02)


def change_the_shop(catalogue: Catalogue) -> None:
    """Some prices change and two products go."""
    importable = [identity for identity, row in sorted(catalogue.products.items()) if identity not in catalogue.broken]
    for identity in importable[:12]:
        catalogue.products[identity]["price"] = "77.235772"
    for identity in importable[-2:]:
        catalogue.delete_product(identity)


async def run_killed(staged: Stage, kill: Kill, nth: int, rng: random.Random) -> bool:
    """One run that is killed in its phase; whether the phase was met before the run ended."""
    staged.sandbox.faults.clear()
    moment: Awaitable[None]
    if kill.fault is None:
        moment = asyncio.sleep(kill.seconds + rng.random() * 2.0)
    else:
        staged.sandbox.faults.append(kill.fault(nth))
        moment = hit(staged.sandbox, len(staged.sandbox.fault_hits))
    ended = await staged.program().run(kill_when=moment)
    staged.sandbox.faults.clear()
    return ended.code == -9


async def undisturbed(staged: Stage) -> None:
    """Run to the end, then hold everything against the shop."""
    ended = await staged.program().run()
    assert ended.code in {0, 1}, ended.err
    wrong = check(list(expected(staged.shop)), staged.sandbox)
    assert not wrong
    carriers = Counter(tag["name"] for tag in staged.sandbox.tags(DEMO_SHOP_GUID) if not tag["product_guids"])
    assert not carriers, "tags that no product carries"
    before = len(staged.writes())
    again = await staged.program().run()
    assert again.code == ended.code
    assert len(staged.writes()) == before, "a second run writes nothing"


@pytest.mark.parametrize("kill", QUICK, ids=lambda kill: kill.phase)
async def test_a_killed_run_doubles_and_loses_nothing(tmp_path: Path, kill: Kill) -> None:
    async with stage(demo_catalogue(PRODUCTS), tmp_path) as staged:
        if kill.shop_changes:
            await staged.program().run()
            change_the_shop(staged.shop.catalogue)
        assert await run_killed(staged, kill, 2, random.Random(1)), "the phase was not met"
        await undisturbed(staged)


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_twenty_kills_over_all_phases_leave_what_one_run_leaves(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    rng = random.Random(seed)
    met: Counter[str] = Counter()
    tried = 0
    print(f"seed {seed}")
    while sum(met.values()) < 20 or len(met) < len(PHASES):
        tried += 1
        assert tried < 80, f"not all phases were met: {dict(met)}"
        kill = next((one for one in PHASES if one.phase not in met), rng.choice(PHASES))
        folder = tmp_path / str(tried)
        folder.mkdir()
        async with stage(demo_catalogue(PRODUCTS, seed=1), folder) as staged:
            if kill.shop_changes:
                await staged.program().run()
                change_the_shop(staged.shop.catalogue)
            for _ in range(3):
                if await run_killed(staged, kill, rng.randint(1, 3), rng):
                    met[kill.phase] += 1
            await undisturbed(staged)
    print(f"{sum(met.values())} kills: {dict(met)}")
