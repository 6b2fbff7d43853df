"""Runs the sandbox until it is told to stop: `python -m gateway_importer.sandbox`."""

from __future__ import annotations

import argparse
import asyncio
import signal
from pathlib import Path

from . import Sandbox, SandboxSettings


async def run(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    settings = SandboxSettings(index_lag=arguments.index_lag)
    async with Sandbox(settings, folder=arguments.folder, host=arguments.host, port=arguments.port) as sandbox:
        print(f"The sandbox Gateway listens on {sandbox.url}", flush=True)
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m gateway_importer.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback only)")
    parser.add_argument("--port", type=int, default=8600, help="port to listen on; 0 takes a free one")
    parser.add_argument("--folder", type=Path, default=None, help="where it keeps what it holds (default: nowhere)")
    parser.add_argument("--index-lag", type=float, default=0.0, help="seconds until a change shows in queries")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
