"""The whole program while the shop gives trouble: what is done is kept, nothing is archived by mistake, and the next
run completes."""

from pathlib import Path

from catalogue import demo_catalogue
from gateway_importer.sandbox import DEMO_SHOP_GUID
from gateway_importer.testing.demonstration import check
from staging import Stage, stage
from truths import expected

PRODUCTS = 60


def agrees(staged: Stage) -> list[str]:
    return check(list(expected(staged.shop)), staged.sandbox)


async def test_a_shop_with_vat_switched_off_asks_what_its_prices_are_before_anything_is_written(tmp_path: Path) -> None:
    async with stage(demo_catalogue(12), tmp_path, lag=0.0) as staged:
        staged.shop.settings.configuration["PS_TAX"] = "0"
        ended = await staged.program().run()
        assert ended.code == 2 and "PRESTASHOP_PRICES" in ended.err
        assert not staged.writes()
        ended = await staged.program(PRESTASHOP_PRICES="gross").run()
        assert ended.code in {0, 1} and staged.sandbox.products(DEMO_SHOP_GUID)


async def test_a_shop_that_shows_far_fewer_products_archives_nothing_until_it_is_told_to(tmp_path: Path) -> None:
    catalogue = demo_catalogue(PRODUCTS)
    async with stage(catalogue, tmp_path, lag=0.0) as staged:
        await staged.program().run()
        there = len(staged.sandbox.products(DEMO_SHOP_GUID, archived=False))
        for identity in [one for one in catalogue.products if one not in catalogue.broken][:30]:
            catalogue.delete_product(identity)
        ended = await staged.program().run()
        assert ended.code == 6 and "ARCHIVE_MANY" in ended.out
        assert len(staged.sandbox.products(DEMO_SHOP_GUID, archived=False)) == there
        ended = await staged.program(ARCHIVE_MANY="yes").run()
        assert ended.code == 1
        assert not agrees(staged)


async def test_making_the_gateway_equal_to_the_shop_writes_only_what_was_edited_there(tmp_path: Path) -> None:
    async with stage(demo_catalogue(20), tmp_path, lag=0.0) as staged:
        await staged.program().run()
        before = len(staged.writes())
        ended = await staged.program(OVERWRITE="always").run()
        assert ended.code == 1
        assert staged.report()["outcomes"]["updated"] == 0
        assert len(staged.writes()) == before
