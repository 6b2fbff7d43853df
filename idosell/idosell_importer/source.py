"""In which order such a shop is asked for its catalogue.

A search holds all that is told of its products: a hundred a call, from the last page to the first (`walk`). A list of
ids costs what reading costs; so what was read is the list.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway_importer.catalog import Category, CategoryId, Failed, Image, Notice, Page, ProductId
from gateway_importer.errors import ImporterError, Unreachable
from gateway_importer.public_pictures import PublicPictures
from gateway_importer.settings import Values
from gateway_importer.source import Changes, Finding, ImageBody, Join, PageHandle, ShopProfile
from idosell_family.member import Member
from idosell_family.product import handed_on, join

from idosell_importer import checks
from idosell_importer.answers import Row
from idosell_importer.chosen import Chooser, broken_member
from idosell_importer.client import DEFAULTS, MOST, Client, identity
from idosell_importer.conditions import ZONE, Conditions
from idosell_importer.mapping import is_deleted, member_of, whose
from idosell_importer.reader import Unreadable
from idosell_importer.refusals import NotAllowed, PageFault, WrongQuestion, may_not_read
from idosell_importer.settings import IDOSELL_PAGE_SIZE
from idosell_importer.survey import Survey
from idosell_importer.walk import Step, Walk
from idosell_importer.wire import ELEMENTS

SAMPLE = 10  # products that a check reads


@dataclass(frozen=True, slots=True)
class Read(PageHandle):
    """Products whose rows were read already."""

    rows: tuple[Row, ...] = ()
    members: tuple[Member, ...] = ()
    failed: tuple[Failed, ...] = ()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen(PageHandle):
    """Products by their ids, which may be groups'."""

    ids: tuple[int, ...] = ()


class IdoSellSource:
    """A shop on IdoSell's software, by its REST API (`gateway_importer.source.Source`)."""

    def __init__(self, client: Client, pictures: PublicPictures, values: Values, proven: str) -> None:
        self._client = client
        self._pictures = pictures
        self._values = values
        self._proven = proven
        self._survey = Survey(client, values)
        self._surveying = asyncio.Lock()
        self._conditions: Conditions | None = None
        self._counted: int | None = None  # products, if the next walk may begin with that number
        self._listed: dict[str, None] = {}  # products, as the pages showed them
        self._groups: set[str] = set()  # of which parts were read
        self._read_to_the_end = False
        self._chooser = Chooser(client)

    async def check(self) -> Sequence[Finding]:
        return await checks.findings(self._client, self._values, self._surveyed, self._read_some, self._pictures.open)

    async def profile(self) -> ShopProfile:
        conditions = await self._surveyed()
        host = urlsplit(conditions.base).netloc.lower()
        return ShopProfile(
            key=host.removeprefix("www."),
            name=conditions.name,
            version=f"IdoSell, API {self._client.connection.version}",
            language=conditions.languages[0],
            languages=conditions.offered,
            currency=conditions.currency,
            timezone=ZONE.key,
            products=await self._allowed_count(),
            url=conditions.base,
            shop="" if conditions.shop == 1 else str(conditions.shop),
            proven=self._proven,
            unique_variants=True,
            facts=conditions.facts,
            warnings=(*conditions.warnings, *(problem.text for problem in conditions.problems)),
            questions=conditions.questions,
        )

    async def categories(self) -> Sequence[Category]:
        return (await self._surveyed()).categories

    async def category_counts(self) -> Mapping[CategoryId, int]:
        """As the shop itself counts them; a menu is not counted."""
        counts = (await self._surveyed()).category_counts
        return {CategoryId(category): count for category, count in counts.items()}

    async def pages(self) -> AsyncIterator[PageHandle]:
        conditions = await self._ready()
        self._listed, self._groups, self._read_to_the_end = {}, set(), False
        walk = Walk(self._client, self._values[IDOSELL_PAGE_SIZE], self._elements(conditions), self._counted)
        self._counted = None
        try:
            async for step in walk.steps():
                if step.rows or step.fallen:
                    yield self._handle(step, conditions)
        except NotAllowed as problem:
            raise self._refused(problem) from problem
        self._read_to_the_end = walk.whole
        if not walk.whole:
            said = "The shop says that it has more products than it handed out: none is taken for gone in this run."
            yield Read("the end of the list", notices=(Notice("rows_missing", said),))

    def _handle(self, step: Step, conditions: Conditions) -> Read:
        fallen = [broken_member(one.row, one.fault) for one in step.fallen if one.row is not None]
        lost = [
            Failed(ProductId(f"place-{one.place + 1}"), "", one.fault.fault) for one in step.fallen if one.row is None
        ]
        rows = [row for row in step.rows if not is_deleted(row)]
        for row in (*rows, *(one.row for one in step.fallen if one.row is not None)):
            self._listed[_product(row, conditions)] = None
        ids = [number for row in rows if (number := identity(row)) is not None]
        label = f"products {min(ids)} to {max(ids)}" if ids else "a product at which the shop fails"
        return Read(label, tuple(rows), tuple(fallen), tuple(lost))

    def pages_of(self, ids: Sequence[ProductId]) -> Sequence[PageHandle]:
        numbers = sorted({int(one) for one in ids if one.isdecimal() and len(one) < 19})
        parts = [tuple(numbers[start : start + MOST]) for start in range(0, len(numbers), MOST)]
        return [Chosen(f"products {part[0]} to {part[-1]}, chosen", part) for part in parts]

    async def read(self, page: PageHandle) -> Page:
        conditions = await self._ready()
        if isinstance(page, Chosen):
            groups = [one for one in page.ids if self._may_be_a_group(one)] if conditions.together else None
            try:
                found = await self._chooser.found(page.ids, groups, self._elements(conditions))
            except NotAllowed as problem:
                raise self._refused(problem) from problem
            return self._understood(found.rows, found.members, found.failed, (), conditions)
        assert isinstance(page, Read)
        return self._understood(page.rows, page.members, page.failed, page.notices, conditions)

    def everything(self) -> AsyncIterator[ProductId] | None:
        """What was read; None before the pages have come to their end, and where one could not be named."""
        return self._everything() if self._read_to_the_end else None

    async def _everything(self) -> AsyncIterator[ProductId]:
        for one in self._listed:
            yield ProductId(one)

    def changes(self) -> Changes | None:
        """None: the shop's dates are days, a promotion that begins or ends moves none of them, and a list of ids
        costs what reading costs."""
        return None

    def joining(self) -> Join | None:
        return join

    def open_image(self, image: Image) -> AbstractAsyncContextManager[ImageBody]:
        return self._pictures.open(image)

    def _may_be_a_group(self, number: int) -> bool:
        """Whether an id that is no product's is worth a question: who has read everything knows all groups."""
        return not self._read_to_the_end or str(number) in self._listed

    # --- what is read once ------------------------------------------------------------------------------------

    def _understood(
        self,
        rows: Sequence[Row],
        members: Sequence[Member],
        failed: Sequence[Failed],
        notices: Sequence[Notice],
        conditions: Conditions,
    ) -> Page:
        understood = [member for row in rows if (member := member_of(row, conditions)) is not None]
        page = handed_on([*understood, *members], together=conditions.together, groups=self._groups)
        self._groups.update(str(part.group) for part in page.parts)
        return Page(page.products, page.skipped, (*page.failed, *failed), tuple(notices), page.parts)

    async def _surveyed(self) -> Conditions:
        async with self._surveying:
            if self._conditions is None:
                try:
                    self._conditions = await self._survey.conditions()
                except NotAllowed as problem:
                    raise self._refused(problem) from problem
                except (PageFault, Unreadable, WrongQuestion) as fault:
                    cure = fault.cure if isinstance(fault, PageFault) else "Run the command again."
                    where = self._client.connection.base
                    raise Unreachable(f"The settings of {where} cannot be read: {fault}", cure) from fault
            return self._conditions

    async def _ready(self) -> Conditions:
        conditions = await self._surveyed()
        conditions.require()
        return conditions

    async def _allowed_count(self) -> int:
        try:
            self._counted = await self._client.count()
        except NotAllowed as problem:
            raise self._refused(problem) from problem
        except PageFault as fault:
            raise Unreachable(f"The shop does not say how many products it has: {fault.cause}", fault.cure) from fault
        return self._counted

    def _refused(self, problem: NotAllowed) -> ImporterError:
        return may_not_read(problem, self._client.connection.base, self._client.connection.version)

    async def _read_some(self) -> Page:
        """Some products, for a check: each by itself, since the others of its group need not be among them."""
        conditions = await self._ready()
        found = await self._client.page(0, SAMPLE, self._elements(conditions))
        rows = [row for row in found.rows if identity(row) != DEFAULTS]
        members = [member for row in rows if (member := member_of(row, conditions)) is not None]
        return handed_on(members, together=False)

    def _elements(self, conditions: Conditions) -> tuple[str, ...]:
        return (*ELEMENTS, "menu") if conditions.menu else ELEMENTS


def _product(row: Row, conditions: Conditions) -> str:
    """The product to which a row belongs."""
    own = str(identity(row))
    if not conditions.together:
        return own
    try:
        return whose(row).group
    except Unreadable:
        return own
