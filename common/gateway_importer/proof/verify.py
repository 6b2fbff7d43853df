"""The command `verify`: proves from outside that what is at the Gateway is right. Writes nothing there.

Either a sample of products is held against the shop's own public pages, or everything against the ledger.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from gateway_importer import options
from gateway_importer.assembly import choices, first_error, kept_fields
from gateway_importer.catalog import Fault, Product, ProductId, Variant
from gateway_importer.ends import Ends, identity, state_folder
from gateway_importer.errors import ExitCode, InputError, Stopped, Unreachable
from gateway_importer.failures import HttpFailure
from gateway_importer.gateway.compare import drifted_fields
from gateway_importer.gateway.payload import Texts, digest, fields_of
from gateway_importer.http import MEBIBYTE, Answer, Host, Limits
from gateway_importer.ledger.store import Known, Ledger
from gateway_importer.pipeline.drift import difference, shown
from gateway_importer.platform import Platform
from gateway_importer.proof.compare import Terms, Verdict, compare, main_product, offer_of, shown_of
from gateway_importer.proof.rows import Row, Tally, row_of
from gateway_importer.proof.structured import Statements, plain_gtin, statements
from gateway_importer.proof.told import Told
from gateway_importer.settings import Values
from gateway_importer.source import ShopProfile

LARGEST_PAGE = 4 * MEBIBYTE
LONGEST_REDIRECT_CHAIN = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
HTML = frozenset({"text/html", "application/xhtml+xml", ""})
NOTHING = Statements()
COMPARED = ("price", "vat", "stock_level", "for_sale", "data")  # the fields that a page bears on
PIECE = 500  # variants that are taken from the ledger together
LOOKS = 3  # times that something a run is just changing is looked at
LISTED_FROM = 1000  # products; from here on the Gateway's whole list costs less than a question for each object


async def verify(
    platform: Platform,
    values: Values,
    ends: Ends,
    profile: ShopProfile,
    *,
    against_ledger: bool,
    say: Callable[[str], None],
    stopping: asyncio.Event,
) -> int:
    """Carry the command out: a line a variant to `say`, all of it into verify.json; the exit code. It may go on beside
    a run. Raises `Stopped` once `stopping` is set, with what was told so far told as such."""
    folder = state_folder(values)
    ledger = Ledger(folder, identity=identity(platform, values, profile), reading=True)
    try:
        if not ledger.live_variants():
            raise InputError(
                f"By the ledger in {folder} nothing of this shop is at the Gateway, so nothing can be compared.",
                "Import first, or give the SHOP_GUID and the STATE_FOLDER of then.",
            )
        ends.http.stopping = stopping
        proof = Proof(ends, values, profile, ledger)
        tally = Tally()
        with Told(values.get(options.REPORT_FOLDER), folder, say, against_ledger=against_ledger) as told:
            rows = proof.against_ledger(tally) if against_ledger else proof.against_pages(tally)
            async for row in rows:
                tally.add(row)
                told.row(row)
            whole = not stopping.is_set()
            told.end(tally, whole=whole)
    except BaseExceptionGroup as group:
        raise first_error(group) from group
    finally:
        ledger.close()
    if not whole:
        raise Stopped("The proof was ended before it had looked at everything.", "Run the command again.")
    return ExitCode.WELL if tally.well else ExitCode.SOME_FAILED


@dataclass(frozen=True, slots=True)
class Opened:
    """A page as it was read: where redirects led, and what it states, or why it states nothing (`trouble`)."""

    address: str
    statements: Statements = NOTHING
    trouble: str = ""


class Proof:
    """Reads both sides for one command."""

    def __init__(self, ends: Ends, values: Values, profile: ShopProfile, ledger: Ledger) -> None:
        self._ends = ends
        self._values = values
        self._ledger = ledger
        self._exact_net = values[options.NET_DECIMALS] == "exact"
        self._choices = choices(values)
        self._terms = Terms(self._choices.price, self._choices.rates, not self._exact_net, kept_fields(values))
        self._pages = _page_host(ends, values, profile)
        self._listed = False

    # --- against the shop's pages ----------------------------------------------------------------------------

    async def against_pages(self, tally: Tally) -> AsyncIterator[Row]:
        """Every variant of the sampled products, page by page of the shop's interface."""
        wanted = self._values[options.VERIFY_PRODUCTS]
        sample = self._ledger.sample_products(wanted)
        tally.products = len(sample)
        if len(sample) >= LISTED_FROM:
            await self._list()
        for handle in self._ends.source.pages_of([ProductId(product) for product in sorted(sample, key=_order)]):
            if self._ends.http.stopping.is_set():
                return
            page = await self._ends.source.read(handle)
            for product in page.products:
                if self._ends.http.stopping.is_set():
                    return
                for row in await self._product(product):
                    yield row
                sample.discard(str(product.source_id))
            for skipped in page.skipped:
                sample.discard(str(skipped.source_id))
                why = f"it has left the shop since it was imported: {skipped.rule.meaning}"
                yield Row(str(skipped.source_id), "", skipped.name, "", Verdict.NOT_COMPARED, why)
            for failed in page.failed:
                sample.discard(str(failed.source_id))
                why = f"the shop's interface does not tell it: {failed.fault.cause}"
                yield Row(str(failed.source_id), "", failed.name, "", Verdict.NOT_COMPARED, why)
        for product_id in sorted(sample, key=_order):
            why = "it has left the shop since it was imported: the shop does not know it any more"
            name = self._ledger.product_name(product_id)
            yield Row(product_id, "", name, "", Verdict.NOT_COMPARED, why)

    async def _product(self, product: Product) -> list[Row]:
        live = {
            variant: known
            for variant, known in self._ledger.variants(str(product.source_id)).items()
            if known.state == "live" and known.guid is not None
        }
        today = {str(variant.source_id): variant for variant in product.variants}
        addresses = {variant: today[variant].page_url or product.page_url or "" for variant in live if variant in today}
        pages = dict.fromkeys(address for address in addresses.values() if address)
        async with asyncio.TaskGroup() as group:
            opened = {address: group.create_task(self._open(address)) for address in pages}
            held = {variant: group.create_task(self._held(known)) for variant, known in live.items()}
        rows = []
        for variant, known in live.items():
            if variant not in today:
                why = "the shop has this variant no more: the next import archives it"
                rows.append(_bare(product, known, Verdict.NOT_COMPARED, why))
                continue
            raw = held[variant].result()
            if raw is None:
                rows.append(_bare(product, known, Verdict.DIFFERS, "the Gateway does not show it"))
            elif raw.get("archived") is True:
                rows.append(_bare(product, known, Verdict.EXPLAINED, "somebody archived it at the Gateway"))
            elif not addresses[variant]:
                rows.append(_bare(product, known, Verdict.NOT_COMPARED, "its page's address is not known"))
            else:
                page = opened[addresses[variant]].result()
                rows.append(self._compared(product, today[variant], known, raw, page))
        return rows

    def _compared(self, product: Product, variant: Variant, known: Known, raw: Mapping[str, Any], page: Opened) -> Row:
        if page.trouble:
            return _bare(product, known, Verdict.NOT_COMPARED, page.trouble, page.address)
        codes = {str(product.source_id), known.sku}
        for one in product.variants:
            codes |= {one.sku, plain_gtin(one.gtin)}
        stated = main_product(page.statements, product.name, codes - {""})
        if isinstance(stated, str):
            return _bare(product, known, Verdict.NOT_COMPARED, stated, page.address)
        others = [one for one in product.variants if one.source_id != variant.source_id]
        offer, why, named = offer_of(stated, variant, known.sku, alone=not others or variant.page_url is not None)
        if offer is None:
            return _bare(product, known, Verdict.NOT_COMPARED, why, page.address)
        findings = compare(
            shown_of(raw), offer, variant, self._terms,
            edited=drifted_fields(known.fields, raw, exact_net=self._exact_net),
            moved=self._moved(product, variant, known), others=others, named=named,
        )  # fmt: skip
        name = product.name if variant.name is None else variant.name
        return row_of(str(product.source_id), known.id, name, known.sku, page.address, tuple(findings))

    def _moved(self, product: Product, variant: Variant, known: Known) -> set[str]:
        """The compared fields that the shop's data of today would send otherwise than they were last sent."""
        nothing = Texts("", "", "")
        fields = fields_of(product, variant, nothing, self._choices, sku=known.sku, categories=())
        if isinstance(fields, Fault):
            return set(COMPARED)  # it was imported, and now it could not be
        return {name for name in COMPARED if name in fields and known.fields.get(name) != digest(fields[name])}

    async def _open(self, address: str) -> Opened:
        """A public page, wherever it leads. It is asked for without any key: the host that asks has none."""
        for _ in range(LONGEST_REDIRECT_CHAIN + 1):
            try:
                answer = await self._pages.request("GET", address, kind="GET page")
            except (HttpFailure, Unreachable) as failure:
                return Opened(address, trouble=f"its page does not answer: {failure}")
            if answer.status not in REDIRECTS or "Location" not in answer.headers:
                return await _read(address, answer)
            try:
                address = urljoin(address, answer.headers["Location"])
            except ValueError:
                return Opened(address, trouble="its page leads to what is no address")
        return Opened(address, trouble="its page leads on and on")

    # --- what the Gateway shows ------------------------------------------------------------------------------

    async def _held(self, known: Known) -> Mapping[str, Any] | None:
        gateway, ledger = self._ends.gateway, self._ledger
        if self._listed and (raw := await shown(gateway, ledger, known, listed=True)) is not None:
            return raw
        # What a list has missed (it may lag behind, or move while it is read) a question of its own may find.
        return await shown(gateway, ledger, known, listed=False)

    async def _list(self) -> None:
        sides = self._ledger.sides
        sides.forget_held()
        piece: list[tuple[str, str, str, bool, bool, Mapping[str, Any]]] = []
        async for held in self._ends.gateway.listing():
            piece.append((held.guid, held.sku, held.name, held.archived, True, held.raw))
            if len(piece) == PIECE:
                sides.hold_all(piece)
                piece.clear()
                if self._ends.http.stopping.is_set():
                    return
        sides.hold_all(piece)
        self._listed = True

    # --- against the ledger ----------------------------------------------------------------------------------

    async def against_ledger(self, tally: Tally) -> AsyncIterator[Row]:
        """What the Gateway holds otherwise than it was last sent; what is as it was sent is only counted."""
        tally.products = self._ledger.live_products()
        await self._list()
        product = variant = ""
        while piece := self._ledger.live_after(product, variant, PIECE):
            for product, known in piece:
                variant = known.id
                if self._ends.http.stopping.is_set():
                    return
                said = await self._differs(product, known)
                if said:
                    yield Row(product, known.id, known.name, known.sku, Verdict.DIFFERS, said)
                else:
                    tally.verdicts[Verdict.AGREES] += 1

    async def _differs(self, product: str, known: Known) -> str:
        """How the Gateway holds it otherwise. What a run is just changing is looked at until both sides stand still."""
        raw = await self._held(known)
        for _ in range(LOOKS):
            said = "the Gateway does not show it" if raw is None else difference(known, raw, exact_net=self._exact_net)
            now = self._ledger.variant_now(product, known.id) if said else known
            if not said or now == known:
                return said
            if now is None or now.state != "live":
                return ""  # archived or made anew meanwhile: the run answers for it
            known = now
            raw = await shown(self._ends.gateway, self._ledger, known, listed=False)
        return ""


async def _read(address: str, answer: Answer) -> Opened:
    if answer.status != 200:
        return Opened(address, trouble=f"its page answers {answer.status}")
    if answer.content_type not in HTML:
        return Opened(address, trouble=f"its page is none, but {answer.content_type}")
    charset = answer.headers.get("Content-Type", "").partition("charset=")[2].split(";")[0].strip("\"' ")
    return Opened(address, await asyncio.to_thread(statements, answer.body, charset or None))


def _page_host(ends: Ends, values: Values, profile: ShopProfile) -> Host:
    """The shop's public side: no headers of ours but the User-Agent, addresses guarded as any from outside."""
    allowed = values.get(options.SHOP_RATE)
    limits = Limits(
        concurrency=values[options.SHOP_CONCURRENCY],
        # Its interface and its pages come from one server under two paces, which together keep to its rate.
        per_second=allowed / 2 if allowed is not None else None,
        attempts=values[options.TRIES],
        first_pause=values[options.FIRST_PAUSE],
        max_body=LARGEST_PAGE,
    )
    return ends.http.host("the shop's pages", profile.url, limits, typed=False)


def _bare(product: Product, known: Known, verdict: Verdict, why: str, address: str = "") -> Row:
    return Row(str(product.source_id), known.id, product.name, known.sku, verdict, why, address)


def _order(product: str) -> tuple[int, str]:
    return (len(product), product)
