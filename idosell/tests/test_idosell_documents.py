"""The tables of docs/idosell.md are what the code says, row by row, and so is what it is proven against."""

from collections.abc import Sequence

import pytest
from gateway_importer.testing.conformance.quality import Quality
from gateway_importer.testing.documents import DOCUMENTS, SETTINGS, differences, row, setting_rows
from idosell_importer.checks import NEEDED, OPTIONAL
from idosell_importer.platform import PLATFORM, PROVEN
from idosell_importer.survey import COSTS
from test_conformance import HERE

TABLES = [
    pytest.param(
        ("needed", "area", "what for"),
        [row(f"`{gate.name}`", gate.area, use) for gate, use in NEEDED.values()],
        id="needed",
    ),
    pytest.param(
        ("useful", "area", "without it"),
        [row(f"`{gate.name}`", gate.area, COSTS[gate.name]) for gate in OPTIONAL.values()],
        id="useful",
    ),
    pytest.param(SETTINGS, setting_rows([*PLATFORM.questions, *PLATFORM.settings]), id="settings"),
]


@pytest.mark.parametrize(("header", "wanted"), TABLES)
def test_the_documents_table_is_what_the_code_says(header: Sequence[str], wanted: Sequence[str]) -> None:
    said = differences(DOCUMENTS / "idosell.md", header, wanted)
    assert not said, said


def test_the_program_says_what_its_quality_says_that_it_is_proven_against() -> None:
    assert Quality.of(HERE).sentence == PROVEN
