"""Mutated answers of the Gateway: every run ends with products in, products failed with a cause, or a clear error;
and the run after it leaves each product there once, at its price. Some with every test, thousands with ``-m soak``."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fault_proxy import FaultProxy, proxied
from gateway_importer.errors import ImporterError
from gateway_importer.sandbox import Sandbox
from import_runs import World
from made_up_shop import MadeUpShop, grouped, simple
from mutations import mutated_anywhere

SETTINGS = {"PATIENCE": "0", "TRIES": "2", "SETTLE_SECONDS": "0.1", "INDEX_SECONDS": "0.2"}


def filled(shop: MadeUpShop, turn: int) -> None:
    shop.put(*(simple(number, gross=f"{100 + turn}.99", shows=[f"p{number}"]) for number in range(1, 7)))
    shop.put(grouped(7, gross=f"{200 + turn}.99"), grouped(8))


async def mutate(number: int, seed: int, folder: Path) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    ends: Counter[str] = Counter()
    count = world_number = 0
    while count < number:
        world_number += 1
        share = rng.choice([0.05, 0.2, 0.5])
        async with Sandbox() as sandbox:

            def change(phase: str, body: bytes, share: float = share) -> bytes:
                nonlocal count
                if not body.startswith((b"{", b"[")) or rng.random() > share:
                    return body
                count += 1
                return mutated_anywhere(rng, body)

            proxy = FaultProxy(
                "Gateway", "127.0.0.1", urlsplit(sandbox.url).port or 0, lambda method, path, body: path, mutate=change
            )
            async with proxied(proxy):
                shop = MadeUpShop()
                world = World(shop, sandbox, folder / str(world_number), {**SETTINGS, "GATEWAY_URL": proxy.url})
                for turn in range(4):
                    filled(shop, turn)
                    try:
                        run = await world.run(OVERWRITE=rng.choice(["changed", "always"]), within=60)
                    except ImporterError as refused:
                        assert refused.to_do
                        ends[type(refused).__name__] += 1
                        continue
                    internal = [row for row in run.rows.values() if row.code == "internal"]
                    assert not internal, internal
                    ends["complete" if run.error is None else type(run.error).__name__] += 1
                proxy.mutate = None
                run = await world.run(OVERWRITE="always")
                assert run.error is None and "failed" not in run.counts, [
                    row.cause for row in run.rows.values() if row.code
                ]
            held = world.by_sku()
            assert len(held) == 10, sorted(held)
            assert {world.gross(f"SKU-{number}") for number in range(1, 7)} == {Decimal("103.99")}
            assert world.gross("SKU-7-S") == Decimal("203.99") and world.gross("SKU-8-M") == Decimal("123.00")
    print(f"{count} answers", dict(ends))


async def test_some_mutated_answers_of_the_gateway_end_well_and_double_nothing(tmp_path: Path) -> None:
    await mutate(200, 20_261_125, tmp_path)


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_thousands_of_mutated_answers_of_the_gateway_end_well_and_double_nothing(tmp_path: Path) -> None:
    await mutate(3_000, random.SystemRandom().randrange(1_000_000), tmp_path)
