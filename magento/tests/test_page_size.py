"""How many products are asked for at once, and what is remembered of it."""

import pytest
from magento_importer.page_size import PageSize


def size(learnt: dict[str, str], most: int = 300) -> PageSize:
    return PageSize(most, learnt.get, learnt.__setitem__)


@pytest.mark.parametrize(
    ("rows", "seconds", "after"),
    [
        (100, 0.4, 300),  # 1.2 seconds for three hundred
        (100, 2.6, 300),
        (100, 2.7, 100),  # more than eight seconds for three hundred
        (40, 0.1, 100),  # a page that was not full says nothing
        (100, 21.0, 50),
        (8, 30.0, 100),  # so few cannot be the reason
    ],
)
def test_a_page_that_was_had_says_how_large_the_next_one_may_be(rows: int, seconds: float, after: int) -> None:
    learnt: dict[str, str] = {}
    size(learnt).took(rows, seconds)
    assert size(learnt).now == after


def test_it_never_goes_beyond_what_operator_and_shop_allow() -> None:
    learnt: dict[str, str] = {}
    assert size(learnt, most=20).now == 20
    size(learnt).limited(70)
    size(learnt).took(70, 0.1)
    assert (size(learnt).now, size(learnt).allowed, size(learnt).light) == (70, 70, 70)


def test_where_a_shop_failed_is_not_tried_again() -> None:
    learnt: dict[str, str] = {}
    size(learnt).too_large(100)
    size(learnt).took(50, 0.1)
    assert (size(learnt).now, size(learnt).light) == (50, 50)


@pytest.mark.parametrize("odd", ["", "x", "-5", "0"])
def test_what_cannot_be_a_size_is_none(odd: str) -> None:
    assert size({"page size": odd, "page limit": odd, "page ceiling": odd}).now == 100
