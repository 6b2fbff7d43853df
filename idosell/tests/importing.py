"""Opens the importer's source on a simulated shop, with settings as a run has them, and joins parts as a run does."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from gateway_importer.catalog import Failed, Notice, Page, Part, Product, ProductId, Skipped
from gateway_importer.http import Http
from gateway_importer.options import OPTIONS
from gateway_importer.settings import Given, Values, collect
from gateway_importer.source import PageHandle, Source
from idosell_importer.platform import PLATFORM, open_source
from shop import Shop

NOW = "2026-11-23T14:00:00+01:00"


def settings(shop: Shop, **more: str) -> Values:
    """The values of a run; pauses between tries are left out."""
    given = {"IDOSELL_URL": shop.url, "IDOSELL_KEY": shop.key}
    given |= {"FIRST_PAUSE": "0", "TRIES": "2", "PATIENCE": "0", "NOW": NOW}
    return collect([*PLATFORM.questions, *PLATFORM.settings, *OPTIONS], Given({}, given | more))


@asynccontextmanager
async def opened(shop: Shop, /, **more: str) -> AsyncIterator[Source]:
    """The source of a shop that runs."""
    async with Http(user_agent="test") as spoken:
        yield open_source(settings(shop, **more), spoken)


async def everything_on_pages(source: Source) -> Page:
    """All pages, read one after another, and their parts joined."""
    return await whole(source, [await source.read(handle) async for handle in source.pages()])


async def read(source: Source, *numbers: int) -> Page:
    """Some products by their ids."""
    return await whole(source, await _read(source, source.pages_of([ProductId(str(one)) for one in numbers])))


async def _read(source: Source, handles: Sequence[PageHandle]) -> list[Page]:
    return [await source.read(handle) for handle in handles]


async def whole(source: Source, pages: list[Page]) -> Page:
    join = source.joining()
    assert join is not None
    known = _parts(pages)
    missing = [ProductId(one) for parts in known.values() for one in _missing(parts)]
    pages = pages + await _read(source, source.pages_of(missing))
    for group, parts in _parts(pages).items():
        order = next((part.members for part in parts.values() if part.members is not None), None) or tuple(parts)
        named = [parts[one] for one in order if one in parts]
        pages.append(join(ProductId(group), named, [one for one in order if one not in parts]))
    products: list[Product] = [one for page in pages for one in page.products]
    skipped: list[Skipped] = [one for page in pages for one in page.skipped]
    failed: list[Failed] = [one for page in pages for one in page.failed]
    notices: list[Notice] = [one for page in pages for one in page.notices]
    return Page(tuple(products), tuple(skipped), tuple(failed), tuple(dict.fromkeys(notices)))


def _parts(pages: Sequence[Page]) -> dict[str, dict[str, Part]]:
    found: dict[str, dict[str, Part]] = defaultdict(dict)
    for page in pages:
        for part in page.parts:
            found[str(part.group)][part.member] = part
    return found


def _missing(parts: dict[str, Part]) -> list[str]:
    named = {one for part in parts.values() for one in part.members or ()}
    return sorted(named - set(parts))


async def all_ids(source: Source) -> list[int]:
    """The ids that the source says exist."""
    listed = source.everything()
    assert listed is not None
    return sorted([int(number) async for number in listed])


def by_id(products: Sequence[Product]) -> dict[int, Product]:
    return {int(product.source_id): product for product in products}
