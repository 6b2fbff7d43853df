"""Mutated answers of the shop: each product of the page is in with its true price, or has failed or been left out by
name; what was not mutated is in as ever. Never a traceback, a hang, a wrong price. Some with every test, ten thousand
with ``-m soak``; the seed is printed."""

import asyncio
import json
import random
from collections import Counter
from typing import Any

import pytest
from catalogue import demo_catalogue
from fault_proxy import FaultProxy, proxied
from gateway_importer.catalog import Page, Product
from gateway_importer.errors import ImporterError
from gateway_importer.gateway.money import HIGHEST_PRICE
from importing import opened
from mutations import mutated
from shop import PrestaShop, ShopSettings
from theatre import shop_phase

ROWS = {
    "read products": "products", "read combinations": "combinations", "read stock": "stock_availables",
    "read special prices": "specific_prices",
}  # fmt: skip


class Mutator:
    """Changes one answer of the next reading, and remembers whose."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.phase = ""
        self.hit: Any = None
        self.whole = False
        self.count = 0
        self.what = ""

    def arm(self) -> None:
        self.phase, self.hit, self.whole = self.rng.choice(list(ROWS)), None, False

    def __call__(self, phase: str, body: bytes) -> bytes:
        if phase != self.phase or not body.startswith((b"{", b"[")):
            return body
        self.phase = ""
        self.count += 1
        changed, self.hit = mutated(self.rng, body, ROWS[phase])
        self.whole = self.hit is None
        self.what = "bytes" if self.whole else difference(self.hit, json.loads(changed)[ROWS[phase]])
        return changed

    def concerns(self) -> set[str]:
        """Products whose rows were changed; the ids of all where a row belongs to all."""
        if self.hit is None:
            return set()
        return {str(self.hit.get("id_product", self.hit.get("id")))}


def difference(before: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    """Which field of a row was changed, and into what."""
    after = next((row for row in rows if row.get("id") == before.get("id")), {})
    changed = {name: after.get(name, "missing") for name in before if before[name] != after.get(name, "missing")}
    return str(changed)[:300]


def prices(product: Product) -> dict[str, Any]:
    return {str(one.source_id): (one.price.gross, one.price.regular) for one in product.variants}


def outcomes(page: Page) -> list[str]:
    return [str(one.source_id) for entries in (page.products, page.skipped, page.failed) for one in entries]


async def mutate(number: int, seed: int) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    results: Counter[str] = Counter()
    catalogue = demo_catalogue(30)
    async with PrestaShop(catalogue, ShopSettings()) as shop:
        mutator = Mutator(rng)
        proxy = FaultProxy("shop", "127.0.0.1", shop.port, shop_phase, mutate=mutator)
        async with proxied(proxy), opened(shop, address=proxy.url, PRESTASHOP_PAGE_SIZE="12") as source:
            shop.settings.domain = f"127.0.0.1:{proxy.own_port}"
            handles = [handle async for handle in source.pages()]
            true = [await source.read(handle) for handle in handles]
            while mutator.count < number:
                place = rng.randrange(len(handles))
                clean = true[place]
                mutator.arm()
                try:
                    async with asyncio.timeout(20):
                        page = await source.read(handles[place])
                except ImporterError as error:
                    assert error.to_do
                    results[type(error).__name__] += 1
                    continue
                judge(page, clean, mutator, results)
    print(dict(results))
    assert results["the same"] and results["failed"]


def judge(page: Page, clean: Page, mutator: Mutator, results: Counter[str]) -> None:
    """Hold a page that was read from a mutated answer against the one of the clean answer."""
    said = f"after {mutator.concerns()}: {mutator.what}"
    found = {str(one.source_id): one for one in page.products}
    concerned = mutator.concerns()
    if not mutator.whole and "0" not in concerned:
        assert set(outcomes(clean)) - concerned <= set(outcomes(page)), said
    for product in clean.products:
        identity = str(product.source_id)
        other = found.pop(identity, None)
        if identity not in concerned and not mutator.whole and "0" not in concerned:
            assert other == product, said
        if other is None:
            results["failed"] += 1
        elif other == product:
            results["the same"] += 1
        else:
            for variant, pair in prices(other).items():
                true = prices(product).get(variant)
                within = pair[0] <= HIGHEST_PRICE and (pair[1] is None or pair[1] <= HIGHEST_PRICE)
                assert true is None or pair == true or not within, f"{identity} costs {pair}, not {true}, {said}"
            results["another, at the true price"] += 1
    assert not found.keys() - concerned, said


async def test_some_mutated_answers_cost_what_was_mutated_and_no_price_is_wrong() -> None:
    await mutate(300, 20_261_125)


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_thousands_of_mutated_answers_cost_what_was_mutated_and_no_price_is_wrong() -> None:
    await mutate(7_000, random.SystemRandom().randrange(1_000_000))
