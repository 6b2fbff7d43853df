"""Pictures go straight into a bucket of the operator's own, by aioboto3 and AWS's usual chain of credentials."""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from gateway_importer.catalog import Image
from gateway_importer.images.pictures import EXTENSIONS, IN_MEMORY, read_picture
from gateway_importer.images.way import Placed, PictureFault
from gateway_importer.source import Source


class S3Bucket:
    """Use as an async context manager. The same bytes are one object: its key is their hash."""

    name = "s3"

    def __init__(
        self, *, bucket: str, prefix: str, public_url: str, endpoint: str | None, spool: Path, limit: int
    ) -> None:
        self._bucket = bucket
        self._prefix = prefix.strip("/")
        self._public_url = public_url.rstrip("/")
        self._endpoint = endpoint
        self._spool = spool
        self._limit = limit
        self._stack = AsyncExitStack()
        self._client: Any = None

    async def __aenter__(self) -> S3Bucket:
        import aioboto3  # costs 0.7 s, and only this way needs it

        session = aioboto3.Session()
        self._client = await self._stack.enter_async_context(session.client("s3", endpoint_url=self._endpoint))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def place(self, image: Image, source: Source) -> Placed:
        """Raises `PictureFault`."""
        from botocore.exceptions import BotoCoreError, ClientError

        self._spool.mkdir(parents=True, exist_ok=True)
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, dir=self._spool) as file:
            hasher = hashlib.sha256()
            async with read_picture(image, source, spool=self._spool, limit=self._limit) as picture:
                async for chunk in picture.chunks:
                    hasher.update(chunk)
                    file.write(chunk)
            file.seek(0)
            name = f"{hasher.hexdigest()}.{EXTENSIONS[picture.content_type]}"
            key = f"{self._prefix}/{name}" if self._prefix else name
            try:
                await self._client.put_object(
                    Bucket=self._bucket, Key=key, Body=file, ContentLength=picture.length,
                    ContentType=picture.content_type,
                )  # fmt: skip
            except (BotoCoreError, ClientError) as problem:
                raise PictureFault(
                    "bucket_refused", f"The bucket did not take it: {problem}.",
                    "Check the bucket's name, its region and the credentials.",
                ) from problem  # fmt: skip
        return Placed(f"{self._public_url}/{key}", picture.length)
