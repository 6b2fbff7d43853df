"""How the shop is reached and asked: the key, the address, the ways an answer goes wrong, and what a person is told."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from catalogue import RECORDINGS, Catalogue, recorded_catalogue
from gateway_importer.catalog import Image
from gateway_importer.errors import AccessRefused, ImporterError, ShopUnusable, Unreachable
from gateway_importer.failures import HttpFailure
from gateway_importer.http import Answer, Http, Limits
from gateway_importer.redaction import SECRETS
from prestashop_importer.answers import Unparsable, listing, root_page
from prestashop_importer.client import Client, chunks
from prestashop_importer.connection import Connection
from prestashop_importer.pictures import PictureHouse
from prestashop_importer.refusals import PageFault, refusal
from prestashop_importer.settings import PRESTASHOP_KEY, PRESTASHOP_URL
from shop import PrestaShop, ShopSettings
from shop_settings import Fault

LIMITS = Limits(concurrency=4, attempts=2, first_pause=0)
MAIN = RECORDINGS / "8.1.3"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return recorded_catalogue()


@asynccontextmanager
async def connected(
    shop: PrestaShop, *, key: str | None = None, address: str | None = None
) -> AsyncIterator[tuple[Client, PictureHouse]]:
    async with Http(user_agent="test") as http:
        connection = Connection(http, address or shop.url, key or shop.key, LIMITS)
        yield Client(connection), PictureHouse(http, connection, LIMITS)


# --- the key and the address ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        ShopSettings(),
        ShopSettings(folder="/sklep"),
        ShopSettings(no_rewrite=True),
        ShopSettings(drops_authorization_header=True),
        ShopSettings(no_rewrite=True, drops_authorization_header=True, folder="/sklep"),
        ShopSettings(maintenance=True),
        ShopSettings(prefix=b"\xef\xbb\xbf \n"),
        ShopSettings(php="8.2"),
        ShopSettings(version="1.6.1.24"),
    ],
    ids=["plain", "folder", "dispatcher", "ws_key", "all three", "maintenance", "byte order mark", "php 8", "1.6"],
)
async def test_a_shop_is_reached_however_it_is_set_up(settings: ShopSettings, catalogue: Catalogue) -> None:
    async with PrestaShop(catalogue, settings) as shop, connected(shop) as (client, _):
        access = await client.access()
        rows = (await client.rows_of("products", "id", [1, 2])).rows
    assert access.shop_name == "Sklep Testowy"
    assert access.version == settings.version
    assert [str(row["id"]) for row in rows] == ["1", "2"]


@pytest.mark.parametrize(
    ("alias", "said"), [("off", "does not exist, is switched off"), ("none", "has no permission at all")]
)
async def test_a_key_that_is_refused_is_told_with_what_to_click(alias: str, said: str, catalogue: Catalogue) -> None:
    async with PrestaShop(catalogue) as shop, connected(shop, key=shop.keys[alias]) as (client, _):
        with pytest.raises(AccessRefused, match=said) as told:
            await client.access()
    assert "Advanced Parameters > Webservice" in told.value.to_do


async def test_an_unknown_key_is_refused(catalogue: Catalogue) -> None:
    async with PrestaShop(catalogue) as shop, connected(shop, key="A" * 32) as (client, _):
        with pytest.raises(AccessRefused):
            await client.access()


async def test_a_webservice_that_is_switched_off_is_told_at_once(catalogue: Catalogue) -> None:
    async with PrestaShop(catalogue, ShopSettings(webservice_enabled=False)) as shop, connected(shop) as (client, _):
        with pytest.raises(ShopUnusable, match="switched off"):
            await client.access()
    assert len(shop.requests) == 1


async def test_a_wrong_host_is_not_followed_and_the_right_one_is_named(catalogue: Catalogue) -> None:
    async with PrestaShop(catalogue, ShopSettings(domain="sklep.example")) as shop, connected(shop) as (client, _):
        with pytest.raises(ShopUnusable, match=r"sends us to http://sklep\.example") as told:
            await client.access()
    assert "Use https://sklep.example" in told.value.to_do
    assert len(shop.requests) == 1


async def test_an_address_without_a_webservice_is_told(catalogue: Catalogue) -> None:
    async with PrestaShop(catalogue) as shop, connected(shop, address=shop.url + "/nie-ma") as (client, _):
        with pytest.raises(ShopUnusable, match="no webservice at /api"):
            await client.access()


async def test_a_shop_that_is_down_is_told() -> None:
    async with Http(user_agent="test") as http:
        client = Client(Connection(http, "http://127.0.0.1:9", "A" * 32, LIMITS))
        with pytest.raises(Unreachable, match="does not answer"):
            await client.access()


async def test_the_key_is_asked_for_by_https_first(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def request(_: object, method: str, url: str, **__: object) -> None:
        asked.append(str(url).split("/api")[0])
        raise OSError("no network")

    async with Http(user_agent="test", allow_private=True) as http:
        monkeypatch.setattr(http.session, "_request", lambda *a, **k: request(None, *a, **k))
        with pytest.raises(Unreachable):
            await Client(Connection(http, "http://sklep.example", "A" * 32, LIMITS)).access()
    assert asked[0] == "https://sklep.example"


async def test_a_redirect_to_https_of_the_same_question_is_followed(catalogue: Catalogue, tmp_path: Path) -> None:
    context = await certificate(tmp_path)
    if context is None:
        pytest.skip("openssl is not installed")
    async with (
        PrestaShop(catalogue, ShopSettings(force_https=True), ssl=context) as shop,
        connected(shop) as (client, _),
    ):
        # The certificate is our own, so the second step fails at its check: what counts is where it went.
        with pytest.raises(Unreachable, match=str(shop.https_port)):
            await client.access()


async def certificate(folder: Path) -> ssl.SSLContext | None:
    """A certificate of our own for this machine; None where there is no openssl to make it."""
    command = (
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
        "-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem"),
    )  # fmt: skip
    try:
        made = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
    except FileNotFoundError:
        return None
    await made.wait()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


async def test_no_form_of_the_key_gets_into_a_message(catalogue: Catalogue) -> None:
    settings = ShopSettings(drops_authorization_header=True)
    async with PrestaShop(catalogue, settings) as shop, connected(shop) as (client, pictures):
        SECRETS.add(shop.key)
        await client.access()
        settings.domain = "sklep.example"
        told: list[str] = []
        with pytest.raises(ShopUnusable) as moved:
            await client.rows("products")
        told.append(moved.value.paragraph())
        settings.domain = None
        settings.faults.append(Fault("reset", times=-1))
        with pytest.raises(PageFault) as silent:
            await client.rows("products")
        told.append(silent.value.cause + silent.value.cure)
        with pytest.raises(HttpFailure) as failure:
            async with pictures.open(picture(shop, 1, 1)):
                pass
        told.append(str(failure.value))
    assert shop.key not in " ".join(told)


# --- lists that come empty ----------------------------------------------------------------------------------------


async def test_a_list_that_comes_empty_in_its_middle_goes_on(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prestashop_importer.client.IDS_AT_ONCE", 30)
    empty = [Fault("nothing", resource="products", after=after) for after in (0, 2)]
    async with PrestaShop(catalogue, ShopSettings(faults=empty)) as shop, connected(shop) as (client, _):
        listed = [number async for ids in client.id_lists("products") for number in ids]
        assert listed == sorted(catalogue.products)


async def test_a_list_that_stays_empty_although_the_shop_has_more_is_no_end(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prestashop_importer.client.IDS_AT_ONCE", 30)
    empty = Fault(
        "nothing", times=-1, matches=lambda call: ">" in call.query.get("filter[id]", "") and call.ids != (0,)
    )
    async with PrestaShop(catalogue, ShopSettings(faults=[empty])) as shop, connected(shop) as (client, _):
        with pytest.raises(PageFault, match="there are more"):
            _ = [ids async for ids in client.id_lists("products")]


async def test_an_empty_table_is_believed_the_second_time(catalogue: Catalogue) -> None:
    empty = Fault("nothing", resource="categories")
    async with PrestaShop(catalogue, ShopSettings(faults=[empty])) as shop, connected(shop) as (client, _):
        assert len(await client.table("categories")) == len(catalogue.categories)
        assert await client.table("specific_price_rules") == ()


# --- lists ----------------------------------------------------------------------------------------------------


async def test_a_table_is_read_by_pages_of_ids(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prestashop_importer.client.FLAT_PAGE", 40)
    async with PrestaShop(catalogue) as shop, connected(shop) as (client, _):
        rows = await client.table("stock_availables", display=("id", "id_product"))
    numbers = [int(row["id"]) for row in rows]
    assert numbers == sorted(catalogue.stock_availables)
    assert len(shop.requests) == 1 + 4  # the last page is empty


def test_long_lists_of_ids_are_split_below_the_limit_of_an_address() -> None:
    ids = list(range(100_000, 103_000))
    parts = chunks(ids)
    assert [one for part in parts for one in part] == ids
    assert max(sum(len(str(one)) + 3 for one in part) for part in parts) <= 5000


async def test_data_that_comes_with_notices_is_taken(catalogue: Catalogue) -> None:
    settings = ShopSettings(version="1.7.7.4", notices=True)
    async with PrestaShop(catalogue, settings) as shop, connected(shop) as (client, _):
        found = await client.rows_of("products", "id", [1, 5])
    assert len(found.rows) == 2
    assert "PHP Notice" in found.complaints[0]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (403, AccessRefused),
        (429, AccessRefused),
        (503, PageFault),
        (508, PageFault),
        (500, PageFault),
        (504, PageFault),
    ],
)
async def test_pages_of_a_firewall_or_hoster_are_explained(
    status: int, error: type[Exception], catalogue: Catalogue
) -> None:
    settings = ShopSettings()
    async with PrestaShop(catalogue, settings) as shop, connected(shop) as (client, _):
        await client.access()
        settings.faults.append(Fault("status", status=status, times=-1))
        with pytest.raises(error) as told:
            await client.rows("products")
    assert str(status) in str(told.value)


async def test_a_refused_resource_names_itself_and_where_to_click(catalogue: Catalogue) -> None:
    async with PrestaShop(catalogue) as shop, connected(shop, key=shop.keys["ro"]) as (client, _):
        with pytest.raises(AccessRefused, match="specific_prices") as told:
            await client.rows("specific_prices")
    assert "tick GET (View) for specific_prices" in told.value.to_do


# --- bodies ---------------------------------------------------------------------------------------------------


def recorded(name: str, folder: str = "8.1.3") -> bytes:
    return next((RECORDINGS / folder).glob(f"*-{name}.*")).read_bytes()


def test_json_and_xml_of_one_product_are_the_same_row() -> None:
    from_json = listing(recorded("product-2-display-full-json"), "products").rows
    from_xml = {row["id"]: row for row in listing(recorded("products-hard-xml"), "products").rows or ()}
    assert from_json is not None
    for field in ("price", "reference", "name", "description"):
        assert from_json[0][field] == from_xml["2"][field]
    one, other = from_json[0]["associations"], from_xml["2"]["associations"]
    assert one["combinations"] == other["combinations"]
    assert one["stock_availables"] == other["stock_availables"]


@pytest.mark.parametrize(
    "noise", [b"", b"\xef\xbb\xbf", b"  \n", b"<br />\n<b>Notice</b>: Undefined index [x] in {y} on line 3<br />\n"]
)
def test_what_bad_modules_print_before_an_answer_is_dropped(noise: bytes) -> None:
    assert listing(noise + recorded("empty-list-json"), "products").rows == ()
    assert listing(noise + recorded("empty-list-xml"), "products").rows == ()
    assert len(listing(noise + recorded("products-keyset-1"), "products").rows or ()) == 40
    assert len(listing(noise + recorded("products-minimum-xml"), "products").rows or ()) == 5
    assert root_page(noise + recorded("root-readonly-key")).shop_name == "Sklep Testowy"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Sklep</body></html>",
        b'{"customers":[]}',
        recorded("products-keyset-1")[:5000],
        recorded("products-hard-xml")[:5000],
        recorded("cdata-end-xml", "8.1.3-broken-text"),
        recorded("control-char-xml", "8.1.3-broken-text"),
        b'<!DOCTYPE prestashop [<!ENTITY a "aaaa">]><prestashop><products><product><id>&a;</id></product></products></prestashop>',
        b'<?xml version="1.0"?><prestashop><products><product><id>&unknown;</id></product></products></prestashop>',
    ],
    ids=["nothing", "page", "other list", "cut JSON", "cut XML", "]]>", "control", "document type", "entity"],
)
def test_what_is_no_list_is_no_list(body: bytes) -> None:
    with pytest.raises(Unparsable):
        listing(body, "products")


def test_money_is_never_a_binary_float() -> None:
    (row,) = listing(b'{"products":[{"id":1,"price":0.1,"big":12345678901234567890.123456}]}', "products").rows or ()
    assert str(row["price"]) == "0.1"
    assert str(row["big"]) == "12345678901234567890.123456"


REFUSALS = [
    (401, 18, AccessRefused), (401, 20, AccessRefused), (401, 21, AccessRefused), (401, 26, AccessRefused),
    (405, 25, AccessRefused), (405, 101, AccessRefused), (503, 22, ShopUnusable), (400, 27, ShopUnusable),
    (400, 81, ShopUnusable), (500, 32, ShopUnusable), (500, 33, ShopUnusable), (500, 34, ShopUnusable),
    (500, 35, ShopUnusable), (500, 36, ShopUnusable), (500, 37, ShopUnusable), (404, 131, AccessRefused),
    (403, 132, AccessRefused), (500, 999, AccessRefused), (500, 5, PageFault), (500, 61, PageFault),
]  # fmt: skip


@pytest.mark.parametrize(("status", "code", "kind"), REFUSALS)
def test_every_error_of_the_webservice_has_its_own_words_and_cure(
    status: int, code: int, kind: type[Exception]
) -> None:
    body = b'{"errors":[{"code":%d,"message":"said so"}]}' % code
    told = refusal(Answer(status, {}, body, ""), "products", "https://sklep.example")
    assert isinstance(told, kind)
    assert len(told.to_do if isinstance(told, ImporterError) else told.cure) > 20


def test_the_first_error_counts_where_notices_follow_it() -> None:
    told = refusal(Answer(500, {}, recorded("bad-display"), ""), "products", "https://sklep.example")
    assert isinstance(told, ShopUnusable)


# --- pictures -------------------------------------------------------------------------------------------------


def picture(shop: PrestaShop, product: int, image: int) -> Image:
    folders = "/".join(str(image))
    return Image(
        str(image), f"{shop.url}/api/images/products/{product}/{image}", f"{shop.url}/img/p/{folders}/{image}.jpg"
    )


@pytest.mark.parametrize(
    ("settings", "paths"),
    [
        (ShopSettings(), ["/api/images/products/1/1"]),
        (ShopSettings(drops_authorization_header=True), ["/api/images/products/1/1"]),
        (ShopSettings(forbidden={"images"}), ["/img/p/1/1.jpg"]),
        (
            ShopSettings(
                faults=[
                    Fault(
                        "status",
                        status=403,
                        resource="picture",
                        matches=lambda request: request.path.startswith("/api"),
                        times=-1,
                    )
                ]
            ),
            ["/api/images/products/1/1", "/img/p/1/1.jpg"],
        ),
    ],
    ids=["key", "ws_key", "no permission", "firewall"],
)
async def test_a_picture_is_read_by_key_and_else_in_public(
    settings: ShopSettings, paths: list[str], catalogue: Catalogue
) -> None:
    async with PrestaShop(catalogue, settings) as shop, connected(shop) as (client, pictures):
        await client.access()
        before = len(shop.requests)
        async with pictures.open(picture(shop, 1, 1)) as body:
            read = b"".join([chunk async for chunk in body.chunks()])
    assert read == recorded("image-1-1-original")
    assert [request.path for request in shop.requests[before:]] == paths


@pytest.mark.parametrize(("fault", "said"), [("missing", "status 500"), ("html", "text/html in place")])
async def test_a_picture_that_is_not_there_is_told_with_what_came_instead(
    fault: str, said: str, catalogue: Catalogue
) -> None:
    settings = ShopSettings()
    settings.pictures[1] = "missing" if fault == "missing" else "html"
    async with PrestaShop(catalogue, settings) as shop, connected(shop) as (_, pictures):
        with pytest.raises(HttpFailure, match=f"picture 1: the webservice answered with {said}"):
            async with pictures.open(picture(shop, 1, 1)):
                pass


async def test_what_fails_while_a_picture_is_used_is_not_taken_for_the_pictures_fault(catalogue: Catalogue) -> None:
    async with PrestaShop(catalogue) as shop, connected(shop) as (_, pictures):
        with pytest.raises(HttpFailure, match="the other side"):
            async with pictures.open(picture(shop, 1, 1)):
                raise HttpFailure("the other side")
    assert len(shop.requests) == 2


# --- answers of a person --------------------------------------------------------------------------------------


def test_an_address_is_taken_as_people_copy_it() -> None:
    assert PRESTASHOP_URL.parse("sklep.example/api/") == "https://sklep.example"
    assert PRESTASHOP_URL.parse("http://sklep.example/sklep/index.php") == "http://sklep.example/sklep"


@pytest.mark.parametrize("wrong", ["", "A" * 31, "A" * 33, "A" * 31 + "-"])
def test_a_key_of_another_form_is_explained(wrong: str) -> None:
    with pytest.raises(ValueError, match="letters and digits"):
        PRESTASHOP_KEY.parse(wrong)
