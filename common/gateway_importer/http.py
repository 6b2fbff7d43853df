"""The one way to speak HTTP: time limits, tries, paces, size limits, guarded addresses, counted requests.

A `Host` is one server that is spoken to, with its own pace; `Http` owns the connections of all of them.
Statuses are answers, not exceptions; `HttpFailure` is raised where there is no answer to look at.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any, Self
from urllib.parse import urljoin

import aiohttp
from yarl import URL

from gateway_importer.addresses import AddressGuard, GuardedResolver, origin
from gateway_importer.failures import AddressRefused, AnswerLost, HttpFailure, NotSent, Outlast, TooLarge, cut
from gateway_importer.pace import Pace
from gateway_importer.patience import Looked, Patience

MEBIBYTE = 1024 * 1024
LONGEST_REDIRECT_CHAIN = 5
LONGEST_EXCERPT = 16 * 1024  # bytes of an answer that are looked at for an error message
LONGEST_RETRY_AFTER = 120.0  # seconds; a longer one is as good as "down"
DOWN = frozenset({502, 503, 504})  # what stands in front of a server that is down says so
TRY_AGAIN = frozenset({429, 502, 503, 504, 508})  # 508: shared hosting's "resource limit is reached"


class Repeat(Enum):
    """What may be tried again: ``SAFE`` whatever failed; ``ONCE`` only what was certainly not carried out."""

    SAFE = "safe"
    ONCE = "once"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an answer says of the host's own leaky bucket: how full it is, how many calls it holds, how many of them
    leak out in a second."""

    level: float
    size: float
    drain: float


@dataclass(frozen=True, slots=True)
class Limits:
    """How one host is treated. Times are seconds, sizes bytes, rates requests a second. `patience` is how long a host
    that answered before is waited for when it is down. `allowance` finds in an answer's headers what the host says of
    its own limit, which is then kept to exactly."""

    concurrency: int
    per_second: float | None = None
    connect: float = 10.0
    total: float = 60.0
    between_chunks: float = 30.0
    whole_body: float = 900.0
    attempts: int = 5
    first_pause: float = 0.5
    patience: float = 0.0
    max_body: int = 64 * MEBIBYTE
    allowance: Callable[[Mapping[str, str]], Allowance | None] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host answered, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "").split(";")[0].strip().lower()

    def excerpt(self, length: int = 200) -> str:
        """The body's beginning on one line, without secrets, for an error message."""
        return cut(self.body[:LONGEST_EXCERPT].decode("utf-8", "replace"), length)


@dataclass(slots=True)
class Traffic:
    """What went to and from one host, for the report."""

    requests: Counter[str] = field(default_factory=Counter)
    retries: int = 0
    refused: int = 0
    lost: int = 0
    bytes_in: int = 0
    bytes_out: int = 0


@dataclass(frozen=True, slots=True)
class Probe:
    """Something small that a host which is up always answers, with whatever status; asked where it is in doubt."""

    method: str = "GET"
    path: str = "/"
    body: bytes | None = None
    headers: Mapping[str, str] | None = None


class Body:
    """A large answer while it is read. Once its last byte has come, the host's slot is free again."""

    def __init__(
        self, response: aiohttp.ClientResponse, limit: int, done: Callable[[], None], traffic: Traffic, outlast: Outlast
    ) -> None:
        self._response = response
        self._limit = limit
        self._done = done
        self._traffic = traffic
        self._outlast = outlast

    @property
    def content_type(self) -> str:
        return self._response.headers.get("Content-Type", "").split(";")[0].strip().lower()

    @property
    def headers(self) -> Mapping[str, str]:
        return self._response.headers

    @property
    def length(self) -> int | None:
        # A compressed answer's Content-Length is not the length of what we hand on.
        if self._response.headers.get("Content-Encoding", "identity") != "identity":
            return None
        return self._response.content_length

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body in pieces. Raises `AnswerLost` where it breaks off, `TooLarge` above the limit."""
        total = 0
        try:
            async for chunk in self._response.content.iter_chunked(64 * 1024):
                total += len(chunk)
                self._traffic.bytes_in += len(chunk)
                if total > self._limit:
                    raise TooLarge(f"it is larger than {self._limit} bytes")
                yield chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            failure = AnswerLost(f"it broke off after {total} bytes ({_describe(problem)})")
            failure.outlast = self._outlast
            raise failure from problem
        self._done()


class Host:
    """One server, spoken to under its own limits. `headers` go to this server's own origin only."""

    def __init__(
        self, http: Http, name: str, base: str, limits: Limits, headers: Mapping[str, str], probe: Probe, *, known: bool
    ) -> None:
        self.name = name
        self.base = base.rstrip("/")
        self.limits = limits
        self.headers = dict(headers)
        self.pace = Pace(concurrency=limits.concurrency, per_second=limits.per_second)
        self.traffic = Traffic()
        self._http = http
        self._probe = probe
        self._elsewhere: str | None = None  # the origin that was asked last, where it is not our own
        self._patience = Patience(
            f"{name} ({origin(self.base)})",
            seconds=limits.patience,
            first_pause=limits.first_pause,
            answers=self._answers,
            stopping=lambda: http.stopping,
            known=known,
        )

    def url(self, path: str) -> str:
        return path if "://" in path else self.base + path

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | Callable[[], Mapping[str, str]] | None = None,
        repeat: Repeat = Repeat.SAFE,
        try_again: frozenset[int] = TRY_AGAIN,
        usable: Callable[[Answer], bool] | None = None,
        attempts: int | None = None,
        total: float | None = None,
        kind: str = "",
    ) -> Answer:
        """Ask once, and again as `repeat` allows.

        `params` are appended percent-encoded as given (values are encoded here). A status in `try_again` is
        asked again (with ``ONCE`` only 429, which was not carried out), as is an answer that is not `usable`
        (half a JSON), and returned when the tries are used up. `headers` may be what makes them: each try then has its
        own (a signature may be used once). `kind` names the request in the report. Raises
        `HttpFailure`; `errors.Unreachable` when this host has failed many requests in a row. A host that has answered
        before and is down is waited for as long as the limits' `patience` allows.
        """
        url = self.url(path)
        pause = self.limits.first_pause
        last = attempts or self.limits.attempts
        attempt = 0
        final = False
        while True:
            attempt += 1
            if repeat is Repeat.ONCE:
                await self._patience.while_down()
            begun = time.monotonic()
            answer: Answer | None = None
            failure: HttpFailure | None = None
            try:
                made = headers() if callable(headers) else headers
                answer = await self._once(method, url, params, body, made, total, kind)
                again = _to_repeat(answer, repeat, try_again, usable)
            except NotSent as not_sent:
                failure, again = not_sent, True
            except AnswerLost as lost:
                self.traffic.lost += 1
                failure, again = lost, repeat is Repeat.SAFE
            overloaded = answer is not None and answer.status in DOWN and answer.status in try_again
            if answer is not None and not overloaded:
                self._patience.answered()
            if not again or attempt >= last or (answer is not None and _asks_for_long(answer)):
                if answer is not None and not overloaded:
                    return answer
                self._patience.failed(begun if repeat is Repeat.ONCE else None)
                looked = await self._patience.outlast() if again else Looked.GONE
                if looked is Looked.GONE or (looked is Looked.UP and final):
                    if failure is not None:
                        self._patience.raise_if_down(failure)
                        raise failure
                    assert answer is not None
                    return answer
                # Whoever was waited for is asked as if anew; who answers all the same, once more.
                final = looked is Looked.UP
                attempt, pause = (last - 1 if final else 0), self.limits.first_pause
            self.traffic.retries += 1
            await asyncio.sleep(pause * random.uniform(0.75, 1.25))
            pause *= 2

    async def _answers(self) -> bool:
        """Whether this host is up."""
        probe = self._probe if self._elsewhere is None else Probe("GET", self._elsewhere + "/")
        try:
            answer = await self._once(
                probe.method, self.url(probe.path), None, probe.body, probe.headers, None, "is it up"
            )
        except HttpFailure:
            return False
        return answer.status not in DOWN

    async def _once(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        body: Any,
        headers: Mapping[str, str] | None,
        total: float | None,
        kind: str,
    ) -> Answer:
        self._http.guard.check(url)
        timeout = aiohttp.ClientTimeout(total=total or self.limits.total, sock_connect=self.limits.connect)
        target = URL(url).update_query(dict(params)) if params else URL(url)
        async with self._slot() as granted:
            self.traffic.requests[kind or method] += 1
            if isinstance(body, bytes):
                self.traffic.bytes_out += len(body)
            connected = False
            try:
                async with self._http.session.request(
                    method,
                    target,
                    data=body,
                    headers={**self._own_headers(url), **(headers or {})},
                    timeout=timeout,
                    allow_redirects=False,
                ) as response:
                    connected = True
                    received = await self._read(response)
                    self._answered = True
            except AddressRefused:
                raise
            except aiohttp.ClientConnectorError as problem:
                raise _refused_or_not_sent(self.name, problem) from problem
            except (aiohttp.ServerTimeoutError, TimeoutError) as problem:
                if isinstance(problem, aiohttp.ConnectionTimeoutError) and not connected:
                    raise NotSent(f"{self.name}: no connection within {self.limits.connect:g} s") from problem
                raise AnswerLost(f"{self.name}: no answer within {timeout.total:g} s") from problem
            except (aiohttp.ClientError, OSError) as problem:
                raise AnswerLost(f"{self.name}: {_describe(problem)}") from problem
            except ValueError as problem:
                raise AddressRefused(f"{self.name}: '{cut(url, 200)}' cannot be asked") from problem
            answer = Answer(response.status, response.headers, received, str(response.url))
            self._note(answer, granted)
        return answer

    async def send(
        self, url: str, pieces: AsyncIterator[bytes], *, length: int, headers: Mapping[str, str], kind: str = ""
    ) -> Answer:
        """POST a body that comes in pieces and is `length` bytes long in all. Tried once: the pieces are gone.

        Raises `HttpFailure`; what `pieces` raises comes through as it is.
        """
        self._http.guard.check(url)
        self._probe = Probe("GET", url)  # where forms go is known by the form alone
        timeout = aiohttp.ClientTimeout(total=self.limits.total, sock_connect=self.limits.connect)
        trouble: list[BaseException] = []

        async def watched() -> AsyncIterator[bytes]:
            try:
                async for piece in pieces:
                    self.traffic.bytes_out += len(piece)
                    yield piece
            except Exception as problem:
                trouble.append(problem)
                raise

        async with self._to_be_outlasted(), self._slot() as granted:
            self.traffic.requests[kind or "POST"] += 1
            try:
                async with self._http.session.post(
                    URL(url, encoded=True),
                    data=watched(),
                    headers={"User-Agent": self._http.user_agent, **headers, "Content-Length": str(length)},
                    timeout=timeout,
                    allow_redirects=False,
                ) as response:
                    body = await self._read(response)
            except AddressRefused:
                raise
            except aiohttp.ClientConnectorError as problem:
                raise _refused_or_not_sent(self.name, problem) from problem
            except (aiohttp.ClientError, TimeoutError, OSError) as problem:
                if trouble:
                    raise trouble[0] from problem
                raise AnswerLost(f"{self.name}: {_describe(problem)}") from problem
            if trouble:
                raise trouble[0]
            answer = Answer(response.status, response.headers, body, url)
            self._note(answer, granted)
        if answer.status not in DOWN:
            self._patience.answered()
        return answer

    async def outlast(self) -> Looked:
        """For what cannot be repeated here: look, once the tries are used up, whether this host is down, and wait for
        it. Raises `errors.Unreachable` where it stays down."""
        return await self._patience.outlast()

    @asynccontextmanager
    async def _to_be_outlasted(self) -> AsyncIterator[None]:
        """What breaks in here can only be repeated by who asked for it, who is told how to wait for us."""
        try:
            yield
        except (NotSent, AnswerLost) as failure:
            failure.outlast = self.outlast
            raise

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        pieces: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_chunked(64 * 1024):
            size += len(chunk)
            self.traffic.bytes_in += len(chunk)
            if size > self.limits.max_body:
                raise TooLarge(f"{self.name}: an answer of more than {self.limits.max_body} bytes")
            pieces.append(chunk)
        return b"".join(pieces)

    @asynccontextmanager
    async def stream(
        self,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        max_body: int | None = None,
        redirects: int = LONGEST_REDIRECT_CHAIN,
        kind: str = "",
    ) -> AsyncIterator[tuple[int, Body]]:
        """Open a large answer: its status and the body to read piece by piece.

        Redirects are followed with every address checked; our own headers are left behind where one leads to
        another origin. Raises `HttpFailure`. Not tried again here: a broken body is the caller's to restart.
        """
        url = self.url(path)
        timeout = aiohttp.ClientTimeout(
            total=self.limits.whole_body, sock_connect=self.limits.connect, sock_read=self.limits.between_chunks
        )
        granted = await self.pace.acquire()
        held = True

        def release() -> None:
            nonlocal held
            if held:
                held = False
                self.pace.release(granted)

        async with AsyncExitStack() as stack:
            stack.callback(release)
            await stack.enter_async_context(self._to_be_outlasted())
            for _ in range(redirects + 1):
                self._http.guard.check(url)
                # Pictures may lie at a server of their own, and it is that one which may be down.
                self._elsewhere = None if origin(url) == origin(self.base) else origin(url)
                self.traffic.requests[kind or "GET"] += 1
                try:
                    response = await self._http.session.get(
                        URL(url),
                        headers={**self._own_headers(url), **(headers or {})},
                        timeout=timeout,
                        allow_redirects=False,
                    )
                except AddressRefused:
                    raise
                except aiohttp.ClientConnectorError as problem:
                    raise _refused_or_not_sent(self.name, problem) from problem
                except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as problem:
                    self.pace.answered(error=True)
                    raise AnswerLost(f"{self.name}: {_describe(problem)}") from problem
                async with response:
                    if response.status in {301, 302, 303, 307, 308} and "Location" in response.headers:
                        url = _joined(url, response.headers["Location"])
                        continue
                    self._note(Answer(response.status, response.headers, b"", url), granted)
                    if response.status not in DOWN:
                        self._patience.answered()
                    limit = max_body or self.limits.max_body
                    yield response.status, Body(response, limit, release, self.traffic, self.outlast)
                    return
            raise AddressRefused(f"{self.name}: more than {redirects} redirects")

    def _own_headers(self, url: str) -> dict[str, str]:
        own = {"User-Agent": self._http.user_agent}
        if origin(url) == origin(self.base):
            own.update(self.headers)
        return own

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[float]:
        """A slot of this host's pace, which is told of answers that did not come."""
        async with self.pace.slot() as granted:
            try:
                yield granted
            except HttpFailure:
                self.pace.answered(error=True)
                raise

    def _note(self, answer: Answer, granted: float) -> None:
        """What an answer says of the pace."""
        said = self.limits.allowance(answer.headers) if self.limits.allowance is not None else None
        if said is not None:
            self.pace.told(said.level, said.size, said.drain)
        waiting = retry_after(answer.headers.get("Retry-After"))
        if answer.status == 429 or (answer.status == 503 and waiting is not None):
            self.traffic.refused += 1
            self.pace.refused(None if waiting is None else min(waiting, LONGEST_RETRY_AFTER), granted)
        else:
            # What is not there is an answer like any other; shops have pictures that are gone.
            self.pace.answered(error=answer.status >= 400 and answer.status not in {404, 409})


class Http:
    """The connections of one run. Use as an async context manager."""

    def __init__(self, *, user_agent: str, allow_private: bool = False) -> None:
        self.user_agent = user_agent
        self.guard = AddressGuard(allow_private=allow_private)
        self.hosts: list[Host] = []
        self.learnt: dict[str, str] = {}  # what a run finds out about its shop, kept for the next one
        self.stopping = asyncio.Event()  # once it is set, nothing that is down is waited for
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("Http is used outside its context")
        return self._session

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            limit=0,  # each host's pace holds its own number of requests at once
            resolver=GuardedResolver(self.guard),
            keepalive_timeout=10,
        )
        self._session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, requote_redirect_url=False
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    def host(
        self,
        name: str,
        base: str,
        limits: Limits,
        *,
        headers: Mapping[str, str] | None = None,
        typed: bool = True,
        probe: Probe | None = None,
        known: bool = False,
    ) -> Host:
        """A server to speak to. `typed`: a person named it, so it may lie in a private network. `probe` (else its front
        page) is asked where it is in doubt whether the server is up; `known`: it has answered already, as another
        host, so that it is waited for from the first."""
        if typed:
            self.guard.trust(base)
        host = Host(self, name, base, limits, headers or {}, probe or Probe(), known=known)
        self.hosts.append(host)
        return host


def retry_after(value: str | None) -> float | None:
    """Seconds of a Retry-After header (a number or a date), None where there is none that can be read."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _asks_for_long(answer: Answer) -> bool:
    """Whether it names a time that is too long for another try."""
    waiting = retry_after(answer.headers.get("Retry-After"))
    return waiting is not None and waiting > LONGEST_RETRY_AFTER


def _to_repeat(
    answer: Answer, repeat: Repeat, try_again: frozenset[int], usable: Callable[[Answer], bool] | None
) -> bool:
    if repeat is Repeat.ONCE:
        return answer.status == 429
    return answer.status in try_again or (usable is not None and not usable(answer))


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as problem:
        raise AddressRefused(f"a redirect leads to '{cut(location, 200)}', which is no address") from problem


def _describe(problem: BaseException) -> str:
    said = cut(str(problem), 200)
    return f"{type(problem).__name__}: {said}" if said else type(problem).__name__


def _refused_or_not_sent(name: str, problem: aiohttp.ClientConnectorError) -> HttpFailure:
    cause = problem.os_error
    if isinstance(cause, AddressRefused):
        return cause
    return NotSent(f"{name}: no connection to {problem.host}:{problem.port} ({cause.strerror or cause})")
