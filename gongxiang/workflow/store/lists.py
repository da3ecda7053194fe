"""What lists and boards are made of, found through the indexes: their cost follows what is shown or open, not what is
stored.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, func, literal, literal_column, select

from gongxiang.workflow.case import Case
from gongxiang.workflow.store.rows import case_of
from gongxiang.workflow.store.schema import CASE, DEADLINE, RULE_BOOK
from gongxiang.workflow.store.transaction import Transaction, batches

OPEN_CASE: ColumnElement[bool] = literal_column(f"NOT {CASE.name}.final")
"""Said as the index of open cases says it: SQLite takes no other words for the same."""

OPEN_DEADLINE: ColumnElement[bool] = literal_column(f"{DEADLINE.name}.open")
"""Likewise of deadlines that are neither met nor void."""

ALL = 2**62
"""A limit that no table reaches: with it an order stands inside a query and is read from its index."""


class Lists:
    """The cases and deadlines of one transaction, as lists need them. `read` reads a row by its name and its text; a
    row of which it makes nothing is left out.
    """

    def __init__(self, transaction: Transaction, read: Callable[[str, str], Case | None] = case_of) -> None:
        self._transaction = transaction
        self._read = read
        self._connection = transaction._connection

    def newest(
        self, most: int | None, *, only_open: bool = False, open_at: datetime | None = None, **equal: Any
    ) -> Generator[Case, None, None]:
        """Yield the cases whose columns equal the given values, the newest first; at most so many.

        `only_open`: only those in which something may still be owed, then at the cost of all of these. `open_at`:
        only those with a deadline that may have been neither met nor void at that moment: it is neither now, or
        something has happened there since; at the cost of all of these.
        """
        fitting: list[ColumnElement[bool]] = [_is(CASE.c[column], value) for column, value in equal.items()]
        if open_at is not None:
            since = select(CASE.c.case_id).where(CASE.c.last_at > open_at)
            fitting.append(CASE.c.case_id.in_(select(DEADLINE.c.case_id).where(OPEN_DEADLINE).union(since)))
        columns: Any = CASE.c
        if only_open:  # read by the index of open cases before they are sorted
            some = select(CASE.c.case_id, CASE.c.snapshot, CASE.c.opened_at).where(*fitting)
            columns, fitting = _soonest_first(some, ALL).subquery().c, []
        query = select(columns.case_id, columns.snapshot).where(*fitting)
        newest = query.order_by(columns.opened_at.desc(), columns.case_id.desc()).limit(most)
        return self._cases(newest, stream=most is None)

    def soonest(self, most: int | None, *, due_by: date | None = None) -> Generator[Case, None, None]:
        """Yield the cases in which something may still be owed, by their next due date, those without one last; at
        most so many. `due_by`: only those that have such a date, that day at the latest.
        """
        some = select(CASE.c.case_id, CASE.c.snapshot)
        some = some if due_by is None else some.where(CASE.c.due <= due_by)
        return self._cases(_soonest_first(some, ALL if most is None else most), stream=most is None)

    def named(self, names: Iterable[str]) -> dict[str, Case]:
        """Return those of the names that are cases, by name."""
        query = select(CASE.c.case_id, CASE.c.snapshot)
        rows = self._in_batches(query, CASE.c.case_id, names)
        return {case.case: case for row in rows if (case := self._read(row.case_id, row.snapshot))}

    def existing(self, names: Iterable[str]) -> set[str]:
        """Return those of the names that are cases."""
        return {row.case_id for row in self._in_batches(select(CASE.c.case_id), CASE.c.case_id, names)}

    def about(self, names: Iterable[str]) -> dict[str, list[Case]]:
        """Return the cases that are about each of the names; none for a name that none is about."""
        found: dict[str, list[Case]] = {}
        for row in self._in_batches(select(CASE.c.case_id, CASE.c.about, CASE.c.snapshot), CASE.c.about, names):
            if case := self._read(row.case_id, row.snapshot):
                found.setdefault(row.about, []).append(case)
        return found

    def passed(self, now: datetime, most: int | None) -> list[str]:
        """Return the case of each deadline that ended at or before `now`, unmet and unrecorded, the earliest first; at
        most so many deadlines.
        """
        return self._transaction.passed(now, most)

    def proposing(self, now: datetime, most: int | None) -> list[str]:
        """Return the case of each lapse up to `now` that proposes to open what nobody has opened yet in a case that
        names who owed, the newest first; at most so many lapses.
        """
        taken, quoted = CASE.alias("taken"), '"' + DEADLINE.c.owed_by + '"'
        opened = select(taken.c.case_id).where(
            taken.c.about == DEADLINE.c.case_id,
            taken.c.procedure == DEADLINE.c.proposes,
            # The one way to look for a text within another that every database has, and that minds upper case.
            func.replace(taken.c.snapshot, quoted, "") != taken.c.snapshot,
        )
        query = select(DEADLINE.c.case_id).where(
            DEADLINE.c.proposes.is_not(None), DEADLINE.c.lapsed_at <= now, ~opened.exists()
        )
        ordered = query.order_by(DEADLINE.c.lapsed_at.desc(), DEADLINE.c.case_id.desc()).limit(most)
        return list(self._connection.execute(ordered).scalars())

    def rule_books(self) -> list[str]:
        """Return the hashes of the rule books that cases are pinned to."""
        return list(self._connection.execute(select(RULE_BOOK.c.hash).order_by(RULE_BOOK.c.hash)).scalars())

    def _cases(self, query: Select[Any], *, stream: bool) -> Generator[Case, None, None]:
        with self._connection.execute(query, execution_options={"stream_results": stream}) as rows:
            for row in rows:
                if case := self._read(row.case_id, row.snapshot):
                    yield case

    def _in_batches(self, query: Select[Any], column: Any, names: Iterable[str]) -> Iterator[Any]:
        for some in batches(names):
            yield from self._connection.execute(query.where(column.in_(some)))


def _is(column: Any, value: Any) -> ColumnElement[bool]:
    """Return the condition that a column has a value. Of a state or a procedure there are few, and how rare this one is
    decides which index serves: the server, which plans once for all values, is shown it.
    """
    shown = column.name in ("state", "procedure")
    return cast(ColumnElement[bool], column == literal(value, column.type, literal_execute=shown))


def _soonest_first(query: Select[Any], most: int) -> Select[Any]:
    return query.where(OPEN_CASE).order_by(CASE.c.due.nulls_last(), CASE.c.case_id).limit(most)
