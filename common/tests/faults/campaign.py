"""Runs of a real program that meet random faults and die at random moments, and what is counted of them; and the
sandbox's log held against the ledger, which must be able to explain every call that writes."""

from __future__ import annotations

import asyncio
import json
import random
import re
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from fault_proxy import Broken, FaultProxy
from gateway_importer.sandbox import DEMO_SHOP_GUID, Sandbox
from gateway_importer.testing.program import Ended, Program

KILLED = -9
DIGEST = re.compile("[0-9a-f]{12}")  # in an object's mark, under the field's name


def gateway_phase(method: str, path: str, body: bytes) -> str:
    """What a request to the Gateway, or to its store, is for."""
    if path.startswith("/store"):
        return "upload a picture"
    if path.endswith("/_query"):
        return "query"
    if path.endswith("/products"):
        return "create a product"
    if "/products/" in path and method == "PUT":
        return "archive a product" if b'"archived":true' in body else "change a product"
    if path.startswith("/webshops/"):
        return "list tags" if method == "GET" else "make a tag"
    return {"/uploads/": "upload form", "/bootstrap": "categories"}.get(path, "anything else")


GATEWAY_PHASES = (
    "upload a picture", "query", "create a product", "archive a product", "change a product", "list tags",
    "make a tag", "upload form", "categories",
)  # fmt: skip
LATER_RUNS = ("archive a product", "change a product")  # they need something that is there already


@dataclass(frozen=True)
class Kill:
    """A moment to die at: the `nth` request of a phase, its work `done` or not; without a phase, `seconds` after the
    start."""

    phase: str | None = None
    nth: int = 1
    done: bool = False
    seconds: float = 0.0


@dataclass
class Campaign:
    """Disturbed runs between the two ends behind `proxies`, counted."""

    proxies: Sequence[FaultProxy]
    kills: Counter[str] = field(default_factory=Counter)
    runs: Counter[str] = field(default_factory=Counter)

    async def run(self, program: Program, *, share: float, seed: int, kill: Kill | None = None) -> Ended:
        """One run in bad weather: `share` of the requests are harmed."""
        for proxy in self.proxies:
            proxy.weather.share, proxy.weather.rng = share, random.Random(seed)
        moment = None if kill is None else self._moment(kill)
        try:
            ended = await program.run(kill_when=moment)
        finally:
            for proxy in self.proxies:
                proxy.weather.share, proxy.watch = 0.0, None
        self.runs["killed" if ended.code == KILLED else f"exit {ended.code}"] += 1
        if kill is not None and ended.code == KILLED:
            self.kills[kill.phase or "any moment"] += 1
        return ended

    async def _moment(self, kill: Kill) -> None:
        if kill.phase is None:
            await asyncio.sleep(kill.seconds)
            return
        reached = asyncio.Event()
        seen = 0

        async def watch(phase: str, done: bool) -> None:
            nonlocal seen
            if (phase, done) != (kill.phase, kill.done):
                return
            seen += 1
            if seen >= kill.nth:
                reached.set()
                await asyncio.sleep(0.5)  # nothing more comes of this request
                raise Broken

        for proxy in self.proxies:
            proxy.watch = watch
        await reached.wait()

    def faults(self) -> Counter[str]:
        """How often each phase was harmed."""
        found: Counter[str] = Counter()
        for proxy in self.proxies:
            for (phase, _), number in proxy.harmed.items():
                found[phase] += number
        return found

    def kinds(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for proxy in self.proxies:
            for (_, fault), number in proxy.harmed.items():
                found[fault] += number
        return found

    def told(self) -> str:
        return (
            f"runs {dict(self.runs)}\nkills by phase {dict(self.kills)}\nfaults by phase {dict(self.faults())}\n"
            f"faults by kind {dict(self.kinds())}"
        )


def unexplained(sandbox: Sandbox, ledger: Path, *, lost_uploads: int) -> list[str]:
    """The calls in the sandbox's log that write and that the ledger cannot explain, and what was done twice.

    `lost_uploads`: so many pictures may lie in the store that nobody knows of, since their answers were lost.
    """
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as db:
        guids = {guid for (guid,) in db.execute("SELECT guid FROM variant WHERE guid IS NOT NULL")}
        # A variant that has left the shop keeps its SKU in the ledger, and another one may have been given it since.
        skus = Counter(sku for (sku,) in db.execute("SELECT sku FROM variant"))
        open_ends = list(db.execute("SELECT product, id, state FROM variant WHERE state NOT IN ('live', 'archived')"))
        tags = dict(db.execute("SELECT name, guid FROM tag WHERE state = 'ours'"))
        placed = {address for (address,) in db.execute("SELECT address FROM image WHERE address IS NOT NULL")}
    wrong = [f"{product} {variant} is still {state}" for product, variant, state in open_ends]
    made: Counter[str] = Counter()
    for one in sandbox.requests:
        if one.method == "GET" or one.path.endswith("/_query"):
            continue
        if one.path.endswith("/products"):
            sent = [sku for sku in one.skus if not DIGEST.fullmatch(sku)]
            wrong += [f"{sku} was posted, and the ledger knows none" for sku in sent if sku not in skus]
            if one.status == 201:
                made.update(sent)
        elif found := re.search(r"/products/([^/]+)/$", one.path):
            if one.method != "PUT" or found.group(1) not in guids:
                wrong.append(f"{one.method} {one.path} concerns no object that the ledger knows")
        elif not re.search(r"^/(store/|uploads/$|webshops/[^/]+/tags/$)", one.path):
            wrong.append(f"{one.method} {one.path} is no call of the importer")
    wrong += [f"{sku} was made {times} times" for sku, times in made.items() if times > max(1, skus[sku])]
    held = sandbox.products(DEMO_SHOP_GUID)
    wrong += [f"object {row['guid']} is not in the ledger" for row in held if row["guid"] not in guids]
    for tag in sandbox.tags(DEMO_SHOP_GUID):
        if tags.get(tag["name"]) != tag["guid"]:
            wrong.append(f"tag {tag['name']} is not in the ledger")
        elif not tag["product_guids"]:
            wrong.append(f"tag {tag['name']} is carried by no product")
    keys = [address.partition("/store/")[2] for address in placed]
    unknown = [one.key for one in sandbox.uploads if one.key not in keys]
    if len(unknown) > lost_uploads:
        wrong.append(f"{len(unknown)} pictures lie in the store unknown, and only {lost_uploads} answers were lost")
    return wrong


def failures(folder: Path) -> list[str]:
    """The failed products of a report, each with its cause."""
    report = json.loads((folder / "report.json").read_text("utf-8"))
    return [f"{row['product']}: {row['cause']}" for row in report["failures"]]
