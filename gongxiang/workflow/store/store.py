"""A transaction writes everything of an act or nothing: ours by URL, or a part of the host's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from threading import get_ident
from typing import TypeVar
from weakref import WeakSet

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, scoped_session

from gongxiang.errors import BadInput, Reason, Text
from gongxiang.workflow.store.connection import (
    BUSY_SECONDS,
    create_tables,
    has_tables,
    open_database,
    server_of,
    shown,
)
from gongxiang.workflow.store.connections import Connections
from gongxiang.workflow.store.driver import Overtaken, end
from gongxiang.workflow.store.faults import (
    connection_lost,
    is_disconnected,
    is_to_repeat,
    overtaken,
    plain_errors,
)
from gongxiang.workflow.store.sqlite import is_in_memory
from gongxiang.workflow.store.transaction import Transaction
from gongxiang.workflow.store.turns import Queue, repeated

HostSession = Session | scoped_session[Session]
"""What a host may pass: a Session of SQLAlchemy or SQLModel, or a scoped one."""

Item = TypeVar("Item")
IN_USE = "gongxiang_in_use"
"""In a host's session (`Session.info`): which thread is at work there."""


class Store:
    """One database: ours by URL, or the host's through its session (then the host commits or rolls back)."""

    def __init__(self, url: str = "", session: HostSession | None = None, busy_seconds: float = BUSY_SECONDS) -> None:
        self._session = session
        self._engine = None if session is not None else open_database(url, busy_seconds)
        self._in_memory = session is None and is_in_memory(url)
        dialect = session.get_bind().dialect.name if session is not None else self._own.dialect.name
        self._server = server_of(dialect, busy_seconds, in_memory=self._in_memory)
        most = self._server.most_connections
        self._connections = Connections(self._engine, most) if self._engine is not None else None
        self.url = "session" if session is not None else shown(url)
        self._busy_seconds = busy_seconds
        self._queue = Queue()
        self._prepared = False
        self._kept: set[str] = set()
        self._seen_in: object = None
        _STORES.add(self)

    @property
    def _own(self) -> Engine:
        assert self._engine is not None
        return self._engine

    @property
    def _open(self) -> Connections:
        assert self._connections is not None
        return self._connections

    @property
    def hosted(self) -> bool:
        """Whether everything here is a part of a host's transaction."""
        return self._session is not None

    def unit(self, do: Callable[[Transaction], Item], *, locks: bool = False) -> Item:
        """Return what `do` returns: it reads, decides, and writes once at its end, everything or nothing.

        It first reads without any lock, so that who decides holds up nobody; where somebody else has written meanwhile
        it is done again, now holding what it reads (with `locks` from the first time on). So it may run several times,
        and does nothing but through its transaction. In a host's session it is a savepoint: a refused act undoes what
        it did and leaves the host's transaction usable. Raises Conflict where others are always first.
        """
        alone = locks or self._session is not None or self._in_memory

        def once(again: int) -> Item:
            return self._locked(do) if again or alone else self._unlocked(do)

        with plain_errors(self.url):
            try:
                return repeated(once, (Overtaken, DBAPIError), self._asks_again)
            except Overtaken as error:
                raise overtaken(error) from error

    def _asks_again(self, error: Overtaken | DBAPIError, again: int) -> bool:
        """Return whether a unit that ended so is done again: somebody else wrote first, the server broke it off, or it
        was restarted since the connection was made.
        """
        if isinstance(error, Overtaken):
            return True
        stale = is_disconnected(error) and not again
        return self._session is None and (stale or is_to_repeat(error))

    def _unlocked(self, do: Callable[[Transaction], Item]) -> Item:
        self._prepare()
        transaction: Transaction | None = None
        try:
            with self._open.lend() as connection:
                writing = partial(self._at_once, connection)
                transaction = Transaction(connection, self._server, writing=writing, kept=self._kept)
                return do(transaction)
        except DBAPIError as error:
            if is_disconnected(error):
                self._open.close()  # the other connections waiting there are as old
                if transaction is not None and transaction.wrote:
                    # Perhaps it is recorded and perhaps not: only the caller's key can tell.
                    raise connection_lost(self.url) from error
            raise

    @contextmanager
    def _at_once(self, connection: Connection) -> Iterator[None]:
        """What surrounds the one write of a unit that has read without a transaction."""
        if self._server.locks_rows:
            yield  # one statement, which is a transaction by itself
            return
        with self._queue.turn(self._busy_seconds, self.url), self._transaction(connection, writes=True):
            yield

    def _locked(self, do: Callable[[Transaction], Item]) -> Item:
        decided = list[Item]()
        try:
            with self._held() as transaction:
                decided.append(do(transaction))
        except DBAPIError as error:
            if decided and self._session is None and is_disconnected(error):
                raise connection_lost(self.url) from error  # at its COMMIT: see above
            raise
        return decided[0]

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Open a transaction that holds what it reads: committed at the end, rolled back whole on any error.

        In a host's session it is a savepoint. Raises Conflict where somebody else has written first.
        """
        with plain_errors(self.url):
            try:
                with self._held() as transaction:
                    yield transaction
            except Overtaken as error:
                raise overtaken(error) from error

    @contextmanager
    def _held(self) -> Iterator[Transaction]:
        if self._session is not None:
            with self._in_one_thread():
                connection = self._session.connection()
                self._server.begin_in_session(connection)
                with connection.begin_nested():
                    self._prepare_shared(connection)
                    yield Transaction(connection, self._server, locks=True)
            return
        self._prepare()
        with self._writing() as connection:
            yield Transaction(connection, self._server, locks=True)

    @contextmanager
    def claiming(
        self, pick: Callable[[Transaction], Item], hold: Callable[[Transaction, Item], None]
    ) -> Iterator[tuple[Transaction, Item]]:
        """Open a transaction to work at what `pick` finds, after `hold` has written so in one of its own.

        Where several may write, what is picked is locked before it is held, so two never hold the same at a time and
        whoever finds something held finds what somebody left unfinished. In SQLite, where one writes at a time, two
        may: then the second finds nothing left to do.
        """
        if self._server.locks_rows or self._session is not None or self._in_memory:
            with self.write() as transaction:
                picked = pick(transaction)
                if picked and self._session is None and not self._in_memory:
                    with self.write() as aside:
                        hold(aside, picked)
                yield transaction, picked
            return
        with self.read() as transaction:
            picked = pick(transaction)
            if not picked:
                yield transaction, picked
                return
        with self.write() as transaction:
            hold(transaction, picked)
        with self.write() as transaction:
            yield transaction, picked

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Open a transaction that only reads: one snapshot, waiting for nobody."""
        with plain_errors(self.url):
            if self._session is not None:
                with self._in_one_thread():
                    connection = self._session.connection()
                    self._prepare_shared(connection)
                    yield Transaction(connection, self._server)
                return
            self._prepare()
            with self._reading() as connection:
                yield Transaction(connection, self._server)

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

    @contextmanager
    def _in_one_thread(self) -> Iterator[None]:
        """Refuse a host's session that another thread is at work in: what both wrote would be a part of neither."""
        session = self._host
        nested = session.info.get(IN_USE) == get_ident()
        if session.info.setdefault(IN_USE, get_ident()) != get_ident():
            raise BadInput(
                Reason(
                    "session_in_use",
                    Text("此 session 正在另一线程中使用", "another thread is at work in this session"),
                    None,
                    Text("请给每个线程各自的 session", "give each thread a session of its own"),
                )
            )
        try:
            yield
        finally:
            if not nested:
                del session.info[IN_USE]

    @property
    def _host(self) -> Session:
        assert self._session is not None
        return self._session() if isinstance(self._session, scoped_session) else self._session

    def begin_anew(self) -> None:
        """Forget the connections of the process that this one was forked from."""
        self._queue = Queue()
        if self._connections is not None and not self._in_memory:
            self._connections.begin_anew()

    def close(self) -> None:
        """Give back every connection of ours; the host's session stays the host's."""
        self._prepared = False
        if self._connections is not None:
            self._connections.close()

    def _prepare(self) -> None:
        """See that the database is ours, creating the tables in a transaction of their own where there are none."""
        if self._prepared:
            return
        with self._reading() as connection:
            found = has_tables(connection, self.url, shared=False)
        if not found:
            self._create()
        self._prepared = True

    def _create(self) -> None:
        """Create the tables; of several who do so at once one is first, and the others find them."""

        def once(_: int) -> None:
            with self._writing() as connection:
                if not has_tables(connection, self.url, shared=False):
                    create_tables(connection, self._server)

        repeated(once, (DBAPIError,), lambda error, _: self._server.locks_rows and not is_disconnected(error))

    def _prepare_shared(self, connection: Connection) -> None:
        """The same in a host's transaction. It may yet roll back the tables that it found or made: only what was seen
        in one transaction and stands in the next is there to stay.
        """
        if self._prepared:
            return
        transaction = self._host.get_transaction()
        if has_tables(connection, self.url, shared=True):
            self._prepared = self._seen_in not in (None, transaction)
        else:
            self._server.begin_in_session(connection)
            create_tables(connection, self._server)
        self._seen_in = transaction

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with (
            nullcontext() if self._server.locks_rows else self._queue.turn(self._busy_seconds, self.url),
            self._open.lend() as connection,
            self._transaction(connection, writes=True),
        ):
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with (
            self._queue.turn(self._busy_seconds, self.url) if self._in_memory else nullcontext(),
            self._open.lend() as connection,
            self._transaction(connection, writes=False),
        ):
            yield connection

    @contextmanager
    def _transaction(self, connection: Connection, *, writes: bool) -> Iterator[None]:
        try:
            self._server.begin(connection, writes=writes)
        except DBAPIError as error:
            if not is_disconnected(error):
                raise
            self._open.close()  # the server was restarted since: nothing was done yet, so it is done anew
            self._server.begin(connection, writes=writes)
        done = False
        try:
            yield
            done = True
        finally:
            end(connection, commit=done)


_STORES: WeakSet[Store] = WeakSet()


def _begin_anew() -> None:
    for store in list(_STORES):
        store.begin_anew()


if hasattr(os, "register_at_fork"):  # where processes can be forked
    os.register_at_fork(after_in_child=_begin_anew)
