"""Whether the Gateway still holds what was sent: a random share of the products is read back and held against the
ledger. What differs was edited there by hand, or lost; either way somebody should know."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import msgspec

from gateway_importer.gateway.client import Gateway
from gateway_importer.gateway.compare import drifted_fields
from gateway_importer.ledger.store import Known, Ledger
from gateway_importer.pipeline.channel import Channel
from gateway_importer.report.model import NoticeRow


@dataclass(frozen=True, slots=True)
class Drawn:
    """An object that is to be read back. `told` is a digest of what the ledger knew of it: of a large shop thousands
    are drawn, and all that is known of them would be the largest thing in memory."""

    product: str
    variant: str
    told: bytes


def told(known: Known) -> bytes:
    return blake2b(msgspec.json.encode(known), digest_size=16).digest()


@dataclass(slots=True)
class Drift:
    """Reads products back for one run. `share` is 0 to 1; `exact_net` as in `drifted_fields`."""

    gateway: Gateway
    ledger: Ledger
    run: int
    width: int
    share: float
    exact_net: bool
    products: int = 0
    otherwise: int = 0
    gone: int = 0

    def sample(self) -> dict[str, Drawn]:
        """The objects to read back, by guid: all variants of the chosen products."""
        chosen = self.ledger.some_products(self.share) if self.share else []
        self.products = len(chosen)
        return {
            known.guid: Drawn(product, known.id, told(known))
            for product in chosen
            for known in self.ledger.variants(product).values()
            if known.guid is not None and known.state == "live"
        }

    async def check(self, sample: Mapping[str, Drawn], *, listed: bool) -> None:
        """Hold each against the ledger, and note what differs. `listed`: the Gateway's list was read since the sample
        was drawn, and what was kept of it is looked at; else each is asked for, as is what was written meanwhile."""
        found: dict[str, list[str]] = {}
        work: Channel[tuple[str, Drawn]] = Channel(self.width)

        async def read_back() -> None:
            async for guid, drawn in work:
                now = self.ledger.variants(drawn.product).get(drawn.variant)
                if now is None or now.guid != guid or now.state != "live":
                    continue  # archived or made anew by this run
                held = await shown(self.gateway, self.ledger, now, listed=listed and told(now) == drawn.told)
                said = self._judged(now, held)
                if said:
                    found.setdefault(drawn.product, []).append(said)

        async with asyncio.TaskGroup() as group:
            for _ in range(self.width):
                group.create_task(read_back())
            for one in sample.items():
                await work.put(one)
            await work.close()
        self.otherwise = len(found)
        for product, said in found.items():
            text = f"The Gateway holds it otherwise than it was last sent: {'; '.join(sorted(said))}."
            self.ledger.outcomes.add_notice(
                self.run, NoticeRow(product, self.ledger.product_name(product), "drift", text)
            )

    def _judged(self, known: Known, held: Mapping[str, Any] | None) -> str:
        if held is None:
            self.gone += 1
            return f"{known.sku} is not shown"
        differing = difference(known, held, exact_net=self.exact_net)
        return f"{known.sku} {differing}" if differing else ""


async def shown(gateway: Gateway, ledger: Ledger, known: Known, *, listed: bool) -> Mapping[str, Any] | None:
    """An object of ours as the Gateway shows it, None where it does not: by the list that was read (`listed`), or by
    a question of its own."""
    if known.guid is None:
        return None
    if listed:
        return ledger.sides.held(known.guid)
    found = await gateway.find(known.guid, known.sku)
    return None if found is None else found.raw


def difference(known: Known, held: Mapping[str, Any], *, exact_net: bool) -> str:
    """How the Gateway holds a variant otherwise than it was last sent (`exact_net` as in `drifted_fields`); ``""``
    where it does not."""
    if held.get("archived") is True:
        return "is archived"
    differing = drifted_fields(known.fields, held, exact_net=exact_net)
    return f"in {', '.join(sorted(differing))}" if differing else ""
