"""What must be at the Gateway, by the simulated shop's own computation."""

from collections.abc import Iterator

from gateway_importer.testing.demonstration import Expected
from shop import PrestaShop


def expected(shop: PrestaShop) -> Iterator[Expected]:
    """One for each variant that the default settings import: regular prices, without virtual goods and packs."""
    for product in shop.truth():
        row = shop.catalogue.products[product["id"]]
        if not product["importable"] or row["is_virtual"] == "1" or row["type"] == "pack":
            continue
        lost = set(product["lost_images"])
        for variant in product["variants"]:
            images = variant["images"] or product["images"]
            yield Expected(
                product=str(product["id"]),
                variant=str(variant["id"] or ""),
                gross=variant["regular"],
                stock=None if variant["stock"] is None else max(0, variant["stock"]),
                pictures=len(set(images) - lost),
            )
