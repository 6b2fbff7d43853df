"""What the sandbox can be told: which shops exist, which of the document's open questions it answers how, and how
badly it behaves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_type_hints

import msgspec

from .categories import MARKETPLACE, CategoryTree
from .faults import Fault

DEMO_SHOP_GUID = "6f1c2a58-0d3e-4b7a-9c41-5e8f7a2b9d10"
DEMO_SIGNING_KEY = "c2FuZGJveC1zaWduaW5nLWtleS1vZi10aGUtZGVtby1zaG9wLTAwMQ=="

MissingRoute = Literal["405", "aws", "404"]


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Seconds that a request waits before it is worked on, plus up to `jitter` more."""

    seconds: float
    jitter: float = 0.0
    method: str | None = None
    path: str = ""  # a regular expression, searched for in the path

    def __post_init__(self) -> None:
        re.compile(self.path)


@dataclass(frozen=True, kw_only=True)
class RateLimit:
    """At most `rate` requests in `per` seconds over all requests that match, else 429.

    A `bucket` holds `burst` tokens (by default `rate`) and refills steadily; a `window` counts what it let
    through in the last `per` seconds. `retry_after` says whether the answer tells how long to wait.
    """

    rate: int
    per: float = 1.0
    kind: Literal["bucket", "window"] = "bucket"
    burst: int | None = None
    retry_after: bool = True
    method: str | None = None
    path: str = ""  # a regular expression, searched for in the path

    def __post_init__(self) -> None:
        re.compile(self.path)


@dataclass(kw_only=True)
class SandboxSettings:
    """All settings; every one may be changed while the sandbox runs."""

    shops: Mapping[str, str] = field(default_factory=lambda: {DEMO_SHOP_GUID: DEMO_SIGNING_KEY})
    """Shop guid to its signing key in base64."""

    route: Literal["webshop", "webshops", "both"] = "webshop"
    """Which spelling of the route that creates products exists."""

    missing_route: MissingRoute = "405"
    """How the spelling that does not exist answers."""

    put_route: Literal["ok", "405", "aws", "404"] = "ok"
    """Whether products can be changed at all, and how the missing route answers."""

    response_shape: Literal["guids", "list", "none"] = "guids"
    """What creating products answers: `{"products": [...]}`, the bare list, or `{}`."""

    amount_decimals: int = 6
    """Decimals that an amount may have; 2 refuses the exact net prices."""

    index_lag: float = 0.0
    """Seconds until a change shows in queries. Changes that wait follow the setting when it changes."""

    archived_false_exists: bool = True
    """Whether `exists: archived` matches a product whose `archived` is false, as in Elasticsearch."""

    drop_marks: bool = False
    """Whether `data.import` stays away from every answer."""

    trim: bool = False
    """Whether names and SKUs lose white space at their ends and doubled white space when they are stored."""

    categories: CategoryTree = field(default_factory=lambda: MARKETPLACE)
    """The marketplace's categories, name to children."""

    bootstrap_tree: bool = True
    """Whether `GET /bootstrap` has the categories as a tree."""

    upload_expires: float = 3600.0
    """Seconds for which an upload's form is valid."""

    upload_max_bytes: int = 20_000_000

    download_private: bool = True
    """Whether the sandbox fetches pictures from private addresses too; on, as everything around it is local."""

    download_timeout: float = 20.0

    public_url: str | None = None
    """The store's address in answers, where it differs from the one that the client asked."""

    latency: tuple[Latency, ...] = ()
    """The first that matches a request counts."""

    rate_limits: tuple[RateLimit, ...] = ()
    """Each that matches a request must let it through."""

    faults: tuple[Fault, ...] = ()
    """Faults to start with; the running ones are `Sandbox.faults`."""

    seed: int = 0
    """Of the random numbers behind latency and the faults' probability."""

    def update(self, changes: Mapping[str, Any]) -> None:
        """Set what was given as JSON; a ValueError says which setting does not exist or does not fit."""
        types = get_type_hints(SandboxSettings)
        values: dict[str, Any] = {}
        for name, value in changes.items():
            if name not in types:
                raise ValueError(f"there is no setting {name}")
            try:
                values[name] = msgspec.convert(value, types[name])
            except (msgspec.ValidationError, TypeError) as error:
                raise ValueError(f"{name}: {error}") from error
        for name, value in values.items():
            setattr(self, name, value)
