"""The mapping file's first draft, and its later ones: what a person filled in is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway_importer.catalog import Category, CategoryId
from gateway_importer.categories.mapping import shown
from gateway_importer.categories.table import Row, Table, read_table, word_of, write_table
from gateway_importer.categories.tree import TargetTree, folded, joined
from gateway_importer.errors import CategoryMapError


@dataclass(frozen=True, slots=True)
class DraftSummary:
    """What a draft holds: all rows, those with a target or a word, and those that were filled in before."""

    rows: int
    filled: int
    kept: int


def write_draft(
    path: Path, source: Sequence[Category], tree: TargetTree, counts: Mapping[CategoryId, int]
) -> DraftSummary:
    """Write a row for each category, sorted by path, filled in where the same path exists at the marketplace.

    An existing file keeps what a person filled in, its separator and its further columns; categories that the
    shop no longer has stay with 0 products. Raises `CategoryMapError` for a file with rows that cannot be
    understood: they would be lost.
    """
    old = read_table(path) if path.exists() else Table()
    if old.faults:
        raise CategoryMapError(
            f"The mapping file {path} cannot be carried on:\n  " + "\n  ".join(old.faults),
            "Correct these rows, or move the file away; then run the command again.",
        )
    before = {row.source_id: row for row in old.rows}
    rows: list[tuple[Row, int]] = []
    for category in source:
        row = before.pop(category.id, None)
        targets = row.targets if row is not None else ()
        same = joined(category.path)
        # A category that is called "Ignore" would be read as the word.
        if not targets and tree.find(category.path) and word_of(same) is None:
            targets = (same,)
        others = row.others if row is not None else {}
        rows.append((Row(0, category.id, shown(category), targets, others), counts.get(category.id, 0)))
    rows += [(row, 0) for row in before.values()]
    # The root, in its brackets, comes first.
    rows.sort(key=lambda each: (not each[0].source_path.startswith("["), _path_order(each[0]), each[0].source_id))
    write_table(path, rows, others=old.others, separator=old.separator)
    kept = sum(1 for row in old.rows if row.targets)
    return DraftSummary(len(rows), sum(1 for row, _ in rows if row.targets), kept)


def _path_order(row: Row) -> list[str]:
    # By name after name, so that a category's own children follow it at once.
    return [folded(name) for name in row.source_path.split(" > ")]
