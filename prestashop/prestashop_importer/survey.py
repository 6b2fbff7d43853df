"""Reads the conditions under which a shop sells: which tables, in which order, and what is assumed where the
key may not read one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from gateway_importer.options import LANGUAGE
from gateway_importer.settings import Values
from gateway_importer.source import OpenQuestion

from prestashop_importer import conditions as terms
from prestashop_importer.answers import Row
from prestashop_importer.client import Client
from prestashop_importer.conditions import CONFIGURATION, Conditions, Problem
from prestashop_importer.prices import Guest, parse_priorities
from prestashop_importer.refusals import KEY_PAGE
from prestashop_importer.settings import PRESTASHOP_PRICES, PRESTASHOP_SHOP
from prestashop_importer.tables import Group, Language, Shop, readable
from prestashop_importer.taxes import Tax, TaxRule, TaxRuleGroup
from prestashop_importer.vat import Taxes
from prestashop_importer.wire import Reader

POLAND = "PL"

PRICES_QUESTION = OpenQuestion(
    setting=PRESTASHOP_PRICES.name,
    question="VAT is switched off in this shop (PS_TAX=0). Are its prices with or without VAT?",
    choices=(
        ("gross", "the prices are what a customer pays, VAT included"),
        ("net", "VAT by the products' tax rules is added to the prices"),
    ),
    why="A shop with VAT switched off shows one price and says nothing of VAT; a seller who is exempt and one who "
    "sells to businesses look alike.",
)


@dataclass(frozen=True, slots=True)
class _ChosenShop:
    """Which shop is imported. `text` is its id in a multistore, else empty."""

    text: str = ""
    number: int = 0
    group: int = 0
    warnings: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


class Survey:
    """Reads one shop's conditions. `settings` are those of PrestaShop's `configurations` that count."""

    def __init__(self, client: Client, values: Values) -> None:
        self._client = client
        self._values = values
        self._warnings: list[str] = []
        self._problems: list[Problem] = []

    async def conditions(self) -> Conditions:
        """Raises `errors.ImporterError` and `refusals.PageFault` where the shop does not answer; what is wrong
        with its settings is told in the result's `problems` and `questions`."""
        self._warnings, self._problems = [], []
        shop = await self._choose_shop()
        self._client.connection.shop_id = shop.text
        settings, languages, currencies = await asyncio.gather(
            self._configuration(shop), self._rows("languages"), self._rows("currencies")
        )
        language, order = self._language(languages, settings)
        country, taxes = await self._country_and_taxes(settings)
        group = await self._guest_group(settings)
        zone = terms.timezone(settings["PS_TIMEZONE"])
        if zone is None:
            self._warnings.append(f"The shop's time zone {settings['PS_TIMEZONE']} is unknown here: Warsaw is taken.")
        tax_on = settings["PS_TAX"] != "0"
        stated = self._values.get(PRESTASHOP_PRICES)
        unit = settings["PS_WEIGHT_UNIT"]
        factor = terms.KILOGRAMS.get(unit.lower().strip("."))
        if factor is None:
            self._warnings.append(f"The shop's unit of weight '{unit}' is unknown here: weights are left out.")
        access = await self._client.access()
        if not access.may_read("groups"):
            self._warnings.append(
                "The key may not read groups: a reduction that the visitor group gets on every price is not seen."
            )
        if self._client.connection.in_clear:
            self._warnings.append("The shop has no https: the key and the catalogue travel in clear.")
        if not tax_on and not taxes.readable:
            self._problems.append(_no_taxes())
        return Conditions(
            base=self._client.connection.base,
            languages=tuple(sorted(self._languages(languages), key=lambda one: one.id)),
            language=language,
            language_order=order,
            currency=self._currency(currencies, settings),
            timezone=zone or ZoneInfo("Europe/Warsaw"),
            guest=Guest(
                shop=shop.number,
                currency=terms.whole(settings, "PS_CURRENCY_DEFAULT"),
                country=country,
                group=group.id,
                reduction=group.reduction,
                now=datetime.min,
                priorities=parse_priorities(settings["PS_SPECIFIC_PRICE_PRIORITIES"]),
                rounding=terms.whole(settings, "PS_PRICE_ROUND_MODE"),
            ),
            taxes=taxes,
            ecotax_vat=terms.ecotax_vat(terms.whole(settings, "PS_ECOTAX_TAX_RULES_GROUP_ID"), taxes),
            tax_on=tax_on,
            stated_prices=stated,
            hidden_prices=_hidden_prices(settings, group),
            stock_counted=settings["PS_STOCK_MANAGEMENT"] != "0",
            stock_readable=access.may_read("stock_availables"),
            backorders=settings["PS_ORDER_OUT_OF_STOCK"] == "1",
            pack_stock_type=terms.whole(settings, "PS_PACK_STOCK_TYPE"),
            weight_factor=factor,
            shop=shop.text,
            shop_id=shop.number,
            formula=taxes.readable and access.may_read("specific_prices"),
            warnings=(*shop.warnings, *self._warnings),
            problems=(*shop.problems, *self._problems),
            questions=() if tax_on or stated else (PRICES_QUESTION,),
            facts=(("VAT", "on" if tax_on else f"switched off; prices are taken as {stated or 'not yet decided'}"),),
        )

    async def _rows(self, resource: str) -> tuple[Row, ...]:
        """A whole small table; empty where the key may not read it."""
        if not (await self._client.access()).may_read(resource):
            return ()
        return await self._client.table(resource)

    async def _configuration(self, shop: _ChosenShop) -> dict[str, str]:
        if not (await self._client.access()).may_read("configurations"):
            assumed = ", ".join(f"{name}={value}" for name, value in CONFIGURATION.items() if value)
            self._warnings.append(
                f"The key may not read configurations, so the settings of a fresh PrestaShop are assumed: {assumed}. "
                f"Where the shop differs, tick GET for configurations ({KEY_PAGE})."
            )
            return dict(CONFIGURATION)
        found = await self._client.rows(
            "configurations",
            display=("id", "name", "value", "id_shop", "id_shop_group"),
            filters={"name": "[" + "|".join(CONFIGURATION) + "]"},
        )
        return terms.configuration(found.rows, shop.number, shop.group)

    # --- which shop --------------------------------------------------------------------------------------

    async def _choose_shop(self) -> _ChosenShop:
        wanted = self._values.get(PRESTASHOP_SHOP)
        shops = [shop for shop in map(Shop.read, await self._rows("shops")) if shop.active]
        if not shops:
            return _ChosenShop(str(wanted), wanted) if wanted is not None else _ChosenShop()
        names = ", ".join(f"{shop.id} ({shop.name})" for shop in shops)
        if wanted is not None:
            chosen = next((shop for shop in shops if shop.id == wanted), None)
            if chosen is None:
                problem = Problem(
                    "shop",
                    f"There is no active shop {wanted}; there are: {names}.",
                    "Correct PRESTASHOP_SHOP.",
                    wrong_setting=True,
                )
                return _ChosenShop(problems=(problem,))
            return _ChosenShop(str(chosen.id) if len(shops) > 1 else "", chosen.id, chosen.id_shop_group)
        if len(shops) == 1:
            return _ChosenShop("", shops[0].id, shops[0].id_shop_group)
        chosen = await self._shop_of_address(shops)
        text = (
            f"This is a multistore ({names}). The shop of the address is imported: {chosen.id} ({chosen.name}); "
            "PRESTASHOP_SHOP chooses another."
        )
        return _ChosenShop(str(chosen.id), chosen.id, chosen.id_shop_group, warnings=(text,))

    async def _shop_of_address(self, shops: Sequence[Shop]) -> Shop:
        """The shop to whom the address belongs; where the addresses cannot be read or do not tell, the one whose
        name the root page shows, which is that of the address too; else the first."""
        parts = urlsplit(self._client.connection.base)
        path = parts.path.rstrip("/") + "/"
        found = {
            url.whole("id_shop")
            for url in (Reader(row, "shop_url") for row in await self._rows("shop_urls"))
            if url.flag("active", True)
            and parts.netloc.lower() in {url.text("domain").lower(), url.text("domain_ssl").lower()}
            and url.text("physical_uri") + url.text("virtual_uri") == path
        }
        name = (await self._client.access()).shop_name
        matching = [shop for shop in shops if shop.id in found] or [shop for shop in shops if shop.name == name]
        return matching[0] if len(matching) == 1 else min(shops, key=lambda shop: shop.id)

    # --- language, currency, taxes, group ----------------------------------------------------------------

    def _languages(self, rows: Sequence[Row]) -> list[Language]:
        return [language for language in map(Language.read, rows) if language.active]

    def _language(self, rows: Sequence[Row], settings: dict[str, str]) -> tuple[str, tuple[int, ...]]:
        languages = self._languages(rows)
        wanted = self._values.get(LANGUAGE)
        default = terms.whole(settings, "PS_LANG_DEFAULT")
        if not default and wanted is None and len(languages) > 1:
            default = next((one.id for one in languages if one.iso_code == "pl"), languages[0].id)
            self._warnings.append(
                "Which language is the shop's default cannot be read; LANGUAGE chooses one. "
                "Polish is taken if there is."
            )
        chosen, order = terms.chosen_language(languages, wanted, default)
        if chosen is None:
            have = ", ".join(one.iso_code for one in languages) or "none that the key may read"
            self._problems.append(
                Problem(
                    "language",
                    f"The shop has no active language '{wanted or ''}'; it has: {have}.",
                    "Choose one of them (LANGUAGE), or switch the language on in the back office "
                    "(International > Localization > Languages).",
                    wrong_setting=True,
                )
            )
            return wanted or "", order
        return chosen.iso_code, order

    def _currency(self, rows: Sequence[Row], settings: dict[str, str]) -> str:
        readers = [Reader(row, "currency") for row in rows]
        default = terms.whole(settings, "PS_CURRENCY_DEFAULT")
        for reader in readers:
            # The default currency's rate is 1 by definition.
            is_default = reader.whole("id") == default if default else reader.amount("conversion_rate") == 1
            if is_default:
                return reader.text("iso_code").strip().upper()
        self._problems.append(
            Problem(
                "currency",
                "The shop's default currency cannot be told.",
                f"Let the key read currencies and configurations ({KEY_PAGE}).",
            )
        )
        return ""

    async def _country_and_taxes(self, settings: dict[str, str]) -> tuple[int, Taxes]:
        """The country whose VAT and prices are imported: Poland, where the Gateway sells, whatever the shop's default
        country is. The default one only where Poland cannot be found or no tax rule speaks of it; 0 where neither
        can be told."""
        default = terms.whole(settings, "PS_COUNTRY_DEFAULT")
        poland = await self._poland()
        country = poland or default
        taxes = await self._taxes(country)
        if default and poland and default != poland:
            if taxes.readable and not taxes.rules:
                country, taxes = default, await self._taxes(default)
                self._warnings.append(
                    "The shop's default country is not Poland and no tax rule of the shop is for Poland: prices and "
                    "VAT are those of its default country."
                )
            else:
                self._warnings.append(
                    "The shop's default country is not Poland: prices and VAT are imported as for a customer in "
                    "Poland; a visitor who has chosen no country may be shown others."
                )
        return country, taxes

    async def _poland(self) -> int:
        if not (await self._client.access()).may_read("countries"):
            return 0
        found = await self._client.rows("countries", display=("id", "iso_code"), filters={"iso_code": f"[{POLAND}]"})
        return next((Reader(row, "country").whole("id") for row in found.rows), 0)

    async def _taxes(self, country: int) -> Taxes:
        access = await self._client.access()
        if not country or not all(access.may_read(table) for table in ("tax_rules", "taxes", "tax_rule_groups")):
            self._warnings.append(
                "The key may not read tax_rules, taxes, tax_rule_groups and countries: VAT is told from the shop's own "
                "net and gross prices, and prices are not cross-checked."
            )
            return Taxes(readable=False)
        rows = await self._client.table("tax_rules", filters={"id_country": f"[{country}]"})
        rules = readable(rows, TaxRule.read)
        ids = sorted({rule.id_tax for rule in rules if rule.id_tax})
        taxes = readable((await self._client.rows_of("taxes", "id", ids)).rows, Tax.read)
        groups = readable(await self._rows("tax_rule_groups"), TaxRuleGroup.read)
        return Taxes(tuple(rules), {tax.id: tax.rate for tax in taxes}, {group.id: group.active for group in groups})

    async def _guest_group(self, settings: dict[str, str]) -> Group:
        number = terms.whole(settings, "PS_UNIDENTIFIED_GROUP") or 1
        groups = {group.id: group for group in map(Group.read, await self._rows("groups"))}
        return groups.get(number, Group(number, Decimal(0), True))


def _hidden_prices(settings: dict[str, str], group: Group) -> str:
    if settings["PS_CATALOG_MODE"] == "1":
        return "the shop is in catalogue mode"
    return "" if group.show_prices else "visitors are shown no prices"


def _no_taxes() -> Problem:
    return Problem(
        "VAT",
        "VAT is switched off in the shop, and the key may not read its tax rules: there is no VAT rate to be had.",
        f"Let the key read tax_rules, taxes, tax_rule_groups and countries ({KEY_PAGE}).",
    )
