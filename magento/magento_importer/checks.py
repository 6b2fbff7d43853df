"""Everything that may be wrong with a shop, an integration or a setting, found at once, each with its cure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from gateway_importer import samples
from gateway_importer.catalog import Page
from gateway_importer.errors import ImporterError
from gateway_importer.failures import HttpFailure
from gateway_importer.options import CURRENCY_RATES
from gateway_importer.settings import Values
from gateway_importer.source import Finding

from magento_importer.answers import error_of
from magento_importer.client import Client
from magento_importer.conditions import Conditions
from magento_importer.lists import Filter, List
from magento_importer.price_basis import PriceBasis
from magento_importer.refusals import NoSuchRoute, NotAllowed, PageFault, header_lost, inactive
from magento_importer.rights import (
    ATTRIBUTES,
    CATEGORIES,
    GROUPS,
    INVENTORY,
    PRODUCTS,
    RIGHTS,
    STOCK_FIELDS,
    STOCKS,
    STORES,
    TAXES,
    box_of,
    tick,
)
from magento_importer.settings import MAGENTO_PRICES

ONE = (("searchCriteria[pageSize]", "1"),)
#: A light question for each right.
ROUTES: Mapping[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    PRODUCTS: ("products", (*ONE, ("fields", "items[id]"))),
    STORES: ("store/websites", ()),
    TAXES: ("taxClasses/search", ONE),
    ATTRIBUTES: ("products/attributes", (*ONE, ("fields", "items[attribute_id]"))),
    STOCKS: ("inventory/stocks", ONE),
    CATEGORIES: ("categories/list", ONE),
    INVENTORY: (
        "stockItems/lowStock/",
        (("scopeId", "0"), ("qty", "1"), ("currentPage", "1"), ("pageSize", "1")),
    ),
    GROUPS: ("customerGroups/search", ONE),
}


async def findings(
    client: Client,
    values: Values,
    survey: Callable[[], Awaitable[Conditions]],
    read_some: Callable[[], Awaitable[Page]],
    open_image: samples.OpenImage,
) -> list[Finding]:
    """The findings, from the signature to a product and a picture that were really read."""
    try:
        found = await _rights(client)
    except (ImporterError, HttpFailure) as error:
        to_do = error.to_do if isinstance(error, ImporterError) else "Run `check` again."
        return [Finding("error", "address and integration", getattr(error, "happened", str(error)), to_do)]
    except PageFault as fault:
        return [Finding("error", "address and integration", fault.cause, fault.cure)]
    found += await _silent(client)
    if any(finding.level == "error" for finding in found):
        return found
    try:
        conditions = await survey()
    except ImporterError as error:
        return [*found, Finding("error", "settings of the shop", error.happened, error.to_do)]
    where = f"{conditions.name} ({conditions.version}) at {client.connection.base}"
    found.insert(0, Finding("ok", "address and integration", where))
    found += _settings(client, conditions, values)
    found.append(Finding("ok", "price scope", await _price_scope(client)))
    found += await _contradicted(client, conditions, values)
    if not conditions.problems and not conditions.questions:
        found += await _samples(read_some, open_image)
    return found


async def _rights(client: Client) -> list[Finding]:
    """Each right by a question of its own; where none of them may be read, that says more than each by itself."""
    may: dict[str, bool] = {}
    broken: dict[str, PageFault] = {}
    for resource, (route, params) in ROUTES.items():
        try:
            await client.document(route, params)
        except NotAllowed:
            may[resource] = False
        except NoSuchRoute:
            continue  # a module is not there, which the survey says
        except PageFault as fault:
            broken[resource] = fault
        else:
            may[resource] = True
    if broken and not may:
        raise next(iter(broken.values()))
    if not any(may.values()) and not broken:
        await _header_arrives(client)
        raise inactive(client.connection.base, bearer=client.connection.bearer)
    if STOCKS in may:
        # The shop has the inventory modules, and the older stock items are not asked for.
        may.pop(INVENTORY, None)
        broken.pop(INVENTORY, None)
    told = [_right(resource, allowed) for resource, allowed in may.items()]
    return [*told, *(_untold(resource, fault) for resource, fault in broken.items())]


async def _header_arrives(client: Client) -> None:
    """A header that is no whole signature must be answered with what it lacks. Raises `AccessRefused` where it is not
    seen at all."""
    if client.connection.bearer:
        return
    answer = await client.connection.answers_unsigned()
    said = error_of(answer.body)
    if answer.status == 401 and said is not None and said.resource:
        raise header_lost(client.connection.base)


def _right(resource: str, allowed: bool) -> Finding:
    right = RIGHTS[resource]
    if allowed:
        return Finding("ok", f"right '{right.box}'", "may be read")
    if right.needed:
        text = f"The integration may not read {box_of(resource)}: {right.use}. Nothing can be imported without it."
        return Finding("error", f"right '{right.box}'", text, tick(resource))
    text = f"The integration may not read {box_of(resource)}: {right.cost}."
    return Finding("warning", f"right '{right.box}'", text, tick(resource))


def _untold(resource: str, fault: PageFault) -> Finding:
    """The shop fails where a right is needed: whether it is there cannot be told."""
    right = RIGHTS[resource]
    text = f"The shop fails where {right.use} would be read. {fault.cause}"
    return Finding("error" if right.needed else "warning", f"right '{right.box}'", text, fault.cure)


async def _silent(client: Client) -> list[Finding]:
    """A right whose lack is not answered with a refusal: a field is missing of a single product, and that is all."""
    right = RIGHTS[STOCK_FIELDS]
    subject = f"right '{right.box}'"
    try:
        page = await client.search(
            List("products"), [Filter("type_id", "eq", "simple")], limit=20, fields="items[id,sku]"
        )
        plain = next((sku for row in page.rows if (sku := _plain(row.get("sku")))), None)
        if plain is None:
            return []
        found: Any = await client.document(f"products/{plain}")
    except (PageFault, NoSuchRoute, NotAllowed, ImporterError):
        return []
    more = found.get("extension_attributes") if isinstance(found, dict) else None
    if isinstance(more, dict) and "stock_item" in more:
        return [Finding("ok", subject, "may be read")]
    text = f"The integration may not read {box_of(STOCK_FIELDS)}: {right.cost}."
    return [Finding("warning", subject, text, tick(STOCK_FIELDS))]


async def _contradicted(client: Client, conditions: Conditions, values: Values) -> list[Finding]:
    """A setting of which the shop's own figures say otherwise."""
    stated = values.get(MAGENTO_PRICES)
    if not stated:
        return []
    basis = await PriceBasis.read(client, conditions)
    told = basis.includes(conditions)
    if told is None or told == conditions.includes:
        return [Finding("warning", "settings of the shop", warning) for warning in basis.warnings]
    text = (
        f"MAGENTO_PRICES={stated}, but the shop's own figures show that its prices are {'with' if told else 'without'} "
        "VAT. The setting is obeyed."
    )
    return [Finding("warning", MAGENTO_PRICES.name, text, "Leave the setting out to go by the figures.")]


async def _price_scope(client: Client) -> str:
    try:
        found: Any = await client.document("products/attributes/price", [("fields", "scope")])
    except (PageFault, NoSuchRoute, NotAllowed):
        return "not told"
    each = isinstance(found, dict) and found.get("scope") == "website"
    return "each website has prices of its own" if each else "all websites have the same prices"


def _plain(sku: object) -> str | None:
    """A SKU that stands in a path as it is, so that every version signs it alike."""
    return sku if isinstance(sku, str) and sku and sku.isascii() and sku.replace("-", "").isalnum() else None


def _settings(client: Client, conditions: Conditions, values: Values) -> list[Finding]:
    found = [Finding("error", problem.subject, problem.text, problem.cure) for problem in conditions.problems]
    for question in conditions.questions:
        choices = "; ".join(f"{choice}: {meaning}" for choice, meaning in question.choices)
        cure = f"Answer by {question.setting} ({choices})."
        found.append(Finding("error", question.setting, f"{question.question} {question.why}", cure))
    found += [Finding("warning", "settings of the shop", warning) for warning in conditions.warnings]
    if client.size.limit is not None:
        text = f"The shop allows {client.size.limit} rows a page, and is asked for no more."
        cure = "More at once would be quicker: Stores > Configuration > Services > Web API > Web API Limits."
        found.append(Finding("ok" if client.size.limit >= 100 else "warning", "page size", text, cure))
    if client.connection.other_scheme:
        text = (
            "The shop believes that it is reached by another scheme than we reach it by: a proxy in front of it ends "
            "https. The importer signs accordingly."
        )
        cure = "Let the proxy send X-Forwarded-Proto, and set the offloader header in the shop (General > Web)."
        found.append(Finding("warning", "https", text, cure))
    if client.connection.bearer:
        text = (
            "The access token is sent alone. Such a token works on even when the integration is switched off: it has "
            "to be deleted when the import is no longer wanted."
        )
        found.append(Finding("warning", "integration", text, "Give all four strings, so that each call is signed."))
    found.append(Finding("ok", "language", f"{conditions.locale} (the website has: {', '.join(conditions.locales)})"))
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
