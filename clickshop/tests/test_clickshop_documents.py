"""The tables of docs/clickshop.md are what the code says, row by row, and so is what it is proven against."""

from collections.abc import Sequence

import pytest
from clickshop_importer.platform import PLATFORM, PROVEN
from gateway_importer.testing.conformance.quality import Quality
from gateway_importer.testing.documents import DOCUMENTS, SETTINGS, differences, setting_rows
from test_conformance import HERE

TABLES = [pytest.param(SETTINGS, setting_rows([*PLATFORM.questions, *PLATFORM.settings]), id="settings")]


@pytest.mark.parametrize(("header", "wanted"), TABLES)
def test_the_documents_table_is_what_the_code_says(header: Sequence[str], wanted: Sequence[str]) -> None:
    said = differences(DOCUMENTS / "clickshop.md", header, wanted)
    assert not said, said


def test_the_program_says_what_its_quality_says_that_it_is_proven_against() -> None:
    assert Quality.of(HERE).sentence == PROVEN
