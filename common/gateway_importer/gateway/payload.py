"""What is sent for a variant, and the mark by which a run without its ledger recognises it again.

A variant is described by named fields (`FIELDS`); a short digest of each says whether the shop changed it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from gateway_importer.catalog import (
    Counted,
    Fault,
    NotCounted,
    Option,
    Product,
    StockLevel,
    Variant,
)
from gateway_importer.gateway.money import GROSZ, HIGHEST_PRICE, VAT_CLASSES, net_of, rounded_net, vat_class

CURRENCY = "zł"
OWN_DATA = frozenset({"variants", "gtin", "brand", "weight_kg", "attributes", "import"})
NOT_COUNTED = 100001  # a habit of two earlier clients, CONFIRMED
FIELDS = ("name", "desc", "brief", "sku", "price", "vat", "stock_level", "for_sale", "images", "tags", "data")
SIZE_NAMES = frozenset({"size", "rozmiar", "größe", "taille", "velikost", "veľkosť", "розмір"})
COLOR_NAMES = frozenset({"color", "colour", "kolor", "farbe", "couleur", "barva", "farba", "колір"})

_JSON = msgspec.json.Encoder(decimal_format="number", order="deterministic")


def to_json(value: Any) -> bytes:
    """JSON with amounts as numbers from exact decimals."""
    return _JSON.encode(value)


def digest(value: Any) -> str:
    """A short digest of a field's value."""
    return hashlib.sha256(_JSON.encode(value)).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Choices:
    """The settings that decide what is sent; `vat_map` and `rates` as the operator gave them.

    `unlimited_backorders`: goods that are sold beyond their stock are sent as not counted.
    """

    price: str
    net_decimals: str
    vat_map: Mapping[str, str]
    rates: Mapping[str, Decimal]
    unlimited_backorders: bool


@dataclass(frozen=True, slots=True)
class Texts:
    """A product's texts, cleaned for the Gateway."""

    name: str
    desc: str
    brief: str


def fields_of(
    product: Product, variant: Variant, texts: Texts, choices: Choices, *, sku: str, categories: Sequence[str]
) -> dict[str, Any] | Fault:
    """Every field of `FIELDS` but ``images`` (known once they are placed), or why it cannot be represented.

    ``tags`` holds the category guids; the variant tag is added when it is sent.
    """
    amount = _gross(variant, choices)
    if isinstance(amount, Fault):
        return amount
    vat = vat_class(variant.price.vat, choices.vat_map)
    if isinstance(vat, Fault):
        return vat
    percent = VAT_CLASSES[vat]
    net = net_of(amount, percent) if choices.net_decimals == "exact" else rounded_net(amount, percent)
    fields: dict[str, Any] = {
        "name": texts.name,
        "desc": texts.desc,
        "brief": texts.brief,
        "sku": sku,
        "price": net,
        "vat": vat,
        "for_sale": variant.for_sale,
        "tags": list(categories),
        "data": _data(product, variant),
    }
    level = stock_level(variant.stock, unlimited=choices.unlimited_backorders and variant.backorders)
    if level is not None:
        fields["stock_level"] = level
    return fields


def _gross(variant: Variant, choices: Choices) -> Decimal | Fault:
    price = variant.price
    gross = price.gross
    if choices.price == "regular" and price.regular is not None:
        gross = price.regular
    if price.currency != "PLN":
        rate = choices.rates.get(price.currency)
        if rate is None:
            return Fault(
                "currency",
                f"Its price is in {price.currency}; the Gateway takes złoty only.",
                f"Set a price in złoty in the shop, or give a rate of your own: CURRENCY_RATES={price.currency}=…",
            )
        gross *= rate
    gross = gross.quantize(GROSZ, "ROUND_HALF_UP")
    if not 0 <= gross <= HIGHEST_PRICE:
        return Fault(
            "price_range", f"Its price is {gross} zł, which cannot be right.", "Correct the price in the shop."
        )
    return gross


def stock_level(stock: StockLevel, *, unlimited: bool = False) -> int | None:
    """The number that is sent: counted stock as counted (below 0 as 0, fractions cut off), `NOT_COUNTED` for
    goods without counting, None (left out) where the shop did not say."""
    if isinstance(stock, Counted):
        return NOT_COUNTED if unlimited else max(0, int(stock.quantity))
    return NOT_COUNTED if isinstance(stock, NotCounted) else None


def option_names(options: Sequence[Option]) -> dict[str, str]:
    """Options as the Gateway names them: ``size`` and ``color`` for one option each, decided by the
    platform's mark or by exact names; others, and a second of the kind, keep the shop's wording."""
    named: dict[str, str] = {}
    for role, names in (("color", COLOR_NAMES), ("size", SIZE_NAMES)):
        marked = [option for option in options if option.role == role]
        exact = [option for option in options if option.role is None and option.name.strip().casefold() in names]
        for option in (marked or exact)[:1]:
            named[option.name] = role
    result: dict[str, str] = {}
    for option in options:
        name = named.get(option.name, option.name)
        while name in result:
            name += " (2)"
        result[name] = option.value
    return result


def _data(product: Product, variant: Variant) -> dict[str, Any]:
    """What goes into the free-form ``data``. Names other than ``variants`` are ASSUMED, here alone."""
    data: dict[str, Any] = {}
    if variant.options:
        data["variants"] = option_names(variant.options)
    if variant.gtin:
        data["gtin"] = variant.gtin
    if product.brand:
        data["brand"] = product.brand
    if variant.weight is not None and variant.weight > 0:
        data["weight_kg"] = variant.weight.normalize() + 0
    if product.attributes:
        data["attributes"] = [{"name": name, "value": value} for name, value in product.attributes]
    return data


def digests(fields: Mapping[str, Any]) -> dict[str, str]:
    """The digest of each field. ``images`` are given as keys: an address changes, a picture's key does not."""
    return {name: digest(value) for name, value in fields.items()}


@dataclass(frozen=True, slots=True)
class Mark:
    """What ``data.import`` holds: whose object this is and what was sent. That it comes back is ASSUMED."""

    family: str
    shop: str
    product: str
    variant: str
    fields: Mapping[str, str]
    images: tuple[str, ...]
    tags: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    placed: str = ""  # digest of the pictures' addresses, in the order of `images`

    def to_data(self) -> dict[str, Any]:
        made: dict[str, Any] = {
            "family": self.family,
            "shop": self.shop,
            "product": self.product,
            "variant": self.variant,
            "fields": dict(self.fields),
            "images": list(self.images),
            "tags": list(self.tags),
        }
        if self.lacks:
            made["lacks"] = list(self.lacks)
        if self.placed:
            made["placed"] = self.placed
        return made

    @classmethod
    def from_data(cls, data: Any) -> Mark | None:
        """The mark in a product's ``data`` as the Gateway returned it; None where there is none of our form."""
        mark = data.get("import") if isinstance(data, dict) else None
        if not isinstance(mark, dict):
            return None
        family, product, variant = mark.get("family"), mark.get("product"), mark.get("variant")
        fields, images, tags, lacks = (mark.get(name) for name in ("fields", "images", "tags", "lacks"))
        if not (isinstance(family, str) and isinstance(product, str) and isinstance(variant, str)):
            return None
        return cls(
            family=family,
            shop=str(mark.get("shop", "")),
            product=product,
            variant=variant,
            fields={str(k): str(v) for k, v in fields.items()} if isinstance(fields, dict) else {},
            images=tuple(str(key) for key in images) if isinstance(images, list) else (),
            tags=tuple(str(guid) for guid in tags) if isinstance(tags, list) else (),
            lacks=tuple(str(key) for key in lacks) if isinstance(lacks, list) else (),
            placed=str(mark.get("placed", "")),
        )


def element(
    fields: Mapping[str, Any], *, addresses: Sequence[str], tag: str | None, mark: Mark, only: Collection[str] = FIELDS,
    held: Mapping[str, Any] | None = None, foreign_tags: Sequence[str] = (), archived: bool | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One element of the create body, or of a change where `only` names the fields that go in.

    `addresses` are the pictures' at the Gateway. `held` is the object as the Gateway holds it now: ``data`` is
    replaced whole, so what it holds has to be sent again (`merged_data`). `foreign_tags` are tags that others gave
    it, which stay for the same reason.
    """
    made: dict[str, Any] = {}
    if archived is not None:
        made["archived"] = archived
    if "for_sale" in only:
        made["for_sale"] = fields["for_sale"]
    if "stock_level" in only and "stock_level" in fields:
        made["stock_level"] = fields["stock_level"]
    product: dict[str, Any] = {name: fields[name] for name in ("name", "desc", "brief", "sku") if name in only}
    if "price" in only:
        product["base_price_type"] = "retail"
        product["base_price"] = {"currency": CURRENCY, "vat_percent": 0, "amount": fields["price"]}
        if held is None:
            product["cost_price"] = {"currency": CURRENCY, "vat_percent": 0, "amount": 0}
    if "vat" in only:
        product["vat"] = fields["vat"]
    if "images" in only:
        product["images"] = list(addresses)
    if "tags" in only:
        product["tag_guids"] = list(dict.fromkeys([*fields["tags"], *([tag] if tag else []), *foreign_tags]))
    product["data"] = {**merged_data(fields["data"], held, changed="data" in only), "import": mark.to_data()}
    made["product"] = product
    return made


def merged_data(ours: Mapping[str, Any], held: Mapping[str, Any] | None, *, changed: bool) -> dict[str, Any]:
    """``data`` without the mark: what the Gateway holds, with our keys as the shop has them where that `changed`."""
    theirs = held.get("data") if held else None
    if not isinstance(theirs, dict):
        return dict(ours)
    if not changed:
        return {key: value for key, value in theirs.items() if key != "import"}
    return {**{key: value for key, value in theirs.items() if key not in OWN_DATA}, **ours}
