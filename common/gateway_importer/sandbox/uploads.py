"""The object store behind `POST /uploads/`: presigned forms, and refusals in the manner of S3."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
import uuid
from datetime import UTC, datetime
from xml.sax.saxutils import escape

import msgspec
from aiohttp import BodyPartReader, MultipartReader, web

from .answers import HOLD, Json, Refusal, only
from .pictures import Spool, new_key
from .settings import SandboxSettings
from .store import Store

BUCKET = "sandbox-pictures"
REGION = "eu-central-1"
FIELD_LIMIT = 20_000  # bytes of all fields together, as S3 has it
DRAINED = 64_000_000  # bytes of a refused body that are read so that the client gets to see the answer
UNSIGNED_FIELDS = frozenset({"x-amz-signature", "policy", "file"})  # which no policy needs to name

_S3_STATUS = {
    "AccessDenied": 403,
    "SignatureDoesNotMatch": 403,
    "InvalidAccessKeyId": 403,
    "MissingContentLength": 411,
    "PreconditionFailed": 412,
    "NoSuchKey": 404,
}


class StoreError(Exception):
    """S3 says no: its error code, for the body in XML."""

    def __init__(self, code: str, message: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.details = details

    def response(self) -> web.Response:
        details = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in self.details.items())
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{self.code}</Code><Message>{escape(self.message)}</Message>{details}"
            f"<RequestId>{uuid.uuid4().hex[:16].upper()}</RequestId><HostId>sandbox</HostId></Error>"
        )
        return web.Response(
            text=text, status=_S3_STATUS.get(self.code, 400), content_type="application/xml", charset="utf-8"
        )


class Uploads:
    """Issues forms, and takes what is posted with them."""

    def __init__(self, settings: SandboxSettings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._access_key = "SANDBOX" + store.secret("access key")[:13].upper()
        self._secret = store.secret("signing key")

    def form(self, shop: str, body: Json, address: str) -> Json:
        """The answer of `POST /uploads/`: a form that is good for one key, one content type, a size and a time."""
        only(body, frozenset({"filename", "content_type"}), "")
        filename, content_type = body.get("filename"), body.get("content_type")
        if not isinstance(filename, str) or not filename.strip() or "/" in filename:
            raise Refusal(400, "filename must be a file's name without a folder")
        if not isinstance(content_type, str) or not content_type.startswith("image/") or len(content_type) < 7:
            raise Refusal(400, "content_type must be a picture's, such as image/jpeg")
        moment = datetime.now(UTC)
        stamp, day = moment.strftime("%Y%m%dT%H%M%SZ"), moment.strftime("%Y%m%d")
        fields = {
            "key": new_key(shop, filename),
            "Content-Type": content_type,
            "x-amz-algorithm": "AWS4-HMAC-SHA256",
            "x-amz-credential": f"{self._access_key}/{day}/{REGION}/s3/aws4_request",
            "x-amz-date": stamp,
        }
        expires = datetime.fromtimestamp(moment.timestamp() + self._settings.upload_expires, UTC)
        policy = {
            "expiration": expires.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "conditions": [
                {"bucket": BUCKET},
                ["content-length-range", 1, self._settings.upload_max_bytes],
                *({name: value} for name, value in fields.items()),
            ],
        }
        encoded = base64.b64encode(msgspec.json.encode(policy)).decode()
        signature = self._signature(encoded, day)
        return {"url": address, "fields": {**fields, "policy": encoded, "x-amz-signature": signature}}

    async def receive(self, request: web.Request) -> web.Response:
        """Take a form with a picture: every field is held against the policy before a byte is kept."""
        try:
            return await self._receive(request)
        except StoreError as error:
            await _drain(request)
            return error.response()

    async def _receive(self, request: web.Request) -> web.Response:
        if request.content_length is None:
            raise StoreError("MissingContentLength", "You must provide the Content-Length HTTP header.")
        if request.content_type != "multipart/form-data":
            message = "At least one of the pre-conditions you specified did not hold"
            condition = "Bucket POST must be of the enclosure-type multipart/form-data"
            raise StoreError("PreconditionFailed", message, Condition=condition)
        with Spool(self._store) as spool:
            fields = await self._parts(request, spool)
            if hold := request.get(HOLD):
                await hold()
            key = fields["key"]
            shop = key.split("/", 1)[0]
            record = spool.keep(key=key, shop=shop, content_type=fields["content-type"], source="upload")
        return web.Response(status=204, headers={"ETag": f'"{record.sha256[:32]}"', "Location": str(request.url) + key})

    async def _parts(self, request: web.Request, spool: Spool) -> dict[str, str]:
        fields: dict[str, str] = {}
        taken = False
        try:
            reader = MultipartReader(request.headers, request.content)
            while (part := await reader.next()) is not None:
                if not isinstance(part, BodyPartReader) or not part.name:
                    raise StoreError("MalformedPOSTRequest", _MALFORMED)
                if taken:
                    raise StoreError("InvalidArgument", "The part file must be the last one of the form.")
                if part.name == "file":
                    smallest, largest = self._check(fields)
                    await _spool(part, spool, largest)
                    if spool.size < smallest:
                        raise StoreError("EntityTooSmall", _TOO_SMALL, ProposedSize=spool.size, MinSizeAllowed=smallest)
                    taken = True
                else:
                    fields[part.name.lower()] = (await part.read()).decode()
                    if sum(map(len, fields.values())) > FIELD_LIMIT:
                        raise StoreError("MaxPostPreDataLengthExceeded", _FIELDS_TOO_LONG)
        except (ValueError, AssertionError, web.HTTPException) as error:
            raise StoreError("MalformedPOSTRequest", _MALFORMED) from error
        if not taken:
            raise StoreError("InvalidArgument", "POST requires exactly one file upload per request.")
        return fields

    def _check(self, fields: dict[str, str]) -> tuple[int, int]:
        """Hold the fields before `file` against the policy; answers the sizes that it allows."""
        if "key" not in fields:
            message = "Bucket POST must contain a field named 'key'. If it is specified, check the order of the fields."
            raise StoreError("InvalidArgument", message, ArgumentName="key")
        for name in ("policy", "x-amz-signature", "x-amz-credential", "x-amz-algorithm", "x-amz-date"):
            if name not in fields:
                raise StoreError("AccessDenied", f"Bucket POST must contain a field named '{name}'.")
        access_key, _, scope = fields["x-amz-credential"].partition("/")
        if access_key != self._access_key:
            raise StoreError("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
        expected = self._signature(fields["policy"], scope.split("/")[0])
        if not hmac.compare_digest(expected.encode(), fields["x-amz-signature"].encode()):
            message = "The request signature we calculated does not match the signature you provided."
            raise StoreError("SignatureDoesNotMatch", message)
        return _held(fields)

    def _signature(self, policy: str, day: str) -> str:
        key = ("AWS4" + self._secret).encode()
        for part in (day, REGION, "s3", "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return hmac.new(key, policy.encode(), hashlib.sha256).hexdigest()


def _held(fields: dict[str, str]) -> tuple[int, int]:
    # The signature was right, so the policy is one that was made above.
    try:
        policy = msgspec.json.decode(base64.b64decode(fields["policy"]))
    except (binascii.Error, msgspec.DecodeError) as error:
        raise StoreError("InvalidPolicyDocument", "Invalid Policy: Invalid JSON.") from error
    if datetime.fromisoformat(policy["expiration"]).timestamp() < time.time():
        raise StoreError("AccessDenied", "Invalid according to Policy: Policy expired.")
    smallest, largest = 1, 1
    named = set(UNSIGNED_FIELDS)
    for condition in policy["conditions"]:
        if isinstance(condition, list):
            _, smallest, largest = condition
            continue
        ((name, value),) = condition.items()
        named.add(name.lower())
        if name != "bucket" and fields.get(name.lower()) != value:
            failed = f'["eq", "${name}", "{value}"]'
            raise StoreError("AccessDenied", f"Invalid according to Policy: Policy Condition failed: {failed}")
    if extra := sorted(name for name in fields.keys() - named if not name.startswith("x-ignore-")):
        raise StoreError("AccessDenied", f"Invalid according to Policy: Extra input fields: {', '.join(extra)}")
    return smallest, largest


async def _spool(part: BodyPartReader, spool: Spool, largest: int) -> None:
    while chunk := await part.read_chunk(65536):
        if spool.size + len(chunk) > largest:
            raise StoreError("EntityTooLarge", _TOO_LARGE, ProposedSize=spool.size + len(chunk), MaxSizeAllowed=largest)
        spool.write(chunk)


async def _drain(request: web.Request) -> None:
    read = 0
    async for chunk in request.content.iter_any():
        read += len(chunk)
        if read > DRAINED:
            return


_MALFORMED = "The body of your POST request is not well-formed multipart/form-data."
_FIELDS_TOO_LONG = "Your POST request fields preceding the upload file were too large."
_TOO_SMALL = "Your proposed upload is smaller than the minimum allowed size"
_TOO_LARGE = "Your proposed upload exceeds the maximum allowed size"
