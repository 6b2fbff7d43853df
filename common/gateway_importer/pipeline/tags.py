"""The variant tag of a product: its name is reserved before it is posted, and a tag of that name that was
there before is never taken for ours."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from gateway_importer.gateway.answers import TagExists
from gateway_importer.gateway.client import Gateway
from gateway_importer.ledger.store import Ledger


class Tags:
    """Finds or makes the variant tag of a product. Chosen once: a renamed product keeps its tag."""

    def __init__(self, gateway: Gateway, ledger: Ledger) -> None:
        self._gateway = gateway
        self._ledger = ledger
        self._listed = False
        self._lock = asyncio.Lock()

    async def of(self, product: str, name: str, sku: str) -> str:
        """The guid of the product's tag. Raises `HttpFailure` (the reservation stays: the next try knows that
        a tag of that name is then its own) and `Refusal`."""
        known = self._ledger.tag_of(product)
        if known is not None and known.guid is not None:
            return known.guid
        if known is not None:
            # The name was not at the Gateway when it was reserved, so what is there now is what we sent.
            answer = await self._gateway.create_tag(known.name)
            self._ledger.own_tag(known.name, product, answer.guid)
            return answer.guid
        await self.list_once()
        for candidate in _names(product, name, sku):
            if self._ledger.tag_named(candidate) is not None or self._ledger.sides.tag_seen(candidate) is not None:
                continue
            self._ledger.reserve_tag(candidate, product)
            answer = await self._gateway.create_tag(candidate)
            if isinstance(answer, TagExists):
                # Somebody made it since the list was read, before our first try: not ours.
                self._ledger.drop_tag(candidate)
                continue
            self._ledger.own_tag(candidate, product, answer.guid)
            return answer.guid
        raise AssertionError("the names of tags do not end")

    async def list_once(self) -> None:
        """Read the names of all tags that the shop has, before this run makes its first."""
        async with self._lock:
            if self._listed:
                return
            rows = await self._gateway.tags()
            self._ledger.sides.see_tags(
                (str(row.get("name") or ""), str(row["guid"]).lower(), str(row.get("type") or "")) for row in rows
            )
            self._listed = True


def _names(product: str, name: str, sku: str) -> Iterator[str]:
    yield name
    yield f"{name} ({sku})"
    yield f"{name} ({product})"
    number = 2
    while True:
        yield f"{name} ({product}.{number})"
        number += 1
