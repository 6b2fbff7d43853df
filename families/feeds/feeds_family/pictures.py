"""Reads pictures from wherever a feed says that they lie."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from gateway_importer.catalog import Image
from gateway_importer.failures import HttpFailure
from gateway_importer.http import Host, Http, Limits
from gateway_importer.source import ImageBody

MOST_HOSTS = 20  # servers with a pace of their own; more share one


class PictureFolder:
    """Each server of pictures has its own pace. Their addresses come from a feed, so that none may lead into a private
    network unless that was allowed."""

    def __init__(self, http: Http, limits: Limits) -> None:
        self._http = http
        self._limits = limits
        self._hosts: dict[str, Host] = {}

    @asynccontextmanager
    async def open(self, image: Image) -> AsyncIterator[ImageBody]:
        """Raises `HttpFailure` where the picture cannot be had."""
        async with self._host(image.url).stream(image.url, kind="GET picture") as (status, body):
            if status != 200:
                raise HttpFailure(f"status {status}")
            if body.content_type.startswith("text/"):
                raise HttpFailure(f"it is {body.content_type}, no picture")
            yield body

    def _host(self, address: str) -> Host:
        parts = urlsplit(address)
        base = f"{parts.scheme}://{parts.netloc}"
        if base not in self._hosts and len(self._hosts) >= MOST_HOSTS:
            base = next(iter(self._hosts))
        if base not in self._hosts:
            name = "pictures" if not self._hosts else f"pictures {len(self._hosts) + 1}"
            self._hosts[base] = self._http.host(name, base, self._limits, typed=False)
        return self._hosts[base]
