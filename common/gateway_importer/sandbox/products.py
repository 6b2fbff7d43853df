"""What a product must look like to be taken: every field and type of the API's document, and nothing beside them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import urlsplit

from .answers import ExponentNumber, Json, Refusal, only
from .catalogue import StoredProduct

CURRENCY = "zł"
VAT_PERCENT = {"VAT23": 23, "VAT8": 8, "VAT5": 5, "VAT0": 0}
GROSZ = Decimal("0.01")
MAX_STOCK = 2**31 - 1

ELEMENT = frozenset({"archived", "for_sale", "stock_level", "product"})
PRODUCT = frozenset(
    {
        "name",
        "desc",
        "brief",
        "sku",
        "base_price_type",
        "base_price",
        "cost_price",
        "vat",
        "images",
        "tag_guids",
        "data",
    }
)
PRICE = frozenset({"currency", "vat_percent", "amount"})
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the checks must know of the shop and of the settings."""

    amount_decimals: int
    trim: bool
    tag_exists: Callable[[str], bool]
    is_variant_tag: Callable[[str], bool]


def read_creation(body: Json, rules: Rules) -> list[Json]:
    """The elements of a body that creates products; a Refusal says which field of which element is wrong.

    All fields of the confirmed body must be there but `stock_level`, the one that was seen left out.
    """
    only(body, frozenset({"products"}), "")
    elements = body.get("products")
    if not isinstance(elements, list) or not elements:
        raise Refusal(400, "products must be a list with at least one element")
    made = []
    for number, element in enumerate(elements):
        where = f"products[{number}]"
        if isinstance(element, dict):
            _complete(element, ELEMENT - {"stock_level"}, where)
        checked = _element(element, where, rules)
        _complete(checked["product"], PRODUCT, f"{where}.product")
        made.append(checked)
    if len(made) > 1:
        shared = set.intersection(*({*element["product"]["tag_guids"]} for element in made))
        if not any(rules.is_variant_tag(tag) for tag in shared):
            raise Refusal(400, "products: more than one in a request must be variants that share one variant tag")
    return made


def read_change(body: Json, rules: Rules) -> Json:
    """The body of a change: the create body's one element, of which anything may be left out."""
    if not body:
        raise Refusal(400, "the change is empty")
    return _element(body, "", rules)


def _complete(value: Json, required: frozenset[str], where: str) -> None:
    if missing := sorted(required - value.keys()):
        raise Refusal(400, f"{where}: missing field {', '.join(missing)}")


def _element(element: Any, where: str, rules: Rules) -> Json:
    if not isinstance(element, dict):
        raise Refusal(400, f"{where} must be an object")
    only(element, ELEMENT, where)
    dot = f"{where}." if where else ""
    for name in ("archived", "for_sale"):
        if name in element and not isinstance(element[name], bool):
            raise Refusal(400, f"{dot}{name} must be true or false")
    if "stock_level" in element:
        level = element["stock_level"]
        if type(level) is not int or not 0 <= level <= MAX_STOCK:
            raise Refusal(400, f"{dot}stock_level must be a whole number from 0 to {MAX_STOCK}")
    made = dict(element)
    if "product" in element:
        made["product"] = _product(element["product"], f"{dot}product", rules)
    return made


def _product(product: Any, where: str, rules: Rules) -> Json:
    if not isinstance(product, dict):
        raise Refusal(400, f"{where} must be an object")
    only(product, PRODUCT, where)
    made = dict(product)
    for name in ("name", "sku", "desc", "brief"):
        if name not in product:
            continue
        text = product[name]
        if not isinstance(text, str):
            raise Refusal(400, f"{where}.{name} must be a text")
        if name in ("name", "sku"):
            if not text.strip():
                raise Refusal(400, f"{where}.{name} must not be empty")
            made[name] = " ".join(text.split()) if rules.trim else text
    if product.get("base_price_type", "retail") != "retail":
        raise Refusal(400, f"{where}.base_price_type must be retail")
    for name in ("base_price", "cost_price"):
        if name in product:
            _price(product[name], f"{where}.{name}", rules.amount_decimals)
    if "vat" in product and (not isinstance(product["vat"], str) or product["vat"] not in VAT_PERCENT):
        raise Refusal(400, f"{where}.vat must be one of {', '.join(VAT_PERCENT)}")
    if "images" in product:
        _images(product["images"], f"{where}.images")
    if "tag_guids" in product:
        _tags(product["tag_guids"], f"{where}.tag_guids", rules)
    if "data" in product:
        _data(product["data"], f"{where}.data")
    return made


def _price(price: Any, where: str, decimals: int) -> None:
    if not isinstance(price, dict):
        raise Refusal(400, f"{where} must be an object")
    only(price, PRICE, where)
    _complete(price, PRICE, where)
    if price["currency"] != CURRENCY:
        raise Refusal(400, f"{where}.currency must be {CURRENCY}")
    if type(price["vat_percent"]) is not int or price["vat_percent"] != 0:
        raise Refusal(400, f"{where}.vat_percent must be 0: the amount is net, and vat names the class")
    amount = price["amount"]
    if type(amount) is not int and not isinstance(amount, Decimal):
        raise Refusal(400, f"{where}.amount must be a number")
    if isinstance(amount, ExponentNumber):
        raise Refusal(400, f"{where}.amount must be written without an exponent")
    exact = Decimal(amount)
    exponent = exact.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > decimals:
        raise Refusal(400, f"{where}.amount must have at most {decimals} decimals")
    if not 0 <= exact < 10**9:
        raise Refusal(400, f"{where}.amount must be from 0 to below 1000000000")


def _images(images: Any, where: str) -> None:
    if not isinstance(images, list):
        raise Refusal(400, f"{where} must be a list")
    for number, image in enumerate(images):
        if not isinstance(image, str) or not is_public_address(image):
            raise Refusal(400, f"{where}[{number}] must be an absolute http or https address in ASCII")


def is_public_address(text: str) -> bool:
    """Whether it is an absolute http(s) address in ASCII, with a host and without blanks."""
    if not text.isascii() or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _tags(tags: Any, where: str, rules: Rules) -> None:
    if not isinstance(tags, list):
        raise Refusal(400, f"{where} must be a list")
    for number, tag in enumerate(tags):
        if not isinstance(tag, str) or not GUID.fullmatch(tag):
            raise Refusal(400, f"{where}[{number}] must be a guid")
        if not rules.tag_exists(tag):
            raise Refusal(400, f"{where}[{number}]: the tag {tag} does not exist")


def _data(data: Any, where: str) -> None:
    if not isinstance(data, dict):
        raise Refusal(400, f"{where} must be an object")
    variants = data.get("variants", {})
    if not isinstance(variants, dict) or not all(isinstance(value, str) for value in variants.values()):
        raise Refusal(400, f"{where}.variants must map each option's name to a text")
    for name in ("imageFiles", "videos"):
        if name in data and not isinstance(data[name], list):
            raise Refusal(400, f"{where}.{name} must be a list")


def gross_price(product: Json) -> Decimal:
    """The amount with its VAT, to the grosz."""
    net = Decimal(product["base_price"]["amount"])
    return (net * (100 + VAT_PERCENT[product["vat"]]) / 100).quantize(GROSZ, ROUND_HALF_UP)


def as_answer(stored: StoredProduct, tags: Sequence[Json], *, drop_marks: bool) -> Json:
    """A product object as the API returns it. `archived`, `for_sale` and an entry of `tags` are ASSUMED."""
    product = stored.product
    net = Decimal(product["base_price"]["amount"])
    gross = gross_price(product)
    percent = VAT_PERCENT[product["vat"]]
    vat = (gross - net).quantize(GROSZ, ROUND_HALF_UP)
    unit = {"amount": gross, "currency": CURRENCY, "vat": vat, "vat0": net, "vat_percent": percent}
    data = product["data"]
    if drop_marks:
        data = {name: value for name, value in data.items() if name != "import"}
    return {
        "guid": stored.guid,
        "name": product["name"],
        "brief": product["brief"],
        "desc": product["desc"],
        "sku": product["sku"],
        "type": "default",
        "vat": product["vat"],
        "owner_guid": stored.shop,
        "archived": stored.archived,
        "for_sale": stored.for_sale,
        "stock_level": stored.stock_level,
        "images": product["images"],
        "tag_guids": product["tag_guids"],
        "tags": list(tags),
        "data": data,
        "price": {
            "currency": CURRENCY,
            "vat_class": percent,
            "original": {"campaign_modifier": None, "unit": unit},
            "final": {"unit": unit},
        },
        "timestamps": {"created": stored.created, "updated": stored.updated},
        "activated": None,
        "pricing": None,
        "size": None,
        "weight": None,
    }
