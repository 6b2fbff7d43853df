"""Large offers in IOF XML, and what it costs to read one, for the benchmark.

``python -m bench.offer make FOLDER MEBIBYTES`` writes one: a product has three sizes, two pictures and 2 kB of text;
one of ten belongs to a group of two, the members of which lie far apart in the file. ``bare FILE`` goes through it with
`lxml.iterparse` and nothing else, ``read FILE`` reads it into the model, ``read FOLDER`` the light file with it; they
say in JSON what they used.
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from gateway_importer.cli import COLLECTED
from gateway_importer.http import Http
from gateway_importer.options import GATEWAY_QUESTIONS, OPTIONS
from gateway_importer.sandbox import DEMO_SHOP_GUID, DEMO_SIGNING_KEY
from gateway_importer.settings import Given, Setting, collect
from iai_importer.platform import PLATFORM
from lxml import etree

HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n<offer file_format="IOF" version="3.0" generated_by="IdoSell" '
    'generated="2026-11-23 05:58:01" expires="2036-11-24 05:58:01" extensions="yes">\n'
    '<products xmlns:iaiext="http://www.iai-shop.com/developers/iof/extensions.phtml" language="pol" currency="PLN">\n'
)
TAIL = "</products>\n</offer>\n"
TEXT = "<p>Przewiewna koszula z lnu, szyta w Łodzi: 100% lnu &amp; guziki z drewna.</p>\n" * 25  # 2 kB
SIZES = (("4", "M"), ("5", "L"), ("6", "XL"))
SHOP = "https://demo-lniany.example"
APART = 2000  # products between the two members of a group


def net_of(number: int) -> str:
    return f"{Decimal(19990 + 100 * (number % 90)) / 123:.2f}"


def full_product(number: int) -> str:
    gross = f"{199 + number % 90}.90"
    net = net_of(number)
    sizes = "".join(
        f'<size id="{size}" name="{name}" panel_name="{name.lower()}" code="{number}-{size}" weight="320" '
        f'code_producer="" iaiext:code_external="LN-{number}-{name}" iaiext:weight_net="290" iaiext:priority="0">'
        f'<price gross="{gross}" net="{net}"/><srp gross="0" net="0"/>'
        f'<stock id="0" quantity="0" available_stock_quantity="0"/>'
        f'<stock id="1" quantity="{9 + number % 7}.000" available_stock_quantity="{7 + number % 7}"/></size>\n'
        for size, name in SIZES
    )
    pictures = "".join(
        f'<image iaiext:priority="{place}" url="{SHOP}/data/gfx/pictures/large/{number}_{place}.jpg" '
        f'changed="2026-03-02 10:11:12" hash="9e107d9d372bb6826bd81d3542a4{number % 10000:04d}{place}" '
        'width="1000" height="1500"/>\n'
        for place in (1, 2)
    )
    group = ""
    if number % 10 == 0:  # with the product that lies far behind it
        first = number - APART if number // APART % 2 else number
        value = "biała" if first == number else "granatowa"
        group = (
            f'<group id="{first}" first_product_id="{first}"><group_by_parameter id="b026324c6904b2a9cb4b88d6d61c81d1">'
            f'<name xml:lang="pol"><![CDATA[Kolor]]></name><product_value id="26ab0db90d72e28ad0ba1e22ee51051">'
            f'<name xml:lang="pol"><![CDATA[{value}]]></name></product_value></group_by_parameter></group>\n'
        )
    return (
        f'<product type="regular" id="{number}" vat="23.0" code_on_card="LN-{number}" site="1" currency="PLN">\n'
        f'<producer id="1308137701" name="Lniany Dom"/>\n<category id="1214553101" name="Odzież/Koszule"/>\n'
        f'<unit id="0" name="szt."/>\n<card url="{SHOP}/product-pol-{number}-Koszula.html"/>\n<description>'
        f'<name xml:lang="pol"><![CDATA[Koszula lniana {number}]]></name>\n'
        f'<name xml:lang="eng"><![CDATA[Linen shirt {number}]]></name>\n'
        f'<short_desc xml:lang="pol"><![CDATA[Przewiewna koszula z lnu.]]></short_desc>\n'
        f'<long_desc xml:lang="pol"><![CDATA[{TEXT}]]></long_desc></description>\n'
        f'<price gross="{gross}" net="{net}"/><srp gross="0" net="0"/>\n'
        f'<iaiext:price_retail><iaiext:site id="1" size_id="0" gross="{gross}" net="{net}"/></iaiext:price_retail>\n'
        f'<sizes iaiext:group_id="1" iaiext:group_name="Ubrania" iaiext:sizeList="full">\n{sizes}</sizes>\n'
        f"<images><large>\n{pictures}</large></images>\n{group}"
        '<parameters><parameter type="parameter" id="26" priority="1" distinction="y" hide="n" xml:lang="pol" '
        'name="Materiał"><value id="45" priority="0" xml:lang="pol" name="len"/></parameter></parameters>\n</product>\n'
    )


def light_product(number: int) -> str:
    net = net_of(number)
    sizes = "".join(
        f'<size id="{size}" name="{name}" code="{number}-{size}"><price net="{net}"/>'
        f'<stock id="0" quantity="0"/><stock id="1" quantity="{9 + number % 7}"/></size>'
        for size, name in SIZES
    )
    return f'<product id="{number}" vat="23.0"><price net="{net}"/><sizes>{sizes}</sizes></product>\n'


def _pieces(products: int, light: bool) -> Iterator[str]:
    yield HEAD
    for number in range(1, products + 1):
        yield light_product(number) if light else full_product(number)
    yield TAIL


def make(folder: Path, mebibytes: float) -> int:
    """Writes full.xml, which is so large, and the light.xml that belongs to it; how many products they hold. Groups
    are whole."""
    each = len(full_product(2 * APART).encode())
    products = max(2 * APART, int(mebibytes * 1024 * 1024 / each) // (2 * APART) * 2 * APART)
    folder.mkdir(parents=True, exist_ok=True)
    for name, light in (("full.xml", False), ("light.xml", True)):
        with (folder / name).open("w", encoding="utf-8") as file:
            file.writelines(_pieces(products, light))
    return products


def bare(file: Path) -> int:
    """Every element is met once, and let go."""
    products = 0
    for _, element in etree.iterparse(str(file), resolve_entities=False, no_network=True):
        if element.tag == "product":
            products += 1
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    return products


async def read(place: Path) -> int:
    """Every product by the importer's own source, as a run reads it; how many of the panel's they are."""
    gc.set_threshold(*COLLECTED)  # as the program does
    products = 0
    with tempfile.TemporaryDirectory(dir=place.parent) as state:
        given = {"TOKEN_SIGNING_KEY": DEMO_SIGNING_KEY, "SHOP_GUID": DEMO_SHOP_GUID, "STATE_FOLDER": state}
        asked: list[Setting[Any]] = [*GATEWAY_QUESTIONS, *PLATFORM.questions, *PLATFORM.settings, *OPTIONS]
        values = collect(asked, Given({}, {**given, "IAI_OFFER": str(place)}))
        async with Http(user_agent="bench") as http:
            source = PLATFORM.open_source(values, http)
            async for page in source.pages():
                found = await source.read(page)
                assert not found.failed and not found.skipped
                products += sum(len(one.variants) for one in found.products) // len(SIZES)
    return products


def main() -> None:
    command, place = sys.argv[1], Path(sys.argv[2])
    if command == "make":
        print(make(place, float(sys.argv[3])))  # noqa: T201
        return
    began = time.process_time()
    products = bare(place) if command == "bare" else asyncio.run(read(place))
    told = {
        "products": products,
        "seconds": time.process_time() - began,
        "MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(told))  # noqa: T201


if __name__ == "__main__":
    main()
