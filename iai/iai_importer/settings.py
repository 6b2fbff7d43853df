"""What an import of an offer asks, and its own options. The first answer decides what else has to be known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from gateway_importer.settings import Setting, address, one_of, text
from idosell_family.settings import VERSIONS

from iai_importer.conditions import FULL, LIGHT, SUGGESTED

KEY = "key"  # the word that stands in the place of a login
TITLE = "IdoSell (IOF)"
SALES = "sales"
TREE, MENU = "tree", "menu"
BETWEEN = re.compile(r"[\s,;]+(?=https?://)")  # two addresses
PLAIN = {"client", "language", "shop", "type", "format"}  # what of an address is no secret


@dataclass(frozen=True, slots=True)
class Shared:
    """An offer at addresses of its own: the gateway's, or those of the whole and the light file."""

    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OnDisk:
    """An offer that lies here already: a file, or a folder with several."""

    path: Path


@dataclass(frozen=True, slots=True)
class AtShop:
    """The shop's address: it has to be asked where its offer is."""

    url: str


Offer = Shared | OnDisk | AtShop


def offer(value: str) -> Offer:
    """What somebody calls the offer. Raises ValueError."""
    given = value.strip()
    if not given:
        raise ValueError("it is empty")
    if "://" not in given:
        path = Path(given).expanduser()
        if given[0] in "/.~\\" or given.lower().endswith(".xml") or path.exists():
            if not path.exists():
                raise ValueError("there is no such file")
            return OnDisk(path)
        given = f"https://{given}"
    addresses = BETWEEN.split(given)
    if len(addresses) > 2:
        raise ValueError("write one address, or two: that of the whole file and that of the light one")
    if len(addresses) == 1 and not _is_file(addresses[0]):
        return AtShop(_shop(given))
    for one in addresses:
        try:
            parts = urlsplit(one)
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
        except ValueError:
            usable = False
        if not usable:
            raise ValueError("it is not an address such as https://shop.example/edi/export-offer.php?…")
    return Shared(tuple(addresses))


def _is_file(value: str) -> bool:
    """Whether an address leads to a file, and not to a shop's home page or its panel."""
    parts = urlsplit(value)
    if parts.path.startswith(("/panel", "/admin")):
        return False
    return bool(parts.query) or re.search(r"\.(xml|php)$", parts.path.lower()) is not None


def _shop(value: str) -> str:
    """The shop's own address; what people copy along (the panel, the API) is cut off."""
    cut = re.sub(r"(?<![:/])/(panel|admin|api|marketplace-api|edi)([/?].*)?$", "", value)
    return address(cut).rstrip("/")


def secrets_in(value: str) -> Sequence[str]:
    """What of an offer's address opens the offer to whoever has it: its token, or a part of its path that looks like
    one."""
    found: list[str] = []
    for one in BETWEEN.split(value):
        try:
            with_query = urlsplit(one)
        except ValueError:
            found.append(one)  # whatever it is
            continue
        found += [said for name, said in parse_qsl(with_query.query) if name not in PLAIN and len(said) >= 8]
        found += [part for part in with_query.path.split("/") if re.fullmatch(r"[0-9a-fA-F]{16,}", part)]
    return found


def stock(value: str) -> frozenset[str]:
    """The warehouses that are added up; none: all."""
    lowered = value.strip().lower()
    if lowered == SALES:
        return frozenset()
    if not re.fullmatch(r"\d{1,6}(\s*,\s*\d{1,6})*", lowered):
        raise ValueError(f"write {SALES}, or the numbers of warehouses: 0,1")
    return frozenset(str(int(one)) for one in lowered.split(","))


def at_shop(known: Mapping[str, Any]) -> bool:
    return isinstance(known.get(OFFER.name), AtShop)


def login(value: str) -> str:
    """The login, or ``""`` where an API key stands in the place of the password."""
    word = value.strip()
    return "" if word.lower() == KEY else word


OFFER = Setting(
    "IAI_OFFER", offer,
    "Where the offer is: the address of its gateway file, or those of the whole and the light file (a blank between "
    "them); a file or folder on this machine; or the shop's own address.",
    question="Address of the offer (gateway, or full and light), a file of it, or the shop's address:",
    secret=True, group=TITLE, hidden=secrets_in,
)  # fmt: skip
LOGIN = Setting(
    "IAI_LOGIN", login,
    "For the shop's own address: the login that the panel made for the marketplace; the word key, or nothing, where "
    "IAI_SECRET is an API key.",
    question="Login of the marketplace (empty: with an API key):", group=TITLE, asked_if=at_shop,
)  # fmt: skip
SECRET = Setting(
    "IAI_SECRET", text, "For the shop's own address: that login's password, or the API key.",
    question="Password, or the API key:", secret=True, group=TITLE, asked_if=at_shop,
)  # fmt: skip
FEED = Setting(
    "IAI_FEED", text, "With an API key: the id or the name of the feed, where the shop has several.", group=TITLE
)
PRICE_KIND = Setting(
    "IAI_PRICE", one_of(FULL, LIGHT, SUGGESTED),
    "Which price of the offer is taken: of the whole file (the shop's retail price), of the light file (may hold the "
    "receiver's rebates, or wholesale prices), or the suggested one. A product without it fails.",
    default=FULL, group=TITLE, choices=(FULL, LIGHT, SUGGESTED),
)  # fmt: skip
STOCK = Setting(
    "IAI_STOCK", stock,
    f"Which stock: {SALES} (what can be sold in all warehouses), or the numbers of the warehouses that are added up, "
    "less what is reserved there: 0,1 (0 is the suppliers').",
    default=SALES, group=TITLE,
)  # fmt: skip
CATEGORIES = Setting(
    "IAI_CATEGORIES", one_of(TREE, MENU),
    "Which categories: the panel's tree (one a product), or the entries of the shop's menus.",
    default=TREE, group=TITLE, choices=(TREE, MENU),
)  # fmt: skip
SHOP = Setting(
    "IAI_SHOP", text, "For files on this machine that name no shop: the host of the shop to which they belong.",
    group=TITLE,
)  # fmt: skip

QUESTIONS = (OFFER, LOGIN, SECRET)
OPTIONS = (VERSIONS, PRICE_KIND, STOCK, CATEGORIES, FEED, SHOP)
