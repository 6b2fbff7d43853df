"""The command line that every platform's program shares."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import msgspec

from gateway_importer import __version__, logs, options
from gateway_importer.assembly import Assembly, stored_report
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
    profile_lines,
    state_folder,
    target_tree,
)
from gateway_importer.errors import DeadlineReached, ExitCode, ImporterError, InputError, Stopped, Unreachable
from gateway_importer.failures import HttpFailure
from gateway_importer.http import Host
from gateway_importer.ledger.history import PLANNED, RETRY, TRIED, UNDO
from gateway_importer.ledger.lease import Lease
from gateway_importer.ledger.lock import FolderLock
from gateway_importer.ledger.store import Ledger
from gateway_importer.platform import Platform
from gateway_importer.proof.verify import verify
from gateway_importer.redaction import SECRETS
from gateway_importer.report.export import FORMATS, export_chunks
from gateway_importer.report.files import write_report
from gateway_importer.report.metrics import Metered, serve
from gateway_importer.report.model import Outcome, Report, RunFacts, RunRow
from gateway_importer.report.observer import Observer
from gateway_importer.report.terminal import observer_for
from gateway_importer.report.text import summary_text
from gateway_importer.report.timeline import timeline
from gateway_importer.settings import Given, Setting, Values, ask_one, collect, flag, one_of
from gateway_importer.source import Finding, OpenQuestion, ShopProfile
from gateway_importer.undoing import Undoing, chosen_run, survey_lines

VERIFY = "verify"
COMMANDS = {
    "import": "bring the shop's whole catalogue into the Gateway (the default)",
    "check": "try every credential, permission and the category mapping; writes nothing",
    "preview": "the whole run without writing: what would be created, changed, archived, skipped",
    "categories": "write the first draft of the category mapping file",
    "retry": "try again what failed in the last run, and nothing else",
    "undo": "take back what the last run (or --run) made; shows what it will do, and asks",
    VERIFY: "hold what the Gateway shows against the shop's product pages (or the ledger); writes nothing",
    "report": "show the last run again",
    "history": "the runs of the shop: when, how each ended, and what became of the products",
    "export": "the outcomes of a run as CSV or as a JSON object a line, to standard output",
}
LEDGER_COMMANDS = frozenset({"report", "history", "export"})  # they ask neither the shop nor the Gateway


@dataclass(frozen=True, slots=True)
class Order:
    """An option that is no setting: it holds for one command, and for this once."""

    flag: str
    commands: frozenset[str]
    help: str
    value: str = ""
    parse: Callable[[str], Any] = str


def _run_number(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise ValueError("write the number of a run, as `history` shows it")
    return int(value)


ORDERS = (
    Order("--save", frozenset({"preview"}), "keep what would change as a plan, for import --plan", "FILE", Path),
    Order("--plan", frozenset({"import"}), "carry out this plan, and nothing else", "FILE", Path),
    Order("--run", frozenset({"export", UNDO}), "which run; else the last one", "NUMBER", _run_number),
    Order("--ledger", frozenset({VERIFY}), "hold everything against what was last sent, instead of pages"),
    Order("--yes", frozenset({UNDO}), "take it back without asking"),
    Order("--format", frozenset({"export"}), "csv (the default) or ndjson", "FORMAT", one_of(*FORMATS)),
)


def main(platform: Platform) -> NoReturn:
    """Run the program and exit with its code. No traceback that a person sees holds a secret."""
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
    command, orders, given_options = _parse(platform, settings, arguments)
    given = Given(given_options, os.environ, sys.stdin, sys.stderr)
    if command in LEDGER_COMMANDS:
        return _look_up(
            command, orders, collect([options.SHOP_GUID, options.STATE_FOLDER, options.REPORT_FOLDER], given)
        )
    if command == UNDO:  # it asks the shop nothing
        settings = [*options.GATEWAY_QUESTIONS, *options.OPTIONS]
    values = collect(settings, given)
    logs.set_up(
        values[options.LOG_LEVEL], values[options.LOG_FORMAT], shop=values[options.SHOP_GUID], platform=platform.name
    )
    values = values.with_kept(settings, kept_answers(state_folder(values)))
    return asyncio.run(_Command(platform, settings, values, given, command, orders).run())


def build_parser(platform: Platform, settings: Sequence[Setting[Any]]) -> argparse.ArgumentParser:
    """The parser; the documents' table of settings is compared with it by a test."""
    parser = argparse.ArgumentParser(
        prog=f"{platform.name}_importer",
        description=f"Brings the catalogue of a {platform.title} shop into the Gateway.",
        epilog="Every setting is also an environment variable (GATEWAY_URL for --gateway-url), and NAME_FILE names a "
        "file that holds it. Secrets are taken from the environment, from files or from prompts only.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"gateway-importer-{platform.name} {__version__}")
    lines = "; ".join(f"{name}: {meaning}" for name, meaning in COMMANDS.items())
    parser.add_argument("command", nargs="?", default="import", choices=list(COMMANDS), help=lines)
    once = parser.add_argument_group("For one command")
    for order in ORDERS:
        more: dict[str, Any] = {"metavar": order.value} if order.value else {"action": "store_const", "const": "yes"}
        text = f"{', '.join(sorted(order.commands))}: {order.help}"
        once.add_argument(order.flag, dest=order.flag, default=argparse.SUPPRESS, help=text, **more)
    groups: dict[str, Any] = {}
    for setting in settings:
        if setting.secret:
            continue
        group = groups.setdefault(setting.group, parser.add_argument_group(setting.group))
        default = f" [{setting.default}]" if setting.default is not None else ""
        text = (setting.help + default).replace("%", "%%")
        group.add_argument(setting.flag, dest=setting.name, default=argparse.SUPPRESS, metavar="VALUE", help=text)
    return parser


def _parse(
    platform: Platform, settings: Sequence[Setting[Any]], arguments: Sequence[str]
) -> tuple[str, dict[str, Any], dict[str, str]]:
    """The command, its own options by their flags, and the settings that were given."""
    found = vars(build_parser(platform, settings).parse_args(arguments))
    command = str(found.pop("command"))
    orders: dict[str, Any] = {}
    for order in ORDERS:
        text = found.pop(order.flag, None)
        if text is None:
            continue
        if command not in order.commands:
            raise InputError(
                f"{order.flag} does not belong to the command {command}.",
                f"It belongs to: {', '.join(sorted(order.commands))}. Leave it out, or give that command.",
            )
        try:
            orders[order.flag] = order.parse(text)
        except ValueError as problem:
            raise InputError(f"{order.flag} '{text}': {problem}.", "Correct it and run the command again.") from None
    return command, orders, {name: str(value) for name, value in found.items()}


def _look_up(command: str, orders: Mapping[str, Any], values: Values) -> int:
    """What the ledger knows of earlier runs."""
    folder = state_folder(values)
    with FolderLock(folder):
        ledger = Ledger(folder, identity=None)
        try:
            if command == "history":
                for line in timeline(ledger.history.runs()):
                    print(line)
                return ExitCode.WELL
            if command == "export":
                return _export(ledger, values, orders)
            return _show_report(ledger, values, folder)
        finally:
            ledger.close()


def _none_known(values: Values) -> InputError:
    return InputError(
        f"No run of shop {values[options.SHOP_GUID]} is known in {state_folder(values)}.",
        "Import first, or give the SHOP_GUID and the STATE_FOLDER of then.",
    )


def _show_report(ledger: Ledger, values: Values, folder: Path) -> int:
    last = ledger.history.report()
    if last is None:
        raise _none_known(values)
    facts = msgspec.convert(last[1], RunFacts, strict=False)
    report = stored_report(ledger, facts)
    html, _ = write_report(report, values.get(options.REPORT_FOLDER) or folder)
    print(summary_text(report, html))
    return facts.exit_code


def _export(ledger: Ledger, values: Values, orders: Mapping[str, Any]) -> int:
    history = ledger.history
    number = orders.get("--run")
    run = next(history.runs(), None) if number is None else history.run(number)
    if run is None and number is None:
        raise _none_known(values)
    kept = history.kept()
    if run is None or run.run not in kept:
        raise InputError(
            f"The outcomes of run {number} are not known.",
            f"Those of the last {len(kept)} runs are kept: {kept[0]} to {kept[-1]}. See the command history.",
        )
    if not history.whole(run.run):
        logs.say(f"Run {run.run} is an older one: its unchanged products are no longer kept.")
    rows = (row for outcome in Outcome for row in ledger.outcomes.rows(run.run, outcome))
    with contextlib.suppress(BrokenPipeError):  # `head` has seen enough
        sys.stdout.writelines(export_chunks(run.run, rows, orders.get("--format", "csv")))
        sys.stdout.flush()
    return ExitCode.WELL


@dataclass(slots=True)
class Stopping:
    """Whether a signal asked the run to end. `tell` is set while a run is under way that can end tidily."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    tell: Callable[[str], None] | None = None
    late: bool = False  # the deadline asked


@dataclass(frozen=True, slots=True)
class _Work:
    """What a command carries out between its beginning and its report."""

    run: Callable[[], Awaitable[None]]
    failed: Callable[[], int]
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
    stopping: Stopping = field(default_factory=Stopping)
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def run(self) -> int:
        """Carry the command out. Before a run is under way a signal ends it at once."""
        if self.command == RETRY and (nothing := self._nothing_failed()):
            print(nothing)
            return ExitCode.WELL
        with _signals(self.stopping):
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
            asked = Setting(setting.name, setting.parse, setting.help, question=question.question)
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

    # --- trying again ------------------------------------------------------------------------------------------

    def _nothing_failed(self) -> str:
        """A sentence where the last run leaves nothing to try again: then neither side is asked."""
        folder = state_folder(self.values)
        with FolderLock(folder):
            ledger = Ledger(folder, identity=None)
            try:
                last = ledger.history.last(*TRIED)
                if last is None:
                    raise _none_known(self.values)
                if any(ledger.history.to_retry(last.run)):
                    return ""
                return (
                    f"Nothing is to be tried again: no product failed in run {last.run} ({last.command}, {last.state})."
                )
            finally:
                ledger.close()

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
        ledger = "--ledger" in self.orders
        try:
            return await verify(self.platform, self.values, ends, profile, against_ledger=ledger, say=print)
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
                    return await self._carry_out(work, ends.http.hosts, profile.products, observer, folder)
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
        self.stopping.tell = observer.say
        try:
            with self._deadline(observer):
                await work.run()
        except Stopped as stopped:
            state, error = "stopped", self._deadline_reached() if self.stopping.late else stopped
        except ImporterError as fatal:
            state, error = "broken", fatal
        except HttpFailure as failure:
            state = "broken"
            error = Unreachable(f"One of the two sides did not answer: {failure}.", "Run the command again.")
        except asyncio.CancelledError:
            state = "stopped"
            error = Stopped("The run was stopped at once.", "Run the command again: it goes on from what was saved.")
        finally:
            self.stopping.tell = None
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

    @contextlib.contextmanager
    def _deadline(self, observer: Observer) -> Iterator[None]:
        """While the run goes on: end it tidily when its time is over."""
        given = self.values.get(options.DEADLINE)
        if given is None:
            yield
            return
        left = given - (datetime.now(UTC) - self.begun) if isinstance(given, timedelta) else given - datetime.now(UTC)

        def end() -> None:
            self.stopping.late = True
            if not self.stopping.asked.is_set():
                self.stopping.asked.set()
                observer.say("The deadline is reached: what is in flight is finished and saved.")

        timer = asyncio.get_running_loop().call_later(max(0.0, left.total_seconds()), end)
        try:
            yield
        finally:
            timer.cancel()

    def _deadline_reached(self) -> DeadlineReached:
        return DeadlineReached(
            f"The run was ended at its deadline ({self.values.texts[options.DEADLINE.name]}).",
            "Nothing, if the next run follows: it goes on from where this one ended. If no run reaches the end, give "
            "it more time, or let it read less (TRUST_DATES).",
        )

    def _publish(self, report: Report, folder: Path) -> None:
        target = self.values.get(options.REPORT_FOLDER) or folder
        if self.command == "preview" and self.values.get(options.REPORT_FOLDER) is None:
            target = folder / "preview"
        try:
            html, _ = write_report(report, target)
        except OSError as problem:
            # The import is done: a folder that cannot be written must not hide what became of it.
            logs.say(f"The report cannot be written to {target} ({problem.strerror}); it goes to {folder} instead.")
            html, _ = write_report(report, folder)
        print(SECRETS.redact(summary_text(report, html)))

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


@contextlib.contextmanager
def _signals(stopping: Stopping) -> Iterator[None]:
    """While a run is under way the first SIGINT or SIGTERM lets it end tidily; any other ends the command at once."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def stop() -> None:
        if stopping.tell is None or stopping.asked.is_set():
            if task is not None:
                task.cancel()
            return
        stopping.asked.set()
        stopping.tell("Stopping: what is in flight is finished and saved. A second signal stops at once.")

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
