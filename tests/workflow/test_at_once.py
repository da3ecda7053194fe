"""Many at once: one act wins, the others are told so; nobody starves, nobody overwrites anybody."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import acts
import forking
import pytest
import sqlalchemy
from acts import at
from databases import only_postgresql, only_sqlite
from sqlalchemy import event
from sqlalchemy.orm import Session

import gongxiang
from gongxiang.errors import AlreadyDone, BadInput, Conflict, GongxiangError, StepNotAllowed
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.receipt import Receipt

FORK = multiprocessing.get_context("fork")
PATIENCE = 60.0
"""Seconds to wait for another process: far more than it takes."""


def at_once(tasks: list[Callable[[], Any]]) -> list[Any]:
    """Start all tasks together, a thread each; return what each gave or raised."""
    start = threading.Barrier(len(tasks))
    given: list[Any] = [None] * len(tasks)

    def run(index: int) -> None:
        start.wait()
        try:
            given[index] = tasks[index]()
        except (GongxiangError, AssertionError) as error:
            given[index] = error

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


def racing(url: str, *names: str) -> list[list[str]]:
    """Start a process for each name, let them all go at once when all are ready, and return what each said."""
    children = [forking.Child("racing", url, name) for name in names]
    for child in children:
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.stdin.write("go\n")
    done = [child.ended() for child in children]
    assert [one.returncode for one in done] == [0] * len(names)
    return [one.stdout.split() for one in done]


@pytest.fixture
def engine(backend: str, request: pytest.FixtureRequest) -> Engine:
    return acts.engine(request.getfixturevalue("url" if backend == "memory" else "shared_url"))


everywhere = pytest.mark.parametrize("backend", ["sqlite", "memory", "postgresql"], indirect=True)
"""SQLite in memory is another store than a file: its one connection is shared by all threads."""


def replying(engine: Engine, number: int, **more: Any) -> Callable[[], Receipt]:
    return lambda: engine.fire(
        "R-1", "refuse", by="police", at=at("2026-02-13T09:00"), payload={"reasons": f"理由{number}"}, **more
    )


@everywhere
def test_of_eight_replies_at_once_one_stands_and_the_others_are_refused_for_it(engine: Engine) -> None:
    acts.request(engine)

    given = at_once([replying(engine, number) for number in range(8)])

    assert sum(isinstance(one, Receipt) for one in given) == 1
    late = [one for one in given if isinstance(one, StepNotAllowed)]
    overtaken = [one for one in given if isinstance(one, Conflict)]
    assert {one.reasons[0].code for one in late} <= {"wrong_state"}, "who came after it finds the case replied to"
    assert {(one.case, one.seq, one.step) for one in overtaken} <= {("R-1", 2, "refuse")}, "who came with it learns so"
    assert len(late) + len(overtaken) == 7
    assert [event.name for event in acts.chains(engine)["R-1"]] == ["submit", "refuse"]
    assert acts.faults(engine) == []


@everywhere
def test_of_eight_replies_to_one_version_the_losers_learn_which_event_won(engine: Engine) -> None:
    acts.request(engine)

    given = at_once([replying(engine, number, expected_version=1) for number in range(8)])

    conflicts = [one for one in given if isinstance(one, Conflict)]
    assert [(one.case, one.seq, one.step) for one in conflicts] == [("R-1", 2, "refuse")] * 7
    assert conflicts[0].reasons[0].code == "stale_version"


@everywhere
def test_eight_threads_with_one_key_get_one_receipt(engine: Engine) -> None:
    acts.request(engine)

    given = at_once([replying(engine, 1, idempotency_key="reply") for _ in range(8)])

    assert {one.hash for one in given} == {acts.heads(engine)["R-1"]}
    assert sorted(one.replayed for one in given) == [False] + [True] * 7


@everywhere
def test_eight_threads_open_one_case_once(engine: Engine) -> None:
    given = at_once([lambda: acts.request(engine) for _ in range(8)])

    assert sum(isinstance(one, Receipt) for one in given) == 1
    assert sum(isinstance(one, AlreadyDone) for one in given) == 7


@everywhere
def test_no_report_of_many_is_lost(engine: Engine) -> None:
    acts.finding(engine)

    def reporting(number: int) -> Callable[[], Receipt]:
        payload = {"evidence": f"证据{number}"}
        return lambda: engine.fire("X-1", "report_correction", by="police", at=at("2026-03-03T09:00"), payload=payload)

    given = at_once([reporting(number) for number in range(16)])

    assert all(isinstance(one, Receipt) for one in given), given
    assert sorted(one.version for one in given) == list(range(2, 18))
    assert acts.faults(engine) == []


@everywhere
def test_sweeps_at_once_find_each_lapse_once(engine: Engine) -> None:
    for number in range(6):
        acts.request(engine, f"R-{number}")

    given = at_once([lambda: engine.sweep(now=at("2026-03-02T09:00")) for _ in range(4)])

    assert sum(len(swept.lapses) for swept in given) == 6
    assert [event.kind for event in engine.ledger() if event.kind == "lapse"] == ["lapse"] * 6


@everywhere
def test_threads_that_read_while_others_write_see_whole_acts_and_never_an_older_state_again(engine: Engine) -> None:
    acts.request(engine)
    acts.finding(engine)
    whole = {("submit",), ("submit", "refuse"), ("submit", "refuse", "raise_dispute", "raise")}

    def reading() -> None:
        versions = []
        for _ in range(25):
            versions.append(engine.case("X-1").version)
            seen = tuple(event.name for event in engine.ledger() if event.case in ("R-1", "R-1/D"))
            assert seen in whole, seen
        assert versions == sorted(versions)

    def disputing() -> None:
        replying(engine, 1)()
        engine.fire("R-1", "raise_dispute", by="labour", at=at("2026-02-14T09:00"), payload={"grounds": "属于职权"})

    def reporting() -> None:
        for number in range(15):
            payload = {"evidence": f"证据{number}"}
            engine.fire("X-1", "report_correction", by="police", at=at("2026-03-03T09:00"), payload=payload)

    assert at_once([reading, disputing, reading, reporting, reading]) == [None] * 5
    assert acts.faults(engine) == []


@everywhere
def test_whoever_looks_at_the_ledger_may_write_meanwhile(engine: Engine) -> None:
    acts.request(engine)

    for found in engine.ledger():
        if found.case == "R-1":
            replying(engine, 1)()

    assert engine.case("R-1").state == "refused"


def test_two_processes_and_eight_threads_lose_no_act_and_starve_nobody(shared_url: str) -> None:
    engine = acts.engine(shared_url)
    acts.finding(engine)

    said = racing(shared_url, "first", "second")

    assert said == [["10"] * 4, ["10"] * 4], "each of the eight threads got its ten acts through"
    assert len(acts.chains(engine)["X-1"]) == 1 + 80
    assert acts.faults(engine) == []


def test_processes_that_create_a_database_at_once_all_find_it(empty_url: str) -> None:
    said = racing(empty_url, *["create"] * 4)

    assert sorted(said) == [["AlreadyDone"], ["AlreadyDone"], ["AlreadyDone"], ["Receipt"]]


@only_postgresql
@pytest.mark.parametrize("look", range(1, 7))
def test_tables_that_another_makes_between_two_looks_are_no_foreign_tables(empty_url: str, look: int) -> None:
    looks = 0

    def made_meanwhile(_connection: Any, _cursor: Any, statement: str, *_: object) -> None:
        nonlocal looks
        if "pg_class" in statement:
            looks += 1
            if looks == look:
                gongxiang.open_engine(empty_url).register(acts.department("labour"))

    event.listen(sqlalchemy.Engine, "after_cursor_execute", made_meanwhile)
    try:
        gongxiang.open_engine(empty_url).register(acts.department("police"))
    finally:
        event.remove(sqlalchemy.Engine, "after_cursor_execute", made_meanwhile)

    assert looks >= look
    assert {one.name for one in gongxiang.open_engine(empty_url).ledger()} == {"police", "labour"}


def test_a_process_forked_from_one_that_has_acted_speaks_over_a_wire_of_its_own(shared_url: str) -> None:
    engine = acts.engine(shared_url)
    acts.request(engine)
    children = [FORK.Process(target=acts.request, args=(engine, f"R-{number}")) for number in (2, 3)]
    for child in children:
        child.start()

    acts.request(engine, "R-4")

    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0]
    assert sorted(case.case for case in engine.cases()) == ["R-1", "R-2", "R-3", "R-4"]
    assert acts.faults(engine) == []


LOOK = """
import sqlite3, sys
there = sqlite3.connect(sys.argv[1])
print(*(row[0] for row in there.execute("SELECT case_id FROM gongxiang_case")))
there.close()
"""


@only_sqlite
def test_what_a_process_writes_stands_when_others_come_and_leave_and_it_is_killed(shared_url: str) -> None:
    """Closing a file takes from a process every lock that it has there (sqlite.org/howtocorrupt.html, 2.2)."""
    ours, theirs = FORK.Pipe()

    def work() -> None:
        engine = acts.engine(shared_url)
        acts.request(engine)
        stream = engine.ledger()
        next(stream)
        acts.request(engine, "R-2")  # a second connection, for the first one reads
        assert list(stream)
        theirs.send("two connections")
        assert theirs.recv() == "another has come and left"
        acts.request(engine, "R-3")
        theirs.send("acknowledged")
        theirs.recv()

    worker = FORK.Process(target=work)
    worker.start()
    assert ours.poll(PATIENCE)
    assert ours.recv() == "two connections"
    assert seen_by_another(shared_url) == ["R-1", "R-2"]
    ours.send("another has come and left")
    assert ours.poll(PATIENCE)
    assert ours.recv() == "acknowledged"
    worker.kill()
    worker.join()

    assert seen_by_another(shared_url) == ["R-1", "R-2", "R-3"]


def seen_by_another(url: str) -> list[str]:
    """Return the cases that a process sees which comes, looks and leaves."""
    words = [sys.executable, "-c", LOOK, url.removeprefix("sqlite:///")]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()


def test_more_threads_than_connections_have_their_turns_one_after_the_other(shared_url: str) -> None:
    engine = acts.engine(shared_url)

    given = at_once([partial(acts.request, engine, f"R-{number:02}") for number in range(40)])

    assert {type(one) for one in given} == {Receipt}
    assert len(engine.cases()) == 40


def test_an_engine_that_is_closed_while_threads_act_serves_them_with_new_connections(shared_url: str) -> None:
    engine = acts.engine(shared_url)

    def acting(thread: int) -> None:
        for number in range(10):
            acts.request(engine, f"R-{thread}-{number}")

    given = at_once([*(partial(acting, thread) for thread in range(4)), *(engine.close for _ in range(20))])

    assert [one for one in given if one is not None] == []
    assert len(engine.cases()) == 40
    assert acts.faults(engine) == []


def test_a_hosts_session_is_refused_to_a_second_thread_while_the_first_is_at_work_in_it(shared_url: str) -> None:
    acts.engine(shared_url).close()
    inside, outside = threading.Event(), threading.Event()

    def asked_for_the_time() -> datetime:
        inside.set()
        outside.wait()
        return at(acts.RECORDED)

    database = sqlalchemy.create_engine(shared_url)
    with Session(database) as session:
        host = gongxiang.open_engine(session=session, clock=asked_for_the_time, rules="decree-330")
        first = threading.Thread(target=acts.request, args=(host,))
        first.start()
        inside.wait()
        with pytest.raises(BadInput) as caught:
            host.case("R-1", now=at(acts.RECORDED))
        outside.set()
        first.join()
        found = host.case("R-1", now=at(acts.RECORDED))
        session.commit()
    database.dispose()

    assert caught.value.reasons[0].code == "session_in_use"
    assert found.state == "awaiting_reply"
