"""What taking back a run means for one object: a pure function of what was kept, of what the Gateway holds now, and of
what later runs changed.

| the field now | a later run changed it | what is done |
|---|---|---|
| as it was sent | no | what it was is sent |
| as it was before | no | nothing |
| otherwise: a person changed it | no | it is left, and named |
| whatever it is | yes | it is left, and named |

Of tags and of `data` only what the run put in or took out is taken back, each tag and each key by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gateway_importer.gateway.compare import as_shown, same
from gateway_importer.ledger.history import LEDGER_ROW, NET_ROW, OBJECT_ROW, UNKNOWN, Former

BESIDE = frozenset({LEDGER_ROW, NET_ROW, OBJECT_ROW})
CHANGED_SINCE = "it was changed since"
CHANGED_LATER = "a later run changed it"
NOT_KNOWN = "the Gateway did not show what it was"
DELETED = "the object was deleted or replaced since"
VAT_MOVED = "the VAT was changed since"
SKU_TAKEN = "another product has the SKU now"


@dataclass(frozen=True, slots=True)
class Left:
    """A field that stays as it is, and why."""

    field: str
    why: str
    was: Any = UNKNOWN
    now: Any = UNKNOWN


@dataclass(frozen=True, slots=True)
class Reversal:
    """What is to be sent for one object: `values` by field, as the query shows them (`archived` among them), and
    `net` for a price. `done` are the fields that are then as they were; `left` those that are not."""

    values: Mapping[str, Any] = field(default_factory=dict)
    net: Decimal | None = None
    done: frozenset[str] = frozenset()
    left: tuple[Left, ...] = ()


def reversal(
    former: Mapping[str, Former], held: Mapping[str, Any] | None, *, archived: bool, later: Collection[str] = ()
) -> Reversal:
    """How one object is taken back. `held` is the object as the query shows it now (None: it does not), `archived`
    whether it is; `later` are fields that later runs changed."""
    fields = {name: row for name, row in former.items() if name not in BESIDE}
    if held is None:
        return Reversal(left=tuple(Left(name, DELETED, row.was) for name, row in fields.items()))
    shown = {**as_shown(held), "archived": archived}
    values: dict[str, Any] = {}
    left: list[Left] = []
    for name, row in fields.items():
        now = shown.get(name, UNKNOWN)
        if name in later:
            left.append(Left(name, CHANGED_LATER, row.was, now))
        elif row.was is UNKNOWN or now is UNKNOWN:
            left.append(Left(name, NOT_KNOWN, row.was, now))
        elif name == "tags":
            tags = _tags(row, now)
            if tags != now:
                values[name] = tags
        elif name == "data":
            target, kept = _data(row, now)
            left += kept
            if target != now:
                values[name] = target
        elif same(name, now, row.was):
            continue
        elif same(name, now, row.sent):
            values[name] = row.was
        else:
            left.append(Left(name, CHANGED_SINCE, row.was, now))
    net = None
    if "vat" in values and "price" in fields and all(entry.field != "price" for entry in left):
        values.setdefault("price", fields["price"].was)  # the same gross, and another net
    if "price" in values:
        kept = former[NET_ROW].was if NET_ROW in former else {}
        net = kept.get("net")
        if net is None or kept["vat"] != values.get("vat", shown.get("vat")):
            left.append(Left("price", VAT_MOVED, values.pop("price"), shown["price"]))
            net = None
    if "vat" in values and any(entry.field == "price" for entry in left):
        # Alone it would change the price that somebody has set since.
        left.append(Left("vat", CHANGED_SINCE, values.pop("vat"), shown["vat"]))
    stuck = {entry.field.partition(".")[0] for entry in left}
    return Reversal(values, net, frozenset(fields) - stuck, tuple(left))


def _tags(row: Former, now: list[str]) -> list[str]:
    put_in, taken_out = set(row.sent) - set(row.was), [tag for tag in row.was if tag not in row.sent]
    return [*(tag for tag in now if tag not in put_in), *(tag for tag in taken_out if tag not in now)]


def _data(row: Former, now: Mapping[str, Any]) -> tuple[dict[str, Any], list[Left]]:
    target, left = dict(now), []
    for key in {**row.was, **row.sent}:
        was, sent, held = (values.get(key, UNKNOWN) for values in (row.was, row.sent, now))
        if _equal(was, sent) or _equal(held, was):
            continue
        if not _equal(held, sent):
            left.append(Left(f"data.{key}", CHANGED_SINCE, was, held))
        elif was is UNKNOWN:
            del target[key]
        else:
            target[key] = was
    return target, left


def _equal(one: Any, other: Any) -> bool:
    if one is UNKNOWN or other is UNKNOWN:
        return one is other
    return same("data", one, other)
