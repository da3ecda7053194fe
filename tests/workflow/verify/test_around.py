"""What a coordinator relies on beside the events: how columns are written, receipts of keys, rule books, triggers."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tampering import verified
from test_raw import altered

from gongxiang import open_engine
from gongxiang.errors import StoreError
from gongxiang.workflow import auditing
from gongxiang.workflow.docket import play

NOTICE, ESCALATION, SPRING = "notice-of-january-2020", "contested-escalation", "spring-festival-2026"
OWN = "WHERE json_extract(receipt, '$.case') = 'E-X-01' AND json_extract(receipt, '$.step') = 'circulate'"

CHANGES = {
    "an alarm spelled otherwise": (
        "UPDATE gongxiang_deadline SET alarm = replace(alarm, ' ', 'T') WHERE alarm IS NOT NULL",
        "projection_differs",
    ),
    "an alarm with its offset": (
        "UPDATE gongxiang_deadline SET alarm = replace(replace(alarm, ' ', 'T'), '.000000', '+00:00')"
        " WHERE alarm IS NOT NULL",
        "projection_differs",
    ),
    "a lapse spelled otherwise": (
        "UPDATE gongxiang_deadline SET lapsed_at = replace(lapsed_at, '.000000', '') WHERE lapsed_at IS NOT NULL",
        "projection_differs",
    ),
    "an opening spelled otherwise": (
        "UPDATE gongxiang_case SET opened_at = replace(opened_at, '.000000', '.000')",
        "projection_differs",
    ),
    "a day spelled otherwise": ("UPDATE gongxiang_deadline SET due = replace(due, '-', '')", "projection_differs"),
    "an end that is no truth value": ("UPDATE gongxiang_case SET final = '' WHERE final = 0", "projection_differs"),
    "an open duty that is five": ("UPDATE gongxiang_deadline SET open = 5 WHERE open = 1", "projection_differs"),
    "a name in bytes": ("UPDATE gongxiang_case SET procedure = CAST(procedure AS BLOB)", "projection_differs"),
    "a version in bytes": ("UPDATE gongxiang_case SET version = x'ff'", "projection_differs"),
    "a day in bytes": ("UPDATE gongxiang_deadline SET due = x'ff00'", "projection_differs"),
    "a snapshot in bytes": ("UPDATE gongxiang_case SET snapshot = CAST(snapshot AS BLOB)", "projection_differs"),
    "a limit in bytes": (
        "UPDATE gongxiang_deadline SET limit_id = x'ff'"
        " WHERE rowid IN (SELECT min(rowid) FROM gongxiang_deadline GROUP BY case_id)",
        "projection_differs",
    ),
    "cases in bytes": (
        "UPDATE gongxiang_event SET case_id = CAST(case_id AS BLOB) WHERE case_id <> ''",
        "unreadable",
    ),
    "a number in bytes": ("UPDATE gongxiang_event SET seq = x'ff' WHERE case_id = 'E-X-01' AND seq = 3", "unreadable"),
    "a rule book too deep": (
        "UPDATE gongxiang_rule_book SET document = replace(hex(zeroblob(50000)), '0', '[')",
        "rule_book",
    ),
    "a rule book called otherwise": ("UPDATE gongxiang_rule_book SET id = 'decree-331'", "rule_book"),
    "a receipt of another state": (
        f"UPDATE gongxiang_key SET receipt = json_set(receipt, '$.to_state', 'concluded') {OWN}",
        "key_differs",
    ),
    "a receipt of another hash": (
        f"UPDATE gongxiang_key SET receipt = json_set(receipt, '$.hash', '{'0' * 64}') {OWN}",
        "key_differs",
    ),
    "a receipt of another person": (
        f"UPDATE gongxiang_key SET receipt = json_set(receipt, '$.by', 'sy-tax') {OWN}",
        "key_differs",
    ),
    "a receipt of another version": (
        f"UPDATE gongxiang_key SET receipt = json_set(receipt, '$.version', 99) {OWN}",
        "key_differs",
    ),
    "a receipt of an event that is not there": (
        f"UPDATE gongxiang_key SET receipt = json_set(receipt, '$.recorded[0][1]', 99) {OWN}",
        "key_orphan",
    ),
    "a receipt that names no event": (
        f"UPDATE gongxiang_key SET receipt = json_set(receipt, '$.recorded', json_array()) {OWN}",
        "key_differs",
    ),
    "a receipt garbled": (f"UPDATE gongxiang_key SET receipt = '[' {OWN}", "key_differs"),
    "a receipt in bytes": (f"UPDATE gongxiang_key SET receipt = x'ff' {OWN}", "key_differs"),
}


def docket_for(statement: str) -> str:
    """At the end of the escalation nothing runs any more; in the docket of the spring festival something does."""
    return SPRING if "alarm" in statement else ESCALATION


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_not_written_as_the_engine_writes_it_is_found(
    databases: dict[str, Path], tmp_path: Path, what: str
) -> None:
    statement, code = CHANGES[what]

    codes = {one.code for one in verified(altered(databases[docket_for(statement)], tmp_path, statement)).findings}

    assert code in codes


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("case", "projection_differs"),
        ("deadline", "projection_differs"),
        ("key", "key_differs"),
        ("rule_book", "rule_book"),
        ("event", "sequence"),
    ],
)
def test_a_row_that_stands_twice_in_a_table_without_its_key_is_found(
    databases: dict[str, Path], tmp_path: Path, table: str, code: str
) -> None:
    copy = shutil.copy(databases[ESCALATION], tmp_path / "twice.db")
    with closing(sqlite3.connect(copy)) as connection:
        triggers = [
            sql
            for (sql,) in connection.execute(
                f"SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'gongxiang_{table}'"
            )
        ]
        connection.executescript(
            f"CREATE TABLE twice AS SELECT * FROM gongxiang_{table}; DROP TABLE gongxiang_{table};"
            f"ALTER TABLE twice RENAME TO gongxiang_{table};"
            f"INSERT INTO gongxiang_{table} SELECT * FROM gongxiang_{table} ORDER BY rowid DESC LIMIT 1;"
        )
        for trigger in triggers:
            connection.execute(trigger)
        connection.commit()

    assert code in {one.code for one in verified(copy).findings}


@pytest.mark.parametrize(
    "statements",
    [
        "DROP TRIGGER gongxiang_event_no_update",
        "DROP TRIGGER gongxiang_leaf_no_delete",
        "DROP TRIGGER gongxiang_seal_no_replace",
        "DROP TRIGGER gongxiang_event_no_delete;"
        "CREATE TRIGGER gongxiang_event_no_delete BEFORE DELETE ON gongxiang_event WHEN 0 BEGIN SELECT 1; END",
        "CREATE TRIGGER quiet AFTER UPDATE ON gongxiang_deadline BEGIN UPDATE gongxiang_deadline SET alarm = NULL; END",
        "CREATE TABLE mine (id); CREATE TRIGGER mine_too AFTER INSERT ON mine BEGIN DELETE FROM GONGXIANG_case; END",
    ],
    ids=["missing", "of a leaf", "of a seal", "altered", "foreign", "from outside"],
)
def test_a_trigger_that_is_not_the_programs_is_found(
    databases: dict[str, Path], tmp_path: Path, statements: str
) -> None:
    copy = shutil.copy(databases[ESCALATION], tmp_path / "triggers.db")
    with closing(sqlite3.connect(copy)) as connection:
        connection.executescript(statements)

    assert [one.code for one in verified(copy).findings] == ["trigger"]


@pytest.mark.parametrize("statement", [statement for statement, code in CHANGES.values() if code.startswith("proj")])
def test_the_dry_run_says_how_many_rows_the_rebuilding_then_writes(
    databases: dict[str, Path], tmp_path: Path, statement: str
) -> None:
    copy = altered(databases[docket_for(statement)], tmp_path, statement)
    with closing(open_engine(f"sqlite:///{copy}")) as engine:
        said = auditing.differing(engine)

        assert said > 0
        assert engine.rebuild() == said
        assert auditing.differing(engine) == 0
        assert auditing.verify(engine).ok


@pytest.mark.parametrize("name", [NOTICE, ESCALATION, SPRING])
def test_a_ledger_that_nobody_touched_has_nothing_to_rebuild(databases: dict[str, Path], name: str) -> None:
    with closing(open_engine(f"sqlite:///{databases[name]}")) as engine:
        assert auditing.differing(engine) == 0


@pytest.mark.parametrize("what", ["cases in bytes", "a number in bytes"])
def test_from_a_chain_that_cannot_be_read_nothing_is_rebuilt(
    databases: dict[str, Path], tmp_path: Path, what: str
) -> None:
    copy = altered(databases[ESCALATION], tmp_path, CHANGES[what][0])
    with closing(open_engine(f"sqlite:///{copy}")) as engine:
        for act in (lambda: auditing.differing(engine), engine.rebuild):
            with pytest.raises(StoreError) as caught:
                act()
            assert caught.value.reasons[0].code == "broken_chain"


@pytest.mark.parametrize(
    "change",
    [
        "json_set(receipt, '$.recorded[0][1]', 99)",
        "json_set(receipt, '$.hash', 'f')",
        "json_remove(receipt, '$.recorded')",
        "'['",
    ],
)
def test_an_act_sent_again_gets_no_receipt_of_what_the_ledger_does_not_have(
    databases: dict[str, Path], tmp_path: Path, change: str
) -> None:
    copy = altered(databases[ESCALATION], tmp_path, f"UPDATE gongxiang_key SET receipt = {change}")
    docket = Path(__file__).parents[3] / "examples" / f"{ESCALATION}.jsonl"
    with closing(open_engine(f"sqlite:///{copy}")) as engine:
        refused = play(engine, [(str(docket), docket.read_text("utf-8").splitlines())]).refused

    assert [one.error.reasons[0].code for one in refused] == ["unknown_receipt"]
