"""The demonstration of a platform: its program, as the container runs it, brings a simulated shop into the sandbox,
and what arrived is held against what the shop itself says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from gateway_importer.sandbox import DEMO_SHOP_GUID, DEMO_SIGNING_KEY, Sandbox, SandboxSettings
from gateway_importer.testing.program import Program, end

GATEWAY_PORT = 8600
INDEX_LAG = 3.0  # seconds; the sandbox's query shows what was written so much later
GROSZ = Decimal("0.01")
RATES = {"VAT23": 23, "VAT8": 8, "VAT5": 5, "VAT0": 0}
WRITING = {"POST", "PUT", "DELETE"}


@dataclass(frozen=True, slots=True)
class Expected:
    """What must arrive for one variant: `gross` is the price that is imported, in złoty with VAT; `pictures` how
    many are shown at least."""

    product: str
    variant: str
    gross: Decimal
    stock: int | None
    pictures: int


@dataclass(frozen=True, slots=True)
class Platform:
    """What the demonstration needs of a platform. `answers` are what is piped to the prompts; `broken` the
    products that were broken on purpose, each with its cause; `settings` are its own options."""

    module: str
    folders: Sequence[Path]
    answers: Sequence[str]
    broken: Mapping[int, str]
    settings: Mapping[str, str] = field(default_factory=dict)


def importer_environment(folder: Path, gateway: str) -> dict[str, str]:
    """The settings under which the program runs here: the sandbox, private addresses allowed, short waits."""
    return {
        "GATEWAY_URL": gateway,
        "ALLOW_PRIVATE_ADDRESSES": "yes",
        "STATE_FOLDER": str(folder / "state"),
        "REPORT_FOLDER": str(folder),
        "SETTLE_SECONDS": "10",
        "INDEX_SECONDS": "20",
    }


async def demonstrate(
    platform: Platform, expected: Iterable[Expected], folder: Path, *, port: int = GATEWAY_PORT
) -> int:
    """Run the program once against the sandbox whose content lies in `folder`, then compare. 0 when all is as it
    should be: everything importable is in, and nothing but what was broken on purpose has failed."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = SandboxSettings(index_lag=INDEX_LAG)
    async with Sandbox(settings, folder=folder / "sandbox", host="127.0.0.1", port=port) as sandbox:
        print(f"Sandbox Gateway at {sandbox.url}; importing with `python -m {platform.module}` …\n", flush=True)
        answers = (DEMO_SIGNING_KEY, DEMO_SHOP_GUID, *platform.answers)
        environment = importer_environment(folder, sandbox.url) | {**platform.settings}
        child = await Program(platform.module, platform.folders, answers, environment).start(shown=True)
        try:
            code = await child.wait()
        finally:
            await end(child)
        wrong = check(expected, sandbox)
        writes = [one for one in sandbox.requests if one.method in WRITING and not one.path.endswith("/_query")]
    print(f"\nThe importer ended with exit code {code}, and made {len(writes)} requests that write.")
    wrong += failed_otherwise(platform, folder)
    if code == 1 and not wrong:
        print(f"That is as it should be: {len(platform.broken)} products are broken on purpose, and only they failed.")
    for line in wrong:
        print(f"NOT as it should be: {line}")
    print(f"\nReport:   {folder / 'report.html'}\n          {folder / 'report.json'}")
    of = "" if folder.name == "demo" else folder.name.removeprefix("demo")
    print(f"The shop as a customer would see it: make sandbox{of}")
    print(f"Run `make demo{of}` again: nothing is doubled, and nothing unchanged is sent again.")
    return 1 if wrong or code != 1 else 0


def check(expected: Iterable[Expected], sandbox: Sandbox) -> list[str]:
    """What differs between the shop's truth and the sandbox; an empty list where all agrees."""
    held: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in sandbox.products(DEMO_SHOP_GUID, archived=False):
        mark = row["product"]["data"]["import"]
        held.setdefault((mark["product"], mark["variant"]), []).append(row)
    wrong: list[str] = []
    count = 0
    for one in expected:
        count += 1
        rows = held.pop((one.product, one.variant), [])
        what = f"product {one.product}, variant {one.variant or '-'}"
        if len(rows) != 1:
            wrong.append(f"{what} is at the Gateway {len(rows)} times")
            continue
        product = rows[0]["product"]
        gross = gross_of(product)
        if gross != one.gross:
            wrong.append(f"{what} costs {gross} zł at the Gateway and {one.gross} zł in the shop")
        if one.stock is not None and rows[0].get("stock_level") != one.stock:
            wrong.append(f"{what} has stock {rows[0].get('stock_level')} at the Gateway and {one.stock} in the shop")
        shown = [sandbox.picture(address) for address in product["images"]]
        if len(shown) != one.pictures or any(picture is None for picture in shown):
            wrong.append(f"{what} shows {len(shown)} pictures at the Gateway and {one.pictures} in the shop")
    wrong += [f"product {product} is at the Gateway and should not be" for product, _ in held]
    print(f"\nCompared {count} variants with the shop: price to the grosz, stock, pictures; {len(wrong)} differences.")
    return wrong


def failed_otherwise(platform: Platform, folder: Path) -> list[str]:
    """Products that failed and should not have, or that did not and should."""
    report = json.loads((folder / "report.json").read_text("utf-8"))
    failed = {int(row["product"]) for row in report["failures"]}
    return [
        f"product {product} {'failed' if product in failed else 'did not fail'}"
        for product in sorted(failed ^ set(platform.broken))
    ]


def gross_of(product: Mapping[str, Any]) -> Decimal:
    """The gross price of a stored product, rounded half up to the grosz."""
    amount = Decimal(str(product["base_price"]["amount"]))
    return (amount * (100 + RATES[product["vat"]]) / 100).quantize(GROSZ, ROUND_HALF_UP)
