"""A difference between a page and the Gateway is explained only where the shop itself bears the page out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from gateway_importer.catalog import Counted, NotCounted, Price, StockLevel, UnknownStock, Variant, VariantId, VatRate
from gateway_importer.proof.compare import (
    Finding,
    Shown,
    Terms,
    Verdict,
    compare,
    main_product,
    offer_of,
    shown_of,
    valid_gtin,
)
from gateway_importer.proof.rows import row_of
from gateway_importer.proof.structured import Offer, Stated, Statements

GTIN, OTHER_GTIN = "5901234123457", "5900000000008"


def today(
    gross: str = "100.00", regular: str | None = None, *, currency: str = "PLN", stock: StockLevel | int = 5,
    gtin: str = "", backorders: bool = False, sku: str = "A",
) -> Variant:  # fmt: skip
    price = Price(Decimal(gross), VatRate(Decimal(23)), currency, None if regular is None else Decimal(regular))
    level = Counted(Decimal(stock)) if isinstance(stock, int) else stock
    return Variant(VariantId(""), price, level, sku=sku, gtin=gtin, backorders=backorders)


def shown(gross: str = "100.00", *, buyable: bool | None = True, gtin: str | None = "") -> Shown:
    return Shown(Decimal(gross), "PLN", buyable, gtin, Decimal(23))


def offer(price: str = "100.00", currency: str = "PLN", availability: str = "", **more: Any) -> Offer:
    return Offer(Decimal(price), currency, availability, **more)


def terms(price: str = "regular", **rates: str) -> Terms:
    return Terms(price, {currency: Decimal(rate) for currency, rate in rates.items()})


def found(
    what: str, here: Shown, there: Offer, now: Variant, settled: Terms | None = None, *,
    edited: Collection[str] = (), moved: Collection[str] = (), others: Collection[Variant] = (), named: bool = True,
) -> tuple[str, str]:  # fmt: skip
    """Verdict and reason of one finding."""
    findings = compare(
        here, there, now, settled or terms(), edited=edited, moved=moved, others=tuple(others), named=named
    )
    return next(((one.verdict.value, one.why) for one in findings if one.what == what), ("-", ""))


@pytest.mark.parametrize(
    ("gateway", "page", "shop", "setting", "verdict", "why"),
    [
        ("100.00", "100", today(), "regular", "agrees", ""),
        ("100.00", "99.995", today(), "regular", "agrees", ""),
        ("100.00", "80", today("80", "100"), "regular", "explained", "a reduction is running"),
        ("80.00", "80", today("80", "100"), "reduced", "agrees", ""),
        ("80.00", "100", today("80", "100"), "reduced", "explained", "a reduction is running"),
        ("100.00", "81.30", today(), "regular", "explained", "without VAT"),
        ("90.00", "100", today(), "regular", "differs", ""),  # the shop has not moved since
        ("100.01", "100", today(), "regular", "differs", ""),
        ("100.00", "90", today(), "regular", "differs", ""),  # the shop bears the Gateway out, not the page
        ("90.00", "95", today(), "regular", "differs", ""),
        ("90.00", "81.30", today(), "regular", "differs", ""),  # net of what the Gateway should have, and has not
        ("80.00", "70", today("80", "100"), "reduced", "differs", ""),
        ("123.00", "100", today("100"), "regular", "differs", ""),
    ],
)
def test_prices(gateway: str, page: str, shop: Variant, setting: str, verdict: str, why: str) -> None:
    said = found("price", shown(gateway), offer(page), shop, terms(setting))
    assert said[0] == verdict and why in said[1], said


def test_a_price_that_moved_at_the_shop_or_at_the_gateway_is_named_so() -> None:
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"edited": {"price"}}, "changed at the Gateway"),
        ({"moved": {"price"}}, "the next import"),
    )
    for fields, word in cases:
        said = found("price", shown("90.00"), offer("100"), today(), **fields)
        assert said[0] == "explained" and word in said[1]
        # The page shows what the shop does not say: neither explains that.
        assert found("price", shown("90.00"), offer("95"), today(), **fields)[0] == "differs"
    kept = replace(terms(), keep={"price"})
    assert "KEEP=price" in found("price", shown("90.00"), offer("100"), today(), kept, moved={"price"})[1]


def test_a_net_amount_of_two_decimals_may_miss_by_a_grosz() -> None:
    rounded = replace(terms(), rounded_net=True)
    said = found("price", shown("1.03"), offer("1.04"), today("1.04"), rounded)
    assert said[0] == "explained" and "NET_DECIMALS=2" in said[1]
    assert found("price", shown("1.02"), offer("1.04"), today("1.04"), rounded)[0] == "differs"
    assert found("price", shown("1.03"), offer("1.04"), today("1.04"))[0] == "differs"


def test_a_reduction_that_only_the_page_knows_is_explained_by_the_price_before_it() -> None:
    stated = offer("80", before=Decimal(100))
    assert found("price", shown("100.00"), stated, today("100"))[0] == "explained"
    assert found("price", shown("100.00"), stated, today("100"), terms("reduced"))[0] == "differs"
    assert found("price", shown("90.00"), stated, today("90"))[0] == "differs"


def test_a_price_for_few_explains_itself_and_only_a_page_without_another() -> None:
    said = found("price", shown(), offer("70", only_for="group"), today())
    assert said == ("explained", "the page states a price for a group only")


@pytest.mark.parametrize(
    ("gateway", "page", "shop", "rates", "verdict", "why"),
    [
        ("431.00", "100", today("100", currency="EUR"), {"EUR": "4.31"}, "agrees", ""),
        ("431.00", "90", today("100", currency="EUR"), {"EUR": "4.31"}, "differs", ""),
        ("431.00", "90", today("90", "100", currency="EUR"), {"EUR": "4.31"}, "explained", "a reduction"),
        ("100.00", "23", today(), {}, "explained", "no rate"),  # the page shows this visitor euro
    ],
)
def test_prices_in_another_currency(
    gateway: str, page: str, shop: Variant, rates: dict[str, str], verdict: str, why: str
) -> None:
    here, there = shown(gateway), offer(page, "EUR")
    said = found("price", here, there, shop, terms(**rates))
    assert said[0] == verdict and why in said[1], said
    assert found("currency", here, there, shop, terms(**rates))[0] == "explained"


def test_złoty_for_euro_is_never_explained() -> None:
    """A price in euro that came in as złoty: the shop and the page say EUR, and nobody gave a rate."""
    here, there, shop = shown("100.00"), offer("100", "EUR"), today("100", currency="EUR")
    assert found("currency", here, there, shop)[0] == "differs"


@pytest.mark.parametrize(
    ("page", "gateway", "shop", "changed", "verdict", "why"),
    [
        ("instock", True, today(), {}, "agrees", ""),
        ("outofstock", False, today(stock=0), {}, "agrees", ""),
        ("preorder", True, today(stock=NotCounted()), {}, "agrees", ""),
        ("instock", False, today(stock=0, backorders=True), {}, "explained", "beyond its stock"),
        ("instock", False, today(stock=5), {"moved": {"stock_level"}}, "explained", "the next import"),
        ("outofstock", True, today(stock=0), {"moved": {"stock_level"}}, "explained", "the next import"),
        ("instock", False, today(stock=5), {"edited": {"stock_level"}}, "explained", "an order there"),
        ("instock", False, today(stock=5, backorders=True), {}, "differs", ""),
        ("instock", False, today(stock=5), {}, "differs", ""),
        ("instock", False, today(stock=0), {}, "explained", "marks every product as in stock"),
        ("outofstock", True, today(stock=5), {}, "differs", ""),
        ("outofstock", True, today(stock=UnknownStock()), {}, "differs", ""),
        ("instock", None, today(), {}, "-", ""),
        ("dispatched by pigeon", True, today(), {}, "-", ""),
    ],
)
def test_availability(
    page: str, gateway: bool | None, shop: Variant, changed: dict[str, Any], verdict: str, why: str
) -> None:
    said = found("availability", shown(buyable=gateway), offer(availability=page), shop, **changed)
    assert said[0] == verdict and why in said[1], said


@pytest.mark.parametrize(
    ("page", "gateway", "shop", "more", "verdict", "why"),
    [
        (GTIN, GTIN, today(gtin=GTIN), {}, "agrees", ""),
        (GTIN, "", today(gtin=GTIN), {"moved": {"data"}}, "explained", "the next import"),
        (GTIN, "", today(gtin=GTIN), {}, "differs", ""),
        (OTHER_GTIN, GTIN, today(gtin=GTIN), {}, "differs", ""),
        (OTHER_GTIN, GTIN, today(gtin=GTIN), {"others": [today()]}, "explained", "states the product's"),
        ("5901234123450", "", today(), {}, "explained", "not a valid code"),
        (GTIN, None, today(gtin=GTIN), {}, "-", ""),  # the query does not return what holds it
        ("", GTIN, today(gtin=GTIN), {}, "-", ""),
    ],
)
def test_gtin(page: str, gateway: str | None, shop: Variant, more: dict[str, Any], verdict: str, why: str) -> None:
    said = found("GTIN", shown(gtin=gateway), offer(gtin=page), shop, **more)
    assert said[0] == verdict and why in said[1], said


def test_a_page_that_shows_another_variant_is_known_only_without_a_code() -> None:
    small, large = today("50", sku="S"), today("60", sku="L")
    assert found("price", shown("60"), offer("50"), large, others=[small], named=False)[0] == "explained"
    assert found("price", shown("60"), offer("50"), large, others=[small], named=True)[0] == "differs"
    # The Gateway has what the shop says of neither: nothing explains that.
    assert found("price", shown("61"), offer("50"), large, others=[small], named=False)[0] == "differs"
    assert found("price", shown("60"), offer("55"), large, others=[small], named=False)[0] == "differs"


def test_the_offer_of_a_variant_is_found_by_its_codes() -> None:
    small, large = offer("50", sku="S", gtin=GTIN), offer("60", sku="L")
    both = Stated("Koszulka", "K", "", (small, large))
    assert offer_of(both, today(gtin=GTIN, sku="x"), "x", alone=False) == (small, "", True)
    assert offer_of(both, today(sku="L"), "L", alone=False) == (large, "", True)
    assert offer_of(both, today(sku="M"), "M", alone=False)[0] is None
    one = replace(both, offers=(small,))
    assert offer_of(one, today(sku="M"), "M", alone=True) == (small, "", False)
    assert offer_of(one, today(gtin=GTIN), "x", alone=True) == (small, "", True)
    for_many = offer("40", only_for="quantity")
    assert offer_of(replace(both, offers=(small, for_many)), today(), "A", alone=True)[0] == small


def test_prices_that_cannot_be_told_apart_are_not_compared() -> None:
    two = Stated("A", "A", "", (offer("50"), offer("60")))
    assert "several prices" in offer_of(two, today(), "A", alone=True)[1]
    span = Stated("A", "A", "", (Offer(None, "PLN", "", lowest=Decimal(50), highest=Decimal(60)),))
    assert "only a range" in offer_of(span, today(), "A", alone=True)[1]
    assert "no price" in offer_of(Stated("A"), today(), "A", alone=True)[1]


def test_the_product_that_a_page_is_about_is_the_one_with_our_codes_or_name() -> None:
    other, ours = Stated("Inny", "X", "", (offer(),)), Stated("Świeca", "SW", "", (offer(),))
    assert main_product(Statements((other, ours)), "?", {"SW"}) == ours
    assert main_product(Statements((other, ours)), "ŚWIECA ", set()) == ours
    assert main_product(Statements((other,)), "Świeca", {"SW"}) == "it is about another product: Inny"
    unnamed = Stated("Candle", "", "", (offer(),))
    assert main_product(Statements((unnamed,)), "Świeca", {"SW"}) == unnamed  # another language's name alone
    assert "no product" in str(main_product(Statements(), "Świeca", {"SW"}))
    assert "cannot be read" in str(main_product(Statements(broken=1), "Świeca", {"SW"}))


def test_what_an_object_shows_is_read_as_the_query_returns_it() -> None:
    unit = {"amount": Decimal("123.0"), "currency": "zł", "vat0": Decimal(100)}
    raw = {"price": {"original": {"unit": unit}}, "vat": "VAT23", "stock_level": 0, "for_sale": True}
    assert shown_of({**raw, "data": {"gtin": GTIN}}) == Shown(Decimal("123.00"), "PLN", False, GTIN, Decimal(23))
    assert shown_of({}) == Shown(None, "PLN", None, None, None)
    assert shown_of({"for_sale": False, "stock_level": 5}).buyable is False


def test_a_row_is_as_bad_as_its_worst_finding() -> None:
    agrees, explained, differs = (
        Finding("price", verdict, "", "") for verdict in (Verdict.AGREES, Verdict.EXPLAINED, Verdict.DIFFERS)
    )
    for findings, verdict in (
        ((agrees,), "agrees"),
        ((agrees, explained), "explained"),
        ((explained, differs), "differs"),
    ):
        assert row_of("1", "", "A", "A", "", findings).verdict.value == verdict
    stock = Finding("availability", Verdict.AGREES, "", "")
    assert row_of("1", "", "A", "A", "", (stock,)).verdict is Verdict.NOT_COMPARED


def test_a_code_is_valid_by_its_check_digit() -> None:
    assert valid_gtin(GTIN) and valid_gtin("36000291452") and not valid_gtin("5901234123450") and not valid_gtin("")
