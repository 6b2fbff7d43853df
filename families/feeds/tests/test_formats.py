"""Which format a file is in, and what each of them says of a row."""

import gzip
import io
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from feeds_family.refusals import NotUsable
from feeds_family.sniffing import Format, sniff
from gateway_importer.catalog import Counted, UnknownStock
from gateway_importer.errors import ImporterError, ShopUnusable, Unreachable
from importing import any_of, columns, everything
from lxml import etree
from workbook import Raw, workbook
from writers import CENEO_EMPTY, GOOGLE_EMPTY, Goods, atom, ceneo, ceneo_offer, google, table

HERE = Path(__file__).parent
TSV = (
    "id\ttitle\tdescription\tlink\timage_link\tadditional_image_link\tavailability\tprice\tshipping(country:price)\t"
    "shipping(country:price)\titem_group_id\n"
    "A-1\tKubek\tOpis\thttps://sklep.example/a\thttps://i.example/1.jpg\thttps://i.example/2.jpg,https://i.example/3.jpg\t"
    "in stock\t12.30 PLN\tPL:12 PLN\tDE:20 EUR\t\n"
)


def file(folder: Path, content: bytes | str, name: str = "feed") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def zipped(*names: str, content: bytes = b"id;name\n1;a\n") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, content)
    return out.getvalue()


GOODS = [Goods("1", "Kubek", "12.30", sku="K-1", images=["https://i.example/1.jpg", "https://i.example/2.jpg"])]
CENEO, RSS, ATOM = (b"".join(one) for one in (ceneo(GOODS), google(GOODS), atom(GOODS)))


@pytest.mark.parametrize(
    ("content", "right"),
    [
        (CENEO, Format.CENEO),
        (CENEO_EMPTY, Format.CENEO),
        (b"\xef\xbb\xbf" + CENEO, Format.CENEO),
        (b"".join(ceneo(GOODS, group="books")), Format.CENEO),
        (CENEO.decode().replace("UTF-8", "UTF-16").encode("utf-16"), Format.CENEO),
        (RSS, Format.GOOGLE_RSS),
        (GOOGLE_EMPTY, Format.GOOGLE_RSS),
        (ATOM, Format.GOOGLE_ATOM),
        (TSV.encode(), Format.GOOGLE_TSV),
        (TSV.replace("\t", ";").encode(), Format.GOOGLE_TSV),
        ("identyfikator\ttytuł\tcena\tdostępność\tlink do zdjęcia\n".encode(), Format.GOOGLE_TSV),
        (b"id;title;price\n1;a;2\n", Format.CSV),
        ("sep=;\nsymbol;nazwa\n1;ż\n".encode("cp1250"), Format.CSV),
        (workbook([["id"], [1]]), Format.XLSX),
        ((HERE / "stany.xls").read_bytes(), Format.XLS),
        (gzip.compress(CENEO), Format.CENEO),
        (gzip.compress(CENEO[:40]) + gzip.compress(CENEO[40:]), Format.CENEO),
        (zipped("ceneo.xml", content=CENEO), Format.CENEO),
        (b'<?xml version="1.0"?><offer><offers><o id="1"><price>5</price></o></offers></offer>', Format.CENEO),
        (b'<?xml version="1.0"?><ExportCennik><o id="1" price="5"/></ExportCennik>', Format.CENEO),
    ],
)
def test_the_format_is_told_by_the_bytes(tmp_path: Path, content: bytes, right: Format) -> None:
    assert sniff(file(tmp_path, content, "feed.xlsx"), tmp_path).format is right


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{\\rtf1\\ansi <feed>}", "RTF"),
        (b"%PDF-1.7", "PDF"),
        (b"<!DOCTYPE html><html><body>Zaloguj</body></html>", "HTML"),
        (b"\n <html lang='pl'>", "HTML"),
        (b'[INFO]\r\n"1.05"', "EPP"),
        (b'{"products": []}', "JSON"),
        (b"", "empty"),
        (b"  \n", "empty"),
        (b'<?xml version="1.0"?><offers><offer><id>1</id></offer></offers>', "other price comparers"),
        (b'<?xml version="1.0"?><offer file_format="IOF"><products/></offer>', "IOF"),
        (b'<?xml version="1.0"?><products><product/></products>', "<products>"),
        (b'<?xml version="1.0"?><!DOCTYPE offers [<!ENTITY a "b">]><offers><o id="1"/></offers>', "document type"),
        (CENEO[: len(CENEO) // 6], "not whole"),
        (gzip.compress(CENEO)[:-20], "packed"),
        (zipped("a.csv", "b.csv"), "2 files"),
        (b"Rar!\x1a\x07", "RAR"),
        ("ś;ź;Ą\n".encode("iso-8859-2") * 9, "ISO-8859-2"),
    ],
)
def test_what_is_no_feed_is_refused_by_name(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(NotUsable, match=said) as refused:
        sniff(file(tmp_path, content), tmp_path)
    assert refused.value.cure


def test_what_is_said_of_a_file_is_its_own_and_not_of_one_that_was_read_before(tmp_path: Path) -> None:
    etree.clear_error_log()
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(b"<offers><xml: a='1'/></offers>")
    with pytest.raises(NotUsable, match="not whole"):
        sniff(file(tmp_path, CENEO[: len(CENEO) // 6]), tmp_path)


def test_what_unpacks_to_more_than_there_may_be_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds_family.sniffing.LARGEST", 1 << 20)
    for content in (gzip.compress(b"a" * (5 << 20)), zipped("a.csv", content=b"a" * (5 << 20))):
        with pytest.raises(NotUsable, match="larger than 1 MiB"):
            sniff(file(tmp_path, content), tmp_path)
    assert sum(one.stat().st_size for one in tmp_path.iterdir()) < 8 << 20


@pytest.mark.parametrize("content", [CENEO, RSS, ATOM], ids=["ceneo", "rss", "atom"])
async def test_a_feed_that_ends_early_hands_on_nothing(tmp_path: Path, content: bytes) -> None:
    whole = content.rindex(b"</")
    for cut in (whole, whole - 40, len(content) // 2):
        with pytest.raises(ImporterError, match="cannot be used"):
            await everything(tmp_path, file(tmp_path, content[:cut]), VARIANT_RULE="none")


@pytest.mark.parametrize(
    "content", [CENEO_EMPTY, GOOGLE_EMPTY, TSV.splitlines()[0].encode()], ids=["ceneo", "rss", "tsv"]
)
async def test_an_empty_feed_is_not_believed(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Unreachable, match="no offer"):
        await everything(tmp_path, file(tmp_path, content), VARIANT_RULE="none")


async def test_ceneo_as_exporters_write_it(tmp_path: Path) -> None:
    text = (
        '<?xml version="1.0"?><offers><responsibleProducers><p id="7"><name>Len i Las</name></p></responsibleProducers>'
        '<group name="other"><o id="1" url="http://www.sklep.example/p/1" price="6,60 PLN" avail="7" stock="12.0000" weight="0.4">'
        "<desc>A <b>tag</b> &amp; more</desc><imgs><i url='https://i.example/2.jpg'/><main url='https://i.example/1.jpg'/></imgs>"
        "<!-- <name>no</name> --><attrs><a name='PRODUCENT'>\n<![CDATA[Len ]]>&amp;<![CDATA[ Las]]>\n</a><a name='Producent'>Inny</a>"
        "<a name='Kod producenta'>K-1</a><a name='EAN' value='5901234123457'/><a name='Producent_odpowiedzialny'>7</a>"
        "<a name='Podmiot odpowiedzialny'>9</a></attrs><name>\n<![CDATA[Kubek ]]]]><![CDATA[> żółty]]>\n</name><cat>Dom/Kuchnia</cat></o>"
        "<!-- <o id='2' price='1'/> --><o id='3' price='5' avail='99'><name>Bez</name></o><o id='4' price='5' avail='110'><name>Nowa</name></o>"
        "<o id='5' price_netto='10' vat='8' avail='0'><name>Netto</name><category>Dom</category><images><image url='https://i.example/5.jpg'/>"
        "</images></o><o id='3' price='6'><name>Znowu</name></o></group></offers>"
    )
    found = await everything(tmp_path, file(tmp_path, text), UNKNOWN_STOCK="4")
    one = found.products["1"]
    variant = one.variants[0]
    assert one.name == "Kubek ]]> żółty" and one.brand == "Len & Las" and "<b>tag</b>" in one.description
    assert [image.url[-5:] for image in one.images] == ["1.jpg", "2.jpg"]
    assert variant.price.gross == Decimal("6.60") and variant.stock == Counted(Decimal("12.0000"))
    assert (variant.sku, variant.gtin, variant.weight) == ("K-1", "5901234123457", Decimal("0.4"))
    assert one.categories == ("Dom > Kuchnia",)
    assert dict(one.attributes) == {"Producent odpowiedzialny": "Len i Las", "Podmiot odpowiedzialny": "9"}
    assert found.profile.key == "sklep.example"
    levels = {number: one.variants[0] for number, one in found.products.items()}
    assert sorted(levels) == ["1", "3", "4", "5"]
    assert levels["3"].stock == Counted(Decimal(0)) and not levels["3"].backorders
    assert levels["4"].stock == Counted(Decimal(0)) and levels["4"].backorders
    assert levels["5"].price.gross == Decimal("10.80")
    assert found.products["5"].images and found.products["5"].categories == ("Dom",)
    assert levels["3"].price.gross == 5  # the first of two with one id
    assert any("have an id that a row before them has" in warning for warning in found.profile.warnings)


async def test_prices_of_a_suppliers_feed_may_be_net(tmp_path: Path) -> None:
    source = file(tmp_path, b"".join(ceneo([Goods("1", price="10.00", vat="")])))
    assert any_of((await everything(tmp_path, source, PRICE_IS="net")).variants).price.gross == Decimal("12.30")
    assert any_of((await everything(tmp_path, source)).variants).price.gross == Decimal("10.00")


async def test_google_as_exporters_write_it(tmp_path: Path) -> None:
    text = (
        '<?xml version="1.0"?><rss xmlns:x="http://base.google.com/ns/1.0"><channel><item><x:id>1</x:id><title>Tom &amp;amp; Ola</title>'
        "<description>&amp;lt;p&amp;gt;Opis&amp;lt;/p&amp;gt;</description><link>https://sklep.example/1</link>"
        "<x:shipping><x:country>PL</x:country><x:price>1.00 PLN</x:price></x:shipping><x:price>149,90 PLN</x:price>"
        "<x:availability>In Stock</x:availability><x:gtin>590 1234-123457</x:gtin><x:product_type>Dom &amp;gt; Kuchnia</x:product_type>"
        "<x:shipping_weight>400 g</x:shipping_weight><x:image_link/><x:additional_image_link>https://i.example/a b.jpg</x:additional_image_link>"
        "<x:product_detail><x:attribute_name>Len</x:attribute_name><x:attribute_value>100%</x:attribute_value></x:product_detail>"
        "<c:quantity xmlns:c='http://base.google.com/cns/1.0'>5</c:quantity><x:color>ecru</x:color></item>"
        "<item><g_id/><x:id>2</x:id><x:title>Przed premierą</x:title><x:price>5 PLN</x:price><x:availability>preorder</x:availability></item>"
        "<item><x:id>3</x:id><x:title>Bez ceny</x:title></item></channel></rss>"
    )
    found = await everything(tmp_path, file(tmp_path, text), VARIANT_RULE="item_group_id")
    one = found.products["1"]
    assert (one.name, one.description) == ("Tom & Ola", "<p>Opis</p>")
    assert one.variants[0].price.gross == Decimal("149.90")
    assert (one.variants[0].gtin, one.variants[0].weight) == ("5901234123457", Decimal("0.400"))
    assert one.categories == ("Dom > Kuchnia",)
    assert [image.url for image in one.images] == ["https://i.example/a%20b.jpg"]
    assert dict(one.attributes) == {"Len": "100%", "color": "ecru"}
    assert one.variants[0].stock == Counted(Decimal(5))
    assert found.products["2"].variants[0].backorders
    assert found.causes == {"price_missing": 1}


async def test_a_google_table_repeats_headers_and_puts_several_pictures_into_one_cell(tmp_path: Path) -> None:
    found = await everything(tmp_path, file(tmp_path, TSV), VARIANT_RULE="item_group_id")
    one = found.products["A-1"]
    assert [image.url[-5:] for image in one.images] == ["1.jpg", "2.jpg", "3.jpg"]
    assert isinstance(one.variants[0].stock, UnknownStock)
    polish = "identyfikator\ttytuł\topis\tcena\tdostępność\tlink do zdjęcia\tmarka\nB\tMiska\t\t9,90\tw magazynie\thttps://i.example/b.jpg\tLen\n"
    one = (await everything(tmp_path, file(tmp_path, polish))).products["B"]
    assert (one.name, one.brand, one.variants[0].price.gross) == ("Miska", "Len", Decimal("9.90"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1250"])
@pytest.mark.parametrize("separator", [";", "\t", ",", "|"])
async def test_a_csv_of_any_encoding_and_separator(tmp_path: Path, encoding: str, separator: str) -> None:
    rows = [{"id": str(n), "nazwa": f'Żółta; łódź, "{n}"\nz liną|\t', "cena": "1234,50"} for n in range(30)]
    content = b"".join(table(rows, ("id", "nazwa", "cena"), separator=separator)).decode().encode(encoding)
    path = columns(tmp_path, "id=id nazwa=name cena=gross=,")
    found = await everything(tmp_path, file(tmp_path, content), COLUMN_MAP=str(path))
    assert len(found.products) == 30
    assert found.products["7"].name == 'Żółta; łódź, "7" z liną|'
    assert found.products["7"].variants[0].price.gross == Decimal("1234.50")


async def test_a_name_that_was_cut_in_a_letters_middle_costs_no_file_and_no_other_letters(tmp_path: Path) -> None:
    rows = [f"{n};Żółta łódź nr {n};5,00" for n in range(30)]
    body = "\n".join(["id;nazwa;cena", *rows]).encode().replace(b"nr 7;", "nr 7\u017c;".encode()[:-2] + b";")
    path = columns(tmp_path, "id=id nazwa=name cena=gross=,")
    found = await everything(tmp_path, file(tmp_path, body), COLUMN_MAP=str(path))
    assert len(found.products) == 30 and found.products["8"].name == "Żółta łódź nr 8"
    assert [one.code for one in found.products["7"].notices] == ["text_wrong"]
    assert any("UTF-8 but for 1 places" in warning for warning in found.profile.warnings)


async def test_workbooks_by_their_bytes_with_numbers_as_they_are_shown(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [None, None], ["Cennik", None], ["id", "nazwa", "cena", "ean", "stan"],
        [1001, "Kubek", 12.3, 5901234123457, 7], [1002, "Miska", 0.1 + 0.2, "5,90123E+12", 2.5],
        [1003, "Talerz", Raw("NaN"), None, 1], [None, None, None],
    ]  # fmt: skip
    path = columns(tmp_path, "(header_row)=3 id=id nazwa=name cena=gross ean=gtin stan=stock")
    found = await everything(tmp_path, file(tmp_path, workbook(rows), "cennik.csv"), COLUMN_MAP=str(path))
    assert sorted(found.products) == ["1001", "1002"]
    assert found.variants["1001"].price.gross == Decimal("12.3") and found.variants["1001"].gtin == "5901234123457"
    assert found.variants["1002"].price.gross == Decimal("0.3") and found.variants["1002"].gtin == ""
    assert [one.code for one in found.products["1002"].notices] == ["gtin_invalid"]
    (failed,) = found.failed.values()
    assert "Row 6, column 'cena': 'NaN'" in failed.fault.cause
    path = columns(tmp_path, "(header_row)=2 symbol=id nazwa=name cena_brutto=gross ilość=stock ean=gtin")
    old = await everything(tmp_path / "xls", HERE / "stany.xls", COLUMN_MAP=str(path))
    assert sorted(old.products) == ["A-1", "A-2"] and list(old.failed) == ["A-3"]
    assert old.variants["A-1"].price.gross == Decimal("12.3") and old.products["A-1"].name == "Kubek żółty"


async def test_a_quote_that_is_never_closed_loses_no_rows_without_a_word(tmp_path: Path) -> None:
    rows = ["id;nazwa;opis;cena", *(f"{n};Kubek;dobry;5,00" for n in range(40))]
    styled = "<p style=a: b; c: d; e: f>;;;</p>"
    rows[3] = '2;Kubek;"' + "\n".join([styled, *["a: b; c; d; e; f"] * 20, "koniec"]) + '";5,00'
    source = file(tmp_path, "\n".join(rows))
    path = columns(tmp_path, "id=id nazwa=name opis=description cena=gross=,")
    assert len((await everything(tmp_path, source, COLUMN_MAP=str(path))).products) == 40
    rows[7] = '6;"Kubek;dobry;5,00'
    path = columns(tmp_path, "id=id nazwa=name opis=description cena=gross=,")
    with pytest.raises(ShopUnusable, match="quote that is opened in line 29"):
        await everything(tmp_path, file(tmp_path, "\n".join(rows)), COLUMN_MAP=str(path))


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("2;Kubek;do", "in the middle of its last row"),
        ('2;Kubek;"dobry;5,00\n3;Miska;;5,00\n', "line 3 is never closed"),
    ],
)
async def test_a_table_that_ends_early_is_not_believed(tmp_path: Path, end: str, said: str) -> None:
    whole = "id;nazwa;opis;cena\n1;Kubek;dobry;5,00\n"
    path = columns(tmp_path, "id=id nazwa=name opis=description cena=gross=,")
    with pytest.raises(Unreachable, match=said):
        await everything(tmp_path, file(tmp_path, whole + end), COLUMN_MAP=str(path))
    assert len((await everything(tmp_path, file(tmp_path, whole + "2;Kubek\n"), COLUMN_MAP=str(path))).products) == 1


async def test_a_document_type_is_found_wherever_it_stands(tmp_path: Path) -> None:
    head, _, body = CENEO.decode().partition("\n")
    kind = f"<!--{'x' * 70_000}--><!DOCTYPE offers [<!ENTITY x '5.00'>]>"
    with pytest.raises(ShopUnusable, match="document type"):
        await everything(tmp_path, file(tmp_path, f"{head}{kind}\n{body}"))


async def test_html_entities_are_refused_with_their_line_or_replaced(tmp_path: Path) -> None:
    text = CENEO.decode().replace("<name>\n<![CDATA[Kubek]]>\n", "<name>Kubek&nbsp;&oacute; &amp; &lt;x&gt;")
    source = file(tmp_path, text)
    with pytest.raises(ShopUnusable, match="line 4") as refused:
        await everything(tmp_path, source)
    assert "HTML_ENTITIES=replace" in refused.value.to_do
    found = await everything(tmp_path, source, HTML_ENTITIES="replace")
    assert any_of(found.products).name == "Kubek ó & <x>"


async def test_a_declared_encoding_that_is_not_the_files_own(tmp_path: Path) -> None:
    text = CENEO.decode().replace("Kubek", "Żółw").replace("UTF-8", "windows-1250")
    assert any_of((await everything(tmp_path, file(tmp_path, text.encode("cp1250")))).products).name == "Żółw"
    found = await everything(tmp_path, file(tmp_path, text))
    assert any_of(found.products).name == "Żółw"
    assert any("is UTF-8" in warning for warning in found.profile.warnings)
    wrong = file(tmp_path, text.replace("windows-1250", "UTF-8").encode("cp1250"))
    with pytest.raises(ShopUnusable, match="encoding") as refused:
        await everything(tmp_path, wrong)
    assert "ENCODING" in refused.value.to_do
    assert any_of((await everything(tmp_path, wrong, ENCODING="windows-1250")).products).name == "Żółw"


def test_the_writer_of_ceneo_is_what_a_parser_reads() -> None:
    assert ceneo_offer(GOODS[0]).count("<o ") == 1


async def test_one_stray_cell_at_a_workbooks_end_costs_the_workbook_and_no_memory(tmp_path: Path) -> None:
    rows: list[list[object]] = [["id", "nazwa", "cena"], [1, "Kubek", 5]]
    stray = workbook(rows)
    with zipfile.ZipFile(io.BytesIO(stray)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(
        b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    path = columns(tmp_path, "id=id nazwa=name cena=gross")
    with pytest.raises(ShopUnusable, match="stray cell"):
        await everything(tmp_path, file(tmp_path, out.getvalue()), COLUMN_MAP=str(path))
    damaged = bytearray((HERE / "stany.xls").read_bytes())
    damaged[600:900] = bytes(255 for _ in range(300))
    with pytest.raises(ShopUnusable, match="workbook"):
        await everything(tmp_path, file(tmp_path, bytes(damaged)), COLUMN_MAP=str(path))


async def test_a_reduced_price_in_another_currency_is_no_reduction_of_this_one(tmp_path: Path) -> None:
    feed = b"".join(google([Goods("1", sale="5.00")])).replace(b"<g:sale_price>5.00 PLN", b"<g:sale_price>5.00 EUR")
    assert b"EUR" in feed
    found = await everything(tmp_path, file(tmp_path, feed.decode()))
    assert "'EUR' is another currency than PLN" in found.failed["1"].fault.cause
