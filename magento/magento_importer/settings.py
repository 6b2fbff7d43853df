"""What an import from Magento asks, and its own options."""

from __future__ import annotations

import re

from gateway_importer.settings import Setting, address, one_of, whole_number

NONE = "-"  # in place of the strings that an access token alone does without


def shop_address(value: str) -> str:
    """The shop's address, with its folder; what people copy along (``/rest``, ``/admin``, ``/index.php``) is cut
    off."""
    return re.sub(r"(/index\.php)?(/(rest|admin)(/.*)?)?$", "", address(value)).rstrip("/")


def credential(value: str) -> str:
    """One of the integration's four strings."""
    compact = value.strip()
    if not re.fullmatch(r"[\x21-\x7e]{6,400}", compact):
        raise ValueError("copy it whole, as the integration shows it: 32 letters and digits")
    return compact


def optional_credential(value: str) -> str:
    """The same; ``""`` where only the access token is used."""
    return "" if value.strip() in {"", NONE} else credential(value)


def country(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2}", value.strip()):
        raise ValueError("write the two letters of a country, such as PL")
    return value.strip().upper()


def code(value: str) -> str:
    """The code of a store view or of an attribute."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,254}", value.strip()):
        raise ValueError("a code has letters, digits and '_' only, and begins with a letter")
    return value.strip()


MAGENTO_URL = Setting(
    "MAGENTO_URL", shop_address, "The shop's address, with its folder if it has one.",
    question="Address of the Magento shop:", group="Magento",
)  # fmt: skip
MAGENTO_CONSUMER_KEY = Setting(
    "MAGENTO_CONSUMER_KEY", optional_credential,
    "Consumer key of the integration (System > Integrations); '-' in it and in both secrets where the shop allows the "
    "access token alone.",
    question="Consumer key of the integration ('-': with the access token alone):", secret=True, group="Magento",
)  # fmt: skip
MAGENTO_CONSUMER_SECRET = Setting(
    "MAGENTO_CONSUMER_SECRET", optional_credential, "Consumer secret of the integration.",
    question="Consumer secret ('-' as above):", secret=True, group="Magento",
)  # fmt: skip
MAGENTO_TOKEN = Setting(
    "MAGENTO_TOKEN", credential, "Access token of the integration.",
    question="Access token:", secret=True, group="Magento",
)  # fmt: skip
MAGENTO_TOKEN_SECRET = Setting(
    "MAGENTO_TOKEN_SECRET", optional_credential, "Access token secret of the integration.",
    question="Access token secret ('-' as above):", secret=True, group="Magento",
)  # fmt: skip
MAGENTO_STORE = Setting(
    "MAGENTO_STORE", code, "Code of the store view that is imported; else the default one of the first website.",
    group="Magento",
)  # fmt: skip
MAGENTO_PRICES = Setting(
    "MAGENTO_PRICES", one_of("gross", "net"),
    "Whether the catalogue's prices include VAT (gross) or not (net), where the shop does not show which.",
    group="Magento", choices=("gross", "net"),
)  # fmt: skip
MAGENTO_COUNTRY = Setting(
    "MAGENTO_COUNTRY", country, "Country whose VAT rates are taken: the shop's default tax destination.",
    default="PL", group="Magento",
)  # fmt: skip
MAGENTO_GTIN = Setting(
    "MAGENTO_GTIN", code,
    "Code of the attribute that holds the GTIN; else the first of ean, ean13, gtin, gtin13, barcode, upc.",
    group="Magento",
)  # fmt: skip
MAGENTO_BRAND = Setting(
    "MAGENTO_BRAND", code,
    "Code of the attribute that holds the brand; else the first of manufacturer, brand, marka, producent.",
    group="Magento",
)  # fmt: skip
MAGENTO_VISIBLE_VARIANTS = Setting(
    "MAGENTO_VISIBLE_VARIANTS", one_of("variants", "both"),
    "Variants that have a page of their own besides: variants only, or products too.",
    default="variants", group="Magento", choices=("variants", "both"),
)  # fmt: skip
MAGENTO_WEIGHT_UNIT = Setting(
    "MAGENTO_WEIGHT_UNIT", one_of("shop", "kg", "lbs"),
    "Unit of weights: what the shop is set to, or what its merchant really writes.",
    default="shop", group="Magento", choices=("shop", "kg", "lbs"),
)  # fmt: skip
MAGENTO_PAGE_SIZE = Setting(
    "MAGENTO_PAGE_SIZE", whole_number(1, 1000), "Most products asked for at once; it is found out what the shop bears.",
    default="300", group="Magento",
)  # fmt: skip

QUESTIONS = (MAGENTO_URL, MAGENTO_CONSUMER_KEY, MAGENTO_CONSUMER_SECRET, MAGENTO_TOKEN, MAGENTO_TOKEN_SECRET)
OPTIONS = (
    MAGENTO_STORE, MAGENTO_PRICES, MAGENTO_COUNTRY, MAGENTO_GTIN, MAGENTO_BRAND, MAGENTO_VISIBLE_VARIANTS,
    MAGENTO_WEIGHT_UNIT, MAGENTO_PAGE_SIZE,
)  # fmt: skip
