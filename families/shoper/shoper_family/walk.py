"""All rows of a list by rising id, so that none is skipped while others come and go."""

from __future__ import annotations

from collections.abc import Sequence

from shoper_family.answers import Row
from shoper_family.client import MOST_ROWS, Client, empty, number, rising
from shoper_family.refusals import PageFault, WrongQuestion

PAGED = "paged"


async def table(client: Client, resource: str, key: str) -> list[Row]:
    """A whole small table."""
    walk = Walk(client, resource, key)
    found: list[Row] = []
    while rows := await walk.next():
        found += rows
    return found


class Walk:
    """All rows of a list by rising id, so that none is skipped while others come and go: each page asks for the ids
    above the last one. Where the shop does not obey that filter, pages overlap by a row, and one that has shifted is
    noticed.
    """

    def __init__(self, client: Client, resource: str, key: str, *, above: int = 0, seen: int = 0) -> None:
        """`above` is the last id that is known already, `seen` how many rows are."""
        self._client = client
        self._resource = resource
        self._key = key
        self.last = above
        self.seen = seen
        self.ended = False
        self.failing = 0  # rows from here on among which one is that the shop cannot hand out
        self.alone = False
        self._position = seen
        self._due = 0  # rows that the answer before said were to follow

    async def next(self, limit: int = MOST_ROWS) -> list[Row]:
        """The next rows; none at the end. Raises `PageFault`, after which the same may be asked for again."""
        if self.ended:
            return []
        rows = await self._paged(limit) if self._is_paged else await self._above(limit)
        self._took(rows)
        return rows

    def skip(self, number: int) -> None:
        """Go on behind an id at which the shop fails. Where it does not page by ids, pages cannot overlap by that
        row: the next one has to be had by itself (`alone`)."""
        self.failing, self.alone = 0, self._is_paged
        self.last = max(self.last, number)
        self._position += 1
        self.seen += 1

    def took_alone(self, row: Row) -> None:
        """The next row was had by itself."""
        self.failing, self.alone = 0, False
        self._position += 1
        self._took([row])

    @property
    def _is_paged(self) -> bool:
        return self._client.connection.found_out(self._resource) == PAGED

    async def _above(self, limit: int) -> list[Row]:
        for look in range(3):
            try:
                page = await self._client.page(
                    self._resource, order=self._key, limit=limit, filters={self._key: {">": self.last}}
                )
            except WrongQuestion:
                return await self._turned(limit)
            if not rising(page.rows, self._key, self.last):
                return await self._turned(limit)
            if page.rows or (page.count == 0 and not await self._doubtful(look)):
                break
        else:
            raise empty(self._resource, max(page.count, self._due))
        self._due = max(0, page.count - len(page.rows))
        self.ended = self._due == 0
        return list(page.rows)

    async def _doubtful(self, look: int) -> bool:
        """Whether a list that says it is empty cannot be: rows were announced, or the whole list has some and we
        none.
        """
        if self._due or self.seen:
            return self._due > 0 and look < 2  # the last ones may have been deleted
        return self.last == 0 and await self._client.count(self._resource, self._key) > 0

    async def _turned(self, limit: int) -> list[Row]:
        self.turn_to_pages()
        return await self._paged(limit)

    def turn_to_pages(self) -> None:
        """The filter is not obeyed: pages from here on."""
        if not self._is_paged:
            self._client.connection.find_out(self._resource, PAGED)
            self._position = self.seen

    async def _paged(self, limit: int) -> list[Row]:
        limit = max(2, limit)  # one that is known, and one more
        start = max(0, self._position - 1)
        while True:
            page = await self._client.page(self._resource, order=self._key, limit=limit, offset=start)
            if not rising(page.rows, self._key, 0):
                raise PageFault(
                    "ids_unreadable",
                    f"The ids in the shop's list of {self._resource} do not rise.",
                    "Run the command again; if it happens again, tell us the version that `check` shows.",
                )
            if start and (not page.rows or number(page.rows[0], self._key) > self.last):
                start = max(0, start - limit + 1)  # rows before it were deleted: what we know must be on the page
                continue
            fresh = [row for row in page.rows if number(row, self._key) > self.last]
            if not fresh and start + len(page.rows) < page.count:
                if len(page.rows) < 2:
                    raise empty(self._resource, page.count)
                start += len(page.rows) - 1  # rows before it were added
                continue
            self._position = start + len(page.rows)
            self.ended = self._position >= page.count
            return fresh

    def _took(self, rows: Sequence[Row]) -> None:
        self.seen += len(rows)
        if rows:
            self.last = number(rows[-1], self._key)
