"""The marketplace's categories, found by their paths, and how a path is written in one line.

Names are equal when they are after trimming, in one Unicode form, without regard to case.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SEPARATOR = " > "
SEPARATING = re.compile(r"(?:^|(?<=\s))>(?=\s|$)")
# A name's own ">" that stands alone, with the backslashes that escaped it already.
ALONE = re.compile(r"(?:^|(?<=\s))(\\*)>(?=\s|$)")
ESCAPED = re.compile(r"(?:^|(?<=\s))\\(\\*)>(?=\s|$)")
NEAR = 3  # suggestions for a path that does not exist


class UnknownTarget(ValueError):
    """A path that the marketplace does not have, or not only once. The message says which, and what is near."""


def joined(names: Sequence[str]) -> str:
    r"""A path as it is written: ``Woman > Clothing``. A ``>`` that stands alone within a name is written ``\>``."""
    return SEPARATOR.join(ALONE.sub(r"\1\\>", " ".join(name.split())) for name in names)


def parted(path: str) -> tuple[str, ...]:
    """A written path as names. Raises ValueError where a name between two ``>`` is missing."""
    names = tuple(ESCAPED.sub(r"\1>", " ".join(part.split())) for part in SEPARATING.split(path))
    if not all(names):
        raise ValueError(f"'{path}' lacks a name before or after a '>'")
    return names


def folded(name: str) -> str:
    """What two equal names have in common."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", " ".join(name.split())).casefold())


class TargetTree:
    """The marketplace's categories. `resolve` gives the guid of every category on a path."""

    def __init__(self, *, flat: bool) -> None:
        self._flat = flat
        # Every path that exists with the guids on it; two of one path cannot be told apart.
        self._found: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
        self._shown: dict[str, str] = {}

    @classmethod
    def from_bootstrap(cls, payload: Mapping[str, Any]) -> TargetTree:
        """From the answer of GET /bootstrap: ``tag_hierarchy`` holds nodes of ``name``, ``guid``, ``children``.

        One root without a name stands for its children. A node without a guid is on the way to its children and
        gives no tag itself.
        """
        tree = cls(flat=False)
        pending: list[_Pending] = [(node, (), ()) for node in _nodes(payload.get("tag_hierarchy"))]
        while pending:
            node, names, guids = pending.pop()
            if not isinstance(node.get("name"), str) or not node["name"].strip():
                continue
            names = (*names, node["name"])
            if node.get("guid"):
                guids = (*guids, str(node["guid"]))
                tree._add(names, guids)
            pending.extend((child, names, guids) for child in _nodes(node.get("children")))
        return tree

    @classmethod
    def from_flat(cls, rows: Iterable[Mapping[str, Any]]) -> TargetTree:
        """From the flat list of category tags (``guid``, ``name``): a path's names are looked up one by one,
        and a name that stands there twice cannot be used."""
        tree = cls(flat=True)
        for row in rows:
            if isinstance(row.get("name"), str) and row["name"].strip() and row.get("guid"):
                tree._add((row["name"],), (str(row["guid"]),))
        return tree

    def find(self, path: Sequence[str]) -> tuple[str, ...]:
        """The guids of all categories on the path, from the top; none where it does not exist, or not only once."""
        found = [self._matches(step) for step in self._steps(path)]
        if any(len(matches) != 1 for matches in found):
            return ()
        return tuple(dict.fromkeys(guid for matches in found for guids in matches for guid in guids))

    def resolve(self, path: Sequence[str]) -> tuple[str, ...]:
        """As `find`, but raises `UnknownTarget` with what is near, the search for which takes its time."""
        for step in self._steps(path):
            if len(self._matches(step)) != 1:
                raise UnknownTarget(self._why(step))
        return self.find(path)

    def _steps(self, path: Sequence[str]) -> list[tuple[str, ...]]:
        return [(name,) for name in path] if self._flat else [tuple(path)]

    def _matches(self, step: tuple[str, ...]) -> set[tuple[str, ...]]:
        return self._found.get(tuple(map(folded, step)), set())

    def _add(self, names: tuple[str, ...], guids: tuple[str, ...]) -> None:
        self._found.setdefault(tuple(map(folded, names)), set()).add(guids)
        shown = joined(names)
        self._shown.setdefault(folded(shown), shown)

    def _why(self, step: tuple[str, ...]) -> str:
        written, times = joined(step), len(self._matches(step))
        if times and self._flat:
            return (
                f"'{written}' stands {times} times in the marketplace's list of categories, and the marketplace "
                "gives no tree by which to tell them apart"
            )
        if times:
            return f"'{written}' exists {times} times at the marketplace"
        near = difflib.get_close_matches(folded(written), self._shown, n=NEAR, cutoff=0.6)
        hint = f"; near it: {', '.join(self._shown[found] for found in near)}" if near else ""
        return f"'{written}' does not exist at the marketplace{hint}"


_Pending = tuple[Mapping[str, Any], tuple[str, ...], tuple[str, ...]]


def _nodes(value: object) -> list[Mapping[str, Any]]:
    """The nodes in a list, in a single root, or in an object that groups them."""
    if isinstance(value, list):
        return [node for node in value if isinstance(node, Mapping)]
    if not isinstance(value, Mapping):
        return []
    if "name" in value:
        return [value]
    if "children" in value:
        return _nodes(value["children"])
    return [node for group in value.values() for node in _nodes(group)]
