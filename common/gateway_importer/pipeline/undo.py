"""Takes back what one run made: objects that it created are archived, fields that it changed get back the value that
was kept when they were changed, objects that it archived come back. Each effect is in the ledger before and after, so
that an undo that was killed is simply given again."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from gateway_importer.catalog import Fault
from gateway_importer.errors import ImporterError, Stopped
from gateway_importer.failures import HttpFailure
from gateway_importer.gateway.answers import NotThere, Refusal, RouteMissing
from gateway_importer.gateway.client import Gateway
from gateway_importer.gateway.compare import apart, as_shown, net_shown
from gateway_importer.gateway.payload import FIELDS, Mark, element, merged_data
from gateway_importer.ledger.history import LEDGER_ROW, OBJECT_ROW, UNKNOWN, Former
from gateway_importer.ledger.store import Known, Ledger
from gateway_importer.pipeline.channel import Channel
from gateway_importer.pipeline.drift import shown
from gateway_importer.pipeline.listing import Listing
from gateway_importer.pipeline.reversal import SKU_TAKEN, Left, Reversal, reversal
from gateway_importer.pipeline.writer import Failure, NotSettled, Writer, mistake, refused, silent
from gateway_importer.report.model import NoticeRow, Outcome, OutcomeRow
from gateway_importer.report.observer import Observer

LIST_FROM = 300  # objects; for fewer the Gateway is asked one by one, for more its list is read
LINES = 30  # products that a survey shows
LONGEST = 60  # characters of a value that is shown
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Terms:
    """How things are taken back. `of` is the run that is, `run` the one that does it."""

    family: str
    shop: str
    of: int
    run: int
    replace: bool
    width: int


@dataclass(frozen=True, slots=True)
class Undoing:
    """What is to be done with one object. `action` is ``archive`` (the run made it), ``restore``, ``make again`` (the
    run deleted it) or ``nothing``."""

    variant: str
    action: str
    name: str
    sku: str
    former: Mapping[str, Former] = field(default_factory=dict)
    back: Reversal = field(default_factory=Reversal)
    held: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Survey:
    """What an undo would do, as counts of objects, and its first products in words."""

    archive: int = 0
    restore: int = 0
    revive: int = 0
    remake: int = 0
    left: int = 0  # fields
    products: int = 0
    lines: list[str] = field(default_factory=list)

    def add(self, product: str, undoings: Sequence[Undoing]) -> None:
        said: list[str] = []
        for undoing in undoings:
            said += in_words(undoing)
            self.left += len(undoing.back.left)
            self.archive += undoing.action == "archive"
            self.remake += undoing.action == "make again"
            if undoing.action == "restore" and undoing.back.values:
                revived = undoing.back.values.get("archived") is False
                self.revive += revived
                self.restore += not revived
        if said:
            self.products += 1
            if len(self.lines) < LINES:
                self.lines.append(f"{product} {undoings[0].name}: " + "; ".join(said))

    @property
    def nothing(self) -> bool:
        return not (self.archive or self.restore or self.revive or self.remake)


class Undo:
    """Takes back one run."""

    def __init__(
        self, gateway: Gateway, ledger: Ledger, writer: Writer, listing: Listing, observer: Observer,
        stopping: asyncio.Event, terms: Terms,
    ) -> None:  # fmt: skip
        self._gateway = gateway
        self._ledger = ledger
        self._writer = writer
        self._listing = listing
        self._observer = observer
        self._stopping = stopping
        self._terms = terms

    # --- what would be done --------------------------------------------------------------------------------------

    async def survey(self) -> Survey:
        """Look at every object that the run touched. Raises `HttpFailure`, `ImporterError`."""
        survey = Survey()
        listed = self._ledger.history.objects_touched(self._terms.of) >= LIST_FROM
        if listed:
            self._observer.phase("listing the Gateway's products")
            await self._listing.restore(rebuild=False, whole=True, accept_change=False)
        self._observer.phase("comparing with what the Gateway holds")
        for product in self._ledger.history.touched(self._terms.of):
            survey.add(product, [undoing async for undoing in self._undoings(product, listed=listed)])
        return survey

    async def _undoings(self, product: str, *, listed: bool = False) -> AsyncIterator[Undoing]:
        """What is to be done with each object of a product. `listed`: believe the list, and ask no more."""
        history, of = self._ledger.history, self._terms.of
        former = history.former(of, product)
        makers = history.makers(product)
        known = self._ledger.variants(product)
        for variant, rows in former.items():
            have = known.get(variant)
            if OBJECT_ROW in rows and have is None:
                before = _known(rows)
                action = "make again" if not self._sku_taken(product, variant, before.sku) else "nothing"
                left = () if action != "nothing" else (Left("sku", SKU_TAKEN, before.sku),)
                yield Undoing(variant, action, before.name, before.sku, rows, Reversal(left=left))
                continue
            if OBJECT_ROW in rows and makers.get(variant) in history.undos_of(of):
                continue  # an undo of this run has made it again
            if have is None or have.guid is None:
                before = _known(rows)
                yield Undoing(
                    variant, "nothing", before.name, before.sku, rows, reversal(rows, None, archived=False)
                )  # fmt: skip
                continue
            if makers.get(variant) == of and OBJECT_ROW not in rows:
                continue  # it made it and changed it: archived below
            same = have.guid == next(iter(rows.values())).guid or makers.get(variant) == of
            raw, archived = await self._held(have, listed) if same else (None, False)
            back = reversal(
                rows, raw, archived=archived, later=history.changed_later(of, product, variant)
            )  # fmt: skip
            if ("sku" in back.values or back.values.get("archived") is False) and self._sku_taken(
                product, variant, str(back.values.get("sku", have.sku))
            ):
                taken = Left("sku" if "sku" in back.values else "archived", SKU_TAKEN, back.values.get("sku", have.sku))
                values = {name: value for name, value in back.values.items() if name != taken.field}
                back = replace(back, values=values, done=back.done - {taken.field}, left=(*back.left, taken))
            yield Undoing(variant, "restore", have.name, have.sku, rows, back, raw)
        for variant, have in known.items():
            replaced = OBJECT_ROW in former.get(variant, {})
            if makers.get(variant) == of and not replaced and have.state != "archived":
                yield Undoing(variant, "archive", have.name, have.sku)

    async def _held(self, known: Known, listed: bool) -> tuple[Mapping[str, Any] | None, bool]:
        raw = await shown(self._gateway, self._ledger, known, listed=listed)
        return raw, bool(raw and raw.get("archived"))

    def _sku_taken(self, product: str, variant: str, sku: str) -> bool:
        return any(holder != (product, variant) for holder in self._ledger.sku_holders(sku))

    # --- doing it ------------------------------------------------------------------------------------------------

    async def execute(self) -> None:
        """Take the run back. Raises what ends a run (`errors`); what goes wrong with one product stays with it."""
        products = self._ledger.history.touched(self._terms.of)
        self._observer.phase(f"taking back run {self._terms.of}: {len(products)} products")
        work: Channel[str] = Channel(self._terms.width)
        async with asyncio.TaskGroup() as group:
            for _ in range(self._terms.width):
                group.create_task(self._worker(work))
            for product in products:
                await work.put(product)
            await work.close()
        if self._stopping.is_set():
            raise Stopped("The undo was stopped before its end.", "Run the command again: it goes on from there.")

    async def _worker(self, work: Channel[str]) -> None:
        async for product in work:
            if self._stopping.is_set():
                continue
            name = self._ledger.product_name(product)
            try:
                row = await self._take_back(product, name)
            except Failure as failure:
                row = _failed(product, name, failure.fault)
            except Refusal as refusal:
                row = _failed(product, name, refused(refusal))
            except RouteMissing as missing:
                self._writer.missing_routes.add(missing.route)
                row = _failed(
                    product,
                    name,
                    Fault(
                        "no_change_route",
                        f"The Gateway has no route to change products ({missing.route}).",
                        "Set UPDATE=replace (creates the product anew and deletes the changed one).",
                    ),
                )
            except HttpFailure as failure:
                row = _failed(product, name, silent(str(failure)))
            except (ImporterError, asyncio.CancelledError):
                raise
            except Exception as problem:
                LOG.error("product %s", product, exc_info=problem)
                row = _failed(product, name, mistake(problem))
            self._ledger.outcomes.record(self._terms.run, row)
            self._observer.product(row.outcome)

    async def _take_back(self, product: str, name: str) -> OutcomeRow:
        await self._settled(product)
        said: list[str] = []
        created = 0
        restored = 0
        for undoing in [undoing async for undoing in self._undoings(product)]:
            words = in_words(undoing)
            for left in undoing.back.left:
                text = f"{_label(undoing)}: {_left(left)}"
                self._ledger.outcomes.add_notice(self._terms.run, NoticeRow(product, name, "left_as_it_is", text))
            match undoing.action:
                case "archive":
                    await self._writer.archive_variant(product, self._ledger.variants(product)[undoing.variant])
                    created += 1
                case "restore":
                    restored += bool(undoing.back.values)
                    await self._restore(product, undoing)
                case "make again":
                    await self._make_again(product, undoing)
                    restored += 1
                case _:
                    continue
            said += words
        there = any(known.state != "archived" for known in self._ledger.variants(product).values())
        outcome = Outcome.UNCHANGED
        if created and not restored and not there:
            outcome = Outcome.ARCHIVED
        elif created or restored:
            outcome = Outcome.UPDATED
        rule = "taken_back" if outcome is Outcome.ARCHIVED else ""
        return OutcomeRow(product, name, outcome, rule=rule, detail="; ".join(said))

    async def _settled(self, product: str) -> None:
        """What became of objects of this product whose answers were lost has to be known first."""
        while True:
            try:
                await self._writer.settle(product, "")
                return
            except NotSettled as unsettled:
                if self._stopping.is_set():
                    raise HttpFailure("an answer was lost, and the undo was stopped") from unsettled
                await asyncio.sleep(max(0.05, unsettled.due - time.time()))

    async def _restore(self, product: str, undoing: Undoing) -> None:
        known = self._ledger.variants(product)[undoing.variant]
        back = undoing.back
        after = _after(known, undoing.former, back)
        if back.values and undoing.held is not None and known.guid is not None:
            fields, addresses = _as_fields(undoing.held, back)
            mark = self._mark(product, after, undoing.held)
            self._writer.doubt(product, known, back.values.keys(), leaving="archived" in back.values)
            if self._terms.replace:
                whole = merged_data(fields["data"], undoing.held, changed=True)
                made = element(
                    {**fields, "data": whole}, addresses=addresses, tag=None, mark=mark,
                    archived=after.state == "archived",
                )  # fmt: skip
                await self._writer.make_again(product, after, made)
            else:
                change = element(
                    fields, addresses=addresses, tag=None, mark=mark, only=back.values.keys() & set(FIELDS),
                    held=undoing.held, archived=back.values.get("archived"),
                )  # fmt: skip
                try:
                    await self._gateway.change_product(known.guid, change)
                except NotThere:
                    if await self._gateway.find(known.guid, known.sku) is not None:
                        raise RouteMissing("PUT /dashboard/webshops/{shop}/products/{guid}/") from None
                    raise Failure(_deleted(known)) from None
            self._writer.last_write = time.time()
        with self._ledger.file.transaction():
            if back.done:
                self._ledger.changed(product, after)
            self._ledger.history.taken_back(self._terms.of, product, undoing.variant, back.done, self._terms.run)

    async def _make_again(self, product: str, undoing: Undoing) -> None:
        """Create an object that the run deleted, as the Gateway held it before."""
        raw = undoing.former[OBJECT_ROW].was
        known = replace(_known(undoing.former), state="live")
        fields, addresses = _as_fields(raw, Reversal())
        data = {key: value for key, value in (raw.get("data") or {}).items() if key != "import"}
        made = element(
            {**fields, "data": data}, addresses=addresses, tag=None, mark=self._mark(product, known, raw),
            archived=False,
        )  # fmt: skip
        await self._writer.make_again(product, known, made)
        self._ledger.history.taken_back(
            self._terms.of, product, undoing.variant, undoing.former.keys(), self._terms.run
        )  # fmt: skip

    def _mark(self, product: str, known: Known, raw: Mapping[str, Any]) -> Mark:
        before = Mark.from_data(raw.get("data"))
        return Mark(
            self._terms.family, self._terms.shop, product, known.id, known.fields, known.images, known.tags,
            before.lacks if before is not None else (),
        )  # fmt: skip


def _known(rows: Mapping[str, Former]) -> Known:
    """What the ledger knew of a variant before the run changed it."""
    return msgspec.convert(rows[LEDGER_ROW].was, Known, strict=False)


def _after(now: Known, former: Mapping[str, Former], back: Reversal) -> Known:
    """What the ledger knows once the fields in `back.done` are as they were."""
    before, done = _known(former), back.done
    fields = {name: digest for name, digest in now.fields.items() if name not in done}
    fields |= {name: digest for name, digest in before.fields.items() if name in done}
    state = now.state
    if "archived" in done:
        state = "archived" if former["archived"].was else "live"
    return replace(
        now,
        state=state,
        name=before.name if "name" in done else now.name,
        sku=before.sku if "sku" in done else now.sku,
        own_sku=before.own_sku if "sku" in done else now.own_sku,
        fields=fields,
        images=before.images if "images" in done else now.images,
        tags=before.tags if "tags" in done else now.tags,
        gross=before.gross if {"price", "vat"} & done else now.gross,
    )


def _as_fields(raw: Mapping[str, Any], back: Reversal) -> tuple[dict[str, Any], list[str]]:
    """An object as it is shown, with what is taken back, in the form in which it is sent; and its pictures."""
    empty: dict[str, Any] = {"name": "", "desc": "", "brief": "", "sku": "", "data": {}, "tags": [], "for_sale": True}
    shown = empty | as_shown(raw)
    shown |= {name: value for name, value in back.values.items() if name != "archived"}
    addresses: list[str] = shown.pop("images", [])
    shown["price"] = back.net if back.net is not None else net_shown(raw)
    return shown, addresses


# --- in words --------------------------------------------------------------------------------------------------


def in_words(undoing: Undoing) -> list[str]:
    """What is done with one object, and what is left of it."""
    label = _label(undoing)
    said: list[str] = []
    if undoing.action == "archive":
        said.append(f"{label} is archived: the run made it")
    elif undoing.action == "make again":
        said.append(f"{label} is made again: the run deleted it")
    for name, value in undoing.back.values.items():
        if name == "archived":
            said.append(f"{label} comes back" if value is False else f"{label} is archived again")
        else:
            now = as_shown(undoing.held or {}).get(name, UNKNOWN)
            said.append(f"{label}: {name} {_moved(now, value)}")
    said += [f"{label}: {_left(left)}" for left in undoing.back.left]
    return said


def _moved(now: Any, then: Any) -> str:
    """What becomes of one field: lists by what comes and goes, objects by what differs, everything else as it is and
    will be."""
    if isinstance(now, list | tuple) and isinstance(then, list | tuple):
        comes, goes = len([one for one in then if one not in now]), len([one for one in now if one not in then])
        return f"in another order ({len(then)})" if not comes + goes else f"+{comes} −{goes}, {len(then)} in all"
    if isinstance(now, Mapping) and isinstance(then, Mapping):
        now, then = apart(now, then)
    return f"{_shown(now)} → {_shown(then)}"


def _left(left: Left) -> str:
    between = f" (then {_shown(left.was)}, now {_shown(left.now)})" if left.now is not UNKNOWN else ""
    return f"{left.field} stays as it is: {left.why}{between}"


def _label(undoing: Undoing) -> str:
    return f"SKU {undoing.sku}"


def _shown(value: Any) -> str:
    if value is UNKNOWN:
        return "nothing"
    if isinstance(value, list | tuple):
        return f"{len(value)} of them"
    if isinstance(value, Mapping):
        value = ", ".join(f"{name} {inner}" for name, inner in value.items()) or "none"
    text = " ".join(str(value).split())
    return f"'{text[: LONGEST - 1]}…'" if len(text) > LONGEST else f"'{text}'" if isinstance(value, str) else text


def _deleted(known: Known) -> Fault:
    return Fault(
        "deleted_since",
        f"The object of SKU {known.sku} was deleted at the Gateway meanwhile.",
        "The next import creates it anew if the shop still has it.",
    )


def _failed(product: str, name: str, fault: Fault) -> OutcomeRow:
    return OutcomeRow(product, name, Outcome.FAILED, fault.code, fault.cause, fault.cure)
