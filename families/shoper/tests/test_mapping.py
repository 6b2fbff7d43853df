"""What the API's rows mean: prices to the grosz, VAT, stock, options, pictures, kinds; through the source, over a shop that
sums up by itself."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from gateway_importer.catalog import Counted, Kind, NotCounted, NoVatRate, Page, Product, SkipRule, VatRate
from goods import Row, Tables, empty_shop
from hypothesis import given
from hypothesis import strategies as st
from importing import everything_on_pages, opened
from making import category, group, option, picture, producer, product, stock
from shop import Shop, ShopSettings
from shoper_family import wire
from shoper_family.prices import Pair, computed, shops_own
from shoper_family.survey import categories_of, chosen_locale, parents_of
from shoper_family.tables import CategoryRow

NOW = datetime(2026, 11, 23, 14, 0)


async def read(tables: Tables, settings: ShopSettings | None = None, /, **more: str) -> Page:
    made = settings or ShopSettings(now=NOW)
    made.limit = made.bandwidth = 1000
    async with Shop(tables, made) as shop, opened(shop, **more) as source:
        return await everything_on_pages(source)


async def only(tables: Tables, **more: str) -> Product:
    page = await read(tables, **more)
    assert not page.failed, page.failed
    (found,) = page.products
    return found


def varied(tables: Tables, *stocks: Row, price: str = "100.00", kind: str = "select", **columns: Any) -> int:
    """A product with a variant for each of `stocks`, of sizes S, M, L, …"""
    sizes = group(tables, "Rozmiary")
    words = [{"pl_PL": word} for word in ("S", "M", "L", "XL")]
    size, values = option(tables, sizes, {"pl_PL": "Rozmiar"}, words, kind)
    made = product(tables, "Bluza", price, group_id=str(sizes), **columns)
    for place, row in enumerate(stocks):
        stock(tables, made, **{"price": "0.00", "options": {str(size): str(values[place])}, **row})
    return made


# --- prices ------------------------------------------------------------------------------------------------------


async def test_every_price_type_is_the_shops_own_price() -> None:
    tables = empty_shop()
    types = [("0", "77.00"), ("1", "89.99"), ("2", "12.50"), ("3", "10.01")]
    varied(tables, *({"price_type": kind, "price": price} for kind, price in types))
    found = await only(tables)
    assert [str(one.price.gross) for one in found.variants] == ["100.00", "89.99", "112.50", "89.99"]
    assert not found.notices


@pytest.mark.parametrize(
    ("offer", "paid"),
    [
        ({"discount_type": "2", "discount": "30.00"}, ["70.00", "59.99"]),
        ({"discount_type": "3", "discount": "15.00"}, ["85.00", "76.49"]),
        ({"discount_type": "1", "discount": "30.00"}, ["70.00", "89.99"]),
        ({"discount": "30.00", "date_to": "2026-11-23 14:00:00"}, ["100.00", "89.99"]),
        ({"discount": "30.00", "date_from": "2026-11-23 14:00:01"}, ["100.00", "89.99"]),
        (
            {"discount": "30.00", "date_from": "2026-11-23 14:00:00", "date_to": "2026-11-23 14:00:01"},
            ["70.00", "59.99"],
        ),
    ],
    ids=["amount", "percent", "amount not for own prices", "over", "to come", "running"],
)
async def test_a_special_offer_is_what_a_guest_pays_and_the_price_before_it_is_the_regular_one(
    offer: Row, paid: list[str]
) -> None:
    tables = empty_shop()
    varied(tables, {"price_type": "0"}, {"price_type": "1", "price": "89.99"}, offer=offer)
    found = await only(tables)
    assert [str(one.price.gross) for one in found.variants] == paid
    regular = [one.price.regular or one.price.gross for one in found.variants]
    assert [str(amount) for amount in regular] == ["100.00", "89.99"]
    assert not found.notices  # our own sum says the same


async def test_where_the_shops_own_sum_differs_it_wins_and_is_told() -> None:
    tables = empty_shop()
    product(tables, "Kubek", "50.00")
    assert not (await only(tables)).notices

    def campaign(_: object, body: bytes) -> bytes:
        body = body.replace(b'"comp_price": "50.00"', b'"comp_price": "55.00"')
        return body.replace(b'"comp_promo_price": "50.00"', b'"comp_promo_price": "45.00"')

    settings = ShopSettings(limit=1000, bandwidth=1000, mutate=campaign)
    async with Shop(tables, settings) as shop, opened(shop) as source:
        (found,) = (await everything_on_pages(source)).products
    assert (found.variants[0].price.gross, found.variants[0].price.regular) == (Decimal("45.00"), Decimal("55.00"))
    assert [notice.code for notice in found.notices] == ["price_differs"]


@given(
    base=st.decimals("0.01", "99999", places=2),
    own=st.decimals("0", "99999", places=2),
    kind=st.integers(0, 3),
)
def test_our_own_sum_is_exact(base: Decimal, own: Decimal, kind: int) -> None:
    row = {"stock_id": "1", "product_id": "1", "extended": "0", "price": str(base), "price_type": "1"}
    of_base = wire.Stock.read(row)
    variant = wire.Stock.read({**row, "stock_id": "2", "extended": "1", "price": str(own), "price_type": str(kind)})
    wanted = {0: base, 1: own, 2: base + own, 3: base - own}[kind]
    assert computed(of_base, variant, None, NOW) == Pair(wanted, wanted)
    assert shops_own(variant) is None


async def test_a_price_in_another_currency_says_so_and_one_that_nobody_can_tell_fails() -> None:
    tables = empty_shop()
    product(tables, "W euro", "10.00", currency_id="2")
    assert (await only(tables)).variants[0].price.currency == "EUR"
    tables.config["shopping_allow_product_different_currency"] = "0"
    assert [one.fault.code for one in (await read(tables)).failed] == ["currency_unclear"]


# --- VAT ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "vat"),
    [
        ("1", VatRate(Decimal(23))), ("2", VatRate(Decimal(8))), ("6", VatRate(Decimal(5))), ("3", VatRate(Decimal(0))),
        ("4", NoVatRate("exempt")), ("5", NoVatRate("exempt")), (None, NoVatRate("none")), ("0", NoVatRate("none")),
    ],
)  # fmt: skip
async def test_vat_is_the_value_of_the_shops_own_row_and_only_one_row_of_0_is_0(
    row: str | None, vat: VatRate | NoVatRate
) -> None:
    tables = empty_shop()
    product(tables, "Kubek", tax_id=row)
    assert (await only(tables)).variants[0].price.vat == vat


async def test_a_row_of_0_by_any_other_name_or_class_is_exempt_and_a_missing_row_is_not_guessed() -> None:
    tables = empty_shop()
    tables.table("taxes")[3]["class"] = "zw."
    product(tables, "Kubek", tax_id="3")
    product(tables, "Miska", tax_id="99")
    page = await read(tables)
    assert page.products[0].variants[0].price.vat == NoVatRate("exempt")
    assert [one.fault.code for one in page.failed] == ["vat_unknown"]


# --- stock -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "quantity", "for_sale"),
    [
        ({"stock": "14"}, "14", True),
        ({"stock": "0"}, "0", False),
        ({"stock": "-2"}, "-2", False),
        ({"stock": "2.5"}, "2.5", True),
        ({"stock": "0", "availability_id": "5"}, "0", True),
        ({"stock": "9", "availability_id": "6"}, "9", False),
    ],
)
async def test_stock_is_counted_and_the_availability_says_whether_it_is_for_sale(
    columns: Row, quantity: str, for_sale: bool
) -> None:
    tables = empty_shop()
    product(tables, "Kubek", base=columns)
    (variant,) = (await only(tables)).variants
    assert variant.stock == Counted(Decimal(quantity))
    assert variant.for_sale is for_sale


async def test_only_a_setting_that_names_an_availability_makes_goods_uncounted() -> None:
    tables = empty_shop()
    product(tables, "Kubek", base={"stock": "0", "availability_id": "5"})
    for named in ("na zamówienie", "NA ZAMÓWIENIE", "5"):
        assert (await only(tables, SHOP_NOT_COUNTED=named)).variants[0].stock == NotCounted()
    with pytest.raises(Exception, match="is no availability of this shop"):
        await read(tables, SHOP_NOT_COUNTED="od ręki")


async def test_a_base_row_beside_variants_is_not_sold_and_several_warehouses_are_not_added_up_twice() -> None:
    tables = empty_shop()
    varied(tables, {"stock": "9"}, {"stock": "5"}, base={"stock": "14"})
    (found,) = (await read(tables, ShopSettings(now=NOW, warehouses=True))).products
    assert [one.stock for one in found.variants] == [Counted(Decimal(9)), Counted(Decimal(5))]


async def test_orders_beyond_the_stock_are_told() -> None:
    tables = empty_shop()
    tables.config["shopping_allow_overselling"] = "1"
    product(tables, "Kubek", base={"stock": "0"})
    (variant,) = (await only(tables)).variants
    assert variant.backorders and variant.for_sale


# --- variants ----------------------------------------------------------------------------------------------------


async def test_a_variant_has_its_own_codes_picture_weight_and_place() -> None:
    tables = empty_shop()
    made = varied(
        tables,
        {"code": "B-S", "ean": "5901234123457", "weight": "0.25"},
        {"code": "", "ean": "123"},
        base={"code": "B"},
    )
    main, other = picture(tables, made, b"1"), picture(tables, made, b"2")
    tables.stocks_of(made)[2]["gfx_id"] = str(other)
    found = await only(tables)
    small, medium = found.variants
    assert (small.sku, small.gtin, small.weight) == ("B-S", "5901234123457", Decimal("0.25"))
    assert [one.value for one in small.options] == ["S"]
    assert small.images is None
    assert (medium.sku, medium.gtin) == ("", "")
    assert medium.images is not None and [one.key for one in medium.images] == [str(other)]
    assert [one.key for one in found.images] == [str(main), str(other)]
    assert [notice.code for notice in found.notices] == ["gtin_invalid"]


async def test_a_variant_that_is_switched_off_is_left_out_alone_and_a_colour_is_marked() -> None:
    tables = empty_shop()
    varied(tables, {"active": "0"}, {}, kind="color")
    found = await only(tables)
    assert len(found.variants) == 1
    assert [one.rule for one in found.left_out] == [SkipRule.DISABLED]
    assert found.variants[0].options[0].role == "color"


@pytest.mark.parametrize(
    "options", [{"10": "61"}, {"10": 61}, [{"option_id": 10, "value_id": 61}], [{"option_id": "10", "ovalue_id": "61"}]]
)
def test_options_come_in_several_forms(options: Any) -> None:
    row = {"stock_id": "1", "product_id": "1", "extended": "1", "price": "1.00", "options": options}
    assert wire.Stock.read(row).options == ((10, 61),)


async def test_a_variant_whose_option_is_gone_is_named_and_its_neighbours_stay() -> None:
    tables = empty_shop()
    made = varied(tables, {}, {})
    tables.stocks_of(made)[1]["options"] = {"10": "999"}
    found = await only(tables)
    assert len(found.variants) == 1
    assert [one.fault.code for one in found.left_out if one.fault] == ["option_unknown"]


# --- pictures, texts, categories ---------------------------------------------------------------------------------


async def test_pictures_are_public_the_main_one_first_and_hidden_ones_left_out() -> None:
    tables = empty_shop()
    made = product(tables, "Kubek")
    first, second, third = (picture(tables, made, b"x") for _ in range(3))
    rows = tables.table("product-images")
    rows[first] |= {"main": 0}
    rows[second] |= {"main": 1, "unic_name": "3f" * 16, "extension": "jpg"}
    rows[third]["hidden"] = "1"
    found = await only(tables)
    assert [one.key for one in found.images] == [f"{second}/{'3f' * 16}.jpg", str(first)]
    assert all(str(one.public_url).startswith("http://127.0.0.1") for one in found.images)


async def test_a_picture_whose_name_leads_elsewhere_is_refused() -> None:
    tables = empty_shop()
    made = product(tables, "Kubek")
    number = picture(tables, made, b"x")
    tables.table("product-images")[number]["unic_name"] = "../../admin"
    found = await only(tables)
    assert not found.images
    assert [notice.code for notice in found.notices] == ["picture_unreadable"]


async def test_texts_come_in_the_chosen_language_else_the_shops_own_else_any() -> None:
    tables = empty_shop()
    product(tables, {"pl_PL": "Kubek", "en_US": "Mug"})
    product(tables, {"pl_PL": "Miska", "en_US": " "})
    product(tables, {"de_DE": "Teller"})
    page = await read(tables, LANGUAGE="en")
    assert [one.name for one in page.products] == ["Mug", "Miska", "Teller"]


@pytest.mark.parametrize("word", ["en", "EN", "en_US", "en-us"])
def test_a_language_is_named_in_any_form(word: str) -> None:
    assert chosen_locale(word, ("pl_PL", "en_US"), "pl_PL") == ("en_US", ())
    assert chosen_locale("fr", ("pl_PL", "en_US"), "pl_PL")[1]


def test_a_tree_and_a_list_that_do_not_agree_make_a_tree_all_the_same() -> None:
    rows = [CategoryRow(one, f"K{one}", one, True, 0) for one in (17, 18, 25, 30)]
    tree = [{"id": 17, "children": [{"id": 18, "children": [{"id": 99, "children": [{"id": 25, "children": []}]}]}]}]
    found = {int(one.id): one.path for one in categories_of(rows, parents_of(tree))}
    assert found == {17: ("K17",), 18: ("K17", "K18"), 25: ("K25",), 30: ("K30",)}


async def test_brand_attributes_categories_and_the_date_of_the_last_change() -> None:
    tables = empty_shop()
    home = category(tables, {"pl_PL": "Dom"})
    mugs = category(tables, {"pl_PL": "Kubki"}, home)
    maker = producer(tables, "Ćmielów")
    columns: Row = {
        "description": "",
        "order": "1",
        "active": "1",
        "default": "0",
        "options": [],
        "attribute_group_id": "2",
    }
    tables.add("attributes", {"name": "Materiał", "type": "2", **columns}, 9)
    tables.add("attributes", {"name": "Do zmywarki", "type": "1", **columns, "order": "0"}, 10)
    product(
        tables, "Kubek", categories=(mugs, home), producer_id=str(maker), edit_date="2026-07-01 12:00:00",
        attributes={"2": {"9": "Stal", "10": "1"}, "4": []},
    )  # fmt: skip
    found = await only(tables)
    assert (found.brand, [str(one) for one in found.categories]) == ("Ćmielów", [str(mugs), str(home)])
    assert found.attributes == (("Do zmywarki", "tak"), ("Materiał", "Stal"))
    assert found.updated_at is not None and found.updated_at.isoformat() == "2026-07-01T10:00:00+00:00"


# --- kinds and rules ---------------------------------------------------------------------------------------------


async def test_kinds() -> None:
    tables = empty_shop()
    cards, engraved, wrapped = (group(tables, name) for name in ("Karty", "Grawer", "Opakowanie"))
    option(tables, cards, {"pl_PL": "Nominał"}, [{"pl_PL": "50"}], "denomination")
    option(tables, engraved, {"pl_PL": "Napis"}, [], "text", stocked=False)
    wrap, (paper,) = option(
        tables, wrapped, {"pl_PL": "Papier"}, [{"pl_PL": "złoty"}], "select", stocked=False, priced=1
    )
    product(tables, "Karta", group_id=str(cards))
    product(tables, "Paczka", type="1", children=[])
    product(tables, "Plik", is_digital=1)
    value: Row = {"value_id": paper, "active": 1, "change_price_type": 2, "percent": 2, "change_price_option": "1"}
    told: Row = {"option_id": wrap, "type": "select", "required": True, "values": [value]}
    product(tables, "W papierze", group_id=str(wrapped), options_non_stock=[told])
    product(tables, "Bez dopłaty", options_non_stock=[{**told, "values": [{**value, "change_price_type": 0}]}])
    page = await read(tables)
    assert [one.kind for one in page.products] == [
        Kind.GIFT_CARD, Kind.BUNDLE, Kind.VIRTUAL, Kind.PRICED_OPTION, Kind.GOODS,
    ]  # fmt: skip
    assert [notice.code for notice in page.products[4].notices] == ["choice_required"]


async def test_an_older_shop_that_does_not_tell_free_options_with_the_product_is_asked_for_them() -> None:
    tables = empty_shop()
    wrapped, engraved = group(tables, "Opakowanie"), group(tables, "Grawer")
    option(tables, wrapped, {"pl_PL": "Papier"}, [{"pl_PL": "złoty"}], "select", stocked=False, priced=1)
    option(tables, engraved, {"pl_PL": "Napis"}, [], "text", stocked=False)
    product(tables, "W papierze", group_id=str(wrapped))
    product(tables, "Z napisem", group_id=str(engraved))
    settings = ShopSettings(now=NOW, short_lists={"options_non_stock"})
    page = await read(tables, settings)
    assert [one.kind for one in page.products] == [Kind.PRICED_OPTION, Kind.GOODS]
    assert [notice.code for notice in page.products[1].notices] == ["customization_required"]


async def test_rules() -> None:
    tables = empty_shop()
    off = category(tables, {"pl_PL": "Archiwum"}, active=False)
    product(tables, "Wyłączony", active=False)
    product(tables, "Bez stanu", base={"active": "0"})
    product(tables, "Ukryty", categories=(off,))
    page = await read(tables)
    assert [one.rule for one in page.skipped] == [SkipRule.DISABLED, SkipRule.DISABLED, SkipRule.HIDDEN]
    tables.config["registration_login_to_see_price"] = "1"
    product(tables, "Z ceną dla zalogowanych")
    assert (await read(tables)).skipped[-1].rule is SkipRule.NO_PRICE_SHOWN


async def test_a_product_that_is_switched_off_is_no_failure_whatever_else_is_wrong_with_it() -> None:
    tables = empty_shop()
    product(tables, "Wyłączony", "na telefon", active=False)
    page = await read(tables)
    assert not page.failed and [one.rule for one in page.skipped] == [SkipRule.DISABLED]
