"""The open connections of one database, each lent to one unit of work at a time.

SQLAlchemy's pool makes and opens them. Given back there after each step and taken out for the next, a connection costs
a twentieth of the step; so who is done leaves it here for whoever comes next.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine


class Connections:
    """Lends connections that are in no transaction, to several threads; after a fork, once told so (`begin_anew`)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: list[Connection] = []

    @contextmanager
    def lend(self) -> Iterator[Connection]:
        """Lend a connection; one that saw an error is not lent again."""
        idle = self._idle
        try:
            connection = idle.pop()
        except IndexError:
            connection = self._engine.connect()
        sound = False
        try:
            yield connection
            if connection.in_transaction():  # SQLAlchemy's own notion of one; the driver's was ended by who began it
                connection.rollback()
            sound = idle is self._idle and not connection.invalidated
        finally:
            if sound:
                idle.append(connection)
            else:
                connection.close()

    def close(self) -> None:
        """Close all that are not lent; those that are, when they come back."""
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
        self._engine.dispose()

    def begin_anew(self) -> None:
        """Forget the connections of the process that this one was forked from: both would speak over one wire."""
        self._idle = []
        self._engine.dispose(close=False)
