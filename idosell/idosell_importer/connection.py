"""How such a shop is reached: by https, with its key in a header, and no faster than its server can bear."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from gateway_importer.failures import HttpFailure
from gateway_importer.http import Answer, Host, Http, Limits

from idosell_importer.refusals import PageFault

GOOD = {200, 207}  # 207: as 200, with a fault beside what was found
SHORTEST_PAUSE, LONGEST_PAUSE = 0.01, 60.0  # seconds between two looks at an overloaded server
FIRST_LOOK = 10  # times the first pause between two tries


class Connection:
    """One shop's API. Nothing is sent before the first question."""

    def __init__(self, http: Http, address: str, key: str, version: str, limits: Limits) -> None:
        self.base = _secure(address)
        self.version = version
        self._http = http
        self._key = key
        self._limits = limits
        self._host: Host | None = None

    async def ask(self, gate: str, params: Mapping[str, str] | None = None, *, body: Any = None) -> Answer:
        """GET a gate (POST where there is a body). Raises `PageFault` where there is no whole answer."""
        path = f"/api/admin/v{self.version}/{gate}"
        return await self._request(gate, path, params, None if body is None else json.dumps(body).encode())

    async def documented(self) -> Answer:
        """The shop's own description of this version of its API (OpenAPI)."""
        return await self._request("api/doc", f"/api/doc/admin/v{self.version}/json", None, None)

    async def pause(self, looks: int) -> float | None:
        """Wait before looking again, longer each time; how long it was, None where the run is to end."""
        seconds: float = min(LONGEST_PAUSE, max(SHORTEST_PAUSE, self._limits.first_pause * FIRST_LOOK) * 2.0**looks)
        try:
            await asyncio.wait_for(self._http.stopping.wait(), seconds)
        except TimeoutError:
            return seconds
        return None

    @property
    def patience(self) -> float:
        return self._limits.patience

    async def _request(self, gate: str, path: str, params: Mapping[str, str] | None, body: bytes | None) -> Answer:
        if self._host is None:
            headers = {"X-API-KEY": self._key, "Accept": "application/json"}
            self._host = self._http.host("the shop", self.base, self._limits, headers=headers)
        try:
            return await self._host.request(
                "GET" if body is None else "POST",
                path,
                params=params,
                body=body,
                headers={} if body is None else {"Content-Type": "application/json"},
                usable=_whole,
                kind=gate,
            )
        except HttpFailure as failure:
            raise PageFault(
                "shop_silent",
                f"The shop gave no whole answer about {gate}: {failure}",
                "See whether the address is right and opens in a browser. If it does, ask for less at once: "
                "IDOSELL_PAGE_SIZE=50.",
            ) from failure


def _whole(answer: Answer) -> bool:
    """Whether it has the beginning and the end of JSON: half an answer, or a page in its place, is asked for again."""
    body = answer.body.strip()
    return answer.status not in GOOD or (body[:1] in b"{[" and body[-1:] in b"]}" and len(body) > 1)


def _secure(address: str) -> str:
    """Every such shop has https: the key never goes out in clear, but to this machine or a private network."""
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
