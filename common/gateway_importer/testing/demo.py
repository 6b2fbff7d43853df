"""The command line of every platform's ``demo.py``: the simulated shop alone, the demonstration, or both ends."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from gateway_importer.sandbox import DEMO_SHOP_GUID, DEMO_SIGNING_KEY, Sandbox, SandboxSettings
from gateway_importer.testing import folders
from gateway_importer.testing.demonstration import GATEWAY_PORT, Expected, Platform, demonstrate

#: The demonstration's shop has its place on this machine, so that a container can be pointed at it.
HOST = "127.0.0.1"
PORT = 8601

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Told:
    """A shop that runs, as a person is told of it. `answers` go to the program's prompts in their order, after the
    Gateway's own; `secrets` are those of them that nobody may see; `settings` go into the program's environment."""

    line: str
    answers: Sequence[str]
    secrets: Sequence[str]
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Demo(Generic[S]):
    """What a platform's demonstration is made of. `open` starts the shop: host, port, how many products can be
    imported, and the folder in which changes to the catalogue lie (None: untouched)."""

    folder: Path
    open: Callable[[str, int, int, Path | None], AbstractAsyncContextManager[S]]
    told: Callable[[S], Told]
    expected: Callable[[S], Iterable[Expected]]
    broken: Mapping[int, str]
    products: int

    @property
    def module(self) -> str:
        return folders.package(self.folder)

    async def serve(self, host: str, port: int, products: int, folder: Path | None) -> None:
        """Serves until somebody says stop. The last line that is printed is for programs."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        async with self.open(host, port, products, folder) as shop:
            told = self.told(shop)
            print(told.line, flush=True)
            said = {"answers": [*told.answers], "secrets": [*told.secrets], "settings": {**told.settings}}
            print(json.dumps(said), flush=True)
            await stop.wait()

    async def demonstrate(self, host: str, port: int, products: int, folder: Path) -> int:
        """Import the shop with the program that the container runs, and compare."""
        async with self.open(host, port, products, folder) as shop:
            told = self.told(shop)
            needed = folders.needed(self.folder)
            platform = Platform(self.module, needed, told.answers, self.broken, told.settings)
            return await demonstrate(platform, list(self.expected(shop)), folder)

    async def serve_both(self, host: str, port: int, products: int, folder: Path) -> None:
        """Sandbox and shop on their fixed ports, to look at and to point a container at."""
        async with Sandbox(SandboxSettings(), folder=folder / "sandbox", host=host, port=GATEWAY_PORT) as sandbox:
            print(f"Gateway: {sandbox.url} (open it in a browser)", flush=True)
            print(f"  shop guid         {DEMO_SHOP_GUID}\n  token signing key {DEMO_SIGNING_KEY}", flush=True)
            await self.serve(host, port, products, folder)

    def main(self) -> int:
        parser = argparse.ArgumentParser(
            description="The simulated shop with the made-up catalogue, to be imported from and looked at."
        )
        parser.add_argument(
            "what",
            nargs="?",
            default="shop",
            choices=["shop", "import", "sandbox"],
            help="the shop alone; the demonstration; or sandbox and shop",
        )
        parser.add_argument("--host", default=HOST, help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=PORT, help="port to listen on (default: %(default)s)")
        parser.add_argument("--products", type=int, default=self.products, help="products that can be imported")
        parser.add_argument("--folder", type=Path, help="where changes to the catalogue are read from")
        given = parser.parse_args()
        folder: Path = given.folder or Path("build/demo")
        if given.what == "import":
            return asyncio.run(self.demonstrate(given.host, given.port, given.products, folder))
        if given.what == "sandbox":
            asyncio.run(self.serve_both(given.host, given.port, given.products, folder))
        else:
            asyncio.run(self.serve(given.host, given.port, given.products, given.folder))
        return 0
