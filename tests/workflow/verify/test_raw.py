"""Whoever writes into the database file itself, past the triggers, is found: any field, any event, any row."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tampering import FIELDS, NAMES, Ledger, verified

OTHER: dict[str, Any] = {
    "case": "E-X-97",
    "seq": 77,
    "at": datetime(2026, 4, 1, 3, 33, tzinfo=UTC),
    "recorded_at": datetime(2029, 4, 1, tzinfo=UTC),
    "kind": "note",
    "name": "nothing",
    "by": "sy-tax",
    "rules": "0" * 64,
    "body": "{}",
    "prev": "2" * 64,
    "hash": "3" * 64,
}


def samples(ledger: Ledger) -> list[tuple[str, int]]:
    """Return one event of every kind and name."""
    found: dict[tuple[str, str], tuple[str, int]] = {}
    for row in ledger.rows:
        found.setdefault((row["kind"], row["name"] if row["case"] else ""), (row["case"], row["seq"]))
    return list(found.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_chains_that_have_to_do_with_a_case_are_in_order_by_themselves(
    ledgers: dict[str, Ledger], name: str
) -> None:
    whole = ledgers[name]
    near = {case: whole.around(case) for case, _ in samples(whole)}

    assert [case for case, ledger in near.items() if not ledger.verify().ok] == []
    assert min(len(ledger.rows) for ledger in near.values()) < len(whole.rows)


@pytest.mark.parametrize("field", FIELDS)
def test_a_changed_field_of_an_event_of_any_kind_is_found(escalation: Ledger, field: str) -> None:
    for case, seq in samples(escalation):
        ledger = escalation.around(case)
        row = ledger.row(case, seq)
        assert row[field] != OTHER[field]
        row[field] = OTHER[field]

        findings = ledger.verify().findings

        assert findings, f"{field} of {case} {seq}"
        assert any(one.code in ("hash", "sequence", "split_chain", "prev") for one in findings)


@pytest.mark.parametrize("name", NAMES)
def test_one_changed_field_of_every_sort_of_event_in_every_docket_is_found(
    ledgers: dict[str, Ledger], name: str
) -> None:
    for number, (case, seq) in enumerate(samples(ledgers[name])):
        ledger = ledgers[name].around(case)
        field = FIELDS[number % len(FIELDS)]
        ledger.row(case, seq)[field] = OTHER[field]

        assert not ledger.verify().ok, f"{field} of {case} {seq}"


def test_any_event_taken_out_is_found(escalation: Ledger) -> None:
    for gone in escalation.rows:
        ledger = escalation.around(gone["case"])
        ledger.rows.remove(gone)

        assert not ledger.verify().ok, f"{gone['case']} {gone['seq']}"


def test_any_event_doubled_is_found(escalation: Ledger) -> None:
    for row in escalation.rows:
        ledger = escalation.around(row["case"])
        ledger.rows.insert(ledger.rows.index(row), dict(row))

        assert "sequence" in {one.code for one in ledger.verify().findings}


def test_any_two_neighbours_in_a_chain_that_change_places_are_found(escalation: Ledger) -> None:
    for before, after in pairwise(escalation.rows):
        if before["case"] == after["case"]:
            ledger = escalation.around(before["case"])
            number = ledger.rows.index(after)
            one, other = ledger.rows[number - 1 : number + 1]
            one["seq"], other["seq"] = other["seq"], one["seq"]
            ledger.rows[number - 1 : number + 1] = [other, one]

            assert not ledger.verify().ok, f"{one['case']} {one['seq']}"


def test_a_moment_without_its_zone_is_found(escalation: Ledger) -> None:
    row = escalation.row("E-X-09", 3)
    row["at"] = row["at"].replace(tzinfo=None)

    assert ("E-X-09", 3, "unreadable") in {(one.case, one.seq, one.code) for one in escalation.verify().findings}


# Through the database file


def altered(database: Path, folder: Path, *statements: str) -> Path:
    copy = folder / "altered.db"
    shutil.copy(database, copy)
    with sqlite3.connect(copy) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert connection.execute(statement).rowcount, statement
        for _, trigger in triggers:
            connection.execute(trigger)
    connection.close()
    return copy


ONE = "WHERE case_id = 'E-X-01' AND seq = 3"
BY_SQL: dict[str, tuple[str, str]] = {
    "the moment": (f"UPDATE gongxiang_event SET happened_at = '2026-04-01 00:00:00.000000' {ONE}", "hash"),
    "who acted": (f"UPDATE gongxiang_event SET actor = 'sy-tax' {ONE}", "hash"),
    "what was carried": (
        f'UPDATE gongxiang_event SET body = replace(body, \'"facts":"\', \'"facts":"无\') {ONE}',
        "hash",
    ),
    "a body cut short": (f"UPDATE gongxiang_event SET body = substr(body, 1, 40) {ONE}", "malformed"),
    "an event deleted": (f"DELETE FROM gongxiang_event {ONE}", "sequence"),
    "a chain cut off": ("DELETE FROM gongxiang_event WHERE case_id = 'E-X-01' AND seq > 8", "projection_differs"),
    "a chain deleted": ("DELETE FROM gongxiang_event WHERE case_id = 'E-X-01'", "projection_orphan"),
    "a case row deleted": ("DELETE FROM gongxiang_case WHERE case_id = 'E-X-01'", "projection_missing"),
    "a case row rewritten": (
        "UPDATE gongxiang_case SET snapshot = replace(snapshot, '\"concluded\"', '\"found\"') WHERE case_id = 'E-X-01'",
        "projection_differs",
    ),
    "a case row garbled": ("UPDATE gongxiang_case SET snapshot = '{' WHERE case_id = 'E-X-01'", "projection_differs"),
    "a state that is searched by": (
        "UPDATE gongxiang_case SET state = 'ordered' WHERE case_id = 'E-X-01'",
        "projection_differs",
    ),
    "a case said to be open": ("UPDATE gongxiang_case SET final = 0 WHERE case_id = 'E-X-01'", "projection_differs"),
    "an alarm set again": (
        "UPDATE gongxiang_deadline SET alarm = lapsed_at WHERE case_id = 'E-X-07'",
        "projection_differs",
    ),
    "a limit taken off": ("DELETE FROM gongxiang_deadline WHERE case_id = 'E-X-01'", "projection_differs"),
    "a limit of no case": (
        "UPDATE gongxiang_deadline SET case_id = 'E-X-98' WHERE case_id = 'E-X-01'",
        "projection_orphan",
    ),
    "a rule book changed": (
        "UPDATE gongxiang_rule_book SET document = replace(document, '\"value\":5', '\"value\":9')",
        "rule_book",
    ),
    "a rule book garbled": ("UPDATE gongxiang_rule_book SET document = '['", "rule_book"),
    "a register entry changed": (
        "UPDATE gongxiang_event SET body = replace(body, 'government', 'authority') WHERE case_id = '' AND seq = 2",
        "hash",
    ),
    "a moment at the end of time": (
        f"UPDATE gongxiang_event SET happened_at = '9999-12-31 23:59:59' {ONE}",
        "unreadable",
    ),
    "a moment garbled": (f"UPDATE gongxiang_event SET happened_at = 'yesterday' {ONE}", "unreadable"),
}


@pytest.mark.parametrize("what", BY_SQL)
def test_a_database_written_to_past_the_engine_is_found(databases: dict[str, Path], tmp_path: Path, what: str) -> None:
    statement, code = BY_SQL[what]

    verification = verified(altered(databases["contested-escalation"], tmp_path, statement))

    assert code in {finding.code for finding in verification.findings}
    assert not verification.ok


def test_a_rebuilt_projection_is_in_order_again(databases: dict[str, Path], tmp_path: Path) -> None:
    from gongxiang import open_engine

    statement, _ = BY_SQL["a case row rewritten"]
    copy = altered(databases["contested-escalation"], tmp_path, statement)
    engine = open_engine(f"sqlite:///{copy}")
    engine.rebuild()
    engine.close()

    assert verified(copy).ok


@pytest.mark.parametrize(
    "body", ["", "null", "[]", "1", "{}", '{"role":"authority"}', '"text"', "{" * 2000, "[" * 100_000]
)
def test_a_body_that_is_no_event_is_found_and_never_an_error(escalation: Ledger, body: str) -> None:
    for case, seq in samples(escalation):
        ledger = escalation.around(case)
        ledger.row(case, seq)["body"] = body
        ledger.reseal(case)

        assert not ledger.verify().ok, f"{case} {seq}"
