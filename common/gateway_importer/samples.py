"""What a check tells, whatever the shop, of some of its products, of one picture and of its currency."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from gateway_importer.catalog import Image, Page
from gateway_importer.failures import HttpFailure
from gateway_importer.source import Finding, ImageBody

OpenImage = Callable[[Image], AbstractAsyncContextManager[ImageBody]]


async def findings(page: Page, open_image: OpenImage, *, cure: str = "") -> list[Finding]:
    """Of a page's products, and of the first picture of theirs; `cure` is said where that cannot be had."""
    if page.products:
        first = page.products[0]
        found = [Finding("ok", "a product", f"Read: {first.name} (id {first.source_id})")]
    elif page.failed:
        why = page.failed[0].fault
        found = [Finding("warning", "a product", f"{page.failed[0].name}: {why.cause}", why.cure)]
    else:
        found = [Finding("warning", "a product", "There is none for sale among the first.")]
    pictures = [image for product in page.products for image in product.images]
    return found + ([await picture(pictures[0], open_image, cure=cure)] if pictures else [])


async def picture(image: Image, open_image: OpenImage, *, cure: str = "") -> Finding:
    """One picture, read whole."""
    try:
        async with open_image(image) as body:
            size = 0
            async for chunk in body.chunks():
                size += len(chunk)
    except HttpFailure as failure:
        return Finding("warning", "a picture", str(failure), f"Open {image.public_url} in a browser. {cure}".strip())
    return Finding("ok", "a picture", f"Read: {size} bytes of {body.content_type}")


def currency(of_shop: str, *, given: bool) -> list[Finding]:
    """`given`: the operator gave a rate for it. Nothing where the shop's currency is not known."""
    if of_shop == "PLN":
        return [Finding("ok", "currency", "PLN")]
    if not of_shop:
        return []
    text = f"The shop's prices are in {of_shop}, and are not converted without a rate of your own."
    cure = f"Give your own rate, e.g. CURRENCY_RATES={of_shop}=4.31; products fail without it."
    return [Finding("warning" if given else "error", "currency", text, "" if given else cure)]
