"""Which files of an offer are fetched, and which of those that are kept are good enough."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from gateway_importer.errors import ImporterError

from iai_importer import refusals
from iai_importer.client import Arrived, Client, copied
from iai_importer.index import FileIndex
from iai_importer.inspection import OFFER
from iai_importer.provider import GATEWAY, Gateway, Listed, NoGateway, due_changes, gateway_of
from iai_importer.settings import OnDisk, Shared
from iai_importer.shelf import Facts, Kept, Shelf

#: What the gateway may list beside the offer and an import can use, by the root of the file.
SMALL = ("categories", "sizes", "stocks")
NAMES = {
    "full": "the whole offer", "light": "the light offer", "change": "a change file", "gateway": "the gateway file",
    "categories": "the list of categories", "sizes": "the list of sizes", "stocks": "the list of warehouses",
}  # fmt: skip
NONE = "it holds no product"
MOST_CHANGES = 72  # change files upon one whole file; then that is read again


@dataclass(slots=True)
class Taken:
    """What is read in this run, what a person should know of it, and the indexes of files that came in this run."""

    facts: Facts
    remarks: list[str] = field(default_factory=list)
    indexes: dict[str, FileIndex] = field(default_factory=dict)


class Fetching:
    """Brings the shelf up to date, by one of the ways in. Every file that has arrived is part of the facts at once, so
    that whatever ends the run, it need not be fetched again."""

    def __init__(self, shelf: Shelf, facts: Facts, client: Client | None, *, once: bool = False) -> None:
        self._shelf = shelf
        self._client = client
        self._once = once
        self.taken = Taken(facts)

    @property
    def facts(self) -> Facts:
        return self.taken.facts

    def _keep(self, **changed: object) -> None:
        self.taken.facts = msgspec.structs.replace(self.facts, **changed)
        self._shelf.write(self.facts)

    # --- by address

    async def by_address(self, addresses: Sequence[str]) -> None:
        """A gateway's address and all that it names; or those of the whole and the light file. Raises `NothingNew`
        where the gateway itself was had before."""
        for address in addresses:
            known = next((one for one in self.facts.files if one.source == source_of(address)), None)
            arrived = await self._fetch("gateway", address, _any, known)
            if arrived is None:
                continue
            if arrived.looked.root == GATEWAY:
                await self._listed(self._gateway(arrived.path))
            else:
                self._put_offer(arrived, Listed(address))
        if self.facts.full is None:
            raise refusals.not_usable(
                "the offer", "it is a light file, and there is no whole one beside it", page=False
            )

    async def pending(self) -> None:
        """Go on with a gateway that was fetched by a run which broke off. Raises `NothingNew` where there is none."""
        if self.facts.pending is None:
            raise refusals.NothingNew
        await self._listed(self.facts.pending)

    def _gateway(self, path: Path) -> Gateway:
        try:
            return gateway_of(path.read_bytes())
        except NoGateway as problem:
            raise refusals.not_usable(NAMES["gateway"], str(problem), page=False) from problem
        finally:
            path.unlink(missing_ok=True)  # it holds tokens

    async def _listed(self, gateway: Gateway) -> None:
        """What a gateway names: the whole file or the changes since, the light one, and the small ones."""
        assert gateway.full is not None
        self._keep(name=gateway.name, www=gateway.www, pending=gateway if self._once else None)
        for kind in SMALL:
            listed, kept = gateway.others.get(kind), self.facts.others.get(kind)
            if listed is not None and not _same(kept, listed):
                with contextlib.suppress(refusals.NothingNew):
                    arrived = await self._fetch(kind, listed.url, _small(kind), None, insist=False)
                    if arrived is not None:
                        self._keep(others={**self.facts.others, kind: self._put(arrived, kind, listed)})
        await self._or_kept("full", lambda: self._full(gateway))
        if gateway.light is not None:
            light = gateway.light
            await self._or_kept("light", lambda: self._light(light))
        elif self.facts.light is not None:
            self._keep(light=None)
        if self._once:
            self._keep(pending=None)

    async def _or_kept(self, kind: str, fetch: Callable[[], Awaitable[None]]) -> None:
        """What is kept does where a file was had before and there is no newer one."""
        try:
            await fetch()
        except refusals.NothingNew:
            kept: Kept | None = getattr(self.facts, kind)
            if kept is None:
                if kind == "full":
                    raise refusals.nothing_yet() from None
                return
            self.taken.remarks.append(
                f"Nothing newer than {NAMES[kind]} {told(kept)} can be fetched: it is read again."
            )

    async def _full(self, gateway: Gateway) -> None:
        """The whole file stays where it is the same, or where the change files lead from it to now."""
        assert gateway.full is not None
        full = self.facts.full
        if full is not None:
            same = _same(full, gateway.full)
            if await self._changed(gateway, most=None if same else MOST_CHANGES):
                return
            if same:
                self._hour_missing(gateway)
                return
        arrived = await self._fetch("full", gateway.full.url, _whole_offer, None)
        assert arrived is not None
        self._keep(full=self._put(arrived, "full", gateway.full), changes=())
        if not await self._changed(gateway, most=None):
            self._hour_missing(gateway)

    @property
    def _as_of(self) -> str:
        """When what is kept of the whole offer was so."""
        assert self.facts.full is not None
        return (self.facts.changes or (self.facts.full,))[-1].as_of

    def _hour_missing(self, gateway: Gateway) -> None:
        if gateway.changes:
            said = "has a change file that can be used: names and texts are as of then."
            self.taken.remarks.append(f"Not every hour since {self._as_of} {said}")

    async def _changed(self, gateway: Gateway, *, most: int | None) -> bool:
        """Whether change files, no more than `most`, led from what is kept to now: those that lacked were fetched."""
        due = due_changes(self._as_of, gateway.changes, gateway.generated) if gateway.changes else None
        if due is None or (most is not None and len(due) + len(self.facts.changes) > most):
            return False
        for listed in due:
            try:
                arrived = await self._fetch("change", listed.url, _change, None)
            except (ImporterError, refusals.NothingNew):
                return False  # whoever is asked next says whether the shop is down
            assert arrived is not None
            self._keep(changes=(*self.facts.changes, self._put(arrived, "change", listed)))
        return True

    async def _light(self, listed: Listed) -> None:
        """Read every time: prices and stocks move without a sign."""
        arrived = await self._fetch("light", listed.url, _light_offer, None)
        assert arrived is not None
        self._keep(light=self._put(arrived, "light", listed))

    async def _fetch(
        self, kind: str, url: str, wanted: Callable[[Arrived], str], known: Kept | None, *, insist: bool = True
    ) -> Arrived | None:
        assert self._client is not None
        headers = {"If-None-Match": known.etag, "If-Modified-Since": known.modified} if known is not None else {}
        return await self._client.fetch(
            url, self._shelf.arriving(kind), NAMES[kind], wanted=wanted, insist=insist, once=self._once,
            headers={name: value for name, value in headers.items() if value},
        )  # fmt: skip

    # --- from this machine

    async def from_disk(self, path: Path) -> None:
        """A file, or all XML files of a folder that an import can use; what has not changed since it was copied is not
        copied again, and what is there no more is forgotten."""
        folder = path.is_dir()
        paths = [one for one in sorted(path.glob("*.xml")) if "change" not in one.name] if folder else [path]
        sources = {source_of(str(one.resolve())) for one in paths}
        others = {kind: kept for kind, kept in self.facts.others.items() if kept.source in sources}
        full, light = (
            kept if kept and kept.source in sources else None for kept in (self.facts.full, self.facts.light)
        )
        if (full, light, others) != (self.facts.full, self.facts.light, self.facts.others):
            self._keep(full=full, light=light, others=others)
        for one in paths:
            state = one.stat()
            source, mark = source_of(str(one.resolve())), f"{state.st_size}-{state.st_mtime_ns}"
            if any(kept.source == source and kept.etag == mark for kept in self.facts.files):
                continue
            found = await copied(one, self._shelf.arriving("copy"), "the file")
            arrived, listed, root = (
                Arrived(found.path, found.looked, etag=mark),
                Listed(str(one.resolve())),
                found.looked.root,
            )
            if root == GATEWAY:
                gateway = self._gateway(arrived.path)
                self._keep(name=gateway.name, www=gateway.www)
            elif root in SMALL:
                self._keep(others={**self.facts.others, root: self._put(arrived, root, listed)})
            elif root == OFFER or not folder:
                self._put_offer(arrived, listed)
        if self.facts.full is None:
            raise refusals.file_not_usable(str(path), "there is no whole offer in it")

    # --- onto the shelf

    def _put_offer(self, arrived: Arrived, listed: Listed) -> None:
        if why := _light_offer(arrived):
            raise refusals.not_usable("the offer", why, page=False)
        if arrived.looked.light:
            self._keep(light=self._put(arrived, "light", listed))
        else:
            self._keep(full=self._put(arrived, "full", listed), changes=())

    def _put(self, arrived: Arrived, kind: str, listed: Listed) -> Kept:
        name, now = self._shelf.put(arrived.path, kind)
        if arrived.looked.index is not None:
            self.taken.indexes[name] = arrived.looked.index
        says = arrived.looked.attributes
        return Kept(
            name, now, listed.hash, listed.changed, says.get("generated", ""), says.get("expires", ""),
            says.get("language", ""), says.get("currency", ""), arrived.etag, arrived.modified,
            source_of(listed.url), arrived.looked.products, f"{says.get('version', '')} {says.get('generated_by', '')}",
        )  # fmt: skip


def source_of(address: str) -> str:
    """A digest of an address, which may hold a token."""
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def told(kept: Kept) -> str:
    """Of when a file is and how old it is, for a person."""
    seconds = max(0, int((datetime.now(UTC) - kept.arrived).total_seconds()))
    age = f"{seconds // 60} minutes" if seconds < 7200 else f"{seconds // 3600} hours"
    return f"of {kept.as_of or 'an unknown moment'} (fetched {age} ago)"


def _same(kept: Kept | None, listed: Listed) -> bool:
    return kept is not None and listed.named and (kept.hash, kept.changed) == (listed.hash, listed.changed)


# --- what a file must be, else why it is not -----------------------------------------------------------------


def _any(arrived: Arrived) -> str:
    """A gateway that names files, or an offer."""
    if arrived.looked.root == OFFER:
        return "" if arrived.looked.products else NONE
    try:
        gateway_of(arrived.path.read_bytes() if arrived.looked.root == GATEWAY else b"")
    except NoGateway as problem:
        return str(problem) if arrived.looked.root == GATEWAY else f"its root is <{arrived.looked.root}>"
    return ""


def _small(kind: str) -> Callable[[Arrived], str]:
    """A list of something; one that holds nothing is doubted."""

    def wrong(arrived: Arrived) -> str:
        if arrived.looked.root != kind:
            return f"its root is <{arrived.looked.root}>"
        return "" if b' id="' in arrived.path.read_bytes() else "it holds nothing"

    return wrong


def _change(arrived: Arrived) -> str:
    """Also one of an hour in which nothing changed."""
    return "" if arrived.looked.root == OFFER else f"its root is <{arrived.looked.root}>"


def _light_offer(arrived: Arrived) -> str:
    return _change(arrived) or ("" if arrived.looked.products else NONE)


def _whole_offer(arrived: Arrived) -> str:
    wrong = _light_offer(arrived)
    return wrong or ("it is a light offer, without names and pictures" if arrived.looked.light else "")


def origin_of(offer: OnDisk | Shared, more: str = "") -> str:
    """What names a way in for good, without its secrets."""
    said = str(offer.path.resolve()) if isinstance(offer, OnDisk) else "\n".join(offer.addresses)
    return source_of(f"{said}\n{more}")
