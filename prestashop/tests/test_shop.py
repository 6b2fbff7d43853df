"""The simulated shop answers every recorded call as the real one did, and goes wrong only where it is told to."""

import json
import re
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from catalogue import RECORDINGS, Catalogue, recorded_catalogue
from shop import PrestaShop, ShopSettings
from shop_client import ask, get_json

RECORDED_BASE = "http://localhost:8188"


def calls(folder: str) -> list[dict[str, Any]]:
    """The recorded calls of a set."""
    listed: list[dict[str, Any]] = json.loads((RECORDINGS / folder / "index.json").read_text(encoding="utf-8"))
    return listed


@pytest.fixture(scope="session")
def recorded() -> Catalogue:
    """The recorded catalogue; tests that change it load their own."""
    return recorded_catalogue()


def as_recorded(call: dict[str, Any], folder: str) -> bytes:
    """The recorded body."""
    path: Path = RECORDINGS / folder / call["body_file"]
    return path.read_bytes()


@pytest.mark.parametrize("call", calls("8.1.3"), ids=lambda call: call["name"])
async def test_a_recorded_call_is_answered_as_recorded(call: dict[str, Any], recorded: Catalogue) -> None:
    async with PrestaShop(recorded) as shop:
        status, headers, body = await ask(shop, call["path"].replace(" ", "%20"), call["auth"], call["method"])
        body = body.replace(shop.url.encode(), RECORDED_BASE.encode())
    expected = dict(call["headers"])
    assert status == call["status"]
    assert body.decode("latin-1") == as_recorded(call, "8.1.3").decode("latin-1")
    for name in ("Content-Type", "PSWS-Version", "WWW-Authenticate"):
        assert headers.get(name) == expected.get(name), name


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("webservice-disabled", ShopSettings(webservice_enabled=False)),
        ("webservice-disabled-json", ShopSettings(webservice_enabled=False)),
        ("webservice-disabled-no-key", ShopSettings(webservice_enabled=False)),
        ("maintenance-mode", ShopSettings(maintenance=True)),
        ("without-rewrite", ShopSettings(no_rewrite=True)),
        ("root-head", ShopSettings()),
        ("stock-date-filter", ShopSettings()),
    ],
)
async def test_a_shop_in_a_special_state_answers_as_recorded(
    name: str, settings: ShopSettings, recorded: Catalogue
) -> None:
    call = next(call for call in calls("8.1.3-special") if call["name"] == name)
    async with PrestaShop(recorded, settings) as shop:
        status, headers, body = await ask(shop, call["path"], call["auth"], call["method"])
    assert status == call["status"]
    assert body == as_recorded(call, "8.1.3-special")
    assert headers.get("Content-Type") == dict(call["headers"]).get("Content-Type")
    assert headers.get("PSWS-Version") == dict(call["headers"]).get("PSWS-Version")


async def test_a_wrong_host_is_sent_away_and_the_path_is_lost(recorded: Catalogue) -> None:
    call = next(call for call in calls("8.1.3-special") if call["name"] == "wrong-host")
    async with PrestaShop(recorded, ShopSettings(domain="localhost:8188")) as shop:
        status, headers, body = await ask(shop, call["path"])
        assert (status, body) == (302, b"")
        assert headers["Location"] == dict(call["headers"])["Location"]
        status, _, _ = await ask(shop, call["path"], Host="localhost:8188")
        assert status == 200


async def test_texts_that_break_xml_are_answered_as_recorded() -> None:
    catalogue = recorded_catalogue()
    async with PrestaShop(catalogue) as shop:
        for call in calls("8.1.3-broken-text"):
            text = "<p>raw ]]> inside & raw</p>" if "cdata" in call["name"] else "<p>ctrl \x0b\x01 x</p>"
            catalogue.products[30]["description"][1]["value"] = text
            status, _, body = await ask(shop, call["path"])
            assert status == 200
            assert body.replace(shop.url.encode(), RECORDED_BASE.encode()) == as_recorded(call, "8.1.3-broken-text")


@pytest.mark.parametrize("call", calls("8.1.3-virtual-prices-guest"), ids=lambda call: call["name"])
async def test_the_guests_prices_are_those_recorded_and_those_computed(call: dict[str, Any]) -> None:
    catalogue = recorded_catalogue()
    catalogue.recorded_prices.clear()
    async with PrestaShop(catalogue) as shop:
        _, _, computed = await ask(shop, call["path"])
    assert computed == as_recorded(call, "8.1.3-virtual-prices-guest")


async def test_the_guests_prices_keep_their_value_under_other_names(recorded: Catalogue) -> None:
    price = "price[BrUtTo][use_tax]=1&price[BrUtTo][group]=1&price[BrUtTo][use_ecotax]=1&price[BrUtTo][decimals]=2"
    more = "&price[BrUtTo][country]=14&price[BrUtTo][currency]=1&price[BrUtTo][quantity]=1"
    path = f"/api/products?display=[id,BrUtTo]&filter[id]=[38]&output_format=JSON&{price}{more}"
    async with PrestaShop(recorded) as shop:
        assert await get_json(shop, path) == {"products": [{"id": 38, "brutto": "1240.000000"}]}


def test_the_pages_show_the_prices_that_the_simulator_computes(recorded: Catalogue) -> None:
    shop = PrestaShop(recorded)
    pages = json.loads((RECORDINGS / "8.1.3" / "storefront.json").read_text(encoding="utf-8"))["products"]
    compared = 0
    for page in pages:
        if page.get("page_price_amount") is None:
            continue
        product, combination = page["id_product"], page["id_product_attribute"]
        assert shop.true_price(product, combination, reduced=True) == Decimal(str(page["page_price_amount"])), page
        if page["shown_regular_price"]:
            was = Decimal(re.sub(r"[^\d,]", "", page["shown_regular_price"]).replace(",", "."))
            assert shop.true_price(product, combination, reduced=False) == was, page
        compared += 1
    assert compared >= 47


# --- versions and types


async def test_on_17_a_product_without_picture_turns_a_page_into_a_500(recorded: Catalogue) -> None:
    folder = "1.7.7.4-notices"
    xml, in_json, single, root = calls(folder)
    async with PrestaShop(recorded, ShopSettings(version="1.7.7.4")) as shop:
        status, headers, body = await ask(shop, xml["path"])
        assert (status, headers["PSWS-Version"]) == (500, "1.7.7.4")
        assert body == as_recorded(xml, folder)
        status, _, body = await ask(shop, in_json["path"])
        found, expected = json.loads(body), json.loads(as_recorded(in_json, folder))
        assert status == 500
        assert found["errors"] == expected["errors"]
        for mine, real in zip(found["products"], expected["products"], strict=True):
            assert list(mine) == list(real)
            assert {name: type(value) for name, value in mine.items()} == {
                name: type(value) for name, value in real.items()
            }
        for call in (single, root):
            status, _, body = await ask(shop, call["path"], call["auth"])
            assert (status, body) == (200, as_recorded(call, folder))


async def test_on_17_a_wrong_filter_is_a_400_where_notices_stay_quiet(recorded: Catalogue) -> None:
    async with PrestaShop(recorded, ShopSettings(version="1.7.7.4", notices=False)) as shop:
        status, _, body = await ask(shop, "/api/products?filter[nope]=1&output_format=JSON")
        assert (status, [error["code"] for error in json.loads(body)["errors"]]) == (400, [32])
        status, _, _ = await ask(shop, "/api/stock_availables/1", method="PATCH")
        assert status == 405
        status, headers, _ = await ask(shop, "/api/products", "A" * 32)
        assert (status, headers["PSWS-Version"]) == (401, "1.7.7.4")
        full = await get_json(shop, "/api/products/19?output_format=JSON")
        assert full["product"]["active"] == "0"
        assert "unit_price" not in full["product"]
        rows = await get_json(shop, "/api/combinations?display=full&filter[id]=[2|3]&sort=[id_ASC]&output_format=JSON")
        assert [row["quantity"] for row in rows["combinations"]] == ["0", "-2"]


async def test_php_82_sends_integer_columns_as_numbers(recorded: Catalogue) -> None:
    async with PrestaShop(recorded, ShopSettings(php="8.2")) as shop:
        rows = await get_json(shop, "/api/products?display=full&filter[id]=[1]&output_format=JSON")
        product = rows["products"][0]
        assert (product["id_tax_rules_group"], product["active"], product["price"]) == (1, "1", "100.000000")
        assert product["associations"]["images"] == [{"id": 1}, {"id": 2}, {"id": 3}]
        assert product["name"][0]["id"] == 1
        rules = await get_json(shop, "/api/tax_rules?display=full&limit=1&output_format=JSON")
        assert rules["tax_rules"][0]["behavior"] == 0
        stock = await get_json(shop, "/api/stock_availables?display=full&filter[id]=[1]&output_format=JSON")
        assert stock["stock_availables"][0]["quantity"] == 25
        status, _, body = await ask(shop, "/api/?output_format=JSON")
        assert (status, body) == (500, b"")
        status, _, body = await ask(shop, "/api/products?display=id&output_format=JSON")
        assert (status, [error["code"] for error in json.loads(body)["errors"]]) == (500, [36, 3, 3, 3, 3])


async def test_version_9_lost_keywords_and_supply_orders(recorded: Catalogue) -> None:
    async with PrestaShop(recorded, ShopSettings(version="9.0.0", php="8.2")) as shop:
        rows = await get_json(shop, "/api/products?display=full&limit=1&output_format=JSON")
        assert "meta_keywords" not in rows["products"][0]
        _, headers, body = await ask(shop, "/api/")
        assert (headers["PSWS-Version"], b"supply_orders" in body, b"order_returns" in body) == ("9.0.0", False, True)


async def test_one_active_language_collapses_texts_in_json_only(recorded: Catalogue) -> None:
    async with PrestaShop(recorded, ShopSettings(languages=(1,))) as shop:
        path = "/api/products?display=[id,name]&filter[id]=[2]"
        assert (await get_json(shop, path + "&output_format=JSON"))["products"][0]["name"] == "Koszulka męska"
        _, _, body = await ask(shop, path)
        assert b'<language id="1"' in body
        status, _, _ = await ask(shop, path + "&language=2")
        assert status == 400
