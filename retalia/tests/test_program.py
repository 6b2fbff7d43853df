"""The real program over a till's tables: what columns mean is drafted and confirmed, then imported; errors say what to do."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from gateway_importer.sandbox import DEMO_SHOP_GUID, DEMO_SIGNING_KEY, Sandbox, SandboxSettings
from gateway_importer.testing import folders
from gateway_importer.testing.demonstration import gross_of, importer_environment
from gateway_importer.testing.program import Ended, Program
from test_conformance import HERE

PRODUCTS = """symbol;nazwa;ean;cena_brutto;vat;kategoria;marka;opis;zdjecia
12345-010-M;Sukienka Wydma czarna M;5901234123457;249,90;23;Odzież>Sukienki;Wydma;"Midi; wiskoza";https://sklep.example/i/12345-010-1.jpg|https://sklep.example/i/12345-010-2.jpg
12345-010-L;Sukienka Wydma czarna L;;249,90;23;Odzież>Sukienki;Wydma;"Midi; wiskoza";https://sklep.example/i/12345-010-1.jpg
BON-100;Bon podarunkowy 100;;100,00;np;Bony;;;
"""
STOCK = "symbol;sklep;ilosc\n12345-010-M;01;2\n12345-010-M;07;-1\n12345-010-L;01;0\nNIEZNANY-1;01;5\n"
SETTINGS = {
    "IMAGES": "hotlink", "SHOP_NAME": "sklep.example", "VARIANT_RULE": "pattern", "SETTLE_SECONDS": "0.2", "INDEX_SECONDS": "0.5",
    "VARIANT_PATTERN": r"(?P<product>\d+)-(?P<color>\d+)-(?P<size>\w+)",
}  # fmt: skip


class Theatre:
    """The program in a folder of its own, beside a sandbox."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        self.sandbox = sandbox
        (folder / "produkty.csv").write_text(PRODUCTS, "utf-8")
        (folder / "stany.csv").write_text(STOCK, "utf-8")

    async def run(self, *arguments: str, **more: str) -> Ended:
        environment = importer_environment(self.folder, self.sandbox.url) | SETTINGS | more
        environment.setdefault("RETALIA_SOURCE", str(self.folder / "produkty.csv"))
        environment.setdefault("RETALIA_SECOND", str(self.folder / "stany.csv"))
        environment |= {"SHOP_GUID": DEMO_SHOP_GUID, "TOKEN_SIGNING_KEY": DEMO_SIGNING_KEY}
        return await Program("retalia_importer", folders.needed(HERE), (), environment).run(*arguments)

    @property
    def held(self) -> dict[str, Any]:
        rows = self.sandbox.products(DEMO_SHOP_GUID, archived=False)
        return {row["product"]["data"]["import"]["variant"]: row for row in rows}


@pytest.fixture
async def theatre(tmp_path: Path) -> AsyncIterator[Theatre]:
    async with Sandbox(SandboxSettings()) as sandbox:
        yield Theatre(tmp_path, sandbox)


async def test_the_sample_of_the_documents_comes_in_as_they_say(theatre: Theatre) -> None:
    assert PRODUCTS.splitlines()[1] in (folders.ROOT / "docs/retalia.md").read_text("utf-8")
    ended = await theatre.run("import")
    assert ended.code == 1, ended.out + ended.err
    held = theatre.held
    assert {symbol: row["stock_level"] for symbol, row in held.items()} == {"12345-010-M": 2, "12345-010-L": 0}
    assert {str(gross_of(row["product"])) for row in held.values()} == {"249.90"}
    medium = held["12345-010-M"]["product"]
    assert medium["data"]["variants"] == {"color": "010", "size": "M"} and medium["data"]["gtin"] == "5901234123457"
    assert len(medium["images"]) == 2 and len(held["12345-010-L"]["product"]["images"]) == 1
    report = json.loads((theatre.folder / "report.json").read_text("utf-8"))
    assert [row["product"] for row in report["failures"]] == ["BON-100"]
    assert "NIEZNANY-1" in ended.out and "No interface of Retalia's own is known" in " ".join(ended.out.split())
    again = await theatre.run("import", VAT_MAP="none=VAT0", STOCK_CLAMP="sum")
    assert again.code == 0 and theatre.held["BON-100"]["product"]["vat"] == "VAT0"
    assert theatre.held["12345-010-M"]["stock_level"] == 1


async def test_columns_are_drafted_confirmed_and_imported(theatre: Theatre) -> None:
    (theatre.folder / "produkty.csv").write_text(PRODUCTS.replace("nazwa", "Nazwa towaru"), "utf-8")
    stopped = await theatre.run("import")
    assert stopped.code == 2 and "What to do: Write a draft with the command `columns`" in " ".join(stopped.err.split())
    drafted = await theatre.run("columns")
    path = theatre.folder / "state" / DEMO_SHOP_GUID / "columns.csv"
    assert drafted.code == 0 and str(path) in drafted.out and "cena_brutto: gross ? , ?" in drafted.out
    text = path.read_text("utf-8").replace(" ?", "")
    path.write_text(text, "utf-8")
    second = path.with_name("columns-second.csv")
    second.write_text(second.read_text("utf-8").replace(" ?", ""), "utf-8")
    assert not theatre.held
    ended = await theatre.run("import")
    assert ended.code == 1 and len(theatre.held) == 2, ended.out + ended.err


async def test_preview_and_check_show_what_was_decided_and_what_is_not(theatre: Theatre) -> None:
    asked = await theatre.run("check", VARIANT_RULE="")
    assert asked.code == 2 and "VARIANT_RULE" in asked.out and "Set VARIANT_RULE" in asked.out
    shown = await theatre.run("preview")
    words = " ".join((shown.out + shown.err).split())
    assert "249.90 (gross) in the file becomes 249.90 PLN with VAT 23 % by the file" in words
    assert "12345, Sukienka Wydma czarna: color 010, size M; color 010, size L" in words
    assert not theatre.held


async def test_a_file_that_lost_nearly_everything_archives_nothing(theatre: Theatre) -> None:
    head, *_ = PRODUCTS.splitlines()
    many = [f"{20000 + n}-010-M;Koszula {n};;{n + 10},00;23;Odzież;;;" for n in range(30)]
    theatre.folder.joinpath("produkty.csv").write_text("\n".join([head, *many]) + "\n", "utf-8")
    theatre.folder.joinpath("stany.csv").write_text("symbol;sklep;ilosc\n20000-010-M;01;5\n", "utf-8")
    assert (await theatre.run("import")).code == 0
    theatre.folder.joinpath("produkty.csv").write_text("\n".join([head, *many[:12]]) + "\n", "utf-8")
    held_back = await theatre.run("import")
    assert held_back.code == 6 and "ARCHIVE_MANY=yes" in held_back.out + held_back.err
    assert len(theatre.held) == 30
    assert (await theatre.run("import", ARCHIVE_MANY="yes")).code == 0
    assert len(theatre.held) == 12
