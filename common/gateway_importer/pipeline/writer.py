"""Carries out what was decided for a product, so that each effect happens once: the intention is in the ledger
before a request goes out, the outcome after its answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from gateway_importer.catalog import Fault
from gateway_importer.errors import HeldBack
from gateway_importer.failures import AnswerLost, HttpFailure, TooLarge
from gateway_importer.gateway.answers import Held, NotThere, Refusal, RouteMissing
from gateway_importer.gateway.client import Gateway
from gateway_importer.gateway.compare import as_sent, as_shown, gross_shown, net_shown, shown_fields
from gateway_importer.gateway.money import VAT_CLASSES, gross_of
from gateway_importer.gateway.payload import Mark, digest, element, merged_data
from gateway_importer.ledger.history import LEDGER_ROW, NET_ROW, OBJECT_ROW, UNKNOWN, Former
from gateway_importer.ledger.store import Known, Ledger
from gateway_importer.pipeline.decide import Archive, Change, Create, Revive, Step
from gateway_importer.pipeline.pictures import Pictures
from gateway_importer.pipeline.prepare import Wanted, WantedVariant
from gateway_importer.pipeline.tags import Tags
from gateway_importer.report.model import PriceRow

CHUNK = 50  # variants a request
MOST_NEVER_SHOWN = 3  # first products whose answers were lost and that the query never showed
LOOK_AGAIN = 2.0  # seconds between two looks for something whose answer was lost


class NotSettled(Exception):
    """What was asked for may still be carried out: come back after `due` (Unix time). `lost` is set where an
    answer was lost just now."""

    def __init__(self, due: float, *, lost: HttpFailure | None = None) -> None:
        super().__init__("an answer was lost")
        self.due = due
        self.lost = lost


class Failure(Exception):
    """The product cannot be brought in now; `fault` says why and what to do."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.cause)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Terms:
    """How products are written. `settle` and `index` are seconds (see options SETTLE_SECONDS, INDEX_SECONDS)."""

    family: str
    shop: str
    run: int
    replace: bool
    delete: bool
    not_for_sale: bool
    settle: float
    index: float


class Writer:
    """Writes products to the Gateway, one at a time each, many side by side."""

    def __init__(self, gateway: Gateway, ledger: Ledger, pictures: Pictures, tags: Tags, terms: Terms) -> None:
        self._gateway = gateway
        gateway.before_writing = ledger.file.flush
        self._ledger = ledger
        self._pictures = pictures
        self._tags = tags
        self._terms = terms
        self._first = asyncio.Lock()
        self._blind: HeldBack | None = None
        self._never_shown = 0
        self.last_write = 0.0
        self.remarks: list[str] = []
        self._notices: dict[str, list[tuple[str, str]]] = {}
        self.missing_routes: set[str] = set()

    def _note(self, product: str, code: str, text: str) -> None:
        self._notices.setdefault(product, []).append((code, text))

    def take_notices(self, product: str) -> list[tuple[str, str]]:
        """What there is to know about how a product was written (code, text); told once."""
        return self._notices.pop(product, [])

    # --- a product of the shop -------------------------------------------------------------------------------

    async def settle(self, wanted_id: str, name: str) -> None:
        """Find out what became of variants whose answers were lost, and delete the former objects of replaced ones.

        Raises `Failure`, `Refusal`, `HttpFailure`; `NotSettled` where it is too early to say "it is not there".
        """
        for known in self._ledger.variants(wanted_id).values():
            if known.state in {"intended", "posted"}:
                await self._settle_one(wanted_id, known)
            else:
                await self._bury(wanted_id, known.id)

    async def _settle_one(self, product: str, known: Known) -> None:
        for look in (1, 2):
            found = await self._look(product, known)
            if found:
                if len(found) > 1:
                    twins = ", ".join(held.guid for held in found)
                    self._note(
                        product,
                        "duplicate_at_gateway",
                        f"The Gateway holds {len(found)} objects of SKU {known.sku} that are ours: {twins}",
                    )
                self._ledger.made(product, {known.id: found[0].guid})
                await self._bury(product, known.id)
                return
            earliest = (known.intended_at or 0.0) + self._terms.settle
            if time.time() < earliest:
                raise NotSettled(min(earliest, time.time() + LOOK_AGAIN))
            if look == 1:
                await asyncio.sleep(min(LOOK_AGAIN, self._terms.settle / 4))
        if known.state == "posted":
            raise Failure(
                Fault(
                    "not_shown",
                    f"The Gateway took variant {known.sku}, but its query does not show it.",
                    "Run the command again; if it stays so, ask the marketplace whether the query works.",
                )
            )
        if known.doomed is not None:
            # The new object never came about: the former one is still the variant.
            former = replace(known, state="live", guid=known.doomed, doomed=None, fields={})
            self._ledger.restore(product, known.name, former)
            return
        self._ledger.never_made(product, [known.id])

    async def _look(self, product: str, known: Known) -> list[Held]:
        """The objects that our request made, the oldest first."""
        found = []
        for held in await self._gateway.find_by_sku(known.sku):
            mark = Mark.from_data(held.raw.get("data"))
            if mark is not None:
                ours = (mark.family, mark.product, mark.variant) == (self._terms.family, product, known.id)
            else:
                ours = held.name == known.name
            if not ours or held.guid == known.doomed or self._ledger.is_another(held.guid, product, known.id):
                continue
            if not self._ledger.sides.was_there_before(held.guid, known.intended_at or 0.0):
                found.append(held)
        return sorted(found, key=lambda held: (held.created.timestamp() if held.created else 0.0, held.guid))

    async def look_at(self, guid: str, sku: str) -> Mapping[str, Any] | None:
        """An object as the Gateway shows it now."""
        held = await self._gateway.find(guid, sku)
        return None if held is None else held.raw

    async def write(self, wanted: Wanted, steps: Sequence[Step]) -> None:
        """Take the steps; nothing may be unsettled (`settle`).

        Raises `Failure`, `NotSettled`, `Refusal`; `HttpFailure` where the Gateway did not answer."""
        by_id = {variant.id: variant for variant in wanted.variants}
        creates = [by_id[step.variant] for step in steps if isinstance(step, Create)]
        tag: str | None = None
        if wanted.grouped and any(not isinstance(step, Archive) for step in steps):
            tag = await self._tags.of(wanted.id, wanted.name, wanted.variants[0].sku)
        if steps:
            # From here on the Gateway may hold a part of it: the next run has to look at every field.
            self._ledger.touch_product(wanted.id, wanted.name)
        for start in range(0, len(creates), CHUNK):
            intended = [self.known_after(wanted, variant, tag) for variant in creates[start : start + CHUNK]]
            elements = [self._element(wanted, by_id[known.id], known, tag=tag, archived=False) for known in intended]
            await self._create(wanted, intended, elements)
        for step in steps:
            if isinstance(step, Change | Revive):
                await self._change(wanted, by_id[step.variant], step, tag)
            elif isinstance(step, Archive):
                await self.archive_variant(wanted.id, self._ledger.variants(wanted.id)[step.variant])

    def tag_is_lost(self, wanted: Wanted, refusal: Refusal) -> bool:
        """Whether a refusal names the product's tag, which somebody must have deleted; it is forgotten then."""
        tag = self._ledger.tag_of(wanted.id)
        if tag is None or tag.guid is None or tag.guid not in refusal.message.lower():
            return False
        self._ledger.lose_tag(wanted.id)
        return True

    def wanted_digests(self, wanted: Wanted, variant: WantedVariant) -> dict[str, str]:
        """The digest of each field as it would be sent now; pictures that were never tried count as placed."""
        keys = self._pictures.known_keys(variant.images)
        tags = [*variant.fields["tags"], *(["grouped"] if wanted.grouped else [])]
        return {**variant.digests, "images": digest([self._pictures.way, *keys]), "tags": digest(tags)}

    def addresses(self, variant: WantedVariant) -> list[str]:
        """Where the variant's pictures are at the Gateway, in order; those that could not be had are missing."""
        found = (self._pictures.address(key) for key in self._pictures.known_keys(variant.images))
        return [address for address in found if address is not None]

    def known_after(self, wanted: Wanted, variant: WantedVariant, tag: str | None) -> Known:
        """What the ledger will know of a variant once it is sent whole."""
        return Known(
            id=variant.id,
            state="live",
            guid=None,
            sku=variant.sku,
            own_sku=variant.own_sku,
            name=variant.name,
            fields=self.wanted_digests(wanted, variant),
            images=self._pictures.known_keys(variant.images),
            tags=(*variant.fields["tags"], *([tag] if tag else [])),
            gross=gross_of(variant.fields["price"], VAT_CLASSES[variant.fields["vat"]]),
        )

    def _element(self, wanted: Wanted, variant: WantedVariant, known: Known, **more: Any) -> dict[str, Any]:
        placed = set(self._pictures.known_keys(variant.images))
        lacking = tuple(image.key for image in variant.images if image.key not in placed)
        addresses = [self._pictures.address(key) for key in known.images]
        mark = Mark(
            self._terms.family, self._terms.shop, wanted.id, variant.id, known.fields, known.images, known.tags,
            lacking, digest(addresses) if addresses else "",
        )  # fmt: skip
        return element(variant.fields, **{"addresses": self.addresses(variant), "mark": mark, **more})

    async def make_again(self, product: str, known: Known, made: Mapping[str, Any]) -> None:
        """Create one object as an earlier run knew it; the one that stands for the variant now is deleted then.
        Raises what `write` raises."""
        bare = Wanted(product, self._ledger.product_name(product), "", False, (), (), frozenset(), "")
        await self._create(bare, [replace(known, guid=None)], [made])

    async def _create(self, wanted: Wanted, intended: Sequence[Known], elements: Sequence[Mapping[str, Any]]) -> None:
        async with self._one_at_first() as first:
            former = {known.id: known for known in self._ledger.variants(wanted.id).values() if known.guid}
            doomed = {known_id: known.guid for known_id, known in former.items()}
            self._ledger.intend(
                wanted.id, [replace(known, doomed=doomed.get(known.id)) for known in intended], self._terms.run
            )
            try:
                guids = await self._gateway.create_products(elements)
            except (AnswerLost, TooLarge) as lost:
                self.last_write = time.time()
                if first:
                    await self._prove_query(wanted, intended[0], lost)
                raise NotSettled(time.time() + min(LOOK_AGAIN, self._terms.settle), lost=lost) from lost
            except (Refusal, HttpFailure):
                # Refused, or never sent: nothing of it exists.
                with self._ledger.file.transaction():
                    self._ledger.never_made(wanted.id, [known.id for known in intended])
                    for known in intended:
                        if known.id in former:
                            self._ledger.restore(wanted.id, wanted.name, former[known.id])
                raise
            self.last_write = time.time()
            told = {known.id: guid for known, guid in zip(intended, guids, strict=True)}
            if any(told.values()):
                # An answer that names some of them leaves open what became of the others.
                told = {variant: guid for variant, guid in told.items() if guid is not None}
            self._ledger.made(wanted.id, told)
            for known in intended:
                await self._bury(wanted.id, known.id)
            if first:
                await self._prove_query(wanted, intended[0])
        if any(guid is None for guid in guids):
            raise NotSettled(time.time() + min(LOOK_AGAIN, self._terms.settle))

    @asynccontextmanager
    async def _one_at_first(self) -> AsyncIterator[bool]:
        """Until the query has shown the first product, one is posted after another. True for such a one."""
        if self._ledger.meta("query_proven") is not None:
            yield False
            return
        async with self._first:
            if self._blind is not None:
                raise self._blind
            yield self._ledger.meta("query_proven") is None

    async def _prove_query(self, wanted: Wanted, variant: Known, lost: HttpFailure | None = None) -> None:
        """Wait until the query shows our first product: a query that sees nothing would double a shop.

        One whose answer was `lost` may not exist: then another one may be the first, but not many.
        """
        known = self._ledger.variants(wanted.id)[variant.id]
        until = time.time() + (self._terms.index if lost is None else max(self._terms.settle, self._terms.index))
        while True:
            held = next(
                (held for held in await self._gateway.find_by_sku(variant.sku) if known.guid in {None, held.guid}), None
            )
            if held is not None:
                break
            if time.time() > until:
                self._never_shown += 1
                if lost is not None and self._never_shown < MOST_NEVER_SHOWN:
                    return
                self._blind = HeldBack(
                    f"The first product ({wanted.id}, SKU {variant.sku}) was "
                    f"{'taken by' if lost is None else 'sent to'} the Gateway, but its query did not show it within "
                    f"{self._terms.index:g} s.",
                    "Run the command again in some minutes. If it stays so, ask the marketplace whether the query "
                    "works for this shop, or whether it changes SKUs; a longer INDEX_SECONDS helps where it is only "
                    "slow.",
                )
                raise self._blind
            await asyncio.sleep(min(1.0, self._terms.index / 10))
        self._ledger.set_meta("query_proven", "yes")
        marks = Mark.from_data(held.raw.get("data")) is not None
        self._ledger.set_meta("marks_return", "yes" if marks else "no")
        if not marks:
            self.remarks.append(
                "The Gateway does not return our mark in `data`: a run without its ledger can recognise products only "
                "by SKU and name. Keep the state folder."
            )
        if held.name != variant.name:
            self.remarks.append(f"The Gateway changes names: '{variant.name}' came back as '{held.name}'.")

    async def _change(self, wanted: Wanted, variant: WantedVariant, step: Change | Revive, tag: str | None) -> None:
        known = self._ledger.variants(wanted.id)[variant.id]
        if known.guid is None:
            raise ValueError("a live variant has a guid")
        held = await self._gateway.find(known.guid, known.sku)
        # Tags that others gave the object stay; those we sent last are ours to take away.
        mark = None if held is None else Mark.from_data(held.raw.get("data"))
        ours = {*known.tags, *(mark.tags if mark is not None else ())}
        foreign = [guid for guid in held.tags if guid not in ours] if held is not None else []
        after = _after(self.known_after(wanted, variant, tag), known, step.fields)
        tags = tuple(dict.fromkeys([*variant.fields["tags"], *([tag] if tag else []), *foreign]))
        sent = as_sent(variant.fields, addresses=self.addresses(variant), tags=tags)
        sent = {name: value for name, value in sent.items() if name in step.fields}
        if isinstance(step, Revive):
            sent["archived"] = False
        self._remember(wanted.id, known, held, sent, whole=self._terms.replace)
        if self._terms.replace:
            await self._replace(wanted, variant, step, after, held, foreign)
            self.price_moved(wanted.id, variant, step, known, held.raw if held is not None else None)
            return
        change = self._element(
            wanted, variant, after, tag=tag,
            only=step.fields,
            held=held.raw if held is not None else {},
            foreign_tags=foreign,
            archived=False if isinstance(step, Revive) else None,
        )  # fmt: skip
        self.doubt(wanted.id, known, step.fields, leaving=isinstance(step, Revive))
        try:
            await self._gateway.change_product(known.guid, change)
        except NotThere:
            await self._gone(wanted, variant, known, tag)
            return
        except RouteMissing as missing:
            raise Failure(self._no_route(missing)) from missing
        self.last_write = time.time()
        self._ledger.changed(wanted.id, after)
        self.price_moved(wanted.id, variant, step, known, held.raw if held is not None else None)

    def price_moved(
        self, product: str, variant: WantedVariant, step: Step, known: Known, held: Mapping[str, Any] | None
    ) -> None:
        """Note what a change does to a price, against what the Gateway showed (or what was last sent)."""
        was = known.gross if held is None else gross_shown(held)
        now = gross_of(variant.fields["price"], VAT_CLASSES[variant.fields["vat"]])
        if isinstance(step, Change) and step.fields & {"price", "vat"} and was is not None and was != now:
            row = PriceRow(product, variant.id, variant.name, variant.sku, was, now)
            self._ledger.history.price_changed(self._terms.run, row)

    def _remember(
        self, product: str, known: Known, held: Held | None, sent: Mapping[str, Any], *, whole: bool = False
    ) -> None:
        """Keep what the Gateway holds before it is changed, by which this run can be taken back. `whole`: the object
        is about to be deleted."""
        shown: dict[str, Any] = {"archived": not sent.get("archived")}
        if held is not None:
            shown = {**as_shown(held.raw), "archived": held.archived}
        rows = {name: (shown.get(name, UNKNOWN), value) for name, value in sent.items()}
        rows[LEDGER_ROW] = (msgspec.to_builtins(replace(known, intended_at=None)), None)
        if held is not None and "price" in sent:
            rows[NET_ROW] = ({"net": net_shown(held.raw), "vat": held.raw.get("vat")}, None)
        if held is not None and whole:
            rows[OBJECT_ROW] = (held.raw, None)
        self._ledger.history.remember(
            self._terms.run,
            [Former(product, known.id, name, known.guid or "", *values) for name, values in rows.items()],
        )

    def doubt(self, product: str, known: Known, fields: Collection[str], *, leaving: bool = False) -> None:
        """Before a change goes out: until its answer is here, these fields may be as they were or as they are sent, and
        one that is `leaving` (or coming back) may be there or not. The shop may change its mind in between."""
        left = {name: value for name, value in known.fields.items() if name not in fields}
        self._ledger.changed(product, replace(known, fields=left, state="leaving" if leaving else known.state))

    async def _replace(
        self, wanted: Wanted, variant: WantedVariant, step: Change | Revive, after: Known, held: Held | None,
        foreign: Sequence[str],
    ) -> None:  # fmt: skip
        """Create the variant anew, with what the Gateway holds otherwise than the shop where nothing changed there;
        the former object is deleted then (`_bury`)."""
        fields = {**variant.fields, "tags": after.tags}
        addresses: Sequence[str] = self.addresses(variant)
        if held is not None:
            changed = step.fields | ({"price", "vat"} if step.fields & {"price", "vat"} else set())
            fields |= {name: shown for name, shown in shown_fields(held.raw, fields).items() if name not in changed}
            fields["data"] = merged_data(variant.fields["data"], held.raw, changed="data" in step.fields)
            if "images" not in step.fields:
                addresses = held.images
            if "tags" not in step.fields:
                fields["tags"] = held.tags
        made = self._element(
            wanted, replace(variant, fields=fields), after,
            tag=None, addresses=addresses, foreign_tags=foreign, archived=False,
        )  # fmt: skip
        await self._create(wanted, [replace(after, guid=None)], [made])

    async def _gone(self, wanted: Wanted, variant: WantedVariant, known: Known, tag: str | None) -> None:
        """The Gateway answers 404 for an object of ours: deleted by somebody, or there is no route to change."""
        if known.guid is not None and await self._gateway.find(known.guid, known.sku) is not None:
            raise Failure(self._no_route(RouteMissing("PUT /dashboard/webshops/{shop}/products/{guid}/")))
        self._ledger.lose(wanted.id, variant.id)
        said = f"Variant {variant.sku} had been deleted at the Gateway and was created anew."
        self._note(wanted.id, "made_anew", said)
        known = self.known_after(wanted, variant, tag)
        await self._create(wanted, [known], [self._element(wanted, variant, known, tag=tag, archived=False)])

    def _no_route(self, missing: RouteMissing) -> Fault:
        self.missing_routes.add(missing.route)
        return Fault(
            "no_change_route",
            f"It changed at the shop, but the Gateway has no route to change products ({missing.route}).",
            "Set UPDATE=replace (creates the product anew and deletes the old one), or ask the marketplace for the "
            "route.",
        )

    async def _bury(self, product: str, variant: str) -> None:
        """Delete the object that a new one has taken the place of."""
        known = self._ledger.variants(product).get(variant)
        if known is not None and known.doomed is not None and known.state == "live":
            await self._gateway.delete_product(known.doomed)
            self._ledger.buried(product, variant)

    # --- what is no longer in the shop -----------------------------------------------------------------------

    async def archive_variant(self, product: str, known: Known, *, for_sale_only: bool = False) -> None:
        """Archive one object (or only take it off sale). Raises `Failure`, `Refusal`, `HttpFailure`."""
        if known.guid is None:
            raise ValueError("only what has a guid can be archived")
        if not for_sale_only:
            deleted = await self._gateway.find(known.guid, known.sku) if self._terms.delete else None
            self._remember(product, known, deleted, {"archived": True}, whole=self._terms.delete)
        self.doubt(product, known, {"for_sale"} if for_sale_only else (), leaving=not for_sale_only)
        try:
            if for_sale_only:
                await self._take_off_sale(known.guid, product, known)
                return
            if self._terms.delete:
                await self._gateway.delete_product(known.guid)
            else:
                await self._gateway.change_product(known.guid, {"archived": True})
        except NotThere:
            if await self._gateway.find(known.guid, known.sku) is not None:
                self._ledger.changed(product, known)
                raise Failure(self._no_archive_route()) from None
        except RouteMissing as missing:
            self._ledger.changed(product, known)
            self.missing_routes.add(missing.route)
            raise Failure(self._no_archive_route()) from missing
        except Refusal:
            self._ledger.changed(product, known)
            raise
        finally:
            self.last_write = time.time()
        if self._terms.delete:
            self._ledger.lose(product, known.id)
        else:
            self._ledger.archived(product, known.id)

    async def _take_off_sale(self, guid: str, product: str, known: Known) -> None:
        after = replace(known, fields={**known.fields, "for_sale": digest(False)})
        change: dict[str, Any] = {"for_sale": False}
        held = await self._gateway.find(guid, known.sku)
        self._remember(product, known, held, {"for_sale": False})
        mark = None if held is None else Mark.from_data(held.raw.get("data"))
        if held is not None and mark is not None:
            # The mark says so too: a run without this ledger must know that it was we who did it.
            mark = replace(mark, fields={**mark.fields, "for_sale": digest(False)})
            change["product"] = {"data": {**held.raw["data"], "import": mark.to_data()}}
        await self._gateway.change_product(guid, change)
        self._ledger.changed(product, after)

    def _no_archive_route(self) -> Fault:
        return Fault(
            "no_archive_route",
            "It is gone from the shop, but the Gateway has no route to archive products.",
            "Set ARCHIVE=delete (deletes what is gone), or ask the marketplace for the route.",
        )


def _after(whole: Known, known: Known, fields: Collection[str]) -> Known:
    """What the ledger knows once these fields were sent, of all that `whole` says; the others are as they were."""
    sent = {name: value for name, value in whole.fields.items() if name in fields}
    left = {name: value for name, value in known.fields.items() if name not in fields and name in whole.fields}
    return replace(
        whole,
        guid=known.guid,
        fields={**left, **sent},
        images=whole.images if "images" in fields else known.images,
        tags=whole.tags if "tags" in fields else known.tags,
        gross=whole.gross if {"price", "vat"} & set(fields) else known.gross,
    )


def refused(refusal: Refusal) -> Fault:
    return Fault(
        "gateway_refused",
        f"The Gateway refused it ({refusal.status}): {refusal.message}",
        "Correct what the message names in the shop; if it makes no sense, send it to the marketplace.",
    )


def silent(failure: str) -> Fault:
    return Fault("gateway_silent", f"The Gateway did not answer: {failure}.", "Run the command again.")


def mistake(problem: Exception) -> Fault:
    return Fault(
        "internal",
        f"A mistake of this program ({type(problem).__name__}) met this product.",
        "Send the report to the makers; the other products are in.",
    )


def product_digest(wanted: Wanted, fields: Mapping[str, Mapping[str, str]], keep: Collection[str]) -> str:
    """One digest of all that is sent for a product, and of what is kept back."""
    variants = {variant: dict(found) for variant, found in fields.items()}
    return digest({"grouped": wanted.grouped, "variants": variants, "keep": sorted(keep)})
