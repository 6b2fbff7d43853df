"""Pictures put straight into a bucket of the operator's own."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tracemalloc
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from fault_proxy import FaultProxy, proxied
from gateway_importer.catalog import Image
from gateway_importer.errors import Unreachable
from gateway_importer.images.s3 import S3Bucket
from gateway_importer.images.way import PictureFault
from picture_servers import JPEG, Offer, files_in
from picture_way import LIMIT, Way

LARGE = 700_000  # bytes; more than is held in memory
MEBIBYTE = 1024 * 1024

pytestmark = pytest.mark.usefixtures("credentials")


def bucket(
    way: Way, endpoint: str, name: str = "own", prefix: str = "shop/pictures/", patience: float = 0.0
) -> S3Bucket:
    return S3Bucket(
        bucket=name, prefix=prefix, public_url="https://cdn.example/", endpoint=endpoint, spool=way.spool, limit=LIMIT,
        tries=2, first_pause=0.001, patience=patience,
    )  # fmt: skip


@pytest.fixture
def s3(moto: str) -> Any:
    client = boto3.client("s3", endpoint_url=moto)
    client.create_bucket(Bucket="own")
    return client


async def test_a_picture_lies_under_its_hash_with_its_true_type(way: Way, moto: str, s3: Any) -> None:
    async with bucket(way, moto) as opened:
        for offer in (Offer(), Offer(size=LARGE), Offer(size=LARGE + 1, declared=False)):
            way.shop.offers["1021"] = offer
            placed = await opened.place(Image("1021", "/1021"), way.source)
            key = f"shop/pictures/{offer.sha256}.jpg"
            kept = s3.get_object(Bucket="own", Key=key)
            assert kept["ContentType"] == "image/jpeg"
            assert hashlib.sha256(kept["Body"].read()).hexdigest() == offer.sha256
            assert (placed.address, placed.size) == (f"https://cdn.example/{key}", offer.size)
            assert files_in(way.spool) == []
        way.shop.offers["other key, same picture"] = Offer()
        again = await opened.place(Image("2", "/other key, same picture"), way.source)
    assert again.address.endswith(f"{Offer().sha256}.jpg")
    assert len(s3.list_objects_v2(Bucket="own")["Contents"]) == 3


async def test_a_large_picture_is_never_whole_in_memory(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    # moto lives in this process and keeps what it gets: only the way up to it is measured.
    sizes: list[int] = []

    async def put(key: str, file: Any, length: int, content_type: str) -> None:
        sizes.append(length)

    way.shop.offers["1021"] = Offer(size=8 * MEBIBYTE)
    own = bucket(way, "")
    monkeypatch.setattr(own, "_put", put)
    await own.place(Image("1021", "/1021"), way.source)
    tracemalloc.start()
    try:
        await own.place(Image("1021", "/1021"), way.source)
        assert tracemalloc.get_traced_memory()[1] < 3 * MEBIBYTE
    finally:
        tracemalloc.stop()
    assert sizes == [8 * MEBIBYTE] * 2


async def test_faults_of_the_picture_are_the_same_as_by_any_way(way: Way) -> None:
    way.shop.offers |= {"html": Offer(start=b"<html>", size=6), "short": Offer(size=LARGE, breaks_at=500_000)}
    for name, code in (("html", "not_a_picture"), ("short", "picture_broke_off"), ("none", "picture_missing")):
        with pytest.raises(PictureFault) as caught:
            await bucket(way, "").place(Image(name, f"/{name}"), way.source)
        assert caught.value.code == code
    assert way.shop.asked == {"html": 1, "short": 2, "none": 1}
    assert files_in(way.spool) == []


@pytest.mark.parametrize(
    ("name", "endpoint", "code"),
    [("nobodys", None, "store_refused"), ("own", "http://127.0.0.1:9", "store_unreachable")],
)
async def test_a_bucket_that_takes_nothing_costs_the_picture(
    way: Way, moto: str, name: str, endpoint: str | None, code: str
) -> None:
    way.shop.offers["1021"] = Offer()
    async with bucket(way, endpoint or moto, name) as opened:
        with pytest.raises(PictureFault) as caught:
            await opened.place(Image("1021", "/1021"), way.source)
    assert caught.value.code == code
    assert name in caught.value.cause


async def test_a_service_that_goes_down_is_waited_for_until_patience_ends(way: Way, moto: str, s3: Any) -> None:
    proxy = FaultProxy("bucket", "127.0.0.1", urlsplit(moto).port or 0, lambda method, path, body: "")
    way.shop.offers |= {name: Offer(start=JPEG + name.encode()) for name in ("first", "second", "third")}
    async with proxied(proxy):
        own = bucket(way, proxy.url, patience=20.0)
        async with own:
            await own.place(Image("first", "/first"), way.source)
            await proxy.stop()
            placing = asyncio.create_task(own.place(Image("second", "/second"), way.source))
            await asyncio.sleep(0.5)
            await proxy.start()
            assert (await asyncio.wait_for(placing, 20)).address
        async with bucket(way, proxy.url, patience=0.2) as own:
            await own.place(Image("first", "/first"), way.source)
            await proxy.stop()
            with pytest.raises(Unreachable, match="PATIENCE|gone down"):
                await own.place(Image("third", "/third"), way.source)


async def test_without_credentials_the_cure_is_named(way: Way, moto: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(variable)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    way.shop.offers["1021"] = Offer()
    async with bucket(way, moto) as opened:
        with pytest.raises(PictureFault, match="credentials") as caught:
            await opened.place(Image("1021", "/1021"), way.source)
    assert caught.value.code == "store_refused"


async def test_a_run_that_ends_in_the_middle_leaves_nothing_behind(way: Way) -> None:
    way.shop.offers["1021"] = Offer(size=LARGE, pauses_at=LARGE // 2)
    placing = asyncio.create_task(bucket(way, "").place(Image("1021", "/1021"), way.source))
    await asyncio.wait_for(way.shop.pausing.wait(), 10)
    placing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await placing
    assert files_in(way.spool) == []
