"""All products of a shop, so that none is skipped while others come and go (docs/adr/0018).

Pages are numbered, and a product that is deleted moves all behind it one place to the front: who reads from the front
misses one. So pages are read from the last one to the first, by rising ids. What moves to the front is then met again,
and known; what comes new has the highest id, and is looked for at the end. Where a search grew in between, the page
before is read once more, since a product that came back from the bin moves others to its end.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from gateway_importer.errors import Unreachable

from idosell_importer.answers import Found, Row
from idosell_importer.client import DEFAULTS, Client, identity
from idosell_importer.refusals import PageFault, unreachable
from idosell_importer.wire import WHOSE

LOOKS = 3  # at a page that holds less than was promised
FAILURES_IN_A_ROW = 30  # single products that the shop could not hand out; then it is no product's fault
LOOK_EVERY = 25  # pages after which the shop is asked whether its server is overloaded


@dataclass(frozen=True, slots=True)
class Fallen:
    """A product at which the shop fails. `row` says whose it is; None where the shop fails at that too."""

    row: Row | None
    place: int
    fault: PageFault


@dataclass(slots=True)
class Step:
    """What was read at once: products that were not seen before."""

    rows: list[Row] = field(default_factory=list)
    fallen: list[Fallen] = field(default_factory=list)


class Walk:
    """Reads a shop once. `counted` is how many products it had a moment ago, None where it was not asked. `whole` is
    False where rows were promised that did not come, or that nobody can name."""

    def __init__(self, client: Client, size: int, elements: Sequence[str], counted: int | None) -> None:
        self._client = client
        self._size = size
        self._elements = elements
        self._seen: set[int] = set()
        self._total = counted or 0
        self._moved = False
        self._grew = False
        self._failed_in_a_row = 0
        self._unnamed: set[int] = set()  # places
        self._read_so_far = 0  # pages
        self.whole = True

    async def steps(self) -> AsyncIterator[Step]:
        """Raises `errors.Unreachable` where the shop promises products and hands out none."""
        try:
            self._total = self._total or await self._client.count()
        except PageFault as fault:
            raise unreachable(self._client.connection.base, fault.cause) from fault
        async for step in self._down():
            yield step
        for _ in range(LOOKS):  # what came meanwhile stands at the end
            if not self._moved:
                break
            self._moved = False
            number = self._pages_now
            step = Step()
            while number > 0 and (step.rows or number == self._pages_now):
                number -= 1
                step = await self._page(number)
                yield step
        if len(self._seen) + len(self._unnamed) < self._total:
            async for step in self._down():
                yield step
        self.whole = not self._unnamed and len(self._seen) >= self._total

    @property
    def _pages_now(self) -> int:
        return -(-self._total // self._size)

    async def _down(self) -> AsyncIterator[Step]:
        top = self._pages_now
        for number in reversed(range(top)):
            self._grew = False
            yield await self._page(number)
            if self._grew and number + 1 < top:
                yield await self._page(number + 1)

    async def _page(self, number: int) -> Step:
        if self._read_so_far % LOOK_EVERY == 0:
            await self._client.at_ease()
        self._read_so_far += 1
        step = Step()
        await self._read(number * self._size, self._size, step)
        step.rows.reverse()  # from the newest to the oldest, as the pages are
        return step

    async def _read(self, start: int, limit: int, step: Step) -> None:
        """The rows from `start` on; where the shop fails at them, fewer, until the one is found that it fails at."""
        try:
            found = await self._promised(start, limit)
        except PageFault as fault:
            if limit == 1:
                await self._fallen(start, fault, step)
                return
            smaller = next(size for size in range(limit // 2, 0, -1) if limit % size == 0)
            for place in reversed(range(start, min(start + limit, max(self._total, start + 1)), smaller)):
                await self._read(place, smaller, step)
            return
        self._failed_in_a_row = 0
        fresh = {number: row for row in found.rows if (number := identity(row)) not in self._seen}
        self._seen.update(number for number in fresh if number is not None)
        fresh.pop(DEFAULTS, None)
        step.rows[:0] = fresh.values()  # smaller pages come from behind too

    async def _promised(self, start: int, limit: int) -> Found:
        """A page. One that holds less than the shop says that there is, is looked at again."""
        for _ in range(LOOKS):
            found = await self._client.page(start // limit, limit, self._elements)
            total = found.total or self._total
            if len(found.rows) >= min(limit, total - start):
                self._note(total)
                return found
        total = await self._client.count()
        if not found.rows and total > start:
            raise Unreachable(
                f"{self._client.connection.base} says that it has {total} products, and hands out none from number "
                f"{start + 1} on.",
                "Run the command again. If it happens again, show this message to IdoSell's support.",
            )
        self._note(total)
        return found

    def _note(self, total: int) -> None:
        self._grew |= total > self._total
        self._moved |= total != self._total
        self._total = total

    async def _fallen(self, place: int, fault: PageFault, step: Step) -> None:
        self._failed_in_a_row += 1
        if self._failed_in_a_row >= FAILURES_IN_A_ROW:
            why = f"{FAILURES_IN_A_ROW} products in a row could not be had. {fault.cause}"
            raise unreachable(self._client.connection.base, why) from fault
        row: Row | None = None
        for elements in (WHOSE, WHOSE[:1]):
            try:
                row = next(iter((await self._client.page(place, 1, elements)).rows), None)
            except PageFault:
                continue
            break
        number = None if row is None else identity(row)
        known = place in self._unnamed if number is None else number in self._seen
        if number is None:
            self._unnamed.add(place)
        else:
            self._seen.add(number)
        if not known:
            step.fallen.append(Fallen(row, place, fault))
