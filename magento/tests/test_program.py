"""The real program against the simulated shop and the sandbox: what it finds out is kept, the calls it made are told, and
without an answer about VAT nothing is written."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from demo_goods import demo_goods, expected
from gateway_importer.testing.demonstration import gross_of
from goods import Selling, Stock
from importing import NOW
from making import POLISH, attribute, configurable, empty_shop, product
from shop import ShopSettings
from staging import stage


async def test_what_is_found_out_about_a_shop_is_kept_and_the_report_tells_the_calls(tmp_path: Path) -> None:
    tables = empty_shop()
    for number in range(1, 401):
        product(tables, number, f"Produkt {number}", Decimal(number), stock=Stock(Decimal(3)))
    async with stage(tables, tmp_path, ShopSettings(most=150)) as staged:
        asked: list[int] = []
        refused: list[int] = []
        for _ in range(2):
            before = len(staged.shop.calls)
            ended = await staged.program(IMAGES="hotlink", SETTLE_SECONDS="1").run("import")
            assert ended.code == 0, ended.out + ended.err
            calls = staged.shop.calls[before:]
            asked.append(len(calls))
            refused.append(sum(call.status == 400 for call in calls))
        assert refused[0] and not refused[1]
        assert len(staged.held()) == 400
        told = staged.report()["requests"]["the shop"]
        assert told["total"] == asked[1]
        assert told["per_product"] == round(told["total"] / 400, 3)


async def test_without_an_answer_about_vat_nothing_is_written(tmp_path: Path) -> None:
    tables = empty_shop()
    product(tables, 1, "Kubek", Decimal(100), stock=Stock(Decimal(3)))
    async with stage(tables, tmp_path, ShopSettings(selling=Selling(display=2))) as staged:
        ended = await staged.program().run("import")
        assert ended.code == 2
        assert "100.00 PLN" in ended.err and "123.00 PLN" in ended.err and "produkt-1.html" in ended.err
        assert "MAGENTO_PRICES" in ended.err
        assert not staged.held()
        ended = await staged.program(MAGENTO_PRICES="net").run("import")
        assert ended.code == 0
        ((row,),) = staged.held().values()
        assert Decimal(str(row["product"]["base_price"]["amount"])) == 100


@pytest.mark.parametrize("includes", [True, False])
@pytest.mark.parametrize("kind", ["regular", "reduced"])
async def test_prices_with_and_without_vat_arrive_to_the_grosz(tmp_path: Path, includes: bool, kind: str) -> None:
    selling = Selling(includes=includes, now=lambda: datetime(2026, 11, 23, 16, 0))
    async with stage(demo_goods(30), tmp_path, ShopSettings(selling=selling)) as staged:
        ended = await staged.program(PRICE=kind, IMAGES="none", NOW=NOW).run("import")
        assert ended.code == 1, ended.err
        held = staged.held()
        wanted = {(one.product, one.variant): one.gross for one in expected(staged.shop, reduced=kind == "reduced")}
        assert {key: gross_of(rows[0]["product"]) for key, rows in held.items()} == wanted
        assert len(wanted) > 60


async def test_a_child_that_another_parent_has_now_keeps_its_object_and_one_of_two_parents_has_two(
    tmp_path: Path,
) -> None:
    tables = empty_shop()
    number, values = attribute(tables, "color", {POLISH: "Kolor"}, "select", [{POLISH: one} for one in "abc"])
    for child, colour in zip((11, 12, 13), values, strict=True):
        product(tables, child, f"{child}", Decimal(50), visibility=1, attributes={"color": str(colour)})
    configurable(tables, 1, "Koszulka", {number: values}, [11, 12])
    configurable(tables, 2, "Zestaw", {number: values}, [12, 13])
    async with stage(tables, tmp_path) as staged:

        async def imported() -> dict[tuple[str, str], tuple[str, str]]:
            ended = await staged.program(IMAGES="none").run("import")
            assert ended.code == 0, ended.out + ended.err
            held = staged.held()
            assert all(len(rows) == 1 for rows in held.values())
            return {key: (rows[0]["guid"], rows[0]["product"]["sku"]) for key, rows in held.items()}

        first = await imported()
        assert first.keys() == {("1", "11"), ("1", "12"), ("2", "12"), ("2", "13")}
        assert (first["1", "12"][1], first["2", "12"][1]) == ("SKU-12", "SKU-12~12")
        assert await imported() == first
        tables.products[1]["extension_attributes"]["configurable_product_links"] = [11, 12, 13]
        tables.products[2]["extension_attributes"]["configurable_product_links"] = [12]
        assert await imported() == {
            **{key: told for key, told in first.items() if key != ("2", "13")}, ("1", "13"): first["2", "13"]
        }  # fmt: skip
