"""Reads once what all products of a store view share. What the integration may not read costs what it is for."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from decimal import Decimal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from gateway_importer.settings import Values

from magento_importer.choosing import (
    BRANDS,
    GTINS,
    ChosenView,
    categories_below,
    chosen_attribute,
)
from magento_importer.client import Client
from magento_importer.conditions import KILOGRAMS, Conditions, Problem
from magento_importer.lists import Filter
from magento_importer.price_basis import GROSS, PriceBasis
from magento_importer.refusals import NoSuchRoute, NotAllowed, PageFault
from magento_importer.rights import CATEGORIES, GROUPS, RIGHTS
from magento_importer.settings import (
    MAGENTO_BRAND,
    MAGENTO_COUNTRY,
    MAGENTO_GTIN,
    MAGENTO_PRICES,
    MAGENTO_STORE,
    MAGENTO_VISIBLE_VARIANTS,
    MAGENTO_WEIGHT_UNIT,
)
from magento_importer.store_views import StoreViews
from magento_importer.tables import (
    CUSTOMER,
    Attribute,
    CategoryRow,
    Config,
    TaxClass,
    TaxRate,
    TaxRule,
    readable,
)
from magento_importer.vat import Taxes

DEFAULT_ZONE = "Europe/Warsaw"
INVENTORY_MODULE = "Magento_InventoryExportStockApi"
COMMERCE_MODULES = ("Magento_Enterprise", "Magento_CatalogStaging", "Magento_SharedCatalog")
VISITORS = 0  # the customer group of whoever is not signed in


class Survey:
    """Reads the conditions of one shop. Raises `PageFault` where the shop cannot answer."""

    def __init__(self, client: Client, values: Values) -> None:
        self._client = client
        self._values = values
        self._warnings: list[str] = []
        self._problems: list[Problem] = []

    async def conditions(self) -> Conditions:
        self._warnings, self._problems = [], []
        views = await StoreViews.read(self._client)
        chosen = views.chosen(self._values)
        if views.several and self._values.get(MAGENTO_STORE) is None:
            self._warnings.append(
                f"The shop has several websites: store view {chosen.view.code} is imported, MAGENTO_STORE chooses "
                "another. Products of other websites are skipped."
            )
        taxes, attributes, rows = await asyncio.gather(
            self._taxes(), self._attributes(chosen), self._categories(chosen)
        )
        version, modules, websites = await asyncio.gather(
            self._version(), self._modules(), views.described(self._client)
        )
        zone = _zone(chosen.config.timezone)
        if zone is None:
            self._warnings.append(f"The shop's time zone {chosen.config.timezone} is unknown here: Warsaw is taken.")
        gtin, wrong_gtin = chosen_attribute(attributes, self._values.get(MAGENTO_GTIN), GTINS, MAGENTO_GTIN.name)
        brand, wrong_brand = chosen_attribute(attributes, self._values.get(MAGENTO_BRAND), BRANDS, MAGENTO_BRAND.name)
        self._problems += [one for one in (wrong_gtin, wrong_brand) if one is not None]
        categories, depths = categories_below(rows, chosen.group.root_category_id)
        inventory = INVENTORY_MODULE in modules or not modules
        commerce = any(one.startswith(COMMERCE_MODULES) for one in modules)
        self._warn_of_edition(version, commerce=commerce, inventory=inventory)
        found = Conditions(
            key=_key(chosen.config.base),
            name=f"{chosen.website.name}, {chosen.view.name}",
            version=version + (" (Adobe Commerce)" if commerce else ""),
            view=chosen.view.code,
            store=chosen.view.id,
            website=chosen.website.id,
            website_code=chosen.website.code,
            locale=chosen.config.locale,
            locales=chosen.locales,
            shop=chosen.shop,
            currency=chosen.config.base_currency,
            timezone=zone or ZoneInfo(DEFAULT_ZONE),
            base=chosen.config.base,
            link=chosen.config.link,
            media=chosen.config.media,
            taxes=taxes,
            attributes=attributes,
            gtin=gtin,
            brand=brand,
            weight_factor=self._weights(chosen.config),
            categories=categories,
            placed=frozenset(int(one.id) for one in categories),
            depths=depths,
            inventory=inventory,
            both=self._values[MAGENTO_VISIBLE_VARIANTS] == "both",
            facts=(
                ("Store view", f"{chosen.view.code} of website {chosen.website.code}"),
                ("Websites", websites),
                ("GTIN, brand", f"attributes {gtin or 'none'}, {brand or 'none'}"),
            ),
        )
        return await self._with_prices(found)

    # --- what the store view has -------------------------------------------------------------------------

    async def _version(self) -> str:
        return f"Magento {await self._client.connection.version()}".strip()

    async def _modules(self) -> frozenset[str]:
        """The names of all modules; none where the shop does not tell them."""
        try:
            # The page size is asked for and not obeyed: all names come at once.
            found = await self._client.document("modules", [("searchCriteria[pageSize]", "1")])
        except (NotAllowed, NoSuchRoute, PageFault):
            return frozenset()
        return frozenset(str(one) for one in found) if isinstance(found, list) else frozenset()

    async def _taxes(self) -> Taxes:
        try:
            rules, rates, mine = await asyncio.gather(
                self._client.table("taxRules/search", "id", sort="tax_calculation_rule_id"),
                self._client.table("taxRates/search", "id", sort="tax_calculation_rate_id"),
                self._visitors_class(),
            )
        except NotAllowed as problem:
            raise await self._client.refused(problem) from problem
        country = self._values[MAGENTO_COUNTRY]
        taxes = Taxes(tuple(readable(rules, TaxRule.read)), tuple(readable(rates, TaxRate.read)), mine, country)
        if not any(rate.country == country and rate.everywhere for rate in taxes.rates):
            self._problems.append(
                Problem(
                    "VAT",
                    f"The shop has no tax rate for {country}: the VAT of no product can be told.",
                    "See Stores > Tax Zones and Rates, or name the shop's own country by MAGENTO_COUNTRY.",
                )
            )
        return taxes

    async def _visitors_class(self) -> int:
        """The tax class of whoever is not signed in; else the first class of customers."""
        try:
            groups = await self._client.table("customerGroups/search", "id")
        except (NotAllowed, NoSuchRoute):
            groups = []
        for row in groups:
            if row.get("id") == VISITORS and isinstance(row.get("tax_class_id"), int):
                return int(row["tax_class_id"])
        classes = readable(await self._client.table("taxClasses/search", "class_id"), TaxClass.read)
        usual = sorted(one.id for one in classes if one.kind == CUSTOMER)
        if len(usual) > 1:
            self._warnings.append(
                f"The integration may not read customer groups, and there are {len(usual)} customer tax classes: a "
                f"visitor is taken to be of the first one ({usual[0]}). Tick '{RIGHTS[GROUPS].box}' ({GROUPS})."
            )
        return usual[0] if usual else 0

    async def _attributes(self, chosen: ChosenView) -> dict[str, Attribute]:
        own = [Filter("is_user_defined", "eq", "1")]
        try:
            rows = await self._client.table("products/attributes", "attribute_id", filters=own, view=chosen.view.code)
        except NotAllowed as problem:
            raise await self._client.refused(problem) from problem
        found = readable(rows, lambda row: Attribute.read(row, chosen.view.id))
        return {one.code: one for one in found}

    async def _categories(self, chosen: ChosenView) -> list[CategoryRow]:
        try:
            rows = await self._client.table("categories/list", "id", sort="entity_id", view=chosen.view.code)
        except NotAllowed:
            self._warnings.append(
                f"The integration may not read categories ('{RIGHTS[CATEGORIES].box}', {CATEGORIES}): "
                f"{RIGHTS[CATEGORIES].cost}."
            )
            return []
        return readable(rows, CategoryRow.read)

    def _weights(self, config: Config) -> Decimal | None:
        stated = self._values[MAGENTO_WEIGHT_UNIT]
        if stated != "shop":
            return KILOGRAMS[stated]
        factor = KILOGRAMS.get(config.weight_unit)
        if factor is None:
            self._warnings.append(
                f"The shop's unit of weight '{config.weight_unit}' is unknown here: weights are left out."
            )
        elif factor != 1 and config.locale.startswith("pl"):
            self._warnings.append(
                "The shop weighs in pounds, as every new Magento does until somebody changes it: weights are "
                "converted. If the merchant writes kilograms all the same, set MAGENTO_WEIGHT_UNIT=kg."
            )
        return factor

    def _warn_of_edition(self, version: str, *, commerce: bool, inventory: bool) -> None:
        if commerce:
            self._warnings.append(
                "This is Adobe Commerce, which was never recorded: shared catalogues and content that is planned ahead "
                "are not looked at. Compare the first products with the shop's pages."
            )
        if not re.match(r"Magento 2\.4\b|Magento$", version):
            self._warnings.append(
                f"{version} is served by the documents alone; 2.4.7 was recorded. Compare the first products with the "
                "shop's pages."
            )
        if not inventory:
            self._warnings.append(
                f"The inventory modules are not in this shop, or not whole ({INVENTORY_MODULE} is missing): stock "
                "comes from the older stock items, which know of no open orders and of one warehouse only. They are "
                "read whole at the beginning of a run, one call for each page of products. No such shop was recorded."
            )

    # --- prices with or without VAT ----------------------------------------------------------------------

    async def _with_prices(self, found: Conditions) -> Conditions:
        """Whether prices include VAT: as somebody said, else as what visitors are shown tells, else open."""
        stated = self._values.get(MAGENTO_PRICES)
        basis = PriceBasis() if stated or self._problems else await PriceBasis.read(self._client, found)
        includes = basis.includes(found) if stated is None else stated == GROSS
        open_question = includes is None and not self._problems
        questions = (basis.question(found),) if open_question else ()
        how = "as the shop's own figures show" if stated is None else "as MAGENTO_PRICES says"
        word = "not told" if includes is None else f"{'with' if includes else 'without'} VAT, {how}"
        return replace(
            found,
            includes=includes,
            count=basis.count,
            warnings=(*self._warnings, *basis.warnings),
            problems=tuple(self._problems),
            questions=questions,
            facts=(*found.facts, ("Catalogue prices", word)),
        )


def _key(base: str) -> str:
    parts = urlsplit(base)
    return (parts.netloc + parts.path).lower().rstrip("/")


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return None
