"""Both ends of an import, opened from the settings: the shop, the Gateway, and where their pictures and categories
meet."""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gateway_importer import __version__, options
from gateway_importer.categories import CategoryMap, TargetTree
from gateway_importer.errors import InputError, Unreachable
from gateway_importer.failures import HttpFailure
from gateway_importer.gateway.answers import Refusal
from gateway_importer.gateway.client import Gateway, smallest_question
from gateway_importer.gateway.token import shop_token
from gateway_importer.http import Host, Http, Limits
from gateway_importer.images.downloads import Downloads
from gateway_importer.images.hotlink import Hotlink
from gateway_importer.images.s3 import S3Bucket
from gateway_importer.images.uploads import Uploads
from gateway_importer.images.way import ImageWay
from gateway_importer.platform import Platform
from gateway_importer.redaction import SECRETS
from gateway_importer.settings import Setting, Values
from gateway_importer.source import ShopProfile, Source

ANSWERS = "answers.json"  # what a person answered to questions that hang on the shop
CATEGORY_FILE = "categories.csv"
GATEWAY_TOTAL = 35.0  # seconds for one answer; the Gateway's own limit is about 29 s
STORE_TOTAL = 300.0  # seconds for one picture's way to the object store


@dataclass(slots=True)
class Ends:
    """Both ends of an import, open: the shop and the Gateway."""

    http: Http
    source: Source
    gateway: Gateway
    store: Host


def state_folder(values: Values) -> Path:
    """The shop's own folder under the state folder: one volume serves many shops."""
    return values[options.STATE_FOLDER] / values[options.SHOP_GUID]


def kept_answers(folder: Path) -> dict[str, str]:
    try:
        found = json.loads((folder / ANSWERS).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(answer) for name, answer in found.items()} if isinstance(found, dict) else {}


def keep_answer(folder: Path, name: str, answer: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ANSWERS).write_text(json.dumps({**kept_answers(folder), name: answer}, indent=2) + "\n", "utf-8")


@dataclass(slots=True)
class GatewayEnd:
    """The Gateway alone, open."""

    http: Http
    gateway: Gateway
    store: Host


@asynccontextmanager
async def open_shop(platform: Platform, values: Values) -> AsyncIterator[Http]:
    """Connections as this program's own, to whomever."""
    agent = f"gateway-importer/{__version__} ({platform.name}; {values[options.CONTACT]})"
    async with Http(user_agent=agent, allow_private=values[options.ALLOW_PRIVATE_ADDRESSES]) as http:
        yield http


@asynccontextmanager
async def open_gateway(platform: Platform, values: Values) -> AsyncIterator[GatewayEnd]:
    """The Gateway, ready to be asked; nothing is sent yet."""
    async with open_shop(platform, values) as http:
        token = shop_token(values[options.TOKEN_SIGNING_KEY], values[options.SHOP_GUID])
        SECRETS.add(token)
        limits = Limits(
            concurrency=values[options.GATEWAY_CONCURRENCY],
            per_second=values.get(options.GATEWAY_RATE),
            total=GATEWAY_TOTAL,
            attempts=values[options.TRIES],
            first_pause=values[options.FIRST_PAUSE],
            patience=values[options.PATIENCE],
        )
        base = values[options.GATEWAY_URL]
        host = http.host(
            "Gateway",
            base,
            limits,
            headers={"Authorization": f"Bearer {token}"},
            probe=smallest_question(values[options.SHOP_GUID]),
        )
        # The object store's address comes with each form; its slots are its own. The token stays at the Gateway.
        store_limits = replace(
            limits, concurrency=values[options.STORE_CONCURRENCY], per_second=None, total=STORE_TOTAL
        )
        store = http.host("object store", base, store_limits)
        yield GatewayEnd(http, Gateway(host, values[options.SHOP_GUID]), store)


@asynccontextmanager
async def open_ends(platform: Platform, values: Values) -> AsyncIterator[Ends]:
    """The shop and the Gateway, ready to be asked; nothing is sent yet."""
    async with open_gateway(platform, values) as end:
        yield Ends(end.http, platform.open_source(values, end.http), end.gateway, end.store)


async def category_map(ends: Ends, values: Values) -> CategoryMap:
    """Where the shop's categories lead. Raises `CategoryMapError` with everything that is wrong with the file."""
    source = await ends.source.categories()
    tree = await target_tree(ends.gateway)
    path = category_file(values)
    if path.exists():
        return CategoryMap.from_file(path, source, tree, await ends.source.category_counts())
    if values.get(options.CATEGORY_MAP) is not None:
        raise InputError(
            f"The mapping file {path} does not exist.", "Write its first draft with the command `categories`."
        )
    return CategoryMap.without_file(source, tree)


async def target_tree(gateway: Gateway) -> TargetTree:
    """The marketplace's categories. Raises `Unreachable` where they cannot be read."""
    try:
        payload = await gateway.category_tree()
        if payload is not None:
            return TargetTree.from_bootstrap(payload)
        return TargetTree.from_flat(await gateway.category_list())
    except (HttpFailure, Refusal) as problem:
        raise Unreachable(
            f"The marketplace's categories cannot be read: {problem}.", "Run the command again; nothing was written."
        ) from problem


def category_file(values: Values) -> Path:
    return values.get(options.CATEGORY_MAP) or state_folder(values) / CATEGORY_FILE


def identity(platform: Platform, values: Values, profile: ShopProfile) -> dict[str, str]:
    """What a ledger belongs to."""
    return {
        "shop_guid": values[options.SHOP_GUID],
        "family": platform.family,
        "shop_key": profile.key,
        "shop": profile.shop,
        "language": profile.language,
        "price": values[options.PRICE],
    }


def settings_digest(platform: Platform, values: Values, categories: CategoryMap) -> str:
    """A short word that changes when something changes that bears on what is sent: the program, a setting, where a
    category leads. How fast, where to and under which key the run works bears on nothing; no secret goes in."""
    settings: list[Setting[Any]] = [*options.OPTIONS, *platform.questions, *platform.settings]
    told = {
        setting.name: values.texts.get(setting.name)
        for setting in settings
        if not setting.secret and (setting.group not in {"Run", "Gateway"} or setting is options.GATEWAY_URL)
    }
    said = json.dumps([__version__, *_code(platform), platform.name, told, categories.digest], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _code(platform: Platform) -> tuple[str, str]:
    """Digests of the library's code and of the platform's: a fix of what is sent reaches products that did not change,
    whoever forgot to raise the version."""
    return _digest_of(Path(__file__).parent), _digest_of(Path(inspect.getfile(platform.open_source)).parent)


@functools.cache
def _digest_of(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        found.update(path.relative_to(folder).as_posix().encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def image_way(ends: Ends, values: Values, spool: Path) -> ImageWay | None:
    word = values[options.IMAGES]
    if word == "none":
        return None
    if word == "hotlink":
        return Hotlink()
    if word == "downloads":
        return Downloads(ends.gateway)
    limit = values[options.IMAGE_BYTES]
    if word == "s3":
        bucket, public = values.get(options.S3_BUCKET), values.get(options.S3_PUBLIC_URL)
        if bucket is None or public is None:
            raise InputError("IMAGES=s3 needs S3_BUCKET and S3_PUBLIC_URL.", "Set both, or choose another way.")
        return S3Bucket(
            bucket=bucket, prefix=values[options.S3_PREFIX], public_url=public,
            endpoint=values.get(options.S3_ENDPOINT), spool=spool, limit=limit, tries=values[options.TRIES],
            first_pause=values[options.FIRST_PAUSE], patience=values[options.PATIENCE],
            stopping=lambda: ends.http.stopping,
        )  # fmt: skip
    return Uploads(
        ends.gateway, ends.store, spool=spool, limit=limit, tries=values[options.TRIES],
        first_pause=values[options.FIRST_PAUSE],
    )  # fmt: skip


def profile_lines(profile: ShopProfile) -> list[tuple[str, str]]:
    """What is known of the shop, as label and value."""
    lines = [
        ("Shop", f"{profile.name} ({profile.key})"),
        ("Version", profile.version),
        ("Language", f"{profile.language} (of {', '.join(profile.languages)})"),
        ("Currency", profile.currency),
        ("Products", "unknown" if profile.products is None else str(profile.products)),
    ]
    if profile.shop:
        lines.append(("Shop of the multistore", profile.shop))
    return [*lines, *profile.facts]
