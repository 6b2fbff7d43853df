"""How the shop's categories find their places at the marketplace, by their paths or by a file."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from gateway_importer.catalog import Category, CategoryId
from gateway_importer.categories import CategoryMap, TargetTree, write_draft
from gateway_importer.categories.table import word_of
from gateway_importer.errors import CategoryMapError
from hypothesis import given, settings
from hypothesis import strategies as st


def node(name: str, *children: dict[str, Any], guid: str | None = None) -> dict[str, Any]:
    return {"name": name, "guid": guid or f"guid of {name}", "children": list(children)}


MARKETPLACE = {
    "tag_hierarchy": [
        node("Woman", node("Clothing", node("Shirts")), node("Shoes", guid="woman's shoes")),
        node("Man", node("Shoes", guid="man's shoes")),
        node("Odzież", node("Męska")),
    ]
}
TREE = TargetTree.from_bootstrap(MARKETPLACE)


def category(id_: str, *path: str, name: str = "") -> Category:
    return Category(CategoryId(id_), None, name or (path[-1] if path else "Root"), path)


SHOP = (
    category("1"),
    category("2", "Home"),
    category("3", "Odzież"),
    category("4", "Odzież", "Męska"),
    category("5", "Wyprzedaż"),
)
COUNTS = {CategoryId("4"): 7, CategoryId("5"): 2}


def ids(*values: str) -> list[CategoryId]:
    return [CategoryId(value) for value in values]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "categories.csv"


def written(file: Path, *rows: str, header: str = "source_id,source_path,products,target,target_2") -> Path:
    file.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    return file


def refusal(file: Path, shop: tuple[Category, ...] = SHOP, counts: dict[CategoryId, int] | None = None) -> str:
    with pytest.raises(CategoryMapError) as caught:
        CategoryMap.from_file(file, shop, TREE, COUNTS if counts is None else counts)
    return caught.value.happened


def cells(file: Path) -> list[list[str]]:
    return list(csv.reader(file.read_text("utf-8-sig").splitlines()))


# --- without a file ------------------------------------------------------------------------------------------------


def test_without_a_file_only_whole_paths_match() -> None:
    shop = (*SHOP, category("6", "Męska"), category("7", "Nowości", "Męska"))
    places = CategoryMap.without_file(shop, TREE)
    assert places.tags(ids("4")) == ("guid of Odzież", "guid of Męska")
    assert places.tags(ids("1", "2", "5", "6", "7", "no such")) == ()
    assert not places.left_out(ids("4"), CategoryId("4"))


def test_a_products_guids_are_given_once_in_a_stable_order() -> None:
    places = CategoryMap.without_file(SHOP, TREE)
    assert places.tags(ids("4", "3", "4")) == ("guid of Odzież", "guid of Męska")


# --- by a file -----------------------------------------------------------------------------------------------------


def test_a_category_may_lead_to_several_places(file: Path) -> None:
    written(file, "4,,7,Man > Shoes,Woman > Clothing", "5,,2,IGNORE")
    places = CategoryMap.from_file(file, SHOP, TREE, COUNTS)
    assert places.tags(ids("4")) == ("guid of Man", "man's shoes", "guid of Woman", "guid of Clothing")
    assert places.tags(ids("5")) == ()
    assert places.warnings == ()


def test_left_out_are_products_by_their_default_category_or_by_all_of_theirs(file: Path) -> None:
    written(file, "3,,0,LEAVE OUT", "4,,7,Man", "5,,2,leave_out")
    places = CategoryMap.from_file(file, SHOP, TREE, COUNTS)
    assert places.left_out(ids("4", "5"), CategoryId("5"))
    assert places.left_out(ids("3", "5"), None)
    assert not places.left_out(ids("4", "5"), CategoryId("4"))
    assert not places.left_out(ids("4", "5"), None)
    assert not places.left_out([], None)


def test_all_faults_come_at_once_each_with_its_row(file: Path) -> None:
    written(
        file,
        "1,Root,0,Woman > Shose",
        ",nothing,0,Woman",
        "3,Odzież,0,Woman",
        "3,Odzież,0,Man",
        "2,Home,0,IGNORE,Woman",
        "4,Odzież > Męska,7,Man > > Shoes",
        "2,Home,0,Woman,Man,one too many",
    )
    happened = refusal(file)
    for fault in (
        "row 2 (category 1, Root): 'Woman > Shose' does not exist at the marketplace; near it: Woman > Shoes",
        "row 3: it has no source_id",
        "row 5: category 3 stands in row 4 already",
        "row 6: IGNORE must stand alone",
        "row 7 (category 4, Odzież > Męska): 'Man > > Shoes' lacks a name",
        "row 8: it has more cells than the first row",
        "category 5 (Wyprzedaż) holds 2 products and has no target",
    ):
        assert fault in happened
    assert "has 7 faults" in happened


def test_an_empty_row_is_no_fault_while_its_category_holds_no_products(file: Path) -> None:
    written(file, "2,Home,0,", ",,,", "4,,7,Man", "5,,2,Woman")
    CategoryMap.from_file(file, SHOP, TREE, COUNTS)
    assert "category 2 (Home) holds 1 products" in refusal(file, counts={CategoryId("2"): 1})


def test_the_root_and_home_must_be_mapped_like_any_other_where_they_hold_products(file: Path) -> None:
    written(file, "4,,7,Man", "5,,2,Woman")
    assert "category 1 ([Root]) holds 3 products" in refusal(file, counts={CategoryId("1"): 3})


def test_a_category_that_the_shop_no_longer_has_is_only_a_warning(file: Path) -> None:
    written(file, "4,,7,Man", "5,,2,Woman", "99,Gone,0,No such place")
    places = CategoryMap.from_file(file, SHOP, TREE, COUNTS)
    assert places.warnings == ("Row 4 of categories.csv: the shop has no category 99 (Gone) any more.",)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_file_is_read_as_spreadsheets_save_it(file: Path, separator: str, encoding: str, line_end: str) -> None:
    rows = [["source_id", "source_path", "products", "target"], ["4", '"a, b; c"', "7", '"Odzież > Męska"'],
            ["5", "", "2", "IGNORE"]]  # fmt: skip
    file.write_bytes(line_end.join(separator.join(row) for row in rows).encode(encoding))
    assert CategoryMap.from_file(file, SHOP, TREE, COUNTS).tags(ids("4")) == ("guid of Odzież", "guid of Męska")


def test_excels_own_first_line_is_passed_over(file: Path) -> None:
    written(file, "source_id;target", "4;Man", "5;Man", header="sep=;")
    assert CategoryMap.from_file(file, SHOP, TREE, COUNTS).tags(ids("4")) == ("guid of Man",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "lacks source_id and target"),
        (b"id,target\n1,Woman\n", "lacks source_id"),
        (b"source_id,target,target\n", "names target twice"),
        ("source_id,target\n4,Odzież\n".encode("cp1250"), "is not in UTF-8"),
        (b'source_id,target\n4,"Man\n5,Man\n', "it is no CSV"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(file: Path, content: bytes, said: str) -> None:
    file.write_bytes(content)
    assert said in refusal(file)


def test_a_file_that_is_not_there_is_refused(file: Path) -> None:
    assert "cannot be read" in refusal(file)


def test_the_digest_changes_with_where_categories_lead_and_with_nothing_else(file: Path) -> None:
    def digest(*rows: str) -> str:
        return CategoryMap.from_file(written(file, *rows), SHOP, TREE, COUNTS).digest

    first = digest("4,,7,Man", "5,,2,IGNORE")
    assert digest("5,other path,99,IGNORE", "4,,7, man ") == first
    assert len({first, digest("4,,7,Woman", "5,,2,IGNORE"), digest("4,,7,Man", "5,,2,LEAVE OUT")}) == 3


# --- drafts --------------------------------------------------------------------------------------------------------


def test_the_first_draft_holds_every_category_with_its_products_and_what_matches(file: Path) -> None:
    summary = write_draft(file, SHOP, TREE, COUNTS)
    assert cells(file) == [
        ["source_id", "source_path", "products", "target", "target_2", "target_3"],
        ["1", "[Root]", "0", "", "", ""],
        ["2", "Home", "0", "", "", ""],
        ["3", "Odzież", "0", "Odzież", "", ""],
        ["4", "Odzież > Męska", "7", "Odzież > Męska", "", ""],
        ["5", "Wyprzedaż", "2", "", "", ""],
    ]
    assert (summary.rows, summary.filled, summary.kept) == (5, 2, 0)
    assert list(file.parent.iterdir()) == [file]


def test_a_later_draft_keeps_what_a_person_filled_in_and_adds_the_new(file: Path) -> None:
    written(
        file,
        "4;old path;1;Man > Shoes;Nowhere yet;ask Anna",
        "3;Odzież;0;LEAVE OUT;;",
        "99;Gone;12;Woman;;",
        header="source_id;source_path;products;target;target_2;Notes",
    )
    summary = write_draft(file, SHOP, TREE, COUNTS)
    assert file.read_text("utf-8-sig").splitlines() == [
        "source_id;source_path;products;target;target_2;target_3;notes",
        "1;[Root];0;;;;",
        "99;Gone;0;Woman;;;",
        "2;Home;0;;;;",
        "3;Odzież;0;LEAVE OUT;;;",
        "4;Odzież > Męska;7;Man > Shoes;Nowhere yet;;ask Anna",
        "5;Wyprzedaż;2;;;;",
    ]
    assert (summary.rows, summary.filled, summary.kept) == (6, 3, 3)


def test_a_draft_written_twice_is_the_same(file: Path) -> None:
    write_draft(file, SHOP, TREE, COUNTS)
    first = file.read_bytes()
    write_draft(file, SHOP, TREE, COUNTS)
    assert file.read_bytes() == first


def test_a_file_with_faults_is_not_overwritten(file: Path) -> None:
    written(file, "4,,7,Man", "4,,7,Woman")
    before = file.read_bytes()
    with pytest.raises(CategoryMapError, match="row 3: category 4 stands in row 2 already"):
        write_draft(file, SHOP, TREE, COUNTS)
    assert file.read_bytes() == before


def test_a_draft_that_cannot_be_written_leaves_the_old_one_whole(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_draft(file, SHOP, TREE, COUNTS)
    before = file.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_draft(file, SHOP, TREE, {})
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("name", ["=1+1", "+48 22", "-50%", "@home", "'quoted'", "'=x", 'a, "b"; c', "a > b", "> b"])
def test_names_that_a_spreadsheet_would_run_are_written_safely_and_read_back(file: Path, name: str) -> None:
    shop = (category("-1", name),)
    tree = TargetTree.from_bootstrap({"tag_hierarchy": [node(name, guid="g")]})
    write_draft(file, shop, tree, {})
    for cell in cells(file)[1]:
        assert not cell.startswith(("=", "+", "-", "@"))
    assert CategoryMap.from_file(file, shop, tree, {CategoryId("-1"): 1}).tags(ids("-1")) == ("g",)


def test_a_category_that_is_called_like_a_word_is_left_for_a_person(file: Path) -> None:
    tree = TargetTree.from_bootstrap({"tag_hierarchy": [node("Ignore"), node("Leave out")]})
    write_draft(file, (category("1", "Ignore"), category("2", "Leave out")), tree, {})
    assert [row[3] for row in cells(file)[1:]] == ["", ""]


@settings(max_examples=30, deadline=None)
@given(
    st.text(min_size=1, max_size=12).filter(lambda name: word_of(name) is None).filter(lambda name: bool(name.strip()))
)
def test_a_draft_of_any_name_leads_where_the_name_led(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    file = tmp_path_factory.mktemp("draft") / "categories.csv"
    shop = (category("4", name.encode("utf-8", "ignore").decode() or "x"),)
    tree = TargetTree.from_bootstrap({"tag_hierarchy": [node(shop[0].name, guid="g")]})
    write_draft(file, shop, tree, {})
    assert CategoryMap.from_file(file, shop, tree, {CategoryId("4"): 1}).tags(ids("4")) == ("g",)
