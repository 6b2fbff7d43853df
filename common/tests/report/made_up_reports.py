"""Runs that never were, to write reports about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway_importer.report.model import (
    HostTraffic,
    NoticeRow,
    Outcome,
    OutcomeRow,
    Report,
    RunFacts,
    SampleRow,
)

STARTED = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)


def row(product: int | str, outcome: Outcome, name: str = "", **more: Any) -> OutcomeRow:
    return OutcomeRow(str(product), name or f"Kubek nr {product}", outcome, **more)


def failure(product: int | str, name: str = "", **more: Any) -> OutcomeRow:
    told = {
        "code": "no_name",
        "cause": "It has no name in any language.",
        "cure": "Give it a name in the shop.",
        **more,
    }
    return row(product, Outcome.FAILED, name, **told)


def facts(counts: dict[Outcome, int] | None = None, **changes: Any) -> RunFacts:
    return replace(
        RunFacts(
            run=3,
            command="import",
            platform="PrestaShop",
            program="prestashop-importer 1.0",
            started=STARTED,
            ended=STARTED + timedelta(seconds=92),
            state="complete",
            exit_code=0,
            gateway="https://gateway.example",
            shop_guid="6f1c0a52-3a0b-4c77-9f51-7c1d1f1a2b3c",
            shop_name="Sklep Łąka",
            shop=(("Shop", "Sklep Łąka (laka.example/sklep)"), ("Version", "8.1.3"), ("Language", "pl")),
            counts=counts or {},
            totals={"variants": 2111, "images_transferred": 1840, "image_bytes": 96_200_000},
            traffic=(
                HostTraffic("shop", "https://laka.example", {"products": 13, "picture": 1840}, 2, 1, 0, 99_000_000, 0),
                HostTraffic(
                    "Gateway",
                    "https://gateway.example",
                    {"product": 612, "tag": 300},
                    0,
                    3,
                    1,
                    812_000,
                    4_100_000,
                ),
            ),
        ),
        **changes,
    )


def report(
    rows: Sequence[OutcomeRow],
    notices: Sequence[NoticeRow] = (),
    samples: Sequence[SampleRow] = (),
    **changes: Any,
) -> Report:
    """A report of `rows`; its counts are theirs unless `changes` to the facts say otherwise."""
    counts = Counter(one.outcome for one in rows)
    return Report(
        facts=facts(**{"counts": dict(counts), **changes}),
        outcomes=lambda outcome: iter([one for one in rows if one.outcome is outcome]),
        notices=lambda: iter(notices),
        samples=tuple(samples),
    )
