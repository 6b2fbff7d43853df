"""The two other sides of a picture's way: a shop that serves it well or badly, and an object store that takes forms
as strictly as S3 does."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from aiohttp import BodyPartReader, MultipartReader, web
from gateway_importer.catalog import Image
from gateway_importer.failures import AnswerLost, HttpFailure
from gateway_importer.gateway.answers import Refusal, UploadForm
from gateway_importer.http import TRY_AGAIN, Body, Host
from gateway_importer.source import Source

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4
PIECE = 64 * 1024


@dataclass
class Offer:
    """How the shop serves one picture: `start` and then zeros up to `size` bytes."""

    start: bytes = JPEG
    size: int = len(JPEG)
    declared: bool = True
    status: int = 200
    content_type: str = "image/jpeg"
    breaks_at: int | None = None
    pauses_at: int | None = None

    def pieces(self) -> list[tuple[bytes, int]]:
        """A piece and how often it comes: a large picture needs no memory here."""
        start = self.start[: self.size]
        rest = self.size - len(start)
        return [(start, 1), (bytes(PIECE), rest // PIECE), (bytes(rest % PIECE), 1)]

    @property
    def sha256(self) -> str:
        digest = hashlib.sha256()
        for piece, times in self.pieces():
            for _ in range(times):
                digest.update(piece)
        return digest.hexdigest()


class PictureShop:
    """Serves what `offers` says under ``/{name}``; `asked` counts the requests by name."""

    def __init__(self) -> None:
        self.offers: dict[str, Offer] = {}
        self.asked: dict[str, int] = {}
        self.pausing = asyncio.Event()
        self.go_on = asyncio.Event()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/{name}", self.serve)
        return app

    async def serve(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        self.asked[name] = self.asked.get(name, 0) + 1
        offer = self.offers.get(name)
        if offer is None:
            return web.Response(status=404, text="no such picture")
        response = web.StreamResponse(status=offer.status, headers={"Content-Type": offer.content_type})
        if offer.declared:
            response.content_length = offer.size
        else:
            response.enable_chunked_encoding()
        await response.prepare(request)
        sent = 0
        for piece, times in offer.pieces():
            for _ in range(times):
                if offer.pauses_at is not None and sent >= offer.pauses_at and not self.go_on.is_set():
                    self.pausing.set()
                    await self.go_on.wait()
                if offer.breaks_at is not None and sent + len(piece) > offer.breaks_at:
                    await response.write(piece[: offer.breaks_at - sent])
                    if request.transport is not None:
                        request.transport.close()
                    return response
                if piece:
                    await response.write(piece)
                sent += len(piece)
        await response.write_eof()
        return response


class ShopSource:
    """As much of a platform as a picture's way needs."""

    def __init__(self, host: Host) -> None:
        self.host = host

    @asynccontextmanager
    async def open_image(self, image: Image) -> AsyncIterator[Body]:
        async with self.host.stream(image.url) as (status, body):
            if status in TRY_AGAIN:
                raise AnswerLost(f"picture {image.key}: status {status}")
            if status != 200:
                raise HttpFailure(f"picture {image.key}: status {status}")
            yield body


def as_source(host: Host) -> Source:
    return cast(Source, ShopSource(host))


@dataclass
class Taken:
    """A picture that the store took."""

    size: int
    sha256: str
    content_type: str
    filename: str


class FormStore:
    """Takes forms as S3 does, and keeps what it took by key. `behaviour` says what happens to the next forms, in
    turn: ``ok``, a status with S3's code (``403 AccessDenied``), ``reset``, ``early 403`` (answers before the file
    has come), ``hold`` (answers when `answer` is set)."""

    def __init__(self) -> None:
        self.taken: dict[str, Taken] = {}
        self.forms: dict[str, dict[str, str]] = {}
        self.behaviour: list[str] = []
        self.message = "said by the store"
        self.complaints: list[str] = []
        self.received = asyncio.Event()
        self.answer = asyncio.Event()
        self.posts = 0

    def app(self) -> web.Application:
        app = web.Application(client_max_size=2**30)
        app.router.add_post("/{bucket}/", self.take)
        return app

    def issue(self, key: str, content_type: str) -> dict[str, str]:
        fields = {"key": key, "Content-Type": content_type, "policy": "p" * 40, "x-amz-signature": f"signed {key}"}
        self.forms[key] = fields
        return fields

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.posts += 1
        behaviour = self.behaviour.pop(0) if self.behaviour else "ok"
        if behaviour.startswith("early"):
            return self.refusal(behaviour.removeprefix("early "))
        if behaviour == "reset":
            await request.content.readany()
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        complaint, fields, taken = await self.read(request)
        self.received.set()
        if complaint:
            self.complaints.append(complaint)
            return self.refusal("400 MalformedPOSTRequest")
        if behaviour == "hold":
            await self.answer.wait()
        elif behaviour != "ok":
            return self.refusal(behaviour)
        assert taken is not None
        self.taken[fields["key"]] = taken
        return web.Response(status=204)

    async def read(self, request: web.Request) -> tuple[str, dict[str, str], Taken | None]:
        if request.content_length is None or "Transfer-Encoding" in request.headers:
            return "MissingContentLength", {}, None
        if "Authorization" in request.headers:
            return "a token that belongs to the Gateway", {}, None
        fields: dict[str, str] = {}
        taken: Taken | None = None
        reader = MultipartReader(request.headers, request.content)
        while (part := await reader.next()) is not None:
            assert isinstance(part, BodyPartReader)
            if taken is not None:
                return f"the part {part.name} behind the file", fields, None
            if part.name != "file":
                fields[part.name or ""] = (await part.read()).decode()
                continue
            if fields != self.forms.get(fields.get("key", "")):
                return f"fields that were not issued: {sorted(fields)}", fields, None
            digest, size = hashlib.sha256(), 0
            while chunk := await part.read_chunk(PIECE):
                digest.update(chunk)
                size += len(chunk)
            taken = Taken(size, digest.hexdigest(), part.headers["Content-Type"], part.filename or "")
            if taken.content_type != fields["Content-Type"]:
                return f"the type {taken.content_type} for {fields['Content-Type']}", fields, None
        return ("" if taken else "no file"), fields, taken

    def refusal(self, behaviour: str) -> web.Response:
        status, _, code = behaviour.partition(" ")
        text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{self.message}</Message></Error>"
        return web.Response(status=int(status), text=text, content_type="application/xml")


@dataclass
class FormApi:
    """The Gateway, as far as pictures ask of it."""

    store: FormStore
    url: str
    asked: list[tuple[str, str]] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    refusal: Exception | None = None
    key: str = "shop/NAME"

    async def upload_form(self, filename: str, content_type: str) -> UploadForm:
        self.asked.append((filename, content_type))
        if self.refusal is not None:
            raise self.refusal
        key = self.key.replace("NAME", filename)
        return UploadForm(self.url, self.store.issue(key, content_type))

    async def fetch_image(self, url: str) -> str:
        self.fetched.append(url)
        if self.refusal is not None:
            raise self.refusal
        return "https://pictures.example/fetched.jpg"


def refused(message: str) -> Refusal:
    return Refusal(400, message)


def files_in(folder: Path) -> list[str]:
    """What lies in a folder, and what this process holds open there without a name."""
    found = [path.name for path in folder.iterdir()] if folder.exists() else []
    descriptors = Path("/proc/self/fd")
    for descriptor in descriptors.iterdir() if descriptors.exists() else ():
        try:
            target = os.readlink(descriptor)
        except OSError:  # closed meanwhile
            continue
        if target.startswith(f"{folder}/"):
            found.append(target)
    return found
