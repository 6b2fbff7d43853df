"""The shop's categories, settings and languages, as a guest meets them."""

import pytest
from prestashop_importer.conditions import chosen_language, configuration
from prestashop_importer.mapping import categories_of
from prestashop_importer.tables import CategoryRow
from rows import CONDITIONS, ENGLISH, POLISH, texts


def category(number: int, parent: int, name: str, root: str = "0", active: str = "1") -> CategoryRow:
    return CategoryRow.read(
        {
            "id": number,
            "id_parent": parent,
            "position": number,
            "is_root_category": root,
            "active": active,
            "name": texts(name),
        }
    )


def test_a_broken_tree_is_still_a_list_of_categories() -> None:
    rows = [
        category(1, 0, "Root"), category(2, 1, "Home", root="1"), category(3, 2, "Moda", active="0"), category(4, 3, "Buty"),
        category(5, 99, "Sierota"), category(6, 7, "A"), category(7, 6, "B"),
    ]  # fmt: skip
    found = {str(one.id): one for one in categories_of(rows, CONDITIONS)}
    assert found["2"].path == ()
    assert found["4"].path == ("Moda", "Buty")
    assert not found["4"].active
    assert (found["5"].path, found["5"].parent) == (("Sierota",), None)
    assert found["6"].path == ("B", "A")


def test_a_setting_of_the_shop_wins_over_its_group_and_everybodys() -> None:
    rows = [
        {"id": 1, "name": "PS_TAX", "value": "1", "id_shop": "", "id_shop_group": ""},
        {"id": 2, "name": "PS_TAX", "value": "0", "id_shop": "2", "id_shop_group": "1"},
        {"id": 3, "name": "PS_WEIGHT_UNIT", "value": "g", "id_shop": "", "id_shop_group": "1"},
    ]
    assert configuration(rows, 2, 1)["PS_TAX"] == "0"
    assert configuration(rows, 3, 2) | {} == configuration(rows[:1], 3, 2)
    assert configuration(rows, 3, 1)["PS_WEIGHT_UNIT"] == "g"
    assert configuration([], 1, 1)["PS_TIMEZONE"] == "Europe/Warsaw"


@pytest.mark.parametrize(
    ("wanted", "order"), [(None, (1, 2)), ("en", (2, 1)), ("en_US", (2, 1)), ("English", (2, 1)), ("de", (1, 2))]
)
def test_the_language_is_the_shops_default_unless_chosen(wanted: str | None, order: tuple[int, ...]) -> None:
    language, found = chosen_language([POLISH, ENGLISH], wanted, 1)
    assert found == order
    assert (language is None) == (wanted == "de")
