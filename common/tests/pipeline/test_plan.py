"""A plan is carried out as it was kept: exactly that, without what has moved since, and nothing else."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from gateway_importer.errors import HeldBack, InputError, Stopped
from gateway_importer.gateway.token import shop_token
from gateway_importer.pipeline import chosen
from gateway_importer.sandbox import DEMO_SHOP_GUID, DEMO_SIGNING_KEY
from gateway_importer.settings import signing_key
from import_runs import World
from made_up_shop import MUGS, grouped, simple
from visitor_by_hand import Hand


def lines(path: Path) -> dict[str, dict[str, Any]]:
    """Product to its line, variants by SKU."""
    packed = path.read_bytes()
    text = (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode()
    told = [json.loads(line) for line in text.splitlines()[1:-1]]
    return {line["product"]: {**line, "variants": {one["sku"]: one for one in line["variants"]}} for line in told}


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return tmp_path / "plan.ndjson"


async def imported(world: World) -> None:
    world.shop.put(*(simple(number, gross="10.00") for number in range(1, 7)), grouped(7))
    await world.run()


def change_the_shop(world: World) -> None:
    world.shop.put(
        simple(1, gross="12.00", stock=1), simple(2, vat=8, gross="10.00"), simple(3, name="Nowy", gross="10.00"),
        grouped(7, ("M", "L")), simple(8, shows=["a"]),
    )  # fmt: skip
    world.shop.take_out(4)
    world.shop.disable(5)


async def test_a_plan_says_field_by_field_what_would_change_against_what_the_gateway_holds(
    world: World, plan: Path
) -> None:
    await imported(world)
    hand, by_sku = Hand(world.sandbox), world.by_sku()
    await hand.change(by_sku["SKU-3"]["guid"], product={"name": "By hand"})
    await hand.change(by_sku["SKU-6"]["guid"], product={"desc": "Better words"})
    await hand.delete(by_sku["SKU-7-M"]["guid"])
    change_the_shop(world)
    world.sandbox.reset_log()
    preview = await world.run(command="preview", save=plan)
    assert preview.error is None and world.writes() == []
    told = lines(plan)
    assert {product: line["does"] for product, line in told.items()} == {
        "1": "update", "2": "update", "3": "update", "4": "archive", "5": "archive", "6": "stay", "7": "update",
        "8": "create",
    }  # fmt: skip
    first = told["1"]["variants"]["SKU-1"]["fields"]
    assert (first["price"]["was"], first["price"]["to"]) == ("10.00", "12.00") and first["stock_level"]["to"] == 1
    assert told["3"]["variants"]["SKU-3"]["fields"]["name"]["was"] == "By hand"
    assert told["6"]["variants"]["SKU-6"]["stays"] == {"desc": ["Better words", "<p>Opis</p>"]}
    assert {sku: one["step"] for sku, one in told["7"]["variants"].items()} == {
        "SKU-7-S": "archive", "SKU-7-M": "create", "SKU-7-L": "create",
    }  # fmt: skip
    assert "What only the Gateway can judge" in preview.texts and "By hand" in preview.texts
    token = shop_token(signing_key(DEMO_SIGNING_KEY), DEMO_SHOP_GUID)
    assert DEMO_SIGNING_KEY not in plan.read_text("utf-8") and token not in plan.read_text("utf-8")


@pytest.mark.parametrize("name", ["plan.ndjson", "plan.ndjson.gz"])
async def test_a_plan_is_carried_out_as_it_is_and_the_shop_is_asked_for_nothing_else(
    world: World, tmp_path: Path, name: str
) -> None:
    await imported(world)
    await Hand(world.sandbox).delete(world.by_sku()["SKU-7-M"]["guid"])
    change_the_shop(world)
    await world.run(command="preview", save=tmp_path / name)
    world.shop.put(simple(6, gross="66.00"), simple(9))  # not planned
    world.shop.pages_read.clear()
    run = await world.run(plan=tmp_path / name)
    assert run.error is None and run.outcomes == {
        "1": "updated", "2": "updated", "3": "updated", "4": "archived", "5": "archived", "7": "updated", "8": "created",
    }  # fmt: skip
    assert {number for page in world.shop.pages_read for number in page} == {"1", "2", "3", "4", "5", "7", "8"}
    assert world.skus() == ["SKU-1", "SKU-2", "SKU-3", "SKU-6", "SKU-7-L", "SKU-7-M", "SKU-8"]
    assert world.gross("SKU-1") == Decimal("12.00") and world.gross("SKU-6") == Decimal("10.00")
    rest = await world.run()
    assert {product: outcome for product, outcome in rest.outcomes.items() if outcome != "unchanged"} == {
        "5": "skipped", "6": "updated", "9": "created",
    }  # fmt: skip


async def test_what_moved_at_the_shop_or_at_the_gateway_is_left_out_and_named(world: World, plan: Path) -> None:
    await imported(world)
    change_the_shop(world)
    await world.run(command="preview", save=plan)
    hand, by_sku = Hand(world.sandbox), world.by_sku()
    await hand.change(by_sku["SKU-3"]["guid"], product={"name": "By hand"})
    world.shop.put(
        simple(1, gross="13.00", stock=1), simple(2, vat=8, gross="10.00", description="<p>Since</p>"), simple(4),
        grouped(7, ("S", "M", "L")), simple(8, shows=["a"], gross="8.88"),
    )  # fmt: skip
    world.shop.put(simple(5))
    run = await world.run(plan=plan)
    causes = {product: row.cause for product, row in run.rows.items() if row.outcome.value == "failed"}
    assert causes.keys() == {"1", "3", "4", "5", "7", "8"} and {row.code for row in run.rows.values()} <= {
        "moved_since_plan", "",
    }  # fmt: skip
    assert "SKU SKU-1, price at the shop: '12.00' then, '13.00' now" in causes["1"]
    assert "SKU SKU-3, name at the Gateway: 'Produkt 3' then, 'By hand' now" in causes["3"]
    assert "SKU SKU-7-S, object at the shop: 'gone' then, 'there' now" in causes["7"]
    assert run.rows["1"].detail == "changed: stock_level" and run.outcomes["2"] == "updated"
    assert any("SKU-2: desc: it was not planned" in notice.text for notice in run.notices)
    assert world.gross("SKU-1") == Decimal("10.00") and world.by_sku()["SKU-1"]["stock_level"] == 1
    second = world.by_sku()["SKU-2"]["product"]
    assert second["desc"] == "<p>Opis</p>" and second["vat"] == "VAT8" and world.gross("SKU-2") == Decimal("10.00")
    assert "SKU-8" not in world.skus() and {"SKU-4", "SKU-5", "SKU-7-S", "SKU-7-L"} <= set(world.skus())
    rest = await world.run()
    assert rest.error is None and world.gross("SKU-1") == Decimal("13.00") and "SKU-8" in world.skus()
    assert world.by_sku()["SKU-2"]["product"]["desc"] == "<p>Since</p>"


async def test_a_price_is_never_sent_for_another_vat_than_it_was_planned_for(world: World, plan: Path) -> None:
    await imported(world)
    world.shop.put(simple(1, gross="12.00"), simple(2, vat=8, gross="9.00"))
    await world.run(command="preview", save=plan)
    await Hand(world.sandbox).change(world.by_sku()["SKU-1"]["guid"], product={"vat": "VAT5"})
    world.shop.put(simple(2, vat=8, gross="9.50"))
    before = world.gross("SKU-1"), world.gross("SKU-2")
    assert (await world.run(plan=plan)).outcomes == {"1": "failed", "2": "failed"}
    assert (world.gross("SKU-1"), world.gross("SKU-2")) == before
    assert world.by_sku()["SKU-2"]["product"]["vat"] == "VAT23"


@pytest.mark.parametrize("after", range(1, 7))
async def test_a_plan_whose_run_was_killed_is_given_again(world: World, plan: Path, after: int) -> None:
    await imported(world)
    change_the_shop(world)
    await world.run(command="preview", save=plan)
    stopped = await world.run(plan=plan, cancel_after=after)
    assert isinstance(stopped.error, Stopped)
    again = await world.run(plan=plan)
    assert again.error is None and "failed" not in again.counts
    world.sandbox.reset_log()
    await world.run()
    assert world.writes() == []


async def test_a_plan_with_overwrite_always_sets_right_what_was_edited(world: World, plan: Path) -> None:
    await imported(world)
    guid = world.by_sku()["SKU-1"]["guid"]
    await Hand(world.sandbox).change(guid, product={"desc": "By hand"})
    await world.run(command="preview", save=plan, OVERWRITE="always")
    assert (await world.run(plan=plan, OVERWRITE="always")).outcomes == {"1": "updated"}
    assert world.by_sku()["SKU-1"]["product"]["desc"] == "<p>Opis</p>"


async def test_a_plan_can_be_taken_back(world: World, plan: Path) -> None:
    await imported(world)
    change_the_shop(world)
    await world.run(command="preview", save=plan)
    await world.run(plan=plan)
    await world.undo()
    assert world.gross("SKU-1") == Decimal("10.00")
    assert world.skus() == [*(f"SKU-{number}" for number in range(1, 7)), "SKU-7-M", "SKU-7-S"]


async def test_a_preview_that_holds_back_keeps_no_plan(world: World, plan: Path) -> None:
    world.shop.put(*(simple(number) for number in range(1, 12)))
    await world.run()
    world.shop.take_out(*range(1, 8))
    plan.write_text("an older one")
    held = await world.run(command="preview", save=plan)
    assert isinstance(held.error, HeldBack) and plan.read_text() == "an older one"
    assert [path.name for path in plan.parent.iterdir() if path.is_file()] == [plan.name]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"shop": {"shop_key": "other.example"}}, "is another shop's"),
        ({"settings": "0123"}, "was made with other settings"),
        ({"plan": 2}, "has form 2; this program reads form 1"),
    ],
)
async def test_a_plan_of_another_shop_or_of_other_settings_is_refused(
    world: World, plan: Path, change: dict[str, Any], said: str
) -> None:
    await imported(world)
    change_the_shop(world)
    await world.run(command="preview", save=plan)
    first, *others = plan.read_text("utf-8").splitlines()
    head = json.loads(first)
    plan.write_text("\n".join([json.dumps({**head, **change}), *others]) + "\n", "utf-8")
    world.sandbox.reset_log()
    with pytest.raises(InputError, match=said):
        await world.run(plan=plan)
    assert world.writes() == []


async def test_settings_that_change_what_is_sent_refuse_a_plan(world: World, plan: Path) -> None:
    await imported(world)
    await world.run(command="preview", save=plan)
    with pytest.raises(InputError, match="other settings"):
        await world.run(plan=plan, DESCRIPTION="text")


@pytest.mark.parametrize("damage", ["half", "changed", "empty", "no plan", "missing"])
async def test_a_damaged_plan_changes_nothing(world: World, plan: Path, damage: str) -> None:
    await imported(world)
    change_the_shop(world)
    await world.run(command="preview", save=plan)
    whole = plan.read_bytes()
    if damage == "missing":
        plan.unlink()
    else:
        plan.write_bytes({
            "half": whole[: len(whole) // 2], "changed": whole.replace(b'"12.00"', b'"1.00"'), "empty": b"",
            "no plan": b"%PDF-1.7\n\xff\xfe",
        }[damage])  # fmt: skip
    world.sandbox.reset_log()
    try:
        run = await world.run(plan=plan)
    except InputError as refused:
        said: Any = refused
    else:
        said = run.error
    assert isinstance(said, InputError) and "cannot be read" in said.happened and world.writes() == []


async def test_a_plan_of_no_ledger_recognises_what_is_there(world: World, plan: Path) -> None:
    await imported(world)
    world.settings["STATE_FOLDER"] = str(world.folder / "fresh")
    world.shop.put(simple(1, gross="12.00", categories=(MUGS,)))
    await world.run(command="preview", save=plan)
    assert {product: line["does"] for product, line in lines(plan).items()} == {"1": "update"}
    assert (await world.run(plan=plan)).outcomes == {"1": "updated"} and world.gross("SKU-1") == Decimal("12.00")


async def test_a_large_plan_is_carried_out_piece_by_piece(
    world: World, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its products do not fit into memory all at once."""
    monkeypatch.setattr(chosen, "PIECE", 3)
    world.shop.put(*(simple(number) for number in range(1, 21)))
    await world.run()
    world.shop.put(*(simple(number, gross="9.99") for number in range(1, 12)), *(simple(number) for number in (21, 22)))
    world.shop.take_out(12, 13)
    world.shop.disable(14, 15)
    await world.run(command="preview", save=plan)
    world.sandbox.reset_log()
    run = await world.run(plan=plan)
    assert run.error is None and run.counts == {"updated": 11, "created": 2, "archived": 4}, run.outcomes
    world.sandbox.reset_log()
    after = await world.run()
    assert after.counts == {"unchanged": 18, "skipped": 2} and world.writes() == []


async def test_a_picture_that_could_not_be_had_is_no_change_that_a_plan_tells_of(world: World, plan: Path) -> None:
    """An import asks for it again; whether it can be had then, no plan can say."""
    world.shop.put(simple(1, shows=["there", "lost"]), simple(2))
    world.shop.dead_pictures.add("lost")
    await world.run()
    world.shop.put(simple(1, shows=["there", "lost"], gross="9.99"))
    await world.run(command="preview", save=plan)
    assert lines(plan)["1"]["variants"]["SKU-1"]["fields"].keys() == {"price"} and lines(plan).keys() == {"1"}
    run = await world.run(plan=plan)
    assert run.outcomes == {"1": "updated"} and "not_planned" not in run.notices_of(1)
    world.shop.dead_pictures.clear()
    assert (await world.run()).outcomes["1"] == "updated" and len(world.by_sku()["SKU-1"]["product"]["images"]) == 2


async def test_of_data_a_plan_shows_what_differs_in_the_same_order_on_both_sides(world: World, plan: Path) -> None:
    world.shop.put(simple(1, weight="0.5"))
    await world.run()
    world.shop.put(simple(1, weight="0.75"))
    await world.run(command="preview", save=plan)
    told = lines(plan)["1"]["variants"]["SKU-1"]["fields"]["data"]
    assert json.loads(told["was"]).keys() == json.loads(told["to"]).keys() and len(json.loads(told["to"])) == 1
    assert "0.5" in told["was"] and "0.75" in told["to"]
