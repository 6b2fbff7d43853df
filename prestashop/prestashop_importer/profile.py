"""Which shop this is, in a person's words, and which prices it is asked to compute."""

from __future__ import annotations

from urllib.parse import urlsplit

from gateway_importer.source import ShopProfile

from prestashop_importer.conditions import Conditions
from prestashop_importer.connection import Access

PROVEN = (
    "proven against recorded answers of a running PrestaShop 8.1.3 and its product pages, and of 1.7.7 and PHP 8.2 in "
    "part; 8.2 and 9 by PrestaShop's source; 1.6 was never recorded"
)


def shop_profile(access: Access, conditions: Conditions, products: int) -> ShopProfile:
    """The profile; its key is the shop's host with its port and folder, which stays when https comes."""
    parts = urlsplit(conditions.base)
    warnings = list(conditions.warnings)
    if access.old:
        warnings.append(f"PrestaShop {access.version} is served by the documents alone: look at the first products.")
    if conditions.hidden_prices:
        warnings.append(f"No product will be imported: {conditions.hidden_prices}.")
    warnings += [problem.text for problem in conditions.problems]
    return ShopProfile(
        key=(parts.netloc + parts.path).lower(),
        name=access.shop_name,
        version=f"PrestaShop {access.version}",
        language=conditions.language,
        languages=tuple(language.iso_code for language in conditions.languages),
        currency=conditions.currency,
        timezone=conditions.timezone.key,
        products=products,
        url=conditions.base,
        shop=conditions.shop,
        proven=PROVEN,
        facts=conditions.facts,
        warnings=tuple(warnings),
        questions=conditions.questions,
    )


def virtual_prices(conditions: Conditions) -> dict[str, str]:
    """The parameters that make the shop compute prices for a guest (``WebserviceSpecificManagement`` reads them
    as ``price[name][option]``): what is paid, and the same without a reduction.

    Two decimals are the shop's own rounding; six where something remains to be applied to the price. Without
    the tax tables, net and gross prices say the VAT rate.
    """
    guest = conditions.guest
    exact = guest.reduction != 0 or not conditions.tax_on
    common = {"use_tax": "1", "use_ecotax": "1", "group": str(guest.group), "decimals": "6" if exact else "2"}
    if guest.country:
        common["country"] = str(guest.country)
    wanted = {"gross": common, "full": {**common, "use_reduction": "0"}}
    if not conditions.taxes.readable:
        plain = {**common, "use_ecotax": "0", "use_reduction": "0", "decimals": "6"}
        wanted |= {"exactnet": {**plain, "use_tax": "0"}, "exactgross": plain}
    return {f"price[{name}][{option}]": value for name, options in wanted.items() for option, value in options.items()}
