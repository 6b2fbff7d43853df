"""The simulated shop answers every recorded call as the real one did, and goes wrong only where it is told to."""

import json
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

sys.path.insert(0, str(Path(__file__).parent))

from catalogue import RECORDINGS, Catalogue, recorded_catalogue
from shop import PrestaShop

RECORDED_BASE = "http://localhost:8188"


def calls(folder: str) -> list[dict[str, Any]]:
    """The recorded calls of a set."""
    listed: list[dict[str, Any]] = json.loads((RECORDINGS / folder / "index.json").read_text(encoding="utf-8"))
    return listed


@pytest.fixture(scope="session")
def recorded() -> Catalogue:
    """The recorded catalogue; tests that change it load their own."""
    return recorded_catalogue()


async def ask(
    shop: PrestaShop, path: str, auth: str | None = "full", method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """One request, written exactly as given."""
    key = {"short": "SHORT"}.get(auth or "", shop.keys.get(auth or "", auth)) if auth else None
    async with aiohttp.ClientSession() as session:
        address = URL(f"http://{shop.netloc}{path}", encoded=True)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            sent["Authorization"] = aiohttp.encode_basic_auth(key, "")
        async with session.request(method, address, allow_redirects=False, headers=sent) as answer:
            return answer.status, dict(answer.headers), await answer.read()


async def get_json(shop: PrestaShop, path: str, **headers: str) -> Any:
    """The JSON of a good answer."""
    status, _, body = await ask(shop, path, **headers)
    assert status == 200, body
    return json.loads(body)


def as_recorded(call: dict[str, Any], folder: str) -> bytes:
    """The recorded body."""
    path: Path = RECORDINGS / folder / call["body_file"]
    return path.read_bytes()


@pytest.mark.parametrize("call", calls("8.1.3"), ids=lambda call: call["name"])
async def test_a_recorded_call_is_answered_as_recorded(call: dict[str, Any], recorded: Catalogue) -> None:
    async with PrestaShop(recorded) as shop:
        status, headers, body = await ask(shop, call["path"].replace(" ", "%20"), call["auth"], call["method"])
        body = body.replace(shop.url.encode(), RECORDED_BASE.encode())
    expected = dict(call["headers"])
    assert status == call["status"]
    assert body.decode("latin-1") == as_recorded(call, "8.1.3").decode("latin-1")
    for name in ("Content-Type", "PSWS-Version", "WWW-Authenticate"):
        assert headers.get(name) == expected.get(name), name
