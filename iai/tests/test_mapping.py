"""What a product of an offer means, as tables: prices, stocks, VAT, codes, versions, texts."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from gateway_importer.catalog import Counted, Failed, NotCounted, Product, ProductId, Skipped, StockLevel, Variant
from goods import EXTENSION, Form, Goods, Promotion, Size, Writer
from goods import Product as Ware
from iai_importer import wire
from iai_importer.conditions import Conditions
from iai_importer.mapping import member_of
from iai_importer.parser import Malformed, Parser, merged
from idosell_family.product import product_of

NOW = datetime(2026, 11, 23, 14, 0)
HEAD = f"<offer><products {EXTENSION}>".encode()


def read(text: str) -> wire.Product:
    return wire.product(Parser(HEAD).element(text.encode()))


def mapped(ware: Ware, *, light: bool = True, form: Form | None = None, **more: Any) -> Product | Skipped | Failed:
    """The product that both files make of a product of the panel."""
    writer = Writer(Goods(), "https://shop.example", form or Form())
    given: dict[str, Any] = {"languages": ("pol",), "currency": "PLN", "price": "full", "now": NOW}
    conditions = Conditions(**{**given, "light": light, "full_is_newer": not light, **more})
    lights = read(writer.light_product(ware)) if light else None
    member = member_of(read(writer.full_product(ware)), lights, conditions, group=ware.group or ware.id)
    return product_of(ProductId(member.group), [member])


def only(ware: Ware, **more: Any) -> Variant:
    made = mapped(ware, **more)
    assert isinstance(made, Product) and not made.left_out, made
    (variant,) = made.variants
    return variant


def fault(ware: Ware, **more: Any) -> tuple[str, str]:
    """Why a product, or the one variant that it has, cannot be had."""
    made = mapped(ware, **more)
    if isinstance(made, Failed):
        return made.fault.code, made.fault.cause
    assert isinstance(made, Product) and made.left_out[0].fault is not None
    return made.left_out[0].fault.code, made.left_out[0].fault.cause


def ware(**more: Any) -> Ware:
    return Ware("401", **{"names": {"pol": "Koszula", "eng": "Shirt"}, "sizes": [Size("uniw")]} | more)


# --- prices --------------------------------------------------------------------------------------------------

ALL = {
    "price": "100.00", "srp": "140.00", "light_price": "70.00", "retail": {"0": "120.00", "4": "125.00"},
    "sizes": [Size("4", "M", price="105.00", light_price="75.00", srp="150.00")],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "without", "gross"),
    [
        ("full", (), "125.00"),  # the shop's retail price of the size
        ("full", ("retail of the size",), "120.00"),  # of all sizes
        ("full", ("retail",), "105.00"),  # the size's own
        ("full", ("retail", "size"), "100.00"),  # the product's
        ("light", (), "75.00"),
        ("srp", (), "150.00"),
        ("srp", ("size",), "140.00"),
    ],
)
def test_the_price_of_the_chosen_kind_is_taken_from_the_nearest_place(
    kind: str, without: tuple[str, ...], gross: str
) -> None:
    given = ware(**ALL)
    given.sizes = [Size("4", "M", price="105.00", light_price="75.00", srp="150.00")]
    if "retail of the size" in without:
        given.retail = {"0": "120.00"}
    if "retail" in without:
        given.retail = {}
    if "size" in without:
        given.sizes = [Size("4", "M")]
    assert only(given, price=kind).price.gross == Decimal(gross)


@pytest.mark.parametrize("kind", ["light", "srp"])
def test_a_product_without_the_chosen_kind_fails_and_no_other_kind_is_taken(kind: str) -> None:
    code, cause = fault(ware(price="100.00"), light=False, price=kind)
    assert code == "price_missing"
    assert ("light" if kind == "light" else "suggested") in cause


def test_a_light_price_without_vat_is_that_of_the_product_where_the_net_one_is() -> None:
    light = read(
        '<product id="401"><price gross="1.04" net="0.85"/><sizes><size id="4"><price net="0.85"/></size>'
        '<size id="5"><price net="0.95"/></size></sizes></product>'
    )
    full = read(
        '<product id="401" vat="23.0"><description><name>X</name></description><sizes><size id="4" name="M"/><size id="5" name="L"/></sizes></product>'
    )
    conditions = Conditions(("pol",), "PLN", "light", NOW, light=True, light_currency="EUR")
    member = member_of(full, light, conditions, group="401")
    told = [(str(size.money.gross), size.money.currency) for size in member.sizes if size.money]
    assert told == [("1.04", "EUR"), ("1.17", "EUR")]


@pytest.mark.parametrize("sizes", ['<size id="4"/><size id="4"/>', '<size id="4"/><size name="M"/>', "<size/>"])
def test_sizes_that_cannot_be_told_apart_cost_the_product(sizes: str) -> None:
    full = read(
        f'<product id="401" vat="23.0"><description><name>X</name></description><price gross="1"/><sizes>{sizes}</sizes></product>'
    )
    member = member_of(full, None, Conditions(("pol",), "PLN", "full", NOW), group="401")
    assert member.broken is not None and member.broken.fault.code == "sizes_unclear"


def test_html_that_stands_as_elements_in_a_text_is_the_text() -> None:
    text = "<long_desc>Opis: <p>100% <b>len</b></p> i guziki</long_desc>"
    found = read(f'<product id="401"><description><name>X</name>{text}</description></product>')
    assert found.descriptions == {"": "Opis: <p>100% <b>len</b></p> i guziki"}


def test_a_light_price_without_vat_gets_it() -> None:
    light = read('<product id="401" vat="23.0"><price net="81.30"/><sizes><size id="uniw"/></sizes></product>')
    full = read(Writer(Goods(), "", Form()).full_product(ware()))
    conditions = Conditions(("pol",), "PLN", "light", NOW, light=True)
    made = product_of(ProductId("401"), [member_of(full, light, conditions, group="401")])
    assert isinstance(made, Product)
    assert made.variants[0].price.gross == Decimal("100.00")


def test_two_prices_that_do_not_belong_together_are_told_and_the_gross_one_counts() -> None:
    text = Writer(Goods(), "", Form()).full_product(ware(price="123.00")).replace('net="100.00"', 'net="99.50"')
    conditions = Conditions(("pol",), "PLN", "full", NOW)
    made = product_of(ProductId("401"), [member_of(read(text), None, conditions, group="401")])
    assert isinstance(made, Product)
    assert made.variants[0].price.gross == Decimal("123.00")
    assert [one.code for one in made.notices] == ["price_differs"]
    for net in ("100.01", "99.99"):  # a grosz is rounding
        near = Writer(Goods(), "", Form()).full_product(ware(price="123.00")).replace('net="100.00"', f'net="{net}"')
        member = member_of(read(near), None, conditions, group="401")
        assert not member.notices


@pytest.mark.parametrize(
    ("begins", "ends", "runs"),
    [
        ("2026-11-01 00:00:00", "2026-12-01 00:00:00", True),
        ("2026-11-23 13:59:59", "2026-11-23 14:00:01", True),
        ("2026-11-01 00:00:00", "2026-11-23 14:00:00", False),
        ("2026-11-23 14:00:01", "", False),
        ("", "2026-11-23", True),  # a day is over with its end
        ("", "2026-11-22", False),
        ("0000-00-00 00:00:00", "", True),
    ],
)
def test_a_promotion_reduces_the_price_while_it_runs(begins: str, ends: str, runs: bool) -> None:
    price = only(ware(price="100.00", promotion=Promotion("80.00", "100.00", begins, ends))).price
    assert (price.gross, price.regular) == ((Decimal(80), Decimal(100)) if runs else (Decimal(100), None))


def test_a_size_of_another_price_than_the_one_that_is_reduced_keeps_it() -> None:
    given = ware(price="100.00", promotion=Promotion("80.00", "100.00"))
    given.sizes = [Size("4", "M"), Size("5", "L", price="110.00")]
    made = mapped(given)
    assert isinstance(made, Product)
    assert [one.price.gross for one in made.variants] == [Decimal(80), Decimal(110)]
    assert [one.code for one in made.notices] == ["promotion_unclear"]


def test_a_promotion_whose_dates_cannot_be_read_is_told_and_is_none() -> None:
    made = mapped(ware(price="100.00", promotion=Promotion("80.00", "100.00", "wczoraj", "")))
    assert isinstance(made, Product)
    assert made.variants[0].price.regular is None
    assert [one.code for one in made.notices] == ["promotion_unread"]


@pytest.mark.parametrize(
    ("said", "vat"),
    [("23.0", "23"), ("0.0", "0"), ("5", "5"), ("8,0", "8"), ("-1", "exempt"), ("zw", "exempt"), (None, "exempt")],
)
def test_vat_is_the_rate_that_is_named_or_exempt(said: str | None, vat: str) -> None:
    found = only(ware(vat=said)).price.vat
    assert getattr(found, "percent", None) == Decimal(vat) if vat != "exempt" else getattr(found, "kind", "") == vat


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"price": "na telefon"}, "price_unreadable"),
        ({"price": "-5"}, "price_unreadable"),
        ({"price": "1e3"}, "price_unreadable"),
        ({"price": "NaN"}, "price_unreadable"),
        ({"vat": "dwadzieścia"}, "vat_unreadable"),
        ({"vat": "123"}, "vat_unreadable"),
        ({"names": {"pol": " "}}, "nameless"),
        ({"sizes": []}, "no_sizes"),
        ({"sizes": [Size("uniw", stocks={"1": ("dużo", "0")})], "form": Form(reserved=False)}, "stock_unreadable"),
    ],
)
def test_what_cannot_be_read_fails_the_product_with_its_cause(more: dict[str, Any], code: str) -> None:
    form = more.pop("form", None)
    assert fault(ware(**more), form=form)[0] == code


def test_what_is_beside_the_point_costs_itself() -> None:
    made = mapped(ware(sizes=[Size("uniw", weight="lekka", ean="5901234123450")]))
    assert isinstance(made, Product) and made.variants
    assert [one.code for one in made.notices] == ["gtin_invalid", "weight_unreadable"]
    text = Writer(Goods(), "", Form()).full_product(ware(price="123.00")).replace('net="100.00"', 'net="sto"')
    member = member_of(read(text), None, Conditions(("pol",), "PLN", "full", NOW), group="401")
    assert member.sizes[0].money is not None and member.sizes[0].money.gross == Decimal("123.00")


# --- stocks --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stocks", "light_stocks", "more", "level"),
    [
        # the whole file alone, or newer
        ({"1": ("9.000", "2")}, None, {"light": False}, Counted(Decimal(7))),
        ({"1": ("9.000", "2"), "0": ("3", "0")}, None, {"light": False}, Counted(Decimal(10))),
        ({"1": ("9", "2")}, {"1": "5"}, {"full_is_newer": True}, Counted(Decimal(7))),
        ({}, {"1": "5"}, {"full_is_newer": True}, Counted(Decimal(0))),  # sold out since
        ({"1": ("1,5", "0")}, None, {"light": False, "form": Form(reserved=False)}, Counted(Decimal("1.5"))),
        ({"1": ("9", "2")}, None, {"light": False, "form": Form(reserved=False)}, Counted(Decimal(9))),
        # the light file is newer: less what was reserved
        ({"1": ("9", "2")}, {"1": "5"}, {}, Counted(Decimal(3))),
        ({"1": ("9", "6")}, {"1": "5"}, {}, Counted(Decimal(0))),  # and not -1, which says something else
        ({"1": ("9", "2")}, {"1": "5", "0": "4"}, {}, Counted(Decimal(7))),
        ({"1": ("9", "2")}, {"1": "5"}, {"form": Form(reserved=False)}, Counted(Decimal(5))),
        # -1 is no number
        ({"1": ("-1", "0")}, None, {"light": False}, NotCounted()),
        ({"1": ("-1", "0"), "0": ("4", "0")}, None, {"light": False}, Counted(Decimal(4))),
        ({"1": ("9", "2")}, {"1": "-1"}, {}, NotCounted()),
        ({"1": ("-1", "0")}, {"1": "6"}, {}, Counted(Decimal(6))),
        # warehouses
        ({"1": ("9", "2"), "0": ("50", "0")}, None, {"light": False, "warehouses": frozenset({"1"})}, Counted(Decimal(7))),
        ({"0": ("50", "0")}, None, {"light": False, "warehouses": frozenset({"1"})}, Counted(Decimal(0))),
        ({"1": ("-1", "0"), "0": ("4", "0")}, None, {"light": False, "warehouses": frozenset({"1"})}, NotCounted()),
        # none at all
        ({}, None, {"light": False}, Counted(Decimal(0))),
        ({"1": (None, "0")}, None, {"light": False}, Counted(Decimal(0))),
        ({"1": ("9", "2")}, {"1": ""}, {}, Counted(Decimal(0))),
    ],
)  # fmt: skip
def test_stock_is_what_can_be_sold_by_the_newer_file(
    stocks: dict[str, tuple[str | None, str]],
    light_stocks: dict[str, str] | None,
    more: dict[str, Any],
    level: StockLevel,
) -> None:
    assert only(ware(sizes=[Size("uniw", stocks=stocks, light_stocks=light_stocks)]), **more).stock == level


def test_what_is_unavailable_has_none_whatever_lies_there() -> None:
    given = ware(sizes=[Size("uniw", available="unavailable", stocks={"1": ("9", "0")})])
    assert only(given, form=Form(marketplace=True)).stock == Counted(Decimal(0))


def test_a_size_that_the_newer_light_file_lacks_is_sold_out() -> None:
    full = read(Writer(Goods(), "", Form()).full_product(ware(sizes=[Size("4", "M", stocks={"1": ("9", "0")})])))
    light = read('<product id="401" vat="23"><sizes><size id="5"><stock id="1" quantity="3"/></size></sizes></product>')
    conditions = Conditions(("pol",), "PLN", "full", NOW, light=True, full_is_newer=False)
    made = product_of(ProductId("401"), [member_of(full, light, conditions, group="401")])
    assert isinstance(made, Product) and made.variants[0].stock == Counted(Decimal(0))


# --- the rest ------------------------------------------------------------------------------------------------


def test_codes_ids_and_weights() -> None:
    given = ware(code="LN", sizes=[Size("4", "M", sku=" LN-M ", ean="5901234123457", weight="320"), Size("5", "L")])
    made = mapped(given)
    assert isinstance(made, Product)
    first, second = made.variants
    assert (first.source_id, first.sku, first.gtin, first.weight) == ("401-4", "LN-M", "5901234123457", Decimal("0.32"))
    assert (second.source_id, second.sku, second.gtin, second.weight) == ("401-5", "", "", None)
    assert [option.value for option in first.options] == ["M"]
    simple = only(ware(code="LN"))
    assert (simple.source_id, simple.sku, simple.options) == ("401-uniw", "LN", ())
    assert only(ware(standard="MPN", sizes=[Size("uniw", ean="5901234123457")])).gtin == ""


def test_texts_are_of_the_chosen_language_else_of_the_offers_own_else_any() -> None:
    given = ware(briefs={"pol": "Len"}, descriptions={"ger": "<p>Leinen</p>"})
    made = mapped(given, languages=("eng", "pol"))
    assert isinstance(made, Product)
    assert (made.name, made.brief, made.description) == ("Shirt", "Len", "<p>Leinen</p>")


def test_pictures_stand_in_the_order_of_their_priority_and_icons_are_none() -> None:
    text = (
        '<product id="401" vat="23"><description><name>A</name></description><price gross="1" net="0.81"/><sizes><size '
        'id="uniw"/></sizes><images><icons><icon url="/i.jpg"/></icons><large><image url="/b.jpg" iaiext:priority="2" '
        'hash="bb"/><image url="/a.jpg" iaiext:priority="1" changed="2026-01-01"/></large></images></product>'
    )
    conditions = Conditions(("pol",), "PLN", "full", NOW, base="https://shop.example")
    member = member_of(read(text), None, conditions, group="401")
    assert [(one.key, one.url) for one in member.pictures] == [
        ("https://shop.example/a.jpg 2026-01-01", "https://shop.example/a.jpg"),
        ("bb", "https://shop.example/b.jpg"),
    ]


def test_attributes_are_trimmed_in_one_language_and_sections_are_none() -> None:
    given = ware(parameters=[("section", "Dane ", []), ("parameter", " Materiał", [" len\t", "bawełna"])])
    made = mapped(given)
    assert isinstance(made, Product)
    assert made.attributes == (("Materiał", "len"), ("Materiał", "bawełna"))


@pytest.mark.parametrize("kind", ["virtual", "service", "bundle", "collection"])
def test_odd_kinds_are_named(kind: str) -> None:
    made = mapped(ware(type=kind))
    assert isinstance(made, Product)
    assert made.kind.value == ("virtual" if kind in {"virtual", "service"} else "bundle")


def test_an_offer_that_other_software_wrote_loosely_is_read() -> None:
    text = (
        '<product id="A-1" currency="PLN" vat="23" code="K-1" EAN="5901234123457" code_producer=""><category id="7" '
        'path="Dom\\Kuchnia"/><unit id="1" moq="1"/><description><name>Kubek</name><long_desc xml:lang="pl">Opis'
        '</long_desc></description><price gross="12,30" net="10"/><sizes><size id="0" panel_name="uni" '
        'code_external="X"><stock id="1" quantity="3"/></size></sizes></product>'
    )
    made = product_of(
        ProductId("A-1"), [member_of(read(text), None, Conditions(("pol",), "PLN", "full", NOW), group="A-1")]
    )
    assert isinstance(made, Product)
    (variant,) = made.variants
    assert (variant.price.gross, variant.sku, variant.gtin) == (Decimal("12.30"), "X", "5901234123457")
    assert (made.name, made.description, made.categories) == ("Kubek", "Opis", ("7",))


def test_a_change_takes_the_place_of_what_it_names_and_of_nothing_else() -> None:
    parser = Parser(HEAD)
    base = Writer(Goods(), "https://shop.example", Form()).full_product(
        ware(descriptions={"pol": "Opis"}, sizes=[Size("4", "M", sku="A", price="10.00"), Size("5", "L", sku="B")])
    )
    change = (
        '<product id="401" vat="8.0"><description><name xml:lang="pol">Nowa</name></description>'
        '<sizes><size id="4"><price gross="11.00" net="10.19"/></size><size id="6" name="XL"/></sizes></product>'
    )
    found = wire.product(merged(parser.element(base.encode()), parser.element(change.encode())))
    assert (found.vat, dict(found.names), dict(found.descriptions)) == (
        "8.0",
        {"pol": "Nowa", "eng": "Shirt"},
        {"pol": "Opis"},
    )
    assert [(one.id, one.code_external, one.price and one.price.gross) for one in found.sizes] == [
        ("4", "A", "11.00"), ("5", "B", "10.00"), ("6", "", None),
    ]  # fmt: skip
    whole = change.replace("<sizes>", '<sizes iaiext:sizeList="full">')
    found = wire.product(merged(parser.element(base.encode()), parser.element(whole.encode())))
    assert [one.id for one in found.sizes] == ["4", "6"]


@pytest.mark.parametrize(
    "text",
    [
        "<product id='1'><a></product>",
        "<product id='1'>&nbsp;</product>",
        "<product id='1'>\x01</product>",
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><product id="1">&e;</product>',
    ],
)
def test_what_is_no_xml_is_malformed_and_no_entity_is_resolved(text: str) -> None:
    with pytest.raises(Malformed):
        Parser(HEAD).element(text.encode())
