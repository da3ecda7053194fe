"""Fresh databases on one server: copies of a template in which our tables stand already."""

from __future__ import annotations

import os
import secrets
from collections import defaultdict
from itertools import count
from typing import Any, Self

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

import gongxiang
from postgres.binaries import NoServer
from postgres.template import Template, rows_of

VARIABLE = "GONGXIANG_TEST_POSTGRES"
PREFIX = "gongxiang_test_"
MEND = (
    f"correct {VARIABLE}, a URL such as postgresql://me:secret@localhost/postgres, or unset it: then the tests start a "
    "server of their own"
)


class Databases:
    """Whoever needs a database gets one of its own, and gives it back.

    Making one from a template and dropping it costs 25 to 35 ms of a processor, making one that was given back as it
    was before costs 4 to 10 ms. So it is restored and handed out again, unless a test changed more in it than rows.
    """

    def __init__(self, url: str, *, outlives: bool = True) -> None:
        """`outlives`: whether the server goes on when this has closed, so that nothing may be left on it."""
        self._url = _with_driver(url)
        self.url = url
        self._outlives = outlives
        self._connection = _connected(self._url)
        self._run = secrets.token_hex(4)
        self._numbers = count(1)
        # The name tells others that this run lives and its databases are in use.
        self._execute("SET application_name TO {}", f"{PREFIX}{self._run}")
        self._templates: dict[str, Template] = {}
        self._origins: dict[str, str] = {}
        self._free: dict[str, list[str]] = defaultdict(list)
        self._there: set[str] = set()
        self._drop_what_was_left_behind()

    def new(self, *, empty: bool = False) -> str:
        """Return the URL of a database that holds our tables and no row of a case, or nothing where `empty`."""
        key = "empty" if empty else "ours"
        if key not in self._templates:
            url = self._made("template0")
            if not empty:
                engine = gongxiang.open_engine(url)
                assert list(engine.ledger()) == []
                engine.close()
            self._templates[key] = Template.of(url)
        return self._copy(key)

    def copy(self, url: str) -> str:
        """Return the URL of a database that holds the rows of another one of this source, as they stand now."""
        copied = self.new()
        assert self._templates["ours"].restore(copied, rows_of(url)), "more was changed in it than rows"
        return copied

    def give_back(self, url: str) -> None:
        """Take a database back, whoever is still connected to it."""
        name = str(make_url(url).database)
        self._end_sessions(name)
        origin = self._origins[name]
        if self._templates[origin].restore(url):
            self._free[origin].append(url)
        else:
            self._drop(name)

    def close(self) -> None:
        """Let go of the server and leave no database on it, where it goes on."""
        for name in list(self._there) if self._outlives else ():
            self._drop(name)
        self._connection.close()

    def die(self) -> None:
        """Let go of the server as a run that is killed: what was made stays."""
        self._there.clear()
        self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _copy(self, key: str) -> str:
        if self._free[key]:
            return self._free[key].pop()
        name = self._templates[key].name
        self._end_sessions(name)
        # Found connected, CREATE DATABASE would look again only after a tenth of a second.
        while self._connection.execute("SELECT FROM pg_stat_activity WHERE datname = %s", [name]).fetchone():
            pass
        url = self._made(name)
        self._origins[str(make_url(url).database)] = key
        return url

    def _made(self, template: str) -> str:
        name = f"{PREFIX}{self._run}_{next(self._numbers)}"
        self._execute("CREATE DATABASE {} TEMPLATE {}", sql.Identifier(name), sql.Identifier(template))
        self._there.add(name)
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _end_sessions(self, name: str) -> None:
        """Nobody waits here until they have ended: whoever empties the tables or copies them does."""
        self._connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND backend_type = "
            "'client backend'",
            [name],
        )

    def _drop(self, name: str) -> None:
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", sql.Identifier(name))
        self._there.discard(name)

    def _drop_what_was_left_behind(self) -> None:
        """Of runs that were killed on a server that outlives them."""
        found = self._connection.execute(
            "SELECT d.datname FROM pg_database d"
            " WHERE starts_with(d.datname, %(prefix)s) AND pg_get_userbyid(d.datdba) = current_user"
            " AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE starts_with(a.application_name, %(prefix)s)"
            " AND starts_with(d.datname, a.application_name || '_'))",
            {"prefix": PREFIX},
        ).fetchall()
        for (name,) in found:
            self._drop(name)

    def _execute(self, statement: str, *parts: Any) -> None:
        self._connection.execute(sql.SQL(statement).format(*parts))  # type: ignore[arg-type]


def named_server() -> str | None:
    """Return the URL of the server that the environment names."""
    return os.environ.get(VARIABLE) or None


def _with_driver(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise NoServer(f"'{url}' is no database URL: {error}", MEND) from error
    if parsed.get_backend_name() != "postgresql":
        raise NoServer(f"{parsed.render_as_string()} names no PostgreSQL", MEND)
    return parsed.set(drivername="postgresql+psycopg")


def _connected(url: URL) -> psycopg.Connection:
    told = url.set(drivername="postgresql", database=url.database or "postgres").render_as_string(hide_password=False)
    try:
        connection = psycopg.connect(told, autocommit=True, connect_timeout=10)
        (may_create,) = connection.execute(
            "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    except psycopg.OperationalError as error:
        raise NoServer(f"{url.render_as_string()} does not answer: {error}", MEND) from error
    if not may_create:
        raise NoServer(f"the user of {url.render_as_string()} may not create databases", MEND)
    return connection
