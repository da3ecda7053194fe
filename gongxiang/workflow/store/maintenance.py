"""A database opened by whoever keeps its tables: alone, once, and whatever version they are of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from gongxiang.errors import BadInput, Reason, Text
from gongxiang.workflow.store.connection import BUSY_SECONDS, open_database, server_of, shown
from gongxiang.workflow.store.driver import Server
from gongxiang.workflow.store.faults import is_to_repeat, plain_errors, sqlstate
from gongxiang.workflow.store.sqlite import is_in_memory, missing_file
from gongxiang.workflow.store.turns import repeated

Result = TypeVar("Result")
Do = Callable[[Connection, Server], Result]

MADE_MEANWHILE = ("23505", "42P07", "42710")
"""sqlstate of what another has made first: a row, a table, a trigger (errcodes-appendix of PostgreSQL)."""


def reading(url: str, do: Do[Result]) -> Result:
    """Return what `do` returns, done in a transaction that only reads. Raises BadInput where there is no database."""
    engine = open_database(url)
    _refuse_missing(url)
    server = server_of(engine.dialect.name, in_memory=is_in_memory(url))
    try:
        with plain_errors(shown(url)), engine.connect() as connection:
            server.begin(connection, writes=False)
            with connection.begin():
                return do(connection, server)
    finally:
        engine.dispose()


def writing(url: str, do: Do[Result], busy_seconds: float = BUSY_SECONDS) -> Result:
    """Return what `do` returns, done in one transaction; again where another was in its way.

    Raises BadInput where there is no database, DatabaseLocked where somebody holds it for longer than `busy_seconds`.
    """
    engine = open_database(url, busy_seconds)
    _refuse_missing(url)
    server = server_of(engine.dialect.name, busy_seconds, in_memory=is_in_memory(url))

    def once(_: int) -> Result:
        with engine.connect() as connection:
            server.begin(connection, writes=True)
            # What finds a transaction begun leaves it to us to end it: Alembic too.
            with connection.begin():
                if server.locks_rows:
                    _set_patience(connection, busy_seconds)
                return do(connection, server)

    def asks(error: DBAPIError, _: int) -> bool:
        return sqlstate(error.orig) in MADE_MEANWHILE or is_to_repeat(error)

    try:
        with plain_errors(shown(url)):
            return repeated(once, (DBAPIError,), asks)
    finally:
        engine.dispose()


def _set_patience(connection: Connection, busy_seconds: float) -> None:
    """Wait for another no longer than allowed, but let what is done take its time."""
    setting = text("SELECT set_config(:name, :value, true)")
    for name, value in (("lock_timeout", int(busy_seconds * 1000)), ("statement_timeout", 0)):
        connection.execute(setting, {"name": name, "value": str(value)})


def _refuse_missing(url: str) -> None:
    """Raise BadInput for a file that does not exist: a name mistyped makes no database."""
    if (missing := missing_file(url)) is None:
        return
    raise BadInput(
        Reason(
            "no_such_database",
            Text(f"没有数据库“{missing}”", f"there is no database '{missing}'"),
            None,
            Text("请核对 --db 或 GONGXIANG_DB", "check --db or GONGXIANG_DB"),
        )
    )
