"""Everything that only PostgreSQL, or what speaks its protocol, needs.

No advisory locks, no sequences: nothing that a distributed engine of its kind lacks (docs/how-to/postgresql.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Column, Connection, Engine, Table, create_engine, event, text
from sqlalchemy.dialects.postgresql import dialect
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from gongxiang.workflow.store.changes import MOVED, Changes, Values
from gongxiang.workflow.store.driver import Overtaken, flat, names, say
from gongxiang.workflow.store.faults import sqlstate
from gongxiang.workflow.store.schema import CASE, DEADLINE, EVENT, KEY, LEAF, OUTBOX, PREFIX, RULE_BOOK, SEAL, TWIN

FEW = 4
"""Up to so many rows of a table are written value by value; more of them column by column, as arrays."""

# sqlstate (postgresql.org/docs/current/errcodes-appendix.html): a row stands there already; our own guard.
UNIQUE_VIOLATION, DIVISION_BY_ZERO = "23505", "22012"

CURSOR = "gongxiang_cursor"
_FUNCTION = f"{PREFIX}append_only"
_REFUSAL = "BEGIN RAISE EXCEPTION 'the ledger is append-only'; END"
_TRIGGERS = {
    f"{table.name}_no_{what}": (when, table.name, each)
    for table in (EVENT, LEAF, SEAL)
    for what, when, each in (
        ("update", "BEFORE DELETE OR UPDATE ON", "ROW"),
        ("truncate", "BEFORE TRUNCATE ON", "STATEMENT"),
    )
}
_ENABLED = "O"
"""How the catalogue marks a trigger that fires (pg_trigger.tgenabled)."""

APPEND_ONLY = (
    f"CREATE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $${_REFUSAL}$$",
    *(
        f"CREATE TRIGGER {name} {when} {table} FOR EACH {each} EXECUTE FUNCTION {_FUNCTION}()"
        for name, (when, table, each) in _TRIGGERS.items()
    ),
)


class PostgreSQL:
    """A server of its own, for many processes on many machines."""

    locks_rows = True

    def begin(self, connection: Connection, *, writes: bool) -> None:
        """Begin a transaction: READ COMMITTED with row locks to write, one snapshot to read."""
        say(connection, "BEGIN" if writes else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def begin_in_session(self, connection: Connection) -> None:
        """The host's transaction begins with its first statement."""

    def say(self, connection: Connection, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Run a statement; return its rows."""
        rows: list[tuple[Any, ...]] = self._said(connection, statement, values).fetchall()
        return rows

    def insert(self, connection: Connection, table: Table, rows: Sequence[Values], otherwise: str = "") -> int:
        """Add rows, in one statement; return how many."""
        if not rows:
            return 0
        given = _rows(tuple(table.columns), 0)
        statement = f"INSERT INTO {table.name} ({names(table)}) SELECT * FROM {given} {otherwise}"
        return int(self._said(connection, statement, [list(column) for column in zip(*rows, strict=True)]).rowcount)

    def delete(self, connection: Connection, column: Column[Any], values: Sequence[Any]) -> None:
        """Remove the rows whose column has one of the values."""
        self._said(connection, f"DELETE FROM {column.table} WHERE {column.name} = ANY (?)", [list(values)])

    def write(self, connection: Connection, changes: Changes) -> None:
        """Write everything in one statement, which alone is a transaction. Raises Overtaken."""
        parts = [(name, rows) for name in _PARTS if (rows := getattr(changes, name))]
        if not parts:
            return
        values: list[Any] = []
        for _, rows in parts:
            values += flat(rows) if len(rows) <= FEW else [list(column) for column in zip(*rows, strict=True)]
        shape = tuple((name, len(rows) if len(rows) <= FEW else 0) for name, rows in parts)
        try:
            self._said(connection, statement(shape), [*values, len(changes.moved) + len(changes.turns)])
        except DBAPIError as error:
            if sqlstate(error.orig) in (UNIQUE_VIOLATION, DIVISION_BY_ZERO):
                raise Overtaken from error
            raise

    def _said(self, connection: Connection, statement: str, values: Sequence[Any]) -> Any:
        """Run a statement; return the cursor."""
        return say(connection, placed(statement, numbered=_takes_numbers(connection)), values, _cursor)

    def guard(self, connection: Connection) -> None:
        """Let nobody change or remove an event, a leaf or a seal, nor empty their tables."""
        for one in APPEND_ONLY:
            connection.execute(text(one))

    def guards(self, connection: Connection) -> tuple[dict[str, str], dict[str, str]]:
        """Return by name the triggers that there should be, and those that there are, with what they run."""
        (schema,) = connection.execute(text("SELECT current_schema()")).one()
        wanted = {
            name: f"{_ENABLED} CREATE TRIGGER {name} {when} {schema}.{table} FOR EACH {each} "
            f"EXECUTE FUNCTION {_FUNCTION}() {_REFUSAL}"
            for name, (when, table, each) in _TRIGGERS.items()
        }
        found = connection.execute(
            text(
                "SELECT t.tgname, concat_ws(' ', t.tgenabled, pg_get_triggerdef(t.oid), trim(p.prosrc)) AS told"
                " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
                " JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE NOT t.tgisinternal AND starts_with(c.relname, :ours) AND n.nspname = current_schema()"
            ),
            {"ours": PREFIX},
        )
        return wanted, {row.tgname: row.told for row in found}


def open_server(url: URL) -> Engine:
    """Return an engine for the server; nothing is connected yet. Every transaction is begun and ended by us."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_reset_on_return=None)

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        # What is said over and over is found by its key: planning it anew for each value finds nothing better.
        try:
            connection.execute("SET plan_cache_mode = force_generic_plan")
        except engine.dialect.loaded_dbapi.Error:
            if connection.closed:
                raise
            # An engine of PostgreSQL's kind may not know the setting.

    return engine


def _takes_numbers(connection: Connection) -> bool:
    """Return whether the driver has a cursor that takes `$1` as the server does; one that a host uses may not."""
    return connection.dialect.driver == "psycopg"


def _cursor(connection: Connection) -> Any:
    """Return the connection's one cursor: psycopg's raw one, which converts nothing, where the driver is psycopg."""
    kept = connection.info.get(CURSOR)
    if kept is None:
        kept = connection.info[CURSOR] = (
            _raw(connection) if _takes_numbers(connection) else connection.connection.cursor()
        )
    return kept


def _raw(connection: Connection) -> Any:
    from psycopg import RawCursor
    from psycopg.types.array import ListBinaryDumper

    cursor = RawCursor(cast(Any, connection.connection.dbapi_connection))
    cursor.adapters.register_dumper(list, ListBinaryDumper)  # of many texts a hundredth of the cost
    return cursor


@lru_cache(maxsize=512)
def placed(statement: str, *, numbered: bool) -> str:
    """Return a statement with the places of its values as the driver marks them, each `?` in turn."""
    if not numbered:
        return statement.replace("?", "%s")
    first, *rest = statement.split("?")
    return first + "".join(f"${number}{part}" for number, part in enumerate(rest, start=1))


_PARTS = ("moved", "turns", "opened", "events", "started", "changed", "keys", "books", "outbox")
_INTO = {"opened": CASE, "events": EVENT, "started": DEADLINE, "keys": KEY, "books": RULE_BOOK, "outbox": OUTBOX}
_TYPES = dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy does not annotate it


@lru_cache(maxsize=512)
def statement(shape: tuple[tuple[str, int], ...]) -> str:
    """Return the statement that writes rows of that shape: (part, number of rows, or 0 for columns given as arrays).

    It ends with a division that fails, and the whole with it, unless every case still stood at the version that was
    seen and every turn was still free. That is counted first, so the row of the case is locked before its children.
    """
    parts = ", ".join(f"{name} AS ({_part(name, count)})" for name, count in shape)
    held = " + ".join(f"(SELECT count(*) FROM {name})" for name, _ in shape if name in ("moved", "turns")) or "0"
    return f"WITH {parts} SELECT 1 / (CASE WHEN {held} = ? THEN 1 ELSE 0 END)"


def _part(name: str, count: int) -> str:
    if name == "moved":
        rest = [column.name for column in MOVED[1:]]
        rows = _rows((*MOVED, Column("was", CASE.c.version.type)), count)
        return (
            f"UPDATE {CASE.name} AS c SET ({', '.join(rest)}) = ROW ({', '.join(f'v.{one}' for one in rest)})"
            f" FROM {rows} WHERE c.case_id = v.case_id AND c.version = v.was RETURNING 1"
        )
    if name == "changed":
        rest = DEADLINE.columns.keys()[2:]
        return (
            f"UPDATE {DEADLINE.name} AS d SET ({', '.join(rest)}) = ROW ({', '.join(f'v.{one}' for one in rest)})"
            f" FROM {_rows(tuple(DEADLINE.columns), count)}"
            " WHERE d.case_id = v.case_id AND d.limit_id = v.limit_id RETURNING 1"
        )
    if name == "turns":
        return (
            f"INSERT INTO {TWIN.name} AS t (twin, turn)"
            f" SELECT v.twin, v.turn + 1 FROM {_rows(tuple(TWIN.columns), count)}"
            " ON CONFLICT (twin) DO UPDATE SET turn = excluded.turn WHERE t.turn = excluded.turn - 1 RETURNING 1"
        )
    table = _INTO[name]
    again = " ON CONFLICT DO NOTHING" if table is RULE_BOOK else ""
    rows = _rows(tuple(table.columns), count)
    return f"INSERT INTO {table.name} ({names(table)}) SELECT * FROM {rows}{again} RETURNING 1"


def _rows(columns: tuple[Column[Any], ...], count: int) -> str:
    """Return a table expression `v` of `count` rows given value by value, or of columns given as arrays."""
    types = [column.type.dialect_impl(_TYPES).compile(_TYPES) for column in columns]
    told = ", ".join(column.name for column in columns)
    if not count:
        return f"unnest({', '.join(f'?::{one}[]' for one in types)}) AS v({told})"
    row = f"({', '.join(f'?::{one}' for one in types)})"
    return f"(VALUES {', '.join([row] * count)}) AS v({told})"
