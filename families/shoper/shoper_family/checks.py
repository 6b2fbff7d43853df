"""Everything that may be wrong with a shop, its credentials or a setting, found at once, each with its cure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from gateway_importer import samples
from gateway_importer.catalog import Page
from gateway_importer.errors import ImporterError
from gateway_importer.failures import HttpFailure
from gateway_importer.options import CURRENCY_RATES
from gateway_importer.settings import Values
from gateway_importer.source import Finding

from shoper_family.client import Client
from shoper_family.conditions import Conditions
from shoper_family.refusals import Clicks, NotAllowed, PageFault, WrongQuestion
from shoper_family.survey import COSTS
from shoper_family.tables import Tax

#: What nothing can be imported without: the resource, its rows' id, and what it is for.
NEEDED = {
    "products": ("product_id", "the products themselves"),
    "product-stocks": ("stock_id", "their variants, prices and stocks"),
    "taxes": ("tax_id", "VAT"),
    "options": ("option_id", "the names of sizes and colours"),
    "option-values": ("ovalue_id", "the sizes and colours"),
}
#: What an import can do without, at a cost (`survey.COSTS`).
OPTIONAL = {
    "availabilities": "availability_id",
    "categories": "category_id",
    "languages": "lang_id",
    "currencies": "currency_id",
    "product-images": "gfx_id",
    "producers": "producer_id",
    "attributes": "attribute_id",
}


async def findings(
    client: Client,
    values: Values,
    survey: Callable[[], Awaitable[Conditions]],
    read_one: Callable[[], Awaitable[Page]],
    open_image: samples.OpenImage,
) -> list[Finding]:
    """The findings, from the login to a product and a picture that were really read."""
    clicks = client.connection.clicks
    try:
        await client.connection.sign_in()
        await client.document("application-config")
        found = await _rights(client, clicks)
    except (ImporterError, HttpFailure) as error:
        to_do = error.to_do if isinstance(error, ImporterError) else "Run `check` again."
        return [Finding("error", "address and login", getattr(error, "happened", str(error)), to_do)]
    except PageFault as fault:
        return [Finding("error", "address and login", fault.cause, fault.cure)]
    except (NotAllowed, WrongQuestion) as problem:
        text = f"The shop does not hand out its settings ({problem})."
        return [Finding("error", "address and login", text, f"See {clicks.document}.")]
    if any(finding.level == "error" for finding in found):
        return found
    try:
        conditions = await survey()
    except ImporterError as error:
        return [*found, Finding("error", "settings of the shop", error.happened, error.to_do)]
    where = f"{conditions.name} ({clicks.title} {conditions.version}) at {conditions.base}"
    found.insert(0, Finding("ok", "address and login", where))
    found += _settings(conditions, values)
    if not conditions.problems:
        found += await _samples(read_one, open_image)
    return found


async def _rights(client: Client, clicks: Clicks) -> list[Finding]:
    found: list[Finding] = []
    for resource, (key, use) in NEEDED.items():
        if await _may_read(client, resource, key):
            found.append(Finding("ok", f"right to {resource}", "may be read"))
        else:
            text = f"The credentials may not read {resource} ({use}); nothing can be imported without it."
            found.append(Finding("error", f"right to {resource}", text, _let(resource, clicks)))
    for resource, key in OPTIONAL.items():
        if await _may_read(client, resource, key):
            found.append(Finding("ok", f"right to {resource}", "may be read"))
        else:
            text = f"The credentials may not read {resource}: {COSTS[resource]}."
            found.append(Finding("warning", f"right to {resource}", text, _let(resource, clicks)))
    return found


async def _may_read(client: Client, resource: str, key: str) -> bool:
    try:
        await client.count(resource, key)
    except NotAllowed:
        return False
    return True


def _let(resource: str, clicks: Clicks) -> str:
    return (
        f"{clicks.administrators}: let the administrator's group read {resource}; for an integration, "
        f"{clicks.integrations}."
    )


def _settings(conditions: Conditions, values: Values) -> list[Finding]:
    found = [Finding("error", problem.subject, problem.text, problem.cure) for problem in conditions.problems]
    found += [
        Finding("warning", "settings of the shop", warning)
        for warning in conditions.warnings
        if not warning.startswith("The credentials may not read")
    ]
    if conditions.hidden_prices:
        text = f"No product can be imported: {conditions.hidden_prices}."
        cure = (
            "Let everybody see prices (the shop's settings of registration), or ask the merchant whether they may be."
        )
        found.append(Finding("error", "prices", text, cure))
    found.append(Finding("ok", "language", f"{conditions.locale} (the shop has: {', '.join(conditions.languages)})"))
    found += [Finding("ok", f"VAT row {tax.id}", _vat(tax)) for tax in conditions.taxes.values()]
    given = conditions.currency in (values.get(CURRENCY_RATES) or {})
    found += samples.currency(conditions.currency, given=given)
    return found


def _vat(tax: Tax) -> str:
    """How a row of the shop's VAT is read."""
    read = "exempt or not subject (VAT_MAP=exempt=… says what it becomes)" if tax.exempt else f"VAT of {tax.value} %"
    return f"value {tax.value}, name '{tax.name}', class '{tax.of_class}': {read}"


async def _samples(read_one: Callable[[], Awaitable[Page]], open_image: samples.OpenImage) -> list[Finding]:
    try:
        page = await read_one()
    except ImporterError as error:
        return [Finding("error", "a product", error.happened, error.to_do)]
    except PageFault as fault:
        return [Finding("warning", "a product", fault.cause, fault.cure)]
    return await samples.findings(page, open_image)
