"""Where an address leads, and whether it may: nothing from outside leads into private networks."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from gateway_importer.failures import AddressRefused, cut

MOST_ADMITTED = 100  # servers; a shop has a few, and an odd one has pictures everywhere
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class AddressGuard:
    """Keeps addresses that come from outside out of private networks.

    What a person typed (`trust`) may be private; what a shop's answer points to may not, unless
    `allow_private`. Names are judged by what they resolve to, at the moment of connecting.
    """

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._trusted: set[tuple[str, int]] = set()
        self._admitted: set[str] = set()  # scheme, host and port of addresses that may be asked

    def trust(self, address: str) -> None:
        self._trusted.add(host_and_port(address))

    def check(self, url: str) -> None:
        """Raises `AddressRefused` for what is not http(s), or a literal private address."""
        end = url.find("/", 8)  # behind "https://"
        if end > 0 and url[:end] in self._admitted:
            try:
                URL(url)
            except ValueError:
                pass  # said below, with what is wrong
            else:
                return
        try:
            parts = urlsplit(url)
            known = parts.scheme in {"http", "https"} and bool(parts.hostname)
            where = host_and_port(url)
            URL(url)
        except ValueError:
            known = False
        if not known:
            raise AddressRefused(f"'{cut(url, 200)}' is not an http address")
        try:
            literal = ipaddress.ip_address(where[0])
        except ValueError:
            literal = None  # a name is judged by what it resolves to
        if literal is not None:
            self.admit(where, str(literal))
        if end > 0 and len(self._admitted) < MOST_ADMITTED and url[:end] == f"{parts.scheme}://{parts.netloc}":
            self._admitted.add(url[:end])

    def admit(self, where: tuple[str, int], ip: str) -> None:
        if self._allow_private or where in self._trusted:
            return
        if not _is_public(ip):
            raise AddressRefused(
                f"{where[0]} leads to {ip}, which is not on the public internet (ALLOW_PRIVATE_ADDRESSES permits it)"
            )


class GuardedResolver(AbstractResolver):
    """Resolves names as aiohttp does, and refuses what leads into private networks."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        for result in found:
            self._guard.admit((host.lower(), port), result["host"])
        return found

    async def close(self) -> None:
        await self._inner.close()


def _is_public(ip: str) -> bool:
    found = ipaddress.ip_address(ip.split("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        # Ways from IPv6 into IPv4 networks: the address within is the one that counts.
        inner = found.ipv4_mapped or found.sixtofour
        if inner is None and found in NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(str(inner))
    return found.is_global and not found.is_multicast


def host_and_port(address: str) -> tuple[str, int]:
    parts = urlsplit(address)
    return (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)


def origin(address: str) -> str:
    host, port = host_and_port(address)
    return f"{urlsplit(address).scheme}://{host}:{port}"
