"""A connection breaks, whoever breaks it and wherever: what was sent again with its key stands once."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import acts
import psycopg
import pytest
import sqlalchemy
from acts import at
from load import Load, life
from postgres import Server
from proxy import Moment, Proxy
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

import gongxiang
from gongxiang.errors import ConnectionLost, StoreError
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.receipt import Receipt

CHANCE = random.Random(17)
NAMES = [f"R-{number:02}" for number in range(16)]
MOMENTS: tuple[Moment, ...] = ("before", "after")
SWEPT = at("2026-03-02T09:00")


@pytest.fixture
def wire(server: Server, server_url: str) -> Iterator[Proxy]:
    with Proxy(server, server_url) as proxy:
        yield proxy


@pytest.fixture
def engine(wire: Proxy) -> Iterator[Engine]:
    """An engine at the end of the wire, one and the same whatever becomes of its connections."""
    opened = acts.engine(wire.url)
    yield opened
    opened.close()


def cut_everywhere(
    wire: Proxy, disconnect: Callable[[], None], act: Callable[[str], Callable[[], Any]]
) -> Iterator[tuple[str, Moment, Any, Callable[[], Any]]]:
    """Make acts, each named anew, and cut the wire at every statement of one in turn, before the server has it and
    after it has carried it out; yield the name, the moment, what came of the act, and what sends it again.

    There is no connection when the act begins, so what makes one is among the statements.
    """
    for moment in MOMENTS:
        cuts, statement = -1, 0
        while cuts < wire.cuts:
            cuts, statement = wire.cuts, statement + 1
            name = f"{moment}-{statement}"
            send = act(name)
            disconnect()
            wire.cut_at(statement, moment)
            given = outcome(send)
            wire.cut_at(0, moment)
            yield name, moment, given, send


def outcome(send: Callable[[], Any]) -> Any:
    try:
        return send()
    except (StoreError, DBAPIError) as error:
        return error


def test_connections_that_the_server_ends_at_random_lose_and_double_nothing(server: Server, server_url: str) -> None:
    engine = acts.engine(server_url)
    database = make_url(server_url).database

    with psycopg.connect(server.dsn(), autocommit=True) as other, Load(engine, NAMES) as load:
        ended = 0
        for count in range(4, 6 * len(NAMES), 3):
            load.until(count)
            found = other.execute(
                "SELECT pid, state FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'",
                [database],
            ).fetchall()
            # Those that are at work, if there are any: a connection that waits in a pool is replaced unseen.
            working = [pid for pid, state in found if state == "active"] or [pid for pid, _ in found]
            for pid in CHANCE.sample(sorted(working), k=min(1, len(working))):
                ended += other.execute("SELECT pg_terminate_backend(%s)", [pid]).fetchone() == (True,)
        load.finish()

    assert ended > 10
    assert set(load.met) <= {"connection_lost", "cannot_open_database"}, "twice in reading it cannot be reached"
    assert load.lost() == []
    undisturbed = acts.engine()
    for name in NAMES:
        for _, act in life(undisturbed, name):
            act()
    assert (acts.faults(engine), acts.heads(engine)) == ([], acts.heads(undisturbed))
    engine.close()


def test_an_act_whose_wire_is_cut_at_any_of_its_statements_stands_once(
    wire: Proxy, engine: Engine, server_url: str, counted: Callable[[str], None]
) -> None:
    apart = acts.engine(server_url)

    def refused(name: str) -> Callable[[], Any]:
        acts.request(apart, name)
        payload = {"grounds": "属于职权"}
        apart.fire(name, "refuse", by="police", at=at("2026-02-13T09:00"), payload={"reasons": "超出职权"})
        return lambda: engine.fire(
            name, "raise_dispute", by="labour", at=at("2026-02-24T09:00"), payload=payload, idempotency_key=name
        )

    lost = []
    for name, moment, given, send in cut_everywhere(wire, engine.close, refused):
        recorded = f"{name}/D" in acts.chains(apart)
        again = send()
        assert again.replayed == recorded
        if isinstance(given, ConnectionLost):
            lost.append(moment)
            assert recorded == (moment == "after"), "who writes learns only from his key whether the server had it"
        else:
            assert recorded == (not isinstance(given, StoreError))
        assert [event.name for event in acts.chains(apart)[name]] == ["submit", "refuse", "raise_dispute"]
        assert [event.name for event in acts.chains(apart)[f"{name}/D"]] == ["raise"]

    assert sorted(lost) == ["after", "before"], "an act writes in one statement"
    assert acts.faults(apart) == []
    apart.close()
    counted(f"postgresql: the wire of an act was cut {wire.cuts} times")


def test_a_host_whose_wire_is_cut_anywhere_in_its_transaction_has_its_act_once_when_it_sends_it_again(
    wire: Proxy, server_url: str
) -> None:
    apart = acts.engine(server_url)
    database = sqlalchemy.create_engine(wire.url)

    def hosted(name: str) -> Callable[[], Any]:
        acts.request(apart, name)

        def send() -> Receipt:
            with Session(database) as session:
                host = gongxiang.open_engine(session=session, clock=lambda: at(acts.RECORDED), rules="decree-330")
                payload = {"reasons": "超出职权"}
                receipt = host.fire(
                    name, "refuse", by="police", at=at("2026-02-13T09:00"), payload=payload, idempotency_key=name
                )
                session.commit()
                return receipt

        return send

    committing = []
    for name, moment, given, send in cut_everywhere(wire, database.dispose, hosted):
        recorded = len(acts.chains(apart)[name]) == 2
        if isinstance(given, DBAPIError):
            committing.append((moment, recorded))  # the host's own statement, and the host's to deal with
        else:
            assert recorded == (not isinstance(given, StoreError))
        assert send().replayed == recorded
        assert [event.name for event in acts.chains(apart)[name]] == ["submit", "refuse"]

    assert committing == [("before", False), ("after", True)]
    assert acts.faults(apart) == []
    database.dispose()
    apart.close()


def test_a_sweep_whose_wire_is_cut_at_any_of_its_statements_loses_and_repeats_nothing(
    wire: Proxy, engine: Engine, server_url: str, counted: Callable[[str], None]
) -> None:
    apart = acts.engine(server_url)

    def due(name: str) -> Callable[[], Any]:
        acts.request(apart, name)
        return lambda: engine.sweep(now=SWEPT)

    for name, _, given, send in cut_everywhere(wire, engine.close, due):
        if lapsed(apart, name) and isinstance(given, StoreError):
            assert isinstance(given, ConnectionLost), "it is recorded, and who swept does not know"
        send()
        assert lapsed(apart, name) == 1

    assert apart.incidents() == ()
    assert acts.faults(apart) == []
    apart.close()
    counted(f"postgresql: the wire of a sweep was cut {wire.cuts} times")


def test_an_errand_whose_wire_is_cut_anywhere_is_still_taken_by_the_one_who_asked(
    wire: Proxy, engine: Engine, server_url: str
) -> None:
    apart = acts.engine(server_url)

    def errand(name: str) -> Callable[[], Any]:
        return lambda: engine.take_errand(name, worker="one", at=SWEPT)

    for name, _, given, ask_again in cut_everywhere(wire, engine.close, errand):
        assert given is True or (isinstance(given, StoreError) and ask_again())
        assert apart.take_errand(name, worker="other", at=SWEPT) is False

    apart.close()


def lapsed(engine: Engine, case: str) -> int:
    return sum(event.kind == "lapse" for event in acts.chains(engine)[case])
