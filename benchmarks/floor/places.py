"""Where the runs take place: a server of PostgreSQL, and databases that all begin as copies of one."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from bare import connected
from sqlalchemy.engine import make_url

sys.path.append(str(Path(__file__).parents[2] / "tests"))
from postgres import Server

NUMBERS = count(1)


@contextmanager
def server(named: str | None) -> Iterator[str]:
    """Give the URL of a server that waits for the disk at every commit: the one named, or one of our own."""
    if named:
        url = make_url(named).set(drivername="postgresql+psycopg")
        yield url.render_as_string(hide_password=False)
        return
    with Server.create(durable=True) as ours:
        yield ours.url()


def refuse_haste(url: str) -> None:
    """Exit where the server acknowledges what is not yet on its disk."""
    for setting in ("fsync", "synchronous_commit"):
        if (said := ask(url, f"SHOW {setting}")) != "on":
            raise SystemExit(f"the server has {setting} = {said}: the durability is the same only with on")


class Place:
    """One kind of database: makes new ones in `folder` or on the server at `url`, and removes them."""

    def __init__(self, folder: Path, url: str | None) -> None:
        self.kind = "PostgreSQL" if url else "SQLite"
        self._folder = folder
        self._url = url

    @contextmanager
    def new(self, template: str | None = None) -> Iterator[str]:
        """Give the URL of a database that is empty, or a copy of another that nobody is connected to."""
        name = f"floor_{os.getpid()}_{next(NUMBERS)}"
        if self._url is None:
            path = self._folder / f"{name}.db"
            if template:
                shutil.copyfile(str(make_url(template).database), path)
            yield f"sqlite:///{path}"
            for left in self._folder.glob(f"{name}.db*"):
                left.unlink()
            return
        source = f'TEMPLATE "{make_url(template).database}"' if template else "TEMPLATE template0"
        ask(self._url, f'CREATE DATABASE "{name}" {source}')
        try:
            yield make_url(self._url).set(database=name).render_as_string(hide_password=False)
        finally:
            ask(self._url, f'DROP DATABASE "{name}" WITH (FORCE)')


def chosen(stack: ExitStack, told: Any) -> tuple[list[Place], list[str]]:
    """Return the kinds of databases that are asked for, and the versions of their servers."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    kinds, versions = [Place(folder, None)] if told.only != "PostgreSQL" else [], []
    if told.only != "SQLite":
        url = stack.enter_context(server(told.postgres))
        refuse_haste(url)
        kinds.append(Place(folder, url))
        versions.append(f"PostgreSQL {ask(url, 'SHOW server_version')}")
    return kinds, versions


def vacuum(url: str) -> None:
    """Do after a great load what the server's own vacuum would do in time."""
    ask(url, "ANALYZE" if url.startswith("sqlite") else "VACUUM ANALYZE")
    settle(url)


def size(url: str) -> int:
    """Return the bytes that a database takes."""
    if url.startswith("sqlite"):
        return Path(str(make_url(url).database)).stat().st_size
    return int(ask(url, "SELECT pg_database_size(current_database())"))


def settle(url: str) -> None:
    """Let what was written before be on the disk, so that no run pays for another."""
    if url.startswith("sqlite"):
        ask(url, "PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        with suppress(psycopg.errors.InsufficientPrivilege):
            ask(url, "CHECKPOINT")


def ask(url: str, statement: str) -> Any:
    """Run a statement in autocommit and return the first value of its answer, None where it has none."""
    with closing(connected(url)) as connection:
        answer = connection.execute(statement)
        row = answer.fetchone() if answer.description else None
        return row[0] if row else None
