"""Who asks, and whether he signed as the shop reckons it: OAuth 1.0a as ``Magento\\Framework\\Oauth`` checks it.

Written from what the recorded shop took and refused; it shares no code with the importer.
"""

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote

from shop_query import Refused, Row

FIELDS = (
    "oauth_consumer_key", "oauth_signature", "oauth_signature_method", "oauth_nonce", "oauth_timestamp", "oauth_token",
)  # fmt: skip
AHEAD = 600  # seconds


@dataclass
class Integration:
    """`boxes` are the ACL names that are ticked, None: all of them. `version` is a number that nonces belong to."""

    name: str
    key: str
    secret: str
    token: str
    token_secret: str
    boxes: set[str] | None = None
    active: bool = True
    nonces: set[str] = field(default_factory=set)

    def may(self, resource: str) -> bool:
        return self.boxes is None or resource in self.boxes


@dataclass
class Door:
    """How the shop looks at a request: by which scheme it believes that it is reached, and what it lets pass."""

    scheme: str = "http"
    bearer: bool = False  # an access token alone will do
    sha1: bool = False  # as before 2.4.4
    decodes_path: bool = True  # as 2.4.7 does


def not_authorized(resource: str) -> Refused:
    return Refused(401, "The consumer isn't authorized to access %resources.", {"resources": resource})


def who(
    integrations: Sequence[Integration], door: Door, method: str, host: str, raw_path: str, header: str, resource: str
) -> Integration:
    """The integration that asks for something under the right `resource`. Raises `Refused`."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        found = next((one for one in integrations if one.token == rest.strip()), None)
        if found is None or not door.bearer:
            raise not_authorized(resource)
        return found  # also one that was switched off: such a token outlives its integration
    if scheme.lower() != "oauth":
        raise not_authorized(resource)
    own = {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', rest)}
    lacking = [name for name in FIELDS if not own.get(name)]
    if lacking:
        said = '"%fieldName" is required. Enter and try again.'
        errors = [{"message": said, "parameters": {"fieldName": name}} for name in lacking]
        raise Refused(400, "One or more input exceptions have occurred.", errors=errors)
    if own["oauth_signature_method"] not in ("HMAC-SHA256", *(["HMAC-SHA1"] if door.sha1 else [])):
        raise Refused(400, "Signature method %1 is not supported", [own["oauth_signature_method"]])
    asking = next((one for one in integrations if one.key == own["oauth_consumer_key"]), None)
    if asking is None:
        raise Refused(401, "A consumer having the specified key does not exist")
    holder = next((one for one in integrations if one.token == own["oauth_token"]), None)
    if holder is None:
        raise Refused(401, "Specified token does not exist")
    if holder is not asking:
        raise Refused(401, "Token is not associated with the specified consumer")
    if not own["oauth_timestamp"].isdecimal() or int(own["oauth_timestamp"]) > time.time() + AHEAD:
        raise Refused(401, "An error occurred validating the nonce")
    if own["oauth_nonce"] in asking.nonces:
        raise Refused(401, "The nonce is already being used by the consumer with ID %1", ["3"])
    asking.nonces.add(own["oauth_nonce"])
    if not hmac.compare_digest(_signature(asking, door, method, host, raw_path, own), own["oauth_signature"]):
        raise Refused(401, "The signature is invalid. Verify and try again.")
    if not asking.active or not asking.may(resource):
        raise not_authorized(resource)
    return asking


def _signature(asking: Integration, door: Door, method: str, host: str, raw_path: str, own: Row) -> str:
    path, _, query = raw_path.partition("?")
    if door.decodes_path:
        # Each %XX that is legal in a path as it stands is decoded.
        path = re.sub(r"%(2F|3A|40|26|3D|2B|24|2C|3B|25)", lambda one: unquote(one[0]), path, flags=re.IGNORECASE)
    params = [(name, value) for name, value in own.items() if name not in ("oauth_signature", "realm")]
    for part in query.split("&") if query else []:
        if part.count("=") == 1:  # a raw '=' within a value drops that parameter
            params += parse_qsl(part, keep_blank_values=True)
    pairs = sorted(((_quoted(name), _quoted(value)) for name, value in params), key=lambda one: _natural(one[0]))
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    address = f"{door.scheme}://{host.partition(':')[0].lower()}{path}"
    text = "&".join((method, _quoted(address), _quoted(joined)))
    key = f"{_quoted(asking.secret)}&{_quoted(asking.token_secret)}"
    kind = hashlib.sha256 if own["oauth_signature_method"].endswith("256") else hashlib.sha1
    return base64.b64encode(hmac.new(key.encode(), text.encode(), kind).digest()).decode()


def _quoted(text: str) -> str:
    return quote(text, safe="-._~")


def _natural(text: str) -> list[tuple[int, int, str]]:
    """As PHP's strnatcmp sorts: numbers within a text by their value."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", text) if part != ""]
