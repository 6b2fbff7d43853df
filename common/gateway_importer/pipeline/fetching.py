"""The first stage of a run: pages are read, several at once, and what is on them is handed on; parts of products that
lie on several pages wait in the ledger's scratch until they can be joined."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from gateway_importer.catalog import Failed, Fault, Page, Product, ProductId
from gateway_importer.errors import ImporterError
from gateway_importer.failures import HttpFailure
from gateway_importer.ledger.parked import Parked
from gateway_importer.pipeline.writer import mistake
from gateway_importer.source import Join, PageHandle, Source

LOG = logging.getLogger(__name__)


class Fetching:
    """Reads pages with so many tasks as `width` says. `account` is told of each page, `hand_on` takes each product;
    `stopping` ends it early. `mistake` is the last error of this program that broke a page."""

    def __init__(
        self,
        source: Source,
        parked: Parked,
        *,
        width: int,
        stopping: asyncio.Event,
        account: Callable[[Page], None],
        hand_on: Callable[[Product], Awaitable[None]],
    ) -> None:
        self._source = source
        self._parked = parked
        self._width = width
        self._stopping = stopping
        self._account = account
        self._hand_on = hand_on
        self._not_understood: set[str] = set()
        self.mistake: Exception | None = None

    async def read_all(self, handles: AsyncIterator[PageHandle]) -> None:
        """Read these pages, and then what the products on them still lack."""
        join = self._source.joining()
        if join is None:
            await self._read(handles, None)
            return
        self._parked.clear()
        await self._read(handles, join)
        missing = [ProductId(member) for member in self._parked.missing()]
        if missing:
            await self._read(each(self._source.pages_of(missing)), join)
        for product in self._parked.open():
            if self._stopping.is_set():
                return
            await self._join(product, join)

    async def _read(self, handles: AsyncIterator[PageHandle], join: Join | None) -> None:
        turn = asyncio.Lock()
        async with asyncio.TaskGroup() as group:
            for _ in range(self._width):
                group.create_task(self._fetch(handles, turn, join))

    async def _fetch(self, handles: AsyncIterator[PageHandle], turn: asyncio.Lock, join: Join | None) -> None:
        while not self._stopping.is_set():
            async with turn:
                handle = await anext(handles, None)
            if handle is None:
                return
            try:
                page = await self._source.read(handle)
            except (ImporterError, HttpFailure, asyncio.CancelledError):
                raise
            except Exception as problem:
                LOG.error("%s", handle.label, exc_info=problem)
                self.mistake = problem
                continue
            await self._take(page)
            if join is None:
                continue
            self._not_understood.update(str(one.source_id) for one in page.failed)
            for part in page.parts:
                if self._parked.park(part):
                    await self._join(part.group, join)

    async def _take(self, page: Page) -> None:
        self._account(page)
        for product in page.products:
            if self._stopping.is_set():
                return
            await self._hand_on(product)

    async def _join(self, product: ProductId, join: Join) -> None:
        parts, missing = self._parked.take(product)
        unread = [member for member in missing if member in self._not_understood]
        if missing and (unread or self.mistake is not None):
            # What could not be read may well be there: its variants must not look deleted.
            await self._take(Page(failed=(Failed(product, "", self._unread(unread or missing)),)))
            return
        try:
            page = join(product, parts, missing)
        except Exception as problem:
            LOG.error("product %s", product, exc_info=problem, extra={"product": str(product)})
            page = Page(failed=(Failed(product, "", mistake(problem)),))
        await self._take(page)

    def _unread(self, members: Sequence[str]) -> Fault:
        if self.mistake is not None:
            return mistake(self.mistake)
        return Fault(
            "member_not_understood",
            f"It is made of several products of the shop, and of {', '.join(members[:5])} nothing is known.",
            "See what is said of them in this report; the product comes in once all can be read.",
        )


async def each(handles: Sequence[PageHandle]) -> AsyncIterator[PageHandle]:
    for handle in handles:
        yield handle
