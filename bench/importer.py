"""The importer for the benchmark's shop: the real program over a source that costs next to nothing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec
from gateway_importer.catalog import (
    Category,
    CategoryId,
    Counted,
    Image,
    Option,
    Page,
    Price,
    Product,
    ProductId,
    Variant,
    VariantId,
    VatRate,
)
from gateway_importer.cli import main
from gateway_importer.failures import HttpFailure
from gateway_importer.http import Host, Http, Limits
from gateway_importer.options import IMAGE_CONCURRENCY, SHOP_CONCURRENCY
from gateway_importer.platform import Platform
from gateway_importer.settings import Setting, Values, address
from gateway_importer.source import Changes, Finding, ImageBody, Join, PageHandle, ShopProfile

PAGE = 50
PLACES = 4  # of the table of stock that are read at once
BENCH_URL = Setting("BENCH_URL", address, "The benchmark's shop.", question="Address")
VAT = VatRate(Decimal(23))


class Row(msgspec.Struct):
    id: int
    name: str
    text: str
    stock: int
    price: str
    variants: int
    pictures: list[tuple[str, int]]


_rows = msgspec.json.Decoder(list[Row]).decode
_moving = msgspec.json.Decoder(list[tuple[int, int, int]]).decode


@dataclass(frozen=True, slots=True)
class Numbers(PageHandle):
    """Products by number: `said` is the range, or the numbers, as the shop is asked for them."""

    said: str = ""


class BenchSource:
    """`gateway_importer.source.Source` over `servers.LeanShop`; its own `Changes`."""

    uncovered = ""

    def __init__(self, host: Host, pictures: Host) -> None:
        self._host = host
        self._pictures = pictures

    async def check(self) -> Sequence[Finding]:
        return []

    async def _count(self) -> int:
        return int((await self._host.request("GET", "/ids")).body)

    async def profile(self) -> ShopProfile:
        return ShopProfile("bench", "Bench", "1", "pl", ("pl",), "PLN", "Europe/Warsaw", await self._count())

    async def categories(self) -> Sequence[Category]:
        return [Category(CategoryId("1"), None, "Goods", ("Goods",))]

    async def category_counts(self) -> Mapping[CategoryId, int]:
        return {}

    async def pages(self) -> AsyncIterator[PageHandle]:
        count = await self._count()
        for first in range(1, count + 1, PAGE):
            yield Numbers(f"from {first}", f"{first}-{min(first + PAGE - 1, count)}")

    def pages_of(self, ids: Sequence[ProductId]) -> Sequence[PageHandle]:
        pages = (ids[start : start + PAGE] for start in range(0, len(ids), PAGE))
        return [Numbers(f"{len(page)} products", ",".join(page)) for page in pages]

    async def read(self, page: PageHandle) -> Page:
        assert isinstance(page, Numbers)
        answer = await self._host.request("GET", f"/page/{page.said}", kind="page")
        return Page(tuple(self._product(row) for row in _rows(answer.body)))

    def _product(self, row: Row) -> Product:
        shown = tuple(
            Image(key, f"{self._pictures.base}/picture/{key}/{size}", f"{self._pictures.base}/picture/{key}/{size}")
            for key, size in row.pictures
        )
        price, stock = Price(Decimal(row.price), VAT), Counted(Decimal(row.stock))
        if row.variants == 1:
            variants: tuple[Variant, ...] = (Variant(VariantId(""), price, stock, sku=f"B-{row.id}"),)
        else:
            variants = tuple(
                Variant(
                    VariantId(f"{row.id}-{size}"), price, stock, sku=f"B-{row.id}-{size}",
                    options=(Option("Rozmiar", str(size), "size"),),
                )
                for size in range(row.variants)
            )  # fmt: skip
        return Product(
            ProductId(str(row.id)), row.name, variants, description=f"<p>{row.text}</p>", images=shown,
            categories=(CategoryId("1"),),
        )  # fmt: skip

    async def everything(self) -> AsyncIterator[ProductId]:
        for number in range(1, await self._count() + 1):
            yield ProductId(str(number))

    def changes(self) -> Changes:
        return self

    def joining(self) -> Join | None:
        """None: a product lies on one page."""
        return None

    async def dated(self, since: datetime) -> AsyncIterator[ProductId]:
        for number in msgspec.json.decode((await self._host.request("GET", "/dated")).body):
            yield ProductId(str(number))

    async def moving(self) -> AsyncIterator[tuple[ProductId, bytes]]:
        """A thousand rows a question, from several places at once, as PrestaShop's tables are read."""
        count = await self._count()
        width = -(-count // PLACES)
        places = [(1 + width * number, min(count, width * (number + 1))) for number in range(PLACES)]
        while places := [place for place in places if place[0] <= place[1]]:
            asked = [self._host.request("GET", f"/moving/{first}/{last}", kind="moving") for first, last in places]
            pieces = [_moving(answer.body) for answer in await asyncio.gather(*asked)]
            for rows in pieces:
                for number, variant, level in rows:
                    yield ProductId(str(number)), b"%d %d" % (variant, level)
            places = [(rows[-1][0] + 1, last) for rows, (_, last) in zip(pieces, places, strict=True)]

    def open_image(self, image: Image) -> AbstractAsyncContextManager[ImageBody]:
        return self._open(image)

    @asynccontextmanager
    async def _open(self, image: Image) -> AsyncIterator[ImageBody]:
        async with self._pictures.stream(image.url, kind="picture") as (status, body):
            if status != 200:
                raise HttpFailure(f"the shop answered {status}")
            yield body


def open_source(values: Values, http: Http) -> BenchSource:
    url = values[BENCH_URL]
    return BenchSource(
        http.host("the shop", url, Limits(concurrency=values[SHOP_CONCURRENCY])),
        http.host("the shop's pictures", url, Limits(concurrency=values[IMAGE_CONCURRENCY])),
    )


PLATFORM = Platform("bench", "Bench", "bench", (BENCH_URL,), (), open_source)


async def read_all(url: str, concurrency: int) -> int:
    """Only reading the shop's pages, as many at once as an import reads: what a re-run is held against."""
    async with Http(user_agent="bench") as http:
        host = http.host("the shop", url, Limits(concurrency=concurrency))
        source = BenchSource(host, host)
        handles, read = source.pages(), 0
        turn = asyncio.Lock()

        async def reader() -> None:
            nonlocal read
            while True:
                async with turn:
                    handle = await anext(handles, None)
                if handle is None:
                    return
                read += len((await source.read(handle)).products)

        await asyncio.gather(*(reader() for _ in range(concurrency)))
        return read


if __name__ == "__main__":
    if sys.argv[1:2] == ["read-all"]:
        sys.stdout.write(f"{asyncio.run(read_all(sys.argv[2], 4))}\n")
    else:
        main(PLATFORM)
