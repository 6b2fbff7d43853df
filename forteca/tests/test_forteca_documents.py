"""The tables of docs/forteca.md are what the code says, row by row, and so is what it is proven against."""

from forteca_importer.platform import PLATFORM, PROVEN
from gateway_importer.testing.conformance.quality import Quality
from gateway_importer.testing.documents import DOCUMENTS, SETTINGS, differences, setting_rows
from test_conformance import HERE


def test_the_documents_table_is_what_the_code_says() -> None:
    said = differences(DOCUMENTS / "forteca.md", SETTINGS, setting_rows(PLATFORM.questions))
    assert not said, said


def test_the_program_says_what_its_quality_says_that_it_is_proven_against() -> None:
    assert Quality.of(HERE).sentence == PROVEN
