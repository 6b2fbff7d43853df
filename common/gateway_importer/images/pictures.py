"""A picture as it comes from the shop: its true type by its first bytes, and its length before it is sent on."""

from __future__ import annotations

import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway_importer.catalog import Image
from gateway_importer.http import AddressRefused, AnswerLost, HttpFailure, NotSent, TooLarge
from gateway_importer.images.way import PictureFault
from gateway_importer.source import Source

IN_MEMORY = 256 * 1024  # bytes; a picture of unknown length above this is spooled to a file
SNIFFED = 16  # bytes that tell the type
EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/avif": "avif",
}


def picture_type(start: bytes) -> str | None:
    """The type by its magic bytes; a Content-Type is never trusted (shops serve PNG as image/jpeg)."""
    if start.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    if start.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if start[4:12] in {b"ftypavif", b"ftypavis"}:
        return "image/avif"
    return None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture on its way: `length` bytes, handed on by `chunks` once."""

    content_type: str
    length: int
    chunks: AsyncIterator[bytes]

    def filename(self, key: str) -> str:
        safe = re.sub(r"[^A-Za-z0-9._-]+", "-", key).strip("-.") or "picture"
        return f"{safe[:80]}.{EXTENSIONS[self.content_type]}"


@asynccontextmanager
async def read_picture(image: Image, source: Source, *, spool: Path, limit: int) -> AsyncIterator[Picture]:
    """Open a picture. One whose length the shop does not tell is spooled first. Raises `PictureFault`, also
    while the chunks are read."""
    try:
        async with source.open_image(image) as body:
            if body.length is not None and body.length > limit:
                raise _too_large(limit)
            incoming = body.chunks()
            start = await _start(incoming)
            kind = picture_type(start)
            if not start or body.length == 0:
                raise PictureFault("picture_empty", "The shop sends an empty picture.", "Upload it again in the shop.")
            if kind is None:
                said = "an HTML page" if start.lstrip()[:1] == b"<" else "no picture"
                raise PictureFault(
                    "not_a_picture", f"What the shop sends as a picture is {said}.", "Upload it again in the shop."
                )
            if body.length is not None:
                yield Picture(kind, body.length, _exactly(start, incoming, body.length))
                return
            spool.mkdir(parents=True, exist_ok=True)
            with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, dir=str(spool)) as file:
                size = file.write(start)
                async for chunk in incoming:
                    size += file.write(chunk)
                    if size > limit:
                        raise _too_large(limit)
                file.seek(0)
                yield Picture(kind, size, _from_file(file))
    except TooLarge as problem:
        raise _too_large(limit) from problem
    except AddressRefused as problem:
        raise PictureFault("picture_address", f"The picture's address is refused: {problem}.",
                           "Correct the address in the shop.") from problem  # fmt: skip
    except HttpFailure as problem:
        raise PictureFault(
            "picture_missing", f"The shop does not hand the picture out: {problem}.", "Upload it again in the shop.",
            again=isinstance(problem, NotSent | AnswerLost),
        ) from problem  # fmt: skip


def _too_large(limit: int) -> PictureFault:
    return PictureFault(
        "picture_too_large", f"The picture is larger than {limit} bytes.", "Make it smaller, or raise IMAGE_BYTES."
    )


async def _start(incoming: AsyncIterator[bytes]) -> bytes:
    start = b""
    while len(start) < SNIFFED:
        chunk = await anext(incoming, None)
        if chunk is None:
            break
        start += chunk
    return start


async def _exactly(start: bytes, incoming: AsyncIterator[bytes], length: int) -> AsyncIterator[bytes]:
    sent = len(start)
    yield start
    async for chunk in incoming:
        sent += len(chunk)
        yield chunk
    if sent != length:
        raise PictureFault(
            "picture_broken_off", f"The shop declared {length} bytes and sent {sent}.", "Upload it again.", again=True
        )


async def _from_file(file: tempfile.SpooledTemporaryFile[bytes]) -> AsyncIterator[bytes]:
    while chunk := file.read(64 * 1024):
        yield chunk
