"""The real program against the simulated shop and the sandbox: what becomes of versions between two runs, and how many
of the month's calls a run costs."""

import json
from pathlib import Path
from typing import Any

from gateway_importer.sandbox import DEMO_SHOP_GUID, DEMO_SIGNING_KEY, Sandbox, SandboxSettings
from gateway_importer.testing import folders
from gateway_importer.testing.demonstration import importer_environment
from gateway_importer.testing.program import Program
from shop import Shop
from test_conformance import HERE
from test_source import grouped, item, shop_of


class Stage:
    """One shop, one Gateway, one state folder."""

    def __init__(self, folder: Path, shop: Shop, sandbox: Sandbox) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.environment = importer_environment(folder, sandbox.url) | {"IMAGES": "none", "SETTLE_SECONDS": "1"}
        self.answers = (DEMO_SIGNING_KEY, DEMO_SHOP_GUID, shop.url, shop.key)

    async def run(self, **more: str) -> dict[str, Any]:
        """The report of one import, which must end well or with failed products."""
        program = Program("idosell_importer", folders.needed(HERE), self.answers, self.environment | more)
        ended = await program.run("import")
        assert ended.code in (0, 1), ended.out + ended.err
        found: dict[str, Any] = json.loads((self.folder / "report.json").read_text("utf-8"))
        assert found["audit"]["agrees"], found["audit"]
        return found

    @property
    def held(self) -> dict[str, tuple[str, str, tuple[str, ...]]]:
        """By variant: the object's guid, its product and its tags, of all that is for sale."""
        found = {}
        for row in self.sandbox.products(DEMO_SHOP_GUID, archived=False):
            mark = row["product"]["data"]["import"]
            found[mark["variant"]] = (row["guid"], mark["product"], tuple(row["product"]["tag_guids"]))
        return found


async def test_a_product_that_joins_a_group_and_leaves_it_keeps_its_object(tmp_path: Path) -> None:
    async with shop_of(8) as shop, Sandbox(SandboxSettings()) as sandbox:
        stage = Stage(tmp_path, shop, sandbox)
        await stage.run()
        alone = stage.held
        assert alone["7-uniw"][1] == "7" and not alone["7-uniw"][2]
        grouped(shop.tables, 2, 2, 7)
        report = await stage.run()
        together = stage.held
        assert {one: guid for one, (guid, _, _) in together.items()} == {one: guid for one, (guid, _, _) in alone.items()}
        assert together["2-uniw"][1] == together["7-uniw"][1] == "2"
        assert together["2-uniw"][2] == together["7-uniw"][2] != ()
        assert report["outcomes"]["created"] == 0
        shop.tables.items[2], shop.tables.items[7] = item(2), item(7)
        await stage.run()
        assert {one: guid for one, (guid, _, _) in stage.held.items()} == {
            one: guid for one, (guid, _, _) in alone.items()
        }


async def test_a_member_that_has_left_its_group_while_others_still_name_it_is_there_once(tmp_path: Path) -> None:
    async with shop_of(8) as shop, Sandbox(SandboxSettings()) as sandbox:
        grouped(shop.tables, 2, 2, 5)
        shop.tables.items[2].said = {"productVersion": {"versionParentId": 2, "versionProductsIds": ["2", "5", "7"]}}
        stage = Stage(tmp_path, shop, sandbox)
        report = await stage.run()
        assert {one: product for one, (_, product, _) in stage.held.items()} == {
            **{f"{number}-uniw": str(number) for number in range(1, 9)},
            "5-uniw": "2",
        }
        assert report["outcomes"]["created"] == 7


async def test_a_version_that_is_broken_keeps_all_variants_of_its_product_and_one_that_is_hidden_is_archived(
    tmp_path: Path,
) -> None:
    async with shop_of(8) as shop, Sandbox(SandboxSettings()) as sandbox:
        grouped(shop.tables, 2, 2, 5, 7)
        stage = Stage(tmp_path, shop, sandbox)
        await stage.run()
        before = stage.held
        for broken in ({"productVersion": "?"}, {"productStocksData": "?"}):
            shop.tables.items[5].said = broken
            report = await stage.run()
            assert report["outcomes"]["failed"] >= 1 and report["outcomes"]["archived"] == 0
            assert stage.held == before
        shop.tables.items[5].said = {}
        shop.tables.items[5].visible = False
        await stage.run()
        assert set(before) - set(stage.held) == {"5-uniw"}


async def test_a_run_costs_a_call_for_a_hundred_products_and_some_for_the_shop(tmp_path: Path) -> None:
    async with shop_of(205) as shop, Sandbox(SandboxSettings()) as sandbox:
        report = await Stage(tmp_path, shop, sandbox).run()
        assert len(shop.api_calls) == report["requests"]["the shop"]["total"] == 3 + 6
