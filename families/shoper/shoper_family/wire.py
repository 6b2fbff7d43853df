"""What the API says of products and of their stocks, as typed structures, and the one tolerant reader for its scalars.

Names are the vendor's own. Most scalars come as strings (``"199.00"``, ``"0"``), some ids as numbers, empty maps as
``[]`` (developers.shoper.pl; answers of shops of version 5.26).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from shoper_family.answers import Row

UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
LARGEST_AMOUNT = Decimal(10) ** 12
FINEST_PRICE = -4  # the exponent of its last digit: prices have two decimals, and no shop of this kind more than four
PRICES = {"price", "comp_price", "comp_promo_price", "discount"}
DATES = {"edit_date", "date_from", "date_to"}
NO_DATE = ("", "0000-00-00 00:00:00", "0000-00-00")


class Unreadable(ValueError):
    """A field whose value is none of the forms that the API uses, or beyond all reason."""

    def __init__(self, field: str, value: object, kind: str, why: str = "which cannot be read") -> None:
        super().__init__(f"{field} of {kind} is {str(value)[:80]!r}, {why}")
        self.field = field

    @property
    def code(self) -> str:
        """The word by which failures are grouped."""
        if self.field in PRICES:
            return "price_unreadable"
        return "date_unreadable" if self.field in DATES else "value_unreadable"


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one row; every complaint names the row (`kind`, with its id), the field and the value."""

    row: Row
    kind: str

    def id(self, field: str) -> int:
        """An id; 0 where there is none."""
        return self.whole(field)

    def whole(self, field: str, default: int = 0) -> int:
        amount = self.optional_amount(field)
        if amount is None:
            return default
        if amount != amount.to_integral_value():
            self.refuse(field)
        return int(amount)

    def flag(self, field: str, default: bool = False) -> bool:
        value = self.row.get(field)
        return value if isinstance(value, bool) else self.whole(field, int(default)) != 0

    def amount(self, field: str) -> Decimal:
        found = self.optional_amount(field)
        return Decimal(0) if found is None else found

    def optional_amount(self, field: str) -> Decimal | None:
        """A number, exactly as written; None where it is missing or empty."""
        value = self.row.get(field)
        if value is None or value == "":
            return None
        if isinstance(value, bool | list | dict):
            self.refuse(field)  # a price of `true` is no price of 1
        try:
            found = value if isinstance(value, Decimal) else Decimal(str(value).strip())
        except InvalidOperation:
            self.refuse(field)
        if not found.is_finite():
            self.refuse(field)
        if abs(found) >= LARGEST_AMOUNT:
            raise Unreadable(field, value, self.kind, "which is too large to be true")
        return found

    def price(self, field: str) -> Decimal:
        found = self.optional_price(field)
        if found is None:
            self.refuse(field)
        return found

    def optional_price(self, field: str) -> Decimal | None:
        """An amount of money; one with a long tail of decimals is none."""
        found = self.optional_amount(field)
        if found is not None and int(found.as_tuple().exponent) < FINEST_PRICE:
            self.refuse(field)
        return found

    def text(self, field: str) -> str:
        value = self.row.get(field)
        if value is None or isinstance(value, bool):
            return ""
        if isinstance(value, list | dict):
            self.refuse(field)
        return UNPRINTABLE.sub(" ", str(value))

    def local(self, field: str) -> datetime | None:
        """A moment by the shop's own clock (no zone); None where none is set."""
        value = self.text(field).strip()
        if value in NO_DATE:
            return None
        try:
            found = datetime.strptime(value, "%Y-%m-%d %H:%M:%S" if " " in value else "%Y-%m-%d")  # noqa: DTZ007
        except ValueError:
            self.refuse(field)
        return found

    def members(self, field: str) -> list[Any]:
        """A list; none where it is missing."""
        found = self.row.get(field)
        if found is None or found == "":
            return []
        if isinstance(found, dict):
            return list(found.values())
        if not isinstance(found, list):
            self.refuse(field)
        return found

    def mapping(self, field: str) -> dict[str, Any]:
        """An object; none where it is missing, or ``[]``, as PHP says it of an empty one."""
        found = self.row.get(field)
        if found is None or found in ([], ""):
            return {}
        if not isinstance(found, dict):
            self.refuse(field)
        return found

    def ids(self, field: str) -> tuple[int, ...]:
        """A list of ids, each once."""
        here = [Reader({field: one}, self.kind).whole(field) for one in self.members(field)]
        return tuple(one for one in dict.fromkeys(here) if one > 0)

    def refuse(self, field: str) -> NoReturn:
        raise Unreadable(field, self.row.get(field), self.kind)


@dataclass(frozen=True, slots=True)
class Translations:
    """Translated fields: by locale (``pl_PL``) the object of that language."""

    by_locale: Mapping[str, Reader]

    @classmethod
    def read(cls, reader: Reader) -> Translations:
        found = reader.mapping("translations")
        if not all(isinstance(entry, dict) for entry in found.values()):
            reader.refuse("translations")
        return cls({locale: Reader(entry, f"{reader.kind}, {locale}") for locale, entry in found.items()})

    def text(self, field: str, locales: Sequence[str]) -> str:
        """The first text that is not blank: the locales in order, then any other."""
        return next((text for one in self._in_order(locales) if (text := one.text(field)).strip()), "")

    def active(self, locale: str) -> bool:
        """Whether it is shown in that language; where it has none there, whether it is shown in any. What is not said
        is no "no": a product would be archived for it."""
        mine = [self.by_locale[locale]] if locale in self.by_locale else list(self.by_locale.values())
        for entry in mine:
            if entry.row.get("active") in (None, ""):
                entry.refuse("active")
        return any(entry.flag("active") for entry in mine)

    def _in_order(self, locales: Sequence[str]) -> Iterator[Reader]:
        yield from (self.by_locale[locale] for locale in locales if locale in self.by_locale)
        yield from self.by_locale.values()


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
