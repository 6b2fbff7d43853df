"""In which order a shop is asked: every product once, with few calls, whatever comes and goes, breaks or is slow."""

import asyncio
import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from demo_goods import demo_goods
from gateway_importer.catalog import Counted, NotCounted, Page, SkipRule, UnknownStock
from gateway_importer.errors import Unreachable
from gateway_importer.source import Source
from goods import Stock, Tables
from importing import all_ids, by_id, everything_on_pages, opened, read
from making import ENGLISH, POLISH, attribute, configurable, empty_shop, product
from shop import LISTS, Call, Fault, MagentoShop, ShopSettings

COLOURS = ("czerwony", "niebieski", "zielony")


def plain(count: int, *, above: int = 0) -> Tables:
    tables = empty_shop()
    for number in range(above + 1, above + count + 1):
        product(tables, number, f"Produkt {number}", Decimal(number % 900 + 1), stock=Stock(Decimal(number % 50 + 1)))
    return tables


def varied(simple: int, parents: int, children: int = 3) -> Tables:
    """Simple products, then configurable ones, then their children."""
    tables = plain(simple)
    number, values = attribute(
        tables, "color", {POLISH: "Kolor"}, "select", [{POLISH: f"{one}"} for one in range(children)]
    )
    for place in range(parents):
        first = simple + parents + place * children + 1
        own = [
            product(
                tables,
                first + step,
                f"Wariant {step}",
                Decimal(10 + step),
                visibility=1,
                attributes={"color": str(value)},
            )
            for step, value in enumerate(values)
        ]
        configurable(tables, simple + place + 1, f"Zbiór {place}", {number: values}, own)
    return tables


def ids(page: Page) -> list[int]:
    return sorted(int(one.source_id) for part in (page.products, page.skipped, page.failed) for one in part)


def products_calls(shop: MagentoShop) -> list[Call]:
    return shop.asked(*LISTS)


async def pages_of(shop: MagentoShop, **more: str) -> Page:
    async with opened(shop, **more) as source:
        return await everything_on_pages(source)


# --- every product once, with few calls ------------------------------------------------------------------------------


@pytest.mark.parametrize("size", ["1", "7", "50", "300"])
async def test_every_product_is_on_one_page_whatever_the_size(size: str) -> None:
    async with MagentoShop(varied(23, 9)) as shop:
        assert ids(await pages_of(shop, MAGENTO_PAGE_SIZE=size)) == list(range(1, 33))


async def test_a_long_list_is_read_from_several_places_each_product_once() -> None:
    async with MagentoShop(plain(190)) as shop, opened(shop, MAGENTO_PAGE_SIZE="1") as source:
        assert ids(await everything_on_pages(source)) == list(range(1, 191))
        bounded = [call for call in shop.asked("products") if "=lteq&" in call.query]
        assert len(bounded) > 90
        product(shop.tables, 191, "Nowy", 5)
        assert await all_ids(source) == list(range(1, 192))


@pytest.mark.parametrize(("simple", "parents", "children"), [(3000, 0, 0), (1500, 125, 12), (300, 300, 4)])
async def test_the_calls_are_no_more_than_the_plan(simple: int, parents: int, children: int) -> None:
    """One call a page for the products, one for what visitors are shown, one for what can be ordered, and a dozen."""
    learnt = {"page size": f"100 {datetime.now(UTC).date()}"}
    rows = simple + parents * (1 + children)
    async with MagentoShop(varied(simple, parents, children or 1)) as shop:
        async with opened(shop, learnt, MAGENTO_PAGE_SIZE="100") as source:
            await source.profile()
            found = await everything_on_pages(source)
            await all_ids(source)
        plan = 3 * -(-rows // 100) + 1 + 12
        assert len(found.products) == simple + parents and not found.failed
        assert len(shop.calls) <= plan * 1.05, f"{len(shop.calls)} calls, and the plan has {plan}"


async def test_what_comes_and_goes_meanwhile_costs_no_other_product() -> None:
    tables = plain(60)

    def meanwhile(shop: MagentoShop, call: Call) -> None:
        if call.resource == "products" and len(shop.asked("products")) == 5:
            for gone in (3, 11, 40):
                shop.tables.delete(gone)
            product(shop.tables, 61, "Nowy", 5)

    async with MagentoShop(tables, hook=meanwhile) as shop, opened(shop, MAGENTO_PAGE_SIZE="10") as source:
        found = await everything_on_pages(source)
        assert set(range(12, 40)) | set(range(41, 61)) <= set(ids(found))
        assert 61 in await all_ids(source)
        assert ids(await read(source, 61)) == [61]


async def test_what_no_page_showed_is_asked_for_by_the_whole_list() -> None:
    async with MagentoShop(plain(30)) as shop, opened(shop) as source:
        await everything_on_pages(source)
        product(shop.tables, 1000, "Później", 5)
        shop.tables.products = {0 + number: row for number, row in sorted(shop.tables.products.items())}
        assert await all_ids(source) == [*range(1, 31), 1000]
        product(shop.tables, 500, "Wstawiony między inne", 5)
        assert await all_ids(source) == [*range(1, 31), 500, 1000]


async def test_a_list_is_not_known_before_it_was_read() -> None:
    async with MagentoShop(plain(3)) as shop, opened(shop) as source:
        assert source.everything() is None


# --- what breaks, what is slow -----------------------------------------------------------------------------------------


async def test_one_product_that_breaks_every_answer_fails_alone() -> None:
    tables = varied(150, 10)
    tables.broken |= {17, 18, 140, 155, 165}  # among them a configurable product and a child of another
    async with MagentoShop(tables) as shop:
        found = await pages_of(shop)
        failed = {int(one.source_id) for one in found.failed}
        assert failed == {17, 18, 140, 155}
        child_of = by_id(found.products)[152]
        assert [one.fault.code for one in child_of.left_out if one.fault] == ["shop_error"]
        assert {int(one.source_id) for one in found.products} == set(range(1, 161)) - failed


async def test_a_shop_that_goes_down_blames_no_product() -> None:
    async with MagentoShop(plain(60)) as shop, opened(shop, MAGENTO_PAGE_SIZE="10") as source:
        pages = source.pages()
        await anext(pages)
        shop.settings.faults.append(Fault("api", status=500, times=-1))
        with pytest.raises(Unreachable, match="list of products"):
            async for _ in pages:
                pass


async def test_a_shop_that_counts_a_page_in_place_of_the_list_is_read_to_its_end() -> None:
    def counted(call: Call, body: bytes) -> bytes:
        found = json.loads(body)
        if call.resource == "products" and isinstance(found, dict) and found.get("items"):
            found["total_count"] = len(found["items"])
        return json.dumps(found).encode()

    async with MagentoShop(plain(250), ShopSettings(mutate=counted)) as shop:
        assert ids(await pages_of(shop)) == list(range(1, 251))


async def test_a_shop_that_fails_to_say_what_visitors_are_shown_sells_by_its_products_own_fields() -> None:
    """Catalogue rules alone are told by that list: it costs no product, few calls, and a word at each."""
    tables = varied(150, 12)
    tables.price_rules[2] = Decimal(10)
    for status in (500, 404):
        silent = Fault("api", status=status, times=-1, matches=lambda call: call.resource == "products-render-info")
        async with MagentoShop(tables, ShopSettings(faults=[silent])) as shop:
            async with opened(shop) as source:
                profile = await source.profile()
                assert [one.setting for one in profile.questions] == ["MAGENTO_PRICES"]
                assert "/produkt-" in profile.questions[0].why
                assert any("catalogue price rules cannot be seen" in one for one in profile.warnings)
            shop.calls.clear()
            found = await pages_of(shop, MAGENTO_PRICES="gross")
            assert len(found.products) == 162 and not found.failed
            assert by_id(found.products)[2].variants[0].price.gross == Decimal("3.00")
            assert {tuple(one.code for one in row.notices) for row in found.products} == {("price_unconfirmed",)}
            assert len(shop.asked("products-render-info")) <= 5


async def test_where_it_fails_at_single_products_the_others_prices_are_confirmed() -> None:
    tables = varied(20, 4)
    tables.price_rules[2] = Decimal(10)

    def at_two(call: Call) -> bool:
        return call.resource == "products-render-info" and bool(re.search(r"(?<=\D)(7|23)(?=\D)", call.query))

    async with MagentoShop(tables) as shop:
        shop.settings.faults.append(Fault("api", status=500, times=-1, matches=at_two))
        found = by_id((await pages_of(shop, MAGENTO_PRICES="gross")).products)
    codes = {number: [notice.code for notice in one.notices] for number, one in found.items() if one.notices}
    assert codes == {2: ["price_differs"], 7: ["price_unconfirmed"], 23: ["price_unconfirmed"]}
    assert len(found) == 24


@pytest.mark.parametrize("route", ["dump-stock-index-data", "export-stock-salable-qty"])
async def test_a_shop_that_never_tells_its_stock_is_not_asked_for_each_product(route: str) -> None:
    never = Fault("api", status=500, times=-1, matches=lambda call: call.resource == route)
    async with MagentoShop(plain(300), ShopSettings(faults=[never])) as shop:
        with pytest.raises(Unreachable, match="stock"):
            await pages_of(shop, MAGENTO_PRICES="gross")
        assert len(shop.calls) < 150


async def test_pages_of_what_is_sold_out_are_asked_for_once() -> None:
    tables = plain(30)
    for stock in tables.stock.values():
        stock.quantity = Decimal(0)
    async with MagentoShop(tables) as shop:
        assert len((await pages_of(shop, MAGENTO_PRICES="gross")).products) == 30
        assert len(shop.asked("products-render-info")) == 1


async def test_a_shop_whose_memory_ends_is_asked_for_less_and_that_is_remembered() -> None:
    learnt: dict[str, str] = {}
    async with MagentoShop(plain(400), ShopSettings(memory=60)) as shop:
        async with opened(shop, learnt) as source:
            assert len((await everything_on_pages(source)).products) == 400
        failed = sum(call.status == 500 for call in shop.calls)
        assert failed
        shop.calls.clear()
        async with opened(shop, learnt) as source:
            assert len((await everything_on_pages(source)).products) == 400
        assert sum(call.status == 500 for call in shop.calls) == 0


async def test_a_quick_shop_is_soon_asked_for_three_hundred_at_once() -> None:
    learnt: dict[str, str] = {}
    async with MagentoShop(plain(1000)) as shop, opened(shop, learnt) as source:
        found = await everything_on_pages(source)
        assert len(found.products) == 1000
        full = [call for call in shop.asked("products") if "pageSize%5D=300" in call.query]
        assert len(full) == 3
    assert learnt["page size"].startswith("300 ")


async def test_a_limit_of_the_shop_is_met_once() -> None:
    async with MagentoShop(plain(130), ShopSettings(most=40)) as shop:
        assert len((await pages_of(shop)).products) == 130
        assert sum(call.status == 400 for call in shop.calls) <= 6  # some are asked at once


async def test_an_old_shop_that_repeats_its_last_page_doubles_nothing() -> None:
    tables = plain(25)
    for number in range(210):
        attribute(tables, f"wlasny_{number}", {POLISH: f"Własny {number}"}, "text")
    async with MagentoShop(tables, ShopSettings(repeats=True)) as shop:
        assert ids(await pages_of(shop)) == list(range(1, 26))
        assert len(shop.asked("attributes")) <= 6


async def test_lists_that_come_empty_for_once_cost_nothing() -> None:
    for after in range(12):
        async with MagentoShop(varied(12, 4)) as shop:
            shop.settings.faults.append(Fault("nothing", after=after, matches=lambda call: call.resource in LISTS))
            found = await pages_of(shop, MAGENTO_PAGE_SIZE="10")
            assert ids(found) == list(range(1, 17)) and not found.failed
            stocks = [one.stock for row in found.products for one in row.variants]
            assert all(isinstance(stock, Counted) and stock.quantity > 0 for stock in stocks)


# --- variants and other kinds --------------------------------------------------------------------------------------------


def shirts(**child: Any) -> tuple[Tables, int, list[int]]:
    """A configurable product 1 with the children 11, 12 and 13."""
    tables = empty_shop(views=(POLISH, ENGLISH))
    words = [{POLISH: one, ENGLISH: f"{one} en"} for one in COLOURS]
    number, values = attribute(tables, "color", {POLISH: "Kolor", ENGLISH: "Color"}, "select", words)
    for step, value in enumerate(values):
        product(
            tables, 11 + step, f"Koszulka {step}", 50 + step, **{"visibility": 1, **child}, attributes={"color": str(value)}
        )  # fmt: skip
    configurable(tables, 1, {POLISH: "Koszulka", ENGLISH: "Shirt"}, {number: values}, [11, 12, 13])
    return tables, number, values


async def test_children_are_no_products_and_those_that_are_nobodys_are_hidden() -> None:
    tables, _, _ = shirts()
    product(tables, 20, "Niczyj", 5, visibility=1)
    async with MagentoShop(tables) as shop, opened(shop) as source:
        found = await everything_on_pages(source)
        assert [int(one.source_id) for one in found.products] == [1]
        assert {int(one.source_id): one.rule for one in found.skipped} == {20: SkipRule.HIDDEN}
        assert await all_ids(source) == [1, 20]
        # Whoever is asked for by his id is judged the same.
        chosen = await read(source, 11, 20)
        assert not chosen.products and ids(chosen) == [20]


async def test_children_with_pages_of_their_own_are_products_only_while_no_parent_is_imported() -> None:
    tables, _, _ = shirts(visibility=4)
    async with MagentoShop(tables) as shop:
        assert ids(await pages_of(shop)) == [1]
        assert ids(await pages_of(shop, MAGENTO_VISIBLE_VARIANTS="both")) == [1, 11, 12, 13]
        tables.products[1]["status"] = 2
        found = await pages_of(shop)
        assert [int(one.source_id) for one in found.products] == [11, 12, 13]
        async with opened(shop) as source:
            assert ids(await read(source, 12)) == [12]


async def test_a_child_of_two_parents_is_a_variant_of_both() -> None:
    tables, number, values = shirts()
    configurable(tables, 2, "Zestaw", {number: values}, [11])
    async with MagentoShop(tables) as shop:
        found = by_id((await pages_of(shop)).products)
        assert [one.source_id for one in found[2].variants] == ["11"]
        assert [one.source_id for one in found[1].variants] == ["11", "12", "13"]
        # Its object stays with the lowest parent that is imported, however the other one was asked for.
        assert (found[1].shared, found[2].shared) == ((), ("11",))
        async with opened(shop) as source:
            assert (await read(source, 2)).products[0].shared == ("11",)
        tables.products[1]["status"] = 2
        assert [one.shared for one in (await pages_of(shop)).products] == [()]


async def test_everything_is_read_in_the_scope_of_the_chosen_store_view() -> None:
    tables, _, _ = shirts()
    product(tables, 2, "W adminie wyłączony", 5, status=2)
    product(tables, 3, "W adminie włączony", 5)
    tables.scoped = {POLISH: {2: {"status": 1}, 3: {"status": 2}}, ENGLISH: tables.scoped.get(ENGLISH, {})}
    async with MagentoShop(tables) as shop:
        found = await pages_of(shop)
        assert {int(one.source_id) for one in found.products} == {1, 2}
        assert {int(one.source_id): one.rule for one in found.skipped} == {3: SkipRule.DISABLED}
        english = by_id((await pages_of(shop, LANGUAGE="en")).products)[1]
        assert english.name == "Shirt"
        assert [one.options[0].name + ": " + one.options[0].value for one in english.variants] == [
            f"Color: {one} en" for one in COLOURS
        ]
        assert {call.view for call in shop.asked("products", "products-render-info")} <= {POLISH, ENGLISH, "all"}
        own = [call for call in shop.asked("products") if "items" not in call.query]
        assert own and all(call.view != "all" for call in own)


async def test_a_websites_own_price_is_read_in_its_view() -> None:
    tables = plain(2)
    tables.scoped = {POLISH: {2: {"price": 55.5, "attributes": {"special_price": "50.000000"}}}}
    async with MagentoShop(tables) as shop:
        price = by_id((await pages_of(shop)).products)[2].variants[0].price
        assert (price.gross, price.regular) == (Decimal("50.00"), Decimal("55.50"))


async def test_a_price_rule_is_taken_from_what_visitors_are_shown_who_sign_nothing() -> None:
    tables = plain(3)
    tables.price_rules[2] = Decimal(10)
    async with MagentoShop(tables) as shop:
        found = by_id((await pages_of(shop)).products)
        price = found[2].variants[0].price
        assert (price.gross, price.regular) == (Decimal("2.70"), Decimal("3.00"))
        assert [notice.code for notice in found[2].notices] == ["price_differs"]
        assert not found[1].notices
        assert {call.signed for call in shop.asked("products-render-info")} == {""}


# --- stock -------------------------------------------------------------------------------------------------------------


async def test_stock_is_what_can_be_ordered() -> None:
    tables = plain(6)
    tables.stock |= {
        "SKU-1": Stock(Decimal(10), reserved=Decimal(3)),
        "SKU-2": Stock(managed=False),
        "SKU-3": Stock(Decimal(5), in_stock=False),
        "SKU-4": Stock(Decimal(3), threshold=Decimal(3)),
        "SKU-5": Stock(Decimal(0)),
    }
    del tables.stock["SKU-6"]
    async with MagentoShop(tables) as shop:
        found = by_id((await pages_of(shop)).products)
    only = {number: one.variants[0] for number, one in found.items()}
    assert {number: (one.stock, one.for_sale) for number, one in only.items()} == {
        1: (Counted(Decimal(7)), True), 2: (NotCounted(), True), 3: (Counted(Decimal(5)), False),
        4: (Counted(Decimal(0)), False), 5: (Counted(Decimal(0)), False), 6: (Counted(Decimal(0)), False),
    }  # fmt: skip


async def test_a_shop_without_the_inventory_modules_is_read_by_its_stock_items_which_is_said_before() -> None:
    tables = varied(120, 3)
    tables.modules = ["Magento_Catalog"]
    tables.stock["SKU-2"] = Stock(managed=False)
    async with MagentoShop(tables, ShopSettings(inventory=False)) as shop, opened(shop) as source:
        profile = await source.profile()
        assert any("older stock items" in warning for warning in profile.warnings)
        assert "2 calls" in dict(profile.facts)["Stock items"]
        found = by_id((await everything_on_pages(source)).products)
        assert found[1].variants[0].stock == Counted(Decimal(2))
        assert found[2].variants[0].stock == NotCounted()
        assert len(shop.asked("stockItems")) == 2
        assert not any(call.status == 404 for call in shop.calls)


async def test_a_shop_that_does_not_tell_its_modules_and_has_no_inventory_is_read_by_its_stock_items_too() -> None:
    tables = varied(20, 2)
    tables.modules = []
    async with MagentoShop(tables, ShopSettings(inventory=False)) as shop:
        found = by_id((await pages_of(shop)).products)
        assert found[1].variants[0].stock == Counted(Decimal(2))
        assert sum(call.status == 404 for call in shop.calls) <= 4


async def test_stock_that_may_not_be_read_is_unknown_and_said() -> None:
    async with MagentoShop(varied(5, 2)) as shop:
        shop.importer.boxes = {
            "Magento_Catalog::products", "Magento_Backend::store", "Magento_Tax::manage_tax",
            "Magento_Catalog::attributes_attributes", "Magento_Catalog::categories", "Magento_Customer::group",
        }  # fmt: skip
        found = await pages_of(shop)
        assert all(isinstance(one.stock, UnknownStock) for row in found.products for one in row.variants)
        assert {notice.code for notice in found.notices} == {"may_not_read"}
        assert "Magento_InventoryApi::stock" in found.notices[0].text


# --- again ---------------------------------------------------------------------------------------------------------------


async def dated(source: Source, since: datetime) -> set[int]:
    changes = source.changes()
    assert changes is not None
    return {int(one) async for one in changes.dated(since)}


async def moving(source: Source) -> set[tuple[str, bytes]]:
    changes = source.changes()
    assert changes is not None
    return {pair async for pair in changes.moving()}


async def test_a_variants_change_is_its_products() -> None:
    tables, number, values = shirts()
    configurable(tables, 2, "Zestaw", {number: values}, [11])
    product(tables, 3, "Inny", 5)
    tables.products[11]["updated_at"] = "2026-11-23 10:00:00"
    tables.products[3]["updated_at"] = "2038-01-19 03:14:08"
    async with MagentoShop(tables) as shop, opened(shop, TRUST_DATES="yes") as source:
        assert await all_ids(source) == [1, 2, 3]
        assert await dated(source, datetime(2026, 11, 23, 10, 0, tzinfo=UTC)) == {1, 2, 3, 11}
        assert await dated(source, datetime(2026, 11, 23, 10, 1, tzinfo=UTC)) == {3}


async def test_stock_and_special_prices_move_without_a_date() -> None:
    tables, _, _ = shirts()
    product(tables, 2, "Inny", 5)
    product(
        tables, 3, "W promocji", 50, attributes={"special_price": "40.000000", "special_to_date": "2026-11-23 00:00:00"}
    )
    async with MagentoShop(tables) as shop:

        async def moved(**more: str) -> set[tuple[str, bytes]]:
            async with opened(shop, TRUST_DATES="yes", **more) as source:
                assert await all_ids(source) == [1, 2, 3]
                return await moving(source)

        before = await moved()
        assert await moved() == before
        tables.stock["SKU-12"].quantity = Decimal(99)
        assert {product_ for product_, _ in await moved() ^ before} == {"1", "12"}
        tables.stock["SKU-12"].quantity = Decimal(5)
        # The day after, the special price has ended by itself.
        later = await moved(NOW="2026-11-24T00:00:01+01:00")
        assert {product_ for product_, _ in later ^ before} == {"3"}
        tables.tax_rules[0]["tax_rate_ids"] = [4]
        assert "" in {product_ for product_, _ in await moved() ^ before}
        tables.tax_rules[0]["tax_rate_ids"] = [3, 7]
        product(tables, 4, "Nowy", 5)
        async with opened(shop) as source:
            assert "" not in {product_ for product_, _ in await moving(source) ^ before}


async def test_what_dates_do_not_cover_is_said_in_words() -> None:
    async with MagentoShop(plain(1)) as shop, opened(shop) as source:
        changes = source.changes()
        assert changes is not None and "catalogue price rules" in changes.uncovered


# --- the demonstration -----------------------------------------------------------------------------------------------------


async def test_two_readings_at_once_of_a_shop_that_rests_say_the_same() -> None:
    async with MagentoShop(demo_goods(60)) as shop:
        one, other = await asyncio.gather(pages_of(shop, MAGENTO_PAGE_SIZE="7"), pages_of(shop))
        assert sorted(one.products, key=lambda row: row.source_id) == sorted(
            other.products, key=lambda row: row.source_id
        )
