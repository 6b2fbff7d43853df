"""What is no longer in the shop, or is left out by a rule now: what is believed to be gone, and its archiving."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable

from gateway_importer.errors import HeldBack, ImporterError
from gateway_importer.failures import HttpFailure
from gateway_importer.gateway.answers import Refusal
from gateway_importer.gateway.payload import digest
from gateway_importer.pipeline.channel import Channel
from gateway_importer.pipeline.parts import GONE, VANISHED_FEW, VANISHED_SHARE, Parts
from gateway_importer.pipeline.plan import PlannedProduct, PlannedVariant
from gateway_importer.pipeline.writer import Failure, NotSettled, mistake, refused, silent
from gateway_importer.report.model import Outcome, OutcomeRow

LOG = logging.getLogger(__name__)
GONE_DETAIL = "no longer in the shop"


class Leaving:
    """Archives for one run."""

    def __init__(self, parts: Parts) -> None:
        self._run = parts

    async def archive(self, listed: int | None) -> None:
        """Archive what the shop no longer has, or what a rule now leaves out. Only reached after the whole list
        was read without an error; where the shop cannot list its products, none is believed to be gone."""
        self._run.believe_shop(listed)
        vanished = await self._truly_vanished() if listed is not None else []
        ruled_out = [
            row for row in self._run.ledger.sides.skipped_but_live(self._run.number) if self._still_to_leave(row[0])
        ]
        leaving = len(vanished) + len(ruled_out)
        there = self._run.ledger.live_products()
        if leaving > VANISHED_FEW and leaving > there * VANISHED_SHARE and not self._run.orders.archive_many:
            raise HeldBack(
                f"{leaving} of the {there} products at the Gateway are gone from the shop or switched off there: more "
                f"than {VANISHED_SHARE:.0%}. Everything else was brought in; nothing was archived.",
                "If that is right, run once more with ARCHIVE_MANY=yes. If not, see whether the shop was down, the key "
                "has lost rights, or another language or shop was chosen.",
            )
        if leaving:
            self._run.observer.phase(f"archiving {leaving} products")
        if self._run.orders.archive_many and leaving:
            self._run.remarks.append(f"ARCHIVE_MANY=yes let {leaving} archivings through.")
        if leaving and not await self._gateway_is_the_one():
            return
        gone = ((product, self._run.ledger.product_name(product), GONE, GONE_DETAIL) for product in vanished)
        await self.take_all_away((*gone, *ruled_out))

    async def take_all_away(self, leaving: Iterable[tuple[str, str, str, str]]) -> None:
        """Archive products, given as id, name, the rule's word and a detail."""
        work: Channel[tuple[str, str, str, str]] = Channel(self._run.width)
        async with asyncio.TaskGroup() as group:
            for _ in range(self._run.width):
                group.create_task(self._archivist(work))
            for row in leaving:
                await work.put(row)
            await work.close()

    def _still_to_leave(self, product: str) -> bool:
        """Whether a product that a rule leaves out is still there as it was: not yet taken off sale."""
        off = digest(False)
        return not self._run.orders.not_for_sale or any(
            known.state != "archived" and known.fields.get("for_sale") != off
            for known in self._run.ledger.variants(product).values()
        )

    async def _truly_vanished(self) -> list[str]:
        """Products that are missing from the shop's list, and that it does not hand out when asked for them. One that
        it lists is asked for beside them: a shop that does not hand out that one either says nothing of the others."""
        vanished = self._run.ledger.sides.vanished()
        if not vanished:
            return []
        there = self._run.ledger.sides.on_both_sides(self._run.number)
        asked = [*vanished, there[0]] if there is not None else vanished
        self._run.line.seen, self._run.line.mistake = set(), None
        await self._run.process(asked)
        seen, self._run.line.seen = self._run.line.seen, None
        self._run.ledger.sides.list_shop(seen)
        if self._run.line.mistake is not None:
            self._run.remarks.append(
                "Products that are gone from the shop's list could not be asked for: none is archived."
            )
            return []
        if there is not None and there[0] not in seen:
            raise HeldBack(
                f"The shop lists product {there[0]}, but does not hand it out when it is asked for together with those "
                f"that are gone from its list. Everything else was brought in; nothing was archived.",
                "See whether the shop is up and answers whole, then run the command again.",
            )
        return [identity for identity in vanished if not self._run.ledger.sides.in_shop(identity)]

    async def _gateway_is_the_one(self) -> bool:
        """Before anything is archived, one product that both sides have is read back from the Gateway as well."""
        there = self._run.ledger.sides.on_both_sides(self._run.number)
        if there is None or (self._run.orders.dry and there[3] == self._run.number):
            if not self._run.orders.dry:
                self._run.remarks.append("No product is in order on both sides: nothing was archived.")
            return self._run.orders.dry
        product, guid, sku, _ = there
        if await self._run.listing.shows(guid, sku, product):
            return True
        raise HeldBack(
            f"Product {product} was imported as object {guid}, but the Gateway does not show that object as ours. "
            "Everything else was brought in; nothing was archived.",
            "See whether GATEWAY_URL and the shop guid are those of before. If the object was only deleted, run the "
            "command again: another one is looked at then.",
        )

    async def _archivist(self, work: Channel[tuple[str, str, str, str]]) -> None:
        async for product, name, rule, detail in work:
            if self._run.line.stopping.is_set():
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
                    self._run.ledger.outcomes.record(
                        self._run.number, OutcomeRow(product, name, Outcome.ARCHIVED, rule=rule, detail=detail)
                    )
                continue
            row = OutcomeRow(product, name, Outcome.FAILED, fault.code, fault.cause, fault.cure, rule=rule)
            self._run.ledger.outcomes.record(self._run.number, row)

    async def _take_away(self, product: str, name: str, rule: str, detail: str) -> bool:
        """Archive the product's objects, or take them off sale; False where it was only taken off sale."""
        off_sale = self._run.orders.not_for_sale and rule != GONE
        leaving: list[PlannedVariant] = []
        while not self._run.orders.dry:
            try:
                await self._run.writer.settle(product, "")
                break
            except NotSettled as unsettled:
                if self._run.line.stopping.is_set():
                    return False
                await asyncio.sleep(max(0.05, unsettled.due - time.time()))
        for known in self._run.ledger.variants(product).values():
            if known.state not in {"live", "leaving"} or (off_sale and known.fields.get("for_sale") == digest(False)):
                continue
            if self._run.orders.dry:
                leaving.append(PlannedVariant(known.id, known.sku, "off sale" if off_sale else "archive", known.guid))
                continue
            await self._run.writer.archive_variant(product, known, for_sale_only=off_sale)
        if leaving and self._run.line.plan is not None:
            does = "off sale" if off_sale else "archive"
            self._run.line.plan.add(PlannedProduct(product, name, does, leaving, rule, detail))
        return not off_sale
