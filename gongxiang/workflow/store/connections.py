"""The open connections of one database, each lent to one unit of work at a time.

SQLAlchemy's pool makes and opens them. Given back there after each step and taken out for the next, a connection costs
a twentieth of the step; so who is done leaves it here for whoever comes next.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import TimeoutError

KEPT = 5
"""How many wait here for the next; the others go back to the pool, which keeps as many."""

PATIENCE_SECONDS = 30.0
"""How long a thread waits for another to be done with its connection."""


class Connections:
    """Lends connections that are in no transaction, to several threads, `most` at a time; after a fork, once told so
    (`begin_anew`).
    """

    def __init__(self, engine: Engine, most: int) -> None:
        self._engine, self._most = engine, most
        self._free, self._lock = Semaphore(most), Lock()
        self._idle: list[Connection] = []

    def begin_anew(self) -> None:
        """Forget the connections of the process that this one was forked from: both would speak over one wire."""
        self._free, self._lock = Semaphore(self._most), Lock()
        self._idle = []
        self._engine.dispose(close=False)

    @contextmanager
    def lend(self) -> Iterator[Connection]:
        """Lend a connection; one that saw an error is not lent again. Raises TimeoutError where too many are lent."""
        free = self._free
        if not free.acquire(timeout=PATIENCE_SECONDS):
            raise TimeoutError("too many connections at a time")
        try:
            yield from self._lent()
        finally:
            free.release()

    def _lent(self) -> Iterator[Connection]:
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
            sound = not connection.invalidated
        finally:
            if not (sound and self._has_kept(connection, idle)):
                connection.close()

    def _has_kept(self, connection: Connection, idle: list[Connection]) -> bool:
        """Keep a connection for the next, unless there are enough, or all were closed since it was lent."""
        with self._lock:
            keeps = idle is self._idle and len(idle) < KEPT
            if keeps:
                idle.append(connection)
            return keeps

    def close(self) -> None:
        """Close all that are not lent; those that are, when they come back."""
        with self._lock:
            idle, self._idle = self._idle, []
        while idle:
            idle.pop().close()
        self._engine.dispose()
