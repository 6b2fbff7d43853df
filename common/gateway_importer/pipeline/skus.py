"""Which SKU a variant carries at the Gateway: chosen when it is first seen, and kept."""

from __future__ import annotations

import re
from collections.abc import Collection

from gateway_importer.ledger.store import Ledger


class Skus:
    """Chooses SKUs. The merchant's own, where no other variant of this shop carries it; else the own one with
    ``~`` and the vendor's id; without an own one the vendor's ids.

    Kept while the merchant's own stays the same: it does not change because another product changes. What is
    chosen is reserved until the ledger holds it (`release`), since products are prepared side by side.
    """

    def __init__(self, ledger: Ledger, *, form: str = "plain") -> None:
        self._ledger = ledger
        self._form = form
        self._reserved: dict[str, tuple[str, str]] = {}

    def choose(self, product: str, variant: str, own: str, *, staying: Collection[str]) -> str:
        """The SKU of a variant; `staying` are the variants that its product has now: others leave in this run."""
        known = self._ledger.variants(product).get(variant)
        candidates = self._candidates(product, variant, own)
        holds = known is not None and known.state != "archived"
        # A restored variant's own SKU is not known: what it carries is kept if it could be chosen today.
        if (
            known is not None
            and holds
            and (known.own_sku == own or (known.own_sku is None and known.sku in candidates))
        ):
            return known.sku
        me = (product, variant)
        for candidate in candidates:
            if self._free(candidate, me, staying):
                self._reserved[candidate] = me
                return candidate
        raise ValueError(f"no SKU is free for product {product}, variant {variant}")

    def forms(self, product: str, variant: str, own: str) -> list[str]:
        """Every SKU that the variant may carry at the Gateway, those that no other variant can have first."""
        plain = self._candidates(product, variant, own)
        return list(dict.fromkeys((f"{product};{variant};{own}", *reversed(plain))))

    def release(self, product: str) -> None:
        """The ledger holds what was chosen for this product, or nothing came of it."""
        for sku in [sku for sku, holder in self._reserved.items() if holder[0] == product]:
            del self._reserved[sku]

    def _candidates(self, product: str, variant: str, own: str) -> list[str]:
        ids = f"{product}-{variant}" if variant else product
        if self._form == "ids":
            return [f"{product};{variant};{own}"]
        if re.search(r"\w", own):  # the Gateway's search finds no SKU without a letter or a digit
            return [own, f"{own}~{variant or product}", f"{own}~{ids}", f"{own}~{ids}~"]
        return [ids, f"~{ids}", f"~{ids}~"]

    def _free(self, sku: str, me: tuple[str, str], staying: Collection[str]) -> bool:
        reserved = self._reserved.get(sku)
        if reserved is not None and reserved != me:
            return False
        for holder in self._ledger.sku_holders(sku):
            if holder != me and (holder[0] != me[0] or holder[1] in staying):
                return False
        return all(archived for _, _, archived in self._ledger.sides.strangers(sku))
