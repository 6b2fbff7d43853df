"""A picture as it comes from the shop: its true type by its first bytes, every fault by a name of its own, and its
length known before it is sent on.

A picture is never whole in memory unless it is small; what must be kept lies in a file without a name, which is gone
with the process however that ends.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar

from gateway_importer.catalog import Image
from gateway_importer.failures import AddressRefused, AnswerLost, HttpFailure, NotSent, Outlast, TooLarge
from gateway_importer.images.way import PictureFault
from gateway_importer.patience import Looked
from gateway_importer.source import ImageBody, Source

T = TypeVar("T")

IN_MEMORY = 256 * 1024  # bytes; smaller pictures are held until they are sent, which frees the shop at once
HEAD = 32  # bytes that tell a picture's type
PIECE = 64 * 1024  # bytes read from a file at a time
LONGEST_NAME = 80  # characters of a picture's key in its file name


@dataclass(frozen=True, slots=True)
class PictureType:
    """What a picture is: its content type, and the extension that goes with it."""

    content_type: str
    extension: str


JPEG = PictureType("image/jpeg", "jpg")
PNG = PictureType("image/png", "png")
WEBP = PictureType("image/webp", "webp")
GIF = PictureType("image/gif", "gif")
AVIF = PictureType("image/avif", "avif")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture on its way. `length` in bytes, None where the shop does not tell and it is not small; `chunks`
    can be read once, raises `PictureFault`, and holds exactly `length` bytes."""

    type: PictureType
    length: int | None
    chunks: AsyncIterator[bytes]


def picture_type(start: bytes) -> PictureType:
    """The type by the first `HEAD` bytes; a Content-Type is never believed, shops serve PNG as image/jpeg.
    Raises `PictureFault` for what is no picture."""
    if start.startswith(b"\xff\xd8\xff"):
        return JPEG
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return WEBP
    if start.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    # An AVIF names itself as its brand, or (written by some programs) among the brands it is compatible with.
    if start[4:8] == b"ftyp" and (start[8:12] in {b"avif", b"avis"} or b"avif" in start[16:32]):
        return AVIF
    if not start:
        raise PictureFault("picture_empty", "The shop sends an empty picture.", "Upload it again in the shop.")
    raise PictureFault(
        "not_a_picture",
        f"What the shop sends as a picture is {_looks_like(start)}.",
        "Upload it again in the shop, as JPEG, PNG, WebP, GIF or AVIF.",
    )


def file_name(key: str, type_: PictureType) -> str:
    """A name of safe characters for a picture: its key with the true extension. Different keys, different names."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", key).strip("-.")
    if not safe or safe != key or len(safe) > LONGEST_NAME:
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        safe = f"{safe[:LONGEST_NAME].rstrip('-.')}-{digest}".lstrip("-")
    return f"{safe}.{type_.extension}"


@asynccontextmanager
async def open_picture(image: Image, source: Source, *, limit: int) -> AsyncIterator[Picture]:
    """Open a picture of at most `limit` bytes. Raises `PictureFault`."""
    async with AsyncExitStack() as stack:
        try:
            body = await stack.enter_async_context(source.open_image(image))
        except HttpFailure as failure:
            raise _not_handed_out(failure, limit) from failure
        if body.length is not None and body.length > limit:
            raise _too_large(limit, f"{body.length} bytes")
        incoming = _checked(body, limit)
        start, ended = await _start(incoming)
        type_ = picture_type(_head(start))
        if ended:
            yield Picture(type_, sum(map(len, start)), _in_turn(start))
        else:
            yield Picture(type_, body.length, _in_turn(start, incoming))


@asynccontextmanager
async def measured(picture: Picture, spool: Path) -> AsyncIterator[tuple[Picture, int]]:
    """The picture with its length in bytes; one whose length the shop does not tell is spooled into a file of the
    folder `spool` first. Raises `PictureFault`."""
    if picture.length is not None:
        yield picture, picture.length
        return
    with spool_file(spool) as file:
        length = await spooled(picture, file)
        file.seek(0)
        yield Picture(picture.type, length, _from_file(file)), length


def spool_file(spool: Path) -> IO[bytes]:
    """A file without a name in the folder `spool`. Raises `PictureFault` where there is no room for one."""
    try:
        spool.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryFile(dir=spool)
    except OSError as problem:
        raise _no_room(problem) from problem


async def spooled(picture: Picture, file: IO[bytes]) -> int:
    """Write the picture into `file`; its length in bytes. Raises `PictureFault`."""
    length = 0
    async for chunk in picture.chunks:
        try:
            # Into the system's cache: a thread for each piece would cost more than it saves.
            file.write(chunk)
        except OSError as problem:
            raise _no_room(problem) from problem
        length += len(chunk)
    return length


async def with_tries(attempt: Callable[[], Awaitable[T]], *, tries: int, first_pause: float) -> T:
    """What `attempt` gives, tried again after growing pauses (the first in seconds) while its `PictureFault` says
    that another try may go better. A side that is down is waited for, and then the tries begin anew; raises
    `errors.Unreachable` where it stays down."""
    pause, left, final = first_pause, tries, False
    while True:
        left -= 1
        try:
            return await attempt()
        except PictureFault as fault:
            if not fault.again:
                raise
            if left <= 0:
                looked = Looked.GONE if fault.outlast is None else await fault.outlast()
                if looked is Looked.GONE or (looked is Looked.UP and final):
                    raise
                final = looked is Looked.UP
                pause, left = first_pause, 1 if final else tries
        await asyncio.sleep(pause * random.uniform(0.75, 1.25))
        pause *= 2


async def _checked(body: ImageBody, limit: int) -> AsyncIterator[bytes]:
    """The body's bytes: no more than `limit`, exactly as many as the shop declared."""
    size = 0
    declared = body.length
    try:
        async for chunk in body.chunks():
            size += len(chunk)
            if size > limit:
                raise _too_large(limit, "and still more to come")
            if declared is not None and size > declared:
                raise _broke_off(f"the shop declared {declared} bytes and sends more")
            yield chunk
    except TooLarge as failure:
        raise _too_large(limit, str(failure)) from failure
    except HttpFailure as failure:
        raise _broke_off(str(failure), failure.outlast) from failure
    if declared is not None and size != declared:
        raise _broke_off(f"the shop declared {declared} bytes and sent {size}")


async def _start(incoming: AsyncIterator[bytes]) -> tuple[list[bytes], bool]:
    """The first pieces, and whether that is all."""
    pieces: list[bytes] = []
    size = 0
    async for chunk in incoming:
        pieces.append(chunk)
        size += len(chunk)
        if size > IN_MEMORY:
            return pieces, False
    return pieces, True


def _head(pieces: Iterable[bytes]) -> bytes:
    head = b""
    for piece in pieces:
        head += piece[: HEAD - len(head)]
        if len(head) == HEAD:
            break
    return head


async def _in_turn(pieces: Iterable[bytes], rest: AsyncIterator[bytes] | None = None) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
    if rest is not None:
        async for piece in rest:
            yield piece


async def _from_file(file: IO[bytes]) -> AsyncIterator[bytes]:
    while piece := file.read(PIECE):
        yield piece


def _looks_like(start: bytes) -> str:
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "a page of HTML"
    if text.startswith(b"<svg"):
        return "an SVG drawing"
    if text.startswith(b"<"):
        return "a text in HTML or XML"
    if start.startswith((b"BM", b"II*\x00", b"MM\x00*")):
        return "a picture in BMP or TIFF"
    if start[4:8] == b"ftyp":
        return "a picture in HEIC, or a film"
    if start.startswith(b"%PDF"):
        return "a PDF document"
    try:
        start.decode("ascii")
    except UnicodeDecodeError:
        return "no picture in a known format"
    return "a text"


def _not_handed_out(failure: HttpFailure, limit: int) -> PictureFault:
    if isinstance(failure, TooLarge):
        return _too_large(limit, str(failure))
    if isinstance(failure, AddressRefused):
        return PictureFault(
            "picture_address",
            f"The picture's address is refused: {failure}.",
            "Correct the address in the shop, or set ALLOW_PRIVATE_ADDRESSES where it is as it should be.",
        )
    if isinstance(failure, NotSent | AnswerLost):
        return PictureFault(
            "picture_unreachable",
            f"The shop did not answer when asked for the picture: {failure}.",
            "Run the command again; if it stays so, ask the shop's hosting.",
            again=True,
            outlast=failure.outlast,
        )
    return PictureFault(
        "picture_missing",
        f"The shop does not hand the picture out: {failure}.",
        "Upload it again in the shop, or remove it there.",
    )


def _broke_off(how: str, outlast: Outlast | None = None) -> PictureFault:
    return PictureFault(
        "picture_broke_off",
        f"The picture broke off while it was read: {how}.",
        "Run the command again; if it stays so, upload the picture again in the shop.",
        again=True,
        outlast=outlast,
    )


def _too_large(limit: int, found: str) -> PictureFault:
    return PictureFault(
        "picture_too_large",
        f"The picture is larger than {limit} bytes ({found}).",
        "Make it smaller in the shop, or raise IMAGE_BYTES.",
    )


def _no_room(problem: OSError) -> PictureFault:
    return PictureFault(
        "no_room",
        f"The state folder cannot take the picture: {problem.strerror or problem}.",
        "See that the state folder may be written and has room.",
    )
