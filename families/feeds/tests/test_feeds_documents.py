"""The tables of docs/feeds.md are what the code says, row by row."""

from collections.abc import Sequence

import pytest
from feeds_family.columns import MEANINGS
from feeds_family.settings import OPTIONS
from gateway_importer.testing.documents import DOCUMENTS, SETTINGS, differences, row, setting_rows

TABLES = [
    pytest.param(("meaning", "what it is"), [row(f"`{word}`", told) for word, told in MEANINGS.items()], id="meanings"),
    pytest.param(SETTINGS, setting_rows(OPTIONS), id="settings"),
]


@pytest.mark.parametrize(("header", "wanted"), TABLES)
def test_the_documents_table_is_what_the_code_says(header: Sequence[str], wanted: Sequence[str]) -> None:
    said = differences(DOCUMENTS / "feeds.md", header, wanted)
    assert not said, said
