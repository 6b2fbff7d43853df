"""What distinguishes one platform over feeds and tables from another: names, words and defaults."""

from __future__ import annotations

from dataclasses import dataclass

from feeds_family.settings import Questions

FAMILY = "feed"  # in identities, ledgers and marks; whichever profile reads it


@dataclass(frozen=True, slots=True)
class Profile:
    """`title` names the platform; `proven` is the sentence about what it was proven against, `unknown` the one that
    says what is not known of the product itself; `document` is its page in the documents; `ready` are column
    maps (as text) for tables whose columns are exactly theirs."""

    title: str
    questions: Questions
    proven: str
    unknown: str
    document: str
    ready: tuple[str, ...] = ()
