"""All products of a list by rising id, so that none is skipped or read twice while others come, go and are saved."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from magento_importer.answers import Row
from magento_importer.client import LOOKS, Client, ids_unreadable, number
from magento_importer.lists import ID, Filter, List
from magento_importer.refusals import PageFault

PAGES_A_WALKER = 40  # each leaves one page that is not full: more walkers would cost more calls than they are worth
MOST_WALKERS = 4
HIGHEST_ID = 2**32


@dataclass(frozen=True, slots=True)
class Step:
    """The next rows, or the id of the one product at which the shop fails, with what it said."""

    rows: tuple[Row, ...] = ()
    broken: tuple[int, PageFault] | None = None


class Walk:
    """Each page asks for the ids above the last one, up to `until` where there is such an end."""

    def __init__(
        self, client: Client, of: List, filters: Sequence[Filter] = (), *, above: int = 0, until: int | None = None,
        fields: str = "", limit: int | None = None,
    ) -> None:  # fmt: skip
        self._client = client
        self._of = of
        self._filters = tuple(filters)
        self._fields = fields
        self._limit = limit
        self.last = above
        self.until = until
        self.due: int | None = None  # rows that the answer before said were to follow; None: none was had yet
        self.ended = False
        self._failing = 0  # rows from here on among which one is that the shop cannot hand out
        self._failed_at = 0  # the size of the page that failed first

    async def step(self) -> Step:
        """The next rows; none at the end. Where the shop fails at them, half as many, until the one product is found
        that breaks the answer."""
        while True:
            limit = max(1, self._failing // 2) if self._failing else self._limit or self._client.size.now
            try:
                rows = await self._above(limit)
            except PageFault as fault:
                self._failed_at = self._failed_at or limit
                self._failing = limit
                if limit == 1 and (broken := await self._broken(fault)) is not None:
                    return Step(broken=(broken, fault))
                continue
            if self._failing:
                self._failing = max(0, self._failing - len(rows))
                if not self._failing:
                    self._client.size.too_large(self._failed_at)
                    self._failed_at = 0
            return Step(rows)

    async def _above(self, limit: int) -> tuple[Row, ...]:
        if self.ended:
            return ()
        for look in range(LOOKS):
            begun = time.monotonic()
            page = await self._client.search(self._of, self._range(), limit=limit, fields=self._fields)
            if page.rows:
                self._client.size.took(len(page.rows), time.monotonic() - begun)
                self._note([number(row) for row in page.rows])
                # A first page that is full is not believed to be all: some shops count the page in place of the list.
                full = len(page.rows) >= min(limit, self._client.size.allowed)
                counted, self.due = bool(self.due), max(0, page.total - len(page.rows))
                self.ended = self.due == 0 and (counted or not full)
                return page.rows
            if page.total == 0 and look and not (self.due and look < LOOKS - 1):
                break  # said twice, and once more where rows had been announced: they may have been deleted
        else:
            if page.total:
                raise PageFault(
                    "list_empty",
                    f"The shop says that {page.total} products follow {self.last}, and hands out none.",
                    "Run the command again when less is going on at the shop.",
                )
        self.ended = True
        return ()

    def _range(self, until: int | None = None) -> list[Filter]:
        end = self.until if until is None else until
        above = [*self._filters, Filter(ID, "gt", str(self.last))]
        return above if end is None else [*above, Filter(ID, "lteq", str(end))]

    def _note(self, ids: Sequence[int]) -> None:
        if any(one >= other for one, other in zip([self.last, *ids], ids, strict=False)):
            raise ids_unreadable()
        self.last = ids[-1]

    async def _broken(self, fault: PageFault) -> int | None:
        """The id of the next product, at which the shop fails whatever is asked of it: the lowest end of a range at
        which it does. None: it does not fail any more. Raises the fault where the shop answers nothing at all."""
        good, bad = self.last, self.last + 1
        try:
            while await self._is_empty(bad):
                good, bad = bad, bad + 2 * (bad - self.last)
                if bad > HIGHEST_ID:
                    raise fault
            while bad - good > 1:
                middle = (good + bad) // 2
                good, bad = (middle, bad) if await self._is_empty(middle) else (good, middle)
        except _Recovered:
            return None
        if not await self._answers():
            raise fault
        self.last = bad
        self._failing, self._failed_at = 0, 0
        return bad

    async def _answers(self) -> bool:
        """Whether the shop answers where there can be no product: else it is down, and no product is to blame."""
        beyond = [*self._filters, Filter(ID, "gt", str(HIGHEST_ID))]
        try:
            await self._client.search(self._of, beyond, limit=1, fields="items[id],total_count")
        except PageFault:
            return False
        return True

    async def _is_empty(self, until: int) -> bool:
        """Whether no product lies between the last one and `until`; False: the shop fails at one. Raises `_Recovered`
        where it hands one out."""
        try:
            found = await self._client.search(self._of, self._range(until), limit=1, fields="items[id],total_count")
        except PageFault:
            return False
        if found.rows:
            raise _Recovered
        return True


class _Recovered(Exception):
    """The shop answers again."""


async def walked(
    client: Client, of: List, filters: Sequence[Filter] = (), *, above: int = 0, fields: str = "",
    limit: int | None = None, rising: bool = False,
) -> AsyncIterator[Step]:  # fmt: skip
    """All of a list, a long one from several places at once, unless it is wanted in `rising` order. Each round of steps
    is handed out before the next one is asked for."""
    first = Walk(client, of, filters, above=above, fields=fields, limit=limit)
    walks = [first]
    split = rising
    while walks:
        answers = await asyncio.gather(*(walk.step() for walk in walks), return_exceptions=True)
        steps = []
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
            steps.append(answer)
        for step in steps:
            yield step
        walks = [walk for walk in walks if not walk.ended]
        if walks and not split:
            split = True
            walks = await _split(client, of, filters, first, fields, limit)


async def _split(
    client: Client, of: List, filters: Sequence[Filter], first: Walk, fields: str, limit: int | None
) -> list[Walk]:
    """The rest of a list in parts of equal width; of the last part the end is open, since products are added while the
    list is read."""
    size = limit or client.size.now
    number_of = min(MOST_WALKERS, 1 + (first.due or 0) // (size * PAGES_A_WALKER))
    if number_of == 1:
        return [first]
    highest, _ = await client.extent(of, filters)
    width = -(-max(0, highest - first.last) // number_of)
    if not width:
        return [first]
    ends = [first.last + width * place for place in range(1, number_of)]
    begins = [first.last, *ends]
    return [
        Walk(client, of, filters, above=begin, until=end, fields=fields, limit=limit)
        for begin, end in zip(begins, [*ends, None], strict=True)
    ]
