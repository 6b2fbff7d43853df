"""The merchant's categories to the marketplace's: by whole paths, or by a mapping file that a person filled in.

The file is CSV: ``source_id,source_path,products,target,target_2,…``. A target is a path such as
``Woman > Clothing > Shirts``, or in the first target column IGNORE (gives no tag) or LEAVE OUT (leaves the
products out). A name that holds `` > `` itself is written with `` \\> ``.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway_importer.catalog import Category, CategoryId
from gateway_importer.errors import CategoryMapError

SEPARATOR = " > "
IGNORE, LEAVE_OUT = "IGNORE", "LEAVE OUT"
HEADER = ("source_id", "source_path", "products", "target", "target_2", "target_3")
FORMULA = ("=", "+", "-", "@", "'")  # a spreadsheet would run a cell that begins so


class UnknownTarget(ValueError):
    """A path that the marketplace does not have, or not only once. The message says which and what is near."""


class TargetTree:
    """The marketplace's categories. `resolve` gives the guid of every category on a path."""

    def __init__(self, paths: Mapping[tuple[str, ...], tuple[str, ...]], shown: Iterable[str], *, flat: bool) -> None:
        self._paths = dict(paths)
        self._shown = sorted(shown)
        self._flat = flat

    @classmethod
    def from_bootstrap(cls, payload: Mapping[str, Any]) -> TargetTree:
        """From the answer of GET /bootstrap: ``tag_hierarchy`` holds nodes of ``name``, ``guid``, ``children``."""
        paths: dict[tuple[str, ...], tuple[str, ...]] = {}
        shown: list[str] = []
        top = payload.get("tag_hierarchy")
        pending: list[tuple[Any, tuple[str, ...], tuple[str, ...]]] = [(node, (), ()) for node in _nodes(top)]
        while pending:
            node, names, guids = pending.pop()
            if not isinstance(node, dict) or not isinstance(node.get("name"), str) or not node.get("guid"):
                continue
            names, guids = (*names, node["name"]), (*guids, str(node["guid"]))
            paths[tuple(map(_folded, names))] = guids
            shown.append(join(names))
            pending.extend((child, names, guids) for child in _nodes(node.get("children")))
        return cls(paths, shown, flat=False)

    @classmethod
    def from_flat(cls, rows: Sequence[Mapping[str, Any]]) -> TargetTree:
        """From the flat list of category tags, where a name that stands there twice cannot be used."""
        found: dict[tuple[str, ...], tuple[str, ...]] = {}
        shown: list[str] = []
        for row in rows:
            if isinstance(row.get("name"), str) and row.get("guid"):
                key = (_folded(row["name"]),)
                found[key] = (*found.get(key, ()), str(row["guid"]))
                shown.append(row["name"])
        return cls(found, shown, flat=True)

    def resolve(self, path: Sequence[str]) -> tuple[str, ...]:
        """The guids of all categories on the path. Raises `UnknownTarget`."""
        if self._flat:
            guids: list[str] = []
            for name in path:
                matches = self._paths.get((_folded(name),), ())
                if not matches:
                    raise UnknownTarget(self._unknown(name))
                if len(matches) > 1:
                    raise UnknownTarget(f"'{name}' stands more than once among the marketplace's categories")
                guids += matches
            return tuple(guids)
        found = self._paths.get(tuple(map(_folded, path)))
        if found is None:
            raise UnknownTarget(self._unknown(join(path)))
        return found

    def _unknown(self, wanted: str) -> str:
        near = difflib.get_close_matches(wanted, self._shown, n=2, cutoff=0.6)
        hint = f" (near: {'; '.join(near)})" if near else ""
        return f"'{wanted}' is no category of the marketplace{hint}"


class CategoryMap:
    """Where each category of the shop leads."""

    def __init__(
        self, targets: Mapping[CategoryId, tuple[str, ...]], left_out: frozenset[CategoryId], warnings: Sequence[str] = ()
    ) -> None:
        self._targets = dict(targets)
        self._left_out = left_out
        self.warnings = tuple(warnings)

    @classmethod
    def without_file(cls, source: Sequence[Category], tree: TargetTree) -> CategoryMap:
        """Categories whose whole path exists at the marketplace lead there; the others give no tag."""
        targets: dict[CategoryId, tuple[str, ...]] = {}
        for category in source:
            try:
                targets[category.id] = tree.resolve(category.path) if category.path else ()
            except UnknownTarget:
                targets[category.id] = ()
        return cls(targets, frozenset())

    @classmethod
    def from_file(
        cls, path: Path, source: Sequence[Category], tree: TargetTree, counts: Mapping[CategoryId, int]
    ) -> CategoryMap:
        """By the mapping file. Raises `CategoryMapError` with everything that is wrong, not the first fault."""
        faults: list[str] = []
        warnings: list[str] = []
        targets: dict[CategoryId, tuple[str, ...]] = {}
        left_out: set[CategoryId] = set()
        known = {category.id: category for category in source}
        for number, identity, cells in _rows(path, faults):
            if identity in targets or identity in left_out:
                faults.append(f"row {number}: category {identity} has a second row")
                continue
            if identity not in known:
                warnings.append(f"row {number}: the shop has no category {identity} any more")
                continue
            if not cells:
                continue
            word = cells[0].upper()
            if word in {IGNORE, LEAVE_OUT}:
                targets[identity] = ()
                if word == LEAVE_OUT:
                    left_out.add(identity)
                if len(cells) > 1:
                    faults.append(f"row {number}: {word} stands beside a target; keep one of them")
                continue
            guids: list[str] = []
            for cell in cells:
                try:
                    guids += tree.resolve(split(cell))
                except UnknownTarget as unknown:
                    faults.append(f"row {number} (category {identity}): {unknown}")
            targets[identity] = tuple(dict.fromkeys(guids))
        for category in source:
            products = counts.get(category.id, 0)
            if products and category.id not in targets:
                name = join(category.path) or category.name
                faults.append(f"category {category.id} ({name}) holds {products} products and is not mapped")
        if faults:
            raise CategoryMapError(
                f"The mapping file {path} has {len(faults)} faults:\n  " + "\n  ".join(faults),
                "Correct them all; write IGNORE or LEAVE OUT where a category has no place. The command `categories` "
                "adds rows that are missing and keeps yours.",
            )
        return cls(targets, frozenset(left_out), warnings)

    def tags(self, categories: Sequence[CategoryId]) -> tuple[str, ...]:
        """The guids for a product's categories, each once, in a stable order."""
        return tuple(dict.fromkeys(guid for category in categories for guid in self._targets.get(category, ())))

    def left_out(self, categories: Sequence[CategoryId], main: CategoryId | None) -> bool:
        """Whether a product is left out: by its default category, or because all its categories are."""
        if main is not None and main in self._left_out:
            return True
        return bool(categories) and all(category in self._left_out for category in categories)

    @property
    def digest(self) -> str:
        """Changes when anything leads elsewhere."""
        text = repr((sorted(self._targets.items()), sorted(self._left_out)))
        return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class DraftSummary:
    """What a draft holds: all rows, those with a target or a word, and those that a person had filled in."""

    rows: int
    filled: int
    kept: int


def write_draft(
    path: Path, source: Sequence[Category], tree: TargetTree, counts: Mapping[CategoryId, int]
) -> DraftSummary:
    """Write the mapping file's draft, sorted by path; what a person filled in stays as it is."""
    faults: list[str] = []
    old: dict[CategoryId, list[str]] = {}
    old_paths: dict[CategoryId, str] = {}
    if path.exists():
        for _, identity, cells in _rows(path, faults, old_paths):
            old[identity] = cells
        if faults:
            raise CategoryMapError(
                f"The mapping file {path} cannot be read: " + "; ".join(faults), "Correct it, or move it away."
            )
    rows: list[tuple[str, str, int, list[str]]] = []
    kept = 0
    for category in source:
        cells = old.pop(category.id, [])
        kept += bool(cells)
        if not cells and category.path:
            try:
                tree.resolve(category.path)
                cells = [join(category.path)]
            except UnknownTarget:
                cells = []
        rows.append((str(category.id), join(category.path) or category.name, counts.get(category.id, 0), cells))
    rows += [(str(identity), old_paths.get(identity, ""), 0, cells) for identity, cells in old.items()]
    rows.sort(key=lambda row: (_folded(row[1]), row[0]))
    width = max([3, *(len(cells) for *_, cells in rows)])
    header = [*HEADER[:4], *(f"target_{number}" for number in range(2, width + 1))]
    temporary = path.with_name(path.name + ".new")
    with temporary.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for identity_text, shown, products, cells in rows:
            filled = [*cells, *[""] * (width - len(cells))]
            writer.writerow([_written(identity_text), _written(shown), products, *map(_written, filled)])
    os.replace(temporary, path)
    return DraftSummary(len(rows), sum(1 for *_, cells in rows if cells), kept)


def join(names: Sequence[str]) -> str:
    """A path as it is written: names that hold the separator are escaped."""
    return SEPARATOR.join(name.replace(SEPARATOR, r" \> ") for name in names)


def split(path: str) -> tuple[str, ...]:
    """A written path as names."""
    parts = re.split(r"\s+>\s+|\s*(?<!\\)>\s*", path.strip())
    return tuple(part.strip().replace(r"\>", ">") for part in parts if part.strip())


def _rows(
    path: Path, faults: list[str], shown: dict[CategoryId, str] | None = None
) -> Iterable[tuple[int, CategoryId, list[str]]]:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise CategoryMapError(
            f"The mapping file {path} cannot be read: {problem}.", "Save it as CSV in UTF-8."
        ) from problem
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    lines = csv.reader(text.splitlines(), delimiter=separator)
    header = [cell.strip().lower() for cell in next(lines, [])]
    if "source_id" not in header or "target" not in header:
        faults.append("row 1: the header must name source_id, source_path, products and target")
        return
    place = header.index("source_id")
    targets = [index for index, name in enumerate(header) if name.startswith("target")]
    for number, row in enumerate(lines, start=2):
        cells = [_read(cell) for cell in row]
        if not any(cells):
            continue
        if len(cells) <= place or not cells[place]:
            faults.append(f"row {number}: it has no source_id")
            continue
        identity = CategoryId(cells[place])
        if shown is not None and "source_path" in header and len(cells) > header.index("source_path"):
            shown[identity] = cells[header.index("source_path")]
        yield number, identity, [cells[index] for index in targets if index < len(cells) and cells[index]]


def _written(cell: str) -> str:
    return "'" + cell if cell.startswith(FORMULA) else cell


def _read(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()


def _nodes(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value] if "name" in value else list(value.values())
    return value if isinstance(value, list) else []
