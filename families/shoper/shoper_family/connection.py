"""How such a shop is reached: by https, signed in once or with an integration's token, within its leaky bucket.

Facts are those of the vendor's documentation and of its PHP SDK.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from gateway_importer.failures import HttpFailure
from gateway_importer.http import TRY_AGAIN, Allowance, Answer, Host, Http, Limits
from gateway_importer.redaction import SECRETS

from shoper_family.answers import Unparsable, document, error_in
from shoper_family.refusals import (
    SIGN_IN,
    Clicks,
    PageFault,
    no_api,
    redirected,
    refusal,
    session_refused,
    sign_in_refused,
    token_refused,
    unreachable,
)

REST = "/webapi/rest/"
REDIRECTS = {301, 302, 303, 307, 308}
HOLDS = timedelta(days=30)  # a shop that did not obey a filter may be a newer version by then
LOCKED = 409  # an administrator has the object open; soon he has not
AGAIN = TRY_AGAIN | {LOCKED}


def allowance(headers: Mapping[str, str]) -> Allowance | None:
    """The leaky bucket, which every answer tells of: its level with this call in it, its size, and how many calls
    leak out of it in a second (10 and 2 by the documentation, other values on running shops)."""
    try:
        level, size, drain = (
            float(headers[name]) for name in ("X-Shop-Api-Calls", "X-Shop-Api-Limit", "X-Shop-Api-Bandwidth")
        )
    except (KeyError, ValueError):
        return None
    return Allowance(level, size, drain) if size >= 1 and drain > 0 and level >= 0 else None


@dataclass(frozen=True, slots=True)
class Password:
    """An administrator's credentials, for which the shop hands out a session."""

    login: str
    password: str


@dataclass(frozen=True, slots=True)
class Token:
    """An integration's token: it is the session, and there is no other."""

    token: str


class Connection:
    """One shop's API. Nothing is sent before the first question."""

    def __init__(self, http: Http, address: str, credentials: Password | Token, limits: Limits, clicks: Clicks) -> None:
        self.clicks = clicks
        self.base = _secure(address)
        self._http = http
        self._credentials = credentials
        self._limits = limits
        self._host: Host | None = None
        self._session = credentials.token if isinstance(credentials, Token) else ""
        self._signing_in = asyncio.Lock()

    def found_out(self, about: str) -> str | None:
        """What this run or an earlier one found out about the shop; after some weeks it is tried anew."""
        what, _, day = self._http.learnt.get(about, "").partition(" ")
        try:
            fresh = datetime.now(UTC).date() - date.fromisoformat(day) < HOLDS
        except ValueError:
            return None
        return what if fresh else None

    def find_out(self, about: str, what: str) -> None:
        """Remember it, for later runs too."""
        self._http.learnt[about] = f"{what} {datetime.now(UTC).date().isoformat()}"

    async def ask(self, resource: str, params: Mapping[str, str] | None = None, *, body: Any = None) -> Answer:
        """GET `resource` (POST where there is a body). A session that is over is renewed once, by one task, and the
        question asked again. Raises `PageFault` where there is no whole answer, `errors.ImporterError` where the
        credentials or the address do not do."""
        session = self._session or await self._signed_in("")
        answer = await self._send(resource, params, body, session)
        if answer.status == 401:
            session = await self._renewed(answer, session)
            answer = await self._send(resource, params, body, session)
            if answer.status == 401:
                raise session_refused(self.base, self.clicks)
        if answer.status in REDIRECTS:
            raise redirected(answer, self.base)
        return answer

    async def sign_in(self) -> None:
        """See whether the credentials do, where that costs no question of its own."""
        if not self._session:
            await self._signed_in("")

    async def _renewed(self, answer: Answer, session: str) -> str:
        error = error_in(answer.body)
        if error is None:
            raise refusal(answer, "the API", self.base, self.clicks)
        if error.code in SIGN_IN:
            raise sign_in_refused(error, self.base, self.clicks)
        if isinstance(self._credentials, Token):
            raise token_refused(self.base, self.clicks)
        return await self._signed_in(session)

    async def _signed_in(self, over: str) -> str:
        """A session that is not the one that is `over`; whoever comes first gets it for all."""
        async with self._signing_in:
            if self._session == over:
                self._session = await self._handed_out()
            return self._session

    async def _handed_out(self) -> str:
        assert isinstance(self._credentials, Password)
        both = f"{self._credentials.login}:{self._credentials.password}"
        SECRETS.add(both)
        basic = "Basic " + base64.b64encode(both.encode()).decode()
        answer = await self._request("POST", "auth", None, b"", {"Authorization": basic})
        if answer.status in REDIRECTS:
            raise redirected(answer, self.base)
        if answer.status == 401 and (error := error_in(answer.body)) is not None:
            raise sign_in_refused(error, self.base, self.clicks)
        if answer.status == 404:
            raise no_api(self.base, self.clicks)
        try:
            session = document(answer.body).get("access_token") if answer.status == 200 else None
        except (Unparsable, AttributeError):
            session = None
        if not isinstance(session, str) or not session:
            problem = refusal(answer, "auth", self.base, self.clicks)
            raise unreachable(self.base, problem.cause) if isinstance(problem, PageFault) else problem
        SECRETS.add(session)
        return session

    async def _send(self, resource: str, params: Mapping[str, str] | None, body: Any, session: str) -> Answer:
        headers = {"Authorization": f"Bearer {session}"}
        if body is None:
            return await self._request("GET", resource, params, None, headers)
        headers["Content-Type"] = "application/json"
        return await self._request("POST", resource, params, json.dumps(body).encode(), headers)

    async def _request(
        self,
        method: str,
        resource: str,
        params: Mapping[str, str] | None,
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> Answer:
        if self._host is None:
            self._host = self._http.host("the shop", self.base, self._limits)
        try:
            return await self._host.request(
                method,
                REST + resource,
                params=params,
                body=body,
                headers=headers,
                try_again=AGAIN,
                usable=_whole,
                kind=f"{method} {resource.split('/')[0]}",
            )
        except HttpFailure as failure:
            raise PageFault(
                "shop_silent",
                f"The shop gave no whole answer about {resource}: {failure}",
                "See whether the address is right and opens in a browser. If it does, ask for less at once: "
                "SHOP_CONCURRENCY=1.",
            ) from failure


def _whole(answer: Answer) -> bool:
    """Whether a 200 has the beginning and the end of JSON: half an answer, or a page in its place, is asked for
    again.
    """
    body = answer.body.strip()
    return answer.status != 200 or (body[:1] in b"{[" and body[-1:] in b"]}" and len(body) > 1)


def _secure(address: str) -> str:
    """Every such shop has https: credentials never go out in clear, but to this machine or a private network."""
    if address.startswith("http://") and not _never_outside(address):
        return "https://" + address.removeprefix("http://")
    return address


def _never_outside(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False
