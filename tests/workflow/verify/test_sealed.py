"""Whoever takes an event or a case out of a sealed ledger, rewrites a chain or touches the log itself, is found."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tampering import Ledger, verified
from test_raw import altered

from gongxiang import open_engine
from gongxiang.workflow import auditing, sealing
from gongxiang.workflow.verify import Finding
from gongxiang.workflow.verify.log import Kept, Log
from gongxiang.workflow.verify.seals import Seals

MOMENT = datetime(2026, 7, 1, 3, tzinfo=UTC)
LAST = "WHERE number = (SELECT max(number) FROM gongxiang_seal)"
ONE = "WHERE case_id = 'E-X-01' AND seq = 3"
FREE = "SELECT 1 + max(place) FROM gongxiang_leaf"


@pytest.fixture(scope="module")
def sealed(databases: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The escalation, sealed in four pieces; then two cases were found on which no seal stands."""
    path = tmp_path_factory.mktemp("sealed") / "sealed.db"
    shutil.copy(databases["contested-escalation"], path)
    with closing(open_engine(f"sqlite:///{path}")) as engine:
        sealing.seal(engine._store, MOMENT, batch=30)
        for case, ground in (("E-X-50", "26.3"), ("E-X-51", "26.4")):
            engine.open(
                "rectification",
                case=case,
                by="sy-auth",
                at=MOMENT,
                against="sy-housing",
                payload={"ground": ground, "facts": "三个月没有更新"},
            )
    return path


@pytest.fixture(scope="module")
def noted(sealed: Path) -> list[tuple[int, str]]:
    """What was kept outside of each seal."""
    with closing(open_engine(f"sqlite:///{sealed}")) as engine:
        return [(seal.size, seal.root) for seal in auditing.seals(engine)]


def test_a_sealed_ledger_is_in_order_and_says_what_no_seal_covers(sealed: Path, noted: list[tuple[int, str]]) -> None:
    verification = verified(sealed, expected_seals=noted)

    assert verification.findings == ()
    assert len(noted) == 4
    assert verification.seal is not None
    assert (verification.seal.number, verification.seal.size, verification.seal.root) == (4, *noted[-1])
    assert verification.seal.unsealed == 2


def test_a_ledger_that_was_never_sealed_says_how_many_events_are_not(databases: dict[str, Path]) -> None:
    verification = verified(databases["contested-escalation"])

    assert verification.ok
    assert verification.as_record("en")["seal"] == {
        "number": 0,
        "sealed_at": None,
        "size": 0,
        "root": None,
        "unsealed": verification.events + verification.entries,
    }


CHANGES = {
    "an event that was sealed is gone": (f"DELETE FROM gongxiang_event {ONE}", "leaf_orphan"),
    "a case that was sealed is gone": ("DELETE FROM gongxiang_event WHERE case_id = 'E-X-01'", "leaf_orphan"),
    "an event has another hash": (f"UPDATE gongxiang_event SET hash = upper(hash) {ONE}", "leaf_differs"),
    "an event has another number": (f"UPDATE gongxiang_event SET seq = 99 {ONE}", "leaf_missing"),
    "an event that waits is gone": ("DELETE FROM gongxiang_event WHERE case_id = 'E-X-50'", "outbox_orphan"),
    "an event does not wait any more": ("DELETE FROM gongxiang_outbox WHERE case_id = 'E-X-50'", "leaf_missing"),
    "an event waits under another hash": (
        "UPDATE gongxiang_outbox SET hash = upper(hash) WHERE case_id = 'E-X-50'",
        "leaf_differs",
    ),
    "a sealed event waits to be sealed again": (
        f"INSERT INTO gongxiang_outbox SELECT 'seal', case_id, seq, hash FROM gongxiang_event {ONE}",
        "leaf_double",
    ),
    "what nobody recorded waits to be sealed": (
        f"INSERT INTO gongxiang_outbox SELECT 'seal', case_id, 99, hash FROM gongxiang_event {ONE}",
        "outbox_orphan",
    ),
    "a leaf is gone": (f"DELETE FROM gongxiang_leaf {ONE}", "leaf_missing"),
    "a leaf has another hash": (f"UPDATE gongxiang_leaf SET hash = upper(hash) {ONE}", "leaf_differs"),
    "a leaf has another number": (f"UPDATE gongxiang_leaf SET seq = 99 {ONE}", "leaf_orphan"),
    "a leaf is of another case": (f"UPDATE gongxiang_leaf SET case_id = 'E-X-99' {ONE}", "leaf_orphan"),
    "a leaf stands behind the others": (f"UPDATE gongxiang_leaf SET place = ({FREE}) {ONE}", "leaf_place"),
    "a leaf is added": (
        f"INSERT INTO gongxiang_leaf SELECT ({FREE}), case_id, seq, hash FROM gongxiang_event {ONE}",
        "leaf_double",
    ),
    "a leaf in bytes": (f"UPDATE gongxiang_leaf SET case_id = CAST(case_id AS BLOB) {ONE}", "unreadable"),
    "a hash in bytes": (f"UPDATE gongxiang_leaf SET hash = CAST(hash AS BLOB) {ONE}", "unreadable"),
    "a place in bytes": ("UPDATE gongxiang_leaf SET place = x'ff' WHERE place = 7", "leaf_place"),
    "a place that is half one": ("UPDATE gongxiang_leaf SET place = 7.5 WHERE place = 7", "leaf_place"),
    "a number in bytes": (f"UPDATE gongxiang_leaf SET seq = x'ff' {ONE}", "unreadable"),
    "what waits, in bytes": (
        "UPDATE gongxiang_outbox SET case_id = CAST(case_id AS BLOB) WHERE case_id = 'E-X-50'",
        "leaf_missing",
    ),
    "all leaves are gone": ("DELETE FROM gongxiang_leaf", "leaf_missing"),
    "all leaves wait again": (
        "INSERT INTO gongxiang_outbox SELECT 'seal', case_id, seq, hash FROM gongxiang_leaf",
        "leaf_double",
    ),
    "a seal has another root": (f"UPDATE gongxiang_seal SET root = upper(root) {LAST}", "seal_differs"),
    "a seal has other peaks": (f"UPDATE gongxiang_seal SET peaks = upper(peaks) {LAST}", "seal_differs"),
    "a seal is longer": (f"UPDATE gongxiang_seal SET size = size + 1 {LAST}", "seal_differs"),
    "a seal is shorter": (f"UPDATE gongxiang_seal SET size = size - 1 {LAST}", "seal_differs"),
    "a seal is gone": ("DELETE FROM gongxiang_seal WHERE number = 2", "seal_differs"),
    "the last seal is gone": (f"DELETE FROM gongxiang_seal {LAST}", "seal_differs"),
    "all seals are gone": ("DELETE FROM gongxiang_seal", "seal_differs"),
    "a seal of nothing": (
        "INSERT INTO gongxiang_seal SELECT number + 1, sealed_at, size, root, peaks FROM gongxiang_seal " + LAST,
        "seal_differs",
    ),
    "a seal in bytes": (f"UPDATE gongxiang_seal SET root = CAST(root AS BLOB) {LAST}", "seal_differs"),
    "a size in bytes": (f"UPDATE gongxiang_seal SET size = x'ff' {LAST}", "seal_differs"),
    "a seal of the end of time": (
        f"UPDATE gongxiang_seal SET sealed_at = '9999-12-31 23:59:59.000000' {LAST}",
        "seal_differs",
    ),
    "a seal of yesterday": (f"UPDATE gongxiang_seal SET sealed_at = 'yesterday' {LAST}", "seal_differs"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_log_that_was_touched_is_found(sealed: Path, tmp_path: Path, what: str) -> None:
    statement, code = CHANGES[what]

    verification = verified(altered(sealed, tmp_path, statement))

    assert code in {finding.code for finding in verification.findings}
    assert not verification.ok
    json.dumps(verification.as_record("zh"))


def test_every_finding_about_the_log_says_where_and_what_in_both_languages(sealed: Path, tmp_path: Path) -> None:
    verification = verified(altered(sealed, tmp_path, f"UPDATE gongxiang_leaf SET hash = 'f' {ONE}"))

    said = {(finding.case, finding.seq, finding.code) for finding in verification.findings}
    assert said == {("E-X-01", 3, "leaf_differs"), ("", 0, "seal_differs")}
    (seals,) = [finding for finding in verification.findings if finding.code == "seal_differs"]
    assert seals.text.en.startswith("a seal is not that of its log: number 2 to 4: should be ")
    assert seals.text.zh.startswith("封存与其日志不符：第2号至第4号：应为")


# With the seal that was kept outside

REWRITING = {
    "the last seal is taken off and its events wait again": (
        "INSERT INTO gongxiang_outbox SELECT 'seal', case_id, seq, hash FROM gongxiang_leaf WHERE place >= 90",
        "DELETE FROM gongxiang_leaf WHERE place >= 90",
        f"DELETE FROM gongxiang_seal {LAST}",
    ),
    "the whole log is taken off and all events wait again": (
        "INSERT INTO gongxiang_outbox SELECT 'seal', case_id, seq, hash FROM gongxiang_leaf",
        "DELETE FROM gongxiang_leaf",
        "DELETE FROM gongxiang_seal",
    ),
}


@pytest.mark.parametrize("what", REWRITING)
def test_a_log_cut_off_is_found_by_the_seal_that_was_kept(
    sealed: Path, tmp_path: Path, noted: list[tuple[int, str]], what: str
) -> None:
    copy = altered(sealed, tmp_path, *REWRITING[what])

    assert verified(copy).ok
    assert [one.code for one in verified(copy, expected_seals=noted[-1:]).findings] == ["seal_noted"]


def test_a_case_taken_out_with_all_its_traces_is_found_by_the_seal_that_was_kept(
    sealed: Path, tmp_path: Path, noted: list[tuple[int, str]]
) -> None:
    gone = [
        f"DELETE FROM gongxiang_{table} WHERE case_id = 'E-X-09'" for table in ("event", "case", "deadline", "leaf")
    ]
    copy = altered(
        sealed,
        tmp_path,
        *gone,
        "DELETE FROM gongxiang_key WHERE json_extract(receipt, '$.case') = 'E-X-09'",
        "INSERT INTO gongxiang_outbox SELECT 'seal', case_id, seq, hash FROM gongxiang_leaf",
        "DELETE FROM gongxiang_leaf",
        "DELETE FROM gongxiang_seal",
    )
    with closing(open_engine(f"sqlite:///{copy}")) as engine:
        sealing.seal(engine._store, MOMENT, batch=30)

    assert verified(copy).ok, "whoever owns the database can make everything fit"
    assert [one.code for one in verified(copy, expected_seals=noted[-1:]).findings] == ["seal_noted"]


def test_a_case_opened_again_in_another_way_is_found_by_the_seal_that_was_kept(
    sealed: Path, tmp_path: Path, noted: list[tuple[int, str]]
) -> None:
    """The chain made to fit from its first event on, and the log sealed anew: nothing but the kept root can tell."""
    ledger = Ledger.read(sealed)
    ledger.edit("E-X-13", 1, lambda body: body["payload"].update(facts="另一事实"))
    ledger.reseal("E-X-13")
    rows = [(row["body"], row["prev"], row["hash"], row["case"], row["seq"]) for row in ledger.rows]
    copy = altered(sealed, tmp_path, "DELETE FROM gongxiang_leaf", "DELETE FROM gongxiang_seal")
    with closing(sqlite3.connect(copy)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.executemany(
            "UPDATE gongxiang_event SET body = ?, prev = ?, hash = ? WHERE case_id = ? AND seq = ?", rows
        )
        connection.execute("DELETE FROM gongxiang_key WHERE json_extract(receipt, '$.case') = 'E-X-13'")
        connection.execute("DELETE FROM gongxiang_outbox")
        connection.execute("INSERT INTO gongxiang_outbox SELECT 'seal', case_id, seq, hash FROM gongxiang_event")
        for _, trigger in triggers:
            connection.execute(trigger)
        connection.commit()
    with closing(open_engine(f"sqlite:///{copy}")) as engine:
        engine.rebuild()
        sealing.seal(engine._store, MOMENT, batch=30)

    assert verified(copy).ok
    assert {one.code for one in verified(copy, expected_seals=noted).findings} == {"seal_noted"}


@pytest.mark.parametrize("wrong", ["root", "size", "longer"])
def test_a_root_that_the_log_never_had_is_found(sealed: Path, noted: list[tuple[int, str]], wrong: str) -> None:
    size, root = noted[-1]
    told = {"root": (size, "0" * 64), "size": (size - 1, root), "longer": (size + 1, root)}[wrong]

    assert [one.code for one in verified(sealed, expected_seals=[told]).findings] == ["seal_noted"]


def test_the_log_can_be_held_against_any_size_it_ever_had(sealed: Path, noted: list[tuple[int, str]]) -> None:
    with closing(open_engine(f"sqlite:///{sealed}")) as engine:
        grown = [auditing.prove_growth(engine, size) for size in range(1, noted[-1][0] + 1)]

    assert verified(sealed, expected_seals=[(one.size, one.root) for one in grown]).ok
    assert verified(sealed, expected_seals=[(0, hashlib.sha256().hexdigest())]).ok


# Plain values


def found(events: list[Any], leaves: list[Any], waiting: list[Any], seals: list[Any]) -> list[Finding]:
    log = Log()
    for _ in log.passing({"case": case, "seq": seq, "hash": hash_} for case, seq, hash_ in events):
        pass
    return log.compare(Kept(lambda: events, lambda: leaves, lambda: waiting, lambda: seals))[1]


def test_two_events_that_change_their_hashes_are_both_found() -> None:
    """Neither count nor sum of what stands there changes."""
    one, other = ("R-1", 1, "a"), ("R-2", 1, "b")

    findings = found([one, other], [], [("R-1", 1, "b"), ("R-2", 1, "a")], [])

    assert [(each.case, each.code) for each in findings] == [("R-1", "leaf_differs"), ("R-2", "leaf_differs")]


def test_an_event_that_stands_twice_and_waits_twice_adds_up() -> None:
    assert found([("R-1", 1, "a")] * 2, [], [("R-1", 1, "a")] * 2, []) == []
    assert [each.code for each in found([("R-1", 1, "a")] * 2, [], [("R-1", 1, "a")], [])] == ["leaf_double"]


def test_one_and_the_truth_are_not_the_same_number() -> None:
    assert found([("R-1", 1, "a")], [], [("R-1", True, "a")], []) != []


def test_the_leaves_are_read_once_and_never_held() -> None:
    """A million leaves pass one by one: what was read ahead is never more than one."""
    ahead = 0

    def leaves() -> Iterator[bytes]:
        nonlocal ahead
        for number in range(1000):
            assert ahead == 0
            ahead += 1
            yield hashlib.sha256(b"%d" % number).digest()
            ahead -= 1

    seals = Seals(leaves(), [])
    seals.compare([], 0)

    assert [finding.text.en for finding in seals.found] == [
        "a seal is not that of its log: 1000 leaves stand behind the last one"
    ]
