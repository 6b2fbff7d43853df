"""Opens the importer's source on a simulated shop, with settings as a run has them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from gateway_importer.catalog import Failed, Notice, Page, Product, ProductId, Skipped
from gateway_importer.http import Http
from gateway_importer.options import OPTIONS
from gateway_importer.settings import Given, Values, collect
from gateway_importer.source import Source
from magento_importer.platform import PLATFORM, open_source
from shop import MagentoShop

NOW = "2026-11-23T16:00:00+01:00"


def answers(shop: MagentoShop) -> dict[str, str]:
    """What a person would answer to the questions, in their order."""
    mine = shop.importer
    return {
        "MAGENTO_URL": shop.url,
        "MAGENTO_CONSUMER_KEY": mine.key,
        "MAGENTO_CONSUMER_SECRET": mine.secret,
        "MAGENTO_TOKEN": mine.token,
        "MAGENTO_TOKEN_SECRET": mine.token_secret,
    }


def settings(shop: MagentoShop, **more: str) -> Values:
    """The values of a run; pauses between tries are left out."""
    given = {**answers(shop), "FIRST_PAUSE": "0", "TRIES": "2", "PATIENCE": "0", "NOW": NOW}
    return collect([*PLATFORM.questions, *PLATFORM.settings, *OPTIONS], Given({}, given | more))


@asynccontextmanager
async def opened(shop: MagentoShop, learnt: dict[str, str] | None = None, /, **more: str) -> AsyncIterator[Source]:
    """The source of a shop that runs; `learnt` is what earlier runs found out, and what this one adds to it."""
    async with Http(user_agent="test") as spoken:
        if learnt is not None:
            spoken.learnt = learnt
        yield open_source(settings(shop, **more), spoken)


async def everything_on_pages(source: Source) -> Page:
    """All pages, read one after another, as one."""
    return joined([await source.read(handle) async for handle in source.pages()])


def joined(pages: Sequence[Page]) -> Page:
    products: list[Product] = [one for page in pages for one in page.products]
    skipped: list[Skipped] = [one for page in pages for one in page.skipped]
    failed: list[Failed] = [one for page in pages for one in page.failed]
    notices: list[Notice] = [one for page in pages for one in page.notices]
    return Page(tuple(products), tuple(skipped), tuple(failed), tuple(notices))


async def read(source: Source, *numbers: int) -> Page:
    """Some products by their ids."""
    return joined([await source.read(page) for page in source.pages_of([ProductId(str(one)) for one in numbers])])


async def all_ids(source: Source) -> list[int]:
    """The ids that the source says exist."""
    listed = source.everything()
    assert listed is not None
    return [int(number) async for number in listed]


def by_id(products: Sequence[Product]) -> dict[int, Product]:
    return {int(product.source_id): product for product in products}
