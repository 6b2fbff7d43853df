"""The two ends for the benchmark, each a process of its own: as lean as Python allows, so that they are not what is
measured. The strict sandbox judges the importer elsewhere; here only times, limits and counts matter.

``python -m bench.servers gateway PORT`` and ``python -m bench.servers shop PORT``; settings by POST /set.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid
from collections import Counter, deque
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from aiohttp import web

PAGE = 50  # products a page of the shop
SPACE = uuid.UUID("5b6f0cf2-9a43-4f7e-8a68-0c4f0f3f5c11")


class Limiter:
    """How many requests a second are allowed: ``bucket`` (a token bucket that holds a second's worth), ``window`` (a
    sliding window of a second), or nothing."""

    def __init__(self) -> None:
        self.kind = ""
        self.rate = 0.0
        self.tells = False  # whether a refusal names a time
        self._tokens = 0.0
        self._at = 0.0
        self._window: deque[float] = deque()

    def set(self, kind: str, rate: float, tells: bool) -> None:
        fresh = kind != self.kind
        self.kind, self.rate, self.tells = kind, rate, tells
        if fresh:
            self._tokens, self._at = rate, time.monotonic()

    def refuses(self) -> bool:
        now = time.monotonic()
        if self.kind == "bucket":
            self._tokens = min(self.rate, self._tokens + (now - self._at) * self.rate)
            self._at = now
            if self._tokens < 1:
                return True
            self._tokens -= 1
        elif self.kind == "window":
            while self._window and self._window[0] <= now - 1:
                self._window.popleft()
            if len(self._window) >= self.rate:
                return True
            self._window.append(now)
        return False


class End:
    """What both ends share: settings, counts, and how busy the process was."""

    def __init__(self) -> None:
        self.settings: dict[str, Any] = {}
        self.counts: Counter[str] = Counter()
        self.first: dict[str, float] = {}
        self.last: dict[str, float] = {}
        self.bytes_in = 0
        self.limiter = Limiter()
        self.accepted: deque[float] = deque()
        self.rejected: deque[float] = deque()
        self._busy = time.process_time()
        self._since = time.monotonic()

    async def set(self, request: web.Request) -> web.Response:
        self.settings |= await request.json()
        limit = self.settings.get("limit")
        if limit is not None:
            self.limiter.set(limit["kind"], limit["rate"], limit.get("tells", False))
        return web.json_response({})

    async def stats(self, request: web.Request) -> web.Response:
        """Counts since the last reset. `busy` is the share of one processor that this process used."""
        now = time.monotonic()
        told = {
            "counts": dict(self.counts),
            "first": self.first,
            "last": self.last,
            "bytes_in": self.bytes_in,
            "busy": (time.process_time() - self._busy) / max(0.001, now - self._since),
            "accepted": [round(one - self._since, 3) for one in self.accepted],
            "rejected": [round(one - self._since, 3) for one in self.rejected],
        }
        if "reset" in request.query:
            self.counts.clear()
            self.first, self.last, self.bytes_in = {}, {}, 0
            self.accepted.clear()
            self.rejected.clear()
            self._busy, self._since = time.process_time(), now
        return web.json_response(told)

    def note(self, kind: str) -> None:
        now = time.monotonic()
        self.counts[kind] += 1
        self.first.setdefault(kind, now)
        self.last[kind] = now

    async def pause(self, kind: str) -> None:
        seconds = self.settings.get("latency", {}).get(kind)
        if seconds:
            await asyncio.sleep(seconds)
        self.last[kind] = time.monotonic()

    def refused(self) -> web.Response | None:
        if not self.limiter.kind:
            return None
        if self.limiter.refuses():
            self.rejected.append(time.monotonic())
            headers = {"Retry-After": "1"} if self.limiter.tells else {}
            return web.json_response({"code": 429, "message": "Too many"}, status=429, headers=headers)
        self.accepted.append(time.monotonic())
        return None


class LeanGateway(End):
    """Speaks the routes that an import needs, and keeps of an object what its query must show."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._base = f"http://127.0.0.1:{port}"
        self._objects: dict[str, dict[str, Any]] = {}
        self._order: list[str] = []  # guids, the oldest first
        self._place: dict[str, int] = {}  # in that order
        self._by_sku: dict[str, list[str]] = {}
        self._tags: dict[str, str] = {}
        self._clock = time.time()

    def app(self) -> web.Application:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/set", self.set)
        app.router.add_get("/stats", self.stats)
        app.router.add_post("/dashboard/webshop/{shop}/products", self.create)
        app.router.add_put("/dashboard/webshops/{shop}/products/{guid}/", self.change)
        app.router.add_post("/dashboard/webshop_products/_query", self.query)
        app.router.add_get("/webshops/{shop}/tags/", self.tags)
        app.router.add_post("/webshops/{shop}/tags/", self.make_tag)
        app.router.add_get("/bootstrap", self.bootstrap)
        app.router.add_post("/uploads/", self.form)
        app.router.add_post("/store", self.store)
        return app

    async def set(self, request: web.Request) -> web.Response:
        if (await request.json()).get("forget"):
            for held in (self._objects, self._order, self._place, self._by_sku, self._tags):
                held.clear()
        return await super().set(request)

    async def create(self, request: web.Request) -> web.Response:
        if (refusal := self.refused()) is not None:
            return refusal
        self.note("post")
        body = await request.json()
        await self.pause("post")
        made = []
        for element in body["products"]:
            guid = str(uuid.uuid4())
            self._clock += 0.001
            product = element["product"]
            created = datetime.fromtimestamp(self._clock, UTC).isoformat()
            self._objects[guid] = {
                "guid": guid, "sku": product["sku"], "name": product["name"],
                "archived": element.get("archived", False), "images": product["images"],
                "tag_guids": product["tag_guids"],
                "stock_level": element.get("stock_level"),
                "data": {"import": product["data"].get("import")}, "timestamps": {"created": created},
                "owner_guid": request.match_info["shop"],
            }  # fmt: skip
            self._place[guid] = len(self._order)
            self._order.append(guid)
            self._by_sku.setdefault(product["sku"], []).append(guid)
            made.append({"guid": guid, "sku": product["sku"]})
        return web.json_response({"products": made}, status=201)

    async def change(self, request: web.Request) -> web.Response:
        if (refusal := self.refused()) is not None:
            return refusal
        self.note("put")
        element = await request.json()
        await self.pause("post")
        held = self._objects.get(request.match_info["guid"])
        if held is None:
            return web.json_response({"code": 404, "message": "no such product"}, status=404)
        held |= {name: element[name] for name in ("archived", "stock_level") if name in element}
        product = element.get("product", {})
        held |= {name: product[name] for name in ("name", "sku", "images", "tag_guids") if name in product}
        if "import" in product.get("data", {}):
            held["data"] = {"import": product["data"]["import"]}
        return web.json_response({})

    async def query(self, request: web.Request) -> web.Response:
        self.note("query")
        await self.pause("query")
        dsl = (await request.json())["dsl"]
        match: dict[str, str] = {}
        for one in dsl["query"].get("bool", {}).get("must", []):
            match |= one["match"]
        if "guid" in match:
            found = [match["guid"]] if match["guid"] in self._objects else []
        elif "sku" in match:
            found = self._by_sku.get(match["sku"], [])[::-1]
        else:
            end = len(self._order)
            if "search_after" in dsl:
                end = self._place[dsl["search_after"][1]]
            found = self._order[max(0, end - dsl["size"]) : end][::-1]
            return web.json_response({"products": [self._objects[guid] for guid in found]})
        if "search_after" in dsl:
            found = []
        return web.json_response({"products": [self._objects[guid] for guid in found]})

    async def tags(self, request: web.Request) -> web.Response:
        self.note("tags")
        rows = [{"guid": guid, "name": name, "type": "variant"} for name, guid in self._tags.items()]
        return web.json_response(rows)

    async def make_tag(self, request: web.Request) -> web.Response:
        if (refusal := self.refused()) is not None:
            return refusal
        self.note("tag")
        name = (await request.json())["name"]
        guid = str(uuid.uuid5(SPACE, name))
        if name in self._tags:
            return web.json_response({"code": 409, "message": f"Tag ({guid}) already exists"}, status=409)
        self._tags[name] = guid
        return web.json_response({"guid": guid, "name": name, "type": "variant"}, status=201)

    async def bootstrap(self, request: web.Request) -> web.Response:
        return web.json_response(
            {"tag_hierarchy": [{"name": "Goods", "guid": str(uuid.uuid5(SPACE, "Goods")), "children": []}]}
        )

    async def form(self, request: web.Request) -> web.Response:
        if (refusal := self.refused()) is not None:
            return refusal
        self.note("form")
        await request.read()
        return web.json_response({"url": f"{self._base}/store", "fields": {"key": str(uuid.uuid4())}})

    async def store(self, request: web.Request) -> web.Response:
        self.note("store")
        async for chunk in request.content.iter_chunked(256 * 1024):
            self.bytes_in += len(chunk)
        await self.pause("store")
        return web.Response(status=204)


class LeanShop(End):
    """A shop whose product number n is always the same, but for what /set says: ``products`` how many there are,
    ``variants`` of each, ``text`` bytes of description, ``pictures`` of each kind, ``stock`` {number: level}."""

    def __init__(self) -> None:
        super().__init__()
        self._blob = sha256(b"picture").digest() * (5 * 1024 * 1024 // 32 + 1)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/set", self.set)
        app.router.add_get("/stats", self.stats)
        app.router.add_get("/page/{numbers}", self.page)
        app.router.add_get("/ids", self.ids)
        app.router.add_get("/moving/{first}/{last}", self.moving)
        app.router.add_get("/dated", self.dated)
        app.router.add_get("/picture/{number}/{size}", self.picture)
        return app

    def _product(self, number: int) -> dict[str, Any]:
        settings = self.settings
        words = f"Produkt {number} " + "opis towaru " * (settings.get("text", 200) // 12)
        stock = settings.get("stock", {}).get(str(number), number % 90)
        every, sizes = settings.get("pictures", [0, []])
        shown = (
            [[f"{number}-{place}", size] for place, size in enumerate(sizes)] if every and number % every == 0 else []
        )
        if settings.get("half_more") and number % 2:
            shown.append([f"{number}-more", settings["half_more"]])
        return {
            "id": number, "name": f"Produkt {number}", "text": words, "stock": stock,
            "price": f"{10 + number % 900}.{number % 100:02d}",
            "variants": settings.get("variants", 1), "pictures": shown,
        }  # fmt: skip

    async def page(self, request: web.Request) -> web.Response:
        self.note("page")
        said = request.match_info["numbers"]
        first, to, last = said.partition("-")
        numbers = range(int(first), int(last) + 1) if to else map(int, said.split(","))
        body = json.dumps([self._product(number) for number in numbers]).encode()
        await self.pause("page")
        return web.Response(body=body, content_type="application/json")

    async def ids(self, request: web.Request) -> web.Response:
        self.note("ids")
        return web.json_response(self.settings.get("products", 0))

    async def moving(self, request: web.Request) -> web.Response:
        """A thousand rows of stock: number, variant, level."""
        self.note("moving")
        first, last = (int(request.match_info[name]) for name in ("first", "last"))
        variants = self.settings.get("variants", 1)
        stock = self.settings.get("stock", {})
        rows = [
            [number, variant, stock.get(str(number), number % 90)]
            for number in range(first, min(first + 1000 // variants, last + 1))
            for variant in range(variants)
        ]
        await self.pause("page")
        return web.json_response(rows)

    async def dated(self, request: web.Request) -> web.Response:
        self.note("dated")
        return web.json_response(self.settings.get("dated", []))

    async def picture(self, request: web.Request) -> web.StreamResponse:
        self.note("picture")
        number, size = request.match_info["number"], int(request.match_info["size"])
        await self.pause("picture")
        body = b"\xff\xd8\xff\xe0" + number.encode().ljust(64, b".") + self._blob[: size - 68]
        return web.Response(body=body, content_type="image/jpeg")


def main() -> None:
    kind, port = sys.argv[1], int(sys.argv[2])
    if kind == "magento":
        from bench.magento_shop import MagentoEnd  # it builds on this module

        app = MagentoEnd().app()
    else:
        app = LeanGateway(port).app() if kind == "gateway" else LeanShop().app()
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


if __name__ == "__main__":
    main()
