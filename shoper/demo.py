"""The simulated Shoper shop with the made-up catalogue, to be imported from and looked at. It is in no image."""

import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path

HERE = Path(__file__).resolve().parent
FAMILY = HERE.parent / "families/shoper"
for place in (FAMILY / "tests", HERE.parent / "common"):
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))

from demo_goods import BROKEN, changed, demo_goods, expected
from gateway_importer.testing.demo import HOST, PORT, Demo, Told
from shop import Shop, ShopSettings

PRODUCTS = 600
#: Quicker than a real shop's ten and two, so that nobody waits for minutes: the importer keeps to whatever it is told.
SETTINGS = ShopSettings(limit=40, bandwidth=20)


def demo_shop(
    host: str = HOST, port: int = PORT, products: int = PRODUCTS, folder: Path | None = None, *, seed: int = 1
) -> AbstractAsyncContextManager[Shop]:
    """The shop as an asynchronous context manager; what lay in `folder` of an earlier run is what it sells."""
    tables = demo_goods(products, seed)
    if folder is not None:
        changed(tables, folder / "shop-changes.json")
    return Shop(tables, SETTINGS, host=host, port=port)


def told(shop: Shop) -> Told:
    line = f"Shoper {shop.settings.version} at {shop.url} with login {shop.login} and password {shop.password}"
    return Told(line, [shop.url, shop.login, shop.password], [shop.password])


DEMO = Demo(HERE, demo_shop, told, expected, BROKEN, PRODUCTS)

if __name__ == "__main__":
    sys.exit(DEMO.main())
