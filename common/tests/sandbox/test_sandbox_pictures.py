"""The object store and both ways into it: forms that break their policy are refused as S3 refuses them."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from gateway_importer.sandbox import DEMO_SHOP_GUID, Fault, Sandbox
from PIL import Image
from visitor import JPEG, Visitor


def image(form: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(file, form)
    return file.getvalue()


async def test_a_picture_is_taken_and_served(
    visitor: Visitor, sandbox: Sandbox, session: aiohttp.ClientSession
) -> None:
    url, fields = await visitor.form("kubek żółty.jpg")
    assert fields["key"].isascii()
    assert {"key", "Content-Type", "policy", "x-amz-algorithm", "x-amz-signature"} <= fields.keys()
    assert (await visitor.upload(url, fields))[0] == 204
    async with session.get(url + fields["key"]) as answer:
        assert (answer.status, answer.content_type, await answer.read()) == (200, "image/jpeg", JPEG)
    assert sandbox.picture(url + fields["key"]) == JPEG
    (record,) = sandbox.uploads
    assert (record.key, record.shop, record.size) == (fields["key"], DEMO_SHOP_GUID, len(JPEG))
    assert (record.content_type, record.found_type, record.source) == ("image/jpeg", "image/jpeg", "upload")
    assert record.sha256 == hashlib.sha256(JPEG).hexdigest()


@pytest.mark.parametrize(("form", "kind"), [("JPEG", "jpeg"), ("PNG", "png"), ("WEBP", "webp"), ("GIF", "gif")])
async def test_the_type_is_found_in_the_bytes(visitor: Visitor, sandbox: Sandbox, form: str, kind: str) -> None:
    url, fields = await visitor.form(content_type="image/png")
    await visitor.upload(url, fields, image(form))
    (record,) = sandbox.uploads
    assert record.found_type == f"image/{kind}"
    assert record.mistyped == (kind != "png")


async def test_what_is_no_picture_is_taken_as_s3_does_and_noted(visitor: Visitor, sandbox: Sandbox) -> None:
    url, fields = await visitor.form()
    assert (await visitor.upload(url, fields, b"<html>"))[0] == 204
    assert sandbox.uploads[0].found_type is None


async def test_a_key_that_nobody_stored_is_404_in_xml(visitor: Visitor, session: aiohttp.ClientSession) -> None:
    url, fields = await visitor.form()
    async with session.get(url + fields["key"]) as answer:
        assert answer.status == 404
        assert "<Code>NoSuchKey</Code>" in await answer.text()


@pytest.mark.parametrize(
    ("name", "value", "status", "code"),
    [
        ("key", "mine.jpg", 403, "AccessDenied"),
        ("Content-Type", "image/png", 403, "AccessDenied"),
        ("Content-Type", None, 403, "AccessDenied"),
        ("acl", "public-read", 403, "AccessDenied"),
        ("x-amz-date", "20200101T000000Z", 403, "AccessDenied"),
        ("x-amz-security-token", None, 403, "AccessDenied"),
        ("key", None, 400, "InvalidArgument"),
        ("policy", None, 403, "AccessDenied"),
        ("policy", "e30=", 403, "SignatureDoesNotMatch"),
        ("x-amz-signature", None, 400, "InvalidArgument"),
        ("x-amz-signature", "0" * 64, 403, "SignatureDoesNotMatch"),
        ("x-amz-credential", None, 400, "InvalidArgument"),
        ("x-amz-meta-note", "x" * 30_000, 400, "MaxPostPreDataLengthExceeded"),
    ],
)
async def test_a_form_that_breaks_its_policy_is_refused(
    visitor: Visitor, sandbox: Sandbox, name: str, value: str | None, status: int, code: str
) -> None:
    url, fields = await visitor.form()
    changed = {key: text for key, text in {**fields, name: value}.items() if text is not None}
    answered, text = await visitor.upload(url, changed)
    assert answered == status
    assert text.startswith("<?xml")
    assert f"<Code>{code}</Code>" in text
    assert sandbox.uploads == []


async def test_a_form_of_one_key_does_not_fit_another(visitor: Visitor) -> None:
    url, first = await visitor.form()
    _, second = await visitor.form()
    status, text = await visitor.upload(url, {**first, "key": second["key"]})
    assert status == 403
    assert 'Policy Condition failed: ["eq", "$key"' in text


async def test_a_form_expires(visitor: Visitor, sandbox: Sandbox) -> None:
    sandbox.settings.upload_expires = 0
    url, fields = await visitor.form()
    status, text = await visitor.upload(url, fields)
    assert (status, "Policy expired" in text) == (403, True)


async def test_sizes_are_limited_at_both_ends(visitor: Visitor, sandbox: Sandbox) -> None:
    sandbox.settings.upload_max_bytes = len(JPEG)
    url, fields = await visitor.form()
    status, text = await visitor.upload(url, fields, JPEG + b"x")
    assert (status, "<Code>EntityTooLarge</Code>" in text) == (400, True)
    status, text = await visitor.upload(url, fields, b"")
    assert (status, "<Code>EntityTooSmall</Code>" in text) == (400, True)
    assert sandbox.uploads == []
    assert (await visitor.upload(url, fields, JPEG))[0] == 204


async def test_a_body_without_its_length_is_refused(visitor: Visitor, sandbox: Sandbox) -> None:
    url, fields = await visitor.form()
    status, text = await visitor.send(url, [*fields.items(), ("file", JPEG)], chunked=True)
    assert (status, "<Code>MissingContentLength</Code>" in text) == (411, True)
    assert sandbox.uploads == []


async def test_the_file_comes_last(visitor: Visitor, sandbox: Sandbox) -> None:
    url, fields = await visitor.form()
    first = list(fields.items())
    status, text = await visitor.send(url, [("file", JPEG), *first])
    assert (status, "check the order of the fields" in text) == (400, True)
    assert (await visitor.send(url, [*first[:-1], ("file", JPEG), first[-1]]))[0] == 400
    assert (await visitor.send(url, [*first, ("file", JPEG), ("note", "x")]))[0] == 400
    assert (await visitor.send(url, first))[0] == 400
    assert sandbox.uploads == []


async def test_what_is_no_form_is_refused(visitor: Visitor, session: aiohttp.ClientSession) -> None:
    url, _ = await visitor.form()
    async with session.post(url, data=b"x") as answer:
        assert answer.status == 412
    headers = {"Content-Type": "multipart/form-data; boundary=abc"}
    async with session.post(url, data=b"no part at all", headers=headers) as answer:
        assert answer.status == 400


async def test_half_a_picture_leaves_nothing(visitor: Visitor, sandbox: Sandbox) -> None:
    _, fields = await visitor.form()
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    )
    body = parts + '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nhalf'
    host, _, port = sandbox.url.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /store/ HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {len(body) + 5000}\r\n"
    writer.write(f"{head}Content-Type: multipart/form-data; boundary=b\r\n\r\n{body}".encode())
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.close()
    await asyncio.sleep(0.05)
    assert sandbox.uploads == []


@pytest.mark.parametrize(
    "body",
    [{}, {"filename": "a.jpg"}, {"content_type": "image/jpeg"}, {"filename": "", "content_type": "image/jpeg"},
     {"filename": "a/b.jpg", "content_type": "image/jpeg"}, {"filename": "a.jpg", "content_type": "text/html"},
     {"filename": "a.jpg", "content_type": "image/jpeg", "size": 5}],
)  # fmt: skip
async def test_a_form_is_asked_for_as_documented(visitor: Visitor, body: object) -> None:
    assert (await visitor.ask("POST", "/uploads/", body))[0] == 400


async def test_an_upload_can_arrive_and_be_stored_after_the_store_gave_up(visitor: Visitor, sandbox: Sandbox) -> None:
    url, fields = await visitor.form()
    sandbox.faults.append(Fault(what="late", path="^/store/$", seconds=0.1, times=1))
    with pytest.raises(aiohttp.ClientError):
        await visitor.upload(url, fields)
    assert sandbox.picture(url + fields["key"]) is None
    await asyncio.sleep(0.2)
    assert sandbox.picture(url + fields["key"]) == JPEG


# --- POST /downloads/ --------------------------------------------------------------------------------------------


@pytest.fixture
async def shop() -> AsyncIterator[str]:
    """A vendor's web server with a picture and some trouble."""

    async def answer(request: web.Request) -> web.StreamResponse:
        match request.path:
            case "/a.jpg":
                return web.Response(body=image("JPEG"), content_type="application/octet-stream")
            case "/moved.jpg":
                raise web.HTTPFound("/a.jpg")
            case "/round":
                raise web.HTTPFound("/round")
            case "/page":
                return web.Response(text="<html>", content_type="text/html")
            case "/slow":
                await asyncio.sleep(2)
        raise web.HTTPNotFound

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.parametrize("path", ["/a.jpg", "/moved.jpg"])
async def test_the_gateway_fetches_a_picture(visitor: Visitor, sandbox: Sandbox, shop: str, path: str) -> None:
    status, answer = await visitor.ask("POST", "/downloads/", {"url": shop + path})
    assert status == 200
    assert sandbox.picture(answer["url"]) == image("JPEG")
    (record,) = sandbox.uploads
    assert (record.source, record.content_type) == (shop + path, "image/jpeg")


@pytest.mark.parametrize("path", ["/none.jpg", "/round", "/page", "/slow"])
async def test_a_picture_that_cannot_be_had_is_refused_with_a_reason(
    visitor: Visitor, sandbox: Sandbox, shop: str, path: str
) -> None:
    sandbox.settings.download_timeout = 0.2
    status, answer = await visitor.ask("POST", "/downloads/", {"url": shop + path})
    assert status == 400
    assert path in answer["message"]
    assert sandbox.uploads == []


@pytest.mark.parametrize("url", [None, 5, "", "a.jpg", "ftp://a.example/a.jpg", "http://a.example/ż.jpg"])
async def test_an_address_that_is_none_is_refused(visitor: Visitor, url: Any) -> None:
    assert (await visitor.ask("POST", "/downloads/", {"url": url}))[0] == 400


async def test_private_addresses_can_be_forbidden(visitor: Visitor, sandbox: Sandbox, shop: str) -> None:
    sandbox.settings.download_private = False
    for url in (shop, shop.replace("127.0.0.1", "localhost")):
        status, answer = await visitor.ask("POST", "/downloads/", {"url": f"{url}/a.jpg"})
        assert (status, "no public address" in answer["message"]) == (400, True)
