"""What must be at the Gateway for a neutral catalogue: its truth in the form in which it is compared."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from gateway_importer.testing.conformance.neutral import Catalogue, Product, Stock, Variant, Words
from gateway_importer.testing.conformance.runs import Held, Ids

NOT_COUNTED = 100001
CLASSES = {Decimal(23): "VAT23", Decimal(8): "VAT8", Decimal(5): "VAT5", Decimal(0): "VAT0"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One variant of the catalogue, beside the object that must stand for it."""

    product: Product
    variant: Variant
    goods: Catalogue

    @property
    def what(self) -> str:
        return f"{self.product.key}/{self.variant.key}" if self.variant.key else self.product.key

    @property
    def vat(self) -> str:
        return CLASSES[Decimal(self.product.vat)]

    @property
    def reduced(self) -> Decimal:
        return self.variant.gross if self.variant.reduced is None else self.variant.reduced

    @property
    def stock(self) -> int:
        return level(self.variant.stock)

    @property
    def pictures(self) -> tuple[str, ...]:
        """The keys of those that can be had: the variant's own in the product's order, else the product's."""
        had = [one.key for one in self.product.pictures if one.lost is None]
        own = [key for key in had if key in self.variant.pictures]
        return tuple(own if self.variant.pictures else had)

    @property
    def places(self) -> frozenset[str]:
        """Every category on the path of each target."""
        targets = {one.key: one.target for one in self.goods.categories}
        paths = [targets[key].split(" > ") for key in self.product.categories if targets[key]]
        return frozenset(" > ".join(path[: depth + 1]) for path in paths for depth in range(len(path)))

    def name(self, language: str) -> str:
        return " ".join(translated(self.product.names, language).split())

    def options(self, language: str) -> dict[str, str]:
        """The Gateway's name of each option to the value in that language."""
        known = {one.key: one for one in self.goods.options}
        found = {}
        for key, value in self.variant.options.items():
            option = known[key]
            name = option.sends if option.sends in {"size", "color"} else translated(option.names, language)
            found[name] = next(translated(one.names, language) for one in option.values if one.key == value)
        return found


def translated(words: Words, language: str) -> str:
    """The text in that language; where nobody translated it, in the shop's own."""
    return words.get(language) or words.get("pl", "")


def level(stock: Stock) -> int:
    """As it is sent: below 0 as 0, fractions cut off, a high number for what is not counted."""
    return NOT_COUNTED if stock == "uncounted" else max(0, int(stock))


def wanted(goods: Catalogue, ids: Ids) -> dict[tuple[str, str], Wanted]:
    """By the shop's ids of product and variant: all that must be for sale at the Gateway."""
    return {
        (ids.products[product.key], ids.variants[product.key, variant.key]): Wanted(product, variant, goods)
        for product in goods.products
        for variant in product.sold
    }


def by_id(held: list[Held]) -> Mapping[tuple[str, str], Held]:
    return {one.id: one for one in held}


def plain(text: str) -> str:
    """The words of a text that may be HTML, as a person reads them; what scripts hold is none."""
    without = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.IGNORECASE | re.DOTALL)
    apart = re.sub(r"</?(p|br|div|li|ul|h\d)\b[^>]*>", " ", without)
    return " ".join(html.unescape(re.sub(r"</?[a-zA-Z][^>]*>", "", apart)).split())
