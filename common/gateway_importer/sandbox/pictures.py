"""The object store: presigned forms valid for one key, type, size and time, refused in S3's own words when broken."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from .answers import Refusal, decode, encode
from .database import Database
from .records import UploadRecord
from .settings import SandboxSettings

BUCKET = "sandbox-pictures"
REGION = "eu-west-1"
STORE = "/store/"
ALGORITHM = "AWS4-HMAC-SHA256"
SECRET = b"the sandbox's own store key: it protects nothing"
UNCHECKED = frozenset({"policy", "x-amz-signature"})  # the two fields that S3 does not look for in the policy

MAGIC: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb".{4}ftypavi[fs]", re.DOTALL), "image/avif"),
)
MAGIC_LENGTH = 16  # bytes that `found_type` needs


class StoreRefusal(Exception):
    """The store says no: S3's status, code and message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def xml(self) -> bytes:
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{self.code}</Code><Message>{escape(self.message)}</Message>"
            f"<RequestId>{uuid.uuid4().hex[:16].upper()}</RequestId></Error>"
        )
        return text.encode()


def found_type(head: bytes) -> str | None:
    """What a file is by its first bytes; None for what is no picture that is known here."""
    return next((kind for pattern, kind in MAGIC if pattern.match(head)), None)


@dataclass
class Incoming:
    """A picture on its way to the disk: counted, hashed and never held whole."""

    file: Path
    limit: int
    size: int = 0
    head: bytes = b""
    _sha256: Any = field(default_factory=hashlib.sha256)
    _md5: Any = field(default_factory=lambda: hashlib.md5(usedforsecurity=False))

    def __post_init__(self) -> None:
        self._handle = self.file.open("wb")

    def write(self, chunk: bytes) -> bool:
        """False once it is larger than the limit; what is beyond is not kept."""
        self.size += len(chunk)
        if self.size > self.limit:
            return False
        if len(self.head) < MAGIC_LENGTH:
            self.head = (self.head + chunk)[:MAGIC_LENGTH]
        self._sha256.update(chunk)
        self._md5.update(chunk)
        self._handle.write(chunk)
        return True

    def close(self) -> None:
        self._handle.close()

    @property
    def sha256(self) -> str:
        return str(self._sha256.hexdigest())

    @property
    def etag(self) -> str:
        return f'"{self._md5.hexdigest()}"'


class PictureStore:
    """Which pictures there are, under which keys, and the forms by which new ones come in."""

    def __init__(self, settings: SandboxSettings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self.uploads: list[UploadRecord] = list(database.pictures())
        self._by_key = {record.key: record for record in self.uploads}

    # --- what is there ---------------------------------------------------------------------------------------

    def find(self, key: str) -> tuple[UploadRecord, Path] | None:
        record = self._by_key.get(key)
        return None if record is None else (record, self._database.picture_file(record.sha256))

    def key_of(self, address: str) -> str | None:
        """The key of a picture that lies here, whatever host and port its address names: those change."""
        _, found, key = address.partition(STORE)
        key = unquote(key)
        return key if found and key in self._by_key else None

    def receive(self, limit: int) -> Incoming:
        return Incoming(self._database.incoming / uuid.uuid4().hex, limit)

    def keep(self, incoming: Incoming, *, key: str, shop: str, content_type: str, source: str) -> UploadRecord:
        """The picture is wholly here; from now on it is served."""
        record = UploadRecord(
            at=time.time(),
            key=key,
            shop=shop,
            size=incoming.size,
            content_type=content_type,
            found_type=found_type(incoming.head),
            sha256=incoming.sha256,
            source=source,
        )
        self._database.keep_picture(incoming.file, record.sha256)
        self._database.save_picture(record)
        self.uploads.append(record)
        self._by_key[key] = record
        return record

    # --- forms -----------------------------------------------------------------------------------------------

    def new_key(self, shop: str, filename: str) -> str:
        """In ASCII and without signs that an address would have to escape, so that `url + key` is an address."""
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", filename)[-80:].strip("-") or "file"
        return f"{shop}/{uuid.uuid4().hex}/{name}"

    def form(self, shop: str, filename: str, content_type: str) -> dict[str, str]:
        now = datetime.now(UTC)
        fields = {
            "key": self.new_key(shop, filename),
            "Content-Type": content_type,
            "x-amz-algorithm": ALGORITHM,
            "x-amz-credential": f"ASIASANDBOX000000000/{now:%Y%m%d}/{REGION}/s3/aws4_request",
            "x-amz-date": f"{now:%Y%m%dT%H%M%SZ}",
            "x-amz-security-token": base64.b64encode(hashlib.sha256(now.isoformat().encode()).digest()).decode(),
        }
        expires = now + timedelta(seconds=self._settings.upload_expires)
        policy = {
            "expiration": f"{expires:%Y-%m-%dT%H:%M:%S.%fZ}",
            "conditions": [
                {"bucket": BUCKET},
                *({name: value} for name, value in fields.items()),
                ["content-length-range", 1, self._settings.upload_max_bytes],
            ],
        }
        fields["policy"] = base64.b64encode(encode(policy)).decode()
        fields["x-amz-signature"] = _signature(fields["policy"], fields["x-amz-credential"])
        return fields

    def check(self, fields: Mapping[str, str]) -> tuple[int, int]:
        """The smallest and largest size that the form allows; a StoreRefusal for a form that breaks its policy.

        `fields` are what came before the file, their names in lower case: S3 does not look at the case.
        """
        if "key" not in fields:
            raise StoreRefusal(
                400,
                "InvalidArgument",
                "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the "
                "fields.",
            )
        if "policy" not in fields:
            raise StoreRefusal(403, "AccessDenied", "Access Denied")
        for name in ("x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"):
            if name not in fields:
                raise StoreRefusal(
                    400,
                    "InvalidArgument",
                    f"Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of "
                    "the fields.",
                )
        expected = _signature(fields["policy"], fields["x-amz-credential"])
        if not hmac.compare_digest(expected.encode(), fields["x-amz-signature"].encode()):
            raise StoreRefusal(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. Check your key and "
                "signing method.",
            )
        policy = decode(base64.b64decode(fields["policy"]))
        if datetime.now(UTC) >= datetime.fromisoformat(policy["expiration"]):
            raise StoreRefusal(403, "AccessDenied", "Invalid according to Policy: Policy expired.")
        return _hold_against(policy["conditions"], fields)


def _hold_against(conditions: list[Any], fields: Mapping[str, str]) -> tuple[int, int]:
    sizes = (0, 0)
    covered = {"bucket"}
    for condition in conditions:
        if isinstance(condition, list):
            sizes = (condition[1], condition[2])
            continue
        ((name, value),) = condition.items()
        covered.add(name.lower())
        if name != "bucket" and fields.get(name.lower()) != value:
            raise StoreRefusal(
                403,
                "AccessDenied",
                f'Invalid according to Policy: Policy Condition failed: ["eq", "${name}", "{value}"]',
            )
    if extra := sorted(fields.keys() - covered - UNCHECKED):
        raise StoreRefusal(403, "AccessDenied", f"Invalid according to Policy: Extra input fields: {', '.join(extra)}")
    return sizes


def _signature(policy: str, credential: str) -> str:
    """AWS's version 4: the key is derived from day, region and service, which the credential names."""
    key = b"AWS4" + SECRET
    for part in credential.split("/")[1:]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, policy.encode(), hashlib.sha256).hexdigest()


def address(base: str, key: str) -> str:
    return base + quote(key)


def accepted_filename(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or "/" in value or "\\" in value or len(value) > 255:
        raise Refusal(400, "filename must be the plain name of a file")
    return value


def accepted_type(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"image/[a-z0-9][a-z0-9.+-]*", value):
        raise Refusal(400, "content_type must be a picture's, such as image/jpeg")
    return value
