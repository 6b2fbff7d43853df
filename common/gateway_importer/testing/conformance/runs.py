"""Lets the real program import a shop so that few runs tell much, and keeps what was to be seen of each.

| run | what happens | what it is for |
|---|---|---|
| `categories` | the table of categories is drafted, the kit fills in the catalogue's targets | trees |
| `killed` | answers by the pipe; killed in the middle of its posts | resuming |
| `first` | answers by secret files; every trouble that a shop recovers from hits it; it ends | all that is imported |
| `again` | the same once more, dates begin to be trusted | no write, the same reading |
| `translated` | another language, reduced prices, an own ledger, in another time zone | languages, sales, dates |
| `edited` | after the merchant's edits, the shop's dates trusted | changes |
| `moving` | everything is read while rows come and go | paging, what dates would have hidden |
| `emptied` | every list holds nothing | nothing is believed, nothing archived |
| `revoked` | the credentials are refused in the middle | nothing archived, the cure told |
| `refused` | with the wrong credentials from the start | nothing written |
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import csv
import hashlib
import json
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gateway_importer.gateway.token import shop_token
from gateway_importer.sandbox import DEMO_SHOP_GUID, DEMO_SIGNING_KEY, Fault, Sandbox, SandboxSettings
from gateway_importer.sandbox.categories import Marketplace
from gateway_importer.testing.conformance.cases import CATALOGUE, MEANWHILE, edited, edits, without
from gateway_importer.testing.conformance.neutral import Catalogue, Product
from gateway_importer.testing.conformance.quality import Quality
from gateway_importer.testing.conformance.shop import Access, Candidate, Request, Shop, Trouble
from gateway_importer.testing.program import Ended, Program

SECOND_GUID = "0b9d7c1e-52f4-4c0e-8d13-7a6f1c2e9b40"
RATES = {"VAT23": 23, "VAT8": 8, "VAT5": 5, "VAT0": 0}
KILL_AFTER = 30  # posts of products
#: What a run lives through, in this order; overload last, for it slows the rest down.
SURVIVED = (
    Trouble.UNAVAILABLE, Trouble.CUT, Trouble.PAGE, Trouble.EMPTY, Trouble.RESET, Trouble.NOTHING, Trouble.EXPIRED,
    Trouble.OVERLOADED,
)  # fmt: skip
#: The pace that the first run found after a refusal is remembered for the shop; the later runs are told another.
AT_FULL_PACE = {"SHOP_RATE": "1000"}
#: After so many good answers another list comes empty: of products, variants, stock, whatever is asked for then.
EMPTY_LISTS = (11, 14, 17, 20, 23)
FEW = ("plain", "variants-own-prices", "pictures-five", "vat-8", "sale-percent")  # what is checked with each access


@dataclass(frozen=True, slots=True)
class Held:
    """An object at the Gateway, in the catalogue's words. `product` and `variant` are the shop's ids; `pictures` the
    keys of the catalogue's by their bytes (``?``: none of its); `places` the marketplace's paths; `group` its tag."""

    product: str
    variant: str
    name: str
    desc: str
    brief: str
    sku: str
    gross: Decimal
    vat: str
    stock: int | None
    options: Mapping[str, str]
    brand: str
    gtin: str
    weight: Decimal | None
    pictures: tuple[str, ...]
    places: frozenset[str]
    group: tuple[str, ...]
    archived: bool

    @property
    def id(self) -> tuple[str, str]:
        return self.product, self.variant


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the program. `report` is report.json, empty where it wrote none. `held` is what lies at the Gateway
    after it, archived objects included. `writes` are its requests that change something at the Gateway, `requests` what
    the shop was asked."""

    code: int
    said: str
    report: Mapping[str, Any]
    held: tuple[Held, ...] = ()
    writes: tuple[str, ...] = ()
    requests: tuple[Request, ...] = ()

    @property
    def for_sale(self) -> list[Held]:
        return [one for one in self.held if not one.archived]


@dataclass(frozen=True, slots=True)
class Ids:
    """The shop's ids by the catalogue's keys."""

    products: Mapping[str, str]
    variants: Mapping[tuple[str, str], str]
    categories: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """All that was seen of a platform. `goods` is what its shop held at first, `later` after the edits; `table` the
    drafted table of categories (id to path); `met` the troubles that hit, `moved` what came and went while lists were
    read; `scattered` the rows on which members of one product lie (see `shop.Shop`); `texts` all that the program
    wrote, by place, and `secrets` what must be in none of them. `quality` is what the platform says of itself,
    `readme` its README."""

    goods: Catalogue
    later: Catalogue
    ids: Ids
    runs: Mapping[str, Run]
    checks: Mapping[str, tuple[Access, Run]]
    table: Mapping[str, str]
    met: Sequence[Trouble]
    moved: Sequence[str]
    scattered: Mapping[str, Sequence[int]]
    texts: Mapping[str, bytes]
    secrets: Sequence[str]
    quality: Quality
    readme: str


async def observe(candidate: Candidate, quality: Quality, folder: Path) -> Seen:
    """Runs the platform's program. `folder` is empty and becomes full."""
    goods = without(CATALOGUE, quality.cannot)
    few = replace(goods, products=tuple(one for one in goods.products if one.key in FEW))
    shops = dict.fromkeys((DEMO_SHOP_GUID, SECOND_GUID), DEMO_SIGNING_KEY)
    async with (
        Sandbox(SandboxSettings(shops=shops)) as sandbox,
        Sandbox() as other_sandbox,
        candidate.open(goods) as shop,
        candidate.open(few) as other,
    ):
        stage = Stage(candidate, sandbox, folder / "imports", quality)
        door = Stage(candidate, other_sandbox, folder / "checks", quality)
        (runs, table, ids), (checks, refused) = await asyncio.gather(stage.act(shop, goods), door.knock(other))
        secrets = [*gateway_secrets(), *shop.secrets, *other.secrets]
        return Seen(
            goods=goods,
            later=edited(goods),
            ids=ids,
            runs={**runs, "refused": refused},
            checks=checks,
            table=table,
            met=tuple(shop.met),
            moved=tuple(stage.moved),
            scattered=dict(shop.scattered),
            texts={**stage.texts(), **door.texts()},
            secrets=tuple(dict.fromkeys(secrets)),
            quality=quality,
            readme=(candidate.folder / "README.md").read_text("utf-8"),
        )


def gateway_secrets() -> list[str]:
    """The signing key and the tokens made with it, as they are and as an address would carry them."""
    key = base64.b64decode(DEMO_SIGNING_KEY)
    plain = [DEMO_SIGNING_KEY, key.decode(), *(shop_token(key, guid) for guid in (DEMO_SHOP_GUID, SECOND_GUID))]
    return [*plain, *(quote(one, safe="") for one in plain)]


class Stage:
    """Sandbox, folder and program of one platform."""

    def __init__(self, candidate: Candidate, sandbox: Sandbox, folder: Path, quality: Quality) -> None:
        self.candidate = candidate
        self.sandbox = sandbox
        self.folder = folder
        self.quality = quality
        self.moved: list[str] = []
        self._said: dict[str, bytes] = {}
        self._places = Marketplace(lambda: sandbox.settings.categories).by_guid
        self._pictures: dict[str, str] = {}

    async def act(self, shop: Shop, goods: Catalogue) -> tuple[dict[str, Run], dict[str, str], Ids]:
        """All runs against the one shop, one after another but for `translated`."""
        runs: dict[str, Run] = {}
        self._know([*goods.products, *edited(goods).products])

        async def run(name: str, **more: Any) -> None:
            runs[name] = await self.run(name, shop, "import", **more)

        runs["categories"] = await self.run("categories", shop, "categories")
        table = self._fill_in(shop, goods)
        # A refusal is where a form's fields or a token would be told.
        self.sandbox.faults.append(Fault(what="status", path="^/store", status=403, times=1))
        await run("killed", by="pipe", more={"LOG_LEVEL": "debug"}, kill_when=self._posts(KILL_AFTER))
        for place, kind in enumerate(one for one in SURVIVED if f"trouble {one.value}" not in self.quality.cannot):
            shop.trouble(kind, after=1 + place)
        if f"trouble {Trouble.NOTHING.value}" not in self.quality.cannot:
            for after in EMPTY_LISTS:
                shop.trouble(Trouble.NOTHING, after=after)
        await run("first", by="files")
        shop.calm()
        apart = {"PRICE": "reduced", "IMAGES": "none", "TZ": "America/New_York"}
        if not isinstance(self.quality.rules.get("languages"), str):
            apart["LANGUAGE"] = self.candidate.languages.get("en", "en")
        await asyncio.gather(
            run("again", more={"TRUST_DATES": "yes", "LOG_LEVEL": "debug", **AT_FULL_PACE}),
            run("translated", more={**apart, **AT_FULL_PACE}, guid=SECOND_GUID),
        )
        ids = _ids(shop, goods)
        for key, product in edits(goods).items():
            _put(shop, key, product)
        await run("edited", more={"TRUST_DATES": "yes", **AT_FULL_PACE})
        shop.meanwhile = lambda number: self._meanwhile(shop, number)
        await run("moving", more=AT_FULL_PACE)
        shop.meanwhile = None
        came = tuple(new for key, new in MEANWHILE.values() if new is not None and key in self.moved)
        ids = _ids(shop, replace(goods, products=(*edited(goods).products, *came)), ids)
        shop.trouble(Trouble.NOTHING, times=-1)
        await run("emptied", more={"TRIES": "1"})
        shop.calm()
        if "trouble revoked" not in self.quality.cannot:
            shop.trouble(Trouble.REVOKED, after=2)
            await run("revoked", more={"TRIES": "1"})
            shop.calm()
        return runs, table, ids

    async def knock(self, shop: Shop) -> tuple[dict[str, tuple[Access, Run]], Run]:
        """``check`` with every set of credentials, and one import with the wrong ones."""
        checks = {
            name: (access, await self.run(f"check with {name}", shop, "check", access=access))
            for name, access in shop.accesses.items()
        }
        return checks, await self.run("refused", shop, "import", access=shop.accesses["wrong"])

    async def run(
        self, name: str, shop: Shop, *arguments: str, by: str = "environment", access: Access | None = None,
        more: Mapping[str, str] | None = None, guid: str = DEMO_SHOP_GUID,
        kill_when: Awaitable[None] | None = None,
    ) -> Run:  # fmt: skip
        """Run the program to its end. `by` is how it gets its answers: ``pipe``, ``files`` or ``environment``."""
        home = self.folder / guid
        home.mkdir(parents=True, exist_ok=True)
        asked, sent = len(shop.requests), len(self.sandbox.requests)
        told = [home / "report.json", home / "report.html"]
        for path in told:
            path.unlink(missing_ok=True)
        given = (access or shop.accesses["good"]).answers
        answers = {"TOKEN_SIGNING_KEY": DEMO_SIGNING_KEY, "SHOP_GUID": guid, **given}
        program = self._program(answers, by, home, more or {})
        ended = await self._watched(name, program, arguments, kill_when)
        self._said |= {f"{name}: {path.name}": path.read_bytes() for path in told if path.exists()}
        report = self._said.get(f"{name}: report.json")
        return Run(
            code=ended.code,
            said=ended.out + ended.err,
            report={} if report is None else json.loads(report, parse_float=Decimal),
            held=self._held(guid),
            writes=tuple(
                f"{one.method} {one.path}"
                for one in list(self.sandbox.requests)[sent:]
                if one.method != "GET"
                and not one.path.endswith("/_query")
                and (guid in one.path or "/uploads" in one.path)
            ),
            requests=tuple(shop.requests[asked:]),
        )

    def _program(self, answers: Mapping[str, str], by: str, home: Path, more: Mapping[str, str]) -> Program:
        environment = {
            "GATEWAY_URL": self.sandbox.url,
            "ALLOW_PRIVATE_ADDRESSES": "yes",
            "STATE_FOLDER": str(home / "state"),
            "REPORT_FOLDER": str(home),
            "CATEGORY_MAP": str(self.folder / "categories.csv"),
            "NOW": CATALOGUE.now.isoformat(),
            "SETTLE_SECONDS": "0.5",
            "INDEX_SECONDS": "1",
            "FIRST_PAUSE": "0.05",
            "PATIENCE": "0",
            "READ_BACK": "0",
            **self.candidate.settings,
            **more,
        }
        if not (self.folder / "categories.csv").exists():
            del environment["CATEGORY_MAP"]
        if by == "files":
            secrets = home / "secrets"
            secrets.mkdir(exist_ok=True)
            for name, value in answers.items():
                (secrets / name).write_text(value + "\n", "utf-8")
                environment[f"{name}_FILE"] = str(secrets / name)
        elif by == "environment":
            environment |= answers
        piped = tuple(answers.values()) if by == "pipe" else ()
        return Program(self.candidate.module, self.candidate.folders, piped, environment)

    async def _watched(
        self, name: str, program: Program, arguments: Sequence[str], kill_when: Awaitable[None] | None
    ) -> Ended:
        lines: set[bytes] = set()
        ended = await program.run(*arguments, kill_when=kill_when, seen=lambda pid: lines.add(_command_line(pid)))
        self._said[f"{name}: output"] = (ended.out + ended.err).encode()
        self._said[f"{name}: process arguments"] = b"\n".join(sorted(lines))
        return ended

    async def _posts(self, number: int) -> None:
        """So many products were posted, and the Gateway has refused what it was to refuse: a program that posts faster
        than it uploads would meet that in its next run."""
        while (
            sum(one.method == "POST" and one.path.endswith("/products") for one in self.sandbox.requests) < number
            or not all(fault.hits for fault in self.sandbox.faults)
        ):
            await asyncio.sleep(0.01)

    def _fill_in(self, shop: Shop, goods: Catalogue) -> dict[str, str]:
        """The drafted table with the catalogue's targets; what it held (id to path)."""
        drafted = self.folder / DEMO_SHOP_GUID / "state" / DEMO_SHOP_GUID / "categories.csv"
        targets = {shop.category_id(one.key): one.target or "IGNORE" for one in goods.categories}
        with drafted.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        drafted.unlink()
        with (self.folder / "categories.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["source_id", "source_path", "products", "target"])
            for row in rows:
                target = targets.get(row["source_id"], "IGNORE")
                writer.writerow([row["source_id"], row["source_path"], row["products"], target])
        return {row["source_id"]: row["source_path"].lstrip("'") for row in rows}

    def _meanwhile(self, shop: Shop, number: int) -> None:
        if number in MEANWHILE:
            key, product = MEANWHILE[number]
            _put(shop, key, product)
            self.moved.append(key)

    def _know(self, products: Sequence[Product]) -> None:
        for product in products:
            for picture in product.pictures:
                self._pictures[hashlib.sha256(picture.body).hexdigest()] = picture.key

    def _held(self, guid: str) -> tuple[Held, ...]:
        return tuple(self._object(row) for row in self.sandbox.products(guid))

    def _object(self, row: Mapping[str, Any]) -> Held:
        product = row["product"]
        data = product.get("data") or {}
        mark = data.get("import") or {}
        amount = Decimal(str(product["base_price"]["amount"]))
        tags = product.get("tag_guids") or []
        return Held(
            product=str(mark.get("product")),
            variant=str(mark.get("variant")),
            name=product["name"],
            desc=product.get("desc") or "",
            brief=product.get("brief") or "",
            sku=product["sku"],
            gross=(amount * (100 + RATES[product["vat"]]) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP),
            vat=product["vat"],
            stock=row.get("stock_level"),
            options=dict(data.get("variants") or {}),
            brand=data.get("brand") or "",
            gtin=data.get("gtin") or "",
            weight=None if data.get("weight_kg") is None else Decimal(str(data["weight_kg"])),
            pictures=tuple(self._picture(address) for address in product.get("images") or []),
            places=frozenset(" > ".join(self._places[tag].path) for tag in tags if tag in self._places),
            group=tuple(tag for tag in tags if tag not in self._places),
            archived=bool(row["archived"]),
        )

    def _picture(self, address: str) -> str:
        body = self.sandbox.picture(address)
        return "?" if body is None else self._pictures.get(hashlib.sha256(body).hexdigest(), "?")

    def texts(self) -> dict[str, bytes]:
        """All that the program said or wrote, by place; not what it was given."""
        files = [path for path in sorted(self.folder.rglob("*")) if path.is_file() and path.parent.name != "secrets"]
        return self._said | {str(path.relative_to(self.folder)): path.read_bytes() for path in files}


def _command_line(pid: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def _put(shop: Shop, key: str, product: Product | None) -> None:
    if product is None:
        shop.delete(key)
    else:
        shop.put(product)


def _ids(shop: Shop, goods: Catalogue, before: Ids | None = None) -> Ids:
    known = before or Ids({}, {}, {})
    return Ids(
        {**known.products, **{one.key: shop.product_id(one.key) for one in goods.products}},
        {
            **known.variants,
            **{
                (product.key, variant.key): shop.variant_id(product.key, variant.key)
                for product in goods.products
                for variant in product.variants
            },
        },
        {one.key: shop.category_id(one.key) for one in goods.categories},
    )
