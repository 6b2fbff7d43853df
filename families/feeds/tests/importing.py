"""Opens the family's source on files, with settings as a run has them, under a profile of its own."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from feeds_family.opening import platform_of
from feeds_family.profile import Profile
from feeds_family.settings import OPTIONS, questions
from feeds_family.source import FeedSource
from gateway_importer import options
from gateway_importer.catalog import Failed, Page, Product, ProductId, Skipped, Variant
from gateway_importer.http import Http
from gateway_importer.settings import Given, Values, collect
from gateway_importer.source import ShopProfile

GUID = "6f1c2a58-0d3e-4b7a-9c41-5e8f7a2b9d10"
NOW = "2026-11-27T12:00:00+01:00"
PLATFORM = platform_of(
    "made-up",
    Profile(
        title="Made-up",
        questions=questions("SHOP", "Made-up", first="the first file", second="the second file"),
        proven="proven with nothing",
        unknown="Nothing is known.",
        document="docs/feeds.md",
    ),
)
#: What only a person can say, said.
DECIDED = {"VAT_DEFAULT": "23", "VARIANT_RULE": "none", "UNKNOWN_STOCK": "nothing", "SHOP_NAME": "sklep.example"}


def settings(folder: Path, source: object, second: object = "none", **more: str) -> Values:
    given = {"SHOP_SOURCE": str(source), "SHOP_SECOND": str(second), "SHOP_LOGIN": "none", "SHOP_PASSWORD": "none"}
    given |= {
        "SHOP_GUID": GUID,
        "STATE_FOLDER": str(folder),
        "FIRST_PAUSE": "0",
        "TRIES": "2",
        "PATIENCE": "0",
        "NOW": NOW,
    }
    asked = [options.SHOP_GUID, *PLATFORM.questions, *OPTIONS, *options.OPTIONS]
    return collect(asked, Given({}, given | more))


@asynccontextmanager
async def opened(folder: Path, source: object, second: object = "none", **more: str) -> AsyncIterator[FeedSource]:
    async with Http(user_agent="test", allow_private=True) as http:
        made = PLATFORM.open_source(settings(folder, source, second, **more), http)
        assert isinstance(made, FeedSource)
        yield made


@dataclass
class Everything:
    """All that a source hands on in one run."""

    profile: ShopProfile
    products: dict[str, Product] = field(default_factory=dict)
    skipped: dict[str, Skipped] = field(default_factory=dict)
    failed: dict[str, Failed] = field(default_factory=dict)
    listed: list[str] = field(default_factory=list)

    def take(self, page: Page) -> None:
        rows: list[Product | Skipped | Failed] = [*page.products, *page.skipped, *page.failed]
        ids = [str(one.source_id) for one in rows]
        assert len(set(ids)) == len(ids) and not set(ids) & {*self.products, *self.skipped, *self.failed}
        self.products |= {str(one.source_id): one for one in page.products}
        self.skipped |= {str(one.source_id): one for one in page.skipped}
        self.failed |= {str(one.source_id): one for one in page.failed}

    @property
    def variants(self) -> dict[str, Variant]:
        """By the row's id."""
        return {str(variant.source_id): variant for one in self.products.values() for variant in one.variants}

    @property
    def causes(self) -> Counter[str]:
        return Counter(one.fault.code for one in self.failed.values())


async def everything(folder: Path, source: object, second: object = "none", **more: str) -> Everything:
    async with opened(folder, source, second, **{**DECIDED, **more}) as shop:
        found = Everything(await shop.profile())
        async for handle in shop.pages():
            page = await shop.read(handle)
            found.take(page)
        listed = shop.everything()
        assert listed is not None
        found.listed = [str(one) async for one in listed]
        assert sorted(found.listed) == sorted([*found.products, *found.skipped, *found.failed])
        return found


def product_ids(*ids: str) -> list[ProductId]:
    return [ProductId(one) for one in ids]


def columns(folder: Path, text: str, name: str = "columns.csv") -> Path:
    """A column map, as lines of ``column=meaning=decimal``."""
    lines = ["column;meaning;decimal"]
    for line in text.split():
        column, meaning, *decimal = line.split("=")
        lines.append(f"{column.replace('_', ' ')};{meaning.replace('option_', 'option ')};{''.join(decimal)}")
    path = folder / name
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def any_of(rows: dict[str, Any]) -> Any:
    return next(iter(rows.values()))
