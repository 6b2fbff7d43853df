"""How a shop is reached: every try signed anew, by the scheme by which the shop believes it is reached, in the scope
of one store view."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from gateway_importer.failures import HttpFailure
from gateway_importer.http import Answer, Host, Http, Limits

from magento_importer.answers import Unparsable, document
from magento_importer.refusals import (
    PageFault,
    WrongSignature,
    no_api,
    redirected,
    refusal,
    signature_refused,
)
from magento_importer.signature import Bearer, Credentials, Params, authorization, encoded

HOLDS = timedelta(days=30)  # what was found out about a shop may be another truth by then
SCHEME, DOOR = "scheme", "door"
DOORS = ("/rest", "/index.php/rest")
REDIRECTS = {301, 302, 303, 307, 308}
OTHER_SCHEME = {"https": "http", "http": "https"}


class Connection:
    """One shop's API. Nothing is sent before the first question."""

    def __init__(self, http: Http, address: str, credentials: Credentials, limits: Limits) -> None:
        self.base = address
        self.credentials = credentials
        self._http = http
        self._limits = limits
        self._host: Host | None = None

    @property
    def bearer(self) -> bool:
        return isinstance(self.credentials, Bearer)

    @property
    def other_scheme(self) -> bool:
        """The shop is signed for as if it was reached by another scheme than its address has."""
        return (self.found_out(SCHEME) or self.base.partition("://")[0]) != self.base.partition("://")[0]

    def found_out(self, about: str) -> str | None:
        """What this run or an earlier one found out about the shop; after some weeks it is tried anew."""
        what, _, day = self._http.learnt.get(about, "").rpartition(" ")
        try:
            fresh = datetime.now(UTC).date() - date.fromisoformat(day) < HOLDS
        except ValueError:
            return None
        return what if fresh else None

    def find_out(self, about: str, what: str) -> None:
        """Remember it, for later runs too."""
        self._http.learnt[about] = f"{what} {datetime.now(UTC).date().isoformat()}"

    async def get(
        self, route: str, params: Params = (), *, view: str = "all", signed: bool = True, kind: str = ""
    ) -> Any:
        """The document at ``/V1/{route}`` in the scope of a store view (its code; ``all``: the admin's own values).

        Raises `errors.ImporterError` where the shop will answer nothing, else what `refusals` names."""
        answer = await self._through_a_door(route, params, view, signed, kind or route.split("/")[0])
        if answer.status == 200:
            try:
                return document(answer.body)
            except Unparsable:
                pass
        raise refusal(answer, route, self.base)

    async def body(self, route: str, *, kind: str = "") -> bytes:
        """The same as it came."""
        answer = await self._through_a_door(route, (), "all", signed=True, kind=kind or route.split("/")[0])
        if answer.status == 200:
            return answer.body
        raise refusal(answer, route, self.base)

    async def answers_unsigned(self) -> Answer:
        """What the shop says to a header that is no full signature: whether it sees the header at all."""
        made = {"Authorization": 'OAuth oauth_consumer_key="x"'}
        return await self._request(self._url("store/websites", "all", DOORS[0]), made, "header")

    async def version(self) -> str:
        """As the shop states it in public (``Magento/2.4 (Community)``), ``""`` where it does not."""
        try:
            answer = await self._request(f"{self.base}/magento_version", {}, "version", json=False)
        except PageFault:
            return ""
        said = re.fullmatch(r"\s*Magento/(\d[\d.]{0,9}) ?(\([A-Za-z ]{1,30}\))?\s*", answer.excerpt(80))
        return f"{said[1]} {said[2] or ''}".strip() if answer.status == 200 and said else ""

    # --- one question ------------------------------------------------------------------------------------

    async def _through_a_door(self, route: str, params: Params, view: str, signed: bool, kind: str) -> Answer:
        """By the usual address; where rewrites are missing in the shop, by the longer one, which is remembered."""
        door = self.found_out(DOOR) or DOORS[0]
        answer = await self._in_a_scheme(self._url(route, view, door), params, signed, kind)
        if not _is_a_page(answer, 404):
            return answer
        other = DOORS[1] if door == DOORS[0] else DOORS[0]
        second = await self._in_a_scheme(self._url(route, view, other), params, signed, kind)
        if _is_a_page(second, 404):
            raise no_api(self.base)
        self.find_out(DOOR, other)
        return second

    async def _in_a_scheme(self, url: str, params: Params, signed: bool, kind: str) -> Answer:
        """Signed for the scheme of the address; where the shop is behind a proxy that it does not know of, for the
        other one."""
        own = "https" if url.startswith("https://") else "http"
        if not signed or self.bearer:
            answer = await self._signed(url, params, own if signed else None, kind)
        else:
            scheme = self.found_out(SCHEME) or own
            answer = await self._signed(url, params, scheme, kind)
            if _says(answer, WrongSignature, self.base):
                answer = await self._signed(url, params, OTHER_SCHEME[scheme], kind)
                if _says(answer, WrongSignature, self.base):
                    raise signature_refused(self.base)
                self.find_out(SCHEME, OTHER_SCHEME[scheme])
        if answer.status in REDIRECTS:
            raise redirected(answer, self.base)
        return answer

    async def _signed(self, url: str, params: Params, scheme: str | None, kind: str) -> Answer:
        target = f"{url}?{encoded(params)}" if params else url
        if scheme is None:
            return await self._request(target, {}, kind)
        return await self._request(
            target, lambda: authorization(self.credentials, "GET", url, params, scheme=scheme), kind
        )

    async def _request(
        self, url: str, headers: Mapping[str, str] | Callable[[], Mapping[str, str]], kind: str, *, json: bool = True
    ) -> Answer:
        if self._host is None:
            self._host = self._http.host("the shop", self.base, self._limits, headers={"Accept": "application/json"})
        try:
            return await self._host.request(
                "GET", url, headers=headers, usable=_whole if json else None, kind=f"GET {kind}"
            )
        except HttpFailure as failure:
            raise PageFault(
                "shop_silent",
                f"The shop gave no whole answer: {failure}",
                "See whether the address is right and opens in a browser (a shop without https: http:// in front). "
                "If it does, ask for less at once: MAGENTO_PAGE_SIZE=50, SHOP_CONCURRENCY=1.",
            ) from failure

    def _url(self, route: str, view: str, door: str) -> str:
        return f"{self.base}{door}/{view}/V1/{route}"


def _whole(answer: Answer) -> bool:
    """Whether a 200 has the beginning and the end of JSON: half an answer, or a page in its place, is asked for
    again."""
    body = answer.body.strip()
    return answer.status != 200 or (len(body) > 1 and body[:1] + body[-1:] in {b"{}", b"[]"})


def _is_a_page(answer: Answer, status: int) -> bool:
    return answer.status == status and answer.content_type.startswith("text/html")


def _says(answer: Answer, what: type[Exception], shop: str) -> bool:
    return answer.status == 401 and isinstance(refusal(answer, "", shop), what)
