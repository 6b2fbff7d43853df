"""What is known of ids is what was said of them."""

from hypothesis import given
from hypothesis import strategies as st
from magento_importer.numbers import Numbers

IDS = st.integers(1, 5000) | st.integers(2**31 - 5, 2**31 + 5)


@given(st.lists(st.tuples(IDS, st.integers(-3, 3))))
def test_numbers_are_a_dictionary_without_what_is_0(said: list[tuple[int, int]]) -> None:
    found, wanted = Numbers("q"), dict[int, int]()
    for identity, value in said:
        found[identity] = value
        wanted[identity] = value
    wanted = {identity: value for identity, value in wanted.items() if value}
    assert list(found) == sorted(wanted) and len(found) == len(wanted)
    assert dict(found) == wanted
    assert found.highest == max(wanted, default=0)
    assert all((identity in found) == (identity in wanted) for identity, _ in said)


def test_a_list_of_ids_counts_each_once() -> None:
    assert len(Numbers("b", [3, 3, 5])) == 2
