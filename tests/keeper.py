"""Databases of either kind, and copies of them, for whoever keeps one longer or shorter than a test lasts."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import raw
from postgres import Databases, NoServer


def _nowhere() -> Databases:
    raise NoServer("no server was offered here")


class Keeper:
    """`folder` makes a new folder for files of SQLite, `postgresql` names the source of the others."""

    def __init__(self, folder: Callable[[], Path], postgresql: Callable[[], Databases] = _nowhere) -> None:
        self._folder = folder
        self._postgresql = postgresql

    def new(self, backend: str, *, empty: bool = False) -> str:
        """Return the URL of a new database: a file on SQLite, whether `empty` or not."""
        if backend == "postgresql":
            return self._postgresql().new(empty=empty)
        return f"sqlite:///{self._folder() / 'cases.db'}"

    @contextmanager
    def one(self, backend: str, sqlite: str = "sqlite://", *, empty: bool = False) -> Iterator[str]:
        """A new database for a while: on SQLite that one, which is in memory where no other is named."""
        if backend != "postgresql":
            yield sqlite
            return
        made = self.new(backend, empty=empty)
        try:
            yield made
        finally:
            self.give_back(made)

    def copy(self, url: str) -> str:
        """Return the URL of a copy of a database as it stands now."""
        if not raw.is_sqlite(url):
            return self._postgresql().copy(url)
        copied = self.new("sqlite")
        with closing(sqlite3.connect(_file(url))) as source, closing(sqlite3.connect(_file(copied))) as target:
            source.backup(target)
        return copied

    @contextmanager
    def lent(self, url: str) -> Iterator[str]:
        """A copy of a database as it stands now, for a while."""
        copied = self.copy(url)
        try:
            yield copied
        finally:
            self.give_back(copied)

    def give_back(self, url: str) -> None:
        """Take a database that nobody needs any more."""
        if raw.is_sqlite(url):
            shutil.rmtree(_file(url).parent)
        else:
            self._postgresql().give_back(url)


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))
