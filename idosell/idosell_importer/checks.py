"""Everything that may be wrong with a shop, its key or a setting, found at once, each with its cure."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gateway_importer import samples
from gateway_importer.catalog import Page
from gateway_importer.errors import ImporterError
from gateway_importer.failures import HttpFailure
from gateway_importer.options import CURRENCY_RATES
from gateway_importer.settings import Values
from gateway_importer.source import Finding

from idosell_importer.client import Client
from idosell_importer.conditions import Conditions
from idosell_importer.reader import Reader, Unreadable
from idosell_importer.refusals import (
    KEYS,
    SEARCH,
    NoGate,
    NotAllowed,
    PageFault,
    WrongQuestion,
    version_withdrawn,
)
from idosell_importer.settings import IDOSELL_CATEGORIES, MENU
from idosell_importer.survey import COSTS

CLOCK = 300  # seconds by which two clocks may differ


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate that an import asks, with the area of the key's rights to which it belongs."""

    name: str
    area: str
    post: bool = False


NEEDED = {SEARCH: (Gate(SEARCH, "PIM", post=True), "the products themselves")}
OPTIONAL = {
    gate.name: gate
    for gate in (
        Gate("system/shopsData", "SYSTEM"),
        Gate("shops/languages", "SYSTEM"),
        Gate("sizes/sizes", "PIM"),
        Gate("products/categories", "PIM"),
        Gate("menu/menu", "PIM"),
        Gate("system/serverLoad", "SYSTEM"),
    )
}


async def findings(
    client: Client,
    values: Values,
    survey: Callable[[], Awaitable[Conditions]],
    read_some: Callable[[], Awaitable[Page]],
    open_image: samples.OpenImage,
) -> list[Finding]:
    """The findings, from the key to a product and a picture that were really read."""
    try:
        found = await _rights(client, values)
    except (ImporterError, HttpFailure) as error:
        to_do = error.to_do if isinstance(error, ImporterError) else "Run `check` again."
        return [Finding("error", "address and key", getattr(error, "happened", str(error)), to_do)]
    except PageFault as fault:
        return [Finding("error", "address and key", fault.cause, fault.cure)]
    if any(finding.level == "error" for finding in found):
        return found
    found += await _version(client)
    found += await _server(client)
    try:
        conditions = await survey()
    except ImporterError as error:
        return [*found, Finding("error", "settings of the shop", error.happened, error.to_do)]
    where = f"{conditions.name} at {conditions.base}, version {client.connection.version} of the API"
    found.insert(0, Finding("ok", "address and key", where))
    found += _settings(conditions, values)
    if not conditions.problems and not conditions.questions:
        found += await _samples(read_some, open_image)
    return found


# --- the key's rights -----------------------------------------------------------------------------------------


async def _rights(client: Client, values: Values) -> list[Finding]:
    found: list[Finding] = []
    refused = ""  # an area of which nothing more need be said
    try:
        await client.count()
    except NotAllowed as problem:
        if isinstance(problem, NoGate):
            raise version_withdrawn(SEARCH, client.connection.base, client.connection.version) from problem
        gate, use = NEEDED[SEARCH]
        text = f"{problem.what} ({use}).{_said(problem)}"
        found.append(Finding("error", f"right to {gate.area}", text, _let(gate)))
        refused = gate.area
    else:
        found.append(Finding("ok", f"right to {SEARCH}", "may be read"))
    for gate in OPTIONAL.values():
        unused = "products/categories" if values[IDOSELL_CATEGORIES] == MENU else "menu/menu"
        if gate.name == unused or gate.area == refused:
            continue
        try:
            await client.table(gate.name, PARAMS.get(gate.name))
        except NotAllowed as problem:
            text = f"{problem.what}: {COSTS[gate.name]}.{_said(problem)}"
            cure = "Another IDOSELL_VERSION may have it." if isinstance(problem, NoGate) else _let(gate)
            found.append(Finding("warning", f"right to {gate.area}", text, cure))
            continue
        except (PageFault, WrongQuestion):
            pass  # the right is there; what is wrong is told where it is read for good
        found.append(Finding("ok", f"right to {gate.name}", "may be read"))
    return found


#: The least that these gates must be asked.
PARAMS = {
    "products/categories": {"results_page": "0", "results_limit": "1"},
    "menu/menu": {"shop_id": "1", "menu_id": "1", "lang_id": "pol"},
}


def _said(problem: NotAllowed) -> str:
    return f" The shop says: {problem.scope}." if problem.scope else ""


def _let(gate: Gate) -> str:
    return f"In the panel ({KEYS}) let the key read the area {gate.area}."


# --- the API and its server -----------------------------------------------------------------------------------


async def _version(client: Client) -> list[Finding]:
    """What the shop itself says of this version."""
    subject = "version of the API"
    version = client.connection.version
    try:
        described = await client.described()
    except PageFault as fault:
        return [Finding("warning", subject, fault.cause, fault.cure)]
    paths = None if described is None else described.get("paths")
    if not isinstance(paths, dict):
        said = f"The shop does not describe version {version} of its API (/api/doc/admin/v{version}/json)."
        return [Finding("warning", subject, said, "Nothing, as long as products are read below.")]
    known = {str(path).strip("/").split(f"v{version}/")[-1].lower() for path in paths}
    missing = [name for name in (SEARCH, *OPTIONAL) if name.lower() not in known]
    if missing:
        cure = f"Name another version that {client.connection.base}/api/doc/admin shows, e.g. IDOSELL_VERSION=8."
        return [Finding("warning", subject, f"Version {version} has no {', '.join(missing)}.", cure)]
    return [Finding("ok", subject, f"{version}, with all that an import asks")]


async def _server(client: Client) -> list[Finding]:
    found: list[Finding] = []
    try:
        if await client.overloaded():
            text = "The shop says that its server is overloaded; an import would wait for it."
            found.append(Finding("warning", "the shop's server", text, "Import when less is going on."))
        told = Reader(await client.table("system/serverTime"), "system/serverTime").amount("time")
    except (NotAllowed, PageFault, Unreadable):
        return found
    apart = abs(int(told) - int(time.time()))
    if told and apart > CLOCK:
        text = f"The shop's clock and this machine's are {apart // 60} minutes apart."
        found.append(Finding("warning", "clock", text, "Set this machine's clock."))
    else:
        found.append(Finding("ok", "clock", "the shop's and this machine's agree"))
    return found


# --- settings, products, pictures -----------------------------------------------------------------------------


def _settings(conditions: Conditions, values: Values) -> list[Finding]:
    found = [Finding("error", problem.subject, problem.text, problem.cure) for problem in conditions.problems]
    for question in conditions.questions:
        choices = ", ".join(f"{word} ({meaning})" for word, meaning in question.choices)
        cure = f"Set {question.setting} to one of: {choices}."
        found.append(Finding("error", question.setting, f"{question.question} {question.why}", cure))
    offered = ", ".join(conditions.offered)
    found.append(Finding("ok", "language", f"{conditions.languages[0]} (the shop has: {offered})"))
    given = conditions.currency in (values.get(CURRENCY_RATES) or {})
    found += samples.currency(conditions.currency, given=given)
    return found


async def _samples(read_some: Callable[[], Awaitable[Page]], open_image: samples.OpenImage) -> list[Finding]:
    try:
        page = await read_some()
    except ImporterError as error:
        return [Finding("error", "a product", error.happened, error.to_do)]
    except PageFault as fault:
        return [Finding("warning", "a product", fault.cause, fault.cure)]
    return await samples.findings(page, open_image)
