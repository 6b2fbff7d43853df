"""The simulated shop with the made-up catalogue, to be imported from and looked at. It is in no image."""

import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path

HERE = Path(__file__).resolve().parent
for place in (HERE / "tests", HERE.parent / "common"):
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))

from demo_causes import BROKEN
from demo_changes import changed, lost_pictures
from gateway_importer.testing.demo import HOST, PORT, Demo, Told
from shop import PrestaShop, ShopSettings, demo_catalogue
from truths import expected

PRODUCTS = 600


def demo_shop(
    host: str = HOST, port: int = PORT, products: int = PRODUCTS, folder: Path | None = None, *, seed: int = 1
) -> AbstractAsyncContextManager[PrestaShop]:
    """The shop as an asynchronous context manager; what lay in `folder` of an earlier run is what it sells.

    Without a folder it is the catalogue of the seed, untouched.
    """
    catalogue = demo_catalogue(products, seed)
    settings = ShopSettings(pictures=lost_pictures(catalogue))
    if folder is not None:
        changed(catalogue, folder / "shop-changes.json")
    return PrestaShop(catalogue, settings, host=host, port=port)


def told(shop: PrestaShop) -> Told:
    line = f"PrestaShop {shop.settings.version} at {shop.url} with key {shop.key}"
    return Told(line, [shop.url, shop.key], [shop.key])


DEMO = Demo(HERE, demo_shop, told, expected, BROKEN, PRODUCTS)

if __name__ == "__main__":
    sys.exit(DEMO.main())
