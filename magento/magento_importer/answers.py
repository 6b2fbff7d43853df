"""From the bytes that the API answers to rows, and to what it says is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

Row = dict[str, Any]

_JSON = msgspec.json.Decoder(float_hook=Decimal)
_PIECES = msgspec.json.Decoder(list[msgspec.Raw])


class Unparsable(Exception):
    """The body is not the JSON that was wanted."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a list. `total` is what the list says that it holds in all."""

    rows: tuple[Row, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Said:
    """An error in the API's own form: its text with the places filled in, and the parameters by name (those of a list
    by their number, from ``1`` on). `fields` are what single complaints name."""

    message: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[str, ...] = ()

    @property
    def resource(self) -> str:
        """The ACL name of what may not be read, ``""`` where it is about something else."""
        return self.parameters.get("resources", "")


def document(body: bytes) -> Any:
    """Whatever JSON a body holds; numbers with a fraction are exact. Raises `Unparsable`."""
    try:
        return _JSON.decode(body)
    except (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError) as problem:
        raise Unparsable(str(problem)) from problem


def listing(found: Any) -> Listing:
    """A list of the API's search routes. An empty one with `fields` has ``"items": null``. Raises `Unparsable`."""
    if not isinstance(found, dict) or "items" not in found:
        raise Unparsable("it has no items")
    rows = found["items"]
    if rows is None:
        rows = []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unparsable("its items are no rows")
    total = found.get("total_count", len(rows))
    if not isinstance(total, int) or isinstance(total, bool):
        raise Unparsable("it does not say how many there are")
    return Listing(tuple(rows), total)


def rows_in(found: Any) -> tuple[Row, ...]:
    """A plain list of rows. Raises `Unparsable`."""
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise Unparsable("it is no list of rows")
    return tuple(found)


def each_row(body: bytes) -> Iterator[Row]:
    """The rows of a plain list one after another: a list of the whole shop is never held as rows. Raises
    `Unparsable`."""
    try:
        rows = _PIECES.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as problem:
        raise Unparsable(str(problem)) from problem
    for row in rows:
        found = document(bytes(row))
        if not isinstance(found, dict):
            raise Unparsable("it is no list of rows")
        yield found


def error_of(body: bytes) -> Said | None:
    """The error that a body holds, None where it is something else."""
    try:
        found = document(body)
    except Unparsable:
        return None
    if not isinstance(found, dict) or not isinstance(found.get("message"), str):
        return None
    single = found.get("errors")
    named = single if isinstance(single, list) else []
    parameters = [_parameters(one.get("parameters")) for one in named if isinstance(one, dict)]
    own = _parameters(found.get("parameters"))
    return Said(
        _filled(found["message"], own), own, tuple(one["fieldName"] for one in parameters if "fieldName" in one)
    )


def _parameters(found: Any) -> dict[str, str]:
    if isinstance(found, Mapping):
        return {str(name): str(value) for name, value in found.items()}
    if isinstance(found, Sequence) and not isinstance(found, str):
        return {str(place): str(value) for place, value in enumerate(found, 1)}
    return {}


def _filled(message: str, parameters: Mapping[str, str]) -> str:
    """``%1`` and ``%name`` in a message stand for its parameters."""
    for name in sorted(parameters, key=len, reverse=True):
        message = message.replace(f"%{name}", parameters[name])
    return message
