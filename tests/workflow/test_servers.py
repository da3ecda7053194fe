"""A server that cannot be used says so as a typed error with its mend, and is left as it was."""

from __future__ import annotations

from collections.abc import Iterator

import acts
import psycopg
import pytest
import raw
from acts import at
from databases import only_postgresql
from sqlalchemy.engine import make_url

import gongxiang
from gongxiang.errors import DatabaseLocked, DatabaseReadOnly, StoreError
from gongxiang.workflow.store import absence

pytestmark = only_postgresql
NOW = at("2026-02-12T10:00")


@pytest.fixture
def other(shared_url: str) -> Iterator[psycopg.Connection]:
    """Somebody else's connection to the same database."""
    told = make_url(shared_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(told) as connection:
        yield connection
        connection.rollback()


def set_for_all(url: str, setting: str) -> None:
    """Set something for every session to come, as who runs the server does."""
    raw.tell(url, f'ALTER DATABASE "{make_url(url).database}" SET {setting}')


def elsewhere(url: str, **changes: str) -> str:
    return make_url(url).set(**changes).render_as_string(hide_password=False)


def test_a_case_that_another_holds_is_locked_after_the_time_that_the_server_allows(
    shared_url: str, other: psycopg.Connection
) -> None:
    acts.request(acts.engine(shared_url))
    set_for_all(shared_url, "lock_timeout = '50ms'")
    engine = acts.engine(shared_url)
    grant = {"by": "police", "at": at("2026-02-13T09:00"), "payload": {"terms": "同意"}}
    other.execute("SELECT FROM gongxiang_case WHERE case_id = 'R-1' FOR UPDATE")

    with pytest.raises(DatabaseLocked) as caught:
        engine.fire("R-1", "grant", **grant)
    assert caught.value.reasons[0].code == "database_locked"
    assert engine.case("R-1", now=NOW).version == 1, "who reads does not wait"
    assert acts.request(engine, "R-2").version == 1, "nor who works on another case"

    other.rollback()
    assert engine.fire("R-1", "grant", **grant).version == 2


def test_a_database_that_takes_no_writing_can_be_read(shared_url: str) -> None:
    acts.request(acts.engine(shared_url))
    set_for_all(shared_url, "default_transaction_read_only = on")
    engine = gongxiang.open_engine(shared_url, rules="decree-330")
    before = acts.heads(engine)

    assert engine.case("R-1", now=NOW).state == "awaiting_reply"
    with pytest.raises(DatabaseReadOnly) as caught:
        acts.request(engine, "R-2")

    assert caught.value.reasons[0].code == "database_read_only"
    assert acts.heads(engine) == before


def mend_of(url: str, code: str) -> str:
    """Return what to do where nothing can be done at `url`, for the reason of that code."""
    with pytest.raises(StoreError) as caught:
        acts.request(gongxiang.open_engine(url, rules="decree-330"))
    (reason,) = caught.value.reasons
    assert reason.code == code
    assert reason.mend is not None
    return reason.mend.en


def test_a_server_that_does_not_answer_one_without_the_database_and_one_without_the_user_are_told_apart(
    shared_url: str,
) -> None:
    name = make_url(shared_url).database
    assert name is not None
    nowhere = "postgresql+psycopg://postgres@/cases?host=%2Fno%2Fsuch%2Ffolder"

    assert "host" in mend_of(nowhere, "cannot_open_database")
    assert "createdb" in mend_of(elsewhere(shared_url, database="no_such_database"), "no_such_database")
    assert "user" in mend_of(elsewhere(shared_url, username=name), "not_admitted"), "the database of that name exists"


def test_a_user_of_the_name_of_the_database_that_does_not_exist_is_no_missing_database(shared_url: str) -> None:
    name = make_url(shared_url).database
    assert name is not None
    gone = absence(elsewhere(shared_url, database="no_such_database"))

    assert absence(elsewhere(shared_url, username=name)) is None
    assert gone is not None
    assert (gone.name, gone.bare) == ("no_such_database", False)


def test_a_user_who_may_not_make_the_tables_is_told_who_does(empty_url: str) -> None:
    reader = f"{make_url(empty_url).database}_reader"
    raw.tell(empty_url, f"CREATE ROLE {reader} LOGIN PASSWORD 'sesame'", "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    try:
        mend = mend_of(elsewhere(empty_url, username=reader, password="sesame"), "not_permitted")
    finally:
        raw.tell(empty_url, f"DROP ROLE {reader}")

    assert "db upgrade" in mend
    assert raw.ask(empty_url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []


def test_an_error_shows_no_password(shared_url: str) -> None:
    secret = elsewhere(shared_url, database="no_such_database", password="sesame")

    with pytest.raises(StoreError) as caught:
        gongxiang.open_engine(secret).case("R-1")

    assert "sesame" not in str(caught.value)
    assert "no_such_database" in str(caught.value)


def test_an_event_is_held_against_its_chain_where_no_schema_is_searched(shared_url: str) -> None:
    """As in a dump, which names the schema of each table."""
    engine = acts.engine(shared_url)
    acts.request(engine)
    rest = "happened_at, recorded_at, kind, name, actor, rules, body"
    copy = "INSERT INTO public.gongxiang_event SELECT 'R-1', seq + 1, {}, {}, 'hash' FROM public.gongxiang_event"

    raw.tell(shared_url, "SET search_path = ''", copy.format(rest, "hash") + " WHERE case_id = 'R-1'")

    assert raw.ask(shared_url, "SELECT seq FROM gongxiang_event WHERE case_id = 'R-1' ORDER BY 1") == [(1,), (2,)]


def test_the_same_url_without_a_driver_is_taken_too(shared_url: str) -> None:
    acts.request(acts.engine(elsewhere(shared_url, drivername="postgresql")))

    assert gongxiang.open_engine(shared_url).case("R-1", now=NOW).state == "awaiting_reply"
