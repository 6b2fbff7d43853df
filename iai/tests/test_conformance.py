"""The importer of offers keeps the rules that every platform keeps (docs/conformance.md)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from conformance_shop import candidate
from gateway_importer.testing.conformance.broken import CAUGHT, caught
from gateway_importer.testing.conformance.kit import conform

HERE = Path(__file__).resolve().parents[1]


async def test_the_importer_keeps_the_rules_of_every_platform(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    verdict = await conform(candidate(HERE), tmp_path)
    record_property("conformance", verdict.line)
    assert not verdict.problems, "\n".join(verdict.problems)


@pytest.mark.soak
async def test_the_same_program_broken_on_purpose_is_caught_rule_by_rule(tmp_path: Path) -> None:
    found = {one.rule.name: one for one in await caught(candidate(HERE), tmp_path)}
    # A check that is content with anything is put right by the profile: whoever may not fetch the files has none.
    assert [name for name in CAUGHT if not found[name].differences] == ["credentials"]
