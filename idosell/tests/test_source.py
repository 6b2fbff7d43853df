"""All products, each once, whatever comes and goes; groups whole; and no call more than is needed."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from gateway_importer.catalog import Page, ProductId
from gateway_importer.errors import ImporterError, Unreachable
from gateway_importer.failures import HttpFailure
from goods import Item, Picture, Size, Tables
from importing import all_ids, by_id, everything_on_pages, opened, read
from shop import SEARCH, Call, Fault, Shop, ShopSettings


def shop_of(number: int, settings: ShopSettings | None = None) -> Shop:
    tables = Tables()
    for one in range(1, number + 1):
        tables.items[one] = item(one)
    return Shop(tables, settings)


def item(number: int, **more: Any) -> Item:
    return Item(number, {"pol": f"Kubek {number}"}, Decimal(number) + Decimal("0.50"), **more)


def grouped(tables: Tables, parent: int, *members: int) -> None:
    for number in members:
        tables.items[number] = item(
            number, parent=parent, group_name={"pol": "Kolor"}, version={"pol": f"kolor {number}"}
        )


def ids(page: Page) -> list[int]:
    return sorted(int(one.source_id) for one in page.products)


@pytest.mark.parametrize("number", [0, 1, 99, 100, 101, 250])
async def test_every_product_is_read_once_and_a_hundred_of_them_cost_a_call(number: int) -> None:
    async with shop_of(number) as shop, opened(shop) as source:
        assert ids(await everything_on_pages(source)) == list(range(1, number + 1))
        assert await all_ids(source) == list(range(1, number + 1))
        counts, pages = (2, 0) if number == 0 else (1, -(-number // 100))
        assert len(shop.asked(SEARCH)) == counts + pages
        asked = [call.asked["params"]["resultsPage"] for call in shop.asked(SEARCH)]
        assert len(asked) == len(set(asked[counts:])) + counts


async def test_the_small_tables_are_asked_once_for_a_whole_run() -> None:
    async with shop_of(30) as shop, opened(shop, IDOSELL_PAGE_SIZE="5") as source:
        await source.profile()
        await source.categories()
        await everything_on_pages(source)
        for gate in ("system/shopsData", "shops/languages", "sizes/sizes", "products/categories", "system/serverLoad"):
            assert len(shop.asked(gate)) == 1, gate


async def test_members_that_lie_on_different_pages_become_one_product() -> None:
    async with shop_of(60) as shop:
        grouped(shop.tables, 3, 3, 31, 58)
        async with opened(shop, IDOSELL_PAGE_SIZE="10") as source:
            found = by_id((await everything_on_pages(source)).products)
            assert [str(one.source_id) for one in found[3].variants] == ["3-uniw", "31-uniw", "58-uniw"]
            assert await all_ids(source) == [one for one in range(1, 61) if one not in (31, 58)]
        assert not [call for call in shop.asked(SEARCH) if "productParams" in call.asked["params"]]


async def test_versions_may_be_products_of_their_own() -> None:
    async with shop_of(5) as shop:
        grouped(shop.tables, 3, 3, 4)
        async with opened(shop, VERSIONS="separate") as source:
            found = by_id((await everything_on_pages(source)).products)
            assert sorted(found) == [1, 2, 3, 4, 5]
            assert not found[4].variants[0].options
            assert await all_ids(source) == [1, 2, 3, 4, 5]


# --- while things move ----------------------------------------------------------------------------------------


def during(shop: Shop, at: int, change: Callable[[], object]) -> None:
    """Before the search of that number (1 is the count) is answered."""
    seen = 0

    def hook(_: Shop, call: Call) -> None:
        nonlocal seen
        seen += call.gate == SEARCH
        if call.gate == SEARCH and seen == at:
            change()

    shop.hook = hook


@pytest.mark.parametrize("parent", [3, 58])
@pytest.mark.parametrize("apart", [True, False])
async def test_a_group_that_is_made_or_taken_apart_meanwhile_loses_no_variant(parent: int, apart: bool) -> None:
    async with shop_of(60) as shop, opened(shop, IDOSELL_PAGE_SIZE="10") as source:
        grouped(shop.tables, parent if apart else 0, 3, 58)
        during(shop, 5, lambda: grouped(shop.tables, 0 if apart else parent, 3, 58))
        found = by_id((await everything_on_pages(source)).products)  # the last reading of a product counts
        assert {variant.source_id for one in found.values() for variant in one.variants} == {
            f"{number}-uniw" for number in range(1, 61)
        }


@pytest.mark.parametrize("at", range(2, 8))
@pytest.mark.parametrize("gone", [1, 25, 55, 60])
async def test_a_product_that_is_deleted_meanwhile_hides_no_other(at: int, gone: int) -> None:
    async with shop_of(60) as shop, opened(shop, IDOSELL_PAGE_SIZE="10") as source:
        during(shop, at, lambda: shop.tables.items.pop(gone))
        found = ids(await everything_on_pages(source))
        assert set(found) | {gone} == set(range(1, 61)) and len(found) == len(set(found))


@pytest.mark.parametrize("at", range(2, 8))
@pytest.mark.parametrize("number", [35, 61])
async def test_a_product_that_comes_meanwhile_hides_no_other_and_comes_in(at: int, number: int) -> None:
    async with shop_of(60) as shop:
        shop.tables.items.pop(35)
        async with opened(shop, IDOSELL_PAGE_SIZE="10") as source:
            during(shop, at, lambda: shop.tables.items.update({number: item(number)}))
            found = ids(await everything_on_pages(source))
            assert set(found) >= set(range(1, 61)) - {35} and len(found) == len(set(found))
            assert number != 61 or 61 in found


async def test_one_that_goes_while_another_comes_hides_none() -> None:
    async with shop_of(60) as shop, opened(shop, IDOSELL_PAGE_SIZE="10") as source:
        during(shop, 4, lambda: (shop.tables.items.pop(5), shop.tables.items.update({61: item(61)})))
        assert set(ids(await everything_on_pages(source))) >= set(range(1, 61)) - {5}


# --- answers that are none ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 207])
@pytest.mark.parametrize("bare", [True, False])
async def test_an_empty_search_comes_as_a_fault_and_is_an_empty_list(status: int, bare: bool) -> None:
    settings = ShopSettings(empty_status=status, empty_without_results=bare)
    async with shop_of(0, settings) as shop, opened(shop) as source:
        assert ids(await everything_on_pages(source)) == []
        assert (await source.profile()).products == 0
        assert ids(await read(source, 7)) == []


@pytest.mark.parametrize("at", range(6))
async def test_a_page_that_comes_empty_though_products_are_promised_is_asked_for_again(at: int) -> None:
    async with shop_of(25) as shop, opened(shop, IDOSELL_PAGE_SIZE="5") as source:
        shop.settings.faults.append(Fault("nothing", after=at))
        assert ids(await everything_on_pages(source)) == list(range(1, 26))
        assert await all_ids(source)


async def test_a_shop_that_promises_products_and_hands_out_none_ends_the_run() -> None:
    async with shop_of(25) as shop, opened(shop, IDOSELL_PAGE_SIZE="5") as source:
        shop.settings.faults.append(
            Fault("nothing", times=-1, matches=lambda call: call.gate == SEARCH and len(shop.asked(SEARCH)) % 4 != 1)
        )
        with pytest.raises(Unreachable) as caught:
            await everything_on_pages(source)
        assert "hands out none" in caught.value.happened
        assert source.everything() is None


async def test_a_product_that_is_not_there_for_a_moment_is_asked_for_again_before_it_is_believed() -> None:
    async with shop_of(5) as shop, opened(shop) as source:
        shop.settings.faults.append(Fault("nothing"))
        assert ids(await read(source, 2, 3)) == [2, 3]


@pytest.mark.parametrize("damage", ["html", "empty", "cut", "reset"])
async def test_half_an_answer_or_another_is_asked_for_again(damage: Any) -> None:
    async with shop_of(25) as shop, opened(shop, IDOSELL_PAGE_SIZE="5") as source:
        shop.settings.faults.append(Fault(damage, after=2))
        assert ids(await everything_on_pages(source)) == list(range(1, 26))


# --- one product that breaks answers --------------------------------------------------------------------------


@pytest.mark.parametrize("size", ["100", "12", "7", "1"])
@pytest.mark.parametrize("broken", [1, 13, 30])
async def test_a_product_at_which_the_shop_fails_is_found_and_named(size: str, broken: int) -> None:
    async with shop_of(30) as shop, opened(shop, IDOSELL_PAGE_SIZE=size) as source:
        shop.tables.items[broken].stumbles = "full"
        page = await everything_on_pages(source)
        assert ids(page) == [one for one in range(1, 31) if one != broken]
        assert [(one.source_id, one.fault.code) for one in page.failed] == [(str(broken), "shop_error")]
        assert broken in await all_ids(source)


async def test_a_product_of_which_the_shop_says_nothing_at_all_is_told_and_nothing_is_taken_for_gone() -> None:
    async with shop_of(30) as shop, opened(shop, IDOSELL_PAGE_SIZE="10") as source:
        shop.tables.items[13].stumbles = "all"
        page = await everything_on_pages(source)
        assert len(page.products) == 29
        assert [one.source_id for one in page.failed] == ["place-13"]
        assert [one.code for one in page.notices] == ["rows_missing"]
        assert source.everything() is None


async def test_a_broken_member_fails_its_product_and_none_of_its_variants_looks_deleted() -> None:
    async with shop_of(30) as shop:
        grouped(shop.tables, 3, 3, 20)
        shop.tables.items[20].stumbles = "full"
        async with opened(shop, IDOSELL_PAGE_SIZE="5") as source:
            for page in (await everything_on_pages(source), await read(source, 3), await read(source, 20)):
                assert 3 not in ids(page)
                (failed,) = page.failed
                assert failed.source_id == "3" and "Version 20" in failed.fault.cause


async def test_a_shop_that_fails_at_everything_is_down_and_no_products_fault() -> None:
    async with shop_of(100) as shop, opened(shop) as source:
        for one in shop.tables.items.values():
            one.stumbles = "full"
        with pytest.raises(Unreachable) as caught:
            await everything_on_pages(source)
        assert "30 products in a row" in caught.value.happened


@pytest.mark.parametrize(
    "told",
    [
        {"faultCode": 7, "faultString": "Błąd towaru"},
        {"error": {"faultCode": 7, "faultString": "Błąd towaru"}},
        {"errors": [{"code": "7", "message": "Błąd towaru"}]},
        {"errno": "7", "faultString": "Błąd towaru"},
        {"faults": [{"faultCode": "7", "faultString": "Błąd towaru"}]},
    ],
)
async def test_a_fault_of_one_row_among_good_ones_costs_that_row(told: dict[str, Any]) -> None:
    async with shop_of(3) as shop, opened(shop) as source:
        shop.settings.item_faults[2] = told
        page = await everything_on_pages(source)
        assert ids(page) == [1, 3]
        (bad,) = page.failed
        assert (bad.source_id, bad.fault.code) == ("2", "shop_fault") and "Błąd towaru" in bad.fault.cause


@pytest.mark.parametrize("fine", [{"faultCode": 0, "faultString": ""}, {"errors": []}, {"error": None, "errno": 0}])
async def test_a_fault_of_code_0_is_none(fine: dict[str, Any]) -> None:
    async with shop_of(3) as shop, opened(shop) as source:
        shop.settings.item_faults[2] = fine
        page = await everything_on_pages(source)
        assert ids(page) == [1, 2, 3] and not any(one.left_out for one in page.products)


async def test_a_row_of_which_it_is_not_known_where_it_belongs_fails_and_is_no_product_that_is_gone() -> None:
    async with shop_of(30) as shop:
        grouped(shop.tables, 3, 3, 20)
        shop.tables.items[20].said = {"productVersion": "?"}
        async with opened(shop) as source:
            pages = [await source.read(handle) async for handle in source.pages()]
            assert [one.source_id for page in pages for one in page.failed] == ["20"]
            assert [part.members for page in pages for part in page.parts] == [("3", "20")]


async def test_a_search_that_fails_from_the_first_question_on_ends_the_run() -> None:
    async with shop_of(3) as shop, opened(shop) as source:
        shop.settings.faults.append(Fault("status", status=500, times=-1))
        with pytest.raises(Unreachable):
            await everything_on_pages(source)


async def test_the_pseudo_product_is_none_also_where_the_shop_does_not_leave_it_out() -> None:
    async with shop_of(30) as shop, opened(shop, IDOSELL_PAGE_SIZE="10") as source:
        shop.settings.passes_over = {"skipDefaultProduct"}
        assert ids(await everything_on_pages(source)) == list(range(1, 31))
        assert await all_ids(source) == list(range(1, 31))
        assert len(shop.asked(SEARCH)) == 1 + 4


async def test_a_deleted_product_that_is_listed_all_the_same_is_not_there() -> None:
    async with shop_of(3) as shop, opened(shop) as source:
        shop.tables.items[2].said = {"productIsDeleted": "Y"}
        assert ids(await everything_on_pages(source)) == [1, 3]
        assert await all_ids(source) == [1, 3]


async def test_a_gate_that_a_version_lacks_costs_what_it_is_for() -> None:
    async with shop_of(3) as shop:
        shop.settings.missing = {"products/categories", "sizes/sizes", "system/serverLoad"}
        async with opened(shop) as source:
            assert ids(await everything_on_pages(source)) == [1, 2, 3]
            assert any("has no sizes/sizes" in one for one in (await source.profile()).warnings)
            levels = {one.level for one in await source.check()}
            assert levels == {"ok", "warning"}


# --- by ids ---------------------------------------------------------------------------------------------------


async def test_a_group_is_found_by_its_id_also_where_no_product_has_that_id_any_more() -> None:
    async with shop_of(30) as shop:
        grouped(shop.tables, 400, 12, 27)
        async with opened(shop) as source:
            (found,) = (await read(source, 400)).products
            assert found.source_id == "400"
            assert [str(one.source_id) for one in found.variants] == ["12-uniw", "27-uniw"]


async def test_by_one_member_all_are_found() -> None:
    async with shop_of(30) as shop:
        grouped(shop.tables, 3, 3, 20)
        async with opened(shop) as source:
            for number in (3, 20):
                (found,) = (await read(source, number)).products
                assert found.source_id == "3" and len(found.variants) == 2


async def test_a_group_of_which_the_shop_names_no_members_is_whole_by_any_of_them() -> None:
    async with shop_of(30) as shop:
        grouped(shop.tables, 3, 3, 20)
        for number in (3, 20):
            version = shop.output.version(shop.tables.items[number])["productVersion"]
            shop.tables.items[number].said = {"productVersion": {**version, "versionProductsIds": []}}
        async with opened(shop) as source:
            assert len(by_id((await everything_on_pages(source)).products)[3].variants) == 2
            for number in (3, 20):
                (found,) = (await read(source, number)).products
                assert found.source_id == "3" and len(found.variants) == 2
        async with opened(shop, VERSIONS="separate") as source:
            assert ids(await read(source, 20)) == [20]


@pytest.mark.parametrize(("how", "code"), [("full", "shop_error"), ("all", "shop_error")])
async def test_of_chosen_products_the_one_at_which_the_shop_fails_is_found(how: str, code: str) -> None:
    async with shop_of(30) as shop, opened(shop) as source:
        shop.tables.items[13].stumbles = how
        page = await read(source, *range(1, 31))
        assert ids(page) == [one for one in range(1, 31) if one != 13]
        assert [(one.source_id, one.fault.code) for one in page.failed] == [("13", code)]


async def test_a_shop_that_answers_with_more_than_was_asked_for_is_not_believed() -> None:
    async with shop_of(30) as shop, opened(shop, IDOSELL_PAGE_SIZE="10") as source:
        shop.settings.passes_over = {"resultsLimit"}
        with pytest.raises(ImporterError) as caught:
            await everything_on_pages(source)
        assert "resultsLimit" in caught.value.happened


async def test_many_ids_are_asked_for_a_hundred_a_call() -> None:
    async with shop_of(250) as shop, opened(shop) as source:
        assert ids(await read(source, *range(1, 251))) == list(range(1, 251))
        assert len(shop.asked(SEARCH)) == 3


async def test_what_is_gone_is_missing_and_who_read_everything_asks_for_no_group_of_it() -> None:
    async with shop_of(5) as shop, opened(shop) as source:
        await everything_on_pages(source)
        shop.calls.clear()
        assert ids(await read(source, 4, 77)) == [4]
        assert not [call for call in shop.asked(SEARCH) if "productVersionId" in call.asked["params"]]


async def test_ids_that_are_no_numbers_lead_to_no_page() -> None:
    async with shop_of(1) as shop, opened(shop) as source:
        assert not source.pages_of([ProductId("x"), ProductId(""), ProductId("9" * 20)])


async def test_a_shop_that_passes_over_a_filter_is_not_believed() -> None:
    async with shop_of(30) as shop, opened(shop) as source:
        shop.settings.obeys_filters = False
        page = await read(source, 4)
        assert not page.products
        assert [one.fault.code for one in page.failed] == ["question_disobeyed"]


# --- what the shop's server and its plan can bear --------------------------------------------------------------


async def test_an_overloaded_server_is_waited_for() -> None:
    async with shop_of(5) as shop, opened(shop, FIRST_PAUSE="0.001", PATIENCE="30") as source:
        shop.settings.overloaded = 3
        assert len((await everything_on_pages(source)).products) == 5
        looks = shop.asked("system/serverLoad")
        assert len(looks) == 3
        assert shop.asked(SEARCH)[1].at > looks[-1].at  # the first search only counts


async def test_a_server_that_stays_overloaded_ends_the_run_with_the_cure() -> None:
    async with shop_of(5) as shop, opened(shop, FIRST_PAUSE="0.001", PATIENCE="0.05") as source:
        shop.settings.overloaded = 10**6
        with pytest.raises(ImporterError) as caught:
            await everything_on_pages(source)
        assert "overloaded" in caught.value.happened and "at night" in caught.value.to_do


async def test_a_key_that_may_not_see_the_load_reads_all_the_same() -> None:
    async with shop_of(5) as shop:
        shop.accounts["good"].areas = {"pim"}
        async with opened(shop, IDOSELL_SHOP="1") as source:
            assert len((await everything_on_pages(source)).products) == 5
            assert any("may not read system/shopsData" in one for one in (await source.profile()).warnings)


async def test_only_what_is_needed_is_asked_of_a_product() -> None:
    async with shop_of(2) as shop, opened(shop) as source:
        await everything_on_pages(source)
        params = shop.asked(SEARCH)[-1].asked["params"]
        assert params["skipDefaultProduct"] == "y" and params["resultsLimit"] == 100
        assert not {"wholesale_price", "icon", "note", "menu", "deliverer"} & set(params["returnElements"])
        assert "menu" not in shop.asked(SEARCH)[0].asked["params"]["returnElements"]


async def test_pictures_are_read_at_their_public_addresses_without_the_key() -> None:
    async with shop_of(1) as shop, opened(shop) as source:
        shop.tables.items[1].pictures = [Picture("1", b"\x89PNG-one", "a1")]
        (product,) = (await everything_on_pages(source)).products
        async with source.open_image(product.images[0]) as body:
            assert b"".join([chunk async for chunk in body.chunks()]) == b"\x89PNG-one"
        assert product.images[0].public_url == product.images[0].url


async def test_a_picture_that_cannot_be_had_costs_the_picture() -> None:
    async with shop_of(1) as shop, opened(shop) as source:
        shop.tables.items[1].pictures = [Picture("1", b"x", "a", "missing"), Picture("2", b"y", "b", "page")]
        (product,) = (await everything_on_pages(source)).products
        for image, told in zip(product.images, ("status 404", "text/html"), strict=True):
            with pytest.raises(HttpFailure, match=told):
                async with source.open_image(image):
                    raise AssertionError


async def test_a_later_version_of_the_api_reads_the_same() -> None:
    async with shop_of(3) as shop, opened(shop, IDOSELL_VERSION="8.1") as source:
        shop.tables.items[2].sizes = [Size("4", "M"), Size("5", "L")]
        assert ids(await everything_on_pages(source)) == [1, 2, 3]
        assert all("/v8.1/" in call.path for call in shop.asked(SEARCH))
