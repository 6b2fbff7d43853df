"""Which store view is imported, and which of the shop's attributes and categories it has: pure functions over the
tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway_importer.catalog import Category, CategoryId

from magento_importer.conditions import Problem
from magento_importer.tables import Attribute, CategoryRow, Config, Group, View, Website

ADMIN = 0  # the id of the admin's own website, store and view
GTINS = ("ean", "ean13", "gtin", "gtin13", "barcode", "upc")
BRANDS = ("manufacturer", "brand", "marka", "producent")
CATALOGUES = 2  # the root of all, and the root of one catalogue: neither is a category of the shop


@dataclass(frozen=True, slots=True)
class Stores:
    """The tables of websites, stores and views."""

    websites: Sequence[Website]
    groups: Sequence[Group]
    views: Sequence[View]
    configs: Mapping[int, Config]

    @property
    def active(self) -> list[View]:
        return [one for one in self.views if one.active and one.id != ADMIN]

    def default_view(self) -> View | None:
        """The default view of the first website's default store; its first active view where that is switched off.
        Which website is the default one is not told: the first one is, unless somebody changed it."""
        groups = {one.id: one for one in self.groups}
        for website in sorted(self.websites, key=lambda one: one.id):
            mine = [one for one in self.active if one.website_id == website.id]
            if website.id == ADMIN or not mine:
                continue
            group = groups.get(website.default_group_id)
            default = group.default_store_id if group is not None else 0
            return next((one for one in mine if one.id == default), min(mine, key=lambda one: one.id))
        return None

    def locale(self, view: View) -> str:
        config = self.configs.get(view.id)
        return config.locale if config is not None else ""


@dataclass(frozen=True, slots=True)
class ChosenView:
    """`shop` names it among others with another website or other goods, ``""`` where there is one website."""

    view: View
    website: Website
    group: Group
    config: Config
    shop: str
    locales: tuple[str, ...]


def chosen_view(stores: Stores, code: str | None, language: str | None) -> ChosenView | Problem:
    """The view of that code; else the default one, or the one of its website in that language."""
    known = ", ".join(f"{one.code} ({one.name}, {stores.locale(one)})" for one in stores.active)
    if code is not None:
        view = next((one for one in stores.active if one.code == code), None)
        if view is None:
            return Problem(
                "store view",
                f"There is no active store view '{code}'; there are: {known}.",
                "Correct MAGENTO_STORE.",
                True,
            )
    else:
        view = stores.default_view()
        if view is None:
            text = "The shop shows no active store view."
            return Problem("store view", text, "See Stores > All Stores in the admin.")
    if language is not None and not _speaks(stores.locale(view), language):
        mine = [one for one in stores.active if one.website_id == view.website_id]
        other = [one for one in mine if _speaks(stores.locale(one), language)]
        if code is not None or not other:
            have = ", ".join(f"{stores.locale(one)} ({one.code})" for one in mine)
            text = f"Store view {view.code} is not in language '{language}'; its website has: {have}."
            return Problem("language", text, "Choose one of them (LANGUAGE), or its store view (MAGENTO_STORE).", True)
        group_id = view.group_id
        view = min(other, key=lambda one: (one.group_id != group_id, one.id))
    website = next((one for one in stores.websites if one.id == view.website_id), None)
    group = next((one for one in stores.groups if one.id == view.group_id), None)
    config = stores.configs.get(view.id)
    if website is None or group is None or config is None or not config.base_currency or config.media == "/":
        text = f"The shop does not tell the website and the settings of store view {view.code}."
        return Problem(
            "store view", text, "Run the command again; if it stays so, tell us the version that `check` shows."
        )
    views = [one for one in stores.active if one.website_id == website.id]
    several = len({one.website_id for one in stores.active}) > 1
    twins = [one for one in views if stores.locale(one) == config.locale]
    shop = f"{website.code}/{view.code}" if len(twins) > 1 else website.code if several else ""
    locales = tuple(dict.fromkeys(stores.locale(one) for one in views))
    return ChosenView(view, website, group, config, shop, locales)


def _speaks(locale: str, language: str) -> bool:
    """``pl`` and ``pl_PL`` are spoken by a view of locale ``pl_PL``."""
    mine, wanted = locale.lower(), language.strip().lower().replace("-", "_")
    return mine == wanted or mine.partition("_")[0] == wanted


def chosen_attribute(
    attributes: Mapping[str, Attribute], wanted: str | None, usual: Sequence[str], setting: str
) -> tuple[str, Problem | None]:
    """The code of the attribute that is named, else the first of the usual ones that the shop has; ``""`` for none."""
    if wanted is None:
        return next((code for code in usual if code in attributes), ""), None
    if wanted in attributes:
        return wanted, None
    text = f"The shop has no attribute '{wanted}' of its own; it has: {', '.join(sorted(attributes)) or 'none'}."
    return "", Problem("attributes", text, f"Correct {setting}.", True)


def categories_below(rows: Sequence[CategoryRow], root: int) -> tuple[tuple[Category, ...], dict[int, int]]:
    """The categories of the store's catalogue, parents before children, in the shop's order; and the depth of each
    that is active and lies in no inactive one."""
    by_id = {one.id: one for one in rows}
    mine = [one for one in rows if root in one.path and len(one.path) > CATALOGUES and one.id != root]
    found: list[Category] = []
    depths: dict[int, int] = {}
    for row in sorted(mine, key=lambda one: (len(one.path), one.position, one.id)):
        above = row.path[row.path.index(root) + 1 :]
        names = tuple(by_id[one].name if one in by_id else f"#{one}" for one in above)
        parent = CategoryId(str(row.path[-2])) if row.path[-2] != root else CategoryId(str(root))
        active = all(by_id[one].active for one in above if one in by_id)
        found.append(Category(CategoryId(str(row.id)), parent, row.name, names, active))
        if active:
            depths[row.id] = len(above)
    if root in by_id:
        found.insert(0, Category(CategoryId(str(root)), None, by_id[root].name, ()))
    return tuple(found), depths


def main_category(ids: Sequence[int], depths: Mapping[int, int]) -> int | None:
    """The deepest active one, of equally deep ones the lowest id: the shop has no main category of its own."""
    known = [one for one in ids if one in depths]
    return min(known, key=lambda one: (-depths[one], one), default=None)
