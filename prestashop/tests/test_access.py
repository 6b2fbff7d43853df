"""Keys, permissions and shops: what a key may not read is told, and only what is needed ends a run."""

from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest
from catalogue import Catalogue, recorded_catalogue
from gateway_importer.catalog import (
    UnknownStock,
    VatRate,
)
from gateway_importer.errors import AccessRefused, InputError, ShopUnusable, Unreachable
from importing import by_id, everything_on_pages, opened, read
from shop import PrestaShop, ShopSettings
from shop_settings import Fault, FaultKind, LoggedRequest


async def test_a_key_that_may_read_the_catalogue_only_gives_the_same_prices() -> None:
    async with PrestaShop(recorded_catalogue()) as shop, opened(shop, key=shop.keys["ro"]) as source:
        profile = await source.profile()
        page = await everything_on_pages(source)
    products = by_id(page.products)
    assert [(p.gross, p.regular, p.vat) for p in (v.price for v in products[40].variants)] == [
        (Decimal("209.10"), Decimal("246.00"), VatRate(Decimal(23))),
        (Decimal("226.10"), Decimal("266.00"), VatRate(Decimal(23))),
        (Decimal("121.77"), None, VatRate(Decimal(23))),
    ]
    assert products[3].variants[0].price.vat == VatRate(Decimal(5))
    assert any("may not read configurations" in warning for warning in profile.warnings)


async def test_a_key_without_what_is_needed_is_told_all_at_once() -> None:
    settings = ShopSettings(forbidden={"combinations", "languages", "stock_availables"})
    async with PrestaShop(recorded_catalogue(), settings) as shop, opened(shop) as source:
        findings = await source.check()
        with pytest.raises(AccessRefused, match="combinations, languages"):
            await source.profile()
    errors = {finding.subject for finding in findings if finding.level == "error"}
    assert errors == {"permission combinations", "permission languages"}
    assert "permission stock_availables" in {finding.subject for finding in findings if finding.level == "warning"}
    assert all("Advanced Parameters > Webservice" in finding.cure for finding in findings if finding.level != "ok")


@pytest.mark.parametrize(
    "settings", [ShopSettings(), ShopSettings(no_rewrite=True, drops_authorization_header=True, folder="/sklep")]
)
async def test_a_check_of_a_good_shop_reads_a_product_and_a_picture(settings: ShopSettings) -> None:
    async with PrestaShop(recorded_catalogue(), settings) as shop, opened(shop) as source:
        findings = await source.check()
    assert {finding.level for finding in findings} == {"ok"}
    assert {"a product", "a picture", "currency", "language"} <= {finding.subject for finding in findings}


async def test_a_check_tells_everything_that_is_wrong_at_once_with_its_cure() -> None:
    catalogue = recorded_catalogue()
    catalogue.table("currencies")[1]["iso_code"] = "EUR"
    configuration = {"PS_TAX": "0", "PS_CATALOG_MODE": "1", "PS_WEIGHT_UNIT": "stone"}
    settings = ShopSettings(configuration=configuration, forbidden={"images"})
    async with PrestaShop(catalogue, settings) as shop, opened(shop, LANGUAGE="fr", PRESTASHOP_SHOP="9") as source:
        findings = await source.check()
    errors = {finding.subject: finding for finding in findings if finding.level == "error"}
    assert set(errors) == {"shop", "language", "PRESTASHOP_PRICES", "prices", "currency"}
    assert all(finding.cure for finding in errors.values())
    assert "pl, en" in errors["language"].text
    warnings = " ".join(finding.text for finding in findings if finding.level == "warning")
    assert "may not read images" in warnings
    assert "'stone'" in warnings


async def test_a_check_of_a_wrong_address_names_the_right_one() -> None:
    settings = ShopSettings(domain="www.sklep.example")
    async with PrestaShop(recorded_catalogue(), settings) as shop, opened(shop) as source:
        (finding,) = await source.check()
    assert (finding.level, finding.subject) == ("error", "address and key")
    assert "https://www.sklep.example" in finding.cure


async def test_a_rule_that_is_switched_off_is_not_guessed_without_the_right_to_see_it() -> None:
    catalogue = recorded_catalogue()
    catalogue.table("tax_rule_groups")[1]["active"] = "0"
    catalogue.recorded_prices.clear()  # they were recorded while it was on
    for forbidden in ({"tax_rule_groups"}, set[str]()):
        async with PrestaShop(catalogue, ShopSettings(forbidden=forbidden)) as shop, opened(shop) as source:
            (product,) = (await read(source, 1)).products
        assert product.variants[0].price.gross == Decimal("100.00")
        assert product.variants[0].price.vat == VatRate(Decimal(0))
        assert product.notices == ()


async def test_a_row_of_a_shared_table_that_cannot_be_read_costs_only_what_refers_to_it() -> None:
    catalogue = recorded_catalogue()
    catalogue.table("taxes")[3]["rate"] = "pięć"
    catalogue.categories[9]["position"] = "ostatnia"
    async with PrestaShop(catalogue) as shop, opened(shop) as source:
        page = await read(source, 1, 3, 4)
        categories = {str(category.id) for category in await source.categories()}
    assert [product.source_id for product in page.products] == ["1", "4"]
    assert [one.source_id for one in page.failed] == ["3"]
    assert categories == {str(number) for number in catalogue.categories} - {"9"}


async def test_a_multistore_whose_addresses_cannot_be_read_is_told_by_its_name() -> None:
    catalogue = second_shop(recorded_catalogue())
    async with PrestaShop(catalogue, ShopSettings(forbidden={"shop_urls"})) as shop, opened(shop) as source:
        profile = await source.profile()
        page = await read(source, 1)
    assert profile.shop == "1"
    assert page.products[0].variants[0].price.gross == Decimal("123.00")


async def test_without_stock_permission_stock_is_unknown_and_goods_are_for_sale() -> None:
    settings = ShopSettings(forbidden={"stock_availables"})
    async with PrestaShop(recorded_catalogue(), settings) as shop, opened(shop) as source:
        page = await read(source, 1)
    assert (page.products[0].variants[0].stock, page.products[0].variants[0].for_sale) == (UnknownStock(), True)


async def test_a_key_that_is_revoked_in_the_middle_ends_the_run() -> None:
    async with PrestaShop(recorded_catalogue(), ShopSettings(revoke_after=14)) as shop, opened(shop) as source:
        with pytest.raises(AccessRefused, match="switched off"):
            await everything_on_pages(source)


async def test_a_shop_that_answers_nothing_but_faults_ends_the_run() -> None:
    settings = ShopSettings(faults=[Fault("status", status=500, resource="products", times=-1)])
    async with PrestaShop(recorded_catalogue(), settings) as shop, opened(shop) as source:
        with pytest.raises(Unreachable):
            await source.profile()


def second_shop(catalogue: Catalogue) -> Catalogue:
    """Makes a multistore: shop 2 sells candle 1 for 200 net and does not have product 3."""
    catalogue.table("shops")[2] = catalogue.table("shops")[1] | {"id": 2, "name": "Sklep Drugi"}
    catalogue.shop_values[2] = {("products", 1): {"price": "200.000000"}}
    catalogue.product_shops[3] = {1}
    return catalogue


async def test_a_multistore_imports_the_shop_that_is_chosen() -> None:
    async with PrestaShop(second_shop(recorded_catalogue())) as shop:
        async with opened(shop) as source:
            profile = await source.profile()
            assert (profile.shop, profile.questions) == ("1", ())
            assert any("2 (Sklep Drugi)" in warning for warning in profile.warnings)
        async with opened(shop, PRESTASHOP_SHOP="2") as source:
            profile = await source.profile()
            page = await read(source, 1, 3)
        async with opened(shop, PRESTASHOP_SHOP="7") as source:
            with pytest.raises(InputError, match="no active shop 7"):
                await source.profile()
    assert profile.shop == "2"
    assert [product.variants[0].price.gross for product in page.products] == [Decimal("246.00")]


async def test_a_product_that_changes_in_the_middle_of_a_page_is_read_as_it_is() -> None:
    catalogue = recorded_catalogue()

    def vanish(shop: PrestaShop, request: LoggedRequest) -> Awaitable[None] | None:
        if request.resource == "combinations":
            catalogue.combinations.pop(4, None)
        return None

    hook: Callable[[PrestaShop, LoggedRequest], Awaitable[None] | None] = vanish
    async with PrestaShop(catalogue, hook=hook) as shop, opened(shop) as source:
        page = await read(source, 2)
    assert [variant.source_id for variant in page.products[0].variants] == ["1", "2", "3"]
    assert "combination_missing" in {notice.code for notice in page.products[0].notices}


@pytest.mark.parametrize("kind", ["html", "truncated", "empty"])
async def test_a_page_that_stands_in_the_place_of_the_webservice_for_a_moment_is_no_missing_webservice(
    kind: FaultKind,
) -> None:
    for times in (1, -1):
        settings = ShopSettings(faults=[Fault(kind, times=times, resource="")])
        async with PrestaShop(recorded_catalogue(), settings) as shop, opened(shop) as source:
            if times == 1:
                assert (await source.profile()).name == "Sklep Testowy"
            else:
                with pytest.raises((ShopUnusable, Unreachable)):
                    await source.profile()
