"""The simulated IdoSell shop: its Admin API and its public pictures, stricter than the vendor's documents.

It shares no code with the importer that is judged by it, and answers 501 to what nobody has seen a real one do.
"""

import asyncio
import inspect
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, unquote
from zoneinfo import ZoneInfo

from aiohttp import web
from goods import Category, Item, Output, Row, Tables
from shop_query import BLOCKED, EMPTY, Query, Refused, understood

SEARCH = "products/products/search"
PICTURES = "/hpeciai/"
ZONE = ZoneInfo("Europe/Warsaw")
#: Gates by the area of a key's rights to which they belong, and what may stand in their questions.
GATES: dict[str, tuple[str, set[str]]] = {
    SEARCH: ("pim", set()),
    "products/categories": ("pim", {"ids", "languages", "results_page", "results_limit", "return_last_changed_time"}),
    "menu/menu": ("pim", {"shop_id", "menu_id", "lang_id"}),
    "sizes/sizes": ("pim", {"return_last_changed_time"}),
    "system/shopsData": ("system", set()),
    "system/serverTime": ("system", set()),
    "system/serverLoad": ("system", set()),
    "shops/languages": ("system", set()),
}

FaultKind = Literal[
    "status",  # an HTML page with `status`
    "html",  # an HTML page with status 200
    "empty",  # status 200 and not a byte
    "cut",  # half of the announced body, then the connection is closed
    "reset",  # the connection is closed without a word
    "nothing",  # the vendor's own answer of a search that found none
]


@dataclass
class Call:
    """One request as the shop saw it. `gate` is the API's, "picture", "doc" or ""; `asked` the body of a search."""

    method: str
    path: str
    query: str
    gate: str
    status: int = 0
    at: float = 0.0
    asked: Any = None


@dataclass
class Fault:
    """Something that goes wrong for the next `times` searches (-1: every one), after `after` others; `matches` says
    which other requests it hits."""

    kind: FaultKind
    status: int = 503
    retry_after: str | None = None
    times: int = 1
    after: int = 0
    matches: Callable[[Call], bool] = lambda call: call.gate == SEARCH
    met: Callable[[], None] | None = None


@dataclass
class Account:
    """A key. `areas` are those that it may read."""

    key: str
    areas: set[str] = field(default_factory=lambda: {"pim", "system"})
    active: bool = True


@dataclass
class ShopSettings:
    """Everything that a test may switch, also while it runs. The vendor's documents leave open which form is sent."""

    versions: tuple[str, ...] = ("6", "7", "8", "8.1")
    now: datetime | None = None  # the shop's clock; None: the real one
    empty_status: int = 207
    empty_without_results: bool = False
    by_ids: bool = False  # results as an object keyed by id
    php: bool = True  # an empty object is []
    texts_for_numbers: bool = False
    scope_in_header: bool = True
    blocked: bool = False
    overloaded: int = 0  # looks at the server's load that find it overloaded
    missing: set[str] = field(default_factory=set)  # gates that this version does not have
    passes_over: set[str] = field(default_factory=set)  # parameters that the shop does not obey
    described: bool = True  # the shop hands out the description of its API
    obeys_filters: bool = True
    delay: float = 0.0
    faults: list[Fault] = field(default_factory=list)
    item_faults: dict[int, Row] = field(default_factory=dict)  # beside good rows
    redirect: str = ""
    mutate: Callable[[Call, bytes], bytes] | None = None  # what becomes of a good answer on its way


Hook = Callable[["Shop", Call], Awaitable[None] | None]


class Shop:
    """A shop on this machine; use it as an asynchronous context manager."""

    def __init__(
        self, tables: Tables, settings: ShopSettings | None = None, *, host: str = "127.0.0.1", port: int = 0,
        hook: Hook | None = None,
    ) -> None:  # fmt: skip
        self.tables = tables
        self.settings = settings or ShopSettings()
        self.output = Output(tables, lambda: self.url, self._clock)
        self.hook = hook
        self.accounts = {"good": Account("aW1wb3J0ZXI6dGFqbmUtaGFzbG8tMQ==")}
        self.calls: list[Call] = []
        self.host = host
        self.port = port
        self._runner: web.AppRunner | None = None

    # --- what tests and demonstrations ask

    @property
    def url(self) -> str:
        return f"http://{'127.0.0.1' if self.host in ('0.0.0.0', '::') else self.host}:{self.port}"

    @property
    def key(self) -> str:
        return self.accounts["good"].key

    def asked(self, *gates: str) -> list[Call]:
        return [call for call in self.calls if call.gate in gates]

    @property
    def api_calls(self) -> list[Call]:
        """What counts for the month's quota."""
        return [call for call in self.calls if call.gate in GATES]

    def _clock(self) -> datetime:
        return self.settings.now or datetime.now(ZONE).replace(tzinfo=None)

    # --- life

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=10 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()
        self.port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    # --- requests

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        path = unquote(path)
        call = Call(request.method, path, query, self._gate(path), at=time.monotonic())
        self.calls.append(call)
        if self.hook is not None:
            waited = self.hook(self, call)
            if inspect.isawaitable(waited):
                await waited
        if self.settings.redirect:
            call.status = 301
            return web.Response(status=301, headers={"Location": self.settings.redirect + request.raw_path})
        answer = await (self._api(request, call) if call.gate in GATES or call.gate == "doc" else self._public(path))
        call.status = answer.status
        return answer

    def _gate(self, path: str) -> str:
        parts = path.split("/")
        if path.startswith(PICTURES):
            return "picture"
        if parts[1:3] != ["api", "admin"] and parts[1:4] != ["api", "doc", "admin"]:
            return ""
        if parts[2] == "doc":
            return "doc" if parts[4].removeprefix("v") in self.settings.versions and parts[5:] == ["json"] else ""
        known = parts[3].removeprefix("v") in self.settings.versions
        gate = "/".join(parts[4:])
        return gate if known and gate in GATES and gate not in self.settings.missing else ""

    async def _public(self, path: str) -> web.StreamResponse:
        found = self.tables.picture(path.removeprefix(PICTURES)) if path.startswith(PICTURES) else None
        if found is not None and not found.lost:
            return web.Response(body=found.body, content_type="image/png")
        status = 200 if found is not None and found.lost == "page" else 404
        return web.Response(status=status, text="<html><body>Sklep</body></html>", content_type="text/html")

    async def _api(self, request: web.Request, call: Call) -> web.StreamResponse:
        body = await request.read()
        await asyncio.sleep(self.settings.delay)
        fault = self._fault(call)
        if fault is not None and fault.kind not in ("cut", "nothing"):
            return await self._damaged(request, fault)
        try:
            found = self._answer(request, call, body, nothing=fault is not None and fault.kind == "nothing")
        except Refused as refused:
            return self._refusal(refused)
        text = json.dumps(found, ensure_ascii=False, default=_number).encode()
        if self.settings.mutate is not None:
            text = self.settings.mutate(call, text)
        status = 207 if call.gate == SEARCH and "errors" in found else 200
        if fault is not None and fault.kind == "cut":
            return await self._half(request, text)
        return web.Response(status=status, body=text, content_type="application/json")

    def _answer(self, request: web.Request, call: Call, body: bytes, *, nothing: bool) -> Row:
        account = next((one for one in self.accounts.values() if one.key == request.headers.get("X-API-KEY")), None)
        if account is None or not account.active:
            raise Refused(401, "Authorization error")
        if call.gate == "doc":
            return self._description(call)
        area, names = GATES[call.gate]
        if area not in account.areas:
            text = f"Access denied. Scope: {area}, level: r"
            raise Refused(403, text, header=self.settings.scope_in_header)
        if self.settings.blocked:
            raise Refused(200, "Sklep zablokowany", fault=BLOCKED if call.gate == SEARCH else 2)
        if call.gate == SEARCH:
            if request.method != "POST" or request.content_type != "application/json":
                raise Refused(404, "no such gate")
            call.asked = json.loads(body)
            return self._search(understood(call.asked, self.tables), nothing)
        if request.method != "GET" or body:
            raise Refused(404, "no such gate")
        params = dict(parse_qsl(call.query))
        if not set(params) <= names:
            raise Refused(422, f"unknown parameters: {', '.join(sorted(set(params) - names))}")
        return self._table(call.gate, params)

    # --- products

    def _search(self, query: Query, nothing: bool) -> Row:
        keeps = query.keeps if self.settings.obeys_filters else lambda _: True
        found = [] if nothing else [item for item in self.tables.active() if keeps(item)]
        if query.default_product or "skipDefaultProduct" in self.settings.passes_over:
            found.insert(0, Item(0, {}, Decimal(0)))
        page = found[query.page * query.limit : (query.page + 1) * query.limit]
        if "resultsLimit" in self.settings.passes_over:
            page = found[:100]
        if any(item.stumbles == "all" or (item.stumbles == "full" and not query.light) for item in page):
            raise Refused(500, "")
        head: Row = {
            "resultsNumberAll": len(found),
            "resultsNumberPage": -(-len(found) // query.limit),
            "resultsPage": query.page,
            "resultsLimit": query.limit,
        }
        if not page:
            raise Refused(self.settings.empty_status, "Wyszukiwanie towarów: zwrócono pusty wynik", fault=EMPTY)
        self.output.php, self.output.texts_for_numbers = self.settings.php, self.settings.texts_for_numbers
        rows = [
            self.output.item(item, query.elements, promotions=query.promotions, every_size=query.every_size)
            for item in page
        ]
        for row in rows:
            row.update(self.settings.item_faults.get(row["productId"], {}))
        by_ids = {str(row["productId"]): row for row in rows}
        return {**head, "results": by_ids if self.settings.by_ids else rows}

    # --- small tables

    def _table(self, gate: str, params: Mapping[str, str]) -> Row:
        if gate == "products/categories":
            return self._categories(params)
        if gate == "menu/menu":
            return self._menu(params)
        return {
            "sizes/sizes": self._sizes,
            "system/shopsData": self._shops_data,
            "system/serverTime": lambda: {"time": int(time.time())},
            "system/serverLoad": self._load,
            "shops/languages": self._languages,
        }[gate]()

    def _categories(self, params: Mapping[str, str]) -> Row:
        page, limit = int(params.get("results_page", 0)), int(params.get("results_limit", 100))
        if not 1 <= limit <= 100:
            raise Refused(422, "results_limit")
        languages = params.get("languages", "pol").split(",")
        found = list(self.tables.categories.values())
        held: dict[int, int] = {}
        for item in self.tables.active():
            held[item.category] = held.get(item.category, 0) + 1
        rows = [
            {
                "id": one.id, "parent_id": one.parent, "priority": one.priority, "product_count": held.get(one.id, 0),
                "lang_data": [
                    {"lang_id": language, "singular_name": "", "plural_name": one.names[language], "description": ""}
                    for language in languages
                    if language in one.names
                ],
            }
            for one in found[page * limit : (page + 1) * limit]
        ]  # fmt: skip
        return {
            "results_number_all": str(len(found)), "results_number_page": -(-len(found) // limit),
            "results_page": page, "results_limit": limit, "categories": rows,
        }  # fmt: skip

    def _menu(self, params: Mapping[str, str]) -> Row:
        if set(params) != {"shop_id", "menu_id", "lang_id"}:
            raise Refused(422, "shop_id, menu_id and lang_id are needed")
        if int(params["shop_id"]) not in self.tables.shops:
            raise Refused(200, "Niepoprawny identyfikator sklepu", fault=2)
        language = params["lang_id"]
        if language not in {one for one, _ in self.tables.languages}:
            raise Refused(200, "Niepoprawny język", fault=3)
        if params["menu_id"] != "1":
            raise Refused(200, "Niepoprawne menu", fault=4)

        def row(one: Category) -> Row:
            hidden = "n" if one.priority > 0 else "y"
            text = {"lang_id": language, "name": one.names.get(language, ""), "priority": abs(one.priority), "hidden": hidden}
            return {"item_id": one.id, "parent_id": one.parent, "lang_data": [text]}

        return {"result": [row(one) for one in self.tables.menu.values()]}

    def _sizes(self) -> Row:
        groups = [
            {
                "group_id": 1,
                "group_name": "Ubrania",
                "sizes": [
                    {
                        "size_id": size,
                        "size_name": words["pol"],
                        "lang_data": [{"lang_id": language, "name": name} for language, name in words.items()],
                    }
                    for size, words in self.tables.sizes.items()
                ],
            }
        ]
        return {"last_changed_time": "2025-02-03 11:00:00", "size_groups": groups}

    def _shops_data(self) -> Row:
        return {
            "client_id": 9901,
            "panel_basecurrency_id": "PLN",
            "panel_settings": {"default_lang_id": "pol", "stock_state_config": self.tables.stock_state},
            "stocks": [{"stock_id": one, "stock_name": name} for one, name in self.tables.warehouses.items()],
            "shops": [
                {
                    "shop_id": one, "shop_name": name, "shop_lang_id_default": "pol",
                    "currency_id": self.tables.currencies.get(one, "PLN"),
                }
                for one, name in self.tables.shops.items()
            ],
        }  # fmt: skip

    def _languages(self) -> Row:
        languages = [
            {"id": one, "name": one, "isoCode": iso, "enabled": True, "isDefault": one == self.tables.languages[0][0]}
            for one, iso in self.tables.languages
        ]
        shops = self.tables.shops.items()
        return {"shops": [{"shopId": one, "shopName": name, "languages": languages} for one, name in shops]}

    def _load(self) -> Row:
        self.settings.overloaded -= self.settings.overloaded > 0
        return {"serverLoadStatus": "overloaded" if self.settings.overloaded > 0 else "normal"}

    def _description(self, call: Call) -> Row:
        if not self.settings.described:
            raise Refused(404, "")
        version = call.path.split("/")[4]
        return {"openapi": "3.0.0", "paths": {f"/api/admin/{version}/{gate}": {} for gate in GATES}}

    # --- refusals and faults

    def _refusal(self, refused: Refused) -> web.Response:
        if refused.status == 500:
            return web.Response(status=500, text="<html>Błąd serwera</html>", content_type="text/html")
        if refused.status == 404:
            return web.Response(status=404, text="<html>404</html>", content_type="text/html")
        if refused.fault is not None:
            found: Row = {"results": [], "errors": {"faultCode": refused.fault, "faultString": refused.text}}
            if refused.fault == EMPTY and self.settings.empty_without_results:
                del found["results"]
            elif refused.fault == EMPTY:
                found |= {"resultsNumberAll": 0, "resultsNumberPage": 0, "resultsPage": 0, "resultsLimit": 100}
            return web.json_response(found, status=refused.status)
        if refused.status == 403:
            headers = {"X-Error": refused.text} if refused.header else {}
            return web.json_response({"errors": [{"code": 403, "message": refused.text}]}, status=403, headers=headers)
        told = {"errors": {"faultCode": "UNAUTHORIZED" if refused.status == 401 else "", "faultString": refused.text}}
        return web.json_response(told, status=refused.status)

    def _fault(self, call: Call) -> Fault | None:
        for fault in self.settings.faults:
            if fault.times == 0 or not fault.matches(call):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.times -= 1 if fault.times > 0 else 0
            if fault.met is not None:
                fault.met()
            return fault
        return None

    async def _damaged(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.kind == "reset":
            assert request.transport is not None
            request.transport.abort()
            return web.Response(status=500)
        if fault.kind == "empty":
            return web.Response(body=b"", content_type="application/json")
        headers = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
        status = 200 if fault.kind == "html" else fault.status
        return web.Response(status=status, text="<html>Przerwa</html>", content_type="text/html", headers=headers)

    async def _half(self, request: web.Request, text: bytes) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": str(len(text)), "Content-Type": "application/json"})
        await answer.prepare(request)
        await answer.write(text[: len(text) // 2])
        assert request.transport is not None
        request.transport.abort()
        return answer


def _number(value: object) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(type(value).__name__)
