"""The tables of docs/prestashop.md are what the code says, row by row."""

from collections.abc import Sequence

import pytest
from gateway_importer.testing.documents import DOCUMENTS, SETTINGS, differences, row, setting_rows
from prestashop_importer.checks import NEEDED, OPTIONAL
from prestashop_importer.platform import PLATFORM

TICKED = [row(f"`{resource}`", use) for resource, use in NEEDED.items()]
BETTER = [row(f"`{resource}`", cost) for resource, cost in OPTIONAL.items()]


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        pytest.param(("needed", "what for"), TICKED, id="needed resources"),
        pytest.param(("useful", "without it"), BETTER, id="useful resources"),
        pytest.param(SETTINGS, setting_rows([*PLATFORM.questions, *PLATFORM.settings]), id="settings"),
    ],
)
def test_the_documents_table_is_what_the_code_says(header: Sequence[str], wanted: Sequence[str]) -> None:
    said = differences(DOCUMENTS / "prestashop.md", header, wanted)
    assert not said, said
