"""The marketplace's categories found by their paths, and paths as they are written in one line."""

from __future__ import annotations

from typing import Any

import pytest
from gateway_importer.categories import TargetTree, UnknownTarget
from gateway_importer.categories.tree import folded, joined, parted
from hypothesis import given
from hypothesis import strategies as st


def node(name: str, *children: dict[str, Any], guid: str | None = None) -> dict[str, Any]:
    return {"name": name, "guid": guid or f"guid of {name}", "children": list(children)}


TREE = TargetTree.from_bootstrap(
    {
        "tag_hierarchy": [
            node("Woman", node("Clothing", node("Shirts")), node("Shoes", guid="woman's shoes")),
            node("Man", node("Shoes", guid="man's shoes")),
            node("Odzież", node("Męska")),
        ]
    }
)


def test_a_path_gives_the_guid_of_every_category_on_it() -> None:
    assert TREE.resolve(("Woman", "Clothing", "Shirts")) == ("guid of Woman", "guid of Clothing", "guid of Shirts")


def test_branches_that_share_a_name_are_told_apart() -> None:
    assert TREE.resolve(("Woman", "Shoes"))[-1] == "woman's shoes"
    assert TREE.resolve(("Man", "Shoes"))[-1] == "man's shoes"
    with pytest.raises(UnknownTarget):
        TREE.resolve(("Shoes",))


def test_names_are_equal_without_regard_to_case_spaces_and_unicode_form() -> None:
    decomposed = "ODZIEZ\u0307"
    assert TREE.resolve((f" {decomposed} ", "męska")) == ("guid of Odzież", "guid of Męska")


def test_an_unknown_path_is_refused_with_what_is_near() -> None:
    with pytest.raises(UnknownTarget, match="'Woman > Cloting' does not exist.*near it: Woman > Clothing"):
        TREE.resolve(("Woman", "Cloting"))


def test_a_path_that_exists_twice_is_refused() -> None:
    twice = TargetTree.from_bootstrap({"tag_hierarchy": [node("A", guid="1"), node("a", guid="2")]})
    with pytest.raises(UnknownTarget, match="exists 2 times"):
        twice.resolve(("A",))


@pytest.mark.parametrize(
    "hierarchy",
    [
        [node("A", node("B"))],
        node("A", node("B")),
        {"children": [node("A", node("B"))]},
        {"categories": [node("A", node("B"))], "other": None},
        [node("A", node("B")), {"guid": "nameless"}, None, {"name": 5}],
    ],
)
def test_a_tree_is_found_in_whichever_form_it_comes(hierarchy: Any) -> None:
    assert TargetTree.from_bootstrap({"tag_hierarchy": hierarchy}).resolve(("A", "B")) == ("guid of A", "guid of B")


def test_a_node_without_a_guid_is_only_a_way_to_its_children() -> None:
    tree = TargetTree.from_bootstrap({"tag_hierarchy": [{"name": "All", "children": [node("A")]}]})
    assert tree.resolve(("All", "A")) == ("guid of A",)
    with pytest.raises(UnknownTarget):
        tree.resolve(("All",))


def test_a_flat_list_gives_each_name_and_refuses_one_that_stands_there_twice() -> None:
    flat = TargetTree.from_flat(
        [{"name": "Woman", "guid": "w"}, {"name": "Shirts", "guid": "s"}, {"name": "Shoes", "guid": "1"},
         {"name": "Shoes", "guid": "2"}, {"name": None, "guid": "x"}]
    )  # fmt: skip
    assert flat.resolve(("Woman", "Shirts")) == ("w", "s")
    with pytest.raises(UnknownTarget, match="'Shoes' stands 2 times"):
        flat.resolve(("Woman", "Shoes"))
    with pytest.raises(UnknownTarget, match="'Hats' does not exist"):
        flat.resolve(("Woman", "Hats"))


names = st.text(alphabet=">\\ aż", min_size=1, max_size=6).filter(lambda name: bool(name.strip()))


@given(st.lists(names, min_size=1, max_size=4))
def test_every_path_is_read_as_it_was_written_also_with_signs_of_its_own(path: list[str]) -> None:
    assert [folded(name) for name in parted(joined(path))] == [folded(name) for name in path]


def test_a_name_with_the_separator_is_written_with_a_backslash() -> None:
    assert joined(("A > B", "C")) == r"A \> B > C"
    assert parted(r"A \> B > C>D") == ("A > B", "C>D")
