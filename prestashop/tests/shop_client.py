"""Asks the simulated shop, in exactly the words given, and follows nothing."""

import json
from collections.abc import Mapping
from typing import Any

import aiohttp
from shop import PrestaShop
from yarl import URL


async def ask(
    shop: PrestaShop, path: str, auth: str | None = "full", method: str = "GET", **headers: str
) -> tuple[int, Mapping[str, str], bytes]:
    """One request, written exactly as given."""
    key = {"short": "SHORT"}.get(auth or "", shop.keys.get(auth or "", auth)) if auth else None
    async with aiohttp.ClientSession() as session:
        address = URL(f"http://{shop.netloc}{path}", encoded=True)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            sent["Authorization"] = aiohttp.encode_basic_auth(key, "")
        async with session.request(method, address, allow_redirects=False, headers=sent) as answer:
            return answer.status, answer.headers.copy(), await answer.read()


async def get_json(shop: PrestaShop, path: str, **headers: str) -> Any:
    """The JSON of a good answer."""
    status, _, body = await ask(shop, path, **headers)
    assert status == 200, body
    return json.loads(body)
