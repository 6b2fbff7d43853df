"""The categories: the panel's tree, or the items of a shop's menu."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway_importer.catalog import Category, CategoryId

from idosell_importer.answers import Row
from idosell_importer.reader import Reader, Unreadable


@dataclass(frozen=True, slots=True)
class Node:
    """A category as the shop says it; `parent` 0 stands at the top."""

    id: int
    parent: int
    name: str
    order: int
    active: bool = True


def tree_of(rows: Iterable[Row], languages: Sequence[str]) -> tuple[tuple[Category, ...], Mapping[str, int]]:
    """The panel's tree, and how many products the shop counts in each category."""
    nodes: list[Node] = []
    counts: dict[str, int] = {}
    for row in rows:
        reader = Reader(row, f"category {row.get('id', '?')}")
        try:
            texts = {entry.code("lang_id").lower(): entry for entry in reader.rows("lang_data")}
            spoken = [texts[one] for one in languages if one in texts] or list(texts.values())
            names = (entry.text(f"{form}_name").strip() for entry in spoken for form in ("plural", "singular"))
            node = Node(reader.id("id"), reader.id("parent_id"), next(filter(None, names), ""), reader.id("priority"))
            held = reader.id("product_count")
        except Unreadable:
            continue  # what refers to it misses it, and says so
        if node.id and node.name:
            nodes.append(node)
            if held:
                counts[str(node.id)] = held
    return categories_of(nodes), counts


def menu_of(rows: Iterable[Row], languages: Sequence[str]) -> tuple[Category, ...]:
    """The items of a menu, read once for each of `languages`; the first that names an item counts."""
    nodes: dict[int, Node] = {}
    for row in rows:
        reader = Reader(row, f"menu item {row.get('item_id', '?')}")
        try:
            texts = {entry.code("lang_id").lower(): entry for entry in reader.rows("lang_data")}
            entry = next((texts[one] for one in languages if one in texts), Reader({}, reader.kind))
            item, name = reader.id("item_id"), entry.text("name").strip()
            node = Node(item, reader.id("parent_id"), name, entry.id("priority"), not entry.flag("hidden"))
        except Unreadable:
            continue
        if item and name:
            nodes.setdefault(item, node)
    return categories_of(nodes.values())


def categories_of(nodes: Iterable[Node]) -> tuple[Category, ...]:
    """Parents before children, in the shop's order. One whose parent is not there stands at the top."""
    by_id = {node.id: node for node in nodes}
    lines: dict[int, list[Node]] = {}
    for node in by_id.values():
        line = [node]
        while (above := by_id.get(line[0].parent)) is not None and above not in line:
            line.insert(0, above)
        lines[node.id] = line
    ordered = sorted(by_id.values(), key=lambda node: [(step.order, step.id) for step in lines[node.id]])
    return tuple(
        Category(
            id=CategoryId(str(node.id)),
            parent=CategoryId(str(lines[node.id][-2].id)) if len(lines[node.id]) > 1 else None,
            name=node.name,
            path=tuple(step.name for step in lines[node.id]),
            active=all(step.active for step in lines[node.id]),
        )
        for node in ordered
    )
