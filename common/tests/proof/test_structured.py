"""What a page states for machines is read from JSON-LD and microdata, however themes write them."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from gateway_importer.proof.structured import LONGEST_TAG, Offer, Stated, amount, plain_gtin, statements
from hypothesis import given
from hypothesis import strategies as st

GTIN = "5901234123457"


def page(body: str, head: str = "") -> bytes:
    return f'<!doctype html><html><head><meta charset="utf-8">{head}</head><body>{body}</body></html>'.encode()


def json_ld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


def only(made: bytes) -> Stated:
    (product,) = statements(made).products
    return product


PLAIN = Offer(Decimal(123), "PLN", "instock")

CLASSIC = json_ld(
    '{"@context": "https://schema.org/", "@type": "Product", "name": "Świeca", "sku": "SW-1", "gtin13": "5901234123457",'
    '"offers": {"@type": "Offer", "priceCurrency": "PLN", "price": "123", "availability": "https://schema.org/InStock"}}'
)
GRAPH = json_ld(
    '{"@context": "https://schema.org", "@graph": [{"@type": "WebPage", "@id": "#page", "name": "Sklep"},'
    '{"@type": ["Product", "Thing"], "name": "Świeca", "sku": "SW-1", "gtin": "5901234123457", "offers": [{"@id": "#offer"}]},'
    '{"@id": "#offer", "@type": "Offer", "price": 123, "priceCurrency": "PLN", "availability": "InStock"}]}'
)
INSIDE_A_PAGE = json_ld(
    '[{"@type": "BreadcrumbList", "itemListElement": [{"@type": "Product", "name": "Inny", "offers": {"price": "1"}}]},'
    '{"@type": "ItemPage", "mainEntity": {"@type": "http://schema.org/Product", "name": "Świeca", "sku": "SW-1",'
    '"gtin13": 5901234123457, "isRelatedTo": {"@type": "Product", "name": "Inny", "offers": {"price": "1"}},'
    '"offers": {"@type": "AggregateOffer", "priceCurrency": "PLN", "lowPrice": 1, "offers":'
    '[{"@type": "Offer", "price": "123,00 zł", "availability": "http://schema.org/InStock"}]}}}]'
)
MICRODATA = (
    '<section itemscope itemtype="https://schema.org/Product"><meta itemprop="sku" content="SW-1">'
    f'<meta itemprop="gtin13" content="{GTIN}"><h1 itemprop="name">Świeca</h1>'
    '<div itemprop="offers" itemscope itemtype="https://schema.org/Offer">'
    '<link itemprop="availability" href="https://schema.org/InStock"/><meta itemprop="priceCurrency" content="PLN">'
    '<span itemprop="price" content="123">123,00&nbsp;zł</span></div></section>'
)
WITHOUT_CONTENT = (
    '<div itemscope itemtype="http://schema.org/Product"><b itemprop="name">Świeca</b><i itemprop="sku">SW-1</i>'
    f'<span itemprop="gtin13">{GTIN}</span><p itemprop="offers" itemscope itemtype="http://schema.org/Offer">'
    '<span itemprop="price">123,00&nbsp;zł</span><a itemprop="availability" href="http://schema.org/InStock">jest</a></p></div>'
)
SPECIFICATION = json_ld(
    '{"@type": "Product", "name": "Świeca", "sku": "SW-1", "gtin13": "5901234123457", "offers": [{"@type": "Offer",'
    '"availability": "https://schema.org/InStock", "priceSpecification": [{"@type": "UnitPriceSpecification",'
    '"price": "123.00", "priceCurrency": "PLN", "valueAddedTaxIncluded": true}]}]}'
)


@pytest.mark.parametrize(
    "body",
    [CLASSIC, GRAPH, INSIDE_A_PAGE, MICRODATA, WITHOUT_CONTENT, SPECIFICATION],
    ids=["classic theme", "graph", "inside a page", "microdata", "microdata as text", "price specification"],
)
def test_one_product_with_one_price_is_read_alike_in_every_form(body: str) -> None:
    found = only(page(body))
    assert (found.name, found.sku, found.gtin) == ("Świeca", "SW-1", GTIN)
    (offer,) = found.offers
    assert (offer.price, offer.currency, offer.availability) == (PLAIN.price, "PLN", "instock")
    assert offer.buyable is True and not offer.only_for


def test_variants_carry_their_own_codes() -> None:
    group = (
        '{"@type": "ProductGroup", "name": "Koszulka", "sku": "K", "hasVariant": ['
        '{"@type": "Product", "sku": "K-S", "gtin13": "5901234123457", "offers": {"price": 50, "priceCurrency": "PLN"}},'
        '{"@type": "Product", "sku": "K-M", "offers": {"price": 60, "priceCurrency": "PLN",'
        '"availability": "https://schema.org/OutOfStock"}}]}'
    )
    found = only(page(json_ld(group)))
    assert [(offer.sku, offer.gtin, offer.price, offer.buyable) for offer in found.offers] == [
        ("K-S", GTIN, Decimal(50), None), ("K-M", "", Decimal(60), False),
    ]  # fmt: skip


def test_a_price_before_a_reduction_and_one_for_few_are_known_as_such() -> None:
    offer = (
        '{"@type": "Offer", "price": "80", "priceCurrency": "PLN", "priceSpecification": ['
        '{"priceType": "https://schema.org/StrikethroughPrice", "price": "100", "priceCurrency": "PLN"},'
        '{"price": "70", "priceCurrency": "PLN", "validForMemberTier": {"name": "VIP"}},'
        '{"price": "75", "priceCurrency": "PLN", "eligibleQuantity": {"minValue": 10}}]}'
    )
    found = only(page(json_ld('{"@type": "Product", "name": "A", "offers": ' + offer + "}")))
    assert [(one.price, one.before, one.only_for) for one in found.offers] == [
        (Decimal(80), Decimal(100), ""), (Decimal(70), Decimal(100), "group"), (Decimal(75), Decimal(100), "quantity"),
    ]  # fmt: skip


def test_products_beside_the_main_one_follow_it() -> None:
    other = MICRODATA.replace("Świeca", "Inna").replace("SW-1", "IN-1")
    assert [one.sku for one in statements(page(MICRODATA + other)).products] == ["SW-1", "IN-1"]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('<!-- {"@type": "Product", "name": "A"} -->', True),
        ('/*<![CDATA[*/ {"@type": "Product", "name": "A"} /*]]>*/', True),
        ('{"@type": "Product", "name": "A\nB"};', True),
        ('{"@type": "Product", "name": "A", "offers": {"price": "1"', False),
        ("", False),
        ("[" * 100_000, False),
        ('{"price": ' + "9" * 5000 + "}", False),
    ],
    ids=["comment", "CDATA", "line break and semicolon", "cut off", "empty", "deep", "long number"],
)
def test_mistakes_that_search_engines_forgive_are_forgiven_and_others_counted(text: str, read: bool) -> None:
    found = statements(page(json_ld(text)))
    assert (len(found.products), found.broken) == ((1, 0) if read else (0, 1))


@pytest.mark.parametrize("made", [b"", b"   ", b"\x00\xff" * 50, b"<!-- <script", page("<p>Sklep</p>"), b"GIF89a\x01"])
def test_a_page_without_statements_states_nothing(made: bytes) -> None:
    assert statements(made).products == ()


def test_a_page_in_an_older_encoding_is_read_by_what_it_or_its_server_says() -> None:
    text = f'<html><head><meta charset="iso-8859-2"></head><body>{MICRODATA}</body></html>'.encode("iso-8859-2")
    assert only(text).name == "Świeca"
    assert only(text.replace(b"iso-8859-2", b"x")).name != "Świeca"
    assert statements(text.replace(b"iso-8859-2", b"x"), "iso-8859-2").products[0].name == "Świeca"
    assert statements(page(MICRODATA), "no-such-code").products[0].name == "Świeca"


def test_a_hostile_page_states_nothing() -> None:
    """What would cost a parser minutes is cut off or not parsed at all."""
    assert statements(b"<div itemscope>" * 200_000 + MICRODATA.encode()).products == ()
    attributes = b" ".join(b"a%d=1" % number for number in range(LONGEST_TAG // 6))
    assert statements(b"<a " + attributes + b">" + MICRODATA.encode()).products == ()
    assert statements(page(json_ld('{"a":' * 900 + "1" + "}" * 900))).products == ()
    looped = '{"@graph": [{"@id": "#a", "@type": "Product", "name": "A", "offers": {"@id": "#a"}}]}'
    assert only(page(json_ld(looped))).name == "A"


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("123", "123"), ("12.3", "12.3"), ("3.075", "3.075"), ("1234.56", "1234.56"), ("1,234.56", "1234.56"),
        ("12,30", "12.30"), ("1 234,56 zł", "1234.56"), ("1\u00a0234,56\u00a0zł", "1234.56"), ("1.234,56 €", "1234.56"),
        ("1.234.567", "1234567"), ("19 zł.", "19"), ("PLN 5,5", "5.5"), ("0", "0"),
        ("1,234", None), ("", None), ("ask us", None), ("-5", None), ("1e5", None), ("NaN", None), ("٣٤", None), ("9" * 60, None),
    ],
)  # fmt: skip
def test_a_price_as_pages_write_it(text: str, price: str | None) -> None:
    assert amount(text) == (None if price is None else Decimal(price))


def test_codes_of_one_article_look_alike() -> None:
    assert plain_gtin("0036000291452") == plain_gtin("036000291452") == "36000291452"
    assert plain_gtin("590-1234-123457") == GTIN
    assert plain_gtin("SW-1") == plain_gtin("") == plain_gtin("123") == ""


@given(st.binary(max_size=400), st.text(max_size=200))
def test_nothing_that_a_page_holds_raises(noise: bytes, text: str) -> None:
    statements(noise)
    statements(noise, text[:20])
    statements(page(json_ld(text) + MICRODATA[: len(text)]))
    amount(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["@type", "@id", "@graph", "offers", "price", "lowPrice", "sku", "gtin", "name", "hasVariant",
                         "priceSpecification", "availability", "eligibleQuantity", "minValue", "priceCurrency"]),
        inner | st.sampled_from(["Product", "Offer", "AggregateOffer", "ProductGroup"]), max_size=6),
    max_leaves=20,
)  # fmt: skip


@given(JSON)
def test_json_of_any_shape_is_read_without_a_fault(made: object) -> None:
    found = statements(page(json_ld(json.dumps({"@type": "Product", "offers": made, "name": made, "sku": made}))))
    assert len(found.products) >= 1 and found.broken == 0
