"""The line a product walks along: pages are fetched ahead of need, pictures placed, products posted, and what
an answer was lost for is looked after while the others go on. All tasks of a run are started here."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import json
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from gateway_importer.catalog import Failed, Fault, Image, Page, Product, Skipped
from gateway_importer.errors import ImporterError
from gateway_importer.failures import HttpFailure
from gateway_importer.gateway.answers import Refusal
from gateway_importer.gateway.compare import edited_fields
from gateway_importer.gateway.payload import Choices, Mark, element, to_json
from gateway_importer.ledger.store import Ledger
from gateway_importer.pipeline.adopt import adopt_tag, adopt_variant
from gateway_importer.pipeline.channel import Channel
from gateway_importer.pipeline.decide import Change, Create, Revive, Settle, Step, decide
from gateway_importer.pipeline.fetching import Fetching, each
from gateway_importer.pipeline.pictures import Pictures
from gateway_importer.pipeline.plan import Offered, Permit, PlannedProduct, moved, offered, permit, planned_product
from gateway_importer.pipeline.plan_file import PlanWriter, parsed
from gateway_importer.pipeline.prepare import Placing, Rules, Sku, Wanted, prepare
from gateway_importer.pipeline.seen import Echo, as_seen, unpacked
from gateway_importer.pipeline.skus import Skus
from gateway_importer.pipeline.writer import (
    Failure,
    NotSettled,
    Writer,
    mistake,
    product_digest,
    refused,
    silent,
)
from gateway_importer.report.model import NoticeRow, Outcome, OutcomeRow, SampleRow
from gateway_importer.report.observer import Observer
from gateway_importer.source import PageHandle, Source

PRODUCTS_AHEAD = 100  # two pages: enough that the image workers never wait for a page that could be read
READY_AHEAD = 32  # products whose pictures are placed; the posters are quicker than the pictures
MOST_UNSETTLED = 1000  # products whose answers were lost; above it the posters wait
MOST_LOSSES = 3  # lost answers of one product before it is left to the next run
SETTLERS = 8  # products whose lost answers are looked after at once
QUIET = frozenset({Outcome.UNCHANGED, Outcome.SKIPPED})  # what a log of a night need not name one by one
DONE = frozenset({Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED})
SAMPLES = 4  # products that a preview shows in full
LOG = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Widths:
    """How many tasks each stage has."""

    pages: int
    images: int
    posts: int


@dataclass(slots=True)
class Job:
    """A product on its way from the pictures to its post. `new`: nothing of it was at the Gateway before. `seen`: see
    `as_seen`."""

    wanted: Wanted
    new: bool
    seen: bytes
    losses: int = 0
    lost: str = ""
    permit: Permit | None = None


@dataclass(slots=True)
class Line:
    """Everything that works on products in one run, and what it counts."""

    source: Source
    ledger: Ledger
    writer: Writer
    pictures: Pictures
    skus: Skus
    rules: Rules
    choices: Choices
    placing: Placing
    observer: Observer
    run: int
    widths: Widths
    dry: bool
    keep: frozenset[str]
    compare_all: bool
    require_image: bool
    adopting: bool
    family: str
    stopping: asyncio.Event
    unique_variants: bool  # as in the shop's profile
    settings: str  # a digest of all settings that bear on what is sent
    totals: Counter[str] = field(default_factory=Counter)
    samples: list[SampleRow] = field(default_factory=list)
    page_notices: dict[str, None] = field(default_factory=dict)
    seen: set[str] | None = None
    plan: PlanWriter | None = None  # a preview that is kept
    by_plan: bool = False  # only what the plan says is carried out
    retrying: bool = False  # every product has the outcome of an earlier run, until it has one of this
    mistake: Exception | None = None  # the last one of this program that broke a page
    _late: list[tuple[float, int, Job]] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _posting: bool = False
    _writing: set[str] = field(default_factory=set)

    async def process(self, handles: AsyncIterator[PageHandle]) -> None:
        """Read the pages and see every product on them through to its outcome."""
        products: Channel[Product] = Channel(PRODUCTS_AHEAD)
        ready: Channel[Job] = Channel(READY_AHEAD)
        fetching = Fetching(
            self.source, self.ledger.parked, width=self.widths.pages, stopping=self.stopping, account=self._account,
            hand_on=products.put,
        )  # fmt: skip
        self._posting = True
        async with asyncio.TaskGroup() as group:
            group.create_task(_closing(products, 1, lambda: fetching.read_all(handles)))
            group.create_task(_closing(ready, self.widths.images, lambda: self._prepare_all(products, ready)))
            group.create_task(self._post_all(ready))
            group.create_task(self._settle_late())
        self.mistake = fetching.mistake or self.mistake

    async def process_pages(self, handles: Sequence[PageHandle]) -> None:
        await self.process(each(handles))

    # --- pages -----------------------------------------------------------------------------------------------

    def _account(self, page: Page) -> None:
        for notice in page.notices:
            if len(self.page_notices) < 50:
                self.page_notices[notice.text] = None
        if self.seen is not None:
            for entries in (page.products, page.skipped, page.failed):
                self.seen.update(str(entry.source_id) for entry in entries)
        for skipped in page.skipped:
            self._skip(skipped)
        for failed in page.failed:
            self._fail(str(failed.source_id), failed.name, failed.fault)

    # --- products: what should be there, and their pictures ------------------------------------------------------

    async def _prepare_all(self, products: Channel[Product], ready: Channel[Job]) -> None:
        async for product in products:
            if self.stopping.is_set():
                continue
            try:
                job = await self._prepare(product)
            except (ImporterError, asyncio.CancelledError):
                raise
            except Exception as problem:  # noqa: BLE001 - one bad product never stops an import
                self._fail_by_bug(str(product.source_id), product.name, problem)
            else:
                if job is not None:
                    await ready.put(job)

    async def _prepare(self, product: Product) -> Job | None:
        product_id = str(product.source_id)
        seen = as_seen(product, self.settings)
        if self._comparing_with_ledger:
            echo = self.ledger.as_before(product_id, seen)
            if echo is not None:
                self._as_before(product_id, unpacked(echo))
                return None
        if self.unique_variants:
            await self._take_over(product)
        try:
            wanted = prepare(product, self.rules, self.choices, self.placing, self._chosen_sku(product))
        except Failure as failure:
            self._fail(product_id, product.name, failure.fault, product.page_url or "")
            return None
        if isinstance(wanted, Skipped):
            self._skip(wanted, product.page_url or "")
            return None
        if isinstance(wanted, Failed):
            self._fail(product_id, wanted.name, wanted.fault, product.page_url or "")
            return None
        if self.retrying or self.ledger.outcomes.outcome(self.run, product_id) is None:
            self._count(Echo.of(wanted))
        if self.adopting and wanted.grouped:
            adopt_tag(self.ledger, wanted.id, wanted.name)
        known = self.ledger.variants(product_id)
        job = Job(wanted, not any(entry.guid for entry in known.values()), seen)
        whole = not self.compare_all and self.plan is None and not self.by_plan
        if whole and self._digest(wanted) == self.ledger.digest(product_id):
            self._finish(job, ())
            return None
        if self.by_plan:
            job.permit = await self._permit(wanted)
            steps = job.permit.steps
        else:
            steps = self._steps(wanted)
        if not steps:
            self._plan(wanted, ())
            self._finish(job, ())
            return None
        await self.pictures.place(_needed(wanted, steps))
        return job

    async def _take_over(self, product: Product) -> None:
        """Variants that were another product's (a version that joined a group or left one) come with their objects."""
        product_id = str(product.source_id)
        named = [one.source_id for one in product.variants] + [one.source_id for one in product.left_out]
        shown = [str(one) for one in named if one not in product.shared]
        while places := self.ledger.elsewhere(product_id, shown):
            if self._writing.isdisjoint(places.values()):
                break
            await asyncio.sleep(0.05)
        for before in dict.fromkeys(places.values()):
            variants = [variant for variant, place in places.items() if place == before]
            self.ledger.move(variants, before, product_id, product.name)
            said = f"{len(variants)} of its variants had been product {before}'s; their objects came with them."
            self._note(product_id, product.name, "variants_moved", said)

    @property
    def _comparing_with_ledger(self) -> bool:
        """Whether nothing but the ledger says what is at the Gateway, and nothing is asked again for its own sake."""
        special = self.compare_all or self.plan is not None or self.by_plan or self.retrying or self.adopting
        return not special

    def _as_before(self, product: str, echo: Echo) -> None:
        """The shop shows a product just as it was brought in."""
        before = self.ledger.outcomes.outcome(self.run, product)
        if before in DONE:
            return
        if before is None:
            self._count(echo)
        for code, text in echo.notices:
            self._note(product, echo.name, code, text)
        self._record(echo.row(product, Outcome.UNCHANGED), before)

    def _steps(self, wanted: Wanted) -> tuple[Step, ...]:
        known = self.ledger.variants(wanted.id)
        digests = {variant.id: self.writer.wanted_digests(wanted, variant) for variant in wanted.variants}
        edited: dict[str, set[str]] = {}
        if self.plan is not None:
            for gone in self._deleted(wanted.id):
                del known[gone]
        if self.compare_all:
            tag = self.ledger.tag_of(wanted.id)
            for variant in wanted.variants:
                have = known.get(variant.id)
                held = self.ledger.sides.held(have.guid) if have is not None and have.guid else None
                if have is not None and held is not None:
                    if held.get("archived") is True and have.state == "live":
                        known[variant.id] = replace(have, state="archived")
                    tags = [*variant.fields["tags"], *([tag.guid] if wanted.grouped and tag and tag.guid else [])]
                    addresses = self.writer.addresses(variant)
                    edited[variant.id] = edited_fields(variant.fields, held, addresses=addresses, tags=tags)
        return decide(digests, known, keep=self.keep, edited=edited, untouched=wanted.untouched)

    def _digest(self, wanted: Wanted) -> str:
        fields = {variant.id: self.writer.wanted_digests(wanted, variant) for variant in wanted.variants}
        return product_digest(wanted, fields, self.keep)

    # --- plans -----------------------------------------------------------------------------------------------

    def _deleted(self, product: str) -> dict[str, str]:
        """Variants whose objects the Gateway's list no longer shows: variant to guid."""
        return {
            variant: have.guid
            for variant, have in self.ledger.variants(product).items()
            if have.state == "live" and have.guid and self.ledger.sides.held(have.guid) is None
            and not have.guid.startswith("preview-")
        }  # fmt: skip

    def _offered(self, wanted: Wanted) -> dict[str, Offered]:
        tag = self.ledger.tag_of(wanted.id)
        own = [tag.guid] if wanted.grouped and tag is not None and tag.guid else []
        return {
            variant.id: offered(
                variant.sku, variant.fields, self.writer.wanted_digests(wanted, variant),
                self.writer.addresses(variant), [*variant.fields["tags"], *own],
            )
            for variant in wanted.variants
        }  # fmt: skip

    def _plan(self, wanted: Wanted, steps: Sequence[Step]) -> None:
        """Write down what would be done with a product, where the preview is kept."""
        if self.plan is None or self.ledger.outcomes.outcome(self.run, wanted.id) in DONE:
            return
        known = self.ledger.variants(wanted.id)
        held = {variant: self.ledger.sides.held(have.guid) for variant, have in known.items() if have.guid}
        there = {variant: raw for variant, raw in held.items() if raw is not None}
        line = planned_product(
            wanted.id, wanted.name, self._offered(wanted), steps, known, there, self._deleted(wanted.id)
        )  # fmt: skip
        if line is not None:
            self.plan.add(line)

    async def _permit(self, wanted: Wanted) -> Permit:
        """What of the plan may be carried out for a product, by what both sides say now."""
        line = self.ledger.sides.planned(wanted.id)
        plan = PlannedProduct(wanted.id, wanted.name, "stay", []) if line is None else parsed(line)
        held: dict[str, Mapping[str, Any]] = {}
        planned = {entry.variant: entry for entry in plan.variants}
        for variant, have in self.ledger.variants(wanted.id).items():
            if have.guid is None or variant not in planned:
                continue
            found = await self.writer.look_at(have.guid, have.sku)
            if found is not None:
                held[variant] = found
            elif planned[variant].step == "create" and planned[variant].guid == have.guid:
                self.ledger.lose(wanted.id, variant)  # somebody deleted it, as the plan says
        return permit(plan, self._offered(wanted), self._steps(wanted), self.ledger.variants(wanted.id), held)

    def _chosen_sku(self, product: Product) -> Sku:
        """The choice of SKUs for one product; an object that is recognised is taken over first."""
        bad = (entry.source_id for entry in product.left_out if entry.fault is not None)
        staying = {str(one) for one in (*(variant.source_id for variant in product.variants), *bad)}

        def choose(product_id: str, variant: str, own: str, name: str) -> str:
            if self.adopting:
                said = adopt_variant(self.ledger, self.skus, product_id, variant, own, name)
                if said is not None:
                    self._note(product_id, name, "adopted", said)
            return self.skus.choose(product_id, variant, own, staying=staying)

        return choose

    # --- posts -----------------------------------------------------------------------------------------------

    async def _post_all(self, ready: Channel[Job]) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(self.widths.posts):
                group.create_task(self._poster(ready))
        self._posting = False

    async def _poster(self, ready: Channel[Job]) -> None:
        async for job in ready:
            if self.stopping.is_set():
                continue  # its pictures are placed; the next run posts it
            while len(self._late) > MOST_UNSETTLED and not self.stopping.is_set():
                await asyncio.sleep(0.5)
            await self._post(job)

    async def _post(self, job: Job) -> None:
        """Post a product, or put it off while an earlier reading of the same product is under way."""
        product = job.wanted.id
        if product in self._writing:
            self._defer(job, time.time())
            return
        self._writing.add(product)
        try:
            await self._post_alone(job)
        finally:
            self._writing.discard(product)

    async def _post_alone(self, job: Job) -> None:
        wanted = job.wanted
        try:
            if self.dry:
                self._rehearse(job)
                return
            await self.writer.settle(wanted.id, wanted.name)
            missing = self._picture_fault(wanted)
            if missing is not None:
                raise Failure(missing)
            steps = self._steps(wanted)
            if job.permit is not None:
                steps = job.permit.filter(steps)
            if job.losses >= MOST_LOSSES and any(isinstance(step, Create) for step in steps):
                raise Failure(silent(job.lost))
            await self.writer.write(wanted, steps)
        except NotSettled as unsettled:
            if unsettled.lost is not None:
                job.losses += 1
                job.lost = str(unsettled.lost)
            self._defer(job, unsettled.due)
        except Failure as failure:
            self._fail(wanted.id, wanted.name, failure.fault, wanted.page_url)
        except Refusal as refusal:
            if job.losses == 0 and self.writer.tag_is_lost(wanted, refusal):
                job.losses += 1
                self._defer(job, time.time())
                return
            self._fail(wanted.id, wanted.name, refused(refusal), wanted.page_url)
        except HttpFailure as failure:
            job.losses += 1
            if job.losses < MOST_LOSSES:
                self._defer(job, time.time() + job.losses)
            else:
                self._fail(wanted.id, wanted.name, silent(str(failure)), wanted.page_url)
        except (ImporterError, asyncio.CancelledError):
            raise
        except Exception as problem:  # noqa: BLE001 - one bad product never stops an import
            self._fail_by_bug(wanted.id, wanted.name, problem)
        else:
            self._finish(job, steps)

    def _picture_fault(self, wanted: Wanted) -> Fault | None:
        if not self.require_image or any(self.writer.addresses(variant) for variant in wanted.variants):
            return None
        return Fault("no_picture", "It has no picture that can be had.", "Give it a picture, or set REQUIRE_IMAGE=no.")

    def _defer(self, job: Job, due: float) -> None:
        heapq.heappush(self._late, (due, next(self._numbers), job))

    async def _settle_late(self) -> None:
        """Look after the products whose answers were lost, each when it is due, until the posters have ended."""
        under_way: set[asyncio.Task[None]] = set()
        async with asyncio.TaskGroup() as group:
            while self._posting or self._late or under_way:
                if self.stopping.is_set() and not self._posting:
                    # What is not settled stays in the ledger; the next run looks after it.
                    return
                now = time.time()
                while self._late and self._late[0][0] <= now and len(under_way) < SETTLERS:
                    task = group.create_task(self._post(heapq.heappop(self._late)[2]))
                    under_way.add(task)
                    task.add_done_callback(under_way.discard)
                await asyncio.sleep(0.05)

    # --- outcomes --------------------------------------------------------------------------------------------

    def _rehearse(self, job: Job) -> None:
        """A preview's post: what would be done is recorded in the ledger's copy, so that SKUs are taken."""
        wanted, steps = job.wanted, self._steps(job.wanted)
        self._plan(wanted, steps)
        if len(self.samples) < SAMPLES:
            bodies = [
                element(
                    variant.fields,
                    addresses=[image.public_url or image.url for image in variant.images],
                    tag="(variant tag)" if wanted.grouped else None,
                    mark=Mark(self.family, "", wanted.id, variant.id, {}, ()),
                    archived=False,
                )
                for variant in wanted.variants
            ]
            payload = json.dumps(json.loads(to_json({"products": bodies})), ensure_ascii=False, indent=2)
            outcome = Outcome.CREATED if job.new else Outcome.UPDATED
            self.samples.append(SampleRow(wanted.id, wanted.name, outcome, payload))
        known = self.ledger.variants(wanted.id)
        variants = {variant.id: variant for variant in wanted.variants}
        for step in steps:
            if isinstance(step, Change):
                guid = known[step.variant].guid
                held = self.ledger.sides.held(guid) if guid else None
                self.writer.price_moved(wanted.id, variants[step.variant], step, known[step.variant], held)
        made = {step.variant for step in steps if isinstance(step, Create)}
        entries = [self.writer.known_after(wanted, variant, None) for variant in wanted.variants if variant.id in made]
        self.ledger.intend(wanted.id, entries, self.run)
        self.ledger.made(wanted.id, {entry.id: f"preview-{wanted.id}-{entry.id}" for entry in entries})
        self._finish(job, steps)

    def _finish(self, job: Job, steps: Sequence[Step]) -> None:
        wanted = job.wanted
        images = {image.key: self.pictures.fault(image.key) for variant in wanted.variants for image in variant.images}
        faults = {key: fault for key, fault in images.items() if fault is not None}
        echo = Echo.of(wanted)
        if job.permit is None or job.permit.whole:
            # A picture that could not be had is asked for again some day, whether or not the product changes.
            as_before = (None, None) if faults else (job.seen, echo.packed())
            self.ledger.finish_product(wanted.id, wanted.name, self._digest(wanted), *as_before)
        else:
            self.ledger.touch_product(wanted.id, wanted.name)
        self.skus.release(wanted.id)
        before = self.ledger.outcomes.outcome(self.run, wanted.id)
        if before in DONE and not steps:
            return  # it was read twice, and the second reading says nothing new
        for code, text in echo.notices:
            self._note(wanted.id, wanted.name, code, text)
        for key, (code, cause, cure) in faults.items():
            self._note(wanted.id, wanted.name, code, f"Picture {key} is missing: {cause} {cure}")
        for code, text in self.writer.take_notices(wanted.id):
            self._note(wanted.id, wanted.name, code, text)
        if job.new or before is Outcome.CREATED:
            outcome = Outcome.CREATED
        else:
            outcome = Outcome.UPDATED if steps else Outcome.UNCHANGED
        changed = sorted({name for step in steps if isinstance(step, Change | Revive) for name in step.fields})
        said = [wanted.detail] if wanted.detail else []
        if changed and not job.new:
            said.append("changed: " + ", ".join(changed))
        detail = "; ".join(said)
        if job.permit is not None:
            for text in job.permit.more:
                self._note(wanted.id, wanted.name, "not_planned", f"{text}: it was not planned, and is left.")
            if job.permit.moved:
                self._fail(wanted.id, wanted.name, moved(job.permit.moved), wanted.page_url, detail=detail)
                return
        self._record(echo.row(wanted.id, outcome, detail), before)

    def _count(self, echo: Echo) -> None:
        self.totals["variants"] += echo.variants
        self.totals[f"products_{echo.vat.lower()}"] += 1
        if not echo.has_category:
            self.totals["products_without_category"] += 1
        if not echo.has_picture:
            self.totals["products_without_picture"] += 1

    def _skip(self, skipped: Skipped, page_url: str = "") -> None:
        product = str(skipped.source_id)
        row = OutcomeRow(
            product, skipped.name, Outcome.SKIPPED, rule=skipped.rule.word, detail=skipped.detail, page_url=page_url
        )
        self._record(row, self.ledger.outcomes.outcome(self.run, product))

    def _fail(self, product: str, name: str, fault: Fault, page_url: str = "", detail: str = "") -> None:
        self.skus.release(product)
        row = OutcomeRow(
            product, name, Outcome.FAILED, fault.code, fault.cause, fault.cure, detail=detail, page_url=page_url
        )  # fmt: skip
        self._record(row, self.ledger.outcomes.outcome(self.run, product))

    def _fail_by_bug(self, product: str, name: str, problem: Exception) -> None:
        LOG.error("product %s", product, exc_info=problem, extra={"product": product})
        self._fail(product, name, mistake(problem))

    def _record(self, row: OutcomeRow, before: Outcome | None) -> None:
        self.ledger.outcomes.record(self.run, row)
        if before is None or self.retrying:
            self.observer.product(row.outcome)
        level = logging.DEBUG if row.outcome in QUIET else logging.INFO
        if not LOG.isEnabledFor(level):
            return
        LOG.log(
            level,
            "%s: %s", row.name or row.product, row.cause or row.detail or row.rule or row.outcome.value,
            extra={"product": row.product, "outcome": row.outcome.value, "code": row.code, "rule": row.rule},
        )  # fmt: skip

    def _note(self, product: str, name: str, code: str, text: str) -> None:
        self.ledger.outcomes.add_notice(self.run, NoticeRow(product, name, code, text))


def _needed(wanted: Wanted, steps: Sequence[Step]) -> list[Image]:
    """The pictures that the steps send, each once."""
    sending = {
        step.variant
        for step in steps
        if isinstance(step, Create | Settle) or (isinstance(step, Change | Revive) and "images" in step.fields)
    }
    found = {image.key: image for variant in wanted.variants if variant.id in sending for image in variant.images}
    return list(found.values())


async def _closing(channel: Channel[T], workers: int, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run `workers` tasks that feed a channel, and close it when all of them have ended."""
    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(work())
    await channel.close()
