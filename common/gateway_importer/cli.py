"""The command line that every platform's program shares."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from gateway_importer import logs, options
from gateway_importer.arguments import LEDGER_COMMANDS, VERIFY, parse
from gateway_importer.assembly import Assembly
from gateway_importer.categories import write_draft
from gateway_importer.checking import Check
from gateway_importer.ends import (
    Ends,
    category_file,
    category_map,
    identity,
    image_way,
    keep_answer,
    kept_answers,
    open_ends,
    open_gateway,
    open_shop,
    profile_lines,
    state_folder,
    target_tree,
)
from gateway_importer.errors import ExitCode, ImporterError, InputError, Stopped, Unreachable
from gateway_importer.failures import HttpFailure
from gateway_importer.http import Host
from gateway_importer.ledger.history import PLANNED, RETRY, UNDO
from gateway_importer.ledger.lease import Lease
from gateway_importer.ledger.lock import FolderLock
from gateway_importer.ledger.store import Ledger
from gateway_importer.looking_up import look_up, nothing_failed
from gateway_importer.platform import OwnCommand, Platform
from gateway_importer.proof.verify import verify
from gateway_importer.redaction import SECRETS
from gateway_importer.report.digest import digest_of
from gateway_importer.report.files import write_report
from gateway_importer.report.metrics import Metered, serve
from gateway_importer.report.model import Report, RunRow
from gateway_importer.report.terminal import observer_for
from gateway_importer.report.text import summary_text
from gateway_importer.settings import Given, Setting, Values, among, ask_one, collect, flag
from gateway_importer.source import Finding, OpenQuestion, ShopProfile
from gateway_importer.stopping import Stopping, signals
from gateway_importer.undoing import Undoing, chosen_run, survey_lines

#: Allocations between two looks of the collector at the young, and how many of those make one at the older ones. A
#: product is hundreds of values that die with it, hardly ever in a circle: to look for circles as often as by default
#: costs a tenth of what reading a large offer costs.
COLLECTED = (10_000, 20, 50)


def main(platform: Platform) -> NoReturn:
    """Run the program and exit with its code. No traceback that a person sees holds a secret."""
    gc.set_threshold(*COLLECTED)
    # While questions are asked there is no event loop yet; as a container's first process SIGTERM would be ignored.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = _run(platform, sys.argv[1:])
    except ImporterError as error:
        logs.say(error.paragraph())
        code = error.exit_code
    except KeyboardInterrupt:
        logs.say("Stopped at once. Run the command again: it goes on from what was saved.")
        code = ExitCode.UNREACHABLE
    except Exception:  # noqa: BLE001 - the last line of defence: nobody may see a traceback with a secret
        logs.say(traceback.format_exc())
        logs.say("That is a mistake of this program. What was done is kept. Send the lines above to its makers.")
        code = ExitCode.BUG
    sys.stdout.flush()
    sys.exit(code)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _run(platform: Platform, arguments: Sequence[str]) -> int:
    settings: list[Setting[Any]] = [
        *options.GATEWAY_QUESTIONS,
        *platform.questions,
        *options.OPTIONS,
        *platform.settings,
    ]
    command, orders, given_options = parse(platform, settings, arguments)
    given = Given(given_options, os.environ, sys.stdin, sys.stderr)
    if command in LEDGER_COMMANDS:
        return look_up(
            command, orders, collect([options.SHOP_GUID, options.STATE_FOLDER, options.REPORT_FOLDER], given)
        )
    own = next((one for one in platform.commands if one.name == command), None)
    if own is not None:
        asked: list[Setting[Any]] = [options.SHOP_GUID, *options.OPTIONS, *platform.questions, *platform.settings]
        return asyncio.run(_carry_out_own(platform, own, collect(asked, given)))
    if command == UNDO:  # it asks the shop nothing
        settings = [*options.GATEWAY_QUESTIONS, *options.OPTIONS]
    values = collect(settings, given)
    logs.set_up(
        values[options.LOG_LEVEL], values[options.LOG_FORMAT], shop=values[options.SHOP_GUID], platform=platform.name
    )
    values = values.with_kept(settings, kept_answers(state_folder(values)))
    return asyncio.run(_Command(platform, settings, values, given, command, orders).run())


async def _carry_out_own(platform: Platform, command: OwnCommand, values: Values) -> int:
    logs.set_up(
        values[options.LOG_LEVEL], values[options.LOG_FORMAT], shop=values[options.SHOP_GUID], platform=platform.name
    )
    async with open_shop(platform, values) as http:
        print(SECRETS.redact(await command.run(values, http)))
    return ExitCode.WELL


@dataclass(frozen=True, slots=True)
class _Work:
    """What a command carries out between its beginning and its report."""

    run: Callable[[], Awaitable[None]]
    failed: Callable[[], bool]
    finish: Callable[[str, int, ImporterError | None], Report]


@dataclass(slots=True)
class _Command:
    """One command, from the answers to its exit code."""

    platform: Platform
    settings: Sequence[Setting[Any]]
    values: Values
    given: Given
    command: str
    orders: Mapping[str, Any]
    stopping: Stopping = field(init=False)

    def __post_init__(self) -> None:
        self.stopping = Stopping(self.values.get(options.DEADLINE), self.values.texts.get(options.DEADLINE.name, ""))

    async def run(self) -> int:
        """Carry the command out. Before a run is under way a signal ends it at once."""
        if self.command == RETRY and (nothing := nothing_failed(self.values)):
            print(nothing)
            return ExitCode.WELL
        with signals(self.stopping):
            try:
                return await self._run()
            except asyncio.CancelledError:
                raise Stopped("The run was stopped at once.", "Run the command again.") from None

    async def _run(self) -> int:
        if self.command == UNDO:
            return await self._undo()
        async with open_ends(self.platform, self.values) as ends:
            if self.command == "check":
                return _tell(await Check(ends, self.values).findings())
            if self.command == "categories":
                return await self._categories(ends)
            await ends.gateway.try_access()
            profile = await ends.source.profile()
            if not profile.questions:
                self._introduce(profile)
                return await self._import_or_verify(ends, profile)
        self._answer(profile.questions)
        async with open_ends(self.platform, self.values) as ends:
            profile = await ends.source.profile()
            self._introduce(profile)
            return await self._import_or_verify(ends, profile)

    # --- questions that hang on what the shop answers ----------------------------------------------------------

    def _answer(self, questions: Sequence[OpenQuestion]) -> None:
        by_name = {setting.name: setting for setting in self.settings}
        if not self.given.stdin.isatty():
            lines = [
                f"{question.setting}: {question.question} {question.why} "
                + "; ".join(f"{word} = {meaning}" for word, meaning in question.choices)
                for question in questions
            ]
            names = ", ".join(f"{question.setting}=…" for question in questions)
            raise InputError(
                "The shop leaves open what only a person can say. Nothing was written.\n" + "\n".join(lines),
                f"Set {names} and run the command again.",
            )
        folder = state_folder(self.values)
        answers: dict[str, str] = {}
        for question in questions:
            print(question.why, file=self.given.stderr)
            for word, meaning in question.choices:
                print(f"  {word}: {meaning}", file=self.given.stderr)
            setting = by_name[question.setting]
            words = [word for word, _ in question.choices]
            reads = among(setting.parse, words) if question.closed else setting.parse
            asked = Setting(setting.name, reads, setting.help, question=question.question)
            answers[setting.name] = ask_one(asked, self.given)
            keep_answer(folder, setting.name, answers[setting.name])
        self.values = self.values.with_kept(self.settings, answers)

    def _introduce(self, profile: ShopProfile) -> None:
        gateway = self.values[options.GATEWAY_URL]
        lines = [f"{label + ':':<24}{text}" for label, text in profile_lines(profile)]
        lines.append(f"{'Gateway:':<24}{gateway}, shop {self.values[options.SHOP_GUID]}")
        if gateway == options.DEVELOPMENT_GATEWAY and not self.values.given(options.GATEWAY_URL):
            lines.append("Warning: this is the development Gateway, by default; set GATEWAY_URL for another.")
        lines += [f"Warning: {warning}" for warning in profile.warnings]
        if profile.proven:
            lines.append(f"This program is {profile.proven}.")
        logs.say("\n".join(lines))

    # --- taking back a run ---------------------------------------------------------------------------------------

    async def _undo(self) -> int:
        folder = state_folder(self.values)
        async with open_gateway(self.platform, self.values) as end:
            await end.gateway.try_access()
            with FolderLock(folder):
                ledger = Ledger(folder, identity=None)
                try:
                    observer = self._observer()
                    of = chosen_run(ledger, self.values, self.orders.get("--run"))
                    undoing = Undoing(
                        platform=self.platform, values=self.values, end=end, ledger=ledger, observer=observer, of=of,
                        stopping=self.stopping.asked,
                    )  # fmt: skip
                    survey = await undoing.survey()
                    print(SECRETS.redact("\n".join(survey_lines(of, survey))))
                    if survey.nothing:
                        return ExitCode.WELL
                    self._confirm(of)
                    work = _Work(undoing.run, undoing.failed, undoing.finish)
                    async with Lease(ledger.file).held(self.stopping.asked.set):
                        return await self._carry_out(work, end.http.hosts, None, observer, folder)
                finally:
                    ledger.close()

    def _confirm(self, of: RunRow) -> None:
        """Raises `InputError` unless a person says yes, or has said so before."""
        if self.orders.get("--yes"):
            return
        sure = Setting("YES", flag, "", question=f"Take back run {of.run} (yes or no)?")
        if not self.given.stdin.isatty() or not ask_one(sure, self.given):
            raise InputError(
                f"Run {of.run} was not taken back: nobody said yes. Nothing was written.",
                "Give --yes once what is shown above is right.",
            )

    # --- import and preview ------------------------------------------------------------------------------------

    async def _import_or_verify(self, ends: Ends, profile: ShopProfile) -> int:
        if self.command != VERIFY:
            return await self._import(ends, profile)
        ledger, asked = "--ledger" in self.orders, self.stopping.asked
        try:
            with self.stopping.tidily(logs.say):
                return await verify(
                    self.platform, self.values, ends, profile, against_ledger=ledger, say=print, stopping=asked
                )
        except Stopped as stopped:
            raise self.stopping.reason(stopped) from None
        except HttpFailure as failure:
            cure = "Run the command again."
            raise Unreachable(f"One of the two sides did not answer: {failure}.", cure) from failure

    async def _import(self, ends: Ends, profile: ShopProfile) -> int:
        folder = state_folder(self.values)
        with FolderLock(folder):
            categories = await category_map(ends, self.values)
            ledger = Ledger(
                folder,
                identity=identity(self.platform, self.values, profile),
                accept_change=self.values[options.ACCEPT_CHANGE],
                dry=self.command == "preview",
            )
            try:
                async with contextlib.AsyncExitStack() as stack:
                    if self.command != "preview":
                        await stack.enter_async_context(Lease(ledger.file).held(self.stopping.asked.set))
                    way = image_way(ends, self.values, folder / "spool")
                    if isinstance(way, contextlib.AbstractAsyncContextManager):
                        await stack.enter_async_context(way)
                    observer = stack.enter_context(self._watched())
                    plan = self.orders.get("--plan")
                    assembly = Assembly(
                        platform=self.platform,
                        values=self.values,
                        ends=ends,
                        profile=profile,
                        categories=categories,
                        ledger=ledger,
                        observer=observer,
                        way=way,
                        command=PLANNED if plan is not None else self.command,
                        stopping=self.stopping.asked,
                        save=self.orders.get("--save"),
                        plan=plan,
                    )
                    logs.CONTEXT["run"] = str(assembly.number)
                    work = _Work(assembly.run, assembly.failed, assembly.finish)
                    # Of a plan, or of what failed, the shop's whole number is no measure.
                    chosen = plan is not None or self.command == RETRY
                    products = None if chosen else profile.products
                    return await self._carry_out(work, ends.http.hosts, products, observer, folder)
            finally:
                ledger.close()

    def _observer(self) -> Metered:
        return Metered(observer_for(sys.stderr), platform=self.platform.name, shop=self.values[options.SHOP_GUID])

    @contextlib.contextmanager
    def _watched(self) -> Iterator[Metered]:
        """The observer of a run, and who may scrape it while it goes on."""
        observer = self._observer()
        listen = self.values.get(options.METRICS_LISTEN)
        stop = None if listen is None else serve(observer.registry, listen)
        try:
            yield observer
        finally:
            if stop is not None:
                stop()

    async def _carry_out(
        self, work: _Work, hosts: Sequence[Host], products: int | None, observer: Metered, folder: Path
    ) -> int:
        observer.started(products=products, hosts=hosts)
        error: ImporterError | None = None
        state = "complete"
        try:
            with self.stopping.tidily(observer.say):
                await work.run()
        except Stopped as stopped:
            state, error = "stopped", self.stopping.reason(stopped)
        except ImporterError as fatal:
            state, error = "broken", fatal
        except HttpFailure as failure:
            state = "broken"
            error = Unreachable(f"One of the two sides did not answer: {failure}.", "Run the command again.")
        except asyncio.CancelledError:
            state = "stopped"
            error = Stopped("The run was stopped at once.", "Run the command again: it goes on from what was saved.")
        finally:
            observer.ended()
        code = error.exit_code if error is not None else ExitCode.WELL
        if error is None and work.failed():
            code = ExitCode.SOME_FAILED
        report = work.finish(state, code, error)
        self._publish(report, folder)
        target = self.values.get(options.METRICS_FILE)
        try:
            observer.finish(report, target)
        except OSError as problem:
            logs.say(f"The metrics cannot be written to {target} ({problem.strerror}).")
        return code

    def _publish(self, report: Report, folder: Path) -> None:
        target = self.values.get(options.REPORT_FOLDER) or folder
        if self.command == "preview" and self.values.get(options.REPORT_FOLDER) is None:
            target = folder / "preview"
        digest = digest_of(report)
        try:
            html, _ = write_report(report, target, digest)
        except OSError as problem:
            # The import is done: a folder that cannot be written must not hide what became of it.
            logs.say(f"The report cannot be written to {target} ({problem.strerror}); it goes to {folder} instead.")
            html, _ = write_report(report, folder, digest)
        print(SECRETS.redact(summary_text(report, html, digest)))

    # --- categories --------------------------------------------------------------------------------------------

    async def _categories(self, ends: Ends) -> int:
        await ends.gateway.try_access()
        path = category_file(self.values)
        path.parent.mkdir(parents=True, exist_ok=True)
        summary = write_draft(
            path, await ends.source.categories(), await target_tree(ends.gateway), await ends.source.category_counts()
        )
        print(f"{path}: {summary.rows} categories, {summary.filled} of them mapped.")
        print("Fill in the empty rows with a path such as 'Woman > Clothing > Shirts', IGNORE or LEAVE OUT.")
        return ExitCode.WELL


def _tell(findings: Sequence[Finding]) -> int:
    """Print what a check found; its exit code."""
    for finding in findings:
        line = f"{finding.level.upper():<8}{finding.subject}: {finding.text}"
        print(SECRETS.redact(line + (f"\n        What to do: {finding.cure}" if finding.cure else "")))
    wrong = sum(1 for finding in findings if finding.level == "error")
    print("Everything is in order." if not wrong else f"To be put right: {wrong}.")
    return ExitCode.INPUT if wrong else ExitCode.WELL
