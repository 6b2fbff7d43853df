"""Somebody who works at the Gateway by hand, or with a tool of his own, through its API."""

from __future__ import annotations

from typing import Any

import aiohttp
from gateway_importer.gateway.token import shop_token
from gateway_importer.sandbox import DEMO_SHOP_GUID, DEMO_SIGNING_KEY, Sandbox
from gateway_importer.settings import signing_key


class Hand:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._headers = {"Authorization": f"Bearer {shop_token(signing_key(DEMO_SIGNING_KEY), DEMO_SHOP_GUID)}"}

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        async with (
            aiohttp.ClientSession(headers=self._headers) as session,
            session.request(method, self._sandbox.url + path, json=body) as response,
        ):
            assert response.status < 300, await response.text()
            return await response.json() if response.status != 204 else None

    async def make_tag(self, name: str, kind: str = "variant") -> str:
        return str((await self._ask("POST", f"/webshops/{DEMO_SHOP_GUID}/tags/", {"name": name, "type": kind}))["guid"])

    async def delete_tag(self, guid: str) -> None:
        await self._ask("DELETE", f"/webshops/{DEMO_SHOP_GUID}/tags/{guid}/")

    async def hang(self, tag: str, *guids: str) -> None:
        await self._ask("PUT", f"/product_tags/{tag}", {"add": list(guids)})

    async def change(self, guid: str, **changes: Any) -> None:
        """Fields of the element by their names; fields of the product in `product`."""
        await self._ask("PUT", f"/dashboard/webshops/{DEMO_SHOP_GUID}/products/{guid}/", changes)

    async def delete(self, guid: str) -> None:
        for side in ("dashboard/webshops", "organizations"):
            await self._ask("DELETE", f"/{side}/{DEMO_SHOP_GUID}/products/{guid}/")

    async def make(self, name: str, sku: str, *, archived: bool = False) -> str:
        """A product as an older importer made it: no mark."""
        product = {
            "name": name, "desc": "", "brief": "", "sku": sku, "base_price_type": "retail", "vat": "VAT23",
            "base_price": {"currency": "zł", "vat_percent": 0, "amount": 1}, "images": [], "tag_guids": [], "data": {},
            "cost_price": {"currency": "zł", "vat_percent": 0, "amount": 0},
        }  # fmt: skip
        element = {"archived": archived, "for_sale": True, "stock_level": 1, "product": product}
        made = await self._ask("POST", f"/dashboard/webshop/{DEMO_SHOP_GUID}/products", {"products": [element]})
        return str(made["products"][0]["guid"])
