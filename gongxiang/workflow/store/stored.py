"""What stands in the tables, untyped: what somebody wrote there past the engine need not be of the column's type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, Table, select, type_coerce, union
from sqlalchemy.types import NullType

from gongxiang.workflow.case import Case
from gongxiang.workflow.store.changes import Ruling, Values, case_row, deadline_row
from gongxiang.workflow.store.driver import Server, converted
from gongxiang.workflow.store.schema import CASE, DEADLINE, EVENT, KEY, RULE_BOOK

Stands = tuple[Any, ...]
"""One row as the driver gives it, the columns in the order of the table."""


class Stored:
    """The rows of one transaction as they stand."""

    def __init__(self, connection: Connection, server: Server) -> None:
        self._connection = connection
        self._server = server

    def events(self) -> Iterator[Mapping[str, Any]]:
        """Yield the ledger, chain by chain, without holding it in memory."""
        names = EVENT.columns.keys()
        query = _untyped(EVENT).order_by(EVENT.c.case_id, EVENT.c.seq).execution_options(stream_results=True)
        for row in self._connection.execute(query):
            yield dict(zip(names, row, strict=True))

    def names(self) -> list[Any]:
        """Return the names of all cases, whether the ledger, the projection or both have them; text first."""
        names = (
            select(EVENT.c.case_id).where(EVENT.c.case_id != ""),
            select(CASE.c.case_id),
            select(DEADLINE.c.case_id),
        )
        found = self._connection.execute(union(*names)).scalars()
        return sorted(found, key=lambda name: (not isinstance(name, str), str(name)))

    def rows_of(self, name: Any) -> tuple[list[Stands], list[Stands]]:
        """Return the rows of a case and those of its deadlines: one of the former, unless somebody was there."""
        case, deadlines = (
            sorted(
                (_normal(row) for row in self._connection.execute(_untyped(table).where(table.c.case_id == name))),
                key=repr,
            )
            for table in (CASE, DEADLINE)
        )
        return case, deadlines

    def rows_for(self, case: Case, ruling: Ruling) -> tuple[list[Stands], list[Stands]]:
        """Return what `rows_of` gives after the engine has written the case."""
        rows = [
            self._written(DEADLINE, deadline_row(case.case, deadline, ruling)) for deadline in case.deadlines.values()
        ]
        return [self._written(CASE, case_row(case, ruling))], sorted(rows, key=repr)

    def keys(self) -> Iterator[tuple[Any, Any]]:
        """Yield each idempotency key with its receipt, in the order of the keys."""
        for row in self._connection.execute(_untyped(KEY).order_by(KEY.c.key)):
            yield row.key, row.receipt

    def rule_books(self) -> Iterator[tuple[Any, Any, Any]]:
        """Yield hash, id and document of each rule book."""
        for row in self._connection.execute(_untyped(RULE_BOOK)):
            yield row.hash, row.id, row.document

    def triggers(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return by name the triggers that the program makes, and those that touch its tables."""
        return self._server.guards(self._connection)

    def _written(self, table: Table, row: Values) -> Stands:
        (made,) = converted(tuple(table.columns), self._connection.dialect, [row])
        return _normal(made)


def _normal(row: Iterable[Any]) -> Stands:
    """Return the row with its instants in UTC: a server gives them in the zone of its session."""
    return tuple(value.astimezone(UTC) if isinstance(value, datetime) else value for value in row)


def _untyped(table: Table) -> Select[Any]:
    columns: list[Any] = [type_coerce(column, NullType()).label(column.name) for column in table.columns]
    return select(*columns)
