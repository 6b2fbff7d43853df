"""Goods as no platform has them: what a customer sees, and the true value of all that is compared.

Every simulated shop makes its own rows of these. Keys are names within the catalogue; which id a shop gives to each
is the shop's affair (`shop.Shop.product_id`, …). Money is `Decimal` in złoty with VAT unless a name says otherwise;
moments have no zone: they are the shop's own clock.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

Words = Mapping[str, str]
"""A text by language (``pl`` is the shop's default, ``en`` its second). A language that is missing was never
translated; an empty text is a translation that says nothing."""

Vat = Decimal | Literal["exempt", "none"]
"""Percent; or ``exempt``, where the shop says so; or ``none``, where no tax rule is set at all."""

Stock = Decimal | Literal["uncounted"]
"""A counted quantity (below 0 and with fractions where a shop has them), or sold without being counted."""

Form = Literal["product", "own", "plus", "minus"]
"""How a shop that can says a variant's price: as the product's, as its own, as a difference up or down."""


@dataclass(frozen=True, slots=True)
class Category:
    """`parent` is the key of the one above, None for one at the top. `target` is the path at the marketplace to which
    the mapping file leads it; empty: ``IGNORE``."""

    key: str
    names: Words
    parent: str | None = None
    target: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Value:
    """One value of an option."""

    key: str
    names: Words


@dataclass(frozen=True, slots=True)
class Option:
    """What a customer chooses by. `sends` is the option's name at the Gateway: ``size``, ``color`` or the shop's."""

    key: str
    names: Words
    sends: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture; two with the same `key` are the same file. `lost`: the shop lists it and cannot deliver it
    (``missing``: 404 or its like; ``page``: an HTML page with status 200)."""

    key: str
    lost: Literal["missing", "page"] | None = None

    @property
    def body(self) -> bytes:
        """The file: a small PNG, another one for each key."""
        return png(self.key)


@dataclass(frozen=True, slots=True)
class Sale:
    """A reduction for everybody: `percent` or an `amount` in złoty off the gross price, while `begins` <= now < `ends`
    (None: no such bound). `variants` are the keys that it is for; empty: all."""

    percent: Decimal | None = None
    amount: Decimal | None = None
    begins: datetime | None = None
    ends: datetime | None = None
    variants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Variant:
    """What can be bought. The only one of a simple product has the key ``""`` and no options.

    `gross` is the regular price, `reduced` what a guest pays at the catalogue's `now` where a sale runs for it.
    `options` are option key to value key, `pictures` keys of the product's pictures (empty: the product's).
    `active` False: this variant is switched off. `weight` is in kg.
    """

    gross: Decimal
    key: str = ""
    reduced: Decimal | None = None
    form: Form = "own"
    stock: Stock = Decimal(7)
    options: Mapping[str, str] = field(default_factory=dict)
    sku: str = ""
    gtin: str = ""
    pictures: tuple[str, ...] = ()
    active: bool = True
    weight: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Fate:
    """What must become of a product: ``in``, ``skipped`` (under one of the rules `words`) or ``failed`` (one of
    `words` stands in what is told of it, whatever its case)."""

    outcome: Literal["in", "skipped", "failed"] = "in"
    words: tuple[str, ...] = ()


IN = Fate()


@dataclass(frozen=True, slots=True)
class Product:
    """`key` is the name of the case. `gross` is the product's own price, to which its variants' `form` refers.

    `visible`: ``nowhere`` is hidden from every list and search. `kind`: ``bundle`` has `parts`, keys of others.
    `changed` is the shop's date of the last change, None: when it was put there. `damage`: ``price`` is a word where
    a number belongs, ``answer`` a product at which the shop's own answer fails (with those of the same page, where the
    shop has pages), ``nameless`` has no name in any language, ``twins`` has two variants of the same options.
    """

    key: str
    names: Words
    gross: Decimal
    vat: Vat = Decimal(23)
    variants: tuple[Variant, ...] = ()
    descriptions: Words = field(default_factory=dict)
    briefs: Words = field(default_factory=dict)
    brand: str = ""
    categories: tuple[str, ...] = ("mugs",)
    pictures: tuple[Picture, ...] = ()
    sale: Sale | None = None
    currency: str = "PLN"
    active: bool = True
    visible: Literal["everywhere", "nowhere"] = "everywhere"
    orderable: bool = True
    kind: Literal["goods", "virtual", "bundle"] = "goods"
    parts: tuple[str, ...] = ()
    changed: datetime | None = None
    damage: Literal["price", "answer", "nameless", "twins"] | None = None
    fate: Fate = IN

    @property
    def sold(self) -> tuple[Variant, ...]:
        """The variants that must be at the Gateway."""
        return tuple(one for one in self.variants if one.active) if self.fate.outcome == "in" else ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All of a shop. `now` is the moment of every run (aware), `timezone` the shop's own (IANA)."""

    languages: tuple[str, ...]
    timezone: str
    now: datetime
    brands: tuple[str, ...]
    categories: tuple[Category, ...]
    options: tuple[Option, ...]
    products: tuple[Product, ...]

    def product(self, key: str) -> Product:
        return next(one for one in self.products if one.key == key)


def png(key: str, side: int = 24) -> bytes:
    """A real PNG of one colour that follows from the key, with the key inside as its comment."""
    colour = zlib.crc32(key.encode()).to_bytes(4, "big")[:3]
    rows = (b"\0" + colour * side) * side

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    told = chunk(b"tEXt", b"Comment\0" + key.encode())
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + told + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )
