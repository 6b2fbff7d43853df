"""The simulated shop that hands over files: a small HTTP server with the moods of real ones.

Documents are given as bytes, or made when they are asked for, piece by piece. It knows nothing of the importer.
"""

import base64
import gzip
import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from types import TracebackType
from typing import Literal, Self

from aiohttp import web

Make = Callable[[], Iterator[bytes]]
FaultKind = Literal[
    "status",  # an HTML page with `status`
    "html",  # an HTML page with status 200
    "empty",  # status 200 and not a byte
    "cut",  # half of the announced body, then the connection is closed
    "truncated",  # half of the document, and nothing says so
    "reset",  # the connection is closed without a word
    "nothing",  # a well-formed document that holds no offer
]
PAGE = b"<!DOCTYPE html><html><head><title>Przerwa techniczna</title></head><body><p>Wracamy!</p></body></html>"


@dataclass
class Call:
    """One request as the shop saw it."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    status: int = 0
    at: float = 0.0

    @property
    def name(self) -> str:
        return self.path.lstrip("/")


@dataclass
class Fault:
    """Something that goes wrong for the next `times` requests of documents (-1: every one), after `after` others."""

    kind: FaultKind
    status: int = 503
    retry_after: str | None = None
    times: int = 1
    after: int = 0
    met: Callable[[], None] | None = None


@dataclass
class Document:
    """A file under an address. `make` yields it in pieces, `empty` is what it looks like without an offer. `modified` is
    its date (seconds since 1970). `marks`: it answers 304 to whoever has it already."""

    make: Make
    content_type: str = "text/xml; charset=utf-8"
    empty: bytes = b""
    modified: float | None = None
    marks: bool = True
    packed: bool = False
    streamed: bool = False  # sent while it is made, without its length

    def body(self) -> bytes:
        return b"".join(self.make())


@dataclass
class Shop:
    """Use as an asynchronous context manager. `login` and `password` guard documents where they are set; `token` must
    stand in the query where it is set. `lost` are pictures that cannot be had, and how."""

    documents: dict[str, Document] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    login: str = ""
    password: str = ""
    accounts: dict[str, tuple[str, set[str]]] = field(
        default_factory=dict
    )  # login to password and what it may not read
    token: str = ""
    forbidden: bool = False
    faults: list[Fault] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    host: str = "127.0.0.1"
    port: int = 0
    redirect: dict[str, str] = field(default_factory=dict)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def address(self, name: str) -> str:
        return f"{self.url}/{name}" + (f"?token={self.token}" if self.token else "")

    def asked(self, name: str) -> list[Call]:
        return [one for one in self.calls if one.name == name]

    # --- answers

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        call = Call(request.method, request.path, request.query_string, dict(request.headers), at=time.monotonic())
        self.calls.append(call)
        try:
            response = await self._of(request, call)
        except web.HTTPException as refused:
            call.status = refused.status
            raise
        call.status = response.status
        return response

    async def _of(self, request: web.Request, call: Call) -> web.StreamResponse:
        if call.name in self.redirect:
            raise web.HTTPFound(self.redirect[call.name])
        if call.name.startswith("img/"):
            return self._picture(call.name.removeprefix("img/"))
        document = self.documents.get(call.name)
        if document is None:
            raise web.HTTPNotFound(text=PAGE.decode(), content_type="text/html")
        self._guard(request)
        fault = self._fault()
        if fault is not None and fault.kind not in {"cut", "truncated", "nothing"}:
            return self._broken(request, fault)
        return await self._document(request, document, fault)

    def _guard(self, request: web.Request) -> None:
        if self.forbidden:
            raise web.HTTPForbidden(text=PAGE.decode(), content_type="text/html")
        if self.token and request.query.get("token") != self.token:
            raise web.HTTPForbidden(text=PAGE.decode(), content_type="text/html")
        if self.login:
            accounts = {self.login: (self.password, set[str]()), **self.accounts}
            for login, (password, denied) in accounts.items():
                right = base64.b64encode(f"{login}:{password}".encode()).decode()
                if request.headers.get("Authorization") == f"Basic {right}":
                    if request.path.lstrip("/") in denied:
                        raise web.HTTPForbidden(text=PAGE.decode(), content_type="text/html")
                    return
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Basic realm="feed"'})

    def _fault(self) -> Fault | None:
        for fault in self.faults:
            if fault.after > 0:
                fault.after -= 1
                continue
            if fault.times == 0:
                continue
            fault.times -= fault.times > 0
            if fault.met is not None:
                fault.met()
            return fault
        return None

    def _broken(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.kind == "reset":
            assert request.transport is not None
            request.transport.close()
            return web.Response(status=500)
        if fault.kind == "empty":
            return web.Response(body=b"", content_type="text/xml")
        if fault.kind == "html":
            return web.Response(body=PAGE, content_type="text/html")
        headers = {"Retry-After": fault.retry_after} if fault.retry_after is not None else {}
        return web.Response(status=fault.status, body=PAGE, content_type="text/html", headers=headers)

    async def _document(self, request: web.Request, document: Document, fault: Fault | None) -> web.StreamResponse:
        if document.streamed and fault is None:
            return await self._streamed(request, document)
        body = document.empty if fault is not None and fault.kind == "nothing" else document.body()
        headers = {"Content-Type": document.content_type}
        if document.modified is not None:
            headers["Last-Modified"] = formatdate(document.modified, usegmt=True)
        mark = f'"{hashlib.md5(body).hexdigest()}"'
        if document.marks and fault is None:
            headers["ETag"] = mark
            if request.headers.get("If-None-Match") == mark:
                return web.Response(status=304, headers=headers)
        if document.packed:
            body = gzip.compress(body)
        if fault is not None and fault.kind == "truncated":
            body = body[: len(body) // 2]
        if fault is not None and fault.kind == "cut":
            response = web.StreamResponse(headers=headers)
            response.content_length = len(body)
            await response.prepare(request)
            await response.write(body[: len(body) // 2])
            assert request.transport is not None
            request.transport.close()
            return response
        return web.Response(body=body, headers=headers)

    async def _streamed(self, request: web.Request, document: Document) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": document.content_type})
        await response.prepare(request)
        for piece in document.make():
            await response.write(piece)
        await response.write_eof()
        return response

    def _picture(self, name: str) -> web.StreamResponse:
        how = self.lost.get(name)
        if how == "page":
            return web.Response(body=PAGE, content_type="text/html")
        body = self.pictures.get(name)
        if body is None or how is not None:
            raise web.HTTPNotFound(text=PAGE.decode(), content_type="text/html")
        return web.Response(body=body, content_type="image/png")
