"""The run as one page for people: self-contained, readable without a network, safe whatever the shop's names are."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from gateway_importer.report import wording
from gateway_importer.report.digest import OTHER, Digest, Group, digest_of
from gateway_importer.report.json_report import payload_text
from gateway_importer.report.model import HostTraffic, NoticeRow, Outcome, OutcomeRow, Report, RunFacts
from gateway_importer.report.verdict import PREVIEW, in_shop, verdict

_TYPED = re.compile("`([^`<>]+)`")

OUTCOME_MEANINGS = {
    Outcome.CREATED: "new at the Gateway",
    Outcome.UPDATED: "changed at the Gateway",
    Outcome.UNCHANGED: "already there as they should be",
    Outcome.ARCHIVED: "taken off the marketplace",
    Outcome.SKIPPED: "left out by a rule",
    Outcome.FAILED: "should be in and are not",
}


def page_chunks(report: Report, digest: Digest | None = None) -> Iterator[str]:
    """The text of report.html, piece by piece."""
    digest = digest or digest_of(report)
    facts = report.facts
    seconds = facts.seconds
    products = in_shop(facts.counts)
    environment = _environment()
    return environment.get_template("report.html.j2").generate(
        facts=facts,
        verdict=verdict(facts),
        preview=facts.command == PREVIEW,
        duration=wording.duration(seconds),
        counts=[(outcome, facts.counts.get(outcome, 0), OUTCOME_MEANINGS[outcome]) for outcome in Outcome],
        shop=_shop(facts),
        counted_all=sum(facts.counts.values()),
        totals=[wording.total_shown(key, value) for key, value in facts.totals.items()],
        failed=digest.failed,
        skipped=digest.skipped,
        archived=digest.archived,
        notices=digest.notices,
        compared=digest.compared,
        restored=digest.restored,
        plan=report.plan,
        title=wording.COMMAND_TITLES.get(facts.command, facts.command),
        warnings=[*facts.warnings, *digest.differences],
        hosts=[(host, _pace(host, seconds)) for host in facts.traffic],
        requests=sum(host.requests for host in facts.traffic),
        per_product=sum(host.requests for host in facts.traffic) / products if products else None,
        samples=[(row, payload_text(row)) for row in report.samples],
        exit_codes=sorted(wording.EXIT_MEANINGS.items()),
        script_hash=_script_hash(),
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("gateway_importer.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters |= {
        "link": safe_link,
        "prose": _prose,
        "number": wording.number,
        "size": wording.size,
        "moment": wording.moment,
        "money": wording.money,
        "share": lambda row: wording.share(row.was, row.now),
        "duration": wording.duration,
        "titled": wording.titled,
        "counted": wording.counted,
        "rule": wording.rule_meaning,
        "heading": _heading,
        "exit_meaning": wording.exit_meaning,
    }
    return environment


def _shown(value: Any) -> Any:
    # Everything that the template shows goes through here, before it is escaped.
    return wording.printable(value) if type(value) is str else value


def _prose(text: str) -> Markup:
    """A sentence in which `words between backticks` are what one types or reads off a screen."""
    # A plain text: a Markup would escape the tags that are put in.
    return Markup(_TYPED.sub(r"<code>\1</code>", str(escape(wording.printable(text)))))


def safe_link(address: str) -> str:
    """`address` where it is an http(s) one that may be clicked, else nothing."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in {"http", "https"} and parts.hostname and parts.username is None else ""


def _heading(group: Group[OutcomeRow] | Group[NoticeRow]) -> str:
    """A group's heading: what all of it have in common, else what its code says."""
    if group.code == OTHER:
        return "Other reasons"
    if isinstance(group.rows[0], NoticeRow):
        return wording.code_title(group.code)
    return group.cause or wording.code_title(group.code)


def _shop(facts: RunFacts) -> list[tuple[str, str]]:
    """What is known of both sides. The platform may have said the shop's name already."""
    named = any(label.casefold() == "shop" for label, _ in facts.shop)
    return [
        *([] if named else [("Shop", facts.shop_name)]),
        *facts.shop,
        ("Platform", facts.platform),
        ("Gateway", facts.gateway),
        ("Shop guid", facts.shop_guid),
    ]


def _pace(host: HostTraffic, seconds: float) -> str:
    return f"{host.requests / seconds:.1f}" if seconds > 0 else "–"


@cache
def _script_hash() -> str:
    """The page's only script, named in its content security policy: no other one can run."""
    environment = _environment()
    script = environment.get_template("report.js").render()
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
