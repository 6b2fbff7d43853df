"""The truth is the storefront: what the real program brings in is what a real shop's product pages showed.

The recorded shop is one that cannot tell whether its prices include VAT (they do), so the run is told. A special price
ends on the day of the recording, so the moment is given. Classes without a rate are mapped. The guests' tax class falls
back to the only customer class of the rules' first, since customer groups were not recorded.
"""

import json
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from gateway_importer import texts
from gateway_importer.testing.demonstration import gross_of
from goods import RECORDINGS
from recorded import RECORDED_AT, recorded_shop
from staging import stage

SETTINGS = {
    "MAGENTO_PRICES": "gross",
    "NOW": RECORDED_AT,
    "VAT_MAP": "exempt=VAT0,none=VAT0",
    "IMPORT_VIRTUAL": "yes",
    "IMPORT_PRICE_ZERO": "yes",
    "MAGENTO_VISIBLE_VARIANTS": "both",
    "DESCRIPTION": "text",
}

#: Products that do not come in by rule although they have a page: they are out of the count.
RULED_OUT = {
    51: "OPT-035: a required option has a price",
    70: "BUN-DYN: a bundle",
    71: "BUN-FIX: a bundle",
    72: "GRP-040: a grouped product",
}
#: Pages that show what cannot be bought at all, since no variant of them can.
WITHOUT_VARIANTS = {65: "CONF-EMPTY: it has no variants", 67: "CONF-ALLDIS: all its variants are switched off"}

#: What is compared and differs, each with its reason.
EXCEPTIONS = {
    "ST-THRESHOLD: for sale": "the page calls it available at the threshold of stock, and none of it can be ordered",
}


def pages() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads((RECORDINGS / "storefront.json").read_text("utf-8"))["products"]
    return found


def money(value: object) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP)


class Compared:
    """How many values of each kind, and which of them differ."""

    def __init__(self) -> None:
        self.values: Counter[str] = Counter()
        self.differ: dict[str, str] = {}

    def same(self, sku: str, what: str, here: object, there: object) -> None:
        self.values[what] += 1
        if here != there:
            self.differ[f"{sku}: {what}"] = f"{here} ≠ {there}"


@pytest.mark.parametrize("kind", ["regular", "reduced"])
async def test_the_recorded_shop_arrives_as_its_pages_show_it(tmp_path: Path, kind: str) -> None:
    async with stage(recorded_shop(), tmp_path) as staged:
        ended = await staged.program(PRICE=kind, **SETTINGS).run()
        assert ended.code == 0, ended.err
        held = staged.held()
        names = {number: row["sku"] for number, row in staged.shop.tables.products.items()}
        base = staged.shop.url
    compared = Compared()
    for sku, page in pages().items():
        product = str(page["id"])
        rows = {variant: one[0] for (owner, variant), one in held.items() if owner == product}
        if page["id"] in RULED_OUT or page["id"] in WITHOUT_VARIANTS:
            assert not rows, sku
            continue
        compared.same(sku, "visibility", bool(rows), page["status"] == 200)
        if not rows or page["status"] != 200:
            continue
        first = next(iter(rows.values()))["product"]
        compared.same(sku, "title", first["name"], texts.clean_name(page["title"]))
        compared.same(sku, "description", words(first["desc"]), described(page["description_html"], base))
        sold = {variant for variant, row in rows.items() if row["for_sale"]}
        if "variants" in page:
            compare_variants(compared, page, rows, sold, names, kind)
        else:
            compared.same(sku, "for sale", bool(sold), page["availability"] == "available")
            prices = page["prices"]
            (final,) = prices["finalPrice"]
            compare_price(compared, sku, first, prices.get("oldPrice", [final])[0], final, prices["basePrice"][0], kind)
            pictures = [one["full"].partition("/media/catalog/product")[2] for one in page["gallery"]]
            compared.same(sku, "pictures", first["data"]["import"]["images"], [one for one in pictures if one])
    total = sum(compared.values.values())
    print(f"{kind}: {dict(compared.values)}, {total} values; {len(compared.differ)} differ: {compared.differ}")
    assert compared.differ.keys() == EXCEPTIONS.keys(), compared.differ
    assert total >= 493


def compare_variants(
    compared: Compared, page: dict[str, Any], rows: dict[str, Any], sold: set[str], names: dict[int, str], kind: str
) -> None:
    """The page shows those of the variants that can be bought, with the labels of their options."""
    labels = {
        (one["code"], value): label for one in page["attributes"] for value, label, _ in one["options"]
    }  # fmt: skip
    codes = {str(number): one for one in page["attributes"] for number in (attribute_id(page, one),)}
    compared.same(names[page["id"]], "variants", sold, set(page["variants"]))
    for number, shown in page["variants"].items():
        if number not in rows:
            continue
        sku, product = names[int(number)], rows[number]["product"]
        wanted = {}
        for attribute, value in shown["attributes"].items():
            one = codes[attribute]
            name = one["code"] if one["code"] in ("size", "color") else one["label"]
            wanted[name] = labels[one["code"], value]
        compared.same(sku, "options", product["data"]["variants"], wanted)
        compare_price(compared, sku, product, shown["oldPrice"], shown["finalPrice"], shown["basePrice"], kind)


def attribute_id(page: dict[str, Any], attribute: dict[str, Any]) -> str:
    """The page names attributes by code where it lists their options, and by id in its variants."""
    values = {value for value, _, _ in attribute["options"]}
    ids = {
        number for one in page["variants"].values() for number, value in one["attributes"].items() if value in values
    }
    (found,) = ids
    return str(found)


def compare_price(
    compared: Compared, sku: str, product: dict[str, Any], old: object, final: object, base: object, kind: str
) -> None:
    compared.same(sku, f"{kind} price", gross_of(product), money(old if kind == "regular" else final))
    if net := Decimal(str(base)):
        rate = (Decimal(str(final)) / net - 1) * 100
        compared.same(sku, "VAT", product["vat"], f"VAT{rate.quantize(Decimal(1), ROUND_HALF_UP)}")


def words(text: str | None) -> list[str]:
    return (text or "").split()


def described(html: str | None, base: str) -> list[str]:
    """The words that the page shows; scripts show none."""
    return words(texts.plain_text((html or "").replace("http://127.0.0.1:8480", base)))


async def test_by_default_the_rules_leave_out_what_they_name(tmp_path: Path) -> None:
    async with stage(recorded_shop(), tmp_path) as staged:
        ended = await staged.program(NOW=RECORDED_AT, MAGENTO_PRICES="gross").run()
        assert ended.code == 1
        report = staged.report()
        assert report["skipped_by_rule"] == {
            "configured_bundle": 2, "disabled": 3, "grouped": 1, "hidden": 1, "not_orderable": 1, "other_shop": 2,
            "price_zero": 1, "priced_option": 1, "virtual": 2,
        }  # fmt: skip
        failed = {row["product"]: row["code"] for row in report["failures"]}
        # A class of none, and one that no rule names: whether that is exempt or forgotten only a person knows.
        assert failed == {"23": "vat_exempt", "25": "vat_none"}
