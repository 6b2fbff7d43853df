"""The simulated shop refuses what a real one would pass over: a misspelt filter must not give back the catalogue."""

from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from goods import Item, Tables
from shop import SEARCH, Shop


async def asked(shop: Shop, params: Any, *, version: str = "6", key: str | None = None) -> tuple[int, Any]:
    headers = {"X-API-KEY": shop.key if key is None else key}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{shop.url}/api/admin/v{version}/{SEARCH}", json=params, headers=headers) as answer,
    ):
        return answer.status, await (answer.json() if answer.content_type == "application/json" else answer.text())


def shop() -> Shop:
    return Shop(Tables({1: Item(1, {"pol": "Kubek"}, Decimal(1))}))


@pytest.mark.parametrize(
    "params",
    [
        {"returnProduct": "active"},
        {"returnElements": ["lang_data", "prices"]},
        {"returnElements": "lang_data"},
        {"resultsLimit": 0},
        {"resultsLimit": 101},
        {"resultsLimit": "100"},
        {"resultsPage": -1},
        {"skipDefaultProduct": True},
        {"showPromotionsPrices": "yes"},
        {"alwaysReturnProductShopSizesAttributes": "y"},
        {"productParams": [{"productID": 1}]},
        {"productParams": []},
        {"productVersionId": "1"},
        {"ordersBy": [{"elementName": "productId", "sortDirection": "ASC"}]},
        {"searchByShops": {"shopsIds": [1]}},
    ],
)
async def test_an_unknown_field_element_or_value_is_refused(params: dict[str, Any]) -> None:
    async with shop() as here:
        assert (await asked(here, {"params": params}))[0] == 422


async def test_a_body_without_params_is_refused_and_empty_params_are_a_fault() -> None:
    async with shop() as here:
        assert (await asked(here, {"resultsPage": 0}))[0] == 422
        assert (await asked(here, {"params": {}}))[1]["errors"]["faultCode"] == 3


async def test_a_field_that_was_not_asked_for_is_absent() -> None:
    async with shop() as here:
        _, found = await asked(here, {"params": {"returnElements": ["code"], "skipDefaultProduct": "y"}})
        assert found["results"] == [{"productId": 1, "productDisplayedCode": ""}]


async def test_the_pseudo_product_comes_unless_it_is_left_out_and_pages_begin_at_0() -> None:
    async with shop() as here:
        _, found = await asked(here, {"params": {"returnElements": ["code"]}})
        assert [row["productId"] for row in found["results"]] == [0, 1]
        status, found = await asked(here, {"params": {"resultsPage": 1, "skipDefaultProduct": "y"}})
        assert (status, found["errors"]["faultCode"]) == (207, 2)


async def test_another_key_another_version_and_another_method_are_refused() -> None:
    async with shop() as here:
        assert (await asked(here, {"params": {"resultsPage": 0}}, key="x"))[0] == 401
        assert (await asked(here, {"params": {"resultsPage": 0}}, version="5"))[0] == 404
        async with (
            aiohttp.ClientSession(headers={"X-API-KEY": here.key}) as session,
            session.get(f"{here.url}/api/admin/v6/menu/menu?shop_id=1&menu_id=1") as half,
            session.get(f"{here.url}/api/admin/v6/sizes/sizes?page=1") as unknown,
        ):
            assert (half.status, unknown.status) == (422, 422)
