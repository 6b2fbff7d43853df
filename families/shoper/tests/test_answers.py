"""Bytes of the API in all forms that shops are known to send, and settings that say odd things."""

import json
from decimal import Decimal
from typing import Any

import pytest
from gateway_importer.errors import Unreachable
from goods import empty_shop
from importing import everything_on_pages, opened, read
from making import product
from shop import Call, Fault, Shop, ShopSettings
from shop_query import Quirks
from shoper_family.answers import Listing, Unparsable, document, error_of, listing
from shoper_family.connection import allowance
from shoper_family.reader import Reader, Unreadable

QUICK: dict[str, Any] = {"limit": 1000, "bandwidth": 1000}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"count": "2", "pages": 1, "page": 1, "list": [{"a": "1"}, {"a": "2"}]}, Listing(2, ({"a": "1"}, {"a": "2"}))),
        ({"count": 1, "list": {"0": {"a": "1"}}}, Listing(1, ({"a": "1"},))),
        ({"count": "0", "pages": 0, "page": 1, "list": []}, Listing(0, ())),
    ],
)
def test_a_list_comes_as_an_array_or_as_an_object_by_index(body: Any, found: Listing) -> None:
    assert listing(document(json.dumps(body).encode())) == found


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b'{"count": "x", "list": []}', b'{"count": "1", "list": [1]}', b"\xff{}", b"[" * 9999],
)
def test_what_is_no_list_is_none(body: bytes) -> None:
    with pytest.raises(Unparsable):
        listing(document(body))


def test_amounts_are_exact_and_not_a_number_is_no_json() -> None:
    assert document(b'{"price": 0.1}')["price"] == Decimal("0.1")
    with pytest.raises(Unparsable):
        document(b'{"price": NaN}')
    assert error_of({"error": "server_error"}) is not None
    assert error_of({"list": []}) is None


@pytest.mark.parametrize(
    "value", [True, [], {}, "dwanaście", "NaN", "1e999999", 10**30, Decimal("0.30000000000000004")]
)
def test_a_price_that_is_none_is_refused(value: Any) -> None:
    with pytest.raises(Unreadable) as caught:
        Reader({"price": value}, "stock 1").price("price")
    assert caught.value.code == "price_unreadable"


def test_a_bucket_is_told_by_three_headers_or_not_at_all() -> None:
    told = {"X-Shop-Api-Calls": "3", "X-Shop-Api-Limit": "10", "X-Shop-Api-Bandwidth": "2"}
    found = allowance(told)
    assert found is not None and (found.level, found.size, found.drain) == (3, 10, 2)
    for name in told:
        assert allowance({**told, name: "many"}) is None
    assert allowance({**told, "X-Shop-Api-Bandwidth": "0"}) is None
    assert allowance({}) is None


async def test_a_shop_whose_settings_say_odd_things_is_read_all_the_same() -> None:
    tables = empty_shop()
    product(tables, "Kubek", base={"weight": "350"})
    tables.config |= {"locale_default_weight": "GRAM", "locale_timezone": "Mars/Olympus", "shop_off": "1"}
    tables.config |= {"default_language_name": None, "shop_name": ""}

    def address(shop: Shop, _: Call) -> None:
        tables.config |= {"shop_url": shop.url.removeprefix("http://"), "technical_url": ""}

    async with Shop(tables, ShopSettings(**QUICK), hook=address) as shop, opened(shop) as source:
        (found,) = (await everything_on_pages(source)).products
        assert found.variants[0].weight == Decimal("0.35")
        profile = await source.profile()
        assert profile.timezone == "Europe/Warsaw"
        assert profile.url == shop.url.replace("http://", "https://")
        assert profile.key == shop.url.removeprefix("http://")
        assert any("closed to customers" in text for text in profile.warnings)
        assert any("Mars/Olympus" in text for text in profile.warnings)


async def test_a_list_that_breaks_at_a_product_which_nobody_can_name_ends_the_run() -> None:
    tables = empty_shop()
    for place in range(5):
        product(tables, f"Produkt {place}")
    tables.broken.add(403)
    settings = ShopSettings(**QUICK, quirks=Quirks({}, {"product-stocks product_id": "refused"}))
    async with Shop(tables, settings) as shop, opened(shop) as source:
        with pytest.raises(Unreachable, match="list of products cannot be read"):
            await everything_on_pages(source)


async def test_a_shop_that_is_locked_in_the_middle_ends_the_run_and_names_no_product() -> None:
    tables = empty_shop()
    for place in range(5):
        product(tables, f"Produkt {place}")
    async with Shop(tables, ShopSettings(**QUICK)) as shop, opened(shop) as source:
        await source.profile()
        shop.settings.faults.append(Fault("api", status=503, times=-1))
        with pytest.raises(Unreachable, match="locked"):
            await read(source, 401)


async def test_one_object_that_is_open_in_the_administration_is_asked_for_again() -> None:
    tables = empty_shop()
    product(tables, "Kubek")
    async with Shop(tables, ShopSettings(**QUICK)) as shop, opened(shop) as source:
        shop.settings.faults.append(Fault("api", status=409, times=1, matches=lambda call: call.resource == "products"))
        assert len((await everything_on_pages(source)).products) == 1
