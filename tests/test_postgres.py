"""The PostgreSQL of the tests: fresh databases are fresh, no server outlives its run, and its lack is said loudly."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import raw
from postgres import Databases, NoServer, Server, guard
from postgres.binaries import find_binaries
from sqlalchemy.engine import make_url

import gongxiang

HERE = Path(__file__).parent
CHANGES = {
    "nothing": (),
    "rows": (
        "INSERT INTO gongxiang_key (key, digest, receipt) VALUES ('k', 'd', '{}')",
        "DELETE FROM gongxiang_version",
    ),
    "a trigger dropped": ("DROP TRIGGER gongxiang_event_no_update ON gongxiang_event",),
    "a trigger switched off": ("ALTER TABLE gongxiang_event DISABLE TRIGGER gongxiang_event_no_update",),
    "a table added": ("CREATE TABLE theirs (x integer)",),
    "a column added": ("ALTER TABLE gongxiang_case ADD COLUMN x integer",),
    "a default set": ("ALTER TABLE gongxiang_case ALTER COLUMN state SET DEFAULT 'x'",),
    "an index dropped": ("DROP INDEX gongxiang_case_about",),
    "a function replaced": (
        "CREATE OR REPLACE FUNCTION gongxiang_append_only() RETURNS trigger LANGUAGE plpgsql "
        "AS 'BEGIN RETURN NULL; END'",
    ),
    "a schema added": ("CREATE SCHEMA theirs",),
}


def state(url: str) -> tuple[list[str], list[tuple[str, ...]]]:
    """Return the rows and the shape of a database."""
    shape = raw.ask(url, "SELECT table_schema, table_name, column_name, column_default FROM information_schema.columns")
    guards = raw.ask(url, "SELECT tgname, tgenabled, prosrc FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid")
    indexes = raw.ask(url, "SELECT indexname, indexdef FROM pg_indexes")
    schemas = raw.ask(url, "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'")
    return raw.standing(url), sorted(map(repr, (*shape, *guards, *indexes, *schemas)))  # type: ignore[return-value]


@pytest.mark.parametrize("change", CHANGES)
def test_a_database_that_was_given_back_is_fresh_for_whoever_gets_it_next(change: str, postgresql: Databases) -> None:
    used = postgresql.new()
    fresh = state(used)
    for statement in CHANGES[change]:
        raw.tell(used, statement)

    postgresql.give_back(used)

    again = postgresql.new()
    assert state(again) == fresh
    assert (again == used) == (change in ("nothing", "rows")), "what has only other rows is used again"
    postgresql.give_back(again)


def test_whoever_is_still_at_work_in_a_database_that_is_given_back_is_sent_away(postgresql: Databases) -> None:
    used = postgresql.new()
    with psycopg.connect(make_url(used).set(drivername="postgresql").render_as_string(False)) as left:
        left.execute("INSERT INTO gongxiang_key (key, digest, receipt) VALUES ('k', 'd', '{}')")

        postgresql.give_back(used)

        with pytest.raises(psycopg.OperationalError):
            left.commit()
    again = postgresql.new()
    assert raw.ask(again, "SELECT * FROM gongxiang_key") == []
    postgresql.give_back(again)


def test_an_empty_database_stays_empty_for_whoever_gets_it_next(postgresql: Databases) -> None:
    used = postgresql.new(empty=True)
    engine = gongxiang.open_engine(used)
    list(engine.ledger())
    engine.close()
    assert raw.standing(used)

    postgresql.give_back(used)

    again = postgresql.new(empty=True)
    assert (again, raw.standing(again)) == (used, [])
    postgresql.give_back(again)


def test_databases_that_a_killed_run_left_on_a_lasting_server_are_removed_and_those_of_a_living_one_are_not(
    postgresql: Databases,
) -> None:
    def there() -> set[str]:
        return {str(name) for (name,) in raw.ask(postgresql.url, "SELECT datname FROM pg_database")}

    mine = postgresql.new()
    with Databases(postgresql.url) as killed:
        left = str(make_url(killed.new()).database)
        killed.die()
        assert left in there()

    with Databases(postgresql.url) as later:
        assert left not in there()
        made = str(make_url(later.new()).database)
        assert {made, str(make_url(mine).database)} <= there()
    assert made not in there()
    postgresql.give_back(mine)


@pytest.mark.parametrize(
    "url", ["mysql://x/y", "no url", "postgresql://nobody@127.0.0.1:1/x", "postgresql:///x?host=/no/such/folder"]
)
def test_a_server_that_cannot_be_used_says_why_and_how_that_is_mended(url: str) -> None:
    with pytest.raises(NoServer) as caught:
        Databases(url)

    assert caught.value.why
    assert "GONGXIANG_TEST_POSTGRES" in caught.value.mend


@pytest.fixture(scope="module")
def own() -> None:
    """Skip what starts servers of its own where there are no programs for it."""
    from databases import skip

    try:
        find_binaries()
    except NoServer as error:
        skip(error.why, error.mend)


CHILD = """
import os, sys
from postgres import Server
server = Server.create()
print(server.directory, server._guard.pid, flush=True)
sys.stdin.readline()
os.kill(os.getpid(), 9)
"""


Abandoned = tuple[Path, int, subprocess.Popen[str]]


@pytest.fixture
def abandoned(own: None) -> Iterator[Abandoned]:
    """The directory of a server, its guard, and the process that started it, which kills itself when told."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD], cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    directory, guarding = child.stdout.readline().split()
    yield Path(directory), int(guarding), child
    child.kill()
    child.communicate()


@contextmanager
def ended(directory: Path) -> Iterator[int]:
    """Wait until whoever ends the server has done so: a guard, or any run that finds it left behind."""
    lock = os.open(directory / "guarded", os.O_RDWR)
    yield lock
    fcntl.flock(lock, fcntl.LOCK_EX)
    os.close(lock)


def test_a_server_whose_run_was_killed_is_ended_by_its_guard(
    abandoned: Abandoned,
) -> None:
    directory, _, child = abandoned
    assert guard.is_running(directory)
    with ended(directory):
        child.communicate("\n")

    assert child.returncode == -9
    assert not directory.exists()


def test_a_server_whose_guard_was_killed_too_is_ended_by_the_next_run(
    abandoned: Abandoned,
) -> None:
    directory, guarding, child = abandoned
    assert guard.is_running(directory)
    with ended(directory) as lock:
        os.kill(guarding, 9)
        child.communicate("\n")
        # A guard that was killed dies when its turn comes on a processor; until then its server is not left behind.
        fcntl.flock(lock, fcntl.LOCK_EX)
        fcntl.flock(lock, fcntl.LOCK_UN)

        guard.end_what_was_left_behind(directory.parent)

    assert not directory.exists()


def test_of_two_runs_that_find_one_left_behind_the_later_one_does_not_keep_it_from_being_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / f"{guard.PREFIX}left"
    directory.mkdir()
    for name in ("guarded", "running"):
        (directory / name).touch()
    take = guard.take

    def late(lock: Path) -> int | None:
        """Take it when the other run has removed the files and removes the directory next."""
        for path in directory.iterdir():
            path.unlink()
        try:
            return take(lock)
        finally:
            directory.rmdir()

    monkeypatch.setattr(guard, "take", late)
    guard.end_what_was_left_behind(tmp_path)

    assert not directory.exists()


def test_a_server_comes_back_with_what_was_committed_however_it_was_stopped(own: None) -> None:
    with Server.create(durable=True) as server:
        for number, stop in enumerate((lambda: server.stop("fast"), lambda: server.stop("immediate"), server.kill)):
            with psycopg.connect(server.dsn()) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS kept (number integer)")
                connection.execute("INSERT INTO kept VALUES (%s)", [number])
            stop()
            assert not server.running
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(server.dsn())
            server.start()

        assert raw.ask(server.url(), "SELECT number FROM kept ORDER BY 1") == [(0,), (1,), (2,)]
        directory = server.directory
    assert not directory.exists()


@pytest.mark.parametrize("processes", [(), ("-n", "1")], ids=["one process", "several"])
def test_a_run_without_a_server_says_in_its_last_lines_what_was_not_tested_why_and_what_mends_it(
    processes: tuple[str, ...],
) -> None:
    environment = {**os.environ, "GONGXIANG_TEST_POSTGRES": "postgresql://nobody@127.0.0.1:1/none"}
    words = ("-p", "no:cacheprovider", *processes, "tests/workflow/test_held_lapses.py", "-k", "both_dates")

    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=HERE.parent,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    *_, heading, count, why, mend, result = done.stdout.strip().splitlines()
    assert "NOTHING OF THIS WAS TESTED ON POSTGRESQL" in heading
    assert count.startswith("3 tests did not run")
    assert why.startswith("Why: ")
    assert "127.0.0.1:1" in why
    assert mend.startswith("To mend it: ")
    assert "GONGXIANG_TEST_POSTGRES" in mend
    assert result.startswith("3 passed, 3 skipped")
