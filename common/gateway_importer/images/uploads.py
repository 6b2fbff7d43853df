"""The default way: a picture is streamed from the shop into the presigned upload form that the Gateway gives."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

from gateway_importer.catalog import Image
from gateway_importer.errors import Unreachable
from gateway_importer.failures import AddressRefused, HttpFailure, Outlast
from gateway_importer.gateway.answers import Refusal, UploadForm
from gateway_importer.http import DOWN, Answer, Host
from gateway_importer.images.pictures import Picture, file_name, measured, open_picture, with_tries
from gateway_importer.images.way import ImageApi, PictureFault, Placed
from gateway_importer.redaction import HIDDEN
from gateway_importer.source import Source

FAILURES_UNTIL_DOWN = 6  # pictures in a row, each after all its tries, without any answer of the store between
# What S3 says of itself with a status that otherwise means a refusal.
PASSING = frozenset({"RequestTimeout", "SlowDown", "InternalError", "ServiceUnavailable", "OperationAborted"})


class Uploads:
    """Streams pictures into the object store `store`, under its own pace.

    `spool` is the folder for pictures whose length the shop does not tell, `limit` the largest picture in bytes,
    `first_pause` seconds before the second of `tries`. Each try is a whole one: the picture is read anew and sent
    with a new form.
    """

    name = "uploads"

    def __init__(self, api: ImageApi, store: Host, *, spool: Path, limit: int, tries: int, first_pause: float) -> None:
        self._api = api
        self._store = store
        self._spool = spool
        self._limit = limit
        self._tries = tries
        self._first_pause = first_pause
        self._failures = 0

    async def place(self, image: Image, source: Source) -> Placed:
        """Transfer one picture. Raises `PictureFault`; `Unreachable` where the store has answered nothing for
        many pictures in a row."""

        async def attempt() -> Placed:
            return await self._once(image, source)

        try:
            return await with_tries(attempt, tries=self._tries, first_pause=self._first_pause)
        except PictureFault as fault:
            if fault.code == "store_unreachable":
                self._failures += 1
                if self._failures >= FAILURES_UNTIL_DOWN:
                    raise Unreachable(
                        f"The object store that the Gateway names takes no pictures: {fault.cause} "
                        f"{self._failures} pictures in a row failed after {self._tries} tries each.",
                        "Run the command again later; or choose another way for pictures with IMAGES.",
                    ) from fault
            raise

    async def _once(self, image: Image, source: Source) -> Placed:
        async with (
            open_picture(image, source, limit=self._limit) as opened,
            measured(opened, self._spool) as (picture, length),
        ):
            name = file_name(image.key, picture.type)
            form = await self._form(name, picture.type.content_type)
            answer = await self._send(form, name, picture, length)
        self._failures = 0
        if not _taken(answer):
            raise _refused(answer, form, self._store.outlast)
        return Placed(_address(form, name), length)

    async def _form(self, name: str, content_type: str) -> UploadForm:
        try:
            return await self._api.upload_form(name, content_type)
        except Refusal as refusal:
            raise PictureFault(
                "form_refused",
                f"The Gateway gives no upload form for it: {refusal.message}.",
                "Ask the marketplace which pictures it takes.",
            ) from refusal
        except HttpFailure as failure:
            # The Gateway's client has used up its tries already.
            raise PictureFault(
                "form_unavailable", f"The Gateway's upload form did not come: {failure}.", "Run the command again."
            ) from failure

    async def _send(self, form: UploadForm, name: str, picture: Picture, length: int) -> Answer:
        boundary = secrets.token_hex(16)
        before, after = _framing(form, name, picture.type.content_type, boundary)

        async def body() -> AsyncIterator[bytes]:
            yield before
            # Read to its end, and so the shop's slot is free before the store has answered.
            async for chunk in picture.chunks:
                yield chunk
            yield after

        try:
            return await self._store.send(
                form.url,
                body(),
                length=len(before) + length + len(after),
                headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
                kind="upload picture",
            )
        except AddressRefused as failure:
            raise PictureFault(
                "store_address",
                f"The address of the Gateway's upload form is refused: {failure}.",
                "Ask the marketplace, or set ALLOW_PRIVATE_ADDRESSES where it is as it should be.",
            ) from failure
        except HttpFailure as failure:
            raise PictureFault(
                "store_unreachable",
                f"The object store gave no answer: {failure}.",
                "Run the command again later.",
                again=True,
                outlast=failure.outlast,
            ) from failure


def _framing(form: UploadForm, name: str, content_type: str, boundary: str) -> tuple[bytes, bytes]:
    """The bytes before and after the file: S3 ignores fields that come behind it."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(field)}"\r\n\r\n{value}\r\n'
        for field, value in form.fields.items()
    ]
    parts.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: {content_type}\r\n\r\n"
    )
    return "".join(parts).encode(), f"\r\n--{boundary}--\r\n".encode()


def _quoted(field: str) -> str:
    return field.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _address(form: UploadForm, name: str) -> str:
    # S3 itself puts the file's name in the place of this variable.
    key = form.fields["key"].replace("${filename}", name)
    return form.url.rstrip("/") + "/" + quote(key.lstrip("/"), safe="/~!$&'()*+,;=:@")


def _taken(answer: Answer) -> bool:
    """S3 says 204 or 200 and nothing else, or 201 and a short document: a web page with 200 is somebody else's."""
    if answer.status == 201:
        return b"<PostResponse" in answer.body
    return answer.status in {200, 204} and not answer.body.strip()


def _refused(answer: Answer, form: UploadForm, outlast: Outlast) -> PictureFault:
    code, message = (_element(answer.body, name) for name in ("Code", "Message"))
    for value in form.fields.values():
        if len(value) > 16:  # the policy and its signature, which some answers repeat
            message = message.replace(value, HIDDEN)
    said = ": ".join(part for part in (code, message[:200]) if part) or f"status {answer.status}"
    if answer.status < 300 or answer.status >= 500 or answer.status in {408, 429} or code in PASSING:
        return PictureFault(
            "store_failed", f"The object store failed ({answer.status}, {said}).", "Run the command again later.",
            again=True, outlast=outlast if answer.status in DOWN else None,
        )  # fmt: skip
    too_large = answer.status == 413 or code == "EntityTooLarge"
    return PictureFault(
        "store_refused",
        f"The object store refused the picture ({answer.status}, {said}).",
        "Make it smaller in the shop." if too_large else "Run the command again; if it stays so, ask the marketplace.",
        again="expired" in message.lower(),  # a slow shop can outlive a form
    )


def _element(body: bytes, name: str) -> str:
    """An element's text in S3's answer. No parser: the answer comes from outside, and this is all that is wanted."""
    found = re.search(rf"<{name}>([^<]*)</{name}>".encode(), body[:10_000])
    return " ".join(found.group(1).decode("utf-8", "replace").split()) if found else ""
