"""Everything that only SQLite needs: its file, its settings, its one writer at a time."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Engine, Table, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.pool import StaticPool

from gongxiang.workflow.ledger import GENESIS
from gongxiang.workflow.store.changes import MOVED, Changes, Values
from gongxiang.workflow.store.driver import CONTINUES, Overtaken, Unchained, converted, names, say, translated
from gongxiang.workflow.store.faults import is_busy
from gongxiang.workflow.store.schema import CASE, DEADLINE, EVENT, KEY, LEAF, OUTBOX, PREFIX, RULE_BOOK, SEAL, TWIN
from gongxiang.workflow.store.turns import tries

WAL, IMPATIENT, CURSOR = "gongxiang_wal", "gongxiang_impatient", "gongxiang_cursor"

_REFUSAL = "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
_APPEND_ONLY = tuple(
    f"CREATE TRIGGER {table.name}_no_{what} BEFORE {when} ON {table.name} {condition}{_REFUSAL}"
    for table, same in (
        (EVENT, "case_id = NEW.case_id AND seq = NEW.seq"),
        (LEAF, "place = NEW.place"),
        (SEAL, "number = NEW.number"),
    )
    for what, when, condition in (
        ("update", "UPDATE", ""),
        ("delete", "DELETE", ""),
        # INSERT OR REPLACE deletes without asking the trigger above (sqlite.org/pragma.html#pragma_recursive_triggers).
        ("replace", "INSERT", f"WHEN EXISTS (SELECT 1 FROM {table.name} WHERE {same}) "),
    )
)
_LAST = f"SELECT hash FROM {EVENT.name} WHERE case_id = NEW.case_id AND seq = NEW.seq - 1"
GUARDS = (
    *_APPEND_ONLY,
    f"CREATE TRIGGER {EVENT.name}_continues BEFORE INSERT ON {EVENT.name}"
    f" WHEN NEW.prev IS NOT CASE NEW.seq WHEN 1 THEN '{GENESIS}' ELSE ({_LAST}) END"
    f" BEGIN SELECT RAISE(ABORT, '{CONTINUES}'); END",
)


class SQLite:
    """A file, or the memory of this process.

    `busy_seconds`: how long a writer waits for another process before DatabaseLocked.
    """

    locks_rows = False
    most_connections = sys.maxsize

    def __init__(self, busy_seconds: float, *, in_memory: bool) -> None:
        self._busy_seconds = busy_seconds
        self._in_memory = in_memory

    def begin(self, connection: Connection, *, writes: bool) -> None:
        """Begin a transaction. One that writes begins IMMEDIATE, so two writers never read the same row before one of
        them writes it; one that reads waits for nobody.

        Only who writes sets the journal mode: it stays in the file, and a reader leaves the file as it is.
        """
        if not writes:
            say(connection, "BEGIN", cursor=_cursor)
            return
        if not self._in_memory and not connection.info.get(WAL):
            self._switch_to_wal(connection)
        self._begin_writing(connection)

    def begin_in_session(self, connection: Connection) -> None:
        """Python's SQLite driver begins a transaction only at the first INSERT or UPDATE: what was read before may be
        stale by then, and a savepoint outside a transaction would commit when it is released.
        """
        if not connection.connection.dbapi_connection.in_transaction:  # type: ignore[union-attr]  # sqlite3's own attribute
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    def say(self, connection: Connection, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Run a statement; return its rows."""
        rows: list[tuple[Any, ...]] = say(connection, statement, values, _cursor).fetchall()
        return rows

    def insert(self, connection: Connection, table: Table, rows: Sequence[Values], otherwise: str = "") -> int:
        """Add rows; return how many."""
        return self._each(connection, f"{_insert_into(table)} {otherwise}", tuple(table.columns), rows)

    def delete(self, connection: Connection, column: Column[Any], values: Sequence[Any]) -> None:
        """Remove the rows whose column has one of the values."""
        statement = f"DELETE FROM {column.table} WHERE {column.name} = ?"
        self._each(connection, statement, (column,), [(value,) for value in values])

    def write(self, connection: Connection, changes: Changes) -> None:
        """Write everything inside the transaction. Raises Overtaken, Unchained."""
        try:
            for statement, columns, rows in (
                (_MOVE, _MOVE_COLUMNS, changes.moved),
                (_TURN, _TURN_COLUMNS, changes.turns),
            ):
                if self._each(connection, statement, columns, rows) != len(rows):
                    raise Overtaken
            for statement, columns, rows in (
                (_CHANGE, _CHANGE_COLUMNS, changes.changed),
                (*_ADD_CASE, changes.opened),
                (*_ADD_EVENT, changes.events),
                (*_ADD_DEADLINE, changes.started),
                (*_ADD_KEY, changes.keys),
                (*_ADD_OUTBOX, changes.outbox),
                (*_ADD_BOOK, changes.books),
            ):
                self._each(connection, statement, columns, rows)
        except IntegrityError as error:
            raise (Unchained if CONTINUES in str(error.orig) else Overtaken) from error

    def _each(
        self, connection: Connection, statement: str, columns: tuple[Column[Any], ...], rows: Sequence[Values]
    ) -> int:
        """Run a statement once a row; return how many rows it reached."""
        if not rows:
            return 0
        cursor = _cursor(connection)
        try:
            cursor.executemany(statement, converted(columns, connection.dialect, rows))
        except connection.dialect.loaded_dbapi.Error as error:
            raise translated(connection, statement, error) from error
        return int(cursor.rowcount)

    def guard(self, connection: Connection) -> None:
        """Let nobody change, remove or replace an event, a leaf or a seal, nor add an event that does not follow the
        last one of its chain.
        """
        for trigger in GUARDS:
            connection.execute(text(trigger))

    def guards(self, connection: Connection) -> tuple[dict[str, str], dict[str, str]]:
        """Return by name the triggers that there should be, and those that there are, as they were written."""
        query = text(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            " AND (instr(lower(tbl_name), :ours) OR instr(lower(sql), :ours)) ORDER BY name"
        )
        found = connection.execute(query, {"ours": PREFIX})
        return {one.split()[2]: one for one in GUARDS}, {row.name: str(row.sql) for row in found}

    def _switch_to_wal(self, connection: Connection) -> None:
        """Several processes may create a database at once; SQLite does not wait for this switch, so we do."""
        for again in tries(self._busy_seconds):
            try:
                say(connection, "PRAGMA journal_mode=WAL")
            except OperationalError as error:
                if not again or not is_busy(error.orig):
                    raise
            else:
                connection.info[WAL] = True
                return

    def _begin_writing(self, connection: Connection) -> None:
        if not connection.info.get(IMPATIENT):
            # SQLite's own waiting is unfair (turns.py); a connection that is open finds a reader in nobody's way.
            say(connection, "PRAGMA busy_timeout=0")
            connection.info[IMPATIENT] = True
        for again in tries(self._busy_seconds):
            try:
                say(connection, "BEGIN IMMEDIATE", cursor=_cursor)
            except OperationalError as error:
                if not again or not is_busy(error.orig):
                    raise
            else:
                return


_MOVE_COLUMNS = (*MOVED, CASE.c.version)
# The values come in the order of the columns: numbered places let a statement take them in its own.
_MOVE = (
    f"UPDATE {CASE.name} SET {', '.join(f'{one.name} = ?{n}' for n, one in enumerate(MOVED[1:], start=2))}"
    f" WHERE case_id = ?1 AND version = ?{len(_MOVE_COLUMNS)}"
)
_CHANGE = (
    f"UPDATE {DEADLINE.name}"
    f" SET {', '.join(f'{one} = ?{n}' for n, one in enumerate(DEADLINE.columns.keys()[2:], start=3))}"
    " WHERE case_id = ?1 AND limit_id = ?2"
)
_TURN = (
    f"INSERT INTO {TWIN.name} (twin, turn) VALUES (?1, ?2 + 1)"
    f" ON CONFLICT (twin) DO UPDATE SET turn = excluded.turn WHERE {TWIN.name}.turn = excluded.turn - 1"
)


@cache
def _insert_into(table: Table) -> str:
    return f"INSERT INTO {table.name} ({names(table)}) VALUES ({', '.join('?' * len(table.columns))})"


_TURN_COLUMNS, _CHANGE_COLUMNS = tuple(TWIN.columns), tuple(DEADLINE.columns)
_ADD_CASE, _ADD_EVENT, _ADD_DEADLINE, _ADD_KEY, _ADD_OUTBOX = (
    (_insert_into(table), tuple(table.columns)) for table in (CASE, EVENT, DEADLINE, KEY, OUTBOX)
)
_ADD_BOOK = f"{_insert_into(RULE_BOOK)} ON CONFLICT DO NOTHING", tuple(RULE_BOOK.columns)


def _cursor(connection: Connection) -> Any:
    """Return the connection's one cursor."""
    kept = connection.info.get(CURSOR)
    if kept is None:
        kept = connection.info[CURSOR] = connection.connection.cursor()
    return kept


def open_file(url: URL, busy_seconds: float) -> Engine:
    """Return an engine for the file; nothing is opened yet.

    WAL with full synchronisation: a commit that was acknowledged survives a kill at any instant. The driver's own
    transactions are switched off, for it begins them too late.
    """
    in_memory = is_in_memory(url)
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_reset_on_return=None,
        connect_args={"timeout": busy_seconds, "check_same_thread": False},
        **({"poolclass": StaticPool} if in_memory else {"max_overflow": -1}),
    )

    @event.listens_for(engine, "do_connect")
    def _on_opening(_dialect: Any, _record: Any, arguments: list[Any], named: dict[str, Any]) -> None:
        if not in_memory and is_sealed_copy(Path(str(arguments[0]))):
            arguments[0] = f"{Path(arguments[0]).absolute().as_uri()}?mode=ro&immutable=1"
            named["uri"] = True

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    return engine


def is_sealed_copy(path: Path) -> bool:
    """Return whether SQLite could not read the file though all of it is there.

    A file in WAL mode is read with the help of a second one, which cannot be made where neither the file nor its
    folder may be written (sqlite.org/wal.html#read_only_databases). Nobody else can write there either way, so it may
    be read as one that does not change; not with a write-ahead log beside it, for what that says would be left out.

    A file that somebody may write is never opened here: to close it would take from this process the locks that SQLite
    holds on it (sqlite.org/howtocorrupt.html, 2.2), and the next process to leave would throw away what is written.
    """
    effective = os.access in os.supports_effective_ids
    log, index = (path.with_name(f"{path.name}-{suffix}") for suffix in ("wal", "shm"))
    try:
        if any(os.access(one, os.W_OK, effective_ids=effective) for one in (path, path.parent)):
            return False
        if log.exists() and (log.stat().st_size or index.exists()):
            return False
        with path.open("rb") as file:
            return file.read(20)[18:20] == b"\x02\x02"
    except (OSError, ValueError):
        return False


def is_in_memory(url: str | URL) -> bool:
    """Return whether the URL names a database that lives in one connection of this process."""
    parsed = make_url(url)
    return parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:")


def missing_file(url: str) -> str | None:
    """Return the SQLite file that `url` names and that does not exist, ":memory:" for one in memory, None for any
    other database.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or (parsed.database or "").startswith("file:"):
        return None
    if is_in_memory(parsed):
        return ":memory:"
    return None if Path(str(parsed.database)).exists() else str(parsed.database)


def bare_file(url: str) -> str | None:
    """Return the SQLite file that `url` names and that holds no table of anybody's, None for any other database.

    Nothing is written. A file that is no sound database is not bare: opening it says what is wrong with it.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or is_in_memory(parsed) or str(parsed.database).startswith("file:"):
        return None
    path = Path(str(parsed.database)).absolute()
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        return None
    return None if tables else str(parsed.database)
