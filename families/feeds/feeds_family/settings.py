"""What an import of a feed or a table asks, and its own options; a profile gives the questions their names."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway_importer.catalog import Vat
from gateway_importer.settings import Setting, address, flag, one_of, text, whole_number, words
from gateway_importer.settings import path as file_path

from feeds_family.conditions import ACROSS, NOTHING, REFUSE, vat_setting
from feeds_family.grouping import RULES, pattern
from feeds_family.places import OnServer, Place, none_or_place, none_or_text, place, secrets_in
from feeds_family.sniffing import Format

GROUP = "Feeds"
AUTO = "auto"
GROSS, NET = "gross", "net"
ZERO, KEEP = "zero", "keep"
EACH, SUM = "each", "sum"
REPLACE = "replace"


def encoding(value: str) -> str:
    """An encoding by its name. Raises ValueError."""
    try:
        return codecs.lookup(value.strip()).name
    except LookupError:
        raise ValueError("write windows-1250, iso-8859-2, utf-8 or utf-16") from None


def one_sign(value: str) -> str:
    """One character; the words tab, comma, semicolon for those that are hard to write."""
    named = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "blank": " "}
    found = named.get(value.strip().lower(), value if len(value) == 1 else value.strip())
    if len(found) != 1:
        raise ValueError("write one character, or tab")
    return found


def unknown_stock(value: str) -> str:
    bare = value.strip().lower()
    if bare in {REFUSE, NOTHING} or (bare.isdecimal() and len(bare) < 7):
        return bare
    raise ValueError(f"write a number, {NOTHING} or {REFUSE}")


def vat_default(value: str) -> Vat | None:
    return None if value.strip().lower() == REFUSE else vat_setting(value)


def vat_by_category(value: str) -> tuple[tuple[tuple[str, ...], Vat], ...]:
    """``Książki=5; Odzież/Dzieci=8``: where a category's path begins so. Raises ValueError."""
    found = []
    for part in value.split(";"):
        begins, sign, rate = part.rpartition("=")
        if not part.strip():
            continue
        path = tuple(" ".join(one.split()) for one in begins.split(ACROSS) if one.strip())
        if not sign or not path:
            raise ValueError(f"'{part.strip()}' is not of the form Category/Below it=5")
        found.append((path, vat_setting(rate)))
    return tuple(found)


def vat_words(value: str) -> tuple[tuple[str, Vat], ...]:
    """``A=23,B=8``: what the letters of a till mean. Raises ValueError."""
    found: list[tuple[str, Vat]] = []
    for part in words(value):
        word, sign, rate = part.partition("=")
        if not sign:
            raise ValueError(f"'{part}' is not of the form A=23")
        found.append(("".join(word.lower().split()), vat_setting(rate)))
    return tuple(found)


FORMAT = Setting(
    "FEED_FORMAT", one_of(AUTO, *(one.value for one in Format)),
    "The format of the first source; told by its bytes unless somebody says otherwise.", default=AUTO, group=GROUP,
    choices=(AUTO, *(one.value for one in Format)),
)  # fmt: skip
ENCODING = Setting(
    "ENCODING", encoding, "The encoding of texts (windows-1250, iso-8859-2, …) where the bytes do not tell it.",
    group=GROUP,
)  # fmt: skip
SEPARATOR = Setting("SEPARATOR", one_sign, "What stands between the cells of a CSV; else counted.", group=GROUP)
SHEET = Setting("SHEET", text, "The sheet of a workbook; else the first one with rows.", group=GROUP)
HTML_ENTITIES = Setting(
    "HTML_ENTITIES", one_of(REFUSE, REPLACE),
    "XML with HTML's own named characters (&nbsp;) is refused, as XML wants it, or they are replaced.",
    default=REFUSE, group=GROUP, choices=(REFUSE, REPLACE),
)  # fmt: skip
COLUMN_MAP = Setting(
    "COLUMN_MAP", file_path, "What the columns of a table mean (CSV, drafted by `columns`); else columns.csv in the "
    "shop's state folder.", group=GROUP,
)  # fmt: skip
SECOND_COLUMN_MAP = Setting(
    "SECOND_COLUMN_MAP", file_path, "The same for the second source; else columns-second.csv there.", group=GROUP
)
PRICE_IS = Setting(
    "PRICE_IS", one_of(GROSS, NET),
    "Whether prices are with VAT or without. Ceneo's and Google's are with VAT by their own rule; of a table's column "
    "that means `price` it is asked.", group=GROUP, choices=(GROSS, NET),
)  # fmt: skip
VAT_DEFAULT = Setting(
    "VAT_DEFAULT", vat_default,
    "VAT of goods of which nothing says any: a rate (23, 8, 5, 0), zw, np, or refuse. Asked where it is needed.",
    group=GROUP,
)  # fmt: skip
VAT_BY_CATEGORY = Setting(
    "VAT_BY_CATEGORY", vat_by_category,
    "VAT of goods of which the file says none, by how their category begins: Książki=5; Dom/Kuchnia=8.", group=GROUP,
)  # fmt: skip
VAT_WORDS = Setting(
    "VAT_WORDS", vat_words, "What the file's own words for VAT mean, such as the letters of a till: A=23,B=8,C=0.",
    group=GROUP,
)  # fmt: skip
VAT_FROM_PRICES = Setting(
    "VAT_FROM_PRICES", flag, "Take VAT from a row's net and gross price, where no column says it.", default="no",
    group=GROUP,
)  # fmt: skip
UNKNOWN_STOCK = Setting(
    "UNKNOWN_STOCK", unknown_stock,
    "Stock of goods of which the file says that they are available, and not how many: a number, nothing (stock is left "
    "out), or refuse. Asked where it is needed.", group=GROUP,
)  # fmt: skip
MISSING_STOCK = Setting(
    "MISSING_STOCK", one_of(ZERO, KEEP),
    "Stock of goods that the second source leaves out: 0, or what the first one says.", default=ZERO, group=GROUP,
    choices=(ZERO, KEEP),
)  # fmt: skip
WAREHOUSES = Setting(
    "WAREHOUSES", words, "Warehouses or shops whose stock counts, separated by commas; else all.", group=GROUP
)
STOCK_CLAMP = Setting(
    "STOCK_CLAMP", one_of(EACH, SUM),
    "Negative stock counts as 0 in each warehouse, or only after all are added up.", default=EACH, group=GROUP,
    choices=(EACH, SUM),
)  # fmt: skip
VARIANT_RULE = Setting(
    "VARIANT_RULE", one_of(*RULES),
    "Which rows are variants of one product: " + "; ".join(f"{word}: {means}" for word, means in RULES.items())
    + ". By the group id of Google's feeds, and of a table that has one; else asked.",
    group=GROUP, choices=tuple(RULES),
)  # fmt: skip
VARIANT_PATTERN = Setting(
    "VARIANT_PATTERN", pattern,
    r"For VARIANT_RULE=pattern: a regular expression over the symbol: (?P<product>\d+)-(?P<color>\d+)-(?P<size>\w+).",
    group=GROUP,
)  # fmt: skip
OPTION_ATTRIBUTES = Setting(
    "OPTION_ATTRIBUTES", words, "Attributes of Ceneo's feeds that tell variants apart.", default="Rozmiar,Kolor",
    group=GROUP,
)  # fmt: skip
TITLE_OPTION = Setting(
    "TITLE_OPTION", text,
    "The name of an option that holds what variants' titles have beyond their common beginning, where nothing else "
    "tells two of them apart; without it such a product fails.", group=GROUP,
)  # fmt: skip
CATEGORY_SEPARATOR = Setting(
    "CATEGORY_SEPARATOR", one_sign, "What stands between the names of a category's path in a table.", default=">",
    group=GROUP,
)  # fmt: skip
IMAGE_SEPARATOR = Setting(
    "IMAGE_SEPARATOR", one_sign, "What stands between pictures in one cell of a table; else | ; or blanks.", group=GROUP
)
IMAGE_BASE_URL = Setting("IMAGE_BASE_URL", address, "Where pictures lie whose addresses are not whole.", group=GROUP)
CURRENCY = Setting(
    "CURRENCY", lambda value: text(value).upper(), "Currency of prices without one.", default="PLN", group=GROUP
)
VANISHED_DAYS = Setting(
    "VANISHED_DAYS", whole_number(0, 365),
    "Days for which goods that a file does not show any more are kept with stock 0, since many leave out what is sold "
    "out; then they are archived.", default="14", group=GROUP,
)  # fmt: skip
SHOP_NAME = Setting(
    "SHOP_NAME", text,
    "A name for the shop that stays, to which the ledger belongs; else the host of the product pages. Asked of tables.",
    group=GROUP,
)  # fmt: skip
SFTP_HOST_KEY = Setting(
    "SFTP_HOST_KEY", text, "The server's host key: its fingerprint (SHA256:…) or the whole public key.", group=GROUP
)
SFTP_KEY_FILE = Setting("SFTP_KEY_FILE", file_path, "A private key for SFTP, in place of a password.", group=GROUP)

OPTIONS = (
    FORMAT, ENCODING, SEPARATOR, SHEET, HTML_ENTITIES, COLUMN_MAP, SECOND_COLUMN_MAP, PRICE_IS, VAT_DEFAULT,
    VAT_BY_CATEGORY, VAT_WORDS, VAT_FROM_PRICES, UNKNOWN_STOCK, MISSING_STOCK, WAREHOUSES, STOCK_CLAMP, VARIANT_RULE,
    VARIANT_PATTERN, OPTION_ATTRIBUTES, TITLE_OPTION, CATEGORY_SEPARATOR, IMAGE_SEPARATOR, IMAGE_BASE_URL, CURRENCY,
    VANISHED_DAYS, SHOP_NAME, SFTP_HOST_KEY, SFTP_KEY_FILE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked, under the names of the platform that is asked for."""

    source: Setting[Place]
    second: Setting[Place | None]
    login: Setting[str]
    password: Setting[str]

    @property
    def all(self) -> tuple[Setting[Any], ...]:
        return self.source, self.second, self.login, self.password


def questions(prefix: str, title: str, *, first: str, second: str) -> Questions:
    """The questions of the platform `title`, whose settings begin with `prefix`; `first` and `second` say what its two
    sources usually are."""

    def remote(known: Mapping[str, Any]) -> bool:
        places = (known.get(f"{prefix}_SOURCE"), known.get(f"{prefix}_SECOND"))
        return any(one is not None and not isinstance(one, Path) and hasattr(one, "host") for one in places)

    def with_login(known: Mapping[str, Any]) -> bool:
        places = (known.get(f"{prefix}_SOURCE"), known.get(f"{prefix}_SECOND"))
        server = any(isinstance(one, OnServer) and one.user for one in places)
        return bool(known.get(f"{prefix}_LOGIN")) or (remote(known) and server)

    return Questions(
        source=Setting(
            f"{prefix}_SOURCE", place,
            f"Where {first} is: an address (https, http), sftp://server/folder/name*.csv, a folder with a pattern "
            "(/data/in/name*.csv), or a file.",
            question=f"{title}: address, folder or file of {first}:", secret=True, group=title, hidden=secrets_in,
        ),
        second=Setting(
            f"{prefix}_SECOND", none_or_place, f"Where {second} is, in the same way; none where there is none.",
            question=f"{second[0].upper()}{second[1:]} (empty: none):", secret=True, group=title, hidden=secrets_in,
        ),
        login=Setting(
            f"{prefix}_LOGIN", none_or_text, "Login at the address or server; none where it asks for none.",
            question="Login there (empty: none):", group=title, asked_if=remote,
        ),
        password=Setting(
            f"{prefix}_PASSWORD", none_or_text, "Its password; none with SFTP_KEY_FILE.",
            question="Password (empty: none):", secret=True, group=title, asked_if=with_login,
        ),
    )  # fmt: skip
