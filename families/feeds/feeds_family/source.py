"""In which order a shop's files are fetched, read and handed on."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from gateway_importer.catalog import Category, CategoryId, Image, Page, ProductId
from gateway_importer.errors import ShopUnusable
from gateway_importer.options import ARCHIVE_MANY, LANGUAGE, NOW
from gateway_importer.settings import Values
from gateway_importer.source import Changes, Finding, ImageBody, Join, PageHandle, ShopProfile

from feeds_family import checks, refusals
from feeds_family.choices import Choices
from feeds_family.conditions import Conditions
from feeds_family.examples import examples
from feeds_family.fetching import Fetching, Obtained
from feeds_family.generation import Generation, carry_over, product_of, read, told
from feeds_family.mapping import PATH, page_of
from feeds_family.pictures import PictureFolder
from feeds_family.places import told as told_place
from feeds_family.prices import Unpriced, running
from feeds_family.profile import Profile
from feeds_family.questions import open_questions
from feeds_family.refusals import NotUsable
from feeds_family.second import Offers, Second, second_of
from feeds_family.settings import MISSING_STOCK, SHOP_NAME, STOCK_CLAMP, VANISHED_DAYS, WAREHOUSES
from feeds_family.store import Store
from feeds_family.wire import Row

FIRST, SECOND = "first", "second"
ON_PAGE = 100  # products
ONE_DAY = timedelta(days=1)
THE_FILE = "as in the file"


@dataclass(frozen=True, slots=True)
class Rows(PageHandle):
    """Products by the numbers of their first rows."""

    heads: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """What was read in this run, and of each file what a person should know."""

    generation: Generation
    files: tuple[tuple[str, str], ...]


class FeedSource:
    """A shop that hands over a feed or a table (`gateway_importer.source.Source`)."""

    def __init__(
        self,
        profile: Profile,
        values: Values,
        fetching: Fetching,
        pictures: PictureFolder,
        store: Store,
        choices: Choices,
    ) -> None:
        self._profile = profile
        self._values = values
        self._fetching = fetching
        self._pictures = pictures
        self._store = store
        self._choices = choices
        self._reading = asyncio.Lock()
        self._read: Read | None = None
        self._kept = False  # the rows, for the next run to compare with
        self._now = values.get(NOW) or datetime.now(UTC)

    async def check(self) -> Sequence[Finding]:
        return await checks.findings(self._profile, self._choices, self._loaded, self._sample, self._pictures.open)

    async def profile(self) -> ShopProfile:
        read = await self._loaded()
        made, survey = read.generation, read.generation.survey
        questions = tuple(open_questions(made, self._choices))
        name = self._values.get(SHOP_NAME) or survey.host
        warnings = [self._profile.unknown, *survey.warnings(), *made.remarks, *told(made, self._values[VANISHED_DAYS])]
        if survey.currency != "PLN":
            warnings.append(f"Most prices are in {survey.currency}: they are not converted without CURRENCY_RATES.")
        return ShopProfile(
            key=name,
            name=name,
            version=f"{made.opened.format.value}, {survey.rows} rows",
            language=self._values.get(LANGUAGE) or THE_FILE,
            languages=(self._values.get(LANGUAGE) or THE_FILE,),
            currency=survey.currency,
            timezone="Europe/Warsaw",
            products=made.shelf.products,
            url=f"https://{survey.host}" if survey.host else "",
            proven=self._profile.proven,
            unique_variants=True,
            facts=(*read.files, *survey.vat_lines(), *examples(made, self._conditions(made))),
            warnings=tuple(warnings),
            questions=questions,
        )

    async def categories(self) -> Sequence[Category]:
        paths = (await self._loaded()).generation.survey.categories
        every = dict.fromkeys(path[: depth + 1] for path in paths for depth in range(len(path)))
        ids = {path: CategoryId(PATH.join(path)) for path in every}
        return [Category(ids[path], ids.get(path[:-1]), path[-1], path) for path in sorted(every)]

    async def category_counts(self) -> Mapping[CategoryId, int]:
        counts = (await self._loaded()).generation.survey.categories
        return {CategoryId(PATH.join(path)): count for path, count in counts.items()}

    async def pages(self) -> AsyncIterator[PageHandle]:
        made = (await self._decided()).generation
        heads: list[int] = []
        for head in made.shelf.heads():
            heads.append(head)
            if len(heads) == ON_PAGE:
                yield _page(heads)
                heads = []
        if heads:
            yield _page(heads)
        self._keep(made)

    def _keep(self, made: Generation) -> None:
        """All rows were handed on, or need not be."""
        if not self._kept and (not (made.left or made.held) or self._values[ARCHIVE_MANY]):
            self._kept = True
            self._store.keep_rows(made.shelf.path)

    def pages_of(self, ids: Sequence[ProductId]) -> Sequence[PageHandle]:
        assert self._read is not None
        shelf = self._read.generation.shelf
        heads = sorted({head for one in ids if (head := shelf.head_of(str(one))) is not None})
        return [_page(heads[start : start + ON_PAGE]) for start in range(0, len(heads), ON_PAGE)]

    async def read(self, page: PageHandle) -> Page:
        assert isinstance(page, Rows)
        made = (await self._decided()).generation
        conditions = self._conditions(made)
        groups = (made.members(head) for head in page.heads)
        pages = [page_of(product_of(rows[0]), rows, conditions) for rows in groups]
        return Page(
            tuple(one for each in pages for one in each.products),
            tuple(one for each in pages for one in each.skipped),
            tuple(one for each in pages for one in each.failed),
        )

    def everything(self) -> AsyncIterator[ProductId] | None:
        return self._everything()

    async def _everything(self) -> AsyncIterator[ProductId]:
        for product in (await self._decided()).generation.products():
            yield ProductId(product)

    def changes(self) -> Changes | None:
        return Moving(self)

    async def moving(self) -> AsyncIterator[tuple[ProductId, bytes]]:
        """A digest of each product's rows, and of whether its reductions hold now."""
        made = (await self._decided()).generation
        for head in made.shelf.heads():
            rows = made.members(head)
            said = msgspec.msgpack.encode(
                [(msgspec.structs.replace(row, place=""), _reduced(row, self._now)) for row in rows]
            )
            yield ProductId(product_of(rows[0])), hashlib.blake2b(said, digest_size=16).digest()
        self._keep(made)

    def joining(self) -> Join | None:
        """None: the rows of a file are put together by product before anything is handed on."""
        return None

    def open_image(self, image: Image) -> AbstractAsyncContextManager[ImageBody]:
        return self._pictures.open(image)

    def _conditions(self, made: Generation) -> Conditions:
        return self._choices.conditions(self._now, made.grouping.rule)

    # --- the files

    async def _decided(self) -> Read:
        """The files, once all that only a person can say is said. Raises `ShopUnusable`."""
        read = await self._loaded()
        if questions := list(open_questions(read.generation, self._choices)):
            names = ", ".join(one.setting for one in questions)
            raise ShopUnusable(f"{questions[0].question} {questions[0].why}", f"Set {names}.")
        return read

    async def _loaded(self) -> Read:
        async with self._reading:
            if self._read is None:
                try:
                    async with self._store.fetching() as arriving:
                        self._read = await self._load(arriving)
                except OSError as problem:
                    raise refusals.no_place(self._store.folder, problem) from problem
            return self._read

    async def _load(self, arriving: Path) -> Read:
        scratch = self._store.scratch()
        places = self._choices.places
        values = self._values
        second: Obtained[Second] | None = None
        if places.second is not None:
            second = await self._fetching.obtain(
                SECOND, "the second source", places.second, arriving,
                lambda path: second_of(
                    path, scratch, self._choices.second_manner, missing=values[MISSING_STOCK],
                    clamp=values[STOCK_CLAMP], warehouses=values.get(WAREHOUSES) or (),
                ),
            )  # fmt: skip
        conditions = self._choices.conditions(self._now)
        joined = None if second is None else second.content
        first = await self._fetching.obtain(
            FIRST, "the source", places.first, arriving,
            lambda path: read(path, scratch, self._choices.manner, conditions, self._choices.grouping, joined),
        )  # fmt: skip
        made = first.content
        files = [
            ("File", f"{first.kept.name} ({made.opened.format.value}) from {told_place(places.first)}{_age(first)}")
        ]
        if second is not None and places.second is not None:
            files.append(("Second file", f"{second.kept.name} from {told_place(places.second)}{_age(second)}"))
            self._same_day(first, second)
            made.remarks += second.content.remarks()
        made.remarks += made.opened.sniffed.remarks
        if made.grouping.unmatched:
            made.remarks.append(
                f"{made.grouping.unmatched} symbols do not fit VARIANT_PATTERN and stay products of their own (such as "
                f"{made.grouping.example})."
            )
        today = self._now.date()
        days, accepted = values[VANISHED_DAYS], values[ARCHIVE_MANY]
        await asyncio.to_thread(carry_over, made, self._store.handed_on, today, days, accepted=accepted)
        for unpacked in scratch.iterdir():
            if unpacked.suffix in {".unpacked", ".replaced", ".cells"}:
                unpacked.unlink()
        return Read(made, tuple(files))

    def _same_day(self, first: Obtained[Generation], second: Obtained[Second]) -> None:
        if not isinstance(second.content, Offers):
            return
        one, other = first.kept.dated, second.kept.dated
        if one is not None and other is not None and abs(one - other) > ONE_DAY:
            raise refusals.unusable(
                "the pair of sources",
                NotUsable(
                    f"they are of {one:%Y-%m-%d %H:%M} and {other:%Y-%m-%d %H:%M}, more than a day apart: stock and "
                    "goods would not go together",
                    "See why one of them is not made anew, then run the command again.",
                    again=True,
                ),
            )

    async def _sample(self) -> Page:
        made = (await self._decided()).generation
        heads = [head for head, _ in zip(made.shelf.heads(), range(ON_PAGE), strict=False)]
        return await self.read(_page(heads))


class Moving:
    """What moves: every row is here, so that no date has to be believed."""

    uncovered = "A picture that was replaced under its old address is not seen."

    def __init__(self, source: FeedSource) -> None:
        self._source = source

    async def dated(self, since: datetime) -> AsyncIterator[ProductId]:
        del since
        return
        yield ProductId("")

    def moving(self) -> AsyncIterator[tuple[ProductId, bytes]]:
        return self._source.moving()


def _page(heads: Sequence[int]) -> Rows:
    return Rows(f"rows {heads[0] + 1} to {heads[-1] + 1}", tuple(heads))


def _reduced(row: Row, now: datetime) -> bool:
    try:
        return bool(row.sale) and running(row, now)
    except Unpriced:
        return False


def _age(obtained: Obtained[Generation] | Obtained[Second]) -> str:
    kept = obtained.kept
    dated = f", of {kept.dated:%Y-%m-%d %H:%M} UTC" if kept.dated is not None else ""
    return (
        dated
        if obtained.fresh
        else f"{dated}, not changed since {kept.arrived:%Y-%m-%d %H:%M} UTC: the kept copy was read"
    )
