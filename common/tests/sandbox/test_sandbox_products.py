"""Creating, changing and removing products: what is taken, what is refused, what stays."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from gateway_importer.sandbox import DEMO_SHOP_GUID, Sandbox
from visitor import OTHER_KEY, OTHER_SHOP, Visitor, element, token

PRICE = {"currency": "zł", "vat_percent": 0, "amount": 1}
NOBODY = "00000000-0000-4000-8000-000000000000"

WRONG: list[tuple[str, Any]] = [
    ("name", ""), ("name", None), ("name", 5), ("sku", " "), ("sku", None), ("desc", None), ("brief", ["x"]),
    ("base_price_type", "wholesale"), ("base_price", None), ("base_price", 5),
    ("base_price", {"currency": "zł", "amount": 1}), ("base_price", {**PRICE, "gross": 2}),
    ("base_price", {**PRICE, "currency": "PLN"}), ("base_price", {**PRICE, "vat_percent": 23}),
    ("base_price", {**PRICE, "vat_percent": False}), ("base_price", {**PRICE, "amount": "1.00"}),
    ("base_price", {**PRICE, "amount": -1}), ("base_price", {**PRICE, "amount": True}),
    ("base_price", {**PRICE, "amount": 1.1234567}), ("cost_price", {**PRICE, "amount": None}),
    ("vat", "VAT7"), ("vat", 23), ("vat", "23"), ("vat", None),
    ("images", "https://shop.example/a.jpg"), ("images", ["a.jpg"]), ("images", ["//shop.example/a.jpg"]),
    ("images", ["ftp://shop.example/a.jpg"]), ("images", ["https://shop.example/ż.jpg"]),
    ("images", ["https://shop.example/a b.jpg"]), ("images", ["https:///a.jpg"]), ("images", [None]),
    ("tag_guids", None), ("tag_guids", [NOBODY]), ("tag_guids", ["Woman"]), ("tag_guids", [5]),
    ("data", []), ("data", None), ("data", {"variants": ["M"]}), ("data", {"variants": {"size": 5}}),
    ("data", {"imageFiles": "x"}), ("gtin", "5901234123457"), ("base_prise", PRICE),
]  # fmt: skip


async def test_a_product_is_kept_as_it_was_sent(visitor: Visitor, sandbox: Sandbox) -> None:
    sent = element("TS-1", images=["https://shop.example/a%20b.jpg"])
    (guid,) = await visitor.made(sent)
    (kept,) = sandbox.products(DEMO_SHOP_GUID)
    assert kept["guid"] == guid
    assert (kept["archived"], kept["for_sale"], kept["stock_level"]) == (False, True, 7)
    assert kept["product"] == {**sent["product"], "base_price": {**PRICE, "amount": Decimal("81.3")}}
    assert sandbox.products(DEMO_SHOP_GUID, archived=True) == []


async def test_the_answer_has_the_shape_of_the_setting(visitor: Visitor, sandbox: Sandbox) -> None:
    _, answer = await visitor.create(element("A"))
    (row,) = answer["products"]
    assert row == {"guid": sandbox.products(DEMO_SHOP_GUID)[0]["guid"], "sku": "A"}
    sandbox.settings.response_shape = "list"
    _, answer = await visitor.create(element("B"))
    assert [row["sku"] for row in answer] == ["B"]
    sandbox.settings.response_shape = "none"
    assert await visitor.create(element("C")) == (201, {})


async def test_stock_may_be_left_out_and_nothing_else(visitor: Visitor, sandbox: Sandbox) -> None:
    whole = element()
    del whole["stock_level"]
    await visitor.made(whole)
    assert sandbox.products(DEMO_SHOP_GUID)[0]["stock_level"] is None
    for name in ("archived", "for_sale", "product"):
        status, answer = await visitor.create({key: value for key, value in element().items() if key != name})
        assert status == 400
        assert name in answer["message"]
    for name in element()["product"]:
        lacking = element()
        del lacking["product"][name]
        status, answer = await visitor.create(lacking)
        assert status == 400
        assert name in answer["message"]


async def test_a_field_of_the_wrong_kind_is_refused_by_its_name(visitor: Visitor, sandbox: Sandbox) -> None:
    for field, value in WRONG:
        status, answer = await visitor.create(element(**{field: value}))
        assert (status, field in answer["message"]) == (400, True), (field, value)
    assert sandbox.products(DEMO_SHOP_GUID) == []


async def test_a_change_is_checked_as_a_creation_is(visitor: Visitor, sandbox: Sandbox) -> None:
    (guid,) = await visitor.made(element())
    before = sandbox.products(DEMO_SHOP_GUID)
    for field, value in WRONG:
        status, answer = await visitor.change(guid, {"product": {field: value}})
        assert (status, field in answer["message"]) == (400, True), (field, value)
    assert sandbox.products(DEMO_SHOP_GUID) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [("archived", 0), ("archived", None), ("for_sale", "yes"), ("stock_level", -1), ("stock_level", 1.0),
     ("stock_level", True), ("stock_level", None), ("stock_level", "7"), ("stock", 7)],
)  # fmt: skip
async def test_a_field_beside_the_product_is_checked_too(visitor: Visitor, field: str, value: Any) -> None:
    status, answer = await visitor.create({**element(), field: value})
    assert status == 400
    assert field in answer["message"]


@pytest.mark.parametrize("body", [{}, {"products": []}, {"products": {}}, {"products": [5]}])
async def test_a_body_without_products_is_refused(visitor: Visitor, body: object) -> None:
    status, _ = await visitor.ask("POST", f"/dashboard/webshop/{visitor.shop}/products", body)
    assert status == 400


@pytest.mark.parametrize(
    ("amount", "taken"),
    [("0", True), ("81.300813", True), ("0.845528", True), ("81.30000000", False), ("8.13e1", False),
     ("81.299999999999997", False), ("1000000000", False)],
)  # fmt: skip
async def test_amounts_are_judged_by_the_very_text_that_was_sent(visitor: Visitor, amount: str, taken: bool) -> None:
    text = json.dumps({"products": [element()]}).replace("81.3", amount)
    status, _ = await visitor.ask("POST", f"/dashboard/webshop/{visitor.shop}/products", text=text)
    assert (status == 201) == taken


async def test_a_setting_refuses_more_than_two_decimals(visitor: Visitor, sandbox: Sandbox) -> None:
    sandbox.settings.amount_decimals = 2
    status, _ = await visitor.create(element(base_price={**PRICE, "amount": 0.845}))
    assert status == 400


async def test_one_request_carries_the_variants_of_one_product_only(visitor: Visitor, sandbox: Sandbox) -> None:
    shirt, cup, collection = (
        await visitor.tag("Shirt"),
        await visitor.tag("Cup"),
        await visitor.tag("New", "collection"),
    )
    _, categories = await visitor.ask("GET", "/tags/?type=category")
    category = categories[0]["guid"]
    for tags in ([], [category], [collection]):
        assert (await visitor.create(element("A", tags=tags), element("B", tags=tags)))[0] == 400
    assert (await visitor.create(element("A", tags=[shirt]), element("B", tags=[cup])))[0] == 400
    assert sandbox.products(DEMO_SHOP_GUID) == []
    assert len(await visitor.made(element("A", tags=[category, shirt]), element("B", tags=[shirt]))) == 2


async def test_another_shops_tag_does_not_exist(visitor: Visitor, sandbox: Sandbox) -> None:
    own = visitor.authorization
    visitor.shop, visitor.authorization = OTHER_SHOP, f"Bearer {token(OTHER_SHOP, OTHER_KEY)}"
    foreign = await visitor.tag("Shirt")
    visitor.shop, visitor.authorization = DEMO_SHOP_GUID, own
    assert (await visitor.create(element(tags=[foreign])))[0] == 400


async def test_one_bad_variant_keeps_all_of_its_request_out(visitor: Visitor, sandbox: Sandbox) -> None:
    tag = await visitor.tag("Shirt")
    status, answer = await visitor.create(element("A", tags=[tag]), element("B", tags=[tag], vat="VAT7"))
    assert status == 400
    assert "products[1].product.vat" in answer["message"]
    assert sandbox.products(DEMO_SHOP_GUID) == []


async def test_the_same_sku_twice_makes_two_products(visitor: Visitor) -> None:
    first, second = await visitor.made(element("A")) + await visitor.made(element("A"))
    assert first != second


async def test_a_change_keeps_what_it_leaves_out(visitor: Visitor, sandbox: Sandbox) -> None:
    (guid,) = await visitor.made(element(data={"variants": {"size": "M"}, "brand": "X"}, images=["http://a.example/1"]))
    before = sandbox.products(DEMO_SHOP_GUID)[0]
    assert (await visitor.change(guid, {"archived": True}))[0] == 200
    (kept,) = sandbox.products(DEMO_SHOP_GUID, archived=True)
    assert kept["product"] == before["product"]
    assert (kept["stock_level"], kept["for_sale"]) == (7, True)
    assert kept["timestamps"]["created"] == before["timestamps"]["created"]
    await visitor.change(guid, {"stock_level": 0, "product": {"name": "Shirt", "data": {"new": 1}}})
    (kept,) = sandbox.products(DEMO_SHOP_GUID)
    assert kept["product"] == {**before["product"], "name": "Shirt", "data": {"new": 1}}
    assert (kept["archived"], kept["stock_level"]) == (True, 0)


@pytest.mark.parametrize("body", [{}, {"guid": NOBODY}, {"products": []}, {"product": {"price": 5}}, {"product": 5}])
async def test_a_change_with_an_unknown_field_or_none_is_refused(visitor: Visitor, body: object) -> None:
    (guid,) = await visitor.made(element())
    assert (await visitor.change(guid, body))[0] == 400


async def test_a_change_of_an_unknown_product_names_it(visitor: Visitor) -> None:
    status, answer = await visitor.change(NOBODY, {"archived": True})
    assert status == 404
    assert "product" in answer["message"]
    assert NOBODY in answer["message"]


async def test_the_route_of_changes_can_be_missing(visitor: Visitor, sandbox: Sandbox) -> None:
    (guid,) = await visitor.made(element())
    sandbox.settings.put_route = "405"
    assert (await visitor.change(guid, {"archived": True}))[0] == 405
    sandbox.settings.put_route = "aws"
    assert await visitor.change(guid, {"archived": True}) == (403, {"message": "Missing Authentication Token"})
    sandbox.settings.put_route = "404"
    status, answer = await visitor.change(guid, {"archived": True})
    assert status == 404
    assert guid not in answer["message"]
    assert sandbox.products(DEMO_SHOP_GUID)[0]["archived"] is False


@pytest.mark.parametrize("order", [("dashboard/webshops", "organizations"), ("organizations", "dashboard/webshops")])
async def test_a_product_goes_only_when_both_deletes_were_called(
    visitor: Visitor, sandbox: Sandbox, order: tuple[str, str]
) -> None:
    (guid,) = await visitor.made(element())
    first, second = (f"/{part}/{visitor.shop}/products/{guid}/" for part in order)
    assert (await visitor.ask("DELETE", first))[0] == 204
    assert len(sandbox.products(DEMO_SHOP_GUID)) == len(await visitor.found()) == 1
    assert (await visitor.ask("DELETE", first))[0] == 404
    assert (await visitor.ask("DELETE", second))[0] == 204
    assert sandbox.products(DEMO_SHOP_GUID) == []
    assert await visitor.found() == []
    assert (await visitor.ask("DELETE", second))[0] == 404


async def test_names_and_skus_are_trimmed_by_a_setting_only(visitor: Visitor, sandbox: Sandbox) -> None:
    await visitor.made(element(" A  1 ", name="Two  words "))
    sandbox.settings.trim = True
    await visitor.made(element(" A  1 ", name="Two  words "))
    kept = [(row["product"]["sku"], row["product"]["name"]) for row in sandbox.products(DEMO_SHOP_GUID)]
    assert kept == [(" A  1 ", "Two  words "), ("A 1", "Two words")]
