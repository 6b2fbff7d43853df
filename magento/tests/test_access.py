"""What each refusal of a shop means, and what `check` says of it, everything at once."""

from collections.abc import Callable
from typing import Any

import pytest
from demo_goods import demo_goods
from gateway_importer.errors import AccessRefused, ImporterError, InputError, ShopUnusable, Unreachable
from gateway_importer.http import Http
from gateway_importer.source import Finding
from importing import opened, settings
from magento_importer.platform import open_source
from making import add_view
from shop import Fault, MagentoShop, ShopSettings
from shop_oauth import Door

NOBODY = "nobody0knows0this0one0of0all0000"
BEARER = {"MAGENTO_CONSUMER_KEY": "-", "MAGENTO_CONSUMER_SECRET": "-", "MAGENTO_TOKEN_SECRET": "-"}
BOXES = {
    "Magento_Catalog::products", "Magento_Backend::store", "Magento_Tax::manage_tax",
    "Magento_Catalog::attributes_attributes", "Magento_Catalog::categories", "Magento_Catalog::catalog_inventory",
    "Magento_InventoryApi::stock", "Magento_Customer::group", "Magento_CatalogInventory::cataloginventory",
}  # fmt: skip


def shop(**more: Any) -> MagentoShop:
    return MagentoShop(demo_goods(20), ShopSettings(**more))


async def checked(a_shop: MagentoShop, **more: str) -> list[Finding]:
    async with a_shop, opened(a_shop, **more) as source:
        return list(await source.check())


def said(findings: list[Finding], level: str) -> str:
    return "\n".join(f"{one.subject}: {one.text} {one.cure}" for one in findings if one.level == level)


# --- one thing wrong ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"MAGENTO_CONSUMER_KEY": NOBODY}, ["consumer key", "System > Integrations"]),
        ({"MAGENTO_TOKEN": NOBODY}, ["access token", "System > Integrations"]),
        ({"MAGENTO_CONSUMER_SECRET": NOBODY}, ["signature", "secrets"]),
        ({"MAGENTO_TOKEN_SECRET": NOBODY}, ["signature", "secrets"]),
        (BEARER, ["access token alone", "standalone Bearer tokens", "all four"]),
    ],
)
async def test_wrong_strings_are_told_apart(more: dict[str, str], words: list[str]) -> None:
    found = said(await checked(shop(), **more), "error")
    assert all(word in found for word in words), found


@pytest.mark.parametrize(
    ("settings_", "words"),
    [
        ({"maintenance": True}, ["maintenance"]),
        ({"redirect": "https://www.sklep.example"}, ["https://www.sklep.example"]),
        ({"loses_header": True}, ["header Authorization", "CGIPassAuth"]),
        ({"faults": [Fault("status", status=403, times=-1)]}, ["firewall"]),
        ({"faults": [Fault("html", times=-1)]}, ["not its JSON"]),
    ],
)
async def test_a_shop_that_cannot_be_asked_says_why(settings_: dict[str, Any], words: list[str]) -> None:
    found = said(await checked(shop(**settings_)), "error")
    assert all(word in found for word in words), found


async def test_an_inactive_integration_is_told_from_one_that_lacks_a_box() -> None:
    off = shop()
    off.importer.active = False
    assert "not active, or no box is ticked" in said(await checked(off), "error")
    half = shop()
    half.importer.boxes = {"Magento_Catalog::products", "Magento_Backend::store"}
    told = await checked(half)
    assert "Inventory Section" in said(told, "warning")
    found = said(told, "error")
    # All of them at once, each by the words of the admin's tree.
    assert "Stores > Taxes" in found and "Stores > Attributes > Product" in found and "Reauthorize" in found
    assert "not active" not in found


async def test_what_only_leaves_fields_out_is_found_too() -> None:
    lacking = shop()
    lacking.importer.boxes = BOXES - {"Magento_CatalogInventory::cataloginventory"}
    found = await checked(lacking)
    assert not said(found, "error")
    assert "Magento_CatalogInventory::cataloginventory" in said(found, "warning")


async def test_everything_that_is_good_is_said_too() -> None:
    found = await checked(shop())
    assert not said(found, "error") and not said(found, "warning")
    assert "a product: Read" in said(found, "ok") and "a picture: Read" in said(found, "ok")


async def test_no_api_at_an_address_is_said_with_the_address() -> None:
    async with shop() as running, Http(user_agent="test") as http:
        values = settings(running, MAGENTO_URL=f"{running.url}/blog")
        found = said(list(await open_source(values, http).check()), "error")
        assert "has no Magento API" in found


# --- quirks that are no error --------------------------------------------------------------------------------------


async def test_a_shop_behind_a_proxy_that_it_does_not_know_is_signed_for_as_it_believes() -> None:
    behind = shop(door=Door(scheme="https"))
    learnt: dict[str, str] = {}
    async with behind:
        async with opened(behind, learnt) as source:
            found = list(await source.check())
            assert not said(found, "error")
            assert "X-Forwarded-Proto" in said(found, "warning")
        refused = sum(call.status == 401 for call in behind.calls)
        async with opened(behind, learnt) as source:
            await source.profile()
        assert sum(call.status == 401 for call in behind.calls) == refused  # the second run knows


async def test_a_page_size_limit_is_kept_to_and_told() -> None:
    limited = shop(most=50)
    found = await checked(limited)
    assert not said(found, "error")
    assert "allows 50 rows a page" in said(found, "warning")


async def test_a_shop_without_rewrites_is_asked_by_the_longer_address() -> None:
    plain = shop(rewrites=False)
    learnt: dict[str, str] = {}
    async with plain, opened(plain, learnt) as source:
        assert (await source.profile()).products
    assert any("/index.php/rest" in call.path for call in plain.calls)
    assert any(what.startswith("/index.php/rest") for what in learnt.values())


async def test_the_access_token_alone_does_where_the_shop_allows_it_and_is_warned_of() -> None:
    found = await checked(shop(door=Door(bearer=True)), **BEARER)
    assert not said(found, "error")
    assert "deleted when the import is no longer wanted" in said(found, "warning")


async def test_some_of_the_four_strings_are_not_enough() -> None:
    async with shop() as running, Http(user_agent="test") as http:
        with pytest.raises(InputError, match="were not"):
            open_source(settings(running, MAGENTO_CONSUMER_SECRET="-"), http)


# --- a run -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "kind", "words"),
    [
        (lambda one: setattr(one.importer, "active", False), AccessRefused, "not active"),
        (
            lambda one: setattr(one.importer, "boxes", {"Magento_Backend::store"}),
            AccessRefused,
            "may not read .Stores > ",
        ),
        (lambda one: setattr(one.settings, "maintenance", True), Unreachable, "503"),
        (lambda one: one.tables.tax_rates.clear(), ShopUnusable, "no tax rate for PL"),
    ],
)
async def test_a_run_ends_with_what_to_do(
    spoil: Callable[[MagentoShop], None], kind: type[ImporterError], words: str
) -> None:
    async with shop() as running, opened(running) as source:
        spoil(running)
        with pytest.raises(kind, match=words) as ended:
            async for _ in source.pages():
                pass
        assert ended.value.to_do


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"MAGENTO_STORE": "nie_ma"}, "no active store view"),
        ({"LANGUAGE": "de"}, "not in language"),
        ({"MAGENTO_STORE": "default", "LANGUAGE": "en"}, "not in language"),
        ({"MAGENTO_GTIN": "nie_ma"}, "no attribute 'nie_ma'"),
    ],
)
async def test_a_setting_that_names_what_the_shop_has_not_is_refused_with_what_it_has(
    more: dict[str, str], words: str
) -> None:
    async with shop() as running, opened(running, **more) as source:
        with pytest.raises(InputError, match=words):
            await source.profile()


async def test_websites_and_views_are_shown_with_their_products_and_the_language_chooses_one() -> None:
    two = shop()
    two.tables.websites.append({"id": 2, "code": "b2b", "name": "Hurtownia", "default_group_id": 2})
    group = {"id": 2, "website_id": 2, "root_category_id": 2, "default_store_id": 3, "name": "Hurtownia", "code": "b2b"}
    two.tables.groups.append(group)
    add_view(two.tables, 3, "b2b_pl", "pl_PL", website=2)
    async with two:
        async with opened(two, LANGUAGE="en") as source:
            profile = await source.profile()
            assert (profile.language, profile.shop) == ("en_US", "base")
            told = dict(profile.facts)["Websites"]
            assert "b2b (Hurtownia) with 0 products" in told and "en (en_US)" in told
            assert any("several websites" in warning for warning in profile.warnings)
        async with opened(two, MAGENTO_STORE="b2b_pl") as source:
            assert (await source.profile()).shop == "b2b"


async def test_a_shop_that_fails_at_one_question_of_the_check_hides_no_other_finding() -> None:
    failing = shop()
    failing.settings.faults.append(Fault("api", status=500, times=-1, matches=lambda one: one.resource == "attributes"))
    failing.importer.boxes = {"Magento_Catalog::products", "Magento_Catalog::attributes_attributes"}
    found = said(await checked(failing), "error")
    assert "names of sizes, colours and brands would be read" in found and "Stores > Taxes" in found


@pytest.mark.parametrize("inventory", [True, False])
async def test_the_older_stock_items_are_asked_about_in_shops_without_the_inventory_modules_alone(
    inventory: bool,
) -> None:
    lacking = shop(inventory=inventory)
    lacking.importer.boxes = BOXES - {"Magento_Catalog::catalog_inventory"}
    found = said(await checked(lacking), "warning")
    assert ("older stock items" in found or "Magento_Catalog::catalog_inventory" in found) is not inventory


# --- prices with or without VAT --------------------------------------------------------------------------------------


async def test_a_shop_that_cannot_tell_asks_with_one_product_reckoned_both_ways() -> None:
    unclear = shop()
    unclear.settings.selling.display = 2
    async with unclear, opened(unclear) as source:
        (question,) = (await source.profile()).questions
        assert question.setting == "MAGENTO_PRICES" and f"{unclear.url}/produkt-" in question.why
        with pytest.raises(ShopUnusable, match="include VAT"):
            async for _ in source.pages():
                pass
    assert not unclear.asked("export-stock-salable-qty")
    async with unclear, opened(unclear, MAGENTO_PRICES="gross") as source:
        assert not (await source.profile()).questions


@pytest.mark.parametrize("includes", [True, False])
@pytest.mark.parametrize("display", [1, 2, 3])
async def test_what_is_shown_tells_unless_it_is_shown_as_it_was_entered(includes: bool, display: int) -> None:
    telling = shop()
    telling.settings.selling.includes, telling.settings.selling.display = includes, display
    clear = display != (2 if includes else 1)
    async with telling, opened(telling) as source:
        profile = await source.profile()
        assert bool(profile.questions) is not clear
        word = "with VAT" if includes else "without VAT"
        assert dict(profile.facts)["Catalogue prices"].startswith(word if clear else "not told")


async def test_a_setting_that_contradicts_the_shops_own_figures_is_warned_of() -> None:
    assert "figures show" in said(await checked(shop(), MAGENTO_PRICES="net"), "warning")
    assert not said(await checked(shop(), MAGENTO_PRICES="gross"), "warning")
