"""A seal appends every event that is not sealed yet to the Merkle log, once, whoever else seals or acts meanwhile."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import acts
import pytest
import raw
import roots
import sqlalchemy
from acts import at
from databases import only_postgresql, only_sqlite
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session
from test_at_once import at_once
from test_lists import assert_indexed, statements

import gongxiang
from gongxiang.errors import BadInput, Refused, StoreError, UnknownCase
from gongxiang.workflow import auditing, merkle, sealing
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.sealing import Seal

CHILD = Path(__file__).with_name("sealing_killed.py")
NIGHT = at("2026-03-02T03:00")
NEXT = at("2026-03-03T03:00")
CAST = len(acts.DEPARTMENTS)


@pytest.fixture
def engine(shared_url: str) -> Engine:
    return acts.engine(shared_url)


def requests(engine: Engine, first: int, last: int) -> None:
    for number in range(first, last + 1):
        acts.request(engine, f"R-{number}")


def test_the_first_seal_holds_every_event_by_case_and_number_and_its_root_is_that_of_the_definition(
    engine: Engine, shared_url: str
) -> None:
    acts.finding(engine)
    acts.order(engine)
    acts.request(engine)

    seal = engine.seal(now=NIGHT)

    cases = [("", seq) for seq in range(1, CAST + 1)] + [("R-1", 1), ("X-1", 1), ("X-1", 2)]
    assert [(case, seq) for case, seq, _ in roots.log_at(shared_url)] == cases
    assert sorted(roots.log_at(shared_url)) == sorted(raw.ask(shared_url, roots.EVENTS))
    assert raw.ask(shared_url, roots.WAITING) == []
    assert seal == Seal(1, NIGHT, CAST + 3, roots.root_at(shared_url), CAST + 3)


def test_where_nothing_is_new_the_seal_that_stood_there_is_returned_and_none_is_added(engine: Engine) -> None:
    acts.request(engine)
    first = engine.seal(now=NIGHT)

    again = engine.seal(now=NEXT)

    assert (again.number, again.sealed_at, again.size, again.root) == (1, NIGHT, first.size, first.root)
    assert again.appended == 0
    assert [one.number for one in auditing.seals(engine)] == [1]


def test_what_came_since_is_appended_behind_what_stood_there(engine: Engine, shared_url: str) -> None:
    acts.request(engine, "R-9")
    first = engine.seal(now=NIGHT)
    acts.request(engine, "R-1")

    second = engine.seal(now=NEXT)

    assert (second.number, second.appended, second.size) == (2, 1, first.size + 1)
    assert roots.log_at(shared_url)[-1][:2] == ("R-1", 1)
    assert (first.root, second.root) == (roots.root_at(shared_url, first.size), roots.root_at(shared_url))


def test_an_empty_ledger_has_the_empty_log_and_no_seal(shared_url: str) -> None:
    engine = gongxiang.open_engine(shared_url, rules="decree-330")

    assert engine.seal(now=NIGHT) == Seal(0, None, 0, roots.NOTHING, 0)
    assert auditing.seals(engine) == []


def test_the_same_acts_give_the_same_root_on_either_database(engine: Engine) -> None:
    memory = acts.engine("sqlite://")
    for one in (engine, memory):
        # Databases order these in their own ways.
        for name in ("r-1", "R-2", "案件-1", "É-1", "Z-1", "a_1", "A-1"):
            acts.request(one, name)

    assert engine.seal(now=NIGHT).root == memory.seal(now=NIGHT).root


@pytest.mark.parametrize("batch", [1, 2, 7, CAST + 20, 1000])
def test_any_batch_seals_every_event_once(batch: int, engine: Engine, shared_url: str) -> None:
    requests(engine, 1, 20)

    seal = sealing.seal(engine._store, NIGHT, batch=batch)

    assert (seal.appended, seal.size) == (CAST + 20, CAST + 20)
    assert seal.number == -(-(CAST + 20) // batch)
    assert sorted(roots.log_at(shared_url)) == sorted(raw.ask(shared_url, roots.EVENTS))
    kept = [(one.size, one.root) for one in auditing.seals(engine)]
    assert kept == [(size, roots.root_at(shared_url, size)) for size, _ in kept]
    assert auditing.verify(engine, expected_seals=kept).ok


def test_a_seal_that_is_told_to_stop_ends_with_its_batch_and_is_taken_up_again(engine: Engine) -> None:
    requests(engine, 1, 20)

    stopped = sealing.seal(engine._store, NIGHT, batch=7, stop=lambda: True)
    rest = engine.seal(now=NEXT)

    assert (stopped.number, stopped.size, stopped.appended) == (1, 7, 7)
    assert (rest.number, rest.size, rest.appended) == (2, CAST + 20, CAST + 13)
    assert auditing.verify(engine).ok


def test_other_consumers_of_the_outbox_are_left_alone(engine: Engine, shared_url: str) -> None:
    for consumer in ("mail", "zebra"):
        raw.tell(
            shared_url,
            "INSERT INTO gongxiang_outbox (consumer, case_id, seq, hash) SELECT :who, case_id, seq, hash"
            " FROM gongxiang_event",
            who=consumer,
        )

    sealing.seal(engine._store, NIGHT, batch=4)

    left = raw.ask(shared_url, "SELECT consumer, count(*) FROM gongxiang_outbox GROUP BY consumer ORDER BY consumer")
    assert left == [("mail", CAST), ("zebra", CAST)]


# Many at once


@pytest.mark.parametrize("sealed_before", [False, True])
def test_of_eight_sealers_at_once_none_seals_an_event_twice(
    sealed_before: bool, engine: Engine, shared_url: str
) -> None:
    if sealed_before:
        engine.seal(now=NIGHT)
    requests(engine, 1, 30)
    sealers = [gongxiang.open_engine(shared_url, rules="decree-330") for _ in range(8)]

    done = at_once([lambda one=one: sealing.seal(one._store, NEXT, batch=5) for one in sealers])

    assert {type(one) for one in done} == {Seal}
    assert sum(one.appended for one in done) == 30 + (0 if sealed_before else CAST)
    assert sorted(roots.log_at(shared_url)) == sorted(raw.ask(shared_url, roots.EVENTS))
    assert auditing.verify(engine).ok


def test_what_is_recorded_while_it_seals_is_sealed_now_or_later(engine: Engine, shared_url: str) -> None:
    done = threading.Event()

    def seal() -> int:
        rounds = 0
        while not done.is_set():
            sealing.seal(engine._store, NIGHT, batch=3)
            rounds += 1
        return rounds

    def act(first: int) -> Callable[[], None]:
        def work() -> None:
            own = gongxiang.open_engine(shared_url, clock=lambda: at(acts.RECORDED), rules="decree-330")
            for number in range(first, first + 10):
                acts.request(own, f"R-{number}")

        return work

    def acting() -> None:
        try:
            assert at_once([act(100), act(200), act(300)]) == [None] * 3
        finally:
            done.set()

    rounds, _ = at_once([seal, acting])
    engine.seal(now=NEXT)

    assert rounds >= 1
    assert sorted(roots.log_at(shared_url)) == sorted(raw.ask(shared_url, roots.EVENTS))
    assert auditing.verify(engine).ok


@only_postgresql  # SQLite lets one writer in at a time
def test_an_act_that_is_committed_after_a_later_one_was_sealed_is_sealed_the_next_time(
    engine: Engine, shared_url: str
) -> None:
    acts.request(engine, "R-0")  # the rule book is kept once, and whoever is about to keep it holds up the others
    host = sqlalchemy.create_engine(shared_url)
    with Session(host) as session:
        slow = gongxiang.open_engine(session=session, clock=lambda: at(acts.RECORDED), rules="decree-330")
        acts.request(slow, "R-1")
        acts.request(engine, "R-2")
        first = engine.seal(now=NIGHT)
        session.commit()
    host.dispose()

    second = engine.seal(now=NEXT)

    assert (first.appended, second.appended) == (CAST + 2, 1)
    assert [case for case, _, _ in roots.log_at(shared_url)][-2:] == ["R-2", "R-1"]
    assert auditing.verify(engine).ok


# In a host's session


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_in_a_hosts_session_the_seal_is_the_hosts(end: str, engine: Engine, shared_url: str) -> None:
    requests(engine, 1, 5)
    host = sqlalchemy.create_engine(shared_url)
    with Session(host) as session:
        embedded = gongxiang.open_engine(session=session, clock=lambda: at(acts.RECORDED), rules="decree-330")
        acts.request(embedded, "R-6")
        seal = sealing.seal(embedded._store, NIGHT, batch=4)
        assert auditing.verify(embedded, expected_seals=[(seal.size, seal.root)]).ok
        getattr(session, end)()
    host.dispose()

    assert (seal.appended, seal.number) == (CAST + 6, 4)
    kept = [(one.size, one.root) for one in auditing.seals(engine)]
    assert kept[-1:] == ([(CAST + 6, seal.root)] if end == "commit" else [])
    assert auditing.verify(engine).ok
    assert len(raw.ask(shared_url, roots.WAITING)) == (0 if end == "commit" else CAST + 5)


# What goes wrong


@pytest.mark.parametrize("table", ["leaf", "seal"])
def test_nobody_changes_or_removes_a_leaf_or_a_seal(table: str, engine: Engine, shared_url: str) -> None:
    engine.seal(now=NIGHT)
    before = raw.standing(shared_url)
    first = f"SELECT * FROM gongxiang_{table} ORDER BY 1 LIMIT 1"
    more = (
        f"INSERT OR REPLACE INTO gongxiang_{table} {first}"
        if raw.is_sqlite(shared_url)
        else f"TRUNCATE gongxiang_{table}"
    )
    changed = {"leaf": "seq = seq + 1", "seal": "size = size - 1"}[table]

    for statement in (f"UPDATE gongxiang_{table} SET {changed}", f"DELETE FROM gongxiang_{table}", more):
        with pytest.raises(DBAPIError, match="append-only"):
            raw.tell(shared_url, statement)

    assert raw.standing(shared_url) == before


@pytest.mark.parametrize(
    "change",
    [
        "root = replace(root, 'a', 'b')",
        "peaks = ''",
        "peaks = 'x'",
        "size = size + 1",
        "peaks = replace(peaks, '1', '2')",
    ],
)
def test_on_a_seal_that_was_spoiled_nothing_is_built(change: str, engine: Engine, shared_url: str) -> None:
    requests(engine, 1, 5)
    engine.seal(now=NIGHT)
    with raw.unguarded(shared_url):
        raw.tell(shared_url, f"UPDATE gongxiang_seal SET {change}")
    acts.request(engine, "R-6")

    with pytest.raises(StoreError) as caught:
        engine.seal(now=NEXT)

    assert caught.value.reasons[0].code == "damaged_seal"
    assert [case for case, _, _ in raw.ask(shared_url, roots.WAITING)] == ["R-6"]


def test_a_seal_that_cannot_be_finished_leaves_nothing_behind(
    engine: Engine, shared_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("the process dies here")

    monkeypatch.setattr("gongxiang.workflow.store.seals.Seals.add", fail)
    with pytest.raises(RuntimeError):
        engine.seal(now=NIGHT)
    monkeypatch.undo()

    assert roots.log_at(shared_url) == []
    assert len(raw.ask(shared_url, roots.WAITING)) == CAST
    assert engine.seal(now=NEXT).size == CAST


def test_a_sealer_killed_at_any_statement_loses_and_repeats_nothing(
    engine: Engine, shared_url: str, copy_of: Callable[[str], str]
) -> None:
    requests(engine, 1, 3)
    engine.close()
    urls = [copy_of(shared_url) for _ in range(7)]

    said = subprocess.run([sys.executable, str(CHILD), *urls], capture_output=True, text=True, check=True).stdout

    for url, where in zip(urls, ["not killed", *said.splitlines()], strict=True):
        survivor = gongxiang.open_engine(url, rules="decree-330")
        survivor.seal(now=NEXT)
        assert sorted(roots.log_at(url)) == sorted(raw.ask(url, roots.EVENTS)), where
        assert auditing.verify(survivor).ok, where
        survivor.close()


def test_a_moment_without_its_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(BadInput):
        engine.seal(now=NIGHT.replace(tzinfo=None))


@only_sqlite  # a server keeps in a column what is of its kind
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE gongxiang_seal SET sealed_at = 'yesterday'", "unreadable_moment"),
        *(
            (f"UPDATE gongxiang_{one}", "damaged_seal")
            for one in (
                "seal SET root = 'x'",
                "seal SET peaks = 'x y'",
                "seal SET size = x'ff'",
                "seal SET peaks = x'ff'",
                "leaf SET hash = x'ff'",
                "leaf SET seq = 'x'",
                "outbox SET hash = x'ff'",
            )
        ),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_mend(change: str, code: str, engine: Engine, shared_url: str) -> None:
    engine.seal(now=NIGHT)
    requests(engine, 1, 5)
    with raw.unguarded(shared_url):
        raw.tell(shared_url, change)

    caught = []
    for ask in (
        lambda: engine.seal(now=NEXT),
        lambda: auditing.seals(engine),
        lambda: auditing.prove(engine, ""),
        lambda: auditing.prove_growth(engine, 3),
    ):
        try:
            ask()
        except StoreError as error:
            caught.append(error.reasons[0].code)

    assert set(caught) == {code}
    assert not auditing.verify(engine).ok


# Proofs


@pytest.fixture
def grown(engine: Engine) -> Engine:
    """A ledger sealed in many small batches, then in one large one, with two events that no seal covers."""
    requests(engine, 1, 12)
    sealing.seal(engine._store, NIGHT, batch=3)
    requests(engine, 13, 40)
    engine.seal(now=NEXT)
    acts.request(engine, "R-41")
    engine.fire("R-7", "refuse", by="police", at=at("2026-02-13T09:00"), payload={"reasons": "超出职权"})
    return engine


def holds(found: Any) -> bool:
    leaf = roots.leaf_of(found.case, found.seq, found.hash)
    path = [bytes.fromhex(one) for one in found.path]
    return merkle.includes(bytes.fromhex(found.seal.root), found.seal.size, found.place, leaf, path)


@pytest.mark.parametrize("at_once", [1, 1024])
def test_the_last_sealed_event_of_a_case_is_proved_by_the_root_alone(
    at_once: int, grown: Engine, shared_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gongxiang.workflow.proving.AT_ONCE", at_once)
    log = roots.log_at(shared_url)
    seals = auditing.seals(grown)

    for number in range(1, 41):
        found = auditing.prove(grown, f"R-{number}")
        assert log[found.place] == (found.case, found.seq, found.hash) == (f"R-{number}", 1, found.hash)
        assert (found.seal.number, found.seal.root) == (seals[-1].number, roots.root_at(shared_url))
        assert holds(found)
    for seal in seals:
        case = log[seal.size - 1][0]
        earlier = auditing.prove(grown, case, seal.number)
        assert (earlier.seal.size, earlier.seal.root) == (seal.size, roots.root_at(shared_url, seal.size))
        assert holds(earlier)


def test_a_proof_says_how_many_events_of_its_case_are_not_under_the_seal(grown: Engine) -> None:
    assert (auditing.prove(grown, "R-7").seq, auditing.prove(grown, "R-7").later) == (1, 1)
    assert auditing.prove(grown, "R-8").later == 0


def test_the_registers_are_proved_under_the_empty_name(grown: Engine) -> None:
    found = auditing.prove(grown, "")

    assert found.seq == CAST
    assert holds(found)


@pytest.mark.parametrize("at_once", [1, 1024])
def test_that_the_log_only_grew_is_proved_by_the_two_roots_alone(
    at_once: int, grown: Engine, shared_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gongxiang.workflow.proving.AT_ONCE", at_once)
    last = auditing.seals(grown)[-1]

    for size in range(1, last.size + 1):
        found = auditing.prove_growth(grown, size)
        path = [bytes.fromhex(one) for one in found.path]
        assert (found.root, found.seal.root) == (roots.root_at(shared_url, size), last.root)
        assert merkle.extends(size, bytes.fromhex(found.root), last.size, bytes.fromhex(last.root), path)


def test_what_is_not_sealed_has_no_proof(grown: Engine) -> None:
    with pytest.raises(Refused) as caught:
        auditing.prove(grown, "R-41")
    assert caught.value.reasons[0].code == "not_sealed"
    with pytest.raises(UnknownCase):
        auditing.prove(grown, "R-99")
    with pytest.raises(Refused) as caught:
        auditing.prove(grown, "R-40", 1)
    assert caught.value.reasons[0].code == "not_sealed"


def test_a_ledger_that_was_never_sealed_has_no_proof(engine: Engine) -> None:
    for ask in (lambda: auditing.prove(engine, ""), lambda: auditing.prove_growth(engine, 1)):
        with pytest.raises(Refused) as caught:
            ask()
        assert caught.value.reasons[0].code == "not_sealed"


def test_the_leaf_of_a_case_is_found_by_its_name(grown: Engine) -> None:
    with statements(grown) as said:
        auditing.prove(grown, "R-1")

    leaves = [one for one in said if "FROM gongxiang_leaf" in one[0]]
    assert leaves
    assert_indexed(grown, leaves, {"leaf_case"})


@pytest.mark.parametrize("number", [0, -1, 99, 10**17])
def test_a_seal_that_is_not_there_proves_nothing(number: int, grown: Engine) -> None:
    with pytest.raises(BadInput) as caught:
        auditing.prove(grown, "R-1", number)
    assert caught.value.reasons[0].code == "no_such_seal"


@pytest.mark.parametrize("size", [0, -1, 10**17])
def test_a_size_that_the_log_never_had_proves_nothing(size: int, grown: Engine) -> None:
    with pytest.raises(BadInput) as caught:
        auditing.prove_growth(grown, size)
    assert caught.value.reasons[0].code == "no_such_size"


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM gongxiang_leaf WHERE place = 20",
        "UPDATE gongxiang_leaf SET hash = 'x' WHERE place = 20",
        "UPDATE gongxiang_seal SET root = replace(root, 'a', 'b')",
    ],
)
def test_from_a_spoiled_log_nothing_is_proved(change: str, grown: Engine, shared_url: str) -> None:
    with raw.unguarded(shared_url):
        raw.tell(shared_url, change)

    for ask in (lambda: auditing.prove(grown, "R-1"), lambda: auditing.prove_growth(grown, 9)):
        with pytest.raises(StoreError) as caught:
            ask()
        assert caught.value.reasons[0].code == "damaged_seal"
