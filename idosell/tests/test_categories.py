"""Categories: the panel's tree, or the items of the shop's menu."""

from typing import Any

from goods import Category
from idosell_importer.categories import menu_of, tree_of
from importing import opened
from test_source import shop_of


def row(number: Any, parent: Any, *, priority: int = 1, **names: str) -> dict[str, Any]:
    texts = [{"lang_id": language, "singular_name": "", "plural_name": name} for language, name in names.items()]
    return {"id": number, "parent_id": parent, "priority": priority, "product_count": "3", "lang_data": texts}


def entry(number: int, parent: int, name: str, *, language: str = "pol", hidden: str = "n") -> dict[str, Any]:
    text = {"lang_id": language, "name": name, "priority": number, "hidden": hidden}
    return {"item_id": number, "parent_id": parent, "lang_data": [text]}


def test_the_panels_tree_has_its_paths_in_the_shops_order() -> None:
    rows = [row(2, 1, pol="Koszule"), row("1", "0", pol="Odzież", priority=2), row(3, 0, pol="Dom", priority=1)]
    categories, counts = tree_of(rows, ("pol",))
    assert [one.path for one in categories] == [("Dom",), ("Odzież",), ("Odzież", "Koszule")]
    assert [one.parent for one in categories] == [None, None, "1"]
    assert counts == {"2": 3, "1": 3, "3": 3}


def test_a_name_is_of_the_chosen_language_else_of_another_and_the_singular_where_there_is_no_plural() -> None:
    rows = [row(1, 0, pol="Koszule", eng="Shirts"), row(2, 0, ger="Hemden")]
    rows.append({"id": 3, "lang_data": [{"lang_id": "eng", "singular_name": "Shirt", "plural_name": ""}]})
    assert [one.name for one in tree_of(rows, ("eng", "pol"))[0]] == ["Shirt", "Shirts", "Hemden"]
    both = [{"lang_id": "pol", "plural_name": "Koszule"}, {"lang_id": "eng", "singular_name": "Shirt"}]
    assert [one.name for one in tree_of([{"id": 3, "lang_data": both}], ("eng", "pol"))[0]] == ["Shirt"]


def test_a_row_that_cannot_be_read_and_a_ring_cost_themselves() -> None:
    rows = [row("?", 0, pol="x"), row(1, 2, pol="A"), row(2, 1, pol="B"), row(3, 99, pol="Sierota"), row(4, 0)]
    found = tree_of(rows, ("pol",))[0]
    assert {one.name: one.path for one in found} == {"A": ("B", "A"), "B": ("A", "B"), "Sierota": ("Sierota",)}


def test_a_hidden_item_of_a_menu_hides_those_below_it() -> None:
    found = menu_of([entry(150, 0, "Odzież", hidden="y"), entry(152, 150, "Koszule"), entry(160, 0, "Dom")], ("pol",))
    assert [(one.name, one.active) for one in found] == [("Odzież", False), ("Koszule", False), ("Dom", True)]


def test_the_first_language_in_which_a_menu_names_an_item_counts() -> None:
    rows = [entry(1, 0, "Shirts", language="eng"), entry(2, 0, "", language="eng")]
    rows += [entry(1, 0, "Koszule"), entry(2, 0, "Dom"), entry("?", 0, "x")]  # type: ignore[arg-type]
    assert [one.name for one in menu_of(rows, ("eng", "pol"))] == ["Shirts", "Dom"]


async def test_more_categories_than_a_page_holds_are_all_read_and_counted_as_the_shop_counts() -> None:
    async with shop_of(3) as shop:
        shop.tables.categories = {one: Category(one, 0, {"pol": f"Kategoria {one}"}) for one in range(200, 405)}
        shop.tables.items[2].category = 300
        async with opened(shop) as source:
            assert len(await source.categories()) == 205
            assert await source.category_counts() == {"300": 1}
        assert len(shop.asked("products/categories")) == 3


async def test_the_menu_is_read_once_for_each_language_that_is_needed() -> None:
    async with shop_of(1) as shop:
        shop.tables.menu = {150: Category(150, 0, {"pol": "Odzież", "eng": "Clothes"}), 151: Category(151, 150, {"pol": "Len"})}
        async with opened(shop, IDOSELL_CATEGORIES="menu", LANGUAGE="en") as source:
            assert [one.path for one in await source.categories()] == [("Clothes",), ("Clothes", "Len")]
            assert await source.category_counts() == {}
        assert len(shop.asked("menu/menu")) == 2
