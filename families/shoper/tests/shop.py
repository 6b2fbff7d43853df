"""The simulated shop on Shoper's software: its REST API and its public folder, as strict as the vendor's documents.

It shares no code with the importer that is judged by it, and answers 501 to what nobody has seen a real one do.
"""

import asyncio
import base64
import inspect
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, unquote, urlencode

from aiohttp import web
from goods import KEYS, Output, Row, Tables
from shop_query import Quirks, Refused, listed, not_found

REST = "/webapi/rest/"
FOLDER = "/userdata/public/gfx/"
MOST_CALLS = 25
#: Resources by the area of rights that they belong to (names as in the administration's list of groups).
ALWAYS = {"application-config", "application-version", "application-lock"}
LISTS = ("products", "product-stocks", "product-images")

FaultKind = Literal[
    "status",  # an HTML page with `status` (429: in the API's form)
    "api",  # an error of the API with `status` and `code`
    "html",  # an HTML page with status 200
    "empty",  # status 200 and not a byte
    "cut",  # half of the announced body, then the connection is closed
    "reset",  # the connection is closed without a word
    "nothing",  # a well-formed list that holds none
    "expired",  # every session is over, once
]


@dataclass
class Call:
    """One request as the shop saw it. `resource` is the API's, "picture", "page" or ""; `inner` are a bulk's."""

    method: str
    path: str
    query: str
    resource: str
    status: int = 0
    at: float = 0.0
    inner: int = 0
    token: str = ""


@dataclass
class Fault:
    """Something that goes wrong for the next `times` requests that match (-1: every one), after `after` others."""

    kind: FaultKind
    status: int = 503
    code: str = "temporarily_unavailable"
    retry_after: str | None = None
    times: int = 1
    after: int = 0
    matches: Callable[[Call], bool] | None = None
    met: Callable[[], None] | None = None


@dataclass
class Account:
    """Who may ask. `denied` are resources that must not be read; `refusal` is the code with which a login is refused."""

    login: str = ""
    password: str = ""
    token: str = ""  # an integration's, which is its session
    denied: set[str] = field(default_factory=set)
    refusal: str = ""
    active: bool = True


@dataclass
class ShopSettings:
    """Everything that a test may switch, also while it runs."""

    version: str = "5.26.54"
    limit: float = 10
    bandwidth: float = 2
    bulk: Literal["one", "each", "missing"] = "one"
    quirks: Quirks = field(default_factory=lambda: Quirks({}, {}))
    expires_in: int = 2_592_000
    now: datetime | None = None  # the shop's clock; None: the real one
    delay: float = 0.0
    picture_delay: float = 0.0
    faults: list[Fault] = field(default_factory=list)
    locked: bool = False
    redirect: str = ""  # every request is sent there
    short_lists: set[str] = field(default_factory=set)  # columns that lists lack, and single rows have
    warehouses: bool = False
    mutate: Callable[[Call, bytes], bytes] | None = None  # what becomes of a good answer on its way


class LeakyBucket:
    """One for each token: it leaks all the time."""

    def __init__(self) -> None:
        self.level = 0.0
        self._at = time.monotonic()

    def admits(self, settings: ShopSettings, weight: int = 1) -> bool:
        now = time.monotonic()
        self.level = max(0.0, self.level - (now - self._at) * settings.bandwidth)
        self._at = now
        if self.level + weight > settings.limit:
            return False
        self.level += weight
        return True


Hook = Callable[["Shop", Call], Awaitable[None] | None]


class Shop:
    """A shop on this machine; use it as an asynchronous context manager."""

    def __init__(
        self, tables: Tables, settings: ShopSettings | None = None, *, host: str = "127.0.0.1", port: int = 0,
        hook: Hook | None = None,
    ) -> None:  # fmt: skip
        self.tables = tables
        self.settings = settings or ShopSettings()
        self.output = Output(tables, self._clock, self.settings.warehouses)
        self.hook = hook
        self.accounts = {
            "admin": Account("import", "sekret-importu-1"),
            "integration": Account(token="9d1c5a7be04f" + "0" * 28),
        }
        self.calls: list[Call] = []
        self.sessions: dict[str, Account] = {}
        self.handed_out: list[str] = []
        self.host = host
        self.port = port
        self._buckets: dict[str, LeakyBucket] = {}
        self._runner: web.AppRunner | None = None

    # --- what tests and demonstrations ask

    @property
    def url(self) -> str:
        return f"http://{'127.0.0.1' if self.host in ('0.0.0.0', '::') else self.host}:{self.port}"

    @property
    def login(self) -> str:
        return self.accounts["admin"].login

    @property
    def password(self) -> str:
        return self.accounts["admin"].password

    def asked(self, *resources: str) -> list[Call]:
        return [call for call in self.calls if call.resource in resources]

    @property
    def refused(self) -> list[Call]:
        """Calls that were too many."""
        return [call for call in self.calls if call.status == 429]

    def end_sessions(self) -> None:
        """Every session that was handed out is over."""
        self.sessions.clear()

    def bucket(self, token: str) -> LeakyBucket:
        return self._buckets.setdefault(token, LeakyBucket())

    def _clock(self) -> datetime:
        return self.settings.now or datetime.now()

    # --- life

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()
        self.port = int(self._runner.addresses[0][1])
        self.tables.config |= {"shop_url": self.url, "technical_url": self.url}
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
        resource = path.removeprefix(REST).split("/")[0] if path.startswith(REST) else ""
        call = Call(
            request.method, path, query, "picture" if path.startswith(FOLDER) else resource, at=time.monotonic()
        )
        self.calls.append(call)
        if self.hook is not None:
            waited = self.hook(self, call)
            if inspect.isawaitable(waited):
                await waited
        if self.settings.redirect:
            call.status = 301
            return web.Response(status=301, headers={"Location": self.settings.redirect + request.raw_path})
        answer = await self._public(path) if not resource else await self._api(request, call, path)
        call.status = answer.status
        return answer

    async def _public(self, path: str) -> web.StreamResponse:
        if path.startswith(FOLDER):
            await asyncio.sleep(self.settings.picture_delay)
            name = path.removeprefix(FOLDER)
            if self.tables.lost.get(name) == "page":
                return web.Response(text="<html><body>Sklep</body></html>", content_type="text/html")
            body = self.tables.files.get(name)
            if body is not None and name not in self.tables.lost:
                kind = "image/png" if name.endswith("png") else "image/jpeg"
                return web.Response(body=body, content_type=kind)
        page = self._page(path)
        if page:
            return web.Response(text=page, content_type="text/html")
        return web.Response(status=404, text="<html><body>Nie ma takiej strony</body></html>", content_type="text/html")

    def _page(self, path: str) -> str:
        """A product's page, which states price and stock for machines."""
        parts = path.strip("/").split("/")
        if (
            len(parts) != 4
            or parts[1] != "p"
            or not parts[3].isdigit()
            or int(parts[3]) not in self.tables.table("products")
        ):
            return ""
        row = self.output.row("products", int(parts[3]))
        can_buy = self.tables.table("availabilities")[int(row["stock"]["calculated_availability_id"] or 2)]["can_buy"]
        told = {
            "@context": "https://schema.org", "@type": "Product", "name": row["translations"]["pl_PL"]["name"],
            "sku": row["code"],
            "offers": {
                "@type": "Offer", "price": row["stock"]["comp_promo_price"], "priceCurrency": "PLN",
                "availability": "https://schema.org/" + ("InStock" if can_buy == "1" else "OutOfStock"),
            },
        }  # fmt: skip
        return f'<html><head><script type="application/ld+json">{json.dumps(told)}</script></head></html>'

    async def _api(self, request: web.Request, call: Call, path: str) -> web.StreamResponse:
        body = await request.read()
        await asyncio.sleep(self.settings.delay)
        fault = self._fault(call)
        if fault is not None and fault.kind in ("status", "html", "empty", "reset"):
            return await self._damaged(request, fault)
        if fault is not None and fault.kind == "expired":
            self.end_sessions()
        try:
            if call.resource == "auth":
                return self._answer(request, 200, self._sign_in(request, body), "auth")
            account, token = self._account(request)
        except Refused as refused:
            return self._refusal(request, refused, "")
        call.token = token
        inner: list[Row] = []
        try:
            if call.resource == "bulk":
                inner = self._bulk_calls(request, body)
                call.inner = len(inner)
            weight = len(inner) if self.settings.bulk == "each" else 1
            if not self.bucket(token).admits(self.settings, max(1, weight)):
                raise Refused(429, "temporarily_unavailable", "Przekroczono limit wywołań")
            if self.settings.locked:
                raise Refused(503, "temporarily_unavailable", "Sklep jest zablokowany przez administratora")
            if fault is not None and fault.kind == "api":
                raise Refused(fault.status, fault.code, "Błąd")
            if call.resource == "bulk":
                found: Any = self._bulk(account, inner)
            else:
                parts = [part for part in path.removeprefix(REST).split("/") if part]
                found = self._found(account, request.method, parts, call.query)
            if fault is not None and fault.kind == "nothing":
                found = {"count": "0", "pages": 0, "page": 1, "list": []}
        except Refused as refused:
            return self._refusal(request, refused, token)
        if self.settings.mutate is not None:
            whole = self._answer(request, 200, found, token)
            return web.Response(
                body=self.settings.mutate(call, str(whole.text).encode()),
                content_type="application/json",
                headers=self._headers(token),
            )
        return await self._sent(request, found, token, cut=fault is not None and fault.kind == "cut")

    # --- who asks

    def _sign_in(self, request: web.Request, body: bytes) -> Row:
        if request.method != "POST":
            raise Refused(405, "invalid_request", "Method not allowed")
        form = dict(parse_qsl(body.decode())) | dict(request.query)
        login, password = form.get("client_id", ""), form.get("client_secret", "")
        scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            login, _, password = base64.b64decode(sent).decode().partition(":")
        for account in self.accounts.values():
            if account.login and (account.login, account.password) == (login, password):
                if account.refusal or not account.active:
                    raise Refused(401, account.refusal or "auth_admin_access_denied", "Odmowa dostępu")
                token = secrets.token_hex(20)
                self.sessions[token] = account
                self.handed_out.append(token)
                return {"access_token": token, "expires_in": self.settings.expires_in, "token_type": "bearer"}
        raise Refused(401, "auth_failure", "Nieprawidłowy login lub hasło")

    def _account(self, request: web.Request) -> tuple[Account, str]:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            if token in self.sessions and self.sessions[token].active:
                return self.sessions[token], token
            for account in self.accounts.values():
                if account.token and account.token == token and account.active:
                    return account, token
        raise Refused(401, "unauthorized_client", "Provided access token is invalid")

    # --- what is asked

    def _found(self, account: Account, method: str, parts: Sequence[str], query: str) -> Any:
        resource = parts[0]
        if resource not in KEYS and resource not in ALWAYS | {"categories-tree"}:
            raise Refused(400, "invalid_request", f"Missing MODULE '{resource}'")
        area = "categories" if resource == "categories-tree" else resource
        if area in account.denied:
            text = "The request requires higher privileges than provided by the access token"
            raise Refused(403, "insufficient_scope", text)
        if method not in ("GET", "HEAD"):
            raise Refused(501, "server_error", "The simulated shop is only read")
        if resource == "application-config":
            return self.tables.config
        if resource == "application-version":
            return {"version": self.settings.version}
        if resource == "application-lock":
            return {"locked": self.settings.locked}
        if resource == "categories-tree":
            return self._tree(0)
        if len(parts) > 1:
            if not parts[1].isdigit() or int(parts[1]) not in self.tables.table(resource):
                raise not_found()
            row = self.output.row(resource, int(parts[1]))
            self._stumble(resource, [row])
            return row
        found = listed(self.output, resource, query, self.settings.quirks)
        self._stumble(resource, found["list"])
        if resource == "products" and self.settings.short_lists:
            found["list"] = [
                {name: value for name, value in row.items() if name not in self.settings.short_lists}
                for row in found["list"]
            ]
        return found

    def _stumble(self, resource: str, rows: Sequence[Row]) -> None:
        if resource == "products" and any(int(row["product_id"]) in self.tables.broken for row in rows):
            raise Refused(500, "server_error", "Internal server error")

    def _tree(self, parent: int) -> list[Row]:
        return [
            {"id": number, "children": self._tree(number)}
            for number in self.tables.table("categories")
            if self.tables.parents.get(number, 0) == parent
        ]

    def _bulk_calls(self, request: web.Request, body: bytes) -> list[Row]:
        if self.settings.bulk == "missing":
            raise Refused(400, "invalid_request", "Missing MODULE 'bulk'")
        calls = json.loads(body)
        if request.method != "POST" or not isinstance(calls, list) or not 0 < len(calls) <= MOST_CALLS:
            raise Refused(400, "invalid_request", "Wartość pola jest niepoprawna")
        return calls

    def _bulk(self, account: Account, calls: Sequence[Row]) -> Row:
        items = []
        for one in calls:
            if not str(one.get("path", "")).startswith(REST):
                items.append({"id": one.get("id"), "code": 400, "body": {"error": "invalid_request"}})
                continue
            parts = [part for part in one["path"].removeprefix(REST).split("/") if part]
            try:
                found = self._found(account, one["method"], parts, urlencode(one.get("params") or {}))
                items.append({"id": one["id"], "code": 200, "body": found})
            except Refused as refused:
                said = {"error": refused.code, "error_description": refused.text}
                items.append({"id": one["id"], "code": refused.status, "body": said})
        return {"errors": any(item["code"] != 200 for item in items), "items": items}

    # --- answers

    def _headers(self, token: str) -> dict[str, str]:
        bucket = self.bucket(token)
        return {
            "X-Shop-Api-Calls": str(int(bucket.level)),
            "X-Shop-Api-Limit": f"{self.settings.limit:g}",
            "X-Shop-Api-Bandwidth": f"{self.settings.bandwidth:g}",
        }

    def _answer(self, request: web.Request, status: int, found: Any, token: str) -> web.Response:
        headers = self._headers(token)
        if isinstance(found, dict) and "pages" in found:
            headers |= {"X-Shop-Result-Count": found["count"], "X-Shop-Result-Pages": str(found["pages"])}
            headers["X-Shop-Result-Page"] = str(found["page"])
        text = "" if request.method == "HEAD" else json.dumps(found).replace("/", "\\/")
        return web.Response(status=status, text=text, content_type="application/json", headers=headers)

    def _refusal(self, request: web.Request, refused: Refused, token: str) -> web.Response:
        answer = self._answer(
            request, refused.status, {"error": refused.code, "error_description": refused.text}, token
        )
        if refused.status == 429:
            answer.headers["Retry-After"] = "1"
        return answer

    async def _sent(self, request: web.Request, found: Any, token: str, *, cut: bool) -> web.StreamResponse:
        whole = self._answer(request, 200, found, token)
        if not cut:
            return whole
        body = str(whole.text).encode()
        half = web.StreamResponse(headers={**self._headers(token), "Content-Length": str(len(body))})
        half.content_type = "application/json"
        await half.prepare(request)
        await half.write(body[: len(body) // 2])
        assert request.transport is not None
        request.transport.close()
        return half

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
            assert request.transport is not None
            request.transport.abort()
            return web.Response(status=500)
        if fault.kind == "empty":
            return web.Response(status=200, content_type="application/json")
        status = fault.status if fault.kind == "status" else 200
        headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
        if status == 429:
            said = json.dumps({"error": "temporarily_unavailable", "error_description": "Limit"})
            return web.Response(status=429, text=said, content_type="application/json", headers=headers)
        return web.Response(
            status=status, text="<html><body>Przerwa</body></html>", content_type="text/html", headers=headers
        )
