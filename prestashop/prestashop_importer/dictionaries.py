"""The small tables that products refer to by id: read once, and again for ids that are new."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from prestashop_importer.answers import Row
from prestashop_importer.client import FLAT_PAGE, Client
from prestashop_importer.tables import readable

MOST_KEPT = 20_000  # entries; values typed in for one product each can be as many as there are products


class Identified(Protocol):
    @property
    def id(self) -> int: ...


Entry = TypeVar("Entry", bound=Identified)


class Dictionary(Generic[Entry]):
    """One table. The first use reads its beginning (most tables are no longer); later, ids that are not known
    are asked for by id, each time a page refers to them."""

    def __init__(self, client: Client, resource: str, display: Sequence[str], read: Callable[[Row], Entry]) -> None:
        self._client = client
        self._resource = resource
        self._read = read
        self._display = display
        self._entries: dict[int, Entry] = {}
        self._begun = False
        self._lock = asyncio.Lock()

    async def of(self, ids: Iterable[int]) -> Mapping[int, Entry]:
        """The entries of `ids`; one that the shop does not have, or that cannot be read, is missing. Empty where
        the key may not read the table."""
        wanted = set(ids)
        if not wanted or not (await self._client.access()).may_read(self._resource):
            return {}
        async with self._lock:
            if not self._begun:
                first = await self._client.after(self._resource, 0, FLAT_PAGE, display=self._display)
                self._keep(first.rows)
                self._begun = True
            unknown = wanted - self._entries.keys()
            if unknown:
                more = await self._client.rows_of(self._resource, "id", list(unknown), display=self._display)
                self._keep(more.rows)
            found = {one: self._entries[one] for one in wanted if one in self._entries}
            for oldest in list(self._entries)[: max(0, len(self._entries) - MOST_KEPT)]:
                del self._entries[oldest]
            return found

    def _keep(self, rows: Iterable[Row]) -> None:
        self._entries |= {entry.id: entry for entry in readable(rows, self._read)}
