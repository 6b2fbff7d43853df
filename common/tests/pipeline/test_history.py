"""What a ledger remembers of earlier runs, and for how long: a second try, the comparison with the run before, export."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from dataclasses import replace
from decimal import Decimal

import pytest
from gateway_importer import options
from gateway_importer.catalog import Fault as ProductFault
from gateway_importer.cli import main
from gateway_importer.ends import state_folder
from gateway_importer.ledger.history import KEPT_RUNS
from gateway_importer.platform import Platform
from gateway_importer.sandbox import DEMO_SHOP_GUID, Fault
from import_runs import World
from made_up_shop import grouped, simple
from visitor_by_hand import Hand

PLATFORM = Platform("made-up", "Made-up", "made-up", (), (), lambda values, http: pytest.fail("the shop was opened"))
BAD = ProductFault("odd", "It is odd.", "Make it even.")


def looked_up(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command that asks the ledger alone."""
    values = world.values()
    monkeypatch.setenv("SHOP_GUID", DEMO_SHOP_GUID)
    monkeypatch.setenv("STATE_FOLDER", str(values[options.STATE_FOLDER]))
    monkeypatch.setattr("sys.argv", ["made_up_importer", *arguments])
    with pytest.raises(SystemExit) as ended:
        main(PLATFORM)
    return int(ended.value.code or 0), *capsys.readouterr()


# --- a second try --------------------------------------------------------------------------------------------


async def test_retry_tries_what_failed_and_nothing_else(world: World) -> None:
    world.shop.put(*(simple(number) for number in range(1, 8)))
    world.shop.failed = {"8": BAD}
    world.sandbox.faults.append(Fault(what="status", status=400, method="POST", path="/products$", body="SKU-3"))
    first = await world.run()
    assert first.counts == {"created": 6, "failed": 2}
    world.sandbox.faults.clear()
    world.shop.put(simple(1, gross="99.00"))  # changed, but it had not failed
    world.shop.pages_read.clear()
    second = await world.run(command="retry")
    assert second.outcomes == {"3": "created", "8": "failed"}
    assert world.shop.pages_read == [("3", "8")] and world.gross("SKU-1") == Decimal("123.00")
    world.shop.failed.clear()
    world.shop.put(simple(8))
    assert (await world.run(command="retry")).outcomes == {"8": "created"}
    assert len(world.objects()) == 8


async def test_what_a_stopped_retry_did_not_reach_is_tried_by_the_next(world: World) -> None:
    world.shop.failed = {str(number): BAD for number in range(1, 12)}
    await world.run()
    world.shop.failed.clear()
    world.shop.put(*(simple(number) for number in range(1, 12)))
    stopped = await world.run(command="retry", cancel_after=1)
    assert stopped.error is not None and stopped.counts["failed"] > 0
    assert (await world.run(command="retry")).counts.keys() == {"created"}
    assert len(world.objects()) == 11


async def test_retry_archives_what_could_not_be_archived(world: World) -> None:
    world.shop.put(simple(1), simple(2), simple(3))
    await world.run()
    world.shop.take_out(1, 2)
    world.sandbox.faults.append(Fault(what="status", status=400, method="PUT", path="/products/"))
    assert (await world.run()).outcomes == {"1": "failed", "2": "failed", "3": "unchanged"}
    world.sandbox.faults.clear()
    world.shop.put(simple(2))  # it is back
    assert (await world.run(command="retry")).outcomes == {"1": "archived", "2": "unchanged"}
    assert world.skus() == ["SKU-2", "SKU-3"]


# --- the comparison with the run before ----------------------------------------------------------------------


async def test_the_report_says_which_prices_moved_what_vanished_and_which_failures_are_new(world: World) -> None:
    world.shop.put(simple(1, gross="10.00"), grouped(2, gross="10.00"), simple(3), simple(4), simple(5))
    world.shop.failed = {"6": BAD, "7": BAD}
    first = await world.run()
    assert first.compared is None
    world.shop.put(simple(1, gross="12.50"), grouped(2, gross="8.00"), simple(6))
    world.shop.take_out(3)
    world.shop.disable(4)
    world.shop.failed = {"7": BAD, "8": BAD}
    second = await world.run()
    assert second.compared == {
        "run": 1,
        "dearer": [("1", Decimal("10.00"), Decimal("12.50"), 1)],
        "cheaper": [("2", Decimal("10.00"), Decimal("8.00"), 2)],
        "left_out": ["3", "4"],
        "new_failures": ["8"],
        "gone_failures": ["6"],
    }
    assert "More expensive" in second.texts and "10.00 zł" in second.texts and "+25 %" in second.texts
    third = await world.run()
    assert third.compared == {
        "run": 2,
        **{name: [] for name in ("dearer", "cheaper", "left_out", "new_failures", "gone_failures")},
    }


async def test_a_price_is_compared_with_what_customers_saw_and_a_preview_says_what_would_move(world: World) -> None:
    world.shop.put(simple(1, gross="10.00"))
    await world.run()
    made = world.by_sku()["SKU-1"]
    price = {"currency": "zł", "vat_percent": 0, "amount": 16.26}
    await Hand(world.sandbox).change(made["guid"], product={"base_price": price})
    world.shop.put(simple(1, gross="12.00"))
    preview = (await world.run(command="preview")).compared or {}
    assert preview["dearer"] == [("1", Decimal("10.00"), Decimal("12.00"), 1)]  # a preview asks the ledger alone
    imported = (await world.run()).compared or {}
    assert imported["cheaper"] == [("1", Decimal("20.00"), Decimal("12.00"), 1)]


# --- how long ------------------------------------------------------------------------------------------------


async def test_the_outcomes_of_the_last_runs_are_kept_without_those_of_unchanged_products(world: World) -> None:
    world.shop.put(simple(1), simple(2))
    world.shop.failed = {"3": BAD}
    for _ in range(KEPT_RUNS + 2):
        last = await world.run()
    assert last.compared is not None and last.compared["run"] == KEPT_RUNS + 1
    with sqlite3.connect(state_folder(world.values()) / "ledger.sqlite") as ledger:
        kept = ledger.execute(
            "SELECT run, outcome, count(*) FROM outcome GROUP BY run, outcome ORDER BY run"
        ).fetchall()
    whole = [(run, outcome, count) for run in (11, 12) for outcome, count in (("failed", 1), ("unchanged", 2))]
    assert kept == [(run, "failed", 1) for run in range(3, 11)] + whole


async def test_history_tells_how_each_run_ended(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world.shop.put(simple(1), simple(2))
    await world.run()
    world.shop.products.clear()
    await world.run()
    code, out, _ = looked_up(world, monkeypatch, capsys, "history")
    heading, second, first = out.splitlines()
    assert code == 0 and heading.split()[:5] == ["run", "started", "command", "ended", "exit"]
    assert first.split()[0] == "1" and " import " in first and " complete " in first
    assert first.split()[6:9] == ["0", "2", "0"]  # exit code, created, updated
    assert second.split()[0] == "2" and " broken " in second and " 6 " in second


# --- export --------------------------------------------------------------------------------------------------


async def test_export_gives_every_outcome_as_csv_and_as_json_lines(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    formula = '=HYPERLINK("http://evil.example","Łóżko")'
    world.shop.put(simple(1, name=formula), grouped(2), simple(3, name="-5, „Zośka”"))
    world.shop.failed = {"4": replace(BAD, cause="@SUM(A1)")}
    await world.run()
    code, out, _ = looked_up(world, monkeypatch, capsys, "export")
    assert code == 0 and out.startswith("\ufeffrun,product,outcome,name,variants,code,cause,cure,rule,detail,page_url")
    rows = {row["product"]: row for row in csv.DictReader(io.StringIO(out.lstrip("\ufeff")))}
    assert rows["1"]["name"] == "'" + formula and rows["3"]["name"] == "'-5, „Zośka”"
    assert rows["4"]["cause"] == "'@SUM(A1)" and rows["2"]["variants"] == "2"
    code, out, _ = looked_up(world, monkeypatch, capsys, "export", "--run", "1", "--format", "ndjson")
    told = {row["product"]: row for row in map(json.loads, out.splitlines())}
    assert told["1"]["name"] == formula and told["2"]["variants"] == 2 and told["4"]["outcome"] == "failed"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export", "--run", "7"), "The outcomes of run 7 are not known."),
        (("export", "--run", "0"), "--run '0'"),
        (("export", "--format", "xml"), "--format 'xml'"),
        (("report", "--run", "1"), "--run does not belong to the command report"),
    ],
)
async def test_an_order_that_cannot_be_followed_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...], said: str,
) -> None:  # fmt: skip
    world.shop.put(simple(1))
    await world.run()
    code, out, err = looked_up(world, monkeypatch, capsys, *arguments)
    assert code == 2 and said in err and "What to do:" in err and out == ""
