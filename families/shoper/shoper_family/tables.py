"""The small tables that products refer to, as typed structures (developers.shoper.pl)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from shoper_family.answers import Row
from shoper_family.reader import Reader, Translations, Unreadable

NO_VAT = "0%"  # name and class of the only row of value 0 that means VAT of 0 %
Entry = TypeVar("Entry")


def readable(rows: Iterable[Row], read: Callable[[Row], Entry]) -> list[Entry]:
    """The rows that can be read; what refers to another one misses it, and says so."""
    found: list[Entry] = []
    for row in rows:
        try:
            found.append(read(row))
        except Unreadable:
            continue
    return found


@dataclass(frozen=True, slots=True)
class Tax:
    """A row of the shop's VAT. Three rows have the value 0 in a new shop: ``0%``, ``zw.`` (exempt), ``np.`` (not
    subject); only the first one is a rate of 0."""

    id: int
    value: Decimal
    name: str
    of_class: str

    @property
    def exempt(self) -> bool:
        return self.value == 0 and not self.name == self.of_class == NO_VAT

    @classmethod
    def read(cls, row: Row) -> Tax:
        reader = Reader(row, f"tax {row.get('tax_id', '?')}")
        value = reader.optional_amount("value")
        if value is None:
            reader.refuse("value")
        return cls(reader.id("tax_id"), value, reader.text("name").strip(), reader.text("class").strip())


@dataclass(frozen=True, slots=True)
class Availability:
    id: int
    can_buy: bool
    names: tuple[str, ...]

    @classmethod
    def read(cls, row: Row) -> Availability:
        reader = Reader(row, f"availability {row.get('availability_id', '?')}")
        names = tuple(entry.text("name").strip() for entry in Translations.read(reader).by_locale.values())
        return cls(reader.id("availability_id"), reader.flag("can_buy"), names)


@dataclass(frozen=True, slots=True)
class Currency:
    id: int
    name: str

    @classmethod
    def read(cls, row: Row) -> Currency:
        reader = Reader(row, f"currency {row.get('currency_id', '?')}")
        return cls(reader.id("currency_id"), reader.text("name").strip().upper())


@dataclass(frozen=True, slots=True)
class Language:
    locale: str
    active: bool

    @classmethod
    def read(cls, row: Row) -> Language:
        reader = Reader(row, f"language {row.get('lang_id', '?')}")
        return cls(reader.text("locale").strip(), reader.flag("active", True))


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """`items` is how many products the shop counts in it."""

    id: int
    name: str
    order: int
    active: bool
    items: int

    @classmethod
    def read(cls, row: Row, locales: tuple[str, ...], default: str) -> CategoryRow:
        reader = Reader(row, f"category {row.get('category_id', '?')}")
        translated = Translations.read(reader)
        return cls(
            id=reader.id("category_id"),
            name=translated.text("name", locales).strip(),
            order=reader.whole("order"),
            active=translated.active(default),
            items=max((entry.whole("items") for entry in translated.by_locale.values()), default=0),
        )


@dataclass(frozen=True, slots=True)
class Option:
    id: int
    group_id: int
    order: int
    kind: str
    required: bool
    stocked: bool
    names: Translations

    @classmethod
    def read(cls, row: Row) -> Option:
        reader = Reader(row, f"option {row.get('option_id', '?')}")
        return cls(
            id=reader.id("option_id"),
            group_id=reader.id("group_id"),
            order=reader.whole("order"),
            kind=reader.text("type").strip(),
            required=reader.flag("required"),
            stocked=reader.flag("stock", True),
            names=Translations.read(reader).readable("name"),
        )


@dataclass(frozen=True, slots=True)
class OptionValue:
    """`priced`: choosing it changes the price."""

    id: int
    option_id: int
    order: int
    priced: bool
    names: Translations

    @classmethod
    def read(cls, row: Row) -> OptionValue:
        reader = Reader(row, f"option value {row.get('ovalue_id', '?')}")
        return cls(
            id=reader.id("ovalue_id"),
            option_id=reader.id("option_id"),
            order=reader.whole("order"),
            priced=reader.whole("change_price_type") != 0,
            names=Translations.read(reader).readable("value"),
        )


@dataclass(frozen=True, slots=True)
class Producer:
    id: int
    name: str

    @classmethod
    def read(cls, row: Row) -> Producer:
        reader = Reader(row, f"producer {row.get('producer_id', '?')}")
        return cls(reader.id("producer_id"), reader.text("name").strip())


@dataclass(frozen=True, slots=True)
class Attribute:
    """`kind`: 0 text, 1 a tick, 2 chosen from a list."""

    id: int
    name: str
    order: int
    kind: int
    active: bool

    @classmethod
    def read(cls, row: Row) -> Attribute:
        reader = Reader(row, f"attribute {row.get('attribute_id', '?')}")
        return cls(
            id=reader.id("attribute_id"),
            name=reader.text("name").strip(),
            order=reader.whole("order"),
            kind=reader.whole("type"),
            active=reader.flag("active", True),
        )
