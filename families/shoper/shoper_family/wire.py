"""What the API says of products, their stocks and pictures, as typed structures under the vendor's names
(developers.shoper.pl)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from shoper_family.answers import Row
from shoper_family.reader import Reader, Translations, Unreadable


@dataclass(frozen=True, slots=True)
class Offer:
    """A special offer; dates are the shop's own clock, None: no such bound."""

    kind: int  # discount_type: 1 amount (not for variants of their own price), 2 amount, 3 percent
    discount: Decimal
    begins: datetime | None
    ends: datetime | None
    stocks: tuple[int, ...]  # those that it is for; empty: all

    @classmethod
    def read(cls, reader: Reader) -> Offer | None:
        if not isinstance(reader.row.get("special_offer"), dict):
            return None
        offer = Reader(reader.row["special_offer"], f"the special offer of {reader.kind}")
        return cls(
            kind=offer.whole("discount_type"),
            discount=offer.amount("discount"),
            begins=offer.local("date_from"),
            ends=offer.local("date_to"),
            stocks=offer.ids("stocks") if offer.whole("condition_type") == 2 else (),
        )


@dataclass(frozen=True, slots=True)
class Stock:
    """A row of `product-stocks`: the base of a product (`extended` False) or a variant. `comp_price` and `comp_promo`
    are what the shop computed: before an offer and what is paid. `options` are option to value."""

    id: int
    product_id: int
    extended: bool
    price: Decimal
    price_type: int
    comp_price: Decimal | None
    comp_promo: Decimal | None
    stock: Decimal | None
    active: bool
    availability: int
    weight: Decimal
    weight_type: int
    comp_weight: Decimal | None
    gfx_id: int
    code: str
    ean: str
    options: tuple[tuple[int, int], ...]
    offer: Offer | None

    @classmethod
    def read(cls, row: Row) -> Stock:
        reader = Reader(row, f"stock {row.get('stock_id', '?')}")
        return cls(
            id=reader.id("stock_id"),
            product_id=reader.id("product_id"),
            extended=reader.flag("extended"),
            price=reader.price("price"),
            price_type=reader.whole("price_type", 1),
            comp_price=reader.optional_price("comp_price"),
            comp_promo=reader.optional_price("comp_promo_price"),
            stock=reader.optional_amount("stock"),
            active=reader.flag("active", True),
            availability=reader.id("calculated_availability_id") or reader.id("availability_id"),
            weight=reader.amount("weight"),
            weight_type=reader.whole("weight_type", 1),
            comp_weight=reader.optional_amount("comp_weight"),
            gfx_id=reader.id("gfx_id"),
            code=reader.text("code").strip(),
            ean=reader.text("ean").strip(),
            options=_chosen(reader),
            offer=Offer.read(reader),
        )


def _chosen(reader: Reader) -> tuple[tuple[int, int], ...]:
    """``[]``, ``{"10": "61"}``, or ``[{"option_id": 10, "value_id": 61}]`` (the form in which options are written)."""
    found = reader.row.get("options")
    if isinstance(found, list) and found:
        if not all(isinstance(entry, dict) for entry in found):
            reader.refuse("options")
        entries = [Reader(entry, reader.kind) for entry in found]
        return tuple((entry.id("option_id"), entry.id("value_id") or entry.id("ovalue_id")) for entry in entries)
    return tuple(
        (
            Reader({"options": option}, reader.kind).whole("options"),
            Reader({"options": value}, reader.kind).whole("options"),
        )
        for option, value in reader.mapping("options").items()
    )


@dataclass(frozen=True, slots=True)
class FreeOption:
    """An option without stocks of its own: a customer chooses it, or writes it. `priced`: one of its values costs
    more or less."""

    option: int
    kind: str
    required: bool
    priced: bool


@dataclass(frozen=True, slots=True)
class Texts:
    """A product's texts in the language that is imported, and whether the shop shows it."""

    name: str
    brief: str
    description: str
    permalink: str
    active: bool


@dataclass(frozen=True, slots=True)
class Product:
    """A product with its base stock. `variants` are the ids of its other stocks; `free_options` is None where this
    version of the shop does not tell them."""

    id: int
    texts: Texts
    base: Stock
    variants: tuple[int, ...]
    free_options: tuple[FreeOption, ...] | None
    tax_id: int
    group_id: int
    producer_id: int
    currency_id: int
    main_category: int
    categories: tuple[int, ...]
    bundle: bool
    digital: bool
    attributes: tuple[tuple[int, str], ...]
    main_image: int
    offer: Offer | None
    edited: datetime | None

    @classmethod
    def read(cls, row: Row, locales: Sequence[str], default: str) -> Product:
        """`locales` in the order in which texts are looked for; `default` is the one in which it must be shown."""
        number = row.get("product_id", "?")
        reader = Reader(row, f"product {number}")
        base = row.get("stock")
        if not isinstance(base, dict):
            reader.refuse("stock")
        if not isinstance(row.get("options"), list | dict):
            reader.refuse("options")  # without them a product with variants would pass for one without
        return cls(
            id=reader.id("product_id"),
            texts=texts_of(row, locales, default),
            base=Stock.read({"product_id": number, **base}),
            variants=reader.ids("options"),
            free_options=_free_options(reader) if "options_non_stock" in row else None,
            tax_id=reader.id("tax_id"),
            group_id=reader.id("group_id"),
            producer_id=reader.id("producer_id"),
            currency_id=reader.id("currency_id"),
            main_category=reader.id("category_id"),
            categories=reader.ids("categories"),
            bundle=reader.whole("type") == 1,
            digital=reader.flag("is_digital"),
            attributes=_attributes(reader),
            main_image=_main_image(reader),
            offer=Offer.read(reader),
            edited=reader.local("edit_date"),
        )


def texts_of(row: Row, locales: Sequence[str], default: str) -> Texts:
    """The texts alone, by which a product with an odd value elsewhere is still named."""
    translated = Translations.read(Reader(row, f"product {row.get('product_id', '?')}"))
    return Texts(
        name=translated.text("name", locales).strip(),
        brief=translated.text("short_description", locales),
        description=translated.text("description", locales),
        permalink=translated.text("permalink", locales).strip(),
        active=translated.active(default),
    )


def _free_options(reader: Reader) -> tuple[FreeOption, ...]:
    found: list[FreeOption] = []
    for entry in reader.members("options_non_stock"):
        if not isinstance(entry, dict):
            reader.refuse("options_non_stock")
        option = Reader(entry, f"an option of {reader.kind}")
        values = [Reader(value, option.kind) for value in option.members("values") if isinstance(value, dict)]
        found.append(
            FreeOption(
                option=option.id("option_id"),
                kind=option.text("type"),
                required=option.flag("required"),
                priced=any(value.flag("active", True) and _priced(value) for value in values),
            )
        )
    return tuple(found)


def _priced(value: Reader) -> bool:
    """-1 lowers the price, 1 raises it, 0 keeps it; 2: as the option's own value says, which stands beside it."""
    own = value.whole("change_price_type")
    return (value.whole("change_price_option") if own == 2 else own) != 0


def _attributes(reader: Reader) -> tuple[tuple[int, str], ...]:
    """``{"2": {"9": "Stal"}, "4": []}``: by group, the values by attribute."""
    found: list[tuple[int, str]] = []
    for group in reader.mapping("attributes").values():
        if group == []:
            continue
        if not isinstance(group, dict):
            reader.refuse("attributes")
        for attribute in group:
            number = Reader({"attributes": attribute}, reader.kind).whole("attributes")
            found.append((number, Reader(group, f"the attributes of {reader.kind}").text(attribute).strip()))
    return tuple(found)


def _main_image(reader: Reader) -> int:
    image = reader.row.get("main_image")
    return Reader(image, reader.kind).id("gfx_id") if isinstance(image, dict) else 0


@dataclass(frozen=True, slots=True)
class Picture:
    """A row of `product-images`. `file` is its name in the shop's public folder."""

    id: int
    product_id: int
    file: str
    order: int
    hidden: bool
    main: bool

    @classmethod
    def read(cls, row: Row) -> Picture:
        reader = Reader(row, f"picture {row.get('gfx_id', '?')}")
        # `extension` was missing in 2020, when every picture was a JPEG.
        name = f"{reader.text('unic_name').strip() or reader.id('gfx_id')}.{reader.text('extension').strip() or 'jpg'}"
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,200}", name):
            raise Unreadable("unic_name", name, reader.kind, "which is no file's name")
        return cls(
            id=reader.id("gfx_id"),
            product_id=reader.id("product_id"),
            file=name,
            order=reader.whole("order"),
            hidden=reader.flag("hidden"),
            main=reader.flag("main"),
        )
