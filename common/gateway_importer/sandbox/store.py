"""The object store's two routes: a form with a picture comes in, a picture goes out. No token is needed for either."""

from __future__ import annotations

from aiohttp import BodyPartReader, ClientPayloadError, MultipartReader, web

from .answers import HOLD
from .pictures import STORE, Incoming, PictureStore, StoreRefusal

MAX_FIELDS = 20_000  # bytes of all the fields before the file, as S3 counts them
CHUNK = 64 * 1024


class StoreRoutes:
    """POST and GET under `/store/`."""

    def __init__(self, pictures: PictureStore) -> None:
        self._pictures = pictures

    def routes(self) -> list[web.RouteDef]:
        return [web.post(STORE, self.post), web.get(STORE + "{key:.+}", self.get)]

    async def get(self, request: web.Request) -> web.StreamResponse:
        found = self._pictures.find(request.match_info["key"])
        if found is None:
            return _xml(StoreRefusal(404, "NoSuchKey", "The specified key does not exist."))
        record, file = found
        headers = {
            "Content-Type": record.content_type,
            "ETag": f'"{record.sha256}"',
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(body=file.read_bytes(), headers=headers)

    async def post(self, request: web.Request) -> web.StreamResponse:
        try:
            etag, location = await self._take(request)
        except StoreRefusal as refused:
            return _xml(refused)
        return web.Response(status=204, headers={"ETag": etag, "Location": location})

    async def _take(self, request: web.Request) -> tuple[str, str]:
        if request.content_type != "multipart/form-data":
            raise StoreRefusal(
                412, "PreconditionFailed", "Bucket POST must be of the enclosure-type multipart/form-data"
            )
        if request.content_length is None:
            raise StoreRefusal(411, "MissingContentLength", "You must provide the Content-Length HTTP header.")
        try:
            reader = await request.multipart()
            fields, file = await _fields(reader)
            smallest, largest = self._pictures.check(fields)
            incoming = self._pictures.receive(largest)
            try:
                await _receive(file, incoming)
                await _nothing_more(reader)
                if incoming.size < smallest:
                    raise StoreRefusal(
                        400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed object size."
                    )
                if hold := request.get(HOLD):
                    await hold.wait()
                self._pictures.keep(
                    incoming,
                    key=fields["key"],
                    shop=fields["key"].partition("/")[0],
                    content_type=fields["content-type"],
                    source="upload",
                )
            finally:
                incoming.close()
                incoming.file.unlink(missing_ok=True)
        except (ValueError, ClientPayloadError, EOFError) as error:
            raise StoreRefusal(
                400, "MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data."
            ) from error
        return incoming.etag, request.path + fields["key"]


async def _fields(reader: MultipartReader) -> tuple[dict[str, str], BodyPartReader]:
    """The fields before `file`, and the file itself: S3 does not look at what comes after it."""
    fields: dict[str, str] = {}
    size = 0
    while True:
        part = await reader.next()
        if part is None:
            raise StoreRefusal(
                400, "IncorrectNumberOfFilesInPostRequest", "POST requires exactly one file upload per request."
            )
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise ValueError("a part without a name")
        name = part.name.lower()
        if name == "file":
            return fields, part
        value = bytearray()
        while chunk := await part.read_chunk():
            value += chunk
            size += len(chunk)
            if size > MAX_FIELDS:
                raise StoreRefusal(
                    400,
                    "MaxPostPreDataLengthExceeded",
                    "Your POST request fields preceding the upload file were too large.",
                )
        if name in fields:
            raise StoreRefusal(400, "InvalidArgument", f"The field {name} was given twice.")
        fields[name] = value.decode()


async def _receive(file: BodyPartReader, incoming: Incoming) -> None:
    while chunk := await file.read_chunk(CHUNK):
        if not incoming.write(chunk):
            raise StoreRefusal(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
    incoming.close()


async def _nothing_more(reader: MultipartReader) -> None:
    """S3 ignores fields after the file; here they are refused, since who sends them counts on them."""
    if await reader.next() is not None:
        raise StoreRefusal(400, "InvalidArgument", "The part file must be the last one of the form.")


def _xml(refused: StoreRefusal) -> web.Response:
    return web.Response(body=refused.xml(), status=refused.status, content_type="application/xml")
