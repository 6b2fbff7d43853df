"""Any way to the offer is enough; each asks what it needs, and says what is wrong with it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from gateway_importer.errors import AccessRefused, ImporterError, InputError, ShopUnusable
from gateway_importer.redaction import SECRETS
from gateway_importer.source import Source
from hypothesis import given
from hypothesis import strategies as st
from iai_importer.client import day_key, days_to_try
from iai_importer.settings import AtShop, OnDisk, Shared, offer, secrets_in
from importing import everything_on_pages, opened
from making import some
from shop import ZONE, Shop, ShopSettings


async def ids(source: Source) -> list[str]:
    return [one.source_id for one in (await everything_on_pages(source)).products]


WANTED = ["401", "402", "403", "404", "405"]


async def refused(shop: Shop, state: Path, **more: str) -> ImporterError:
    async with opened(shop, state, **more) as source:
        with pytest.raises(ImporterError) as caught:
            await source.profile()
    return caught.value


def at_shop(shop: Shop, login: str, secret: str) -> dict[str, str]:
    return {"IAI_OFFER": shop.url, "IAI_LOGIN": login, "IAI_SECRET": secret}


async def test_a_gateways_address_leads_to_all_files(tmp_path: Path) -> None:
    async with Shop(some()) as shop, opened(shop, tmp_path) as source:
        assert await ids(source) == WANTED
        assert [call.kind for call in shop.calls] == ["gateway", "categories", "sizes", "stocks", "full", "light"]


async def test_the_addresses_of_the_whole_and_the_light_file_do_in_any_order(tmp_path: Path) -> None:
    async with Shop(some()) as shop:
        addresses = [shop.address("light"), shop.address("full")]
        async with opened(shop, tmp_path, IAI_OFFER=" ".join(addresses)) as source:
            assert await ids(source) == WANTED
            assert ("Light offer", "none") not in (await source.profile()).facts
        async with opened(shop, tmp_path / "other", IAI_OFFER=addresses[1]) as source:
            assert await ids(source) == WANTED
            assert ("Light offer", "none") in (await source.profile()).facts
        error = await refused(shop, tmp_path / "third", IAI_OFFER=addresses[0])
        assert "light" in error.happened


@pytest.mark.parametrize("folder", [True, False])
async def test_files_on_this_machine_are_copied_once_and_again_when_they_change(tmp_path: Path, folder: bool) -> None:
    goods = some()
    async with Shop(goods) as shop:
        place = tmp_path / "files"
        place.mkdir()
        for kind in ("full", "light", "categories") if folder else ("full",):
            (place / f"{kind}.xml").write_text(getattr(shop.writer, kind)(), "utf-8")
        given = str(place if folder else place / "full.xml")
        for _ in range(2):
            async with opened(shop, tmp_path, IAI_OFFER=given) as source:
                assert await ids(source) == WANTED
                assert (await source.profile()).key == f"127.0.0.1:{shop.port}"
        kept = {path.name for path in tmp_path.rglob("full-*.xml")}
        assert len(kept) == 1
        del goods.products["403"]
        (place / "full.xml").write_text(shop.writer.full(), "utf-8")
        async with opened(shop, tmp_path, IAI_OFFER=given) as source:
            assert await ids(source) == ["401", "402", "404", "405"]
        assert {path.name for path in tmp_path.rglob("full-*.xml")} != kept
        assert not shop.calls


async def test_of_a_folder_what_is_of_use_is_taken_and_what_went_is_forgotten(tmp_path: Path) -> None:
    goods = some()
    async with Shop(goods) as shop:
        place = tmp_path / "files"
        place.mkdir()
        for kind in ("full", "light", "categories"):
            (place / f"{kind}.xml").write_text(getattr(shop.writer, kind)(), "utf-8")
        (place / "producers.xml").write_text("<producers/>", "utf-8")
        (place / "full_change2026-11-23.xml").write_text(shop.writer.full([goods.products["401"]]), "utf-8")
        goods.products["401"].light_price = "7.00"
        async with opened(shop, tmp_path, IAI_OFFER=str(place)) as source:
            assert await ids(source) == WANTED
        (place / "light.xml").unlink()
        async with opened(shop, tmp_path, IAI_OFFER=str(place)) as source:
            assert ("Light offer", "none") in (await source.profile()).facts
        (place / "full.xml").unlink()
        error = await refused(shop, tmp_path, IAI_OFFER=str(place))
        assert "no whole offer" in error.happened


async def test_files_that_name_no_shop_ask_which_it_is(tmp_path: Path) -> None:
    goods = some()
    for product in goods.products.values():
        product.card = "-"
    async with Shop(goods) as shop:
        path = tmp_path / "full.xml"
        path.write_text(shop.writer.full(), "utf-8")
        async with opened(shop, tmp_path, IAI_OFFER=str(path)) as source:
            assert [one.setting for one in (await source.profile()).questions] == ["IAI_SHOP"]
        async with opened(shop, tmp_path, IAI_OFFER=str(path), IAI_SHOP="Lniany.pl") as source:
            assert (await source.profile()).key == "lniany.pl"


async def test_a_marketplaces_login_leads_to_files_that_can_be_had_once(tmp_path: Path) -> None:
    async with Shop(some()) as shop:
        shop.export()
        for _ in range(3):
            async with opened(shop, tmp_path, **at_shop(shop, shop.login, shop.password)) as source:
                assert await ids(source) == WANTED
        assert [call.kind for call in shop.calls] == [
            "marketplace",
            "gateway",
            "full",
            "light",
            *["marketplace", "gateway"] * 2,
        ]


def test_the_key_of_a_day_is_the_vendors() -> None:
    assert day_key("tajne", datetime(2026, 11, 23)) == "482f9ebe487c8e3177a594fdbdcfeb554408e750"


@pytest.mark.parametrize(
    ("moment", "days"),
    [("2026-11-23T11:00", ["1123"]), ("2026-11-23T22:30", ["1123", "1124"]), ("2026-11-23T23:30", ["1124", "1123"])],
)
def test_near_midnight_the_neighbouring_day_is_tried_too(moment: str, days: list[str]) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)  # an hour behind the shop's clock
    assert [f"{day:%m%d}" for day in days_to_try(now)] == days


async def test_a_wrong_password_is_told_and_not_tried_for_ever(tmp_path: Path) -> None:
    async with Shop(some()) as shop:
        error = await refused(shop, tmp_path, **at_shop(shop, shop.login, "nonsense"))
        assert isinstance(error, AccessRefused)
        assert shop.login in error.happened
        assert len(shop.asked("marketplace")) <= 2
        shop.settings.shop_blocked = True
        error = await refused(shop, tmp_path, **at_shop(shop, shop.login, shop.password))
        assert "Sklep zablokowany" in error.happened


async def test_a_shop_whose_clock_is_on_another_day_is_understood_near_midnight_alone(tmp_path: Path) -> None:
    settings = ShopSettings(now=lambda: datetime.now(ZONE) + timedelta(days=3))
    async with Shop(some(), settings) as shop:
        assert isinstance(await refused(shop, tmp_path, **at_shop(shop, shop.login, shop.password)), AccessRefused)


async def test_an_api_key_names_the_feed_by_itself_where_there_is_one(tmp_path: Path) -> None:
    async with Shop(some()) as shop:
        feed = {"id": 3001, "name": "Rynek", "shop": 1, "url": shop.address("full")}
        shop.feeds = [feed]
        async with opened(shop, tmp_path, **at_shop(shop, "key", shop.key)) as source:
            assert await ids(source) == WANTED
        shop.feeds = [feed, {"id": 3002, "name": "Inny", "shop": 1, "url": "https://elsewhere.example/"}]
        error = await refused(shop, tmp_path, **at_shop(shop, "key", shop.key))
        assert isinstance(error, InputError) and "3001 (Rynek), 3002 (Inny)" in error.to_do
        for name in ("3001", "Rynek"):
            async with opened(shop, tmp_path, **at_shop(shop, "key", shop.key), IAI_FEED=name) as source:
                assert await ids(source) == WANTED
        shop.feeds = [{"id": 3003, "name": "Nowy", "shop": 1}]
        assert isinstance(await refused(shop, tmp_path, **at_shop(shop, "key", shop.key)), ShopUnusable)


async def test_a_key_goes_to_the_shop_alone(tmp_path: Path) -> None:
    async with Shop(some()) as shop, Shop(some()) as other:
        shop.feeds = [{"id": 3001, "name": "Rynek", "shop": 1, "url": other.address("full")}]
        async with opened(shop, tmp_path, **at_shop(shop, "key", shop.key)) as source:
            assert await ids(source) == WANTED
        assert all("X-API-KEY" not in call.headers for call in (*other.calls, *shop.asked("full", "picture")))


@pytest.mark.parametrize("answer", ["403", "page", "empty"])
async def test_a_wrong_token_is_told_however_the_shop_says_it(tmp_path: Path, answer: str) -> None:
    async with Shop(some(), ShopSettings(wrong_token=answer)) as shop:
        error = await refused(shop, tmp_path, IAI_OFFER=shop.address("gateway", "f" * 23))
        assert answer == "empty" or "Udostępnianie oferty" in error.to_do
        assert "f" * 23 not in error.paragraph()


@pytest.mark.parametrize("login", ["rynek_lniany", "key"])
async def test_an_address_that_leads_on_is_told_with_where_it_leads(tmp_path: Path, login: str) -> None:
    moved = ShopSettings(moved="https://www.lniany.example")
    async with Shop(some(), moved) as shop:
        error = await refused(shop, tmp_path, **at_shop(shop, login, "tajne"))
        assert "www.lniany.example" in error.happened and "browser" in error.to_do


async def test_no_token_is_written_into_the_state_folder(tmp_path: Path) -> None:
    async with Shop(some()) as shop, opened(shop, tmp_path) as source:
        assert await ids(source) == WANTED
        for path in tmp_path.rglob("*"):
            assert not path.is_file() or b"token" not in path.read_bytes(), path
        assert shop.token("light") not in SECRETS.redact(shop.address("light"))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("sklep.pl", AtShop("https://sklep.pl")),
        ("https://sklep.pl/panel/login", AtShop("https://sklep.pl")),
        ("https://sklep.pl/edi/export-offer.php?client=a&token=1", Shared(("https://sklep.pl/edi/export-offer.php?client=a&token=1",))),
        ("https://b2b.pl/iof/gateway.xml", Shared(("https://b2b.pl/iof/gateway.xml",))),
        ("https://sklep.pl/panel/product.php?id=5", AtShop("https://sklep.pl")),
        ("sklep.pl/edi/export-offer.php?token=1", Shared(("https://sklep.pl/edi/export-offer.php?token=1",))),
        ("https://a.pl/f.xml, https://a.pl/l.xml", Shared(("https://a.pl/f.xml", "https://a.pl/l.xml"))),
        (" https://a.pl/f.xml  https://a.pl/l.xml ", Shared(("https://a.pl/f.xml", "https://a.pl/l.xml"))),
        (__file__, OnDisk(Path(__file__))),
    ],
)  # fmt: skip
def test_the_first_answer_says_which_way_it_is(typed: str, meant: object) -> None:
    assert offer(typed) == meant


@pytest.mark.parametrize(
    "typed", ["", "/nowhere/full.xml", "ftp://sklep.pl/x.xml", "https://?x", "https://a.pl/x.xml " * 3]
)
def test_an_answer_that_is_none_says_why(typed: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        offer(typed)


def test_what_of_an_address_is_secret() -> None:
    address = "https://sklep.pl/edi/export-offer.php?client=anna@sklep.pl&language=pol&token=0a1b2c3d4e5f60718293a4b&shop=1&type=full&format=xml&iof_3_0"
    assert secrets_in(address) == ["0a1b2c3d4e5f60718293a4b"]
    assert secrets_in("https://sklep.pl/feed/0a1b2c3d4e5f60718293/full.xml") == ["0a1b2c3d4e5f60718293"]
    assert secrets_in("sklep.pl") == []


@given(st.text() | st.from_regex(r"https?://[\\[\\]@:/?#%a-z0-9 ]{0,20}"))
def test_whatever_is_typed_is_understood_or_refused_with_a_word(typed: str) -> None:
    secrets_in(typed)
    try:
        offer(typed)
    except ValueError as problem:
        assert str(problem)
