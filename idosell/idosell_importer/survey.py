"""Reads once what all products of a shop share. What the key may not read costs what it is for, no more."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway_importer.catalog import Category
from gateway_importer.options import LANGUAGE
from gateway_importer.settings import Values
from gateway_importer.source import OpenQuestion
from idosell_family.settings import TOGETHER, VERSIONS

from idosell_importer.answers import Row
from idosell_importer.categories import menu_of, tree_of
from idosell_importer.client import Client
from idosell_importer.conditions import Conditions, Problem
from idosell_importer.reader import Reader
from idosell_importer.refusals import NoGate, NotAllowed, WrongQuestion
from idosell_importer.settings import IDOSELL_CATEGORIES, IDOSELL_MENU, IDOSELL_SHOP, IDOSELL_STOCK, MENU
from idosell_importer.wire import Words

POLISH = "pol"
#: What languages are called elsewhere (ISO 639-1), where the shop does not say it.
ISO = {"pl": "pol", "en": "eng", "de": "ger", "cs": "cze", "sk": "slo", "fr": "fre", "it": "ita", "es": "spa"}
COSTS = {
    "system/shopsData": "IDOSELL_SHOP must say which shop it is; its currency, warehouses, and whether stock is kept "
    "at all, are not known",
    "shops/languages": "the shop's languages are not known, and Polish is taken for its own",
    "sizes/sizes": "sizes are called as the panel calls them, in no other language",
    "products/categories": "products come in without categories of the marketplace",
    "menu/menu": "products come in without categories of the marketplace",
    "system/serverLoad": "whether the shop's server is overloaded cannot be seen",
}


@dataclass(frozen=True, slots=True)
class ShopRow:
    number: int
    name: str
    language: str
    currency: str


@dataclass(frozen=True, slots=True)
class Language:
    id: str
    iso: str
    default: bool


class Survey:
    """Reads the conditions of one shop. Raises `PageFault` where the shop cannot answer, `Unreadable` where what it
    says cannot be read, `NotAllowed` where not even products may be read."""

    def __init__(self, client: Client, values: Values) -> None:
        self._client = client
        self._values = values
        self._lacking: dict[str, str] = {}  # gate to what is so

    async def conditions(self) -> Conditions:
        data, languages_read, sizes = await asyncio.gather(
            self._optional("system/shopsData"), self._optional("shops/languages"), self._optional("sizes/sizes")
        )
        base = self._client.connection.base
        shops = shops_of(data)
        shop, problems, questions = self._shop(shops)
        row = next((one for one in shops if one.number == shop), ShopRow(shop, "", "", ""))
        languages = languages_of(languages_read, shop)
        default = next((one.id for one in languages if one.default), row.language or POLISH)
        language, wrong = chosen_language(self._values.get(LANGUAGE), languages, default)
        warehouses, more = self._warehouses(data)
        settings = data.object("panel_settings")
        counted = settings.code("stock_state_config").lower() != "uncontrolled"
        as_menu = self._values[IDOSELL_CATEGORIES] == MENU
        searched = tuple(dict.fromkeys((language, default)))
        categories, counts, lost = await self._categories(shop, searched, as_menu)
        return Conditions(
            base=base,
            name=row.name or urlsplit(base).netloc,
            shop=shop,
            languages=searched,
            offered=tuple(one.id for one in languages) or (default,),
            currency=row.currency or data.code("panel_basecurrency_id").upper() or "PLN",
            warehouses=warehouses,
            counted=counted,
            menu=self._values[IDOSELL_MENU] if as_menu else 0,
            together=self._values[VERSIONS] == TOGETHER,
            size_names=size_names_of(sizes),
            categories=categories,
            category_counts=counts,
            facts=self._facts(shops, row, counted),
            warnings=tuple(f"{what}: {COSTS[gate]}." for gate, what in sorted(self._lacking.items())),
            problems=(*problems, *wrong, *more, *lost),
            questions=questions,
        )

    async def _optional(self, gate: str, params: Mapping[str, str] | None = None) -> Reader:
        try:
            return Reader(await self._client.table(gate, params), gate)
        except NotAllowed as problem:
            await self._lacks(problem)
            return Reader({}, gate)

    async def _lacks(self, problem: NotAllowed) -> None:
        if isinstance(problem, NoGate) and not self._lacking:
            await self._client.count()  # no API at all is another matter than one gate that is missing
        self._lacking[problem.gate] = problem.what

    def _shop(self, shops: Sequence[ShopRow]) -> tuple[int, tuple[Problem, ...], tuple[OpenQuestion, ...]]:
        """The number of the shop that is imported."""
        wanted = self._values.get(IDOSELL_SHOP)
        there = ", ".join(f"{one.number} ({one.name})" for one in shops)
        if wanted is not None:
            if shops and wanted not in {one.number for one in shops}:
                text = f"The panel has no shop {wanted}."
                return wanted, (Problem("IDOSELL_SHOP", text, f"Set IDOSELL_SHOP to one of: {there}."),), ()
            return wanted, (), ()
        if len(shops) == 1:
            return shops[0].number, (), ()
        if not shops:
            text = "It is not known which shop is meant: system/shopsData (SYSTEM) may not be read, or names none."
            cure = "Let the key read the area SYSTEM, or set IDOSELL_SHOP to its number (1 where there is one)."
            return 1, (Problem("IDOSELL_SHOP", text, cure),), ()
        asked = OpenQuestion(
            setting="IDOSELL_SHOP",
            question="Which shop of this panel is to be imported?",
            choices=tuple((str(one.number), one.name or f"shop {one.number}") for one in shops),
            why="The panel has several, each with prices, texts and products of its own.",
            closed=True,
        )
        return shops[0].number, (), (asked,)

    def _warehouses(self, data: Reader) -> tuple[tuple[int, ...], tuple[Problem, ...]]:
        wanted = self._values[IDOSELL_STOCK]
        there = {row.id("stock_id"): row.text("stock_name").strip() for row in data.rows("stocks")}
        unknown = [one for one in wanted if one not in there]
        if not there or not unknown:
            return wanted, ()
        text = f"IDOSELL_STOCK names warehouse {', '.join(map(str, unknown))}, which this shop does not have."
        cure = f"It has: {', '.join(f'{number} ({name})' for number, name in sorted(there.items()))}."
        return wanted, (Problem("IDOSELL_STOCK", text, cure),)

    async def _categories(
        self, shop: int, languages: tuple[str, ...], as_menu: bool
    ) -> tuple[tuple[Category, ...], Mapping[str, int], tuple[Problem, ...]]:
        if not as_menu:
            try:
                asked = {"languages": ",".join(languages)}
                rows = await self._client.pages("products/categories", "categories", asked)
            except NotAllowed as problem:
                await self._lacks(problem)
                return (), {}, ()
            return *tree_of(rows, languages), ()
        number = self._values[IDOSELL_MENU]
        asked = {"shop_id": str(shop), "menu_id": str(number)}
        read: list[Row] = []
        for language in languages:
            try:
                found = await self._optional("menu/menu", {**asked, "lang_id": language})
            except WrongQuestion as problem:
                text = f"Menu {number} of shop {shop} cannot be read: {problem}."
                cure = "Set IDOSELL_MENU to the number of a menu that the panel shows, or IDOSELL_CATEGORIES=tree."
                return (), {}, (Problem("IDOSELL_MENU", text, cure),)
            read += [row.row for row in found.rows("result")]
        return menu_of(read, languages), {}, ()

    def _facts(self, shops: Sequence[ShopRow], shop: ShopRow, counted: bool) -> tuple[tuple[str, str], ...]:
        wanted = self._values[IDOSELL_STOCK]
        stock = "what can be sold, as the shop reckons it"
        if wanted:
            stock = f"warehouses {', '.join(map(str, wanted))}, less what is reserved there"
        if not counted:
            stock = "the shop keeps none: everything is sold without being counted"
        which = f"{shop.number} ({shop.name})" if shop.name else str(shop.number)
        versions = "each a product of its own"
        if self._values[VERSIONS] == TOGETHER:
            versions = "one product with its colours, each of which the shop counts as a product"
        return (
            ("Shop of the panel", which if len(shops) < 2 else f"{which}, of {len(shops)}"),
            ("Stock", stock),
            ("Versions", versions),
        )


def shops_of(data: Reader) -> tuple[ShopRow, ...]:
    return tuple(
        ShopRow(
            number=row.id("shop_id"),
            name=row.text("shop_name").strip(),
            language=row.code("shop_lang_id_default").lower(),
            currency=row.code("currency_id").upper(),
        )
        for row in data.rows("shops")
    )


def languages_of(read: Reader, shop: int) -> tuple[Language, ...]:
    """Those in which the shop is shown."""
    own = [row for row in read.rows("shops") if row.id("shopId") == shop]
    return tuple(
        Language(row.code("id").lower(), row.code("isoCode").lower(), bool(row.flag("isDefault")))
        for entry in own
        for row in entry.rows("languages")
        if row.flag("enabled") is not False and row.code("id")
    )


def chosen_language(
    wanted: str | None, languages: Sequence[Language], default: str
) -> tuple[str, tuple[Problem, ...]]:
    """The language that LANGUAGE means (``pol``, ``pl``, ``pl_PL``); the shop's own where it is not set."""
    if not wanted:
        return default, ()
    word = wanted.strip().lower().replace("-", "_").split("_")[0]
    if not languages:
        return ISO.get(word, word), ()
    for one in languages:
        if word in {one.id, one.iso.split("-")[0]} or ISO.get(word) == one.id:
            return one.id, ()
    text, cure = f"The shop has no language {wanted}.", f"Choose one of: {', '.join(one.id for one in languages)}."
    return default, (Problem("LANGUAGE", text, cure),)


def size_names_of(read: Reader) -> dict[tuple[str, str], Words]:
    """By group of sizes and size; and by size alone, for a product of which the group is not known."""
    found: dict[tuple[str, str], Words] = {}
    for group in read.rows("size_groups"):
        for size in group.rows("sizes"):
            rows = ((row.code("lang_id").lower(), row.text("name").strip()) for row in size.rows("lang_data"))
            words = {language: name for language, name in rows if name}
            for place in (group.code("group_id"), ""):
                found.setdefault((place, size.code("size_id")), words)
    return found


