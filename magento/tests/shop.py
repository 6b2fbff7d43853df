"""The simulated Magento shop: its REST API, its pictures and its product pages, as strict as a recorded one.

It shares no code with the importer that is judged by it, and answers 501 to what nobody has seen a real one do.
"""

import asyncio
import inspect
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, unquote

import shop_oauth
from aiohttp import web
from goods import Selling, Stock, Tables, field_of, item, salable, shown_row
from shop_oauth import Door, Integration
from shop_query import PRODUCT_FIELDS, Criteria, Refused, Row, criteria, fielded, matching, narrowed, page_of

PRODUCTS = "Magento_Catalog::products"
STORES = "Magento_Backend::store"
STOCKS = "Magento_InventoryApi::stock"
ITEMS = "Magento_Catalog::catalog_inventory"
STOCK_FIELDS = "Magento_CatalogInventory::cataloginventory"
TAXES = "Magento_Tax::manage_tax"
#: The right that each route needs; "": anybody. Longer beginnings go first.
ROUTES = {
    "products-render-info": "", "products/attributes": "Magento_Catalog::attributes_attributes", "products": PRODUCTS,
    "store/": STORES, "taxClasses/search": TAXES, "taxRules/search": TAXES, "taxRates/search": TAXES,
    "customerGroups/search": "Magento_Customer::group", "categories/list": "Magento_Catalog::categories",
    "inventory/export-stock-salable-qty/": STOCKS, "inventory/dump-stock-index-data/": STOCKS,
    "inventory/stocks": STOCKS, "stockItems/": ITEMS, "modules": "Magento_Backend::any",
    "directory/currency": "",
}  # fmt: skip
STOCKED = ("simple", "virtual", "downloadable")
LISTS = ("products", "products-render-info", "export-stock-salable-qty", "dump-stock-index-data")
PLACEHOLDER = b"\xff\xd8\xff\xe0" + b"placeholder of the shop" * 40 + b"\xff\xd9"
NO_ROUTE = "Request does not match any route."

FaultKind = Literal["status", "api", "html", "empty", "cut", "reset", "nothing"]


@dataclass
class Call:
    """One request as the shop saw it. `resource` is the route's first words ("picture" and "page" besides)."""

    method: str
    path: str
    query: str
    resource: str
    status: int = 0
    at: float = 0.0
    signed: str = ""
    view: str = ""


@dataclass
class Fault:
    """Something that goes wrong for the next `times` requests that match (-1: every one), after `after` others."""

    kind: FaultKind
    status: int = 503
    retry_after: str | None = None
    times: int = 1
    after: int = 0
    matches: Callable[[Call], bool] | None = None
    met: Callable[[], None] | None = None


@dataclass
class ShopSettings:
    """Everything that a test may switch, also while it runs."""

    version: str = "Magento/2.4 (Community)"
    most: int | None = None  # rows a page, by the Web API Limits
    rewrites: bool = True  # /rest works without /index.php
    inventory: bool = True  # the inventory modules are there
    repeats: bool = False  # behind the end of a list its last page comes again
    maintenance: bool = False
    placeholder: bool = True  # in place of missing pictures, with status 200
    redirect: str = ""
    loses_header: bool = False  # something in front of it takes Authorization away
    delay: float = 0.0
    picture_delay: float = 0.0
    slow: float = 0.0  # seconds a product of a list
    memory: int | None = None  # products of a list at which PHP's memory ends
    faults: list[Fault] = field(default_factory=list)
    mutate: Callable[[Call, bytes], bytes] | None = None  # what becomes of a good answer on its way
    door: Door = field(default_factory=Door)
    selling: Selling = field(default_factory=Selling)


Hook = Callable[["MagentoShop", Call], Awaitable[None] | None]


class MagentoShop:
    """A shop on this machine; use it as an asynchronous context manager."""

    def __init__(
        self, tables: Tables, settings: ShopSettings | None = None, *, host: str = "127.0.0.1", port: int = 0,
        hook: Hook | None = None,
    ) -> None:  # fmt: skip
        self.tables = tables
        self.settings = settings or ShopSettings()
        self.hook = hook
        self.importer = Integration(
            "importer", "ck7a1f0e35b2c84d69aa01b2c3d4e5f6", "cs90817263544f5e6d7c8b9a0f1e2d3c",
            "at5566778899aabbccddeeff00112233", "as0f1e2d3c4b5a69788796a5b4c3d2e1",
        )  # fmt: skip
        self.integrations = [self.importer]
        self.calls: list[Call] = []
        self.host = host
        self.port = port
        self._runner: web.AppRunner | None = None

    # --- what tests and demonstrations ask

    @property
    def url(self) -> str:
        return f"http://{'127.0.0.1' if self.host in ('0.0.0.0', '::') else self.host}:{self.port}"

    def asked(self, *resources: str) -> list[Call]:
        return [call for call in self.calls if call.resource in resources]

    # --- life

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()
        self.port = int(self._runner.addresses[0][1])
        for config in self.tables.configs:
            for name in config:
                if name.endswith("_url"):
                    config[name] = self.url + ("/media/" if "media" in name else "/")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    # --- requests

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        raw, _, query = request.raw_path.partition("?")
        call = Call(request.method, unquote(raw), query, "", at=time.monotonic())
        self.calls.append(call)
        rest = raw.removeprefix("/index.php") if raw.startswith("/index.php/rest") else raw
        api = rest.startswith("/rest/") and (self.settings.rewrites or rest != raw)
        call.resource = _resource(rest) if api else "picture" if raw.startswith("/media/") else "page"
        if self.hook is not None:
            waited = self.hook(self, call)
            if inspect.isawaitable(waited):
                await waited
        if self.settings.redirect:
            answer: web.StreamResponse = web.Response(
                status=301, headers={"Location": self.settings.redirect + request.raw_path}
            )
        elif self.settings.maintenance:
            answer = web.Response(
                status=503, content_type="text/html",
                text='<html><head><title>Error 503: Service Unavailable</title><base href="/errors/default/" /></head>'
                "<body>Service Temporarily Unavailable</body></html>",
            )  # fmt: skip
        elif api:
            answer = await self._api(request, call, rest)
        else:
            answer = await self._public(call)
        call.status = answer.status
        return answer

    async def _public(self, call: Call) -> web.StreamResponse:
        if call.path == "/magento_version":
            return web.Response(text=self.settings.version, content_type="text/html")
        if call.resource == "picture":
            await asyncio.sleep(self.settings.picture_delay)
            return self._picture(call.path.removeprefix("/media/catalog/product"))
        page = self._page(call.path)
        if page:
            return web.Response(text=page, content_type="text/html")
        text = "<html><head><title>404</title></head><body>" + "Nie ma takiej strony. " * 40 + "</body></html>"
        return web.Response(status=404, text=text, content_type="text/html")

    def _picture(self, name: str) -> web.StreamResponse:
        how = self.tables.lost.get(name)
        if how == "page":
            return web.Response(text="<html><body>Sklep</body></html>", content_type="text/html")
        body = self.tables.files.get(name)
        if body is not None and how is None:
            kind = "image/png" if body.startswith(b"\x89PNG") else "image/jpeg"
            return web.Response(body=body, content_type=kind, headers={"ETag": f'"{len(body):x}"'})
        if self.settings.placeholder:
            return web.Response(body=PLACEHOLDER, content_type="image/jpeg")
        return web.Response(status=404, text="<html><body>404</body></html>", content_type="text/html")

    def _page(self, path: str) -> str:
        """A product's page, which states price and stock for machines."""
        found = next((one for one in self.tables.products.values() if f"/{_key(one)}.html" == path), None)
        if found is None:
            return ""
        view = self.tables.views[0]
        row = self.tables.row(found["id"], view["code"])
        shown = self._shown_row(row, view)
        price = shown["price_info"]["final_price"]
        told = {
            "@context": "https://schema.org", "@type": "Product", "name": row["name"], "sku": row["sku"],
            "offers": {
                "@type": "Offer", "price": str(price), "priceCurrency": "PLN",
                "availability": "https://schema.org/" + ("InStock" if self._is_indexed(row, "base") else "OutOfStock"),
            },
        }  # fmt: skip
        return f'<html><head><script type="application/ld+json">{json.dumps(told)}</script></head></html>'

    # --- the API

    async def _api(self, request: web.Request, call: Call, path: str) -> web.StreamResponse:
        await asyncio.sleep(self.settings.delay)
        fault = self._fault(call)
        if fault is not None and fault.kind in ("status", "html", "empty", "reset"):
            return await self._damaged(request, fault)
        if "json" not in request.headers.get("Accept", ""):
            return web.Response(status=500, text="<html>There has been an error</html>", content_type="text/html")
        try:
            view, route = _parts(path)
            call.view = view
            if self.tables.view(view) is None:
                raise Refused(400, "Specified request cannot be processed.")
            resource = next((right for start, right in ROUTES.items() if route.startswith(start)), None)
            if resource is None or (route.startswith("inventory/") and not self.settings.inventory):
                raise Refused(404, NO_ROUTE)
            if resource:
                header = "" if self.settings.loses_header else request.headers.get("Authorization", "")
                right = "Magento_Backend::store" if resource == "Magento_Backend::any" else resource
                asking = shop_oauth.who(
                    self.integrations, self.settings.door, request.method, request.host, request.raw_path, header,
                    resource if resource != "Magento_Backend::any" else _any_of(self.importer, right),
                )  # fmt: skip
                call.signed = asking.name
            else:
                asking = self.importer
            if request.method != "GET":
                raise Refused(404, NO_ROUTE)
            if fault is not None and fault.kind == "api":
                raise Refused(fault.status, "Internal Error. Details are available in Magento log file.")
            params = parse_qsl(call.query, keep_blank_values=True)
            found = await self._found(asking, view, route, params)
            if fault is not None and fault.kind == "nothing":
                found = [] if isinstance(found, list) else {"items": [], "search_criteria": {}, "total_count": 0}
        except Refused as refused:
            return _json(refused.body, refused.status)
        body = _dumped(fielded(found, dict(params).get("fields", "")))
        if isinstance(found, dict) and found.get("items") == [] and dict(params).get("fields"):
            body = _dumped({**json.loads(body), "items": None})  # as the recorded shop says an empty list with fields
        if self.settings.mutate is not None:
            body = self.settings.mutate(call, body)
        if fault is not None and fault.kind == "cut":
            return await _cut(request, body)
        return web.Response(body=body, content_type="application/json", headers={"Set-Cookie": "PHPSESSID=x; path=/"})

    async def _found(self, asking: Integration, view: str, route: str, params: Sequence[tuple[str, str]]) -> Any:
        tables = self.tables
        if route == "modules":
            return tables.modules
        if route.startswith("store/"):
            lists = {
                "store/websites": tables.websites, "store/storeGroups": tables.groups, "store/storeViews": tables.views,
                "store/storeConfigs": tables.configs,
            }  # fmt: skip
            if route not in lists:
                raise Refused(404, NO_ROUTE)
            return lists[route]
        if route.startswith("inventory/dump-stock-index-data/website/"):
            return self._dump(route.rsplit("/", 1)[1])
        if route == "stockItems/lowStock/":
            return self._low_stock(dict(params))
        if route == "products/attributes/price":
            return {"attribute_code": "price", "scope": "global"}
        if route.startswith("products/") and route != "products/attributes":
            return self._single(asking, view, unquote(route.removeprefix("products/")))
        wanted = criteria(params, self.settings.most)
        if not wanted.given:
            raise Refused(400, '"%fieldName" is required. Enter and try again.', {"fieldName": "searchCriteria"})
        if route in ("products", "products-render-info") or route.startswith("inventory/export-stock-salable-qty/"):
            return await self._of_products(view, route, params, wanted)
        simple: dict[str, Sequence[Row]] = {
            "taxClasses/search": tables.tax_classes, "taxRules/search": tables.tax_rules,
            "taxRates/search": tables.tax_rates, "customerGroups/search": tables.customer_groups,
            "categories/list": list(tables.category_rows(view)),
            "products/attributes": list(tables.attribute_rows(view)), "inventory/stocks": [{"stock_id": 1}],
        }  # fmt: skip
        if route not in simple:
            raise Refused(404, NO_ROUTE)
        rows = matching(simple[route], wanted, _plain, None)
        return self._answer(rows, wanted)

    def _answer(self, rows: Sequence[Row], wanted: Criteria) -> Row:
        page = page_of(rows, wanted, repeats=self.settings.repeats)
        return {"items": page, "search_criteria": {"page_size": wanted.size}, "total_count": len(rows)}

    # --- products

    async def _of_products(self, view: str, route: str, params: Sequence[tuple[str, str]], wanted: Criteria) -> Row:
        code = view
        given = dict(params)
        if route == "products-render-info":
            lacking = [name for name in ("storeId", "currencyCode") if not given.get(name)]
            if lacking:
                said = '"%fieldName" is required. Enter and try again.'
                errors = [{"message": said, "parameters": {"fieldName": name}} for name in lacking]
                raise Refused(400, "One or more input exceptions have occurred.", errors=errors)
            code = next((one["code"] for one in self.tables.views if str(one["id"]) == given["storeId"]), "")
            if not code:
                raise Refused(400, "The store that was requested wasn't found. Verify the store and try again.")
        rows = [self.tables.row(one, code) for one in narrowed(sorted(self.tables.products), wanted)]
        rows = matching(rows, wanted, field_of(self.tables, code), PRODUCT_FIELDS)
        if route == "products":
            found = self._answer(rows, wanted)
            await self._cost(found["items"])
            return found
        if route == "products-render-info":
            shop = self.tables.view(code)
            assert shop is not None
            seen = [row for row in rows if self._is_shown(row, shop)]
            page = page_of(seen, wanted)
            await self._cost(page)
            return {"items": [self._shown_row(row, shop) for row in page]}
        website = route.rsplit("/", 1)[1]
        if not any(one["code"] == website for one in self.tables.websites):
            raise Refused(404, "No linked stock found")
        page = page_of(rows, wanted)
        await self._cost(page)
        told = [one for row in page if (one := self._exported(row, website)) is not None]
        return {"items": told, "search_criteria": {}, "total_count": len(told)}

    async def _cost(self, rows: Sequence[Row]) -> None:
        if self.settings.slow:
            await asyncio.sleep(self.settings.slow * len(rows))
        if self.tables.broken & {row["id"] for row in rows}:
            raise Refused(500, "Internal Error. Details are available in Magento log file. Report ID: webapi-1")
        if self.settings.memory is not None and len(rows) >= self.settings.memory:
            raise Refused(500, "Internal Error. Details are available in Magento log file. Report ID: webapi-2")

    def _single(self, asking: Integration, view: str, sku: str) -> Row:
        found = next((one for one in self.tables.products.values() if one["sku"].lower() == sku.lower()), None)
        if found is None:
            raise Refused(404, "The product that was requested doesn't exist. Verify the product and try again.")
        row = self.tables.row(found["id"], view)
        if not asking.may(STOCK_FIELDS):
            return row  # without a word
        stock = item(row["id"], self.tables.stock.get(row["sku"], Stock()))
        return {**row, "extension_attributes": {**row["extension_attributes"], "stock_item": stock}}

    def _is_shown(self, row: Row, view: Row) -> bool:
        """What a visitor finds in lists and can buy."""
        recorded = self.tables.shown.get(view["code"])
        if recorded is not None:
            return row["id"] in recorded
        website = next(one["code"] for one in self.tables.websites if one["id"] == view["website_id"])
        return (
            row["status"] == 1
            and row["visibility"] in (2, 4)
            and view["website_id"] in row["extension_attributes"].get("website_ids", [])
            and isinstance(row.get("price", 0), int | Decimal)
            and self._is_indexed(row, website)
        )

    def _shown_row(self, row: Row, view: Row) -> Row:
        url = f"{self.url}/{_key(row)}.html"
        recorded = self.tables.shown.get(view["code"])
        if recorded is not None:
            return {**recorded[row["id"]], "url": url}
        return shown_row(self.tables, row, view, self.settings.selling, url)

    # --- stock

    def _exported(self, row: Row, website: str) -> Row | None:
        recorded = self.tables.exported.get(website)
        if recorded is not None:
            return recorded.get(row["sku"])
        if row["type_id"] not in STOCKED:
            return {"sku": row["sku"], "qty": 0, "is_salable": self._is_indexed(row, website)}
        stock = self.tables.stock.get(row["sku"])
        if stock is None:
            return None
        quantity, can, _, _ = salable(stock)
        return {"sku": row["sku"], "qty": quantity, "is_salable": can}

    def _is_indexed(self, row: Row, website: str) -> bool:
        recorded = self.tables.dumped.get(website)
        if recorded is not None:
            return any(one["sku"] == row["sku"] and one["is_salable"] for one in recorded)
        if row["type_id"] == "configurable":
            links = row["extension_attributes"].get("configurable_product_links", [])
            children = [self.tables.products[one] for one in links if one in self.tables.products]
            return any(self._is_indexed(one, website) for one in children)
        if row["type_id"] not in STOCKED:
            return True
        stock = self.tables.stock.get(row["sku"])
        return stock is not None and salable(stock)[3]

    def _dump(self, website: str) -> list[Row]:
        if not any(one["code"] == website for one in self.tables.websites):
            raise Refused(404, "No linked stock found")
        recorded = self.tables.dumped.get(website)
        if recorded is not None:
            return recorded
        rows = []
        for row in self.tables.products.values():
            stock = self.tables.stock.get(row["sku"])
            quantity = salable(stock)[2] if stock is not None and row["type_id"] in STOCKED else Decimal(0)
            if stock is not None or row["type_id"] not in STOCKED:
                rows.append({"sku": row["sku"], "qty": quantity, "is_salable": self._is_indexed(row, website)})
        return rows

    def _low_stock(self, given: dict[str, str]) -> Row:
        rows = [
            item(row["id"], self.tables.stock.get(row["sku"], Stock()))
            for row in sorted(self.tables.products.values(), key=lambda one: int(one["id"]))
        ]
        below = [row for row in rows if row["qty"] <= Decimal(given["qty"])]
        size, page = int(given["pageSize"]), int(given["currentPage"])
        return {"items": below[(page - 1) * size : page * size], "total_count": len(below), "search_criteria": {}}

    # --- what goes wrong

    def _fault(self, call: Call) -> Fault | None:
        for fault in self.settings.faults:
            if fault.times == 0 or (fault.matches is not None and not fault.matches(call)):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            if fault.times > 0:
                fault.times -= 1
            if fault.met is not None:
                fault.met()
            return fault
        return None

    async def _damaged(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.kind == "reset":
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if fault.kind == "empty":
            return web.Response(body=b"", content_type="application/json")
        headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
        status = 200 if fault.kind == "html" else fault.status
        return web.Response(
            status=status, text="<html><body>Chwilowa przerwa</body></html>", content_type="text/html", headers=headers
        )


def _any_of(importer: Integration, right: str) -> str:
    """A right that this integration has, for a route that every signed caller may use."""
    return right if importer.boxes is None or right in importer.boxes else next(iter(importer.boxes), right)


def _resource(path: str) -> str:
    _, _, route = path.partition("/V1/")
    for long in ("export-stock-salable-qty", "dump-stock-index-data"):
        if long in route:
            return long
    return route.partition("?")[0].split("/")[0] if "attributes" not in route else "attributes"


def _parts(path: str) -> tuple[str, str]:
    """The store view's code and the route behind ``/V1/``."""
    rest = path.removeprefix("/rest/")
    if rest.startswith("V1/"):
        return "default", rest.removeprefix("V1/")
    view, _, behind = rest.partition("/V1/")
    if not behind or "/" in view:
        raise Refused(400, "Specified request cannot be processed.")
    return view, behind


def _plain(row: Row, name: str) -> Any:
    found = row.get(name, row.get({"entity_id": "id"}.get(name, name)))
    return int(found) if isinstance(found, bool) else found


def _key(row: Row) -> str:
    return next((str(one["value"]) for one in row["custom_attributes"] if one["attribute_code"] == "url_key"), "")


def _dumped(document: Any) -> bytes:
    class Exact(json.JSONEncoder):
        def default(self, o: Any) -> Any:
            if isinstance(o, Decimal):
                return int(o) if o == o.to_integral_value() else float(o)
            return super().default(o)

    return json.dumps(document, cls=Exact).encode()


def _json(document: Any, status: int = 200) -> web.Response:
    return web.Response(status=status, body=_dumped(document), content_type="application/json")


async def _cut(request: web.Request, body: bytes) -> web.StreamResponse:
    """Half of what was announced."""
    answer = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
    await answer.prepare(request)
    await answer.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.abort()
    return answer
