"""A client of the tests' own: it speaks to the sandbox as the API's document says, and shares no code with either side."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
import jwt
from gateway_importer.sandbox import DEMO_SHOP_GUID, DEMO_SIGNING_KEY

OTHER_SHOP = "0b0e6f0e-9d0c-4f5e-8a55-0f8f0d4f7a11"
OTHER_KEY = base64.b64encode(b"another shop's key, forty bytes long....").decode()
JPEG = b"\xff\xd8\xff\xe0" + b"a picture" * 20

Answer = tuple[int, Any]


def token(shop: str = DEMO_SHOP_GUID, key: str = DEMO_SIGNING_KEY, **claims: object) -> str:
    payload: dict[str, object] = {"iss": f"shop:{shop}", "organization_guid": shop, "groups": ["shopkeeper"], **claims}
    return jwt.encode(payload, base64.b64decode(key), algorithm="HS256")


def element(sku: str = "TS-1", *, tags: list[str] | None = None, **product: Any) -> dict[str, Any]:
    """One element of the confirmed body; `product` replaces fields of its inner part."""
    inner = {
        "name": "T-shirt",
        "desc": "<p>long</p>",
        "brief": "short",
        "sku": sku,
        "base_price_type": "retail",
        "base_price": {"currency": "zł", "vat_percent": 0, "amount": 81.3},
        "cost_price": {"currency": "zł", "vat_percent": 0, "amount": 0},
        "vat": "VAT23",
        "images": [],
        "tag_guids": tags or [],
        "data": {"variants": {"size": "M"}},
    }
    return {"archived": False, "for_sale": True, "stock_level": 7, "product": copy.deepcopy({**inner, **product})}


class Visitor:
    """One shop's client."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, shop: str = DEMO_SHOP_GUID, authorization: str = ""
    ) -> None:
        self._session = session
        self.url = url
        self.shop = shop
        self.authorization = authorization or f"Bearer {token()}"

    async def ask(self, method: str, path: str, body: object = None, *, text: str | None = None) -> Answer:
        """Status and decoded answer; `text` is sent as JSON as it stands."""
        headers = {"Authorization": self.authorization}
        data = text if text is not None else None if body is None else json.dumps(body)
        if data is not None:
            headers["Content-Type"] = "application/json"
        async with self._session.request(
            method, self.url + path, data=None if data is None else data.encode(), headers=headers
        ) as answer:
            raw = await answer.text()
            return answer.status, json.loads(raw) if raw and "json" in answer.content_type else raw

    async def create(self, *elements: object, route: str = "webshop") -> Answer:
        return await self.ask("POST", f"/dashboard/{route}/{self.shop}/products", {"products": list(elements)})

    async def made(self, *elements: object) -> list[str]:
        status, answer = await self.create(*elements)
        assert status == 201, answer
        return [row["guid"] for row in answer["products"]]

    async def change(self, guid: str, body: object) -> Answer:
        return await self.ask("PUT", f"/dashboard/webshops/{self.shop}/products/{guid}/", body)

    async def tag(self, name: str, kind: str = "variant") -> str:
        status, answer = await self.ask("POST", f"/webshops/{self.shop}/tags/", {"name": name, "type": kind})
        assert status == 201, answer
        return str(answer["guid"])

    async def query(self, *must: object, **dsl: Any) -> Answer:
        clauses = [{"match": {"owner_guid": self.shop}}, *must]
        body = {"size": 100, "query": {"bool": {"must": clauses}}, **dsl}
        return await self.ask("POST", "/dashboard/webshop_products/_query", {"dsl": body})

    async def found(self, *must: object, **dsl: Any) -> list[str]:
        status, answer = await self.query(*must, **dsl)
        assert status == 200, answer
        return [row["sku"] for row in answer["products"]]

    async def form(self, filename: str = "a.jpg", content_type: str = "image/jpeg") -> tuple[str, dict[str, str]]:
        status, answer = await self.ask("POST", "/uploads/", {"filename": filename, "content_type": content_type})
        assert status == 200, answer
        return answer["url"], answer["fields"]

    async def upload(self, url: str, fields: Mapping[str, str], data: bytes = JPEG) -> tuple[int, str]:
        """The fields in their order, and the file last."""
        return await self.send(url, [*fields.items(), ("file", data)])

    async def send(
        self, url: str, parts: Sequence[tuple[str, str | bytes]], *, chunked: bool = False
    ) -> tuple[int, str]:
        form = aiohttp.FormData(default_to_multipart=True)
        for name, value in parts:
            if name == "file":
                form.add_field(name, value, filename="x", content_type="application/octet-stream")
            else:
                form.add_field(name, value)
        body = form()
        if chunked:
            async with self._session.post(url, data=body, chunked=True) as answer:
                return answer.status, await answer.text()
        async with self._session.post(url, data=body) as answer:
            return answer.status, await answer.text()
