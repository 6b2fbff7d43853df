"""Shoper keeps the rules that every platform keeps (docs/conformance.md)."""

from collections.abc import Callable
from pathlib import Path

from conformance_shop import candidate
from gateway_importer.testing.conformance.kit import conform

HERE = Path(__file__).resolve().parents[1]


async def test_the_importer_keeps_the_rules_of_every_platform(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    verdict = await conform(candidate(HERE, "SHOPER"), tmp_path)
    record_property("conformance", verdict.line)
    assert not verdict.problems, "\n".join(verdict.problems)
