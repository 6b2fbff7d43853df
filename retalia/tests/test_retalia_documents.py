"""The tables of docs/retalia.md are what the code says, row by row, and so is what it is proven against."""

from gateway_importer.testing.conformance.quality import Quality
from gateway_importer.testing.documents import DOCUMENTS, SETTINGS, differences, setting_rows
from retalia_importer.platform import PLATFORM, PROVEN
from test_conformance import HERE


def test_the_documents_table_is_what_the_code_says() -> None:
    said = differences(DOCUMENTS / "retalia.md", SETTINGS, setting_rows(PLATFORM.questions))
    assert not said, said


def test_the_program_says_what_its_quality_says_that_it_is_proven_against() -> None:
    assert Quality.of(HERE).sentence == PROVEN
