"""What is asked, and what of an answer nobody may see."""

import io

import pytest
from gateway_importer.errors import InputError
from gateway_importer.redaction import SECRETS
from gateway_importer.settings import Given, Setting, Values, among, ask_one, collect, text, whole_number

WAY = Setting(
    "WAY", text, "", question="Address, with its token if it has one:", secret=True,
    hidden=lambda raw: [raw.partition("token=")[2]],
)  # fmt: skip
LOGIN = Setting("LOGIN", text, "", question="Login:", asked_if=lambda known: "token=" not in known["WAY"])


def asked(typed: str, **environment: str) -> tuple[Values, str]:
    said = io.StringIO()
    return collect([WAY, LOGIN], Given({}, environment, io.StringIO(typed), said)), said.getvalue()


def test_a_question_that_an_earlier_answer_makes_needless_is_not_asked() -> None:
    values, said = asked("https://shop.example/?token=0a1b2c3d4e\n")
    assert values.get(LOGIN) is None
    assert "Login" not in said
    assert asked("https://shop.example\nanna\n")[0][LOGIN] == "anna"
    assert asked("", WAY="https://shop.example/?token=0a1b2c3d4e")[1] == ""  # nor is anything said of a terminal


def test_the_questions_that_are_missing_are_those_that_would_be_asked() -> None:
    with pytest.raises(InputError, match="still missing: LOGIN"):
        asked("", WAY="https://shop.example")


def test_only_what_is_secret_of_an_answer_is_hidden() -> None:
    asked("https://open.example/?token=5e4d3c2b1a\n")
    assert SECRETS.redact("https://open.example/?token=5e4d3c2b1a") == "https://open.example/?token=[hidden]"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_an_answer_that_is_none_of_the_choices_is_explained_and_asked_again() -> None:
    said = io.StringIO()
    setting = Setting("SHOP", among(whole_number(1, 62), ["1", "2"]), "", question="Which shop?")
    assert ask_one(setting, Given({}, {}, Terminal("9\nHurt\n02\n"), said)) == "02"
    assert said.getvalue().count("Which shop?") == 3 and "write one of: 1, 2" in said.getvalue()
