"""The simulated shop with the made-up catalogue, to be imported from and looked at. It is in no image."""

import argparse
import asyncio
import signal
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

TESTS = Path(__file__).parent / "tests"
for place in (TESTS, Path(__file__).parents[1] / "common"):
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))

from gateway_importer.sandbox import DEMO_SHOP_GUID, DEMO_SIGNING_KEY, Sandbox, SandboxSettings
from gateway_importer.testing.demonstration import GATEWAY_PORT, Platform, demonstrate

if TYPE_CHECKING:
    from shop import PrestaShop

#: The demonstration's shop has its place on this machine, so that a container can be pointed at it.
HOST = "127.0.0.1"
PORT = 8601
PRODUCTS = 600


def demo_shop(
    host: str = HOST, port: int = PORT, products: int = PRODUCTS, *, seed: int = 1, folder: Path | None = None
) -> "AbstractAsyncContextManager[PrestaShop]":
    """The shop as an asynchronous context manager; what lay in `folder` of an earlier run is what it sells.

    Without a folder it is the catalogue of the seed, untouched.
    """
    from demo_changes import changed, lost_pictures
    from shop import PrestaShop, ShopSettings, demo_catalogue

    catalogue = demo_catalogue(products, seed)
    settings = ShopSettings(pictures=lost_pictures(catalogue))
    if folder is not None:
        changed(catalogue, folder / "shop-changes.json")
    return PrestaShop(catalogue, settings, host=host, port=port)


async def serve(host: str, port: int, products: int, folder: Path | None) -> None:
    """Serves until somebody says stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with demo_shop(host, port, products, folder=folder) as shop:
        print(f"PrestaShop {shop.settings.version} at {shop.url} with key {shop.key}", flush=True)
        await stop.wait()


async def demonstrate_import(host: str, port: int, products: int, folder: Path) -> int:
    """Import the shop with the program that the container runs, and compare."""
    from demo_causes import BROKEN
    from truths import expected

    root = Path(__file__).parents[1]
    async with demo_shop(host, port, products, folder=folder) as shop:
        platform = Platform(
            module="prestashop_importer",
            folders=[root / "common", root / "prestashop"],
            answers=[shop.url, shop.key],
            broken=BROKEN,
        )
        return await demonstrate(platform, list(expected(shop)), folder)


async def serve_both(host: str, port: int, products: int, folder: Path) -> None:
    """Sandbox and shop on their fixed ports, to look at and to point a container at."""
    async with Sandbox(SandboxSettings(), folder=folder / "sandbox", host=host, port=GATEWAY_PORT) as sandbox:
        print(f"Gateway: {sandbox.url} (open it in a browser)", flush=True)
        print(f"  shop guid         {DEMO_SHOP_GUID}\n  token signing key {DEMO_SIGNING_KEY}", flush=True)
        await serve(host, port, products, folder)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "what",
        nargs="?",
        default="shop",
        choices=["shop", "import", "sandbox"],
        help="the shop alone; the demonstration; or sandbox and shop",
    )
    parser.add_argument("--host", default=HOST, help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=PORT, help="port to listen on (default: %(default)s)")
    parser.add_argument("--products", type=int, default=PRODUCTS, help="products that can be imported")
    parser.add_argument("--folder", type=Path, help="where changes to the catalogue are read from")
    given = parser.parse_args()
    folder: Path = given.folder or Path("build/demo")
    if given.what == "import":
        return asyncio.run(demonstrate_import(given.host, given.port, given.products, folder))
    if given.what == "sandbox":
        asyncio.run(serve_both(given.host, given.port, given.products, folder))
    else:
        asyncio.run(serve(given.host, given.port, given.products, given.folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
