"""Who may ask, and what a person is told: by the run, and by `check`, which tells everything at once."""

import pytest
from gateway_importer.errors import AccessRefused, ImporterError, ShopUnusable, Unreachable
from gateway_importer.source import Finding
from goods import Picture
from idosell_importer.settings import api_key, api_version, shop_address, stock
from importing import everything_on_pages, opened
from shop import SEARCH, Fault, Shop, ShopSettings
from test_source import shop_of


async def refused_with(shop: Shop, **more: str) -> ImporterError:
    async with opened(shop, **more) as source:
        with pytest.raises(ImporterError) as caught:
            await everything_on_pages(source)
    return caught.value


async def findings(shop: Shop, **more: str) -> list[Finding]:
    async with opened(shop, **more) as source:
        return list(await source.check())


async def wrong(shop: Shop, **more: str) -> list[Finding]:
    return [one for one in await findings(shop, **more) if one.level != "ok"]


async def test_a_good_shop_has_nothing_to_complain_of_and_a_product_and_a_picture_were_read() -> None:
    async with shop_of(3) as shop:
        shop.tables.items[1].pictures = [Picture("1", b"\x89PNG", "a1")]
        found = await findings(shop)
        assert not [one for one in found if one.level != "ok"]
        said = " ".join(one.text for one in found)
        assert "Read: Kubek 1" in said and "bytes of image/png" in said and "with all that an import asks" in said


async def test_a_wrong_key_is_told_with_where_to_look_and_asked_once() -> None:
    async with shop_of(3) as shop:
        error = await refused_with(shop, IDOSELL_KEY="nobody")
        assert isinstance(error, AccessRefused) and "Admin API access keys" in error.to_do
        (finding,) = await wrong(shop, IDOSELL_KEY="nobody")
        assert finding.level == "error" and "refuses the key" in finding.text


@pytest.mark.parametrize("header", [True, False])
async def test_a_key_without_the_right_to_products_names_the_area(header: bool) -> None:
    async with shop_of(3, ShopSettings(scope_in_header=header)) as shop:
        shop.accounts["good"].areas = {"system"}
        error = await refused_with(shop)
        assert isinstance(error, AccessRefused) and "Scope: pim, level: r" in error.happened
        (finding,) = await wrong(shop)
        assert "PIM" in finding.cure and SEARCH in finding.text
        shop.accounts["good"].areas = set()
        assert {word for finding in await wrong(shop) for word in ("PIM", "SYSTEM") if word in finding.cure} == {"PIM", "SYSTEM"}


async def test_a_key_without_the_shops_settings_needs_the_shop_named_and_no_more() -> None:
    async with shop_of(3) as shop:
        shop.accounts["good"].areas = {"pim"}
        found = await wrong(shop)
        assert [one.subject for one in found if one.level == "error"] == ["IDOSELL_SHOP"]
        assert any("SYSTEM" in one.cure for one in found)
        assert not [one for one in await findings(shop, IDOSELL_SHOP="1") if one.level == "error"]


async def test_a_shop_that_is_blocked_is_never_taken_for_an_empty_one() -> None:
    async with shop_of(3) as shop:
        shop.settings.blocked = True
        error = await refused_with(shop)
        assert isinstance(error, ShopUnusable) and "is blocked" in error.happened
        (finding,) = await wrong(shop)
        assert "Sklep zablokowany" in finding.text and "invoices" in finding.text


async def test_a_fault_means_what_it_means_at_its_gate() -> None:
    """Code 2 is an empty list of products, a blocked shop elsewhere, and an unknown shop at the menu."""
    async with shop_of(3) as shop:
        (finding,) = await wrong(shop, IDOSELL_CATEGORIES="menu", IDOSELL_MENU="9")
        assert finding.subject == "IDOSELL_MENU" and "Menu 9" in finding.text
        error = await refused_with(shop, IDOSELL_CATEGORIES="menu", IDOSELL_MENU="9")
        assert isinstance(error, ShopUnusable) and "IDOSELL_MENU" in error.to_do


async def test_a_version_that_was_withdrawn_is_told_with_the_way_to_another() -> None:
    async with shop_of(3, ShopSettings(versions=("8",))) as shop:
        error = await refused_with(shop)
        assert isinstance(error, ShopUnusable) and "version 6" in error.happened and "IDOSELL_VERSION=8" in error.to_do
        assert len(await findings(shop, IDOSELL_VERSION="8")) > 3


async def test_a_shop_that_does_not_describe_its_api_is_read_all_the_same() -> None:
    async with shop_of(3, ShopSettings(described=False)) as shop:
        (finding,) = await wrong(shop)
        assert finding.level == "warning" and finding.subject == "version of the API"


async def test_an_overloaded_server_is_told() -> None:
    async with shop_of(3, ShopSettings(overloaded=3)) as shop:
        assert any("overloaded" in one.text for one in await wrong(shop))


async def test_a_clock_that_is_wrong_and_a_shop_without_goods_or_pictures_are_told() -> None:
    async with shop_of(1) as shop:
        shop.settings.mutate = lambda call, body: b'{"time": 1000}' if call.gate == "system/serverTime" else body
        shop.tables.items[1].pictures = [Picture("1", b"x", "a", "missing")]
        assert [one.subject for one in await wrong(shop)] == ["clock", "a picture"]
        shop.settings.mutate = None
        shop.tables.items[1].visible = False
        assert [one.text for one in await wrong(shop)] == ["There is none for sale among the first."]
        shop.tables.items[1].visible = True
        shop.tables.items[1].sizes = []
        assert [one.text for one in await wrong(shop)] == ["Kubek 1: It has no size."]


async def test_a_version_without_a_gate_that_is_needed_is_told_by_the_shops_own_description() -> None:
    async with shop_of(3) as shop:
        shop.settings.mutate = lambda call, body: b'{"paths": {"/products/brands": {}}}' if call.gate == "doc" else body
        (finding,) = await wrong(shop)
        assert finding.subject == "version of the API" and SEARCH in finding.text


async def test_a_redirect_is_told_and_the_key_stays_where_it_was_sent() -> None:
    async with shop_of(1) as other, shop_of(1) as shop:
        shop.settings.redirect = other.url
        error = await refused_with(shop)
        assert isinstance(error, ShopUnusable) and other.url in error.happened
        assert not other.calls


async def test_the_key_never_goes_out_in_clear() -> None:
    async with shop_of(1) as shop, opened(shop, IDOSELL_URL="http://sklep.example.pl") as source:
        with pytest.raises(ImporterError) as caught:
            await source.profile()
        assert "https://sklep.example.pl" in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "kind", "word"),
    [
        (Fault("status", status=404, times=-1), ShopUnusable, "no gate"),
        (Fault("status", status=403, times=-1), AccessRefused, "Something in front"),
        (Fault("html", times=-1), Unreachable, "not its JSON"),
        (Fault("status", status=503, times=-1), Unreachable, "down"),
        (Fault("status", status=429, times=-1), Unreachable, "too many calls"),
    ],
    ids=["another server", "a firewall", "a parked domain", "down", "the month's calls"],
)
async def test_what_ends_a_run_names_the_cause(fault: Fault, kind: type[ImporterError], word: str) -> None:
    fault.matches = lambda call: True
    async with shop_of(3) as shop:
        shop.settings.faults.append(fault)
        error = await refused_with(shop)
        assert isinstance(error, kind) and word in error.happened and error.to_do
        assert [one.level for one in await wrong(shop)] == ["error"]


async def test_several_shops_are_a_question_and_one_that_is_not_there_an_error() -> None:
    async with shop_of(3) as shop:
        shop.tables.shops = {1: "Lniany", 2: "Hurtownia"}
        async with opened(shop) as source:
            (question,) = (await source.profile()).questions
            assert question.setting == "IDOSELL_SHOP" and ("2", "Hurtownia") in question.choices
        assert "IDOSELL_SHOP" in (await refused_with(shop)).to_do
        (finding,) = await wrong(shop, IDOSELL_SHOP="7")
        assert "has no shop 7" in finding.text and "2 (Hurtownia)" in finding.cure
        async with opened(shop, IDOSELL_SHOP="2") as source:
            assert (await source.profile()).shop == "2"
            assert {one.rule.word for one in (await everything_on_pages(source)).skipped} == {"other_shop"}


async def test_a_warehouse_or_a_language_that_is_not_there_is_told_with_those_that_are() -> None:
    async with shop_of(3) as shop:
        found = await wrong(shop, IDOSELL_STOCK="1,5", LANGUAGE="fr")
        assert {one.subject for one in found} == {"IDOSELL_STOCK", "LANGUAGE"}
        assert any("0 (Magazyn obcy), 1 (Magazyn główny)" in one.cure for one in found)
        assert any("pol, eng" in one.cure for one in found)


async def test_a_foreign_currency_is_told_before_every_product_fails_of_it() -> None:
    async with shop_of(3) as shop:
        shop.tables.currencies[1] = "EUR"
        (finding,) = await wrong(shop)
        assert finding.level == "error" and "CURRENCY_RATES=EUR" in finding.cure
        (finding,) = await wrong(shop, CURRENCY_RATES="EUR=4.31")
        assert finding.level == "warning"


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("sklep.pl", "https://sklep.pl"),
        ("https://sklep.pl/panel/", "https://sklep.pl"),
        ("https://sklep.pl/api/admin/v6", "https://sklep.pl"),
        ("http://127.0.0.1:8601/", "http://127.0.0.1:8601"),
    ],
)
def test_what_people_copy_along_is_cut_off_an_address(given: str, address: str) -> None:
    assert shop_address(given) == address


@pytest.mark.parametrize("given", ["", "two words", "klucz-ż"])
def test_what_is_no_key_is_said_so(given: str) -> None:
    with pytest.raises(ValueError, match="empty|copy it whole"):
        api_key(given)


def test_settings_are_read_as_people_write_them() -> None:
    assert [api_version(one) for one in ("6", "v7", " 8.1 ")] == ["6", "7", "8.1"]
    assert [stock(one) for one in ("sales", "SALES", "1", "2, 1,2")] == [(), (), (1,), (2, 1)]
    for parse, given in ((api_version, "latest"), (stock, "all"), (stock, "-1")):
        with pytest.raises(ValueError, match="write"):
            parse(given)
