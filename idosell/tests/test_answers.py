"""What an answer is: a page, a fault, a refusal, in every form that is known."""

from decimal import Decimal
from typing import Any

import pytest
from idosell_importer.answers import Unparsable, document, fault_of, old_page_of, page_of, told_in
from idosell_importer.reader import Reader, Unreadable
from idosell_importer.refusals import SEARCH, Means, meaning
from idosell_importer.survey import chosen_language, languages_of


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"{", b'{"a": NaN}', b"[" * 100_000, b'"x"', b"\xff{}"])
def test_what_is_no_object_is_unparsable(body: bytes) -> None:
    with pytest.raises(Unparsable):
        document(body)


def test_amounts_are_never_binary_floats() -> None:
    assert document(b'{"productRetailPrice": 179.91}')["productRetailPrice"] == Decimal("179.91")


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        (None, None),
        ([], None),
        ({}, None),
        ({"faultCode": 0, "faultString": ""}, None),
        ({"faultCode": "0", "faultString": ""}, None),
        ({"faultCode": 5, "faultString": "Sklep zablokowany"}, 5),
        ({"faultCode": "5", "faultString": ""}, 5),
        ([{"faultCode": 5, "faultString": "x"}], 5),
        ({"faultCode": "UNAUTHORIZED", "faultString": "x"}, -1),
        ([{"code": 403, "message": "Access denied"}], 403),
        ("Access denied", -1),
        ("", None),
    ],
)
def test_a_fault_in_every_form(errors: Any, code: int | None) -> None:
    fault = fault_of({"errors": errors})
    assert (None if fault is None else fault.code) == code


def test_a_code_says_something_else_at_another_gate() -> None:
    def means(gate: str, code: int) -> Means | None:
        fault = fault_of({"errors": {"faultCode": code, "faultString": ""}})
        assert fault is not None
        return meaning(gate, fault)

    assert means(SEARCH, 2) is Means.EMPTY and means("products/categories", 2) is Means.BLOCKED
    assert means("menu/menu", 2) is Means.UNKNOWN_THING and means(SEARCH, 5) is Means.BLOCKED
    assert means(SEARCH, 1) is Means.LOGIN and means("menu/menu", 1) is Means.LOGIN and means(SEARCH, 77) is None


@pytest.mark.parametrize("results", [[{"productId": 1}], {"1": {"productId": 1}}])
def test_a_page_is_a_list_or_an_object_by_ids(results: Any) -> None:
    found = page_of({"resultsNumberAll": "1", "results": results})
    assert (found.total, found.rows) == (1, ({"productId": 1},))
    assert old_page_of({"results_number_all": 1, "categories": results}, "categories").total == 1


@pytest.mark.parametrize("found", [{"results": []}, {"results": False}, {"results": None, "resultsNumberAll": 0}])
def test_nothing_is_an_empty_page(found: dict[str, Any]) -> None:
    assert page_of(found).rows == ()


@pytest.mark.parametrize("found", [{}, {"message": "?"}, {"results": 3}, {"results": [3]}, {"results": [{}]}, {"results": "x"}])
def test_what_is_no_page_is_unparsable(found: dict[str, Any]) -> None:
    with pytest.raises(Unparsable):
        page_of(found)


def test_why_a_question_was_refused_is_in_the_header_or_in_the_body() -> None:
    broken = "Brak dostępu. Scope: pim, level: r".encode().decode("latin-1")
    assert told_in({"X-Error": broken}, b"") == "Brak dostępu. Scope: pim, level: r"
    assert told_in({"X-Error": "Zażółć"}, b"") == "Zażółć"
    assert told_in({}, b'{"errors": [{"code": 403, "message": "Access denied."}]}') == "Access denied."
    assert told_in({}, b"<html>") == ""


@pytest.mark.parametrize(
    ("value", "flag"), [("y", True), ("Y", True), ("yes", True), (True, True), ("n", False), (False, False), (0, False),
                        ("1", True), (None, None), ("", None), ([], None)],
)  # fmt: skip
def test_a_switch_in_every_form(value: Any, flag: bool | None) -> None:
    assert Reader({"x": value}, "row").flag("x") is flag


@pytest.mark.parametrize("value", ["maybe", 2, {"a": 1}, [1]])
def test_what_is_no_switch_is_named(value: Any) -> None:
    with pytest.raises(Unreadable, match="x of row 7 is"):
        Reader({"x": value}, "row 7").flag("x")


@pytest.mark.parametrize(
    ("value", "amount"), [("-1", "-1"), (7, "7"), ("102.000", "102.000"), (0, "0"), (Decimal("1.5"), "1.5")]
)
def test_a_number_in_every_form(value: Any, amount: str) -> None:
    assert Reader({"x": value}, "row").optional_amount("x") == Decimal(amount)


@pytest.mark.parametrize("value", ["na telefon", "1,5 zł", True, [1], {"a": 1}, "NaN", "Infinity", 10**13])
def test_what_is_no_number_is_named(value: Any) -> None:
    with pytest.raises(Unreadable):
        Reader({"x": value}, "row").optional_amount("x")


@pytest.mark.parametrize(
    ("wanted", "language"),
    [(None, "pol"), ("pl", "pol"), ("pol", "pol"), ("en", "eng"), ("en_GB", "eng"), ("ENG", "eng"), ("de", "")],
)
def test_a_language_is_named_as_people_name_it(wanted: str | None, language: str) -> None:
    rows = [
        {"id": "pol", "isoCode": "pl", "enabled": True, "isDefault": True},
        {"id": "eng", "isoCode": "en", "enabled": "y", "isDefault": "n"},
        {"id": "ger", "isoCode": "de", "enabled": False, "isDefault": False},
    ]
    languages = languages_of(Reader({"shops": [{"shopId": "1", "languages": rows}]}, "shops/languages"), 1)
    found, problems = chosen_language(wanted, languages, "pol")
    assert (found, bool(problems)) == (language or "pol", not language)
