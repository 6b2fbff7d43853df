"""Reads a feed to its end, for the benchmark: ``python read_all.py bare|products FILE``. What it prints is for programs."""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from importing import DECIDED, opened
from lxml import etree


def bare(path: str) -> int:
    """As quickly as it can be done: each offer is met, and freed."""
    count = 0
    for _, element in etree.iterparse(path, tag="o"):
        count += 1
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    return count


async def products(path: str) -> int:
    """All that a run does with it before the Gateway: spooled, looked at, put together, handed on as products."""
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        async with opened(Path(folder), path, **{**DECIDED, "VARIANT_RULE": "url_without_query"}) as source:
            await source.profile()
            async for handle in source.pages():
                count += sum(len(one.variants) for one in (await source.read(handle)).products)
    return count


if __name__ == "__main__":
    begun = time.process_time()
    found = bare(sys.argv[2]) if sys.argv[1] == "bare" else asyncio.run(products(sys.argv[2]))
    print(json.dumps({"offers": found, "seconds": time.process_time() - begun}))
