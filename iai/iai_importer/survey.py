"""Brings an offer here and learns what all its products share, once for each command."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlsplit

from gateway_importer.catalog import Category
from gateway_importer.errors import InputError
from gateway_importer.options import LANGUAGE, SHOP_GUID, STATE_FOLDER
from gateway_importer.settings import Values
from idosell_family.settings import TOGETHER, VERSIONS

from iai_importer import categories, refusals, wire
from iai_importer.client import Client, Feed
from iai_importer.conditions import LIGHT, ZONE, Conditions, language_of
from iai_importer.generation import NAMES, Fetching, Taken, origin_of, source_of, told
from iai_importer.numbers import moment
from iai_importer.parser import Malformed
from iai_importer.reading import OpenOffer
from iai_importer.settings import (
    CATEGORIES,
    FEED,
    LOGIN,
    MENU,
    OFFER,
    PRICE_KIND,
    SECRET,
    SHOP,
    STOCK,
    AtShop,
    OnDisk,
    Shared,
)
from iai_importer.shelf import Facts, Kept, Shelf

T = TypeVar("T")
LOOKED_AT = 200  # products, for languages and for the address of their pages
FOLDER = "offer"


@dataclass(frozen=True, slots=True)
class Surveyed:
    """An offer that can be read, and what is known of it. `key` names the shop, ``""`` where nothing does; `shop` is
    its number among the shops of the panel, ``""`` for the first."""

    offer: OpenOffer
    conditions: Conditions
    key: str
    shop: str
    name: str
    version: str
    language: str
    languages: tuple[str, ...]
    categories: tuple[Category, ...]
    warehouses: dict[str, str]
    facts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]


class Survey:
    """`client` is None for an offer on this machine. Raises `errors.ImporterError`."""

    def __init__(self, values: Values, client: Client | None) -> None:
        self._values = values
        self._client = client
        self._shelf = Shelf(values[STATE_FOLDER] / values[SHOP_GUID] / FOLDER)

    async def surveyed(self) -> Surveyed:
        try:
            async with self._shelf.fetching():
                taken = await self._fetched()
                offer = OpenOffer(self._shelf, taken.facts)
                small = {kind: self._shelf.path(kept).read_bytes() for kind, kept in taken.facts.others.items()}
        except OSError as problem:
            raise InputError(
                f"The offer cannot be kept in {self._shelf.folder}: {problem.strerror or problem}.",
                f"Make room there, or name a {STATE_FOLDER.name} that can be written.",
            ) from problem
        together = self._values[VERSIONS] == TOGETHER
        await asyncio.to_thread(offer.index, taken.indexes, together=together)
        return self._looked(taken, offer, small)

    # --- fetched, by the way that the first answer named

    async def _fetched(self) -> Taken:
        given = self._values[OFFER]
        if isinstance(given, OnDisk):
            fetching = Fetching(self._shelf, self._shelf.facts(origin_of(given)), None)
            await fetching.from_disk(given.path)
            return fetching.taken
        assert self._client is not None
        if isinstance(given, Shared):
            fetching = Fetching(self._shelf, self._shelf.facts(origin_of(given)), self._client)
            await fetching.by_address(given.addresses)
            return fetching.taken
        login, secret = self._values.get(LOGIN) or "", self._values[SECRET]
        if login:
            return await self._by_login(given, login, secret)
        feed = await self._feed(secret)
        fetching = Fetching(self._shelf, self._shelf.facts(source_of(f"{given.url} feed {feed.id}")), self._client)
        await fetching.by_address([feed.url])
        return fetching.taken

    async def _by_login(self, given: AtShop, login: str, password: str) -> Taken:
        """Files of a marketplace can be fetched once; what was fetched before does where there is nothing new."""
        assert self._client is not None
        facts = self._shelf.facts(source_of(f"{given.url} {login}"))
        fetching = Fetching(self._shelf, facts, self._client, once=True)
        try:
            try:
                await fetching.by_address([await self._client.marketplace(login, password)])
            except refusals.NothingNew:
                await fetching.pending()
        except refusals.NothingNew:
            if fetching.facts.full is None:
                raise refusals.nothing_yet() from None
            kept = told(fetching.facts.full)
            fetching.taken.remarks.append(f"The shop has made no newer offer than the one {kept}: it is read again.")
        return fetching.taken

    async def _feed(self, key: str) -> Feed:
        assert self._client is not None
        wanted = self._values.get(FEED) or ""
        feeds = await self._client.feeds(key, wanted)
        found = [feed for feed in feeds if not wanted or wanted in (feed.id, feed.name)]
        if not feeds:
            raise refusals.no_feed(self._client.base)
        if len(found) != 1:
            have = ", ".join(f"{feed.id} ({feed.name})" for feed in feeds)
            raise InputError(
                f"The shop has {len(found) or 'no'} feeds{f' called {wanted}' if wanted else ''}.",
                f"Name one of its feeds by its id: {FEED.name}=… The shop has: {have}.",
            )
        if not found[0].url:
            raise refusals.nothing_yet()
        return found[0]

    # --- looked at

    def _looked(self, taken: Taken, offer: OpenOffer, small: Mapping[str, bytes]) -> Surveyed:
        facts = taken.facts
        assert facts.full is not None
        light = facts.light
        if self._values[PRICE_KIND] == LIGHT and light is None:
            raise InputError(f"{PRICE_KIND.name}=light, and the offer has no light file.", "Choose another price.")
        sample = _sample(offer)
        language, languages = self._language(facts.full, sample)
        order = tuple(dict.fromkeys((language, language_of(facts.full.language) or "pol", "pol")))
        warnings = [*taken.remarks, *_warnings(facts, sample)]

        def read(kind: str, reader: Callable[[bytes], T]) -> T | None:
            try:
                return reader(small[kind]) if kind in small else None
            except ValueError as problem:
                warnings.append(f"{NAMES[kind].capitalize()} is done without, for it is no XML: {problem}.")
                return None

        conditions = Conditions(
            languages=order,
            currency=facts.full.currency.strip().upper() or "PLN",
            price=self._values[PRICE_KIND],
            now=datetime.now(UTC).astimezone(ZONE).replace(tzinfo=None),
            warehouses=self._values[STOCK] or None,
            light=light is not None,
            light_currency="" if light is None else light.currency.strip().upper(),
            full_is_newer=light is None or (_newer(facts.full, light) and _has_stocks(sample)),
            menu=self._values[CATEGORIES] == MENU,
            base=_base(sample) or self._address(),
            size_names=read("sizes", categories.size_names),
        )
        tree = read("categories", lambda body: categories.listed(body, order)) or []
        host = (self._values.get(SHOP) or _host(_base(sample)) or _host(facts.www) or _host(self._address())).lower()
        return Surveyed(
            offer=offer,
            conditions=conditions,
            key=host,
            shop=next((one.site for one in sample if one.site not in {"", "1"}), ""),
            name=facts.name or host,
            version=f"IOF {facts.full.version}".strip(),
            language=language,
            languages=languages,
            categories=tuple(_tree(tree, offer, menu=conditions.menu)),
            warehouses=read("stocks", categories.warehouse_names) or {},
            facts=tuple(_facts(facts)),
            warnings=tuple(warnings),
        )

    def _address(self) -> str:
        return "" if self._client is None else self._client.base

    def _language(self, full: Kept, sample: Sequence[wire.Product]) -> tuple[str, tuple[str, ...]]:
        """The language of LANGUAGE, else the offer's own; and all that its products have texts in."""
        own = language_of(full.language) or "pol"
        seen: Counter[str] = Counter(language_of(one) for product in sample for one in product.names if one)
        languages = tuple(dict.fromkeys((own, *(one for one, _ in seen.most_common()))))
        wanted = self._values.get(LANGUAGE)
        chosen = language_of(wanted.replace("-", "_").split("_")[0]) if wanted else own
        if chosen not in languages:
            raise InputError(
                f"LANGUAGE: the offer has no texts in {wanted}.", f"Choose one of: {', '.join(languages)}."
            )
        return chosen, languages


def _tree(listed: Sequence[Category], offer: OpenOffer, *, menu: bool) -> list[Category]:
    """The categories of the offer's list, and those that only products name; or the menus' entries."""
    if menu:
        return categories.named(offer.menu, separator="\\", path="textid")
    known = {one.id for one in listed}
    found = categories.named(offer.categories, separator="/", path="name")
    return [*listed, *(one for one in found if one.id not in known)]


def _warnings(facts: Facts, sample: Sequence[wire.Product]) -> list[str]:
    assert facts.full is not None
    found: list[str] = []
    expires = _moment(facts.full.expires)
    if expires is not None and expires < datetime.now(UTC).astimezone(ZONE).replace(tzinfo=None):
        found.append(f"The offer was meant to be used until {facts.full.expires}, and is older than that now.")
    stocks = [row for product in sample for size in product.sizes for row in size.stocks]
    if stocks and all(row.available is None for row in stocks):
        found.append("Stocks are before reservations: the offer does not say what orders have reserved.")
    return found


def _has_stocks(sample: Sequence[wire.Product]) -> bool:
    """Whether the whole file says how many there are. Where it does, a size of which it says nothing is sold out."""
    return any(size.stocks for product in sample for size in product.sizes)


def _sample(offer: OpenOffer) -> list[wire.Product]:
    """Some of the first products."""
    found: list[wire.Product] = []
    for place in offer.catalogue.heads():
        try:
            found.append(offer.wire_product(place))
        except Malformed:
            continue
        if len(found) == LOOKED_AT:
            break
    return found


def _base(sample: Sequence[wire.Product]) -> str:
    """The shop's address by the pages of its products."""
    for product in sample:
        host = _netloc(product.card) if product.card.startswith(("https://", "http://")) else ""
        if host:
            return f"{product.card.partition('://')[0]}://{host}"
    return ""


def _host(address: str) -> str:
    return _netloc(address if "://" in address else f"//{address}").removeprefix("www.")


def _netloc(address: str) -> str:
    try:
        return urlsplit(address).netloc.lower()
    except ValueError:
        return ""


def _moment(text: str) -> datetime | None:
    try:
        return moment(text)
    except ValueError:
        return None


def _newer(full: Kept, light: Kept) -> bool:
    """Whether the whole file is the newer one of the two, by what they say of themselves, else by when they came."""
    mine, other = _moment(full.as_of), _moment(light.generated)
    return mine > other if mine is not None and other is not None else full.arrived > light.arrived


def _facts(facts: Facts) -> list[tuple[str, str]]:
    assert facts.full is not None
    found = [("Whole offer", f"{facts.full.products} entries, {told(facts.full)}")]
    if facts.changes:
        found.append(("Changes since", f"{len(facts.changes)} files, the last {told(facts.changes[-1])}"))
    found.append(("Light offer", "none" if facts.light is None else told(facts.light)))
    return found
