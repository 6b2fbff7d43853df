"""The tables of docs/magento.md are what the code says, row by row, and so is what it is proven against."""

from collections.abc import Sequence

import pytest
from conformance_shop import HERE
from gateway_importer.testing.conformance.quality import Quality
from gateway_importer.testing.documents import DOCUMENTS, SETTINGS, differences, row, setting_rows
from magento_importer.platform import PLATFORM
from magento_importer.profile import PROVEN
from magento_importer.rights import RIGHTS

TABLES = [
    pytest.param(
        ("box in the tree", "what for", "without it"),
        [
            row(f"{right.box} (`{resource}`)", right.use, right.cost or "nothing can be imported")
            for resource, right in RIGHTS.items()
        ],
        id="rights",
    ),
    pytest.param(SETTINGS, setting_rows([*PLATFORM.questions, *PLATFORM.settings]), id="settings"),
]


@pytest.mark.parametrize(("header", "wanted"), TABLES)
def test_the_documents_table_is_what_the_code_says(header: Sequence[str], wanted: Sequence[str]) -> None:
    said = differences(DOCUMENTS / "magento.md", header, wanted)
    assert not said, said


def test_the_program_says_what_its_quality_says_that_it_is_proven_against() -> None:
    assert Quality.of(HERE).sentence == PROVEN
