"""A host passes its own session: its rows and ours commit together or not at all, and its settings stay its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import acts
import pytest
import sqlalchemy
from acts import at
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]  # it ships no types
from apscheduler.triggers.date import DateTrigger  # type: ignore[import-untyped]
from sqlalchemy import event, func, select, text
from sqlalchemy.orm import Session as PlainSession
from sqlalchemy.orm import scoped_session, sessionmaker
from sqlmodel import Field, Session, SQLModel

import gongxiang
from gongxiang.calendars import Holiday, Notice
from gongxiang.errors import Conflict, StepNotAllowed, UnknownDepartment, UnknownSchema
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.ticking import Ticker

PATIENCE = 30.0
"""Seconds after which a test that waits has failed."""


class Ticket(SQLModel, table=True):
    """The host's own table."""

    __tablename__ = "ticket"

    id: int | None = Field(default=None, primary_key=True)
    subject: str


@pytest.fixture
def database(empty_url: str) -> Iterator[sqlalchemy.Engine]:
    """The host's engine as hosts have it: with nothing set."""
    made = sqlalchemy.create_engine(empty_url)
    Ticket.__table__.create(made)  # type: ignore[attr-defined]  # SQLModel gives every table model its table
    yield made
    made.dispose()


@pytest.fixture
def session(database: sqlalchemy.Engine) -> Iterator[Session]:
    with Session(database) as opened:
        yield opened


def embedded(session: Any) -> Engine:
    return gongxiang.open_engine(session=session, clock=lambda: at(acts.RECORDED), rules="decree-330")


def with_cast(session: Any) -> Engine:
    engine = embedded(session)
    acts.enter_cast(engine)
    return engine


def stored(database: sqlalchemy.Engine) -> tuple[int, int]:
    """Return how many tickets and how many cases another connection sees."""
    with Session(database) as other:
        tickets = other.execute(select(func.count()).select_from(Ticket)).scalar_one()
        names = sqlalchemy.inspect(other.connection()).get_table_names()
        cases = other.execute(text("SELECT count(*) FROM gongxiang_case")).scalar_one() if len(names) > 1 else 0
        return tickets, cases


@pytest.mark.parametrize("ours_first", [True, False])
def test_host_rows_and_ours_commit_together(ours_first: bool, session: Session, database: sqlalchemy.Engine) -> None:
    engine = with_cast(session)
    if ours_first:
        acts.request(engine)
    session.add(Ticket(subject="R-1"))
    if not ours_first:
        acts.request(engine)
    assert stored(database) == (0, 0)

    session.commit()

    assert stored(database) == (1, 1)
    assert acts.faults(engine) == []


@pytest.mark.parametrize("ours_first", [True, False])
def test_host_rows_and_ours_roll_back_together(ours_first: bool, session: Session, database: sqlalchemy.Engine) -> None:
    with_cast(session)
    session.commit()
    engine = embedded(session)
    if ours_first:
        acts.request(engine)
    session.add(Ticket(subject="R-1"))
    session.flush()
    if not ours_first:
        acts.request(engine)

    session.rollback()

    assert stored(database) == (0, 0)
    assert engine.existing(["R-1"]) == []


def test_tables_that_a_rollback_took_with_it_are_there_again_for_the_next_act(session: Session) -> None:
    engine = with_cast(session)
    session.rollback()

    with pytest.raises(UnknownDepartment):
        acts.request(engine)
    acts.enter_cast(engine)
    assert acts.request(engine).version == 1
    session.commit()
    assert acts.faults(embedded(session)) == []


def test_a_refused_act_leaves_the_host_s_transaction_usable_and_nothing_of_itself(
    session: Session, database: sqlalchemy.Engine
) -> None:
    engine = with_cast(session)
    acts.request(engine)
    session.add(Ticket(subject="R-1"))
    before = acts.heads(engine)

    with pytest.raises(StepNotAllowed):
        engine.fire("R-1", "close", by="labour", at=at("2026-02-13T09:00"))
    assert acts.heads(engine) == before
    engine.fire("R-1", "grant", by="police", at=at("2026-02-13T10:00"), payload={"terms": "同意"})
    session.commit()

    assert stored(database) == (1, 1)
    assert engine.case("R-1").state == "granted"


def test_an_act_that_fails_while_it_is_written_takes_its_own_rows_with_it_and_no_host_row(
    session: Session, database: sqlalchemy.Engine
) -> None:
    engine = with_cast(session)
    acts.request(engine)
    session.add(Ticket(subject="R-1"))
    session.flush()
    session.execute(text("UPDATE gongxiang_case SET version = 7 WHERE case_id = 'R-1'"))

    with pytest.raises(Conflict):
        engine.fire("R-1", "grant", by="police", at=at("2026-02-13T10:00"), payload={"terms": "同意"})
    session.commit()

    assert stored(database) == (1, 1)
    assert [one.name for one in acts.chains(engine)["R-1"]] == ["submit"]


def test_an_act_in_the_host_s_savepoint_goes_with_it(session: Session) -> None:
    engine = with_cast(session)
    acts.request(engine)

    with session.begin_nested() as savepoint:
        engine.fire("R-1", "grant", by="police", at=at("2026-02-13T10:00"), payload={"terms": "同意"})
        assert engine.case("R-1").state == "granted"
        savepoint.rollback()

    assert engine.case("R-1").state == "awaiting_reply"
    assert acts.faults(engine) == []


def test_two_engines_on_one_session_see_each_other_s_acts_before_the_commit(session: Session) -> None:
    first, second = with_cast(session), embedded(session)
    acts.request(first)

    assert second.case("R-1").state == "awaiting_reply"
    second.register({**acts.department("police"), "id": "fire", "name": "沈阳市消防局"})
    acts.request(first, "R-2", provider="fire")
    assert second.case("R-2").parties["provider"] == "fire"


def test_a_register_that_was_rolled_back_is_forgotten(session: Session) -> None:
    engine = with_cast(session)
    session.commit()
    newcomer = {**acts.department("police"), "id": "fire", "name": "沈阳市消防局"}
    engine.register(newcomer)
    assert "fire" in engine.departments()

    session.rollback()

    assert "fire" not in engine.departments()
    with pytest.raises(UnknownDepartment):
        acts.request(engine, provider="fire")
    engine.register({**newcomer, "name": "沈阳市消防救援局"})
    assert engine.departments()["fire"].name == "沈阳市消防救援局"


def notice_2027(last_day_off: int) -> Notice:
    """Return a made-up notice for 2027 whose New Year lasts until that day of January."""
    from datetime import date

    published = date(2026, 11, 10)
    return Notice(
        id="2027-made-up",
        year=2027,
        number="虚构〔2026〕1号",
        signed=published,
        published=published,
        source="made up",
        holidays=(
            Holiday("元旦", date(2027, 1, 1), date(2027, 1, last_day_off)),
            Holiday("春节", date(2027, 2, 5), date(2027, 2, 11)),
            Holiday("清明节", date(2027, 4, 5), date(2027, 4, 5)),
            Holiday("劳动节", date(2027, 5, 1), date(2027, 5, 3)),
            Holiday("端午节", date(2027, 6, 9), date(2027, 6, 9)),
            Holiday("中秋节", date(2027, 9, 15), date(2027, 9, 15)),
            Holiday("国庆节", date(2027, 10, 1), date(2027, 10, 7)),
        ),
    )


def test_a_notice_that_was_rolled_back_moves_no_day(session: Session) -> None:
    from datetime import date

    engine = with_cast(session)
    session.commit()
    engine.import_notice(notice_2027(7))
    assert not engine.edition().is_working_day(date(2027, 1, 7))

    session.rollback()
    engine.import_notice(notice_2027(3))

    assert engine.edition().is_working_day(date(2027, 1, 7))


@pytest.mark.parametrize(
    "make",
    [PlainSession, lambda database: sessionmaker(database)(), lambda database: scoped_session(sessionmaker(database))],
)
def test_a_plain_or_scoped_session_of_sqlalchemy_serves_as_well(
    make: Callable[[sqlalchemy.Engine], Any], database: sqlalchemy.Engine
) -> None:
    session = make(database)
    engine = with_cast(session)
    acts.request(engine)
    session.add(Ticket(subject="R-1"))
    session.commit()

    assert stored(database) == (1, 1)
    session.close()


def test_the_host_s_settings_and_tables_stay_its_own(session: Session, database: sqlalchemy.Engine) -> None:
    told = {
        "sqlite": ("PRAGMA journal_mode", "PRAGMA synchronous", "PRAGMA foreign_keys", "PRAGMA busy_timeout"),
        "postgresql": (
            "SHOW transaction_isolation",
            "SHOW synchronous_commit",
            "SHOW lock_timeout",
            "SHOW statement_timeout",
            "SHOW search_path",
            "SHOW timezone",
        ),
    }

    def settings() -> list[Any]:
        return [session.execute(text(statement)).scalar() for statement in told[database.name]]

    before = settings()
    acts.request(with_cast(session))
    session.commit()

    assert settings() == before
    assert set(SQLModel.metadata.tables) == {"ticket"}, "our tables do not get into the host's metadata"


def test_tables_of_an_earlier_release_are_refused_with_the_command_that_only_the_host_can_complete(
    session: Session,
) -> None:
    with_cast(session)
    session.execute(text("UPDATE gongxiang_version SET version_num = '0001'"))

    with pytest.raises(UnknownSchema) as caught:
        embedded(session).cases()

    (reason,) = caught.value.reasons
    assert reason.mend is not None
    assert reason.mend.en == "run: gongxiang --db URL db upgrade"


def test_the_host_s_own_scheduler_is_heard_where_the_host_listens_while_ours_runs_and_afterwards() -> None:
    ours: SimpleQueue[str] = SimpleQueue()
    with scheduling() as (host, heard):
        with Ticker(ours.put) as ticker:
            host.add_job(lambda: 1 / 0, name="the host's job")
            assert "the host's job" in heard.get(timeout=PATIENCE)

            ticker._add(lambda: 1 / 0, DateTrigger())

            assert "lambda" in ours.get(timeout=PATIENCE)
            settled(ticker._scheduler)
        host.add_job(lambda: 1 / 0, name="the host's last job")
        assert "the host's last job" in heard.get(timeout=PATIENCE)

    assert (ours.empty(), heard.empty()) == (True, True)


@contextmanager
def scheduling() -> Iterator[tuple[BackgroundScheduler, SimpleQueue[str]]]:
    """Run a scheduler of the host's, and collect what reaches the host's log of warnings."""
    heard: SimpleQueue[str] = SimpleQueue()
    listener = logging.Handler(logging.WARNING)
    listener.emit = lambda record: heard.put(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(listener)
    scheduler = BackgroundScheduler()
    scheduler.start()
    try:
        yield scheduler, heard
    finally:
        settled(scheduler)
        scheduler.shutdown()
        logging.getLogger().removeHandler(listener)


def settled(scheduler: BackgroundScheduler) -> None:
    """Let it take a job that ran its only time from its list.

    APScheduler does so after it has started the job, under the lock that its list of jobs is read with; where it is
    shut down in between, it finds no such job and its thread ends in an error. (Jobs that run again are not concerned.)
    """
    assert scheduler.get_jobs() == []


def test_two_hosts_that_read_before_they_write_overwrite_nothing(session: Session, database: sqlalchemy.Engine) -> None:
    acts.request(with_cast(session))
    session.commit()
    with Session(database) as other:
        mine, theirs = embedded(session), embedded(other)
        assert mine.case("R-1").version == theirs.case("R-1").version == 1
        session.commit()
        theirs.fire("R-1", "grant", by="police", at=at("2026-02-13T10:00"), payload={"terms": "同意"})
        other.commit()

        with pytest.raises(Conflict):
            mine.fire(
                "R-1",
                "refuse",
                by="police",
                at=at("2026-02-13T11:00"),
                payload={"reasons": "理由"},
                expected_version=1,
            )


def test_a_host_that_begins_its_transactions_on_sqlite_itself_is_served_too(tmp_path: Path) -> None:
    database = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'host.db'}")

    @event.listens_for(database, "connect")
    def _connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(database, "begin")
    def _begin(connection: sqlalchemy.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    Ticket.__table__.create(database)  # type: ignore[attr-defined]  # SQLModel gives every table model its table
    with Session(database) as session:
        engine = with_cast(session)
        session.commit()
        acts.request(engine)
        session.rollback()
        assert stored(database) == (0, 0)
        session.rollback()
        acts.request(engine)
        session.commit()
        assert stored(database) == (0, 1)
