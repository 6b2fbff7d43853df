"""A running sandbox with two shops, and a visitor of the demo shop."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from gateway_importer.sandbox import DEMO_SHOP_GUID, DEMO_SIGNING_KEY, Sandbox, SandboxSettings
from visitor import OTHER_KEY, OTHER_SHOP, Visitor


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    shops = {DEMO_SHOP_GUID: DEMO_SIGNING_KEY, OTHER_SHOP: OTHER_KEY}
    async with Sandbox(SandboxSettings(shops=shops)) as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as opened:
        yield opened


@pytest.fixture
def visitor(sandbox: Sandbox, session: aiohttp.ClientSession) -> Visitor:
    return Visitor(session, sandbox.url)
