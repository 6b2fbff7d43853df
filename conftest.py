"""Prints, after the tests, how long each part of the suite took: later platforms have to live in the same budget."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    seconds: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[Path(report.nodeid.split("::")[0]).parts[0]] += report.duration
    total = sum(seconds.values())
    for part, spent in seconds.most_common():
        terminalreporter.write_line(f"{part}: {spent:.0f} s, {spent / total:.0%} of the tests' time")
