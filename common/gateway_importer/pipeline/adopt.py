"""Objects that carry no mark and are recognised all the same: made by an older importer, by another hand, or by this
program at a Gateway that does not return marks. By SKU and name together, never by one of them alone."""

from __future__ import annotations

from gateway_importer.catalog import Fault
from gateway_importer.ledger.store import Known, Ledger
from gateway_importer.pipeline.skus import Skus
from gateway_importer.pipeline.writer import Failure


def adopt_variant(ledger: Ledger, skus: Skus, product: str, variant: str, own: str, name: str) -> str | None:
    """Take over the object that is this variant; a sentence about it, None where there is none.

    Every SKU that the variant may ever have been given is looked for, the one that no other variant can have first.
    Raises `Failure` where two objects fit.
    """
    if variant in ledger.variants(product):
        return None
    for sku in skus.forms(product, variant, own):
        fitting = [(guid, gone) for guid, known, gone in ledger.sides.strangers(sku) if known == name]
        if len(fitting) > 1:
            raise Failure(
                Fault(
                    "ambiguous_match",
                    f"The Gateway holds {len(fitting)} objects of SKU {sku} and this name that do not say who made "
                    "them; which of them is this product cannot be told.",
                    "Delete all but one of them at the Gateway, then run the command again.",
                )
            )
        if fitting:
            guid, gone = fitting[0]
            ledger.restore(product, name, Known(variant, "archived" if gone else "live", guid, sku, own, name))
            return f"The object {guid} of SKU {sku} is ours from now on."
    return None


def adopt_tag(ledger: Ledger, product: str, name: str) -> None:
    """The variant tag that binds a product's objects is the product's, if no other object carries it."""
    if ledger.tag_of(product) is not None:
        return
    tags = ledger.sides.tags_of_this_product_alone(product)
    if tags:
        tag_name, guid = min(tags, key=lambda tag: (tag[0] != name, tag))
        ledger.own_tag(tag_name, product, guid)
