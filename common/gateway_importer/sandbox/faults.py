"""Faults on purpose: rules that say which requests go wrong and how; a choice that can be repeated and explained."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from typing import Literal

What = Literal["status", "html", "reset", "truncate", "cut", "stall", "late"]


@dataclass(kw_only=True, eq=False)
class Fault:
    """One rule. It counts its own requests and hits, so each is an object of its own.

    `status` answers `status`; `html` answers a web page with `status`; `reset` closes the connection;
    `truncate` answers the first half of the JSON, well framed; `cut` breaks off in the middle of the body;
    `stall` waits `seconds`; `late` gives up at once (answers `status`, or closes the connection where it is
    None) and finishes the work `seconds` later.
    """

    what: What
    method: str | None = None
    path: str = ""
    """A regular expression, searched for in the path."""
    body: str | None = None
    """A regular expression, searched for in a JSON body."""
    status: int | None = None
    """Of the answer; 503 for `status`, 200 for `html` and a closed connection for `late` where it is left out."""
    when: Literal["before", "after"] = "before"
    """Whether the work is left undone, or done before the answer goes wrong (`status`, `html`, `reset`, `stall`)."""
    seconds: float = 30.0
    """How long `stall` waits and how much later `late` does the work."""
    retry_after: str | None = None
    """The header of that name."""
    nth: int | None = None
    """Only from the nth request that matches, counted from 1 (with `times=1`: exactly that one)."""
    times: int | None = None
    """How often it hits; always where it is left out."""
    probability: float = 1.0

    seen: int = field(default=0, init=False)
    hits: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        re.compile(self.path)
        re.compile(self.body or "")

    def __str__(self) -> str:
        words: list[str] = [self.what]
        if self.status is not None:
            words.append(str(self.status))
        if self.what in ("status", "html", "reset", "stall"):
            words.append(self.when)
        if self.what in ("stall", "late"):
            words.append(f"{self.seconds:g}s")
        words.append(f"on {self.method or 'any'} {self.path or '/'}")
        if self.body is not None:
            words.append(f"with {self.body}")
        return " ".join(words)

    def concerns(self, method: str, path: str, body: str) -> bool:
        if self.method not in (None, method) or not re.search(self.path, path):
            return False
        return self.body is None or re.search(self.body, body) is not None


def choose(faults: list[Fault], rng: random.Random, method: str, path: str, body: str) -> Fault | None:
    """The first rule that hits this request; all that concern it count it, so that `nth` means what it says."""
    chosen: Fault | None = None
    for fault in faults:
        if not fault.concerns(method, path, body):
            continue
        fault.seen += 1
        if chosen is not None or (fault.nth is not None and fault.seen < fault.nth):
            continue
        if fault.times is not None and fault.hits >= fault.times:
            continue
        if fault.probability < 1.0 and rng.random() >= fault.probability:
            continue
        fault.hits += 1
        chosen = fault
    return chosen
