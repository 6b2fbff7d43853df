"""The pace of one host: what a refusal does to it."""

from __future__ import annotations

from gateway_importer.pace import Pace


async def test_a_refusal_at_the_very_start_does_not_cost_the_whole_run() -> None:
    """One request in the last second says nothing of the rate that was refused."""
    pace = Pace(concurrency=16, per_second=None)
    async with pace.slot():
        pace.refused(None)
    assert pace.rate is not None and 4 < pace.rate < 16


async def test_a_refusal_lowers_a_known_rate() -> None:
    pace = Pace(concurrency=4, per_second=20)
    async with pace.slot():
        pace.refused(None)
    assert pace.rate == 12
