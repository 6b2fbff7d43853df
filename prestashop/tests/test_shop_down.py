"""The shop goes down in the middle of a run: it is waited for as long as PATIENCE allows, its pictures too, and nothing is
taken to be missing or broken; else the run ends with what is done kept, and archives nothing."""

import asyncio
from pathlib import Path

import pytest
from catalogue import demo_catalogue
from theatre import Theatre, theatre

PRODUCTS = 30
SETTINGS = {"PRESTASHOP_PAGE_SIZE": "5", "TRIES": "2", "PATIENCE": "60", "FIRST_PAUSE": "0.05"}


async def down(staged: Theatre, how: str, phase: str, seconds: float) -> None:
    """From the fifth request of a phase the shop answers nothing as it should."""
    proxy = staged.shop_proxy
    while proxy.met[phase] < 5:
        await asyncio.sleep(0.01)
    if how == "refused":
        await proxy.stop()
        await asyncio.sleep(seconds)
        await proxy.start()
        return
    proxy.weather.share, proxy.weather.faults, proxy.weather.most_in_a_row = 1.0, (how,), 1_000_000
    await asyncio.sleep(seconds)
    proxy.weather.share = 0.0


@pytest.mark.parametrize(
    ("how", "phase"),
    [
        ("refused", "read a picture"),
        ("503", "read products"),
        pytest.param("reset", "read a picture", marks=pytest.mark.soak),
        pytest.param("503", "read a picture", marks=pytest.mark.soak),
        pytest.param("stall", "read products", marks=pytest.mark.soak),
    ],
)
async def test_a_shop_that_is_down_for_a_while_costs_no_product_and_no_picture(
    tmp_path: Path, how: str, phase: str
) -> None:
    async with theatre(demo_catalogue(PRODUCTS), tmp_path) as staged:
        outage = asyncio.ensure_future(down(staged, how, phase, 1.5))
        ended = await staged.program(**SETTINGS).run()
        await outage
        assert ended.code == 1, ended.out + ended.err  # the demonstration's broken products
        staged.everything_is_there()


async def test_where_patience_ends_first_what_is_done_is_kept_and_nothing_is_archived(tmp_path: Path) -> None:
    async with theatre(demo_catalogue(PRODUCTS), tmp_path) as staged:
        outage = asyncio.ensure_future(down(staged, "refused", "read products", 2.5))
        ended = await staged.program(**SETTINGS | {"PATIENCE": "0.5"}).run()
        assert ended.code == 3 and "has gone down" in ended.out and "PATIENCE" in ended.out, ended.out + ended.err
        assert staged.stage.report()["outcomes"]["archived"] == 0
        await outage
        again = await staged.program().run()
        assert again.code == 1, again.out + again.err
        staged.everything_is_there()
