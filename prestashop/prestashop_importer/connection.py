"""How a shop is reached: by https where it has it, with a key that arrives, at an address that answers.

Facts are those of PrestaShop's ``webservice/dispatcher.php`` and of running shops.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from gateway_importer.errors import Unreachable
from gateway_importer.failures import HttpFailure, NotSent
from gateway_importer.http import TRY_AGAIN, Answer, Host, Http, Limits, Probe

from prestashop_importer.answers import RootPage, Unparsable, errors_of, root_page
from prestashop_importer.refusals import PageFault, no_webservice, redirected, refusal, unreachable

REDIRECTS = {301, 302, 303, 307, 308}
WEBSERVICE_DISABLED = 22


@dataclass(frozen=True, slots=True)
class Access:
    """What the root page says of this key: the shop's version and name, and the resources it may read."""

    version: str
    shop_name: str
    readable: frozenset[str]

    def may_read(self, resource: str) -> bool:
        return resource in self.readable

    @property
    def old(self) -> bool:
        """1.5 and 1.6, whose JSON is not to be trusted."""
        return self.version.split(".")[:2] in (["1", "5"], ["1", "6"])


class Connection:
    """One shop's webservice. Nothing is sent before the first question.

    `shop_id` is the shop of a multistore, once it is known.
    """

    def __init__(self, http: Http, address: str, key: str, limits: Limits) -> None:
        self.typed = address
        self.shop_id = ""
        self.dispatcher = False  # the web server has no rewrite rule for /api
        self.key_in_query = False  # the Authorization header does not arrive
        self._http = http
        self._key = key
        self._limits = limits
        self._host: Host | None = None
        self._access: Access | None = None
        self._connecting = asyncio.Lock()

    @property
    def base(self) -> str:
        """The address that is spoken to; the typed one until it is known whether it has https."""
        return self._host.base if self._host else self.typed

    @property
    def probe(self) -> Probe:
        """The webservice's root, which answers (if only that a key is missing) wherever PHP runs."""
        return Probe("GET", "/webservice/dispatcher.php" if self.dispatcher else "/api/")

    @property
    def in_clear(self) -> bool:
        """The key goes over the network unencrypted."""
        return self.base.startswith("http://") and not _never_outside(self.base)

    def authorization(self) -> dict[str, str]:
        """The header of HTTP's Basic: the key is the user, the password is empty."""
        return {"Authorization": "Basic " + base64.b64encode(f"{self._key}:".encode()).decode()}

    @property
    def key(self) -> str:
        return self._key

    async def access(self) -> Access:
        """Connects, once. Raises `errors.ImporterError` where the key, the address or the shop does not do."""
        async with self._connecting:
            if self._access is None:
                self._access = await self._connect()
            return self._access

    async def ask(
        self,
        resource: str,
        params: Mapping[str, str],
        *,
        attempts: int | None = None,
        try_again: frozenset[int] = TRY_AGAIN,
        usable: Callable[[Answer], bool] | None = None,
    ) -> Answer:
        """One question, by whatever way the key arrives. Raises `http.HttpFailure`, and `errors.ImporterError`
        for a redirect that would lose the question."""
        answer = await self._send(resource, params, attempts, try_again, usable)
        if not self.key_in_query and _key_did_not_arrive(answer):
            # PHP behind FastCGI sees no Authorization header unless the server passes it on.
            self.key_in_query = True
            answer = await self._send(resource, params, attempts, try_again, usable)
            self.key_in_query = not _key_did_not_arrive(answer)
        if answer.status in REDIRECTS and _only_becomes_secure(answer):
            secure = urlsplit(answer.headers["Location"]).netloc  # its port may be another
            self._use(f"https://{secure}{urlsplit(self.base).path}")
            answer = await self._send(resource, params, attempts, try_again, usable)
        return answer

    async def _connect(self) -> Access:
        answer = await self._first_answer()
        if answer.status == 404 and not errors_of(answer.body):
            self.dispatcher = True
            answer = await self._patient_answer()
        if answer.status in REDIRECTS:
            raise redirected(answer, self.base, self.shop_id)
        root: RootPage | None = None
        if answer.status == 200:
            try:
                root = root_page(answer.body)
            except Unparsable:
                raise no_webservice(self.base) from None
        if root is None:
            problem = refusal(answer, "the list of resources", self.base)
            raise Unreachable(problem.cause, problem.cure) if isinstance(problem, PageFault) else problem
        return Access(answer.headers.get("PSWS-Version", ""), root.shop_name, root.readable)

    async def _first_answer(self) -> Answer:
        """Asks by https first, so that the key never goes out in clear; by http only where it was typed so, and
        https does not connect or sends back to http."""
        if self.typed.startswith("http://") and not _never_outside(self.typed):
            self._use("https://" + self.typed.removeprefix("http://"))
            try:
                answer = await self.ask("", {}, attempts=1)
            except NotSent:
                pass
            except HttpFailure as failure:
                raise unreachable(self.base, str(failure)) from failure
            else:
                if not (answer.status in REDIRECTS and _becomes_insecure(answer)):
                    return await self._patient_answer() if answer.status in TRY_AGAIN else answer
        self._use(self.typed)
        return await self._patient_answer()

    async def _patient_answer(self) -> Answer:
        try:
            # A webservice that is switched off answers 503 too, and asking again does not help.
            answer = await self.ask("", {}, try_again=TRY_AGAIN - {503}, usable=_says_what_it_is)
            if answer.status == 503 and WEBSERVICE_DISABLED not in {error.code for error in errors_of(answer.body)}:
                answer = await self.ask("", {}, usable=_says_what_it_is)
        except HttpFailure as failure:
            raise unreachable(self.base, str(failure)) from failure
        return answer

    def _use(self, base: str) -> None:
        self._host = self._http.host("the shop", base, self._limits, headers=self.authorization(), probe=self.probe)

    async def _send(
        self,
        resource: str,
        params: Mapping[str, str],
        attempts: int | None,
        try_again: frozenset[int],
        usable: Callable[[Answer], bool] | None,
    ) -> Answer:
        if self._host is None:
            self._use(self.typed)
        assert self._host is not None
        path, query = (f"/api/{resource}", dict(params))
        if self.dispatcher:
            path, query = "/webservice/dispatcher.php", {"url": resource, **params}
        if self.key_in_query:
            query["ws_key"] = self._key
        return await self._host.request(
            "GET",
            path,
            params=query,
            attempts=attempts,
            try_again=try_again,
            usable=usable,
            kind=f"GET {resource or 'root'}",
        )


def _says_what_it_is(answer: Answer) -> bool:
    """False for a success that is no list of resources: a page of something in between may stand there for a moment."""
    if answer.status != 200:
        return True
    try:
        root_page(answer.body)
    except Unparsable:
        return False
    return True


def _key_did_not_arrive(answer: Answer) -> bool:
    return answer.status == 401 and not errors_of(answer.body)


def _only_becomes_secure(answer: Answer) -> bool:
    here, there = urlsplit(answer.url), urlsplit(answer.headers.get("Location", ""))
    return (here.scheme, there.scheme) == ("http", "https") and (
        (here.hostname, here.path) == (there.hostname, there.path)
        and parse_qsl(here.query, keep_blank_values=True) == parse_qsl(there.query, keep_blank_values=True)
    )


def _becomes_insecure(answer: Answer) -> bool:
    here, there = urlsplit(answer.url), urlsplit(answer.headers.get("Location", ""))
    return (here.scheme, there.scheme) == ("https", "http") and here.hostname == there.hostname


def _never_outside(address: str) -> bool:
    """On this machine or in a private network, where no certificate is to be had."""
    host = urlsplit(address).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False
