"""The default way: a picture is streamed from the shop into the Gateway's presigned upload form."""

from __future__ import annotations

import asyncio
import random
import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

from gateway_importer.catalog import Image
from gateway_importer.gateway.client import Refusal
from gateway_importer.http import Host, HttpFailure
from gateway_importer.images.pictures import Picture, read_picture
from gateway_importer.images.way import ImageApi, Placed, PictureFault, UploadForm
from gateway_importer.source import Source


class Uploads:
    """Streams pictures to the object store. `limit` is in bytes; `tries` and `first_pause` as for requests.

    The shop's slot is free once the picture's body has ended; the store's answer is waited for in its own.
    """

    name = "uploads"

    def __init__(
        self, api: ImageApi, store: Host, *, spool: Path, limit: int, tries: int, first_pause: float
    ) -> None:
        self._api = api
        self._store = store
        self._spool = spool
        self._limit = limit
        self._tries = tries
        self._first_pause = first_pause

    async def place(self, image: Image, source: Source) -> Placed:
        """Transfer one picture. Raises `PictureFault`."""
        pause = self._first_pause
        for attempt in range(1, self._tries + 1):
            try:
                return await self._once(image, source)
            except PictureFault as fault:
                if not fault.again or attempt == self._tries:
                    raise
            await asyncio.sleep(pause * random.uniform(0.75, 1.25))
            pause *= 2
        raise AssertionError("the last try returns or raises")

    async def _once(self, image: Image, source: Source) -> Placed:
        async with read_picture(image, source, spool=self._spool, limit=self._limit) as picture:
            form = await self._form(picture.filename(image.key), picture.content_type)
            await self._send(form, picture, picture.filename(image.key))
            return Placed(form.url.rstrip("/") + "/" + form.fields["key"].lstrip("/"), picture.length)

    async def _form(self, filename: str, content_type: str) -> UploadForm:
        try:
            return await self._api.upload_form(filename, content_type)
        except Refusal as refusal:
            raise PictureFault(
                "form_refused", f"The Gateway gives no upload form for it ({refusal.message}).",
                "Ask the marketplace which pictures it takes.",
            ) from refusal  # fmt: skip
        except HttpFailure as failure:
            raise PictureFault(
                "form_refused", f"The Gateway's upload form did not come: {failure}.", "Run the command again.", again=True
            ) from failure

    async def _send(self, form: UploadForm, picture: Picture, filename: str) -> None:
        boundary = secrets.token_hex(16)
        head, tail = _framing(form, filename, picture.content_type, boundary)

        async def body() -> AsyncIterator[bytes]:
            yield head
            async for chunk in picture.chunks:
                yield chunk
            yield tail

        try:
            answer = await self._store.send(
                form.url,
                body(),
                length=len(head) + picture.length + len(tail),
                headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
                kind="upload picture",
            )
        except HttpFailure as failure:
            raise PictureFault(
                "store_silent", f"The object store did not take it: {failure}.", "Run the command again.", again=True
            ) from failure
        if answer.status in {200, 201, 204}:
            return
        code = re.search(rb"<Code>([A-Za-z0-9]+)</Code>", answer.body)
        said = code.group(1).decode() if code else f"status {answer.status}"
        # An expired form (403) is cured by a new one; what the store refuses otherwise stays refused.
        again = answer.status >= 500 or answer.status in {403, 408, 429}
        raise PictureFault(
            "store_refused", f"The object store refused it ({answer.status}, {said}).",
            "Run the command again; if it stays so, ask the marketplace.", again=again,
        )  # fmt: skip


def _framing(form: UploadForm, filename: str, content_type: str, boundary: str) -> tuple[bytes, bytes]:
    """The bytes before and after the file: S3 wants all fields first and the file last."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in form.fields.items()
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
        f"Content-Type: {content_type}\r\n\r\n"
    )
    return "".join(parts).encode(), f"\r\n--{boundary}--\r\n".encode()
