"""Mutated answers of the shop: each product of a page is in with its true price, or has failed or been left out by name;
what was not mutated is in as ever. Never a traceback, a hang, a wrong price. Some with every test, thousands with
``-m soak``; the seed is printed."""

import asyncio
import random
from collections import Counter
from typing import Any

import pytest
from demo_goods import demo_goods
from gateway_importer.catalog import Page, Product
from gateway_importer.errors import ImporterError
from gateway_importer.gateway.money import HIGHEST_PRICE
from importing import everything_on_pages, opened
from mutations import mutated, mutated_anywhere
from shop import SEARCH, Call, Shop, ShopSettings


class Mutator:
    """Changes one answer of the next reading, and remembers which product it concerns."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.waiting = False
        self.row: dict[str, Any] | None = None
        self.hit = False

    def arm(self) -> None:
        self.waiting, self.row, self.hit = True, None, False

    def __call__(self, call: Call, body: bytes) -> bytes:
        if not self.waiting or call.gate != SEARCH or b"productDescriptionsLangData" not in body:
            return body
        self.waiting, self.hit = False, True
        changed, self.row = mutated(self.rng, body, "results")
        return changed

    @property
    def whole(self) -> bool:
        return self.row is None

    @property
    def concerned(self) -> set[str]:
        """The product that was mutated, and its group."""
        if self.row is None:
            return set()
        version = self.row.get("productVersion")
        parent = version.get("versionParentId") if isinstance(version, dict) else None
        return {str(self.row["productId"]), str(parent or self.row["productId"])}


def prices(product: Product) -> dict[str, Any]:
    return {str(one.source_id): (one.price.gross, one.price.regular) for one in product.variants}


def outcomes(page: Page) -> set[str]:
    return {str(one.source_id) for entries in (page.products, page.skipped, page.failed) for one in entries}


def judge(page: Page, clean: Page, mutator: Mutator, results: Counter[str]) -> None:
    """Hold a reading in which an answer was mutated against the clean one."""
    found = {str(one.source_id): one for one in page.products}
    if not mutator.whole:
        assert outcomes(clean) - mutator.concerned <= outcomes(page)
    for product in clean.products:
        other = found.pop(str(product.source_id), None)
        if str(product.source_id) not in mutator.concerned and not mutator.whole:
            assert other == product
        if other is None:
            results["failed"] += 1
        elif other == product:
            results["the same"] += 1
        else:
            for variant, pair in prices(other).items():
                true = prices(product).get(variant)
                within = pair[0] <= HIGHEST_PRICE and (pair[1] is None or pair[1] <= HIGHEST_PRICE)
                assert true is None or pair == true or not within, f"costs {pair}, not {true}: {mutator.row}"
            results["another, at the true price"] += 1


async def mutate(number: int, seed: int) -> None:
    print(f"seed {seed}")
    mutator = Mutator(random.Random(seed))
    results: Counter[str] = Counter()
    settings = ShopSettings()
    async with Shop(demo_goods(24), settings) as shop:
        async with opened(shop) as source:
            clean = await everything_on_pages(source)
        settings.mutate = mutator
        count = 0
        while count < number:
            mutator.arm()
            async with opened(shop, IDOSELL_PAGE_SIZE="12") as source:
                try:
                    async with asyncio.timeout(20):
                        page = await everything_on_pages(source)
                except ImporterError as error:
                    assert error.to_do
                    results[type(error).__name__] += 1
                else:
                    judge(page, clean, mutator, results)
            count += mutator.hit
    print(dict(results))
    assert results["the same"]


async def mutate_the_rest(number: int, seed: int) -> None:
    """Answers about what products share: the run ends with a clear error, or every price is as ever."""
    print(f"seed {seed}")
    rng = random.Random(seed)
    results: Counter[str] = Counter()
    settings = ShopSettings()
    async with Shop(demo_goods(12), settings) as shop:
        async with opened(shop) as source:
            clean = await everything_on_pages(source)
        true = {variant: pair for product in clean.products for variant, pair in prices(product).items()}
        others = sorted({call.gate for call in shop.calls} - {SEARCH, ""})
        for _ in range(number):
            waiting = [rng.choice(others)]

            def change(call: Call, body: bytes, waiting: list[str] = waiting) -> bytes:
                if call.gate not in waiting:
                    return body
                waiting.clear()
                return mutated_anywhere(rng, body)

            settings.mutate = change
            async with opened(shop) as source:
                try:
                    async with asyncio.timeout(20):
                        await source.profile()
                        page = await everything_on_pages(source)
                except ImporterError as error:
                    assert error.to_do
                    results[type(error).__name__] += 1
                    continue
            results["read"] += 1
            for product in page.products:
                assert all(pair == true[variant] for variant, pair in prices(product).items())
    print(dict(results))
    assert results["read"]


async def test_mutated_answers_about_what_products_share_change_no_price() -> None:
    await mutate_the_rest(25, 20_261_127)


async def test_some_mutated_answers_cost_what_was_mutated_and_no_price_is_wrong() -> None:
    await mutate(40, 20_261_127)


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_thousands_of_mutated_answers_cost_what_was_mutated_and_no_price_is_wrong() -> None:
    await mutate(3_000, random.SystemRandom().randrange(1_000_000))
    await mutate_the_rest(1_000, random.SystemRandom().randrange(1_000_000))
