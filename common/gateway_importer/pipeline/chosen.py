"""Runs that look at chosen products and no others: what failed the last time, or what a plan holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from gateway_importer.catalog import Fault
from gateway_importer.pipeline.leaving import Leaving
from gateway_importer.pipeline.parts import GONE, NOT_SHOWN, Parts
from gateway_importer.pipeline.plan import Moved, PlannedProduct, moved
from gateway_importer.pipeline.plan_file import PlanReader, parsed
from gateway_importer.pipeline.writer import mistake
from gateway_importer.report.model import Outcome, OutcomeRow

PIECE = 5000  # products of a plan that are carried out together: all of a large shop's would not fit


class Chosen:
    """One run over chosen products. `restore` reads the Gateway's list first where that is needed."""

    def __init__(self, parts: Parts, leaving: Leaving, restore: Callable[[], Awaitable[object]]) -> None:
        self._run = parts
        self._leaving = leaving
        self._restore = restore

    async def retry(self, before: int) -> None:
        """Try again what failed in the run `before`, and nothing else."""
        failed = {row.product: row for row in self._run.ledger.history.to_retry(before)}
        self._run.ledger.history.fail_again(self._run.number, before)
        self._run.line.retrying = True
        await self._restore()
        self._run.observer.phase(f"trying {len(failed)} products again")
        handed_out = await self._handed_out(list(failed))
        leaving = [row for row in failed.values() if row.rule and row.product not in handed_out]
        ruled_out = {row[0] for row in self._run.ledger.sides.skipped_but_live(self._run.number)}
        leaving += [row for row in failed.values() if row.rule and row.product in ruled_out]
        if self._run.line.mistake is None:
            await self._leaving.take_all_away([(row.product, row.name, row.rule, row.detail) for row in leaving])
        for row in failed.values():
            if row.product not in handed_out and not row.rule:
                self._not_handed_out(row)
        await self._look_for([product for product, row in failed.items() if row.code == NOT_SHOWN])

    async def carry_out(self, plan: PlanReader) -> None:
        """Carry a plan out: what of it still holds, and nothing else."""
        sides = self._run.ledger.sides
        sides.plan(plan.products())
        await self._restore()
        self._run.observer.phase(f"carrying out the plan of {sides.planned_count()} products")
        for products in sides.planned_to("create", "update", piece=PIECE):
            await self._bring_in(products)
        for products in sides.planned_to("archive", "off sale", piece=PIECE):
            await self._take_away(products)

    async def _handed_out(self, products: Sequence[str]) -> set[str]:
        """Read these products and do what is planned for them; those that the shop handed out."""
        line = self._run.line
        line.seen = set()
        await self._run.process(products)
        self._run.stop_if_asked()
        handed_out, line.seen = line.seen, None
        return handed_out

    def _mistake(self) -> Fault | None:
        """What it means that the shop handed a product out no more, if that may be this program's mistake."""
        return None if self._run.line.mistake is None else mistake(self._run.line.mistake)

    async def _bring_in(self, products: Sequence[str]) -> None:
        handed_out = await self._handed_out(products)
        for product in products:
            if product not in handed_out:
                self._leave_out(product, self._mistake() or moved([Moved("", "shop", "product", "there", "gone")]))
            elif self._run.ledger.outcomes.outcome(self._run.number, product) is Outcome.SKIPPED:
                self._leave_out(product, moved([Moved("", "shop", "product", "for sale", "left out by a rule")]))

    async def _take_away(self, products: Sequence[str]) -> None:
        """Archive what is still as it was planned, and leave out the others."""
        handed_out = await self._handed_out(products)
        ruled_out = {row[0]: row[2] for row in self._run.ledger.sides.skipped_but_live(self._run.number)}
        still: list[tuple[str, str, str, str]] = []
        for product in products:
            planned = self._planned(product)
            objects = {known.guid for known in self._run.ledger.variants(product).values() if known.state != "archived"}
            vanished = planned.rule == GONE and product not in handed_out
            if vanished and (fault := self._mistake()) is not None:
                self._leave_out(product, fault)
            elif not (vanished if planned.rule == GONE else ruled_out.get(product) == planned.rule):
                if self._run.ledger.outcomes.outcome(self._run.number, product) is not Outcome.FAILED:
                    was = planned.detail or planned.rule
                    self._leave_out(product, moved([Moved("", "shop", "product", was, "there")]))
            elif objects - {entry.guid for entry in planned.variants}:
                self._leave_out(product, moved([Moved("", "Gateway", "objects", "others", "there")]))
            else:
                still.append((product, planned.name, planned.rule, planned.detail))
        await self._leaving.take_all_away(still)
        self._run.stop_if_asked()

    def _planned(self, product: str) -> PlannedProduct:
        line = self._run.ledger.sides.planned(product)
        if line is None:
            raise ValueError(f"product {product} is not planned")
        return parsed(line)

    def _leave_out(self, product: str, fault: Fault) -> None:
        name = self._planned(product).name
        self._run.ledger.outcomes.record(
            self._run.number, OutcomeRow(product, name, Outcome.FAILED, fault.code, fault.cause, fault.cure)
        )

    def _not_handed_out(self, row: OutcomeRow) -> None:
        cause = "The shop does not hand it out any more."
        fault = Fault("not_handed_out", cause, "If it is gone there, the next import archives it.")
        fault = self._mistake() or fault
        self._run.ledger.outcomes.record(
            self._run.number, OutcomeRow(row.product, row.name, Outcome.FAILED, fault.code, fault.cause, fault.cure)
        )

    async def _look_for(self, products: Sequence[str]) -> None:
        """Ask the Gateway for each object of these products: its query had not shown some of them."""
        for product in products:
            for known in self._run.ledger.variants(product).values():
                if (
                    known.state == "live"
                    and known.guid
                    and not await self._run.listing.shows(known.guid, known.sku, product)
                ):
                    self._run.record_not_shown(product)
