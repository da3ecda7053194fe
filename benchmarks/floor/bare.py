"""The floor: the driver alone writes the rows. It reads nothing, computes nothing and checks nothing.

On PostgreSQL an act is one prepared statement with a common table expression for each table, in autocommit; on SQLite
one transaction, BEGIN IMMEDIATE to COMMIT, with a write-ahead log and synchronous=FULL. Of a row that stands there
already only the columns are set that change.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.types.array import ListBinaryDumper
from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from recorded import Act, Written

BUSY_SECONDS = 120.0


def connected(url: str) -> Any:
    """Return a connection of the driver in autocommit."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        connection = sqlite3.connect(str(parsed.database), timeout=BUSY_SECONDS, isolation_level=None)
        connection.execute("PRAGMA synchronous=FULL")
        return connection
    told = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    server = psycopg.connect(told, autocommit=True, prepare_threshold=0, cursor_factory=psycopg.RawCursor)
    server.adapters.register_dumper(list, ListBinaryDumper)  # as text, arrays cost the driver thirty times as much
    return server


def prepared(connection: Any, act: Act) -> tuple[Callable[[Any], object], Any]:
    """Return what writes an act of this shape, and the values it takes for this one."""
    if isinstance(connection, sqlite3.Connection):
        return _in_transaction(connection, act)
    return _in_one_statement(connection, act)


def _in_one_statement(connection: Any, act: Act) -> tuple[Callable[[Any], object], Any]:
    values: list[Any] = []

    def place(value: Any) -> str:
        values.append(value)
        return f"${len(values)}"

    parts = [part for written in act for part in _parts(written, place)]
    statement = parts[-1]
    if parts[1:]:
        before = ", ".join(f"part{number} AS ({part})" for number, part in enumerate(parts[:-1]))
        statement = f"WITH {before} {statement}"
    cursor = connection.cursor()
    return lambda given: cursor.execute(statement, given, prepare=True), values


def _parts(written: Written, place: Callable[[Any], str]) -> list[str]:
    shape = written.shape
    if not written.changed:
        rows = ", ".join(f"({', '.join(map(place, row))})" for row in written.values)
        return [f"INSERT INTO {shape.table} ({', '.join(shape.columns)}) VALUES {rows}"]
    found = []
    for row in written.values:
        set_ = ", ".join(f"{column} = {place(value)}" for column, value in zip(written.changed, row, strict=False))
        key = zip(shape.columns[: shape.key], row[-shape.key :], strict=True)
        where = " AND ".join(f"{column} = {place(value)}" for column, value in key)
        found.append(f"UPDATE {shape.table} SET {set_} WHERE {where}")
    return found


def _in_transaction(connection: sqlite3.Connection, act: Act) -> tuple[Callable[[Any], object], Any]:
    statements = [writing(written) for written in act]
    cursor = connection.cursor()

    def write(values: list[Any]) -> None:
        cursor.execute("BEGIN IMMEDIATE")
        for statement, rows in zip(statements, values, strict=True):
            cursor.executemany(statement, rows)
        cursor.execute("COMMIT")

    return write, [written.values for written in act]


def writing(written: Written) -> str:
    """Return the statement that writes one such row on SQLite."""
    shape = written.shape
    if not written.changed:
        return f"INSERT INTO {shape.table} VALUES ({', '.join('?' * len(shape.columns))})"
    set_ = ", ".join(f"{column} = ?" for column in written.changed)
    return f"UPDATE {shape.table} SET {set_} WHERE {' AND '.join(f'{one} = ?' for one in shape.columns[: shape.key])}"
