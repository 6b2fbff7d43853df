"""One run, from the shop's list to the comparison of both sides at its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway_importer.catalog import Fault, ProductId
from gateway_importer.errors import HeldBack, ImporterError, LedgerError
from gateway_importer.failures import HttpFailure
from gateway_importer.gateway.answers import Refusal
from gateway_importer.ledger.sides import Gap
from gateway_importer.ledger.store import Ledger
from gateway_importer.pipeline.chosen import Chosen
from gateway_importer.pipeline.drift import Drawn, Drift
from gateway_importer.pipeline.leaving import Leaving
from gateway_importer.pipeline.line import Line
from gateway_importer.pipeline.listing import Listing
from gateway_importer.pipeline.parts import VANISHED_FEW, VANISHED_SHARE, Orders, Parts
from gateway_importer.pipeline.plan_file import PlanReader
from gateway_importer.pipeline.shortcut import ShortCut
from gateway_importer.pipeline.writer import Writer, mistake
from gateway_importer.report.model import Outcome, OutcomeRow
from gateway_importer.report.observer import Observer
from gateway_importer.source import Source

LOOKS = 3  # times the shop's list is compared with what was accounted for
IDS_AT_ONCE = 1000  # ids that go into the ledger together
LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Audit:
    """The comparison with both sides by id, as counts with their labels. `agrees` is None before it is made."""

    rows: list[tuple[str, int]]
    agrees: bool | None = None


class ImportRun:
    """Brings a shop's catalogue into the Gateway once. `execute` raises what ends a run (`errors`)."""

    def __init__(
        self,
        *,
        source: Source,
        ledger: Ledger,
        writer: Writer,
        listing: Listing,
        line: Line,
        observer: Observer,
        orders: Orders,
        shortcut: ShortCut,
        drift: Drift,
        run: int,
        width: int,
    ) -> None:
        self._run = Parts(source, ledger, writer, listing, line, observer, orders, run, width)
        self._leaving = Leaving(self._run)
        self._chosen = Chosen(self._run, self._leaving, self._restore)
        self._shortcut = shortcut
        self._drift = drift
        self._listed: int | None = None
        self._listed_ahead = False  # the Gateway's list was read while the shop was
        self._sample: Mapping[str, Drawn] = {}
        self.audit = Audit([])

    @property
    def remarks(self) -> list[str]:
        return self._run.remarks

    async def execute(self) -> None:
        self._run.observer.phase("listing the shop's products")
        listed = await self._list_shop()
        restored = await self._restore()
        self._run.believe_shop(listed)
        due = await self._shortcut.due(listed)
        self._run.observer.phase("reading, placing pictures, posting")
        if due is None:
            async with asyncio.TaskGroup() as group:
                ahead = None if restored or self._run.orders.dry else group.create_task(self._list_ahead())
                await self._run.line.process(self._run.source.pages())
                if ahead is not None and self._run.line.stopping.is_set():
                    ahead.cancel()
        else:
            await self._run.line.process_pages(self._run.source.pages_of(due))
        self._run.stop_if_asked()
        await self._account_for_all()
        await self._leaving.archive(self._listed)
        self._run.stop_if_asked()
        if not self._run.orders.dry:
            await self._compare()
            self._run.ledger.set_meta("restored", "yes")
            if not self._drift.gone:
                self._shortcut.keep()

    async def retry(self, before: int) -> None:
        """Try again what failed in the run `before`, and nothing else."""
        await self._chosen.retry(before)

    async def carry_out(self, plan: PlanReader) -> None:
        """Carry a plan out: what of it still holds, and nothing else."""
        await self._chosen.carry_out(plan)

    async def _list_shop(self) -> int | None:
        """The ids that the shop has now, into the run's scratch; None where the shop cannot say."""
        ids = self._run.source.everything()
        self._listed = None
        if ids is None:
            return None
        self._run.ledger.sides.forget_shop_list()
        chunk: list[str] = []
        async for identity in ids:
            chunk.append(str(identity))
            if len(chunk) >= IDS_AT_ONCE:
                self._run.ledger.sides.list_shop(chunk)
                chunk.clear()
        self._run.ledger.sides.list_shop(chunk)
        self._listed = self._run.ledger.sides.shop_count()
        return self._listed

    async def _restore(self) -> bool:
        """Read the Gateway's list first where the ledger has not yet seen one complete run, or where the
        Gateway is to be made equal to the shop. Whether that was so."""
        rebuild = self._run.ledger.meta("restored") is None
        planning = self._run.line.plan is not None
        if not rebuild and not planning and not self._run.orders.overwrite_always:
            return False
        self._run.observer.phase("listing the Gateway's products")
        restored = await self._run.listing.restore(
            rebuild=rebuild,
            whole=self._run.orders.overwrite_always or planning,
            accept_change=self._run.orders.accept_change,
        )
        self._run.remarks.extend(restored.remarks)
        if planning and (deleted := await self._run.listing.find_deleted()):
            self._run.remarks.append(
                f"{deleted} objects of ours were deleted at the Gateway: they would be created anew."
            )
        if not rebuild:
            return True
        if restored.objects:
            # The query has shown something: an empty answer is no longer to be feared.
            self._run.ledger.set_meta("query_proven", "yes")
        if self._run.ledger.fresh and restored.marked:
            self._run.remarks.append(
                f"There was no ledger: it was rebuilt from {restored.marked} objects at the Gateway "
                "that carry our mark."
            )
        self._run.line.adopting = restored.objects > restored.marked
        if self._run.ledger.fresh and restored.objects and not restored.marked:
            self._run.remarks.append(
                "There was no ledger, and no object at the Gateway carries our mark: nothing that was there before "
                "is archived by this run."
            )
        return True

    async def _list_ahead(self) -> None:
        """Read the Gateway's list while the shop is read, for the comparison at the end."""
        if not self._run.ledger.live_variants():
            return  # all that will be there is yet to be made
        self._sample = self._drift.sample()
        try:
            await self._run.listing.read(self._sample.keys())
        except LedgerError:
            raise
        except (ImporterError, HttpFailure, Refusal) as problem:
            # It is read again at the end, and what is wrong is told there.
            LOG.warning("The Gateway's list could not be read: %s", problem)
        else:
            self._listed_ahead = True

    async def _account_for_all(self) -> None:
        """Products that came while the shop was read are read too, until every listed one has its outcome."""
        for look in range(LOOKS):
            if await self._list_shop() is None:
                return
            missed = self._run.ledger.sides.listed_without_outcome(self._run.number)
            if not missed:
                return
            self._run.observer.phase(f"reading {len(missed)} products that came during the run")
            ids = [ProductId(identity) for identity in missed]
            # A page that one product breaks is taken apart.
            groups = [[identity] for identity in ids] if look or self._run.line.mistake is not None else [ids]
            await self._run.line.process_pages([page for group in groups for page in self._run.source.pages_of(group)])
            self._run.stop_if_asked()
        fault = Fault(
            "not_handed_out",
            "The shop lists it, but did not hand it out.",
            "Look at it in the shop's back office, then run the command again.",
        )
        if self._run.line.mistake is not None:
            fault = mistake(self._run.line.mistake)
        for identity in self._run.ledger.sides.listed_without_outcome(self._run.number):
            row = OutcomeRow(identity, "", Outcome.FAILED, fault.code, fault.cause, fault.cure)
            self._run.ledger.outcomes.record(self._run.number, row)

    # --- both sides at the end ---------------------------------------------------------------------------------

    async def _compare(self) -> None:
        """Hold the ledger against what the Gateway lists: whole, or, where only what changed was read, what this run
        made. A share of the products is read back in either case."""
        self._run.observer.phase("comparing with the Gateway")
        made_by = self._run.number if self._shortcut.taken else None
        if not self._listed_ahead:
            self._sample = self._drift.sample()
        older = self._listed_ahead or made_by is not None
        if not older:
            await self._run.listing.read(self._sample.keys())
        missing = await self._run.listing.compare(
            self._run.writer.last_write, older=older, made_by=made_by, keep=self._sample.keys()
        )
        await self._drift.check(self._sample, listed=made_by is None)
        deleted = [gap for gap in missing if gap.made_by != self._run.number]
        if deleted:
            await self._make_anew(deleted)
            if made_by is not None:
                await self._run.listing.read(())
            missing = await self._run.listing.compare(self._run.writer.last_write, older=made_by is None)
        for product in {gap.product for gap in missing}:
            self._run.record_not_shown(product)
        unaccounted = self._run.ledger.sides.listed_without_outcome(self._run.number)
        rows = [
            ("products that the shop lists", self._run.ledger.sides.shop_count()),
            ("of them without an outcome", len(unaccounted)),
        ]
        if made_by is None:
            rows += [
                ("variants that ought to be at the Gateway", self._run.ledger.live_variants()),
                ("of them not shown by the Gateway", len(missing)),
                ("objects at the Gateway that are not ours", self._run.ledger.sides.not_ours()),
            ]
        else:
            rows += [("variants of this run that are not shown by the Gateway", len(missing))]
        rows += [
            ("products read back from the Gateway", self._drift.products),
            ("of them held otherwise than they were sent", self._drift.otherwise),
        ]
        self.audit = Audit(rows, agrees=not unaccounted and not missing and not self._drift.gone)

    async def _make_anew(self, deleted: Sequence[Gap]) -> None:
        """Somebody deleted objects of ours at the Gateway: they are created again."""
        there = self._run.ledger.live_variants()
        if len(deleted) > VANISHED_FEW and len(deleted) > there * VANISHED_SHARE:
            raise HeldBack(
                f"The Gateway's query does not show {len(deleted)} of the {there} objects that were imported. Creating "
                "them anew could double the shop.",
                "See at the marketplace whether somebody deleted them. If so, move ledger.sqlite out of the state "
                "folder and run again; if not, wait until the query is whole again.",
            )
        products = dict.fromkeys(gap.product for gap in deleted)
        for gap in deleted:
            self._run.ledger.lose(gap.product, gap.variant)
        self._run.remarks.append(
            f"{len(deleted)} objects of ours had been deleted at the Gateway and were created anew."
        )
        self._run.observer.phase(f"creating {len(deleted)} deleted objects anew")
        await self._run.process(list(products))
        self._run.stop_if_asked()
