"""The last good files are kept; what arrives is looked at as a whole first; change files are laid upon the whole one."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from gateway_importer.catalog import Counted, Page, ProductId
from gateway_importer.errors import ImporterError, InputError
from gateway_importer.http import Http
from gateway_importer.source import Source
from goods import Form, Goods
from iai_importer.platform import open_source
from iai_importer.provider import Listed, due_changes
from importing import everything_on_pages, opened, settings
from making import group, simple, some
from shop import PAGE, ZONE, Call, Changed, Fault, Shop, ShopSettings, later

GENERATED = "2026-11-23 05:58:01"


async def read(shop: Shop, state: Path, **more: str) -> Page:
    async with opened(shop, state, **more) as source:
        return await everything_on_pages(source)


async def asked(shop: Shop, state: Path, **more: str) -> list[str]:
    """The files for which one more reading asks."""
    before = len(shop.calls)
    await read(shop, state, **more)
    return [call.kind for call in shop.calls[before:]]


def names(page: Page) -> dict[str, str]:
    return {str(one.source_id): one.name for one in page.products}


def marketplace(shop: Shop) -> dict[str, str]:
    return {"IAI_OFFER": shop.url, "IAI_LOGIN": shop.login, "IAI_SECRET": shop.password}


# --- what is fetched again -----------------------------------------------------------------------------------


async def test_what_the_gateway_says_is_the_same_is_not_fetched_again_but_the_light_file_is(tmp_path: Path) -> None:
    goods = some()
    async with Shop(goods) as shop:
        await read(shop, tmp_path)
        assert await asked(shop, tmp_path) == ["gateway", "light"]
        goods.products["401"].sizes[0].light_stocks = {"1": "2"}
        found = {str(one.source_id): one for one in (await read(shop, tmp_path)).products}
        assert found["401"].variants[0].stock == Counted(Decimal(2))
        goods.products["402"].names["pol"] = "Nowa nazwa"
        assert await asked(shop, tmp_path) == ["gateway", "full", "light"]
        assert len(list(tmp_path.rglob("full-*.xml"))) == 1  # the one before is gone


async def test_an_offer_without_hashes_is_fetched_each_time(tmp_path: Path) -> None:
    async with Shop(some(), ShopSettings(hashes=False)) as shop:
        await read(shop, tmp_path)
        assert "full" in await asked(shop, tmp_path)


async def test_a_file_of_an_own_address_is_asked_for_by_what_its_server_said_of_it(tmp_path: Path) -> None:
    async with Shop(some(), ShopSettings(etags=True)) as shop:
        both = f"{shop.address('full')} {shop.address('light')}"
        for _ in range(2):
            assert len((await read(shop, tmp_path, IAI_OFFER=both)).products) == 5
        assert [call.status for call in shop.calls] == [200, 200, 304, 304]


async def test_what_came_by_another_way_is_not_used(tmp_path: Path) -> None:
    async with Shop(some(5)) as shop, Shop(some(3)) as other:
        await read(shop, tmp_path)
        assert len((await read(other, tmp_path)).products) == 3


# --- files that can be had once ------------------------------------------------------------------------------


async def test_what_can_be_had_once_is_read_again_and_its_age_is_told(tmp_path: Path) -> None:
    goods = some()
    async with Shop(goods) as shop:
        shop.export()
        await read(shop, tmp_path, **marketplace(shop))
        del goods.products["403"]
        async with opened(shop, tmp_path, **marketplace(shop)) as source:
            assert len((await everything_on_pages(source)).products) == 5
            (warning,) = (await source.profile()).warnings
            assert GENERATED in warning and "minutes ago" in warning
        shop.settings.form.generated = later(GENERATED, hours=6)
        shop.export()
        assert len((await read(shop, tmp_path, **marketplace(shop))).products) == 4


async def test_a_file_that_arrived_before_the_run_broke_off_is_not_lost(tmp_path: Path) -> None:
    async with Shop(some()) as shop:
        shop.export()
        shop.settings.faults.append(Fault("reset", times=-1, matches=lambda call: call.kind == "light"))
        with pytest.raises(ImporterError):
            await read(shop, tmp_path, **marketplace(shop))
        shop.settings.faults.clear()
        page = await read(shop, tmp_path, **marketplace(shop))
        assert len(page.products) == 5
        assert [call.kind for call in shop.calls].count("full") == 1


@pytest.mark.parametrize("file", ["full", "light"])
async def test_a_gateway_that_was_had_once_leads_a_later_run_to_the_files(tmp_path: Path, file: str) -> None:
    async with Shop(some()) as shop:
        shop.export()
        shop.settings.faults.append(Fault("reset", times=-1, matches=lambda call: call.kind == file))
        with pytest.raises(ImporterError):
            await read(shop, tmp_path, **marketplace(shop))
        shop.settings.faults.clear()
        async with opened(shop, tmp_path, **marketplace(shop)) as source:
            assert len((await everything_on_pages(source)).products) == 5
            assert not (await source.profile()).warnings
        assert [call.kind for call in shop.calls if call.status == 200][-1] == "light"
        (facts,) = tmp_path.rglob("offer.json")
        assert "http" not in facts.read_text("utf-8")


@pytest.mark.parametrize("body", ["<h1>Plik pobrano</h1>", "Plik pobrano", ""])
async def test_whatever_page_stands_in_the_place_of_a_file_that_was_had_the_kept_one_is_read(
    tmp_path: Path, body: str
) -> None:
    async with Shop(some(), ShopSettings(had_before=body)) as shop:
        shop.export()
        await read(shop, tmp_path, **marketplace(shop))
        assert len((await read(shop, tmp_path, **marketplace(shop))).products) == 5


async def test_nothing_kept_and_nothing_new_is_told_with_the_hours(tmp_path: Path) -> None:
    async with Shop(some()) as shop:
        with pytest.raises(ImporterError) as caught:
            await read(shop, tmp_path, **marketplace(shop))
        assert "Marketplaces" in caught.value.to_do


async def test_a_file_stays_for_as_long_as_somebody_reads_it(tmp_path: Path) -> None:
    goods = some()
    async with Shop(goods) as shop, opened(shop, tmp_path) as source:
        handles = [page async for page in source.pages()]
        goods.products["401"].names["pol"] = "Nowa nazwa"
        assert names(await read(shop, tmp_path))["401"] == "Nowa nazwa"
        found = await source.read(handles[0])
        assert {one.name for one in found.products} >= {"Produkt 401"}


# --- what is looked at before it is believed -----------------------------------------------------------------

BREAK: dict[str, Callable[[str], str]] = {
    "it ends early": lambda text: text[: len(text) * 2 // 3],
    "its end is lacking": lambda text: text.replace("</offer>", ""),
    "a product that never began": lambda text: text.replace("</product>", "</product></product>", 1),
    "an HTML page": lambda text: "<!DOCTYPE html><html><body>Sklep</body></html>",
    "a DTD": lambda text: text.replace("<offer", '<!DOCTYPE offer [<!ENTITY x "y">]><offer', 1),
    "no XML": lambda text: "Sklep jest w przebudowie",
    "empty": lambda text: "",
    "no products": lambda text: re.sub("(?s)<product .*</product>", "", text),
    "an unknown encoding": lambda text: text.replace("utf-8", "klingon", 1),
    "another file": lambda text: "<stocks><stock id='1'/></stocks>",
    "the light file": lambda text: re.sub("(?s)<(description|producer|images).*?(/>|</\\1>)", "", text),
}


@pytest.mark.parametrize("how", BREAK)
async def test_a_file_that_is_not_whole_costs_the_run_and_the_good_one_stays(tmp_path: Path, how: str) -> None:
    goods = some()
    async with Shop(goods) as shop:
        await read(shop, tmp_path)
        good = shop.writer.full()
        shop.snapshot = BREAK[how](good.replace("Produkt 401", "Nowa nazwa"))
        with pytest.raises(ImporterError) as caught:
            await read(shop, tmp_path)
        assert caught.value.exit_code in {2, 3}
        shop.snapshot = good
        assert await asked(shop, tmp_path) == ["gateway", "light"]  # it is still there


@pytest.mark.parametrize("encoding", ["windows-1250", "iso-8859-2", "utf-16", "utf-8-sig"])
async def test_an_offer_in_another_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    goods = some()
    goods.products["401"].names["pol"] = "Zażółć gęślą jaźń"
    form = Form(encoding="utf-8" if encoding == "utf-8-sig" else encoding)
    async with Shop(goods, ShopSettings(form=form)) as shop:
        path = tmp_path / "full.xml"
        path.write_text(shop.writer.full(), encoding)
        found = names(await read(shop, tmp_path, IAI_OFFER=str(path)))
        assert found["401"] == "Zażółć gęślą jaźń" and len(found) == 5


async def test_an_offer_that_is_written_otherwise_than_it_says_costs_what_it_hits(tmp_path: Path) -> None:
    goods = some()
    goods.products["401"].names["pol"] = "Zażółć"
    async with Shop(goods) as shop:
        path = tmp_path / "full.xml"
        path.write_text(shop.writer.full(), "windows-1250")  # and it says utf-8
        page = await read(shop, tmp_path, IAI_OFFER=str(path))
        assert [one.source_id for one in page.failed] == ["401"] and len(page.products) == 4


# --- change files --------------------------------------------------------------------------------------------


class Hourly:
    """A shop that made its whole file at one time and a change file each hour since."""

    def __init__(self, goods: Goods) -> None:
        self.clock = GENERATED
        self.shop = Shop(goods, ShopSettings(now=self._now))
        self.elements: list[str] = []

    def _now(self) -> datetime:
        return datetime.strptime(self.clock, "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE)

    def whole(self) -> None:
        self.shop.settings.form.generated = self.clock
        self.shop.snapshot = self.shop.writer.full()
        self.shop.changes.clear()

    def hour(self, *elements: str, lost: bool = False, hours: float = 1) -> None:
        self.clock = later(self.clock, hours=hours)
        self.shop.settings.form.generated = self.clock
        if not lost:
            self.shop.changes.append(Changed(self.clock, self.shop.writer.change(elements)))
        self.shop.settings.form.generated = GENERATED


def renamed(identity: str, name: str) -> str:
    return f'<product id="{identity}"><description><name xml:lang="pol">{name}</name></description></product>'


@pytest.fixture
def hourly() -> Hourly:
    return Hourly(some())


async def test_change_files_are_laid_upon_the_whole_one_in_their_order(tmp_path: Path, hourly: Hourly) -> None:
    async with hourly.shop as shop:
        hourly.whole()
        await read(shop, tmp_path)
        hourly.hour(renamed("401", "Pierwsza"), renamed("402", "Druga"))
        hourly.hour(renamed("401", "Ostatnia"))
        assert await asked(shop, tmp_path) == ["gateway", "full_change", "full_change", "light"]
        found = names(await read(shop, tmp_path))
        assert (found["401"], found["402"], found["403"]) == ("Ostatnia", "Druga", "Produkt 403")
        assert await asked(shop, tmp_path) == ["gateway", "light"]
        hourly.hour()
        assert await asked(shop, tmp_path) == ["gateway", "full_change", "light"]


async def test_a_first_run_takes_the_changes_since_the_whole_file_too(tmp_path: Path, hourly: Hourly) -> None:
    async with hourly.shop as shop:
        hourly.whole()
        hourly.hour(renamed("401", "Nowa"))
        assert names(await read(shop, tmp_path))["401"] == "Nowa"


async def test_a_new_whole_file_is_not_needed_while_changes_lead_to_now(tmp_path: Path, hourly: Hourly) -> None:
    async with hourly.shop as shop:
        hourly.whole()
        await read(shop, tmp_path)
        hourly.hour(renamed("401", "Nowa"))
        shop.snapshot = shop.writer.full()  # made anew, with another hash
        assert "full" not in await asked(shop, tmp_path)


async def test_where_an_hour_is_missing_the_whole_file_is_read_again(tmp_path: Path, hourly: Hourly) -> None:
    async with hourly.shop as shop:
        hourly.whole()
        await read(shop, tmp_path)
        hourly.hour(renamed("401", "Verloren"), lost=True)
        hourly.hour(renamed("402", "Nowa"))
        shop.goods.products["401"].names["pol"] = "Aus der ganzen Datei"
        shop.snapshot = shop.writer.full()
        assert "full" in await asked(shop, tmp_path)
        found = names(await read(shop, tmp_path))
        assert found["401"] == "Aus der ganzen Datei"


async def test_where_an_hour_is_missing_and_no_newer_whole_file_is_there_what_is_known_stays(
    tmp_path: Path, hourly: Hourly
) -> None:
    async with hourly.shop as shop:
        hourly.whole()
        hourly.hour(renamed("401", "Nowa"))
        await read(shop, tmp_path)
        hourly.hour(renamed("402", "Zgubiona"), lost=True)
        hourly.hour(renamed("403", "Za dziurą"))
        async with opened(shop, tmp_path) as source:
            found = names(await everything_on_pages(source))
            assert any("change file" in text for text in (await source.profile()).warnings)
        assert (found["401"], found["403"]) == ("Nowa", "Produkt 403")
        assert "full" not in await asked(shop, tmp_path)


async def test_a_change_file_that_cannot_be_had_is_a_missing_hour(tmp_path: Path, hourly: Hourly) -> None:
    async with hourly.shop as shop:
        hourly.whole()
        await read(shop, tmp_path)
        hourly.hour(renamed("401", "Zgubiona"))
        shop.changes[0].text = PAGE
        assert names(await read(shop, tmp_path))["401"] == "Produkt 401"  # no newer whole file is there
        shop.goods.products["401"].names["pol"] = "Z całego pliku"
        shop.snapshot = shop.writer.full()
        assert names(await read(shop, tmp_path))["401"] == "Z całego pliku"


def test_changes_are_due_by_their_moments_and_none_in_an_hour_that_the_clock_shows_twice() -> None:
    first, second = Listed("a", "", "23.11.2026 09:00:00"), Listed("b", "", "23.11.2026 10:00:00")
    third = Listed("c", "", "2026-11-23 10:30:00")
    due = due_changes("2026-11-23 08:30:00", (third, second, first), "2026-11-23 11:00:00")
    assert due == [first, second, third]
    night = Listed("d", "", "2026-10-25 02:20:00")
    assert due_changes("2026-10-25 01:40:00", (night,), "2026-10-25 03:00:00") is None


async def test_removed_products_are_not_in_the_offer_and_may_come_back_otherwise(
    tmp_path: Path, hourly: Hourly
) -> None:
    async with hourly.shop as shop:
        hourly.whole()
        await read(shop, tmp_path)
        hourly.hour('<product id="402" removed="yes"/>')
        async with opened(shop, tmp_path) as source:
            assert "402" not in names(await everything_on_pages(source))
            assert "402" not in [one async for one in _everything(source)]
            assert not (await source.read(source.pages_of([ProductId("402")])[0])).products
        product = simple(Goods(), "402", price="77.00")
        product.names = {"pol": "Wróciła"}
        hourly.hour(shop.writer.full_product(product))
        found = {str(one.source_id): one for one in (await read(shop, tmp_path)).products}
        assert found["402"].name == "Wróciła"
        assert found["402"].variants[0].price.gross == 77


async def test_a_product_that_only_a_change_file_knows_is_read_and_its_group_is_joined(
    tmp_path: Path, hourly: Hourly
) -> None:
    async with hourly.shop as shop:
        hourly.whole()
        await read(shop, tmp_path)
        made = group(Goods(), ("701", "702"))
        hourly.hour(*(shop.writer.full_product(one) for one in made))
        moved = simple(Goods(), "405")
        moved.group, moved.versions = "701", [({"pol": "Kolor"}, {"pol": "szara"})]
        hourly.hour(shop.writer.full_product(moved))
        found = {str(one.source_id): one for one in (await read(shop, tmp_path)).products}
        assert sorted(one.source_id for one in found["701"].variants) == [
            "405-uniw",
            "701-4",
            "701-5",
            "702-4",
            "702-5",
        ]
        assert "405" not in found


async def test_a_broken_change_costs_the_product_until_the_next_whole_file(tmp_path: Path, hourly: Hourly) -> None:
    async with hourly.shop as shop:
        hourly.whole()
        await read(shop, tmp_path)
        hourly.hour('<product id="401"><description><name>A & B</name></description></product>', renamed("402", "Nowa"))
        page = await read(shop, tmp_path)
        assert [one.source_id for one in page.failed] == ["401"] and names(page)["402"] == "Nowa"


async def _everything(source: Source) -> AsyncIterator[str]:
    listed = source.everything()
    assert listed is not None
    async for one in listed:
        yield one


# --- troubles ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["html", "empty", "cut", "reset", "nothing", "status"])
@pytest.mark.parametrize("file", ["gateway", "full", "light", "categories"])
async def test_what_goes_wrong_once_costs_nothing(tmp_path: Path, kind: str, file: str) -> None:
    def matches(call: Call) -> bool:
        return call.kind == file

    async with Shop(some(), ShopSettings(faults=[Fault(kind, matches=matches)])) as shop:
        assert len((await read(shop, tmp_path)).products) == 5
        assert len(shop.asked(file)) == 2


async def test_small_files_that_are_no_xml_are_done_without_and_told(tmp_path: Path) -> None:
    goods = some()
    goods.products["401"].category = ("12", "Odzież")
    async with Shop(goods) as shop:
        place = tmp_path / "files"
        place.mkdir()
        (place / "full.xml").write_text(shop.writer.full(), "utf-8")
        for kind in ("categories", "sizes", "stocks"):
            (place / f"{kind}.xml").write_text(f'<{kind}><x id="1">&nbsp;</{kind}>', "utf-8")
        async with opened(shop, tmp_path, IAI_OFFER=str(place)) as source:
            assert [one.path for one in await source.categories()] == [("Odzież",)]
            assert sum("done without" in text for text in (await source.profile()).warnings) == 3
            assert len((await everything_on_pages(source)).products) == 5


async def test_a_state_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    async with Shop(some()) as shop:
        with pytest.raises(InputError, match="cannot be kept"):
            await read(shop, tmp_path / "file")


async def test_addresses_that_are_none_are_no_traceback(tmp_path: Path) -> None:
    goods = some()
    for product in goods.products.values():
        product.card = "http://[broken"
    goods.products["401"].pictures = [("//[broken", "abc"), ("://", "abd")]
    async with Shop(goods) as shop, opened(shop, tmp_path) as source:
        found = await everything_on_pages(source)
        assert len(found.products) == 5
        shop.changes.append(Changed("2026-11-23 06:58:01", "<offer/>"))
        assert (await source.profile()).key == f"127.0.0.1:{shop.port}"


async def test_an_old_offer_is_told(tmp_path: Path) -> None:
    async with Shop(some(), ShopSettings(form=Form(expires="2026-11-01 00:00:00"))) as shop:
        async with opened(shop, tmp_path) as source:
            assert any("2026-11-01" in text for text in (await source.profile()).warnings)
        shop.settings.form = Form(reserved=False)
        async with opened(shop, tmp_path) as source:
            assert any("before reservations" in text for text in (await source.profile()).warnings)


async def test_an_address_from_outside_may_not_lead_into_a_private_network(tmp_path: Path) -> None:
    async with Shop(some()) as shop, Shop(some()) as other, Http(user_agent="test") as spoken:
        shop.address = other.address  # type: ignore[method-assign]
        offer = f"{shop.url}/edi/export-offer.php?client={shop.client}&token={shop.token('gateway')}&shop=1&type=gateway&format=xml&language=pol"
        source = open_source(settings(tmp_path, IAI_OFFER=offer, ALLOW_PRIVATE_ADDRESSES="no"), spoken)
        with pytest.raises(ImporterError, match="private|public"):
            await source.profile()
        assert not other.calls
