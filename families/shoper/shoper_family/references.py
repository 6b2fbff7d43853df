"""What the products of a page refer to, read in as few calls as there are pages of fifty: variants, pictures, and the
small tables of which many products use the same rows."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from gateway_importer.catalog import Fault

from shoper_family import tables, wire
from shoper_family.answers import Row
from shoper_family.client import Client, number
from shoper_family.mapping import References
from shoper_family.reader import Unreadable
from shoper_family.refusals import NotAllowed, may_not_read
from shoper_family.tables import readable
from shoper_family.variants import SAVE_AGAIN
from shoper_family.walk import table

MOST_KEPT = 20_000  # rows of one small table


class Identified(Protocol):
    @property
    def id(self) -> int: ...


Entry = TypeVar("Entry", bound=Identified)


class Dictionary(Generic[Entry]):
    """One small table: rows are asked for by id when a page first refers to them, and kept."""

    def __init__(self, client: Client, resource: str, key: str, read: Callable[[Row], Entry], *, needed: bool) -> None:
        self._client = client
        self._resource = resource
        self._key = key
        self._read = read
        self._needed = needed
        self._entries: dict[int, Entry | None] = {}
        self._lock = asyncio.Lock()
        self.lacking = False

    async def of(self, ids: Iterable[int]) -> Mapping[int, Entry]:
        """The rows of `ids`; what the shop does not have is missing. Where they may not be read: all, if they are not
        `needed`."""
        wanted = {one for one in ids if one > 0}
        if not wanted or self.lacking:
            return {}
        async with self._lock:
            unknown = wanted - self._entries.keys()
            if unknown:
                await self._fetch(unknown)
            found = {one: entry for one in wanted if (entry := self._entries.get(one)) is not None}
            for oldest in list(self._entries)[: max(0, len(self._entries) - MOST_KEPT)]:
                del self._entries[oldest]
            return found

    async def _fetch(self, unknown: set[int]) -> None:
        try:
            rows = await self._client.rows_of(self._resource, self._key, unknown, self._key)
        except NotAllowed as problem:
            if self._needed:
                raise may_not_read(problem.resource, self._client.connection.clicks) from problem
            self.lacking = True
            return
        self._entries |= dict.fromkeys(unknown)
        self.know(readable(rows, self._read))

    def know(self, entries: Iterable[Entry]) -> None:
        """Rows that were read for something else."""
        self._entries |= {entry.id: entry for entry in entries}


class Library:
    """Reads what pages refer to."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._options = Dictionary(client, "options", "option_id", tables.Option.read, needed=True)
        self._values = Dictionary(client, "option-values", "ovalue_id", tables.OptionValue.read, needed=True)
        self._producers = Dictionary(client, "producers", "producer_id", tables.Producer.read, needed=False)
        self._attributes = Dictionary(client, "attributes", "attribute_id", tables.Attribute.read, needed=False)
        self._groups: dict[int, list[tables.Option]] = {}
        self._priced: dict[int, bool] = {}
        self._reading_groups = asyncio.Lock()
        self.lacking: set[str] = set()

    async def of(self, products: Sequence[wire.Product]) -> References:
        """Everything that these products name. Raises `PageFault`."""
        if not products:
            return References()
        (stocks, unreadable), (pictures, bad), producers, attributes, groups = await asyncio.gather(
            self._stocks(products),
            self._pictures(products),
            self._producers.of(product.producer_id for product in products),
            self._attributes.of(attribute for product in products for attribute, _ in product.attributes),
            self._group_options(products),
        )
        chosen = [pair for rows in stocks.values() for stock in rows for pair in stock.options]
        free = [one.option for product in products for one in product.free_options or () if one.required]
        options, values = await asyncio.gather(
            self._options.of([*(option for option, _ in chosen), *free]), self._values.of(value for _, value in chosen)
        )
        for name, dictionary in (("producers", self._producers), ("attributes", self._attributes)):
            if dictionary.lacking:
                self.lacking.add(name)
        return References(
            stocks=stocks,
            unreadable=unreadable,
            pictures=pictures,
            no_pictures=bad,
            options=options,
            values=values,
            group_options=groups,
            priced_options=frozenset(one for one, priced in self._priced.items() if priced),
            producers=producers,
            attributes=attributes,
        )

    async def _stocks(
        self, products: Sequence[wire.Product]
    ) -> tuple[dict[int, list[wire.Stock]], dict[int, list[tuple[int, Fault]]]]:
        """The variants' rows by product, in the order in which the product names them; and those that cannot be
        read.
        """
        owner = {stock: product.id for product in products for stock in product.variants}
        try:
            rows = await self._client.rows_of("product-stocks", "stock_id", owner, "stock_id", witnesses=owner)
        except NotAllowed as problem:
            raise may_not_read(problem.resource, self._client.connection.clicks) from problem
        found: dict[int, list[wire.Stock]] = defaultdict(list)
        unreadable: dict[int, list[tuple[int, Fault]]] = defaultdict(list)
        for row in rows:
            stock = number(row, "stock_id")
            try:
                read = wire.Stock.read(row)
            except Unreadable as problem:
                unreadable[owner[stock]].append((stock, Fault(problem.code, f"{problem}.", SAVE_AGAIN)))
            else:
                found[owner[stock]].append(read)
        return dict(found), dict(unreadable)

    async def _pictures(
        self, products: Sequence[wire.Product]
    ) -> tuple[dict[int, list[wire.Picture]], dict[int, list[str]]]:
        """The pictures by product, and what is wrong with those that cannot be read."""
        found: dict[int, list[wire.Picture]] = defaultdict(list)
        bad: dict[int, list[str]] = defaultdict(list)
        if "product-images" in self.lacking:
            return {}, {}
        ids = [product.id for product in products]
        shown = [product.id for product in products if product.main_image]
        try:
            rows = await self._client.rows_of("product-images", "product_id", ids, "gfx_id", witnesses=shown)
        except NotAllowed:
            self.lacking.add("product-images")
            return {}, {}
        for row in rows:
            product = number(row, "product_id")
            try:
                found[product].append(wire.Picture.read(row))
            except Unreadable as problem:
                bad[product].append(str(problem))
        return dict(found), dict(bad)

    async def _group_options(self, products: Sequence[wire.Product]) -> dict[int, Sequence[tables.Option]]:
        """The options of the products' groups: by them gift cards are known, and what must be chosen where this
        version of the shop does not say it with the product."""
        wanted = {product.group_id for product in products if product.group_id}
        asks = {product.group_id for product in products if product.group_id and product.free_options is None}
        async with self._reading_groups:
            if wanted and not self._groups:
                # The whole table, which is small: nobody says that it can be asked for by groups.
                try:
                    rows = await table(self._client, "options", "option_id")
                except NotAllowed as problem:
                    raise may_not_read(problem.resource, self._client.connection.clicks) from problem
                known = readable(rows, tables.Option.read)
                self._options.know(known)
                for option in known:
                    self._groups.setdefault(option.group_id, []).append(option)
            free = [
                option.id
                for group in asks
                for option in self._groups.get(group, ())
                if not option.stocked and option.required and option.id not in self._priced
            ]
            if free:
                rows = await self._client.rows_of("option-values", "option_id", free, "ovalue_id")
                values = readable(rows, tables.OptionValue.read)
                self._priced |= {one: any(value.priced for value in values if value.option_id == one) for one in free}
            return {group: self._groups.get(group, ()) for group in wanted}
