"""How an offer is fetched: where the shop says that it lies, and every file whole into the state folder.

Facts are those of the vendor's pages about offer sharing, IMF and the partners' API, and of public clients of them.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from gateway_importer.failures import HttpFailure
from gateway_importer.http import TRY_AGAIN, Answer, Host, Http, Limits, retry_after
from gateway_importer.redaction import SECRETS

from iai_importer import refusals
from iai_importer.conditions import ZONE
from iai_importer.inspection import Looked, NotUsable, look
from iai_importer.settings import secrets_in

MARKETPLACE_GATE = "/marketplace-api/?gate=Products/getProductsFeed/5/json"
FEEDS = "/api/partners/v2/offers/feed"
LOGIN_FAILED = 1
NEAR_MIDNIGHT = timedelta(hours=3)
LARGEST = 16 * 1024**3  # bytes of a file
LONGEST_WAIT = 120.0  # seconds


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that lies whole where it was wanted. `etag` and `modified` are its server's own marks; `page`: its server
    calls it an HTML page."""

    path: Path
    looked: Looked
    etag: str = ""
    modified: str = ""
    page: bool = False


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that the shop makes for a key; `url` is ``""`` for as long as it was not made yet."""

    id: str
    name: str
    url: str


def day_key(password: str, day: datetime) -> str:
    """The marketplace API's key of one day: ``sha1(YYYYMMDD + sha1(password))``."""
    inner = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest()
    return hashlib.sha1(f"{day:%Y%m%d}{inner}".encode(), usedforsecurity=False).hexdigest()


def days_to_try(now: datetime) -> list[datetime]:
    """By the shop's clock today; near midnight the neighbouring day too, for the shop's clock may be another one."""
    local = now.astimezone(ZONE)
    neighbour = [local + NEAR_MIDNIGHT, local - NEAR_MIDNIGHT]
    return [local, *(day for day in neighbour if day.date() != local.date())]


class Client:
    """Whoever has the offer, spoken to; `base` is the first address that was named. Nothing is sent at first."""

    def __init__(self, http: Http, base: str, limits: Limits, *, tries: int, first_pause: float) -> None:
        self.base = base
        self._http = http
        self._limits = limits
        self._tries = tries
        self._first_pause = first_pause
        self._host: Host | None = None

    @property
    def host(self) -> Host:
        if self._host is None:
            parts = urlsplit(self.base)
            self._host = self._http.host("the shop", f"{parts.scheme}://{parts.netloc}", self._limits)
        return self._host

    # --- where the offer is

    async def marketplace(self, login: str, password: str) -> str:
        """The address of the gateway file that was made for a marketplace. Raises `ImporterError`, `NothingNew`."""
        for day in days_to_try(datetime.now(UTC)):
            key = day_key(password, day)
            SECRETS.add(key)
            body = json.dumps({"authenticate": {"userLogin": login, "authenticateKey": key}}).encode()
            answer = await self._ask(MARKETPLACE_GATE, "the marketplace's gate", body=body)
            found = _document(answer, self.base, "a shop's marketplace gate")
            code, said = _fault(found)
            if code == LOGIN_FAILED:
                continue
            if code:
                raise refusals.fault(self.base, said)
            results = found.get("results")
            url = results.get("url") if isinstance(results, dict) else None
            if not isinstance(url, str) or not url:
                raise refusals.NothingNew
            return url
        raise refusals.login_refused(self.base, login)

    async def feeds(self, key: str, wanted: str) -> list[Feed]:
        """The feeds that a key can name: the `wanted` one by its id, else those of the first shop."""
        query = f"?id={quote(wanted, safe='')}" if wanted.isdecimal() else "?shop=1"
        answer = await self._ask(FEEDS + query, "the list of feeds", headers={"X-API-KEY": key})
        if answer.status == 401:
            raise refusals.key_refused(self.base)
        if answer.status == 403:
            raise refusals.key_lacks(self.base, _told(answer))
        found = _document(answer, self.base, "a shop's list of feeds")
        code, said = _fault(found)
        if code:
            raise refusals.fault(self.base, said)
        rows = found.get("results")
        if not isinstance(rows, list):
            rows = list(rows.values()) if isinstance(rows, dict) else []
        return [
            Feed(str(row.get("id", "")), str(row.get("name", "")), str(row.get("url") or ""))
            for row in rows
            if isinstance(row, dict)
        ]

    async def _ask(
        self, path: str, what: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        given = {"Accept": "application/json", **(headers or {})}
        if body is not None:
            given["Content-Type"] = "application/json"
        try:
            return await self.host.request(
                "GET", self.base + path, body=body, headers=given, usable=_whole, kind="GET gate"
            )
        except HttpFailure as failure:
            raise refusals.no_answer(what, str(failure)) from failure

    # --- files

    async def fetch(
        self,
        url: str,
        target: Path,
        what: str,
        *,
        wanted: Callable[[Arrived], str],
        insist: bool = True,
        once: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Arrived | None:
        """A file, whole, at `target`; None where its server says that it has not changed. What breaks off, is cut, or
        is not what is `wanted` (which says why) is asked for again; without `insist` it is taken all the same at last.
        `once`: an HTML page in its place says that it was had before. Raises `ImporterError`, `NothingNew`."""
        for secret in secrets_in(url):
            SECRETS.add(secret)
        pause, tried, problem = self._first_pause, 0, None
        while True:
            tried += 1
            wait = 0.0
            try:
                answer = await self._fetch_once(url, target, headers)
                if not isinstance(answer, Arrived):
                    status, wait = answer
                    if status == 304:
                        return None
                    problem = refusals.status_refused(status, what)
                    if status not in TRY_AGAIN:
                        raise problem
                elif not (why := wanted(answer)) or not (insist or tried < self._tries):
                    return answer
                elif answer.page:
                    raise NotUsable(why, page=True)
                else:
                    problem = refusals.not_usable(what, why, page=False)
            except NotUsable as unusable:
                if unusable.page and once:
                    raise refusals.NothingNew from unusable
                problem = refusals.not_usable(what, str(unusable), page=unusable.page)
            except HttpFailure as failure:
                problem = refusals.no_answer(what, str(failure))
                if tried >= self._tries and failure.outlast is not None:
                    # Whoever was waited for is asked as if anew; who answers all the same, once more.
                    looked = (await failure.outlast()).value
                    tried = 0 if looked == "back" else tried
            if tried >= self._tries:
                raise problem
            self.host.traffic.retries += 1
            await asyncio.sleep(max(min(wait, LONGEST_WAIT), pause * random.uniform(0.75, 1.25)))
            pause *= 2

    async def _fetch_once(
        self, url: str, target: Path, headers: Mapping[str, str] | None
    ) -> Arrived | tuple[int, float]:
        async with self.host.stream(url, headers=headers, max_body=LARGEST, kind="GET offer") as (status, body):
            if status != 200:
                return status, retry_after(body.headers.get("Retry-After")) or 0.0
            length = body.length
            with target.open("wb") as file:
                async for chunk in body.chunks():
                    file.write(chunk)
            if length is not None and target.stat().st_size != length:
                raise NotUsable(f"{target.stat().st_size} bytes came, and {length} were announced")
            etag, modified = body.headers.get("ETag", ""), body.headers.get("Last-Modified", "")
            page = body.content_type == "text/html"
        try:
            return Arrived(target, await asyncio.to_thread(look, target), etag, modified, page)
        except NotUsable as unusable:
            raise NotUsable(str(unusable), page=unusable.page or page) from None


async def copied(path: Path, target: Path, what: str) -> Arrived:
    """A file that lies on this machine, as one that arrived. Raises `ImporterError`."""
    try:
        await asyncio.to_thread(shutil.copyfile, path, target)
        return Arrived(target, await asyncio.to_thread(look, target))
    except NotUsable as unusable:
        raise refusals.file_not_usable(str(path), str(unusable)) from unusable
    except OSError as problem:
        raise refusals.file_not_usable(str(path), problem.strerror or what) from problem


def _whole(answer: Answer) -> bool:
    """Whether a 200 has the beginning and the end of JSON, or is a page in its place."""
    body = answer.body.strip()
    return answer.status != 200 or (body[:1] in b"{[" and body[-1:] in b"}]" and len(body) > 1)


def _document(answer: Answer, shop: str, what: str) -> dict[str, Any]:
    if 300 <= answer.status < 400:
        raise refusals.redirected(shop, answer.headers.get("Location", ""))
    try:
        found = json.loads(answer.body) if answer.status == 200 else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise refusals.no_gate(shop, what)
    return found


def _fault(found: Mapping[str, Any]) -> tuple[int, str]:
    """The fault that an answer of status 200 holds; 0 where it holds none. Codes are numbers or texts."""
    errors = found.get("errors")
    if not isinstance(errors, dict):
        return 0, ""
    code, said = str(errors.get("faultCode") or 0), str(errors.get("faultString") or "")
    return (int(code) if code.lstrip("-").isdecimal() else -1), said[:200] or f"fault {code}"


def _told(answer: Answer) -> str:
    """What right lacks, in the shop's own words (``Scope: pim, level: r``)."""
    said = answer.headers.get("X-Error", "")
    if not said:
        try:
            errors = json.loads(answer.body).get("errors")
            rows = errors if isinstance(errors, list) else [errors]
            said = next((str(row["message"]) for row in rows if isinstance(row, dict) and row.get("message")), "")
        except (ValueError, AttributeError):
            said = ""
    return said or f"status {answer.status}"
