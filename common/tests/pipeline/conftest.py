"""A made-up shop, a sandbox and a state folder for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from gateway_importer.sandbox import Sandbox
from import_runs import World
from made_up_shop import MadeUpShop


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with Sandbox() as sandbox:
        yield World(MadeUpShop(), sandbox, tmp_path / "state")
