"""The query: a full-text search over an index that may lag, and answers of the documented shape."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from gateway_importer.sandbox import DEMO_SHOP_GUID, Sandbox
from visitor import OTHER_KEY, OTHER_SHOP, Visitor, element, token

NEWEST = [{"timestamps.created": "desc"}, {"guid": "asc"}]


async def test_an_answer_has_the_documented_shape(visitor: Visitor) -> None:
    tag = await visitor.tag("T-shirt")
    (guid,) = await visitor.made(
        element("TS-1", tags=[tag], base_price={"currency": "zł", "vat_percent": 0, "amount": 0.81})
    )
    _, answer = await visitor.query()
    (row,) = answer["products"]
    unit = {"amount": 1.0, "currency": "zł", "vat": 0.19, "vat0": 0.81, "vat_percent": 23}
    created = row["timestamps"]["created"]
    assert created[19] == "."
    assert created.endswith("+00:00")
    assert row == {
        "guid": guid, "name": "T-shirt", "brief": "short", "desc": "<p>long</p>", "sku": "TS-1", "type": "default",
        "vat": "VAT23", "owner_guid": DEMO_SHOP_GUID, "archived": False, "for_sale": True, "stock_level": 7,
        "images": [], "tag_guids": [tag], "tags": [{"guid": tag, "name": "T-shirt", "type": "variant"}],
        "data": {"variants": {"size": "M"}},
        "price": {"currency": "zł", "vat_class": 23, "original": {"campaign_modifier": None, "unit": unit},
                  "final": {"unit": unit}},
        "timestamps": {"created": created, "updated": created},
        "activated": None, "pricing": None, "size": None, "weight": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("net", "vat", "gross"), [(0.845528, "VAT23", 1.04), (9.25, "VAT8", 9.99), (100, "VAT0", 100), (0.5, "VAT5", 0.53)]
)
async def test_the_gross_price_comes_to_the_grosz(visitor: Visitor, net: float, vat: str, gross: float) -> None:
    await visitor.made(element(vat=vat, base_price={"currency": "zł", "vat_percent": 0, "amount": net}))
    _, answer = await visitor.query()
    assert answer["products"][0]["price"]["original"]["unit"]["amount"] == gross


async def test_match_finds_all_that_share_any_word(visitor: Visitor) -> None:
    for sku in ("KOSZ-M-CZ", "kosz 5", "Czapka", "M"):
        await visitor.made(element(sku))
    assert sorted(await visitor.found({"match": {"sku": "KOSZ-M-CZ"}})) == ["KOSZ-M-CZ", "M", "kosz 5"]
    assert await visitor.found({"match": {"sku": {"query": "kosz-m-cz", "operator": "and"}}}) == ["KOSZ-M-CZ"]
    assert await visitor.found({"match": {"sku": "-"}}) == []


async def test_term_knows_words_and_keyword_the_whole(visitor: Visitor) -> None:
    await visitor.made(element("KOSZ-M"))
    assert await visitor.found({"term": {"sku": "KOSZ-M"}}) == []
    assert await visitor.found({"term": {"sku": "kosz"}}) == ["KOSZ-M"]
    assert await visitor.found({"term": {"sku.keyword": "KOSZ-M"}}) == ["KOSZ-M"]
    assert await visitor.found({"terms": {"sku.keyword": ["x", "KOSZ-M"]}}) == ["KOSZ-M"]
    assert await visitor.found({"term": {"stock_level": 7}}) == ["KOSZ-M"]
    assert await visitor.found({"term": {"archived": False}}) == ["KOSZ-M"]
    assert await visitor.found({"match": {"data.variants.size": "m"}}) == ["KOSZ-M"]


async def test_bool_combines(visitor: Visitor) -> None:
    for sku in ("A", "B", "C"):
        await visitor.made(element(sku))
    either = [{"match": {"sku": "A"}}, {"match": {"sku": "B"}}]
    assert sorted(await visitor.found({"bool": {"should": either}})) == ["A", "B"]
    assert await visitor.found({"bool": {"must_not": either}}) == ["C"]
    assert await visitor.found({"bool": {"filter": [{"match": {"sku": "C"}}]}}) == ["C"]


async def test_a_query_without_its_owner_finds_other_shops_too(visitor: Visitor) -> None:
    await visitor.made(element("MINE"))
    visitor.shop, visitor.authorization = OTHER_SHOP, f"Bearer {token(OTHER_SHOP, OTHER_KEY)}"
    await visitor.made(element("THEIRS"))
    assert await visitor.found() == ["THEIRS"]
    _, answer = await visitor.ask("POST", "/dashboard/webshop_products/_query", {"dsl": {"sort": NEWEST}})
    assert [row["sku"] for row in answer["products"]] == ["THEIRS", "MINE"]


async def test_search_after_pages_through_all_once(visitor: Visitor) -> None:
    tag = await visitor.tag("Shirt")
    for number in range(5):
        await visitor.made(*(element(f"{number}/{variant}", tags=[tag]) for variant in range(5)))
    seen: list[str] = []
    made: list[str] = []  # to the millisecond, by which the Gateway sorts
    after: dict[str, Any] = {}
    while True:
        _, answer = await visitor.query(size=4, sort=NEWEST, **after)
        if not answer["products"]:
            break
        seen += [row["sku"] for row in answer["products"]]
        made += [row["timestamps"]["created"][:23] for row in answer["products"]]
        last = answer["products"][-1]
        after = {"search_after": [last["timestamps"]["created"], last["guid"]]}
    assert len(seen) == len(set(seen)) == 25
    assert made == sorted(made, reverse=True)


@pytest.mark.parametrize(
    "dsl",
    [
        5, {"size": 1001}, {"size": -1}, {"size": "5"}, {"from": 0}, {"aggs": {}}, {"query": {}}, {"query": {"match_all": {}}},
        {"query": {"bool": {"must": [], "boost": 1}}}, {"query": {"bool": {"must": {"match": {"sku": "A"}}}}},
        {"query": {"match": {"sku": "A", "name": "B"}}}, {"query": {"match": {"sku": None}}},
        {"query": {"match": {"sku": {"query": "A", "fuzziness": 1}}}}, {"query": {"terms": {"sku": "A"}}},
        {"query": {"exists": {"name": "archived"}}}, {"query": {"wildcard": {"sku": "A*"}}},
        {"sort": "guid"}, {"sort": ["guid"]}, {"sort": [{"guid": "up"}]}, {"sort": [{"sku": "asc"}]},
        {"sort": [{"nonsense": "asc"}]}, {"search_after": ["x"]}, {"sort": NEWEST, "search_after": ["x"]},
        {"sort": NEWEST, "search_after": ["x", "y"]}, {"sort": [{"guid": "asc"}], "search_after": [5]},
    ],
)  # fmt: skip
async def test_what_the_search_does_not_know_is_refused(visitor: Visitor, dsl: object) -> None:
    status, answer = await visitor.ask("POST", "/dashboard/webshop_products/_query", {"dsl": dsl})
    assert status == 400
    assert answer["message"]


async def test_a_setting_says_whether_archived_false_exists(visitor: Visitor, sandbox: Sandbox) -> None:
    first, _ = [*await visitor.made(element("GONE")), *await visitor.made(element("THERE"))]
    await visitor.change(first, {"archived": True})
    exists = {"exists": {"field": "archived"}}
    assert sorted(await visitor.found(exists)) == ["GONE", "THERE"]
    sandbox.settings.archived_false_exists = False
    assert await visitor.found(exists) == ["GONE"]
    assert await visitor.found({"bool": {"must_not": [exists]}}) == ["THERE"]


async def test_marks_can_be_dropped_from_answers(visitor: Visitor, sandbox: Sandbox) -> None:
    await visitor.made(element(data={"import": {"product": "5"}, "brand": "X"}))
    _, answer = await visitor.query({"exists": {"field": "data.import"}})
    assert answer["products"][0]["data"] == {"import": {"product": "5"}, "brand": "X"}
    sandbox.settings.drop_marks = True
    _, answer = await visitor.query()
    assert answer["products"][0]["data"] == {"brand": "X"}
    assert await visitor.found({"exists": {"field": "data.import"}}) == []
    assert "import" in sandbox.products(DEMO_SHOP_GUID)[0]["product"]["data"]


async def test_the_index_lags_and_shows_the_old_version_meanwhile(visitor: Visitor, sandbox: Sandbox) -> None:
    (guid,) = await visitor.made(element("OLD"))
    assert await visitor.found() == ["OLD"]
    sandbox.settings.index_lag = 0.3
    await visitor.made(element("NEW"))
    await visitor.change(guid, {"product": {"sku": "CHANGED"}})
    assert await visitor.found() == ["OLD"]
    assert await visitor.found({"match": {"sku": "CHANGED"}}) == []
    await asyncio.sleep(0.35)
    assert sorted(await visitor.found()) == ["CHANGED", "NEW"]
    assert await visitor.found({"match": {"sku": "OLD"}}) == []
    sandbox.settings.index_lag = 60
    for part in ("dashboard/webshops", "organizations"):
        await visitor.ask("DELETE", f"/{part}/{visitor.shop}/products/{guid}/")
    assert sorted(await visitor.found()) == ["CHANGED", "NEW"]
    sandbox.settings.index_lag = 0
    assert await visitor.found() == ["NEW"]


async def test_three_thousand_products_are_paged_quickly(visitor: Visitor) -> None:
    tag = await visitor.tag("Shirt")
    for number in range(30):
        await visitor.made(*(element(f"{number}-{variant}", tags=[tag]) for variant in range(100)))
    started = time.perf_counter()
    assert len(await visitor.found(size=1000, sort=NEWEST)) == 1000
    for number in range(10):
        assert len(await visitor.found({"match": {"sku": f"{number}-7"}}, sort=NEWEST, size=100)) == 100
    assert time.perf_counter() - started < 5  # a quarter of a second alone; a busy machine takes longer
