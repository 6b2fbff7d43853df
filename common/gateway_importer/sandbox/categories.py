"""The marketplace's own categories: a tree that every shop shares, and its flat list."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

CategoryTree = Mapping[str, Any]
"""Name to the same for its children: `{"Woman": {"Shoes": {}}}`."""

NAMESPACE = uuid.UUID("b8a5f0e6-4f0f-5d43-9a0e-0f6f1f2c7a31")

MARKETPLACE: CategoryTree = {
    "Woman": {
        "Clothing": {"Shirts": {}, "Dresses": {}, "Trousers": {}, "Sweaters": {}, "Jackets": {}},
        "Shoes": {"Sneakers": {}, "Boots": {}},
        "Accessories": {"Bags": {}, "Jewellery": {}, "Scarves": {}},
    },
    "Man": {
        "Clothing": {"Shirts": {}, "Trousers": {}, "Sweaters": {}, "Jackets": {}},
        "Shoes": {"Sneakers": {}, "Boots": {}},
        "Accessories": {"Bags": {}, "Belts": {}},
    },
    "Kids": {"Clothing": {}, "Shoes": {}, "Toys": {}, "Books": {}},
    "Home & Garden": {
        "Candles": {},
        "Kitchen": {"Mugs": {}, "Cutlery": {}},
        "Textiles": {"Cushions": {}, "Blankets": {}, "Bedding": {}},
        "Decorations": {"Posters": {}, "Vases": {}},
        "Lighting": {},
        "Garden": {},
    },
    "Art & Stationery": {"Notebooks": {}, "Posters": {}, "Paintings": {}},
    "Health & Beauty": {"Face": {}, "Body": {}, "Hair": {}},
    "Food & Drink": {"Tea": {}, "Coffee": {}, "Honey & Preserves": {}, "Sweets": {}},
    "Books & Music": {"Books": {}, "Records": {}},
    "Electronics": {"Audio": {}, "Accessories": {}},
    "Sport": {"Clothing": {}, "Equipment": {}},
    # Paths as a Polish shop would spell them, so that a demo shop's own categories match in part.
    "Odzież": {
        "Damska": {"Sukienki": {}, "Bluzki": {}, "Spodnie": {}, "Swetry": {}},
        "Męska": {"Koszule": {}, "Spodnie": {}, "Swetry": {}, "T-shirty": {}},
        "Dziecięca": {},
    },
    "Dom i ogród": {"Świece": {}, "Kubki": {}, "Poduszki": {}, "Koce": {}, "Plakaty": {}},
    "Biżuteria": {"Kolczyki": {}, "Naszyjniki": {}},
    "Akcesoria": {"Torebki": {}, "Paski": {}, "Czapki": {}},
}


@dataclass(frozen=True)
class Category:
    """One node of the tree, with the names from the root to itself."""

    guid: str
    path: tuple[str, ...]
    children: tuple[Category, ...]

    @property
    def name(self) -> str:
        return self.path[-1]

    def walk(self) -> Iterator[Category]:
        yield self
        for child in self.children:
            yield from child.walk()

    def as_tree(self) -> dict[str, Any]:
        return {"name": self.name, "guid": self.guid, "children": [child.as_tree() for child in self.children]}


def planted(tree: CategoryTree, above: tuple[str, ...] = ()) -> tuple[Category, ...]:
    """The tree with its guids, which follow from the paths so that they are the same after a restart."""
    nodes = []
    for name, below in tree.items():
        path = (*above, name)
        guid = str(uuid.uuid5(NAMESPACE, " > ".join(path)))
        nodes.append(Category(guid, path, planted(below, path)))
    return tuple(nodes)


class Marketplace:
    """The marketplace's categories as a setting has them at this moment."""

    def __init__(self, tree: Callable[[], CategoryTree]) -> None:
        self._tree = tree
        self._planted_from: CategoryTree | None = None
        self._roots: tuple[Category, ...] = ()
        self._by_guid: dict[str, Category] = {}

    @property
    def roots(self) -> tuple[Category, ...]:
        self._follow()
        return self._roots

    @property
    def by_guid(self) -> Mapping[str, Category]:
        self._follow()
        return self._by_guid

    def _follow(self) -> None:
        tree = self._tree()
        if self._planted_from is not tree:
            self._planted_from = tree
            self._roots = planted(tree)
            self._by_guid = {node.guid: node for root in self._roots for node in root.walk()}
