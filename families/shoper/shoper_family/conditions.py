"""What is the same for all products of a shop: its settings, languages, VAT, availabilities and categories, as read
once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from gateway_importer.catalog import Category
from gateway_importer.errors import ShopUnusable

from shoper_family.reader import Translations
from shoper_family.tables import Availability, Tax


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that must be decided before an import."""

    subject: str
    text: str
    cure: str


@dataclass(frozen=True, slots=True)
class Conditions:
    """`now` is the moment of the run by the shop's own clock (no zone). `locales` are those in which texts are looked
    for, in order; `default` is the shop's own, in which a product must be shown. `availabilities` None: they may not be
    read. `hidden_prices` says why the shop shows no prices to a guest, ``""`` where it does."""

    base: str
    public: str
    name: str
    version: str
    key: str
    locale: str
    default: str
    languages: tuple[str, ...]
    currency: str
    timezone: ZoneInfo
    now: datetime = datetime.min  # by the shop's own clock
    currencies: Mapping[int, str] = field(default_factory=dict)
    foreign_prices: bool = False
    taxes: Mapping[int, Tax] = field(default_factory=dict)
    availabilities: Mapping[int, Availability] | None = None
    not_counted: frozenset[int] = frozenset()
    overselling: bool = False
    weight_factor: Decimal | None = Decimal(1)
    hidden_prices: str = ""
    categories: tuple[Category, ...] = ()
    category_active: Mapping[int, bool] = field(default_factory=dict)
    category_items: Mapping[str, int] = field(default_factory=dict)
    may_not_read: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def locales(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.locale, self.default)))

    def at(self, moment: datetime | None) -> Conditions:
        """The same at that moment, or now."""
        aware = moment if moment is not None else datetime.now(UTC)
        return replace(self, now=aware.astimezone(self.timezone).replace(tzinfo=None))

    def text(self, translations: Translations, field: str) -> str:
        return translations.text(field, self.locales).strip()

    def require(self) -> None:
        """Raises `ShopUnusable` where something must be decided first."""
        if self.problems:
            raise ShopUnusable(
                " ".join(problem.text for problem in self.problems), " ".join(problem.cure for problem in self.problems)
            )
