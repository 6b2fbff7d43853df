"""Which shop this is, in a person's words, and how many products lie in each category."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from gateway_importer.catalog import CategoryId
from gateway_importer.source import ShopProfile

from magento_importer.client import Client
from magento_importer.conditions import Conditions
from magento_importer.lists import Filter
from magento_importer.wire import ENABLED, VISIBLE

PROVEN = (
    "proven against recorded answers of a running Magento Open Source 2.4.7 and its product pages, with catalogue "
    "prices that include VAT; 2.3, other 2.4 versions, Adobe Commerce and shops without the inventory modules by the "
    "documents and Magento's source alone"
)
COUNTED_AT_ONCE = 4
STOCK_ITEMS_A_CALL = 100  # at first


def shop_profile(conditions: Conditions, rows: int) -> ShopProfile:
    """The profile; its key is the host and folder of the store view's own address, which stays when https comes."""
    return ShopProfile(
        key=conditions.key,
        name=conditions.name,
        version=conditions.version,
        language=conditions.locale,
        languages=conditions.locales,
        currency=conditions.currency,
        timezone=conditions.timezone.key,
        products=rows,
        url=conditions.link,
        shop=conditions.shop,
        proven=PROVEN,
        # A variant that is a product besides is there twice under its one id.
        unique_variants=not conditions.both,
        facts=(*conditions.facts, *_stock_items(conditions, rows)),
        warnings=(*conditions.warnings, *(problem.text for problem in conditions.problems)),
        questions=conditions.questions,
    )


def _stock_items(conditions: Conditions, rows: int) -> tuple[tuple[str, str], ...]:
    """What stock costs in a shop without the inventory modules."""
    if conditions.inventory:
        return ()
    return (("Stock items", f"all {rows} are read at the beginning, some {-(-rows // STOCK_ITEMS_A_CALL)} calls"),)


async def category_counts(client: Client, conditions: Conditions) -> Mapping[CategoryId, int]:
    """How many products with pages, switched on, lie in each category: one light question a category."""
    gate = asyncio.Semaphore(COUNTED_AT_ONCE)

    async def counted(category: CategoryId) -> tuple[CategoryId, int]:
        filters = [
            Filter("category_id", "eq", str(category)),
            Filter("status", "eq", str(ENABLED)),
            Filter("visibility", "in", VISIBLE),
            Filter("website_id", "eq", str(conditions.website)),
        ]
        async with gate:
            page = await client.search(conditions.products, filters, limit=1, fields="items[id],total_count")
        return category, page.total

    found = await asyncio.gather(*(counted(one.id) for one in conditions.categories))
    return {category: count for category, count in found if count > 0}
