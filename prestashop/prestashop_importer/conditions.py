"""Under which conditions a shop sells: its languages, currency, taxes, stock and price settings.

Values only; `survey` reads them. Every value of PrestaShop's `configurations` has a default, which is what a
fresh installation holds (``install/data/xml/configuration.xml``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway_importer.catalog import Vat, VatRate
from gateway_importer.errors import InputError, ShopUnusable
from gateway_importer.source import OpenQuestion

from prestashop_importer.answers import Row
from prestashop_importer.prices import Guest
from prestashop_importer.tables import Language
from prestashop_importer.vat import Taxes, VatUnknown, vat_of
from prestashop_importer.wire import Reader, Texts, VirtualPrices

CONFIGURATION = {
    "PS_LANG_DEFAULT": "",
    "PS_CURRENCY_DEFAULT": "",
    "PS_COUNTRY_DEFAULT": "",
    "PS_TIMEZONE": "Europe/Warsaw",
    "PS_TAX": "1",
    "PS_CATALOG_MODE": "0",
    "PS_UNIDENTIFIED_GROUP": "1",
    "PS_PRICE_ROUND_MODE": "2",
    "PS_SPECIFIC_PRICE_PRIORITIES": "id_group;id_currency;id_country;id_shop",
    "PS_ECOTAX_TAX_RULES_GROUP_ID": "0",
    "PS_ORDER_OUT_OF_STOCK": "0",
    "PS_STOCK_MANAGEMENT": "1",
    "PS_PACK_STOCK_TYPE": "0",
    "PS_WEIGHT_UNIT": "kg",
}

KILOGRAMS = {
    "kg": Decimal(1), "g": Decimal("0.001"), "gr": Decimal("0.001"), "dag": Decimal("0.01"), "dkg": Decimal("0.01"),
    "mg": Decimal("0.000001"), "t": Decimal(1000), "lb": Decimal("0.45359237"), "lbs": Decimal("0.45359237"),
    "oz": Decimal("0.028349523125"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that keeps the shop from being imported, and what to do about it. `wrong_setting`: the shop is well,
    and the operator asked for something that it does not have."""

    subject: str
    text: str
    cure: str
    wrong_setting: bool = False


@dataclass(frozen=True, slots=True)
class Conditions:
    """How this shop sells to a guest. `language_order` are language ids, the chosen one first, then the shop's
    default. `tax_on` False: VAT is switched off, and `stated_prices` (``gross`` or ``net``) says what prices
    are. `hidden_prices` says why no price is shown (``""``: they are). `backorders`: the shop's default for
    orders beyond stock. `weight_factor` turns a weight into kg, None where the unit is unknown. `shop` is the
    chosen shop's id of a multistore (``""`` otherwise), `shop_id` the number of the only or chosen one (0
    where it cannot be told). `formula` says whether everything that the price formula needs could be read.
    """

    base: str
    languages: tuple[Language, ...]
    language: str
    language_order: tuple[int, ...]
    currency: str
    timezone: ZoneInfo
    guest: Guest
    taxes: Taxes
    ecotax_vat: Decimal = Decimal(0)
    tax_on: bool = True
    stated_prices: str | None = None
    hidden_prices: str = ""
    stock_counted: bool = True
    stock_readable: bool = True
    backorders: bool = False
    pack_stock_type: int = 0
    weight_factor: Decimal | None = Decimal(1)
    shop: str = ""
    shop_id: int = 0
    formula: bool = True
    warnings: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    questions: tuple[OpenQuestion, ...] = ()
    facts: tuple[tuple[str, str], ...] = field(default=())

    def text(self, texts: Texts) -> str:
        return texts.in_order(self.language_order)

    def at(self, now: datetime | None) -> Conditions:
        """The same at a moment (aware; None: the present)."""
        moment = (now or datetime.now(UTC)).astimezone(self.timezone).replace(tzinfo=None)
        return replace(self, guest=replace(self.guest, now=moment))

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
            raise ShopUnusable(
                " ".join(problem.text for problem in self.problems), " ".join(problem.cure for problem in self.problems)
            )
        if self.questions:
            raise ShopUnusable(
                " ".join(question.question for question in self.questions),
                "Answer by the setting "
                + ", ".join(
                    f"{question.setting} ({' or '.join(choice for choice, _ in question.choices)})"
                    for question in self.questions
                )
                + ".",
            )


def configuration(rows: Sequence[Row], shop: int, group: int) -> dict[str, str]:
    """The settings that count for a shop: its own, else its group's, else everybody's, else the default."""
    found: dict[str, tuple[int, str]] = {}
    for row in rows:
        reader = Reader(row, "configuration")
        row_shop, row_group = reader.whole("id_shop"), reader.whole("id_shop_group")
        if row_shop not in {0, shop} or (not row_shop and row_group not in {0, group}):
            continue
        rank = 2 if row_shop else 1 if row_group else 0
        name = reader.text("name")
        if rank >= found.get(name, (-1, ""))[0]:
            found[name] = (rank, reader.text("value").strip())
    return {name: found.get(name, (0, ""))[1] or default for name, default in CONFIGURATION.items()}


def chosen_language(
    languages: Sequence[Language], wanted: str | None, default_id: int
) -> tuple[Language | None, tuple[int, ...]]:
    """The language of texts, and the order in which others stand in for it. None: it is not in the shop."""
    default = next((one for one in languages if one.id == default_id), languages[0] if languages else None)
    chosen = default
    if wanted is not None:
        key = wanted.strip().lower().replace("_", "-")
        chosen = next((one for one in languages if key in {one.iso_code, one.locale, one.name.lower()}), None)
    order = [one.id for one in (chosen, default, *languages) if one is not None]
    return chosen, tuple(dict.fromkeys(order))


def timezone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def ecotax_vat(group: int, taxes: Taxes) -> Decimal:
    """The VAT on ecotax in percent, 0 where it has no tax rule or none that can be read."""
    try:
        vat: Vat = vat_of(group, taxes, VirtualPrices())
    except VatUnknown:
        return Decimal(0)
    return vat.percent if isinstance(vat, VatRate) else Decimal(0)


def whole(settings: Mapping[str, str], name: str) -> int:
    """A numeric setting; what is no number counts as the default of a fresh installation."""
    text = settings[name]
    if text.isdecimal():
        return int(text)
    return int(CONFIGURATION[name] or 0)
