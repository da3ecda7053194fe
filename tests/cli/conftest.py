from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from commanding import NOTICE, WORLD, run
from keeper import Keeper


@pytest.fixture(scope="session")
def notice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("notice") / "notice.toml"
    file.write_text(NOTICE, encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def played_on(tmp_path_factory: pytest.TempPathFactory, keeper: Keeper) -> Callable[[str], str]:
    """The database of a kind on which the world has been played, under Decree 330 alone; nobody writes to it."""
    docket = tmp_path_factory.mktemp("world") / "world.jsonl"
    docket.write_text("\n".join(WORLD), encoding="utf-8")

    @cache
    def play(backend: str) -> str:
        url = keeper.new(backend)
        words = ("docket", "play", str(docket), "--keep-going", "--rules", "decree-330", "--json")
        assert [refused["line"] for refused in run(*words, database=url).document["refused"]] == [24]
        return url

    return play


@pytest.fixture
def played(backend: str, played_on: Callable[[str], str]) -> str:
    """That database, on each kind in turn."""
    return played_on(backend)


@pytest.fixture
def world(played: str, copy_of: Callable[[str], str]) -> str:
    """A copy of it, to write to."""
    return copy_of(played)
