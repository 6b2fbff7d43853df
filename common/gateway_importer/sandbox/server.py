"""The sandbox as one object: it opens its folder, listens on one port, and shows a test what it holds."""

from __future__ import annotations

import tempfile
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from .answers import BODY_LIMIT
from .catalogue import Catalogue
from .categories import Marketplace
from .conduct import Conduct, Handler, guarded
from .database import Database
from .downloads import Downloads
from .faults import Fault
from .gateway import GatewayRoutes
from .inspection import InspectionRoutes
from .page import PageRoutes
from .pictures import PictureStore
from .records import FaultHit, RequestRecord, UploadRecord
from .search import SearchIndex
from .settings import SandboxSettings
from .store import StoreRoutes

SHUTDOWN = 0.5  # seconds for answers that are on their way


class Sandbox:
    """A Gateway and its object store on this machine.

    `folder` keeps what it holds for the next start; without one it is forgotten at the end. `port` 0 takes a
    free one. Settings and faults may be changed while it runs.
    """

    def __init__(
        self,
        settings: SandboxSettings | None = None,
        *,
        folder: Path | str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.settings = settings or SandboxSettings()
        self.faults: list[Fault] = list(self.settings.faults)
        self._folder = None if folder is None else Path(folder)
        self._host = host
        self._port = port
        self._running: _Running | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def start(self) -> None:
        running = _Running(self.settings, self.faults, self._folder)
        try:
            self._port = await running.listen(self._host, self._port)
        except BaseException:
            await running.close()
            raise
        self._running = running

    async def close(self) -> None:
        if self._running is not None:
            running, self._running = self._running, None
            await running.close()

    @property
    def url(self) -> str:
        """Without a slash at its end."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self._host, self._host)
        return f"http://{host}:{self._port}"

    @property
    def requests(self) -> deque[RequestRecord]:
        return self._now.conduct.requests

    @property
    def fault_hits(self) -> deque[FaultHit]:
        return self._now.conduct.fault_hits

    @property
    def uploads(self) -> list[UploadRecord]:
        return self._now.pictures.uploads

    def products(self, shop_guid: str, *, archived: bool | None = None) -> list[dict[str, Any]]:
        """The shop's products as they were sent, in the order in which they were created."""
        found = self._now.catalogue.products(shop_guid)
        return [row.raw() for row in found if archived is None or row.archived == archived]

    def tags(self, shop_guid: str) -> list[dict[str, Any]]:
        catalogue = self._now.catalogue
        return [catalogue.as_answer(tag) for tag in catalogue.tags(shop_guid)]

    def picture(self, url: str) -> bytes | None:
        """The bytes of a picture of the store; None for an address that is none of its."""
        pictures = self._now.pictures
        key = pictures.key_of(url)
        found = None if key is None else pictures.find(key)
        return None if found is None else found[1].read_bytes()

    def reset_log(self) -> None:
        self._now.conduct.reset_log()

    @property
    def _now(self) -> _Running:
        if self._running is None:
            raise RuntimeError("the sandbox is not running")
        return self._running


class _Running:
    """What exists between start and close."""

    def __init__(self, settings: SandboxSettings, faults: list[Fault], folder: Path | None) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="sandbox-") if folder is None else None
        home = Path(self._temporary.name) if self._temporary else folder or Path()
        home.mkdir(parents=True, exist_ok=True)
        self._database = Database(home, lasting=folder is not None)
        index = SearchIndex(settings)
        self.catalogue = Catalogue(self._database, index)
        self.catalogue.load(self._database.products(), self._database.tags())
        index.catch_up(wholly=True)
        self.pictures = PictureStore(settings, self._database)
        self.conduct = Conduct(settings, faults)
        self._downloads = Downloads(settings, self.pictures)
        marketplace = Marketplace(lambda: settings.categories)
        outside = (
            *GatewayRoutes(settings, self.catalogue, index, self.pictures, self._downloads, marketplace).routes(),
            *StoreRoutes(self.pictures).routes(),
        )
        own = (
            *InspectionRoutes(settings, faults, self.catalogue, self.pictures, self.conduct).routes(),
            *PageRoutes(settings, self.catalogue, self.pictures, marketplace).routes(),
        )
        app = web.Application(client_max_size=BODY_LIMIT, middlewares=[self._middleware])
        app.add_routes([*outside, *own])
        self._own = frozenset(route.handler for route in own)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN)

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.match_info.handler in self._own:
            return await guarded(request, handler)
        return await self.conduct.handle(request, handler)

    async def listen(self, host: str, port: int) -> int:
        await self._downloads.start()
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        return int(self._runner.addresses[0][1])

    async def close(self) -> None:
        await self.conduct.close()
        await self._runner.cleanup()
        await self._downloads.close()
        self._database.close()
        if self._temporary is not None:
            self._temporary.cleanup()
