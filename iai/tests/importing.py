"""Opens the importer's source on a simulated shop, with settings as a run has them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gateway_importer.catalog import Failed, Page, Product, Skipped
from gateway_importer.http import Http
from gateway_importer.options import GATEWAY_QUESTIONS, OPTIONS
from gateway_importer.sandbox import DEMO_SHOP_GUID, DEMO_SIGNING_KEY
from gateway_importer.settings import Given, Setting, Values, collect
from gateway_importer.source import Source
from iai_importer.platform import PLATFORM, open_source
from shop import Shop

NOW = "2026-11-23T14:00:00+01:00"


def settings(state: Path, **more: str) -> Values:
    """The values of a run; pauses between tries are left out."""
    given = {"TOKEN_SIGNING_KEY": DEMO_SIGNING_KEY, "SHOP_GUID": DEMO_SHOP_GUID, "STATE_FOLDER": str(state)}
    given |= {"FIRST_PAUSE": "0", "TRIES": "2", "PATIENCE": "0", "NOW": NOW, "ALLOW_PRIVATE_ADDRESSES": "yes"}
    asked: list[Setting[Any]] = [*GATEWAY_QUESTIONS, *PLATFORM.questions, *PLATFORM.settings, *OPTIONS]
    return collect(asked, Given({}, given | more))


@asynccontextmanager
async def opened(shop: Shop, state: Path, /, **more: str) -> AsyncIterator[Source]:
    """The source of a shop that runs, by its shared offer unless `more` names another way."""
    async with Http(user_agent="test", allow_private=True) as spoken:
        yield open_source(settings(state, **({"IAI_OFFER": shop.address("gateway")} | more)), spoken)


async def everything_on_pages(source: Source) -> Page:
    """All pages, read one after another, as one."""
    pages = [await source.read(handle) async for handle in source.pages()]
    products: list[Product] = [one for page in pages for one in page.products]
    skipped: list[Skipped] = [one for page in pages for one in page.skipped]
    failed: list[Failed] = [one for page in pages for one in page.failed]
    return Page(tuple(products), tuple(skipped), tuple(failed))
