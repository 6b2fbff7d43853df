"""The Gateway's routes, each as the API's document has it; what the document calls ASSUMED is said at the route."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from . import products
from .answers import Json, Refusal, answer, missing_route, only, read_object
from .catalogue import Catalogue, StoredProduct, StoredTag
from .categories import Marketplace
from .downloads import Downloads
from .pictures import STORE, PictureStore, accepted_filename, accepted_type, address
from .search import SearchIndex
from .settings import SandboxSettings
from .tokens import Tokens

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ShopHandler = Callable[[web.Request, str], Awaitable[web.StreamResponse]]

TAG_TYPES = frozenset({"variant", "tag", "collection"})
"""ASSUMED beside `variant`, the only type whose creation was recorded."""


class GatewayRoutes:
    """Every route of the Gateway that the document names."""

    def __init__(
        self,
        settings: SandboxSettings,
        catalogue: Catalogue,
        index: SearchIndex,
        pictures: PictureStore,
        downloads: Downloads,
        marketplace: Marketplace,
    ) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._index = index
        self._pictures = pictures
        self._downloads = downloads
        self._marketplace = marketplace
        self._tokens = Tokens()

    def routes(self) -> list[web.RouteDef]:
        product = "/dashboard/webshops/{shop}/products/{guid}/"
        tags = "/webshops/{shop}/tags/"
        return [
            web.post("/dashboard/webshop/{shop}/products", self._spelt("webshop")),
            web.post("/dashboard/webshops/{shop}/products", self._spelt("webshops")),
            web.post("/dashboard/webshop_products/_query", self._open(self.query)),
            web.put(product, self._changeable()),
            web.delete(product, self._open(self._deletion("dashboard"))),
            web.delete("/organizations/{shop}/products/{guid}/", self._open(self._deletion("organization"))),
            web.get(tags, self._open(self.list_tags), allow_head=False),
            web.post(tags, self._open(self.create_tag)),
            web.delete(tags + "{guid}/", self._open(self.delete_tag)),
            web.put("/product_tags/{guid}", self._open(self.assign)),
            web.get("/tags/", self._open(self.list_categories), allow_head=False),
            web.get("/bootstrap", self._open(self.bootstrap), allow_head=False),
            web.post("/uploads/", self._open(self.upload_form)),
            web.post("/downloads/", self._open(self.download)),
        ]

    # --- who asks, and whether the route is there ------------------------------------------------------------

    def _open(self, handler: ShopHandler) -> Handler:
        """The route for the shop that the token speaks for, and for no other."""

        async def checked(request: web.Request) -> web.StreamResponse:
            shop = self._tokens.shop(request.headers.get("Authorization"), self._settings.shops)
            if request.match_info.get("shop", shop) != shop:
                raise Refusal(403, "The token does not belong to this shop")
            return await handler(request, shop)

        return checked

    def _spelt(self, spelling: str) -> Handler:
        there = self._open(self.create)

        async def create(request: web.Request) -> web.StreamResponse:
            if self._settings.route not in (spelling, "both"):
                return missing_route(self._settings.missing_route)
            return await there(request)

        return create

    def _changeable(self) -> Handler:
        there = self._open(self.change)

        async def change(request: web.Request) -> web.StreamResponse:
            if self._settings.put_route != "ok":
                return missing_route(self._settings.put_route)
            return await there(request)

        return change

    # --- products --------------------------------------------------------------------------------------------

    async def create(self, request: web.Request, shop: str) -> web.StreamResponse:
        """CONFIRMED; the status and the shape of the answer are ASSUMED."""
        elements = products.read_creation(await read_object(request), self._rules(shop))
        made = [{"guid": row.guid, "sku": row.product["sku"]} for row in self._catalogue.create(shop, elements)]
        shapes: dict[str, Any] = {"guids": {"products": made}, "list": made, "none": {}}
        return answer(shapes[self._settings.response_shape], 201)

    async def change(self, request: web.Request, shop: str) -> web.StreamResponse:
        """ASSUMED, by symmetry with the DELETE."""
        guid = request.match_info["guid"]
        body = await read_object(request)
        # Looked up after the body is here: another change may have come while it was read.
        product = self._catalogue.product(shop, guid)
        changed = self._catalogue.change(product, products.read_change(body, self._rules(shop)))
        if self._settings.response_shape == "none":
            return answer({})
        return answer({"guid": changed.guid, "sku": changed.product["sku"]})

    def _deletion(self, side: str) -> ShopHandler:
        """Two DELETEs are needed, in either order. That each answers 204 is ASSUMED."""

        async def delete(request: web.Request, shop: str) -> web.StreamResponse:
            self._catalogue.delete(self._catalogue.product(shop, request.match_info["guid"]), side)
            return web.Response(status=204)

        return delete

    async def query(self, request: web.Request, shop: str) -> web.StreamResponse:
        """CONFIRMED for the documented body; that it is a whole Elasticsearch query is ASSUMED."""
        body = await read_object(request)
        only(body, frozenset({"dsl"}), "")
        if "dsl" not in body:
            raise Refusal(400, "dsl is missing")
        return answer({"products": [self._product(stored) for stored in self._index.search(body["dsl"])]})

    def _product(self, stored: StoredProduct) -> Json:
        tags = []
        for guid in stored.product["tag_guids"]:
            if tag := self._catalogue.tag(guid):
                tags.append({"guid": guid, "name": tag.name, "type": tag.type})
            elif category := self._marketplace.by_guid.get(guid):
                tags.append({"guid": guid, "name": category.name, "type": "category"})
        return products.as_answer(stored, tags, drop_marks=self._settings.drop_marks)

    def _rules(self, shop: str) -> products.Rules:
        def own(guid: str) -> StoredTag | None:
            tag = self._catalogue.tag(guid)
            return tag if tag is not None and tag.shop == shop else None

        def is_variant_tag(guid: str) -> bool:
            tag = own(guid)
            return tag is not None and tag.type == "variant"

        return products.Rules(
            amount_decimals=self._settings.amount_decimals,
            trim=self._settings.trim,
            tag_exists=lambda guid: own(guid) is not None or guid in self._marketplace.by_guid,
            is_variant_tag=is_variant_tag,
        )

    # --- tags ------------------------------------------------------------------------------------------------

    async def list_tags(self, request: web.Request, shop: str) -> web.StreamResponse:
        return answer([self._catalogue.as_answer(tag) for tag in self._catalogue.tags(shop)])

    async def create_tag(self, request: web.Request, shop: str) -> web.StreamResponse:
        body = await read_object(request)
        only(body, frozenset({"name", "type"}), "")
        name, kind = body.get("name"), body.get("type")
        if not isinstance(name, str) or not name.strip():
            raise Refusal(400, "name must be a text and not empty")
        if not isinstance(kind, str) or kind not in TAG_TYPES:
            raise Refusal(400, f"type must be one of {', '.join(sorted(TAG_TYPES))}")
        return answer(self._catalogue.as_answer(self._catalogue.create_tag(shop, name, kind)), 201)

    async def delete_tag(self, request: web.Request, shop: str) -> web.StreamResponse:
        """CONFIRMED; its status is ASSUMED."""
        guid = request.match_info["guid"]
        tag = self._catalogue.tag(guid)
        if tag is None or tag.shop != shop:
            raise Refusal(404, f"The tag {guid} does not exist in shop {shop}")
        self._catalogue.delete_tag(tag)
        return web.Response(status=204)

    async def assign(self, request: web.Request, shop: str) -> web.StreamResponse:
        """CONFIRMED; the answer is ASSUMED."""
        guid = request.match_info["guid"]
        body = await read_object(request)
        only(body, frozenset({"add", "delete"}), "")
        if not body:
            raise Refusal(400, "add or delete is missing")
        lists: dict[str, list[str]] = {"add": [], "delete": []}
        for name, value in body.items():
            if not isinstance(value, list) or not all(isinstance(member, str) for member in value):
                raise Refusal(400, f"{name} must be a list of product guids")
            lists[name] = value
        if both := sorted(set(lists["add"]) & set(lists["delete"])):
            raise Refusal(400, f"{', '.join(both)} cannot be added and deleted at once")
        tag = self._catalogue.tag(guid)
        if not (tag is not None and tag.shop == shop) and guid not in self._marketplace.by_guid:
            raise Refusal(404, f"The tag {guid} does not exist in shop {shop}")
        self._catalogue.assign(guid, shop, add=lists["add"], delete=lists["delete"])
        return answer({"guid": guid, "product_guids": self._catalogue.members(guid, shop)})

    # --- categories ------------------------------------------------------------------------------------------

    async def list_categories(self, request: web.Request, shop: str) -> web.StreamResponse:
        """CONFIRMED for `type=category`; other types are refused, as nothing is known of them."""
        if dict(request.query) != {"type": "category"}:
            raise Refusal(400, "type=category is the only query that is known")
        found = self._marketplace.by_guid.values()
        return answer([{"guid": node.guid, "name": node.name, "type": "category"} for node in found])

    async def bootstrap(self, request: web.Request, shop: str) -> web.StreamResponse:
        if not self._settings.bootstrap_tree:
            return answer({})
        return answer({"tag_hierarchy": [root.as_tree() for root in self._marketplace.roots]})

    # --- pictures --------------------------------------------------------------------------------------------

    async def upload_form(self, request: web.Request, shop: str) -> web.StreamResponse:
        body = await read_object(request)
        only(body, frozenset({"filename", "content_type"}), "")
        filename, kind = accepted_filename(body.get("filename")), accepted_type(body.get("content_type"))
        return answer({"url": self._store(request), "fields": self._pictures.form(shop, filename, kind)})

    async def download(self, request: web.Request, shop: str) -> web.StreamResponse:
        body = await read_object(request)
        only(body, frozenset({"url"}), "")
        record = await self._downloads.fetch(shop, body.get("url"))
        return answer({"url": address(self._store(request), record.key)})

    def _store(self, request: web.Request) -> str:
        """The store's address as the client reaches this server, so that it works through a forwarded port."""
        base = self._settings.public_url or f"{request.scheme}://{request.host}"
        return base.rstrip("/") + STORE
