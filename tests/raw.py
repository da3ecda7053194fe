"""A database as anybody has it who holds its password and none of our code."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool


def tell(url: str, *statements: str, **values: Any) -> None:
    """Carry out the statements, all or none, each of which must find a row where it looks for some. `values` are what
    :names in them stand for; without them a statement is taken as it is.
    """
    with _connected(url) as connection:
        for statement in statements:
            done = connection.execute(text(statement), values) if values else _as_it_is(connection, statement)
            assert done.rowcount, statement


def ask(url: str, question: str, **values: Any) -> list[tuple[Any, ...]]:
    """Return the rows that answer a question; `values` as for `tell`."""
    with _connected(url) as connection:
        found = connection.execute(text(question), values) if values else _as_it_is(connection, question)
        return [tuple(row) for row in found]


def is_sqlite(url: str) -> bool:
    return url.startswith("sqlite")


def standing(url: str) -> list[str]:
    """Return all that the database holds, line by line."""
    if is_sqlite(url):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as reader:
            return list(reader.iterdump())
    with _connected(url) as connection:
        tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"))
        return [
            f"{name}: {row}"
            for name in tables.scalars().all()
            for row in sorted(map(repr, connection.execute(text(f'SELECT * FROM "{name}"'))))
        ]


def is_there(url: str) -> bool:
    """Return whether the database exists; a file that is there is one."""
    parsed = make_url(url)
    if is_sqlite(url):
        return Path(str(parsed.database)).exists()
    others = parsed.set(database="postgres").render_as_string(hide_password=False)
    return bool(ask(others, "SELECT 1 FROM pg_database WHERE datname = :name", name=parsed.database))


def unguard(url: str) -> list[str]:
    """Take away the triggers that keep the ledger as it is; return the statements that bring them back."""
    if is_sqlite(url):
        found = ask(url, "SELECT 'DROP TRIGGER \"' || name || '\"', sql FROM sqlite_master WHERE type = 'trigger'")
    else:
        found = ask(
            url,
            "SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass), pg_get_triggerdef(oid) FROM pg_trigger "
            "WHERE NOT tgisinternal",
        )
    tell(url, *(drop for drop, _ in found))
    return [made for _, made in found]


@contextmanager
def unguarded(url: str) -> Iterator[None]:
    """Let the ledger be changed meanwhile."""
    again = unguard(url)
    yield
    tell(url, *again)


def _as_it_is(connection: Connection, statement: str) -> CursorResult[Any]:
    return connection.execution_options(no_parameters=True).exec_driver_sql(statement)


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    with _engine(url).begin() as connection:
        yield connection


@cache
def _engine(url: str) -> Engine:
    """It keeps no connection, only what it learnt about the server at the first one."""
    return create_engine(url, poolclass=NullPool)
