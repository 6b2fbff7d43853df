"""The sandbox's own routes, for whoever judges by it: what it holds, what was asked of it, and how it behaves."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec
from aiohttp import web

from .answers import Refusal, answer, read_object
from .catalogue import Catalogue
from .conduct import Conduct
from .faults import Fault
from .pictures import PictureStore
from .settings import SandboxSettings


class InspectionRoutes:
    """Everything under `/sandbox/`. It needs no token, is not in the log, and suffers no faults."""

    def __init__(
        self,
        settings: SandboxSettings,
        faults: list[Fault],
        catalogue: Catalogue,
        pictures: PictureStore,
        conduct: Conduct,
    ) -> None:
        self._settings = settings
        self._faults = faults
        self._catalogue = catalogue
        self._pictures = pictures
        self._conduct = conduct

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/sandbox/state", self.state),
            web.get("/sandbox/requests", self.requests),
            web.get("/sandbox/settings", self.settings),
            web.post("/sandbox/settings", self.change_settings),
            web.post("/sandbox/reset-log", self.reset_log),
        ]

    async def state(self, request: web.Request) -> web.StreamResponse:
        products = [{"shop": row.shop, **row.raw()} for row in self._catalogue.products()]
        tags = [self._catalogue.as_answer(tag) for shop in self._settings.shops for tag in self._catalogue.tags(shop)]
        counts = {
            "products": len(products),
            "archived": sum(1 for product in products if product["archived"]),
            "tags": len(tags),
            "uploads": len(self._pictures.uploads),
            "requests": len(self._conduct.requests),
            "fault_hits": len(self._conduct.fault_hits),
        }
        uploads = [asdict(record) for record in self._pictures.uploads]
        return answer({"counts": counts, "products": products, "tags": tags, "uploads": uploads})

    async def requests(self, request: web.Request) -> web.StreamResponse:
        return answer(
            {
                "requests": [asdict(record) for record in self._conduct.requests],
                "fault_hits": [asdict(hit) for hit in self._conduct.fault_hits],
            }
        )

    async def settings(self, request: web.Request) -> web.StreamResponse:
        return answer(self._shown())

    async def change_settings(self, request: web.Request) -> web.StreamResponse:
        """Any of the settings; `faults` replaces the running rules, and `seed` starts their dice afresh."""
        changes = await read_object(request)
        try:
            self._settings.update(changes)
        except ValueError as error:
            raise Refusal(400, str(error)) from error
        if "faults" in changes:
            self._faults[:] = self._settings.faults
        if "seed" in changes:
            self._conduct.reseed()
        return answer(self._shown())

    async def reset_log(self, request: web.Request) -> web.StreamResponse:
        self._conduct.reset_log()
        return answer({})

    def _shown(self) -> dict[str, Any]:
        shown: dict[str, Any] = msgspec.to_builtins(self._settings)
        shown["shops"] = list(self._settings.shops)  # without their keys
        shown["faults"] = msgspec.to_builtins(self._faults)
        return shown
