"""The made-up shop is as mixed as it is said to be, the same in every run, and served quickly."""

import asyncio
import json
import signal
import sys
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from catalogue import BROKEN, Catalogue, demo_catalogue
from demo import demo_shop
from pictures import content_type, picture_bytes
from shop import PrestaShop, ShopSettings
from shop_client import ask, get_json

GUEST = "[use_tax]=1&price[{0}][group]=1&price[{0}][use_ecotax]=1&price[{0}][decimals]=2&price[{0}][use_reduction]={1}"
PRICES = "price[g]" + GUEST.format("g", 1) + "&price[f]" + GUEST.format("f", 0)


@pytest.fixture(scope="module")
def demo() -> Catalogue:
    """The catalogue of the demonstration; no test changes it."""
    return demo_catalogue()


@pytest.fixture(scope="module")
def truths(demo: Catalogue) -> list[dict[str, Any]]:
    """What must arrive of it."""
    return list(PrestaShop(demo).truth())


@pytest.fixture(scope="module")
def importable(truths: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The part that an import brings in."""
    return [one for one in truths if one["importable"]]


def test_600_products_can_be_imported_and_each_broken_one_has_its_cause(
    truths: list[dict[str, Any]], importable: list[dict[str, Any]]
) -> None:
    assert len(importable) == 600
    reasons = Counter(one["reason"] for one in truths if not one["importable"])
    assert set(reasons) >= {"draft", "disabled", "hidden", "no price shown", "price 0", "not orderable"}
    broken = {one["id"]: one["reason"] for one in truths if one["id"] in BROKEN}
    assert broken == BROKEN
    assert len(set(broken.values())) == len(BROKEN) >= 12


def test_a_third_has_combinations_a_fifth_is_reduced_and_all_rates_are_there(importable: list[dict[str, Any]]) -> None:
    varied = [one for one in importable if len(one["variants"]) > 1]
    assert len(varied) >= 200
    assert {len(one["variants"]) for one in varied} >= {2, 24}
    assert all(2 <= len(one["variants"]) <= 24 for one in varied)
    for one in varied:
        options = [tuple(sorted(variant["options"].items())) for variant in one["variants"]]
        assert len(set(options)) == len(options)
    reduced = [one for one in importable if any(v["gross"] < v["regular"] for v in one["variants"])]
    assert 105 <= len(reduced) <= 135
    rates = Counter(one["variants"][0]["vat_rate"] for one in importable)
    assert set(rates) == {Decimal(23), Decimal(8), Decimal(5), Decimal(0)}
    assert min(rates.values()) >= 30
    assert sum(one["overridden"] for one in importable) == 8


def test_there_are_gaps_and_oddities(demo: Catalogue, importable: list[dict[str, Any]]) -> None:
    variants = [variant for one in importable for variant in one["variants"]]
    assert any(variant["stock"] is None for variant in variants)
    assert any((variant["stock"] or 0) < 0 for variant in variants)
    assert any(not variant["ean13"] for variant in variants)
    assert any(variant["images"] for variant in variants)
    references = Counter(row["reference"] for row in demo.products.values())
    assert references[""] > 10
    assert any(count > 1 for reference, count in references.items() if reference)
    names = Counter(one["names"]["pl"] for one in importable)
    assert any(count > 1 for count in names.values())
    assert all(name for name in names)
    assert {row["type"] for row in demo.products.values()} == {"simple", "virtual", "pack"}
    assert any(not one["images"] for one in importable)


def test_the_same_seed_makes_the_same_shop(demo: Catalogue) -> None:
    again = demo_catalogue(30, seed=1)
    assert again.tables == demo_catalogue(30, seed=1).tables
    assert again.tables != demo_catalogue(30, seed=2).tables
    assert sum(one["importable"] for one in PrestaShop(again).truth()) == 30


def test_pictures_are_real_files_of_three_formats_and_all_differ(demo: Catalogue) -> None:
    some = list(demo.pictures.values())[:60]
    bodies = [picture_bytes(picture) for picture in some]
    assert len(set(bodies)) == len(bodies)
    assert {content_type(body) for body in bodies} == {"image/jpeg", "image/png", "image/webp"}
    assert all(500 < len(body) < 20_000 for body in bodies)


async def test_virtual_prices_are_those_of_the_pages(demo: Catalogue, importable: list[dict[str, Any]]) -> None:
    async with PrestaShop(demo) as shop:
        for resource, single in (("products", True), ("combinations", False)):
            path = f"/api/{resource}?display=[id,g,f]&{PRICES}&sort=[id_ASC]&output_format=JSON"
            if single:
                path += f"&filter[id]=![{'|'.join(map(str, demo.broken_products))}]"
            answered = {row["id"]: row for row in (await get_json(shop, path))[resource]}
            for one in importable:
                for variant in one["variants"]:
                    if bool(variant["id"]) == single:
                        continue
                    row = answered[variant["id"] or one["id"]]
                    assert Decimal(row["g"]) == variant["gross"], one
                    assert Decimal(row["f"]) == variant["regular"], one


async def test_a_page_of_50_products_is_served_in_a_fraction_of_a_second(demo: Catalogue) -> None:
    async with PrestaShop(demo) as shop:
        took = []
        for _ in range(3):
            # Time of the processor, so that a busy machine makes nobody doubt the shop.
            began = time.process_time()
            path = f"/api/products?display=full&filter[id]=[100,149]&sort=[id_ASC]&output_format=JSON&{PRICES}"
            status, _, body = await ask(shop, path)
            took.append(time.process_time() - began)
    assert (status, len(json.loads(body)["products"])) == (200, 50)
    assert min(took) < 0.25, took  # 0.03 s by itself; CI measures coverage beside other tests


async def test_xml_is_well_formed_but_for_the_two_texts_that_break_it(demo: Catalogue) -> None:
    async with PrestaShop(demo) as shop:
        good = "/api/products?display=full&filter[id]=![41|71|386]"
        _, _, body = await ask(shop, good)
        assert len(ElementTree.fromstring(body).findall("products/product")) == len(demo.products) - 3
        for id_product in (41, 71):
            _, _, body = await ask(shop, f"/api/products/{id_product}")
            with pytest.raises(ElementTree.ParseError):
                ElementTree.fromstring(body)


async def test_the_fatal_product_fails_alone(demo: Catalogue) -> None:
    async with PrestaShop(demo) as shop:
        fatal = next(iter(demo.broken_products))
        assert (await ask(shop, f"/api/products?display=full&filter[id]=[{fatal}]"))[::2] == (500, b"")
        assert (await ask(shop, f"/api/products?display=full&filter[id]=[{fatal - 1}]"))[0] == 200


async def test_two_pictures_are_lost_and_their_products_have_others() -> None:
    async with demo_shop(port=0) as shop:
        lost = {image: one for one in shop.truth() for image in one["lost_images"]}
        assert sorted(shop.settings.pictures) == sorted(lost)
        assert set(shop.settings.pictures.values()) == {"missing", "html"}
        for image, one in lost.items():
            assert one["importable"] and set(one["images"]) - {image} and one["cover"] != image
            status, headers, _ = await ask(shop, f"/api/images/products/{one['id']}/{image}")
            assert (status, headers["Content-Type"].partition(";")[0]) in ((500, "text/xml"), (200, "text/html"))


def test_some_paths_of_categories_are_the_marketplaces_own_and_some_names_stand_twice(demo: Catalogue) -> None:
    def path(id_category: int) -> str:
        row = demo.categories[id_category]
        above = path(int(row["id_parent"])) + " > " if int(row["level_depth"]) > 2 else ""
        return above + str(row["name"][0]["value"])

    paths = [path(id_category) for id_category in demo.categories if id_category > 2]
    assert {"Odzież > Damska > Sukienki", "Dom i ogród > Świece"} <= set(paths)
    assert max(one.count(" > ") for one in paths) == 3
    assert len({one.rpartition(" > ")[2] for one in paths}) < len(paths) == len(set(paths))


@pytest.mark.parametrize(("version", "php"), [("1.7.7.4", "7.4"), ("8.2.1", "8.2"), ("9.0.0", "8.2")])
async def test_every_version_lists_the_whole_shop(version: str, php: str, demo: Catalogue) -> None:
    async with PrestaShop(demo, ShopSettings(version=version, php=php)) as shop:
        for resource in ("products", "combinations", "stock_availables", "specific_prices", "categories"):
            keep = "&filter[id]=![386]" if resource == "products" else ""
            path = f"/api/{resource}?display=full&sort=[id_ASC]&output_format=JSON{keep}"
            status, _, body = await ask(shop, path)
            # On 1.7 each product without a picture raises a notice, and the data comes with a 500.
            assert status == (500 if (version, resource) == ("1.7.7.4", "products") else 200)
            rows = json.loads(body)[resource]
            assert [row["id"] for row in rows] == sorted(set(demo.table(resource)) - {386 if keep else 0})


async def test_the_program_says_where_it_is_and_ends_when_told() -> None:
    program = Path(__file__).parent.parent / "demo.py"
    arguments = (str(program), "--port", "0", "--products", "20")
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    assert "http://127.0.0.1:" in line and "TESTKEYFULLACCESS00000000000001X" in line
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 10) == 0
