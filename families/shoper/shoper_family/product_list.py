"""The rows of products: all of them, some by their ids, and which one it is at which the shop fails."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from gateway_importer.catalog import Failed, Fault, ProductId
from gateway_importer.errors import Unreachable

from shoper_family.answers import Row
from shoper_family.client import Client, number
from shoper_family.refusals import NotAllowed, PageFault, WrongQuestion, may_not_read
from shoper_family.walk import Walk

PRODUCTS, PRODUCT_ID = "products", "product_id"
IN_FULL = ("stock", "translations", "options")  # columns of which a list may lack some, where a single row has all
MOST_ALONE = 50  # products in a row that are had by themselves; then it is the list that fails, and no product

Answered = TypeVar("Answered")


class ProductList:
    """Asks for products, `size` at once. What it needs the credentials must allow: `errors.AccessRefused` else."""

    def __init__(self, client: Client, size: int) -> None:
        self._client = client
        self.size = size
        self._alone = 0  # products in a row that had to be had by themselves

    def walk(self, *, above: int = 0, seen: int = 0) -> Walk:
        return Walk(self._client, PRODUCTS, PRODUCT_ID, above=above, seen=seen)

    async def step(self, walk: Walk) -> tuple[list[Row], Failed | None]:
        """The next rows of the list; where the shop fails at them, half as many of those among which the one product
        is that breaks it, until it is found. Neither rows nor one that failed: the end."""
        while not walk.alone:
            limit = max(1, walk.failing // 2) if walk.failing else self.size
            try:
                rows = await self._allowed(walk.next(limit))
            except PageFault as fault:
                walk.failing = limit
                if limit == 1:
                    self._alone += 1
                    return await self._next_alone(walk, fault)
            else:
                walk.failing, self._alone = max(0, walk.failing - len(rows)), 0
                return await self._in_full(rows), None
        return await self._next_alone(walk, None)

    async def _next_alone(self, walk: Walk, fault: PageFault | None) -> tuple[list[Row], Failed | None]:
        """The next product by itself. A base stock says which it is, since every product has one."""
        cannot = Unreachable("The shop's list of products cannot be read.", "Run the command again.")
        if fault is not None:
            cannot = Unreachable(f"The shop's list of products cannot be read: {fault.cause}", fault.cure)
        while True:
            found = await self._id_above(walk.last, cannot)
            if not found and await self.count() <= walk.seen:
                walk.ended = True
                return [], None
            found = found or await self._id_above(walk.last, cannot)  # one may have come meanwhile
            if not found or self._alone > MOST_ALONE:
                raise cannot from fault
            try:
                row = await self._allowed(self._client.row(PRODUCTS, found))
            except PageFault as problem:
                walk.skip(found)
                return [], failed_by(found, problem)
            if row is not None:
                if fault is not None:
                    walk.turn_to_pages()  # asked for one above the last, the shop stumbled over another
                walk.took_alone(row)
                return [row], None
            walk.last = found  # it was deleted just now

    async def _id_above(self, last: int, cannot: Unreachable) -> int:
        """The id of the product that follows, 0 where none does."""
        above = {PRODUCT_ID: {">": last}}
        try:
            stocks = await self._allowed(self._client.page("product-stocks", order=PRODUCT_ID, limit=1, filters=above))
        except (PageFault, WrongQuestion) as problem:
            raise cannot from problem
        found = min((number(row, PRODUCT_ID) for row in stocks.rows), default=0)
        if stocks.rows and found <= last:
            raise cannot
        return found

    async def by_id(self, ids: Sequence[int]) -> tuple[list[Row], list[Failed]]:
        """Products by their ids. What a list does not show is asked for by itself, since only that says that it is
        gone.
        """
        found: list[Row] = []
        failed: list[Failed] = []
        pending = deque(list(ids[start : start + self.size]) for start in range(0, len(ids), self.size))
        while pending:
            part = pending.popleft()
            try:
                rows = await self._allowed(self._client.rows_of(PRODUCTS, PRODUCT_ID, part, PRODUCT_ID, witnesses=part))
            except PageFault as fault:
                if len(part) == 1:
                    failed.append(failed_by(part[0], fault))
                else:
                    pending += [part[: len(part) // 2], part[len(part) // 2 :]]
                continue
            found += await self._in_full(rows)
        return found, failed

    async def first(self, number_of_rows: int) -> list[Row]:
        """Some products, for a check. Raises `PageFault`."""
        found = await self._allowed(self._client.page(PRODUCTS, order=PRODUCT_ID, limit=number_of_rows))
        return await self._in_full(found.rows)

    async def ids(self, *, above: int = 0, seen: int = 0) -> list[int]:
        """All ids above one, rising; `seen` are how many are known up to there."""
        walk = self.walk(above=above, seen=seen)
        found: list[int] = []
        while True:
            rows, broken = await self.step(walk)
            found += [number(row, PRODUCT_ID) for row in rows]
            if broken is not None:
                found.append(walk.last)
            elif not rows:
                return found

    async def count(self) -> int:
        try:
            return await self._allowed(self._client.count(PRODUCTS, PRODUCT_ID))
        except PageFault as fault:
            raise Unreachable(f"The shop does not say how many products it has: {fault.cause}", fault.cure) from fault

    async def _in_full(self, rows: Sequence[Row]) -> list[Row]:
        """The rows, with their details asked for only where the list lacks them, many in one bulk."""
        short = [number(row, PRODUCT_ID) for row in rows if not all(name in row for name in IN_FULL)]
        if not short:
            return list(rows)
        try:
            whole = await self._allowed(self._client.each(PRODUCTS, PRODUCT_ID, short, PRODUCT_ID))
        except PageFault:
            return [await self._whole(row) if number(row, PRODUCT_ID) in short else row for row in rows]
        details = {number(row, PRODUCT_ID): row for row in whole}
        return [details.get(number(row, PRODUCT_ID), row) for row in rows]

    async def _whole(self, short: Row) -> Row:
        try:
            return await self._allowed(self._client.row(PRODUCTS, number(short, PRODUCT_ID))) or short
        except PageFault:
            return short  # what it lacks is then what is wrong with it

    async def _allowed(self, asking: Awaitable[Answered]) -> Answered:
        try:
            return await asking
        except NotAllowed as problem:
            raise may_not_read(problem.resource, self._client.connection.clicks) from problem


def failed_by(product: int, fault: PageFault) -> Failed:
    return Failed(ProductId(str(product)), "", Fault(fault.code, fault.cause, fault.cure))
