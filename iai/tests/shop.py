"""A simulated IdoSell shop: its offer by sharing, by the marketplace's gate and by a feed of an API key, its pictures and
its products' pages. As strict as the vendor's documents: what it does not know it refuses, where the real one is silent.
"""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, quote, unquote
from zoneinfo import ZoneInfo

from aiohttp import web
from goods import Form, Goods, Writer

ZONE = ZoneInfo("Europe/Warsaw")
KINDS = ("gateway", "full", "light", "categories", "sizes", "stocks")
PAGE = "<html><body>Sklep</body></html>"
SHARING = "/edi/export-offer.php"


@dataclass
class Call:
    """One request as it came. `kind` is the file that was asked for, ``picture``, ``page``, ``marketplace`` or ``feed``."""

    method: str
    target: str
    kind: str
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 0
    at: float = field(default_factory=time.monotonic)


@dataclass
class Fault:
    """What goes wrong: ``status`` (with `retry_after`), ``html``, ``empty``, ``cut``, ``reset``, ``nothing`` (an offer of
    no product). The next `times` files go wrong so (-1: all), after `after` others; `matches` says which."""

    kind: str
    times: int = 1
    after: int = 0
    status: int = 503
    retry_after: str = ""
    matches: Callable[[Call], bool] = lambda call: True
    met: Callable[[], None] = lambda: None


@dataclass
class ShopSettings:
    """`hashes`: the gateway says hash and date of every file. `wrong_token`: what a wrong one is answered (``403``,
    ``page``, ``empty``). `had_before` is the page in the place of a file that can be had no more. `forget`:
    kinds that the gateway does not name. `shop_blocked`: it owes the vendor money. `moved`: where all of it is now."""

    form: Form = field(default_factory=Form)
    hashes: bool = True
    wrong_token: str = "403"
    forget: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    shop_blocked: bool = False
    etags: bool = False
    had_before: str = PAGE
    moved: str = ""
    now: Callable[[], datetime] = lambda: datetime.now(ZONE)


@dataclass
class Changed:
    """A change file: when it was made by the shop's clock, and its text."""

    stamp: str
    text: str


Hook = Callable[["Shop", Call], Awaitable[None] | None]


class Shop:
    """A shop on this machine; use it as an asynchronous context manager."""

    client = "rynek@example.pl"
    login = "rynek_lniany"
    password = "tajne-haslo-rynku"
    key = "aW1wb3J0ZXI6dGFqbmU0NQ=="

    def __init__(
        self, goods: Goods, settings: ShopSettings | None = None, *, host: str = "127.0.0.1", port: int = 0,
        hook: Hook | None = None,
    ) -> None:  # fmt: skip
        self.goods = goods
        self.settings = settings or ShopSettings()
        self.hook = hook
        self.host, self.port = host, port
        self.calls: list[Call] = []
        self.changes: list[Changed] = []
        self.snapshot: str | None = None  # the whole file as it was made once; None: as the goods are now
        self.feeds: list[dict[str, Any]] = []
        self.keys = {self.key: True}  # and whether each may read feeds
        self.faulting: Callable[[Call], Fault | None] | None = None  # in the place of the settings' faults
        self.revoked = False  # no token is good any more
        self._left: dict[str, str] = {}  # the marketplace's files that can still be fetched
        self._runner: web.AppRunner | None = None

    # --- what tests and demonstrations ask

    @property
    def url(self) -> str:
        return f"http://{'127.0.0.1' if self.host in ('0.0.0.0', '::') else self.host}:{self.port}"

    def token(self, kind: str) -> str:
        """Every file has one of its own."""
        return hashlib.sha1(f"token of {kind}".encode()).hexdigest()[:23]

    def address(self, kind: str, token: str | None = None) -> str:
        return (
            f"{self.url}{SHARING}?client={quote(self.client, safe='@')}&language=pol&token={token or self.token(kind)}"
            f"&shop=1&type={kind}&format=xml&iof_3_0"
        )

    @property
    def writer(self) -> Writer:
        return Writer(self.goods, self.url, self.settings.form)

    def asked(self, *kinds: str) -> list[Call]:
        return [call for call in self.calls if call.kind in kinds]

    def export(self) -> None:
        """The marketplace's hour has come: its files are made, and can be fetched once."""
        self._left = {"full": self.writer.full(), "light": self.writer.light()}
        self._left["gateway"] = self._gateway(
            lambda kind: f"{self.url}/edi/{kind}-rynek.xml", hashes=False, small=False
        )

    # --- life

    async def __aenter__(self) -> Self:
        app = web.Application()
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
        call = Call(request.method, request.raw_path, self._kind(path, query), dict(request.headers))
        self.calls.append(call)
        if self.hook is not None:
            waited = self.hook(self, call)
            if inspect.isawaitable(waited):
                await waited
        answer = await self._answer(request, call, path, query)
        call.status = answer.status
        return answer

    def _kind(self, path: str, query: str) -> str:
        if path == SHARING:
            return dict(parse_qsl(query)).get("type", "").partition("20")[0]
        if path.startswith("/edi/"):
            return path.removeprefix("/edi/").partition("-")[0]
        if path.startswith("/marketplace-api"):
            return "marketplace"
        if path.startswith("/api/partners/"):
            return "feed"
        return "picture" if path.startswith("/data/gfx/") else "page"

    async def _answer(self, request: web.Request, call: Call, path: str, query: str) -> web.StreamResponse:
        if request.method != "GET":
            return web.Response(status=405)
        if self.settings.moved:
            return web.Response(status=301, headers={"Location": self.settings.moved + request.raw_path})
        if call.kind == "marketplace":
            return self._marketplace(query, await request.read())
        if call.kind == "feed":
            return self._feeds(request, query)
        if call.kind == "picture":
            return self._picture(path)
        if call.kind == "page":
            return self._page(path)
        fault = self._fault(call)
        if fault is not None and fault.kind != "cut" and fault.kind != "nothing":
            return await self._damaged(request, fault)
        text = self._shared(query) if path == SHARING else self._once(path, query)
        if isinstance(text, web.Response):
            return text
        if fault is not None and fault.kind == "nothing":
            text = self._emptied(text)
        return await self._sent(request, call, text, cut=fault is not None and fault.kind == "cut")

    async def _sent(self, request: web.Request, call: Call, text: str, *, cut: bool) -> web.StreamResponse:
        body = text.encode(self.settings.form.encoding if call.kind in ("full", "light") else "utf-8")
        headers = {"Content-Disposition": f"attachment; filename={call.kind}.xml"}
        mark = f'"{hashlib.md5(body).hexdigest()}"'
        if self.settings.etags:
            headers["ETag"] = mark
            if request.headers.get("If-None-Match") == mark:
                return web.Response(status=304, headers=headers)
        response = web.StreamResponse(headers=headers)
        response.content_type = "application/octetstream"
        response.content_length = len(body)
        await response.prepare(request)
        await response.write(body[: len(body) // 2] if cut else body)
        if cut and request.transport is not None:
            await asyncio.sleep(0.01)
            request.transport.abort()
        else:
            await response.write_eof()
        return response

    async def _damaged(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.kind == "reset" and request.transport is not None:
            request.transport.abort()
            return web.Response(status=500)
        if fault.kind == "status":
            headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
            return web.Response(status=fault.status, text=PAGE, content_type="text/html", headers=headers)
        return web.Response(text=PAGE if fault.kind == "html" else "", content_type="text/html")

    def _fault(self, call: Call) -> Fault | None:
        if self.faulting is not None:
            return self.faulting(call)
        for fault in self.settings.faults:
            if fault.times == 0 or not fault.matches(call):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.times -= fault.times > 0
            fault.met()
            return fault
        return None

    def _emptied(self, text: str) -> str:
        """The same file with nothing in it."""
        if "<products" in text:
            begin = text.index(">", text.index("<products")) + 1
            return text[:begin] + text[text.rindex("</products>") :]
        head, root = text[: text.index(">", 45) + 1], text.rstrip().rpartition("</")[2]
        return f"{head}</{root}"

    # --- offer sharing

    def _shared(self, query: str) -> str | web.Response:
        given = dict(parse_qsl(query, keep_blank_values=True))
        unknown = given.keys() - {
            "client",
            "language",
            "token",
            "shop",
            "type",
            "format",
            "iof_3_0",
            "iof_2_6",
            "iof_2_4",
        }
        if unknown or given.get("client") != self.client or given.get("shop") != "1" or given.get("format") != "xml":
            return web.Response(status=400, text=f"unknown parameters: {sorted(unknown)}")
        kind = given.get("type", "")
        if kind.startswith("full_change"):
            stamp = kind.removeprefix("full_change")
            texts = {self._file_stamp(one.stamp): one.text for one in self.changes}
            found = texts.get(stamp) if given.get("token") == self.token("full_change") else None
            return found if found is not None else self._refused()
        if self.revoked or kind not in KINDS or given.get("token") != self.token(kind):
            return self._refused()
        if kind == "gateway":
            return self._gateway(self.address, hashes=self.settings.hashes, small=True)
        return self._file(kind)

    def _refused(self) -> web.Response:
        if self.settings.wrong_token == "403":
            return web.Response(status=403, text="Brak dostępu")
        return web.Response(text=PAGE if self.settings.wrong_token == "page" else "", content_type="text/html")

    def _file(self, kind: str) -> str:
        if kind == "full" and self.snapshot is not None:
            return self.snapshot
        text: str = getattr(self.writer, kind)()
        return text

    def _file_stamp(self, stamp: str) -> str:
        return stamp.replace(" ", "T").replace(":", "-")

    def _gateway(self, address: Callable[[str], str], *, hashes: bool, small: bool) -> str:
        def element(kind: str, inner: str = "") -> str:
            said = ""
            if hashes and kind != "light":
                mark = hashlib.md5(self._file(kind).encode()).hexdigest()
                said = f' hash="{mark}" changed="{self.settings.form.generated}"'
            elif kind != "light":
                said = f' changed="{self.settings.form.generated}"'
            if not hashes and small:
                said = ""
            return f'<{kind} url="{address(kind).replace("&", "&amp;")}"{said}>{inner}</{kind}>'

        rows = "".join(
            '<change url="'
            + self.address(f"full_change{self._file_stamp(one.stamp)}", self.token("full_change")).replace("&", "&amp;")
            + f'" hash="{hashlib.md5(one.text.encode()).hexdigest()}" changed="{one.stamp}"/>'
            for one in reversed(self.changes)
        )
        inner = f"<changes>{rows}</changes>" if self.changes and small else ""
        files = [element("full", inner), *([] if "light" in self.settings.forget else [element("light")])]
        files += [element(kind) for kind in KINDS[3:] if small and kind not in self.settings.forget]
        host = f"{self.host}:{self.port}"
        generated = f"{self.settings.now():%Y-%m-%d %H:%M:%S}"
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<provider_description file_format="IOF" version="3.0" '
            f'generated_by="IdoSell Shop" generated="{generated}"><meta><long_name><![CDATA[Lniany Dom]]></long_name>'
            f"<short_name><![CDATA[lniany]]></short_name><www><![CDATA[{host}]]></www></meta>{''.join(files)}"
            "</provider_description>\n"
        )

    # --- the marketplace's gate, and its files

    def _marketplace(self, query: str, body: bytes) -> web.Response:
        if dict(parse_qsl(query)) != {"gate": "Products/getProductsFeed/5/json"}:
            return web.Response(status=404, text=PAGE, content_type="text/html")
        try:
            given = json.loads(body)["authenticate"]
            strict = set(given) == {"userLogin", "authenticateKey"}
        except (ValueError, KeyError, TypeError):
            strict = False
        if not strict:
            return _json({"errors": {"faultCode": 2, "faultString": "Niepoprawne dane"}})
        inner = hashlib.sha1(self.password.encode()).hexdigest()
        key = hashlib.sha1(f"{self.settings.now().astimezone(ZONE):%Y%m%d}{inner}".encode()).hexdigest()
        if (given["userLogin"], given["authenticateKey"]) != (self.login, key):
            return _json({"errors": {"faultCode": 1, "faultString": "Logowanie nie powiodło się"}})
        if self.settings.shop_blocked:
            return _json({"errors": {"faultCode": 3, "faultString": "Sklep zablokowany"}})
        url = f"{self.url}/edi/gateway-rynek.xml"
        return _json({"results": {"url": url}, "errors": {"faultCode": 0, "faultString": ""}})

    def _once(self, path: str, query: str) -> str | web.Response:
        kind = path.removeprefix("/edi/").removesuffix("-rynek.xml")
        text = self._left.pop(kind, None) if not query else None
        return (
            text
            if text is not None
            else web.Response(text=self.settings.had_before, content_type="text/html", charset="utf-8")
        )

    # --- feeds of an API key

    def _feeds(self, request: web.Request, query: str) -> web.Response:
        given = dict(parse_qsl(query))
        if request.path != "/api/partners/v2/offers/feed" or given.keys() - {"shop", "id"} or len(given) != 1:
            return web.Response(status=404)
        if request.headers.get("X-API-KEY") not in self.keys:
            return _json({"errors": {"faultCode": "UNAUTHORIZED", "faultString": "Authorization error"}}, 401)
        if not self.keys[request.headers["X-API-KEY"]]:
            said = "Access denied. Scope: pim, level: r"
            return _json({"errors": [{"code": 403, "message": said}]}, 403, {"X-Error": said})
        rows = [row for row in self.feeds if str(row["shop"]) == given.get("shop") or str(row["id"]) == given.get("id")]
        return _json({"results": rows})

    # --- what anybody sees

    def _picture(self, path: str) -> web.Response:
        if self.goods.lost.get(path) == "page":
            return web.Response(text=PAGE, content_type="text/html")
        body = self.goods.files.get(path)
        if body is None or path in self.goods.lost:
            return web.Response(status=404, text=PAGE, content_type="text/html")
        return web.Response(body=body, content_type="image/png")

    def _page(self, path: str) -> web.Response:
        """A product's page, which states its price for machines."""
        parts = path.strip("/").split("-")
        product = self.goods.products.get(parts[2]) if len(parts) == 4 and parts[0] == "product" else None
        if product is None:
            return web.Response(status=404 if path != "/" else 200, text=PAGE, content_type="text/html")
        told = {
            "@context": "https://schema.org", "@type": "Product", "name": product.names.get("pol", ""),
            "offers": {"@type": "Offer", "price": product.retail.get("0", product.price), "priceCurrency": "PLN"},
        }  # fmt: skip
        text = f'<html><head><script type="application/ld+json">{json.dumps(told)}</script></head></html>'
        return web.Response(text=text, content_type="text/html")


def _json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(content, status=status, headers=headers)


def later(stamp: str, **by: float) -> str:
    """A moment so much later, in the form of an offer."""
    return f"{datetime.strptime(stamp, '%Y-%m-%d %H:%M:%S') + timedelta(**by):%Y-%m-%d %H:%M:%S}"
