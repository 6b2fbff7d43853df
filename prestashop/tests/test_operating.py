"""The commands of an operator, given to the real program one after another: a plan, its import, and its taking back."""

import json
from dataclasses import replace
from pathlib import Path

from catalogue import demo_catalogue
from gateway_importer.sandbox import DEMO_SHOP_GUID
from staging import stage

PRODUCTS = 12


async def test_a_plan_is_kept_carried_out_and_taken_back(tmp_path: Path) -> None:
    async with stage(demo_catalogue(PRODUCTS), tmp_path) as staged:
        program = staged.program(SETTLE_SECONDS="1", INDEX_SECONDS="2")
        assert (await program.run("import")).code in {0, 1}
        before = staged.held()
        number = next(product for (product, _), rows in before.items() if len(rows) == 1)
        staged.shop.catalogue.products[int(number)]["price"] = "77.000000"
        plan = tmp_path / "plan.ndjson.gz"
        shown = await program.run("preview", "--save", str(plan))
        assert plan.exists() and "1 price" in shown.out, shown.out + shown.err
        done = await program.run("import", "--plan", str(plan))
        report = staged.report()
        assert done.code == 0 and report["run"]["command"] == "import --plan", done.out + done.err
        assert report["outcomes"]["updated"] == 1 and sum(report["outcomes"].values()) == 1
        changed = staged.held()
        assert changed != before

        unasked = await program.run("undo")
        assert unasked.code == 2 and "1 object gets its former values back" in unasked.out and "--yes" in unasked.err
        assert staged.held() == changed
        undone = await program.run("undo", "--yes")
        assert undone.code == 0 and "Run 2 was taken back: 1 product is as it was." in undone.out
        prices = [
            {key: rows[0]["product"]["base_price"]["amount"] for key, rows in held.items()}
            for held in (before, staged.held())
        ]
        assert prices[0] == prices[1]
        program = replace(program, answers=(DEMO_SHOP_GUID,))  # the ledger alone is asked
        history = await program.run("history")
        assert "undone by 3" in history.out and "undo of 2" in history.out
        exported = await program.run("export", "--run", "2", "--format", "ndjson")
        assert [json.loads(line)["product"] for line in exported.out.splitlines()] == [number]
