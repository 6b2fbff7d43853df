"""The shop's token at the Gateway."""

from __future__ import annotations

import jwt


def shop_token(signing_key: bytes, shop_guid: str) -> str:
    """The JWT (HS256) that speaks for one shop. It has no expiry and no time of issue, as the Gateway wants it."""
    claims = {"iss": f"shop:{shop_guid}", "organization_guid": shop_guid, "groups": ["shopkeeper"]}
    return jwt.encode(claims, signing_key, algorithm="HS256")
