"""The tables go from one version to another and back with everything in them, in one transaction, killed or not."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import acts
import earlier_release
import pytest
import upgraded
from acts import at
from keeper import Keeper
from raw import ask, is_sqlite, tell
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlmodel import Session

import gongxiang
from gongxiang.errors import (
    BadInput,
    DatabaseLocked,
    ForeignDatabase,
    StepNotAllowed,
    StoreError,
    UnknownSchema,
)
from gongxiang.workflow import auditing
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.store import differences, maintenance, upgrading
from gongxiang.workflow.store.migrations import v0002_rows
from gongxiang.workflow.store.schema import REVISION, VERSION

AFTERWARDS = at("2026-12-31T09:00")
"""After everything that the database of the earlier release records."""


@pytest.fixture
def left(empty_url: str) -> str:
    """A database as release 0.2.0 left it."""
    earlier_release.load(empty_url)
    return empty_url


@pytest.fixture
def another(backend: str, keeper: Keeper) -> Iterator[Callable[[], str]]:
    """What makes one more empty database of the same kind."""
    made: list[str] = []

    def make() -> str:
        made.append(empty_there(keeper.new(backend, empty=True)))
        return made[-1]

    yield make
    for url in made:
        keeper.give_back(url)


def engine_on(url: str | None, **told: Any) -> Engine:
    return gongxiang.open_engine(url, rules="decree-330", clock=lambda: AFTERWARDS, **told)


def empty_there(url: str) -> str:
    """The database, which is there though nothing stands in it: on SQLite a file that somebody has made."""
    if is_sqlite(url):
        Path(str(make_url(url).database)).touch()
    return url


def columns(url: str, question: str) -> dict[str, Any]:
    return {name: str(value) for name, value in ask(url, question)}


# One schema, whichever way it came about


def test_an_upgraded_database_has_the_tables_of_a_new_one(left: str, another: Callable[[], str]) -> None:
    new = another()
    list(engine_on(new).ledger())

    upgrading.upgrade(left)

    assert earlier_release.shape(left) == earlier_release.shape(new)
    assert differences.check(left) == differences.check(new) == []


def test_an_empty_database_gets_the_tables_of_a_new_one(empty_url: str) -> None:
    moved = upgrading.upgrade(empty_there(empty_url))

    assert (moved.before, moved.after) == (None, REVISION)
    assert differences.check(empty_url) == []
    assert acts.request(acts.engine(empty_url)).version == 1


def test_the_versions_one_after_the_other_make_the_tables_that_were_released(
    empty_url: str, another: Callable[[], str]
) -> None:
    released = another()
    earlier_release.load(released, rows=False)
    upgrading.upgrade(released)

    def walk(connection: Connection, _: object) -> None:
        VERSION.create(connection)
        upgrading.run(connection, REVISION)

    maintenance.writing(empty_there(empty_url), walk)

    assert earlier_release.shape(empty_url) == earlier_release.shape(released)
    upgrading.downgrade(empty_url, "0001")
    upgrading.downgrade(released, "0001")
    assert earlier_release.shape(empty_url) == earlier_release.shape(released)


def test_every_version_says_what_it_does_and_the_last_is_what_the_program_reads() -> None:
    steps = upgrading.steps()

    assert [step.revision for step in steps] == [f"{number:04}" for number in range(1, len(steps) + 1)]
    assert steps[-1].revision == REVISION
    for step in steps:
        assert step.says.zh != step.says.en


# What stands in them


def test_what_an_upgrade_derives_is_what_the_ledger_says(left: str) -> None:
    before = earlier_release.contents(left)

    moved = upgrading.upgrade(left)

    assert [moved.before, moved.after, [step.revision for step in moved.steps]] == ["0001", "0002", ["0002"]]
    after = earlier_release.contents(left)
    for kept in ("gongxiang_event", "gongxiang_key", "gongxiang_rule_book"):
        assert after[kept] == before[kept]
    engine = engine_on(left)
    assert auditing.verify(engine, now=AFTERWARDS).findings == ()
    assert auditing.differing(engine) == 0


def test_the_due_dates_twins_and_proposals_are_those_of_the_cases(left: str) -> None:
    upgrading.upgrade(left)

    # What was open when the file was made, as its `gongxiang_deadline` has it; whose last day of notice is 2027's.
    assert columns(left, "SELECT case_id, due FROM gongxiang_case WHERE due IS NOT NULL") == {
        "C-2": "2026-03-30",
        "L-1": "2026-03-25",
        "R-4": "2027-01-11",
        "V-3": "2026-03-20",
        "X-2": "2026-03-23",
        "X-5": "2026-03-31",
        "X-6": "2027-02-01",
    }
    # Article 26: a case against the same department on the same ground and matter. Other procedures ask for none.
    twins = columns(left, "SELECT case_id, twin FROM gongxiang_case WHERE twin IS NOT NULL")
    assert json.loads(twins["X-1"]) == ["rectification", "sy-mps", {"about": "R-1", "ground": "26.7"}]
    assert json.loads(twins["X-2"]) == ["rectification", "sy-mps", {"about": "", "ground": "26.7"}]
    assert sorted(twins) == ["X-1", "X-2", "X-3", "X-4", "X-5", "X-6"]
    turns = columns(left, "SELECT twin, turn FROM gongxiang_twin")
    assert turns == {twin: "2" if twin == twins["X-4"] == twins["X-3"] else "1" for twin in twins.values()}
    # A late reply, verification or catalogue proposes a rectification; a late correction and a late return nothing.
    proposed = "SELECT case_id, proposes FROM gongxiang_deadline WHERE proposes IS NOT NULL"
    assert columns(left, proposed) == dict.fromkeys(("C-2", "R-1", "V-3"), "rectification")
    lapsed = ask(left, "SELECT case_id FROM gongxiang_deadline WHERE lapsed_at IS NOT NULL ORDER BY case_id")
    assert [case for (case,) in lapsed] == ["C-2", "L-1", "R-1", "V-3", "X-1", "X-2"]
    everything = "SELECT case_id, seq, hash FROM gongxiang_event ORDER BY 1, 2"
    assert ask(left, "SELECT case_id, seq, hash FROM gongxiang_outbox ORDER BY 1, 2") == ask(left, everything)
    assert ask(left, "SELECT DISTINCT consumer FROM gongxiang_outbox") == [("seal",)]


def test_a_row_that_no_event_stands_behind_stops_no_upgrade_and_is_found_after_it(left: str) -> None:
    same = "procedure, state, final, version, rules, anchor, about, opened_at, snapshot"
    tell(left, f"INSERT INTO gongxiang_case (case_id, {same}) SELECT 'R-9', {same} FROM gongxiang_case LIMIT 1")

    upgrading.upgrade(left)

    (found,) = auditing.verify(engine_on(left), now=AFTERWARDS).findings
    assert (found.case, found.code) == ("R-9", "projection_orphan")


def test_an_upgraded_database_goes_on_where_the_earlier_release_stopped(left: str) -> None:
    upgrading.upgrade(left)
    engine = engine_on(left)
    find = {"by": "sy-auth", "against": "sy-mps", "payload": {"ground": "26.3", "facts": "经查未改"}}

    with pytest.raises(StepNotAllowed) as caught:
        engine.open("rectification", case="X-7", at=AFTERWARDS, **find)

    assert [reason.code for reason in caught.value.reasons] == ["already_open"]
    again = engine.open("rectification", case="X-4", at=at("2026-03-17T10:00"), idempotency_key="x4-find", **find)
    assert (again.case, again.replayed) == ("X-4", True)
    swept = engine.sweep(now=at("2027-02-03T09:00"), recorded_at=at("2027-02-03T09:00"))
    assert [lapse.case for lapse in swept.lapses] == ["R-4", "X-6"]
    engine.fire("X-4", "revoke", by="sy-auth", at=at("2027-02-03T10:00"), payload={"reasons": "已办"})
    opened = engine.open("rectification", case="X-7", at=at("2027-02-03T11:00"), **find)
    assert opened.version == 1
    assert auditing.verify(engine, now=at("2027-02-04T09:00")).findings == ()


def test_the_way_back_leaves_what_the_earlier_release_left(left: str) -> None:
    before, tables = earlier_release.contents(left), earlier_release.shape(left)
    upgrading.upgrade(left)

    moved = upgrading.downgrade(left, "0001")

    assert (moved.after, moved.losses) == ("0001", ())
    after, version = earlier_release.contents(left), "gongxiang_version"
    assert after.pop(version) == ["[('version_num', '0001')]"]
    assert after == before
    assert {name: told for name, told in earlier_release.shape(left).items() if name != version} == tables
    upgrading.upgrade(left)
    assert differences.check(left) == []
    assert auditing.differing(engine_on(left)) == 0


@pytest.mark.parametrize("batch", [1, 4])
def test_more_cases_than_are_held_in_memory_come_out_the_same(
    batch: int, left: str, another: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = another()
    earlier_release.load(other)
    upgrading.upgrade(other)
    monkeypatch.setattr(v0002_rows, "BATCH", batch)

    upgrading.upgrade(left)

    assert earlier_release.contents(left) == earlier_release.contents(other)
    upgrading.downgrade(left, "0001")
    anchors = columns(left, "SELECT case_id, anchor FROM gongxiang_case WHERE case_id IN ('R-2/D', 'L-1', 'I-2')")
    assert anchors == {"R-2/D": "sy-samr", "L-1": "sy-mps", "I-2": "sy-auth"}


def test_what_cannot_be_kept_is_said_first_and_nothing_is_done(left: str) -> None:
    upgrading.upgrade(left)
    tell(
        left,
        "INSERT INTO gongxiang_seal VALUES (1, '2026-12-31 00:00:00+00:00', 65, 'root', '[]')",
        "INSERT INTO gongxiang_attempt VALUES"
        " ('R-4', 5, 'w', '2026-12-31 00:00:00+00:00', '2026-12-31 00:00:00+00:00', NULL, FALSE)",
        "INSERT INTO gongxiang_event"
        " SELECT '', seq + 1, happened_at, recorded_at, 'incident', 'x', '', '', '{}', hash, 'hash'"
        " FROM gongxiang_event WHERE case_id = '' ORDER BY seq DESC LIMIT 1",
    )
    before = earlier_release.contents(left)

    refused = upgrading.downgrade(left, "0001")

    assert refused.refused
    assert [loss.en.partition(":")[0] for loss in refused.losses] == ["seals (1)", "attempts (1)", "entries (1)"]
    assert earlier_release.contents(left) == before
    done = upgrading.downgrade(left, "0001", may_lose=True)
    assert (done.refused, done.losses, done.after) == (False, refused.losses, "0001")


# In one transaction


def test_an_upgrade_killed_at_any_statement_leaves_the_version_that_stood_there(
    backend: str, another: Callable[[], str], counted: Callable[[str], None]
) -> None:
    def play(*statements: int) -> list[list[str]]:
        url = another()
        earlier_release.load(url)
        words = [sys.executable, upgraded.__file__, url, *map(str, statements)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return [line.split() for line in done.stdout.splitlines()]

    [(_, count, _, whole)] = play(0)
    last = int(count)
    assert last > 50
    # The last one is the commit. All of them, in turn: python upgraded.py URL $(seq 1 N).
    kills = play(*range(1, last - 1, 9), last - 1, last)

    assert {became for became, *_ in kills} == {"killed"}
    assert [version for *_, version, _ in kills] == ["0001"] * (len(kills) - 1) + ["0002"]
    assert len({digest for *_, digest in kills[:-1]}) == 1
    assert kills[-1][-1] == whole
    counted(f"{backend}: an upgrade of {last} statements was killed {len(kills)} times")


def test_of_two_upgrades_at_once_one_does_it_and_the_other_finds_it_done(left: str) -> None:
    words = [sys.executable, "-m", "gongxiang", "--db", left, "db", "upgrade", "--json"]

    both = [subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    told = [one.communicate() for one in both]

    assert [error for _, error in told] == ["", ""]
    assert sorted(json.loads(out)["before"] for out, _ in told) == ["0001", "0002"]
    assert differences.check(left) == []


@contextmanager
def writing(url: str) -> Iterator[None]:
    """Somebody holds the database, as an engine of the earlier release does while it writes."""
    with earlier_release.opened(url).connect() as connection:
        if is_sqlite(url):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("UPDATE gongxiang_case SET version = version")
        yield


def test_an_upgrade_waits_for_who_writes_and_gives_up_after_the_time_allowed(left: str) -> None:
    before = earlier_release.contents(left)

    with writing(left), pytest.raises(DatabaseLocked):
        upgrading.upgrade(left, busy_seconds=0.1)

    assert earlier_release.contents(left) == before
    assert upgrading.upgrade(left).after == REVISION


# What is refused


def test_an_engine_refuses_the_tables_of_an_earlier_release_with_the_command_that_mends_it(left: str) -> None:
    with pytest.raises(UnknownSchema) as caught:
        engine_on(left).case("R-1")

    (reason,) = caught.value.reasons
    assert reason.mend is not None
    words = shlex.split(reason.mend.en.removeprefix("run: "))
    assert subprocess.run([sys.executable, "-m", *words], capture_output=True, check=False).returncode == 0
    assert engine_on(left).case("R-1", now=AFTERWARDS).state == "granted"


def test_an_engine_in_a_hosts_session_says_where_the_command_goes(left: str) -> None:
    with Session(earlier_release.opened(left)) as session, pytest.raises(UnknownSchema) as caught:
        engine_on(None, session=session).case("R-1")

    mend = caught.value.reasons[0].mend
    assert mend is not None
    assert mend.en == "run: gongxiang --db URL db upgrade"


@pytest.mark.parametrize("version", ["0099", "0000", "next"])
def test_a_version_that_is_not_known_here_is_left_as_it_is(version: str, left: str) -> None:
    upgrading.upgrade(left)
    tell(left, "UPDATE gongxiang_version SET version_num = :version", version=version)
    before = earlier_release.contents(left)

    asked = (upgrading.upgrade, upgrading.status, differences.check, lambda url: upgrading.downgrade(url, "0001"))
    for ask_for in asked:
        with pytest.raises(UnknownSchema) as caught:
            ask_for(left)
        assert version in caught.value.reasons[0].text.en
    assert earlier_release.contents(left) == before


def test_what_is_of_that_version_already_is_left_as_it_is(left: str) -> None:
    before = earlier_release.contents(left)

    moved = upgrading.downgrade(left, "0001")

    assert (moved.before, moved.after, moved.steps, moved.refused) == ("0001", "0001", (), False)
    assert earlier_release.contents(left) == before


@pytest.mark.parametrize("version", ["base", "0002", "-1", "head", ""])
def test_there_is_no_going_back_to_what_is_no_earlier_version(version: str, left: str) -> None:
    with pytest.raises(BadInput) as caught:
        upgrading.downgrade(left, version)

    assert caught.value.reasons[0].code == "no_version_before"
    assert "0001" in str(caught.value.reasons[0].mend)


def test_a_database_of_another_program_is_refused_and_a_hosts_tables_beside_ours_are_left(
    left: str, another: Callable[[], str]
) -> None:
    theirs = another()
    for url in (theirs, left):
        tell(url, "CREATE TABLE alembic_version (version_num VARCHAR(32))", "INSERT INTO alembic_version VALUES ('x')")

    for ask_for in (upgrading.upgrade, upgrading.status, differences.check):
        with pytest.raises(ForeignDatabase):
            ask_for(theirs)
    upgrading.upgrade(left)
    assert differences.check(left) == []
    assert ask(left, "SELECT version_num FROM alembic_version") == [("x",)]


DAMAGES = {
    "a rule book that was changed": (
        "UPDATE gongxiang_rule_book SET document = '{}' WHERE id = 'decree-330'",
        "damaged_rule_book",
    ),
    "a rule book that is gone": ("DELETE FROM gongxiang_rule_book WHERE id = 'decree-330'", "damaged_rule_book"),
    "a row that cannot be read": (
        "UPDATE gongxiang_case SET snapshot = '[]' WHERE case_id = 'X-4'",
        "unreadable_case",
    ),
}


@pytest.mark.parametrize(("statement", "code"), DAMAGES.values(), ids=DAMAGES)
def test_from_what_was_damaged_nothing_is_derived(statement: str, code: str, left: str) -> None:
    tell(left, statement)
    before = earlier_release.contents(left)

    with pytest.raises(StoreError) as caught:
        upgrading.upgrade(left)

    assert caught.value.reasons[0].code == code
    assert caught.value.reasons[0].mend is not None
    assert earlier_release.contents(left) == before


def test_a_file_that_does_not_exist_is_not_made(tmp_path: Path) -> None:
    for ask_for in (upgrading.upgrade, upgrading.status, differences.check):
        with pytest.raises(BadInput) as caught:
            ask_for(f"sqlite:///{tmp_path / 'typo.db'}")
        assert caught.value.reasons[0].code == "no_such_database"
    assert list(tmp_path.iterdir()) == []


# What somebody changed

ON_POSTGRESQL = {
    "ALTER TABLE gongxiang_case ALTER COLUMN about TYPE TEXT": ("differs", "gongxiang_case.about"),
    "ALTER TABLE gongxiang_case ALTER COLUMN state DROP NOT NULL": ("differs", "gongxiang_case.state"),
    "ALTER TABLE gongxiang_case ALTER COLUMN state SET DEFAULT 'x'": ("differs", "gongxiang_case.state"),
    "ALTER TABLE gongxiang_event DROP CONSTRAINT gongxiang_event_pkey": ("differs", "gongxiang_event."),
    "ALTER TABLE gongxiang_case ADD CONSTRAINT late CHECK (version < 3)": ("unknown", "gongxiang_case.late"),
    "ALTER TABLE gongxiang_case ADD CONSTRAINT one UNIQUE (about)": ("unknown", "gongxiang_case.one"),
    "ALTER TABLE gongxiang_deadline ADD CONSTRAINT part FOREIGN KEY (case_id) REFERENCES gongxiang_case (case_id)": (
        "unknown",
        "gongxiang_deadline.part",
    ),
    "ALTER TABLE gongxiang_event DISABLE TRIGGER gongxiang_event_no_update": ("differs", "gongxiang_event_no_update"),
    "CREATE OR REPLACE FUNCTION gongxiang_append_only() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$"
    "": (
        "differs",
        "gongxiang_event_no_truncate",
    ),
    "DROP TRIGGER gongxiang_event_no_update ON gongxiang_event": ("missing", "gongxiang_event_no_update"),
    "DROP TRIGGER gongxiang_seal_no_truncate ON gongxiang_seal": ("missing", "gongxiang_seal_no_truncate"),
    "DROP TRIGGER gongxiang_event_continues ON gongxiang_event": ("missing", "gongxiang_event_continues"),
    "ALTER TABLE gongxiang_leaf DISABLE TRIGGER gongxiang_leaf_no_update": ("differs", "gongxiang_leaf_no_update"),
}
ON_SQLITE = {
    "CREATE TRIGGER also AFTER INSERT ON gongxiang_event BEGIN SELECT 1; END": ("unknown", "also"),
    "DROP TRIGGER gongxiang_event_no_replace": ("missing", "gongxiang_event_no_replace"),
    "DROP TRIGGER gongxiang_leaf_no_delete": ("missing", "gongxiang_leaf_no_delete"),
    "DROP TRIGGER gongxiang_event_continues": ("missing", "gongxiang_event_continues"),
    "DROP TRIGGER gongxiang_seal_no_replace": ("missing", "gongxiang_seal_no_replace"),
}
ON_BOTH = {
    "DROP TABLE gongxiang_errand": ("missing", "gongxiang_errand"),
    "CREATE TABLE gongxiang_more (id INTEGER)": ("unknown", "gongxiang_more"),
    "ALTER TABLE gongxiang_case ADD COLUMN more VARCHAR": ("unknown", "gongxiang_case.more"),
    "ALTER TABLE gongxiang_seal DROP COLUMN peaks": ("missing", "gongxiang_seal.peaks"),
    "DROP INDEX gongxiang_case_state": ("missing", "gongxiang_case_state"),
    "CREATE INDEX fast ON gongxiang_case (procedure)": ("unknown", "fast"),
    "DROP INDEX gongxiang_case_state; CREATE INDEX gongxiang_case_state ON gongxiang_case (state)": (
        "differs",
        "gongxiang_case_state",
    ),
    "DROP INDEX gongxiang_case_open; CREATE INDEX gongxiang_case_open ON gongxiang_case (due, case_id) WHERE final": (
        "differs",
        "gongxiang_case_open",
    ),
}
CALLERS = {f"gongxiang_{table}_no_{what}" for table in ("event", "leaf", "seal") for what in ("update", "truncate")}
"""The triggers of the one function."""

CHANGES = [
    *(("sqlite", *change) for change in (ON_SQLITE | ON_BOTH).items()),
    *(("postgresql", *change) for change in (ON_POSTGRESQL | ON_BOTH).items()),
]


@pytest.mark.parametrize(("backend", "statements", "found"), CHANGES, ids=lambda told: str(told)[:60])
def test_what_somebody_changed_in_the_tables_is_found(statements: str, found: tuple[str, str], empty_url: str) -> None:
    upgrading.upgrade(empty_there(empty_url))
    assert differences.check(empty_url) == []
    tell(empty_url, *([statements] if "BEGIN" in statements else statements.split("; ")))

    changed = differences.check(empty_url)

    assert found in [(one.code, one.name) for one in changed]
    also = CALLERS if "FUNCTION" in statements else set()
    assert {one.name.split(".")[0] for one in changed} <= {found[1].split(".")[0], *also}
    assert all(one.text.zh != one.text.en for one in changed)


def test_a_comment_on_a_table_changes_nothing(keeper: Keeper) -> None:
    url = keeper.new("postgresql")
    tell(url, "COMMENT ON TABLE gongxiang_case IS 'ours'", "COMMENT ON COLUMN gongxiang_case.due IS 'due'")

    assert differences.check(url) == []


def test_ordinary_work_never_loads_what_migrates() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import acts; acts.request(acts.engine());"
        "print([name for name in sys.modules if name.startswith(('alembic', 'mako'))])"
    )
    words = [sys.executable, "-c", program, str(Path(acts.__file__).parent)]

    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip() == "[]"
