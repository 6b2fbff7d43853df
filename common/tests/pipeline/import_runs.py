"""Runs of the importer from a made-up shop into a sandbox, put together as the command line does it."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from gateway_importer import options
from gateway_importer.assembly import Assembly
from gateway_importer.ends import category_map, identity, image_way, open_ends, open_gateway, state_folder
from gateway_importer.errors import ImporterError, Stopped, Unreachable
from gateway_importer.failures import HttpFailure
from gateway_importer.http import Host, Http
from gateway_importer.ledger.file import remove_database
from gateway_importer.ledger.history import PLANNED
from gateway_importer.ledger.lock import FolderLock
from gateway_importer.ledger.store import FILE, Ledger
from gateway_importer.pipeline.undo import Survey
from gateway_importer.platform import Platform
from gateway_importer.report.files import write_report
from gateway_importer.report.model import NoticeRow, Outcome, OutcomeRow, Report
from gateway_importer.sandbox import DEMO_SHOP_GUID, DEMO_SIGNING_KEY, Fault, RequestRecord, Sandbox
from gateway_importer.sandbox.products import gross_price
from gateway_importer.settings import Given, Values, collect
from gateway_importer.source import Source
from gateway_importer.undoing import Undoing, chosen_run
from made_up_shop import MadeUpShop

TEST_TIMES = {"SETTLE_SECONDS": "0.4", "INDEX_SECONDS": "0.4", "FIRST_PAUSE": "0.01", "TRIES": "3", "PATIENCE": "0"}


class Watcher:
    """An observer that calls back after every product."""

    def __init__(self, after_product: Callable[[int], None]) -> None:
        self.products = 0
        self.lines: list[str] = []
        self._after_product = after_product

    def started(self, *, products: int | None, hosts: Sequence[Host]) -> None:
        pass

    def phase(self, text: str) -> None:
        self.lines.append(text)

    def product(self, outcome: Outcome) -> None:
        self.products += 1
        self._after_product(self.products)

    def image(self, size: int) -> None:
        pass

    def say(self, text: str) -> None:
        self.lines.append(text)

    def ended(self) -> None:
        pass


@dataclass
class Run:
    """What became of one run."""

    report: Report
    error: ImporterError | None
    rows: dict[str, OutcomeRow]
    notices: list[NoticeRow]
    texts: str  # of both files of the report
    compared: dict[str, Any] | None = None  # with the run before; products by their ids

    @property
    def outcomes(self) -> dict[str, str]:
        """Product to its outcome."""
        return {product: row.outcome.value for product, row in self.rows.items()}

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter(self.outcomes.values()))

    @property
    def warnings(self) -> str:
        return "\n".join(self.report.facts.warnings)

    def notices_of(self, product: int) -> list[str]:
        return [row.code for row in self.notices if row.product == str(product)]


@dataclass
class Undone(Run):
    """What became of one taking back, and what it had said that it would do."""

    survey: Survey = field(default_factory=Survey)


def _compared(report: Report) -> dict[str, Any] | None:
    before = report.compared
    if before is None:
        return None
    return {
        "run": before.run,
        "dearer": [(row.product, row.was, row.now, row.variants) for row in before.dearer()],
        "cheaper": [(row.product, row.was, row.now, row.variants) for row in before.cheaper()],
        "left_out": [row.product for row in before.left_out()],
        "new_failures": [row.product for row in before.new_failures()],
        "gone_failures": [row.product for row in before.gone_failures()],
    }


@dataclass
class World:
    """A shop, a Gateway and a state folder; `run` imports once."""

    shop: MadeUpShop
    sandbox: Sandbox
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    async def run(self, *, stop_after: int | None = None, cancel_after: int | None = None, command: str = "import",
                  within: float = 20.0, save: Path | None = None, plan: Path | None = None, **settings: str) -> Run:  # fmt: skip
        """Import once. `stop_after` so many products the run is asked to stop, `cancel_after` it is ended at
        once; one that takes longer than `within` seconds hangs, and fails the test."""
        task = asyncio.ensure_future(self._run(stop_after, cancel_after, command, settings, save, plan))
        done, _ = await asyncio.wait({task}, timeout=within)
        if not done:
            task.cancel()
            await asyncio.wait({task})
            raise AssertionError(f"the run had not ended after {within} s")
        return task.result()

    async def run_killed(self, fault: Fault, **settings: str) -> Run | None:
        """Import until `fault` meets a request, and die there as by SIGKILL: what the ledger holds at that moment is
        what the next run finds, whatever the tasks still wrote while they were ended. The whole run where the fault
        met none."""
        hits = len(self.sandbox.fault_hits)
        self.sandbox.faults.append(fault)
        task = asyncio.ensure_future(self._run(None, None, "import", settings))
        try:
            while len(self.sandbox.fault_hits) == hits:
                if task.done():
                    return task.result()
                await asyncio.sleep(0.001)
            folder = state_folder(self.values(**settings))
            found = {file: file.read_bytes() for file in folder.glob(f"{FILE}*") if not file.name.endswith("-shm")}
            task.cancel()
            await asyncio.wait({task})
            remove_database(folder / FILE)
            for file, content in found.items():
                file.write_bytes(content)
            return None
        finally:
            self.sandbox.faults.remove(fault)

    def lose_the_ledger(self) -> None:
        """Nothing is left of the state folder."""
        shutil.rmtree(state_folder(self.values()), ignore_errors=True)

    def values(self, **settings: str) -> Values:
        given = {
            "TOKEN_SIGNING_KEY": DEMO_SIGNING_KEY,
            "SHOP_GUID": DEMO_SHOP_GUID,
            "GATEWAY_URL": self.sandbox.url,
            "STATE_FOLDER": str(self.folder),
            **TEST_TIMES,
            **self.settings,
            **settings,
        }
        return collect([*options.GATEWAY_QUESTIONS, *options.OPTIONS], Given({}, given))

    def ledger(self) -> Ledger:
        """The ledger as it lies there between two runs."""
        return Ledger(state_folder(self.values()), identity=None)

    async def _run(
        self,
        stop_after: int | None,
        cancel_after: int | None,
        command: str,
        settings: dict[str, str],
        save: Path | None = None,
        plan: Path | None = None,
    ) -> Run:
        values = self.values(**settings)
        platform = Platform("made-up", "Made-up", "made-up", (), (), self._open_source)
        folder = state_folder(values)
        stopping = asyncio.Event()
        task = asyncio.current_task()

        def after_product(number: int) -> None:
            if stop_after is not None and number >= stop_after:
                stopping.set()
            if cancel_after is not None and number == cancel_after and task is not None:
                task.cancel()

        async with open_ends(platform, values) as ends:
            profile = await ends.source.profile()
            with FolderLock(folder):
                categories = await category_map(ends, values)
                ledger = Ledger(
                    folder,
                    identity=identity(platform, values, profile),
                    accept_change=values[options.ACCEPT_CHANGE],
                    dry=command == "preview",
                )
                try:
                    async with AsyncExitStack():
                        assembly = Assembly(
                            platform=platform,
                            values=values,
                            ends=ends,
                            profile=profile,
                            categories=categories,
                            ledger=ledger,
                            observer=Watcher(after_product),
                            way=image_way(ends, values, folder / "spool"),
                            command=command if plan is None else PLANNED,
                            stopping=stopping,
                            save=save,
                            plan=plan,
                        )
                        return await self._carried_out(assembly.run, assembly.finish, ledger)
                finally:
                    ledger.close()

    async def _carried_out(
        self, work: Callable[[], Awaitable[None]], finish: Callable[[str, int, ImporterError | None], Report],
        ledger: Ledger,
    ) -> Run:  # fmt: skip
        error: ImporterError | None = None
        state = "complete"
        try:
            await work()
        except Stopped as stopped:
            state, error = "stopped", stopped
        except ImporterError as fatal:
            state, error = "broken", fatal
        except HttpFailure as failure:
            state, error = "broken", Unreachable(str(failure), "Run the command again.")
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None:
                task.uncancel()
            state, error = "stopped", Stopped("at once", "again")
        report = finish(state, error.exit_code if error else 0, error)
        html, told = write_report(report, ledger.folder / "report")
        run = report.facts.run
        rows = {row.product: row for outcome in Outcome for row in ledger.outcomes.rows(run, outcome)}
        texts = html.read_text("utf-8") + told.read_text("utf-8")
        return Run(report, error, rows, list(ledger.outcomes.notices(run)), texts, _compared(report))

    async def undo(self, number: int | None = None, *, cancel_after: int | None = None, **settings: str) -> Undone:
        """Take back a run: the last one, or `number`. Raises `ImporterError` where it is refused."""
        values = self.values(**settings)
        platform = Platform("made-up", "Made-up", "made-up", (), (), self._open_source)
        task = asyncio.current_task()

        def after_product(done: int) -> None:
            if done == cancel_after and task is not None:
                task.cancel()

        async with open_gateway(platform, values) as end:
            with FolderLock(state_folder(values)):
                ledger = Ledger(state_folder(values), identity=None)
                try:
                    undoing = Undoing(
                        platform=platform, values=values, end=end, ledger=ledger, observer=Watcher(after_product),
                        of=chosen_run(ledger, values, number), stopping=asyncio.Event(),
                    )  # fmt: skip
                    survey = await undoing.survey()
                    run = await self._carried_out(undoing.run, undoing.finish, ledger)
                    return Undone(run.report, run.error, run.rows, run.notices, run.texts, survey=survey)
                finally:
                    ledger.close()

    def _open_source(self, values: Values, http: Http) -> Source:
        return self.shop

    # --- what the Gateway holds --------------------------------------------------------------------------------

    def objects(self, *, archived: bool | None = False) -> list[dict[str, Any]]:
        return self.sandbox.products(DEMO_SHOP_GUID, archived=archived)

    def by_sku(self, *, archived: bool | None = False) -> dict[str, dict[str, Any]]:
        """SKU to object; fails where two objects carry one SKU."""
        found = {str(made["product"]["sku"]): made for made in self.objects(archived=archived)}
        assert len(found) == len(self.objects(archived=archived)), sorted(self.skus())
        return found

    def skus(self, *, archived: bool | None = False) -> list[str]:
        """The SKU of every object, doubled ones too."""
        return sorted(str(made["product"]["sku"]) for made in self.objects(archived=archived))

    def gross(self, sku: str) -> Decimal:
        return gross_price(self.by_sku()[sku]["product"])

    def variant_tags(self) -> dict[str, str]:
        """Name to guid of the shop's variant tags."""
        return {
            str(tag["name"]): str(tag["guid"]) for tag in self.sandbox.tags(DEMO_SHOP_GUID) if tag["type"] == "variant"
        }

    def tags_of(self, sku: str) -> list[str]:
        """Names of the shop's own tags that an object carries."""
        names = {str(tag["guid"]): str(tag["name"]) for tag in self.sandbox.tags(DEMO_SHOP_GUID)}
        return [names[guid] for guid in self.by_sku()[sku]["product"]["tag_guids"] if guid in names]

    def writes(self) -> list[RequestRecord]:
        """The requests since the log was last reset that change anything."""
        return [
            request
            for request in self.sandbox.requests
            if request.method != "GET" and not request.path.endswith("/_query")
        ]

    def posts(self) -> list[RequestRecord]:
        return [request for request in self.writes() if request.method == "POST" and request.path.endswith("/products")]
