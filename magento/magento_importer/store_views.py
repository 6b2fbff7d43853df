"""Which websites and store views a shop has, and which of them is imported."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from gateway_importer.errors import ImporterError, InputError, ShopUnusable
from gateway_importer.options import LANGUAGE
from gateway_importer.settings import Values

from magento_importer.choosing import ADMIN, ChosenView, Stores, chosen_view
from magento_importer.client import Client
from magento_importer.conditions import Problem
from magento_importer.lists import Filter, List
from magento_importer.refusals import NoSuchRoute, NotAllowed, PageFault, no_api
from magento_importer.settings import MAGENTO_STORE
from magento_importer.tables import Config, Group, View, Website, readable

LISTS = ("store/websites", "store/storeGroups", "store/storeViews", "store/storeConfigs")


class WrongView(Exception):
    """No store view can be chosen, so nothing can be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self._problem = problem

    def error(self) -> ImporterError:
        what = InputError if self._problem.wrong_setting else ShopUnusable
        return what(self._problem.text, self._problem.cure)


@dataclass(frozen=True, slots=True)
class StoreViews:
    """The tables of a shop, and what they say to a person."""

    stores: Stores

    @classmethod
    async def read(cls, client: Client) -> StoreViews:
        try:
            websites, groups, views, configs = await asyncio.gather(*(client.plain(route) for route in LISTS))
        except NotAllowed as problem:
            raise await client.refused(problem) from problem
        except NoSuchRoute as problem:
            raise no_api(client.connection.base) from problem
        except PageFault as fault:
            raise no_api(client.connection.base) if fault.code == "not_there" else fault from fault
        return cls(
            Stores(
                readable(websites, Website.read),
                readable(groups, Group.read),
                readable(views, View.read),
                {one.id: one for one in readable(configs, Config.read)},
            )
        )

    @property
    def several(self) -> bool:
        return len({one.website_id for one in self.stores.active}) > 1

    def chosen(self, values: Values) -> ChosenView:
        """By the settings. Raises `WrongView`."""
        found = chosen_view(self.stores, values.get(MAGENTO_STORE), values.get(LANGUAGE))
        if isinstance(found, Problem):
            raise WrongView(found)
        return found

    async def described(self, client: Client) -> str:
        """Each website with its views, and how many products it has where there are several."""
        parts: list[str] = []
        for website in self.stores.websites:
            mine = [one for one in self.stores.active if one.website_id == website.id]
            if website.id == ADMIN or not mine:
                continue
            views = ", ".join(f"{one.code} ({self.stores.locale(one)})" for one in mine)
            products = await self._products(client, website.id) if self.several else None
            count = "" if products is None else f" with {products} products and variants"
            parts.append(f"{website.code} ({website.name}){count}: store views {views}")
        return "; ".join(parts)

    async def _products(self, client: Client, website: int) -> int | None:
        try:
            return await client.count(List("products"), [Filter("website_id", "eq", str(website))])
        except (NotAllowed, PageFault):
            return None
