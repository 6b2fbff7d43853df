"""`POST /downloads/`: the sandbox fetches a public picture itself, as the Gateway does."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import aiohttp

from .answers import Json, Refusal, only
from .pictures import EXTENSIONS, Spool, new_key
from .product_body import address_problem
from .settings import SandboxSettings
from .store import Store

REDIRECTS = 3


class Downloads:
    """Fetches from the hosts that the settings allow, and from no other: a sandbox may stand in a private network."""

    def __init__(self, settings: SandboxSettings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def fetch(self, shop: str, body: Json) -> str:
        """The key of the picture; any failure is a 4xx whose message says what the other side did."""
        only(body, frozenset({"url"}), "")
        address = body.get("url")
        if problem := address_problem(address):
            raise Refusal(400, f"url {problem}")
        assert isinstance(address, str)
        try:
            return await self._fetch(shop, address)
        except TimeoutError as error:
            raise Refusal(400, "url could not be fetched: it took too long") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise Refusal(400, f"url could not be fetched: {error}") from error

    async def _fetch(self, shop: str, address: str) -> str:
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        timeout = aiohttp.ClientTimeout(total=self._settings.download_timeout)
        target = address
        for _ in range(REDIRECTS + 1):
            self._allow(target)
            async with self._session.get(target, timeout=timeout, allow_redirects=False) as response:
                location = response.headers.get("Location")
                if response.status in (301, 302, 303, 307, 308) and location:
                    target = urljoin(target, location)
                    continue
                if response.status != 200:
                    raise Refusal(400, f"url could not be fetched: it answered {response.status}")
                return await self._keep(shop, address, response)
        raise Refusal(400, "url could not be fetched: too many redirects")

    async def _keep(self, shop: str, address: str, response: aiohttp.ClientResponse) -> str:
        most = self._settings.upload_max_bytes
        with Spool(self._store) as spool:
            async for chunk in response.content.iter_chunked(65536):
                spool.write(chunk)
                if spool.size > most:
                    raise Refusal(400, f"url could not be fetched: it is larger than {most} bytes")
            found = spool.found_type
            if found is None:
                raise Refusal(400, "url could not be fetched: what is there is no picture")
            name = urlsplit(address).path.rpartition("/")[2] or "picture"
            extension = EXTENSIONS.get(found, "")
            key = new_key(shop, name if name.lower().endswith(extension) else name + extension)
            spool.keep(key=key, shop=shop, content_type=found, source=address)
        return key

    def _allow(self, address: str) -> None:
        parts = urlsplit(address)
        hosts = self._settings.download_hosts
        if "*" not in hosts and parts.hostname not in hosts and parts.netloc not in hosts:
            raise Refusal(400, f"url could not be fetched: {parts.hostname} is not among the hosts that are allowed")
