"""What a test has counted (how often a process was killed, a wire cut), told at the end of the run: under `-n` nobody
sees what a test prints.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

COUNTED = "counted"


@pytest.fixture
def counted(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Give what takes a line for the end of the run."""
    return partial(record_property, COUNTED)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what was counted."""
    told = [
        str(value)
        for report in terminalreporter.stats.get("passed", [])
        for name, value in report.user_properties
        if name == COUNTED
    ]
    if told:
        terminalreporter.section("counted", sep="-")
    for line in sorted(told):
        terminalreporter.line(line)
