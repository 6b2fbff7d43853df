"""A shop that lives in memory: a Source over a dictionary of products, which a test changes between runs and during them."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from gateway_importer.catalog import (
    Category,
    CategoryId,
    Counted,
    Failed,
    Fault,
    Image,
    Option,
    Page,
    Price,
    Product,
    ProductId,
    Skipped,
    SkipRule,
    StockLevel,
    Variant,
    VariantId,
    VatRate,
)
from gateway_importer.failures import HttpFailure
from gateway_importer.source import Changes, Finding, Join, PageHandle, ShopProfile

SHIRTS = CategoryId("10")
MUGS = CategoryId("11")
PAGE = 5  # products a page


@dataclass(frozen=True, slots=True)
class Ids(PageHandle):
    """A page of products with these ids."""

    ids: tuple[str, ...] = ()


def price(gross: str, vat: int = 23) -> Price:
    return Price(Decimal(gross), VatRate(Decimal(vat)))


def variant(
    variant_id: str = "", *, sku: str = "", gross: str = "123.00", stock: StockLevel | int = 5, size: str = "",
    name: str | None = None, images: Sequence[str] | None = None, weight: str | None = None, vat: int = 23,
) -> Variant:  # fmt: skip
    return Variant(
        VariantId(variant_id),
        price(gross, vat),
        Counted(Decimal(stock)) if isinstance(stock, int) else stock,
        sku=sku,
        options=(Option("Rozmiar", size, "size"),) if size else (),
        name=name,
        images=None if images is None else pictures(*images),
        weight=None if weight is None else Decimal(weight),
    )


def simple(
    number: int, *, sku: str | None = None, name: str | None = None, gross: str = "123.00", stock: StockLevel | int = 5,
    shows: Sequence[str] = (), description: str = "<p>Opis</p>", categories: Sequence[CategoryId] = (SHIRTS,),
    weight: str | None = None, vat: int = 23,
) -> Product:  # fmt: skip
    """A product with one variant and no options."""
    own = f"SKU-{number}" if sku is None else sku
    return Product(
        ProductId(str(number)),
        name or f"Produkt {number}",
        (variant(sku=own, gross=gross, stock=stock, weight=weight, vat=vat),),
        description=description,
        brief="krótko",
        categories=tuple(categories),
        images=pictures(*shows),
    )


def grouped(
    number: int, sizes: Sequence[str] = ("S", "M"), *, name: str | None = None, sku: str | None = None,
    gross: str = "123.00", stock: int = 5, shows: Sequence[str] = (), description: str = "<p>Opis</p>",
) -> Product:  # fmt: skip
    """A product with a variant a size; its variants' ids are `{number}{place of the size}`."""
    own = f"SKU-{number}" if sku is None else sku
    made = tuple(
        variant(f"{number}-{size}", sku=f"{own}-{size}" if own else "", gross=gross, stock=stock, size=size)
        for size in sizes
    )
    return Product(
        ProductId(str(number)),
        name or f"Produkt {number}",
        made,
        description=description,
        brief="krótko",
        categories=(SHIRTS,),
        images=pictures(*shows),
    )


def pictures(*keys: str) -> tuple[Image, ...]:
    return tuple(Image(key, f"http://pictures.example/{key}.jpg", f"http://pictures.example/{key}.jpg") for key in keys)


def picture_bytes(key: str) -> bytes:
    return b"\xff\xd8\xff\xe0" + key.encode() * 20


class Body:
    """A picture whose length the shop declares."""

    content_type = "image/jpeg"

    def __init__(self, content: bytes) -> None:
        self._content = content

    @property
    def length(self) -> int | None:
        return len(self._content)

    async def chunks(self) -> AsyncIterator[bytes]:
        yield self._content


@dataclass
class MadeUpShop:
    """The Source. `hook` is called with every page before it is read, and may raise or change the shop."""

    products: dict[str, Product] = field(default_factory=dict)
    skipped: dict[str, SkipRule] = field(default_factory=dict)
    failed: dict[str, Fault] = field(default_factory=dict)
    dead_pictures: set[str] = field(default_factory=set)
    key: str = "shop.example"
    language: str = "pl"
    lists: bool = True
    lists_what_it_read: bool = False  # only once the pages came to their end
    hook: Callable[[Ids], None] = lambda _: None
    picture_hook: Callable[[Image], None] = lambda _: None
    pages_read: list[tuple[str, ...]] = field(default_factory=list)
    pictures_read: Counter[str] = field(default_factory=Counter)
    repeated_pages: int = 1
    unlisted: set[str] = field(default_factory=set)
    dates: dict[str, datetime] | None = None  # change dates; None: the shop cannot be asked for them
    asides: dict[str, bytes] = field(default_factory=dict)  # what moves without moving a date
    uncovered: str = "Not seen: the weather."
    _unread: bool = True

    def put(self, *products: Product) -> None:
        for product in products:
            self.skipped.pop(str(product.source_id), None)
            self.products[str(product.source_id)] = product

    def take_out(self, *numbers: int) -> None:
        for number in numbers:
            self.products.pop(str(number), None)
            self.skipped.pop(str(number), None)

    def disable(self, *numbers: int) -> None:
        for number in numbers:
            self.products.pop(str(number))
            self.skipped[str(number)] = SkipRule.DISABLED

    def ids(self) -> list[str]:
        return sorted({*self.products, *self.skipped, *self.failed} - self.unlisted, key=int)

    # --- the Source ------------------------------------------------------------------------------------------

    async def check(self) -> Sequence[Finding]:
        return []

    async def profile(self) -> ShopProfile:
        return ShopProfile(self.key, "Sklep", "1", self.language, ("pl", "en"), "PLN", "Europe/Warsaw", len(self.ids()))

    async def categories(self) -> Sequence[Category]:
        return [
            Category(CategoryId("1"), None, "Root", ()),
            Category(SHIRTS, CategoryId("1"), "Shirts", ("Woman", "Clothing", "Shirts")),
            Category(MUGS, CategoryId("1"), "Mugs", ("Home & Garden", "Kitchen", "Mugs")),
        ]

    async def category_counts(self) -> Mapping[CategoryId, int]:
        return {}

    async def pages(self) -> AsyncIterator[PageHandle]:
        self._unread = True
        for handle in self.pages_of([ProductId(identity) for identity in self.ids()]):
            for _ in range(self.repeated_pages):
                yield handle
        self._unread = False

    def pages_of(self, ids: Sequence[ProductId]) -> Sequence[PageHandle]:
        chunks = [tuple(map(str, ids[start : start + PAGE])) for start in range(0, len(ids), PAGE)]
        return [Ids(f"products {chunk[0]} to {chunk[-1]}", chunk) for chunk in chunks]

    async def read(self, page: PageHandle) -> Page:
        assert isinstance(page, Ids)
        self.hook(page)
        self.pages_read.append(page.ids)
        return Page(
            tuple(self.products[identity] for identity in page.ids if identity in self.products),
            tuple(
                Skipped(ProductId(identity), f"Produkt {identity}", self.skipped[identity])
                for identity in page.ids
                if identity in self.skipped
            ),
            tuple(
                Failed(ProductId(identity), f"Produkt {identity}", self.failed[identity])
                for identity in page.ids
                if identity in self.failed
            ),
        )

    def everything(self) -> AsyncIterator[ProductId] | None:
        return self._everything() if self.lists and not (self.lists_what_it_read and self._unread) else None

    async def _everything(self) -> AsyncIterator[ProductId]:
        for identity in self.ids():
            yield ProductId(identity)

    def changes(self) -> Changes | None:
        return None if self.dates is None else self

    def joining(self) -> Join | None:
        return None

    async def dated(self, since: datetime) -> AsyncIterator[ProductId]:
        for identity, date in (self.dates or {}).items():
            if date >= since:
                yield ProductId(identity)

    async def moving(self) -> AsyncIterator[tuple[ProductId, bytes]]:
        for identity, row in self.asides.items():
            yield ProductId(identity), row

    @asynccontextmanager
    async def open_image(self, image: Image) -> AsyncIterator[Body]:
        self.picture_hook(image)
        self.pictures_read[image.key] += 1
        if image.key in self.dead_pictures:
            raise HttpFailure("the shop answered 404")
        yield Body(picture_bytes(image.key))
