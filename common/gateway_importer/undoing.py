"""Builds the taking back of a run from its settings: the Gateway and the ledger, and no shop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec

from gateway_importer import options
from gateway_importer.assembly import first_error
from gateway_importer.ends import GatewayEnd
from gateway_importer.errors import ImporterError, InputError
from gateway_importer.ledger.history import TRIED, UNDO
from gateway_importer.ledger.store import Ledger
from gateway_importer.pipeline.listing import Listing
from gateway_importer.pipeline.pictures import Pictures
from gateway_importer.pipeline.tags import Tags
from gateway_importer.pipeline.undo import Survey, Terms, Undo
from gateway_importer.pipeline.writer import Terms as WriterTerms
from gateway_importer.pipeline.writer import Writer
from gateway_importer.platform import Platform
from gateway_importer.report.model import Outcome, Report, RunFacts, RunRow
from gateway_importer.report.observer import Observer
from gateway_importer.report.wording import counted, moment, one_line
from gateway_importer.reporting import Ending, routes_missing, run_facts, stored_report
from gateway_importer.settings import Values

LONGEST_LINE = 400  # characters


def chosen_run(ledger: Ledger, values: Values, number: int | None) -> RunRow:
    """The run that is to be taken back: `number`, or the last one that brought products in. Raises `InputError`."""
    history = ledger.history
    row = history.last(*TRIED) if number is None else history.run(number)
    if row is None:
        which = "No run" if number is None else f"No run {number}"
        raise InputError(
            f"{which} of shop {values[options.SHOP_GUID]} is known.", "See the command history for what is."
        )
    if row.command not in TRIED:
        raise InputError(
            f"Run {row.run} took back run {row.takes_back}; it cannot be taken back itself.",
            "Run an import: it brings in what the shop shows now.",
        )
    if row.run not in history.kept():
        raise InputError(
            f"What was there before run {row.run} is no longer kept.",
            f"Runs {history.kept()[0]} to {history.kept()[-1]} can be taken back.",
        )
    gateway = next((known.gateway for known in history.runs() if known.gateway and known.run <= row.run), "")
    if gateway and gateway != values[options.GATEWAY_URL]:
        raise InputError(
            f"Run {row.run} wrote to the Gateway at {gateway}, not to {values[options.GATEWAY_URL]}.",
            "Give the GATEWAY_URL of then.",
        )
    return row


def survey_lines(of: RunRow, survey: Survey) -> Sequence[str]:
    """What taking a run back would do, for a person to decide."""
    about = f"run {of.run} ({of.command}, {moment(of.started)}, {of.state})"
    left = (
        f"{counted(survey.left, 'field')} {'stays' if survey.left == 1 else 'stay'} as they are" if survey.left else ""
    )
    if survey.nothing:
        return [f"There is nothing of {about} to be taken back.", *survey.lines, *([left + "."] if left else [])]
    did = [
        (survey.restore, "gets its former values back", "get their former values back"),
        (survey.archive, "that it made is archived", "that it made are archived"),
        (survey.revive, "that it archived comes back", "that it archived come back"),
        (survey.remake, "that it deleted is made again", "that it deleted are made again"),
    ]
    words = [f"{counted(count, 'object')} {one if count == 1 else many}" for count, one, many in did if count]
    more = survey.products - len(survey.lines)
    return [
        f"To take back {about}:",
        *(f"- {word}" for word in [*words, *([left] if left else [])]),
        *(f"  {one_line(line, LONGEST_LINE)}" for line in survey.lines),
        *([f"  and {counted(more, 'product')} more"] if more > 0 else []),
    ]


class Undoing:
    """The taking back of one run, put together. `survey` says what it would do; `run` does it; `finish` is its end."""

    def __init__(
        self, *, platform: Platform, values: Values, end: GatewayEnd, ledger: Ledger, observer: Observer, of: RunRow,
        stopping: asyncio.Event,
    ) -> None:  # fmt: skip
        self._platform = platform
        self._values = values
        self._end = end
        self._ledger = ledger
        self._observer = observer
        self._of = of
        self._stopping = stopping
        end.http.stopping = stopping
        self._started = datetime.now(UTC)
        self.number: int | None = None
        self._undo = self._assembled(0)

    def _assembled(self, run: int) -> Undo:
        values, ledger, gateway = self._values, self._ledger, self._end.gateway
        shop = ledger.meta("shop_key") or ""
        tags = Tags(gateway, ledger)
        replace = values[options.UPDATE] == "replace"
        index = values[options.INDEX_SECONDS]
        gateway.spelling = ledger.meta("route")
        self._writer = Writer(
            gateway,
            ledger,
            Pictures(None, None, ledger, self._observer, dry=False),
            tags,
            WriterTerms(
                family=self._platform.family,
                shop=shop,
                run=run,
                replace=replace,
                delete=values[options.ARCHIVE] == "delete",
                not_for_sale=False,
                settle=values[options.SETTLE_SECONDS],
                index=index,
            ),
        )
        return Undo(
            gateway,
            ledger,
            self._writer,
            Listing(gateway, ledger, tags, family=self._platform.family, shop=shop, way="none", index=index),
            self._observer,
            self._stopping,
            Terms(
                family=self._platform.family,
                shop=shop,
                of=self._of.run,
                run=run,
                replace=replace,
                width=values[options.GATEWAY_CONCURRENCY],
            ),
        )

    async def survey(self) -> Survey:
        """What would be done, before anything is."""
        await self._let_the_index_catch_up()
        return await self._undo.survey()

    async def _let_the_index_catch_up(self) -> None:
        """Until then the Gateway may show objects as they were before the last run: nothing to be taken back."""
        last = next(self._ledger.history.runs(), self._of)
        # Of a run that was killed nobody knows when; it may have been this very moment.
        index = timedelta(seconds=self._values[options.INDEX_SECONDS])
        left = ((last.ended or self._started) + index - datetime.now(UTC)).total_seconds()
        if left > 0:
            self._observer.phase(f"waiting {left:.0f} s until the Gateway shows what the last run wrote")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), min(left, index.total_seconds()))

    async def run(self) -> None:
        """Take the run back. Raises `ImporterError` for what ends it."""
        self.number, _ = self._ledger.history.begin(UNDO, takes_back=self._of.run)
        self._undo = self._assembled(self.number)
        try:
            await self._undo.execute()
        except BaseExceptionGroup as group:
            raise first_error(group) from group

    def failed(self) -> bool:
        return bool(self.number and self._ledger.outcomes.counts(self.number)[Outcome.FAILED])

    def finish(self, state: str, exit_code: int, error: ImporterError | None) -> Report:
        """The undo's end goes into the ledger; what there is to report."""
        if self.number is None:
            raise ValueError("it has not begun")
        ledger = self._ledger
        last = ledger.history.report()
        before = None if last is None else msgspec.convert(last[1], RunFacts, strict=False)
        facts = run_facts(
            ledger,
            Ending(self.number, UNDO, self._started, state, exit_code, error),
            platform=self._platform,
            values=self._values,
            hosts=self._end.http.hosts,
            shop_name=before.shop_name if before is not None else "",
            shop=before.shop if before is not None else (),
            warnings=self._warnings(),
        )
        facts = replace(facts, takes_back=self._of.run)
        ledger.history.end(self.number, state, msgspec.to_builtins(facts, str_keys=True))
        return stored_report(ledger, facts)

    def _warnings(self) -> Sequence[str]:
        said = (
            "The next import brings in what the shop shows: put right first what was wrong there, or in the settings."
        )
        return [said, *routes_missing(self._writer.missing_routes)]
