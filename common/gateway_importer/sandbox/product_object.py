"""A product as the Gateway shows it, which is not how it was sent: the price is computed, tags are spelt out."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from .answers import Json
from .product_body import CURRENCY, VAT_RATES
from .store import StoredProduct

GROSZ = Decimal("0.01")


def gross(product: Json) -> Decimal:
    """What a customer pays. ASSUMED: rounded half up to the grosz."""
    rate = VAT_RATES[product["vat"]]
    return _grosz(Decimal(product["base_price"]["amount"]) * (100 + rate) / 100)


def product_object(stored: StoredProduct, tag: Callable[[str], Json | None]) -> Json:
    """The object that `_query` answers; its fields are CONFIRMED, `for_sale` and `archived` among them ASSUMED."""
    product = stored.body["product"]
    rate = VAT_RATES[product["vat"]]
    final, net = gross(product), _grosz(Decimal(product["base_price"]["amount"]))
    unit = {"amount": final, "currency": CURRENCY, "vat": final - net, "vat0": net, "vat_percent": rate}
    tag_guids = product.get("tag_guids", [])
    return {
        "guid": stored.guid,
        "name": product["name"],
        "brief": product.get("brief"),
        "desc": product.get("desc"),
        "sku": product.get("sku"),
        "type": "default",
        "vat": product["vat"],
        "owner_guid": stored.shop,
        "images": product.get("images", []),
        "tag_guids": tag_guids,
        "tags": [found for guid in tag_guids if (found := tag(guid))],
        "data": product.get("data", {}),
        "price": {
            "currency": CURRENCY,
            "vat_class": rate,
            "original": {"campaign_modifier": None, "unit": unit},
            "final": {"unit": unit},
        },
        "stock_level": stored.body.get("stock_level"),
        "for_sale": stored.body["for_sale"],
        "archived": stored.body["archived"],
        "timestamps": {"created": stored.created, "updated": stored.updated},
        "activated": None,
        "pricing": None,
        "size": None,
        "weight": None,
    }


def without_mark(document: Json) -> Json:
    """The same object from a Gateway that keeps no `data.import`."""
    data = {name: value for name, value in document["data"].items() if name != "import"}
    return {**document, "data": data}


def _grosz(amount: Decimal) -> Decimal:
    return amount.quantize(GROSZ, ROUND_HALF_UP)
