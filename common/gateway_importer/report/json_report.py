"""report.json, written row by row so that a large shop's report needs no memory."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from gateway_importer.redaction import SECRETS
from gateway_importer.report.model import HostTraffic, Outcome, OutcomeRow, Report


def write_json(report: Report, path: Path) -> None:
    """Write the report beside its place, then move it there."""
    temporary = path.with_name(path.name + ".new")
    with temporary.open("w", encoding="utf-8", errors="replace") as file:
        file.write("{\n")
        for number, (key, value) in enumerate(_sections(report)):
            file.write(",\n" if number else "")
            file.write(f"  {json.dumps(key)}: ")
            if isinstance(value, Iterator):
                _write_rows(file, value)
            else:
                file.write(_text(value))
        file.write("\n}\n")
    os.replace(temporary, path)


def _sections(report: Report) -> Iterator[tuple[str, Any]]:
    facts = report.facts
    yield "program", facts.program
    yield "run", {
        "number": facts.run, "command": facts.command, "platform": facts.platform, "state": facts.state,
        "exit_code": facts.exit_code, "started": facts.started.isoformat(), "ended": facts.ended.isoformat(),
        "seconds": round((facts.ended - facts.started).total_seconds(), 3), "gateway": facts.gateway,
        "shop_guid": facts.shop_guid, "proven": facts.proven,
    }  # fmt: skip
    yield "shop", {"name": facts.shop_name, **dict(facts.shop)}
    yield "totals", dict(facts.totals)
    yield "outcomes", {outcome.value: facts.counts.get(outcome, 0) for outcome in Outcome}
    yield "requests", requests(facts.traffic, sum(facts.counts.values()))
    yield "error", facts.error
    yield "warnings", list(facts.warnings)
    yield "audit", {"agrees": facts.audit_agrees, **dict(facts.audit)}
    yield "failures", (_failure(row) for row in report.outcomes(Outcome.FAILED))
    yield "skipped_by_rule", Counter(row.rule for row in report.outcomes(Outcome.SKIPPED))
    yield "skipped", (_ruled(row) for row in report.outcomes(Outcome.SKIPPED))
    yield "archived", (_ruled(row) for row in report.outcomes(Outcome.ARCHIVED))
    yield "notices_by_code", Counter(row.code for row in report.notices())
    yield "notices", (
        {"product": row.product, "name": row.name, "code": row.code, "text": row.text} for row in report.notices()
    )
    yield "products", (
        {"product": row.product, "outcome": outcome.value, "name": row.name, "detail": row.detail}
        for outcome in Outcome
        for row in report.outcomes(outcome)
    )
    yield "samples", [
        {"product": row.product, "name": row.name, "outcome": row.outcome.value, "payload": row.payload}
        for row in report.samples
    ]


def requests(traffic: Iterable[HostTraffic], products: int) -> dict[str, Any]:
    """What went over the wire, by host."""
    return {
        host.name: {
            "address": host.address, "total": host.requests, "by_kind": dict(host.kinds), "retries": host.retries,
            "refused": host.refused, "lost": host.lost, "bytes_in": host.bytes_in, "bytes_out": host.bytes_out,
            "per_product": round(host.requests / products, 3) if products else 0,
        }
        for host in traffic
    }  # fmt: skip


def _failure(row: OutcomeRow) -> Mapping[str, Any]:
    return {
        "product": row.product, "name": row.name, "code": row.code, "cause": row.cause, "cure": row.cure,
        "page_url": row.page_url, "detail": row.detail,
    }  # fmt: skip


def _ruled(row: OutcomeRow) -> Mapping[str, Any]:
    return {"product": row.product, "name": row.name, "rule": row.rule, "detail": row.detail}


def _write_rows(file: TextIO, rows: Iterator[Any]) -> None:
    file.write("[")
    for number, row in enumerate(rows):
        file.write(",\n    " if number else "\n    ")
        file.write(_text(row))
    file.write("\n  ]")


def _text(value: Any) -> str:
    # A lone surrogate cannot be written as UTF-8; JSON's own escape can.
    text = json.dumps(value, ensure_ascii=False)
    if any("\ud800" <= character <= "\udfff" for character in text):
        text = json.dumps(value)
    return SECRETS.redact(text)
