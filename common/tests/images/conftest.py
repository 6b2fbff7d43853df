"""A shop, an object store and a Gateway's forms on this machine, and the clients that speak to them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from gateway_importer.http import Http, Limits
from picture_servers import FormApi, FormStore, PictureShop, as_source
from picture_way import Way


@pytest.fixture
async def way(tmp_path: Path) -> AsyncIterator[Way]:
    shop, store = PictureShop(), FormStore()
    async with (
        TestServer(shop.app()) as shop_server,
        TestServer(store.app()) as store_server,
        Http(user_agent="test") as http,
    ):
        shop_url, store_url = (str(server.make_url("/")) for server in (shop_server, store_server))
        # One picture at a time at the shop, so that a slot that is not given back is noticed.
        shop_host = http.host("shop", shop_url, Limits(concurrency=1, between_chunks=2.0))
        store_host = http.host("object store", store_url, Limits(concurrency=4, total=5.0))
        api = FormApi(store, store_url + "bucket/")
        yield Way(shop, store, api, as_source(shop_host), shop_host, store_host, tmp_path / "spool")
        shop.go_on.set()
        store.answer.set()


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The address of moto's imitation of S3."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
