"""Pictures that are not transferred: the Gateway gets a public address, to fetch or to show."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from gateway_importer.catalog import Image
from gateway_importer.failures import AnswerLost
from gateway_importer.images.downloads import Downloads
from gateway_importer.images.hotlink import Hotlink, public_address
from gateway_importer.images.way import PictureFault
from gateway_importer.redaction import SECRETS
from picture_servers import refused
from picture_way import Way

KEY = "WEBSERVICEKEY0123456789"


@pytest.fixture
def known_key() -> Iterator[None]:
    forms = list(SECRETS._forms)
    SECRETS.add(KEY)
    yield
    SECRETS._forms = forms


def image(address: str | None) -> Image:
    return Image("1021", "https://shop.example/api/images/1021", address)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://shop.example/img/1021.jpg", "https://shop.example/img/1021.jpg"),
        ("https://shop.example/img/krzesło dębowe.jpg", "https://shop.example/img/krzes%C5%82o%20d%C4%99bowe.jpg"),
        ("https://żółw.example/a.jpg?rozmiar=duży&b=1", "https://xn--w-uga1v8h.example/a.jpg?rozmiar=du%C5%BCy&b=1"),
        ("https://shop.example/a%20b%C5%82.jpg", "https://shop.example/a%20b%C5%82.jpg"),
        ("https://shop.example/100%.jpg", "https://shop.example/100%25.jpg"),
        ("https://shop.example:8443/a+b~(1)'.jpg?v=1%2B2", "https://shop.example:8443/a+b~(1)'.jpg?v=1%2B2"),
        ('http://shop.example/a"<>|.jpg#top', "http://shop.example/a%22%3C%3E%7C.jpg"),
        ("HTTPS://Shop.Example/A.jpg", "https://shop.example/A.jpg"),
        ("http://[2001:db8::1]:80/a.jpg", "http://[2001:db8::1]:80/a.jpg"),
    ],
)
async def test_addresses_become_ascii_and_are_otherwise_left_alone(way: Way, address: str, expected: str) -> None:
    assert (await Hotlink().place(image(address), way.source)).address == expected
    await Downloads(way.api).place(image(address), way.source)
    assert way.api.fetched == [expected]
    assert public_address(image(expected)) == expected


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (None, "no_public_address"),
        ("", "no_public_address"),
        ("/img/a.jpg", "picture_address"),
        ("ftp://shop.example/a.jpg", "picture_address"),
        ("data:image/png;base64,AA", "picture_address"),
        ("https://shop.example:port/a.jpg", "picture_address"),
        ("https://[/a.jpg", "picture_address"),
        (f"https://{'ż' * 70}.example/a.jpg", "picture_address"),
        ("https://shop.example/\ud800.jpg", "picture_address"),
        (f"https://{KEY}@shop.example/a.jpg", "address_with_key"),
        (f"https://shop.example/a.jpg?ws_key={KEY}", "address_with_key"),
    ],
)
@pytest.mark.usefixtures("known_key")
async def test_an_address_that_is_none_or_carries_a_key_goes_nowhere(way: Way, address: str | None, code: str) -> None:
    for one_way in (Hotlink(), Downloads(way.api)):
        with pytest.raises(PictureFault) as caught:
            await one_way.place(image(address), way.source)
        assert caught.value.code == code
        assert KEY not in caught.value.cause
    assert way.api.fetched == []


async def test_the_gateways_own_address_for_a_fetched_picture_counts(way: Way) -> None:
    placed = await Downloads(way.api).place(image("https://shop.example/a.jpg"), way.source)
    assert (placed.address, placed.size) == ("https://pictures.example/fetched.jpg", 0)
    assert way.shop.asked == {}


@pytest.mark.parametrize(
    ("refusal", "code"),
    [(refused("404 at the shop"), "download_refused"), (AnswerLost("gone"), "download_unavailable")],
)
async def test_a_picture_that_the_gateway_cannot_fetch_costs_the_picture(
    way: Way, refusal: Exception, code: str
) -> None:
    way.api.refusal = refusal
    with pytest.raises(PictureFault) as caught:
        await Downloads(way.api).place(image("https://shop.example/a.jpg"), way.source)
    assert caught.value.code == code
