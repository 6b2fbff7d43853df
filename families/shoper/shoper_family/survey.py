"""Reads once what all products of a shop share. What the credentials may not read costs what it is for, no more."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from gateway_importer.catalog import Category, CategoryId
from gateway_importer.options import LANGUAGE
from gateway_importer.settings import Values

from shoper_family.answers import Row
from shoper_family.client import Client, unreadable
from shoper_family.conditions import Conditions, Problem
from shoper_family.reader import Reader
from shoper_family.refusals import NotAllowed, PageFault, WrongQuestion, may_not_read
from shoper_family.settings import ShopSettings
from shoper_family.tables import Availability, CategoryRow, Currency, Language, Tax, readable
from shoper_family.walk import table

WEIGHTS = {"KILOGRAM": Decimal(1), "GRAM": Decimal("0.001")}
DEFAULT_ZONE = "Europe/Warsaw"


class Survey:
    """Reads the conditions of one shop. Raises `PageFault` where the shop cannot answer."""

    def __init__(self, client: Client, values: Values, settings: ShopSettings) -> None:
        self._client = client
        self._values = values
        self._settings = settings
        self._lacking: set[str] = set()

    async def conditions(self) -> Conditions:
        await self._client.connection.sign_in()
        config = Reader(await self._config(), "the shop's settings")
        default = config.text("default_language_name").strip() or "pl_PL"
        version, languages_read, taxes_read, currencies_read, availabilities = await asyncio.gather(
            self._version(),
            self._optional("languages", "lang_id"),
            self._needed("taxes", "tax_id"),
            self._optional("currencies", "currency_id"),
            self._availabilities(),
        )
        rows = readable(languages_read, Language.read)
        languages = tuple(one.locale for one in rows if one.active and one.locale) or (default,)
        locale, problems = chosen_locale(self._values.get(LANGUAGE), languages, default)
        taxes = {tax.id: tax for tax in readable(taxes_read, Tax.read)}
        currencies = readable(currencies_read, Currency.read)
        not_counted, more = self._not_counted(availabilities)
        categories, items = await self._categories(tuple(dict.fromkeys((locale, default))), default)
        timezone, warnings = _timezone(config)
        base = self._client.connection.base
        return Conditions(
            base=base,
            public=_address(config.text("shop_url")) or base,
            name=config.text("shop_name").strip() or urlsplit(base).netloc,
            version=version,
            key=_key(config, base),
            locale=locale,
            default=default,
            languages=languages,
            currency=config.text("default_currency_name").strip().upper() or "PLN",
            timezone=timezone,
            now=datetime.now(UTC).astimezone(timezone).replace(tzinfo=None),
            currencies={one.id: one.name for one in currencies},
            foreign_prices=_on(config, "shopping_allow_product_different_currency"),
            taxes=taxes,
            availabilities=availabilities,
            not_counted=not_counted,
            overselling=_on(config, "shopping_allow_overselling"),
            weight_factor=WEIGHTS.get(config.text("locale_default_weight").strip().upper() or "KILOGRAM"),
            hidden_prices=(
                "prices are shown to customers who are signed in only"
                if _on(config, "registration_login_to_see_price")
                else ""
            ),
            categories=categories,
            category_active={int(category.id): category.active for category in categories},
            category_items=items,
            may_not_read=frozenset(self._lacking),
            warnings=(*warnings, *_warnings(config, self._lacking)),
            problems=(*problems, *more),
        )

    async def _config(self) -> Row:
        found = await self._client.document("application-config")
        if not isinstance(found, dict) or not found:
            raise unreadable("application-config", "it holds no settings")
        return found

    async def _version(self) -> str:
        try:
            found = await self._client.document("application-version")
        except (NotAllowed, WrongQuestion, PageFault):
            return ""
        return Reader(found, "the version").text("version") if isinstance(found, dict) else ""

    async def _needed(self, resource: str, key: str) -> list[Row]:
        try:
            return await table(self._client, resource, key)
        except NotAllowed as problem:
            raise may_not_read(problem.resource, self._client.connection.clicks) from problem

    async def _optional(self, resource: str, key: str) -> list[Row]:
        try:
            return await table(self._client, resource, key)
        except NotAllowed:
            self._lacking.add(resource)
            return []

    async def _availabilities(self) -> Mapping[int, Availability] | None:
        rows = await self._optional("availabilities", "availability_id")
        if "availabilities" in self._lacking:
            return None
        return {one.id: one for one in readable(rows, Availability.read)}

    def _not_counted(
        self, availabilities: Mapping[int, Availability] | None
    ) -> tuple[frozenset[int], tuple[Problem, ...]]:
        """The availabilities that the setting names, by name or id."""
        setting = self._settings.not_counted
        found: set[int] = set()
        unknown: list[str] = []
        for word in self._values.get(setting) or ():
            here = [
                one.id
                for one in (availabilities or {}).values()
                if word == str(one.id) or word.casefold() in {name.casefold() for name in one.names}
            ]
            found.update(here)
            if not here:
                unknown.append(word)
        if not unknown:
            return frozenset(found), ()
        have = ", ".join(sorted({name for one in (availabilities or {}).values() for name in one.names if name}))
        text = f"{setting.name} names {', '.join(unknown)}, which is no availability of this shop."
        return frozenset(found), (Problem(setting.name, text, f"The shop has: {have or 'none that may be read'}."),)

    # --- categories -------------------------------------------------------------------------------------------

    async def _categories(
        self, locales: tuple[str, ...], default: str
    ) -> tuple[tuple[Category, ...], Mapping[str, int]]:
        rows = await self._optional("categories", "category_id")
        if "categories" in self._lacking:
            return (), {}
        try:
            tree = await self._client.document("categories-tree")
        except NotAllowed:
            self._lacking.add("categories-tree")
            tree = []
        named = readable(rows, lambda row: CategoryRow.read(row, locales, default))
        return categories_of(named, parents_of(tree)), {str(one.id): one.items for one in named}


def parents_of(tree: Any) -> dict[int, int]:
    """``[{"id": 17, "children": [{"id": 18, "children": []}]}]``: to each category the one above it. What comes twice
    keeps its first place."""
    found: dict[int, int] = {}
    pending: list[tuple[Any, int]] = [(tree, 0)]
    while pending:
        nodes, parent = pending.pop()
        if not isinstance(nodes, list):
            raise unreadable("categories-tree", "it is no tree")
        for node in nodes:
            if not isinstance(node, dict):
                raise unreadable("categories-tree", "it is no tree")
            number = Reader(node, "the tree of categories").id("id")
            if number > 0 and number not in found:
                found[number] = parent
                pending.append((node.get("children") or [], number))
    return found


def categories_of(rows: Sequence[CategoryRow], parents: Mapping[int, int]) -> tuple[Category, ...]:
    """The tree, parents before children, in the shop's order. One that is in the list alone stands at the top; one
    that is in the tree alone has no name and ends the paths below it."""
    by_id = {row.id: row for row in rows}
    lines: dict[int, tuple[CategoryRow, ...]] = {}
    for row in rows:
        line = [row]
        while (above := by_id.get(parents.get(line[0].id, 0))) is not None and above not in line:
            line.insert(0, above)
        lines[row.id] = tuple(line)
    ordered = sorted(rows, key=lambda row: [(step.order, step.id) for step in lines[row.id]])
    return tuple(
        Category(
            id=CategoryId(str(row.id)),
            parent=CategoryId(str(lines[row.id][-2].id)) if len(lines[row.id]) > 1 else None,
            name=row.name,
            path=tuple(step.name for step in lines[row.id]),
            active=all(step.active for step in lines[row.id]),
        )
        for row in ordered
    )


def chosen_locale(wanted: str | None, languages: Sequence[str], default: str) -> tuple[str, tuple[Problem, ...]]:
    """The locale that LANGUAGE means (``pl``, ``pl_PL``, ``pl-PL``); the shop's own where it is not set."""
    if not wanted:
        return default, ()
    word = wanted.replace("-", "_").lower()
    for locale in (default, *languages):
        if word in {locale.lower(), locale.lower().split("_")[0]}:
            return locale, ()
    text = f"The shop has no language {wanted}."
    return default, (Problem("LANGUAGE", text, f"Choose one of: {', '.join(languages)}."),)


def _on(config: Reader, field: str) -> bool:
    """A switch: ``"1"``, ``"0"``, ``""``, null or a real boolean."""
    value = config.row.get(field)
    return value is True or str(value).strip() == "1"


def _timezone(config: Reader) -> tuple[ZoneInfo, tuple[str, ...]]:
    name = config.text("locale_timezone").strip()
    try:
        return ZoneInfo(name or DEFAULT_ZONE), ()
    except (KeyError, ValueError, OSError):
        return ZoneInfo(DEFAULT_ZONE), (f"The shop's time zone '{name[:60]}' is unknown: {DEFAULT_ZONE} is assumed.",)


def _address(value: str) -> str:
    """A shop's address as it stands in its settings, with or without its scheme."""
    address = value.strip().rstrip("/")
    if address and "://" not in address:
        address = f"https://{address}"
    return address if address.startswith(("https://", "http://")) else ""


def _key(config: Reader, base: str) -> str:
    """The host that the shop keeps for good, whichever of its own domains was typed."""
    for address in (_address(config.text("technical_url")), _address(config.text("shop_url")), base):
        try:
            host = urlsplit(address).netloc.lower()
        except ValueError:
            continue
        if host:
            return host
    return base


def _warnings(config: Reader, lacking: set[str]) -> list[str]:
    found: list[str] = []
    if _on(config, "shop_off") or _on(config, "shopping_off"):
        found.append("The shop is closed to customers, or takes no orders, by its own settings.")
    if config.row.get("warehouses_enabled") is True:
        found.append("The shop has several warehouses: a stock is the sum of them.")
    found += [f"The credentials may not read {resource}: {COSTS[resource]}." for resource in sorted(lacking)]
    return found


COSTS = {
    "availabilities": "what cannot be bought now is not known, and everything comes in as for sale",
    "categories": "products come in without categories of the marketplace",
    "categories-tree": "categories are known without the ones above them",
    "languages": "only the shop's own language can be chosen",
    "currencies": "a price in another currency cannot be told, and its product fails",
    "product-images": "products come in without pictures",
    "producers": "brands are left out",
    "attributes": "attributes are left out",
}
