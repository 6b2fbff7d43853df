"""Real files that shops published, read whole and held against facts that were worked out without any importer.

They belong to others and are not here: REAL_FEEDS names the folder in which they lie.
"""

import os
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from feeds_family.cells import table_of
from feeds_family.columns import written
from feeds_family.drafts import draft
from feeds_family.refusals import NotUsable
from feeds_family.sniffing import sniff
from gateway_importer.catalog import Counted, UnknownStock, Variant, VatRate
from gateway_importer.errors import ShopUnusable
from gateway_importer.sandbox import DEMO_SHOP_GUID, DEMO_SIGNING_KEY, Sandbox
from gateway_importer.testing import folders
from gateway_importer.testing.demonstration import gross_of, importer_environment
from gateway_importer.testing.program import Program
from importing import Everything, columns, everything

pytestmark = pytest.mark.skipif("REAL_FEEDS" not in os.environ, reason="REAL_FEEDS names no folder with real feeds")
FILES = (
    "ceneo-dagra/ceneo.xml", "ceneo-kompre/ceneo-2025-12-31.xml", "ceneo-kompre/ceneo-2026-07-18.xml",
    "ceneo-kompre/ceneo-2026-08-22.xml", "google-atom-samsung/google-shopping-first250.xml",
    "google-atom-rtf-etuistudio/produkty.xml", "google-tsv-lecc/google_feed.tsv",
    "csv-hurtownia-zabawek/towary.csv", "csv-prestashop-lampy/produkty.csv",
)  # fmt: skip
TOYS = "column_1=id column_2=gtin+sku column_3=name column_4=stock=. column_5=attribute column_6=net=. column_7=gross=. column_8=brand"
LAMPS = "Product_ID=id Obraz=image Nazwa=name Indeks=sku Kategoria=category Cena_(netto)=net=. Cena_(brutto)=gross=. Ilość=stock=none"
FACTS: Counter[str] = Counter()


def real(name: str) -> Path:
    """A file of the folder. Fails where the folder is not the right one."""
    folder = Path(os.environ["REAL_FEEDS"])
    missing = [one for one in FILES if not (folder / one).is_file()]
    assert not missing, f"REAL_FEEDS names {folder}, which lacks {', '.join(missing)}"
    return folder / name


def fact(name: str, found: object, right: object) -> None:
    """One fact, compared and counted."""
    assert found == right, f"{name}: {found!r}, and {right!r} is right"
    FACTS[name.split(":")[0]] += 1


@pytest.fixture(autouse=True, scope="module")
def told() -> object:
    yield
    print(f"\nReal feeds: {sum(FACTS.values())} facts compared ({', '.join(f'{n} {c}' for n, c in FACTS.items())})")


def regular(variant: Variant) -> Decimal:
    return variant.price.regular if variant.price.regular is not None else variant.price.gross


def stock(variant: Variant) -> Decimal | None:
    return variant.stock.quantity if isinstance(variant.stock, Counted) else None


def goods(name: str, found: Everything, number: str, title: str, gross: str, level: str | None, pictures: int) -> None:
    """A product of one variant."""
    one = found.products[number]
    fact(f"{name}: name of {number}", one.name, title)
    fact(f"{name}: price of {number}", regular(one.variants[0]), Decimal(gross))
    fact(f"{name}: stock of {number}", stock(one.variants[0]), None if level is None else Decimal(level))
    fact(f"{name}: pictures of {number}", len(one.images), pictures)


async def test_dagra(tmp_path: Path) -> None:
    found = await everything(tmp_path, real("ceneo-dagra/ceneo.xml"))
    fact("dagra: ids", sorted(found.products, key=int), ["1", "2", "3", "4", "5", "7", "8", "10"])
    fact("dagra: pictures", [len(one.images) for one in found.products.values()], [3] * 8)
    fact("dagra: codes", [one.gtin for one in found.variants.values()], [""] * 8)
    fact("dagra: stock", {type(one.stock) for one in found.variants.values()}, {UnknownStock})
    fact("dagra: weights", {one.weight for one in found.variants.values()}, {Decimal(2), Decimal(3), Decimal(5)})
    goods("dagra", found, "1", "Pokrowiec na sofę Beddinge pikowany w pasy", "399", None, 3)
    goods("dagra", found, "5", "Pokrowiec na fotel Ektorp jennylund", "366", None, 3)
    goods("dagra", found, "10", "Pokrowiec na fotel Muren", "489", None, 3)


KOMPRE = {"2025-12-31": (825, 26192, 3154, 32), "2026-07-18": (89, 2845, 374, 0), "2026-08-22": (81, 2200, 325, 0)}


async def test_kompre(tmp_path: Path) -> None:
    states = {}
    for day, (offers, pieces, pictures, without) in KOMPRE.items():
        found = await everything(tmp_path / day, real(f"ceneo-kompre/ceneo-{day}.xml"))
        fact(f"kompre: offers {day}", len(found.products), offers)
        fact(f"kompre: stock {day}", sum(stock(one) or 0 for one in found.variants.values()), pieces)
        fact(f"kompre: pictures {day}", sum(len(one.images) for one in found.products.values()), pictures)
        fact(f"kompre: without picture {day}", sum(not one.images for one in found.products.values()), without)
        states[day] = found
    old, before, now = states.values()
    sold_out = sum(stock(one) == 0 for one in old.variants.values())
    fact("kompre: sold out", sold_out, 458)
    fact("kompre: no pictures", [one for one in ("6398", "6436", "6449") if old.products[one].images], [])
    goods("kompre", old, "544", "Nowy Przewód VGA- VGA (D-SUB) 1.5m", "6.6", "427", 2)
    goods("kompre", old, "7360", "Klawiatura NATEC NKL-0967", "29", "0", 6)
    goods("kompre", now, "6730", "Oryginalny Zasilacz Lenovo USB typ C 65W", "129", "2", 4)
    goods("kompre", now, "9723", "Nowy Palmrest do HP EliteBook 745 840 G5 G6", "145", "100", 5)
    goods("kompre", now, "10428", "Nowy Palmrest + Klawiatura do HP Probook 450 455 G8 G9 650 G8 G9", "269", "30", 5)
    common = before.products.keys() & now.products.keys()
    fact("kompre: gone", len(before.products.keys() - common), 13)
    fact("kompre: new", len(now.products.keys() - common), 5)
    fact("kompre: common", len(common), 76)
    pairs = [(before.products[one], now.products[one]) for one in common]
    fact("kompre: prices", sum(regular(a.variants[0]) != regular(b.variants[0]) for a, b in pairs), 18)
    fact("kompre: stocks", sum(a.variants[0].stock != b.variants[0].stock for a, b in pairs), 30)
    fact("kompre: picture lists", sum(a.images != b.images for a, b in pairs), 3)
    fact("kompre: names", sum(a.name != b.name for a, b in pairs), 0)
    fact("kompre: 9521", [regular(one.products["9521"].variants[0]) for one in (before, now)], [219, 189])
    fact("kompre: gone since December", len(old.products.keys() - now.products.keys()), 752)


async def test_kompre_one_state_after_the_other(tmp_path: Path) -> None:
    file = tmp_path / "ceneo.xml"
    file.write_bytes(real("ceneo-kompre/ceneo-2026-07-18.xml").read_bytes())
    await everything(tmp_path, file)
    file.write_bytes(real("ceneo-kompre/ceneo-2026-08-22.xml").read_bytes())
    found = await everything(tmp_path, file)
    fact("kompre: kept with stock 0", len(found.products), 81 + 13)
    gone = found.products.keys() - (await everything(tmp_path / "new", file)).products.keys()
    fact("kompre: their stock", {stock(found.products[one].variants[0]) for one in gone}, {Decimal(0)})


async def test_samsung(tmp_path: Path) -> None:
    found = await everything(
        tmp_path,
        real("google-atom-samsung/google-shopping-first250.xml"),
        VARIANT_RULE="item_group_id",
        BAD_VARIANTS="fail",
    )
    sizes = Counter(len(one.variants) for one in found.products.values())
    fact("samsung: groups", len(found.products) + len(found.failed), 88)
    fact("samsung: no price", [one.fault.code for one in found.failed.values()], ["price_missing"])
    fact("samsung: the one without", list(found.failed), ["bespoke-merch-box_ghost"])
    fact("samsung: groups of one", sizes[1] + 1, 45)
    fact("samsung: largest", [len(found.products[one].variants) for one in ("SM-S948B", "SM-S938B")], [18, 18])
    fact("samsung: largest of all", max(sizes), 18)
    every = found.variants
    fact("samsung: items", len(every), 249)
    # 157 elements, of which the one of the item without a price is empty.
    fact("samsung: sale prices", sum(one.price.regular is not None for one in every.values()) + 1, 157)
    fact(
        "samsung: lower", all(one.price.gross < one.price.regular for one in every.values() if one.price.regular), True
    )
    fact("samsung: codes", sum(bool(one.gtin) for one in every.values()), 248)
    fact("samsung: preorder", sum(one.backorders for one in every.values()), 47)
    out = sum(stock(one) == 0 and not one.backorders for one in every.values())
    fact("samsung: out of stock", out, 61)
    fact("samsung: in stock", sum(isinstance(one.stock, UnknownStock) for one in every.values()) + 1, 142)
    one = every["WW90DG6U94LKLD"]
    fact(
        "samsung: WW90",
        [regular(one), one.price.gross, one.price.currency, one.gtin],
        [374990, 354990, "KZT", "8806097355519"],
    )
    one = every["SM-A175FLBCSKZ"]
    fact("samsung: A17", [regular(one), one.price.gross, one.gtin], [129990, 99990, "8806097669876"])
    one = every["SM-S942BZDCSKZ"]
    fact("samsung: S26", [regular(one), one.backorders, one.gtin], [617990, True, "8806099041397"])
    twins = found.products["VG-SCLB00"]
    fact("samsung: twins", len({one.options for one in twins.variants}) < len(twins.variants), True)


async def test_rtf(tmp_path: Path) -> None:
    with pytest.raises(ShopUnusable, match="RTF"):
        await everything(tmp_path, real("google-atom-rtf-etuistudio/produkty.xml"))
    with pytest.raises(NotUsable, match="RTF"):
        sniff(real("google-atom-rtf-etuistudio/produkty.xml"), tmp_path)
    fact("rtf: refused", True, True)


async def test_lecc(tmp_path: Path) -> None:
    found = await everything(tmp_path, real("google-tsv-lecc/google_feed.tsv"), VARIANT_RULE="item_group_id")
    groups = {number: one for number, one in found.products.items() if len(one.variants) > 1}
    fact("lecc: groups", len(groups), 22)
    fact("lecc: their members", sum(len(one.variants) for one in groups.values()), 153)
    fact("lecc: largest", max(len(one.variants) for one in groups.values()), 18)
    fact("lecc: singles", len(found.products) - len(groups), 7)
    pairs = [{one.options for one in product.variants} for product in groups.values()]
    fact("lecc: told apart", [len(a) for a in pairs], [len(one.variants) for one in groups.values()])
    first = found.variants["98650bd8-5981-4055-8e14-5e144a04a23a"]
    owner = next(one for one in groups.values() if first in one.variants)
    fact("lecc: quotes", owner.name, '"Lake Erie Loot Crew" Women\'s Spaghetti Strap Pirate Fest Tank Top')
    fact("lecc: price", [first.price.gross, first.price.currency], [Decimal("28.00"), "USD"])
    fact("lecc: options", {one.name: one.value for one in first.options}, {"size": "L", "color": "Solid White Blend"})
    hoodie = found.variants["c753bc26-512a-4b31-aefc-6132e256b9da"]
    fact("lecc: hoodie", [hoodie.price.gross, "M" in {one.value for one in hoodie.options}], [Decimal("65.00"), True])
    mug = found.products["0b58c3a2-2694-4b43-b1ce-62f1759a1b4d"]
    fact("lecc: mug", [mug.name, mug.variants[0].price.gross], ["Get Hooked Ceramic Mug", Decimal("10.00")])
    prices = [sorted({one.price.gross for one in product.variants}) for product in groups.values()]
    fact("lecc: prices differ in a group", [Decimal(24), Decimal(38), Decimal(50)] in prices, True)


async def test_toys(tmp_path: Path) -> None:
    """No header row, no VAT column, quotes inside cells."""
    source = real("csv-hurtownia-zabawek/towary.csv")
    path = columns(tmp_path, "(header_row)=none " + TOYS)
    text = path.read_text("utf-8").replace("gtin+sku", "gtin + sku")
    path.write_text(text, "utf-8")
    found = await everything(tmp_path, source, COLUMN_MAP=str(path), VAT_FROM_PRICES="yes")
    fact("toys: rows", len(found.products) + len(found.failed), 14085)
    fact("toys: no VAT can be told", found.causes, {"vat_untold": 7})
    fact("toys: right codes", sum(bool(one.gtin) for one in found.variants.values()) + _lost_codes(found), 13456)
    pieces = sum((stock(one) or Decimal(0) for one in found.variants.values()), Decimal(0))
    fact("toys: pieces", 414139 - pieces < 7 * 101, True)
    rates = Counter(one.price.vat.percent for one in found.variants.values() if isinstance(one.price.vat, VatRate))
    fact("toys: VAT", dict(rates), {Decimal(23): 13356 + 70, Decimal(5): 651, Decimal(8): 1})
    for number, title, code, level, gross in (
        ("5365", "Zabawka dmuchana robot 1610G", "9500733054895", "76", "2.82"),
        ("278", "Bateria PHILIPS R06 4 szt/folia", "8712581549640", "100", "0.59"),
        ("52746", "Strój ŚNIEŻKA ŻÓŁTO-CZERWONA 37674", "5900851376741", "8", "29.59"),
        ("95155", "Logiczne zagadki zemsta robotów 58.11.1", "9788379831685", "18", "14.54"),
    ):
        goods("toys", found, number, title, gross, level, 0)
        fact(f"toys: code of {number}", found.variants[number].gtin, code)
    fact("toys: quotes", found.products["108166"].name, 'Świeczki pikery "urodziny" SWPUR-MM')
    fact("toys: a book", found.variants["95155"].price.vat, VatRate(Decimal(5)))
    fact("toys: 123980", found.variants["123980"].price.vat, VatRate(Decimal(8)))


def _lost_codes(found: Everything) -> int:
    """Right codes of rows that fail for another reason."""
    from stdnum import ean

    source = table_of(sniff(real("csv-hurtownia-zabawek/towary.csv"), Path("/nowhere")))
    rows = {str(cells[0]): str(cells[1]) for _, cells in source.lines()}
    return sum(ean.is_valid(rows[number]) and rows[number].isdecimal() for number in found.failed)


async def test_lamps(tmp_path: Path) -> None:
    """Rows one cell shorter than the header; a column that says "shown" and means something else."""
    source = real("csv-prestashop-lampy/produkty.csv")
    path = columns(tmp_path, LAMPS)
    found = await everything(tmp_path, source, COLUMN_MAP=str(path))
    fact("lamps: rows", len(found.products) + len(found.failed), 509)
    fact("lamps: importable", len(found.products), 508)
    fact("lamps: without a name", list(found.failed), ["2127"])
    fact("lamps: pieces", sum(stock(one) or 0 for one in found.variants.values()), 45720)
    names = Counter(one.name for one in found.products.values())
    fact("lamps: names that occur twice", sum(count > 1 for count in names.values()), 81)
    goods("lamps", found, "1630", "Lampa Kinkiet Edison Loft", "47.97", "90", 1)
    goods("lamps", found, "1634", "Lampa Kinkiet Chrom Edison Loft", "54", "90", 1)
    goods("lamps", found, "2138", "Żarówka LED FILAMENT A60 E27 6W 48W Neutralna", "17.21", "90", 1)
    by_net = columns(tmp_path, LAMPS.replace("Cena_(brutto)=gross=.", "Cena_(brutto)=ignore"), "net.csv")
    net = await everything(tmp_path / "net", source, COLUMN_MAP=str(by_net))
    same = [regular(a) for a in net.variants.values()] == [regular(b) for b in found.variants.values()]
    fact("lamps: gross from net", same, True)


async def test_drafts_of_real_tables_apply_nothing_by_themselves(tmp_path: Path) -> None:
    for name in ("csv-prestashop-lampy/produkty.csv", "csv-hurtownia-zabawek/towary.csv"):
        made = draft(table_of(sniff(real(name), tmp_path)), [])
        path = tmp_path / "draft.csv"
        path.write_text(written(made), "utf-8")
        with pytest.raises(ShopUnusable, match="still a guess"):
            await everything(tmp_path, real(name), COLUMN_MAP=str(path))
    fact("drafts: guesses are refused", True, True)


@pytest.mark.parametrize(
    ("name", "more", "created", "failed"),
    [
        ("ceneo-dagra/ceneo.xml", {"UNKNOWN_STOCK": "3"}, 8, 0),
        ("ceneo-kompre/ceneo-2026-08-22.xml", {}, 81, 0),
        ("csv-prestashop-lampy/produkty.csv", {"COLUMN_MAP": LAMPS}, 508, 1),
    ],
)
async def test_the_whole_program_on_polish_files(
    tmp_path: Path, name: str, more: dict[str, str], created: int, failed: int
) -> None:
    if "COLUMN_MAP" in more:
        more = {"COLUMN_MAP": str(columns(tmp_path, more["COLUMN_MAP"]))}
    async with Sandbox() as sandbox:
        environment = importer_environment(tmp_path, sandbox.url) | {"IMAGES": "hotlink", "SETTLE_SECONDS": "1"}
        environment |= {"VAT_DEFAULT": "23", "VARIANT_RULE": "none", "SHOP_NAME": "sklep.example", **more}
        answers = (DEMO_SIGNING_KEY, DEMO_SHOP_GUID, str(real(name)), "none")
        program = Program("forteca_importer", folders.needed(folders.ROOT / "forteca"), answers, environment)
        ended = await program.run("import")
        assert ended.code == (1 if failed else 0), ended.out + ended.err
        rows = sandbox.products(DEMO_SHOP_GUID, archived=False)
        fact("program: products", len(rows), created)
        found = await everything(tmp_path / "again", real(name), **more)
        held = {row["product"]["data"]["import"]["product"]: gross_of(row["product"]) for row in rows}
        right = {number: regular(one.variants[0]) for number, one in found.products.items()}
        fact("program: prices", held, right)


async def test_the_whole_program_refuses_prices_in_other_currencies(tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        environment = importer_environment(tmp_path, sandbox.url) | {"IMAGES": "none", "UNKNOWN_STOCK": "1"}
        environment |= {"VAT_DEFAULT": "23", "VARIANT_RULE": "item_group_id"}
        answers = (DEMO_SIGNING_KEY, DEMO_SHOP_GUID, str(real("google-tsv-lecc/google_feed.tsv")), "none")
        program = Program("forteca_importer", folders.needed(folders.ROOT / "forteca"), answers, environment)
        ended = await program.run("import")
        fact("program: dollars", [ended.code, len(sandbox.products(DEMO_SHOP_GUID)), "USD" in ended.out], [1, 0, True])
