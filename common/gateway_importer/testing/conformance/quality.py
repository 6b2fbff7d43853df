"""A platform's ``quality.toml``: what it is proven against, every rule of the kit, and what it cannot have.

[proven]
by = "recording"        # a real shop's answers; "documents": the vendor's documents alone; "nothing"
sentence = "proven against …"

[rules]                 # the values that the rule compared, or why it is exempt
outcomes = 264
languages = "exempt: a shop has one language"

[cannot]                # cases, ``trouble NAME``, ``access half``: each with its reason
vat-exempt = "every tax of the shop has a rate"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: What an importer can be proven by, and the word that its sentence must hold.
PROOFS = {"recording": "recorded", "documents": "documents", "nothing": "not proven"}
EXEMPT = re.compile(r"exempt: (?P<why>.{10,})")
TO_DO = re.compile(r"to do until (?P<day>\d{4}-\d{2}-\d{2}): (?P<why>.{10,})")  # work that is under way, and ends


@dataclass(frozen=True, slots=True)
class Quality:
    """`rules` are the number of values that each compared, or a text in the form of `EXEMPT` or `TO_DO`."""

    by: str
    sentence: str
    rules: Mapping[str, int | str]
    cannot: Mapping[str, str]

    @classmethod
    def of(cls, folder: Path) -> Quality:
        """Reads a platform's. Raises ValueError where it lacks a part."""
        text = tomllib.loads((folder / "quality.toml").read_text("utf-8"))
        try:
            proven = text["proven"]
            return cls(proven["by"], proven["sentence"], dict(text["rules"]), dict(text.get("cannot", {})))
        except KeyError as missing:
            raise ValueError(f"{folder.name}/quality.toml lacks {missing}") from missing
