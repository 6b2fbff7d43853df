"""What there is to report of a run: its frame as it ends, and what the ledger keeps of its products."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateway_importer import __version__, options
from gateway_importer.errors import ImporterError
from gateway_importer.http import Host
from gateway_importer.ledger.store import Ledger
from gateway_importer.platform import Platform
from gateway_importer.redaction import SECRETS
from gateway_importer.report.model import Comparison, HostTraffic, Report, RunFacts
from gateway_importer.settings import Values


def program(platform: Platform) -> str:
    return f"gateway-importer-{platform.name} {__version__}"


@dataclass(frozen=True, slots=True)
class Ending:
    """Which run it was, and how it ended."""

    run: int
    command: str
    started: datetime
    state: str
    exit_code: int
    error: ImporterError | None


def run_facts(
    ledger: Ledger,
    ending: Ending,
    *,
    platform: Platform,
    values: Values,
    hosts: Sequence[Host],
    shop_name: str,
    shop: tuple[tuple[str, str], ...],
    warnings: Sequence[str],
    totals: Mapping[str, int] | None = None,
) -> RunFacts:
    """The frame of a run's report, as it ends now."""
    return RunFacts(
        run=ending.run,
        command=ending.command,
        platform=platform.title,
        program=program(platform),
        started=ending.started,
        ended=datetime.now(UTC),
        state=ending.state,
        exit_code=ending.exit_code,
        gateway=values[options.GATEWAY_URL],
        shop_guid=values[options.SHOP_GUID],
        shop_name=shop_name,
        shop=shop,
        counts=ledger.outcomes.counts(ending.run),
        totals=totals or {},
        traffic=tuple(traffic_of(host) for host in hosts if host.traffic.requests),
        warnings=tuple(SECRETS.redact(text) for text in warnings),
        error=SECRETS.redact(ending.error.paragraph()) if ending.error is not None else "",
    )


def routes_missing(routes: Iterable[str]) -> list[str]:
    """A sentence for each route that the Gateway turned out not to have."""
    return [f"The Gateway has no route {route}: see UPDATE=replace and ARCHIVE=delete." for route in sorted(routes)]


def stored_report(ledger: Ledger, facts: RunFacts, samples: tuple[Any, ...] = ()) -> Report:
    return Report(
        facts=facts,
        outcomes=lambda outcome: ledger.outcomes.rows(facts.run, outcome),
        notices=lambda: ledger.outcomes.notices(facts.run),
        samples=samples,
        compared=_compared(ledger, facts),
    )


def _compared(ledger: Ledger, facts: RunFacts) -> Comparison | None:
    history, run = ledger.history, facts.run
    number = history.before(run) if facts.command in {"import", "preview"} else None
    before = None if number is None else history.run(number)
    if before is None:
        return None
    return Comparison(
        run=before.run,
        started=before.started,
        dearer=lambda: history.prices(run, dearer=True),
        cheaper=lambda: history.prices(run, dearer=False),
        left_out=lambda: history.left_out(run, before.run),
        new_failures=lambda: history.new_failures(run, before.run),
        gone_failures=lambda: history.gone_failures(run, before.run),
    )


def traffic_of(host: Host) -> HostTraffic:
    traffic = host.traffic
    return HostTraffic(
        name=host.name,
        address=host.base,
        kinds=dict(traffic.requests),
        retries=traffic.retries,
        refused=traffic.refused,
        lost=traffic.lost,
        bytes_in=traffic.bytes_in,
        bytes_out=traffic.bytes_out,
        floor=host.pace.floor,
    )
