"""Products whose members lie on several pages: each comes in once and whole, or not at all."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from gateway_importer.catalog import Failed, Fault, Page, Part, Product, ProductId
from gateway_importer.sandbox import Fault as Trouble
from gateway_importer.source import Join, PageHandle, ShopProfile
from import_runs import World
from made_up_shop import Ids, MadeUpShop, grouped, price, simple


@dataclass
class ScatteredShop(MadeUpShop):
    """Variants of a product are rows of their own, each some pages from the next. `named`: each says all of them."""

    named: bool = True
    unreadable: set[str] = field(default_factory=set)  # rows of which the shop tells nothing
    ghosts: dict[str, tuple[str, ...]] = field(default_factory=dict)  # members that are named and not there
    rows_read: Counter[str] = field(default_factory=Counter)
    backwards: bool = False
    again: tuple[str, ...] = ()  # rows that the last page shows once more

    def members(self, product: Product) -> tuple[str, ...]:
        names = tuple(str(one.source_id) for one in product.variants)
        return names + self.ghosts.get(str(product.source_id), ())

    def rows(self) -> list[str]:
        """The first members of all, then the second ones, and so on."""
        several = [one for one in self.products.values() if len(one.variants) > 1]
        longest = max((len(one.variants) for one in several), default=0)
        rows = [str(one.variants[k].source_id) for k in range(longest) for one in several if k < len(one.variants)]
        rows += [number for number, one in self.products.items() if one not in several]
        return rows[::-1] if self.backwards else [*rows, *self.again]

    async def profile(self) -> ShopProfile:
        return replace(await super().profile(), unique_variants=True)

    async def pages(self) -> AsyncIterator[PageHandle]:
        for handle in self.pages_of([ProductId(row) for row in self.rows()]):
            for _ in range(self.repeated_pages):
                yield handle

    async def read(self, page: PageHandle) -> Page:
        assert isinstance(page, Ids)
        self.hook(page)
        found = Page()
        for identity in page.ids:
            self.rows_read[identity] += 1
            if identity in self.unreadable:
                fault = Fault("odd", "It says nothing of itself.", "Look at it.")
                found = replace(found, failed=(*found.failed, Failed(ProductId(identity), "", fault)))
            elif len(getattr(self.products.get(identity), "variants", ())) == 1:
                found = replace(found, products=(*found.products, self.products[identity]))
            else:
                found = replace(found, parts=(*found.parts, *self.parts(identity)))
        return found

    def parts(self, identity: str) -> Iterator[Part]:
        """Of one row; of a product's id its first row, or all of them where none names the others."""
        for product in self.products.values():
            if len(product.variants) == 1:
                continue
            for number, one in enumerate(product.variants):
                if identity == str(one.source_id) or (
                    identity == str(product.source_id) and (number == 0 or not self.named)
                ):
                    told = json.dumps({"id": str(one.source_id), "gross": str(one.price.gross)}).encode()
                    members = self.members(product) if self.named else None
                    yield Part(product.source_id, str(one.source_id), told, members)

    def joining(self) -> Join | None:
        return self.join

    def join(self, product: ProductId, parts: Sequence[Part], missing: Sequence[str]) -> Page:
        shown = self.products[str(product)]
        told = {(row := json.loads(part.data))["id"]: row["gross"] for part in parts}
        variants = tuple(
            replace(one, price=price(told[str(one.source_id)])) for one in shown.variants if str(one.source_id) in told
        )
        in_order = [str(one.source_id) for one in variants]
        assert list(told) == (in_order if self.named else sorted(in_order, key=lambda one: (len(one), one)))
        return Page((replace(shown, variants=variants),))


SIZES = ("S", "M", "L", "XL")


@pytest.fixture
def shop() -> ScatteredShop:
    shop = ScatteredShop()
    shop.put(*(grouped(number, SIZES) for number in range(1, 9)), simple(20), simple(21))
    return shop


@pytest.fixture
def scattered(world: World, shop: ScatteredShop) -> World:
    world.shop = shop
    return world


def everything() -> list[str]:
    return sorted([f"SKU-{number}-{size}" for number in range(1, 9) for size in SIZES] + ["SKU-20", "SKU-21"])


@pytest.mark.parametrize("named", [True, False])
async def test_each_comes_in_once_with_all_its_members_and_no_row_is_read_twice(
    scattered: World, shop: ScatteredShop, named: bool
) -> None:
    shop.named = named
    run = await scattered.run()
    assert run.counts == {"created": 10} and scattered.skus(archived=None) == everything()
    assert set(shop.rows_read.values()) == {1}
    written = len(scattered.writes())
    shop.backwards = True  # pages come in any order, and change nothing
    run = await scattered.run()
    assert run.counts == {"unchanged": 10} and len(scattered.writes()) == written


async def test_rows_that_a_shifted_page_shows_again_are_not_asked_for_and_change_nothing(
    scattered: World, shop: ScatteredShop
) -> None:
    shop.repeated_pages = 2
    run = await scattered.run()
    assert run.counts == {"created": 10} and scattered.skus(archived=None) == everything()
    assert set(shop.rows_read.values()) == {2} and len(scattered.posts()) == 10


@pytest.mark.parametrize("named", [True, False])
async def test_a_member_that_changes_after_its_product_was_joined_counts_as_it_is_now(
    scattered: World, shop: ScatteredShop, named: bool
) -> None:
    shop.named, shop.again = named, ("1-S",)

    def change(page: Ids) -> None:
        if "1-S" in page.ids and shop.rows_read["1-S"] == 1:
            first, *others = shop.products["1"].variants
            shop.put(replace(shop.products["1"], variants=(replace(first, price=price("99.99")), *others)))

    shop.hook = change
    assert (await scattered.run(SHOP_CONCURRENCY="1")).error is None
    assert scattered.gross("SKU-1-S") == Decimal("99.99") and scattered.skus() == everything()
    assert shop.rows_read["2-S"] == 1 and shop.rows_read["1-M"] == (2 if named else 1)


async def test_a_named_member_that_is_not_there_is_asked_for_once_and_then_done_without(
    scattered: World, shop: ScatteredShop
) -> None:
    shop.ghosts["3"] = ("3-XXL",)
    run = await scattered.run()
    assert run.counts == {"created": 10} and shop.rows_read["3-XXL"] == 1
    assert scattered.skus(archived=None) == everything()


@pytest.mark.parametrize("named", [True, False])
async def test_a_member_that_was_taken_out_is_archived_and_one_that_came_is_created(
    scattered: World, shop: ScatteredShop, named: bool
) -> None:
    shop.named = named
    await scattered.run()
    shop.put(grouped(4, ("S", "M", "XXL")))
    run = await scattered.run()
    assert run.counts == {"unchanged": 9, "updated": 1}
    assert [sku for sku in scattered.skus() if sku.startswith("SKU-4")] == ["SKU-4-M", "SKU-4-S", "SKU-4-XXL"]


async def test_a_member_that_cannot_be_understood_fails_its_product_and_takes_no_variant_away(
    scattered: World, shop: ScatteredShop
) -> None:
    await scattered.run()
    shop.unreadable.add("5-L")
    run = await scattered.run()
    assert run.outcomes["5"] == "failed" and run.rows["5"].code == "member_not_understood"
    assert "5-L" in run.rows["5"].cause and run.rows["5"].cure
    assert scattered.skus() == everything()
    shop.unreadable.clear()
    assert (await scattered.run()).counts == {"unchanged": 10}


async def test_a_page_that_breaks_by_a_mistake_of_ours_takes_no_variant_away(
    scattered: World, shop: ScatteredShop
) -> None:
    await scattered.run()

    def stumble(page: Ids) -> None:
        if "5-L" in page.ids:
            raise ZeroDivisionError

    shop.hook = stumble
    run = await scattered.run()
    assert run.rows["5"].code == "internal" and run.counts["failed"] >= 1
    assert scattered.skus() == everything()


async def test_one_that_cannot_be_joined_fails_alone(scattered: World, shop: ScatteredShop) -> None:
    join = shop.join

    def stumble(product: ProductId, parts: Sequence[Part], missing: Sequence[str]) -> Page:
        if str(product) == "7":
            raise ZeroDivisionError
        return join(product, parts, missing)

    shop.join = stumble  # type: ignore[method-assign]
    run = await scattered.run()
    assert run.counts == {"created": 9, "failed": 1} and run.rows["7"].code == "internal"


@pytest.mark.parametrize("named", [True, False])
async def test_what_failed_is_tried_again_with_all_its_members(
    scattered: World, shop: ScatteredShop, named: bool
) -> None:
    shop.named = named
    fault = Trouble(what="status", status=422, method="POST", path=r"/products$", body="SKU-2-")
    scattered.sandbox.faults.append(fault)
    assert (await scattered.run()).counts == {"created": 9, "failed": 1}
    scattered.sandbox.faults.clear()
    shop.rows_read.clear()
    assert (await scattered.run(command="retry")).counts == {"created": 1}
    assert scattered.skus(archived=None) == everything() and len(shop.rows_read) <= 4


async def test_a_short_cut_reads_all_members_of_what_changed_and_of_nothing_else(
    scattered: World, shop: ScatteredShop
) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=3)
    shop.dates = {**{str(number): long_ago for number in range(1, 9)}, "20": long_ago, "21": long_ago}
    assert (await scattered.run(TRUST_DATES="yes")).counts == {"created": 10}
    first, *others = shop.products["6"].variants
    shop.put(replace(shop.products["6"], variants=(replace(first, price=price("77.00")), *others)))
    shop.dates["6"] = datetime.now(UTC)
    shop.rows_read.clear()
    run = await scattered.run(TRUST_DATES="yes")
    assert run.counts == {"unchanged": 9, "updated": 1}
    assert {row.split("-")[0] for row in shop.rows_read} == {"6"} and max(shop.rows_read.values()) == 1
    assert scattered.gross("SKU-6-S") == Decimal("77.00")


# --- variants that change their product -----------------------------------------------------------------------------


def guids(world: World) -> dict[str, str]:
    return {sku: str(made["guid"]) for sku, made in world.by_sku(archived=None).items()}


async def test_a_group_that_is_called_after_another_member_keeps_its_objects_and_its_tag(
    scattered: World, shop: ScatteredShop
) -> None:
    await scattered.run()
    before, tags = guids(scattered), scattered.variant_tags()
    shop.put(replace(shop.products.pop("1"), source_id=ProductId("99")))
    scattered.sandbox.reset_log()
    run = await scattered.run()
    assert run.outcomes["99"] == "updated" or run.outcomes["99"] == "unchanged"
    assert "archived" not in run.counts and "created" not in run.counts
    assert guids(scattered) == before and scattered.variant_tags() == tags
    assert scattered.skus() == everything()
    scattered.sandbox.reset_log()
    assert (await scattered.run()).counts == {"unchanged": 10} and scattered.writes() == []


async def test_a_version_that_joins_a_group_keeps_its_object_and_gets_the_group_s_tag(
    scattered: World, shop: ScatteredShop
) -> None:
    alone = shop.products["2"].variants[-1]
    shop.put(replace(shop.products["2"], variants=shop.products["2"].variants[:-1]))
    shop.put(replace(simple(30, name="Produkt 2 XL"), variants=(alone,)))
    await scattered.run()
    before = guids(scattered)
    shop.take_out(30)
    shop.put(grouped(2, SIZES))
    run = await scattered.run()
    assert run.outcomes["2"] == "updated" and "archived" not in run.counts and "created" not in run.counts
    assert run.notices_of(2) == ["variants_moved"]
    assert guids(scattered) == before and scattered.skus() == everything()
    assert scattered.tags_of("SKU-2-XL") == scattered.tags_of("SKU-2-S")


async def test_a_version_that_leaves_a_group_keeps_its_object(scattered: World, shop: ScatteredShop) -> None:
    await scattered.run()
    before = guids(scattered)
    leaving = shop.products["2"].variants[-1]
    shop.put(replace(shop.products["2"], variants=shop.products["2"].variants[:-1]))
    shop.put(replace(simple(30, name="Produkt 2 XL"), variants=(leaving,)))
    run = await scattered.run()
    assert run.outcomes["30"] == "updated" and "created" not in run.counts
    assert guids(scattered) == before and scattered.skus() == everything()
    assert scattered.tags_of("SKU-2-XL") != scattered.tags_of("SKU-2-S")
    scattered.sandbox.reset_log()
    assert set((await scattered.run()).counts) == {"unchanged"} and scattered.writes() == []


async def test_without_its_ledger_a_group_of_another_name_is_still_recognised(
    scattered: World, shop: ScatteredShop
) -> None:
    await scattered.run()
    before = guids(scattered)
    shop.put(replace(shop.products.pop("1"), source_id=ProductId("99")))
    scattered.lose_the_ledger()
    run = await scattered.run()
    assert run.error is None and "created" not in run.counts and "archived" not in run.counts
    assert guids(scattered) == before and scattered.skus() == everything()
