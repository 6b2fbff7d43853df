"""Random faults at both ends and SIGKILLs at random moments: the run after them leaves what an undisturbed run leaves.
Every product once, with its pictures, and no call that the ledger cannot explain. Three disturbed runs with a kill each
run with every test, two hundred with ``-m soak``."""

import random
from itertools import cycle
from pathlib import Path

import pytest
from campaign import KILLED, LATER_RUNS, Campaign, Kill
from catalogue import Catalogue, demo_catalogue
from theatre import PHASES, theatre


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
