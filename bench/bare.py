"""The same requests with the same bytes as an import of products with one picture each, by a bare aiohttp loop."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import aiohttp

SHOP_GUID = "6f1c2a58-0d3e-4b7a-9c41-5e8f7a2b9d10"
PAGE = 50
MARK = {str(number): "0" * 16 for number in range(11)}  # as long as the digests of an object's fields


async def drive(shop: str, gateway: str, count: int) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        work: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(100)

        async def read() -> None:
            for first in range(1, count + 1, PAGE):
                async with session.get(f"{shop}/page/{first}-{min(first + PAGE - 1, count)}") as answer:
                    for row in json.loads(await answer.read()):
                        await work.put(row)
            for _ in range(16):
                await work.put(None)

        async def bring() -> None:
            while (row := await work.get()) is not None:
                key, size = row["pictures"][0]
                body = json.dumps({"filename": f"{key}.jpg", "content_type": "image/jpeg"}).encode()
                headers = {"Content-Type": "application/json"}
                async with session.post(f"{gateway}/uploads/", data=body, headers=headers) as answer:
                    form = json.loads(await answer.read())
                async with session.get(f"{shop}/picture/{key}/{size}") as picture:
                    data = aiohttp.FormData()
                    for name, value in form["fields"].items():
                        data.add_field(name, value)
                    data.add_field("file", await picture.read(), filename=f"{key}.jpg", content_type="image/jpeg")
                    async with session.post(form["url"], data=data) as answer:
                        await answer.read()
                product = {
                    "name": row["name"], "desc": f"<p>{row['text']}</p>", "brief": "", "sku": f"B-{row['id']}",
                    "base_price_type": "retail", "base_price": {"currency": "zł", "vat_percent": 0, "amount": 12.34},
                    "cost_price": {"currency": "zł", "vat_percent": 0, "amount": 0}, "vat": "VAT23",
                    "images": [form["url"] + form["fields"]["key"]], "tag_guids": ["5" * 36],
                    "data": {"import": {"family": "bench", "product": str(row["id"]), "fields": MARK}},
                }  # fmt: skip
                element = {"archived": False, "for_sale": True, "stock_level": row["stock"], "product": product}
                body = json.dumps({"products": [element]}, ensure_ascii=False).encode()
                url = f"{gateway}/dashboard/webshop/{SHOP_GUID}/products"
                async with session.post(url, data=body, headers=headers) as answer:
                    await answer.read()

        await asyncio.gather(read(), *(bring() for _ in range(16)))


if __name__ == "__main__":
    asyncio.run(drive(sys.argv[1], sys.argv[2], int(sys.argv[3])))
