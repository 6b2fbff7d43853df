"""The simulated IdoSell shop with the made-up catalogue, which shares its offer: to import from and to look at.

It is in no image.
"""

import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path

HERE = Path(__file__).resolve().parent
for place in (HERE / "tests", HERE.parent / "common"):
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))

from demo_goods import BROKEN, changed, demo_goods, expected
from gateway_importer.testing.demo import HOST, PORT, Demo, Told
from shop import Shop

PRODUCTS = 600


def demo_shop(
    host: str = HOST, port: int = PORT, products: int = PRODUCTS, folder: Path | None = None, *, seed: int = 1
) -> AbstractAsyncContextManager[Shop]:
    """The shop as an asynchronous context manager; what lay in `folder` of an earlier run is what it sells."""
    goods = demo_goods(products, seed)
    if folder is not None:
        changed(goods, folder / "shop-changes.json")
    return Shop(goods, host=host, port=port)


def told(shop: Shop) -> Told:
    address = shop.address("gateway")
    secrets = [shop.token(kind) for kind in ("gateway", "full", "light")]
    return Told(f"An offer in IOF 3.0, shared at {address}", [address], secrets)


DEMO = Demo(HERE, demo_shop, told, expected, BROKEN, PRODUCTS)

if __name__ == "__main__":
    sys.exit(DEMO.main())
