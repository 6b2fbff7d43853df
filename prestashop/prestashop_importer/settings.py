"""What an import from PrestaShop asks, and its own options."""

from __future__ import annotations

import re

from gateway_importer.settings import Setting, address, one_of, whole_number


def shop_address(value: str) -> str:
    """The shop's address, with its folder; what people copy along (``/api``, ``/index.php``) is cut off."""
    return re.sub(r"/(api|index\.php)$", "", address(value)).rstrip("/")


def webservice_key(value: str) -> str:
    compact = value.strip()
    if not re.fullmatch(r"[A-Za-z0-9]{32}", compact):
        raise ValueError(
            f"a webservice key has exactly 32 letters and digits, this one has {len(compact)} characters"
            if len(compact) != 32
            else "a webservice key has letters and digits only"
        )
    return compact


PRESTASHOP_URL = Setting(
    "PRESTASHOP_URL", shop_address, "The shop's address, with its folder if it has one.",
    question="Address of the PrestaShop shop:", group="PrestaShop",
)  # fmt: skip
PRESTASHOP_KEY = Setting(
    "PRESTASHOP_KEY", webservice_key, "The webservice key (back office, Advanced Parameters > Webservice).",
    question="Webservice key (32 characters):", secret=True, group="PrestaShop",
)  # fmt: skip
PRESTASHOP_SHOP = Setting(
    "PRESTASHOP_SHOP", whole_number(1, 1_000_000),
    "Which shop of a multistore (its id); else the one that the address belongs to.", group="PrestaShop",
)  # fmt: skip
PRESTASHOP_PRICES = Setting(
    "PRESTASHOP_PRICES", one_of("gross", "net"),
    "What the prices are in a shop whose VAT is switched off: with VAT, or without it.",
    group="PrestaShop", choices=("gross", "net"),
)  # fmt: skip
PRESTASHOP_PAGE_SIZE = Setting(
    "PRESTASHOP_PAGE_SIZE", whole_number(1, 500), "Products asked for at once.", default="50", group="PrestaShop"
)

QUESTIONS = (PRESTASHOP_URL, PRESTASHOP_KEY)
OPTIONS = (PRESTASHOP_SHOP, PRESTASHOP_PRICES, PRESTASHOP_PAGE_SIZE)
