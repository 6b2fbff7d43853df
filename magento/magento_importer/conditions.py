"""What is the same for all products of a store view: where it is, VAT, attributes, categories, how stock is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from gateway_importer.catalog import Category
from gateway_importer.errors import InputError, ShopUnusable
from gateway_importer.source import OpenQuestion

from magento_importer.lists import List
from magento_importer.tables import Attribute
from magento_importer.vat import Taxes

KILOGRAMS = {"kgs": Decimal(1), "kg": Decimal(1), "lbs": Decimal("0.45359237")}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that must be decided before an import. `wrong_setting`: a setting names what the shop has not."""

    subject: str
    text: str
    cure: str
    wrong_setting: bool = False


@dataclass(frozen=True, slots=True)
class Conditions:
    """`view` is the store view's code, `store` its id. `now` is the moment of the run by the shop's own clock (no
    zone). `includes` says whether the catalogue's prices include VAT, None while that is open. `count` is how many
    products have pages, None where that was not told by the way. `inventory`: the inventory modules are
    there. `gtin` and `brand` are codes of attributes, ``""`` for none. `both`: variants with pages of their own are
    products too."""

    key: str
    name: str
    version: str
    view: str
    store: int
    website: int
    website_code: str
    locale: str
    locales: tuple[str, ...]
    shop: str
    currency: str
    timezone: ZoneInfo
    base: str
    link: str
    media: str
    now: datetime = datetime.min  # by the shop's own clock
    taxes: Taxes = field(default_factory=Taxes)
    includes: bool | None = None
    count: int | None = None
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    gtin: str = ""
    brand: str = ""
    weight_factor: Decimal | None = Decimal(1)
    categories: tuple[Category, ...] = ()
    placed: frozenset[int] = frozenset()  # the ids of the categories
    depths: Mapping[int, int] = field(default_factory=dict)  # of the active ones below the store's root
    inventory: bool = True
    both: bool = False
    facts: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    questions: tuple[OpenQuestion, ...] = ()

    def at(self, moment: datetime | None) -> Conditions:
        """The same at that moment, or now."""
        aware = moment if moment is not None else datetime.now(UTC)
        return replace(self, now=aware.astimezone(self.timezone).replace(tzinfo=None))

    def attribute(self, number: int) -> Attribute | None:
        return next((one for one in self.attributes.values() if one.id == number), None)

    # --- the lists in the scope of this view

    @property
    def products(self) -> List:
        return List("products", self.view)

    @property
    def shown(self) -> List:
        """What a visitor is shown. Asked for without credentials, as a visitor would."""
        extra = (("storeId", str(self.store)), ("currencyCode", self.currency))
        return List("products-render-info", self.view, extra, signed=False, kind="products-render-info")

    @property
    def salable(self) -> List:
        route = f"inventory/export-stock-salable-qty/website/{self.website_code}"
        return List(route, kind="export-stock-salable-qty")

    # --- what is still open

    def require_settings(self) -> None:
        """Raises `InputError` where a setting names what the shop does not have."""
        wrong = [problem for problem in self.problems if problem.wrong_setting]
        if wrong:
            raise InputError(" ".join(one.text for one in wrong), " ".join(one.cure for one in wrong))

    def require(self) -> None:
        """Raises `InputError` as above, and `ShopUnusable` where the shop cannot be imported as things are, or a
        question is open."""
        self.require_settings()
        if self.problems:
            raise ShopUnusable(" ".join(one.text for one in self.problems), " ".join(one.cure for one in self.problems))
        if self.questions:
            asked = [f"{one.setting} ({' or '.join(choice for choice, _ in one.choices)})" for one in self.questions]
            raise ShopUnusable(
                " ".join(one.question for one in self.questions), f"Answer by the setting {', '.join(asked)}."
            )
