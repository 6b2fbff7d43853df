"""Brings a source's file here: fetched or copied whole, read whole, and only then put in its place."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from gateway_importer.failures import HttpFailure
from gateway_importer.http import TRY_AGAIN, Host, Http, Limits, retry_after
from gateway_importer.redaction import SECRETS

from feeds_family import refusals, sftp
from feeds_family.folders import Candidate, newest, settled
from feeds_family.places import Address, InFolder, OnDisk, OnServer, Place, origin_of, told
from feeds_family.refusals import NotUsable
from feeds_family.store import Kept, Store

LARGEST = 4 * 1024**3  # bytes of a file as it comes
LONGEST_WAIT = 120.0  # seconds
MOST_DOUBLINGS = 4  # of the pause between two tries
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Login:
    """`user` is ``""`` where there is none."""

    user: str = ""
    password: str = ""
    key_file: Path | None = None
    host_key: str = ""


@dataclass(frozen=True, slots=True)
class Obtained(Generic[T]):
    """What was read of a source's file, and what is known of it. `fresh`: it has changed since the last run."""

    content: T
    kept: Kept
    fresh: bool


class Fetching:
    """Fetches for one run."""

    def __init__(
        self, http: Http, store: Store, limits: Limits, login: Login, *, tries: int, first_pause: float
    ) -> None:
        self._http = http
        self._store = store
        self._limits = limits
        self._login = login
        self._tries = tries
        self._first_pause = first_pause
        self._hosts: dict[str, Host] = {}

    async def obtain(
        self, name: str, what: str, place: Place, arriving: Path, read: Callable[[Path], T]
    ) -> Obtained[T]:
        """The file of the source called `name`, read by `read` (in a thread; raises `NotUsable`). What breaks off, is
        cut or is not what it should be is asked for again. Raises `ImporterError`."""
        known = self._store.kept(name, origin_of(place))
        pause, tried = self._first_pause, 0
        while True:
            tried += 1
            target = arriving / f"{name}-{tried}"
            wait = 0.0
            try:
                came = await self._bring(what, place, target, known)
                if isinstance(came, Kept):
                    same = known is not None and came.hash != "" and came.hash == known.hash
                    content = await asyncio.to_thread(read, target)
                    return Obtained(content, self._store.put(name, target, came), fresh=not same)
                if came is None:
                    assert known is not None
                    return Obtained(await asyncio.to_thread(read, self._store.path(known)), known, fresh=False)
                status, wait = came
                problem = refusals.status_refused(status, what, bool(self._login.user))
                if status not in TRY_AGAIN and status != 500:
                    raise problem
            except NotUsable as unusable:
                problem = refusals.unusable(what, unusable)
                if not unusable.again or not isinstance(place, Address):
                    raise problem from unusable
                known = None  # were it the kept copy, it would stay as it is
            except HttpFailure as failure:
                problem = refusals.no_answer(what, str(failure))
                if tried >= self._tries and failure.outlast is not None:
                    looked = (await failure.outlast()).value
                    tried = 0 if looked == "back" else tried
            target.unlink(missing_ok=True)
            if tried >= self._tries:
                raise problem
            for host in self._hosts.values():
                host.traffic.retries += 1
            await asyncio.sleep(max(min(wait, LONGEST_WAIT), pause * random.uniform(0.75, 1.25)))
            pause = min(pause * 2, self._first_pause * 2**MOST_DOUBLINGS)

    async def _bring(
        self, what: str, place: Place, target: Path, known: Kept | None
    ) -> Kept | tuple[int, float] | None:
        """The file at `target`; None where it has not changed; or the status that came in its place."""
        match place:
            case Address():
                return await self._by_address(place, target, known)
            case OnDisk():
                return await self._copied(what, Candidate.of(place.path), place, target, known)
            case InFolder():
                found = await asyncio.to_thread(newest, place.folder, place.pattern)
                if found is None:
                    raise refusals.nothing_there(what, told(place), "no file fits")
                return await self._copied(what, await settled(found), place, target, known)
            case OnServer():
                return await sftp.bring(what, place, self._login, target, known)

    def _host(self, place: Address) -> Host:
        parts = urlsplit(place.url)
        base = f"{parts.scheme}://{parts.netloc}"
        if base not in self._hosts:
            headers = {}
            if self._login.user:
                basic = base64.b64encode(f"{self._login.user}:{self._login.password}".encode()).decode()
                SECRETS.add(basic)
                headers["Authorization"] = f"Basic {basic}"
            self._hosts[base] = self._http.host("the shop", base, self._limits, headers=headers)
        return self._hosts[base]

    async def _by_address(self, place: Address, target: Path, known: Kept | None) -> Kept | tuple[int, float] | None:
        headers = {"If-None-Match": known.mark, "If-Modified-Since": known.modified} if known is not None else {}
        headers = {name: value for name, value in headers.items() if value}
        stream = self._host(place).stream(place.url, headers=headers, max_body=LARGEST, kind="GET feed")
        async with stream as (status, body):
            if status == 304 and known is not None:
                return None
            if status != 200:
                return status, retry_after(body.headers.get("Retry-After")) or 0.0
            length, digest, size = body.length, hashlib.blake2b(digest_size=16), 0
            with target.open("wb") as file:
                async for chunk in body.chunks():
                    digest.update(chunk)
                    size += len(chunk)
                    file.write(chunk)
            if length is not None and size != length:
                raise NotUsable(f"{size} bytes came, and {length} were announced", refusals.AGAIN, again=True)
            etag, modified = body.headers.get("ETag", ""), body.headers.get("Last-Modified", "")
        return Kept(
            "", origin_of(place), datetime.now(UTC), etag, modified, _http_date(modified), digest.hexdigest(),
            SECRETS.redact(Path(urlsplit(place.url).path).name),
        )  # fmt: skip

    async def _copied(self, what: str, found: Candidate, place: Place, target: Path, known: Kept | None) -> Kept | None:
        if known is not None and known.mark == found.mark and known.name == found.path.name:
            return None
        try:
            await asyncio.to_thread(shutil.copyfile, found.path, target)
            now = await asyncio.to_thread(Candidate.of, found.path)
        except OSError as problem:
            raise refusals.nothing_there(what, str(found.path), problem.strerror or str(problem)) from problem
        if now.mark != found.mark:
            raise refusals.unusable(what, NotUsable("it changed while it was read", refusals.AGAIN, again=True))
        return Kept("", origin_of(place), datetime.now(UTC), found.mark, "", found.dated, "", found.path.name)


def _http_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found
