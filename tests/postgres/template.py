"""What a fresh database holds, and making a used one fresh again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

FIRST_OF_USERS = 16384
"""Object identifiers from here on are not PostgreSQL's own (access/transam.h, FirstNormalObjectId)."""

CATALOGUE = f"""
SELECT coalesce(md5(string_agg(line, E'\\n' ORDER BY line)), '') FROM (
  SELECT format('class %s %s %s %s %s', oid, relname, relowner, relacl, reloptions) FROM pg_class
    WHERE oid >= {FIRST_OF_USERS}
  UNION ALL SELECT format('attribute %s %s %s', attrelid, attnum, xmin) FROM pg_attribute
    WHERE attrelid >= {FIRST_OF_USERS}
  UNION ALL SELECT format('default %s %s', oid, xmin) FROM pg_attrdef
  UNION ALL SELECT format('trigger %s %s', oid, xmin) FROM pg_trigger
  UNION ALL SELECT format('event trigger %s %s', oid, xmin) FROM pg_event_trigger
  UNION ALL SELECT format('constraint %s %s', oid, xmin) FROM pg_constraint WHERE oid >= {FIRST_OF_USERS}
  UNION ALL SELECT format('function %s %s', oid, xmin) FROM pg_proc WHERE oid >= {FIRST_OF_USERS}
  UNION ALL SELECT format('type %s', oid) FROM pg_type WHERE oid >= {FIRST_OF_USERS}
  UNION ALL SELECT format('rule %s %s', oid, xmin) FROM pg_rewrite WHERE oid >= {FIRST_OF_USERS}
  UNION ALL SELECT format('policy %s %s', oid, xmin) FROM pg_policy
  UNION ALL SELECT format('schema %s %s %s', nspname, nspowner, nspacl) FROM pg_namespace WHERE nspname !~ '^pg_'
  UNION ALL SELECT format('extension %s', extname) FROM pg_extension
  UNION ALL SELECT format('large object %s', oid) FROM pg_largeobject_metadata
  UNION ALL SELECT format('setting %s %s', setrole, setconfig) FROM pg_db_role_setting
    WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
) AS every(line)
"""

LARGE = 2_000_000
"""Bytes of all tables from which on it is quicker to empty them than to delete what stands in them."""

EMPTY = """
DROP SCHEMA public CASCADE;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""


@dataclass(frozen=True, slots=True)
class Template:
    """A database that others are copied from, and that nobody changes any more."""

    name: str
    catalogue: str
    """A hash of everything in it but rows."""
    rows: dict[str, bytes]
    """Of each table what it holds, as COPY writes it."""

    @classmethod
    def of(cls, url: str) -> Template:
        """Return the database at `url` as a template."""
        with _connected(url) as connection:
            return cls(
                name=str(make_url(url).database),
                catalogue=_catalogue(connection),
                rows=_rows(connection),
            )

    def restore(self, url: str, rows: Mapping[str, bytes] | None = None) -> bool:
        """Make the copy at `url` hold what the template holds, or these rows. False where that cannot be: drop it."""
        try:
            with _connected(url) as connection:
                return self._restore(connection, self.rows if rows is None else rows)
        except psycopg.Error:
            return False

    def _restore(self, connection: psycopg.Connection[tuple[str, ...]], rows: Mapping[str, bytes]) -> bool:
        if not self.rows:
            connection.execute(EMPTY)
        if _catalogue(connection) != self.catalogue:
            return False
        if self.rows:
            names = [sql.Identifier(name) for name in self.rows]
            listed = sql.SQL(", ").join(names)
            # Whoever still writes has ended by then. In this role the triggers that keep the ledger are not asked.
            connection.execute(sql.SQL("SET LOCAL session_replication_role = replica; LOCK {}").format(listed))
            if _bytes(connection, list(self.rows)) > LARGE:
                connection.execute(sql.SQL("TRUNCATE {}").format(listed))
            else:
                connection.execute(sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(name) for name in names))
        for name, held in rows.items():
            if held:
                with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))) as copy:
                    copy.write(held)
        return True


def rows_of(url: str) -> dict[str, bytes]:
    """Return what each table of a database holds, as COPY writes it."""
    with _connected(url) as connection:
        return _rows(connection)


def _connected(url: str) -> psycopg.Connection[tuple[str, ...]]:
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


def _catalogue(connection: psycopg.Connection[tuple[str, ...]]) -> str:
    row = connection.execute(CATALOGUE).fetchone()
    assert row is not None
    return row[0]


def _rows(connection: psycopg.Connection[tuple[str, ...]]) -> dict[str, bytes]:
    found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    return {name: _copied(connection, name) for (name,) in found}


def _bytes(connection: psycopg.Connection[tuple[str, ...]], names: list[str]) -> int:
    row = connection.execute(
        "SELECT sum(pg_relation_size(name::regclass)) FROM unnest(%s::text[]) AS given(name)", [names]
    )
    return int(next(row)[0])


def _copied(connection: psycopg.Connection[tuple[str, ...]], name: str) -> bytes:
    with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(name))) as copy:
        return b"".join(bytes(part) for part in copy)
