"""A bounded queue between two stages that can be closed: the readers end when it is closed and empty."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Channel(Generic[T]):
    """`put` waits while `size` items wait to be taken. Any number of tasks may iterate over it at once."""

    def __init__(self, size: int) -> None:
        self._queue: asyncio.Queue[T | None] = asyncio.Queue(size)

    async def put(self, item: T) -> None:
        await self._queue.put(item)

    async def close(self) -> None:
        await self._queue.put(None)

    async def __aiter__(self) -> AsyncIterator[T]:
        while True:
            item = await self._queue.get()
            if item is None:
                # The mark stays for the other readers. There is room for it: it has just been taken out.
                self._queue.put_nowait(None)
                return
            yield item
