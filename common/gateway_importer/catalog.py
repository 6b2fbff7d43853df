"""The catalogue as every platform hands it over: products, variants, prices, stock, images, categories.

Values only: frozen, no I/O, no knowledge of a platform or of the Gateway. Money is `Decimal` in złoty (or
the named currency) with VAT unless a name says net.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import NewType

ProductId = NewType("ProductId", str)
"""The vendor's id of a product, as text."""

VariantId = NewType("VariantId", str)
"""The vendor's id of a variant within its product, as text; of a simple product's only variant: ``""``."""

CategoryId = NewType("CategoryId", str)
"""The vendor's id of a category, as text."""


@dataclass(frozen=True, slots=True)
class VatRate:
    """VAT as the shop's own tax rules state it, in percent: ``VatRate(Decimal(23))``."""

    percent: Decimal


@dataclass(frozen=True, slots=True)
class NoVatRate:
    """The shop states no rate. `kind` is ``exempt`` (the shop says so) or ``none`` (no tax rule at all)."""

    kind: str


Vat = VatRate | NoVatRate


@dataclass(frozen=True, slots=True)
class Price:
    """What a guest pays for one piece, with VAT, to the grosz.

    `gross` is the price of today; `regular` the price before a reduction, None where nothing is reduced.
    `currency` is an ISO 4217 code.
    """

    gross: Decimal
    vat: Vat
    currency: str = "PLN"
    regular: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """Stock that the shop counts; may be negative or fractional, as the shop says."""

    quantity: Decimal


@dataclass(frozen=True, slots=True)
class NotCounted:
    """Goods that are sold without counting stock."""


@dataclass(frozen=True, slots=True)
class UnknownStock:
    """The shop did not say: left out when a product is made, kept as it is when it is changed."""


StockLevel = Counted | NotCounted | UnknownStock


@dataclass(frozen=True, slots=True)
class Image:
    """A picture. `key` changes when the picture does (within the shop); `url` is where the importer reads it
    and may need the shop's key; `public_url` is open to anybody and carries no key, None where there is none.
    """

    key: str
    url: str
    public_url: str | None = None


@dataclass(frozen=True, slots=True)
class Category:
    """A category of the shop. `path` are the names from below the shop's root down to this one; the root
    itself has an empty path. `parent` is None for the root."""

    id: CategoryId
    parent: CategoryId | None
    name: str
    path: tuple[str, ...]
    active: bool = True


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know about a product that was imported all the same.

    `code` is a short stable word (``price_differs``, ``gtin_invalid``, …) by which the report counts.
    """

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a product or a variant cannot be imported (`cause`) and what a person can do about it (`cure`).

    `code` is a short stable word by which failures are grouped.
    """

    code: str
    cause: str
    cure: str


class SkipRule(Enum):
    """The closed list of rules by which a product, or a variant of it, is left out. Anything else that should
    have come in and did not has failed. The value is the word in reports, the text what it means."""

    DRAFT = ("draft", "unfinished in the shop")
    DISABLED = ("disabled", "switched off in the shop")
    HIDDEN = ("hidden", "not visible anywhere in the shop")
    NOT_ORDERABLE = ("not_orderable", "shown, but cannot be ordered")
    NO_PRICE_SHOWN = ("no_price_shown", "the shop shows no price for it")
    PRICE_ZERO = ("price_zero", "price 0, which means 'ask us' in most shops")
    LEFT_OUT_CATEGORY = ("left_out_category", "in a category that the mapping leaves out")
    VIRTUAL = ("virtual", "virtual or downloadable goods")
    BUNDLE = ("bundle", "a bundle, set or pack with a price of its own")
    GROUPED = ("grouped", "a grouped product, whose parts are sold alone")
    GIFT_CARD = ("gift_card", "a gift card")
    CONFIGURED_BUNDLE = ("configured_bundle", "a bundle whose price depends on what is chosen")
    PRICED_OPTION = ("priced_option", "has a required option with a price")
    OTHER_SHOP = ("other_shop", "belongs to no shop, or to another shop of this installation")

    def __init__(self, word: str, meaning: str) -> None:
        self.word = word
        self.meaning = meaning


class Kind(Enum):
    """What a product is, as far as it decides whether it is imported (`pipeline.rules`)."""

    GOODS = "goods"
    VIRTUAL = "virtual"
    BUNDLE = "bundle"
    GROUPED = "grouped"
    GIFT_CARD = "gift_card"
    CONFIGURED_BUNDLE = "configured_bundle"
    PRICED_OPTION = "priced_option"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice that makes a variant: its name in the shop's words, the value, and what the platform's own
    mark says of it: `role` is ``color`` or ``size`` where the platform marks it so, else None."""

    name: str
    value: str
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """What can be put in a basket. At the Gateway each variant is an object of its own.

    `name`, `description`, `categories` and `images` are None where they are the product's. `weight` is in kg.
    `for_sale` False: shown, but cannot be bought now. `backorders`: the shop takes orders beyond the stock.
    `page_url` is the public page on which just this variant is chosen, None where the product's serves all.
    """

    source_id: VariantId
    price: Price
    stock: StockLevel
    sku: str = ""
    gtin: str = ""
    options: tuple[Option, ...] = ()
    name: str | None = None
    description: str | None = None
    categories: tuple[CategoryId, ...] | None = None
    images: tuple[Image, ...] | None = None
    weight: Decimal | None = None
    for_sale: bool = True
    backorders: bool = False
    page_url: str | None = None


@dataclass(frozen=True, slots=True)
class LeftOutVariant:
    """A variant that `Product.variants` does not hold: taken out by a `rule`, or bad (`fault`)."""

    source_id: VariantId
    label: str
    rule: SkipRule | None = None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """A product with at least one variant (a simple one has one, without options).

    `description` is HTML as the merchant wrote it. `categories` are source category ids; `main_category` the
    one that the shop calls its default. `attributes` are name and value as shown, names may repeat.
    `images` in the shop's order, the cover first. `updated_at` is aware UTC. `page_url` is the public page.
    `shared` are variants that another product shows as well, where they keep their objects: each product has its own.
    """

    source_id: ProductId
    name: str
    variants: tuple[Variant, ...]
    description: str = ""
    brief: str = ""
    brand: str = ""
    categories: tuple[CategoryId, ...] = ()
    main_category: CategoryId | None = None
    images: tuple[Image, ...] = ()
    kind: Kind = Kind.GOODS
    left_out: tuple[LeftOutVariant, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    notices: tuple[Notice, ...] = ()
    updated_at: datetime | None = None
    page_url: str | None = None
    shared: tuple[VariantId, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A product that a rule leaves out, as the platform saw it."""

    source_id: ProductId
    name: str
    rule: SkipRule
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """A product that could not be understood."""

    source_id: ProductId
    name: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class Part:
    """One member of a product whose members lie on several pages (colours that are products of their own at the shop,
    rows of a file).

    `group` is the product's id, `member` the member's own at the shop, `data` what the platform needs to make the
    product of it once all are in. `members` names all of them, where the shop says that; they are handed to the
    platform in this order.
    """

    group: ProductId
    member: str
    data: bytes
    members: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What one page of the shop held: every id on it is in exactly one of `products`, `skipped` and `failed`, or is a
    member in `parts`."""

    products: tuple[Product, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    failed: tuple[Failed, ...] = ()
    notices: tuple[Notice, ...] = field(default=())
    parts: tuple[Part, ...] = ()
