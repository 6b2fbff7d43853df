"""One product of such a shop, as both ways can say it: on its own, or a member of a group of versions."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import lru_cache

import msgspec
from gateway_importer.catalog import (
    Counted,
    Fault,
    Image,
    Kind,
    NotCounted,
    NoVatRate,
    Part,
    Price,
    ProductId,
    SkipRule,
    StockLevel,
    UnknownStock,
    Vat,
    VatRate,
)

NOT_COUNTED, UNKNOWN = "not counted", "unknown"


class Broken(msgspec.Struct, frozen=True):
    """What is wrong with a member or a size, as `catalog.Fault`."""

    code: str
    cause: str
    cure: str

    @classmethod
    def of(cls, fault: Fault) -> Broken:
        return cls(fault.code, fault.cause, fault.cure)

    @property
    def fault(self) -> Fault:
        return Fault(self.code, self.cause, self.cure)


class Money(msgspec.Struct, frozen=True):
    """A price: `vat` is the rate in percent as text, or the kind of `catalog.NoVatRate`."""

    gross: Decimal
    vat: str
    currency: str
    regular: Decimal | None = None

    @classmethod
    def of(cls, price: Price) -> Money:
        vat = str(price.vat.percent) if isinstance(price.vat, VatRate) else price.vat.kind
        return cls(price.gross, vat, price.currency, price.regular)

    @property
    def price(self) -> Price:
        return Price(self.gross, _vat(self.vat), self.currency, self.regular)


@lru_cache(maxsize=64)
def _vat(said: str) -> Vat:
    return NoVatRate(said) if said.isalpha() else VatRate(Decimal(said))


class Picture(msgspec.Struct, frozen=True):
    """`key` changes when the picture does; `url` is open to anybody."""

    key: str
    url: str

    @property
    def image(self) -> Image:
        return Image(self.key, self.url, self.url)


class Size(msgspec.Struct, frozen=True):
    """A size of a member, which can be put in a basket, or what leaves it out (`rule`, a name of `catalog.SkipRule`),
    or why it cannot be had (`broken`). `stock` is a number as text, `NOT_COUNTED` or `UNKNOWN`; `weight` is in kg.
    """

    id: str
    name: str
    money: Money | None = None
    stock: str = UNKNOWN
    sku: str = ""
    gtin: str = ""
    weight: Decimal | None = None
    for_sale: bool = True
    rule: str = ""
    broken: Broken | None = None

    @property
    def level(self) -> StockLevel:
        if self.stock in (NOT_COUNTED, UNKNOWN):
            return NotCounted() if self.stock == NOT_COUNTED else UnknownStock()
        return Counted(Decimal(self.stock))


def stock_text(level: StockLevel) -> str:
    """`Size.stock` of a level."""
    if isinstance(level, Counted):
        return str(level.quantity)
    return NOT_COUNTED if isinstance(level, NotCounted) else UNKNOWN


class Member(msgspec.Struct, frozen=True):
    """A product of the shop.

    `group` is the id of its group, its own where it has none; `members` are the ids of all that are in the group, in
    the shop's order, None where the shop does not say them. `versions` are what sets it apart in its group, as name and
    value ("Kolor", "biała"). `size_option` is what a size is called in its language. A rule that leaves the whole
    member out stands in `rule` (a name of `catalog.SkipRule`), with a word of `detail`; `broken` says why nothing can
    be told of it: then `sizes` are those that are known all the same.
    """

    id: str
    group: str
    name: str
    members: tuple[str, ...] | None = None
    description: str = ""
    brief: str = ""
    brand: str = ""
    categories: tuple[str, ...] = ()
    main_category: str = ""
    pictures: tuple[Picture, ...] = ()
    kind: Kind = Kind.GOODS
    versions: tuple[tuple[str, str], ...] = ()
    size_option: str = "Rozmiar"
    sizes: tuple[Size, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    notices: tuple[tuple[str, str], ...] = ()
    updated: datetime | None = None
    url: str = ""
    rule: str = ""
    detail: str = ""
    broken: Broken | None = None

    @property
    def alone(self) -> bool:
        """Whether it is known that nothing else belongs to its product."""
        return self.group == self.id and self.members is not None and set(self.members) <= {self.id}

    @property
    def skip(self) -> SkipRule | None:
        return SkipRule[self.rule] if self.rule else None

    def part(self) -> Part:
        """It, to wait for the others of its group."""
        return Part(ProductId(self.group), self.id, _ENCODER.encode(self), self.members)

    @classmethod
    def read(cls, part: Part) -> Member:
        return _DECODER.decode(part.data)


_ENCODER = msgspec.json.Encoder(decimal_format="string")
_DECODER = msgspec.json.Decoder(Member)
