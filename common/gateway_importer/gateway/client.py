"""The Gateway's client: each route and payload behind one named function, each saying what of it is ASSUMED."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from gateway_importer.errors import AccessRefused, HeldBack, InputError, Unreachable
from gateway_importer.failures import AnswerLost, Busy, HttpFailure
from gateway_importer.gateway.answers import (
    GUID,
    Held,
    NotThere,
    Refusal,
    RouteMissing,
    TagExists,
    TagMade,
    UploadForm,
    aws_no_route,
    guids_of,
    held_of,
    is_address,
    is_guid,
    message_of,
    route_missing,
)
from gateway_importer.gateway.payload import to_json
from gateway_importer.http import Answer, Host, Probe, Repeat

PAGE = 100  # products a query
SMALLEST_PAGE = 10  # products; no server hands out fewer at once than this where there are more
SPELLINGS = ("webshop", "webshops")  # the user's document, and the client that ran in production
JSON = {"Content-Type": "application/json"}
PRODUCT_WRITES = frozenset({"create product", "change product", "create tag"})
WRITES = PRODUCT_WRITES | {"delete product"}
LONGEST_TAG_LIST = 120.0  # seconds; the list of all of a shop's tags may be long

_decode = msgspec.json.Decoder(float_hook=Decimal).decode
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)  # the last: nested without end


class Gateway:
    """One shop at the Gateway. `host` carries the token; every method may raise `HttpFailure` where no answer
    came, `AccessRefused` where the token is refused, and `errors.Unreachable` where the Gateway is down.

    `before_writing` is called before anything goes out that changes what the Gateway holds."""

    def __init__(self, host: Host, shop_guid: str, *, spelling: str | None = None) -> None:
        self._host = host
        self.shop = shop_guid
        self.spelling = spelling
        self.before_writing: Callable[[], None] | None = None
        self._read: tuple[bytes, Any] = (b"", None)  # the body that was decoded last, and what it says

    @property
    def host(self) -> Host:
        return self._host

    # --- products --------------------------------------------------------------------------------------------

    async def create_products(self, elements: Sequence[Mapping[str, Any]]) -> list[str | None]:
        """POST the variants of one product; the guid of each, None where the answer does not tell (its shape
        is ASSUMED). Tried again only where the Gateway certainly did nothing.

        Raises `Refusal`; `Busy` where nothing was done; `AnswerLost` where the products may exist all the same.
        """
        answer = await self._create(to_json({"products": list(elements)}))
        if answer.status == 429:
            raise Busy(f"the Gateway answered 429: {message_of(answer)}")
        if answer.status >= 500:
            raise AnswerLost(f"the Gateway answered {answer.status}: {message_of(answer)}")
        if answer.status not in {200, 201, 202}:
            raise Refusal(answer.status, message_of(answer))
        try:
            found = self._decode(answer.body) if answer.body.strip() else {}
        except UNREADABLE:
            raise AnswerLost(
                f"the Gateway answered {answer.status} with what is no JSON: {answer.excerpt(80)}"
            ) from None
        return guids_of(found, [str(element["product"]["sku"]) for element in elements])

    async def _create(self, body: bytes) -> Answer:
        for spelling in sorted(SPELLINGS, key=lambda spelling: spelling != self.spelling):
            answer = await self._ask(
                "POST", f"/dashboard/{spelling}/{self.shop}/products", body, repeat=Repeat.ONCE, kind="create product"
            )
            if not route_missing(answer):
                self.spelling = spelling
                return answer
        raise InputError(
            f"The Gateway knows neither spelling of the products' route for shop {self.shop} "
            f"({answer.status}: {message_of(answer)}).",
            "The shop guid is most likely wrong: compare it with the one that was handed out, and GATEWAY_URL "
            "with the marketplace's address.",
        )

    async def change_product(self, guid: str, element: Mapping[str, Any]) -> None:
        """PUT what changed; what is left out keeps its value. Route and body are ASSUMED.

        Raises `RouteMissing`, `NotThere` (for a guid that the caller must look for), `Refusal`.
        """
        answer = await self._ask(
            "PUT", f"/dashboard/webshops/{self.shop}/products/{guid}/", to_json(element), kind="change product"
        )
        if answer.status == 405 or aws_no_route(answer):
            raise RouteMissing("PUT /dashboard/webshops/{shop}/products/{guid}/")
        if answer.status == 404:
            raise NotThere(guid)
        self._expect(answer, 200, 201, 202, 204)

    async def delete_product(self, guid: str) -> None:
        """Remove a product: both DELETEs are needed. CONFIRMED. One that is gone already is no error."""
        for path in (
            f"/dashboard/webshops/{self.shop}/products/{guid}/",
            f"/organizations/{self.shop}/products/{guid}/",
        ):
            answer = await self._ask("DELETE", path, kind="delete product")
            if answer.status != 404:
                self._expect(answer, 200, 202, 204)

    async def listing(self) -> AsyncIterator[Held]:
        """All the shop's objects, archived ones too, newest first. Paging by ``search_after`` is ASSUMED."""
        async for page in self._query([]):
            for held in page:
                yield held

    def listing_pages(self) -> AsyncIterator[list[Held]]:
        """As `listing`, a page at a time."""
        return self._query([])

    async def find_by_sku(self, sku: str) -> list[Held]:
        """The objects whose SKU is exactly `sku`, newest first. The query is a full-text search, so more than they
        come, up to the whole shop's: once one is found, only its neighbours are looked at for another."""
        found: list[Held] = []
        neighbours = PAGE
        async for page in self._query([{"match": {"sku": sku}}]):
            for held in page:
                if held.sku == sku:
                    found.append(held)
                if found:
                    neighbours -= 1
                if not neighbours:
                    return found
        return found

    async def find(self, guid: str, sku: str) -> Held | None:
        """One object as the query shows it now, None where it shows none. By its guid, which few others share a
        part of (that ``guid`` can be matched is ASSUMED), else by its SKU."""
        for match in ({"guid": guid}, {"sku": sku}):
            async for page in self._query([{"match": match}]):
                for held in page:
                    if held.guid == guid:
                        return held
        return None

    async def _query(self, must: Sequence[Mapping[str, Any]]) -> AsyncIterator[list[Held]]:
        after: list[Any] | None = None
        seen: set[str] = set()
        while True:
            dsl: dict[str, Any] = {
                "size": PAGE,
                "sort": [{"timestamps.created": "desc"}, {"guid": "asc"}],
                "query": {"bool": {"must": [{"match": {"owner_guid": self.shop}}, *must]}},
            }
            if after is not None:
                dsl["search_after"] = after
            answer = await self._ask("POST", "/dashboard/webshop_products/_query", to_json({"dsl": dsl}), kind="query")
            try:
                found = self._decoded(answer, 200)
            except Refusal as refusal:
                if must:
                    raise
                # Where to go on from stands in its own last answer.
                raise AnswerLost(f"the Gateway refused to list its products: {refusal}") from refusal
            rows = found.get("products") if isinstance(found, dict) else None
            if not isinstance(rows, list):
                raise AnswerLost(f"the Gateway's query answered without products: {answer.excerpt(80)}")
            page = [held_of(row) for row in rows if isinstance(row, dict) and is_guid(row.get("guid"))]
            fresh = [held for held in page if held.guid not in seen]
            # A match is a full-text search: another shop's guid that shares a part of ours is found as well.
            fresh = [held for held in fresh if str(held.raw.get("owner_guid", self.shop)).lower() == self.shop]
            yield fresh
            # A page that is not full may be all that the Gateway hands out at once, so the end is an empty one.
            if len(rows) < SMALLEST_PAGE:
                return
            if all(held.guid in seen for held in page):
                if len(rows) < PAGE:
                    return
                raise HeldBack(
                    f"The Gateway's query shows the same {len(rows)} objects when it is asked for the next ones: what "
                    "is there cannot be seen whole, and going on could double the shop.",
                    "Ask the marketplace how its query is paged (`search_after`). Nothing was written.",
                )
            seen = {held.guid for held in page}
            last = page[-1].raw
            stamps = last.get("timestamps")
            after = [stamps.get("created") if isinstance(stamps, dict) else None, page[-1].guid]

    # --- tags ------------------------------------------------------------------------------------------------

    async def tags(self) -> list[Mapping[str, Any]]:
        """The shop's own tags. CONFIRMED."""
        answer = await self._ask("GET", f"/webshops/{self.shop}/tags/", kind="list tags", total=LONGEST_TAG_LIST)
        found = self._decoded(answer, 200)
        rows = found.get("tags", []) if isinstance(found, dict) else found
        if not isinstance(rows, list):
            raise AnswerLost(f"the Gateway's list of tags cannot be read: {answer.excerpt(80)}")
        return [row for row in rows if isinstance(row, dict) and is_guid(row.get("guid"))]

    async def create_tag(self, name: str) -> TagMade | TagExists:
        """Make a variant tag. CONFIRMED, the 409 with its guid too. Not tried again after a lost answer: only
        the caller knows whether a 409 is then its own."""
        answer = await self._ask(
            "POST",
            f"/webshops/{self.shop}/tags/",
            to_json({"name": name, "type": "variant"}),
            repeat=Repeat.ONCE,
            kind="create tag",
        )
        if answer.status >= 500:
            raise AnswerLost(f"the Gateway answered {answer.status}: {message_of(answer)}")
        if answer.status == 409:
            guid = GUID.search(message_of(answer))
            if guid is None:
                raise Refusal(409, f"a tag '{name}' exists, and the answer does not tell its guid")
            return TagExists(guid.group().lower())
        found = self._decoded(answer, 200, 201)
        if not isinstance(found, dict) or not is_guid(found.get("guid")):
            raise AnswerLost(f"the Gateway made a tag without telling its guid: {answer.excerpt(80)}")
        return TagMade(found["guid"].lower())

    # --- categories ------------------------------------------------------------------------------------------

    async def category_tree(self) -> Mapping[str, Any] | None:
        """The answer of GET /bootstrap, with the marketplace's categories under ``tag_hierarchy``. CONFIRMED.
        None where there is no tree."""
        answer = await self._ask("GET", "/bootstrap", kind="categories")
        if answer.status in {403, 404, 405}:
            return None
        found = self._decoded(answer, 200)
        return found if isinstance(found, dict) and found.get("tag_hierarchy") else None

    async def category_list(self) -> list[Mapping[str, Any]]:
        """The marketplace's categories as a flat list (``guid``, ``name``). CONFIRMED."""
        answer = await self._ask("GET", "/tags/?type=category", kind="categories")
        found = self._decoded(answer, 200)
        rows = found.get("tags", []) if isinstance(found, dict) else found
        if not isinstance(rows, list):
            raise AnswerLost(f"the Gateway's list of categories cannot be read: {answer.excerpt(80)}")
        return [row for row in rows if isinstance(row, dict)]

    # --- images ----------------------------------------------------------------------------------------------

    async def upload_form(self, filename: str, content_type: str) -> UploadForm:
        """A presigned POST for one picture. CONFIRMED. Raises `Refusal`, `AnswerLost`."""
        body = to_json({"filename": filename, "content_type": content_type})
        answer = await self._ask("POST", "/uploads/", body, kind="upload form")
        found = self._decoded(answer, 200, 201)
        fields = found.get("fields") if isinstance(found, dict) else None
        if (
            not isinstance(fields, dict)
            or "key" not in fields
            or not is_address(found.get("url"))
            or not all(isinstance(value, str) for value in fields.values())
        ):
            raise AnswerLost(f"the Gateway's upload form cannot be read: {answer.excerpt(40)}")
        return UploadForm(found["url"], {str(name): str(value) for name, value in fields.items()})

    async def fetch_image(self, url: str) -> str:
        """Let the Gateway fetch a public picture itself; its new address. CONFIRMED. Raises `Refusal`."""
        answer = await self._ask("POST", "/downloads/", to_json({"url": url}), kind="download")
        found = self._decoded(answer, 200, 201)
        if not isinstance(found, dict) or not is_address(found.get("url")):
            raise AnswerLost(f"the Gateway fetched a picture without telling its address: {answer.excerpt(80)}")
        return str(found["url"])

    # --- the wire --------------------------------------------------------------------------------------------

    async def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        repeat: Repeat = Repeat.SAFE,
        kind: str,
        total: float | None = None,
    ) -> Answer:
        if self.before_writing is not None and kind in WRITES:
            self.before_writing()
        answer = await self._host.request(
            method,
            path,
            body=body,
            headers=JSON if body is not None else None,
            repeat=repeat,
            kind=kind,
            total=total,
            try_again=frozenset({429, 500, 502, 503, 504}),
            usable=self._readable,
        )
        if answer.status == 401 or (answer.status == 403 and not aws_no_route(answer)):
            if answer.status == 403 and kind in PRODUCT_WRITES and await self._let_in():
                raise Refusal(403, message_of(answer))
            raise AccessRefused(
                f"The Gateway refused the token for shop {self.shop} ({answer.status}: {message_of(answer)}).",
                "Check the token signing key and the shop guid against what the marketplace handed out; "
                "they belong together.",
            )
        return answer

    async def _let_in(self) -> bool:
        """Whether the token opens the door now: a firewall before the Gateway may refuse one product's texts."""
        ask = smallest_question(self.shop)
        answer = await self._host.request(ask.method, ask.path, body=ask.body, headers=ask.headers, kind="query")
        return answer.status == 200

    def _expect(self, answer: Answer, *statuses: int) -> None:
        if answer.status in statuses:
            if not self._readable(answer):
                raise AnswerLost(f"the Gateway answered with what is no JSON: {answer.excerpt(80)}")
            return
        if answer.status == 429 or answer.status >= 500:
            raise AnswerLost(f"the Gateway answered {answer.status}: {message_of(answer)}")
        raise Refusal(answer.status, message_of(answer))

    def _decoded(self, answer: Answer, *statuses: int) -> Any:
        self._expect(answer, *statuses)
        try:
            return self._decode(answer.body)
        except UNREADABLE:
            raise AnswerLost(f"the Gateway answered with what is no JSON: {answer.excerpt(80)}") from None

    def _decode(self, body: bytes) -> Any:
        """What a body says. An answer is looked at before it is believed, and read then: it is decoded once."""
        if self._read[0] is not body:
            self._read = body, _decode(body)
        return self._read[1]

    def _readable(self, answer: Answer) -> bool:
        """False for a success that does not read like one: half an answer, or a web page of something in between."""
        if answer.status >= 300 or not answer.body.strip():
            return True
        try:
            self._decode(answer.body)
        except UNREADABLE:
            return False
        return True

    async def try_access(self) -> None:
        """One harmless call that needs the token and the guid. Raises what `_ask` raises, or `Unreachable`."""
        try:
            answer = await self._ask("GET", f"/webshops/{self.shop}/tags/", kind="list tags", total=LONGEST_TAG_LIST)
            self._decoded(answer, 200)
        except Refusal as refusal:
            raise InputError(
                f"The Gateway does not know shop {self.shop} ({refusal}).",
                "Check the shop guid, and that GATEWAY_URL is the marketplace's address.",
            ) from refusal
        except HttpFailure as failure:
            raise Unreachable(
                f"The Gateway at {self._host.base} does not answer: {failure}.",
                "Check GATEWAY_URL and the network, then run the command again.",
            ) from failure


def smallest_question(shop_guid: str) -> Probe:
    """What a Gateway that is up answers soon: whatever lies behind its door is asked, and not the door alone."""
    query = to_json({"dsl": {"size": 1, "query": {"match": {"owner_guid": shop_guid}}}})
    return Probe("POST", "/dashboard/webshop_products/_query", query, JSON)
