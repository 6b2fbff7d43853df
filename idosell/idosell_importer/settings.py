"""What an import from IdoSell asks, and its own options."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from gateway_importer.settings import Setting, address, one_of, whole_number
from idosell_family.settings import VERSIONS

SALES = "sales"
TREE, MENU = "tree", "menu"


def shop_address(value: str) -> str:
    """The shop's address alone; what people copy along (``/panel``, ``/api/admin/v6``) is cut off."""
    parts = urlsplit(address(value))
    return f"{parts.scheme}://{parts.netloc}"


def api_key(value: str) -> str:
    compact = value.strip()
    if not compact:
        raise ValueError("it is empty")
    if re.search(r"\s", compact) or not compact.isascii() or not compact.isprintable():
        raise ValueError("a key has no spaces and no letters beyond ASCII: copy it whole, and nothing beside it")
    return compact


def api_version(value: str) -> str:
    """``6``, ``v7``, ``8.1``."""
    compact = value.strip().lower().removeprefix("v")
    if not re.fullmatch(r"\d{1,2}(\.\d{1,2})?", compact):
        raise ValueError("write the number of a version, such as 6 or 8.1")
    return compact


def stock(value: str) -> tuple[int, ...]:
    """The warehouses that are added up; none: what can be sold."""
    lowered = value.strip().lower()
    if lowered == SALES:
        return ()
    if not re.fullmatch(r"\d{1,6}(\s*,\s*\d{1,6})*", lowered):
        raise ValueError(f"write {SALES}, or the numbers of warehouses: 1,2")
    return tuple(dict.fromkeys(int(one) for one in lowered.split(",")))


IDOSELL_URL = Setting(
    "IDOSELL_URL", shop_address, "The shop's address: any of its own, as the browser shows it.",
    question="Address of the IdoSell shop:", group="IdoSell",
)  # fmt: skip
IDOSELL_KEY = Setting(
    "IDOSELL_KEY", api_key, "The key to the Admin API (panel: Administration > API > Admin API access keys).",
    question="Key to the Admin API (X-API-KEY):", secret=True, group="IdoSell",
)  # fmt: skip
IDOSELL_SHOP = Setting(
    "IDOSELL_SHOP", whole_number(1, 62),
    "Which shop of the panel (its number): its prices, texts, menu and products. Needed where there are several.",
    group="IdoSell",
)  # fmt: skip
IDOSELL_STOCK = Setting(
    "IDOSELL_STOCK", stock,
    f"Which stock: {SALES} (what can be sold, as the shop reckons it), or the numbers of the warehouses that are added "
    "up, less what is reserved there: 1,2.",
    default=SALES, group="IdoSell",
)  # fmt: skip
IDOSELL_CATEGORIES = Setting(
    "IDOSELL_CATEGORIES", one_of(TREE, MENU),
    "Which categories: the panel's tree (one a product), or the shop's menu (what customers see).",
    default=TREE, group="IdoSell", choices=(TREE, MENU),
)  # fmt: skip
IDOSELL_MENU = Setting(
    "IDOSELL_MENU", whole_number(1, 1000), f"With IDOSELL_CATEGORIES={MENU}: the number of the menu.",
    default="1", group="IdoSell",
)  # fmt: skip
IDOSELL_VERSION = Setting(
    "IDOSELL_VERSION", api_version, "The version of the Admin API.", default="6", group="IdoSell"
)
IDOSELL_PAGE_SIZE = Setting(
    "IDOSELL_PAGE_SIZE", whole_number(1, 100),
    "Products asked for at once. Fewer than 100 cost more of the calls that the shop's plan has a month.",
    default="100", group="IdoSell",
)  # fmt: skip

QUESTIONS = (IDOSELL_URL, IDOSELL_KEY)
OPTIONS = (
    IDOSELL_SHOP, VERSIONS, IDOSELL_STOCK, IDOSELL_CATEGORIES, IDOSELL_MENU, IDOSELL_VERSION, IDOSELL_PAGE_SIZE,
)  # fmt: skip
