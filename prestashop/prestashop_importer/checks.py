"""Everything that may be wrong with a shop, a key or a setting, found at once, each with its cure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from gateway_importer import samples
from gateway_importer.catalog import Page
from gateway_importer.errors import AccessRefused, ImporterError
from gateway_importer.options import CURRENCY_RATES
from gateway_importer.settings import Values
from gateway_importer.source import Finding

from prestashop_importer.client import Client
from prestashop_importer.conditions import Conditions
from prestashop_importer.connection import Access
from prestashop_importer.refusals import KEY_PAGE, PageFault

NEEDED = {
    "products": "the products themselves",
    "combinations": "their variants",
    "product_options": "the names of sizes and colours",
    "product_option_values": "the sizes and colours",
    "languages": "which of the texts is in which language",
    "currencies": "what prices are in",
}
OPTIONAL = {
    "stock_availables": "stock is unknown and left out",
    "categories": "products come in without categories of the marketplace",
    "images": "pictures are read at their public addresses, which a firewall may refuse",
    "specific_prices": "prices are not cross-checked",
    "tax_rules": "VAT is told from the shop's own prices",
    "taxes": "VAT is told from the shop's own prices",
    "tax_rule_groups": "VAT is told from the shop's own prices",
    "countries": "VAT is told from the shop's own prices",
    "groups": "a reduction of the visitor group is not noticed",
    "product_features": "features are left out",
    "product_feature_values": "features are left out",
    "configurations": "the settings of a fresh PrestaShop are assumed",
    "product_customization_fields": "which texts a customer must give is not told",
    "shops": "a multistore is not noticed",
    "shop_urls": "which shop of a multistore the address belongs to is told by its name",
}


def missing(access: Access, resources: dict[str, str]) -> list[str]:
    return [resource for resource in resources if not access.may_read(resource)]


async def require_permissions(client: Client) -> None:
    """Raises `AccessRefused` naming every resource that an import cannot do without."""
    lacking = missing(await client.access(), NEEDED)
    if lacking:
        raise AccessRefused(f"The webservice key may not read: {', '.join(lacking)}.", _tick(", ".join(lacking)))


async def findings(
    client: Client,
    values: Values,
    survey: Callable[[], Awaitable[Conditions]],
    read_one: Callable[[], Awaitable[Page]],
    open_image: samples.OpenImage,
) -> list[Finding]:
    """The findings, from the key to a product and a picture that were really read."""
    try:
        access = await client.access()
    except ImporterError as error:
        return [Finding("error", "address and key", error.happened, error.to_do)]
    where = f"{access.shop_name} (PrestaShop {access.version}) at {client.connection.base}"
    found = [Finding("ok", "address and key", where)]
    found += _permissions(access)
    if missing(access, NEEDED):
        return found
    try:
        conditions = await survey()
    except ImporterError as error:
        return [*found, Finding("error", "settings of the shop", error.happened, error.to_do)]
    found += _settings(access, conditions, values)
    if not conditions.problems and not conditions.questions:
        found += await _samples(read_one, open_image)
    return found


def _permissions(access: Access) -> list[Finding]:
    found: list[Finding] = []
    for resource, use in NEEDED.items():
        if access.may_read(resource):
            found.append(Finding("ok", f"permission {resource}", "GET is allowed"))
        else:
            text = f"The key may not read {resource} ({use}); nothing can be imported without it."
            found.append(Finding("error", f"permission {resource}", text, _tick(resource)))
    for resource, cost in OPTIONAL.items():
        if access.may_read(resource):
            found.append(Finding("ok", f"permission {resource}", "GET is allowed"))
        else:
            text = f"The key may not read {resource}: {cost}."
            found.append(Finding("warning", f"permission {resource}", text, _tick(resource)))
    return found


def _tick(resources: str) -> str:
    return f"In the back office open {KEY_PAGE}, edit the key, tick GET (View) for {resources} and save."


def _settings(access: Access, conditions: Conditions, values: Values) -> list[Finding]:
    found = [Finding("error", problem.subject, problem.text, problem.cure) for problem in conditions.problems]
    for question in conditions.questions:
        choices = "; ".join(f"{choice}: {meaning}" for choice, meaning in question.choices)
        cure = f"Answer by {question.setting} ({choices})."
        found.append(Finding("error", question.setting, f"{question.question} {question.why}", cure))
    found += [Finding("warning", "settings of the shop", warning) for warning in conditions.warnings]
    if access.old:
        text = f"PrestaShop {access.version} is served by the documents alone; it was never recorded."
        found.append(Finding("warning", "version", text, "Compare the first products with the shop's pages."))
    if conditions.hidden_prices:
        found.append(
            Finding(
                "error",
                "prices",
                f"No product can be imported: {conditions.hidden_prices}.",
                "Switch catalogue mode off (Shop Parameters > Product Settings), or let the group of visitors see "
                "prices (Shop Parameters > Customer Settings > Groups).",
            )
        )
    if conditions.language:
        have = ", ".join(language.iso_code for language in conditions.languages)
        found.append(Finding("ok", "language", f"{conditions.language} (the shop has: {have})"))
    given = conditions.currency in (values.get(CURRENCY_RATES) or {})
    found += samples.currency(conditions.currency, given=given)
    return found


async def _samples(read_one: Callable[[], Awaitable[Page]], open_image: samples.OpenImage) -> list[Finding]:
    try:
        page = await read_one()
    except ImporterError as error:
        return [Finding("error", "a product", error.happened, error.to_do)]
    except PageFault as fault:
        return [Finding("warning", "a product", fault.cause, fault.cure)]
    return await samples.findings(page, open_image, cure=_tick("images"))
