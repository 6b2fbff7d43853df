"""In which order a shop is asked, with how few calls, and that nothing is lost while it moves or lies."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from gateway_importer.catalog import Counted
from gateway_importer.errors import Unreachable
from goods import Tables, empty_shop
from importing import all_ids, by_id, everything_on_pages, opened, read
from making import group, option, picture, product, stock
from shop import Call, Fault, Shop, ShopSettings
from shop_query import Quirks

QUICK = {"limit": 1000.0, "bandwidth": 1000.0}
GOODS = ("products", "product-stocks", "product-images")


def settings(**more: object) -> ShopSettings:
    return ShopSettings(**{**QUICK, **more})  # type: ignore[arg-type]


def stocked(products: int, *, variants: int = 3, pictures: int = 2) -> Tables:
    """A shop with so many products, every other of them with variants."""
    tables = empty_shop()
    sizes = group(tables, "Rozmiary")
    size, values = option(
        tables, sizes, {"pl_PL": "Rozmiar"}, [{"pl_PL": word} for word in ("S", "M", "L", "XL", "XXL")]
    )
    for number in range(1, products + 1):
        varied = number % 2 == 0 and variants
        made = product(tables, f"Produkt {number}", f"{number}.99", group_id=str(sizes) if varied else None)
        for place in range(variants if varied else 0):
            stock(
                tables, made, "1.00", price_type="2", options={str(size): str(values[place])}, code=f"P{number}-{place}"
            )
        for _ in range(pictures):
            picture(tables, made, b"\x89PNG")
    return tables


async def test_fifty_products_cost_a_call_and_so_do_fifty_variants_and_fifty_pictures() -> None:
    tables = stocked(1200)
    rows = [len(tables.table(resource)) for resource in GOODS]
    variants = sum(1 for row in tables.table("product-stocks").values() if row["extended"] == "1")
    async with Shop(tables, settings()) as shop, opened(shop) as source:
        page = await everything_on_pages(source)
        assert len(page.products) == 1200
        assert len(await all_ids(source)) == 1200
        least = rows[0] / 50 + variants / 50 + rows[2] / 50
        assert len(shop.asked(*GOODS)) <= 1.05 * least


async def test_each_product_comes_with_its_own_variants_and_pictures() -> None:
    tables = stocked(60)
    async with Shop(tables, settings()) as shop, opened(shop) as source:
        found = by_id((await everything_on_pages(source)).products)
        for number, one in found.items():
            stocks = tables.stocks_of(number)
            extended = {row["stock_id"] for row in stocks if row["extended"] == "1"}
            assert {str(variant.source_id) for variant in one.variants} == (extended or {stocks[0]["stock_id"]})
            assert [image.key for image in one.images] == [row["gfx_id"] for row in tables.pictures_of(number)]
            assert all(variant.stock == Counted(Decimal(5)) for variant in one.variants)


@pytest.fixture(params=["in", "above", "bulk is missing too", "only the first id", "refused"])
def quirk(request: pytest.FixtureRequest) -> Iterator[ShopSettings]:
    filters = {"products product_id": "", "product-stocks stock_id": "", "product-images product_id": ""}
    match request.param:
        case "in":
            yield settings(quirks=Quirks(dict.fromkeys(filters, "ignored"), {}))
        case "above":
            yield settings(quirks=Quirks({}, {"products product_id": "ignored"}))
        case "refused":
            yield settings(quirks=Quirks(dict.fromkeys(filters, "refused"), {"products product_id": "refused"}))
        case "only the first id":
            yield settings(quirks=Quirks(dict.fromkeys(filters, "first"), {}))
        case _:
            yield settings(quirks=Quirks(dict.fromkeys(filters, "ignored"), {}), bulk="missing")


async def test_a_filter_that_is_not_obeyed_costs_calls_and_nothing_else(quirk: ShopSettings) -> None:
    tables = stocked(70)
    async with Shop(tables, settings()) as straight, opened(straight) as source:
        right = await everything_on_pages(source)
    async with Shop(tables, quirk) as shop, opened(shop) as source:
        found = await everything_on_pages(source)
        assert [one.source_id for one in found.products] == [one.source_id for one in right.products]
        assert [[v.source_id for v in one.variants] for one in found.products] == [
            [v.source_id for v in one.variants] for one in right.products
        ]
        assert [[i.key for i in one.images] for one in found.products] == [
            [i.key for i in one.images] for one in right.products
        ]
        assert not found.failed
        some = await read(source, 402, 404, 440)
        assert sorted(by_id(some.products)) == [402, 404, 440]


async def test_the_way_back_is_remembered_for_the_shop() -> None:
    quirks = Quirks({"product-stocks stock_id": "ignored", "product-images product_id": "first"}, {})
    learnt: dict[str, str] = {}
    async with Shop(stocked(40), settings(quirks=quirks)) as shop:
        async with opened(shop, learnt) as source:
            await everything_on_pages(source)
        first = len(shop.calls)
        assert learnt
        async with opened(shop, learnt) as source:
            page = await everything_on_pages(source)
        assert len(page.products) == 40
        assert len(shop.calls) - first < first  # what was found out is not tried again


async def test_nothing_is_lost_or_read_twice_while_products_come_and_go() -> None:
    tables = stocked(220, variants=0, pictures=0)

    def meddle(shop: Shop, call: Call) -> None:
        lists = len(shop.asked("products"))
        if call.resource == "products" and lists in (3, 4, 5):
            tables.delete_product(399 + lists)  # before what was read: everything behind it moves up
            product(tables, "Nowy")

    for quirks in (Quirks({}, {}), Quirks({}, {"products product_id": "ignored"})):
        async with Shop(tables, settings(quirks=quirks), hook=meddle) as shop, opened(shop) as source:
            before = set(tables.table("products"))
            page = await everything_on_pages(source)
            numbers = [int(one.source_id) for one in page.products]
            assert len(numbers) == len(set(numbers))
            assert before & set(tables.table("products")) <= set(numbers)
            assert set(tables.table("products")) <= set(await all_ids(source))


async def test_what_came_behind_the_last_page_is_listed_at_the_end() -> None:
    tables = stocked(30, variants=0, pictures=0)
    async with Shop(tables, settings()) as shop, opened(shop) as source:
        assert source.everything() is None  # a list costs what reading costs
        await everything_on_pages(source)
        came = product(tables, "W ostatniej chwili")
        assert came in await all_ids(source)
        assert int((await read(source, came)).products[0].source_id) == came


async def test_one_product_at_which_the_shop_fails_costs_itself_alone() -> None:
    tables = stocked(130, variants=0, pictures=0)
    tables.broken |= {401, 470, 530}
    async with Shop(tables, settings()) as shop, opened(shop) as source:
        page = await everything_on_pages(source)
        assert {int(one.source_id) for one in page.failed} == {401, 470, 530}
        assert {one.fault.code for one in page.failed} == {"shop_error"}
        assert len(page.products) == 127
        assert len(await all_ids(source)) == 130
        some = await read(source, 469, 470, 471)
        assert [int(one.source_id) for one in some.failed] == [470]
        assert sorted(by_id(some.products)) == [469, 471]


@pytest.mark.parametrize("size", ["1", "2", "7", "50"])
async def test_so_it_does_where_the_shop_does_not_page_by_ids(size: str) -> None:
    tables = stocked(23, variants=0, pictures=0)
    tables.broken |= {401, 410, 411, 423}
    quirks = Quirks({}, {"products product_id": "ignored"})

    def meddle(shop: Shop, call: Call) -> None:
        if len(shop.asked("products")) == 12:
            tables.delete_product(403)

    async with Shop(tables, settings(quirks=quirks), hook=meddle) as shop, opened(shop, SHOP_PAGE_SIZE=size) as source:
        page = await everything_on_pages(source)
        assert {int(one.source_id) for one in page.failed} == {401, 410, 411, 423}
        assert set(tables.table("products")) - tables.broken <= {int(one.source_id) for one in page.products}


async def test_what_was_found_out_about_a_shop_is_tried_anew_after_some_weeks() -> None:
    learnt = {"product-images by product_id": "bulk 2026-01-01"}
    async with Shop(stocked(5), settings()) as shop, opened(shop, learnt) as source:
        assert len((await everything_on_pages(source)).products) == 5
        assert not shop.asked("bulk")


async def test_a_product_that_is_gone_is_not_handed_out_and_no_failure() -> None:
    async with Shop(stocked(10), settings()) as shop, opened(shop) as source:
        page = await read(source, 401, 999)
        assert [int(one.source_id) for one in page.products] == [401]
        assert not page.failed
        assert any(call.path.endswith("/999") or call.resource == "bulk" for call in shop.calls)


async def test_a_list_that_holds_none_although_it_has_some_is_not_believed() -> None:
    async with Shop(stocked(10), settings()) as shop, opened(shop) as source:
        shop.settings.faults.append(Fault("nothing", times=-1, matches=lambda call: "filters" in call.query))
        with pytest.raises(Unreachable, match="hands out none"):
            await everything_on_pages(source)


async def test_details_are_asked_for_only_where_the_list_lacks_them() -> None:
    async with Shop(stocked(5), settings(short_lists={"stock"})) as shop, opened(shop) as source:
        page = await everything_on_pages(source)
        assert len(page.products) == 5
        assert [call.inner for call in shop.asked("bulk")] == [5]
    async with Shop(stocked(5), settings(short_lists={"options"}, bulk="missing")) as shop, opened(shop) as source:
        assert len((await everything_on_pages(source)).products) == 5
        assert sum(1 for call in shop.calls if call.path.startswith("/webapi/rest/products/")) == 5
