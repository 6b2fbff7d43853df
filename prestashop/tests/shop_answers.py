"""What the parts of the simulated webservice hand to each other: keys, calls, answers, and PHP's notices."""

from dataclasses import dataclass, field

from catalogue import Catalogue
from shop_schema import numbers
from shop_settings import ShopSettings

XML = "text/xml;charset=utf-8"
JSON = "application/json"
HTML = "text/html; charset=utf-8"
REALM = (
    'Basic realm="Welcome to PrestaShop Webservice, please enter the authentication key as the login. '
    'No password required."'
)
NOTICE_FILE = "/srv/shop/classes/webservice/WebserviceRequest.php"
OUTPUT_FILE = "/srv/shop/classes/webservice/WebserviceOutputJSON.php"


@dataclass
class Key:
    """A webservice key of the shop."""

    value: str
    permissions: dict[str, set[str]]
    active: bool = True


@dataclass
class Call:
    """A request to the webservice after the web server has had its say."""

    method: str
    segments: list[str]
    raw_query: str
    #: User name of the Authorization header, as far as PHP got to see it.
    user: str | None
    headers: dict[str, str]
    base: str


@dataclass
class Answer:
    """What goes back."""

    status: int = 200
    body: bytes = b""
    content_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Context:
    """The shop that a call is about."""

    catalogue: Catalogue
    settings: ShopSettings
    keys: dict[str, Key]


def html(status: int, body: str, **headers: str) -> Answer:
    """A page that the webservice did not make."""
    return Answer(status, body.encode(), HTML, {name.replace("_", "-"): value for name, value in headers.items()})


def active_languages(context: Context) -> list[int]:
    """The languages whose texts the shop shows."""
    if context.settings.languages is not None:
        return list(context.settings.languages)
    rows = context.catalogue.table("languages").items()
    return [id_lang for id_lang, row in sorted(rows) if str(row["active"]) == "1"]


def php(context: Context) -> tuple[int, ...]:
    """The shop's version of PHP."""
    return numbers(context.settings.php)


def stumble(context: Context, notice: str, warning: str, place: str) -> list[tuple[int, str]]:
    """A notice of PHP 7 that is a warning in PHP 8, as the error that the webservice makes of it."""
    if php(context) >= (8,):
        return [(3, f"[PHP Warning #2] {warning} ({place})")]
    return [(5, f"[PHP Notice #8] {notice} ({place})")] if context.settings.notices else []


def follow_ups(context: Context) -> list[tuple[int, str]]:
    """PHP goes on after a bad filter, and trips over what is not there."""
    found: list[tuple[int, str]] = []
    for line in (1333, 1334, 1335, 1336):
        place = f"{NOTICE_FILE}, line {line}"
        text = "Trying to access array offset on value of type bool"
        found += stumble(context, text, text, place)
    return found
