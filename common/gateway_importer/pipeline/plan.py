"""A plan: what would change at the Gateway, product by product and field by field, and what of it may still be carried
out once time has passed. Pure functions of what both sides say; the file is `plan_file`'s.

| the field | what is done |
|---|---|
| planned; shop and Gateway are as they were then | it is sent |
| planned; the shop says something else now | it is left out, and named |
| planned; the Gateway holds something else now | it is left out, and named |
| not planned | it is left to the next import |

Of price and VAT both are sent or neither. An object is made, brought back or archived as it was planned, or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from gateway_importer.catalog import Fault
from gateway_importer.gateway.compare import apart, as_sent, as_shown, same
from gateway_importer.gateway.payload import digest
from gateway_importer.ledger.history import MOVED
from gateway_importer.ledger.store import Known
from gateway_importer.pipeline.decide import Archive, Change, Create, Revive, Settle, Step

LONGEST = 200  # characters of a value that a plan shows; its digest stands for the whole
TOGETHER = frozenset({"price", "vat"})
NOTHING = "nothing"


class PlannedField(msgspec.Struct, frozen=True, omit_defaults=True):
    """A field that would change. `was` is what the Gateway held, `to` what the shop says, cut for reading; `held` and
    `wanted` are the digests of both."""

    was: Any
    to: Any
    held: str
    wanted: str


class PlannedVariant(msgspec.Struct, frozen=True, omit_defaults=True):
    """What would be done with one object. `step` is ``create``, ``change``, ``revive``, ``archive``, ``off sale`` or
    ``stay``. `guid` is the object's (of a ``create``: of the one that somebody deleted). `stays` are fields that were
    edited at the Gateway and stay so: what it holds, and what the shop says. `vat` is what the Gateway held."""

    variant: str
    sku: str
    step: str
    guid: str | None = None
    fields: dict[str, PlannedField] = {}
    stays: dict[str, tuple[Any, Any]] = {}
    vat: str | None = None


class PlannedProduct(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a plan. `rule` and `detail` say why a product leaves."""

    product: str
    name: str
    does: str  # create, update, archive, off sale, stay
    variants: list[PlannedVariant]
    rule: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """A variant as the shop offers it now: its fields as they are sent, and their digests."""

    sku: str
    fields: Mapping[str, Any]
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Moved:
    """What is not as it was when the plan was made. `side` is ``shop`` or ``Gateway``."""

    sku: str
    side: str
    field: str
    was: Any
    now: Any

    def __str__(self) -> str:
        return f"SKU {self.sku}, {self.field} at the {self.side}: {_said(self.was)} then, {_said(self.now)} now"


@dataclass(frozen=True, slots=True)
class Permit:
    """What may be carried out of a plan for one product: `steps`. `moved` was planned and is left out, `more` was not
    planned."""

    steps: tuple[Step, ...] = ()
    moved: tuple[Moved, ...] = ()
    more: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether the product is then as the shop has it."""
        return not self.moved and not self.more

    def filter(self, steps: Sequence[Step]) -> tuple[Step, ...]:
        """Of what is to be done now (lost answers may have been settled since) what may be."""
        ready = {step.variant: step for step in steps}
        return tuple(
            step
            for step in self.steps
            if _kind(ready.get(step.variant)) in {_kind(step), "" if isinstance(step, Change) else _kind(step)}
        )


# --- making a plan -------------------------------------------------------------------------------------------------


def planned_product(
    product: str, name: str, offered: Mapping[str, Offered], steps: Sequence[Step], known: Mapping[str, Known],
    held: Mapping[str, Mapping[str, Any]], deleted: Mapping[str, str],
) -> PlannedProduct | None:  # fmt: skip
    """A plan's line for a product of the shop; None where nothing would change and nothing was edited. `held` are the
    objects as the Gateway shows them, by variant; `deleted` the guids of those that somebody deleted there."""
    by_variant = {step.variant: step for step in steps}
    variants = []
    for variant, has in {**dict.fromkeys(known), **offered}.items():
        step, have = by_variant.get(variant), known.get(variant)
        shown = as_shown(held.get(variant, {}))
        fields = _fields(step, has, shown) if has is not None else {}
        stays = {}
        if has is not None and have is not None and have.state == "live" and not isinstance(step, Create):
            stays = {
                key: briefs(key, shown[key], has.fields[key])
                for key in sorted(shown.keys() & has.fields.keys() - fields.keys())
                if not same(key, shown[key], has.fields[key])
            }
        if step is None and not stays:
            continue
        kind = _kind(step) or "stay"
        sku = has.sku if has is not None else have.sku if have is not None else ""
        guid = deleted.get(variant) if isinstance(step, Create) else have.guid if have is not None else None
        variants.append(PlannedVariant(variant, sku, kind, guid, fields, stays, shown.get("vat")))
    if not variants:
        return None
    made = any(entry.step == "create" and entry.guid is None for entry in variants) and not any(
        have.guid for have in known.values()
    )
    does = "create" if made else "update" if any(entry.step != "stay" for entry in variants) else "stay"
    return PlannedProduct(product, name, does, variants)


def _fields(step: Step | None, has: Offered, shown: Mapping[str, Any]) -> dict[str, PlannedField]:
    names = step.fields if isinstance(step, Change | Revive) else has.digests if isinstance(step, Create) else ()
    return {
        name: PlannedField(
            *briefs(name, shown.get(name), has.fields.get(name)), held_digest(name, shown), has.digests[name]
        )
        for name in sorted(names)
    }


def offered(sku: str, fields: Mapping[str, Any], digests: Mapping[str, str], addresses: Sequence[str],
            tags: Sequence[str]) -> Offered:  # fmt: skip
    return Offered(sku, as_sent(fields, addresses=addresses, tags=tags), digests)


def held_digest(name: str, shown: Mapping[str, Any]) -> str:
    """A digest of what the Gateway shows of a field; of what it does not show one as well."""
    value = shown.get(name)
    return digest(sorted(value) if name == "tags" and value is not None else value)


def briefs(name: str, was: Any, to: Any) -> tuple[Any, Any]:
    """Two values of a field as a plan shows them side by side: of objects, what differs."""
    if isinstance(was, Mapping) and isinstance(to, Mapping):
        was, to = apart(was, to)
    return brief(name, was), brief(name, to)


def brief(name: str, value: Any) -> Any:
    """A value as a plan shows it."""
    if name in {"images", "tags"} and isinstance(value, list):
        return f"{len(value)} {'picture' if name == 'images' else 'tag'}{'' if len(value) == 1 else 's'}"
    if isinstance(value, str) and len(value) > LONGEST:
        return value[: LONGEST - 1] + "…"
    if isinstance(value, dict):
        return _compact(value)
    if isinstance(value, Decimal):
        return str(value)
    return value


# --- carrying a plan out -------------------------------------------------------------------------------------------


def permit(
    plan: PlannedProduct, offered: Mapping[str, Offered], steps: Sequence[Step], known: Mapping[str, Known],
    held: Mapping[str, Mapping[str, Any]],
) -> Permit:  # fmt: skip
    """What of a product's plan may be carried out now. `steps` are what an import would do, `held` the objects as the
    Gateway shows them now, by variant."""
    ready = {step.variant: step for step in steps if not isinstance(step, Settle)}
    allowed: list[Step] = []
    left: list[Moved] = []
    more: list[str] = []
    for planned in plan.variants:
        step = ready.pop(planned.variant, None)
        has, have = offered.get(planned.variant), known.get(planned.variant)
        if planned.step == "stay":
            more += [] if step is None else _named(planned.sku, step)
            continue
        if _done(planned, has, have, step):
            continue
        if have is not None and have.state in {"intended", "posted"} and planned.step == "create":
            # A run of this plan was stopped on the way: what became of it is settled before it is made.
            step, have = Create(planned.variant), None
        may, found = _one(planned, step, has, have, held.get(planned.variant, {}))
        allowed += [] if may is None else [may]
        left += found
        if isinstance(step, Change):
            more += [f"SKU {planned.sku}: {name}" for name in sorted(step.fields - planned.fields.keys())]
    for variant, step in ready.items():
        more += _named(offered[variant].sku if variant in offered else known[variant].sku, step)
    return Permit(tuple(allowed), tuple(left), tuple(more))


def _one(
    planned: PlannedVariant, step: Step | None, has: Offered | None, have: Known | None, raw: Mapping[str, Any]
) -> tuple[Step | None, list[Moved]]:
    """What may be done with one object, and what has moved."""

    def other(side: str, was: Any, now: Any) -> tuple[None, list[Moved]]:
        return None, [Moved(planned.sku, side, "object", was, now)]

    if (have is not None and have.guid != planned.guid) or (have is None and planned.step != "create"):
        return other("Gateway", planned.guid, have.guid if have else None)
    if planned.step == "archive":
        if has is not None:
            return other("shop", "gone", "there")
        # A run of this plan that was stopped may have archived it: to say so once more does no harm.
        ours = have is not None and have.state == "leaving"
        still = isinstance(step, Archive) and (ours or not raw.get("archived"))
        return (step, []) if still else other("Gateway", "there", "gone")
    if has is None:
        return other("shop", "there", "gone")
    shown = as_shown(raw)
    found = _moved_fields(planned, has, shown, gateway=planned.step != "create")
    if planned.step in {"create", "revive"}:
        if _kind(step) != planned.step:
            found.append(Moved(planned.sku, "Gateway", "object", NOTHING, "there"))
        return (None if found else step), found
    gone = {entry.field for entry in found}
    sent = step.fields if isinstance(step, Change) else frozenset()
    names = {
        name
        for name, then in planned.fields.items()
        if name not in gone and (name in sent or held_digest(name, shown) == then.held)
    }
    if TOGETHER & gone:
        names -= TOGETHER
    return (Change(planned.variant, frozenset(names)) if names else None), found


def moved(entries: Sequence[Moved]) -> Fault:
    """Why something that was planned was left out."""
    return Fault(
        MOVED,
        "It is not as it was when the plan was made: " + "; ".join(map(str, entries)) + ".",
        "Make a new plan (preview --save), or run an import: it brings in what the shop shows now.",
    )


def _moved_fields(planned: PlannedVariant, has: Offered, shown: Mapping[str, Any], *, gateway: bool) -> list[Moved]:
    found = []
    for name, then in planned.fields.items():
        if has.digests.get(name) != then.wanted:
            found.append(Moved(planned.sku, "shop", name, then.to, brief(name, has.fields.get(name))))
        elif gateway and held_digest(name, shown) != then.held and not _already(name, has, shown):
            found.append(Moved(planned.sku, "Gateway", name, then.was, brief(name, shown.get(name))))
    priced = TOGETHER & planned.fields.keys() - {entry.field for entry in found}
    if gateway and priced == {"price"} and shown.get("vat") != planned.vat:
        found.append(Moved(planned.sku, "Gateway", "price", f"with {planned.vat}", f"with {shown.get('vat')}"))
    return found


def _already(name: str, has: Offered, shown: Mapping[str, Any]) -> bool:
    """Whether the Gateway holds what was planned: a run of this plan that was stopped has sent it."""
    return name in shown and name in has.fields and same(name, shown[name], has.fields[name])


def _done(planned: PlannedVariant, has: Offered | None, have: Known | None, step: Step | None) -> bool:
    """Whether an object has been made, brought back or archived as it was planned."""
    if step is not None or have is None:
        return False
    if planned.step == "archive":
        return has is None and have.state == "archived" and have.guid == planned.guid
    as_planned = has is not None and all(has.digests.get(name) == then.wanted for name, then in planned.fields.items())
    return planned.step in {"create", "revive"} and have.state == "live" and as_planned


def _named(sku: str, step: Step) -> list[str]:
    if isinstance(step, Change):
        return [f"SKU {sku}: {name}" for name in sorted(step.fields)]
    return [f"SKU {sku}: to {_kind(step)} it"]


def _kind(step: Step | None) -> str:
    return "" if step is None else type(step).__name__.lower()


def _compact(value: Mapping[str, Any]) -> str:
    text = msgspec.json.Encoder(decimal_format="number").encode(value).decode()
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _said(value: Any) -> str:
    return NOTHING if value is None else f"'{value}'" if isinstance(value, str) else str(value)
