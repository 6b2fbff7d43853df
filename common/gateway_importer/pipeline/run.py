"""One run, from the shop's list to the comparison of both sides at its end."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway_importer.catalog import Fault, ProductId
from gateway_importer.errors import HeldBack, ImporterError, LedgerError, Stopped
from gateway_importer.failures import HttpFailure
from gateway_importer.gateway.client import Refusal
from gateway_importer.gateway.payload import digest
from gateway_importer.ledger.sides import Gap
from gateway_importer.ledger.store import Known, Ledger
from gateway_importer.pipeline.channel import Channel
from gateway_importer.pipeline.drift import Drift
from gateway_importer.pipeline.line import Line
from gateway_importer.pipeline.listing import Listing
from gateway_importer.pipeline.plan import Moved, PlannedProduct, PlannedVariant, moved
from gateway_importer.pipeline.plan_file import PlanReader, parsed
from gateway_importer.pipeline.shortcut import ShortCut
from gateway_importer.pipeline.writer import Failure, NotSettled, Writer, mistake, refused, silent
from gateway_importer.report.model import Outcome, OutcomeRow
from gateway_importer.report.observer import Observer
from gateway_importer.source import Source

VANISHED_SHARE = 0.2  # of the products that are at the Gateway
VANISHED_FEW = 5  # so few may always vanish
LOOKS = 3  # times the shop's list is compared with what was accounted for
IDS_AT_ONCE = 1000  # ids that go into the ledger together
LOG = logging.getLogger(__name__)
GONE = "gone"  # the word in reports for what the shop no longer has
GONE_DETAIL = "no longer in the shop"
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
        self._source = source
        self._ledger = ledger
        self._writer = writer
        self._listing = listing
        self._line = line
        self._observer = observer
        self._orders = orders
        self._shortcut = shortcut
        self._drift = drift
        self._run = run
        self._width = width
        self._listed: int | None = None
        self._listed_ahead = False  # the Gateway's list was read while the shop was
        self._sample: Mapping[str, tuple[str, Known]] = {}
        self.audit = Audit([])
        self.remarks: list[str] = []

    async def execute(self) -> None:
        self._observer.phase("listing the shop's products")
        listed = await self._list_shop()
        restored = await self._restore()
        if listed == 0 and self._ledger.live_products():
            raise self._shows_nothing()
        due = await self._shortcut.due(listed)
        self._observer.phase("reading, placing pictures, posting")
        if due is None:
            async with asyncio.TaskGroup() as group:
                ahead = None if restored or self._orders.dry else group.create_task(self._list_ahead())
                await self._line.process(self._source.pages())
                if ahead is not None and self._line.stopping.is_set():
                    ahead.cancel()
        else:
            await self._line.process_pages(self._source.pages_of(due))
        self._stop_if_asked()
        await self._account_for_all()
        await self._archive()
        self._stop_if_asked()
        if not self._orders.dry:
            await self._compare()
            self._ledger.set_meta("restored", "yes")
            if not self._drift.gone:
                self._shortcut.keep()

    async def retry(self, before: int) -> None:
        """Try again what failed in the run `before`, and nothing else."""
        failed = {row.product: row for row in self._ledger.history.to_retry(before)}
        self._ledger.history.fail_again(self._run, before)
        self._line.retrying = True
        await self._restore()
        self._observer.phase(f"trying {len(failed)} products again")
        self._line.seen = set()
        await self._line.process_pages(self._source.pages_of([ProductId(product) for product in failed]))
        self._stop_if_asked()
        handed_out, self._line.seen = self._line.seen, None
        leaving = [row for row in failed.values() if row.rule and row.product not in handed_out]
        ruled_out = {row[0] for row in self._ledger.sides.skipped_but_live(self._run)}
        leaving += [row for row in failed.values() if row.rule and row.product in ruled_out]
        if self._line.mistake is None:
            await self._take_all_away([(row.product, row.name, row.rule, row.detail) for row in leaving])
        for row in failed.values():
            if row.product not in handed_out and not row.rule:
                self._not_handed_out(row)
        await self._look_for([product for product, row in failed.items() if row.code == NOT_SHOWN])

    async def carry_out(self, plan: PlanReader) -> None:
        """Carry a plan out: what of it still holds, and nothing else."""
        sides = self._ledger.sides
        sides.plan(plan.products())
        await self._restore()
        products, leaving = sides.planned_to("create", "update"), sides.planned_to("archive", "off sale")
        self._observer.phase(f"carrying out the plan of {len(products) + len(leaving)} products")
        self._line.seen = set()
        ids = [ProductId(product) for product in (*products, *leaving)]
        await self._line.process_pages(self._source.pages_of(ids))
        self._stop_if_asked()
        handed_out, self._line.seen = self._line.seen, None
        gone = None if self._line.mistake is None else mistake(self._line.mistake)
        for product in products:
            if product not in handed_out:
                self._leave_out(product, gone or moved([Moved("", "shop", "product", "there", "gone")]))
            elif self._ledger.outcomes.outcome(self._run, product) is Outcome.SKIPPED:
                self._leave_out(product, moved([Moved("", "shop", "product", "for sale", "left out by a rule")]))
        ruled_out = {row[0]: row[2] for row in sides.skipped_but_live(self._run)}
        still: list[tuple[str, str, str, str]] = []
        for product in leaving:
            planned = self._planned(product)
            there = self._ledger.variants(product)
            if planned.rule == GONE and product not in handed_out and gone is not None:
                self._leave_out(product, gone)
            elif not (product not in handed_out if planned.rule == GONE else ruled_out.get(product) == planned.rule):
                if self._ledger.outcomes.outcome(self._run, product) is not Outcome.FAILED:
                    self._leave_out(
                        product, moved([Moved("", "shop", "product", planned.detail or planned.rule, "there")])
                    )
            elif {known.guid for known in there.values() if known.state != "archived"} - {
                entry.guid for entry in planned.variants
            }:
                self._leave_out(product, moved([Moved("", "Gateway", "objects", "others", "there")]))
            else:
                still.append((product, planned.name, planned.rule, planned.detail))
        await self._take_all_away(still)
        self._stop_if_asked()

    def _planned(self, product: str) -> PlannedProduct:
        line = self._ledger.sides.planned(product)
        if line is None:
            raise ValueError(f"product {product} is not planned")
        return parsed(line)

    def _leave_out(self, product: str, fault: Fault) -> None:
        name = self._planned(product).name
        self._ledger.outcomes.record(
            self._run, OutcomeRow(product, name, Outcome.FAILED, fault.code, fault.cause, fault.cure)
        )

    def _not_handed_out(self, row: OutcomeRow) -> None:
        cause = "The shop does not hand it out any more."
        fault = Fault("not_handed_out", cause, "If it is gone there, the next import archives it.")
        if self._line.mistake is not None:
            fault = mistake(self._line.mistake)
        self._ledger.outcomes.record(
            self._run, OutcomeRow(row.product, row.name, Outcome.FAILED, fault.code, fault.cause, fault.cure)
        )

    async def _look_for(self, products: Sequence[str]) -> None:
        """Ask the Gateway for each object of these products: its query had not shown some of them."""
        for product in products:
            for known in self._ledger.variants(product).values():
                if (
                    known.state == "live"
                    and known.guid
                    and not await self._listing.shows(known.guid, known.sku, product)
                ):
                    self._record_not_shown(product)

    def _shows_nothing(self) -> HeldBack:
        return HeldBack(
            "The shop shows no product at all, but products of it are at the Gateway. A shop that shows none is "
            "never believed; nothing was archived.",
            "See whether the shop is up and the key may read its products.",
        )

    def _stop_if_asked(self) -> None:
        if self._line.stopping.is_set():
            raise Stopped(
                "The run was stopped before its end.", "Run the command again: it goes on from where this one ended."
            )

    async def _list_shop(self) -> int | None:
        """The ids that the shop has now, into the run's scratch; None where the shop cannot say."""
        ids = self._source.everything()
        self._listed = None
        if ids is None:
            return None
        self._ledger.sides.forget_shop_list()
        chunk: list[str] = []
        async for identity in ids:
            chunk.append(str(identity))
            if len(chunk) >= IDS_AT_ONCE:
                self._ledger.sides.list_shop(chunk)
                chunk.clear()
        self._ledger.sides.list_shop(chunk)
        self._listed = self._ledger.sides.shop_count()
        return self._listed

    async def _restore(self) -> bool:
        """Read the Gateway's list first where the ledger has not yet seen one complete run, or where the
        Gateway is to be made equal to the shop. Whether that was so."""
        rebuild = self._ledger.meta("restored") is None
        planning = self._line.plan is not None
        if not rebuild and not planning and not self._orders.overwrite_always:
            return False
        self._observer.phase("listing the Gateway's products")
        restored = await self._listing.restore(
            rebuild=rebuild, whole=self._orders.overwrite_always or planning, accept_change=self._orders.accept_change
        )
        self.remarks.extend(restored.remarks)
        if planning and (deleted := await self._listing.find_deleted()):
            self.remarks.append(f"{deleted} objects of ours were deleted at the Gateway: they would be created anew.")
        if not rebuild:
            return True
        if restored.objects:
            # The query has shown something: an empty answer is no longer to be feared.
            self._ledger.set_meta("query_proven", "yes")
        if self._ledger.fresh and restored.marked:
            self.remarks.append(
                f"There was no ledger: it was rebuilt from {restored.marked} objects at the Gateway "
                "that carry our mark."
            )
        self._line.adopting = restored.objects > restored.marked
        if self._ledger.fresh and restored.objects and not restored.marked:
            self.remarks.append(
                "There was no ledger, and no object at the Gateway carries our mark: nothing that was there before "
                "is archived by this run."
            )
        return True

    async def _list_ahead(self) -> None:
        """Read the Gateway's list while the shop is read, for the comparison at the end."""
        if not self._ledger.live_variants():
            return  # all that will be there is yet to be made
        self._sample = self._drift.sample()
        try:
            await self._listing.read(self._sample.keys())
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
            missed = self._ledger.sides.listed_without_outcome(self._run)
            if not missed:
                return
            self._observer.phase(f"reading {len(missed)} products that came during the run")
            ids = [ProductId(identity) for identity in missed]
            # A page that one product breaks is taken apart.
            groups = [[identity] for identity in ids] if look or self._line.mistake is not None else [ids]
            await self._line.process_pages([page for group in groups for page in self._source.pages_of(group)])
            self._stop_if_asked()
        fault = Fault(
            "not_handed_out",
            "The shop lists it, but did not hand it out.",
            "Look at it in the shop's back office, then run the command again.",
        )
        if self._line.mistake is not None:
            fault = mistake(self._line.mistake)
        for identity in self._ledger.sides.listed_without_outcome(self._run):
            row = OutcomeRow(identity, "", Outcome.FAILED, fault.code, fault.cause, fault.cure)
            self._ledger.outcomes.record(self._run, row)

    # --- archiving -------------------------------------------------------------------------------------------

    async def _archive(self) -> None:
        """Archive what the shop no longer has, or what a rule now leaves out. Only reached after the whole list
        was read without an error; where the shop cannot list its products, none is believed to be gone."""
        if self._listed == 0 and self._ledger.live_products():
            raise self._shows_nothing()
        vanished = await self._truly_vanished() if self._listed is not None else []
        ruled_out = [row for row in self._ledger.sides.skipped_but_live(self._run) if self._still_to_leave(row[0])]
        leaving = len(vanished) + len(ruled_out)
        there = self._ledger.live_products()
        if leaving > VANISHED_FEW and leaving > there * VANISHED_SHARE and not self._orders.archive_many:
            raise HeldBack(
                f"{leaving} of the {there} products at the Gateway are gone from the shop or switched off there: more "
                f"than {VANISHED_SHARE:.0%}. Everything else was brought in; nothing was archived.",
                "If that is right, run once more with ARCHIVE_MANY=yes. If not, see whether the shop was down, the key "
                "has lost rights, or another language or shop was chosen.",
            )
        if leaving:
            self._observer.phase(f"archiving {leaving} products")
        if self._orders.archive_many and leaving:
            self.remarks.append(f"ARCHIVE_MANY=yes let {leaving} archivings through.")
        if leaving and not await self._gateway_is_the_one():
            return
        gone = ((product, self._ledger.product_name(product), GONE, GONE_DETAIL) for product in vanished)
        await self._take_all_away((*gone, *ruled_out))

    async def _take_all_away(self, leaving: Iterable[tuple[str, str, str, str]]) -> None:
        """Archive products, given as id, name, the rule's word and a detail."""
        work: Channel[tuple[str, str, str, str]] = Channel(self._width)
        async with asyncio.TaskGroup() as group:
            for _ in range(self._width):
                group.create_task(self._archivist(work))
            for row in leaving:
                await work.put(row)
            await work.close()

    def _still_to_leave(self, product: str) -> bool:
        """Whether a product that a rule leaves out is still there as it was: not yet taken off sale."""
        off = digest(False)
        return not self._orders.not_for_sale or any(
            known.state != "archived" and known.fields.get("for_sale") != off
            for known in self._ledger.variants(product).values()
        )

    async def _truly_vanished(self) -> list[str]:
        """Products that are missing from the shop's list, and that it does not hand out when asked for them. One that
        it lists is asked for beside them: a shop that does not hand out that one either says nothing of the others."""
        vanished = self._ledger.sides.vanished()
        if not vanished:
            return []
        there = self._ledger.sides.on_both_sides(self._run)
        asked = [*vanished, there[0]] if there is not None else vanished
        self._line.seen, self._line.mistake = set(), None
        await self._line.process_pages(self._source.pages_of([ProductId(identity) for identity in asked]))
        seen, self._line.seen = self._line.seen, None
        self._ledger.sides.list_shop(seen)
        if self._line.mistake is not None:
            self.remarks.append("Products that are gone from the shop's list could not be asked for: none is archived.")
            return []
        if there is not None and there[0] not in seen:
            raise HeldBack(
                f"The shop lists product {there[0]}, but does not hand it out when it is asked for together with those "
                f"that are gone from its list. Everything else was brought in; nothing was archived.",
                "See whether the shop is up and answers whole, then run the command again.",
            )
        return [identity for identity in vanished if not self._ledger.sides.in_shop(identity)]

    async def _gateway_is_the_one(self) -> bool:
        """Before anything is archived, one product that both sides have is read back from the Gateway as well."""
        there = self._ledger.sides.on_both_sides(self._run)
        if there is None or (self._orders.dry and there[3] == self._run):
            if not self._orders.dry:
                self.remarks.append("No product is in order on both sides: nothing was archived.")
            return self._orders.dry
        product, guid, sku, _ = there
        if await self._listing.shows(guid, sku, product):
            return True
        raise HeldBack(
            f"Product {product} was imported as object {guid}, but the Gateway does not show that object as ours. "
            "Everything else was brought in; nothing was archived.",
            "See whether GATEWAY_URL and the shop guid are those of before. If the object was only deleted, run the "
            "command again: another one is looked at then.",
        )

    async def _archivist(self, work: Channel[tuple[str, str, str, str]]) -> None:
        async for product, name, rule, detail in work:
            if self._line.stopping.is_set():
                continue
            try:
                archived = await self._take_away(product, name, rule, detail)
            except Failure as failure:
                fault = failure.fault
            except Refusal as refusal:
                fault = refused(refusal)
            except HttpFailure as failure:
                fault = silent(str(failure))
            except (ImporterError, asyncio.CancelledError):
                raise
            except Exception as problem:
                LOG.error("product %s", product, exc_info=problem, extra={"product": product})
                fault = mistake(problem)
            else:
                if archived:
                    self._ledger.outcomes.record(
                        self._run, OutcomeRow(product, name, Outcome.ARCHIVED, rule=rule, detail=detail)
                    )
                continue
            row = OutcomeRow(product, name, Outcome.FAILED, fault.code, fault.cause, fault.cure, rule=rule)
            self._ledger.outcomes.record(self._run, row)

    async def _take_away(self, product: str, name: str, rule: str, detail: str) -> bool:
        """Archive the product's objects, or take them off sale; False where it was only taken off sale."""
        off_sale = self._orders.not_for_sale and rule != GONE
        leaving: list[PlannedVariant] = []
        while not self._orders.dry:
            try:
                await self._writer.settle(product, "")
                break
            except NotSettled as unsettled:
                if self._line.stopping.is_set():
                    return False
                await asyncio.sleep(max(0.05, unsettled.due - time.time()))
        for known in self._ledger.variants(product).values():
            if known.state not in {"live", "leaving"} or (off_sale and known.fields.get("for_sale") == digest(False)):
                continue
            if self._orders.dry:
                leaving.append(PlannedVariant(known.id, known.sku, "off sale" if off_sale else "archive", known.guid))
                continue
            await self._writer.archive_variant(product, known, for_sale_only=off_sale)
        if leaving and self._line.plan is not None:
            does = "off sale" if off_sale else "archive"
            self._line.plan.add(PlannedProduct(product, name, does, leaving, rule, detail))
        return not off_sale

    # --- both sides at the end ---------------------------------------------------------------------------------

    async def _compare(self) -> None:
        """Hold the ledger against what the Gateway lists: whole, or, where only what changed was read, what this run
        made. A share of the products is read back in either case."""
        self._observer.phase("comparing with the Gateway")
        made_by = self._run if self._shortcut.taken else None
        if not self._listed_ahead:
            self._sample = self._drift.sample()
        older = self._listed_ahead or made_by is not None
        if not older:
            await self._listing.read(self._sample.keys())
        missing = await self._listing.compare(self._writer.last_write, older=older, made_by=made_by)
        await self._drift.check(self._sample, listed=made_by is None)
        deleted = [gap for gap in missing if gap.made_by != self._run]
        if deleted:
            await self._make_anew(deleted)
            if made_by is not None:
                await self._listing.read(())
            missing = await self._listing.compare(self._writer.last_write, older=made_by is None)
        for product in {gap.product for gap in missing}:
            self._record_not_shown(product)
        unaccounted = self._ledger.sides.listed_without_outcome(self._run)
        rows = [
            ("products that the shop lists", self._ledger.sides.shop_count()),
            ("of them without an outcome", len(unaccounted)),
        ]
        if made_by is None:
            rows += [
                ("variants that ought to be at the Gateway", self._ledger.live_variants()),
                ("of them not shown by the Gateway", len(missing)),
                ("objects at the Gateway that are not ours", self._ledger.sides.not_ours()),
            ]
        else:
            rows += [("variants of this run that are not shown by the Gateway", len(missing))]
        rows += [
            ("products read back from the Gateway", self._drift.products),
            ("of them held otherwise than they were sent", self._drift.otherwise),
        ]
        self.audit = Audit(rows, agrees=not unaccounted and not missing and not self._drift.gone)

    def _record_not_shown(self, product: str) -> None:
        self._ledger.outcomes.record(
            self._run,
            OutcomeRow(
                product, self._ledger.product_name(product), Outcome.FAILED, NOT_SHOWN,
                "The Gateway took it, but its query does not show it.",
                "Run the command again later; if it stays so, ask the marketplace.",
            ),
        )  # fmt: skip

    async def _make_anew(self, deleted: Sequence[Gap]) -> None:
        """Somebody deleted objects of ours at the Gateway: they are created again."""
        there = self._ledger.live_variants()
        if len(deleted) > VANISHED_FEW and len(deleted) > there * VANISHED_SHARE:
            raise HeldBack(
                f"The Gateway's query does not show {len(deleted)} of the {there} objects that were imported. Creating "
                "them anew could double the shop.",
                "See at the marketplace whether somebody deleted them. If so, move ledger.sqlite out of the state "
                "folder and run again; if not, wait until the query is whole again.",
            )
        products = dict.fromkeys(gap.product for gap in deleted)
        for gap in deleted:
            self._ledger.lose(gap.product, gap.variant)
        self.remarks.append(f"{len(deleted)} objects of ours had been deleted at the Gateway and were created anew.")
        self._observer.phase(f"creating {len(deleted)} deleted objects anew")
        await self._line.process_pages(self._source.pages_of([ProductId(product) for product in products]))
        self._stop_if_asked()
