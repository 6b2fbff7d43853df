"""How the sandbox reads and writes JSON, and how it refuses: exact numbers in, exact numbers out."""

from __future__ import annotations

import asyncio
import http
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
from aiohttp import web

BODY_LIMIT = 10_000_000  # bytes; what AWS API Gateway takes

Json = dict[str, Any]


class Hold:
    """Lets a fault give up a request whose body is here, and hold back its effect."""

    def __init__(self, seconds: float) -> None:
        self.arrived = asyncio.Event()
        self._seconds = seconds

    async def wait(self) -> None:
        self.arrived.set()
        await asyncio.sleep(self._seconds)


HOLD = web.RequestKey("hold", Hold)
"""Where a handler that streams its body finds the one that concerns it."""


class ExponentNumber(Decimal):
    """A number that was written with an exponent, as binary floats are; legal JSON, but no amount of money."""


class Refusal(Exception):
    """The Gateway says no: the status and the message of its JSON body."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def _exact(text: str) -> Decimal:
    return ExponentNumber(text) if "e" in text or "E" in text else Decimal(text)


_decoder = msgspec.json.Decoder(float_hook=_exact)
_encoder = msgspec.json.Encoder(decimal_format="number")


def decode(raw: bytes | str) -> Any:
    """JSON as Python values; a number with a fraction is a Decimal made from the very text that was sent."""
    return _decoder.decode(raw)


def encode(value: object) -> bytes:
    return _encoder.encode(value)


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(body=encode(value), status=status, content_type="application/json", headers=headers)


def refusal(status: int, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    """The Gateway's error body; its shape is CONFIRMED for 409 and ASSUMED for every other status."""
    error = f"{status} {http.HTTPStatus(status).phrase}"
    return answer({"code": status, "error": error, "message": message}, status, headers)


def missing_route(how: str) -> web.Response:
    """What a server says that does not know the route at all; none of the three names a shop or a product."""
    if how == "405":
        return refusal(405, "Method Not Allowed")
    if how == "404":
        return refusal(404, "The requested URL was not found on the server.")
    headers = {"x-amzn-ErrorType": "MissingAuthenticationTokenException"}
    return answer({"message": "Missing Authentication Token"}, 403, headers)


async def read_object(request: web.Request) -> Json:
    """The request's body, which must be one JSON object and say that it is JSON."""
    if request.content_type != "application/json":
        raise Refusal(415, f"The body must be application/json, not {request.content_type}")
    raw = await read_body(request)
    try:
        body = decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(400, f"The body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise Refusal(400, "The body must be a JSON object")
    return body


async def read_body(request: web.Request) -> bytes:
    """The body, refused above the size that AWS API Gateway passes on."""
    if (request.content_length or 0) > BODY_LIMIT:
        raise Refusal(413, f"The body is larger than {BODY_LIMIT} bytes")
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise Refusal(413, f"The body is larger than {BODY_LIMIT} bytes") from error


def only(body: Json, allowed: frozenset[str], where: str) -> None:
    """Refuse what the document does not name, so that a misspelt field is not silently lost."""
    if unknown := sorted(body.keys() - allowed):
        names = ", ".join(unknown)
        raise Refusal(400, f"{where}: unknown field {names}" if where else f"unknown field {names}")
