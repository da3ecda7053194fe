"""The server crashes, or is lost with its machine: what was acknowledged stands, and nothing stands twice."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import acts
import databases
import psycopg
import pytest
from load import THREADS, Load, life
from postgres import NoServer, Server
from servers import database_on, made
from sqlalchemy.engine import make_url

NAMES = [f"R-{number:02}" for number in range(24)]
EVERY_ACT = 6 * len(NAMES)


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, str]:
    """The ledger of whoever meets no fault: the same on every database."""
    engine = acts.engine()
    for name in NAMES:
        for _, act in life(engine, name):
            act()
    return acts.heads(engine)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Server]:
    """A server that waits for the disk at each commit, and that is crashed and killed."""
    with made(durable=True) as server:
        yield server


@pytest.fixture
def durable(cluster: Server) -> Server:
    """That server, running, whatever a test before has done to it."""
    if not cluster.running:
        cluster.start()
    return cluster


@pytest.fixture
def durable_url(durable: Server) -> str:
    return database_on(durable)


@pytest.fixture
def standby(durable: Server) -> Iterator[Server]:
    """A second server, without whose word the first one acknowledges no commit; afterwards the first one is alone."""
    try:
        second = durable.standby("second")
    except NoServer as error:
        databases.skip(error.why, error.mend)
    with second:
        durable.set(synchronous_standby_names="second")
        with psycopg.connect(durable.dsn(), autocommit=True) as connection:
            while connection.execute("SELECT sync_state FROM pg_stat_replication").fetchall() != [("sync",)]:
                pass
        yield second
    durable.set(synchronous_standby_names="")


def receiver_of(standby: Server) -> int:
    """Return the process that takes in what the first server writes."""
    with psycopg.connect(standby.dsn()) as connection:
        ((receiver,),) = connection.execute("SELECT pid FROM pg_stat_wal_receiver").fetchall()
    return int(receiver)


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' OR wait_event_type = 'Lock'"


def let_work(server: Server, load: Load) -> None:
    """Return when every thread waits for a word of the standby; where none does, when acts enough were acknowledged."""
    enough = len(load.acknowledged) + 3 * THREADS
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        for _ in range(100_000):
            if connection.execute(WAITING).fetchone() == (THREADS,) or len(load.acknowledged) >= enough:
                return
    raise AssertionError(f"{len(load.acknowledged)} acts were acknowledged, {load.met}")


def test_a_server_that_crashes_under_load_loses_and_doubles_nothing(
    durable: Server, durable_url: str, undisturbed: dict[str, str]
) -> None:
    engine = acts.engine(durable_url)

    with Load(engine, NAMES) as load:
        for crash in range(1, 4):
            load.until(crash * EVERY_ACT // 4)
            with load.holding():
                durable.restart("immediate")
        load.finish()

    assert len(load.acknowledged) == EVERY_ACT
    print(load.met)
    assert load.met.total() > 0, "the load met the crashes"
    assert load.lost() == []
    assert (acts.faults(engine), acts.heads(engine)) == ([], undisturbed)
    engine.close()


def test_when_the_primary_is_killed_its_standby_has_all_that_was_acknowledged(
    durable: Server, standby: Server, durable_url: str, undisturbed: dict[str, str]
) -> None:
    database = str(make_url(durable_url).database)
    first = acts.engine(durable_url)

    with Load(first, NAMES) as load:
        load.until(EVERY_ACT // 2)
        receiver = receiver_of(standby)
        os.kill(receiver, signal.SIGSTOP)  # from here on nothing reaches the standby
        let_work(durable, load)
        with load.holding():
            durable.kill()
            for number in (signal.SIGTERM, signal.SIGCONT):
                os.kill(receiver, number)  # it goes on by ending, and reads nothing of what has come for it
            known = dict(load.acknowledged)
            standby.promote()
            load.engine = second = acts.engine(standby.url(database))
            stands = {event.hash for event in second.ledger()}
            assert [key for key, hash_ in known.items() if hash_ not in stands] == []
        load.finish()

    assert len(load.acknowledged) == EVERY_ACT
    assert load.lost() == []
    assert (acts.faults(second), acts.heads(second)) == ([], undisturbed)
    first.close()
    second.close()
