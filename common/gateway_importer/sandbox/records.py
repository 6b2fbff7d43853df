"""What the sandbox remembers of its visitors: requests, the faults that hit them, and uploads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RequestRecord:
    """One request to the Gateway or its store, in the order in which they ended."""

    at: float
    """When it came, in seconds since 1970."""
    method: str
    path: str
    query: str
    status: int | None
    """None where the connection was closed without an answer."""
    seconds: float
    bytes_in: int
    bytes_out: int
    skus: tuple[str, ...]
    """The SKUs in the body of a request that creates or changes products."""
    fault: str | None
    """The fault that hit it, in words."""
    user_agent: str


@dataclass(frozen=True, kw_only=True)
class FaultHit:
    """Which fault hit which request."""

    at: float
    fault: str
    method: str
    path: str
    skus: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class UploadRecord:
    """One picture that the store took, through a form or because the Gateway fetched it."""

    at: float
    key: str
    shop: str
    size: int
    content_type: str
    """What the form said; S3 does not look into the bytes."""
    found_type: str | None
    """What the bytes are, by their first ones; None where they are no picture that is known here."""
    sha256: str
    source: str
    """`upload`, or the address for a picture that was fetched."""

    @property
    def mistyped(self) -> bool:
        return self.content_type != self.found_type
