"""Who may ask for what: the token, the shop, and the routes that exist."""

from __future__ import annotations

import base64
from typing import Literal

import aiohttp
import jwt
import pytest
from gateway_importer.sandbox import DEMO_SHOP_GUID, DEMO_SIGNING_KEY, Sandbox
from visitor import OTHER_KEY, OTHER_SHOP, Visitor, element, token

KEY = base64.b64decode(DEMO_SIGNING_KEY)
CLAIMS = {"iss": f"shop:{DEMO_SHOP_GUID}", "organization_guid": DEMO_SHOP_GUID, "groups": ["shopkeeper"]}
UNSIGNED = f"{jwt.encode(CLAIMS, KEY, algorithm='HS256').rpartition('.')[0]}."


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic eA==",
        "Bearer",
        "Bearer nonsense",
        "Bearer a.b.c",
        f"Bearer {UNSIGNED}",
        f"Bearer {token(key=OTHER_KEY)}",
        f"Bearer {token(exp=4_000_000_000)}",
        f"Bearer {token(groups=['admin'])}",
        f"Bearer {token(iss=DEMO_SHOP_GUID)}",
        f"Bearer {token(shop=DEMO_SHOP_GUID.upper())}",
        f"Bearer {jwt.encode(CLAIMS, KEY * 2, algorithm='HS512')}",
    ],
)
async def test_any_other_token_than_the_documented_one_is_401(visitor: Visitor, authorization: str) -> None:
    visitor.authorization = authorization
    status, answer = await visitor.ask("GET", f"/webshops/{DEMO_SHOP_GUID}/tags/")
    assert status == 401
    assert answer.keys() == {"code", "error", "message"}
    assert (answer["code"], answer["error"]) == (401, "401 Unauthorized")


async def test_a_shop_may_not_touch_another_shop(visitor: Visitor) -> None:
    visitor.shop = OTHER_SHOP
    status, answer = await visitor.create(element())
    assert status == 403
    assert answer["code"] == 403
    visitor.shop = DEMO_SHOP_GUID
    (guid,) = await visitor.made(element())
    visitor.shop, visitor.authorization = OTHER_SHOP, f"Bearer {token(OTHER_SHOP, OTHER_KEY)}"
    status, _ = await visitor.change(guid, {"archived": True})
    assert status == 404


async def test_a_key_that_is_revoked_while_it_runs_lets_nobody_in(visitor: Visitor, sandbox: Sandbox) -> None:
    assert (await visitor.query())[0] == 200
    sandbox.settings.shops = {DEMO_SHOP_GUID: OTHER_KEY}
    assert (await visitor.query())[0] == 401


@pytest.mark.parametrize("path", ["/", "/dashboard/webshops", "/tags", "/webshops/{shop}/tags"])
async def test_a_path_that_is_almost_right_is_no_route(visitor: Visitor, path: str) -> None:
    status, answer = await visitor.ask("DELETE", path.replace("{shop}", visitor.shop))
    assert status in (404, 405)
    assert answer["code"] == status


async def test_both_spellings_can_exist(visitor: Visitor, sandbox: Sandbox) -> None:
    sandbox.settings.route = "both"
    assert (await visitor.create(element("A"), route="webshop"))[0] == 201
    assert (await visitor.create(element("B"), route="webshops"))[0] == 201


@pytest.mark.parametrize(("route", "other"), [("webshop", "webshops"), ("webshops", "webshop")])
@pytest.mark.parametrize(("how", "status"), [("405", 405), ("aws", 403), ("404", 404)])
async def test_the_spelling_that_does_not_exist_answers_as_a_missing_route(
    visitor: Visitor,
    sandbox: Sandbox,
    route: Literal["webshop", "webshops"],
    other: str,
    how: Literal["405", "aws", "404"],
    status: int,
) -> None:
    sandbox.settings.route, sandbox.settings.missing_route = route, how
    visitor.authorization = "none: a route that is not there asks for no token"
    answered, answer = await visitor.create(element(), route=other)
    assert answered == status
    if how == "aws":
        assert answer == {"message": "Missing Authentication Token"}
    else:
        assert not any(word in answer["message"].lower() for word in ("shop", "product"))
    assert sandbox.products(DEMO_SHOP_GUID) == []


async def test_a_body_that_is_no_json_object_is_refused(visitor: Visitor, session: aiohttp.ClientSession) -> None:
    path = f"/dashboard/webshop/{visitor.shop}/products"
    deep = '{"products": ' + "[" * 5000 + "]" * 5000 + "}"
    for text in ("", "{", "[]", '{"products": [NaN]}', deep):
        assert (await visitor.ask("POST", path, text=text))[0] == 400
    headers = {"Authorization": visitor.authorization, "Content-Type": "text/plain"}
    async with session.post(visitor.url + path, data=b"{}", headers=headers) as answer:
        assert answer.status == 415


async def test_a_body_above_ten_megabytes_is_refused(visitor: Visitor, sandbox: Sandbox) -> None:
    status, answer = await visitor.create(element(desc="x" * 10_000_000))
    assert (status, answer["code"]) == (413, 413)
    assert sandbox.products(DEMO_SHOP_GUID) == []
