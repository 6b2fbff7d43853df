"""What a table's columns mean is drafted with reasons and applied only once a person has said so; cells are never guessed."""

from decimal import Decimal
from pathlib import Path

import pytest
from feeds_family.cells import table_of
from feeds_family.columns import MapLine, map_lines, written
from feeds_family.drafts import draft
from feeds_family.numbers import COMMA, POINT, WHOLE, NotANumber, amount, decimal_sign, feed_amount, money
from feeds_family.sniffing import sniff
from gateway_importer.catalog import Counted, NoVatRate, UnknownStock, VatRate
from gateway_importer.errors import ShopUnusable
from hypothesis import given
from hypothesis import strategies as st
from importing import any_of, columns, everything

SHOP = "id=id nazwa=name cena=gross=, "


def file(folder: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / "towary.csv"
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


def lines_of(folder: Path, *lines: str, before: list[MapLine] | None = None) -> dict[str, MapLine]:
    made = draft(table_of(sniff(file(folder, *lines), folder)), before or [])
    return {line.column: line for line in made}


# --- amounts

READ = [
    ("1 234,50", COMMA, "1234.50"), ("1.234,50", COMMA, "1234.50"), ("1234.50", POINT, "1234.50"), ("1,234.50", POINT, "1234.50"),
    ("1\u00a0234,5 zł", COMMA, "1234.5"), ("10,000", COMMA, "10.000"), (".4800", POINT, "0.4800"), ("-3", WHOLE, "-3"), ("54", COMMA, "54"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "decimal", "right"), READ)
def test_an_amount_is_read_by_its_columns_sign(text: str, decimal: str, right: str) -> None:
    assert Decimal(money(text, decimal)[0]) == Decimal(right)


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("1.234", COMMA),
        ("1,234", POINT),
        ("49.20", COMMA),
        ("1.23.4,5", COMMA),
        ("12,5", WHOLE),
        ("abc", POINT),
        ("", POINT),
        ("1e5", POINT),
        ("NaN", POINT),
    ],
)
def test_an_amount_that_may_be_read_in_two_ways_or_in_none_is_not_read(text: str, decimal: str) -> None:
    with pytest.raises(NotANumber):
        money(text, decimal)


@given(st.decimals(0, 10**9, places=2), st.sampled_from([" ", "\u00a0", ""]))
def test_what_is_written_as_poles_write_it_comes_back(value: Decimal, thousands: str) -> None:
    text = f"{value:,.2f}".replace(",", "\0").replace(".", ",").replace("\0", thousands)
    assert Decimal(amount(text, COMMA)) == value
    assert Decimal(feed_amount(text)) == value
    assert decimal_sign(text) == COMMA
    assert Decimal(money(f"{text} zł")[0]) == value and money(f"PLN {value}")[1] == "PLN"


# --- drafts

TABLE = (
    "symbol;nazwa;cena brutto;waga;ilość;kod kreskowy;uwagi;cena hurt",
    "A-1;Kubek;1 249,90;10,000;7;5901234123457;x;5,000",
    "A-2;Miska;100,00;2,500;0;;;1,000",
)


def test_a_draft_gives_each_guess_with_the_values_that_led_to_it(tmp_path: Path) -> None:
    found = lines_of(tmp_path, *TABLE)
    assert found["(header row)"].meaning == "1 ?"
    assert found["symbol"].meaning == "id ?" and "symbol" in found["symbol"].why
    assert (found["cena brutto"].meaning, found["cena brutto"].decimal) == ("gross ?", ", ?")
    assert "1 249,90" in found["cena brutto"].why and "1 249,90" in found["cena brutto"].example
    assert found["waga"].decimal == "" and "two ways" in found["waga"].why
    assert found["ilość"].decimal == "none ?" and found["kod kreskowy"].meaning == "gtin ?"
    assert found["uwagi"].meaning == ""


def test_a_draft_keeps_what_a_person_filled_in_and_adds_what_is_new(tmp_path: Path) -> None:
    first = [MapLine("(header row)", "1"), MapLine("symbol", "sku", "", "", "asked"), MapLine("uwagi", "description")]
    found = lines_of(tmp_path, *TABLE, before=first)
    assert (
        found["symbol"].meaning == "sku"
        and found["uwagi"].meaning == "description"
        and found["(header row)"].meaning == "1"
    )
    assert found["nazwa"].meaning == "name ?"
    again = lines_of(tmp_path, *TABLE, before=map_lines(written(list(found.values()))))
    assert again == found
    less = lines_of(
        tmp_path, *(line.rpartition(";")[0] for line in TABLE), before=[*first, MapLine("cena hurt", "net", ",")]
    )
    assert less["cena hurt"].meaning == "net" and "no such column now" in less["cena hurt"].why


def test_a_table_without_headers_is_known_for_one(tmp_path: Path) -> None:
    rows = [f"{n};590123412345{n % 10};Kubek nr {n};{n}.5000;2.2900;2.8200" for n in range(10, 40)]
    found = lines_of(tmp_path, *rows)
    assert found["(header row)"].meaning == "none ?"
    assert found["column 1"].meaning == "id ?" and found["column 3"].meaning == "name ?"
    assert (found["column 5"].meaning, found["column 6"].meaning) == ("net ?", "gross ?")
    assert "23" in found["column 6"].why and found["column 6"].decimal == ". ?" and found["column 4"].decimal == ". ?"


async def test_no_guess_is_applied_unseen(tmp_path: Path) -> None:
    source = file(tmp_path, *TABLE)
    path = tmp_path / "columns.csv"
    path.write_text(written(list(lines_of(tmp_path, *TABLE).values())), "utf-8")
    with pytest.raises(ShopUnusable, match="still a guess: 'symbol'"):
        await everything(tmp_path, source, COLUMN_MAP=str(path))
    path.write_text(path.read_text("utf-8").replace(" ?", ""), "utf-8")
    found = await everything(tmp_path, source, COLUMN_MAP=str(path))
    assert found.variants["A-1"].price.gross == Decimal("1249.90")
    assert found.variants["A-1"].weight is None  # no sign was said, and the cell can be read in two ways
    assert any("waga" in one.text for one in found.products["A-1"].notices)


@pytest.mark.parametrize(
    ("map_of", "said"),
    [
        ("id=id nazwa=name", "no column means: gross, net or price"),
        ("nazwa=name cena=gross=,", "no column means: id"),
        ("id=id nazwa=name kwota=gross=,", "no column 'kwota'"),
        ("id=id nazwa=name cena=grosz=,", "means 'grosz', which is no meaning"),
        ("id=id nazwa=name cena=gross=x", "decimal sign 'x'"),
        ("id=id nazwa=name cena=gross=, opis=name", "several columns mean 'name'"),
    ],
)
async def test_a_map_that_lacks_something_stops_with_the_headers_that_were_found(
    tmp_path: Path, map_of: str, said: str
) -> None:
    source = file(tmp_path, "id;nazwa;cena;opis", "1;Kubek;5,00;x")
    with pytest.raises(ShopUnusable, match=said) as refused:
        await everything(tmp_path, source, COLUMN_MAP=str(columns(tmp_path, map_of)))
    assert "id, nazwa, cena, opis" in refused.value.to_do


async def test_a_table_without_a_map_says_what_to_do_and_its_headers(tmp_path: Path) -> None:
    with pytest.raises(ShopUnusable, match="nothing says what its columns mean") as refused:
        await everything(tmp_path, file(tmp_path, "id;nazwa;cena", "1;Kubek;5,00"))
    assert "`columns`" in refused.value.to_do and "id, nazwa, cena" in refused.value.to_do


# --- cells


async def test_every_wrong_cell_is_told_and_costs_only_what_it_must(tmp_path: Path) -> None:
    source = file(
        tmp_path, "id;nazwa;cena;vat;ean;stan;waga;aktywny;do;kat", "1;Kubek;na telefon;23;;5;;1;;",
        "2;Miska;5,00;G;;5;;1;;", "3;Talerz;5,00;23;5901234123450;pełno;dużo;1;;Dom > Kuchnia", "4;;5,00;23;;5;;1;;",
        "5;Deska;5,00;23;;5;;może;;", ";Bez id;5,00;23;;5;;1;;", "7;Widelec;5,00;23;;5;;0;;", "8;Nóż;5,00;23;;5;;1;0000-00-00;",
        "9;Za długi;5,00;23;;5;;1;;;x", "10;Krótki;5,00", "5,90123E+12;Zepsuty;5,00;23;;5;;1;;", "12;-;-5,00;23;;5;;1;;", "13;x;5,005;23;;5;;1;;",
    )  # fmt: skip
    path = columns(
        tmp_path, SHOP + "vat=vat ean=gtin stan=stock=none waga=weight=, aktywny=active do=sale_to kat=category"
    )
    found = await everything(tmp_path, source, COLUMN_MAP=str(path))
    causes = {number: one.fault.cause for number, one in found.failed.items()}
    assert causes["1"] == "Row 2, column 'cena': 'na telefon' is no price."
    assert "the VAT 'G', which is none" in causes["2"] and "VAT_WORDS=G" in found.failed["2"].fault.cure
    assert "no name" in causes["4"] and "'może' is no yes or no" in causes["5"]
    assert "Row 7, id: '' is empty" in causes["row-7"] and "11 cells" in causes["9"]
    assert "shortened" in causes["5,90123E+12"] and "-5.00" in causes["12"] and "less than a grosz" in causes["13"]
    assert list(found.skipped) == ["7"]
    plate = found.products["3"]
    assert {one.code for one in plate.notices} == {"gtin_invalid", "stock_wrong", "weight_wrong"}
    assert any("row 4, column 'stan': 'pełno' is no whole number" in one.text for one in plate.notices)
    assert plate.variants[0].gtin == "" and plate.categories == ("Dom > Kuchnia",)
    assert sorted(found.products) == ["10", "3", "8"]
    assert all(one.fault.cure for one in found.failed.values())


async def test_vat_as_tables_write_it(tmp_path: Path) -> None:
    said = ["23", "23%", "0,23", "8.00", "PL_5", "zw", "np", "A", "0", "7", ""]
    source = file(tmp_path, "id;nazwa;cena;vat;kat", *(f"{n};Kubek;5,00;{vat};Dom>Stół" for n, vat in enumerate(said)))
    path = str(columns(tmp_path, SHOP + "vat=vat kat=category"))
    found = await everything(tmp_path, source, COLUMN_MAP=path, VAT_WORDS="a=8", VAT_BY_CATEGORY="dom=23; Dom/stół = 5")
    rates = [found.variants[str(n)].price.vat for n in range(len(said))]
    percent = [one.percent if isinstance(one, VatRate) else one for one in rates]
    assert percent == [23, 23, 23, 8, 5, NoVatRate("exempt"), NoVatRate("none"), 8, 0, 7, 5]
    facts = [text for label, text in found.profile.facts if label == "VAT"]
    assert "1 rows: 5 % by its category Dom/stół" in facts and sum(int(one.split()[0]) for one in facts) == len(said)


async def test_vat_from_two_prices_only_where_it_can_be_told(tmp_path: Path) -> None:
    source = file(
        tmp_path,
        "id;nazwa;netto;cena",
        "1;Kubek;10,00;12,30",
        "2;Książka;10,00;10,50",
        "3;Ulotka;0,01;0,01",
        "4;Zero;5,00;5,00",
    )
    path = str(columns(tmp_path, SHOP + "netto=net=,"))
    found = await everything(tmp_path, source, COLUMN_MAP=path, VAT_FROM_PRICES="yes")
    assert {n: one.price.vat for n, one in found.variants.items()} == {
        "1": VatRate(Decimal(23)),
        "2": VatRate(Decimal(5)),
        "4": VatRate(Decimal(0)),
    }
    assert "Row 4 (3)" in found.failed["3"].fault.cause
    by_default = await everything(tmp_path, source, COLUMN_MAP=path)
    assert sorted(by_default.products) == ["1", "3"]  # a grosz fits any rate; what contradicts 23 % is not sent as that
    assert by_default.causes == {"vat_contradicted": 2}


async def test_a_sale_holds_until_the_end_of_its_last_day(tmp_path: Path) -> None:
    source = file(
        tmp_path,
        "id;nazwa;cena;promo;od;do",
        "1;Kubek;5,00;4,00;26.11.2026;27.11.2026",
        "2;Miska;5,00;4,00;;26.11.2026",
        "3;Nóż;5,00;4,00;2026-11-27 12:01;",
    )
    path = str(columns(tmp_path, SHOP + "promo=sale=, od=sale_from do=sale_to"))
    found = await everything(tmp_path, source, COLUMN_MAP=path)
    assert {n: one.price.gross for n, one in found.variants.items()} == {"1": 4, "2": 5, "3": 5}
    assert found.variants["1"].price.regular == 5


# --- variants

SIZED = (
    "id;grupa;symbol;nazwa;cena;rozmiar",
    "1;G;K-010-M;Bluza M;5,00;M",
    "9;;X;Inna;5,00;",
    "2;G;K-010-L;Bluza L;6,00;L",
)


async def test_the_rules_of_variants(tmp_path: Path) -> None:
    source = file(tmp_path, *SIZED)
    path = str(columns(tmp_path, SHOP + "symbol=sku grupa=group rozmiar=size"))
    found = await everything(tmp_path, source, COLUMN_MAP=path, VARIANT_RULE="item_group_id")
    assert [str(one.source_id) for one in found.products["G"].variants] == ["1", "2"]
    assert found.products["G"].name == "Bluza" and found.products["G"].variants[1].name == "Bluza L"
    assert sorted((await everything(tmp_path, source, COLUMN_MAP=path)).products) == ["1", "2", "9"]
    plain = str(columns(tmp_path, "id=id nazwa=name cena=gross=, symbol=sku", "plain.csv"))
    by_pattern = await everything(
        tmp_path,
        source,
        COLUMN_MAP=plain,
        VARIANT_RULE="pattern",
        VARIANT_PATTERN=r"(?P<product>\w+)-(?P<color>\d+)-(?P<size>\w)",
    )
    assert {one.name: one.value for one in by_pattern.products["K"].variants[1].options} == {
        "color": "010",
        "size": "L",
    }
    assert "9" in by_pattern.products and any(
        "do not fit VARIANT_PATTERN" in one for one in by_pattern.profile.warnings
    )


async def test_a_parent_describes_and_is_no_variant(tmp_path: Path) -> None:
    source = file(
        tmp_path,
        "id;rodzic;nazwa;cena;rozmiar;opis",
        "1;;Bluza;;;Długi opis",
        "5;;Sama;7,00;;",
        "2;1;Bluza M;5,00;M;",
        "3;1;Bluza L;6,00;L;",
    )
    path = str(columns(tmp_path, SHOP + "rodzic=parent rozmiar=size opis=description"))
    found = await everything(tmp_path, source, COLUMN_MAP=path, VARIANT_RULE="parent_column")
    assert [str(one.source_id) for one in found.products["1"].variants] == ["2", "3"]
    assert found.products["1"].description == "Długi opis" and str(found.products["5"].variants[0].source_id) == "5"
    wrong = await everything(tmp_path / "b", source, COLUMN_MAP=path, VARIANT_RULE="item_group_id")
    assert [str(one.source_id) for one in wrong.products["1"].left_out if one.fault] == ["1"]


async def test_rows_without_an_id_belong_to_the_row_above(tmp_path: Path) -> None:
    source = file(
        tmp_path,
        "id;nazwa;cena;rozmiar;stan",
        ";Sierota;1,00;M;1",
        "1;Bluza;5,00;;0",
        ";;5,00;M;3",
        ";;6,00;L;2",
        "2;Sama;7,00;;4",
        "3;Koc;8,00;;",
        ";;8,00;;1",
    )
    path = str(columns(tmp_path, SHOP + "rozmiar=size stan=stock=none"))
    found = await everything(tmp_path, source, COLUMN_MAP=path, VARIANT_RULE="row_order")
    assert {str(one.source_id): one.stock for one in found.products["1"].variants} == {
        "1/M": Counted(Decimal(3)),
        "1/L": Counted(Decimal(2)),
    }
    assert sorted(found.failed) == ["3", "row-2"] and "2" in found.products


async def test_members_that_nothing_tells_apart_may_be_told_by_their_titles(tmp_path: Path) -> None:
    source = file(tmp_path, "id;grupa;nazwa;cena", "1;G;Farba do ścian biała;5,00", "2;G;Farba do ścian szara;5,00")
    path = str(columns(tmp_path, SHOP + "grupa=group"))
    found = await everything(tmp_path, source, COLUMN_MAP=path, VARIANT_RULE="item_group_id", TITLE_OPTION="Wariant")
    assert [[(o.name, o.value) for o in one.options] for one in found.products["G"].variants] == [
        [("Wariant", "biała")],
        [("Wariant", "szara")],
    ]


async def test_pictures_in_one_cell_or_in_several_columns(tmp_path: Path) -> None:
    source = file(
        tmp_path,
        "id;nazwa;cena;z1;z2",
        '1;Kubek;5,00;"https://i.example/1.jpg|https://i.example/2.jpg, https://i.example/3.jpg";/img/ż4.jpg',
    )
    path = str(columns(tmp_path, SHOP + "z1=image z2=image"))
    one = any_of((await everything(tmp_path, source, COLUMN_MAP=path)).products)
    assert [image.url for image in one.images] == [f"https://i.example/{n}.jpg" for n in (1, 2, 3)]
    assert [notice.code for notice in one.notices] == ["image_address"]
    one = any_of(
        (await everything(tmp_path, source, COLUMN_MAP=path, IMAGE_BASE_URL="https://sklep.example/")).products
    )
    assert one.images[3].url == "https://sklep.example/img/%C5%BC4.jpg" and not one.notices


async def test_a_row_has_one_currency(tmp_path: Path) -> None:
    source = file(tmp_path, "id;nazwa;cena;waluta", "1;Kubek;5,00 EUR;PLN", "2;Miska;5,00 zł;zł", "3;Nóż;5,00;EUR")
    found = await everything(tmp_path, source, COLUMN_MAP=str(columns(tmp_path, SHOP + "waluta=currency")))
    assert found.causes == {"currency_wrong": 1}
    assert {number: one.price.currency for number, one in found.variants.items()} == {"2": "PLN", "3": "EUR"}


async def test_a_column_that_is_left_out_has_no_guess_to_confirm(tmp_path: Path) -> None:
    source = file(tmp_path, "id;nazwa;cena;stara", "1;Kubek;5,00;7,00")
    path = tmp_path / "columns.csv"
    lines = [MapLine("id", "id"), MapLine("nazwa", "name"), MapLine("cena", "gross", ","), MapLine("stara", "", ", ?")]
    path.write_text(written(lines), "utf-8")
    assert len((await everything(tmp_path, source, COLUMN_MAP=str(path))).products) == 1


async def test_a_reduction_of_nothing_is_none_and_its_dates_may_be_anything(tmp_path: Path) -> None:
    source = file(
        tmp_path, "id;nazwa;cena;promo;do", "1;Kubek;5,00;0,00;0000-00-00", "2;Miska;5,00;;0000-00-00",
        "3;Talerz;5,00;4,00;31.02.2026", "4;Deska;5,00;4,00;2026-12-31",
    )  # fmt: skip
    path = columns(tmp_path, "id=id nazwa=name cena=gross=, promo=sale=, do=sale_to")
    found = await everything(tmp_path, source, COLUMN_MAP=str(path))
    assert {number: str(one.price.gross) for number, one in found.variants.items()} == {
        "1": "5.00", "2": "5.00", "4": "4.00",
    }  # fmt: skip
    assert "'2026-02-31' is no date" in found.failed["3"].fault.cause


async def test_a_number_of_stock_that_cannot_be_read_is_none_that_somebody_chose_for_unknown_ones(
    tmp_path: Path,
) -> None:
    source = file(tmp_path, "id;nazwa;cena;stan", "1;Kubek;5,00;12 szt.", "2;Miska;5,00;")
    path = columns(tmp_path, "id=id nazwa=name cena=gross=, stan=stock=none")
    found = await everything(tmp_path, source, COLUMN_MAP=str(path), UNKNOWN_STOCK="7")
    assert {number: one.stock for number, one in found.variants.items()} == {
        "1": UnknownStock(), "2": Counted(Decimal(7)),
    }  # fmt: skip


@pytest.mark.parametrize("text", ["49 99", "10 20", "1234 567", "5'11", "1 2,50"])
def test_a_blank_that_parts_no_thousands_is_no_part_of_a_number(text: str) -> None:
    for sign in (None, ",", "."):
        with pytest.raises(NotANumber):
            money(f"{text} zł", sign)


@pytest.mark.parametrize("above", ["sep=;\n", "\n;;\n"])
async def test_the_row_with_the_headers_is_no_product_where_others_stand_above_it(tmp_path: Path, above: str) -> None:
    path = columns(tmp_path, "id=id nazwa=name cena=gross=,")
    found = await everything(tmp_path, file(tmp_path, f"{above}id;nazwa;cena\n1;Kubek;5,00"), COLUMN_MAP=str(path))
    assert list(found.products) == found.listed == ["1"]
