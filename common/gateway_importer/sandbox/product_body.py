"""What a product's JSON must look like: every field of the document by its type, and no field beside them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from .answers import ExponentNumber, Json, Refusal, only

VAT_RATES = {"VAT23": 23, "VAT8": 8, "VAT5": 5, "VAT0": 0}
CURRENCY = "zł"

ELEMENT_FIELDS = frozenset({"archived", "for_sale", "stock_level", "product"})
PRODUCT_FIELDS = frozenset(
    {"name", "desc", "brief", "sku", "base_price_type", "base_price", "cost_price", "vat", "images", "tag_guids", "data"}
)
PRICE_FIELDS = frozenset({"currency", "vat_percent", "amount"})
NEEDED_OF_ELEMENT = ("archived", "for_sale", "product")
NEEDED_OF_PRODUCT = ("name", "base_price_type", "base_price", "vat")
"""ASSUMED: what was sent by every client that worked; the rest may be left out, as `stock_level` may (CONFIRMED)."""

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, kw_only=True)
class Checks:
    """What of the check depends on the shop and on the settings."""

    tag_exists: Callable[[str], bool]
    is_variant_tag: Callable[[str], bool]
    amount_decimals: int
    trim: bool


def check_create(body: Json, checks: Checks) -> list[Json]:
    """The elements of a request that creates products."""
    only(body, frozenset({"products"}), "")
    elements = body.get("products")
    if not isinstance(elements, list) or not elements:
        raise Refusal(400, "products must be a list with at least one product")
    checked = [check_element(each, checks, f"products[{n}]", whole=True) for n, each in enumerate(elements)]
    if len(checked) > 1:
        tags = [set(filter(checks.is_variant_tag, each["product"].get("tag_guids", []))) for each in checked]
        if not set.intersection(*tags):
            raise Refusal(400, "products: all products of one request must carry one variant tag in common")
    return checked


def check_element(element: Any, checks: Checks, where: str, *, whole: bool) -> Json:
    """One element, cleaned as it will be stored. `whole` for a new product, else a change that names some fields."""
    fields = _object(element, where)
    only(fields, ELEMENT_FIELDS, where)
    _needed(fields, NEEDED_OF_ELEMENT if whole else (), where)
    if not fields:
        raise Refusal(400, f"{where}: a change must name at least one field")
    for name in ("archived", "for_sale"):
        if name in fields and not isinstance(fields[name], bool):
            raise Refusal(400, f"{where}.{name} must be true or false")
    if "stock_level" in fields:
        level = fields["stock_level"]
        if type(level) is not int or level < 0:
            raise Refusal(400, f"{where}.stock_level must be a whole number from 0")
    if "product" not in fields:
        return dict(fields)
    return {**fields, "product": _product(fields["product"], checks, f"{where}.product", whole)}


def merged(old: Json, change: Json) -> Json:
    """A stored element with a change in it: what the change leaves out stays, what it names is replaced whole."""
    product = {**old["product"], **change.get("product", {})}
    return {**old, **change, "product": product}


def _product(value: Any, checks: Checks, where: str, whole: bool) -> Json:
    product = dict(_object(value, where))
    only(product, PRODUCT_FIELDS, where)
    _needed(product, NEEDED_OF_PRODUCT if whole else (), where)
    for name in ("name", "desc", "brief", "sku"):
        if name in product and not isinstance(product[name], str):
            raise Refusal(400, f"{where}.{name} must be text")
    if checks.trim:
        product.update({name: " ".join(product[name].split()) for name in ("name", "sku") if name in product})
    if "name" in product and not product["name"].strip():
        raise Refusal(400, f"{where}.name must not be empty")
    if product.get("base_price_type", "retail") != "retail":
        raise Refusal(400, f'{where}.base_price_type must be "retail"')
    if product.get("vat", "VAT23") not in tuple(VAT_RATES):
        raise Refusal(400, f"{where}.vat must be one of {', '.join(VAT_RATES)}")
    for name in ("base_price", "cost_price"):
        if name in product:
            _price(product[name], checks.amount_decimals, f"{where}.{name}")
    _images(product.get("images", []), f"{where}.images")
    _tags(product.get("tag_guids", []), checks, f"{where}.tag_guids")
    _data(product.get("data", {}), f"{where}.data")
    return product


def _price(value: Any, decimals: int, where: str) -> None:
    price = _object(value, where)
    only(price, PRICE_FIELDS, where)
    _needed(price, tuple(sorted(PRICE_FIELDS)), where)
    if price["currency"] != CURRENCY:
        raise Refusal(400, f'{where}.currency must be "{CURRENCY}"')
    if type(price["vat_percent"]) is not int or price["vat_percent"] != 0:
        raise Refusal(400, f"{where}.vat_percent must be 0: the amount is net, and vat names the class")
    amount = price["amount"]
    if type(amount) not in (int, Decimal):
        # An ExponentNumber ends here too: only a binary float is written like that.
        kind = "a number without exponent" if isinstance(amount, ExponentNumber) else "a JSON number"
        raise Refusal(400, f"{where}.amount must be {kind}")
    fraction = -int(Decimal(amount).as_tuple().exponent)
    if fraction > decimals:
        raise Refusal(400, f"{where}.amount {amount} has more than {decimals} decimals")
    if amount < 0:
        raise Refusal(400, f"{where}.amount must not be negative")


def _images(value: Any, where: str) -> None:
    if not isinstance(value, list):
        raise Refusal(400, f"{where} must be a list")
    for n, address in enumerate(value):
        if problem := address_problem(address):
            raise Refusal(400, f"{where}[{n}] {problem}")


def address_problem(address: Any) -> str | None:
    """What keeps a value from being an absolute http(s) address in ASCII."""
    if not isinstance(address, str):
        return "must be text"
    if not address.isascii():
        return "has characters outside ASCII; they must be percent-encoded"
    if not address.isprintable() or re.search(r'[\s"<>\\^`{|}]', address):
        return "has characters that no address may have; they must be percent-encoded"
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return "is no address"
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return "must be an absolute address with http or https"
    return None


def _tags(value: Any, checks: Checks, where: str) -> None:
    if not isinstance(value, list):
        raise Refusal(400, f"{where} must be a list")
    for n, guid in enumerate(value):
        if not is_guid(guid):
            raise Refusal(400, f"{where}[{n}] must be a guid, lower case with dashes")
        if not checks.tag_exists(guid):
            raise Refusal(400, f"{where}[{n}]: there is no tag {guid}")
    if len(set(value)) != len(value):
        raise Refusal(400, f"{where} names a tag twice")
    if sum(map(checks.is_variant_tag, value)) > 1:
        raise Refusal(400, f"{where} has more than one variant tag")


def _data(value: Any, where: str) -> None:
    data = _object(value, where)
    variants = _object(data.get("variants", {}), f"{where}.variants")
    for name, choice in variants.items():
        if not name or not isinstance(choice, str):
            raise Refusal(400, f"{where}.variants must map an attribute's name to its value, both text")
    for name in ("imageFiles", "videos"):
        if not isinstance(data.get(name, []), list):
            raise Refusal(400, f"{where}.{name} must be a list")


def is_guid(value: Any) -> bool:
    return isinstance(value, str) and _GUID.fullmatch(value) is not None


def _object(value: Any, where: str) -> Json:
    if not isinstance(value, dict):
        raise Refusal(400, f"{where} must be an object")
    return value


def _needed(fields: Json, names: tuple[str, ...], where: str) -> None:
    if absent := [name for name in names if name not in fields]:
        raise Refusal(400, f"{where}: {', '.join(absent)} is missing")
