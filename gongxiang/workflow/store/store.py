"""A transaction writes everything of an act or nothing: ours by URL, or a part of the host's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.orm import Session, scoped_session

from gongxiang.workflow.store.connection import (
    BUSY_SECONDS,
    WRITES,
    begin_in_session,
    create_tables,
    has_tables,
    is_in_memory,
    open_database,
    shown,
)
from gongxiang.workflow.store.faults import plain_errors
from gongxiang.workflow.store.transaction import Transaction
from gongxiang.workflow.store.turns import Queue

HostSession = Session | scoped_session[Session]
"""What a host may pass: a Session of SQLAlchemy or SQLModel, or a scoped one."""

Item = TypeVar("Item")


class Store:
    """One database: ours by URL, or the host's through its session (then the host commits or rolls back)."""

    def __init__(self, url: str = "", session: HostSession | None = None, busy_seconds: float = BUSY_SECONDS) -> None:
        self._session = session
        self._engine = None if session is not None else open_database(url, busy_seconds)
        self.url = "session" if session is not None else shown(url)
        self._in_memory = session is None and is_in_memory(url)
        self._busy_seconds = busy_seconds
        self._queue = Queue()
        self._prepared = False

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Open a transaction that writes: committed at the end, rolled back whole on any error.

        In a host's session it is a savepoint: a refused act undoes what it did and leaves the host's transaction
        usable.
        """
        with plain_errors(self.url):
            if self._session is not None:
                connection = self._session.connection()
                begin_in_session(connection)
                with connection.begin_nested():
                    if not has_tables(connection, self.url, shared=True):
                        create_tables(connection)
                    yield Transaction(connection)
                return
            self._prepare()
            with self._writing() as connection:
                yield Transaction(connection)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Open a transaction that only reads: one snapshot, waiting for nobody."""
        with plain_errors(self.url):
            if self._session is not None:
                connection = self._session.connection()
                if not has_tables(connection, self.url, shared=True):
                    begin_in_session(connection)
                    create_tables(connection)
                yield Transaction(connection)
                return
            self._prepare()
            with self._reading() as connection:
                yield Transaction(connection)

    def stream(self, rows: Callable[[Transaction], Iterator[Item]]) -> Iterator[Item]:
        """Yield what `rows` reads, without holding it all in memory where the database is a file or a server of ours.

        One in memory has one connection, and a host's session too: there the reading ends before the first row is
        given out, so that whoever looks at it may write meanwhile.
        """
        with self.read() as transaction:
            if self._engine is not None and not self._in_memory:
                yield from rows(transaction)
                return
            kept = list(rows(transaction))
        yield from kept

    def close(self) -> None:
        """Give back every connection of ours; the host's session stays the host's."""
        self._prepared = False
        if self._engine is not None:
            self._engine.dispose()

    def _prepare(self) -> None:
        """See that the database is ours, creating the tables in a transaction of their own where there are none."""
        if self._prepared:
            return
        with self._reading() as connection:
            found = has_tables(connection, self.url, shared=False)
        if not found:
            with self._writing() as connection:
                if not has_tables(connection, self.url, shared=False):
                    create_tables(connection)
        self._prepared = True

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        assert self._engine is not None
        with (
            self._queue.turn(self._busy_seconds, self.url) if self._engine.name == "sqlite" else nullcontext(),
            self._engine.connect().execution_options(**{WRITES: True}) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        assert self._engine is not None
        with (
            self._queue.turn(self._busy_seconds, self.url) if self._in_memory else nullcontext(),
            self._engine.connect().execution_options(**{WRITES: False}) as connection,
            connection.begin(),
        ):
            yield connection
