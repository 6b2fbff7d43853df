"""The source against the simulated shop: what arrives is what the product pages show, whatever the shop does."""

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest
from aiohttp import web
from catalogue import MAIN_SET, demo_catalogue, recorded_catalogue
from gateway_importer.catalog import (
    Counted,
    Kind,
    NoVatRate,
    SkipRule,
    UnknownStock,
    Variant,
    VatRate,
)
from gateway_importer.errors import InputError
from importing import all_ids, by_id, everything_on_pages, opened, read
from shop import PrestaShop, ShopSettings
from shop_answers import Call
from shop_settings import Fault, FaultKind, LoggedRequest

PAGES = json.loads((MAIN_SET / "storefront.json").read_text("utf-8"))["products"]
SHOWN = [page for page in PAGES if page["http_status"] == 200 and page["shown_price_content"] is not None]
HIDDEN = 20  # visibility none: its page opens by a link, and it is skipped by rule


def variant_of(variants: tuple[Variant, ...], combination: int, default: int) -> Variant:
    """The variant that a page shows: the chosen combination, else the default one, else the only one."""
    wanted = str(combination or default or "")
    return next(variant for variant in variants if variant.source_id == wanted)


VERSIONS = [
    pytest.param(ShopSettings(), id="8.1.3"),
    pytest.param(ShopSettings(php="8.2"), id="8.1.3 on PHP 8.2"),
    pytest.param(ShopSettings(version="1.7.7.4"), id="1.7.7.4 with notices"),
    pytest.param(ShopSettings(version="1.7.7.4", notices=False), id="1.7.7.4"),
    pytest.param(ShopSettings(languages=(1,)), id="one language"),
    pytest.param(ShopSettings(prefix=b"\xef\xbb\xbf<b>Warning</b>: Undefined [x] in {y}\n"), id="noise"),
    pytest.param(ShopSettings(folder="/sklep", no_rewrite=True, drops_authorization_header=True), id="dispatcher"),
]


@pytest.mark.parametrize("settings", VERSIONS)
async def test_every_price_and_regular_price_is_what_the_product_page_shows(settings: ShopSettings) -> None:
    async with PrestaShop(recorded_catalogue(), settings) as shop, opened(shop) as source:
        page = await everything_on_pages(source)
    products = by_id(page.products)
    compared = 0
    for shown in SHOWN:
        if shown["id_product"] == HIDDEN:
            continue
        product = products[shown["id_product"]]
        default = int(shown["page_id_product_attribute"])
        variant = variant_of(product.variants, shown["id_product_attribute"], default)
        assert variant.price.gross == Decimal(shown["shown_price_content"]).quantize(Decimal("0.01")), shown["case"]
        regular = shown["shown_regular_price"]
        expected = (
            None if regular is None else Decimal(regular.removesuffix("\u00a0zł").removesuffix(" zł").replace(",", "."))
        )
        assert variant.price.regular == expected, shown["case"]
        assert variant.stock == Counted(Decimal(shown["page_quantity"])), shown["case"]
        assert variant.backorders == bool(shown["page_allow_oosp"]), shown["case"]
        needs_text = any(notice.code == "customization_required" for notice in product.notices)
        enough = variant.backorders or shown["page_quantity"] >= int(shown["page_minimal_quantity"])
        assert (variant.for_sale and enough and not needs_text) == shown["add_to_cart"], shown["case"]
        if not isinstance(variant.price.vat, NoVatRate):
            assert variant.price.vat == VatRate(Decimal(shown["page_rate"])), shown["case"]
        compared += 2
    assert compared >= 2 * 46
    assert page.failed == ()
    assert not [notice for product in page.products for notice in product.notices if notice.code == "price_differs"]


async def test_visibility_is_by_the_rules() -> None:
    async with PrestaShop(recorded_catalogue()) as shop, opened(shop) as source:
        page = await everything_on_pages(source)
    assert {int(one.source_id): one.rule for one in page.skipped} == {
        19: SkipRule.DISABLED,
        20: SkipRule.HIDDEN,
        22: SkipRule.NO_PRICE_SHOWN,
        23: SkipRule.DRAFT,
    }
    products = by_id(page.products)
    assert len(products) == 103
    assert products[35].kind is Kind.VIRTUAL
    assert products[36].kind is Kind.BUNDLE
    assert [image.key for image in products[1].images] == ["1", "2", "3"]
    assert products[1].attributes == (
        ("Skład", "100% bawełna"), ("Kraj pochodzenia", "Polska"), ("Kraj pochodzenia", "wartość własna"),
    )  # fmt: skip
    assert products[1].brand == "Łódzka Fabryka Świec"
    assert products[6].variants[0].price.vat == NoVatRate("none")


async def test_the_made_up_catalogue_arrives_as_its_tables_say() -> None:
    async with PrestaShop(demo_catalogue(150)) as shop, opened(shop) as source:
        page = await everything_on_pages(source)
        truth = {one["id"]: one for one in shop.truth()}
        ids = await all_ids(source)
    products = by_id(page.products)
    seen = [
        *(int(product.source_id) for product in page.products),
        *(int(one.source_id) for one in page.skipped),
        *(int(one.source_id) for one in page.failed),
    ]
    assert sorted(seen) == sorted(ids) == sorted(truth)
    for number, told in truth.items():
        if not told["importable"]:
            continue
        product = products[number]
        variants = {variant.source_id or "0": variant for variant in product.variants}
        assert set(variants) == {str(one["id"]) for one in told["variants"]}
        for one in told["variants"]:
            variant = variants[str(one["id"])]
            assert variant.price.gross == one["gross"], number
            assert (variant.price.regular or variant.price.gross) == one["regular"], number
            assert variant.price.vat == VatRate(one["vat_rate"]), number
            expected = UnknownStock() if one["stock"] is None else Counted(Decimal(one["stock"]))
            assert variant.stock == expected, number
            assert variant.sku == one["reference"]
            assert {option.name: option.value for option in variant.options} == one["options"]
        assert [int(image.key) for image in product.images][:1] == ([told["cover"]] if told["cover"] else [])
        differs = any(notice.code == "price_differs" for notice in product.notices)
        assert differs == told["overridden"], number


async def test_a_page_costs_few_requests_whatever_the_number_of_variants() -> None:
    async with PrestaShop(demo_catalogue(150)) as shop, opened(shop) as source:
        await source.profile()
        shop.settings.broken_products.clear()
        shop.catalogue.broken_products.clear()
        before = len(shop.requests)
        handles = [handle async for handle in source.pages()]
        for handle in handles:
            await source.read(handle)
        asked = len(shop.requests) - before
    assert asked <= 5 * len(handles) + 8


async def test_products_that_appear_while_the_shop_is_read_lie_on_a_page() -> None:
    catalogue = recorded_catalogue()
    async with PrestaShop(catalogue) as shop, opened(shop, PRESTASHOP_PAGE_SIZE="10") as source:
        handles = [handle async for handle in source.pages()]
        catalogue.delete_product(5)
        new = [catalogue.add_product() for _ in range(12)]
        pages = [await source.read(handle) for handle in handles]
    numbers = [int(product.source_id) for page in pages for product in page.products]
    assert set(new) <= set(numbers)
    assert 5 not in numbers
    assert max(Counter(numbers).values()) == 1


async def test_one_product_at_which_the_shop_dies_fails_alone() -> None:
    settings = ShopSettings(broken_products={30})
    async with PrestaShop(recorded_catalogue(), settings) as shop, opened(shop) as source:
        page = await everything_on_pages(source)
        counts = await source.category_counts()
    assert [(one.source_id, one.fault.code) for one in page.failed] == [("30", "shop_error")]
    assert len(page.products) == 102
    assert sum(counts.values()) > 90


def asks_about(number: int) -> Callable[[LoggedRequest], bool]:
    """Whether a request loads the row of a product."""

    def asks(request: LoggedRequest) -> bool:
        wanted = request.query.get("filter[id]", "")
        if "display" not in request.query:
            return False
        if "," in wanted:
            first, last = (int(part) for part in wanted.strip("[]").split(","))
            return first <= number <= last
        return number in request.ids

    return asks


@pytest.mark.parametrize("patience", ["0", "600"])
@pytest.mark.parametrize("number", [1, 107])
async def test_a_product_that_breaks_every_connection_is_not_taken_for_a_shop_that_is_down(
    number: int, patience: str
) -> None:
    fault = Fault("reset", times=-1, resource="products", matches=asks_about(number))
    shop = PrestaShop(recorded_catalogue(), ShopSettings(faults=[fault]))
    async with shop, opened(shop, PRESTASHOP_PAGE_SIZE="500", TRIES="1", PATIENCE=patience) as source:
        page = await everything_on_pages(source)
        counts = await source.category_counts()
    assert [(one.source_id, one.fault.code) for one in page.failed] == [(str(number), "shop_silent")]
    assert len(page.products) == 102
    assert sum(counts.values()) > 90


class CuttingShop(PrestaShop):
    """A module of this shop hands out ten rows at most, and says nothing."""

    def _call(self, request: web.Request, inside: str, raw_query: str) -> Call | None:
        return super()._call(request, inside, re.sub(r"limit=\d+", "limit=10", raw_query))


async def test_a_list_that_is_cut_short_is_read_on_to_its_end() -> None:
    """What is not on the list of ids is archived."""
    async with CuttingShop(recorded_catalogue()) as shop, opened(shop) as source:
        assert len(await all_ids(source)) == 107
        assert (await source.profile()).products == 107
        assert len(await source.categories()) == len(shop.catalogue.categories)


async def test_notices_of_php_cost_nothing_and_are_told() -> None:
    settings = ShopSettings(notice_products={7})
    async with PrestaShop(recorded_catalogue(), settings) as shop, opened(shop) as source:
        page = await everything_on_pages(source)
    assert len(page.products) == 103
    assert {notice.code for notice in page.notices} == {"shop_complained"}


@pytest.mark.parametrize("kind", ["truncated", "html", "reset", "cut", "empty"])
async def test_an_answer_that_breaks_once_is_asked_again(kind: FaultKind) -> None:
    fault = Fault(kind, resource="combinations", times=2)
    settings = ShopSettings(faults=[fault])
    async with PrestaShop(recorded_catalogue(), settings) as shop, opened(shop) as source:
        page = await everything_on_pages(source)
    assert len(page.products) == 103
    assert page.failed == ()


async def test_text_that_breaks_json_or_xml_arrives() -> None:
    catalogue = recorded_catalogue()
    catalogue.products[30]["description"] = [{"id": "1", "value": "<p>raw ]]> inside \x0b\x01 x</p>"}]
    async with PrestaShop(catalogue, ShopSettings(version="1.6.1.24")) as shop, opened(shop) as source:
        page = await read(source, 30)
    assert by_id(page.products)[30].description == "<p>raw ]]> inside    x</p>"


async def test_a_language_that_is_chosen_falls_back_to_the_default() -> None:
    async with PrestaShop(recorded_catalogue()) as shop, opened(shop, LANGUAGE="en") as source:
        profile = await source.profile()
        page = await read(source, 1, 31)
    names = {number: product.name for number, product in by_id(page.products).items()}
    assert profile.language == "en"
    assert names == {1: "Soy candle 200 g", 31: "Bez opisu angielskiego"}


async def test_a_language_that_the_shop_does_not_have_is_refused_with_those_it_has() -> None:
    async with PrestaShop(recorded_catalogue()) as shop, opened(shop, LANGUAGE="fr") as source:
        with pytest.raises(InputError, match="pl, en"):
            await source.profile()
        assert "language" in {one.subject for one in await source.check() if one.level == "error"}


async def test_the_profile_says_which_shop_this_is() -> None:
    async with PrestaShop(recorded_catalogue(), ShopSettings(folder="/sklep")) as shop, opened(shop) as source:
        profile = await source.profile()
    assert profile.key == f"{shop.netloc}/sklep"
    assert (profile.name, profile.version, profile.products) == ("Sklep Testowy", "PrestaShop 8.1.3", 107)
    assert (profile.languages, profile.currency, profile.timezone) == (("pl", "en"), "PLN", "Europe/Warsaw")
    assert "1.6 was never recorded" in profile.proven


async def test_categories_are_a_tree_without_root_and_home() -> None:
    catalogue = recorded_catalogue()
    catalogue.categories[9] |= {"id_parent": "9"}
    async with PrestaShop(catalogue) as shop, opened(shop) as source:
        categories = {str(category.id): category for category in await source.categories()}
    assert categories["1"].path == categories["2"].path == ()
    assert categories["4"].path == ("Odzież i dodatki", "Koszulki")
    assert len(categories["9"].path) == 1


@pytest.mark.parametrize("rows", [7, 60, 10_000])
async def test_a_long_table_that_is_read_from_several_places_says_what_one_reading_says(
    monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    async with PrestaShop(demo_catalogue(60)) as shop:

        async def told(rows: int) -> list[tuple[str, bytes]]:
            monkeypatch.setattr("prestashop_importer.changes.ROWS_AT_ONCE", rows)
            async with opened(shop) as source:
                changes = source.changes()
                assert changes is not None
                packs = {
                    str(one["id"]) for one in shop.catalogue.table("products").values() if one["cache_is_pack"] == "1"
                }
                return sorted([(str(one), row) async for one, row in changes.moving() if str(one) not in packs])

        assert await told(rows) == await told(1)


async def test_what_moves_without_a_date_is_seen_by_product_and_what_concerns_all_is_told_apart() -> None:
    """Stock, special prices, combinations and the sale that begins by itself; each moves its own product alone."""
    async with PrestaShop(demo_catalogue(150)) as shop:

        async def sums(now: str = "2026-11-25T12:00:00+00:00") -> dict[str, frozenset[bytes]]:
            found: dict[str, set[bytes]] = {}
            async with opened(shop, NOW=now) as source:
                changes = source.changes()
                assert changes is not None
                async for product, row in changes.moving():
                    found.setdefault(str(product), set()).add(row)
            packs = {str(one["id"]) for one in shop.catalogue.table("products").values() if one["cache_is_pack"] == "1"}
            assert packs
            return {product: frozenset(rows) for product, rows in found.items() if product not in packs}

        before = await sums()
        assert before == await sums()

        async def moved(now: str = "2026-11-25T12:00:00+00:00") -> set[str]:
            after = await sums(now)
            return {product for product in {*before, *after} if before.get(product) != after.get(product)}

        stock = next(iter(shop.catalogue.table("stock_availables").values()))
        was, stock["quantity"] = stock["quantity"], "4711"
        assert await moved() == {str(stock["id_product"])}
        stock["quantity"] = was
        combination = next(iter(shop.catalogue.table("combinations").values()))
        was, combination["price"] = combination["price"], "99.000000"
        assert await moved() == {str(combination["id_product"])}
        combination["price"] = was
        special = next(row for row in shop.catalogue.table("specific_prices").values() if row["id_product"] != "0")
        was, special["from"] = special["from"], "2026-11-26 00:00:00"
        own = str(special["id_product"])
        assert await moved() == {own}
        before = await sums()
        assert await moved("2026-11-26T12:00:00+00:00") >= {own}
        special["from"] = was
        tax = next(iter(shop.catalogue.table("taxes").values()))
        before = await sums()
        was, tax["rate"] = tax["rate"], "7.000"
        assert await moved() == {""}
        tax["rate"] = was


async def test_the_products_of_a_date_are_those_that_were_saved_since() -> None:
    async with PrestaShop(demo_catalogue(150)) as shop, opened(shop) as source:
        shop.catalogue.table("products")[7]["date_upd"] = "2027-01-02 03:04:05"  # Warsaw is an hour ahead of UTC
        changes = source.changes()
        assert changes is not None
        for moment, expected in (("2027-01-02T02:04:00+00:00", ["7"]), ("2027-01-02T02:04:06+00:00", [])):
            assert [str(one) async for one in changes.dated(datetime.fromisoformat(moment))] == expected
