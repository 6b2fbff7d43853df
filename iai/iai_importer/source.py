"""In which order an offer is read: fetched whole, looked through once for where each product lies, then page by page.

The members of a group lie scattered over a file; since it lies on the disk, they are read together where the first of
them is met. So an offer has pages like any shop, and products that were missed are read by their ids.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gateway_importer.catalog import Category, CategoryId, Failed, Image, Page, Product, ProductId, Skipped
from gateway_importer.options import NOW
from gateway_importer.settings import Values
from gateway_importer.source import Changes, Finding, ImageBody, Join, OpenQuestion, PageHandle, ShopProfile
from idosell_family.product import product_of

from iai_importer import categories, checks
from iai_importer.changes import OfferChanges
from iai_importer.conditions import ZONE, Conditions
from iai_importer.pictures import PictureFolder
from iai_importer.reading import OpenOffer
from iai_importer.settings import CATEGORIES, MENU, SHOP
from iai_importer.survey import Survey, Surveyed

PAGE = 100  # products


@dataclass(frozen=True, slots=True)
class Some(PageHandle):
    """Products by the places of their first members."""

    places: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen(PageHandle):
    """Products by their ids."""

    ids: tuple[ProductId, ...] = ()


class OfferSource:
    """A shop by its offer (`gateway_importer.source.Source`)."""

    def __init__(self, survey: Survey, pictures: PictureFolder, values: Values, proven: str) -> None:
        self._survey = survey
        self._pictures = pictures
        self._values = values
        self._proven = proven
        self._surveying = asyncio.Lock()
        self._surveyed: Surveyed | None = None

    async def _known(self) -> Surveyed:
        """What is read once: the files, fetched and looked through."""
        async with self._surveying:
            if self._surveyed is None:
                self._surveyed = await self._survey.surveyed()
            return self._surveyed

    async def check(self) -> Sequence[Finding]:
        return await checks.findings(self._known, self._values, self._read_places, self.open_image)

    async def profile(self) -> ShopProfile:
        known = await self._known()
        question = OpenQuestion(
            SHOP.name, "Which shop do these files belong to (its host)?", (),
            "A file on this machine names no shop, and what is imported belongs to one.",
        )  # fmt: skip
        return ShopProfile(
            key=known.key,
            name=known.name,
            version=known.version,
            language=known.language,
            languages=known.languages,
            currency=known.conditions.currency,
            timezone=ZONE.key,
            products=known.offer.catalogue.products,
            url=known.conditions.base,
            shop=known.shop,
            proven=self._proven,
            unique_variants=True,
            facts=known.facts,
            warnings=known.warnings,
            questions=() if known.key else (question,),
        )

    async def categories(self) -> Sequence[Category]:
        return (await self._known()).categories

    async def category_counts(self) -> Mapping[CategoryId, int]:
        offer = (await self._known()).offer
        return categories.counts(offer.menu if self._values[CATEGORIES] == MENU else offer.categories)

    async def pages(self) -> AsyncIterator[PageHandle]:
        catalogue = (await self._known()).offer.catalogue
        places: list[int] = []
        for place in catalogue.heads():
            places.append(place)
            if len(places) == PAGE:
                yield _page(catalogue.product(places[0]), catalogue.product(places[-1]), places)
                places.clear()
        if places:
            yield _page(catalogue.product(places[0]), catalogue.product(places[-1]), places)

    def pages_of(self, ids: Sequence[ProductId]) -> Sequence[PageHandle]:
        parts = [tuple(ids[start : start + PAGE]) for start in range(0, len(ids), PAGE)]
        return [Chosen(f"products {part[0]} to {part[-1]}, chosen", part) for part in parts]

    async def read(self, page: PageHandle) -> Page:
        known = await self._known()
        catalogue = known.offer.catalogue
        if isinstance(page, Chosen):
            found = {members[0]: members for identity in page.ids if (members := catalogue.of(identity))}
            return self._read(known, list(found.values()))
        assert isinstance(page, Some)
        return self._read(known, [catalogue.members(place) for place in page.places])

    def _read(self, known: Surveyed, products: Sequence[Sequence[int]]) -> Page:
        conditions = self._now(known.conditions)
        made = [_made(known.offer, members, conditions) for members in products]
        return Page(
            tuple(one for one in made if isinstance(one, Product)),
            tuple(one for one in made if isinstance(one, Skipped)),
            tuple(one for one in made if isinstance(one, Failed)),
        )

    async def _read_places(self, places: Sequence[int]) -> Page:
        known = await self._known()
        return self._read(known, [known.offer.catalogue.members(place) for place in places])

    def _now(self, conditions: Conditions) -> Conditions:
        now = self._values.get(NOW) or datetime.now(UTC)
        return replace(conditions, now=now.astimezone(ZONE).replace(tzinfo=None))

    def everything(self) -> AsyncIterator[ProductId] | None:
        """None where a product's id cannot be read: it may be any that is not there."""
        known = self._surveyed
        return None if known is not None and known.offer.catalogue.has_nameless else self._everything()

    async def _everything(self) -> AsyncIterator[ProductId]:
        catalogue = (await self._known()).offer.catalogue
        for place in catalogue.heads():
            yield ProductId(catalogue.product(place))

    def changes(self) -> Changes | None:
        """None before the files are here: whoever asks has the ids already."""
        known = self._surveyed
        return None if known is None else OfferChanges(known.offer, self._now(known.conditions))

    def joining(self) -> Join | None:
        """None: whoever reads one member of a group reads them all."""
        return None

    def open_image(self, image: Image) -> AbstractAsyncContextManager[ImageBody]:
        base = self._surveyed.conditions.base if self._surveyed is not None else ""
        return self._pictures.open(image, base or image.url)


def _page(first: str, last: str, places: Sequence[int]) -> Some:
    return Some(f"products {first} to {last}", tuple(places))


def _made(offer: OpenOffer, members: Sequence[int], conditions: Conditions) -> Product | Skipped | Failed:
    return product_of(ProductId(offer.catalogue.product(members[0])), offer.members(members, conditions))
