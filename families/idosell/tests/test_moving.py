"""A merchant who moves from one way into the shop to the other keeps his products: the same group of the panel, once as
the API says it and once as an offer does."""

from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from typing import Any

import pytest
from gateway_importer.catalog import Page, Product, ProductId
from idosell_family.member import Member
from idosell_family.product import handed_on, join

COLOURS = {"401": ("biała", "white", ("4", "5")), "402": ("granatowa", "navy blue", ("uniw",))}
NAMES = {"4": "M", "5": "L", "uniw": "uniwersalny"}


def by_api(language: str) -> list[Member]:
    conditions = import_module("idosell_importer.conditions").Conditions(
        "https://lniany.example", "Lniany", 1, (language, "pol")
    )
    member_of = import_module("idosell_importer.mapping").member_of
    return [member_of(_row(one, *COLOURS[one]), conditions) for one in COLOURS]


def _row(identity: str, colour: str, english: str, sizes: tuple[str, ...]) -> dict[str, Any]:
    def words(name: str, pol: str, eng: str) -> list[dict[str, str]]:
        return [{"langId": "pol", name: pol}, {"langId": "eng", name: eng}]

    price = {"productRetailPrice": 199.9}
    return {
        "productId": int(identity), "productDisplayedCode": f"LN-{identity}", "productIsDeleted": "n",
        "producerId": 5, "producerName": "Lniany Dom", "categoryId": 1214553101, "categoryName": "Odzież/Koszule",
        "currencyId": "PLN", **price, "productVat": 23, "productVatFree": "n", "productIsVisible": "y",
        "productType": "product_item", "productShops": [{"shopId": 1}], "productImages": [], "productMenu": [],
        "productVersion": {
            "versionParentId": 401, "versionProductsIds": list(COLOURS),
            "versionNames": {"versionNamesLangData": words("versionName", colour, english)},
            "versionGroupNames": {"versionGroupNamesLangData": words("versionGroupName", "Kolor", "Colour")},
        },
        "productDescriptionsLangData": words("productName", f"Koszula {colour}", f"Shirt {english}"),
        "productSizes": [{"sizeId": one, "sizePanelName": NAMES[one]} for one in sizes],
        "productSizesAttributes": [
            {"sizeId": one, "productSizeCodeExternal": f"{identity}/{one}" if one != "uniw" else "", "productSizeWeight": 320}
            for one in sizes
        ],
        "productShopsAttributes": [{"shopId": 1, "currencyId": "PLN", **price}],
        "productStocksData": {"productSizesDispositions": {"productSizesDispositionsInSales": [
            {"sizeId": one, "productSizeQuantityAllStocks": 7} for one in sizes
        ]}},
        "productParameters": [{"parameterId": 26, "parameterType": "parameter",
            "parameterDescriptionsLangData": words("parameterName", "Materiał", "Material"),
            "parameterValues": [{"parameterValueId": 45,
                "parameterValueDescriptionsLangData": words("parameterValueName", "len", "linen")}]}],
    }  # fmt: skip


def by_offer(language: str) -> list[Member]:
    conditions = import_module("iai_importer.conditions").Conditions(
        (language, "pol"), "PLN", "full", datetime(2026, 11, 23, 14)
    )
    parser = import_module("iai_importer.parser").Parser(b"")
    product_of, member_of = import_module("iai_importer.wire").product, import_module("iai_importer.mapping").member_of
    elements = [parser.element(_element(one, *COLOURS[one]).encode()) for one in COLOURS]
    return [member_of(product_of(element), None, conditions, group="401") for element in elements]


def _element(identity: str, colour: str, english: str, sizes: tuple[str, ...]) -> str:
    def words(pol: str, eng: str) -> str:
        return f'<name xml:lang="pol"><![CDATA[{pol}]]></name><name xml:lang="eng"><![CDATA[{eng}]]></name>'

    rows = "".join(
        f'<size id="{one}" name="{NAMES[one]}" code="{identity}-{one}" weight="320" '
        + (f'iaiext:code_external="{identity}/{one}"' if one != "uniw" else "")
        + '><price gross="199.9" net="162.52"/><stock id="1" quantity="9" available_stock_quantity="7"/></size>'
        for one in sizes
    )
    return (
        f'<product id="{identity}" vat="23.0" code_on_card="LN-{identity}" site="1" type="regular" currency="PLN">'
        '<producer id="5" name="Lniany Dom"/><category id="1214553101" name="Odzież/Koszule"/>'
        f"<description>{words(f'Koszula {colour}', f'Shirt {english}')}</description><sizes>{rows}</sizes>"
        f'<group id="401" first_product_id="401"><group_by_parameter id="b0">{words("Kolor", "Colour")}'
        f'<product_value id="26">{words(colour, english)}</product_value></group_by_parameter></group>'
        '<parameters><parameter type="parameter" id="26" xml:lang="pol" name="Materiał"><value xml:lang="pol" name="len"/>'
        '</parameter><parameter type="parameter" id="26" xml:lang="eng" name="Material"><value xml:lang="eng" '
        'name="linen"/></parameter></parameters></product>'
    )


def together(members: list[Member]) -> Page:
    return join(ProductId("401"), [member.part() for member in members], ())


def separate(members: list[Member]) -> Page:
    return handed_on(members, together=False)


@pytest.mark.parametrize("language", ["pol", "eng"])
@pytest.mark.parametrize("how", [together, separate])
def test_both_ways_give_the_same_products(how: Callable[[list[Member]], Page], language: str) -> None:
    one, other = how(by_api(language)), how(by_offer(language))
    assert [_compared(product) for product in one.products] == [_compared(product) for product in other.products]
    assert one.products and not (one.failed or one.skipped or other.failed or other.skipped)
    found = [variant.source_id for product in one.products for variant in product.variants]
    assert found == ["401-4", "401-5", "402-uniw"]


def _compared(product: Product) -> dict[str, object]:
    """All but what only one of them knows: when it was changed, and the address of its page."""
    return {
        "id": product.source_id, "name": product.name, "brand": product.brand, "categories": product.categories,
        "attributes": product.attributes, "kind": product.kind, "notices": product.notices,
        "variants": [
            (one.source_id, one.name, one.options, one.sku, one.price, one.stock, one.weight, one.for_sale)
            for one in product.variants
        ],
    }  # fmt: skip
