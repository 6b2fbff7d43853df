"""The simulated shop of Retalia's demonstration: a fashion till's tables. It is in no image."""

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
FAMILY = HERE.parent / "families/feeds"
for place in (FAMILY / "tests", HERE.parent / "common"):
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))

from demo_goods import TILL_BROKEN, DemoGoods, changed, expected, till, till_shop
from gateway_importer.testing.demo import HOST, PORT, Demo, Told
from gateway_importer.testing.demonstration import Expected
from shop import Shop

PRODUCTS = 300
FILES = ("produkty.csv", "stany.csv")
SETTINGS = {
    "SHOP_NAME": "sklep.example",
    "VARIANT_RULE": "pattern",
    "VARIANT_PATTERN": r"(?P<product>\d+)-(?P<color>\d+)-(?P<size>\w+)",
    "VAT_DEFAULT": "refuse",
    "UNKNOWN_STOCK": "refuse",
}


@dataclass
class Open:
    """The shop that runs, and what it sells."""

    shop: Shop
    goods: DemoGoods


def demo_shop(
    host: str = HOST, port: int = PORT, products: int = PRODUCTS, folder: Path | None = None
) -> AbstractAsyncContextManager[Open]:
    """The shop as an asynchronous context manager; what lay in `folder` of an earlier run is what it sells."""
    goods = till(products)
    if folder is not None:
        changed(goods, folder / "shop-changes.json")

    @asynccontextmanager
    async def opened() -> AsyncIterator[Open]:
        async with till_shop(goods, host, port) as shop:
            yield Open(shop, goods)

    return opened()


def told(open_shop: Open) -> Told:
    shop = open_shop.shop
    addresses = [shop.address(name) for name in FILES]
    if shop.login:
        line = f"Files at {' and '.join(addresses)} with login {shop.login} and password {shop.password}"
        return Told(line, [*addresses, shop.login, shop.password], [shop.password], SETTINGS)
    return Told(f"Feeds at {' and '.join(addresses)}", [*addresses, "none"], [shop.token], SETTINGS)


def wanted(open_shop: Open) -> Iterator[Expected]:
    return expected(open_shop.goods)


DEMO = Demo(HERE, demo_shop, told, wanted, TILL_BROKEN, PRODUCTS)

if __name__ == "__main__":
    sys.exit(DEMO.main())
