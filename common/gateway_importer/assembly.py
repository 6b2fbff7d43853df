"""Builds the parts of a run from its settings and joins them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

import msgspec

from gateway_importer import options
from gateway_importer.catalog import Kind
from gateway_importer.categories import CategoryMap
from gateway_importer.ends import Ends, identity, profile_lines, settings_digest
from gateway_importer.errors import ImporterError, InputError
from gateway_importer.gateway.payload import FIELDS, Choices
from gateway_importer.http import Host
from gateway_importer.images.way import ImageWay
from gateway_importer.ledger.history import RETRY, TRIED
from gateway_importer.ledger.store import Ledger
from gateway_importer.pipeline.drift import Drift
from gateway_importer.pipeline.line import Line, Widths
from gateway_importer.pipeline.listing import Listing
from gateway_importer.pipeline.parts import Orders
from gateway_importer.pipeline.pictures import Pictures
from gateway_importer.pipeline.plan_file import PlanReader, PlanWriter
from gateway_importer.pipeline.plan_file import head as plan_head
from gateway_importer.pipeline.prepare import Placing, Rules
from gateway_importer.pipeline.run import ImportRun
from gateway_importer.pipeline.shortcut import ShortCut, Trust
from gateway_importer.pipeline.skus import Skus
from gateway_importer.pipeline.tags import Tags
from gateway_importer.pipeline.writer import Terms, Writer
from gateway_importer.platform import Platform
from gateway_importer.report.model import Outcome, PlanPage, Report
from gateway_importer.report.observer import Observer
from gateway_importer.reporting import Ending, program, routes_missing, run_facts, stored_report
from gateway_importer.settings import Values
from gateway_importer.source import ShopProfile

LEARNT = "learnt"  # under which the ledger keeps what runs find out about the shop


def choices(values: Values) -> Choices:
    rates: dict[str, Decimal] = {}
    for currency, rate in (values.get(options.CURRENCY_RATES) or {}).items():
        try:
            rates[currency.upper()] = Decimal(rate)
        except InvalidOperation:
            raise InputError(f"CURRENCY_RATES: '{rate}' is no number.", "Write it as EUR=4.31.") from None
    vat_map: dict[str, str] = values.get(options.VAT_MAP) or {}
    return Choices(
        price=values[options.PRICE],
        net_decimals=values[options.NET_DECIMALS],
        vat_map=vat_map,
        rates=rates,
        unlimited_backorders=values[options.BACKORDERS] == "unlimited",
    )


def rules(values: Values, base_url: str) -> Rules:
    kinds = {Kind.GOODS}
    if values[options.IMPORT_VIRTUAL]:
        kinds.add(Kind.VIRTUAL)
    if values[options.IMPORT_BUNDLES]:
        kinds.add(Kind.BUNDLE)
    return Rules(
        kinds=frozenset(kinds),
        price_zero=values[options.IMPORT_PRICE_ZERO],
        bad_variants_fail=values[options.BAD_VARIANTS] == "fail",
        price_difference_fails=values[options.PRICE_DIFFERENCE] == "fail",
        html=values[options.DESCRIPTION] == "html",
        base_url=base_url,
    )


def kept_fields(values: Values) -> frozenset[str]:
    named: tuple[str, ...] = values.get(options.KEEP) or ()
    kept = frozenset(named)
    unknown = kept - set(FIELDS)
    if unknown:
        raise InputError(
            f"KEEP names unknown fields: {', '.join(sorted(unknown))}.", f"The fields are {', '.join(FIELDS)}."
        )
    return kept


class Assembly:
    """One run, put together. `run` carries it out; `report` is what became of it, whatever happened."""

    def __init__(
        self,
        *,
        platform: Platform,
        values: Values,
        ends: Ends,
        profile: ShopProfile,
        categories: CategoryMap,
        ledger: Ledger,
        observer: Observer,
        way: ImageWay | None,
        command: str,
        stopping: asyncio.Event,
        save: Path | None = None,
        plan: Path | None = None,
    ) -> None:
        """`save`: a preview's plan goes there; `plan`: only that is carried out."""
        self._platform = platform
        self._values = values
        self._ends = ends
        self._profile = profile
        self._categories = categories
        self._ledger = ledger
        self._command = command
        dry = command == "preview"
        bearing = settings_digest(platform, values, categories)
        # How things are changed and archived decides what a plan does, too.
        settings = f"{bearing}-{values[options.UPDATE]}-{values[options.ARCHIVE]}"
        shop = identity(platform, values, profile)
        self._plan = None if plan is None else PlanReader(plan)
        if self._plan is not None:
            self._plan.check(shop, settings)
        self._saved = None
        self._saved_rows: PlanPage | None = None
        if save is not None:
            self._saved = PlanWriter(save, plan_head(program(platform), values[options.GATEWAY_URL], shop, settings))
        self._before = ledger.history.last(*TRIED)
        self.number, self.unclean = ledger.history.begin(command)
        self._started = datetime.now(UTC)
        ends.gateway.spelling = ledger.meta("route")
        ends.http.stopping = stopping
        learnt = ledger.meta(LEARNT)
        if learnt is not None:
            for what, found_out in msgspec.json.decode(learnt, type=dict[str, str]).items():
                ends.http.learnt.setdefault(what, found_out)  # what is known already was found out in this run
        for host in ends.http.hosts:
            # The night does not begin with the burst that ended in refusals the night before.
            found = ledger.meta(_pace_key(host))
            if found is not None:
                host.pace.recall(float(found))
        self._pictures = Pictures(way, ends.source, ledger, observer, dry=dry, believing=plan is not None)
        tags = Tags(ends.gateway, ledger)
        index = values[options.INDEX_SECONDS]
        self._writer = Writer(
            ends.gateway,
            ledger,
            self._pictures,
            tags,
            Terms(
                family=platform.family,
                shop=profile.key,
                run=self.number,
                replace=values[options.UPDATE] == "replace",
                delete=values[options.ARCHIVE] == "delete",
                not_for_sale=values[options.GONE] == "not-for-sale",
                settle=values[options.SETTLE_SECONDS],
                index=index,
            ),
        )
        always = values[options.OVERWRITE] == "always"
        self._line = Line(
            source=ends.source,
            ledger=ledger,
            writer=self._writer,
            pictures=self._pictures,
            skus=Skus(ledger, form=values[options.SKU_FORM]),
            rules=rules(values, profile.url),
            choices=choices(values),
            placing=Placing(categories.tags, categories.left_out),
            observer=observer,
            run=self.number,
            widths=Widths(
                pages=values[options.SHOP_CONCURRENCY],
                images=values[options.IMAGE_CONCURRENCY] * 2,
                posts=values[options.GATEWAY_CONCURRENCY],
            ),
            dry=dry,
            keep=kept_fields(values),
            compare_all=always,
            require_image=values[options.REQUIRE_IMAGE],
            adopting=False,
            family=platform.family,
            stopping=stopping,
            unique_variants=profile.unique_variants,
            settings=bearing,
            plan=self._saved,
            by_plan=plan is not None,
        )
        self._shortcut = ShortCut(
            ends.source,
            ledger,
            observer,
            Trust(
                allowed=values[options.TRUST_DATES] and command == "import" and not always,
                days=values[options.FULL_DAYS],
                settings=bearing,
            ),
            self.number,
        )
        self._run = ImportRun(
            source=ends.source,
            ledger=ledger,
            writer=self._writer,
            listing=Listing(
                ends.gateway,
                ledger,
                tags,
                family=platform.family,
                shop=profile.key,
                way=self._pictures.way,
                index=index,
            ),
            line=self._line,
            observer=observer,
            orders=Orders(
                archive_many=values[options.ARCHIVE_MANY],
                accept_change=values[options.ACCEPT_CHANGE],
                not_for_sale=values[options.GONE] == "not-for-sale",
                overwrite_always=always,
                dry=dry,
            ),
            shortcut=self._shortcut,
            drift=Drift(
                ends.gateway,
                ledger,
                self.number,
                width=values[options.GATEWAY_CONCURRENCY],
                share=float(values[options.READ_BACK]) / 100,
                exact_net=values[options.NET_DECIMALS] == "exact",
            ),
            run=self.number,
            width=values[options.GATEWAY_CONCURRENCY],
        )

    async def run(self) -> None:
        """Carry the run out. Raises `ImporterError` for what ends it; the group's other errors as they are."""
        try:
            if self._command == RETRY:
                if self._before is None:
                    raise InputError("No run of this shop is known, so nothing can be tried again.", "Import first.")
                await self._run.retry(self._before.run)
            elif self._plan is not None:
                await self._run.carry_out(self._plan)
            else:
                await self._run.execute()
                if self._saved is not None:
                    self._saved.finish()
                    self._saved_rows = self._page(self._saved)
        except BaseExceptionGroup as group:
            raise first_error(group) from group
        finally:
            if self._saved is not None and self._saved_rows is None:
                self._saved.abandon()
            if self._ends.gateway.spelling is not None:
                self._ledger.set_meta("route", self._ends.gateway.spelling)
            if self._ends.http.learnt:
                self._ledger.set_meta(LEARNT, msgspec.json.encode(self._ends.http.learnt).decode())
            for host in self._ends.http.hosts:
                if host.pace.found is not None:
                    self._ledger.set_meta(_pace_key(host), f"{host.pace.found:.3f}")

    def finish(self, state: str, exit_code: int, error: ImporterError | None) -> Report:
        """The run's end goes into the ledger; what there is to report."""
        ledger, number = self._ledger, self.number
        facts = run_facts(
            ledger,
            Ending(number, self._command, self._started, state, exit_code, error),
            platform=self._platform,
            values=self._values,
            hosts=self._ends.http.hosts,
            shop_name=self._profile.name,
            shop=tuple(profile_lines(self._profile)),
            warnings=self._warnings(),
            totals=self._totals(),
        )
        facts = replace(
            facts,
            audit=tuple(self._run.audit.rows),
            audit_agrees=self._run.audit.agrees,
            proven=self._profile.proven,
        )
        ledger.history.end(number, state, msgspec.to_builtins(facts, str_keys=True))
        return replace(stored_report(ledger, facts, tuple(self._line.samples)), plan=self._saved_rows)

    def _page(self, plan: PlanWriter) -> PlanPage:
        return PlanPage(str(plan.path), dict(plan.counts), tuple(plan.rows), plan.more_rows)

    def failed(self) -> bool:
        return bool(self._ledger.outcomes.counts(self.number)[Outcome.FAILED])

    def _totals(self) -> dict[str, int]:
        totals = dict(self._line.totals)
        if listed := self._ledger.sides.shop_count():
            totals["products_in_shop"] = listed
        totals["images_transferred"] = self._pictures.transferred
        totals["image_bytes"] = self._pictures.bytes
        return totals

    def _warnings(self) -> Sequence[str]:
        totals = self._line.totals
        found = [*self._profile.warnings, *self._categories.warnings, *self._run.remarks, *self._writer.remarks]
        if self._shortcut.remark:
            found.append(self._shortcut.remark)
        found += self._line.page_notices
        without = totals["products_without_category"]
        if without:
            found.append(
                f"{without} products have no category at the marketplace: their categories' paths do not exist there. "
                "The command `categories` writes a table in which you can map them."
            )
        if totals["products_vat0"]:
            found.append(f"{totals['products_vat0']} products were sent with VAT of 0 %, as the shop's tax rules say.")
        found += routes_missing(self._writer.missing_routes)
        if self.unclean:
            found.append("The run before this one did not end properly; what it had begun was looked after.")
        return found


def _pace_key(host: Host) -> str:
    return f"pace of {host.name}"


def first_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error that ended a group: one of ours if there is one, else the first."""
    leaves: list[BaseException] = []
    pending: list[BaseException] = [group]
    while pending:
        error = pending.pop(0)
        if isinstance(error, BaseExceptionGroup):
            pending.extend(error.exceptions)
        else:
            leaves.append(error)
    return next((leaf for leaf in leaves if isinstance(leaf, ImporterError)), leaves[0])
