"""Everything that only PostgreSQL, or what speaks its protocol, needs.

No advisory locks, no sequences: nothing that a distributed engine of its kind lacks (docs/how-to/postgresql.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Column, Connection, Engine, Table, create_engine, event, text
from sqlalchemy.dialects.postgresql import dialect
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from gongxiang.workflow.ledger import GENESIS
from gongxiang.workflow.store.changes import MOVED, Changes, Values
from gongxiang.workflow.store.driver import CONTINUES, Overtaken, Unchained, flat, names, say
from gongxiang.workflow.store.faults import sqlstate
from gongxiang.workflow.store.schema import CASE, DEADLINE, EVENT, KEY, LEAF, OUTBOX, PREFIX, RULE_BOOK, SEAL, TWIN

FEW = 4
"""Up to so many rows of a table are written value by value; more of them column by column, as arrays."""

# sqlstate (postgresql.org/docs/current/errcodes-appendix.html): a row stands there already; our own guards.
UNIQUE_VIOLATION, DIVISION_BY_ZERO, RAISED = "23505", "22012", "P0001"

CURSOR = "gongxiang_cursor"
_APPEND_ONLY, _CONTINUES = f"{PREFIX}append_only", f"{PREFIX}continues"
_FUNCTIONS = {
    _APPEND_ONLY: "BEGIN RAISE EXCEPTION 'the ledger is append-only'; END",
    # It sees the rows that the same statement has added before (postgresql.org/docs/current/trigger-datachanges.html).
    # The schema is named: whoever fills the tables from a dump searches none.
    _CONTINUES: (
        f"BEGIN IF NEW.prev IS DISTINCT FROM (CASE WHEN NEW.seq = 1 THEN '{GENESIS}' ELSE"
        f" (SELECT hash FROM {{schema}}.{EVENT.name} WHERE case_id = NEW.case_id AND seq = NEW.seq - 1) END)"
        f" THEN RAISE EXCEPTION '{CONTINUES}'; END IF; RETURN NEW; END"
    ),
}
_TRIGGERS = {
    f"{table.name}_no_{what}": (when, table.name, each, _APPEND_ONLY)
    for table in (EVENT, LEAF, SEAL)
    for what, when, each in (
        ("update", "BEFORE DELETE OR UPDATE ON", "ROW"),
        ("truncate", "BEFORE TRUNCATE ON", "STATEMENT"),
    )
} | {f"{EVENT.name}_continues": ("BEFORE INSERT ON", EVENT.name, "ROW", _CONTINUES)}
_ENABLED = "O"
"""How the catalogue marks a trigger that fires (pg_trigger.tgenabled)."""

GUARDS = (
    *(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$" for name, body in _FUNCTIONS.items()),
    *(
        f"CREATE TRIGGER {name} {when} {table} FOR EACH {each} EXECUTE FUNCTION {function}()"
        for name, (when, table, each, function) in _TRIGGERS.items()
    ),
)


class PostgreSQL:
    """A server of its own, for many processes on many machines."""

    locks_rows = True
    most_connections = 15

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
        """Write everything in one statement, which alone is a transaction. Raises Overtaken, Unchained."""
        parts = [(name, rows) for name in _PARTS if (rows := getattr(changes, name))]
        if not parts:
            return
        values: list[Any] = []
        for name, rows in parts:
            if len(rows) > FEW:
                values += [list(column) for column in zip(*rows, strict=True)]
            else:
                key = _KEYS.get(name, 0)  # said behind the rest: where the row is found
                values += flat(row[key:] + row[:key] for row in rows)
        shape = tuple((name, len(rows) if len(rows) <= FEW else 0) for name, rows in parts)
        try:
            self._said(connection, statement(shape), [*values, len(changes.moved) + len(changes.turns)])
        except DBAPIError as error:
            if sqlstate(error.orig) in (UNIQUE_VIOLATION, DIVISION_BY_ZERO):
                raise Overtaken from error
            if sqlstate(error.orig) == RAISED and CONTINUES in str(error.orig):
                raise Unchained from error
            raise

    def _said(self, connection: Connection, statement: str, values: Sequence[Any]) -> Any:
        """Run a statement; return the cursor."""
        return say(connection, placed(statement, numbered=_takes_numbers(connection)), values, _cursor)

    def guard(self, connection: Connection) -> None:
        """Let nobody change or remove an event, a leaf or a seal, nor empty their tables, nor add an event that does
        not follow the last one of its chain.
        """
        schema = _schema(connection)
        for one in GUARDS:
            connection.execute(text(one.format(schema=schema)))

    def guards(self, connection: Connection) -> tuple[dict[str, str], dict[str, str]]:
        """Return by name the triggers that there should be, and those that there are, with what they run."""
        schema = _schema(connection)
        wanted = {
            name: f"{_ENABLED} CREATE TRIGGER {name} {when} {schema}.{table} FOR EACH {each} "
            f"EXECUTE FUNCTION {function}() {_FUNCTIONS[function].format(schema=schema)}"
            for name, (when, table, each, function) in _TRIGGERS.items()
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
    engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_reset_on_return=None, max_overflow=-1)

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


def _schema(connection: Connection) -> str:
    """Return the schema in which our tables stand, as it is written in a statement."""
    return str(connection.execute(text("SELECT quote_ident(current_schema())")).scalar_one())


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
_INTO = {
    "moved": CASE,
    "turns": TWIN,
    "opened": CASE,
    "events": EVENT,
    "started": DEADLINE,
    "changed": DEADLINE,
    "keys": KEY,
    "books": RULE_BOOK,
    "outbox": OUTBOX,
}
_KEYS = {"moved": 1, "changed": 2}
"""Of what changes rows, how many columns, the first ones, say which."""
_TYPES = dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy does not annotate it


@lru_cache(maxsize=512)
def statement(shape: tuple[tuple[str, int], ...]) -> str:
    """Return the statement that writes rows of that shape: (part, number of rows, or 0 for columns given as arrays).

    It ends with a division that fails, and the whole with it, unless every case still stood at the version that was
    seen and every turn was still free. That is counted first, so the row of the case is locked before its children.
    """
    parts = [
        (name, f"{name}{number}", part) for name, count in shape for number, part in enumerate(_parts(name, count))
    ]
    told = ", ".join(f"{label} AS ({part})" for _, label, part in parts)
    counted = (f"(SELECT count(*) FROM {label})" for name, label, _ in parts if name in ("moved", "turns"))
    return f"WITH {told} SELECT 1 / (CASE WHEN {' + '.join(counted) or '0'} = ? THEN 1 ELSE 0 END)"


def _parts(name: str, count: int) -> Iterator[str]:
    """Yield what writes that part, each a statement of its own.

    Rows that change are found one by one, by their key. Joined with a list of values they would be found by reading
    the whole table, where the server planned the statement while there was little in it.
    """
    table, into = _INTO[name], f"{_INTO[name].name} AS t"
    if name in _KEYS and count:
        rest = MOVED[1:] if name == "moved" else tuple(table.columns)[_KEYS[name] :]
        found = (CASE.c.version, CASE.c.case_id) if name == "moved" else tuple(table.columns)[: _KEYS[name]]
        where = " AND ".join(f"t.{column.name} = {_place(column)}" for column in found)
        for _ in range(count):
            yield f"UPDATE {into} SET ({_named(rest)}) = ROW ({_places(rest)}) WHERE {where} RETURNING 1"
    elif name == "moved":
        rows, rest = _rows((*MOVED, Column("was", CASE.c.version.type)), count), MOVED[1:]
        yield (
            f"UPDATE {into} SET ({_named(rest)}) = ROW ({_named(rest, 'v.')})"
            f" FROM {rows} WHERE t.case_id = v.case_id AND t.version = v.was RETURNING 1"
        )
    elif name == "changed":
        rest = tuple(table.columns)[_KEYS[name] :]
        yield (
            f"UPDATE {into} SET ({_named(rest)}) = ROW ({_named(rest, 'v.')}) FROM {_rows(tuple(table.columns), count)}"
            " WHERE t.case_id = v.case_id AND t.limit_id = v.limit_id"
        )
    elif name == "turns":
        yield (
            f"INSERT INTO {into} (twin, turn) SELECT v.twin, v.turn + 1 FROM {_rows(tuple(table.columns), count)}"
            " ON CONFLICT (twin) DO UPDATE SET turn = excluded.turn WHERE t.turn = excluded.turn - 1 RETURNING 1"
        )
    else:
        again = " ON CONFLICT DO NOTHING" if table is RULE_BOOK else ""
        rows = _rows(tuple(table.columns), count)
        yield f"INSERT INTO {into} ({names(table)}) SELECT * FROM {rows}{again}"


def _rows(columns: tuple[Column[Any], ...], count: int) -> str:
    """Return a table expression `v` of `count` rows given value by value, or of columns given as arrays."""
    if not count:
        return f"unnest({', '.join(f'{_place(one)}[]' for one in columns)}) AS v({_named(columns)})"
    return f"(VALUES {', '.join([f'({_places(columns)})'] * count)}) AS v({_named(columns)})"


def _named(columns: Iterable[Column[Any]], of: str = "") -> str:
    return ", ".join(f"{of}{column.name}" for column in columns)


def _places(columns: Iterable[Column[Any]]) -> str:
    return ", ".join(map(_place, columns))


def _place(column: Column[Any]) -> str:
    """Return the place of a value, with its type: the server does not guess."""
    return f"?::{column.type.dialect_impl(_TYPES).compile(_TYPES)}"
