"""Runs the benchmarks and writes what they measured: ``make bench``, ``make bench ONLY=latency,rerun SCALE=0.1``.

Every figure is a ratio of things measured in the same run. Both ends are processes of their own; a figure whose ends
were busier than `BUSY` of a processor says so, since then they were part of what was measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from gateway_importer.http import Host, Http, Limits, Repeat
from gateway_importer.sandbox import DEMO_SHOP_GUID, DEMO_SIGNING_KEY

from bench.feed import make as make_feed
from bench.page import write_page

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "build" / "bench"
BUSY = 0.85  # of one processor
MINUTE = 60.0
FEEDS = ("common", "families/feeds", "families/feeds/tests")  # where what reads feeds lies
HALVED, DOUBLED, END = 90.0, 130.0, 180.0  # seconds into the search for an unknown allowance


@dataclass
class Figure:
    """One ratio. `goal` is in words, `reached` by the numbers; `shown` are the measurements behind it."""

    bench: str
    name: str
    value: float
    goal: str
    reached: bool
    shown: dict[str, Any] = field(default_factory=dict)
    remark: str = ""


@dataclass(frozen=True)
class Used:
    """What a finished program used: seconds on the clock and on the processor, and its largest size in MiB."""

    code: int
    seconds: float
    cpu: float
    peak: float
    out: str


class Ends:
    """Both servers, running."""

    def __init__(self, gateway: str, shop: str) -> None:
        self.gateway, self.shop = gateway, shop

    def set(self, end: str, **settings: Any) -> None:
        request = Request(f"{end}/set", json.dumps(settings).encode(), {"Content-Type": "application/json"})  # noqa: S310
        urlopen(request).close()  # noqa: S310 - our own servers

    def stats(self, end: str, *, reset: bool = False) -> dict[str, Any]:
        with urlopen(f"{end}/stats{'?reset=1' if reset else ''}") as answer:  # noqa: S310
            found: dict[str, Any] = json.loads(answer.read())
        return found

    def reset(self) -> None:
        self.stats(self.gateway, reset=True)
        self.stats(self.shop, reset=True)

    def busy(self) -> tuple[float, float]:
        return self.stats(self.gateway)["busy"], self.stats(self.shop)["busy"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def ends(shop: str = "shop") -> Any:
    ports = [_free_port(), _free_port()]
    kinds = ("gateway", shop)
    servers = [
        subprocess.Popen([sys.executable, "-m", "bench.servers", kind, str(port)], cwd=ROOT)  # noqa: S603 - ours
        for kind, port in zip(kinds, ports, strict=True)
    ]
    try:
        both = Ends(*(f"http://127.0.0.1:{port}" for port in ports))
        for end in (both.gateway, both.shop):
            for _ in range(200):
                with contextlib.suppress(OSError):
                    both.stats(end)
                    break
                time.sleep(0.05)
        yield both
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait()


def run_program(
    arguments: Sequence[str], environment: dict[str, str], *, kill_when: Callable[[], bool] | None = None
) -> Used:
    """Run a Python program to its end and reckon what it used, all its children included."""
    with tempfile.TemporaryFile() as out:
        begun = time.monotonic()
        child = subprocess.Popen(  # noqa: S603 - our own programs
            [sys.executable, *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment},
        )  # fmt: skip
        if kill_when is not None:
            while not kill_when():
                time.sleep(0.02)
            child.kill()
        _, status, usage = os.wait4(child.pid, 0) if child.returncode is None else (0, 0, None)
        seconds = time.monotonic() - begun
        out.seek(0)
        text = out.read().decode("utf-8", "replace")
    code = os.waitstatus_to_exitcode(status)
    if usage is None:
        return Used(code, seconds, 0.0, 0.0, text)
    return Used(code, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text)


def importing(
    both: Ends,
    folder: Path,
    *arguments: str,
    kill_when: Callable[[], bool] | None = None,
    program: str = "bench.importer",
    **settings: str,
) -> Used:
    """One import by the real program (or what `arguments` say); killed (SIGKILL) as soon as `kill_when` says so."""
    environment = {
        "TOKEN_SIGNING_KEY": DEMO_SIGNING_KEY,
        "SHOP_GUID": DEMO_SHOP_GUID,
        "GATEWAY_URL": both.gateway,
        "BENCH_URL": both.shop,
        "STATE_FOLDER": str(folder),
        "ALLOW_PRIVATE_ADDRESSES": "yes",
        "INDEX_SECONDS": "2",
        "SETTLE_SECONDS": "2",
        **settings,
    }
    used = run_program(["-m", program, *arguments], environment, kill_when=kill_when)
    if kill_when is None and used.code != 0:
        raise SystemExit(f"the importer ended with {used.code}:\n{used.out[-3000:]}")
    return used


def report_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / DEMO_SHOP_GUID / "report.json").read_text("utf-8"))
    return found


@contextlib.contextmanager
def state() -> Any:
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def noted(both: Ends, remark: str = "") -> str:
    gateway, shop = both.busy()
    if max(gateway, shop) > BUSY:
        where = "Gateway" if gateway > shop else "shop"
        return f"{remark} The bench's own {where} used {max(gateway, shop):.0%} of a processor: it was a bottleneck."
    return remark


# --- the pace ------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def _driven(url: str, rate: float | None) -> AsyncIterator[Host]:
    """The Gateway's host, asked by as many tasks as the default has requests at once."""
    async with Http(user_agent="bench") as http:
        host = http.host("Gateway", url, Limits(concurrency=16, per_second=rate, attempts=8))
        stop = asyncio.Event()

        async def asking() -> None:
            while not stop.is_set():
                with contextlib.suppress(Exception):
                    await host.request("POST", "/uploads/", body=b"{}", repeat=Repeat.SAFE)

        tasks = [asyncio.create_task(asking()) for _ in range(16)]
        try:
            yield host
        finally:
            stop.set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _paced(both: Ends, kind: str, rate: float, given: float | None, seconds: float) -> dict[str, Any]:
    both.set(both.gateway, limit={"kind": kind, "rate": rate}, latency={})
    both.reset()

    async def drive() -> None:
        async with _driven(both.gateway, given):
            await asyncio.sleep(seconds)

    asyncio.run(drive())
    return both.stats(both.gateway)


def _share(stats: dict[str, Any], begin: float, end: float, rate: float) -> float:
    return sum(1 for one in stats["accepted"] if begin <= one < end) / ((end - begin) * rate)


def _known(both: Ends, name: str, kind: str, least: float, most_rejected: float, scale: float) -> list[Figure]:
    figures = []
    seconds = max(10.0, MINUTE * scale)
    for rate in (20, 100):
        stats = _paced(both, kind, rate, float(rate), seconds)
        achieved = _share(stats, 1.0, seconds, rate)
        asked = len(stats["accepted"]) + len(stats["rejected"])
        rejected = len(stats["rejected"]) / max(1, asked)
        figures.append(
            Figure(
                name, f"R = {rate}", achieved,
                f"≥ {least}, " + ("none rejected" if not most_rejected else f"< {most_rejected:.1%} rejected"),
                achieved >= least and (rejected < most_rejected if most_rejected else not stats["rejected"]),
                {"seconds": seconds, "rejected": f"{rejected:.2%}"}, noted(both),
            )
        )  # fmt: skip
    return figures


def pace_known(both: Ends, scale: float) -> list[Figure]:
    return _known(both, "pace_known", "bucket", 0.97, 0.0, scale)


def pace_strict(both: Ends, scale: float) -> list[Figure]:
    return _known(both, "pace_strict", "window", 0.93, 0.005, scale)


async def _halved_and_doubled(both: Ends, kind: str, rate: float, tells: bool) -> None:
    async with _driven(both.gateway, None):
        await asyncio.sleep(HALVED)
        both.set(both.gateway, limit={"kind": kind, "rate": rate / 2, "tells": tells})
        await asyncio.sleep(DOUBLED - HALVED)
        both.set(both.gateway, limit={"kind": kind, "rate": rate, "tells": tells})
        await asyncio.sleep(END - DOUBLED)


def pace_unknown(both: Ends, scale: float) -> list[Figure]:
    """No setting: found from refusals, with and without Retry-After; then the allowance halves, then doubles."""
    figures = []
    for kind in ("bucket", "window"):
        for tells in (False, True):
            rate = 40.0
            both.set(both.gateway, limit={"kind": kind, "rate": rate, "tells": tells}, latency={})
            both.reset()
            asyncio.run(_halved_and_doubled(both, kind, rate, tells))
            stats = both.stats(both.gateway)
            first = [one for one in stats["rejected"] if 10 <= one < HALVED]
            asked = len(first) + sum(1 for one in stats["accepted"] if 10 <= one < HALVED)
            rejected = len(first) / max(1, asked)
            found = _share(stats, 10, HALVED, rate)
            after_half = _share(stats, HALVED + 10, DOUBLED, rate / 2)
            after_double = _share(stats, DOUBLED + 30, END, rate)
            figures.append(
                Figure(
                    "pace_unknown", f"{kind}{', Retry-After' if tells else ''}", found,
                    "≥ 0.85 from the 10th to the 90th second, < 2 % rejected; ≥ 0.85 again 10 s after it halves, 30 s "
                    "after it doubles",
                    min(found, after_half, after_double) >= 0.85 and rejected < 0.02,
                    {
                        "rejected": f"{rejected:.2%}", "after it halved": round(after_half, 3),
                        "after it doubled": round(after_double, 3),
                    },
                    noted(both),
                )
            )  # fmt: skip
    return figures


# --- whole imports -------------------------------------------------------------------------------------------


def _open_gateway(both: Ends, **latency: float) -> None:
    """An empty Gateway without limits."""
    both.set(both.gateway, limit={"kind": "", "rate": 0}, latency=latency, forget=True)


def latency(both: Ends, scale: float) -> list[Figure]:
    """Known latencies, no limits, one picture and a half a product: how near the bound that concurrency sets."""
    count = max(300, int(2000 * scale))
    times = {"page": 0.8, "post": 0.2, "picture": 0.15, "store": 0.1}
    _open_gateway(both, post=times["post"], store=times["store"])
    both.set(
        both.shop, products=count, variants=1, text=200, pictures=[1, [20_000]], half_more=20_000,
        latency={"page": times["page"], "picture": times["picture"]}, dated=[], stock={},
    )  # fmt: skip
    both.reset()
    with state() as folder:
        importing(both, folder)
        floor = report_of(folder)["run"].get("overlap")
    gateway, shop = both.stats(both.gateway), both.stats(both.shop)
    seconds = gateway["last"]["post"] - shop["first"]["page"]
    achieved = count / seconds
    bounds = {"pages": 4 * 50 / 0.8, "pictures": 8 / 0.15 / 1.5, "store": 16 / 0.1 / 1.5, "posts": 16 / 0.2}
    bound = min(bounds.values())
    one_by_one = 1 / (0.8 / 50 + 1.5 * (0.15 + 0.1) + 0.2)
    return [
        Figure(
            "latency", "products a second over the bound", achieved / bound, "≥ 0.9", achieved / bound >= 0.9,
            {
                "products": count, "products a second": round(achieved, 2), "bound": round(bound, 2),
                "one after another": round(one_by_one, 2), "times as fast as that": round(achieved / one_by_one, 1),
            }, noted(both),
        ),
        *([] if not floor else [
            Figure("overlap", "run over its longest floor", floor["ratio"], "≤ 1.1", floor["ratio"] <= 1.1,
                   {name: value for name, value in floor.items() if name != "ratio"})
        ]),
    ]  # fmt: skip


def overhead(both: Ends, scale: float) -> list[Figure]:
    """Processor time a product with one picture of 100 kB, against a bare loop of the same requests and bytes. The
    start of either program is taken out by running each with few and with many."""
    few, many = 100, max(600, int(3000 * scale))
    used: dict[tuple[str, int], float] = {}
    for count in (few, many):
        _open_gateway(both)
        both.set(both.shop, products=count, variants=1, text=500, pictures=[1, [100_000]], half_more=0, latency={},
                 dated=[], stock={})  # fmt: skip
        with state() as folder:
            used["importer", count] = importing(both, folder, READ_BACK="0").cpu
        bare = run_program(["-m", "bench.bare", both.shop, both.gateway, str(count)], {})
        if bare.code:
            raise SystemExit(bare.out)
        used["bare", count] = bare.cpu
    each = {who: (used[who, many] - used[who, few]) / (many - few) for who in ("importer", "bare")}
    ratio = each["importer"] / each["bare"]
    shown = {f"{who}, ms a product": round(1000 * each[who], 2) for who in each}
    return [Figure("overhead", "processor time over a bare loop's", ratio, "≤ 1.5", ratio <= 1.5, shown, noted(both))]


def memory(both: Ends, scale: float) -> list[Figure]:
    peaks: dict[int, float] = {}
    few, many = max(200, int(5000 * scale)), max(2000, int(100_000 * scale))
    for count in (few, many):
        _open_gateway(both)
        both.set(both.shop, products=count, variants=3, text=5000, pictures=[100, [100_000, 5_000_000]], half_more=0,
                 latency={}, dated=[], stock={})  # fmt: skip
        with state() as folder:
            peaks[count] = importing(both, folder).peak
    ratio = peaks[many] / peaks[few]
    shown: dict[str, Any] = {f"MiB at {count:,} products": round(peak, 1) for count, peak in peaks.items()}
    reached = ratio <= 1.15 and peaks[many] < 150
    return [Figure("memory", "peak over peak", ratio, "≤ 1.15, below 150 MiB", reached, shown)]


def offer(both: Ends, scale: float) -> list[Figure]:
    """An offer of 500 MB in IOF XML: how fast it is read into the model, against a loop that only parses it; and how
    large that is, also where the real program previews it."""
    few, many = max(20.0, 50 * scale), max(40.0, 500 * scale)
    with state() as folder:

        def used(command: str, size: float, file: str = "") -> dict[str, float]:
            told = run_program(["-m", "bench.offer", command, str(folder / f"{size:g}" / file)], {})
            if told.code:
                raise SystemExit(told.out)
            found: dict[str, float] = json.loads(told.out)
            return found

        for size in (few, many):
            run_program(["-m", "bench.offer", "make", str(folder / f"{size:g}"), str(size)], {})
        # The better of two each: a loop of half a minute meets other work on a shared machine.
        bare, read = (
            min((used(command, many, "full.xml") for _ in range(2)), key=lambda one: one["seconds"])
            for command in ("bare", "read")
        )
        small, large = used("read", few), used("read", many)
        _open_gateway(both)
        place = str(folder / f"{many:g}")
        preview = importing(
            both, folder / "state", "preview", program="iai_importer", IAI_OFFER=place, IMAGES="none"
        ).peak
    speed = bare["seconds"] / read["seconds"]
    shown: dict[str, Any] = {"MB": round(many), "products": int(read["products"])}
    times = {"seconds": round(read["seconds"], 1), "bare parsing": round(bare["seconds"], 1)}
    sizes = {"MiB": round(large["MiB"], 1), f"MiB at {few:g} MB": round(small["MiB"], 1)}
    return [
        Figure("offer", "speed over bare parsing's", speed, "≥ 0.25", speed >= 0.25, {**shown, **times}),
        Figure("offer", "MiB over 150", large["MiB"] / 150, "≤ 1.0", large["MiB"] <= 150, {**shown, **sizes}),
        Figure("offer", "MiB over 150, a preview by the real program", preview / 150, "≤ 1.0", preview <= 150,
               {**shown, "MiB": round(preview, 1)}),
    ]  # fmt: skip


def plan(both: Ends, scale: float) -> list[Figure]:
    """A preview that is kept as a plan, and the plan carried out: neither is larger for a larger shop."""
    peaks: dict[tuple[str, int], float] = {}
    few, many = max(200, int(5000 * scale)), max(1000, int(20_000 * scale))
    for count in (few, many):
        _open_gateway(both)
        both.set(both.shop, products=count, variants=3, text=5000, pictures=[100, [100_000, 5_000_000]], half_more=0,
                 latency={}, dated=[], stock={})  # fmt: skip
        with state() as folder:
            kept = str(folder / "plan.ndjson")
            peaks["preview --save", count] = importing(both, folder, "preview", "--save", kept, IMAGES="none").peak
            peaks["import --plan", count] = importing(both, folder, "import", "--plan", kept, IMAGES="none").peak
    figures = []
    for command in ("preview --save", "import --plan"):
        ratio = peaks[command, many] / peaks[command, few]
        shown = {f"MiB at {count:,} products": round(peaks[command, count], 1) for count in (few, many)}
        figures.append(Figure("plan", f"{command}, peak over peak", ratio, "≤ 1.15", ratio <= 1.15, shown))
    return figures


def feed(both: Ends, scale: float) -> list[Figure]:
    """Half a gigabyte of Ceneo, from the file to products, against the bare parser that only meets the offers."""
    del both
    used: dict[str, Used] = {}
    said: dict[str, dict[str, Any]] = {}
    environment = {"PYTHONPATH": os.pathsep.join(str(ROOT / place) for place in FEEDS)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ceneo.xml"
        offers = make_feed(path, max(20, 500 * scale))
        for how in ("bare", "products"):
            script = str(ROOT / "families/feeds/tests/read_all.py")
            used[how] = run_program([script, how, str(path)], environment)
            said[how] = json.loads(used[how].out.splitlines()[-1])
    ratio = said["bare"]["seconds"] / said["products"]["seconds"]
    shown = {
        "offers": offers, "bare, s": round(said["bare"]["seconds"], 2),
        "products, s": round(said["products"]["seconds"], 2), "MiB": round(used["products"].peak, 1),
    }  # fmt: skip
    read = said["bare"]["offers"] == said["products"]["offers"] == offers
    reached = read and ratio >= 0.25 and used["products"].peak < 150
    return [Figure("feed", "bare parser's time over the importer's", ratio, "≥ 0.25, below 150 MiB", reached, shown)]


def rerun(both: Ends, scale: float) -> list[Figure]:
    """Nothing changed; then a hundred did. For simple products, and for three variants each. What is measured waits
    for the shop as long as for any page, half as long as in `latency`; what only prepares it does not."""
    count = max(1000, int(50_000 * scale))
    changed = max(4, int(100 * scale))
    figures = []
    for variants, goal in ((1, 0.1), (3, 0.3)):
        _open_gateway(both)
        both.set(both.shop, products=count, variants=variants, text=500, pictures=[0, []], half_more=0, latency={},
                 dated=[], stock={})  # fmt: skip
        with state() as folder:
            importing(both, folder, TRUST_DATES="yes")
            both.set(both.shop, latency={"page": 0.4})
            both.set(both.gateway, latency={"query": 0.05})
            reading = run_program(["-m", "bench.importer", "read-all", both.shop], {})
            both.reset()
            again = importing(both, folder)
            stats = both.stats(both.gateway)
            writes = sum(stats["counts"].get(kind, 0) for kind in ("post", "put", "tag", "form", "store"))
            ratio = again.seconds / reading.seconds
            shown = {"products": count, "seconds": round(again.seconds, 1), "only reading": round(reading.seconds, 1)}
            figures.append(
                Figure("rerun", f"{variants} variants: time over only reading", ratio, "≤ 1.25; 0 calls that write",
                       ratio <= 1.25 and not writes, {**shown, "calls that write": writes}, noted(both))
            )  # fmt: skip
            both.set(both.shop, latency={})
            importing(both, folder, TRUST_DATES="yes")
            both.set(both.shop, latency={"page": 0.4})
            stock = {str(1 + number * (count // changed)): 4711 for number in range(changed // 2)}
            dated = [2 + number * (count // changed) for number in range(changed - changed // 2)]
            both.set(both.shop, stock={**stock, **{str(number): 4712 for number in dated}}, dated=dated)
            both.reset()
            less = importing(both, folder, TRUST_DATES="yes")
            outcomes = report_of(folder)["outcomes"]
            ratio = less.seconds / again.seconds
            missed = changed - outcomes["updated"]
            figures.append(
                Figure("few_changed", f"{variants} variants: time over the re-run", ratio, f"≤ {goal}, none missed",
                       ratio <= goal and not missed,
                       {"changed": changed, "missed": missed, "seconds": round(less.seconds, 1)}, noted(both))
            )  # fmt: skip
    return figures


def image_once(both: Ends, scale: float) -> list[Figure]:
    count = max(100, int(400 * scale))
    both.set(both.shop, products=count, variants=3, text=200, pictures=[1, [200_000]], half_more=50_000,
             latency={"picture": 0.1}, dated=[], stock={})  # fmt: skip
    distinct = count * 200_000 + (count - count // 2) * 50_000
    figures = []
    for killed in (False, True):
        _open_gateway(both)
        both.reset()
        with state() as folder:
            if killed:
                importing(
                    both, folder, kill_when=lambda: both.stats(both.gateway)["counts"].get("store", 0) >= count // 2
                )
                before = both.stats(both.gateway)["counts"].get("store", 0)
            importing(both, folder)
            importing(both, folder)
        stats = both.stats(both.gateway)
        # The form around a picture is not the picture.
        ratio = stats["counts"]["store"] and (stats["bytes_in"] - 700 * stats["counts"]["store"]) / distinct
        goal = 1.02 if killed else 1.0
        shown = {"pictures sent": stats["counts"]["store"]} | ({"before the kill": before} if killed else {})
        figures.append(
            Figure(
                "image_once", "with a kill" if killed else "two runs", ratio, f"≤ {goal}", ratio <= goal + 0.005, shown
            )
        )
    return figures


MAGENTO = {f"MAGENTO_{name}": f"not-looked-at-{number}" for number, name in enumerate(
    ("CONSUMER_KEY", "CONSUMER_SECRET", "TOKEN", "TOKEN_SECRET")
)}  # fmt: skip


def magento(_: Ends, scale: float) -> list[Figure]:
    """The real importer for Magento over a large shop: 50,000 simple products, and 5,000 configurable ones whose twelve
    children each lie on other pages than themselves."""
    peaks: dict[int, float] = {}
    figures: list[Figure] = []
    with ends("magento") as both:
        for share in (max(0.1, scale / 10), max(0.3, scale)):
            simple, parents = int(50_000 * share), int(5_000 * share)
            _open_gateway(both)
            both.set(both.shop, simple=simple, configurable=parents, children=12, text=2000, pictures=100, latency={})
            both.reset()
            with state() as folder:
                keys = {"MAGENTO_URL": both.shop, **MAGENTO}
                used = importing(both, folder, program="magento_importer", **keys)
                overlap = report_of(folder)["run"].get("overlap")
                calls = report_of(folder)["requests"]["the shop"]["total"]
            peaks[simple + parents] = used.peak
        rows = simple + 13 * parents
        plan = 3 * -(-rows // 300) + 13
        few, many = peaks
        ratio = peaks[many] / peaks[few]
        shown: dict[str, Any] = {f"MiB at {count:,} products": round(peak, 1) for count, peak in peaks.items()}
        reached = ratio <= 1.15 and peaks[many] < 150
        figures.append(Figure("magento", "memory, peak over peak", ratio, "≤ 1.15, below 150 MiB", reached, shown))
        told = {"calls": calls, "products and variants": rows}
        calls_ratio = calls / plan
        figures.append(Figure("magento", "calls over the plan", calls_ratio, "≤ 1.05", calls_ratio <= 1.05, told))
        if overlap:
            measured = {name: value for name, value in overlap.items() if name != "ratio"}
            overlapped = overlap["ratio"]
            figures.append(Figure("magento", "overlap", overlapped, "≤ 1.1", overlapped <= 1.1, measured, noted(both)))
    return figures


BENCHES: dict[str, Callable[[Ends, float], list[Figure]]] = {
    "pace_known": pace_known,
    "pace_strict": pace_strict,
    "pace_unknown": pace_unknown,
    "latency": latency,
    "overhead": overhead,
    "image_once": image_once,
    "magento": magento,
    "memory": memory,
    "plan": plan,
    "offer": offer,
    "feed": feed,
    "rerun": rerun,
}


def machine() -> str:
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return f"{os.cpu_count()} × {model}, Python {platform.python_version()}, {platform.system()}"


def main() -> None:
    only = [name for name in os.environ.get("ONLY", "").split(",") if name] or list(BENCHES)
    scale = float(os.environ.get("SCALE", "1"))
    unknown = set(only) - set(BENCHES)
    if unknown:
        raise SystemExit(f"ONLY names no bench: {', '.join(sorted(unknown))}. There are {', '.join(BENCHES)}.")
    TARGET.mkdir(parents=True, exist_ok=True)
    results = TARGET / "results.json"
    kept = json.loads(results.read_text("utf-8"))["figures"] if results.exists() else []
    for name in only:
        begun = time.monotonic()
        with ends() as both:
            figures = BENCHES[name](both, scale)
        ran = {figure.bench for figure in figures}
        kept = [one for one in kept if one["bench"] not in ran]
        for figure in figures:
            told = ", ".join(f"{label} {value}" for label, value in figure.shown.items())
            mark = "reached" if figure.reached else "MISSED "
            sys.stdout.write(f"{mark} {figure.bench:<13}{figure.name}: {figure.value:.3f} ({figure.goal}); {told}"
                             f"{' ' + figure.remark.strip() if figure.remark else ''}\n")  # fmt: skip
            sys.stdout.flush()
            when = datetime.now(UTC).isoformat(timespec="seconds")
            kept.append({**asdict(figure), "scale": scale, "when": when, "took": round(time.monotonic() - begun)})
        results.write_text(
            json.dumps({"machine": machine(), "figures": kept}, indent=2, ensure_ascii=False) + "\n", "utf-8"
        )
    sys.stdout.write(f"{write_page(TARGET, json.loads(results.read_text('utf-8')))}\n")


if __name__ == "__main__":
    main()
