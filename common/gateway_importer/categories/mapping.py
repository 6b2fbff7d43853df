"""Where each category of the shop leads at the marketplace, and which of them leave products out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from gateway_importer.catalog import Category, CategoryId
from gateway_importer.categories.table import IGNORE, LEAVE_OUT, Row, read_table
from gateway_importer.categories.tree import TargetTree, joined, parted
from gateway_importer.errors import CategoryMapError


class CategoryMap:
    """Where the shop's categories lead. `warnings` are sentences that a person should read once."""

    def __init__(
        self,
        targets: Mapping[CategoryId, tuple[str, ...]],
        left_out: Iterable[CategoryId] = (),
        warnings: Iterable[str] = (),
    ) -> None:
        self._targets = dict(targets)
        self._left_out = frozenset(left_out)
        self.warnings = tuple(warnings)

    @classmethod
    def without_file(cls, source: Sequence[Category], tree: TargetTree) -> CategoryMap:
        """Categories whose whole path exists at the marketplace lead there; the others give no tag."""
        return cls({category.id: tree.find(category.path) for category in source})

    @classmethod
    def from_file(
        cls, path: Path, source: Sequence[Category], tree: TargetTree, counts: Mapping[CategoryId, int]
    ) -> CategoryMap:
        """By the mapping file; `counts` are products a category. A category that holds products needs a target or
        a word. Raises one `CategoryMapError` that names everything that is wrong."""
        table = read_table(path)
        faults = list(table.faults)
        warnings: list[str] = []
        targets: dict[CategoryId, tuple[str, ...]] = {}
        left_out: set[CategoryId] = set()
        known = {category.id for category in source}
        for row in table.rows:
            if row.source_id not in known:
                warnings.append(
                    f"Row {row.number} of {path.name}: the shop has no category {row.source_id} "
                    f"({row.source_path or 'without a path'}) any more."
                )
            elif row.stray_word:
                faults.append(f"row {row.number}: {row.stray_word} must stand alone, in the first target column")
                targets[row.source_id] = ()
            elif row.word:
                targets[row.source_id] = ()
                if row.word == LEAVE_OUT:
                    left_out.add(row.source_id)
            elif row.targets:
                targets[row.source_id] = _guids(row, tree, faults)
        for category in source:
            products = counts.get(category.id, 0)
            if products and category.id not in targets:
                faults.append(f"category {category.id} ({shown(category)}) holds {products} products and has no target")
        if faults:
            raise CategoryMapError(
                f"The mapping file {path} has {len(faults)} {'fault' if len(faults) == 1 else 'faults'}:\n  "
                + "\n  ".join(faults),
                f"Give each category that holds products a path of the marketplace, {IGNORE} (no tag) or {LEAVE_OUT} "
                "(its products stay away). The command `categories` adds missing rows and keeps yours.",
            )
        return cls(targets, left_out, warnings)

    def tags(self, categories: Iterable[CategoryId]) -> tuple[str, ...]:
        """The guids for a product's categories, each once, in the order of the categories."""
        return tuple(dict.fromkeys(guid for category in categories for guid in self._targets.get(category, ())))

    def left_out(self, categories: Sequence[CategoryId], main: CategoryId | None) -> bool:
        """Whether a product is left out: its default category is, or all its categories are."""
        if main in self._left_out:
            return True
        return bool(categories) and self._left_out.issuperset(categories)

    @property
    def digest(self) -> str:
        """A short word that changes when a category leads elsewhere, or when another one is left out."""
        # A category that gives no tag is as one that is not known.
        leading = sorted((category, guids) for category, guids in self._targets.items() if guids)
        return hashlib.sha256(repr((leading, sorted(self._left_out))).encode()).hexdigest()[:16]


def shown(category: Category) -> str:
    """The category's path as it is written; of the root, which has none, its name in brackets."""
    return joined(category.path) if category.path else f"[{category.name}]"


def _guids(row: Row, tree: TargetTree, faults: list[str]) -> tuple[str, ...]:
    found: list[str] = []
    for target in row.targets:
        try:
            found += tree.resolve(parted(target))
        except ValueError as problem:
            faults.append(f"row {row.number} (category {row.source_id}, {row.source_path}): {problem}")
    return tuple(dict.fromkeys(found))
