"""What to do with a product: a pure function of what the shop says and what the ledger says.

| the shop | the ledger | the step |
|---|---|---|
| has the variant | does not know it | `Create` |
| has it | intended or posted, outcome or guid unknown | `Settle` |
| has it | live, every field as last sent | none |
| has it | live, its former object not yet deleted | `Settle` |
| has it | live, some fields differ | `Change` of those, except what `keep` names |
| has it | live, edited at the Gateway, and the Gateway is to equal the shop | `Change` of those too |
| has it | archived, or leaving | `Revive`: a change of every field, but what `keep` names |
| lacks it | live, or leaving | `Archive` (not when the variant is only bad: `untouched`) |
| lacks it | intended or posted | `Settle`, and what is found is archived |
| lacks it | archived | none |

A field that the shop does not know (stock) is not compared. A field whose last value is not known (an adopted
product) counts as different.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from gateway_importer.ledger.store import Known


@dataclass(frozen=True, slots=True)
class Create:
    variant: str


@dataclass(frozen=True, slots=True)
class Settle:
    variant: str


@dataclass(frozen=True, slots=True)
class Change:
    variant: str
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class Revive:
    variant: str
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class Archive:
    variant: str


Step = Create | Settle | Change | Revive | Archive


def decide(
    wanted: Mapping[str, Mapping[str, str]],
    known: Mapping[str, Known],
    *,
    keep: Collection[str] = (),
    edited: Mapping[str, Collection[str]] | None = None,
    untouched: Collection[str] = (),
) -> tuple[Step, ...]:
    """The steps for one product, in the order in which they are taken.

    `wanted` is the digest of each field of each variant; `edited` are fields that the Gateway now holds
    otherwise than they were sent, where they are to be set right.
    """
    settle: list[Step] = []
    steps: list[Step] = []
    for variant, digests in wanted.items():
        have = known.get(variant)
        if have is None:
            steps.append(Create(variant))
        elif _unsettled(have):
            settle.append(Settle(variant))
        elif have.state in {"archived", "leaving"}:
            steps.append(Revive(variant, frozenset(digests) - frozenset(keep)))
        else:
            differing = {name for name, digest in digests.items() if have.fields.get(name) != digest}
            differing |= set((edited or {}).get(variant, ())) & set(digests)
            differing -= set(keep)
            if differing:
                steps.append(Change(variant, frozenset(differing)))
    for variant, have in known.items():
        if variant in wanted or variant in untouched:
            continue
        if _unsettled(have):
            settle.append(Settle(variant))
        elif have.state in {"live", "leaving"}:
            steps.append(Archive(variant))
    return (*settle, *steps)


def _unsettled(have: Known) -> bool:
    return have.state in {"intended", "posted"} or (have.state == "live" and have.doomed is not None)
