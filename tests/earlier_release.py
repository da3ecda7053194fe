"""A database as release 0.2.0 left it, frozen as SQL: every procedure, a lapse, an order, a circular, keys, a second
rule book.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, MetaData, create_engine, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

DATA = Path(__file__).parent / "workflow" / "data"
ROWS = (DATA / "cases-0.2.0.sql").read_text("utf-8")


def load(url: str, *, rows: bool = True) -> None:
    """Fill the empty database at `url`; without `rows`, with the tables alone."""
    kind = "sqlite" if url.startswith("sqlite") else "postgresql"
    tables = (DATA / f"tables-0.2.0.{kind}.sql").read_text("utf-8")
    said = [tables, ROWS] if rows else [tables]
    if kind == "sqlite":
        with closing(sqlite3.connect(str(make_url(url).database))) as connection:
            for one in said:
                connection.executescript(f"BEGIN; {one} COMMIT;")
        return
    bare = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(bare) as connection:
        connection.execute("SET LOCAL TIME ZONE 'UTC'")
        for one in said:
            connection.execute(one.encode())


def opened(url: str) -> Engine:
    """Return an engine of SQLAlchemy's own, which knows nothing of ours."""
    return create_engine(url, poolclass=NullPool)


def contents(url: str) -> dict[str, list[str]]:
    """Return every row of every table, by table and column, in an order of their own."""
    metadata = MetaData()
    engine = opened(url)
    metadata.reflect(engine)
    with engine.connect() as connection:
        return {
            name: sorted(repr(sorted(row._mapping.items())) for row in connection.execute(table.select()))
            for name, table in sorted(metadata.tables.items())
        }


def shape(url: str) -> dict[str, Any]:
    """Return what the tables, columns, keys, indexes and triggers are; columns by name, for they have no order."""
    engine = opened(url)
    looked_at = inspect(engine)
    found: dict[str, Any] = {}
    for name in looked_at.get_table_names():
        columns = {
            one["name"]: (str(one["type"]), one["nullable"], one["default"]) for one in looked_at.get_columns(name)
        }
        indexes = {
            one["name"]: (one["column_names"], bool(one["unique"]), _where(one)) for one in looked_at.get_indexes(name)
        }
        rest = (
            looked_at.get_pk_constraint(name),
            looked_at.get_unique_constraints(name),
            looked_at.get_check_constraints(name),
            looked_at.get_foreign_keys(name),
        )
        found[name] = (columns, indexes, rest)
    question = (
        "SELECT sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
        if url.startswith("sqlite")
        else "SELECT pg_get_triggerdef(t.oid), pg_get_functiondef(t.tgfoid) FROM pg_trigger t WHERE NOT t.tgisinternal"
        " ORDER BY t.tgname"
    )
    with engine.connect() as connection:
        found["triggers"] = [tuple(row) for row in connection.exec_driver_sql(question)]
    return found


def _where(index: Any) -> str:
    options = index.get("dialect_options", {})
    return str(options.get("sqlite_where", options.get("postgresql_where", ""))).strip("()")
