"""The simulated PrestaShop: a web server in front of the webservice and the public pictures, as strict as the real one.

It shares no code with the importer that is judged by it, and answers 501 to what was never recorded.
"""

import asyncio
import base64
import inspect
import re
import ssl as tls
import sys
from collections.abc import Awaitable, Callable, Iterator
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote

from aiohttp import web

sys.path.insert(0, str(Path(__file__).parent))

from catalogue import Catalogue, demo_catalogue, recorded_catalogue
from shop_answers import HTML, Answer, Call, Context, Key, html
from shop_api import Webservice, lost_path
from shop_faults import PAGE_404, damaged, send_picture, storefront, waf_page
from shop_pages import product_page
from shop_pictures import public_picture
from shop_query import NotRecorded
from shop_resources import RESOURCES
from shop_settings import Fault, LoggedRequest, ShopSettings
from shop_truth import Truth, truth
from shop_truth import true_price as page_price

__all__ = ["Fault", "PrestaShop", "ShopSettings", "demo_catalogue", "recorded_catalogue"]

READ_ONLY = (
    "categories",
    "combinations",
    "currencies",
    "images",
    "languages",
    "manufacturers",
    "product_option_values",
    "product_options",
    "products",
    "stock_availables",
)
EVERYTHING = {"GET", "PUT", "POST", "PATCH", "DELETE", "HEAD"}

Hook = Callable[["PrestaShop", LoggedRequest], Awaitable[None] | None]


def make_keys() -> dict[str, Key]:
    """The keys of the shop by alias: all rights, some to read, switched off, none at all."""
    return {
        "full": Key(
            "TESTKEYFULLACCESS00000000000001X", {name: set(EVERYTHING) for name in (*RESOURCES, "order_returns")}
        ),
        "ro": Key("TESTKEYREADONLY0000000000000001X", {name: {"GET", "HEAD"} for name in READ_ONLY}),
        "off": Key("TESTKEYSWITCHEDOFF0000000000001X", {name: set(EVERYTHING) for name in RESOURCES}, active=False),
        "none": Key("TESTKEYWITHOUTRIGHTS00000000001X", {}),
    }


def user_name(authorization: str) -> str | None:
    """The user of Basic authentication, as PHP finds it."""
    scheme, _, sent = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(sent, validate=True).decode("utf-8").partition(":")[0]
    except ValueError:
        return None


class PrestaShop:
    """A shop on this machine; use it as an asynchronous context manager."""

    def __init__(
        self,
        catalogue: Catalogue,
        settings: ShopSettings | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        ssl: tls.SSLContext | None = None,
        hook: Hook | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.settings = settings or ShopSettings()
        self.requests: list[LoggedRequest] = []
        #: Called with each request before it is answered: products come and go here.
        self.hook = hook
        self.account = make_keys()
        self.host = host
        self.port = port
        self.https_port = 0
        self._ssl = ssl
        self._runner: web.AppRunner | None = None
        self._calls = 0

    # --- what tests and demonstrations ask

    @property
    def url(self) -> str:
        """The shop's address, with its folder."""
        return f"http://{self.netloc}{self.settings.folder}"

    @property
    def https_url(self) -> str:
        """The same with https; only there if a certificate was given."""
        return f"https://{self.host}:{self.https_port}{self.settings.folder}"

    @property
    def netloc(self) -> str:
        """Host and port as a client has to name them."""
        return f"{'127.0.0.1' if self.host in ('0.0.0.0', '::') else self.host}:{self.port}"

    @property
    def key(self) -> str:
        """The key with all rights."""
        return self.account["full"].value

    @property
    def keys(self) -> dict[str, str]:
        """The keys by alias."""
        return {alias: key.value for alias, key in self.account.items()}

    def true_price(self, id_product: int, id_combination: int = 0, *, reduced: bool) -> Decimal:
        """The gross price on the product's page, as a guest sees it."""
        return page_price(self.catalogue, self.settings, id_product, id_combination, reduced=reduced)

    def truth(self) -> Iterator[Truth]:
        """For each product what an import must arrive at."""
        return truth(self.catalogue, self.settings)

    # --- life

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._handle)
        app.on_response_prepare.append(self._as_apache)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()
        self.port = self._bound()[0]
        if self._ssl is not None:
            await web.TCPSite(self._runner, self.host, 0, ssl_context=self._ssl).start()
            self.https_port = next(port for port in self._bound() if port != self.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _bound(self) -> list[int]:
        assert self._runner is not None
        return [int(address[1]) for address in self._runner.addresses]

    @staticmethod
    async def _as_apache(request: web.BaseRequest, response: web.StreamResponse) -> None:
        response.headers["Server"] = "Apache/2.4.62 (Debian)"
        if response.headers.get("Content-Type") == "none/none":
            # aiohttp gives every answer a type; PrestaShop's empty ones have none.
            del response.headers["Content-Type"]

    # --- requests

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        path, _, raw_query = request.raw_path.partition("?")
        logged = self._log(request, path, raw_query)
        if self.hook is not None:
            waited = self.hook(self, logged)
            if inspect.isawaitable(waited):
                await waited
        try:
            return await self._answer(request, logged, unquote(path), raw_query)
        except NotRecorded as error:
            logged.status = 501
            text = f"The simulated shop cannot answer this, for no real one was recorded doing it: {error}\n"
            return web.Response(status=501, text=text)

    def _log(self, request: web.Request, path: str, raw_query: str) -> LoggedRequest:
        query = dict(parse_qsl(raw_query, keep_blank_values=True))
        query.pop("ws_key", None)
        parts = [part for part in path.removeprefix(self.settings.folder).split("/") if part]
        if parts == ["webservice", "dispatcher.php"]:
            parts = ["api", *query.get("url", "").split("/")]
        resource = ""
        named: list[str] = []
        if parts[:1] == ["api"]:
            resource = parts[1] if len(parts) > 1 else ""
            named = re.findall(r"\d+", query.get("filter[id]", "/".join(parts[2:3])))
        if parts[:2] == ["api", "images"]:
            # The picture itself where the address goes down to it, else its product.
            resource, named = "picture", parts[4:5] or parts[3:4]
        elif parts and parts[-1].endswith((".jpg", ".webp")):
            resource = "picture"
            named = re.findall(r"\d+", parts[-1] if parts[0] == "img" else "/".join(parts[:-1]))[:1]
        named = [one for one in named if one.isdigit()]
        ids = tuple(int(one) for one in named)
        logged = LoggedRequest(request.method, path, query, resource, ids, request.headers.get("User-Agent", ""))
        logged.with_key = "Authorization" in request.headers or "ws_key=" in raw_query
        self.requests.append(logged)
        return logged

    def _fault(self, logged: LoggedRequest) -> Fault | None:
        """The first fault that is due for this request."""
        for fault in self.settings.faults:
            if fault.times == 0 or (fault.resource is not None and fault.resource != logged.resource):
                continue
            if fault.matches is not None and not fault.matches(logged):
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

    async def _answer(
        self, request: web.Request, logged: LoggedRequest, path: str, raw_query: str
    ) -> web.StreamResponse:
        fault = self._fault(logged)
        if fault is not None and fault.kind in ("status", "html", "empty", "nothing", "reset"):
            logged.status = fault.status if fault.kind == "status" else 200
            return await damaged(request, waf_page(fault), fault)
        if self.settings.force_https and not request.secure:
            netloc = f"{self.host}:{self.https_port}" if self.https_port else self.netloc
            logged.status = 301
            return web.Response(status=301, headers={"Location": f"https://{netloc}{request.raw_path}"})
        inside = path.removeprefix(self.settings.folder)
        if not path.startswith(self.settings.folder) or (inside and not inside.startswith("/")):
            logged.status = 404
            return self._plain(request, html(404, PAGE_404))
        found = public_picture(inside, self.catalogue, self.settings)
        if found is not None:
            picture, body, tag = found
            headers = {"Content-Type": "image/jpeg", "ETag": tag, "Accept-Ranges": "bytes"}
            headers["Last-Modified"] = "Fri, 20 Nov 2026 08:00:00 GMT"
            if request.headers.get("If-None-Match") == tag:
                logged.status = 304
                return web.Response(status=304, headers=headers)
            logged.status = 200
            return await send_picture(request, body, headers, self.settings, picture.id, fault)
        call = self._call(request, inside, raw_query)
        if call is None:
            # Asked with a host that is not the shop's own, a real one redirects; nobody does so here.
            base = f"{'https' if request.secure else 'http'}://{request.headers.get('Host', self.netloc)}"
            page = product_page(inside, raw_query, base + self.settings.folder, self.catalogue, self.settings)
            answer = page or storefront(inside, self.settings)
        else:
            answer = self._webservice(request, call)
            if self.settings.delay:
                await asyncio.sleep(self.settings.delay)
        logged.status = answer.status
        if (
            call is not None
            and call.segments[:2] == ["images", "products"]
            and answer.content_type.startswith("image/")
        ):
            headers = answer.headers | {"Content-Type": answer.content_type}
            return await send_picture(request, answer.body, headers, self.settings, int(call.segments[3]), fault)
        if call is not None and answer.body:
            answer.body = self.settings.prefix + answer.body
        if fault is not None:
            return await damaged(request, answer, fault)
        return self._plain(request, answer)

    def _call(self, request: web.Request, inside: str, raw_query: str) -> Call | None:
        """The call that reaches the webservice; None where the storefront answers."""
        pairs = [part for part in raw_query.split("&") if part]
        if inside == "/api" or inside.startswith("/api/"):
            if self.settings.no_rewrite:
                return None
            segments = inside.removeprefix("/api").removeprefix("/").split("/")
        elif inside == "/webservice/dispatcher.php":
            url = dict(parse_qsl(raw_query)).get("url", "")
            segments = url.split("/")
            pairs = [part for part in pairs if not part.startswith("url=")]
        else:
            return None
        user = None
        if not self.settings.drops_authorization_header:
            user = user_name(request.headers.get("Authorization", ""))
        headers = {name.lower(): value for name, value in request.headers.items()}
        scheme = "https" if request.secure else "http"
        netloc = self.settings.domain or request.headers.get("Host", self.netloc)
        return Call(
            request.method,
            segments,
            "&".join(pairs),
            user,
            headers,
            f"{scheme}://{netloc}{self.settings.folder}",
        )

    def _webservice(self, request: web.Request, call: Call) -> Answer:
        """Sends a wrong host away, counts the calls of the key, and asks the webservice."""
        own = self.settings.domain or (f"{self.host}:{self.https_port}" if request.secure else self.netloc)
        anyone = self.settings.domain is None and self.host in ("0.0.0.0", "::")
        if not anyone and request.headers.get("Host") != own:
            base = f"http://{own}{self.settings.folder}"
            return Answer(302, b"", HTML, {"Location": lost_path(base, call.segments, call.raw_query)})
        limit = self.settings.revoke_after
        if limit is not None:
            self._calls += 1
            self.account["full"].active = self._calls <= limit
        answer = Webservice(Context(self.catalogue, self.settings, self.account), call).answer()
        answer.headers["Set-Cookie"] = "PrestaShop-0123456789abcdef=def5020; path=/; HttpOnly"
        return answer

    @staticmethod
    def _plain(request: web.Request, answer: Answer) -> web.Response:
        headers: dict[str, Any] = dict(answer.headers)
        headers["Content-Type"] = answer.content_type or "none/none"
        body = b"" if request.method == "HEAD" else answer.body
        return web.Response(status=answer.status, body=body, headers=headers)
