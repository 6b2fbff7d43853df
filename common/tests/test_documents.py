"""The tables of docs/operating.md are what the code says, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from gateway_importer import errors, options
from gateway_importer.catalog import SkipRule
from gateway_importer.report.wording import EXIT_MEANINGS
from gateway_importer.testing.documents import DOCUMENTS, SETTINGS, differences, row, setting_rows

EXIT_CODES = [
    row(
        str(code),
        meaning,
        ", ".join(f"`{each.__name__}`" for each in errors.error_classes() if each.exit_code == code) or "–",
    )
    for code, meaning in EXIT_MEANINGS.items()
]
FATAL = [row(f"`{each.__name__}`", str(each.exit_code), each.usually) for each in errors.error_classes()]
RULES = [row(f"`{rule.word}`", rule.meaning) for rule in SkipRule]
ALL_SETTINGS = setting_rows([*options.GATEWAY_QUESTIONS, *options.OPTIONS])


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        pytest.param(("exit code", "meaning", "errors"), EXIT_CODES, id="exit codes"),
        pytest.param(("error", "exit code", "what it usually means"), FATAL, id="fatal errors"),
        pytest.param(("rule", "meaning"), RULES, id="skip rules"),
        pytest.param(SETTINGS, ALL_SETTINGS, id="settings"),
    ],
)
def test_the_documents_table_is_what_the_code_says(header: Sequence[str], wanted: Sequence[str]) -> None:
    said = differences(DOCUMENTS / "operating.md", header, wanted)
    assert not said, said


def test_every_exit_code_has_its_meaning() -> None:
    codes = {code for name, code in vars(errors.ExitCode).items() if name.isupper()}
    assert codes == set(EXIT_MEANINGS)


def test_a_row_that_is_missing_or_unknown_is_named(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("| rule | meaning |\n|---|---|\n| `old` | gone |\n", "utf-8")
    said = differences(document, ("rule", "meaning"), ["| `new` | here |"])
    assert said.splitlines() == [
        "page.md lacks:",
        "| `new` | here |",
        "page.md has what the code does not:",
        "| `old` | gone |",
    ]
