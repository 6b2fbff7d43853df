"""The shop's own public address of a picture goes to the Gateway, and nothing is transferred."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit, urlunsplit

from gateway_importer.catalog import Image
from gateway_importer.images.way import PictureFault, Placed
from gateway_importer.redaction import SECRETS
from gateway_importer.source import Source

# All that may stand in a path or a query as it is; a "%" that begins no escape is seen to before.
AS_IT_IS = "%/?:@!$&'()*+,;=-._~[]"


class Hotlink:
    """Hands the public address on."""

    name = "hotlink"

    async def place(self, image: Image, source: Source) -> Placed:
        """Raises `PictureFault` for a picture without a public address."""
        return Placed(public_address(image))


def public_address(image: Image) -> str:
    """The picture's public address in ASCII: host by IDNA, the rest percent-encoded where it must be and else
    left alone. Raises `PictureFault`: there is none, it is none, or it carries a key."""
    if not image.public_url:
        raise PictureFault(
            "no_public_address", "The picture has no public address.", "Use IMAGES=uploads, which needs none."
        )
    try:
        parts = urlsplit(image.public_url.strip())
        host, port = parts.hostname or "", parts.port
        host = host if host.isascii() else host.encode("idna").decode()
        path, query = _escaped(parts.path), _escaped(parts.query)
    except ValueError as problem:
        raise _unusable(f"it cannot be read ({problem})") from problem
    if parts.scheme not in {"http", "https"} or not host:
        raise _unusable("it does not begin with http:// or https:// and a host")
    netloc = (f"[{host}]" if ":" in host else host) + (f":{port}" if port is not None else "")
    address = urlunsplit((parts.scheme, netloc, path, query, ""))
    if parts.username is not None or SECRETS.redact(address) != address:
        raise PictureFault(
            "address_with_key",
            "The picture's only address carries a key or a password, and would publish it.",
            "Use IMAGES=uploads.",
        )
    return address


def _escaped(text: str) -> str:
    return quote(re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text), safe=AS_IT_IS)


def _unusable(why: str) -> PictureFault:
    return PictureFault(
        "picture_address", f"The picture's address cannot be used: {why}.", "Correct the address in the shop."
    )
