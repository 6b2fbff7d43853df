"""Shops of any quirks, edited while they are read, with products at which they fail: the walk ends, nothing comes twice, and
what was there all the time is read, or at least listed so that it is read next. Some with every test, many with
``-m soak``; the seed is told."""

import asyncio
import random

import pytest
from importing import all_ids, everything_on_pages, opened
from making import product
from shop import Call, Shop
from shop_query import Quirks
from test_source import settings, stocked

HOW = ("", "ignored", "refused")
IN = ("products product_id", "product-stocks stock_id", "product-images product_id")


async def read_any_shop(seed: int) -> None:
    rng = random.Random(seed)
    tables = stocked(rng.randint(1, 60), variants=rng.choice([0, 2]), pictures=rng.choice([0, 1]))
    before = sorted(tables.table("products"))
    tables.broken |= set(rng.sample(before, rng.randint(0, min(4, len(before)))))
    quirks = Quirks({field: rng.choice([*HOW, "first"]) for field in IN}, {"products product_id": rng.choice(HOW)})
    edits = {rng.randint(1, 15): rng.choice(["delete", "add", "delete"]) for _ in range(rng.randint(0, 5))}

    def edit(shop: Shop, call: Call) -> None:
        if call.resource != "products":
            return
        match edits.get(len(shop.asked("products"))):
            case "add":
                product(tables, "Nowy")
            case "delete" if tables.table("products"):
                tables.delete_product(rng.choice(sorted(tables.table("products"))))

    size = str(rng.choice([1, 2, 3, 7, 50]))
    bulk = rng.choice(["one", "missing"])
    async with (
        Shop(tables, settings(quirks=quirks, bulk=bulk), hook=edit) as shop,
        opened(shop, SHOP_PAGE_SIZE=size) as source,
        asyncio.timeout(60),
    ):
        page = await everything_on_pages(source)
        listed = await all_ids(source)
    read = [int(one.source_id) for entries in (page.products, page.failed, page.skipped) for one in entries]
    assert len(read) == len(set(read)), f"twice, seed {seed}"
    missed = set(before) & set(tables.table("products")) - set(read)
    assert missed <= set(listed), f"{missed} lost, seed {seed}"


@pytest.mark.parametrize("seed", range(20))
async def test_a_shop_of_any_quirks_is_read_to_its_end(seed: int) -> None:
    await read_any_shop(seed)


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_a_thousand_shops_of_any_quirks_are_read_to_their_ends() -> None:
    start = random.SystemRandom().randrange(1_000_000)
    for seed in range(start, start + 1000):
        await read_any_shop(seed)
