"""What holds for every test: nothing from the environment, the same examples every time."""

from __future__ import annotations

import pytest
from hypothesis import settings

pytest_plugins = ["databases", "counted"]

# The same examples on every machine and no time limit on one of them: a slow machine is no fault. Exploring further
# is one option away: --hypothesis-seed=random --hypothesis-profile=default.
settings.register_profile("project", derandomize=True, deadline=None, database=None)
settings.load_profile("project")


@pytest.fixture(autouse=True)
def nothing_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GONGXIANG_DB", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
