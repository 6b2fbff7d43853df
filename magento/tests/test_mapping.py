"""What a product of the API means: prices, VAT, stock, texts, options, one concept after another."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from gateway_importer.catalog import Counted, Kind, NotCounted, NoVatRate, Skipped, SkipRule, VatRate
from hypothesis import given
from hypothesis import strategies as st
from magento_importer.choosing import categories_below, main_category
from magento_importer.conditions import Conditions
from magento_importer.mapping import References, Refused, gtin_of, images_of, kind_of, rule_of, value_of
from magento_importer.prices import Pair, own_pair, price_of, special_holds
from magento_importer.reader import Unreadable
from magento_importer.stock import Held, by_inventory, by_item
from magento_importer.tables import Attribute, CategoryRow, TaxRate, TaxRule
from magento_importer.texts import shown
from magento_importer.variants import product_of
from magento_importer.vat import Sample, Taxes, gross_of, includes_vat
from magento_importer.wire import Product, Salable, Shown, StockItem, Tier

D = Decimal
NOW = datetime(2026, 11, 23, 16, 0)


def taxes() -> Taxes:
    rates = ((1, "PL", 23), (2, "PL", 8), (3, "PL", 0), (4, "DE", 19), (5, "PL", 2))
    rules = ((0, 4, (1, 4)), (0, 5, (2,)), (0, 7, (3,)), (0, 9, (1,)), (1, 9, (5,)), (0, 11, (4,)))
    return Taxes(
        tuple(TaxRule(priority, (3,), (of,), which, on_net=False) for priority, of, which in rules),
        tuple(TaxRate(number, country, everywhere=True, percent=D(rate)) for number, country, rate in rates),
        customer_class=3,
    )


def conditions(**more: Any) -> Conditions:
    colour = Attribute(
        93, "color", "select", "Kolor", on_page=True, position=1, values={"4": "Czerwony", "5": "Niebieski"}
    )
    made = Conditions(
        key="sklep", name="Sklep", version="Magento 2.4", view="default", store=1, website=1, website_code="base",
        locale="pl_PL", locales=("pl_PL",), shop="", currency="PLN", timezone=ZoneInfo("Europe/Warsaw"),
        base="https://sklep.example/", link="https://sklep.example/", media="https://sklep.example/media/", now=NOW,
        taxes=taxes(), includes=True, attributes={"color": colour},
    )  # fmt: skip
    return replace(made, **more)


def row(number: int = 1, *, attributes: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    values = {"tax_class_id": "4", **(attributes or {})}
    made: dict[str, Any] = {
        "id": number, "sku": f"SKU-{number}", "name": "Kubek", "price": 100, "status": 1, "visibility": 4,
        "type_id": "simple", "extension_attributes": {"website_ids": [1]},
        "custom_attributes": [{"attribute_code": code, "value": value} for code, value in values.items()],
    }  # fmt: skip
    return {**made, **more}


def product(number: int = 1, **more: Any) -> Product:
    return Product.read(row(number, **more))


# --- VAT -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tax_class", "wanted"),
    [
        (4, VatRate(D(23))),
        (5, VatRate(D(8))),
        (7, VatRate(D(0))),
        (9, VatRate(D("25.46"))),  # 2 % on top of a price with 23 %
        (0, NoVatRate("exempt")),
        (None, NoVatRate("none")),
        (8, NoVatRate("none")),  # no rule names it
        (11, NoVatRate("none")),  # its rule has no rate here
    ],
)
def test_vat_comes_from_the_class_by_rules_and_rates(tax_class: int | None, wanted: object) -> None:
    assert taxes().vat_of(tax_class) == wanted


def test_a_rate_of_0_is_0_percent_and_a_rate_of_a_part_of_the_country_is_none() -> None:
    rule = TaxRule(0, (3,), (4,), (1,), on_net=False)
    everywhere = Taxes((rule,), (TaxRate(1, "PL", everywhere=True, percent=D(0)),), 3)
    assert everywhere.vat_of(4) == VatRate(D(0))
    part = Taxes((rule,), (TaxRate(1, "PL", everywhere=False, percent=D(0)),), 3)
    assert part.vat_of(4) == NoVatRate("none")


def test_rates_of_one_priority_add_up() -> None:
    rule = TaxRule(0, (3,), (4,), (1, 2), on_net=False)
    rates = (TaxRate(1, "PL", everywhere=True, percent=D(20)), TaxRate(2, "PL", everywhere=True, percent=D(3)))
    assert Taxes((rule,), rates, 3).vat_of(4) == VatRate(D(23))


@pytest.mark.parametrize(
    ("samples", "wanted"),
    [
        ([("123", 23, "123", "100")], True),
        ([("100", 23, "123", "100")], False),
        ([("123", 23, "123", "123")], None),  # as they are entered
        ([("123", 23, "123", "99.999999")], True),
        ([("123", 23, "123", "100"), ("100", 23, "123", "100")], None),  # they contradict each other
        ([("0.01", 23, "0.01", "0.01")], None),  # too small to tell
        ([], None),
    ],
)
def test_whether_prices_include_vat_is_told_by_what_is_shown(
    samples: Sequence[tuple[str, int, str, str]], wanted: bool | None
) -> None:
    given_ = [Sample(D(price), D(rate), D(shown_), D(without)) for price, rate, shown_, without in samples]
    assert includes_vat(given_) is wanted


@given(st.decimals("0.01", "99999", places=2), st.sampled_from([5, 8, 23]))
def test_a_price_without_vat_gets_its_vat_to_the_grosz(net: Decimal, rate: int) -> None:
    gross = gross_of(net, VatRate(D(rate)), includes=False)
    assert gross == gross.quantize(D("0.01"))
    assert abs(gross - net * (100 + rate) / 100) <= D("0.005")
    assert gross_of(net, VatRate(D(rate)), includes=True) == net


# --- prices ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begins", "ends", "holds"),
    [
        (None, None, True),
        ("2026-11-23", "2026-11-23", True),  # the day itself
        ("2026-11-01", "2026-11-22", False),
        ("2026-11-24", None, False),
        ("2026-11-23 16:00:01", None, False),
        (None, "2026-11-22 17:00:00", True),  # an end with a time runs on for a day
        (None, "2026-11-22 16:00:00", False),
    ],
)
def test_a_special_price_holds_on_its_last_day_too(begins: str | None, ends: str | None, holds: bool) -> None:
    dates = [None if one is None else datetime.fromisoformat(one) for one in (begins, ends)]
    assert special_holds(dates[0], dates[1], NOW) is holds


def tier(value: str, *, qty: str = "1", group: int = 32000, website: int = 0) -> Tier:
    return Tier(group, D(qty), D(value), website)


@pytest.mark.parametrize(
    ("special", "tiers", "wanted"),
    [
        (None, [], ("100", "100")),
        ("80", [], ("80", "100")),
        ("0", [], ("0", "100")),
        ("120", [], ("100", "100")),  # above the price it does nothing
        ("80", [tier("75")], ("75", "100")),
        (None, [tier("75", qty="2")], ("100", "100")),
        (None, [tier("75", qty="0.5", group=0)], ("75", "100")),
        (None, [tier("75", group=2)], ("100", "100")),
        (None, [tier("75", website=2)], ("100", "100")),
        (None, [tier("75", website=1)], ("75", "100")),
    ],
)
def test_the_lowest_price_of_a_visitor_counts(special: str | None, tiers: list[Tier], wanted: tuple[str, str]) -> None:
    one = replace(product(), special_price=None if special is None else D(special), tiers=tuple(tiers))
    assert own_pair(one, D(100), NOW, 1) == Pair(D(wanted[0]), D(wanted[1]))


def told(final: str, *, regular: str = "100", without: str = "", before: str = "") -> Shown:
    return Shown(1, D(final), D(regular), D(without or final), D(before or regular), "")


def test_what_is_shown_counts_where_a_rule_of_the_catalogue_makes_it_lower_and_the_report_says_so() -> None:
    price, notices = price_of(
        product(), D(100), VatRate(D(23)), told("90.000001"), NOW, 1, "PLN", includes=True
    )  # fmt: skip
    assert (price.gross, price.regular) == (D("90.00"), D("100.00"))
    assert [notice.code for notice in notices] == ["price_differs"]
    price, notices = price_of(product(), D(100), VatRate(D(23)), told("100.004"), NOW, 1, "PLN", includes=True)
    assert (price.gross, price.regular, notices) == (D("100.00"), None, [])


def test_a_regular_price_that_is_shown_otherwise_is_told_too() -> None:
    price, notices = price_of(
        product(), D(100), VatRate(D(23)), told("100", regular="120"), NOW, 1, "PLN", includes=True
    )  # fmt: skip
    assert (price.gross, price.regular) == (D("100.00"), D("120.00"))
    assert [notice.code for notice in notices] == ["price_differs"]


def test_prices_without_vat_go_by_what_is_shown_without_it() -> None:
    seen = told("110.70", regular="123", without="90", before="100")
    price, notices = price_of(product(), D(100), VatRate(D(23)), seen, NOW, 1, "PLN", includes=False)
    assert (price.gross, price.regular) == (D("110.70"), D("123.00"))
    assert notices


def test_half_a_grosz_is_rounded_up() -> None:
    assert own_pair(product(price=D("33.335")), D("33.335"), NOW, 1).regular == D("33.34")


@pytest.mark.parametrize("price", [-1, "na telefon", True, [], 10**12, "NaN"])
def test_a_price_that_is_none_is_no_price(price: object) -> None:
    with pytest.raises(Unreadable):
        product(price=price)


# --- stock -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("indexed", "quantity", "salable", "wanted"),
    [
        (True, "7", True, Held(Counted(D(7)), True)),
        (False, "0", False, Held(Counted(D(0)), False)),
        (True, "0", True, Held(NotCounted(), True)),  # not managed
        (True, "100", True, Held(Counted(D(100)), True)),  # a limit of backorders
        (False, "0", True, Held(Counted(D(0)), False)),  # the flag is off
        (True, "0", False, Held(Counted(D(0)), False)),  # at the threshold
        (True, "2.5", True, Held(Counted(D("2.5")), True)),
    ],
)
def test_a_product_is_for_sale_when_both_lists_say_so(
    indexed: bool, quantity: str, salable: bool, wanted: Held
) -> None:
    assert by_inventory(indexed, Salable("x", D(quantity), salable)) == wanted


def test_a_product_that_is_in_no_list_of_stock_is_not_for_sale() -> None:
    assert by_inventory(True, None) == Held(Counted(D(0)), False)


@pytest.mark.parametrize(
    ("item", "wanted"),
    [
        (StockItem(1, D(5), True, True, 0, D(0)), Held(Counted(D(5)), True)),
        (StockItem(1, D(5), False, True, 0, D(0)), Held(Counted(D(5)), False)),
        (StockItem(1, D(3), True, True, 0, D(3)), Held(Counted(D(0)), False)),
        (StockItem(1, D(10), True, True, 0, D(3)), Held(Counted(D(7)), True)),
        (StockItem(1, D(-5), True, True, 1, D(-100)), Held(Counted(D(-5)), True, backorders=True)),
        (StockItem(1, D(0), True, False, 0, D(0)), Held(NotCounted(), True)),
    ],
)
def test_the_older_stock_item_says_the_same_as_far_as_it_can(item: StockItem, wanted: Held) -> None:
    assert by_item(item) == wanted


# --- which come in -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"status": 2}, SkipRule.DISABLED),
        ({"visibility": 1}, SkipRule.HIDDEN),
        ({"visibility": 3}, None),
        ({"extension_attributes": {"website_ids": [2]}}, SkipRule.OTHER_SHOP),
        ({"extension_attributes": {"website_ids": []}}, SkipRule.OTHER_SHOP),
        ({"type_id": "grouped"}, SkipRule.GROUPED),
        ({"type_id": "bundle"}, SkipRule.CONFIGURED_BUNDLE),
        ({"type_id": "giftcard"}, SkipRule.GIFT_CARD),
        ({"type_id": "amgiftcard"}, SkipRule.GIFT_CARD),
        ({}, None),
    ],
)
def test_what_is_not_sold_here_is_left_out_by_its_rule(more: dict[str, Any], rule: SkipRule | None) -> None:
    found = rule_of(product(**more).standing, conditions())
    assert (found[0] if found else None) is rule


@pytest.mark.parametrize("lacking", ["status", "visibility", "website_ids", "configurable_product_links"])
def test_what_is_not_said_is_no_reason_to_leave_a_product_out(lacking: str) -> None:
    whole = row(type_id="configurable", extension_attributes={"website_ids": [1], "configurable_product_links": [2]})
    whole.pop(lacking, None)
    whole["extension_attributes"].pop(lacking, None)
    with pytest.raises(Unreadable):
        Product.read(whole)


def option(**more: Any) -> dict[str, Any]:
    return {"title": "Pakowanie", "type": "drop_down", "is_require": True, "values": [{"price": 0}], **more}


@pytest.mark.parametrize(
    ("options", "kind", "codes"),
    [
        ([option(values=[{"price": 0}, {"price": 10}])], Kind.PRICED_OPTION, []),
        ([option(values=[{"price": -10}])], Kind.PRICED_OPTION, []),
        ([option(is_require=False, values=[{"price": 10}])], Kind.GOODS, []),
        ([option()], Kind.GOODS, ["choice_required"]),
        ([option(type="field", values=[], price=0)], Kind.GOODS, ["customization_required"]),
        ([option(type="field", values=[], price=15)], Kind.PRICED_OPTION, []),
    ],
)
def test_what_a_customer_must_choose_decides_the_kind(
    options: list[dict[str, Any]], kind: Kind, codes: list[str]
) -> None:
    found, notices = kind_of(product(options=options))
    assert (found, [notice.code for notice in notices]) == (kind, codes)


def test_a_type_that_a_module_has_added_fails_by_name() -> None:
    with pytest.raises(Refused, match="rezerwacja"):
        kind_of(product(type_id="rezerwacja"))


# --- variants ------------------------------------------------------------------------------------------------------


def parent(*children: int, **more: Any) -> Product:
    options = [
        {"attribute_id": "93", "label": "Kolor", "position": 0, "values": [{"value_index": 5}, {"value_index": 4}]}
    ]
    extension = {
        "website_ids": [1], "configurable_product_links": list(children), "configurable_product_options": options
    }  # fmt: skip
    return product(99, type_id="configurable", price=0, extension_attributes=extension, **more)


def references(*children: Product, shown_: Sequence[Shown] = ()) -> References:
    held = {one.id: Held(Counted(D(3)), True) for one in children}
    return References({one.id: one for one in children}, shown={one.id: one for one in shown_}, held=held)


def child(number: int, value: str, **more: Any) -> Product:
    attributes = {"color": value, **more.pop("attributes", {})}
    return product(number, visibility=1, attributes=attributes, **more)


def test_variants_stand_in_the_order_of_the_page_each_with_its_own_price_and_vat() -> None:
    red, blue = child(1, "4", price=50), child(2, "5", price=60, attributes={"tax_class_id": "5"})
    made = product_of(parent(1, 2), references(red, blue), conditions())
    assert not isinstance(made, Skipped)
    assert [(one.source_id, one.options[0].value, one.price.gross, one.price.vat) for one in made.variants] == [
        ("2", "Niebieski", D("60.00"), VatRate(D(8))),
        ("1", "Czerwony", D("50.00"), VatRate(D(23))),
    ]
    assert made.variants[0].options[0].role == "color"


def test_a_variant_that_is_off_or_elsewhere_is_left_out_alone() -> None:
    elsewhere = child(3, "4", extension_attributes={"website_ids": [2]})
    made = product_of(parent(1, 2, 3), references(child(1, "4"), child(2, "5", status=2), elsewhere), conditions())
    assert not isinstance(made, Skipped)
    assert [one.source_id for one in made.variants] == ["1"]
    assert {one.source_id: one.rule for one in made.left_out} == {"2": SkipRule.DISABLED, "3": SkipRule.OTHER_SHOP}


def test_a_variant_with_an_option_that_does_not_exist_is_bad_by_name() -> None:
    made = product_of(parent(1), references(child(1, "9999")), conditions())
    assert not isinstance(made, Skipped)
    (bad,) = made.left_out
    assert bad.fault is not None and "9999" in bad.fault.cause


def test_a_configurable_product_without_children_is_left_out() -> None:
    made = product_of(parent(), references(), conditions())
    assert isinstance(made, Skipped) and made.rule is SkipRule.NOT_ORDERABLE


@pytest.mark.parametrize(("other", "kind"), [("virtual", Kind.VIRTUAL), ("simple", Kind.GOODS)])
def test_a_configurable_product_of_virtual_children_alone_is_virtual(other: str, kind: Kind) -> None:
    children = child(1, "4", type_id="downloadable"), child(2, "5", type_id=other)
    made = product_of(parent(1, 2), references(*children), conditions())
    assert not isinstance(made, Skipped) and made.kind is kind


@pytest.mark.parametrize(("final", "codes"), [("45", ["price_differs"]), ("50", []), ("49.995", [])])
def test_a_price_rule_below_a_configurable_product_is_told(final: str, codes: list[str]) -> None:
    seen = Shown(99, D(final), D(final), D(final), D(final), "")
    made = product_of(parent(1, 2), references(child(1, "4", price=50), child(2, "5"), shown_=[seen]), conditions())
    assert not isinstance(made, Skipped)
    assert [notice.code for notice in made.notices] == codes


def test_a_parent_that_cannot_be_sold_takes_its_variants_with_it() -> None:
    refs = replace(references(child(1, "4")), salable_parents=frozenset())
    made = product_of(parent(1), refs, conditions())
    assert not isinstance(made, Skipped)
    assert [one.for_sale for one in made.variants] == [False]


# --- texts, pictures, attributes, categories -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('<img src="{{media url=wysiwyg/a b.jpg}}">', '<img src="https://s/media/wysiwyg/a">'),
        ("<img src=\"{{media url='wysiwyg/a.jpg'}}\">", '<img src="https://s/media/wysiwyg/a.jpg">'),
        ('<img src="{{media url=&quot;wysiwyg/a.jpg&quot;}}">', '<img src="https://s/media/wysiwyg/a.jpg">'),
        ("<a href=\"{{store url='kontakt'}}\">x</a>", '<a href="https://s/kontakt/">x</a>'),
        ("<a href=\"{{store direct_url='a.html'}}\">x</a>", '<a href="https://s/a.html">x</a>'),
        ('{{widget type="X" id="1"}}<p>x</p>', "<p>x</p>"),
        ("<style>#html-body {x}</style><p>x</p>", "<p>x</p>"),
        (
            '<div data-content-type="html" x>&lt;p&gt;x&lt;/p&gt;</div>',
            '<div data-content-type="html" x><p>x</p></div>',
        ),
        ("bez {niczego} i {{ niczego", "bez {niczego} i {{ niczego"),
    ],
)
def test_texts_are_as_the_page_shows_them(text: str, wanted: str) -> None:
    assert shown(text, media="https://s/media/", link="https://s/") == wanted


@given(st.text(st.sampled_from("{} mediaurl='\"</>a"), max_size=60))
def test_no_text_breaks_the_directives(text: str) -> None:
    assert isinstance(shown(text, media="https://s/media/", link="https://s/"), str)


def test_pictures_are_those_of_the_page_the_main_one_first() -> None:
    gallery = [
        {"id": 1, "media_type": "image", "position": 1, "disabled": False, "file": "/a/b/tył ż.jpg"},
        {"id": 2, "media_type": "image", "position": 2, "disabled": True, "file": "/a/b/ukryty.jpg"},
        {"id": 3, "media_type": "external-video", "position": 3, "disabled": False, "file": "/a/b/film.jpg"},
        {"id": 4, "media_type": "image", "position": 4, "disabled": False, "file": "/a/b/przod.jpg"},
    ]
    found = images_of(product(media_gallery_entries=gallery, attributes={"image": "/a/b/przod.jpg"}), conditions())
    assert [one.key for one in found] == ["/a/b/przod.jpg", "/a/b/tył ż.jpg"]
    assert found[1].url == "https://sklep.example/media/catalog/product/a/b/ty%C5%82%20%C5%BC.jpg"


@pytest.mark.parametrize(
    ("kind", "raw", "wanted"),
    [
        ("select", "4", "Bawełna"),
        ("multiselect", "4,6", "Bawełna, Jedwab, naturalny"),
        ("multiselect", "4,99", "Bawełna"),
        ("boolean", "1", "tak"),
        ("boolean", "0", "nie"),
        ("date", "2026-01-15 00:00:00", "2026-01-15"),
        ("text", " abc ", "abc"),
        ("price", "10.000000", ""),
    ],
)
def test_attributes_are_in_the_words_of_the_store_view(kind: str, raw: str, wanted: str) -> None:
    values = {"4": "Bawełna", "6": "Jedwab, naturalny"}
    assert value_of(Attribute(1, "x", kind, "X", on_page=True, position=1, values=values), raw, "pl_PL") == wanted


@pytest.mark.parametrize(
    ("code", "wanted"),
    [("5901234123457", "5901234123457"), ("590-1234-123457", "5901234123457"), ("0", ""), ("5901234123450", "")],
)
def test_a_wrong_gtin_costs_the_gtin(code: str, wanted: str) -> None:
    assert gtin_of(code)[0] == wanted


def test_categories_are_those_below_the_stores_root_with_names_that_may_hold_slashes() -> None:
    rows = [
        CategoryRow(1, "Root Catalog", active=True, position=0, path=(1,)),
        CategoryRow(2, "Default", active=True, position=1, path=(1, 2)),
        CategoryRow(3, "Łóżka/Materace", active=True, position=2, path=(1, 2, 3)),
        CategoryRow(4, "Nieaktywna", active=False, position=1, path=(1, 2, 4)),
        CategoryRow(5, "Pod nią", active=True, position=1, path=(1, 2, 4, 5)),
        CategoryRow(6, "Inny katalog", active=True, position=1, path=(1, 6)),
        CategoryRow(7, "W nim", active=True, position=1, path=(1, 6, 7)),
    ]
    found, depths = categories_below(rows, 2)
    assert {one.id: one.path for one in found} == {
        "2": (), "4": ("Nieaktywna",), "3": ("Łóżka/Materace",), "5": ("Nieaktywna", "Pod nią")
    }  # fmt: skip
    assert [one.id for one in found if one.active] == ["2", "3"]
    assert main_category((4, 5, 3), depths) == 3
    assert main_category((4, 5), depths) is None
