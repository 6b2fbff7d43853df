"""OAuth 1.0a as Magento checks it: the base string over the host without its port, HMAC-SHA256, a new nonce each time.

The server's side is ``Magento\\Framework\\Oauth\\Oauth``: it takes HMAC-SHA256 alone since 2.4.4, builds the address
from the scheme that it believes it is reached by, and sorts the parameters by name. Paths with characters that need
escaping are signed differently by different versions: none is ever asked for.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

METHOD = "HMAC-SHA256"
Params = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Signed:
    """The four strings of an integration."""

    consumer_key: str
    consumer_secret: str
    token: str
    token_secret: str


@dataclass(frozen=True, slots=True)
class Bearer:
    """Its access token alone, where the shop allows that."""

    token: str


Credentials = Signed | Bearer


def escaped(value: str) -> str:
    """Percent-encoded, all but letters, digits and ``-._~`` (RFC 5849, 3.6)."""
    return quote(value, safe="-._~")


def encoded(params: Params) -> str:
    """A query of which a server gets back every name and value as they are."""
    return "&".join(f"{escaped(name)}={escaped(value)}" for name, value in params)


def base_string(method: str, url: str, params: Params, *, scheme: str | None = None) -> str:
    """What is signed (RFC 5849, 3.4.1), but for the port, which the server leaves out whatever it is. `params` are all
    of them, those of the query and OAuth's own; `scheme` is the one by which the server believes it is reached."""
    parts = urlsplit(url)
    address = f"{scheme or parts.scheme}://{(parts.hostname or '').lower()}{parts.path}"
    ordered = sorted((escaped(name), escaped(value)) for name, value in params)
    joined = "&".join(f"{name}={value}" for name, value in ordered)
    return "&".join((method.upper(), escaped(address), escaped(joined)))


def signature(credentials: Signed, method: str, url: str, params: Params, *, scheme: str | None = None) -> str:
    key = f"{escaped(credentials.consumer_secret)}&{escaped(credentials.token_secret)}"
    text = base_string(method, url, params, scheme=scheme)
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def authorization(
    credentials: Credentials,
    method: str,
    url: str,
    params: Params,
    *,
    scheme: str | None = None,
    clock: Callable[[], float] = time.time,
) -> dict[str, str]:
    """The header for one try of one question: no server takes a nonce twice."""
    if isinstance(credentials, Bearer):
        return {"Authorization": f"Bearer {credentials.token}"}
    own = [
        ("oauth_consumer_key", credentials.consumer_key),
        ("oauth_nonce", secrets.token_hex(16)),
        ("oauth_signature_method", METHOD),
        ("oauth_timestamp", str(int(clock()))),
        ("oauth_token", credentials.token),
        ("oauth_version", "1.0"),
    ]
    signed = signature(credentials, method, url, [*params, *own], scheme=scheme)
    listed = ", ".join(f'{name}="{escaped(value)}"' for name, value in [*own, ("oauth_signature", signed)])
    return {"Authorization": f"OAuth {listed}"}
