"""Everything that may be wrong with a shop's files or the settings about them, found at once, each with its cure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from gateway_importer.catalog import Image, Page
from gateway_importer.errors import ImporterError
from gateway_importer.failures import HttpFailure
from gateway_importer.source import Finding, ImageBody

from feeds_family.choices import Choices
from feeds_family.profile import Profile
from feeds_family.questions import open_questions

if TYPE_CHECKING:
    from feeds_family.source import Read


async def findings(
    profile: Profile,
    choices: Choices,
    load: Callable[[], Awaitable[Read]],
    sample: Callable[[], Awaitable[Page]],
    open_image: Callable[[Image], AbstractAsyncContextManager[ImageBody]],
) -> list[Finding]:
    """The findings, from the file's arrival to a product and a picture that were really read."""
    try:
        read = await load()
    except ImporterError as error:
        return [Finding("error", "the file", error.happened, error.to_do)]
    made = read.generation
    found = [Finding("ok", label, text) for label, text in read.files]
    text = f"{made.opened.format.value}: {made.survey.rows} rows, {made.shelf.products} products, read to the end"
    found.append(Finding("ok", "the format", text))
    found.append(
        Finding("warning", profile.title, profile.unknown, f"See {profile.document}: what to ask the merchant.")
    )
    for question in open_questions(made, choices):
        words = "; ".join(f"{word}: {means}" for word, means in question.choices)
        text = f"{question.question} {question.why}"
        found.append(Finding("error", question.setting, text, f"Set {question.setting} ({words})."))
    found += [Finding("warning", "the file", text) for text in (*made.survey.warnings(), *made.remarks)]
    if any(one.level == "error" for one in found):
        return found
    return found + await _samples(sample, open_image)


async def _samples(
    sample: Callable[[], Awaitable[Page]], open_image: Callable[[Image], AbstractAsyncContextManager[ImageBody]]
) -> list[Finding]:
    page = await sample()
    if page.products:
        one = page.products[0]
        found = [Finding("ok", "a product", f"Read: {one.name} (id {one.source_id}, {len(one.variants)} variants)")]
    elif page.failed:
        why = page.failed[0].fault
        found = [Finding("error", "a product", f"None of the first can be imported. {why.cause}", why.cure)]
    else:
        found = [Finding("warning", "a product", "None of the first is switched on.")]
    if page.products and page.failed:
        why = page.failed[0].fault
        found.append(
            Finding("warning", "other products", f"{len(page.failed)} of the first fail. {why.cause}", why.cure)
        )
    pictures = [image for product in page.products for image in product.images]
    return found + ([await _picture(pictures[0], open_image)] if pictures else [])


async def _picture(image: Image, open_image: Callable[[Image], AbstractAsyncContextManager[ImageBody]]) -> Finding:
    try:
        async with open_image(image) as body:
            size = 0
            async for chunk in body.chunks():
                size += len(chunk)
    except HttpFailure as failure:
        return Finding("warning", "a picture", str(failure), f"Open {image.public_url} in a browser.")
    return Finding("ok", "a picture", f"Read: {size} bytes of {body.content_type}")
