"""The one interface that a platform implements: what a merchant's shop can be asked, and nothing of how."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway_importer.catalog import Category, CategoryId, Image, Page, Part, ProductId


@dataclass(frozen=True, slots=True)
class PageHandle:
    """A page that can be read. Platforms subclass it with what they need; `label` is for messages."""

    label: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of a check: `level` is ``ok``, ``warning`` or ``error``; `cure` says what to do."""

    level: str
    subject: str
    text: str
    cure: str = ""


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """Something only a person can say, met while looking at the shop: the setting that answers it, the
    question, the permitted answers with what each means, and why it cannot be read from the shop. `closed`: no other
    answer of the setting's form is one."""

    setting: str
    question: str
    choices: tuple[tuple[str, str], ...]
    why: str
    closed: bool = False


@dataclass(frozen=True, slots=True)
class ShopProfile:
    """Which shop this is, as shown to a person before anything is written.

    `key` names the shop for good (its host and folder; never a token): a ledger belongs to it. `url` is its
    public address, on which relative links in its texts rest. `language` is
    the chosen one, `shop` the shop of a multistore (``""`` for the only one). `products` counts them, None
    where the shop cannot say. `timezone` is an IANA name. `proven` says what the importer for this shop was
    proven against. `unique_variants`: a variant's id is its own in the whole shop, never ``""``, and one that another
    product shows now has moved there, unless it is `shared`: its object goes along. `facts` are further lines (label,
    value); `questions` must be answered before an import.
    """

    key: str
    name: str
    version: str
    language: str
    languages: tuple[str, ...]
    currency: str
    timezone: str
    products: int | None
    url: str = ""
    shop: str = ""
    proven: str = ""
    unique_variants: bool = False
    facts: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    questions: tuple[OpenQuestion, ...] = ()


class ImageBody(Protocol):
    """A picture while it is read. `length` is what the shop declared, None where it did not."""

    @property
    def content_type(self) -> str: ...

    @property
    def length(self) -> int | None: ...

    def chunks(self) -> AsyncIterator[bytes]: ...


class Changes(Protocol):
    """What a shop can say about changes, for runs that read only what changed.

    `dated` are the products whose change date lies at or after a moment (aware UTC). `moving` is all that bears on
    what is imported and moves WITHOUT moving that date (stock, special prices), read whole: a product and one row of
    it as it is now, in any order and number; ``""`` as the product for what concerns all of them. A price that begins
    or ends by itself must make a row differ. `uncovered` says, for a person, what neither of the two shows.
    """

    @property
    def uncovered(self) -> str: ...

    def dated(self, since: datetime) -> AsyncIterator[ProductId]: ...

    def moving(self) -> AsyncIterator[tuple[ProductId, bytes]]: ...


# Makes the product of its parts, without asking the shop for anything: its id, the parts (in the order in which members
# were named, else in that of their ids), and the members that were named but that the shop does not hand out. The page
# holds that one product, or why it is none; a member that could not be understood is a part too, and is no reason to
# leave its variants out.
Join = Callable[[ProductId, Sequence[Part], Sequence[str]], Page]


class Source(Protocol):
    """A merchant's shop.

    `pages` yields handles as early as they are known, so that several can be read at once; `pages_of` makes
    handles for ids that were missed. `read` returns a page's products, and beside them what a rule leaves out
    and what could not be understood; it never raises for one bad product, and halves a page on which the shop
    itself fails until it has found the one. It raises `errors.ImporterError` only for what ends the run.
    `category_counts` says how many products that could be imported lie in each category (those that hold none
    may be missing), in few light calls. `everything` lists the ids that exist now; archiving
    rests on it. None: the shop cannot say, or not before `pages` came to their end (where a list costs what reading
    costs, it is made from what was read). `changes` is None where the shop cannot be asked for what changed.
    `joining` is None where every product lies on one page. Else pages may hold parts; they are put aside until all
    members of a product that were named are in, at last until the pages came to their end, and then joined. `pages_of`
    then makes pages of members' ids too.
    `open_image` reads one picture; it raises `http.HttpFailure` where it cannot be had.
    """

    async def check(self) -> Sequence[Finding]: ...

    async def profile(self) -> ShopProfile: ...

    async def categories(self) -> Sequence[Category]: ...

    async def category_counts(self) -> Mapping[CategoryId, int]: ...

    def pages(self) -> AsyncIterator[PageHandle]: ...

    def pages_of(self, ids: Sequence[ProductId]) -> Sequence[PageHandle]: ...

    async def read(self, page: PageHandle) -> Page: ...

    def everything(self) -> AsyncIterator[ProductId] | None: ...

    def changes(self) -> Changes | None: ...

    def joining(self) -> Join | None: ...

    def open_image(self, image: Image) -> AbstractAsyncContextManager[ImageBody]: ...
