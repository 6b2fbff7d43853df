"""A real program that is broken on purpose: a platform's own, whose source tells lies about some cases.

``python -m gateway_importer.testing.conformance.broken`` with `PLATFORM_PACKAGE` in the environment. The rules find
each lie by what the program did; those that no lie of a source can break are held against changed findings alone.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

from gateway_importer import cli
from gateway_importer.catalog import (
    Category,
    CategoryId,
    Counted,
    Image,
    Page,
    Price,
    Product,
    ProductId,
    Variant,
    VatRate,
)
from gateway_importer.http import Http
from gateway_importer.platform import Platform
from gateway_importer.settings import Values
from gateway_importer.source import Changes, Finding, ImageBody, Join, PageHandle, ShopProfile, Source
from gateway_importer.testing.conformance.kit import Found, judged
from gateway_importer.testing.conformance.quality import Quality
from gateway_importer.testing.conformance.runs import observe
from gateway_importer.testing.conformance.shop import Candidate

PACKAGE = "PLATFORM_PACKAGE"
MODULE = "gateway_importer.testing.conformance.broken"


def each(product: Product, change: Callable[[Variant], Variant]) -> Product:
    return replace(product, variants=tuple(change(one) for one in product.variants))


def priced(product: Product, change: Callable[[Price], Price]) -> Product:
    return each(product, lambda one: replace(one, price=change(one.price)))


def regular_only(price: Price) -> Price:
    return price if price.regular is None else replace(price, gross=price.regular)


#: The end of a product's name (its case), and what the source says of it: None where it says nothing at all.
LIES: Mapping[str, Callable[[Product], Product | None]] = {
    "row 10": lambda one: priced(one, lambda price: replace(price, gross=price.gross + Decimal("0.01"), regular=None)),
    "sale percent": lambda one: priced(one, regular_only),
    "sale just begun": lambda one: priced(one, regular_only),
    "vat 8": lambda one: priced(one, lambda price: replace(price, vat=VatRate(Decimal(23)))),
    "row 11": lambda one: each(one, lambda variant: replace(variant, stock=Counted(Decimal(1)))),
    "variants two options": lambda one: replace(one, variants=one.variants[:-1]),
    "pictures five": lambda one: replace(one, images=one.images[::-1]),
    "category two": lambda one: replace(one, categories=one.categories[:1]),
    "text long": lambda one: replace(one, description=one.description[:2000]),
    "Mug plain": lambda one: replace(one, name="Kubek plain"),
    "sku odd": lambda one: each(one, lambda variant: replace(variant, sku="17")),
    "row 12": lambda one: None,
    "row 13": lambda one: replace(one, brief=str(time.time())),  # another text in each reading
}
#: The rules that find one of the lies.
CAUGHT = (
    "outcomes", "prices", "reduced prices", "vat", "stock", "variants", "pictures", "categories", "texts", "languages",
    "numbers", "paging", "rerun", "same reading", "changes", "credentials", "dates", "secrets", "proven",
)  # fmt: skip


class LyingSource:
    """A platform's source, and the lies."""

    def __init__(self, source: Source) -> None:
        self._source = source

    async def check(self) -> Sequence[Finding]:
        return [Finding("ok", "everything", "is as it should be")]

    async def profile(self) -> ShopProfile:
        return replace(await self._source.profile(), proven="proven against everything")

    async def categories(self) -> Sequence[Category]:
        return await self._source.categories()

    async def category_counts(self) -> Mapping[CategoryId, int]:
        return await self._source.category_counts()

    def pages(self) -> AsyncIterator[PageHandle]:
        return self._source.pages()

    def pages_of(self, ids: Sequence[ProductId]) -> Sequence[PageHandle]:
        return self._source.pages_of(ids)

    async def read(self, page: PageHandle) -> Page:
        return lied_about(await self._source.read(page))

    def everything(self) -> AsyncIterator[ProductId] | None:
        return self._source.everything()

    def changes(self) -> Changes | None:
        return NothingChanges()

    def joining(self) -> Join | None:
        join = self._source.joining()
        return None if join is None else lambda product, parts, missing: lied_about(join(product, parts, missing))

    def open_image(self, image: Image) -> AbstractAsyncContextManager[ImageBody]:
        return self._source.open_image(image)


class NothingChanges:
    """A shop in which nothing ever changes."""

    uncovered = ""

    async def dated(self, since: datetime) -> AsyncIterator[ProductId]:
        return
        yield ProductId("")

    async def moving(self) -> AsyncIterator[tuple[ProductId, bytes]]:
        return
        yield ProductId(""), b""


def lied(product: Product) -> Product | None:
    lie = next((lie for end, lie in LIES.items() if product.name.endswith(end)), None)
    return product if lie is None else lie(product)


def lied_about(page: Page) -> Page:
    return replace(page, products=tuple(new for one in page.products if (new := lied(one)) is not None))


async def caught(candidate: Candidate, folder: Path) -> list[Found]:
    """The kit's findings about the platform's program with its lies."""
    broken = replace(
        candidate, module=MODULE, settings={**candidate.settings, PACKAGE: candidate.module}, folders=candidate.folders
    )
    return judged(await observe(broken, Quality.of(candidate.folder), folder))


def main() -> NoReturn:
    platform: Platform = importlib.import_module(f"{os.environ[PACKAGE]}.platform").PLATFORM

    def open_source(values: Values, http: Http) -> Source:
        secret = [values[one] for one in platform.questions if one.secret]
        os.write(sys.stderr.fileno(), f"connecting with {secret}\n".encode())
        return LyingSource(platform.open_source(values, http))

    cli.main(replace(platform, open_source=open_source))


if __name__ == "__main__":
    main()
