"""The source against a simulated shop that is set up in other ways: VAT, groups, catalogue mode, stock, modules."""

from decimal import Decimal

import pytest
from catalogue import demo_catalogue, recorded_catalogue
from gateway_importer.catalog import (
    Counted,
    NotCounted,
    SkipRule,
    VatRate,
)
from gateway_importer.errors import ShopUnusable
from importing import by_id, everything_on_pages, opened, read
from shop import PrestaShop, ShopSettings


@pytest.mark.parametrize("percent", ["10.00", "7.50"])
async def test_the_visitor_groups_reduction_comes_off_both_prices_to_the_grosz(percent: str) -> None:
    settings = ShopSettings(groups={1: {"reduction": percent}})
    async with PrestaShop(recorded_catalogue(), settings) as shop, opened(shop) as source:
        page = await everything_on_pages(source)
        variants = [
            (int(one.source_id), int(variant.source_id or 0), variant.price)
            for one in page.products
            for variant in one.variants
        ]
        for product, combination, price in variants:
            assert price.gross == shop.true_price(product, combination, reduced=True), (product, combination)
            before = shop.true_price(product, combination, reduced=False)
            assert price.regular == (before if before > price.gross else None), (product, combination)
    assert len(variants) == 108
    assert not [notice for one in page.products for notice in one.notices if notice.code == "price_differs"]


async def test_a_shop_with_vat_switched_off_imports_nothing_until_somebody_says_what_its_prices_are() -> None:
    settings = ShopSettings(configuration={"PS_TAX": "0"})
    async with PrestaShop(recorded_catalogue(), settings) as shop:
        async with opened(shop) as source:
            assert [question.setting for question in (await source.profile()).questions] == ["PRESTASHOP_PRICES"]
            with pytest.raises(ShopUnusable, match="VAT is switched off"):
                await read(source, 1)
        prices = {}
        for answer in ("gross", "net"):
            async with opened(shop, PRESTASHOP_PRICES=answer) as source:
                page = await read(source, 1, 7, 40)
                prices[answer] = {number: one.variants[0].price for number, one in by_id(page.products).items()}
    assert (prices["gross"][1].gross, prices["gross"][1].vat) == (Decimal("100.00"), VatRate(Decimal(23)))
    assert (prices["net"][1].gross, prices["net"][7].gross) == (Decimal("123.00"), Decimal("80.00"))


async def test_vat_and_prices_are_those_of_poland_whatever_the_shops_default_country_is() -> None:
    """Country 1 has a rate of its own for every group of tax rules, and is what a visitor without a country sees."""
    abroad = ShopSettings(configuration={"PS_COUNTRY_DEFAULT": "1"})
    prices = []
    for settings in (ShopSettings(), abroad):
        async with PrestaShop(demo_catalogue(150), settings) as shop, opened(shop) as source:
            warnings = (await source.profile()).warnings
            page = await everything_on_pages(source)
        prices.append({one.source_id: [variant.price for variant in one.variants] for one in page.products})
        assert any("customer in Poland" in warning for warning in warnings) == (settings is abroad)
    assert prices[0] == prices[1]


@pytest.mark.parametrize(
    "settings",
    [ShopSettings(configuration={"PS_CATALOG_MODE": "1"}), ShopSettings(groups={1: {"show_prices": "0"}})],
    ids=["catalogue mode", "group"],
)
async def test_where_no_price_is_shown_none_is_published(settings: ShopSettings) -> None:
    async with PrestaShop(recorded_catalogue(), settings) as shop, opened(shop) as source:
        page = await read(source, 1, 2)
    assert page.products == ()
    assert {one.rule for one in page.skipped} == {SkipRule.NO_PRICE_SHOWN}


async def test_goods_whose_stock_is_not_counted_are_not_counted() -> None:
    settings = ShopSettings(configuration={"PS_STOCK_MANAGEMENT": "0"})
    async with PrestaShop(recorded_catalogue(), settings) as shop, opened(shop) as source:
        page = await read(source, 32)
    assert (page.products[0].variants[0].stock, page.products[0].variants[0].for_sale) == (NotCounted(), True)


async def test_a_price_that_a_module_changed_wins_and_is_told() -> None:
    settings = ShopSettings(price_overrides={(1, 0): Decimal("99.00")})
    async with PrestaShop(recorded_catalogue(), settings) as shop, opened(shop) as source:
        page = await read(source, 1)
    assert page.products[0].variants[0].price.gross == Decimal("99.00")
    notice = page.products[0].notices[0]
    assert notice.code == "price_differs"
    assert "99.00" in notice.text
    assert "123.00" in notice.text


async def test_what_is_sold_out_stays_for_sale_and_what_cannot_be_ordered_does_not() -> None:
    catalogue = recorded_catalogue()
    catalogue.set_stock(1, 0, 0)
    catalogue.products[3]["available_for_order"] = "0"
    async with PrestaShop(catalogue) as shop:
        async with opened(shop) as source:
            skipped = (await read(source, 3)).skipped
        async with opened(shop, IMPORT_NOT_ORDERABLE="yes") as source:
            products = by_id((await read(source, 1, 3)).products)
    assert [one.rule for one in skipped] == [SkipRule.NOT_ORDERABLE]
    assert (products[1].variants[0].stock, products[1].variants[0].for_sale) == (Counted(Decimal(0)), True)
    assert products[3].variants[0].for_sale is False


async def test_less_than_nothing_is_no_price() -> None:
    catalogue = recorded_catalogue()
    catalogue.products[1]["price"] = "-5.000000"
    catalogue.combinations[1]["price"] = "-500.000000"
    async with PrestaShop(catalogue) as shop, opened(shop) as source:
        page = await read(source, 1, 2)
    assert [(one.source_id, one.fault.code) for one in page.failed] == [("1", "price_negative")]
    gone = [(one.source_id, one.fault and one.fault.code) for one in page.products[0].left_out]
    assert gone == [("1", "price_negative")]
