"""What the rows mean: prices, VAT, stock, texts, codes, categories, pictures, kinds."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from gateway_importer.catalog import (
    Counted,
    Kind,
    NotCounted,
    NoVatRate,
    Price,
    SkipRule,
    StockLevel,
    UnknownStock,
    VatRate,
)
from goods import Item, Output, Picture, Row, Sale, Size, Tables
from hypothesis import given
from hypothesis import strategies as st
from idosell_family.member import Member
from idosell_family.member import Size as MemberSize
from idosell_importer.conditions import Conditions
from idosell_importer.mapping import member_of
from idosell_importer.prices import price_of
from idosell_importer.wire import Prices, Product, ShopPrices
from idosell_importer.wire import Size as WireSize

CONDITIONS = Conditions("https://lniany.example", "Lniany", 1, ("pol",))
VAT = VatRate(Decimal(23))


def conditions(**more: Any) -> Conditions:
    return Conditions(**{"base": "https://lniany.example", "name": "Lniany", "shop": 1, "languages": ("pol",), **more})


def item(**more: Any) -> Item:
    return Item(**{"id": 401, "names": {"pol": "Koszula", "eng": "Shirt"}, "price": Decimal("199.90"), **more})


def row(one: Item, *, every: bool = True, php: bool = True) -> Row:
    output = Output(Tables({one.id: one}), lambda: "https://lniany.example", lambda: datetime(2026, 11, 23, 14))
    output.php = php
    return output.item(one, None, promotions=True, every_size=every)


def member(one: Item, known: Conditions = CONDITIONS, **said: Any) -> Member:
    found = member_of({**row(one), **said}, known)
    assert found is not None
    return found


def size(one: Item, known: Conditions = CONDITIONS, **said: Any) -> MemberSize:
    found = member(one, known, **said)
    assert found.broken is None, found.broken
    return found.sizes[0]


def price(one: MemberSize) -> Price:
    assert one.money is not None, one
    return one.money.price


# --- prices ---------------------------------------------------------------------------------------------------

LEVELS = ("shop and size", "shop", "size", "product")


def found_price(**levels: Prices) -> Price:
    """The price where these levels say something, and the others nothing."""
    none = Prices()
    of_shop = ShopPrices(1, levels.get("shop", none), {"4": levels["shop_size"]} if "shop_size" in levels else {})
    other = ShopPrices(2, Prices(Decimal(1)), {"4": Prices(Decimal(1))})
    sizes = (WireSize("4", "M", prices=levels.get("size", none)),)
    product = Product(
        1, "", (), "", 0, "", (), Decimal(23), False, "", levels.get("product", none), (other, of_shop), "", sizes, None,
        (), member_version(), (), "", None,
    )  # fmt: skip
    return price_of(product, sizes[0], CONDITIONS, VAT)[0]


def member_version() -> Any:
    from idosell_importer.wire import Version

    return Version(0, (), {}, {})


def p(retail: str | None = None, promo: str | None = None) -> Prices:
    return Prices(None if retail is None else Decimal(retail), None if promo is None else Decimal(promo), "PLN")


@pytest.mark.parametrize(
    ("levels", "gross"),
    [
        ({"shop_size": p("4"), "shop": p("3"), "size": p("2"), "product": p("1")}, "4.00"),
        ({"shop": p("3"), "size": p("2"), "product": p("1")}, "3.00"),
        ({"size": p("2"), "product": p("1")}, "2.00"),
        ({"product": p("1")}, "1.00"),
        ({"shop_size": p("0"), "shop": p("0"), "size": p("2"), "product": p("1")}, "2.00"),  # 0 is an unset one
        ({"shop_size": p("0"), "product": p("0")}, "0.00"),
        ({"product": p("12.345")}, "12.35"),
    ],
)
def test_a_price_is_looked_up_shop_and_size_first_then_shop_then_size_then_product(
    levels: dict[str, Prices], gross: str
) -> None:
    assert found_price(**levels) == Price(Decimal(gross), VAT)


@pytest.mark.parametrize(
    ("levels", "gross", "regular"),
    [
        ({"shop_size": p("200", "180"), "shop": p("200", "150"), "product": p("200", "100")}, "180.00", "200.00"),
        ({"shop": p("200", "150"), "product": p("200", "100")}, "150.00", "200.00"),
        ({"product": p("200", "100")}, "100.00", "200.00"),
        ({"shop_size": p(None, "180"), "product": p("200")}, "180.00", "200.00"),
        ({"shop_size": p("0", "0"), "shop": p("200", "150")}, "150.00", "200.00"),  # 0 is an unset one here too
        # It is in another currency than the price.
        ({"shop": Prices(None, Decimal(40), "EUR"), "product": p("200")}, "200.00", None),
        # Not reduced: 0, the price itself, or more than it.
        ({"shop_size": p("200", "0"), "product": p("200", "100")}, "200.00", None),
        ({"product": p("200", "200")}, "200.00", None),
        ({"product": p("200", "250")}, "200.00", None),
        # The shop's promotion is said of the price that the size has too.
        ({"shop_size": p("200"), "shop": p("200", "150")}, "150.00", "200.00"),
        # It is said of another price.
        ({"shop_size": p("220"), "shop": p("200", "150")}, "220.00", None),
    ],
)
def test_a_promotion_is_looked_up_apart_and_reduces_the_price_of_which_it_is_said(
    levels: dict[str, Prices], gross: str, regular: str | None
) -> None:
    found = found_price(**levels)
    assert (found.gross, found.regular) == (Decimal(gross), None if regular is None else Decimal(regular))


def test_a_promotion_that_cannot_be_told_is_told() -> None:
    one = item(sizes=[Size("4", "M", Decimal(220))], sale=Sale(percent=Decimal(10), sizes=("none",)))
    said = row(one)
    said["productPromoRetailPrice"] = Decimal(180)
    found = member_of(said, CONDITIONS)
    assert found is not None and [code for code, _ in found.notices] == ["promotion_unclear"]
    assert price(found.sizes[0]).regular is None


@pytest.mark.parametrize("every", [True, False])
def test_what_a_size_costs_in_the_shop_is_found_also_where_only_what_differs_is_said(every: bool) -> None:
    one = item(sizes=[Size("4", "M"), Size("5", "L")], shop_prices={1: (Decimal(210), {"5": Decimal(220)})})
    found = member_of(row(one, every=every), CONDITIONS)
    assert found is not None
    assert [price(size).gross for size in found.sizes] == [Decimal(210), Decimal(220)]


def test_another_shops_prices_are_not_this_ones() -> None:
    one = item(shops=[1, 2], shop_prices={2: (Decimal(99), {})})
    assert price(size(one)).gross == Decimal("199.90")
    assert price(size(one, conditions(shop=2))).gross == Decimal(99)


def test_a_price_that_is_no_number_or_below_0_or_missing_costs_its_size() -> None:
    bad = {"productRetailPrice": "na telefon", "productShopsAttributes": []}
    for said, code in (
        (bad, "price_unreadable"),
        ({**bad, "productRetailPrice": -5}, "price_negative"),
        ({**bad, "productRetailPrice": None}, "price_missing"),
        ({**bad, "productRetailPrice": True}, "price_unreadable"),
        ({**bad, "productRetailPrice": 10**13}, "price_unreadable"),
    ):
        found = member(item(), **said)
        broken = found.sizes[0].broken
        assert broken is not None and broken.code == code, said


@given(st.decimals(0, 10**5, places=2), st.decimals(0, 99, places=0))
def test_the_shops_amounts_come_to_the_grosz_whatever_they_are(gross: Decimal, percent: Decimal) -> None:
    sale = Sale(percent=percent)
    found = price(size(item(price=gross, sale=sale)))
    promo = sale.of(gross, datetime(2026, 1, 1))
    reduced = promo is not None and 0 < promo < gross
    assert (found.gross, found.regular) == ((promo, gross) if reduced else (gross, None))


# --- VAT ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "exempt", "vat"),
    [
        (23, False, VatRate(Decimal(23))),
        ("8", False, VatRate(Decimal(8))),
        (0, False, VatRate(Decimal(0))),
        (0, True, NoVatRate("exempt")),
        (23, True, NoVatRate("exempt")),
        ("zw.", True, NoVatRate("exempt")),
        (-1, False, NoVatRate("exempt")),
        (None, False, NoVatRate("none")),
    ],
)
def test_the_products_own_rate_counts_unless_it_is_exempt(rate: Any, exempt: bool, vat: object) -> None:
    assert price(size(item(vat=rate, exempt=exempt))).vat == vat


def test_a_rate_beyond_reason_fails_the_product() -> None:
    broken = member(item(vat=230)).broken
    assert broken is not None and broken.code == "vat_unknown"


# --- stock ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stocks", "sales", "first", "both"),
    [
        ({1: (9, 2)}, Counted(Decimal(7)), Counted(Decimal(7)), Counted(Decimal(7))),
        ({1: (9, 2), 2: (5, 0)}, Counted(Decimal(12)), Counted(Decimal(7)), Counted(Decimal(12))),
        ({1: (-1, 0)}, NotCounted(), NotCounted(), NotCounted()),
        ({1: (-1, 0), 2: (5, 1)}, Counted(Decimal(4)), NotCounted(), Counted(Decimal(4))),
        ({0: (3, 0)}, Counted(Decimal(3)), Counted(Decimal(0)), Counted(Decimal(0))),
        ({}, Counted(Decimal(0)), Counted(Decimal(0)), Counted(Decimal(0))),
        ({1: (Decimal("2.5"), 0)}, Counted(Decimal("2.5")), Counted(Decimal("2.5")), Counted(Decimal("2.5"))),
    ],
)
def test_stock_is_what_can_be_sold_or_lies_in_the_chosen_warehouses_and_minus_1_is_never_added(
    stocks: dict[int, tuple[Any, Any]], sales: StockLevel, first: StockLevel, both: StockLevel
) -> None:
    one = item(sizes=[Size(stocks=stocks)])
    assert size(one).level == sales
    assert size(one, conditions(warehouses=(1,))).level == first
    assert size(one, conditions(warehouses=(1, 2))).level == both


def test_a_shop_that_keeps_no_stock_counts_nothing_and_one_that_says_nothing_is_unknown() -> None:
    assert size(item(), conditions(counted=False)).level == NotCounted()
    assert size(item(), productStocksData=None).level == UnknownStock()


# --- texts ----------------------------------------------------------------------------------------------------


def test_this_shops_own_texts_come_before_those_of_all_and_another_shops_are_never_taken() -> None:
    texts = [
        {"shopId": "2", "langId": "pol", "productName": "Cudza"},
        {"shopId": "1", "langId": "pol", "productName": "Własna", "productLongDescription": ""},
    ]
    found = member(item(own_texts=texts, descriptions={"pol": "<p>len</p>"}))
    assert (found.name, found.description) == ("Własna", "<p>len</p>")


def test_the_chosen_language_comes_first_then_the_shops_own_then_any() -> None:
    known = conditions(languages=("eng", "pol"))
    assert member(item(), known).name == "Shirt"
    assert member(item(names={"pol": "Koszula", "eng": " "}), known).name == "Koszula"
    assert member(item(names={"ger": "Hemd"}), known, productDescriptionsLangData=[{"langId": "ger", "productName": "Hemd"}]).name == "Hemd"  # fmt: skip


def test_a_product_without_a_name_fails_and_one_that_is_switched_off_is_just_that() -> None:
    nameless = member(item(names={}))
    assert nameless.broken is not None and nameless.broken.code == "nameless"
    assert member(item(names={}, visible=False)).skip is SkipRule.DISABLED
    for odd in ({"productSizes": "?"}, {"productSizesAttributes": "?"}, {"productVat": "?"}):
        assert member(item(visible=False), CONDITIONS, **odd).skip is SkipRule.DISABLED


def test_version_and_size_are_called_in_the_chosen_language() -> None:
    one = item(
        sizes=[Size("4", "M-panel")], parent=401, version={"pol": "biała", "eng": "white"},
        group_name={"pol": "Kolor", "eng": "Colour"},
    )  # fmt: skip
    names = {("1", "4"): {"pol": "M", "eng": "Medium"}}
    found = member(one, conditions(languages=("eng", "pol"), size_names=names))
    assert (found.versions, found.size_option, found.sizes[0].name) == ((("Colour", "white"),), "Size", "Medium")
    assert member(one).sizes[0].name == "M-panel"


# --- codes, groups, kinds -------------------------------------------------------------------------------------


def test_skus_codes_and_weights_are_the_sizes_own() -> None:
    one = item(code="LN", sizes=[Size("4", "M", external="LN-M", producer_code="5901234123457", weight=320)])
    found = size(one)
    assert (found.sku, found.gtin, found.weight) == ("LN-M", "5901234123457", Decimal("0.32"))
    assert size(item(code="LN")).sku == "LN"
    assert size(item(code="LN", standard="MPN", sizes=[Size(producer_code="5901234123457")])).gtin == ""


def test_a_wrong_article_code_costs_the_code_and_is_told() -> None:
    found = member(item(sizes=[Size(producer_code="5901234123450")]))
    assert found.sizes[0].gtin == "" and [code for code, _ in found.notices] == ["gtin_invalid"]


WHITE = {"versionNames": {"versionNamesLangData": [{"langId": "pol", "versionName": "biała"}]}}


@pytest.mark.parametrize(
    ("version", "group", "members"),
    [
        ({"versionParentId": 401, "versionProductsIds": ["401", "402"]}, "401", ("401", "402")),
        ({"versionParentId": "400", "versionProductsIds": ["402"]}, "400", ("402", "401")),
        ({"versionParentId": 400, "versionProductsIds": []}, "400", None),
        ({"versionParentId": 401, "versionProductsIds": []}, "401", ("401",)),
        ({"versionParentId": 401, "versionProductsIds": [], **WHITE}, "401", None),
        ({"versionParentId": 0, "versionProductsIds": []}, "401", ("401",)),
        ({"versionParentId": 0, "versionProductsIds": ["401", "402"]}, "401", ("401",)),
        ([], "401", ("401",)),
        (False, "401", ("401",)),
        (None, "401", ("401",)),
    ],
)
def test_where_a_product_belongs_in_every_form_that_the_shop_says_it(
    version: Any, group: str, members: tuple[str, ...] | None
) -> None:
    found = member(item(), productVersion=version)
    assert (found.group, found.members) == (group, members)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("product_item", Kind.GOODS),
        ("product_bundle", Kind.BUNDLE),
        ("product_collection", Kind.BUNDLE),
        ("product_service", Kind.VIRTUAL),
        ("product_virtual", Kind.VIRTUAL),
        ("product_configurable", Kind.CONFIGURED_BUNDLE),
        ("product_packaging", Kind.GOODS),
    ],
)
def test_the_kind_is_the_shops_word(word: str, kind: Kind) -> None:
    assert member(item(kind=word)).kind is kind


def test_an_unknown_kind_is_goods_and_told() -> None:
    found = member(item(kind="product_hologram"))
    assert found.kind is Kind.GOODS and [code for code, _ in found.notices] == ["kind_unknown"]


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"productIsVisible": "n"}, SkipRule.DISABLED),
        ({"productIsVisible": "N"}, SkipRule.DISABLED),
        ({"productIsVisible": False}, SkipRule.DISABLED),
        ({"productShops": [], "shopsMask": 0}, SkipRule.OTHER_SHOP),
        ({"productShops": [{"shopId": 2}], "shopsMask": "2"}, SkipRule.OTHER_SHOP),
        ({"productShops": [], "shopsMask": 1}, None),
        ({"productShops": {"1": {"shopId": "1"}}, "shopsMask": None}, None),
    ],
)
def test_a_product_is_shown_where_it_is_visible_and_offered_in_the_shop(said: Row, rule: SkipRule | None) -> None:
    assert member(item(), **said).skip is rule


@pytest.mark.parametrize("silent", [{"productIsVisible": None}, {"productShops": None, "shopsMask": None}])
def test_what_is_not_said_to_be_shown_is_not_taken_for_hidden(silent: Row) -> None:
    found = member(item(), **silent)
    assert found.skip is None and found.broken is not None and "is not said" in found.broken.cause


def test_a_deleted_product_is_not_there() -> None:
    assert member_of({**row(item()), "productIsDeleted": "y"}, CONDITIONS) is None


# --- categories, pictures, brand, parameters ---------------------------------------------------------------------


def test_categories_are_the_panels_or_those_of_the_shops_menu() -> None:
    one = item(category=7, menu=[(1, 1, 152), (2, 1, 99), (1, 2, 98), (1, 1, 160)])
    assert member(one, categoryName="Odzież/Koszule").categories == ("7",)
    assert member(one, conditions(menu=1)).categories == ("152", "160")


@pytest.mark.parametrize("said", [{"categoryId": 0}, {"categoryId": 1, "categoryName": "*Kategoria tymczasowa"}])
def test_the_undefined_category_and_brand_are_none(said: Row) -> None:
    found = member(item(), **{"categoryName": "x", **said})
    assert (found.categories, found.brand) == ((), "")


def test_pictures_are_in_the_shops_order_in_their_largest_form_and_change_their_key() -> None:
    one = item(pictures=[Picture("1", b"a", "aa"), Picture("2", b"b", "bb")])
    assert [picture.key for picture in member(one).pictures] == ["401-1-aa", "401-2-bb"]
    images = [
        {"productImageId": "1", "productImagePriority": 2, "productImageLargeUrl": "//cdn.example/1.webp"},
        {"productImageId": "2", "productImagePriority": 1, "productImageMediumUrl": "/data/2.jpg", "productImageHash": False},
        {"productImageId": "3", "productImagePriority": 3},
    ]  # fmt: skip
    found = member(item(), productImages=images)
    assert [picture.url for picture in found.pictures] == ["https://lniany.example/data/2.jpg", "https://cdn.example/1.webp"]
    assert [code for code, _ in found.notices] == ["picture_unreadable"]


def test_parameters_are_attributes_and_sections_are_none() -> None:
    one = item(parameters=[({"pol": " Materiał "}, [{"pol": "len"}, {"pol": "bawełna"}]), ({"pol": "Puste"}, [])])
    assert member(one).attributes == (("Materiał", "len"), ("Materiał", "bawełna"))


# --- PHP's empties --------------------------------------------------------------------------------------------

OPTIONAL = (
    "productIndividualDescriptionsData", "productDisplayedCode", "productIsDeleted", "producerName", "categoryId",
    "categoryName", "productVatFree", "shopsMask", "productImages", "sizesGroupId", "productShopsAttributes",
    "productParameters", "productVersion", "productType", "productModificationTime", "producerCodesStandard",
    "productMenu",
)  # fmt: skip


@pytest.mark.parametrize("name", OPTIONAL)
@pytest.mark.parametrize("empty", [[], False, "", None, {}, "missing"])
def test_nothing_is_nothing_in_every_form_of_it(name: str, empty: Any) -> None:
    said = row(item())
    if empty == "missing":
        del said[name]
    else:
        said[name] = empty
    found = member_of(said, CONDITIONS)
    assert found is not None and found.broken is None and found.sizes[0].broken is None


def test_an_object_by_ids_is_a_list_and_a_number_in_quotes_a_number() -> None:
    one = item(sizes=[Size("4", "M"), Size("5", "L")], vat=8)
    said = row(one)
    by_ids = {name: dict(enumerate(value)) for name, value in said.items() if isinstance(value, list) and value}
    words = {"productVat": "8", "productRetailPrice": "199.90", "productId": "401"}
    plain, odd = member_of(said, CONDITIONS), member_of({**said, **by_ids, **words}, CONDITIONS)
    assert plain == odd
