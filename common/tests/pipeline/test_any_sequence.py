"""Whatever happened before, one undisturbed run leaves a Gateway that equals the shop: any sequence of edits at the
shop and by hand at the Gateway, of runs, crashes, lost answers and lost ledgers, made up by hypothesis.

With OVERWRITE=always it is equal in everything that is sent; with the default, an edit by hand stays where the shop
did not change that field since. Some sequences run with every test, many with ``-m soak``.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from gateway_importer.catalog import Counted, Image, Product, Variant
from gateway_importer.sandbox import DEMO_SHOP_GUID, Fault, Sandbox
from gateway_importer.sandbox.categories import MARKETPLACE, Marketplace
from gateway_importer.sandbox.products import gross_price
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from import_runs import Run, World
from made_up_shop import MUGS, SHIRTS, MadeUpShop, grouped, picture_bytes, price, simple
from visitor_by_hand import Hand

NUMBERS = st.integers(1, 4)
NAMES = st.sampled_from(["Koszulka", "Kubek", "Kurtka"])
SIZES = st.sampled_from(["S", "M", "L", "XL"])
SKUS = st.sampled_from(["", "A", "B"])
GROSS = st.sampled_from(["9.99", "1.04", "123.00"])
REQUESTS = st.sampled_from([
    ("POST", "/products$"), ("PUT", "/products/"), ("POST", "/tags/"), ("POST", "/uploads/"), ("POST", "/store/"),
    ("POST", "/_query"), ("GET", "/tags/"),
])  # fmt: skip

Key = tuple[str, str]
"""product and variant"""


@dataclass
class Edit:
    """A field that a person changed at the Gateway, and whether the shop had not changed it since the last run."""

    value: Any
    clean: bool


class ShopAndGateway(RuleBasedStateMachine):
    """What may happen to a shop and its Gateway in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="sequence-"))
        self.runner = asyncio.Runner()
        self.world = World(MadeUpShop(), Sandbox(), self.folder / "state", {"ARCHIVE_MANY": "yes"})
        self.runner.run(self.world.sandbox.start())
        self.runs = 0
        self.pictures = 0
        # The shop's value of each field of each variant, and whether it was another one since the last whole run.
        self.synced: dict[Key, dict[str, Any]] = {}
        self.moved: dict[Key, set[str]] = defaultdict(set)
        self.edits: dict[Key, dict[str, Edit]] = defaultdict(dict)

    def teardown(self) -> None:
        try:
            if self.world.shop.products:
                self.undisturbed()
        finally:
            self.runner.run(self.world.sandbox.close())
            self.runner.close()
            shutil.rmtree(self.folder)

    @initialize(overwrite=st.sampled_from(["changed", "always"]), lag=st.sampled_from([0.0, 0.1]))
    def begin(self, overwrite: str, lag: float) -> None:
        self.world.settings["OVERWRITE"] = overwrite
        self.world.sandbox.settings.index_lag = lag
        self.put(simple(1, name="Koszulka", shows=["a", "b"]), grouped(2, name="Kubek", shows=["a"]))

    # --- the shop ------------------------------------------------------------------------------------------------

    def put(self, *products: Product) -> None:
        self.world.shop.put(*products)
        self.note_moves()

    def note_moves(self) -> None:
        now = self.shown_by_shop()
        for key in {*now, *self.synced}:
            for name in FIELDS:
                if now.get(key, {}).get(name) != self.synced.get(key, {}).get(name):
                    self.moved[key].add(name)

    def shown_by_shop(self) -> dict[Key, dict[str, Any]]:
        return {
            (identity, str(variant.source_id)): shop_fields(product, variant)
            for identity, product in self.world.shop.products.items()
            for variant in product.variants
        }

    def product(self, number: int) -> Product | None:
        return self.world.shop.products.get(str(number))

    def edit(self, number: int, **changes: Any) -> None:
        product = self.product(number)
        if product is not None:
            self.put(replace(product, **changes))

    def edit_variants(self, number: int, place: int, **changes: Any) -> None:
        product = self.product(number)
        if product is not None:
            variants = list(product.variants)
            variants[place % len(variants)] = replace(variants[place % len(variants)], **changes)
            self.put(replace(product, variants=tuple(variants)))

    @rule(number=NUMBERS, name=NAMES, sku=st.none() | SKUS, sizes=st.lists(SIZES, unique=True, max_size=3))
    def create(self, number: int, name: str, sku: str | None, sizes: list[str]) -> None:
        """A new product, or another one in an old one's place: with variants where it had none, and the reverse."""
        if sizes:
            self.put(grouped(number, sizes, name=name, sku=sku, shows=["a", f"p{number}"]))
        else:
            self.put(simple(number, name=name, sku=sku, shows=[f"p{number}"]))

    @rule(number=NUMBERS, name=NAMES)
    def rename(self, number: int, name: str) -> None:
        self.edit(number, name=name)

    @rule(number=NUMBERS, text=st.sampled_from(["<p>Opis</p>", "<p>Nowy opis</p>", ""]))
    def describe(self, number: int, text: str) -> None:
        self.edit(number, description=text)

    @rule(number=NUMBERS, category=st.sampled_from([SHIRTS, MUGS]))
    def move_to_category(self, number: int, category: Any) -> None:
        self.edit(number, categories=(category,))

    @rule(number=NUMBERS, place=st.integers(0, 2), gross=GROSS)
    def reprice(self, number: int, place: int, gross: str) -> None:
        self.edit_variants(number, place, price=price(gross))

    @rule(number=NUMBERS, place=st.integers(0, 2), quantity=st.integers(0, 3))
    def restock(self, number: int, place: int, quantity: int) -> None:
        self.edit_variants(number, place, stock=Counted(Decimal(quantity)))

    @rule(number=NUMBERS, place=st.integers(0, 2), sku=SKUS)
    def give_sku(self, number: int, place: int, sku: str) -> None:
        self.edit_variants(number, place, sku=sku)

    @rule(one=NUMBERS, other=NUMBERS)
    def swap_skus(self, one: int, other: int) -> None:
        first, second = self.product(one), self.product(other)
        if first is not None and second is not None and first is not second:
            skus = first.variants[0].sku, second.variants[0].sku
            self.edit_variants(one, 0, sku=skus[1])
            self.edit_variants(other, 0, sku=skus[0])

    @rule(number=NUMBERS)
    def reorder_variants(self, number: int) -> None:
        product = self.product(number)
        if product is not None:
            self.put(replace(product, variants=product.variants[::-1]))

    @rule(number=NUMBERS, size=SIZES)
    def add_or_remove_variant(self, number: int, size: str) -> None:
        product = self.product(number)
        if product is None or not product.variants[0].options:
            return
        left = tuple(one for one in product.variants if one.options[0].value != size)
        if len(left) == len(product.variants):
            left = (*left, grouped(number, [size]).variants[0])
        if left:
            self.put(replace(product, variants=left))

    @rule(number=NUMBERS)
    def replace_picture(self, number: int) -> None:
        """Another picture under the same address: the shop tells it by its key."""
        product = self.product(number)
        if product is not None and product.images:
            self.pictures += 1
            first = product.images[0]
            new = Image(f"n{self.pictures}", first.url, first.public_url)
            self.put(replace(product, images=(new, *product.images[1:])))

    @rule(number=NUMBERS)
    def reorder_pictures(self, number: int) -> None:
        product = self.product(number)
        if product is not None:
            self.put(replace(product, images=product.images[::-1]))

    @rule(number=NUMBERS, gone=st.booleans())
    def take_out(self, number: int, gone: bool) -> None:
        """Deleted, or switched off; the last one stays, since a shop that shows none is never believed."""
        if self.product(number) is None or len(self.world.shop.products) == 1:
            return
        if gone:
            self.world.shop.take_out(number)
        else:
            self.world.shop.disable(number)
        self.note_moves()

    # --- the Gateway -----------------------------------------------------------------------------------------------

    @rule(
        number=NUMBERS,
        place=st.integers(0, 2),
        what=st.sampled_from(["name", "desc", "stock_level", "price", "images", "for_sale", "tag"]),
    )
    def edit_by_hand(self, number: int, place: int, what: str) -> None:
        product = self.product(number)
        if product is None:
            return
        variant = product.variants[place % len(product.variants)]
        key = (str(number), str(variant.source_id))
        rows = [row for row in self.world.objects() if marked(row) == key]
        if len(rows) != 1:
            return
        row = rows[0]
        hand = Hand(self.world.sandbox)
        self.runner.run(self._change_by_hand(hand, row, what))
        self.let_the_query_catch_up()
        if what != "tag":
            changed = next(one for one in self.world.objects() if one["guid"] == row["guid"])
            clean = what not in self.moved[key]
            self.edits[key][what] = Edit(self.held_fields(changed)[what], clean)

    async def _change_by_hand(self, hand: Hand, row: dict[str, Any], what: str) -> None:
        amount = {"currency": "zł", "vat_percent": 0, "amount": 50}
        match what:
            case "stock_level":
                await hand.change(row["guid"], stock_level=77)
            case "for_sale":
                await hand.change(row["guid"], for_sale=not row["for_sale"])
            case "price":
                await hand.change(row["guid"], product={"base_price": amount})
            case "images":
                await hand.change(row["guid"], product={"images": row["product"]["images"][::-1]})
            case "tag":
                tags = [tag["guid"] for tag in self.world.sandbox.tags(SHOP) if tag["name"] == "Ręcznie"]
                tag = tags[0] if tags else await hand.make_tag("Ręcznie", "collection")
                await hand.hang(tag, row["guid"])
            case _:
                await hand.change(row["guid"], product={what: "Poprawione ręcznie"})

    # --- runs ------------------------------------------------------------------------------------------------------

    @rule()
    def undisturbed(self) -> None:
        self.let_the_query_catch_up()
        run = self.runner.run(self.world.run())
        self.arrived(run)
        self.let_the_query_catch_up()
        writes = len(self.world.writes())
        again = self.runner.run(self.world.run())
        assert again.error is None and len(self.world.writes()) == writes, "a second run writes nothing"

    def let_the_query_catch_up(self) -> None:
        """A run sees by the query alone what was done by hand just now."""
        self.runner.run(asyncio.sleep(self.world.sandbox.settings.index_lag * 1.5))

    @rule(request=REQUESTS, nth=st.integers(1, 4), done=st.booleans(), seconds=st.sampled_from([0.05, 60.0]))
    def killed(self, request: tuple[str, str], nth: int, done: bool, seconds: float) -> None:
        """Dead while a request is under way: it was carried out, or is a moment later, or never."""
        method, path = request
        fault = Fault(
            what="stall", method=method, path=path, nth=nth, times=1, when="after" if done else "before",
            seconds=seconds,
        )  # fmt: skip
        run = self.runner.run(self.world.run_killed(fault))
        if run is not None:
            self.arrived(run)

    @rule(
        request=REQUESTS,
        what=st.sampled_from(["status", "html", "reset", "truncate", "cut", "late"]),
        done=st.booleans(),
        nth=st.integers(1, 3),
        times=st.integers(1, 8),
    )
    def disturbed(self, request: tuple[str, str], what: Any, done: bool, nth: int, times: int) -> None:
        """A run that meets trouble on its way, and ends however it ends."""
        method, path = request
        fault = Fault(
            what=what, method=method, path=path, nth=nth, times=times, when="after" if done else "before", seconds=0.05
        )
        self.world.sandbox.faults.append(fault)
        self.runner.run(self.world.run())
        self.world.sandbox.faults.clear()

    @rule(after=st.integers(1, 4))
    def stopped(self, after: int) -> None:
        self.runner.run(self.world.run(stop_after=after))

    @precondition(lambda self: self.synced)
    @rule()
    def lose_the_ledger(self) -> None:
        self.world.lose_the_ledger()

    # --- what must be ----------------------------------------------------------------------------------------------

    def arrived(self, run: Run) -> None:
        assert run.error is None, run.error
        assert "failed" not in run.counts, [row for row in run.rows.values() if row.code]
        shop = self.shown_by_shop()
        held: dict[Key, dict[str, Any]] = {}
        for row in self.world.objects():
            key = marked(row)
            assert key not in held, f"{key} is at the Gateway twice"
            held[key] = row
        assert set(held) == set(shop)
        for key, wanted in shop.items():
            found = self.held_fields(held[key])
            for name in FIELDS:
                permitted = self.permitted(key, name, wanted[name])
                assert found[name] in permitted, f"{key} {name}: {found[name]!r}, not {permitted!r}"
                if found[name] == wanted[name]:
                    self.edits[key].pop(name, None)
        self.one_tag_for_each_group(held)
        self.skus_of_their_own(held)
        self.synced = shop
        self.moved.clear()
        for key in list(self.edits):
            if key not in shop:
                del self.edits[key]
            else:
                self.edits[key] = {name: Edit(edit.value, True) for name, edit in self.edits[key].items()}

    def permitted(self, key: Key, name: str, wanted: Any) -> list[Any]:
        edit = self.edits[key].get(name)
        if edit is None or self.world.settings["OVERWRITE"] == "always":
            return [wanted]
        if edit.clean and name not in self.moved[key]:
            return [edit.value]
        if key in self.synced and self.synced[key][name] != wanted and edit.clean:
            return [wanted]
        return [wanted, edit.value]  # it changed and changed back, or a run died in between

    def held_fields(self, row: dict[str, Any]) -> dict[str, Any]:
        product = row["product"]
        return {
            "name": product["name"],
            "desc": product["desc"],
            "price": gross_price(product),
            "stock_level": row["stock_level"],
            "for_sale": row["for_sale"],
            "options": product["data"].get("variants", {}),
            "images": [self.world.sandbox.picture(address) for address in product["images"]],
            "categories": {MARKET[tag].name for tag in product["tag_guids"] if tag in MARKET},
        }

    def one_tag_for_each_group(self, held: dict[Key, dict[str, Any]]) -> None:
        variant_tags = {tag["guid"] for tag in self.world.sandbox.tags(SHOP) if tag["type"] == "variant"}
        carriers: dict[str, set[str]] = defaultdict(set)
        for (product, variant), row in held.items():
            mine = [tag for tag in row["product"]["tag_guids"] if tag in variant_tags]
            assert len(mine) == (1 if variant else 0), f"{product} {variant} carries {len(mine)} variant tags"
            for tag in mine:
                carriers[tag].add(product)
        assert all(len(products) == 1 for products in carriers.values()), "two products share a variant tag"
        assert len(carriers) == sum(bool(one.variants[0].options) for one in self.world.shop.products.values())

    def skus_of_their_own(self, held: dict[Key, dict[str, Any]]) -> None:
        skus = [str(row["product"]["sku"]) for row in held.values()]
        assert len(set(skus)) == len(skus), f"two objects carry one SKU: {sorted(skus)}"
        for (product, variant), row in held.items():
            own = next(one.sku for one in self.world.shop.products[product].variants if one.source_id == variant)
            assert row["product"]["sku"].split("~")[0] in {own, f"{product}-{variant}", product, ""}


SHOP = DEMO_SHOP_GUID
MARKET = Marketplace(lambda: MARKETPLACE).by_guid
CATEGORIES = {SHIRTS: {"Woman", "Clothing", "Shirts"}, MUGS: {"Home & Garden", "Kitchen", "Mugs"}}
FIELDS = ("name", "desc", "price", "stock_level", "for_sale", "options", "images", "categories")


def marked(row: dict[str, Any]) -> Key:
    mark = row["product"]["data"]["import"]
    return str(mark["product"]), str(mark["variant"])


def shop_fields(product: Product, variant: Variant) -> dict[str, Any]:
    """What a variant must look like at the Gateway, by the made-up shop's own words."""
    stock = variant.stock
    assert isinstance(stock, Counted)
    return {
        "name": product.name,
        "desc": product.description,
        "price": variant.price.gross,
        "stock_level": int(stock.quantity),
        "for_sale": variant.for_sale,
        "options": {"size": variant.options[0].value} if variant.options else {},
        "images": [picture_bytes(image.key) for image in product.images],
        "categories": CATEGORIES[product.categories[0]],
    }


def sequences(number: int, steps: int, *, same: bool = False) -> settings:
    return settings(
        max_examples=number,
        stateful_step_count=steps,
        derandomize=same,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),  # shrinking takes minutes; the steps that failed are printed
    )


def test_some_sequences_end_in_a_gateway_that_equals_the_shop() -> None:
    run_state_machine_as_test(ShopAndGateway, settings=sequences(8, 12, same=True))


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_many_sequences_end_in_a_gateway_that_equals_the_shop() -> None:
    run_state_machine_as_test(ShopAndGateway, settings=sequences(200, 30))
