"""Ids, SKUs and article codes, which are the same whichever way a shop is read."""

from __future__ import annotations

from gateway_importer.catalog import VariantId
from stdnum import ean

UNIVERSAL = "uniw"  # the only size of a product that has no sizes
NO_GROUP = ("", "0")
ARTICLE_CODES = (
    "AUTO",
    "GTIN",
    "EAN",
    "UPC",
    "ISBN",
    "ISSN",
    "JAN",
)  # what names of standards of such codes begin with
CERTAIN = ("GTIN", "EAN", "UPC", "JAN")  # the standards under which there is nothing else
LENGTHS = (8, 12, 13, 14)


def variant_id(product: str, size: str) -> VariantId:
    """``401-4``, ``402-uniw``: unique in the whole shop, and what the shop itself calls the code of a size."""
    return VariantId(f"{product}-{size}")


def group_of(product: str, named: str) -> str:
    """The id of the group that a product belongs to, which is its own where the shop names none."""
    return product if named.strip() in NO_GROUP else named.strip()


def sku_of(external: str, displayed: str, sizes: int, size: str) -> str:
    """The merchant's own SKU: the size's code, or where the universal size is the only one the product's code, which
    all sizes share. ``""`` where the merchant gave none."""
    if external.strip():
        return external.strip()
    return displayed.strip() if sizes == 1 and size == UNIVERSAL else ""


def gtin_of(code: str, standard: str) -> tuple[str, str]:
    """A valid article code or ``""``, and what is wrong with a code that should be one, or ``""``.

    `standard` is the shop's word for what its producers' codes are (``GTIN13``, ``AUTO``, ``MPN``, ``OTHER``, in any
    case; ``""`` where it does not say): a maker's part number may look like an article code and is none.
    """
    compact = code.replace("-", "").replace(" ", "")
    word = standard.strip().upper()
    if not compact.strip("0") or (word and not word.startswith(ARTICLE_CODES)):
        return "", ""
    digits = compact.isdecimal() and compact.isascii()
    if digits and len(compact) in LENGTHS and ean.is_valid(compact):
        return compact, ""
    old = digits and len(compact) == 10  # an ISBN of the old kind
    if old or not (digits or word.startswith(CERTAIN)):
        return "", ""
    return "", f"EAN '{code[:40]}' is not a valid article code and was left out."
