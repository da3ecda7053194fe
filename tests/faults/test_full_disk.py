"""Nothing more can be written: the act says so, leaves nothing behind, and is made again when there is room."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import acts
import filling
import pytest
import raw
from acts import at
from sqlalchemy import Engine as Pool
from sqlalchemy import event

from gongxiang.workflow.engine import Engine
from gongxiang.workflow.receipt import Receipt

NAMESPACE = ("unshare", "--map-root-user", "--mount")


def filled(folder: Path, what: str) -> dict[str, Any]:
    """Let a process meet a disk without room, or the end of its quota; return what it met."""
    child = [sys.executable, str(Path(filling.__file__)), str(folder), what]
    before = NAMESPACE if what == "disk" else ()
    done = subprocess.run([*before, *child], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    met: dict[str, Any] = json.loads(done.stdout)
    return met


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """A folder on which a process may mount a disk that only it sees."""
    mounting = [*NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", str(tmp_path)]
    if shutil.which(NAMESPACE[0]) is None or subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip(
            "this system lets nobody mount a small disk of his own; full files and quotas are tested all the same"
        )
    return tmp_path


def opening(engine: Engine, number: int) -> Receipt:
    return acts.request(engine, f"R-{number}", idempotency_key=f"{number}")


@contextmanager
def pages(most: int) -> Iterator[None]:
    """Let no file of SQLite that is opened meanwhile grow beyond so many pages."""

    def limit(connection: Any, _: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={most}")

    event.listen(Pool, "connect", limit)
    yield
    event.remove(Pool, "connect", limit)


def test_a_file_that_may_not_grow_takes_whole_acts_only_and_goes_on_when_it_may(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'cases.db'}"
    engine = acts.engine(url)
    engine.close()
    ((size,),) = raw.ask(url, "PRAGMA page_count")
    with pages(size + 40):
        number, code = -1, None
        while code is None:
            before, number = raw.standing(url), number + 1
            code = filling.code_of(partial(opening, engine, number))
        assert raw.standing(url) == before
        assert filling.code_of(partial(opening, engine, number)) == "disk_full"
        assert engine.case("R-0", now=at("2026-02-12T10:00")).state == "awaiting_reply"
        engine.close()

    assert code == "disk_full"
    assert number > 0
    assert not opening(engine, number).replayed
    assert len(engine.sweep(now=filling.SWEPT).lapses) == number + 1
    assert (acts.faults(engine), engine.incidents()) == ([], ())


def test_on_a_full_disk_acts_and_sweeps_say_so_and_leave_nothing_behind(disk: Path) -> None:
    found = filled(disk, "disk")

    assert {told["act"] for told in found["met"]} == {"disk_full"}
    assert {told["others"] for told in found["met"]} == {"disk_full"}
    assert {code for told in found["met"] for code in told["swept"]} <= {"disk_full", None}
    assert found["alone"] == "disk_full"
    nothing_lost(found)


def test_at_the_end_of_a_quota_nothing_is_written_in_part(tmp_path: Path) -> None:
    found = filled(tmp_path, "quota")

    assert None not in {told["act"] for told in found["met"]}
    nothing_lost(found)


def nothing_lost(found: dict[str, Any]) -> None:
    assert all(told["unchanged"] for told in found["met"]), "an act that cannot be written leaves everything as it was"
    assert {told["again"] for told in found["met"]} == {None}, "the same engine goes on when there is room"
    assert found["lapsed"] == found["cases"], "each lapse stands once"
    assert (found["faults"], found["left"]) == ([], []), "no case is blamed for the disk"
