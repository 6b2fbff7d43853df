"""Members of a group become one product, with a variant for every version and size."""

from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest
from gateway_importer.catalog import (
    Counted,
    Failed,
    Kind,
    NotCounted,
    NoVatRate,
    Price,
    Product,
    ProductId,
    Skipped,
    SkipRule,
    StockLevel,
    UnknownStock,
    VatRate,
)
from hypothesis import given
from hypothesis import strategies as st
from idosell_family.member import Broken, Member, Money, Picture, Size, stock_text
from idosell_family.product import handed_on, join, product_of

GROUP = ProductId("401")
PRICE = Money.of(Price(Decimal("199.90"), VatRate(Decimal(23))))
BAD = Broken("price_unreadable", "Its price is no number.", "Correct it.")


def size(identity: str = "uniw", name: str = "uniw", **more: object) -> Size:
    made = Size(identity, name, PRICE, stock="4")
    return msgspec.structs.replace(made, **more)


def member(identity: str, colour: str = "", *sizes: Size, **more: object) -> Member:
    made = Member(
        id=identity,
        group=str(GROUP),
        name=f"Koszula {colour}".strip(),
        members=("401", "402"),
        versions=(("Kolor", colour),) if colour else (),
        sizes=sizes or (size(),),
    )
    return msgspec.structs.replace(made, **more)


def made(*members: Member, gone: tuple[str, ...] = ()) -> Product:
    found = product_of(GROUP, members, gone=gone)
    assert isinstance(found, Product), found
    return found


def options(product: Product) -> list[tuple[str, dict[str, str]]]:
    return [(str(one.source_id), {option.name: option.value for option in one.options}) for one in product.variants]


def test_a_variant_for_every_version_and_size_in_the_groups_order_and_the_shops() -> None:
    found = made(member("401", "biała", size("4", "M"), size("5", "L")), member("402", "granatowa"))
    assert options(found) == [
        ("401-4", {"Kolor": "biała", "Rozmiar": "M"}),
        ("401-5", {"Kolor": "biała", "Rozmiar": "L"}),
        ("402-uniw", {"Kolor": "granatowa"}),
    ]
    assert [one.name for one in found.variants] == [None, None, "Koszula granatowa"]


def test_a_universal_size_alone_is_a_product_without_options() -> None:
    assert options(made(member("401", "biała"))) == [("401-uniw", {})]


def test_every_version_keeps_its_own_texts_pictures_and_categories() -> None:
    picture = Picture("1/a", "https://shop.example/a.jpg")
    blue = member(
        "402", "granatowa", description="<p>granat</p>", pictures=(picture,), categories=("7",), url="https://x"
    )
    white, other = made(member("401", "biała", description="<p>biel</p>"), blue).variants
    assert (white.description, white.images, white.categories, white.page_url) == (None, None, None, None)
    assert (other.description, other.images, other.categories) == ("<p>granat</p>", (picture.image,), ("7",))
    assert other.page_url == "https://x"


def test_the_product_is_called_after_the_member_whose_id_the_group_has() -> None:
    assert made(member("402", "granatowa"), member("401", "biała")).name == "Koszula biała"
    assert made(member("403", "zielona"), member("402", "granatowa")).name == "Koszula zielona"


def test_names_and_values_of_a_group_of_several_are_told_apart() -> None:
    one = member("401", versions=(("Kolor \\ Model", "żółty \\ GHM"),))
    assert options(made(one, member("402", "x")))[0] == ("401-uniw", {"Kolor": "żółty", "Model": "GHM"})
    odd = member("401", versions=(("Kolor \\ Model", "żółty"),))
    assert options(made(odd, member("402", "x")))[0] == ("401-uniw", {"Kolor \\ Model": "żółty"})


def test_a_version_that_the_shop_does_not_name_is_told_apart_by_its_own_name() -> None:
    found = made(member("401", "biała"), member("402", name="Koszula w kratę"))
    assert options(found)[1] == ("402-uniw", {"Wersja": "Koszula w kratę"})
    assert [one.code for one in found.notices] == ["version_unnamed"]


def test_a_version_that_a_rule_leaves_out_is_left_out_and_the_others_come_in() -> None:
    found = made(member("401", "biała", rule="HIDDEN"), member("402", "granatowa"))
    assert options(found) == [("402-uniw", {"Kolor": "granatowa"})]
    assert [(one.source_id, one.rule) for one in found.left_out] == [("401-uniw", SkipRule.HIDDEN)]


def test_a_product_of_which_every_version_is_left_out_is_left_out() -> None:
    found = product_of(GROUP, [member("401", rule="HIDDEN", detail="anywhere"), member("402", rule="OTHER_SHOP")])
    assert found == Skipped(GROUP, "Koszula", SkipRule.HIDDEN, "anywhere")


def test_a_broken_version_makes_its_variants_bad_so_that_none_of_them_looks_deleted() -> None:
    found = made(member("401", "biała"), member("402", "granatowa", size("4", "M"), size("5", "L"), broken=BAD))
    assert [str(one.source_id) for one in found.left_out] == ["402-4", "402-5"]
    assert all(one.fault is not None and "Version 402 (Koszula granatowa)" in one.fault.cause for one in found.left_out)


def test_a_broken_version_whose_sizes_are_not_known_fails_the_product_by_its_name() -> None:
    broken = msgspec.structs.replace(member("402", "granatowa", broken=BAD), sizes=())
    found = product_of(GROUP, [member("401", "biała"), broken])
    assert isinstance(found, Failed)
    assert found.fault.cause == "Version 402 (Koszula granatowa): Its price is no number."
    alone = product_of(GROUP, [broken])
    assert isinstance(alone, Failed) and alone.fault.cause == "Its price is no number."


def test_a_member_that_the_shop_has_no_more_is_named_and_missed() -> None:
    found = join(GROUP, [member("401", "biała").part()], ["402"])
    (product,) = found.products
    assert options(product) == [("401-uniw", {"Kolor": "biała"})]
    assert [one.code for one in product.notices] == ["version_gone"]


def test_a_group_of_which_nothing_came_is_told_as_failed() -> None:
    assert [one.fault.code for one in join(GROUP, [], ["401"]).failed] == ["versions_gone"]


def test_goods_are_sold_and_a_set_among_their_versions_is_left_out() -> None:
    found = made(member("401", "zestaw", kind=Kind.BUNDLE), member("402", "granatowa"))
    assert found.kind is Kind.GOODS and [one.rule for one in found.left_out] == [SkipRule.BUNDLE]
    assert made(member("401", "zestaw", kind=Kind.BUNDLE)).kind is Kind.BUNDLE
    found = made(member("401", "na miarę", kind=Kind.CONFIGURED_BUNDLE), member("402", "granatowa"))
    assert [one.rule for one in found.left_out] == [SkipRule.CONFIGURED_BUNDLE]


def test_what_sets_members_apart_is_no_attribute_of_their_product() -> None:
    linen = ("Materiał", "len")
    found = made(
        member("401", "biała", attributes=(("Kolor", "biała"), linen)),
        member("402", "granatowa", attributes=(linen, ("Kolor", "granatowa"))),
    )
    assert found.attributes == (linen,)


def test_a_product_without_a_size_fails_and_one_without_a_price_shows_none() -> None:
    found = product_of(GROUP, [msgspec.structs.replace(member("401"), sizes=())])
    assert isinstance(found, Failed) and found.fault.code == "no_sizes"
    assert [one.rule for one in made(member("401", "", size(money=None))).left_out] == [SkipRule.NO_PRICE_SHOWN]


def test_what_needs_no_other_is_handed_on_at_once_and_the_rest_waits() -> None:
    alone = member("7", group="7", members=("7",))
    page = handed_on([member("401", "biała"), alone], together=True)
    assert [one.source_id for one in page.products] == ["7"]
    assert [(one.group, one.member, one.members) for one in page.parts] == [("401", "401", ("401", "402"))]
    # A group of one whose id is another's may have had that one a moment ago.
    (left,) = handed_on([member("402", members=("402",))], together=True).parts
    assert left.group == "401"


def test_versions_that_are_not_put_together_are_products_of_their_own() -> None:
    hidden, bad = member("402", rule="HIDDEN"), msgspec.structs.replace(member("403", broken=BAD), sizes=())
    page = handed_on([member("401", "biała"), hidden, bad], together=False)
    assert [one.source_id for one in page.products] == ["401"] and not page.products[0].variants[0].options
    assert [one.source_id for one in page.skipped] == ["402"]
    assert [one.source_id for one in page.failed] == ["403"]
    assert not page.parts


levels = st.one_of(st.builds(Counted, st.decimals(-5, 10**6, places=3)), st.just(NotCounted()), st.just(UnknownStock()))
prices = st.builds(
    Price,
    st.decimals(0, 10**6, places=2),
    st.one_of(
        st.builds(VatRate, st.decimals(0, 100, places=1)), st.sampled_from([NoVatRate("exempt"), NoVatRate("none")])
    ),
    st.sampled_from(["PLN", "EUR"]),
    st.none() | st.decimals(0, 10**6, places=2),
)


@given(levels, prices, st.text(), st.none() | st.decimals(0, 100, places=3))
def test_a_member_that_waits_comes_back_as_it_was(level: StockLevel, price: Price, name: str, weight: Decimal) -> None:
    one = member("401", "biała", size("4", name, money=Money.of(price), stock=stock_text(level), weight=weight))
    back = Member.read(one.part())
    assert back == one
    assert back.sizes[0].level == level
    assert back.sizes[0].money is not None and replace(back.sizes[0].money.price) == price


@pytest.mark.parametrize("rule", list(SkipRule))
def test_every_rule_comes_back(rule: SkipRule) -> None:
    assert Member.read(member("401", rule=rule.name).part()).skip is rule
