"""What happens around every request: the log, latency, rate limits, and the faults that the rules choose."""

from __future__ import annotations

import asyncio
import logging
import math
import random
import re
import socket
import struct
import time
from collections import deque
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from .answers import HOLD, Hold, Refusal, read_body, refusal
from .faults import Fault, choose
from .limits import Limiter
from .pictures import STORE
from .records import FaultHit, RequestRecord
from .settings import SandboxSettings

LOG_LENGTH = 200_000  # requests
HTML = "<!doctype html><html><head><title>Service</title></head><body><h1>Please come back later</h1></body></html>"
SKU = re.compile(rb'"sku"\s*:\s*("(?:[^"\\]|\\.)*")')

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = logging.getLogger(__name__)


class Conduct:
    """The middleware of the sandbox, and what it remembers."""

    def __init__(self, settings: SandboxSettings, faults: list[Fault]) -> None:
        self._settings = settings
        self._faults = faults
        self._rng = random.Random(settings.seed)
        self._limiter = Limiter()
        self._closing = asyncio.Event()
        self._late: set[asyncio.Task[None]] = set()
        self.requests: deque[RequestRecord] = deque(maxlen=LOG_LENGTH)
        self.fault_hits: deque[FaultHit] = deque(maxlen=LOG_LENGTH)

    def reset_log(self) -> None:
        self.requests.clear()
        self.fault_hits.clear()

    def reseed(self) -> None:
        self._rng = random.Random(self._settings.seed)

    async def close(self) -> None:
        """Wake what stalls, and drop the work that would have come late: a server that is gone does none."""
        self._closing.set()
        for task in self._late:
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)

    async def handle(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Log the request and let the rules have their way with it."""
        at, started = time.time(), time.perf_counter()
        skus: tuple[str, ...] = ()
        body = b""
        fault: Fault | None = None
        response: web.StreamResponse | None = None
        try:
            if request.content_type == "application/json":
                body = await read_body(request)
                skus = _skus(request, body)
            response = self._limited(request)
            if response is None:
                await self._pause(self._latency(request))
                fault = self._choose(request, body, skus)
                response = await (guarded(request, handler) if fault is None else self._suffer(request, handler, fault))
        except Refusal as refused:
            response = refusal(refused.status, refused.message)
        except Gone:
            return web.Response()  # nobody is left to read it
        finally:
            self.requests.append(
                RequestRecord(
                    at=at,
                    method=request.method,
                    path=request.path,
                    query=request.query_string,
                    status=None if response is None else response.status,
                    seconds=time.perf_counter() - started,
                    bytes_in=len(body) or request.content_length or 0,
                    bytes_out=_length(response),
                    skus=skus,
                    fault=None if fault is None else str(fault),
                    user_agent=request.headers.get("User-Agent", ""),
                )
            )
        return response

    def _limited(self, request: web.Request) -> web.Response | None:
        found = self._limiter.refused(self._settings.rate_limits, request.method, request.path)
        if found is None:
            return None
        limit, wait = found
        headers = {"Retry-After": str(max(1, math.ceil(wait)))} if limit.retry_after else None
        return refusal(429, "Too Many Requests", headers)

    def _latency(self, request: web.Request) -> float:
        for rule in self._settings.latency:
            if rule.method in (None, request.method) and re.search(rule.path, request.path):
                return rule.seconds + self._rng.random() * rule.jitter
        return 0.0

    def _choose(self, request: web.Request, body: bytes, skus: tuple[str, ...]) -> Fault | None:
        if not self._faults:
            return None
        text = body.decode(errors="replace")
        fault = choose(self._faults, self._rng, request.method, request.path, text)
        if fault is not None:
            self.fault_hits.append(
                FaultHit(at=time.time(), fault=str(fault), method=request.method, path=request.path, skus=skus)
            )
        return fault

    # --- faults ----------------------------------------------------------------------------------------------

    async def _suffer(self, request: web.Request, handler: Handler, fault: Fault) -> web.StreamResponse:
        if fault.what == "late":
            return await self._be_late(request, handler, fault)
        if fault.what == "stall" and fault.when == "before":
            await self._pause(fault.seconds)
            return await guarded(request, handler)
        if fault.when == "before" and fault.what not in ("truncate", "cut"):
            return _instead(request, fault)
        done = await guarded(request, handler)
        if fault.what == "stall":
            await self._pause(fault.seconds)
            return done
        if fault.what == "truncate":
            whole = _body(done)
            return web.Response(body=whole[: len(whole) // 2], status=done.status, content_type=done.content_type)
        if fault.what == "cut":
            return await _break_off(request, done)
        return _instead(request, fault)

    async def _be_late(self, request: web.Request, handler: Handler, fault: Fault) -> web.StreamResponse:
        """Give up at once. The work itself is done later, whether or not anybody still waits."""
        hold = Hold(fault.seconds)

        async def work() -> None:
            if request.path == STORE:
                request[HOLD] = hold  # the picture must be here before the connection goes
            else:
                await hold.wait()
            await guarded(request, handler)

        task = asyncio.create_task(work())
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        waiter = asyncio.create_task(hold.arrived.wait())
        await asyncio.wait({task, waiter}, return_when=asyncio.FIRST_COMPLETED)
        waiter.cancel()
        if fault.status is None:
            raise reset(request)
        return _refused(fault, fault.status)

    async def _pause(self, seconds: float) -> None:
        if seconds <= 0:
            return
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return


class Gone(Exception):
    """The connection was closed on purpose, so there is no answer to give."""


async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The handler's answer, with every refusal in the Gateway's form."""
    try:
        return await handler(request)
    except Refusal as refused:
        return refusal(refused.status, refused.message)
    except RecursionError:
        return refusal(400, "The body is nested too deeply")
    except web.HTTPException as error:
        # The message names no shop and no product: a client tells by it that the ROUTE is not there.
        if error.status == 404:
            return refusal(404, "The requested URL was not found on the server.")
        return refusal(error.status, error.reason)
    except (ConnectionError, asyncio.CancelledError):
        raise
    except Exception:
        log.exception("%s %s", request.method, request.path)
        return refusal(500, "Internal server error")


def reset(request: web.Request) -> Gone:
    """Close the connection so that the client's system reports a reset, not an orderly end."""
    transport = request.transport
    if transport is not None:
        sock: socket.socket | None = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return Gone()


def _instead(request: web.Request, fault: Fault) -> web.StreamResponse:
    if fault.what == "reset":
        raise reset(request)
    if fault.what == "html":
        headers = {"Retry-After": fault.retry_after} if fault.retry_after else None
        return web.Response(text=HTML, status=fault.status or 200, content_type="text/html", headers=headers)
    return _refused(fault, fault.status or 503)


def _refused(fault: Fault, status: int) -> web.Response:
    return refusal(status, "On purpose", {"Retry-After": fault.retry_after} if fault.retry_after else None)


async def _break_off(request: web.Request, done: web.StreamResponse) -> web.StreamResponse:
    """Promise the whole body, send half of it and close."""
    whole = _body(done)
    response = web.StreamResponse(status=done.status, headers={"Content-Type": done.content_type})
    response.content_length = len(whole)
    await response.prepare(request)
    await response.write(whole[: len(whole) // 2])
    if request.transport is not None:
        request.transport.close()
    raise Gone


def _body(response: web.StreamResponse) -> bytes:
    body = response.body if isinstance(response, web.Response) else None
    return bytes(body) if isinstance(body, (bytes, bytearray)) else b""


def _length(response: web.StreamResponse | None) -> int:
    if response is None:
        return 0
    return response.content_length or 0


def _skus(request: web.Request, body: bytes) -> tuple[str, ...]:
    if request.method not in ("POST", "PUT") or not re.search(r"/products(/|$)", request.path):
        return ()
    try:
        return tuple(msgspec.json.decode(found, type=str) for found in SKU.findall(body))
    except msgspec.DecodeError:
        return ()
