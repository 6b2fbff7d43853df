"""Answers as a buggy module, a wrong proxy or a new version may send them: values of another type, fields missing,
numbers as text, huge, deep, not UTF-8. A number is never made another one that could be true."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

DEEP = b"[" * 5000 + b"]" * 5000

ODD: tuple[Any, ...] = (
    None, True, False, "", "x", " ", "NaN", "1e400", 10**30, -(10**30), [], {}, [[]], [None], [1, "2", {}], {"id": {}},
    {"a": {"b": [{"c": None}]}}, "\ud800", "\x00", "a" * 100_000,
)  # fmt: skip


def mutated(rng: random.Random, body: bytes, rows: str) -> tuple[bytes, Any]:
    """The JSON body with one thing changed in one entry of the list `rows`, and that entry as it was; None in its
    place where the whole answer was harmed."""
    document = json.loads(body)
    entries = document.get(rows) if isinstance(document, dict) else None
    if not entries or rng.random() < 0.15:
        return harmed(rng, body), None
    entry = rng.choice(entries)
    before = json.loads(json.dumps(entry))
    _change(rng, entry)
    return json.dumps(document).encode("utf-8", "surrogatepass"), before


def harmed(rng: random.Random, body: bytes) -> bytes:
    """Bytes that no longer are the answer."""
    place = rng.randrange(len(body) + 1)
    return rng.choice([
        body[:place], body[:place] + DEEP + body[place:], DEEP, b"null", b"42", b'"text"', b"[null]", b"{}", b"", b"\xff" + body,
        b"\xff\xfe" + body.decode("utf-8", "replace").encode("utf-16-le"), b"<html>" + body[:200], b"[[[[", b"{" * 3000,
    ])  # fmt: skip


def _change(rng: random.Random, entry: dict[str, Any]) -> None:
    name = rng.choice([name for name in entry if name != "id"] or list(entry))
    value = entry[name]
    inner = [one for one in value if isinstance(one, dict) and one] if isinstance(value, list) else []
    if inner and rng.random() < 0.5:
        _change(rng, rng.choice(inner))
    elif isinstance(value, dict) and value and rng.random() < 0.7:
        _change(rng, value)
    elif rng.random() < 0.3:
        del entry[name]
    elif rng.random() < 0.3 and isinstance(value, int | float | str):
        entry[name] = str(value) if not isinstance(value, str) else _as_number(value)
    else:
        entry[name] = rng.choice(ODD)


def _as_number(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return f" {text} "


def mutated_anywhere(rng: random.Random, body: bytes) -> bytes:
    """The JSON body with one thing changed in any of its objects, or harmed as bytes."""
    document = json.loads(body)
    objects = list(_objects(document))
    if not objects or rng.random() < 0.3:
        return harmed(rng, body)
    _change(rng, rng.choice(objects))
    return json.dumps(document).encode("utf-8", "surrogatepass")


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if value:
            yield value
        for inner in value.values():
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)
