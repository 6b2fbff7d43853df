"""The whole program while the shop gives trouble: what is done is kept, nothing is archived by mistake, and the next
run completes."""

from pathlib import Path

from catalogue import demo_catalogue
from gateway_importer.sandbox import DEMO_SHOP_GUID
from gateway_importer.testing.demonstration import check
from shop import PrestaShop
from shop_settings import Fault, LoggedRequest
from staging import Stage, stage
from truths import expected

PRODUCTS = 60


def agrees(staged: Stage) -> list[str]:
    return check(list(expected(staged.shop)), staged.sandbox)


async def test_a_key_that_is_revoked_in_the_middle_ends_the_run_and_the_next_completes(tmp_path: Path) -> None:
    async with stage(demo_catalogue(PRODUCTS), tmp_path, lag=0.0) as staged:
        staged.shop.settings.revoke_after = 40
        ended = await staged.program(PRESTASHOP_PAGE_SIZE="10").run()
        assert ended.code == 2, ended.err
        assert "key" in ended.out and staged.report()["run"]["state"] == "broken"
        assert staged.report()["outcomes"]["archived"] == 0
        staged.shop.settings.revoke_after = 1_000_000
        ended = await staged.program().run()
        assert ended.code == 1, ended.out
        assert not agrees(staged)


async def test_a_shop_with_vat_switched_off_asks_what_its_prices_are_before_anything_is_written(tmp_path: Path) -> None:
    async with stage(demo_catalogue(12), tmp_path, lag=0.0) as staged:
        staged.shop.settings.configuration["PS_TAX"] = "0"
        ended = await staged.program().run()
        assert ended.code == 2 and "PRESTASHOP_PRICES" in ended.err
        assert not staged.writes()
        ended = await staged.program(PRESTASHOP_PRICES="gross").run()
        assert ended.code in {0, 1} and staged.sandbox.products(DEMO_SHOP_GUID)


async def test_an_overloaded_shop_is_waited_for(tmp_path: Path) -> None:
    async with stage(demo_catalogue(PRODUCTS), tmp_path, lag=0.0) as staged:
        staged.shop.settings.faults.extend(
            [
                Fault("status", status=429, retry_after="1", resource="combinations", times=1),
                Fault("status", status=503, resource="stock_availables", times=2),
                Fault("truncated", resource="products", after=3, times=1),
            ]
        )
        ended = await staged.program().run()
        assert ended.code == 1, ended.err
        assert not agrees(staged)


async def test_products_that_come_and_go_during_the_run_are_accounted_for_by_id(tmp_path: Path) -> None:
    catalogue = demo_catalogue(PRODUCTS)
    async with stage(catalogue, tmp_path, lag=0.0) as staged:
        gone = max(identity for identity in catalogue.products if identity not in catalogue.broken)
        pages = 0

        def meanwhile(_: PrestaShop, call: LoggedRequest) -> None:
            nonlocal pages
            pages += call.resource == "combinations"
            if pages == 2 and gone in catalogue.products:
                catalogue.delete_product(gone)

        staged.shop.hook = meanwhile
        ended = await staged.program(PRESTASHOP_PAGE_SIZE="10", SHOP_CONCURRENCY="1").run()
        assert ended.code == 1, ended.err
        assert gone not in catalogue.products
        assert staged.report()["audit"]["agrees"] is True
        assert not agrees(staged)


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
