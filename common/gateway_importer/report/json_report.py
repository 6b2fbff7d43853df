"""The run as JSON for programs, written row by row: a shop of any size needs no more memory than a small one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from gateway_importer.report.digest import Compared, Digest, digest_of
from gateway_importer.report.model import HostTraffic, Outcome, OutcomeRow, PriceRow, Report, RunFacts, SampleRow
from gateway_importer.report.verdict import in_shop, verdict
from gateway_importer.report.wording import cleaned, exit_meaning

# Amounts stay exact: a float would turn the net of a price into another number.
_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_LISTS = ("dearer", "cheaper", "left_out", "new_failures", "gone_failures")


def json_chunks(report: Report, digest: Digest | None = None) -> Iterator[str]:
    """The text of report.json, piece by piece. Lists have one row a line, for `grep` and `diff`."""
    digest = digest or digest_of(report)
    facts = report.facts
    notices = (
        {"product": row.product, "name": row.name, "code": row.code, "text": row.text} for row in report.notices()
    )
    yield "{\n"
    yield _member("program", facts.program)
    yield _member("run", _run(facts))
    yield _member("shop", {"name": facts.shop_name, "facts": dict(facts.shop)})
    yield _member("totals", facts.totals)
    yield _member("outcomes", {outcome.value: facts.counts.get(outcome, 0) for outcome in Outcome})
    yield _member("requests", _requests(facts))
    yield from _rows("failures", map(_failure, report.outcomes(Outcome.FAILED)))
    yield _member("skipped_by_rule", digest.skipped_by_rule)
    yield from _rows("skipped", map(_ruled, report.outcomes(Outcome.SKIPPED)))
    yield from _rows("archived", map(_ruled, report.outcomes(Outcome.ARCHIVED)))
    yield _member("notices_by_code", digest.notices_by_code)
    yield from _rows("notices", notices)
    yield _member("warnings", [*facts.warnings, *digest.differences])
    yield _member("audit", {"agrees": facts.audit_agrees, "counts": dict(facts.audit)})
    yield from _compared(digest.compared)
    yield from _rows("samples", map(_sample, report.samples))
    yield _member("error", facts.error)
    yield from _rows("products", _products(report.outcomes), last=True)
    yield "}\n"


def _compared(compared: Compared | None) -> Iterator[str]:
    """What changed since the whole import before; null where there was none."""
    if compared is None:
        yield _member("compared", None)
        return
    before = compared.with_run
    sizes = {"run": before.run, "started": before.started.isoformat()}
    yield _member("compared", {**sizes, **{name: getattr(compared, name).total for name in _LISTS}})
    yield from _rows("dearer", map(_price, before.dearer()))
    yield from _rows("cheaper", map(_price, before.cheaper()))
    yield from _rows("left_out", map(_outcome, before.left_out()))
    yield from _rows("new_failures", map(_failure, before.new_failures()))
    yield from _rows("gone_failures", map(_outcome, before.gone_failures()))


def _price(row: PriceRow) -> dict[str, Any]:
    return {
        "product": row.product,
        "name": row.name,
        "sku": row.sku,
        "variants": row.variants,
        "was": row.was,
        "now": row.now,
    }


def _outcome(row: OutcomeRow) -> dict[str, Any]:
    return {
        "product": row.product,
        "name": row.name,
        "outcome": row.outcome.value,
        "rule": row.rule,
        "detail": row.detail,
    }


def _run(facts: RunFacts) -> dict[str, Any]:
    return {
        "number": facts.run,
        "command": facts.command,
        "platform": facts.platform,
        "verdict": verdict(facts).sentence,
        "state": facts.state,
        "exit_code": facts.exit_code,
        "exit_code_means": exit_meaning(facts.exit_code),
        "started": facts.started.isoformat(),
        "ended": facts.ended.isoformat(),
        "seconds": round(facts.seconds, 3),
        "overlap": _overlap(facts),
        "gateway": facts.gateway,
        "shop_guid": facts.shop_guid,
        "proven": facts.proven,
    }


def _overlap(facts: RunFacts) -> dict[str, Any] | None:
    """The run's time over that of the one host that had to be waited for longest."""
    if facts.overlap is None:
        return None
    host, ratio = facts.overlap
    return {"ratio": round(ratio, 3), "slowest": host.name, "floor_seconds": round(host.floor, 3)}


def _requests(facts: RunFacts) -> dict[str, Any]:
    """By host; two hosts of one name would hide each other, so the second is counted on."""
    seconds = facts.seconds
    products = in_shop(facts.counts)
    by_host: dict[str, Any] = {}
    for host in facts.traffic:
        name, copies = host.name, 1
        while name in by_host:
            copies += 1
            name = f"{host.name} {copies}"
        by_host[name] = _host(host, seconds, products)
    return by_host


def _host(host: HostTraffic, seconds: float, products: int) -> dict[str, Any]:
    return {
        "address": host.address,
        "total": host.requests,
        "by_kind": dict(host.kinds),
        "per_product": round(host.requests / products, 3) if products else None,
        "per_second": round(host.requests / seconds, 3) if seconds > 0 else None,
        "retries": host.retries,
        "refused": host.refused,
        "floor_seconds": round(host.floor, 3),
        "lost": host.lost,
        "bytes_in": host.bytes_in,
        "bytes_out": host.bytes_out,
    }


def _failure(row: OutcomeRow) -> dict[str, Any]:
    return {
        "product": row.product,
        "name": row.name,
        "code": row.code,
        "cause": row.cause,
        "cure": row.cure,
        "page_url": row.page_url,
        "detail": row.detail,
    }


def _ruled(row: OutcomeRow) -> dict[str, Any]:
    return {"product": row.product, "name": row.name, "rule": row.rule, "detail": row.detail}


def payload_text(row: SampleRow) -> str:
    """A sample's payload as people read it: indented, its letters as letters, without secrets."""
    payload = _payload(row)
    return payload if isinstance(payload, str) else _pretty(payload)


def _payload(row: SampleRow) -> Any:
    try:
        return _clean(_DECODER.decode(row.payload))
    except (msgspec.DecodeError, UnicodeEncodeError):
        return cleaned(row.payload)


def _sample(row: SampleRow) -> dict[str, Any]:
    return {
        "product": row.product,
        "name": row.name,
        "outcome": row.outcome.value,
        "payload": _payload(row),
    }


def _products(outcomes: Callable[[Outcome], Iterator[OutcomeRow]]) -> Iterator[dict[str, Any]]:
    for outcome in Outcome:
        for row in outcomes(outcome):
            yield {"product": row.product, "outcome": outcome.value, "name": row.name, "detail": row.detail}


def _member(key: str, value: Any) -> str:
    return f'  "{key}": ' + _pretty(_clean(value)).replace("\n", "\n  ") + ",\n"


def _pretty(value: Any) -> str:
    return msgspec.json.format(_ENCODER.encode(value), indent=2).decode()


def _rows(key: str, rows: Iterable[dict[str, Any]], *, last: bool = False) -> Iterator[str]:
    yield f'  "{key}": ['
    separator = "\n"
    for row in rows:
        fit = {key: cleaned(value) if type(value) is str else _clean(value) for key, value in row.items()}
        yield f"{separator}    " + msgspec.json.format(_ENCODER.encode(fit), indent=0).decode()
        separator = ",\n"
    yield ("]" if separator == "\n" else "\n  ]") + ("\n" if last else ",\n")


def _clean(value: Any) -> Any:
    """`value` with every string in it fit to be written: no secret, no half character."""
    if isinstance(value, str):
        return cleaned(value)
    if isinstance(value, Mapping):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    return value
