from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from commanding import NOTICE, WORLD, run


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database on which the world has been played, under Decree 330 alone; nobody writes to it."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "world.jsonl").write_text("\n".join(WORLD), encoding="utf-8")
    (folder / "notice.toml").write_text(NOTICE, encoding="utf-8")
    words = ("docket", "play", str(folder / "world.jsonl"), "--keep-going", "--rules", "decree-330", "--json")
    answer = run(*words, database=folder / "world.db")
    assert [refused["line"] for refused in answer.document["refused"]] == [24]
    return folder / "world.db"


@pytest.fixture
def world(played: Path, tmp_path: Path) -> Path:
    """A copy of it, to write to."""
    return Path(shutil.copy(played, tmp_path / "world.db"))


@pytest.fixture
def notice(played: Path) -> Path:
    return played.with_name("notice.toml")
