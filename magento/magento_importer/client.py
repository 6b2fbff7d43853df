"""The API's lists: what is asked, page by page, and the rows of many products in one question.

A list says how many rows it has, so that none is believed to be empty that cannot be. The conditions that are used
here were seen at work, but for ``neq``, which is in Magento's own source (``prepareSqlCondition``): one that a shop
does not know is answered with an empty list.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from typing import Any, TypeVar

from gateway_importer.errors import ImporterError, Unreachable

from magento_importer.answers import Listing, Row, Unparsable, each_row, listing, rows_in
from magento_importer.connection import Connection
from magento_importer.lists import ID, Filter, List
from magento_importer.page_size import PageSize
from magento_importer.refusals import (
    NoSuchRoute,
    NotAllowed,
    PageFault,
    TooMany,
    inactive,
    may_not_read,
)
from magento_importer.signature import Params

LONGEST_IDS = 5000  # characters of ids in an address, which servers limit to 8 KB
FAILURES_IN_A_ROW = 60  # questions of one kind that the shop could not answer; then it is no single product's fault
LOOKS = 3  # at a list that is empty and should not be
TABLE_PAGE = 100  # rows of small tables asked for at once
MOST_PAGES = 1000  # of a small table
OTHER_RIGHTS = (("store/websites", ()), ("taxClasses/search", (("searchCriteria[pageSize]", "1"),)))
Found = TypeVar("Found")


class Client:
    """Asks one shop. Raises what `refusals` names, and `errors.ImporterError` where it will answer nothing."""

    def __init__(self, connection: Connection, size: PageSize) -> None:
        self.connection = connection
        self.size = size
        self._failed_in_a_row: Counter[str] = Counter()

    async def document(self, route: str, params: Params = (), *, view: str = "all") -> Any:
        return await self._counted(self.connection.get(route, params, view=view), route)

    async def plain(self, route: str) -> tuple[Row, ...]:
        """A list without pages."""
        try:
            return rows_in(await self.document(route))
        except Unparsable as problem:
            raise unreadable(route, problem) from problem

    async def rows(self, route: str, *, kind: str) -> Iterator[Row]:
        """A list without pages that may be as long as the shop is large; its rows are made one by one, and may turn
        out to be `Unparsable` only then."""
        return each_row(await self._counted(self.connection.body(route, kind=kind), route))

    async def search(
        self, of: List, filters: Sequence[Filter] = (), *, limit: int, page: int = 1, sort: str = ID,
        descending: bool = False, fields: str = "",
    ) -> Listing:  # fmt: skip
        """One page of a list. `limit` is lowered where the shop allows less."""
        while True:
            asked = min(limit, self.size.allowed)
            try:
                found = await self._counted(
                    self.connection.get(
                        of.route, _criteria(filters, asked, page, sort, descending, fields, of.extra),
                        view=of.view, signed=of.signed, kind=of.kind,
                    ),
                    of.route,
                )  # fmt: skip
            except TooMany as refused:
                if refused.most >= asked:
                    raise PageFault(
                        "page_size", f"The shop refuses {asked} rows a page and says that it allows {refused.most}.",
                        "Set MAGENTO_PAGE_SIZE=20, and tell us the version that `check` shows.",
                    ) from refused  # fmt: skip
                self.size.limited(refused.most)
                continue
            try:
                return listing(found)
            except Unparsable as problem:
                raise unreadable(of.route, problem) from problem

    async def count(self, of: List, filters: Sequence[Filter] = ()) -> int:
        """How many rows a list has; none is believed only when it is said again."""
        for _ in range(LOOKS):
            found = await self.search(of, filters, limit=1, fields="items[id],total_count")
            if found.total:
                return found.total
        return 0

    async def extent(self, of: List, filters: Sequence[Filter] = ()) -> tuple[int, int]:
        """The highest id of a list of products, and how many it has; that it has none is believed only when it is said
        again."""
        for _ in range(LOOKS):
            found = await self.search(of, filters, limit=1, descending=True, fields="items[id],total_count")
            if found.rows:
                return number(found.rows[0]), found.total
        return 0, 0

    async def table(
        self, route: str, key: str, *, sort: str = "", filters: Sequence[Filter] = (), view: str = "all"
    ) -> list[Row]:
        """A whole small table; `key` is its rows' own id in them. Most fit on one page, which is asked for as it was
        recorded, without an order. The pages of a longer one are sorted (by `sort`, else the key), since rows may
        repeat otherwise."""
        part = await self.search(List(route, view), filters, limit=TABLE_PAGE, sort="")
        found = {str(row.get(key)): row for row in part.rows}
        if len(part.rows) >= part.total:
            return list(found.values())
        size = min(TABLE_PAGE, self.size.allowed)
        found = {}
        for page in range(1, MOST_PAGES + 1):
            part = await self.search(List(route, view), filters, limit=size, page=page, sort=sort or key)
            before = len(found)
            found |= {str(row.get(key)): row for row in part.rows}
            # Older versions say their last page once more behind the end.
            if len(part.rows) < size or len(found) == before or len(found) >= part.total:
                break
        return list(found.values())

    async def of_ids(self, of: List, ids: Collection[int], *, fields: str = "") -> list[Row]:
        """The rows of products by their ids, in as few questions as page size and address allow."""
        found: list[Row] = []
        for part in chunks(sorted(set(ids)), self.size.now):
            only = Filter(ID, "in", ",".join(str(one) for one in part))
            rest = part
            while rest:
                begun = time.monotonic()
                page = await self.search(of, [only], limit=len(rest), fields=fields)
                self.size.took(len(page.rows), time.monotonic() - begun)
                found += page.rows
                if len(page.rows) >= page.total or not page.rows:
                    break
                # A shop that allows fewer rows than there are ids: the rest is asked for by itself.
                here = {number(row) for row in found}
                rest = [one for one in rest if one not in here]
                only = Filter(ID, "in", ",".join(str(one) for one in rest))
        return found

    async def refused(self, problem: NotAllowed) -> ImporterError:
        """What a refusal of one right means: that box is not ticked; or, where others are refused as well, the
        integration is switched off."""
        for route, params in OTHER_RIGHTS:
            try:
                await self.connection.get(route, params)
            except NotAllowed:
                continue
            except (PageFault, NoSuchRoute, TooMany):
                pass
            return may_not_read(problem.resource, self.connection.base)
        return inactive(self.connection.base, bearer=self.connection.bearer)

    async def _counted(self, asking: Awaitable[Found], route: str) -> Found:
        try:
            found = await asking
        except PageFault as fault:
            self._failed_in_a_row[route] += 1
            if self._failed_in_a_row[route] >= FAILURES_IN_A_ROW:
                failed = f"{self.connection.base}: {FAILURES_IN_A_ROW} questions about {route} failed in a row"
                raise Unreachable(f"{failed}. {fault.cause}", fault.cure) from fault
            raise
        self._failed_in_a_row[route] = 0
        return found


async def halved(
    ids: Sequence[int], ask: Callable[[Sequence[int]], Awaitable[list[Row]]], size: PageSize | None = None
) -> tuple[list[Row], list[tuple[int, PageFault]]]:
    """What `ask` says of the ids, in ever smaller questions where the shop fails, until those are found at which it
    does. Both halves are asked before one is halved again: a shop that answers one of them is up."""
    found: list[Row] = []
    failed: list[tuple[int, PageFault]] = []
    pending = deque([list(ids)] if ids else [])
    largest = 0
    while pending:
        part = pending.popleft()
        try:
            found += await ask(part)
        except PageFault as fault:
            if len(part) == 1:
                failed.append((part[0], fault))
                continue
            largest = max(largest, len(part))
            middle = len(part) // 2
            pending += [part[:middle], part[middle:]]
    if largest and not failed and size is not None:
        size.too_large(largest)
    return found, failed


def number(row: Row) -> int:
    """A product row's id. Raises `PageFault` where it has none: such a list leads nowhere."""
    found = row.get("id")
    if isinstance(found, str) and found.isdecimal() and len(found) < 19:
        found = int(found)
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise ids_unreadable()
    return found


def ids_unreadable() -> PageFault:
    return PageFault(
        "ids_unreadable",
        "The ids in the shop's list of products cannot be read, or do not rise.",
        "A module changes the API's lists: ask the shop's programmer.",
    )


def chunks(ids: Sequence[int], most: int) -> list[list[int]]:
    """`ids` in pieces of at most `most`, each fitting into an address."""
    found: list[list[int]] = []
    length = LONGEST_IDS
    for one in ids:
        length += len(str(one)) + 1
        if not found or length > LONGEST_IDS or len(found[-1]) >= most:
            found.append([])
            length = len(str(one)) + 1
        found[-1].append(one)
    return found


def _criteria(
    filters: Sequence[Filter], limit: int, page: int, sort: str, descending: bool, fields: str, extra: Params
) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for place, one in enumerate(filters):
        for part, value in (("field", one.field), ("conditionType", one.condition), ("value", one.value)):
            found.append((f"searchCriteria[filterGroups][{place}][filters][0][{part}]", value))
    if sort:
        found.append(("searchCriteria[sortOrders][0][field]", sort))
        found.append(("searchCriteria[sortOrders][0][direction]", "DESC" if descending else "ASC"))
    found.append(("searchCriteria[pageSize]", str(limit)))
    found.append(("searchCriteria[currentPage]", str(page)))
    if fields:
        found.append(("fields", fields))
    return [*found, *extra]


def unreadable(route: str, problem: Unparsable) -> PageFault:
    return PageFault(
        "answer_unreadable",
        f"The shop answered {route} with JSON of another form: {problem}.",
        "Run the command again; if it happens again, tell us the version that `check` shows.",
    )
