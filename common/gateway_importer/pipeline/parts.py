"""What the stages of a run have in common: the parts that it is put together from, and what the operator decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway_importer.catalog import ProductId
from gateway_importer.errors import HeldBack, Stopped
from gateway_importer.ledger.store import Ledger
from gateway_importer.pipeline.line import Line
from gateway_importer.pipeline.listing import Listing
from gateway_importer.pipeline.writer import Writer
from gateway_importer.report.model import Outcome, OutcomeRow
from gateway_importer.report.observer import Observer
from gateway_importer.source import Source

VANISHED_SHARE = 0.2  # of the products that are at the Gateway
VANISHED_FEW = 5  # so few may always vanish
GONE = "gone"  # the word in reports for what the shop no longer has
NOT_SHOWN = "not_shown"


@dataclass(slots=True)
class Orders:
    """What the operator decided for this run."""

    archive_many: bool
    accept_change: bool
    not_for_sale: bool
    overwrite_always: bool
    dry: bool


@dataclass(slots=True)
class Parts:
    """One run's parts, and its `number`. `width` is how many products are archived at once, `remarks` are sentences
    about the whole run."""

    source: Source
    ledger: Ledger
    writer: Writer
    listing: Listing
    line: Line
    observer: Observer
    orders: Orders
    number: int
    width: int
    remarks: list[str] = field(default_factory=list)

    async def process(self, products: Sequence[str]) -> None:
        """Read these products and bring them in."""
        await self.line.process_pages(self.source.pages_of([ProductId(product) for product in products]))

    def stop_if_asked(self) -> None:
        """Raises `Stopped` where the run is to end."""
        if self.line.stopping.is_set():
            raise Stopped(
                "The run was stopped before its end.", "Run the command again: it goes on from where this one ended."
            )

    def believe_shop(self, listed: int | None) -> None:
        """Raises `HeldBack` where the shop lists no product and some of it are at the Gateway."""
        if listed == 0 and self.ledger.live_products():
            raise HeldBack(
                "The shop shows no product at all, but products of it are at the Gateway. A shop that shows none is "
                "never believed; nothing was archived.",
                "See whether the shop is up and the key may read its products.",
            )

    def record_not_shown(self, product: str) -> None:
        self.ledger.outcomes.record(
            self.number,
            OutcomeRow(
                product, self.ledger.product_name(product), Outcome.FAILED, NOT_SHOWN,
                "The Gateway took it, but its query does not show it.",
                "Run the command again later; if it stays so, ask the marketplace.",
            ),
        )  # fmt: skip
