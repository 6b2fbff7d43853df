"""An offer as a source: groups, broken products, forms of IOF, languages, menus, and what `check` tells."""

import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from gateway_importer.catalog import Failed, Page, Product, ProductId, Skipped
from gateway_importer.errors import InputError
from gateway_importer.source import Finding
from goods import Form, Goods, Promotion, Size, Writer
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from iai_importer import source as module
from iai_importer.conditions import Conditions
from iai_importer.index import Catalogue, FileIndex
from iai_importer.inspection import NotUsable, look
from iai_importer.reading import OpenOffer
from iai_importer.scanner import cuts
from iai_importer.shelf import Facts, Kept, Shelf
from importing import everything_on_pages, opened
from making import group, simple, some
from shop import Shop, ShopSettings


async def read(goods: Goods, state: Path, form: Form | None = None, **more: str) -> Page:
    async with Shop(goods, ShopSettings(form=form or Form())) as shop, opened(shop, state, **more) as source:
        return await everything_on_pages(source)


def by_id(page: Page) -> dict[str, Product | Skipped | Failed]:
    rows: list[Product | Skipped | Failed] = [*page.products, *page.skipped, *page.failed]
    found = {str(one.source_id): one for one in rows}
    assert len(found) == len(rows)
    return found


# --- groups --------------------------------------------------------------------------------------------------


def scattered() -> Goods:
    """Three groups whose members lie among other products."""
    goods = some(3)
    group(goods, ("501",))
    group(goods, ("502",))
    for identity in ("601", "602", "603"):
        simple(goods, identity)
    for identity, first in (("503", "501"), ("504", "502"), ("505", "501")):
        made = group(Goods(), (identity,))[0]
        made.group, made.versions = first, [({"pol": "Kolor"}, {"pol": f"kolor {identity}"})]
        goods.add(made)
    return goods


async def test_members_are_one_product_wherever_they_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    found = by_id(await read(scattered(), tmp_path))
    assert set(found) == {"401", "402", "403", "501", "502", "601", "602", "603"}
    made = found["501"]
    assert isinstance(made, Product)
    assert [one.source_id for one in made.variants] == ["501-4", "501-5", "503-4", "503-5", "505-4", "505-5"]
    assert [(option.name, option.value) for option in made.variants[2].options] == [
        ("Kolor", "kolor 503"), ("Rozmiar", "M"),
    ]  # fmt: skip


async def test_versions_may_stay_products_of_their_own(tmp_path: Path) -> None:
    goods = scattered()
    found = by_id(await read(goods, tmp_path, VERSIONS="separate"))
    assert set(found) == set(goods.products)


async def test_a_product_is_found_by_its_id_and_by_that_of_a_member(tmp_path: Path) -> None:
    async with Shop(scattered()) as shop, opened(shop, tmp_path) as source:
        for asked in (["501"], ["505"], ["501", "505", "nobody"]):
            pages = [await source.read(page) for page in source.pages_of([ProductId(one) for one in asked])]
            assert [one.source_id for page in pages for one in page.products] == ["501"]
        listed = source.everything()
        assert listed is not None
        assert [one async for one in listed] == ["401", "402", "403", "501", "502", "601", "602", "603"]


async def test_one_broken_member_fails_its_product_alone(tmp_path: Path) -> None:
    goods = scattered()
    goods.products["503"].raw = '<product id="503"><group id="501"/><a></product>\n'
    found = by_id(await read(goods, tmp_path))
    made = found["501"]
    assert isinstance(made, Failed) and "503" in made.fault.cause
    assert isinstance(found["502"], Product) and len(found) == 8


async def test_a_product_that_comes_twice_counts_as_it_stands_last(tmp_path: Path) -> None:
    goods = some(3)
    again = simple(Goods(), "402")
    again.names = {"pol": "Drugi raz"}
    goods.products["402 "] = again
    found = by_id(await read(goods, tmp_path))
    assert len(found) == 3 and found["402"].name == "Drugi raz"


# --- what is broken ------------------------------------------------------------------------------------------


async def test_a_broken_element_costs_one_product(tmp_path: Path) -> None:
    goods = some(8)
    goods.products["402"].raw = '<product id="402"><description><name>A & B</name></description></product>\n'
    goods.products["403"].raw = '<product id="403"><description></product>\n'
    goods.products["404"].raw = '<product id="404"><a><![CDATA[ohne Ende</a></product>\n'
    goods.products["407"].raw = "<product><description><name>Bez id</name></description></product>\n"
    found = by_id(await read(goods, tmp_path))
    failed = {identity: one.fault.code for identity, one in found.items() if isinstance(one, Failed)}
    assert {"402", "403", "404", "405"} <= set(failed)  # what 404 swallowed is told too
    (nameless,) = failed.keys() - {"402", "403", "404", "405"}
    assert failed[nameless] == "id_missing"
    assert {identity for identity, one in found.items() if isinstance(one, Product)} == {"401", "406", "408"}


async def test_a_text_without_an_end_that_is_xml_all_the_same_makes_no_monster(tmp_path: Path) -> None:
    goods = some(4)
    async with Shop(goods) as shop:
        path = tmp_path / "full.xml"
        path.write_text(shop.writer.full().replace("Product 402]]>", "Product 402   "), "utf-8")
        async with opened(shop, tmp_path, IAI_OFFER=str(path)) as source:
            found = by_id(await everything_on_pages(source))
    assert {identity for identity, one in found.items() if isinstance(one, Failed)} == {"402", "403"}
    assert len(found) == 4


async def test_where_a_product_has_no_id_nobody_can_say_what_is_not_there(tmp_path: Path) -> None:
    goods = some(2)
    async with Shop(goods, ShopSettings(hashes=False)) as shop:
        async with opened(shop, tmp_path) as source:
            await source.profile()
            assert source.everything() is not None
        goods.products["402"].raw = "<product><description><name>Bez id</name></description></product>\n"
        async with opened(shop, tmp_path) as source:
            await source.profile()
            assert source.everything() is None


async def test_a_product_without_an_end_hides_none(tmp_path: Path) -> None:
    goods = some(4)
    goods.products["402"].raw = '<product id="402"><a></a>\n'
    goods.products["404"].raw = '<product id="404"><a></a>\n'
    found = by_id(await read(goods, tmp_path))
    assert {identity for identity, one in found.items() if isinstance(one, Failed)} == {"402", "404"}
    assert {identity for identity, one in found.items() if isinstance(one, Product)} == {"401", "403"}


async def test_the_parts_of_a_bundle_are_products_of_their_own(tmp_path: Path) -> None:
    goods = some(3)
    bundle = '<product id="402" type="bundle" vat="23"><description><name>Zestaw</name></description><price gross="5"/>'
    bundle += '<bundled><product id="401"/><product id="999"/></bundled><sizes><size id="uniw"/></sizes></product>\n'
    goods.products["402"].raw = bundle
    assert set(by_id(await read(goods, tmp_path))) == {"401", "402", "403"}


async def test_somebody_may_write_about_xml(tmp_path: Path) -> None:
    goods = some(3)
    goods.products["402"].descriptions = {"pol": '<pre>&lt;product id="9"> … <product id="8"></product></pre>'}
    assert set(by_id(await read(goods, tmp_path))) == {"401", "402", "403"}


@given(st.data())
@hypothesis(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_damage_makes_a_traceback_or_hides_a_product(tmp_path: Path, data: st.DataObject) -> None:
    """Bytes of an offer are replaced at random: either the file is refused, or every id that can still be read is there."""
    whole = Writer(scattered(), "https://shop.example", Form()).full().encode()
    text = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(300, len(text) - 30))
        piece = data.draw(
            st.sampled_from(
                [b"<", b">", b"&", b"]]>", b"<![CDATA[", b"\xff", b"</product>", b"<product id='401'>", b'"']
            )
        )
        text[place : place + len(piece)] = piece
    folder = tmp_path / "state"
    folder.mkdir(exist_ok=True)
    path = folder / "full.xml"
    path.write_bytes(bytes(text))
    try:
        looked = look(path)
    except NotUsable:
        return
    offer = OpenOffer(Shelf(folder), Facts(full=Kept("full.xml", datetime.now(UTC))))
    offer.index({}, together=True)
    conditions = Conditions(("pol",), "PLN", "full", datetime(2026, 11, 23))
    made = [module._made(offer, offer.catalogue.members(place), conditions) for place in offer.catalogue.heads()]
    assert looked.products
    members = {cut.id or f"without-id-{cut.offset}" for cut in cuts(path)}
    assert {
        offer.catalogue.id(place) for head in offer.catalogue.heads() for place in offer.catalogue.members(head)
    } >= members
    assert len({one.source_id for one in made}) == len(made)


# --- forms ---------------------------------------------------------------------------------------------------

FORMS = {
    "2.4": Form(version="2.4"),
    "a default namespace": Form(namespace=True),
    "the extension at the root": Form(extension="offer"),
    "at each element": Form(extension="element"),
    "a default namespace, the extension at each element": Form(namespace=True, extension="element"),
    "no extension at all": Form(extension="nowhere"),
    "a marketplace's": Form(marketplace=True),
}


@pytest.mark.parametrize("form", FORMS)
async def test_every_form_of_an_offer_says_the_same(tmp_path: Path, form: str) -> None:
    def goods() -> Goods:
        made = scattered()
        made.products["401"].sizes = [
            Size("4", "M", sku="A", ean="5901234123457", weight="120", stocks={"1": ("9", "2")})
        ]
        made.picture(made.products["401"], "a", b"\x89PNG")
        made.products["401"].promotion = Promotion("8.00", "10.00")
        made.products["401"].parameters = [("parameter", "Materiał", ["len"])]
        return made

    async with Shop(goods(), ShopSettings(form=FORMS[form])) as shop, opened(shop, tmp_path / "one") as source:
        found = await everything_on_pages(source)
        shop.settings.form = Form()
        async with opened(shop, tmp_path / "two") as plain:
            assert await everything_on_pages(plain) == found


# --- languages, categories -----------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["en", "eng", "en_GB", "EN"])
async def test_the_language_is_called_as_the_offer_or_as_people_do(tmp_path: Path, word: str) -> None:
    goods = some(2)
    goods.products["402"].names = {"pol": "Tylko po polsku"}
    found = by_id(await read(goods, tmp_path, LANGUAGE=word))
    assert [one.name for one in found.values()] == ["Product 401", "Tylko po polsku"]


async def test_a_language_that_the_offer_does_not_have_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="ger"):
        await read(some(2), tmp_path, LANGUAGE="ger")


async def test_categories_are_the_tree_of_the_offers_list_and_what_products_name_beside_it(tmp_path: Path) -> None:
    goods = some(3)
    goods.categories = {"12": ("", {"pol": "Odzież", "eng": "Clothes"}), "13": ("12", {"pol": "Koszule"})}
    goods.products["401"].category = ("13", "Odzież/Koszule")
    goods.products["402"].category = ("99", "Odzież/Inne")
    async with Shop(goods) as shop, opened(shop, tmp_path, LANGUAGE="en") as source:
        found = {str(one.id): one for one in await source.categories()}
        assert {identity: one.path for identity, one in found.items()} == {
            "12": ("Clothes",), "13": ("Clothes", "Koszule"), "99": ("Odzież", "Inne"),
        }  # fmt: skip
        assert found["13"].parent == "12"
        assert await source.category_counts() == {"13": 1, "99": 1}


async def test_categories_may_be_those_of_the_menus(tmp_path: Path) -> None:
    goods = some(2)
    goods.products["401"].menu = [("150", "Odzież"), ("152", "Odzież\\Koszule")]
    async with Shop(goods) as shop, opened(shop, tmp_path, IAI_CATEGORIES="menu") as source:
        assert [(one.id, one.parent, one.path) for one in await source.categories()] == [
            ("150", None, ("Odzież",)), ("152", "150", ("Odzież", "Koszule")),
        ]  # fmt: skip
        found = by_id(await everything_on_pages(source))["401"]
        assert isinstance(found, Product) and found.categories == ("150", "152")
        assert await source.category_counts() == {"150": 1, "152": 1}


# --- check ---------------------------------------------------------------------------------------------------


async def checked(goods: Goods, state: Path, **more: str) -> dict[str, Finding]:
    async with Shop(goods) as shop, opened(shop, state, **more) as source:
        return {one.subject: one for one in await source.check()}


async def test_check_shows_all_prices_beside_the_shops_page(tmp_path: Path) -> None:
    goods = some(2)
    product = goods.products["401"]
    product.retail, product.srp, product.light_price = {"0": "12.00"}, "15.00", "7.00"
    product.promotion = Promotion("9.00", "12.00")
    told = (await checked(goods, tmp_path))["prices of product 401"].text
    for price in ("12.00", "10.00", "7.00", "15.00", "9.00"):
        assert price in told
    assert "/product-pol-401-x.html" in told


async def test_check_reads_a_product_and_a_picture_and_knows_the_warehouses(tmp_path: Path) -> None:
    goods = some(2)
    goods.picture(goods.products["401"], "a", b"\x89PNG")
    found = await checked(goods, tmp_path, IAI_STOCK="1,7")
    assert found["a product"].level == found["a picture"].level == "ok"
    assert found["IAI_STOCK"].level == "error"
    assert "0 (Magazyn obcy)" in found["IAI_STOCK"].cure


def test_the_index_takes_few_bytes_a_product(tmp_path: Path) -> None:
    """Half a gigabyte is a hundred thousand products."""
    path = tmp_path / "full.xml"
    rows = "".join(f'<product id="{number}"><group id="{number // 2}"/></product>\n' for number in range(20_000))
    path.write_text(f"<offer><products>{rows}</products></offer>", "utf-8")
    tracemalloc.start()
    catalogue = Catalogue(FileIndex(path), (), together=True)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert catalogue.products == 10_000
    assert held / 20_000 < 120


async def test_what_changed_is_seen_in_any_of_the_files_and_by_the_clock(tmp_path: Path) -> None:
    goods = scattered()
    goods.products["402"].promotion = Promotion("8.00", "10.00", "2026-11-23 13:00:00", "2026-11-23 15:00:00")

    async def rows(now: str = "2026-11-23T14:00:00+01:00") -> dict[str, list[bytes]]:
        found: dict[str, list[bytes]] = {}
        async with Shop(goods, ShopSettings(hashes=False)) as shop:
            for product in goods.products.values():
                product.card = f"https://shop.example/{product.id}"
            async with opened(shop, tmp_path, NOW=now) as source:
                await source.profile()
                changes = source.changes()
                assert changes is not None
                async for product_id, row in changes.moving():
                    found.setdefault(product_id, []).append(row)
        return found

    before = await rows()
    assert len(before["501"]) == 3 and len(before[""]) == 1
    assert await rows() == before
    goods.products["505"].names = {"pol": "Nowa"}
    goods.products["502"].sizes[0].light_stocks = {"1": "9"}
    after = await rows("2026-11-23T16:00:00+01:00")
    assert {identity for identity in before if before[identity] != after[identity]} == {"501", "502", "402"}
