"""One transaction is in another's way: where the server breaks one off a host is told so, and what is ours is done
again; who sends an act a second time meanwhile gets the receipt of the first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import acts
import psycopg
import pytest
import sqlalchemy
from acts import at
from load import PATIENCE
from postgres import Server
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

import gongxiang
from gongxiang.errors import GongxiangError, StepNotAllowed, TransactionAborted
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.receipt import Receipt
from gongxiang.workflow.store.workers import Attendance

SOON = (
    "deadlock_timeout = '20ms'",
    # In a table of some size the planner takes the rows that are given one by one; in one so small it must be told to.
    "enable_seqscan = off",
    "enable_hashjoin = off",
    "enable_mergejoin = off",
)
BROKEN_OFF = "could not serialize access due to concurrent update"
ONCE = (
    "CREATE SEQUENCE turn",
    "CREATE FUNCTION once() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN IF nextval('turn') = 1 THEN RAISE 'not now' USING ERRCODE = '40001'; END IF; RETURN NULL; END $$",
)
# Whoever changes the row of a case waits behind a gate, holding that row.
GATE = (
    "CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN PERFORM pg_advisory_lock_shared(1), pg_advisory_unlock_shared(1); RETURN NEW; END $$",
    "CREATE TRIGGER gate BEFORE UPDATE ON gongxiang_case FOR EACH ROW EXECUTE FUNCTION gate()",
)


@pytest.fixture
def watcher(server: Server, server_url: str) -> Iterator[psycopg.Connection]:
    """Somebody who looks on at the database, in which a deadlock is noticed at once."""
    database = str(make_url(server_url).database)
    with psycopg.connect(server.dsn(database), autocommit=True) as connection:
        for setting in SOON:
            connection.execute(f"ALTER DATABASE {database} SET {setting}")  # type: ignore[arg-type]
        yield connection


def deadlocks(server: Server) -> int:
    """Return how many the server has broken so far: it logs each before it tells whom it breaks off."""
    return server.log.count("deadlock detected")


def until(watcher: psycopg.Connection, question: str) -> None:
    """Ask until the answer is yes."""
    for _ in range(100_000):
        if watcher.execute(question).fetchone() == (True,):  # type: ignore[arg-type]
            return
    raise AssertionError(question)


def both(*tasks: Callable[[], Any]) -> list[Any]:
    """Run the tasks at once; return what each gave or raised."""
    given: list[Any] = [None] * len(tasks)

    def run(place: int) -> None:
        try:
            given[place] = tasks[place]()
        except (GongxiangError, AssertionError) as error:
            given[place] = error

    threads = [threading.Thread(target=run, args=(place,), daemon=True) for place in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return given


def test_of_two_hosts_that_take_two_cases_in_opposite_order_one_is_told_to_begin_again(
    server: Server, server_url: str, watcher: psycopg.Connection
) -> None:
    before = deadlocks(server)
    apart = acts.engine(server_url)
    for name, ground in (("X-1", "26.2"), ("X-2", "26.3")):
        acts.finding(apart, name, payload={"ground": ground, "facts": "未按规定共享"})
    database = sqlalchemy.create_engine(server_url)
    met = threading.Barrier(2, timeout=PATIENCE)

    def report(engine: Engine, case: str, evidence: str) -> Receipt:
        payload = {"evidence": evidence}
        return engine.fire(case, "report_correction", by="police", at=at("2026-03-03T09:00"), payload=payload)

    def host(evidence: str, first: str, second: str) -> int:
        """Report on both cases in one transaction; return how often that was begun again."""
        for again in range(5):
            with Session(database) as session:
                engine = gongxiang.open_engine(session=session, clock=lambda: at(acts.RECORDED), rules="decree-330")
                try:
                    report(engine, first, evidence)
                    if not again:
                        met.wait()
                    report(engine, second, evidence)
                except TransactionAborted:
                    session.rollback()
                else:
                    session.commit()
                    return again
        raise AssertionError

    given = both(lambda: host("甲", "X-1", "X-2"), lambda: host("乙", "X-2", "X-1"))

    stayed, began_anew = sorted(given)
    assert (stayed, began_anew > 0) == (0, True)
    for name in ("X-1", "X-2"):
        reported = [event.content["payload"].get("evidence") for event in acts.chains(apart)[name]]
        assert sorted(reported[1:]) == ["乙", "甲"]
    assert acts.faults(apart) == []
    database.dispose()
    assert deadlocks(server) == before + began_anew


def test_an_act_of_ours_that_stands_in_a_hosts_way_is_done_again_when_the_host_has_ended(
    server: Server, server_url: str, watcher: psycopg.Connection
) -> None:
    before = deadlocks(server)
    ours = acts.engine(server_url)
    acts.request(ours)
    ours.fire("R-1", "refuse", by="police", at=at("2026-02-13T09:00"), payload={"reasons": "超出职权"})
    ours.fire("R-1", "raise_dispute", by="labour", at=at("2026-02-14T09:00"), payload={"grounds": "属于职权"})
    ours.close()
    for statement in GATE:
        watcher.execute(statement)  # type: ignore[arg-type]
    database = sqlalchemy.create_engine(server_url)

    with Session(database) as session:
        host = gongxiang.open_engine(session=session, clock=lambda: at(acts.RECORDED), rules="decree-330")
        host.fire("R-1/D", "accept", by="bureau", at=at("2026-02-15T09:00"), payload={})
        session.execute(sqlalchemy.text("SET LOCAL deadlock_timeout = '1h'"))
        watcher.execute("SELECT pg_advisory_lock(1)")

        def answer_again() -> None:
            until(watcher, "SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            host.fire("R-1", "refuse", by="police", at=at("2026-02-16T09:00"), payload={"reasons": "仍超出职权"})
            session.commit()

        def open_the_gate() -> None:
            until(watcher, "SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted")
            watcher.execute("SELECT pg_advisory_unlock(1)")

        # The grant makes the dispute moot: it holds the request and will want the dispute, which the host holds.
        granted, *others = both(
            lambda: ours.fire("R-1", "grant", by="police", at=at("2026-02-20T09:00"), payload={"terms": "同意"}),
            answer_again,
            open_the_gate,
        )

    assert isinstance(granted, Receipt), granted
    assert others == [None, None]
    told = {case: [event.name for event in events] for case, events in acts.chains(ours).items()}
    assert told["R-1"] == ["submit", "refuse", "raise_dispute", "refuse", "grant"]
    assert told["R-1/D"] == ["raise", "accept", "moot"]
    assert acts.faults(ours) == []
    ours.close()
    database.dispose()
    # Once, unless ours was at the request again before the host had noticed that it may have it.
    assert deadlocks(server) > before


SENT: dict[str, Callable[[Engine], Receipt]] = {
    "an entry of the register": lambda engine: engine.register(
        {**acts.department("police"), "name": "沈阳市公安局(新)"}, at=at("2026-01-01T00:00"), idempotency_key="sent"
    ),
    "an opening": lambda engine: acts.request(engine, "R-2", idempotency_key="sent"),
    "an act": lambda engine: engine.fire(
        "R-1",
        "refuse",
        by="police",
        at=at("2026-02-13T09:00"),
        payload={"reasons": "超出职权"},
        idempotency_key="sent",
    ),
}


@pytest.mark.parametrize("what", SENT)
def test_what_two_hosts_send_at_once_with_one_key_has_one_receipt(
    what: str, server_url: str, watcher: psycopg.Connection
) -> None:
    apart = acts.engine(server_url)
    acts.request(apart)
    database = sqlalchemy.create_engine(server_url)

    def sent(session: Session) -> Receipt:
        host = gongxiang.open_engine(session=session, clock=lambda: at(acts.RECORDED), rules="decree-330")
        receipt = SENT[what](host)
        session.commit()
        return receipt

    def committed(session: Session) -> None:
        until(watcher, "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted")
        session.commit()

    with Session(database) as one, Session(database) as other:
        host = gongxiang.open_engine(session=one, clock=lambda: at(acts.RECORDED), rules="decree-330")
        first = SENT[what](host)
        second, _ = both(lambda: sent(other), lambda: committed(one))

    assert isinstance(second, Receipt), second
    assert (second.replayed, second.hash) == (True, first.hash)
    assert acts.faults(apart) == []
    database.dispose()
    apart.close()


def seen(moment: str) -> Attendance:
    """Return that a worker was seen at that moment."""
    return Attendance("first", "host", 1, at("2026-02-26T08:00"), at(moment), None, {})


OURS: dict[str, Callable[[Engine], Any]] = {
    "an entry of the register": lambda engine: engine.register(
        {**acts.department("police"), "name": "沈阳市公安局(新)"}, at=at("2026-01-01T00:00")
    ),
    "an opening": lambda engine: acts.request(engine, "R-2"),
    "an act": lambda engine: engine.fire(
        "R-1", "refuse", by="police", at=at("2026-02-13T09:00"), payload={"reasons": "超出职权"}
    ),
    "a sweep": lambda engine: engine.sweep(now=at("2026-03-02T09:00")),
    "a seal": lambda engine: engine.seal(now=at("2026-02-26T09:00")),
    "an errand": lambda engine: engine.take_errand("reminder", worker="first", at=at("2026-02-26T09:00")),
    "an attendance": lambda engine: engine.attend(seen("2026-02-26T09:00")),
}


@pytest.mark.parametrize("what", OURS)
def test_what_is_ours_is_done_again_by_itself_where_the_server_could_not_put_it_in_order(
    what: str, server_url: str, watcher: psycopg.Connection
) -> None:
    engine = acts.engine(server_url)
    acts.request(engine)
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    for statement in ONCE:
        watcher.execute(statement)  # type: ignore[arg-type]
    for (name,) in watcher.execute(tables).fetchall():
        watcher.execute(
            f"CREATE TRIGGER once AFTER INSERT OR UPDATE ON {name} FOR EACH STATEMENT EXECUTE FUNCTION once()"
        )

    OURS[what](engine)

    assert watcher.execute("SELECT last_value > 1 FROM turn").fetchone() == (True,)
    assert acts.faults(engine) == []
    engine.close()


def test_a_worker_is_seen_though_another_transaction_was_first_where_all_are_serializable(
    server: Server, server_url: str, watcher: psycopg.Connection
) -> None:
    """Here what waited for a row that another has changed is broken off, and not given the row as it then stands."""
    before = server.log.count(BROKEN_OFF)
    database = str(make_url(server_url).database)
    watcher.execute(f"ALTER DATABASE {database} SET default_transaction_isolation = 'serializable'")  # type: ignore[arg-type]
    engine = acts.engine(server_url)
    engine.attend(seen("2026-02-26T09:00"))

    with psycopg.connect(server.dsn(database)) as other:
        other.execute("UPDATE gongxiang_worker SET host = 'another'")

        def be_first() -> None:
            until(watcher, "SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted")
            other.commit()

        given = both(lambda: engine.attend(seen("2026-02-26T09:01")), be_first)

    assert given == [("another", 1), None]
    (worker,) = engine.health(now=at("2026-02-26T09:02")).workers
    assert (worker.seen_at, worker.host) == (at("2026-02-26T09:01"), "host")
    assert server.log.count(BROKEN_OFF) == before + 1
    engine.close()


# The connections of one engine


def test_an_engine_holds_a_connection_for_each_thread_at_work_and_none_when_it_is_closed(
    watcher: psycopg.Connection, server_url: str
) -> None:
    ours = "FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' "
    others = f"{ours} AND pid <> pg_backend_pid()"
    engine = acts.engine(server_url)
    for name in ("R-1", "R-2", "R-3"):
        acts.request(engine, name)
        with pytest.raises(StepNotAllowed):  # what ends in an error leaves no connection behind either
            engine.fire(name, "close", by="police", at=at("2026-02-13T09:00"))

    until(watcher, f"SELECT array_agg(state) = '{{idle}}' {others}")
    both(*(partial(acts.request, engine, f"S-{number}") for number in range(4)))
    until(watcher, f"SELECT count(*) <= 4 AND bool_and(state = 'idle') {others}")
    engine.close()
    until(watcher, f"SELECT count(*) = 0 {others}")
    acts.request(engine, "R-4")

    assert acts.faults(engine) == []
    engine.close()
