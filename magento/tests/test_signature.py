"""What is signed is what a shop reckons, whatever stands in a question."""

import base64
import hashlib
import hmac
import time
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from magento_importer.signature import Bearer, Signed, authorization, base_string, encoded
from shop_oauth import Door, Integration, who
from shop_query import Refused

MINE = Signed("ck-1234567890", "cs-1234567890", "at-1234567890", "as-1234567890")
URL = "http://sklep.example:8480/rest/default/V1/products"
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)


def asked(
    params: list[tuple[str, str]], header: str, door: Door | None = None, host: str = "sklep.example:8480"
) -> str:
    """Who the shop takes the question to be from."""
    mine = Integration("importer", MINE.consumer_key, MINE.consumer_secret, MINE.token, MINE.token_secret)
    raw = f"/rest/default/V1/products?{encoded(params)}"
    return who([mine], door or Door(), "GET", host, raw, header, "Magento_Catalog::products").name


@given(st.lists(st.tuples(st.text("abcXYZ[]_", min_size=1), TEXT), max_size=6, unique_by=lambda pair: pair[0]))
def test_a_shop_takes_the_signature_of_any_question(params: list[tuple[str, str]]) -> None:
    assert asked(params, authorization(MINE, "GET", URL, params)["Authorization"]) == "importer"
    assert parse_qsl(encoded(params), keep_blank_values=True) == params


def test_ten_filters_are_in_the_order_in_which_a_shop_sorts_them() -> None:
    params = [
        (f"searchCriteria[filterGroups][{place}][filters][0][{part}]", "x")
        for place in range(10)
        for part in ("field", "value", "conditionType")
    ]
    params += [("searchCriteria[pageSize]", "300"), ("fields", "items[id]"), ("storeId", "1"), ("currencyCode", "PLN")]
    assert asked(params, authorization(MINE, "GET", URL, params)["Authorization"]) == "importer"


def test_the_port_is_no_part_of_what_is_signed_and_the_scheme_can_be_chosen() -> None:
    assert "sklep.example%2Frest" in base_string("GET", URL, [])
    assert base_string("GET", URL, [], scheme="https").startswith("GET&https%3A%2F%2Fsklep.example%2F")
    header = authorization(MINE, "GET", URL, [], scheme="https")["Authorization"]
    assert asked([], header, Door(scheme="https")) == "importer"
    with pytest.raises(Refused, match="signature is invalid"):
        asked([], header)


def test_each_try_has_a_nonce_of_its_own() -> None:
    mine = Integration("importer", MINE.consumer_key, MINE.consumer_secret, MINE.token, MINE.token_secret)
    headers = [authorization(MINE, "GET", URL, [])["Authorization"] for _ in range(2)]
    for header in headers:
        who([mine], Door(), "GET", "sklep.example", "/rest/default/V1/products", header, "any")
    with pytest.raises(Refused, match="nonce is already being used"):
        who([mine], Door(), "GET", "sklep.example", "/rest/default/V1/products", headers[0], "any")


def test_a_clock_far_ahead_is_refused_and_an_old_one_is_not() -> None:
    old = authorization(MINE, "GET", URL, [], clock=lambda: time.time() - 2_592_000)
    assert asked([], old["Authorization"]) == "importer"
    ahead = authorization(MINE, "GET", URL, [], clock=lambda: time.time() + 3600)
    with pytest.raises(Refused, match="validating the nonce"):
        asked([], ahead["Authorization"])


def test_a_signature_is_that_of_the_standards_formula() -> None:
    params = [("a", "ż b"), ("c", "=&+")]
    header = authorization(MINE, "GET", "https://sklep.example/rest/all/V1/x", params, clock=lambda: 1_700_000_000)
    own = dict(part.split("=", 1) for part in header["Authorization"].removeprefix("OAuth ").split(", "))
    nonce = own["oauth_nonce"].strip('"')
    text = (
        "GET&https%3A%2F%2Fsklep.example%2Frest%2Fall%2FV1%2Fx&a%3D%25C5%25BC%2520b%26c%3D%253D%2526%252B%26"
        f"oauth_consumer_key%3Dck-1234567890%26oauth_nonce%3D{nonce}%26oauth_signature_method%3DHMAC-SHA256%26"
        "oauth_timestamp%3D1700000000%26oauth_token%3Dat-1234567890%26oauth_version%3D1.0"
    )
    wanted = base64.b64encode(hmac.new(b"cs-1234567890&as-1234567890", text.encode(), hashlib.sha256).digest())
    assert own["oauth_signature"].strip('"') == wanted.decode().replace("+", "%2B").replace("/", "%2F").replace(
        "=", "%3D"
    )


def test_an_access_token_alone_is_sent_as_it_is() -> None:
    assert authorization(Bearer("at-1"), "GET", URL, []) == {"Authorization": "Bearer at-1"}
