"""Pictures on their way from a shop into the Gateway's upload forms."""

from __future__ import annotations

import asyncio
import hashlib
import tracemalloc

import boto3
import pytest
from gateway_importer.catalog import Image
from gateway_importer.errors import Unreachable
from gateway_importer.failures import AnswerLost
from gateway_importer.gateway.answers import UploadForm
from gateway_importer.http import Http, Limits
from gateway_importer.images.pictures import IN_MEMORY
from gateway_importer.images.way import PictureFault
from picture_servers import JPEG, Offer, files_in, refused
from picture_way import LIMIT, Way

LARGE = 700_000  # bytes; more than is held in memory
MEBIBYTE = 1024 * 1024


# --- what arrives --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [len(JPEG), IN_MEMORY, IN_MEMORY + 1, LARGE])
@pytest.mark.parametrize("declared", [True, False])
async def test_the_store_gets_exactly_the_shops_bytes(way: Way, size: int, declared: bool) -> None:
    offer = Offer(size=size, declared=declared)
    placed = await way.place(offer)
    taken = way.store.taken["shop/1021.jpg"]
    assert (taken.size, taken.sha256, taken.content_type) == (size, offer.sha256, "image/jpeg")
    assert placed.size == size
    assert placed.address == way.api.url + "shop/1021.jpg"
    assert not way.store.complaints
    assert files_in(way.spool) == []


async def test_the_true_type_goes_to_the_form_whatever_the_shop_says(way: Way) -> None:
    await way.place(Offer(start=b"\x89PNG\r\n\x1a\n" + bytes(50), size=58, content_type="application/octet-stream"))
    assert way.api.asked == [("1021.png", "image/png")]


async def test_a_large_picture_passes_through_in_pieces(way: Way) -> None:
    await way.place(Offer(size=LARGE))  # what is imported and cached at the first time is no part of the measure
    tracemalloc.start()
    try:
        for declared in (True, False):
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            await way.place(Offer(size=8 * MEBIBYTE, declared=declared))
            assert tracemalloc.get_traced_memory()[1] - before < 3 * MEBIBYTE
    finally:
        tracemalloc.stop()


async def test_the_slots_traffic_is_counted(way: Way) -> None:
    await way.place(Offer(size=LARGE))
    assert way.shop_host.traffic.bytes_in == LARGE
    assert LARGE < way.store_host.traffic.bytes_out < LARGE + 2000
    assert way.store_host.traffic.requests == {"upload picture": 1}


@pytest.mark.parametrize(
    ("key", "address"),
    [("/shop/a b.jpg", "shop/a%20b.jpg"), ("ż/NAME", "%C5%BC/1021.jpg"), ("x/${filename}", "x/1021.jpg")],
)
async def test_the_address_is_the_forms_with_its_key(way: Way, key: str, address: str) -> None:
    way.api.key = key
    assert (await way.place(Offer())).address == way.api.url + address


async def test_two_pictures_of_keys_that_look_alike_get_names_of_their_own(way: Way) -> None:
    way.shop.offers["a"] = Offer()
    for key in ("a/b", "a-b", "ą", "..", "x" * 300):
        await way.uploads().place(Image(key, "/a"), way.source)
    names = [name for name, _ in way.api.asked]
    assert len(set(names)) == 5
    assert all(name.isascii() and "/" not in name and len(name) < 100 and not name.startswith(".") for name in names)


# --- the shop's slot -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offer", [Offer(), Offer(size=LARGE), Offer(size=LARGE, declared=False)])
async def test_the_shop_is_free_again_before_the_store_has_answered(way: Way, offer: Offer) -> None:
    way.store.behaviour = ["hold"]
    way.shop.offers["other"] = Offer()
    placing = asyncio.create_task(way.place(offer))
    await asyncio.wait_for(way.store.received.wait(), 10)
    async with asyncio.timeout(10), way.source.open_image(Image("other", "/other")) as body:
        assert b"".join([chunk async for chunk in body.chunks()]) == JPEG
    assert not placing.done()
    way.store.answer.set()
    assert (await placing).size == offer.size


@pytest.mark.parametrize("declared", [True, False])
async def test_a_run_that_ends_in_the_middle_leaves_nothing_behind(way: Way, declared: bool) -> None:
    placing = asyncio.create_task(way.place(Offer(size=LARGE, declared=declared, pauses_at=LARGE // 2)))
    await asyncio.wait_for(way.shop.pausing.wait(), 10)
    await asyncio.sleep(0.05)
    placing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await placing
    assert files_in(way.spool) == []
    assert way.store.taken == {}
    way.shop.offers["other"] = Offer()
    async with asyncio.timeout(10), way.source.open_image(Image("other", "/other")):
        pass


# --- pictures that can't be had --------------------------------------------------------------------------------------

HTML = b"<!DOCTYPE html><html><body>Nie znaleziono</body></html>"


@pytest.mark.parametrize(
    ("offer", "code"),
    [
        (None, "picture_missing"),
        (Offer(status=403), "picture_missing"),
        (Offer(size=0), "picture_empty"),
        (Offer(size=0, declared=False), "picture_empty"),
        (Offer(start=HTML, size=len(HTML)), "not_a_picture"),
        (Offer(start=b"Warning: division by zero", size=25), "not_a_picture"),
        (Offer(size=LIMIT + 1), "picture_too_large"),
        (Offer(size=LIMIT + 1, declared=False), "picture_too_large"),
    ],
)
async def test_what_will_not_get_better_is_asked_for_once(way: Way, offer: Offer | None, code: str) -> None:
    fault = await way.fault(offer)
    assert fault.code == code
    assert fault.cause.endswith(".") and fault.cure.endswith(".")
    assert way.shop.asked == {"1021": 1}
    assert way.store.taken == {}
    assert files_in(way.spool) == []


async def test_a_picture_that_is_too_large_is_not_read_to_its_end(way: Way) -> None:
    await way.fault(Offer(size=LIMIT + 1))
    assert way.shop_host.traffic.bytes_in == 0
    await way.fault(Offer(size=LIMIT + 1, declared=False), limit=MEBIBYTE)
    assert way.shop_host.traffic.bytes_in < 2 * MEBIBYTE


async def test_a_page_of_html_is_called_by_its_name(way: Way) -> None:
    assert "a page of HTML" in (await way.fault(Offer(start=HTML, size=len(HTML)))).cause
    assert way.api.asked == []


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize(("size", "breaks_at"), [(len(JPEG), 100), (LARGE, LARGE - 1000)])
async def test_a_picture_that_breaks_off_is_read_again(way: Way, size: int, breaks_at: int, declared: bool) -> None:
    fault = await way.fault(Offer(size=size, breaks_at=breaks_at, declared=declared))
    assert fault.code == "picture_broke_off"
    assert way.shop.asked == {"1021": 3}
    assert way.store.taken == {}
    assert files_in(way.spool) == []


async def test_a_shop_that_is_busy_is_asked_again(way: Way) -> None:
    assert (await way.fault(Offer(status=503))).code == "picture_unreachable"
    assert way.shop.asked == {"1021": 3}


async def test_a_state_folder_that_takes_nothing_is_named(way: Way) -> None:
    way.spool.parent.mkdir(exist_ok=True)
    way.spool.write_text("a file where a folder should be")
    assert (await way.fault(Offer(size=LARGE, declared=False))).code == "no_room"


# --- what the store says ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [len(JPEG), LARGE])
@pytest.mark.parametrize("trouble", ["500 InternalError", "503 SlowDown", "400 RequestTimeout", "reset"])
async def test_a_store_in_trouble_is_tried_again_with_a_new_form(way: Way, trouble: str, size: int) -> None:
    way.store.behaviour = [trouble, trouble]
    offer = Offer(size=size)
    await way.place(offer)
    assert way.store.taken["shop/1021.jpg"].sha256 == offer.sha256
    assert len(way.api.asked) == 3


async def test_a_store_that_stays_in_trouble_costs_the_picture(way: Way) -> None:
    way.store.behaviour = ["500 InternalError"] * 3
    fault = await way.fault(Offer())
    assert fault.code == "store_failed"
    assert "500, InternalError" in fault.cause
    way.store.behaviour = ["reset"] * 3
    assert (await way.fault(Offer())).code == "store_unreachable"


@pytest.mark.parametrize("size", [len(JPEG), LARGE])
@pytest.mark.parametrize("answer", ["403 AccessDenied", "early 403 AccessDenied", "400 EntityTooLarge"])
async def test_what_the_store_refuses_stays_refused(way: Way, answer: str, size: int) -> None:
    way.store.behaviour = [answer]
    fault = await way.fault(Offer(size=size))
    assert fault.code == "store_refused"
    assert answer.split()[-1] in fault.cause
    assert way.store.posts == 1
    await way.place(Offer(size=size))  # the connection is as good as new
    assert way.store.taken["shop/1021.jpg"].size == size


async def test_a_form_that_expired_on_the_way_is_asked_for_again(way: Way) -> None:
    way.store.behaviour = ["403 AccessDenied"]
    way.store.message = "Invalid according to Policy: Policy expired."
    await way.place(Offer())
    assert len(way.api.asked) == 2


async def test_no_secret_of_the_form_gets_into_the_cause(way: Way) -> None:
    way.store.behaviour = ["403 SignatureDoesNotMatch"]
    way.store.message = "signed shop/1021.jpg is not it"
    cause = (await way.fault(Offer())).cause
    assert "signed shop" not in cause and "[hidden]" in cause


@pytest.mark.parametrize(
    ("refusal", "code"), [(refused("no GIF, please"), "form_refused"), (AnswerLost("gone"), "form_unavailable")]
)
async def test_a_form_that_is_not_given_costs_the_picture(way: Way, refusal: Exception, code: str) -> None:
    way.api.refusal = refusal
    fault = await way.fault(Offer())
    assert fault.code == code
    assert str(refusal).split(": ")[-1] in fault.cause
    assert len(way.api.asked) == 1


async def test_a_form_that_leads_into_a_private_network_is_refused(way: Way) -> None:
    way.api.url = "http://169.254.169.254/bucket/"
    assert (await way.fault(Offer())).code == "store_address"
    assert way.store.posts == 0


async def test_a_store_that_answers_nothing_at_all_ends_the_run(way: Way) -> None:
    way.api.url = "http://127.0.0.1:9/bucket/"
    async with Http(user_agent="test") as http:
        way.store_host = http.host("object store", way.api.url, Limits(concurrency=4))
        way.shop.offers["1021"] = Offer()
        uploads = way.uploads(tries=1)
        for _ in range(5):
            with pytest.raises(PictureFault, match="no connection"):
                await uploads.place(Image("1021", "/1021"), way.source)
        with pytest.raises(Unreachable, match="6 pictures in a row"):
            await uploads.place(Image("1021", "/1021"), way.source)


async def test_one_picture_that_always_breaks_the_store_is_not_waited_for(way: Way) -> None:
    """The store answers everything else: that picture is at fault, and not the store."""
    async with Http(user_agent="test") as http:
        way.store_host = http.host("object store", way.api.url, Limits(concurrency=4, patience=600.0))
        way.shop.offers["good"] = Offer()
        await way.uploads().place(Image("good", "/good"), way.source)
        way.store.behaviour = ["reset"] * 10
        assert (await way.fault(Offer())).code == "store_unreachable"
        assert way.store.posts == 1 + 3 + 1, "its tries, and one more once the store had answered something else"


# --- a real S3's forms -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("size", [len(JPEG), LARGE])
async def test_presigned_forms_of_aws_are_filled_in_as_it_wants_them(
    way: Way, moto: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = boto3.client("s3", endpoint_url=moto)
    client.create_bucket(Bucket="pictures")

    async def upload_form(filename: str, content_type: str) -> UploadForm:
        fields = {"Content-Type": content_type}
        conditions = [fields, ["content-length-range", 1, LIMIT]]
        form = client.generate_presigned_post("pictures", f"a/{filename}", Fields=fields, Conditions=conditions)
        return UploadForm(form["url"], form["fields"])

    monkeypatch.setattr(way.api, "upload_form", upload_form)
    async with Http(user_agent="test") as http:
        way.store_host = http.host("object store", moto, Limits(concurrency=4))
        offer = Offer(size=size)
        placed = await way.place(offer)
    assert placed.address == f"{moto}/pictures/a/1021.jpg"
    kept = client.get_object(Bucket="pictures", Key="a/1021.jpg")
    assert kept["ContentType"] == "image/jpeg"
    assert hashlib.sha256(kept["Body"].read()).hexdigest() == offer.sha256
