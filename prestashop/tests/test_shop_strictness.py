"""The simulated shop forgives nothing: filters, permissions, shops, keys, pictures, and faults when it is told to."""

import asyncio
import json
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from aiohttp import ClientError
from catalogue import Catalogue, recorded_catalogue
from shop import Fault, PrestaShop, ShopSettings
from shop_client import ask, get_json
from shop_settings import LoggedRequest

CODES = "&output_format=JSON"


@pytest.fixture(scope="module")
def recorded() -> Catalogue:
    """The recorded catalogue, for tests that leave it alone."""
    return recorded_catalogue()


@pytest.fixture
def own() -> Catalogue:
    """A recorded catalogue that the test may change."""
    return recorded_catalogue()


async def ids(shop: PrestaShop, resource: str, query: str) -> list[int]:
    """The ids that a filter finds."""
    body = await get_json(shop, f"/api/{resource}?{query}{CODES}")
    return [row["id"] for row in body[resource]] if body else []


async def codes(shop: PrestaShop, path: str, auth: str | None = "full", method: str = "GET") -> tuple[int, list[int]]:
    """Status and error codes of a refused call."""
    status, _, body = await ask(shop, path, auth, method)
    return status, [error["code"] for error in json.loads(body)["errors"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("filter[id]=5", [5]),
        ("filter[id]=[5]", [5]),
        ("filter[id]=[3|1|5]", [1, 3, 5]),
        ("filter[id]=[5,8]", [5, 6, 7, 8]),
        ("filter[id]=[8,5]", [5, 6, 7, 8]),
        ("filter[id]=%3E[105]", [106, 107]),
        ("filter[id]=>[105]", [106, 107]),
        ("filter[id]=%3E105", []),
        ("filter[id]=<[3]", [1, 2]),
        ("filter[id]=![1|2]&limit=2", [3, 4]),
        ("filter[reference]=[BULK-00]%25", [43, 44, 45, 46, 47, 48, 49, 50, 51]),
        ("filter[reference]=[]", [26]),
        ("filter[reference]=dup", [27, 28]),
        ("filter[name]=%25[miod]%25", [3]),
        ("filter[id]=[1|2]&limit=0", []),
        ("limit=[10,5]", [1, 2, 3, 4, 5]),
        ("limit=105,50", [106, 107]),
        ("filter[price]=[100]", [1]),
        ("filter[price]=100", []),
    ],
)
async def test_filters_find_what_the_database_would(query: str, found: list[int], recorded: Catalogue) -> None:
    async with PrestaShop(recorded) as shop:
        assert await ids(shop, "products", f"{query}&sort=[id_ASC]") == found


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("display=id", 500, 36),
        ("display=[id,associations]", 500, 35),
        ("display=[id,images[name]]", 500, 35),
        ("display=[id,Gross]&price[gross][use_tax]=1", 500, 35),
        ("filter[reference]=", 500, 33),
        ("filter[quantity]=[1]", 500, 34),
        ("filter[manufacturer_name]=[x]", 500, 34),
        ("filter[images]=[1]", 500, 32),
        ("sort=id", 500, 37),
        ("sort=[date_upd_ASC]", 500, 38),
        ("limit=1,2,3", 500, 39),
        ("language=x", 400, 79),
    ],
)
async def test_bad_parameters_are_errors_with_their_code(
    query: str, status: int, code: int, recorded: Catalogue
) -> None:
    async with PrestaShop(recorded) as shop:
        found, listed = await codes(shop, f"/api/products?{query}{CODES}")
        assert (found, listed[0]) == (status, code)


async def test_lower_case_json_is_xml_and_headers_win(recorded: Catalogue) -> None:
    async with PrestaShop(recorded) as shop:
        _, headers, _ = await ask(shop, "/api/products?limit=1&output_format=json")
        assert headers["Content-Type"].startswith("text/xml")
        _, headers, _ = await ask(shop, "/api/products?limit=1&output_format=XML", Output_Format="JSON")
        assert headers["Content-Type"] == "application/json"


async def test_rows_without_sort_come_in_another_order_than_their_ids(recorded: Catalogue) -> None:
    async with PrestaShop(recorded) as shop:
        for resource in ("products", "combinations"):
            found = await ids(shop, resource, "date=1")
            assert found != sorted(found)


async def test_a_checksum_of_last_time_saves_the_body(recorded: Catalogue) -> None:
    async with PrestaShop(recorded) as shop:
        _, headers, _ = await ask(shop, "/api/products?limit=2")
        status, _, body = await ask(shop, "/api/products?limit=2", Local_Content_Sha1=headers["Content-Sha1"])
        assert (status, body) == (304, b"")


async def test_permissions_hold_for_each_resource_and_method(recorded: Catalogue) -> None:
    settings = ShopSettings(forbidden={"specific_prices"})
    async with PrestaShop(recorded, settings) as shop:
        assert await codes(shop, f"/api/specific_prices?limit=1{CODES}") == (401, [26])
        shop.account["full"].permissions["products"] = {"HEAD"}
        assert await codes(shop, f"/api/products?limit=1{CODES}") == (405, [25])
        assert await codes(shop, f"/api/stock_availables?limit=1{CODES}", method="DELETE") == (405, [101])
        status, _, body = await ask(shop, "/api/stock_availables/1", method="PUT")
        assert (status, b"recorded" in body) == (501, True)


async def test_a_key_is_revoked_after_so_many_calls(recorded: Catalogue) -> None:
    async with PrestaShop(recorded, ShopSettings(revoke_after=2)) as shop:
        path = f"/api/products?limit=1{CODES}"
        assert [(await ask(shop, path))[0] for _ in range(3)] == [200, 200, 401]
        assert await codes(shop, path) == (401, [20, 21])


async def test_without_the_authorization_header_only_ws_key_works(recorded: Catalogue) -> None:
    async with PrestaShop(recorded, ShopSettings(drops_authorization_header=True)) as shop:
        status, headers, body = await ask(shop, "/api/products?limit=1&output_format=JSON")
        assert (status, body, "PSWS-Version" in headers) == (401, b"401 Unauthorized", False)
        status, _, _ = await ask(shop, f"/api/products?limit=1&ws_key={shop.key}", None)
        assert status == 200
        assert all("ws_key" not in request.query for request in shop.requests)


async def test_a_shop_lives_in_its_folder(recorded: Catalogue) -> None:
    async with PrestaShop(recorded, ShopSettings(folder="/sklep")) as shop:
        assert shop.url.endswith("/sklep")
        assert (await ask(shop, "/sklep/api/products?limit=1"))[0] == 200
        status, headers, _ = await ask(shop, "/api/products?limit=1")
        assert (status, headers["Content-Type"].startswith("text/html")) == (404, True)


async def test_without_the_rewrite_rule_the_api_is_a_page_that_is_not_there(recorded: Catalogue) -> None:
    async with PrestaShop(recorded, ShopSettings(no_rewrite=True)) as shop:
        status, headers, _ = await ask(shop, "/api/products?limit=1")
        assert (status, headers["Content-Type"].startswith("text/html")) == (404, True)


async def test_https_is_forced_with_path_and_query_kept(recorded: Catalogue) -> None:
    async with PrestaShop(recorded, ShopSettings(force_https=True)) as shop:
        status, headers, _ = await ask(shop, "/api/products?limit=1")
        assert (status, headers["Location"]) == (301, f"https://{shop.netloc}/api/products?limit=1")


def two_shops(catalogue: Catalogue) -> None:
    """A second shop in the first one's group, and a third that shares its stock with nobody."""
    catalogue.table("shops")[2] = {**catalogue.table("shops")[1], "id": 2, "name": "Drugi"}
    catalogue.shop_values[2] = {("products", 1): {"price": "200.000000", "active": "0"}}
    catalogue.product_shops[3] = {1}
    catalogue.stock_availables[900] = {
        **catalogue.stock_availables[1], "id": 900, "id_shop": "2", "quantity": "7",
    }  # fmt: skip


async def test_another_shop_has_its_own_values_products_and_stock(own: Catalogue) -> None:
    two_shops(own)
    async with PrestaShop(own) as shop:
        price = "price[g][use_tax]=1&price[g][decimals]=2"
        path = f"/api/products?display=[id,price,active,g]&filter[id]=[1|3]&sort=[id_ASC]&{price}{CODES}"
        second = (await get_json(shop, f"{path}&id_shop=2"))["products"]
        assert second == [{"id": 1, "price": "200.000000", "active": "0", "g": "246.000000"}]
        assert len((await get_json(shop, path))["products"]) == 2
        assert await codes(shop, f"/api/products/3?id_shop=2{CODES}") == (404, [131])
        assert await codes(shop, f"/api/stock_availables/900?x=1{CODES}") == (404, [131])
        assert await ids(shop, "stock_availables", "filter[id_product]=[1]&id_shop=2&display=full") == [900]
        assert await ids(shop, "stock_availables", "filter[id_product]=[1]&id_shop=all&display=full") == [1, 900]
        assert await codes(shop, f"/api/products?id_group_shop=9{CODES}") == (500, [999])
        status, headers, _ = await ask(shop, "/api/products?id_shop=99")
        assert (status, headers["Location"]) == (302, f"{shop.url}/")
        several = await get_json(shop, f"/api/products?display=full&filter[id]=[1]&id_shop=all{CODES}")
        assert len(several["products"][0]["associations"]["images"]) == 6
        shop.settings.key_shops = {1}
        assert await codes(shop, f"/api/products?id_shop=2{CODES}") == (403, [132])


async def test_prices_follow_the_shops_switches(own: Catalogue) -> None:
    settings = ShopSettings(configuration={"PS_TAX": "0"})
    async with PrestaShop(own, settings) as shop:
        assert shop.true_price(1, reduced=True) == Decimal("100.00")
        settings.configuration.clear()
        settings.groups[1] = {"reduction": "10.00"}
        assert shop.true_price(1, reduced=True) == Decimal("110.70")
        assert shop.true_price(7, reduced=False) == Decimal("90.00")
        rows = await get_json(shop, f"/api/groups?display=full&filter[id]=[1]{CODES}")
        assert rows["groups"][0]["reduction"] == "10.00"
        settings.price_overrides[1, 0] = Decimal("99.50")
        path = f"/api/products?display=[id,g]&filter[id]=[1]&price[g][use_tax]=1&price[g][decimals]=2{CODES}"
        assert (await get_json(shop, path))["products"][0]["g"] == "99.500000"
        euros = f"/api/products?display=[id,g]&filter[id]=[17]&price[g][currency]=2&price[g][decimals]=2{CODES}"
        assert (await get_json(shop, euros))["products"][0]["g"] == "0.620000"
        settings.version = "8.2.1"
        assert (await get_json(shop, euros))["products"][0]["g"] == "2.460000"


async def test_what_was_never_recorded_is_refused(recorded: Catalogue) -> None:
    async with PrestaShop(recorded) as shop:
        for path in (
            "/api/orders",
            "/api/products?schema=blank",
            "/api/products?display=full&price[g][state]=3",
            "/api/products?display=full&price[g][colour]=3",
            "/api/products?display=full&price[g][country]=8",
            "/api/products?display=full&price[g][product_attribute]=9999",
        ):
            status, _, body = await ask(shop, path)
            assert (status, b"no real one was recorded" in body) == (501, True), path


# --- products that come, go and kill


async def test_products_come_and_go_while_they_are_read(own: Catalogue) -> None:
    def hook(shop: PrestaShop, request: LoggedRequest) -> None:
        if len(shop.requests) == 2:
            shop.catalogue.delete_product(2)
            shop.catalogue.add_product(like=1, reference="NOWY")

    async with PrestaShop(own, hook=hook) as shop:
        assert 2 in await ids(shop, "products", "sort=[id_ASC]")
        after = await ids(shop, "products", "sort=[id_ASC]")
        assert (2 in after, 108 in after) == (False, True)
        assert await ids(shop, "combinations", "filter[id_product]=[2]&display=full") == []
        link = own.products[108]["associations"]["images"][0]["id"]
        status, headers, _ = await ask(shop, f"/api/images/products/108/{link}")
        assert (status, headers["Content-Type"].startswith("image/")) == (200, True)


async def test_one_broken_product_kills_every_page_that_it_stands_on(recorded: Catalogue) -> None:
    async with PrestaShop(recorded, ShopSettings(broken_products={5}, notice_products={7})) as shop:
        path = "/api/products?display=full&sort=[id_ASC]&output_format=JSON&filter[id]="
        assert (await ask(shop, path + "[4|5]"))[::2] == (500, b"")
        status, _, body = await ask(shop, path + "[6|7]")
        found = json.loads(body)
        assert (status, len(found["products"]), found["errors"][0]["code"]) == (500, 2, 5)
        assert 5 in await ids(shop, "products", "sort=[id_ASC]")


# --- pictures


async def test_pictures_have_the_type_of_their_content_by_the_api_and_jpeg_in_public(recorded: Catalogue) -> None:
    async with PrestaShop(recorded) as shop:
        assert (await ask(shop, "/api/images/products/2/5"))[1]["Content-Type"] == "image/png"
        status, headers, body = await ask(shop, "/img/p/5/5.jpg", None)
        assert (status, headers["Content-Type"], body[:4]) == (200, "image/jpeg", b"\x89PNG")
        assert (await ask(shop, "/img/p/5/5.jpg", None, If_None_Match=headers["ETag"]))[0] == 304
        assert (await ask(shop, "/5-small_default/x.jpg", None))[2][:3] == b"\xff\xd8\xff"
        assert (await ask(shop, "/img/p/9/5.jpg", None))[0] == 404
        assert await codes(shop, f"/api/images/products/2/5/gigantic?x=1{CODES}") == (400, [58])


@pytest.mark.parametrize(
    ("kind", "status", "size"),
    [("missing", 500, None), ("empty", 200, 0), ("html", 200, None), ("text", 200, None), ("huge", 200, 300_000)],
)
async def test_pictures_go_wrong_as_told(kind: Any, status: int, size: int | None, recorded: Catalogue) -> None:
    async with PrestaShop(recorded, ShopSettings(pictures={4: kind}, huge_bytes=300_000)) as shop:
        found, headers, body = await ask(shop, "/api/images/products/2/4")
        assert found == status
        assert size is None or len(body) == size
        assert (headers["Content-Type"] == "image/jpeg") == (kind in ("text", "empty", "huge"))
        assert (await ask(shop, "/img/p/4/4.jpg", None))[0] == (404 if kind == "missing" else 200)


async def test_pictures_without_a_length_and_pictures_cut_off(recorded: Catalogue) -> None:
    settings = ShopSettings(pictures={4: "chunked", 5: "truncated", 6: "huge-undeclared"}, huge_bytes=300_000)
    async with PrestaShop(recorded, settings) as shop:
        for image, size in ((4, None), (6, 300_000)):
            _, headers, body = await ask(shop, f"/api/images/products/2/{image}")
            assert "Content-Length" not in headers
            assert size is None or len(body) == size
        with pytest.raises(ClientError):
            await ask(shop, "/api/images/products/2/5")


# --- on the way


async def test_faults_hit_as_many_requests_as_told(recorded: Catalogue) -> None:
    settings = ShopSettings(
        faults=[
            Fault("status", status=429, retry_after="2"),
            Fault("empty", resource="stock_availables"),
            Fault("truncated", after=1, resource="products"),
            Fault("bom", resource="products"),
            Fault("noise", resource="products"),
        ]
    )
    async with PrestaShop(recorded, settings) as shop:
        status, headers, _ = await ask(shop, "/api/products?limit=1")
        assert (status, headers["Retry-After"], headers["Content-Type"][:9]) == (429, "2", "text/html")
        assert (await ask(shop, "/api/stock_availables?limit=1"))[2] == b""
        bodies = [(await ask(shop, f"/api/products?limit=1{CODES}"))[2] for _ in range(4)]
        assert bodies[0].startswith(b"\xef\xbb\xbf")
        assert bodies[1] == b'{"products":[{'[: len(bodies[1])]
        assert bodies[2].startswith(b"<br />")
        assert bodies[3] == b'{"products":[{"id":5}]}'
        assert [request.status for request in shop.requests][:2] == [429, 200]


async def test_a_connection_can_break_before_or_in_the_middle_of_an_answer(recorded: Catalogue) -> None:
    # Twice, since aiohttp's client asks once more by itself when it lost the connection.
    faults = [Fault("reset", times=2), Fault("cut")]
    async with PrestaShop(recorded, ShopSettings(faults=faults)) as shop:
        for _ in range(2):
            with pytest.raises(ClientError):
                await ask(shop, "/api/products?display=full")
        assert (await ask(shop, "/api/products?limit=1"))[0] == 200


async def test_requests_are_logged_with_what_they_name(recorded: Catalogue) -> None:
    async with PrestaShop(recorded) as shop:
        await ask(shop, "/api/products?display=full&filter[id]=[1|2]")
        await ask(shop, "/api/images/products/2/4")
        await ask(shop, "/img/p/1/1.jpg", None)
        await ask(shop, "/webservice/dispatcher.php?url=combinations&filter[id]=[3]")
        logged = [(request.resource, request.ids, request.status) for request in shop.requests]
    assert logged == [
        ("products", (1, 2), 200),
        ("picture", (4,), 200),
        ("picture", (1,), 200),
        ("combinations", (3,), 200),
    ]


async def test_many_requests_are_answered_at_once(recorded: Catalogue) -> None:
    async with PrestaShop(recorded, ShopSettings(delay=0.1)) as shop, aiohttp.ClientSession() as session:
        began = asyncio.get_running_loop().time()
        headers = {"Authorization": aiohttp.encode_basic_auth(shop.key, "")}

        async def once() -> int:
            async with session.get(f"{shop.url}/api/products?limit=1", headers=headers) as answer:
                return answer.status

        assert await asyncio.gather(*(once() for _ in range(10))) == [200] * 10
        assert asyncio.get_running_loop().time() - began < 0.8
