"""Opens the importer's source on a simulated shop, with settings as a run has them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from gateway_importer.catalog import Failed, Notice, Page, Product, ProductId, Skipped
from gateway_importer.http import Http
from gateway_importer.options import OPTIONS
from gateway_importer.settings import Given, Values, collect
from gateway_importer.source import Source
from prestashop_importer.platform import PLATFORM, open_source
from shop import PrestaShop

RECORDED_AT = "2026-11-23T14:00:00+01:00"


def settings(address: str, key: str, **more: str) -> Values:
    """The values of a run; pauses between tries are left out."""
    given = {
        "PRESTASHOP_URL": address,
        "PRESTASHOP_KEY": key,
        "FIRST_PAUSE": "0",
        "TRIES": "2",
        "PATIENCE": "0",
        "NOW": RECORDED_AT,
    }
    return collect([*PLATFORM.questions, *PLATFORM.settings, *OPTIONS], Given({}, given | more))


@asynccontextmanager
async def opened(
    shop: PrestaShop, *, key: str | None = None, address: str | None = None, **more: str
) -> AsyncIterator[Source]:
    """The source of a shop that runs."""
    async with Http(user_agent="test") as http:
        yield open_source(settings(address or shop.url, key or shop.key, **more), http)


async def everything_on_pages(source: Source) -> Page:
    """All pages, read one after another, as one."""
    products: list[Product] = []
    skipped: list[Skipped] = []
    failed: list[Failed] = []
    notices: list[Notice] = []
    async for handle in source.pages():
        page = await source.read(handle)
        products += page.products
        skipped += page.skipped
        failed += page.failed
        notices += page.notices
    return Page(tuple(products), tuple(skipped), tuple(failed), tuple(notices))


def by_id(products: Sequence[Product]) -> dict[int, Product]:
    return {int(product.source_id): product for product in products}


async def read(source: Source, *numbers: int) -> Page:
    """Some products by their ids."""
    (handle,) = source.pages_of([ProductId(str(number)) for number in numbers])
    return await source.read(handle)


async def all_ids(source: Source) -> list[int]:
    """The ids that the source says exist."""
    listed = source.everything()
    assert listed is not None
    return [int(number) async for number in listed]
