"""Answers of a Gateway that are no good: what is no guid and no address is never kept, and nothing ends in a traceback.
What mutated answers at random found, each by its name."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from gateway_importer.failures import AnswerLost
from gateway_importer.gateway.answers import Refusal
from gateway_importer.gateway.client import Gateway
from gateway_importer.gateway.compare import drifted_fields, net_shown
from gateway_importer.http import Http, Limits
from mutations import DEEP

SHOP = "0f8fad5b-d9cb-469f-a165-70867728950e"
GUID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
NO_GUIDS: list[Any] = [None, True, 7, "", "x", "7c9e6679", f"{GUID}/../..", f"{GUID} ", [GUID], {"guid": GUID}]
NO_ADDRESSES: list[Any] = [
    None, 7, "", "x", "javascript:alert(1)", "file:///etc/passwd", "//cdn.example/x.jpg", "http://cdn.example/a b.jpg",
    "http://cdn.example/ł.jpg", ["http://cdn.example/x.jpg"],
]  # fmt: skip


@dataclass
class Said:
    """A Gateway that answers everything with the same."""

    gateway: Gateway
    status: int = 200
    body: bytes = b"{}"
    asked: list[str] = field(default_factory=list)

    def says(self, found: Any, status: int = 200) -> Gateway:
        self.status, self.body = status, found if isinstance(found, bytes) else json.dumps(found).encode()
        return self.gateway


@pytest.fixture
async def said() -> AsyncIterator[Said]:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=says.status, body=says.body, content_type="application/json")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server, Http(user_agent="test") as http:
        limits = Limits(concurrency=2, attempts=2, first_pause=0.001)
        says = Said(Gateway(http.host("Gateway", str(server.make_url("")), limits), SHOP))
        yield says


def element(sku: str) -> dict[str, Any]:
    return {"product": {"sku": sku}}


@pytest.mark.parametrize("guid", NO_GUIDS)
async def test_what_is_no_guid_of_a_product_is_not_known_and_will_be_looked_for(said: Said, guid: Any) -> None:
    one = said.says({"products": [{"guid": guid, "sku": "A"}]})
    assert await one.create_products([element("A")]) == [None]
    two = said.says({"products": [{"guid": guid, "sku": "A"}, {"guid": GUID, "product": {"sku": "B"}}]}, 201)
    assert await two.create_products([element("A"), element("B")]) == [None, GUID]


@pytest.mark.parametrize("guid", NO_GUIDS)
async def test_what_is_no_guid_is_no_object_and_no_tag_on_a_list(said: Said, guid: Any) -> None:
    rows = [{"guid": guid, "sku": "A", "owner_guid": SHOP}, {"guid": GUID, "sku": "A", "owner_guid": SHOP}]
    gateway = said.says({"products": rows})
    assert [held.guid async for held in gateway.listing()] == [GUID]
    assert [held.guid for held in await gateway.find_by_sku("A")] == [GUID]
    assert await said.says({"tags": rows}).tags() == [rows[1]]


@pytest.mark.parametrize("guid", NO_GUIDS)
async def test_a_tag_without_a_guid_may_have_been_made(said: Said, guid: Any) -> None:
    with pytest.raises(AnswerLost):
        await said.says({"guid": guid, "name": "Kubek"}, 201).create_tag("Kubek")


@pytest.mark.parametrize("url", NO_ADDRESSES)
async def test_what_is_no_address_takes_no_picture_and_shows_none(said: Said, url: Any) -> None:
    with pytest.raises(AnswerLost):
        await said.says({"url": url}).fetch_image("http://shop.example/x.jpg")
    with pytest.raises(AnswerLost):
        await said.says({"url": url, "fields": {"key": "a/x.jpg"}}).upload_form("x.jpg", "image/jpeg")


@pytest.mark.parametrize("fields", [None, [], {}, "key", {"policy": "x"}, {"key": 7}, {"key": "a", "policy": None}])
async def test_an_upload_form_that_cannot_be_filled_in_is_none(said: Said, fields: Any) -> None:
    with pytest.raises(AnswerLost):
        await said.says({"url": "https://store.example/", "fields": fields}).upload_form("x.jpg", "image/jpeg")


@pytest.mark.parametrize("found", [None, 7, "x", {"tags": None}, {"tags": {"guid": GUID}}, {"products": "x"}])
async def test_a_list_that_is_none_is_no_empty_list(said: Said, found: Any) -> None:
    gateway = said.says(found)
    with pytest.raises(AnswerLost):
        [held async for held in gateway.listing()]
    if found != {"products": "x"}:  # an object without tags has none
        with pytest.raises(AnswerLost):
            await gateway.tags()
        with pytest.raises(AnswerLost):
            await gateway.category_list()


@pytest.mark.parametrize("body", [DEEP, b'{"products":' + DEEP + b"}", b"[" * 100_000, b"\xff{}", b"<html>"])
async def test_an_answer_that_is_no_json_or_nested_without_end_is_lost(said: Said, body: bytes) -> None:
    gateway = said.says(body)
    with pytest.raises(AnswerLost):
        await gateway.create_products([element("A")])
    with pytest.raises(AnswerLost):
        [held async for held in gateway.listing()]
    with pytest.raises(AnswerLost):
        await gateway.create_tag("Kubek")
    with pytest.raises(AnswerLost):
        await gateway.upload_form("x.jpg", "image/jpeg")
    with pytest.raises(AnswerLost):
        await gateway.category_tree()


@pytest.mark.parametrize("status", [400, 404, 422, 500, 503])
async def test_an_error_nested_without_end_is_an_error_like_any_other(said: Said, status: int) -> None:
    with pytest.raises((Refusal, AnswerLost), match=str(status)):
        await said.says(DEEP, status).upload_form("x.jpg", "image/jpeg")


async def test_a_query_that_is_refused_is_a_list_that_could_not_be_read(said: Said) -> None:
    """What it goes on from stands in an answer, which may have been damaged."""
    with pytest.raises(AnswerLost, match="is no date"):
        [held async for held in said.says({"message": "[1e400] is no date"}, 400).listing()]


@pytest.mark.parametrize("held", [
    {"vat": ["VAT23"]}, {"vat": {"VAT23": 1}}, {"vat": None}, {"vat": 23},
    *({"vat": "VAT23", "price": {"original": {"unit": {"amount": amount, "vat0": amount}}}}
      for amount in ("1e400", "NaN", "Infinity", [1], 10**30, None)),
])  # fmt: skip
def test_what_is_no_price_and_no_class_of_vat_is_none(held: dict[str, Any]) -> None:
    shown = {"price": {"original": {"unit": {"amount": 12.3, "vat0": 10}}}, **held}
    assert net_shown(shown) is None
    assert "price" not in drifted_fields({"price": "…"}, shown, exact_net=True)
