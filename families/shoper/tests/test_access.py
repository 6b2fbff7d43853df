"""Who may ask, for how long, and what a person is told when the shop refuses."""

import asyncio
import base64

import pytest
from gateway_importer.errors import AccessRefused, ImporterError, ShopUnusable, Unreachable
from gateway_importer.redaction import SECRETS
from goods import empty_shop
from importing import SETTINGS, everything_on_pages, opened
from making import picture, product
from shop import Call, Fault, Shop, ShopSettings
from shoper_family.settings import shop_address


def shop_of(number: int = 30, **more: object) -> Shop:
    tables = empty_shop()
    for place in range(1, number + 1):
        picture(tables, product(tables, f"Produkt {place}"), b"\x89PNG")
    return Shop(tables, ShopSettings(**{"limit": 1000, "bandwidth": 1000, **more}))  # type: ignore[arg-type]


async def refused_with(shop: Shop, **more: str) -> ImporterError:
    async with opened(shop, **more) as source:
        with pytest.raises(ImporterError) as caught:
            await everything_on_pages(source)
    return caught.value


async def test_a_password_is_exchanged_for_one_session_and_the_password_goes_out_once() -> None:
    async with shop_of() as shop, opened(shop) as source:
        assert len((await everything_on_pages(source)).products) == 30
        assert len(shop.asked("auth")) == 1
        session = shop.handed_out[0]
        assert {call.token for call in shop.calls if call.resource not in ("auth", "")} == {session}
        basic = base64.b64encode(f"{shop.login}:{shop.password}".encode()).decode()
        assert SECRETS.redact(f"{session} {basic}") == "[hidden] [hidden]"


async def test_a_session_that_ends_in_the_middle_is_renewed_once_by_one_task() -> None:
    ended: list[int] = []

    def end(shop: Shop, call: Call) -> None:
        if len(shop.asked("products")) == 3 and not ended:
            ended.append(1)
            shop.end_sessions()

    async with shop_of(150) as shop:
        shop.hook = end
        async with opened(shop, SHOP_PAGE_SIZE="5") as source:
            handles = [page async for page in source.pages()]
            shop.end_sessions()
            shop.settings.delay = 0.02  # so that several are refused together
            pages = await asyncio.gather(*(source.read(page) for page in handles))
        assert sum(len(page.products) for page in pages) == 150
        assert len(shop.asked("auth")) == 3  # the first, and one for each end


async def test_a_token_is_sent_as_it_is_and_a_refused_one_is_the_merchants_affair() -> None:
    async with shop_of() as shop:
        token = shop.accounts["integration"].token
        async with opened(shop, SHOP_LOGIN="token", SHOP_SECRET=token) as source:
            assert len((await everything_on_pages(source)).products) == 30
        assert not shop.asked("auth")
        shop.accounts["integration"].active = False
        error = await refused_with(shop, SHOP_LOGIN="token", SHOP_SECRET=token)
        assert isinstance(error, AccessRefused)
        assert "Ask the merchant" in error.to_do
        assert not shop.asked("auth")


@pytest.mark.parametrize(
    ("code", "told", "cure"),
    [
        ("auth_failure", "login or the password is wrong", "login and password"),
        ("auth_ip_not_allowed", "certain addresses only", "add this machine's address"),
        ("auth_admin_access_denied", "switched off", "active"),
        ("auth_webapi_access_denied", "may not use the API", "dostęp do webapi"),
    ],
)
async def test_each_refused_login_says_why_and_what_to_do_and_is_not_tried_again(
    code: str, told: str, cure: str
) -> None:
    async with shop_of() as shop:
        shop.accounts["admin"].refusal = code
        error = await refused_with(shop)
        assert isinstance(error, AccessRefused)
        assert told in error.happened
        assert cure in error.to_do
        assert len(shop.calls) == 1


async def test_a_redirect_is_told_and_the_credentials_stay_where_they_were_sent() -> None:
    async with shop_of() as other, shop_of() as shop:
        shop.settings.redirect = other.url
        error = await refused_with(shop)
        assert isinstance(error, ShopUnusable)
        assert other.url in error.happened
        assert not other.calls


async def test_credentials_never_go_out_in_clear() -> None:
    async with shop_of() as shop, opened(shop, SHOP_URL="http://sklep.example.pl") as source:
        with pytest.raises(ImporterError) as caught:
            await source.profile()
        assert "https://sklep.example.pl" in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "kind", "word"),
    [
        (Fault("api", status=402, code="access_denied", times=-1), ShopUnusable, "licence"),
        (Fault("status", status=404, times=-1), ShopUnusable, "has no API"),
        (Fault("status", status=403, times=-1), AccessRefused, "Something in front"),
        (Fault("html", times=-1), Unreachable, "not its JSON"),
        (Fault("api", status=503, times=-1), Unreachable, "locked"),
    ],
    ids=["not paid", "another server", "a firewall", "a parked domain", "locked"],
)
async def test_what_ends_a_run_names_the_cause(fault: Fault, kind: type[ImporterError], word: str) -> None:
    async with shop_of() as shop:
        fault.matches = lambda call: call.resource != "auth"
        shop.settings.faults.append(fault)
        error = await refused_with(shop)
        assert isinstance(error, kind), error
        assert word in error.happened + error.to_do


async def test_what_may_not_be_read_costs_what_it_is_for_and_no_more() -> None:
    async with shop_of() as shop:
        shop.accounts["admin"].denied |= {"product-images", "producers", "availabilities", "languages", "categories"}
        async with opened(shop) as source:
            page = await everything_on_pages(source)
            told = {notice.text for notice in page.notices} | set((await source.profile()).warnings)
        assert len(page.products) == 30
        assert not any(one.images for one in page.products)
        assert any("product-images: products come in without pictures" in text for text in told)
        assert any("availabilities" in text for text in told)
        shop.accounts["admin"].denied = {"taxes"}
        error = await refused_with(shop)
        assert isinstance(error, AccessRefused)
        assert "taxes" in error.happened


async def test_check_names_every_missing_right_at_once_and_shows_how_vat_is_read() -> None:
    async with shop_of() as shop, opened(shop) as source:
        found = {finding.subject: finding for finding in await source.check()}
        assert all(finding.level == "ok" for finding in found.values())
        assert "VAT of 0 %" in found["VAT row 3"].text
        assert "exempt" in found["VAT row 4"].text and "exempt" in found["VAT row 5"].text
        assert "Read: Produkt 1" in found["a product"].text
        assert "Read: 4 bytes" in found["a picture"].text
    async with shop_of() as shop, opened(shop) as source:
        shop.accounts["admin"].denied = {"products", "taxes", "producers"}
        levels = {finding.subject: finding.level for finding in await source.check()}
        assert levels["right to products"] == levels["right to taxes"] == "error"
        assert levels["right to producers"] == "warning"


async def test_no_call_is_too_many_by_the_shops_own_bucket() -> None:
    async with shop_of(230, limit=10, bandwidth=60) as shop, opened(shop, SHOP_PAGE_SIZE="5") as source:
        handles = [page async for page in source.pages()]
        await asyncio.gather(*(source.read(page) for page in handles))
        assert len(shop.calls) > 60
        assert not shop.refused


def test_an_address_is_cut_to_the_shops_own() -> None:
    for typed in (
        "sklep.pl",
        "https://sklep.pl/admin/products",
        "https://sklep.pl/webapi/rest",
        "https://sklep.pl/pl_PL",
    ):
        assert shop_address(typed) == "https://sklep.pl"


def test_an_empty_login_and_the_word_token_mean_a_token() -> None:
    assert SETTINGS.login.parse("") == SETTINGS.login.parse("Token") == ""
    assert SETTINGS.login.parse(" import ") == "import"
