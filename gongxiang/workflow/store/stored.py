"""What stands in the tables, untyped: what somebody wrote there past the engine need not be of the column's type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, Table, select, text, type_coerce, union
from sqlalchemy.types import NullType

from gongxiang.workflow import case as cases
from gongxiang.workflow.case import Case
from gongxiang.workflow.deadline import Deadline
from gongxiang.workflow.store.schema import APPEND_ONLY, CASE, DEADLINE, EVENT, KEY, PREFIX, RULE_BOOK

Stands = tuple[Any, ...]
"""One row as the driver gives it, the columns in the order of the table."""


class Stored:
    """The rows of one transaction as they stand."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def events(self) -> Iterator[Mapping[str, Any]]:
        """Yield the ledger, chain by chain, without holding it in memory."""
        names = EVENT.columns.keys()
        query = _untyped(EVENT).order_by(EVENT.c.case_id, EVENT.c.seq)
        for row in self._connection.execution_options(stream_results=True).execute(query):
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

    def rows_for(self, case: Case, *, final: bool, anchor: str) -> tuple[list[Stands], list[Stands]]:
        """Return what `rows_of` gives after the engine has written the case."""
        rows = [
            self._written(DEADLINE, {"case_id": case.case, "limit_id": limit, **deadline_values(deadline)})
            for limit, deadline in case.deadlines.items()
        ]
        whole = {"case_id": case.case, **case_values(case, final=final, anchor=anchor)}
        return [self._written(CASE, whole)], sorted(rows, key=repr)

    def keys(self) -> Iterator[tuple[Any, Any]]:
        """Yield each idempotency key with its receipt, in the order of the keys."""
        for row in self._connection.execute(_untyped(KEY).order_by(KEY.c.key)):
            yield row.key, row.receipt

    def rule_books(self) -> Iterator[tuple[Any, Any, Any]]:
        """Yield hash, id and document of each rule book."""
        for row in self._connection.execute(_untyped(RULE_BOOK)):
            yield row.hash, row.id, row.document

    def triggers(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return by name the triggers that the program makes, and those that touch its tables. Both empty where the
        database is not SQLite.
        """
        if self._connection.dialect.name != "sqlite":
            return {}, {}
        query = text(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            " AND (instr(lower(tbl_name), :ours) OR instr(lower(sql), :ours)) ORDER BY name"
        )
        found = self._connection.execute(query, {"ours": PREFIX})
        return {one.split()[2]: one for one in APPEND_ONLY}, {row.name: str(row.sql) for row in found}

    def _written(self, table: Table, values: Mapping[str, Any]) -> Stands:
        return _normal(self._bound(table, name, values[name]) for name in list(table.columns.keys()))

    def _bound(self, table: Table, name: str, value: Any) -> Any:
        dialect = self._connection.dialect
        bind = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        return bind(value) if bind else value


def case_values(case: Case, *, final: bool, anchor: str) -> dict[str, Any]:
    """Return the columns of a case's row but its name."""
    return {
        "procedure": case.procedure,
        "state": case.state,
        "final": final,
        "version": case.version,
        "rules": case.rules,
        "anchor": anchor,
        "about": case.about,
        "opened_at": case.opened_at,
        "snapshot": cases.as_text(case),
    }


def deadline_values(deadline: Deadline) -> dict[str, Any]:
    """Return the columns of a deadline's row but its case and limit."""
    return {
        "owed_by": deadline.owed_by,
        "due": deadline.due,
        "open": deadline.is_open,
        "alarm": deadline.ends_before if deadline.may_lapse else None,
        "lapsed_at": deadline.lapsed_at,
        "edition": deadline.edition,
    }


def _normal(row: Iterable[Any]) -> Stands:
    """Return the row with its instants in UTC: a server gives them in the zone of its session."""
    return tuple(value.astimezone(UTC) if isinstance(value, datetime) else value for value in row)


def _untyped(table: Table) -> Select[Any]:
    columns: list[Any] = [type_coerce(column, NullType()).label(column.name) for column in table.columns]
    return select(*columns)
