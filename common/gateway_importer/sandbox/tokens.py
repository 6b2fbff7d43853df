"""The shop's token as the Gateway checks it: HS256 with the shop's key, exactly the three claims, nothing else."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import msgspec

from .answers import Refusal


class Tokens:
    """Which shop a token speaks for. Tokens do not expire, so one that was checked is remembered."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, str]] = {}

    def shop(self, authorization: str | None, shops: Mapping[str, str]) -> str:
        """The shop's guid; 401 for anything but a token that this shop's key signed."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme != "Bearer" or not token:
            raise Refusal(401, "The header Authorization: Bearer {token} is missing")
        shop, key = self._known.get(token, ("", ""))
        if key and shops.get(shop) == key:
            return shop
        shop = _checked(token, shops)
        self._known[token] = (shop, shops[shop])
        return shop


def _checked(token: str, shops: Mapping[str, str]) -> str:
    parts = token.split(".")
    if len(parts) != 3:
        raise Refusal(401, "The token is no JWT")
    header, claims = _part(parts[0]), _part(parts[1])
    if header.get("alg") != "HS256" or header.keys() - {"alg", "typ"} or header.get("typ", "JWT") != "JWT":
        raise Refusal(401, "The token's header must say HS256")
    shop = claims.get("organization_guid")
    if not isinstance(shop, str) or shop not in shops:
        raise Refusal(401, "The token's organization_guid is no shop that is known here")
    signed = f"{parts[0]}.{parts[1]}".encode()
    expected = hmac.new(base64.b64decode(shops[shop]), signed, hashlib.sha256).digest()
    if not hmac.compare_digest(expected, _bytes(parts[2])):
        raise Refusal(401, "The token's signature does not match the shop's key")
    if claims != {"iss": f"shop:{shop}", "organization_guid": shop, "groups": ["shopkeeper"]}:
        raise Refusal(401, "The token's claims must be iss, organization_guid and groups of the shop, and no others")
    return shop


def _bytes(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal(401, "The token is no JWT") from error


def _part(part: str) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(_bytes(part))
    except msgspec.DecodeError as error:
        raise Refusal(401, "The token is no JWT") from error
    if not isinstance(value, dict):
        raise Refusal(401, "The token is no JWT")
    return value
