"""How the Gateway fetches a public picture itself, for POST /downloads/."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from urllib.parse import urljoin, urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from .answers import Refusal
from .pictures import Incoming, PictureStore, found_type
from .products import is_public_address
from .records import UploadRecord
from .settings import SandboxSettings

MAX_REDIRECTS = 5
CHUNK = 64 * 1024
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class _PublicResolver(AbstractResolver):
    """Looks at what a name leads to at the moment of connecting, so that a name cannot change in between."""

    def __init__(self, settings: SandboxSettings) -> None:
        self._settings = settings
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        for row in found:
            _allowed(row["host"], self._settings)
        return found

    async def close(self) -> None:
        await self._inner.close()


def _allowed(host: str, settings: SandboxSettings) -> None:
    if not settings.download_private and not ipaddress.ip_address(host).is_global:
        raise Refusal(400, f"{host} is no public address")


class Downloads:
    """Fetches pictures into the store."""

    def __init__(self, settings: SandboxSettings, pictures: PictureStore) -> None:
        self._settings = settings
        self._pictures = pictures
        self._session: ClientSession | None = None

    async def start(self) -> None:
        connector = TCPConnector(resolver=_PublicResolver(self._settings), ttl_dns_cache=None, use_dns_cache=False)
        self._session = ClientSession(connector=connector, auto_decompress=False)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def fetch(self, shop: str, url: object) -> UploadRecord:
        """ASSUMED: what cannot be had, or is no picture, is refused with 400 and a reason."""
        if not isinstance(url, str) or not is_public_address(url):
            raise Refusal(400, "url must be an absolute http or https address in ASCII")
        incoming = self._pictures.receive(self._settings.upload_max_bytes)
        try:
            async with asyncio.timeout(self._settings.download_timeout):
                await self._follow(url, incoming)
            incoming.close()
            kind = found_type(incoming.head)
            if kind is None:
                raise Refusal(400, f"What lies at {url} is no picture")
            name = urlsplit(url).path.rpartition("/")[2] or "picture"
            key = self._pictures.new_key(shop, name)
            return self._pictures.keep(incoming, key=key, shop=shop, content_type=kind, source=url)
        except (ClientError, OSError, TimeoutError, ValueError) as error:
            raise Refusal(400, f"The picture at {url} could not be fetched: {error or 'no answer in time'}") from error
        finally:
            incoming.close()
            incoming.file.unlink(missing_ok=True)

    async def _follow(self, url: str, incoming: Incoming) -> None:
        for _ in range(MAX_REDIRECTS + 1):
            target = await self._get(url, incoming)
            if target is None:
                return
            url = urljoin(url, target)
            if not is_public_address(url):
                raise ValueError(f"it redirects to {url}")
        raise ValueError(f"more than {MAX_REDIRECTS} redirects")

    async def _get(self, url: str, incoming: Incoming) -> str | None:
        """Where it redirects to; None once the picture is here."""
        if self._session is None:
            raise ValueError("the sandbox is not running")
        host = urlsplit(url).hostname or ""
        try:
            ipaddress.ip_address(host)
        except ValueError:
            host = ""  # a name: the resolver looks at what it leads to
        if host:
            _allowed(host, self._settings)
        timeout = ClientTimeout(total=self._settings.download_timeout)
        async with self._session.get(url, allow_redirects=False, timeout=timeout) as answer:
            if answer.status in REDIRECTS and "Location" in answer.headers:
                return answer.headers["Location"]
            if answer.status != 200:
                raise ValueError(f"it answered {answer.status}")
            async for chunk in answer.content.iter_chunked(CHUNK):
                if not incoming.write(chunk):
                    raise ValueError(f"it is larger than {incoming.limit} bytes")
        return None
