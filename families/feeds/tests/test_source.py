"""How files are brought here and kept, what two of them say together, and what is not believed."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from feeds_family.places import place, secrets_in, told
from gateway_importer.catalog import Counted, StockLevel, UnknownStock
from gateway_importer.errors import AccessRefused, ImporterError, InputError, ShopUnusable, Unreachable
from gateway_importer.settings import moment
from importing import DECIDED, NOW, Everything, columns, everything, opened, product_ids, settings
from shop import Document, Fault, Shop
from writers import CENEO_EMPTY, Goods, ceneo, google, table

ZERO = Counted(Decimal(0))


def goods(*ids: str, **more: str) -> list[Goods]:
    return [Goods(one, f"Kubek {one}", vat="", **more) for one in ids]  # type: ignore[arg-type]


def ten(**more: str) -> list[Goods]:
    return goods(*(str(number) for number in range(1, 11)), **more)


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    made = Shop()
    made.documents["ceneo.xml"] = Document(lambda: ceneo(ten()), empty=CENEO_EMPTY, modified=1_790_000_000)
    async with made:
        yield made


def levels(found: Everything) -> dict[str, StockLevel]:
    return {number: one.stock for number, one in found.variants.items()}


# --- fetching


async def test_nothing_changed_costs_one_request_and_the_kept_copy_is_read(tmp_path: Path, shop: Shop) -> None:
    before = await everything(tmp_path, shop.address("ceneo.xml"))
    found = await everything(tmp_path, shop.address("ceneo.xml"))
    assert [call.status for call in shop.calls] == [200, 304]
    assert found.products == before.products
    assert any("the kept copy was read" in text for _, text in found.profile.facts)


async def test_what_a_run_must_read_follows_from_rows_and_from_sales_that_begin(tmp_path: Path, shop: Shop) -> None:
    sale = [*ten(), Goods("11", sale="5.00", sale_from="2026-12-01T00:00+0100", sale_to="2026-12-24T00:00+0100")]
    shop.documents["google.xml"] = Document(lambda: google(sale))

    async def rows(now: str) -> dict[str, bytes]:
        async with opened(tmp_path, shop.address("google.xml"), **DECIDED, NOW=now) as source:
            changes = source.changes()
            assert changes is not None and [one async for one in changes.dated(moment(NOW))] == []
            return {str(product): row async for product, row in changes.moving()}

    before, same, later = [await rows(now) for now in (NOW, "2026-11-28T12:00+01:00", "2026-12-02T12:00+01:00")]
    assert before == same
    assert [product for product in before if before[product] != later[product]] == ["11"]
    sale[0].price = "9.99"
    assert [product for product, row in (await rows(NOW)).items() if row != before[product]] == ["1"]


@pytest.mark.parametrize(
    "faults",
    [
        [Fault("status", status=429, retry_after="0"), Fault("status", status=503)],
        [Fault("status", status=500), Fault("reset")],
        [Fault("html"), Fault("empty"), Fault("truncated")],
        [Fault("cut"), Fault("nothing")],
    ],
)
async def test_what_passes_is_asked_for_again(tmp_path: Path, shop: Shop, faults: Sequence[Fault]) -> None:
    shop.faults.extend(faults)
    found = await everything(tmp_path, shop.address("ceneo.xml"), TRIES="5")
    assert len(found.products) == 10


@pytest.mark.parametrize("kind", ["html", "empty", "truncated", "cut", "nothing", "reset"])
async def test_what_stays_wrong_ends_the_run_and_keeps_the_copy_that_was_good(
    tmp_path: Path, shop: Shop, kind: str
) -> None:
    await everything(tmp_path, shop.address("ceneo.xml"))
    kept = {path.name for path in tmp_path.glob("*/feeds/first-*")}
    shop.documents["ceneo.xml"].marks = False
    shop.faults.append(Fault(kind, times=-1))  # type: ignore[arg-type]
    with pytest.raises(ImporterError) as ended:
        await everything(tmp_path, shop.address("ceneo.xml"))
    assert isinstance(ended.value, Unreachable | ShopUnusable) and ended.value.to_do
    assert {path.name for path in tmp_path.glob("*/feeds/first-*")} == kept


async def test_refusals_are_told_apart(tmp_path: Path, shop: Shop) -> None:
    with pytest.raises(ShopUnusable, match="404"):
        await everything(tmp_path, shop.address("nothing.xml"))
    shop.forbidden = True
    with pytest.raises(AccessRefused, match="403"):
        await everything(tmp_path, shop.address("ceneo.xml"))
    shop.forbidden, shop.login, shop.password = False, "import", "haslo"
    with pytest.raises(AccessRefused, match="asks for a login"):
        await everything(tmp_path, shop.address("ceneo.xml"))
    with pytest.raises(AccessRefused, match="does not know this login"):
        await everything(tmp_path, shop.address("ceneo.xml"), SHOP_LOGIN="import", SHOP_PASSWORD="other")
    found = await everything(tmp_path, shop.address("ceneo.xml"), SHOP_LOGIN="import", SHOP_PASSWORD="haslo")
    assert len(found.products) == 10


async def test_redirects_are_followed_without_the_login_to_another_server(tmp_path: Path, shop: Shop) -> None:
    async with Shop(documents=dict(shop.documents)) as other:
        shop.redirect["old.xml"] = other.address("ceneo.xml")
        found = await everything(tmp_path, f"{shop.url}/old.xml", SHOP_LOGIN="import", SHOP_PASSWORD="haslo")
        assert len(found.products) == 10
        assert "Authorization" not in other.calls[0].headers
        shop.redirect["round.xml"] = shop.address("round.xml")
        with pytest.raises(Unreachable, match="redirects"):
            await everything(tmp_path, f"{shop.url}/round.xml")


async def test_a_token_in_an_address_is_written_nowhere(tmp_path: Path, shop: Shop) -> None:
    shop.documents["feed/0123456789abcdef0123"] = Document(lambda: ceneo(ten()))
    await everything(tmp_path, f"{shop.url}/feed/0123456789abcdef0123?key=fedcba9876543210")
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written and not any(
        secret in path.read_bytes() for path in written for secret in (b"0123456789abcdef0123", b"fedcba98")
    )


async def test_one_login_goes_to_one_server(tmp_path: Path, shop: Shop) -> None:
    async with Shop(documents=dict(shop.documents)) as other:
        with pytest.raises(InputError, match="would be sent to two servers"):
            await everything(
                tmp_path,
                shop.address("ceneo.xml"),
                other.address("ceneo.xml"),
                SHOP_LOGIN="import",
                SHOP_PASSWORD="haslo",
            )
        assert not shop.calls and not other.calls


async def test_a_packed_file_and_one_that_comes_in_pieces(tmp_path: Path, shop: Shop) -> None:
    shop.documents["packed.xml.gz"] = Document(lambda: ceneo(ten()), packed=True)
    shop.documents["pieces.xml"] = Document(lambda: ceneo(ten()), streamed=True)
    for name in ("packed.xml.gz", "pieces.xml"):
        assert len((await everything(tmp_path / name, shop.address(name))).products) == 10


# --- what is gone


async def test_what_vanishes_has_stock_0_first_and_is_gone_after_its_days(tmp_path: Path, shop: Shop) -> None:
    listed = ten()
    shop.documents["ceneo.xml"] = Document(lambda: ceneo(listed))
    address = shop.address("ceneo.xml")

    async def on(day: int, **more: str) -> Everything:
        return await everything(tmp_path, address, NOW=f"2026-11-{day:02}T12:00+01:00", VANISHED_DAYS="3", **more)

    assert levels(await on(1))["10"] == Counted(Decimal(5))
    gone = listed.pop()
    kept = await on(2)
    assert levels(kept)["10"] == ZERO and kept.products["10"].name == "Kubek 10" and "10" in kept.listed
    assert levels(await on(4))["10"] == ZERO
    assert "10" not in (await on(5)).listed
    assert "10" not in (await on(6)).listed
    listed.append(gone)
    assert levels(await on(7))["10"] == Counted(Decimal(5))
    assert any("kept with stock 0" in warning for warning in kept.profile.warnings)


async def test_a_size_that_vanishes_stays_with_its_product(tmp_path: Path, shop: Shop) -> None:
    rows = [Goods(f"1-{size}", f"Bluza {size}", group="1", options={"size": size}, stock="3") for size in "SML"]
    shop.documents["google.xml"] = Document(lambda: google(rows, stock=True))
    await everything(tmp_path, shop.address("google.xml"), VARIANT_RULE="item_group_id")
    del rows[1]
    found = await everything(tmp_path, shop.address("google.xml"), VARIANT_RULE="item_group_id")
    stocks = {str(one.source_id): one.stock for one in found.products["1"].variants}
    assert stocks == {"1-S": Counted(Decimal(3)), "1-L": Counted(Decimal(3)), "1-M": ZERO}


async def test_a_feed_that_lost_too_much_is_not_taken_for_sold_out(tmp_path: Path, shop: Shop) -> None:
    listed = goods(*(str(number) for number in range(40)))
    shop.documents["ceneo.xml"] = Document(lambda: ceneo(listed))
    await everything(tmp_path, shop.address("ceneo.xml"))
    del listed[10:]
    for _ in range(2):  # nor at the second sight
        found = await everything(tmp_path, shop.address("ceneo.xml"))
        assert len(found.products) == 10 and len(found.listed) == 10
        assert any("30 products are gone" in warning for warning in found.profile.warnings)
    await everything(tmp_path, shop.address("ceneo.xml"), ARCHIVE_MANY="yes")
    found = await everything(tmp_path, shop.address("ceneo.xml"))  # somebody has said that it is right
    assert not any("are gone" in warning for warning in found.profile.warnings)


async def test_a_feed_that_lost_most_variants_leaves_them_as_they_were(tmp_path: Path, shop: Shop) -> None:
    rows = [
        Goods(f"{n}-{size}", f"Bluza {n} {size}", group=str(n), options={"size": size}, stock="3")
        for n in range(10)
        for size in "SML"
    ]
    shop.documents["google.xml"] = Document(lambda: google(rows, stock=True))
    address, more = shop.address("google.xml"), {"VARIANT_RULE": "item_group_id"}
    await everything(tmp_path, address, **more)
    rows = [one for one in rows if one.id.endswith("S")]
    for _ in range(2):
        found = await everything(tmp_path, address, **more)
        assert set(levels(found).values()) == {Counted(Decimal(3))} and len(found.variants) == 30
        assert any("20 rows of products" in warning for warning in found.profile.warnings)
    found = await everything(tmp_path, address, **more, ARCHIVE_MANY="yes")
    assert [level for number, level in levels(found).items() if not number.endswith("S")] == [ZERO] * 20


# --- two sources

TWO = {"VARIANT_RULE": "item_group_id"}


async def test_google_says_what_there_is_and_ceneo_how_many(tmp_path: Path, shop: Shop) -> None:
    first, second = ten(stock=""), ten(gtin="5901234123457")[:8]
    second[0].avail, second[0].stock = "1", ""
    shop.documents["google.xml"] = Document(lambda: google(first), modified=1_790_000_000)
    shop.documents["ceneo.xml"] = Document(lambda: ceneo(second), modified=1_790_000_000 + 80_000)
    addresses = shop.address("google.xml"), shop.address("ceneo.xml")
    found = await everything(tmp_path, *addresses, **TWO)
    assert levels(found)["2"] == Counted(Decimal(5)) and levels(found)["9"] == ZERO
    assert isinstance(levels(found)["1"], UnknownStock) and found.variants["2"].gtin == "5901234123457"
    kept = await everything(tmp_path / "kept", *addresses, **TWO, MISSING_STOCK="keep")
    assert isinstance(levels(kept)["9"], UnknownStock)
    second.append(Goods("unknown"))
    with pytest.raises(ShopUnusable, match="8 are in it"):  # eight of nine are less than 95 %
        await everything(tmp_path, *addresses, **TWO)
    second.pop()
    shop.documents["ceneo.xml"].modified = 1_790_000_000 + 90_000
    with pytest.raises(ImporterError, match="more than a day apart"):
        await everything(tmp_path, *addresses, **TWO)


async def test_a_table_of_stock_is_added_up_and_makes_nothing(tmp_path: Path, shop: Shop) -> None:
    rows = [
        ("12345-010-M", "01", "2"), ("12345-010-M", "07", "-1"), ("12345-010-L", "01", "0"), ("NIEZNANY-1", "01", "5"),
        ("BON-100", "01", "dużo"),
    ]  # fmt: skip
    stock = table(({"symbol": a, "sklep": b, "ilosc": c} for a, b, c in rows), ("symbol", "sklep", "ilosc"))
    body = b"".join(stock)
    shop.documents["stany.csv"] = Document(lambda: iter([body]))
    lines = [
        "symbol;nazwa;cena_brutto;vat",
        "12345-010-M;Sukienka M;249,90;23",
        "12345-010-L;Sukienka L;249,90;23",
        "BON-100;Bon;100,00;np",
    ]
    shop.documents["produkty.csv"] = Document(lambda: iter(["\n".join(lines).encode()]))
    maps = {
        "COLUMN_MAP": str(columns(tmp_path, "symbol=id nazwa=name cena_brutto=gross=, vat=vat").resolve()),
        "SECOND_COLUMN_MAP": str(columns(tmp_path, "symbol=id sklep=warehouse ilosc=stock=none", "second.csv")),
        "VARIANT_RULE": "pattern", "VARIANT_PATTERN": r"(?P<product>\d+)-(?P<color>\d+)-(?P<size>\w+)",
    }  # fmt: skip
    Path(maps["COLUMN_MAP"]).write_text(
        Path(maps["COLUMN_MAP"]).read_text("utf-8").replace("cena brutto", "cena_brutto"), "utf-8"
    )
    addresses = shop.address("produkty.csv"), shop.address("stany.csv")
    found = await everything(tmp_path, *addresses, **maps)
    assert list(found.products) == ["12345", "BON-100"]
    assert levels(found)["12345-010-M"] == Counted(Decimal(2)) and levels(found)["12345-010-L"] == ZERO
    assert {option.name: option.value for option in found.products["12345"].variants[0].options} == {
        "color": "010",
        "size": "M",
    }
    told_of = " ".join(found.profile.warnings)
    assert "NIEZNANY-1" in told_of and "1 rows of stock are negative" in told_of
    assert [one.code for one in found.products["BON-100"].notices] == ["stock_wrong"]
    added = await everything(tmp_path / "sum", *addresses, **maps, STOCK_CLAMP="sum")
    assert levels(added)["12345-010-M"] == Counted(Decimal(1))
    some = await everything(tmp_path / "some", *addresses, **maps, WAREHOUSES="07")
    assert levels(some)["12345-010-M"] == ZERO and levels(some)["12345-010-L"] == ZERO


# --- folders and files


async def test_the_newest_finished_file_of_a_folder_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()

    def write(name: str, rows: Sequence[Goods], age: float) -> Path:
        path = folder / name
        path.write_bytes(b"".join(ceneo(rows)))
        os.utime(path, (path.stat().st_mtime - age,) * 2)
        return path

    write("ceneo-1.xml", ten(), 500)
    write("ceneo-2.xml", ten()[:9], 300)
    write("ceneo-3.xml.part", ten()[:1], 100)
    write("other.xml", ten()[:1], 100)
    where = folder / "ceneo-*.xml"
    assert len((await everything(tmp_path, where)).products) == 9
    again = await everything(tmp_path, where)
    assert any("not changed since" in text for _, text in again.profile.facts)
    monkeypatch.setattr("feeds_family.folders.LOOK_AGAIN", 0.05)
    growing = write("ceneo-4.xml", ten(), 0)
    whole = growing.read_bytes()
    growing.write_bytes(whole[:500])

    async def finish() -> None:
        for cut in (900, 1400, len(whole)):
            await asyncio.sleep(0.03)
            growing.write_bytes(whole[:cut])

    found, _ = await asyncio.gather(everything(tmp_path / "new", where), finish())
    assert len(found.products) == 10
    with pytest.raises(ShopUnusable, match="no file fits"):
        await everything(tmp_path, folder / "none-*.csv")
    (folder / "ceneo-2.xml.done").touch()
    assert len((await everything(tmp_path / "done", where)).products) == 9
    with pytest.raises(ShopUnusable, match="There is no file at"):
        await everything(tmp_path, folder / "nothing.xml")


def test_places_are_told_apart_and_shown_without_their_secrets() -> None:
    assert told(place("https://sklep.example/feed.xml?token=0a1b2c3d4e5f6789")) == "https://sklep.example/feed.xml?…"
    assert "0a1b2c3d4e5f6789" in secrets_in("https://sklep.example/feed.xml?token=0a1b2c3d4e5f6789&lang=pl")
    assert "0123456789abcdef0123" in secrets_in("https://sklep.example/0123456789abcdef0123/feed.xml")
    assert secrets_in("https://sklep.example/xml/ceneo-produkty-wszystkie.xml") == []
    assert told(place("sftp://anna@host.example:2222/out/stany*.csv")) == "sftp://host.example/out/stany*.csv"
    for wrong in ("", "ftp://host/x", "https://anna:haslo@host/x", "shop.example/feed.xml", "sftp://host", "https://"):
        with pytest.raises(ValueError, match="."):
            place(wrong)


# --- what a person has to say


async def test_what_only_a_person_can_say_is_asked_and_shown(tmp_path: Path, shop: Shop) -> None:
    shop.documents["ceneo.xml"] = Document(lambda: ceneo(ten(stock="")))
    async with opened(tmp_path, shop.address("ceneo.xml")) as source:
        asked = [one.setting for one in (await source.profile()).questions]
        assert asked == ["SHOP_NAME", "VAT_DEFAULT", "UNKNOWN_STOCK", "VARIANT_RULE"]
        errors = {one.subject for one in await source.check() if one.level == "error"}
        assert errors == set(asked)
        with pytest.raises(ShopUnusable, match="What is the shop called"):
            await anext(source.pages())
    found = await everything(tmp_path, shop.address("ceneo.xml"), UNKNOWN_STOCK="3", VAT_DEFAULT="8")
    shown = dict(found.profile.facts)
    assert shown["Price, for example"].endswith(
        "10.00 (gross) in the file becomes 10.00 PLN with VAT 8 % by VAT_DEFAULT"
    )
    assert shown["Stock, for example"].endswith("stock 3") and levels(found)["1"] == Counted(Decimal(3))
    refused = await everything(tmp_path, shop.address("ceneo.xml"), UNKNOWN_STOCK="refuse")
    assert refused.causes == {"stock_unknown": 10}


async def test_some_products_may_be_asked_for_by_their_ids(tmp_path: Path, shop: Shop) -> None:
    async with opened(tmp_path, shop.address("ceneo.xml"), **DECIDED) as source:
        await source.profile()
        pages = [await source.read(one) for one in source.pages_of(product_ids("3", "7", "nobody"))]
        assert [str(one.source_id) for page in pages for one in page.products] == ["3", "7"]


async def test_what_a_killed_run_left_behind_goes(tmp_path: Path, shop: Shop) -> None:
    store = settings(tmp_path, shop.address("ceneo.xml"))
    left = tmp_path / store.texts["SHOP_GUID"] / "feeds/run-left"
    left.mkdir(parents=True)
    (left / "first.rows").write_bytes(b"x")
    await everything(tmp_path, shop.address("ceneo.xml"))
    assert not left.exists() and timedelta(0) == timedelta()


async def test_a_variant_is_known_by_its_rows_id_alone(tmp_path: Path, shop: Shop) -> None:
    async with opened(tmp_path, shop.address("ceneo.xml"), **DECIDED) as source:
        assert (await source.profile()).unique_variants
    found = await everything(tmp_path, shop.address("ceneo.xml"))
    assert {number: str(one.variants[0].source_id) for number, one in found.products.items()} == {
        n: n for n in found.products
    }


async def test_a_state_folder_that_cannot_be_written_is_told(tmp_path: Path, shop: Shop) -> None:
    taken = tmp_path / "state"
    taken.write_text("no folder", "utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        await everything(taken, shop.address("ceneo.xml"))


async def test_a_kept_copy_that_was_damaged_is_fetched_again(tmp_path: Path, shop: Shop) -> None:
    await everything(tmp_path, shop.address("ceneo.xml"))
    (kept,) = tmp_path.glob("*/feeds/first-*")
    kept.write_bytes(kept.read_bytes()[:400])
    assert len((await everything(tmp_path, shop.address("ceneo.xml"))).products) == 10
    assert [call.status for call in shop.calls] == [200, 304, 200]


async def test_a_member_that_was_made_anew_takes_the_place_of_the_one_that_went(tmp_path: Path, shop: Shop) -> None:
    shirts = [Goods(one, f"Koszula {one}", group="K", options={"size": one}) for one in ("S", "M")]
    shop.documents["google.xml"] = Document(lambda: google(shirts))
    address = shop.address("google.xml")
    await everything(tmp_path, address, VARIANT_RULE="item_group_id")
    shirts[1].id = "M-new"
    found = await everything(tmp_path, address, VARIANT_RULE="item_group_id")
    assert {*found.variants} == {"S", "M-new"}


async def test_another_rule_for_variants_makes_nothing_vanish(tmp_path: Path, shop: Shop) -> None:
    pairs = [replace(one, url=f"https://sklep.example/{number // 2}") for number, one in enumerate(ten())]
    pairs += [replace(one, id=f"1{one.id}", url=f"https://sklep.example/1{one.id}") for one in ten()]
    shop.documents["ceneo.xml"] = Document(lambda: ceneo(pairs))
    address = shop.address("ceneo.xml")
    assert len((await everything(tmp_path, address)).products) == 20
    assert len((await everything(tmp_path, address, VARIANT_RULE="url_without_query")).products) == 15
    del pairs[-1]
    found = await everything(tmp_path, address, VARIANT_RULE="url_without_query")
    assert len(found.products) == 15 and found.variants["110"].stock == ZERO


async def test_what_came_in_by_a_short_cut_vanishes_like_everything_else(tmp_path: Path, shop: Shop) -> None:
    await everything(tmp_path, shop.address("ceneo.xml"))
    shop.documents["ceneo.xml"] = Document(lambda: ceneo(goods(*"123456789", "10", "new")))
    async with opened(tmp_path, shop.address("ceneo.xml"), **DECIDED) as source:
        changes = source.changes()
        assert changes is not None and len([one async for one in changes.moving()]) == 11
    shop.documents["ceneo.xml"] = Document(lambda: ceneo(ten()))
    found = levels(await everything(tmp_path, shop.address("ceneo.xml")))
    assert found["new"] == ZERO


async def test_a_table_of_stock_that_knows_none_of_the_products_does_not_sell_them_out(tmp_path: Path) -> None:
    first = columns(tmp_path, "id=id nazwa=name cena=gross=,")
    second = columns(tmp_path, "kod=id stan=stock=none", "second.csv")
    (tmp_path / "goods.csv").write_text("id;nazwa;cena\n1;Kubek;5,00\n")
    (tmp_path / "stock.csv").write_text("kod;stan\n0001;5\n")
    with pytest.raises(ShopUnusable, match="of none of its rows the table of stock knows the id"):
        await everything(
            tmp_path,
            tmp_path / "goods.csv",
            tmp_path / "stock.csv",
            COLUMN_MAP=str(first),
            SECOND_COLUMN_MAP=str(second),
        )
