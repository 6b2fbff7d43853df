"""One way to speak HTTP: where addresses may lead, what is asked again, what ends, and what no message shows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from gateway_importer.addresses import AddressGuard
from gateway_importer.failures import AddressRefused, AnswerLost, HttpFailure, NotSent, TooLarge
from gateway_importer.http import Answer, Host, Http, Limits, retry_after
from gateway_importer.redaction import SECRETS

SECRET = "s3cr3t-" + "0123456789abcdef" * 8


class Server:
    """A shop's server: redirects where it is told to, drips, breaks off, and remembers the headers it got."""

    def __init__(self) -> None:
        self.location = ""
        self.seen: list[dict[str, str]] = []

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/redirect", self.redirect),
                web.get("/drip", self.drip),
                web.get("/large", self.large),
                web.get("/cut", self.cut),
                web.get("/ok", self.ok),
            ]
        )
        return app

    async def redirect(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": self.location})

    async def ok(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(dict(request.headers))
        return web.Response(text="fine")

    async def drip(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(200):
            await response.write(b"x")
            await asyncio.sleep(0.02)
        return response

    async def large(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"x" * 100_000)

    async def cut(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = 1000
        await response.prepare(request)
        await response.write(b"x")
        if request.transport is not None:
            request.transport.close()
        return response


@pytest.fixture
async def server() -> AsyncIterator[tuple[Server, TestServer]]:
    served = Server()
    running = TestServer(served.app())
    async with running:
        yield served, running


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async with Http(user_agent="test") as opened:
        yield opened


def host(http: Http, running: TestServer, **limits: Any) -> Host:
    given = {"concurrency": 1, "attempts": 2, "first_pause": 0.01, **limits}
    return http.host("shop", str(running.make_url("")), Limits(**given), headers={"Authorization": SECRET})


async def read(host: Host, path: str) -> bytes:
    async with host.stream(path) as (_, body):
        return b"".join([chunk async for chunk in body.chunks()])


@pytest.mark.parametrize(
    "location",
    [
        "http://[bad", "http://host:99999/", "file:///etc/passwd", "ftp://x/", "//", "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/", "http://0.0.0.0/", "http://localhost:1/",
        "http://2130706433/", "http://a..b/", "http://" + "a" * 70 + ".pl/",
    ],
)  # fmt: skip
async def test_a_redirect_to_where_nothing_may_lead_is_a_failure_of_that_request(
    http: Http, server: tuple[Server, TestServer], location: str
) -> None:
    served, running = server
    shop = host(http, running)
    served.location = location
    with pytest.raises(HttpFailure):
        await read(shop, "/redirect")
    assert await asyncio.wait_for(read(shop, "/ok"), 1) == b"fine"  # its slot is free again


@pytest.mark.parametrize("address", ["http://[bad", "http://host:99999/", "data:image/png;base64,xx", "", "relative"])
async def test_an_address_that_is_none_is_a_failure_of_that_request(
    http: Http, server: tuple[Server, TestServer], address: str
) -> None:
    shop = host(http, server[1])
    for ask in (lambda path: shop.request("GET", path), lambda path: read(shop, path)):
        with pytest.raises(HttpFailure):
            await ask(address or "://")
    with pytest.raises(HttpFailure):
        await shop.send(address, _pieces(), length=1, headers={})


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "127.0.0.1", "100.64.0.1", "169.254.169.254", "224.0.0.1", "0.0.0.0", "[::1]", "[::]", "[fe80::1]",
        "[fd00::1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]", "[2002:a00:1::]", "[ff02::1]",
    ],
)  # fmt: skip
def test_no_form_of_a_private_address_is_let_through(address: str) -> None:
    guard = AddressGuard(allow_private=False)
    with pytest.raises(AddressRefused):
        guard.check(f"http://{address}/x.jpg")
    AddressGuard(allow_private=True).check(f"http://{address}/x.jpg")
    guard.trust(f"http://{address}")
    guard.check(f"http://{address}/x.jpg")


@pytest.mark.parametrize("address", ["8.8.8.8", "[2606:4700::1]", "[::ffff:8.8.8.8]", "[64:ff9b::808:808]", "shop.pl"])
def test_public_addresses_are_let_through(address: str) -> None:
    AddressGuard(allow_private=False).check(f"http://{address}/x.jpg")


async def _pieces() -> AsyncIterator[bytes]:
    yield b"x"


async def test_our_key_stays_at_its_own_origin(http: Http, server: tuple[Server, TestServer]) -> None:
    served, running = server
    shop = host(http, running)
    http.guard.trust(f"http://localhost:{running.port}")
    served.location = f"http://localhost:{running.port}/ok"
    await read(shop, "/redirect")
    assert "Authorization" not in served.seen[0]
    served.location = "/ok"
    await read(shop, "/redirect")
    assert served.seen[1]["Authorization"] == SECRET


async def test_redirects_that_never_end_end(http: Http, server: tuple[Server, TestServer]) -> None:
    served, running = server
    served.location = "/redirect"
    with pytest.raises(AddressRefused, match="redirects"):
        await read(host(http, running), "/redirect")


async def test_a_body_that_drips_for_ever_is_given_up(http: Http, server: tuple[Server, TestServer]) -> None:
    shop = host(http, server[1], whole_body=0.3)
    started = time.monotonic()
    with pytest.raises(AnswerLost):
        await read(shop, "/drip")
    assert time.monotonic() - started < 2 and await read(shop, "/ok") == b"fine"


async def test_an_answer_above_its_limit_is_not_read(http: Http, server: tuple[Server, TestServer]) -> None:
    shop = host(http, server[1], max_body=1000)
    with pytest.raises(TooLarge):
        await read(shop, "/large")
    with pytest.raises(TooLarge):
        await shop.request("GET", "/large")
    assert await read(shop, "/ok") == b"fine"


async def test_a_body_that_breaks_off_is_a_lost_answer(http: Http, server: tuple[Server, TestServer]) -> None:
    shop = host(http, server[1])
    with pytest.raises(AnswerLost):
        await read(shop, "/cut")
    with pytest.raises(AnswerLost):
        await shop.request("GET", "/cut")
    assert shop.traffic.lost == 2


async def test_a_host_that_is_not_there_was_certainly_not_asked(http: Http) -> None:
    nowhere = http.host("shop", "http://127.0.0.1:1", Limits(concurrency=1, attempts=1))
    with pytest.raises(NotSent):
        await nowhere.request("GET", "/")


@pytest.mark.parametrize("at", range(150, 240, 10))
async def test_a_secret_is_hidden_also_where_a_message_is_cut(at: int) -> None:
    SECRETS.add(SECRET)
    body = ("x" * at + SECRET).encode()
    for shown in (Answer(500, {}, body, "").excerpt(200), str(AddressRefused(body.decode()[:4000]))):
        assert SECRET[:12] not in shown
    spaced = (" " * (at * 4 - 20) + SECRET).encode()
    assert SECRET[:12] not in Answer(500, {}, spaced, "").excerpt(200)


async def test_a_secret_in_an_address_is_hidden_where_the_address_is_cut(http: Http) -> None:
    SECRETS.add(SECRET)
    shop = http.host("shop", "http://127.0.0.1:1", Limits(concurrency=1, attempts=1))
    with pytest.raises(HttpFailure) as failure:
        await shop.request("GET", "gopher://" + "x" * 150 + SECRET)
    assert SECRET[:12] not in str(failure.value)


def test_retry_after_is_read_as_a_number_or_a_date() -> None:
    assert retry_after("3") == 3 and retry_after("-1") == 0 and retry_after(None) is None
    assert retry_after("soon") is None and retry_after("nan") == 0
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert (retry_after("Wed, 21 Oct 2999 07:28:00 GMT") or 0) > 1e6


async def test_headers_that_are_made_are_made_anew_for_every_try(server: tuple[Server, TestServer]) -> None:
    served, running = server
    made = iter(range(10))
    async with Http(user_agent="test", allow_private=True) as http:
        host = http.host("the shop", str(running.make_url("")), Limits(concurrency=1, attempts=3, first_pause=0.0))
        await host.request(
            "GET", "/ok", headers=lambda: {"X-Nonce": str(next(made))}, usable=lambda _: len(served.seen) == 3
        )
    assert [one["X-Nonce"] for one in served.seen] == ["0", "1", "2"]
