"""Lets every platform's tests have helpers of their own (`shop`, `catalogue`, …) under names that others use too, and
prints after the tests how much the conformance kit compared, and how long each part of the suite took: later platforms
have to live in the same budget."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent
sys.path[:0] = [str(path) for path in (ROOT / "common",) if str(path) not in sys.path]

from gateway_importer.testing import folders  # noqa: E402 (found by the line above)

OWNERS = [*folders.platforms(), *folders.families()]
HELPERS = {
    str(place) for owner in OWNERS for place in (owner, owner / "tests")
}  # its demo.py lies in the folder itself
PACKAGES = [str(place) for place in folders.places()]
sys.path += [place for place in PACKAGES if place not in sys.path]


class Helpers:
    """Which folder's helpers can be imported at this moment. Modules are put aside, not made anew: what a test of one
    platform imported stays the same object, also where it imports it again while it runs."""

    def __init__(self) -> None:
        self.owner: Path | None = None
        self.aside: dict[Path | None, dict[str, ModuleType]] = defaultdict(dict)

    def belong_to(self, test: Path) -> None:
        owner = next((one for one in OWNERS if one in test.parents), None)
        if owner == self.owner:
            return
        loaded = {name: module for name, module in list(sys.modules.items()) if self._is_helper(module)}
        self.aside[self.owner] |= loaded
        for name in loaded:
            del sys.modules[name]
        own = [] if owner is None else [str(place) for place in (*folders.helpers(owner), owner)]
        others = [place for place in sys.path if place not in HELPERS]
        sys.path[:] = [*own, *others, *(place for place in PACKAGES if place not in (*own, *others))]
        sys.modules.update(self.aside[owner])
        self.owner = owner

    @staticmethod
    def _is_helper(module: ModuleType) -> bool:
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or file.endswith("conftest.py"):
            return False
        # Tests of the common part have names that a platform's may have too.
        of_common = Path(file).name.startswith("test_") and Path(file).is_relative_to(ROOT)
        return of_common or str(Path(file).parent) in HELPERS


_helpers = Helpers()


def pytest_xdist_auto_num_workers() -> int:
    """``-n auto``: more workers than processors, since half of a test's time it waits for clocks and sockets."""
    return max(2, 2 * (os.cpu_count() or 1))


@pytest.hookimpl(tryfirst=True)
def pytest_collectstart(collector: pytest.Collector) -> None:
    if isinstance(collector, pytest.Module):
        _helpers.belong_to(collector.path)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _helpers.belong_to(item.path)
    return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    seconds: defaultdict[str, float] = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[Path(report.nodeid.split("::")[0]).parts[0]] += report.duration
    total = sum(seconds.values())
    for reports in terminalreporter.stats.values():
        for report in reports:
            called = isinstance(report, pytest.TestReport) and report.when == "call"
            told = dict(report.user_properties) if called else {}
            if "conformance" in told:
                terminalreporter.write_line(f"Conformance of {told['conformance']}")
    for part, spent in sorted(seconds.items(), key=lambda item: -item[1]):
        terminalreporter.write_line(f"{part}: {spent:.0f} s, {spent / total:.0%} of the tests' time")
