"""The gateway file of an offer: which files there are, where they lie, and what tells one generation from another."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
from lxml import etree

from iai_importer.conditions import ZONE
from iai_importer.elements import local
from iai_importer.numbers import moment

GATEWAY = "provider_description"  # the root of its file
HOUR = timedelta(hours=1)
#: Change files are made hourly, some seconds or minutes late.
LATE = timedelta(minutes=30)


class Listed(msgspec.Struct, frozen=True):
    """A file that the gateway names: where it is, and by what its next generation is known. `hash` and `changed` are
    ``""`` where the gateway does not say them."""

    url: str
    hash: str = ""
    changed: str = ""

    @property
    def named(self) -> bool:
        return bool(self.hash or self.changed)


class Gateway(msgspec.Struct, frozen=True):
    """What a gateway file says. `changes` are the change files, the oldest first; `others` are small files by kind
    (``categories``, ``sizes``, ``stocks``)."""

    full: Listed | None = None
    light: Listed | None = None
    changes: tuple[Listed, ...] = ()
    others: dict[str, Listed] = {}
    name: str = ""
    www: str = ""
    generated: str = ""


class NoGateway(Exception):
    """A text that is no gateway file."""


def gateway_of(body: bytes) -> Gateway:
    """Raises `NoGateway`."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise NoGateway(str(problem)) from None
    if local(root.tag) != GATEWAY or root.getroottree().docinfo.doctype:
        raise NoGateway(f"its root is {local(root.tag)}")
    files: dict[str, Listed] = {}
    changes: list[Listed] = []
    name = www = ""
    for child in root:
        kind = local(child.tag)
        if kind == "meta":
            texts = {local(one.tag): (one.text or "").strip() for one in child}
            name, www = texts.get("long_name") or texts.get("short_name", ""), texts.get("www", "")
        elif child.get("url"):
            files[kind] = _listed(child)
        if kind == "full":
            # The announcement of 3.0 shows `change` straight under `full`, the schema within `changes`.
            changes = [_listed(one) for one in child.iter() if local(one.tag) == "change" and one.get("url")]
    full, light = files.pop("full", None), files.pop("light", None)
    if full is None:
        raise NoGateway("it names no file of the whole offer")
    return Gateway(
        full, light, tuple(sorted(changes, key=lambda one: one.changed)), files, name, www, root.get("generated") or ""
    )


def _listed(element: Any) -> Listed:
    return Listed(
        element.get("url").strip(), (element.get("hash") or "").strip(), (element.get("changed") or "").strip()
    )


def due_changes(as_of: str, changes: tuple[Listed, ...], generated: str) -> list[Listed] | None:
    """The change files that lead from what is known as of then to now, the oldest first; None where an hour is missing,
    or where it cannot be told.

    | what | due |
    |---|---|
    | a moment that cannot be read, or none named | None |
    | no change file at all | none, if the gateway was made within an hour; else None |
    | an hour and more between two of them, before the first, or behind the last | None |
    | a moment in the hour that the clock shows twice, or not at all | None |
    | else | those after `as_of` |
    """
    try:
        known, now = moment(as_of), moment(generated)
        dated = [(moment(one.changed), one) for one in changes]
    except ValueError:
        return None
    if known is None or now is None:
        return None
    due = sorted(((when, one) for when, one in dated if when is not None and when > known), key=lambda pair: pair[0])
    steps: list[datetime] = [known, *(when for when, _ in due), now]
    if any(later - earlier > HOUR + LATE for earlier, later in pairwise(steps)) or any(map(_twice, steps)):
        return None
    return [one for _, one in due]


def _twice(moment: datetime) -> bool:
    """Whether the shop's clock shows a moment twice, when summer time ends: what came first cannot be told."""
    return moment.replace(tzinfo=ZONE, fold=0).utcoffset() != moment.replace(tzinfo=ZONE, fold=1).utcoffset()
