"""Mutated answers of the shop: each product of a page is in with its true price, or has failed or been left out by name;
what was not mutated is in as ever. Never a traceback, a hang, a wrong price. Some with every test, thousands with
``-m soak``; the seed is printed."""

import asyncio
import json
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
from shop import LISTS, Call, MagentoShop

LIST = b'"items": [{'


class Mutator:
    """Changes one answer about products of the next reading, and remembers which product it concerns."""

    def __init__(self, rng: random.Random, parents: dict[int, int]) -> None:
        self.rng = rng
        self.parents = parents
        self.armed = False
        self.row: dict[str, Any] | None = None
        self.hit = False
        self.skip = 0
        self.what = ""

    def arm(self) -> None:
        self.armed, self.row, self.hit, self.skip = True, None, False, self.rng.randrange(6)

    def __call__(self, call: Call, body: bytes) -> bytes:
        if not self.armed or call.resource != "products" or LIST not in body or b'"custom_attributes"' not in body:
            return body
        if self.skip:
            self.skip -= 1
            return body
        self.armed, self.hit = False, True
        changed, self.row = mutated(self.rng, body, "items")
        self.what = "bytes"
        if self.row is not None:
            rows = json.loads(changed)["items"]
            after: dict[str, Any] = next((row for row in rows if row.get("id") == self.row["id"]), {})
            told = {name: after.get(name, "missing") for name in self.row if self.row[name] != after.get(name)}
            self.what = str(told)[:300]
        return changed

    @property
    def whole(self) -> bool:
        return self.row is None

    @property
    def concerned(self) -> str:
        """The product that was mutated, or whose variant was."""
        return "" if self.row is None else str(self.parents.get(self.row["id"], self.row["id"]))


def prices(product: Product) -> dict[str, Any]:
    return {str(one.source_id): (one.price.gross, one.price.regular) for one in product.variants}


def outcomes(page: Page) -> set[str]:
    return {str(one.source_id) for entries in (page.products, page.skipped, page.failed) for one in entries}


def judge(page: Page, clean: Page, mutator: Mutator, results: Counter[str]) -> None:
    """Hold a reading in which an answer was mutated against the clean one."""
    said = f"after {mutator.concerned}: {mutator.what}"
    found = {str(one.source_id): one for one in page.products}
    if not mutator.whole:
        assert outcomes(clean) - {mutator.concerned} <= outcomes(page), said
    for product in clean.products:
        other = found.pop(str(product.source_id), None)
        if str(product.source_id) != mutator.concerned and not mutator.whole:
            assert other == product, said
        if other is None:
            results["failed"] += 1
        elif other == product:
            results["the same"] += 1
        else:
            for variant, pair in prices(other).items():
                true = prices(product).get(variant)
                within = pair[0] <= HIGHEST_PRICE and (pair[1] is None or pair[1] <= HIGHEST_PRICE)
                assert true is None or pair == true or not within, f"costs {pair}, not {true}, {said}"
            results["another, at the true price"] += 1
    assert not found.keys() - {mutator.concerned}, said


def without_sales(products: int) -> Any:
    """A special price that is lost in an answer is no price that could be told to be wrong."""
    tables = demo_goods(products)
    for row in tables.products.values():
        special = [one for one in row["custom_attributes"] if not one["attribute_code"].startswith("special_")]
        row["custom_attributes"] = special
    return tables


async def mutate(number: int, seed: int) -> None:
    print(f"seed {seed}")
    results: Counter[str] = Counter()
    tables = without_sales(24)
    links = {
        number: row["extension_attributes"].get("configurable_product_links", [])
        for number, row in tables.products.items()
    }
    mutator = Mutator(random.Random(seed), {child: parent for parent, children in links.items() for child in children})
    async with MagentoShop(tables) as shop:
        async with opened(shop, MAGENTO_PRICES="gross") as source:
            clean = await everything_on_pages(source)
        shop.settings.mutate = mutator
        count = 0
        while count < number:
            mutator.arm()
            async with opened(shop, MAGENTO_PRICES="gross", MAGENTO_PAGE_SIZE="12") as source:
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
    assert results["the same"] and results["failed"]


async def mutate_the_rest(number: int, seed: int) -> None:
    """Answers about what products share, what visitors are shown, and stock: the run ends with a clear error, or every
    price is as ever."""
    print(f"seed {seed}")
    rng = random.Random(seed)
    results: Counter[str] = Counter()
    async with MagentoShop(without_sales(12)) as shop:
        async with opened(shop) as source:
            clean = await everything_on_pages(source)
        true = {variant: pair for product in clean.products for variant, pair in prices(product).items()}
        others = sorted({call.resource for call in shop.calls} - {"products", "products-render-info", "page"})
        assert set(LISTS) & set(others)
        for _ in range(number):
            waiting = [rng.choice(others)]

            def change(call: Call, body: bytes, waiting: list[str] = waiting) -> bytes:
                if call.resource not in waiting or not body.startswith((b"{", b"[")):
                    return body
                waiting.clear()
                return mutated_anywhere(rng, body)

            shop.settings.mutate = change
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
    await mutate_the_rest(40, 20_261_125)


async def test_some_mutated_answers_cost_what_was_mutated_and_no_price_is_wrong() -> None:
    await mutate(60, 20_261_125)


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_thousands_of_mutated_answers_cost_what_was_mutated_and_no_price_is_wrong() -> None:
    await mutate(3_000, random.SystemRandom().randrange(1_000_000))
    await mutate_the_rest(1_000, random.SystemRandom().randrange(1_000_000))
