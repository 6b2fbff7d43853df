"""The commands that only look into the ledger: report, history, export. They ask neither the shop nor the Gateway, and
may be given while a run is under way."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from gateway_importer import logs, options
from gateway_importer.ends import state_folder
from gateway_importer.errors import ExitCode, InputError
from gateway_importer.ledger.history import TRIED
from gateway_importer.ledger.store import Ledger
from gateway_importer.report.export import export_chunks
from gateway_importer.report.files import write_report
from gateway_importer.report.model import Outcome, RunFacts
from gateway_importer.report.text import summary_text
from gateway_importer.report.timeline import timeline
from gateway_importer.reporting import stored_report
from gateway_importer.settings import Values


def look_up(command: str, orders: Mapping[str, Any], values: Values) -> int:
    """What the ledger knows of earlier runs."""
    folder = state_folder(values)
    ledger = Ledger(folder, identity=None, reading=True)
    try:
        if command == "history":
            under_way = ledger.in_use()
            runs = (
                row if row.state != "running" or under_way else replace(row, state="killed")
                for row in ledger.history.runs()
            )
            for line in timeline(runs):
                print(line)
            return ExitCode.WELL
        if command == "export":
            return _export(ledger, values, orders)
        return _show_report(ledger, values, folder)
    finally:
        ledger.close()


def nothing_failed(values: Values) -> str:
    """A sentence where the last run leaves nothing to try again: then neither side has to be asked."""
    ledger = Ledger(state_folder(values), identity=None, reading=True)
    try:
        last = ledger.history.last(*TRIED)
        if last is None:
            raise none_known(values)
        if any(ledger.history.to_retry(last.run)):
            return ""
        return f"Nothing is to be tried again: no product failed in run {last.run} ({last.command}, {last.state})."
    finally:
        ledger.close()


def none_known(values: Values) -> InputError:
    return InputError(
        f"No run of shop {values[options.SHOP_GUID]} is known in {state_folder(values)}.",
        "Import first, or give the SHOP_GUID and the STATE_FOLDER of then.",
    )


def _show_report(ledger: Ledger, values: Values, folder: Path) -> int:
    last = ledger.history.report()
    if last is None:
        raise none_known(values)
    facts = msgspec.convert(last[1], RunFacts, strict=False)
    report = stored_report(ledger, facts)
    html, _ = write_report(report, values.get(options.REPORT_FOLDER) or folder)
    print(summary_text(report, html))
    return facts.exit_code


def _export(ledger: Ledger, values: Values, orders: Mapping[str, Any]) -> int:
    history = ledger.history
    number = orders.get("--run")
    ended = (row for row in history.runs() if row.ended is not None or not ledger.in_use())
    run = next(ended, None) if number is None else history.run(number)
    if run is None and number is None:
        raise none_known(values)
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
