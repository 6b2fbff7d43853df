"""A proxy between the importer and one of its two ends, on which everything goes wrong that goes wrong on a network.

It speaks HTTP/1.1 on asyncio streams: each request is read whole, named by its phase, and then either passed on or
harmed as a `Weather` decides. It knows neither platform nor Gateway; who starts it says what a phase is.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

HEAD_LIMIT = 64 * 1024  # bytes
HTML = b"<!doctype html><html><head><title>Service</title></head><body><h1>Please come back later</h1></body></html>"

Phase = Callable[[str, str, bytes], str]
"""(method, path with its query, body) to the name of the phase that a request belongs to; "" is never harmed."""

FAULTS = (
    "reset",  # the connection is reset before anything is done
    "stall",  # nothing for a while, and then a reset
    "delay",  # the answer comes, later
    "reorder",  # the request after this one is served first
    "late",  # given up at once, and carried out all the same a moment later
    "drop",  # carried out, and the answer is lost
    "truncate",  # carried out; half the answer, and then a reset
    "corrupt",  # carried out; the answer's bytes are overwritten where it begins and in the middle
    "429",
    "503",
    "500",
    "html",  # a web page with status 200 in place of the answer
)

GIVEN_UP = "given up"  # not a word until the client's own limit is over, and then carried out; slow, so not by chance
RARE_SHARE = 0.5  # of the requests of a phase that is seldom met


@dataclass
class Weather:
    """How bad it is: the share of requests that are harmed, by which faults; `seconds` is how long things wait."""

    share: float = 0.0
    seed: int = 0
    faults: Sequence[str] = FAULTS
    seconds: float = 0.5
    most_in_a_row: int = 2  # of one phase; what never goes well could never end
    rare: Callable[[str], bool] = lambda phase: False  # phases that are harmed every other time, where any are
    rng: random.Random = field(init=False)
    _in_a_row: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)

    def strike(self, phase: str) -> str | None:
        share = max(self.share, RARE_SHARE) if self.share and self.rare(phase) else self.share
        if not phase or self.rng.random() >= share or self._in_a_row[phase] >= self.most_in_a_row:
            self._in_a_row[phase] = 0
            return None
        self._in_a_row[phase] += 1
        return self.rng.choice(self.faults)


@dataclass
class Once(Weather):
    """One fault for the first request of each of some phases, and fair weather else."""

    fault: str = GIVEN_UP
    phases: set[str] = field(default_factory=set)

    def strike(self, phase: str) -> str | None:
        if phase not in self.phases:
            return None
        self.phases.remove(phase)
        return self.fault


@dataclass(frozen=True)
class Request:
    """One request, whole; `head` without what concerns the connection alone."""

    method: str
    path: str
    head: bytes
    body: bytes


class Broken(Exception):
    """The connection is to be reset."""


@dataclass
class FaultProxy:
    """In front of `host` and `port`. `met` counts requests by phase, `harmed` faults by phase and fault."""

    name: str
    host: str
    port: int
    phase: Phase
    weather: Weather = field(default_factory=Weather)
    met: Counter[str] = field(default_factory=Counter)
    harmed: Counter[tuple[str, str]] = field(default_factory=Counter)
    #: Awaited with each request's phase, and whether its work is done: before it is passed on, and before its answer.
    #: It may raise `Broken`.
    watch: Callable[[str, bool], Awaitable[None]] | None = None
    #: Makes another body of the body of an answer to a phase.
    mutate: Callable[[str, bytes], bytes] | None = None
    own_port: int = 0
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _served: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.own_port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.own_port, limit=HEAD_LIMIT)
        self.own_port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Nobody listens any more, and what is open breaks."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- connections -----------------------------------------------------------------------------------------

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while (request := await _request(reader, writer)) is not None:
                writer.write(await self._answer(request, reader))
                await writer.drain()
        except HalfAnswer as half:
            writer.write(half.part)
            with contextlib.suppress(ConnectionError):
                await writer.drain()
            await asyncio.sleep(0.05)  # a reset would take back what has not been read yet
            _reset(writer)
        except (Broken, OSError, asyncio.IncompleteReadError, ValueError):
            _reset(writer)
        except asyncio.CancelledError:
            _reset(writer)
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, request: Request, client: asyncio.StreamReader) -> bytes:
        phase = self.phase(request.method, request.path, request.body)
        self.met[phase] += 1
        fault = self.weather.strike(phase)
        if fault is not None:
            self.harmed[phase, fault] += 1
        if self.watch is not None:
            await self.watch(phase, False)
        if fault == GIVEN_UP:
            await client.read(1)  # nothing more comes but the end
            self._later(request, 0.0)
            raise Broken
        answer = await self._before(fault, request)
        if answer is not None:
            return answer
        answer = await self._passed_on(request)
        if self.watch is not None:
            await self.watch(phase, True)
        if self.mutate is not None:
            answer = _with_body(answer, partial(self.mutate, phase))
        return self._after(fault, answer)

    async def _before(self, fault: str | None, request: Request) -> bytes | None:
        """What happens before the request is passed on: an answer in its place, or None."""
        seconds = self.weather.seconds
        match fault:
            case "reset":
                raise Broken
            case "stall":
                await asyncio.sleep(4 * seconds)
                raise Broken
            case "delay":
                await asyncio.sleep(self.weather.rng.uniform(0.1, 1.0) * seconds)
            case "reorder":
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._served.wait(), seconds)
            case "late":
                self._later(request, self.weather.rng.uniform(0.2, 2.0) * seconds)
                raise Broken
            case "429":
                return _made(429, b'{"code": 429, "message": "Too Many Requests"}', self.weather.rng.random() < 0.5)
            case "503" | "500":
                return _made(int(fault), b'{"code": 500, "message": "On purpose"}', False)
            case "html":
                return _made(200, HTML, False, "text/html; charset=utf-8")
        return None

    def _later(self, request: Request, seconds: float) -> None:
        async def work() -> None:
            await asyncio.sleep(seconds)
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._passed_on(request)
            self._tasks.discard(task)

        task: asyncio.Task[None] = asyncio.create_task(work())
        self._tasks.add(task)

    def _after(self, fault: str | None, answer: bytes) -> bytes:
        if fault == "drop":
            raise Broken
        head, _, body = answer.partition(b"\r\n\r\n")
        if fault == "truncate":
            raise HalfAnswer(answer[: len(head) + 4 + len(body) // 2])
        if fault == "corrupt" and len(body) > 8:
            middle = len(body) // 2
            body = b"\xff\x00<\xfe" + body[4:middle] + b"\x00\xff" + body[middle + 2 :]
            return head + b"\r\n\r\n" + body
        return answer

    async def _passed_on(self, request: Request) -> bytes:
        """The end's answer, whole, on a connection of its own."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            writer.write(request.head + b"Connection: close\r\n\r\n" + request.body)
            await writer.drain()
            answer = await reader.read(-1)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        if not answer:
            raise Broken
        self._served.set()
        self._served = asyncio.Event()
        return _kept_open(answer)


class HalfAnswer(Broken):
    """So much of the answer goes out before the connection is reset."""

    def __init__(self, part: bytes) -> None:
        super().__init__()
        self.part = part


@asynccontextmanager
async def proxied(*proxies: FaultProxy) -> AsyncIterator[None]:
    """All of them started; stopped at the end."""
    try:
        for proxy in proxies:
            await proxy.start()
        yield
    finally:
        for proxy in proxies:
            await proxy.stop()


# --- the wire ------------------------------------------------------------------------------------------------


async def _request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    """The next request; None where the connection was closed instead. Who waits to be let in is let in."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as end:
        if not end.partial:
            return None
        raise
    first, *lines = head[:-4].split(b"\r\n")
    method, path, _ = first.decode("latin-1").split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    kept = [line for line in lines if line.partition(b":")[0].strip().lower() not in {b"connection", b"expect"}]
    if headers.get(b"expect", b"").lower() == b"100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
        body = await _chunked(reader)
    else:
        body = await reader.readexactly(int(headers.get(b"content-length", b"0")))
    return Request(method, path, b"\r\n".join([first, *kept]) + b"\r\n", body)


async def _chunked(reader: asyncio.StreamReader) -> bytes:
    """A chunked body, as it lies on the wire."""
    raw = b""
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.split(b";")[0], 16)
        raw += line + await reader.readexactly(size + 2)
        if size == 0:
            return raw


def _kept_open(answer: bytes) -> bytes:
    """The answer without the end's word that it closes: our own connection stays."""
    head, separator, body = answer.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    names = {line.partition(b":")[0].strip().lower() for line in lines[1:]}
    if not names & {b"content-length", b"transfer-encoding"} and b" 204 " not in lines[0] + b" ":
        lines.append(b"Content-Length: " + str(len(body)).encode())
    return b"\r\n".join(lines) + separator + body


def _with_body(answer: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """An answer with another body, and the length that goes with it; one in chunks stays as it is."""
    head, separator, body = answer.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    if any(line.lower().startswith((b"transfer-encoding:", b"content-encoding:")) for line in lines):
        return answer
    body = change(body)
    kept = [line for line in lines if not line.lower().startswith(b"content-length:")]
    return b"\r\n".join([*kept, b"Content-Length: " + str(len(body)).encode()]) + separator + body


def _made(status: int, body: bytes, retry_after: bool, kind: str = "application/json") -> bytes:
    lines = [f"HTTP/1.1 {status} On purpose", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    if retry_after:
        lines.append("Retry-After: 1")
    return "\r\n".join([*lines, "", ""]).encode() + body


def _reset(writer: asyncio.StreamWriter) -> None:
    """So that the other side's system reports a reset, not an orderly end."""
    sock: socket.socket | None = writer.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
