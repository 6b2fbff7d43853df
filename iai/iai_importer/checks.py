"""Everything that may be wrong with an offer or a setting, found at once; and for some products all prices that the
files hold, beside the address of the shop's own page, so that a person can see which of them is right."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from gateway_importer import samples
from gateway_importer.catalog import Page
from gateway_importer.errors import ImporterError
from gateway_importer.options import CURRENCY_RATES
from gateway_importer.settings import Values
from gateway_importer.source import Finding

from iai_importer import wire
from iai_importer.conditions import LIGHT
from iai_importer.parser import Malformed
from iai_importer.settings import PRICE_KIND, STOCK
from iai_importer.survey import Surveyed

SHOWN = 5  # products of which all prices are shown
SAMPLE = 10  # products that are read


async def findings(
    survey: Callable[[], Awaitable[Surveyed]],
    values: Values,
    read: Callable[[Sequence[int]], Awaitable[Page]],
    open_image: samples.OpenImage,
) -> list[Finding]:
    try:
        known = await survey()
    except ImporterError as error:
        return [Finding("error", "the offer", error.happened, error.to_do)]
    found = [Finding("ok", "the offer", f"{known.name}, {known.version}: {known.offer.catalogue.products} products")]
    found += [Finding("warning", "the offer", warning) for warning in known.warnings]
    found += _settings(known, values)
    found += _prices(known, values)
    return found + await _samples(known, read, open_image)


def _settings(known: Surveyed, values: Values) -> list[Finding]:
    conditions = known.conditions
    found = [Finding("ok", "language", f"{known.language} (the offer has: {', '.join(known.languages)})")]
    currency = (conditions.light_currency if conditions.price == LIGHT else "") or conditions.currency
    found += samples.currency(currency, given=currency in (values.get(CURRENCY_RATES) or {}))
    if conditions.warehouses is not None and known.warehouses:
        unknown = sorted(conditions.warehouses - known.warehouses.keys())
        if unknown:
            have = ", ".join(f"{one} ({name})" for one, name in known.warehouses.items())
            text = f"{STOCK.name} names {', '.join(unknown)}, which is no warehouse of this shop."
            found.append(Finding("error", STOCK.name, text, f"The shop has: {have}."))
    return found


def _prices(known: Surveyed, values: Values) -> list[Finding]:
    """A line for each of the first products of which something can be bought."""
    found: list[Finding] = []
    for place in known.offer.catalogue.heads():
        try:
            product = known.offer.wire_product(place)
            light = known.offer.light_product(product.id)
        except Malformed:
            continue
        if product.sizes:
            found.append(Finding("ok", f"prices of product {product.id}", _all_prices(product, light)))
        if len(found) == SHOWN:
            break
    text = f"{PRICE_KIND.name}={values[PRICE_KIND]} is taken; compare it with the shop's pages named above."
    return [*found, Finding("ok", "prices", text)] if found else found


def _all_prices(product: wire.Product, light: wire.Product | None) -> str:
    size = product.sizes[0]
    lights = next((one for one in light.sizes if one.id == size.id), None) if light is not None else None
    retail = [f"site {one.site}, size {one.size}: {_amount(one.amount)}" for one in product.retail]
    parts = [
        ("retail", "; ".join(retail)),
        (f"full, size {size.name or size.id}", _amount(size.price)),
        ("full", _amount(product.price)),
        (f"light, size {size.name or size.id}", _amount(lights.price) if lights is not None else ""),
        ("light", _amount(light.price) if light is not None else ""),
        ("srp", _amount(size.srp) or _amount(product.srp)),
        ("promotion", _amount(product.promotion.price) if product.promotion is not None else ""),
    ]
    told = ", ".join(f"{label} {text}" for label, text in parts if text)
    return f"{told or 'none'} (page: {product.card or 'not named'})"


def _amount(amount: wire.Amount | None) -> str:
    if amount is None or not (amount.gross or amount.net).strip("0.,"):
        return ""
    return f"{amount.gross} with VAT" if amount.gross else f"{amount.net} without VAT"


async def _samples(
    known: Surveyed, read: Callable[[Sequence[int]], Awaitable[Page]], open_image: samples.OpenImage
) -> list[Finding]:
    places = [place for place, _ in zip(known.offer.catalogue.heads(), range(SAMPLE), strict=False)]
    return await samples.findings(await read(places), open_image)
