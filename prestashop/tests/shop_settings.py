"""Everything about the simulated shop that a test may switch, also while it runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

PictureFault = Literal[
    "missing",  # the row is there, the file is not: 500 code 61 by the API, 404 in public
    "empty",  # 200 with no bytes
    "html",  # a page with status 200
    "text",  # text that calls itself image/jpeg
    "wrong-type",  # a picture that calls itself application/octet-stream
    "huge",  # as many bytes as `huge_bytes`, and says so
    "huge-undeclared",  # the same, chunked
    "truncated",  # half of the bytes that were announced, then the connection is closed
    "chunked",  # no Content-Length
    "slow",  # a byte, then `picture_pause` seconds, then the rest
]

FaultKind = Literal[
    "status",  # an HTML page with `status`, as a firewall or hoster sends it
    "html",  # an HTML page with status 200
    "empty",  # 200 and no body
    "nothing",  # a JSON list that holds none, of what is not empty
    "truncated",  # the first half of the body as if it were all
    "cut",  # the first half of the announced body, then the connection is closed
    "reset",  # the connection is closed without a word
    "bom",  # a byte order mark in front of the body
    "noise",  # a PHP warning as HTML in front of the body
    "slow",  # the right answer, `delay` seconds later
]


@dataclass
class LoggedRequest:
    """One request as the shop saw it."""

    method: str
    path: str
    query: dict[str, str]
    #: The API resource, "picture" for pictures, else empty.
    resource: str
    #: The products, rows or pictures that the address names.
    ids: tuple[int, ...]
    user_agent: str
    status: int = 0
    #: It carried a key, whatever key that was.
    with_key: bool = False


@dataclass
class Fault:
    """Something that goes wrong for the next requests that match."""

    kind: FaultKind
    status: int = 503
    retry_after: str | None = None
    #: How many requests it hits; -1 for every one.
    times: int = 1
    #: How many matching requests it lets through first.
    after: int = 0
    resource: str | None = None
    matches: Callable[[LoggedRequest], bool] | None = None
    delay: float = 0.0
    #: Called when it hits.
    met: Callable[[], None] | None = None


@dataclass
class ShopSettings:
    """The switches; the defaults are the shop that was recorded."""

    version: str = "8.1.3"
    php: str = "7.4"
    #: php.ini's error_reporting lets notices through: each turns a good answer into a 500.
    notices: bool = True
    #: Products at which a module raises a notice, whatever the version.
    notice_products: set[int] = field(default_factory=set)
    #: Products whose page dies (PHP fatal): 500 without a body.
    broken_products: set[int] = field(default_factory=set)
    #: Virtual prices that a module of the shop answers instead of the shop's own sum.
    price_overrides: dict[tuple[int, int], Decimal] = field(default_factory=dict)

    #: Sub-folder of the shop, "/sklep".
    folder: str = ""
    #: The shop's own host name; None is the address it listens on. Another Host is redirected, and the path is lost.
    domain: str | None = None
    #: The web server sends http to https and keeps the path.
    force_https: bool = False
    #: The rewrite rule of /api is missing: only webservice/dispatcher.php answers.
    no_rewrite: bool = False
    #: PHP as CGI: the Authorization header never arrives.
    drops_authorization_header: bool = False
    webservice_enabled: bool = True
    maintenance: bool = False

    #: Ids of the active languages; None is what the catalogue says.
    languages: tuple[int, ...] | None = None
    #: Values that replace those of the catalogue: {"PS_TAX": "0"}.
    configuration: dict[str, str] = field(default_factory=dict)
    #: Columns of `groups` that replace those of the catalogue: {1: {"reduction": "10.00"}}.
    groups: dict[int, dict[str, str]] = field(default_factory=dict)
    #: Resources that the full key may not use at all.
    forbidden: set[str] = field(default_factory=set)
    #: After so many authenticated calls the full key is switched off.
    revoke_after: int | None = None
    #: Shops that the full key is limited to; None is all.
    key_shops: set[int] | None = None
    #: The shop's clock, for special prices with dates; None is the real one.
    now: datetime | None = None

    #: How the theme states a product for machines.
    page_form: Literal["json-ld", "microdata", "none"] = "json-ld"
    #: Prices that a module shows on pages alone: the webservice does not know them.
    page_prices: dict[int, Decimal] = field(default_factory=dict)

    #: Seconds that every API answer takes.
    delay: float = 0.0
    faults: list[Fault] = field(default_factory=list)
    #: What stands in front of every body of the API (a module's byte order mark, a PHP warning).
    prefix: bytes = b""
    pictures: dict[int, PictureFault] = field(default_factory=dict)
    picture_delay: float = 0.0
    picture_pause: float = 1.0
    huge_bytes: int = 64 * 1024 * 1024

    def configured(self, stored: Mapping[str, str], name: str, default: str) -> str:
        """A value of the shop's configuration, as switched here, as stored, or PrestaShop's default."""
        return self.configuration.get(name, stored.get(name, default))
