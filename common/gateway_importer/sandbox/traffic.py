"""What every request to the Gateway and its store passes through: the log, latency, rate limits and faults."""

from __future__ import annotations

import asyncio
import logging
import random
import re
import socket
import struct
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import msgspec
from aiohttp import web

from .answers import HOLD, Refusal, decode, missing_route, read_body, refusal
from .faults import Fault, choose
from .records import FaultHit, RequestRecord
from .settings import RateLimit, SandboxSettings

LOG_LENGTH = 1_000_000
STORE_PREFIX = "/store/"
OWN_PREFIXES = ("/sandbox/", "/browse/")  # the sandbox's own pages; no part of the Gateway

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

logger = logging.getLogger(__name__)


@dataclass
class _Meter:
    """Where a rate limit stands."""

    tokens: float
    since: float
    passed: deque[float] = field(default_factory=deque)

    def wait(self, limit: RateLimit, now: float) -> float:
        """Seconds until the limit would let a request through; 0 lets this one through and counts it."""
        if limit.kind == "window":
            while self.passed and self.passed[0] <= now - limit.per:
                self.passed.popleft()
            if len(self.passed) >= limit.rate:
                return self.passed[0] + limit.per - now
            self.passed.append(now)
            return 0.0
        speed = limit.rate / limit.per
        self.tokens = min(float(limit.burst or limit.rate), self.tokens + (now - self.since) * speed)
        self.since = now
        if self.tokens < 1.0:
            return (1.0 - self.tokens) / speed
        self.tokens -= 1.0
        return 0.0


class Traffic:
    """The middleware, with what it remembers."""

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self.faults: list[Fault] = list(settings.faults)
        self.requests: deque[RequestRecord] = deque(maxlen=LOG_LENGTH)
        self.fault_log: deque[FaultHit] = deque(maxlen=LOG_LENGTH)
        self._rng = random.Random(settings.seed)
        self._meters: dict[int, tuple[RateLimit, _Meter]] = {}
        self._late: set[asyncio.Task[web.StreamResponse]] = set()

    async def close(self) -> None:
        for task in self._late:
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)

    async def pass_through(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path == "/" or request.path.startswith(OWN_PREFIXES):
            return await handler(request)
        at, started = time.time(), time.perf_counter()
        response: web.StreamResponse | None = None
        fault: Fault | None = None
        body = b""
        try:
            await self._wait(request)
            if limited := self._limited(request):
                response = limited
                return response
            if not request.path.startswith(STORE_PREFIX):
                body = await read_body(request)
            fault = choose(self.faults, self._rng, request.method, request.path, body.decode(errors="replace"))
            if fault is None:
                response = await _work(request, handler)
                return response
            self._note(request, fault, at, body)
            response = await self._fail(request, handler, fault)
            return response if response is not None else web.Response(status=500)
        except Refusal as refused:
            response = refusal(refused.status, refused.message)
            return response
        finally:
            self.requests.append(
                RequestRecord(
                    at=at,
                    method=request.method,
                    path=request.path,
                    query=request.query_string,
                    status=response.status if response is not None else None,
                    seconds=time.perf_counter() - started,
                    bytes_in=request.content_length or len(body),
                    bytes_out=_size(response),
                    skus=_skus(request, body),
                    fault=str(fault) if fault is not None else None,
                    user_agent=request.headers.get("User-Agent", ""),
                )
            )

    def _note(self, request: web.Request, fault: Fault, at: float, body: bytes) -> None:
        hit = FaultHit(
            at=at, fault=str(fault), method=request.method, path=request.path, skus=_skus(request, body)
        )
        self.fault_log.append(hit)
        logger.debug("fault: %s hit %s %s", hit.fault, hit.method, hit.path)

    async def _wait(self, request: web.Request) -> None:
        for latency in self.settings.latency:
            if latency.method in (None, request.method) and re.search(latency.path, request.path):
                await asyncio.sleep(latency.seconds + self._rng.uniform(0.0, latency.jitter))
                return

    def _limited(self, request: web.Request) -> web.Response | None:
        now = time.monotonic()
        for limit in self.settings.rate_limits:
            if limit.method not in (None, request.method) or not re.search(limit.path, request.path):
                continue
            fresh = (limit, _Meter(float(limit.burst or limit.rate), now))
            wait = self._meters.setdefault(id(limit), fresh)[1].wait(limit, now)
            if wait > 0.0:
                headers = {"Retry-After": str(max(1, -int(-wait // 1)))} if limit.retry_after else {}
                return refusal(429, "Too Many Requests", headers)
        return None

    async def _fail(self, request: web.Request, handler: Handler, fault: Fault) -> web.StreamResponse | None:
        """Answer wrongly; None where the connection is closed without an answer."""
        if fault.what == "late":
            return await self._answer_early(request, handler, fault)
        done = None
        if fault.when == "after" or fault.what in ("truncate", "cut"):
            done = await _work(request, handler)
        if fault.what == "status":
            return _status(fault, fault.status or 503)
        if fault.what == "html":
            page = "<!DOCTYPE html><html><head><title>Please wait</title></head><body><h1>Please wait</h1></body></html>"
            return web.Response(text=page, status=fault.status or 200, content_type="text/html")
        if fault.what == "stall":
            await asyncio.sleep(fault.seconds)
        if isinstance(done, web.Response) and isinstance(done.body, bytes) and fault.what in ("truncate", "cut"):
            half = done.body[: len(done.body) // 2]
            if fault.what == "truncate":
                return web.Response(body=half, status=done.status, content_type=done.content_type)
            return await _cut(request, done, half)
        _reset(request)
        return None

    async def _answer_early(self, request: web.Request, handler: Handler, fault: Fault) -> web.StreamResponse | None:
        arrived = asyncio.Event()

        async def hold() -> None:
            arrived.set()
            await asyncio.sleep(fault.seconds)

        async def work() -> web.StreamResponse:
            if not request.body_exists:  # nothing will be read, so nothing would hold the work up
                await hold()
            return await _work(request, handler)

        request[HOLD] = hold
        task = asyncio.create_task(work())
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        waiting = asyncio.create_task(arrived.wait())
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not arrived.is_set():  # it was refused before it could be held up
            return await task
        if fault.status is not None:
            return _status(fault, fault.status)
        _reset(request)
        return None


async def _work(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as refused:
        return refusal(refused.status, refused.message)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        return missing_route("aws")


def _status(fault: Fault, status: int) -> web.Response:
    headers = {"Retry-After": fault.retry_after} if fault.retry_after is not None else {}
    return refusal(status, "The sandbox was told to fail here", headers)


async def _cut(request: web.Request, done: web.Response, half: bytes) -> web.StreamResponse:
    """Promise the whole body, send half of it, and hang up."""
    response = web.StreamResponse(status=done.status)
    response.content_type = done.content_type
    response.content_length = 2 * len(half) + 1
    await response.prepare(request)
    await response.write(half)
    if request.transport is not None:
        request.transport.close()
    return response


def _reset(request: web.Request) -> None:
    """Close the connection at once; with nothing to linger for, the other side sees a reset."""
    if request.transport is None:
        return
    connection = request.transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()


def _size(response: web.StreamResponse | None) -> int:
    if isinstance(response, web.Response) and isinstance(response.body, bytes):
        return len(response.body)
    return int(response.headers.get("Content-Length", 0)) if response is not None else 0


def _skus(request: web.Request, body: bytes) -> tuple[str, ...]:
    """The SKUs of a request that writes products, also of one that is refused or hit by a fault."""
    if request.method not in ("POST", "PUT") or "/products" not in request.path or not body:
        return ()
    try:
        document = decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()
    elements = document.get("products", [document]) if isinstance(document, dict) else []
    products = [each.get("product") for each in elements if isinstance(each, dict)] if isinstance(elements, list) else []
    skus = [each.get("sku") for each in products if isinstance(each, dict)]
    return tuple(sku for sku in skus if isinstance(sku, str))
