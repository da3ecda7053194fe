"""SQL said to the driver itself: a step is two statements, and building them anew costs more than running them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import Column, Connection, Dialect, Table
from sqlalchemy.exc import DBAPIError

from gongxiang.workflow.store.changes import Changes, Values


class Overtaken(Exception):
    """Somebody else wrote first: what was decided no longer rests on what stands there. Names the event not written."""

    def __init__(self, case: str = "", seq: int = 0) -> None:
        self.case, self.seq = case, seq
        super().__init__(case, seq)


class Unchained(Exception):
    """An event was to follow one that the ledger does not have: what it was decided on is not what the ledger says."""


CONTINUES = "the event does not continue its chain"
"""What the databases say then, each by a trigger of its own."""


class Server(Protocol):
    """What only one kind of database needs. Connections are in the driver's autocommit mode: what begins a transaction
    says so.
    """

    locks_rows: bool
    """Whether several may write at a time, each holding the rows it needs."""
    most_connections: int
    """How many connections one engine may have open at a time."""

    def begin(self, connection: Connection, *, writes: bool) -> None:
        """Begin a transaction: one that writes, or one that reads a single snapshot."""

    def begin_in_session(self, connection: Connection) -> None:
        """See that the host's transaction has really begun before we read what we are going to write."""

    def say(self, connection: Connection, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Run a statement whose values stand at `?`; return its rows."""

    def insert(self, connection: Connection, table: Table, rows: Sequence[Values], otherwise: str = "") -> int:
        """Add rows; return how many. `otherwise` is what follows the statement, as ON CONFLICT …"""

    def delete(self, connection: Connection, column: Column[Any], values: Sequence[Any]) -> None:
        """Remove the rows whose column has one of the values."""

    def write(self, connection: Connection, changes: Changes) -> None:
        """Write everything or nothing inside a transaction, or as one of its own where that is one statement.

        Raises Overtaken, Unchained, or DBAPIError where a row stands there already.
        """

    def guard(self, connection: Connection) -> None:
        """Make what keeps the ledger append-only, and each of its chains whole."""

    def guards(self, connection: Connection) -> tuple[dict[str, str], dict[str, str]]:
        """Return by name the triggers that `guard` makes, and those that touch our tables, in its words."""


def say(
    connection: Connection,
    statement: str,
    values: Sequence[Any] = (),
    cursor: Callable[[Connection], Any] = lambda connection: connection.connection.cursor(),
) -> Any:
    """Run a statement in the driver's own words; return the cursor it was said to."""
    try:
        said = cursor(connection)
        said.execute(statement, values)
    except connection.dialect.loaded_dbapi.Error as error:
        raise translated(connection, statement, error) from error
    return said


def end(connection: Connection, *, commit: bool) -> None:
    """Commit or roll back what `Server.begin` began; nothing where the connection is gone with it."""
    if connection.invalidated:
        return
    driver = connection.connection
    try:
        (driver.commit if commit else driver.rollback)()
    except connection.dialect.loaded_dbapi.Error as error:
        raise translated(connection, "COMMIT" if commit else "ROLLBACK", error) from error


def translated(connection: Connection, statement: str, error: Any) -> DBAPIError:
    """Make of what the driver raised what SQLAlchemy would have made of it, for one place to read."""
    driver: Any = connection.dialect.loaded_dbapi
    lost = connection.dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
    if lost:
        connection.invalidate(error)
    found: DBAPIError = DBAPIError.instance(
        statement, None, error, driver.Error, connection_invalidated=lost, dialect=connection.dialect
    )
    return found


@lru_cache(maxsize=64)
def conversions(columns: tuple[Column[Any], ...], dialect: Dialect) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    """Return what makes a column's value the driver's, with the place of the column; the others are passed as they
    are.
    """
    makes = (column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns)
    return tuple((place, make) for place, make in enumerate(makes) if make)


def converted(columns: tuple[Column[Any], ...], dialect: Dialect, rows: Iterable[Values]) -> list[list[Any]]:
    """Return the rows in the driver's own values."""
    made = [list(row) for row in rows]
    for place, make in conversions(columns, dialect):
        for row in made:
            row[place] = make(row[place])
    return made


def names(table: Table) -> str:
    """Return the table's columns, as SQL."""
    return ", ".join(table.columns.keys())


def flat(rows: Iterable[Values]) -> list[Any]:
    """Return all values of the rows, one after the other."""
    return [value for row in rows for value in row]
