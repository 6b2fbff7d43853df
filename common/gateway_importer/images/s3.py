"""Pictures go straight into a bucket of the operator's own, by aioboto3 and AWS's usual chain of credentials."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from gateway_importer.catalog import Image
from gateway_importer.http import DOWN
from gateway_importer.images.pictures import Picture, open_picture, spool_file, spooled, with_tries
from gateway_importer.images.way import PictureFault, Placed
from gateway_importer.patience import Patience
from gateway_importer.redaction import SECRETS
from gateway_importer.source import Source

CONNECT_SECONDS = 10
READ_SECONDS = 60
CONNECTIONS = 16


class S3Bucket:
    """Puts pictures into `bucket`, in the folder `prefix`; `public_url` is where the bucket's content can be seen.

    The key is the hash of the content, so the same picture is one object. `endpoint` None: AWS. `spool` is the
    folder in which a picture waits for its hash, `limit` the largest in bytes, `first_pause` seconds before the
    second of `tries`, `patience` seconds for which a service that has answered is waited for when it is down, until
    what `stopping` gives is set. To be opened once a run, as an async context manager.
    """

    name = "s3"

    def __init__(
        self,
        *,
        bucket: str,
        prefix: str,
        public_url: str,
        endpoint: str | None,
        spool: Path,
        limit: int,
        tries: int = 5,
        first_pause: float = 0.5,
        patience: float = 0.0,
        stopping: Callable[[], asyncio.Event] = asyncio.Event,
    ) -> None:
        self._bucket = bucket
        self._prefix = prefix.strip("/")
        self._public_url = public_url.rstrip("/")
        self._endpoint = endpoint
        self._spool = spool
        self._limit = limit
        self._tries = tries
        self._first_pause = first_pause
        self._patience = Patience(
            f"The service of the bucket {bucket}", seconds=patience, first_pause=first_pause, answers=self._answers,
            stopping=stopping,
        )  # fmt: skip
        self._stack = AsyncExitStack()
        self._client: Any = None

    async def __aenter__(self) -> Self:
        import aioboto3  # costs 0.7 s, and only this way needs it
        from botocore.config import Config

        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            max_pool_connections=CONNECTIONS,
            retries={"total_max_attempts": self._tries, "mode": "standard"},
            # AWS's newer checksums are refused by other services that speak S3.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        session = aioboto3.Session()
        client = session.client("s3", endpoint_url=self._endpoint, config=config)
        self._client = await self._stack.enter_async_context(client)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def place(self, image: Image, source: Source) -> Placed:
        """Transfer one picture. Raises `PictureFault`."""

        async def attempt() -> Placed:
            return await self._once(image, source)

        return await with_tries(attempt, tries=self._tries, first_pause=self._first_pause)

    async def _once(self, image: Image, source: Source) -> Placed:
        digest = hashlib.sha256()
        with spool_file(self._spool) as file:
            async with open_picture(image, source, limit=self._limit) as picture:
                length = await spooled(replace(picture, chunks=_hashed(picture, digest)), file)
            file.seek(0)
            name = f"{digest.hexdigest()}.{picture.type.extension}"
            key = f"{self._prefix}/{name}" if self._prefix else name
            await self._put(key, file, length, picture.type.content_type)
        return Placed(f"{self._public_url}/{quote(key)}", length)

    async def _put(self, key: str, file: Any, length: int, content_type: str) -> None:
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

        try:
            await self._client.put_object(
                Bucket=self._bucket, Key=key, Body=file, ContentLength=length, ContentType=content_type
            )
        except (ClientError, NoCredentialsError) as problem:
            if isinstance(problem, ClientError) and _status(problem) >= 500:
                raise PictureFault(
                    "store_failed",
                    f"The service of the bucket {self._bucket} failed: {_said(problem)}.",
                    "Run the command again later.",
                    again=True,
                    outlast=self._patience.outlast if _status(problem) in DOWN else None,
                ) from problem
            raise PictureFault(
                "store_refused",
                f"The bucket {self._bucket} did not take the picture: {_said(problem)}.",
                "Check the bucket's name, its region, and that the credentials may write there.",
            ) from problem
        except BotoCoreError as problem:
            raise PictureFault(
                "store_unreachable",
                f"The service of the bucket {self._bucket} gave no answer: {_said(problem)}.",
                "Check S3_ENDPOINT and the network, then run the command again.",
                again=True,
                outlast=self._patience.outlast,
            ) from problem
        self._patience.answered()

    async def _answers(self) -> bool:
        """Whether the service is up; whether it lets us look at the bucket does not matter."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            await self._client.head_bucket(Bucket=self._bucket)
        except ClientError as problem:
            return _status(problem) not in DOWN
        except BotoCoreError:
            return False
        return True


def _status(problem: Any) -> int:
    """The status of an error that the service answered with."""
    return int(problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


async def _hashed(picture: Picture, digest: Any) -> AsyncIterator[bytes]:
    async for chunk in picture.chunks:
        digest.update(chunk)
        yield chunk


def _said(problem: Exception) -> str:
    return SECRETS.redact(" ".join(str(problem).split())[:300]).rstrip(".")
