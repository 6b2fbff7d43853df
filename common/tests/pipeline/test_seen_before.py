"""A product that the shop shows just as it was brought in is not prepared again, and is reported as before."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from gateway_importer.catalog import (
    CategoryId,
    Counted,
    Image,
    Kind,
    LeftOutVariant,
    NotCounted,
    Notice,
    NoVatRate,
    Option,
    Price,
    Product,
    ProductId,
    SkipRule,
    UnknownStock,
    Variant,
    VariantId,
    VatRate,
)
from gateway_importer.pipeline.seen import as_seen
from gateway_importer.sandbox import Fault
from import_runs import World
from made_up_shop import SHIRTS, grouped, simple

VARIANT = Variant(VariantId("1"), Price(Decimal("1.00"), VatRate(Decimal(23))), Counted(Decimal(1)))
PRODUCT = Product(ProductId("1"), "Kubek", (VARIANT,))
OF_A_VARIANT: dict[str, Any] = {
    "source_id": VariantId("2"),
    "price": Price(Decimal("1.00"), NoVatRate("exempt")),
    "stock": NotCounted(),
    "sku": "A",
    "gtin": "5901234123457",
    "options": (Option("Rozmiar", "M", "size"),),
    "name": "Kubek M",
    "description": "",
    "categories": (),
    "images": (),
    "weight": Decimal(1),
    "for_sale": False,
    "backorders": True,
    "page_url": "https://sklep.example/1#2",
}
OF_A_PRODUCT: dict[str, Any] = {
    "source_id": ProductId("2"),
    "name": "Kubek duży",
    "variants": (VARIANT, VARIANT),
    "description": "<p></p>",
    "brief": "krótko",
    "brand": "Marka",
    "categories": (CategoryId("1"),),
    "main_category": CategoryId("1"),
    "images": (Image("1", "https://sklep.example/1.jpg"),),
    "kind": Kind.VIRTUAL,
    "left_out": (LeftOutVariant(VariantId("2"), "M", rule=SkipRule.DISABLED),),
    "attributes": (("Kolor", "biały"),),
    "notices": (Notice("gtin_invalid", "…"),),
    "page_url": "https://sklep.example/1",
    "shared": (VariantId("1"),),
}


def test_whatever_the_shop_says_otherwise_makes_another_digest() -> None:
    assert {one.name for one in dataclasses.fields(Variant)} == set(OF_A_VARIANT)
    assert {one.name for one in dataclasses.fields(Product)} == {*OF_A_PRODUCT, "updated_at"}
    variants = [replace(VARIANT, **{name: value}) for name, value in OF_A_VARIANT.items()]
    variants += [replace(VARIANT, stock=UnknownStock()), replace(VARIANT, stock=Counted(Decimal(2)))]
    products = [replace(PRODUCT, **{name: value}) for name, value in OF_A_PRODUCT.items()]
    products += [PRODUCT, *(replace(PRODUCT, variants=(variant,)) for variant in variants)]
    digests = {as_seen(product, "settings") for product in products} | {as_seen(PRODUCT, "others")}
    assert len(digests) == len(products) + 1


def test_a_change_date_alone_is_no_change() -> None:
    touched = replace(PRODUCT, updated_at=datetime(2026, 11, 25, tzinfo=UTC))
    assert as_seen(touched, "settings") == as_seen(PRODUCT, "settings")


async def test_what_was_said_of_a_product_is_said_again(world: World) -> None:
    world.shop.put(simple(1, shows=["a"]), simple(2, sku="SKU-1"), grouped(3))
    world.shop.put(replace(simple(4, categories=()), notices=(Notice("gtin_invalid", "Its EAN is none."),)))
    first = await world.run()
    second = await world.run()
    assert second.counts == {"unchanged": 4}
    assert [(row.product, row.code, row.text) for row in second.notices] == [
        (row.product, row.code, row.text) for row in first.notices
    ]
    assert {row.code for row in second.notices} == {"gtin_invalid", "sku_taken"}
    told = ("variants", "products_vat23", "products_without_category", "products_without_picture")
    assert {name: second.report.facts.totals[name] for name in told} == {
        "variants": 5, "products_vat23": 4, "products_without_category": 1, "products_without_picture": 3,
    }  # fmt: skip
    assert {name: first.report.facts.totals[name] for name in told} == {
        name: second.report.facts.totals[name] for name in told
    }


@pytest.mark.parametrize(
    ("setting", "value", "shown"),
    [("DESCRIPTION", "text", "Opis"), ("NET_DECIMALS", "2", "<p>Opis</p>")],
)
async def test_another_setting_is_carried_out_on_products_that_did_not_change(
    world: World, setting: str, value: str, shown: str
) -> None:
    world.shop.put(simple(1, gross="1.04", categories=(SHIRTS,)))
    await world.run()
    world.settings[setting] = value
    run = await world.run()
    assert run.counts == {"updated": 1}
    assert world.by_sku()["SKU-1"]["product"]["desc"] == shown


async def test_a_list_that_fails_while_the_shop_is_read_is_read_at_the_end(world: World) -> None:
    world.shop.put(*(simple(number) for number in range(1, 20)))
    await world.run()
    world.shop.put(simple(3, gross="99.00"), simple(30))
    world.sandbox.faults.append(Fault(what="status", status=400, path="_query", times=1))
    run = await world.run()
    assert run.error is None and run.counts == {"created": 1, "updated": 1, "unchanged": 18}
    assert run.report.facts.audit_agrees
    assert world.sandbox.faults[-1].hits == 1


async def test_the_list_that_was_read_ahead_is_completed_with_what_the_run_made(world: World) -> None:
    world.shop.put(*(simple(number) for number in range(1, 20)))
    await world.run()
    world.shop.put(*(simple(number) for number in range(20, 150)))
    run = await world.run(READ_BACK="100")
    assert run.error is None and run.report.facts.audit_agrees
    assert dict(run.report.facts.audit)["of them held otherwise than they were sent"] == 0
