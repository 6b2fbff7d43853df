"""Tags: a name holds one guid, products hang on them both ways, and the marketplace has its tree."""

from __future__ import annotations

import re
from typing import Any

import pytest
from gateway_importer.sandbox import DEMO_SHOP_GUID, Sandbox, SandboxSettings
from visitor import OTHER_KEY, OTHER_SHOP, Visitor, element, token

UUID5 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def path_of(shop: str = DEMO_SHOP_GUID) -> str:
    return f"/webshops/{shop}/tags/"


async def test_a_new_tag_has_the_documented_shape(visitor: Visitor, sandbox: Sandbox) -> None:
    status, tag = await visitor.ask("POST", path_of(), {"name": "T-shirt", "type": "variant"})
    assert status == 201
    assert UUID5.fullmatch(tag["guid"])
    assert tag == {
        "guid": tag["guid"], "name": "T-shirt", "type": "variant", "owner": DEMO_SHOP_GUID, "active": True,
        "parent_guid": None, "images": [], "item_count": 0, "product_guids": [], "subtags": [], "data": {},
        "duration": None,
    }  # fmt: skip
    assert sandbox.tags(DEMO_SHOP_GUID) == [tag]


async def test_a_name_that_exists_is_409_with_the_guid_in_the_message(visitor: Visitor) -> None:
    guid = await visitor.tag("T-shirt")
    for kind in ("variant", "collection"):
        status, answer = await visitor.ask("POST", path_of(), {"name": "T-shirt", "type": kind})
        assert status == 409
        assert answer == {"code": 409, "error": "409 Conflict", "message": f'"Tag ({guid}) already exists"'}
    await visitor.tag("t-shirt")


async def test_the_guid_follows_from_shop_and_name_alone(visitor: Visitor) -> None:
    guid = await visitor.tag("T-shirt", "collection")
    assert (await visitor.ask("DELETE", f"{path_of()}{guid}/"))[0] == 204
    assert await visitor.tag("T-shirt") == guid
    visitor.shop, visitor.authorization = OTHER_SHOP, f"Bearer {token(OTHER_SHOP, OTHER_KEY)}"
    assert await visitor.tag("T-shirt") != guid


@pytest.mark.parametrize(
    "body",
    [{}, {"name": "A"}, {"type": "variant"}, {"name": "", "type": "variant"}, {"name": 5, "type": "variant"},
     {"name": "A", "type": "category"}, {"name": "A", "type": "variant", "parent_guid": None}],
)  # fmt: skip
async def test_a_tag_that_is_not_as_documented_is_refused(visitor: Visitor, body: object) -> None:
    assert (await visitor.ask("POST", path_of(), body))[0] == 400


async def test_the_list_shows_the_members(visitor: Visitor) -> None:
    tag = await visitor.tag("T-shirt")
    guids = await visitor.made(element("A", tags=[tag]), element("B", tags=[tag]))
    _, (row,) = await visitor.ask("GET", path_of())
    assert (row["guid"], row["item_count"], row["product_guids"]) == (tag, 2, guids)


async def test_products_are_hung_on_a_tag_and_taken_off(visitor: Visitor, sandbox: Sandbox) -> None:
    tag = await visitor.tag("T-shirt")
    first, second = await visitor.made(element("A")) + await visitor.made(element("B", tags=[tag]))
    status, _ = await visitor.ask("PUT", f"/product_tags/{tag}", {"add": [first], "delete": [second]})
    assert status == 200
    assert [row["product"]["tag_guids"] for row in sandbox.products(DEMO_SHOP_GUID)] == [[tag], []]
    assert sandbox.tags(DEMO_SHOP_GUID)[0]["product_guids"] == [first]
    assert await visitor.found({"term": {"tag_guids": tag}}) == ["A"]


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 400), ({"add": "x"}, 400), ({"remove": []}, 400), ({"add": ["x"]}, 404), ({"add": ["x"], "delete": ["x"]}, 400)],
)  # fmt: skip
async def test_an_assignment_that_cannot_be_is_refused_whole(
    visitor: Visitor, sandbox: Sandbox, body: dict[str, Any], status: int
) -> None:
    tag = await visitor.tag("T-shirt")
    (guid,) = await visitor.made(element("A"))
    if status == 404:
        body = {"add": [guid, *body["add"]]}
    answered, _ = await visitor.ask("PUT", f"/product_tags/{tag}", body)
    assert answered == status
    assert sandbox.products(DEMO_SHOP_GUID)[0]["product"]["tag_guids"] == []


async def test_an_unknown_tag_is_404(visitor: Visitor) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    assert (await visitor.ask("PUT", f"/product_tags/{nobody}", {"add": []}))[0] == 404
    assert (await visitor.ask("DELETE", f"{path_of()}{nobody}/"))[0] == 404


async def test_a_tag_that_is_deleted_leaves_its_products(visitor: Visitor, sandbox: Sandbox) -> None:
    tag = await visitor.tag("T-shirt")
    await visitor.made(element("A", tags=[tag]))
    assert (await visitor.ask("DELETE", f"{path_of()}{tag}/"))[0] == 204
    assert sandbox.tags(DEMO_SHOP_GUID) == []
    assert sandbox.products(DEMO_SHOP_GUID)[0]["product"]["tag_guids"] == []


def paths(nodes: list[dict[str, Any]], above: str = "") -> dict[str, str]:
    """Guid to path over the whole tree."""
    found: dict[str, str] = {}
    for node in nodes:
        path = f"{above} > {node['name']}".removeprefix(" > ")
        found |= {node["guid"]: path, **paths(node["children"], path)}
    return found


async def test_the_tree_has_repeated_names_and_polish_paths(visitor: Visitor) -> None:
    status, answer = await visitor.ask("GET", "/bootstrap")
    assert status == 200
    tree = paths(answer["tag_hierarchy"])
    assert {"Woman > Shoes", "Man > Shoes", "Odzież > Damska > Sukienki", "Dom i ogród > Świece"} <= set(tree.values())
    _, flat = await visitor.ask("GET", "/tags/?type=category")
    assert {row["guid"]: row["name"] for row in flat} == {guid: path.split(" > ")[-1] for guid, path in tree.items()}
    await visitor.made(element(tags=list(tree)[:3]))


async def test_the_tree_can_be_replaced_and_missing(visitor: Visitor, sandbox: Sandbox) -> None:
    sandbox.settings.categories = {"Only": {"One": {}}}
    _, answer = await visitor.ask("GET", "/bootstrap")
    assert list(paths(answer["tag_hierarchy"]).values()) == ["Only", "Only > One"]
    sandbox.settings.bootstrap_tree = False
    assert await visitor.ask("GET", "/bootstrap") == (200, {})
    assert len((await visitor.ask("GET", "/tags/?type=category"))[1]) == 2
    assert (await visitor.ask("GET", "/tags/"))[0] == 400


def test_the_demo_shop_is_there_by_default() -> None:
    assert list(SandboxSettings().shops) == [DEMO_SHOP_GUID]
