"""What the Gateway's answers say: its objects, its refusals, and what in them is no good."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway_importer.failures import cut
from gateway_importer.http import Answer

GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


class Refusal(Exception):
    """The Gateway understood a request and said no: `status`, and its `message` on one line."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"the Gateway answered {status}: {message}")
        self.status = status
        self.message = message


class RouteMissing(Exception):
    """A route that is ASSUMED does not exist at this Gateway. `route` names it."""

    def __init__(self, route: str) -> None:
        super().__init__(f"the Gateway has no route {route}")
        self.route = route


class NotThere(Exception):
    """The Gateway knows no object of that guid."""


@dataclass(frozen=True, slots=True)
class Held:
    """A product object as the Gateway returns it; `raw` is the whole of it."""

    guid: str
    sku: str
    name: str
    archived: bool
    created: datetime | None
    tags: tuple[str, ...]
    images: tuple[str, ...]
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UploadForm:
    """A presigned POST: where to send the form, its fields (all of them go first), and the file last."""

    url: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TagMade:
    """The tag is new, and so it is ours."""

    guid: str


@dataclass(frozen=True, slots=True)
class TagExists:
    """A tag of that name was there already; whose it is, the answer does not say."""

    guid: str


def message_of(answer: Answer) -> str:
    """What an error answer says, on one line, without secrets."""
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return answer.excerpt(200) or "no text"
    if isinstance(found, dict):
        said = found.get("message") or found.get("Message") or found.get("error")
        if isinstance(said, str):
            return cut(said, 500)
    return answer.excerpt(200)


def aws_no_route(answer: Answer) -> bool:
    return answer.status == 403 and "missing authentication token" in message_of(answer).lower()


def route_missing(answer: Answer) -> bool:
    """Whether the ROUTE does not exist: 405, AWS's 403, or a 404 that names no shop or product."""
    if answer.status == 405 or aws_no_route(answer):
        return True
    return answer.status == 404 and not re.search(
        r"shop|product|organi[sz]ation|tag", message_of(answer), re.IGNORECASE
    )


def guids_of(found: Any, skus: Sequence[str]) -> list[str | None]:
    rows = found.get("products") if isinstance(found, dict) else found
    by_sku: dict[str, str] = {}
    if isinstance(rows, list):
        for row in rows:
            if isinstance(row, dict) and is_guid(row.get("guid")):
                inner = row.get("product")
                sku = row.get("sku") or (inner.get("sku") if isinstance(inner, dict) else None)
                if isinstance(sku, str):
                    by_sku[sku] = row["guid"]
        if not by_sku and len(rows) == len(skus) == 1 and isinstance(rows[0], dict):
            guid = rows[0].get("guid")
            return [guid if is_guid(guid) else None]
    return [by_sku.get(sku) for sku in skus]


def is_guid(value: object) -> bool:
    """Whether it can be asked for again: anything else in a guid's place is no object's and no tag's name."""
    return isinstance(value, str) and GUID.fullmatch(value) is not None


def is_address(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and re.match(r"https?://\S+$", value) is not None


def held_of(row: Mapping[str, Any]) -> Held:
    stamps = row.get("timestamps")
    created = stamps.get("created") if isinstance(stamps, dict) else None
    moment: datetime | None = None
    if isinstance(created, str):
        try:
            moment = datetime.fromisoformat(created)
        except ValueError:
            moment = None
    tags, images = row.get("tag_guids"), row.get("images")
    return Held(
        guid=str(row["guid"]),
        sku=str(row.get("sku") or ""),
        name=str(row.get("name") or ""),
        archived=bool(row.get("archived")),
        created=moment,
        tags=tuple(str(tag).lower() for tag in tags) if isinstance(tags, list) else (),
        images=tuple(str(image) for image in images) if isinstance(images, list) else (),
        raw=row,
    )
