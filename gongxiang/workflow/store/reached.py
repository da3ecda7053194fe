"""Which cases have a deadline that another edition can date otherwise, found by the due dates alone.

Up to some due date two editions say the same (`gongxiang.workflow.reach`). Those still owed are found through the
index of open deadlines; those that were met by one reading of the table of deadlines, and no case is read that is not
named here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import CompoundSelect, Select, func, or_, select, union

from gongxiang.workflow.case import Case
from gongxiang.workflow.store.lists import OPEN_DEADLINE
from gongxiang.workflow.store.rows import case_of
from gongxiang.workflow.store.schema import CASE, DEADLINE
from gongxiang.workflow.store.transaction import Transaction

Firsts = Mapping[str, date]
"""From which due date on a deadline may be dated otherwise, by the edition that its date is of."""

PAGE = 128
"""How many cases are read in one go."""


class Reached:
    """The cases of one transaction that another edition reaches."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._connection = transaction._connection

    def editions(self) -> list[str]:
        """Return the editions that the dates of open deadlines are of: one look at the index for each."""
        found: list[str] = []
        last = ""
        while True:
            query = (
                select(DEADLINE.c.edition).where(OPEN_DEADLINE, DEADLINE.c.edition > last).order_by(DEADLINE.c.edition)
            )
            edition = self._connection.execute(query.limit(1)).scalar()
            if edition is None:
                return found
            found.append(edition)
            last = edition

    def owing(self, firsts: Firsts, behind: Sequence[str] = ()) -> Iterator[Case]:
        """Yield the cases in which a deadline that is still open is reached, in order, behind each of `behind`; read a
        page at a time, without a lock.
        """
        while firsts:
            names: list[str] = list(self._connection.execute(_page(firsts, behind)).scalars())
            query = select(CASE.c.case_id, CASE.c.snapshot).where(CASE.c.case_id.in_(names))
            for row in self._connection.execute(query.order_by(CASE.c.case_id)).all():
                yield case_of(row.case_id, row.snapshot)
            if len(names) < PAGE:
                return
            behind = names[-1:]

    def acted_since(self, moment: datetime) -> Iterator[Case]:
        """Yield the cases with an open deadline in which something has happened after `moment`, in order; read a page
        at a time, without a lock.
        """
        owed = select(DEADLINE.c.case_id).where(OPEN_DEADLINE)
        last = ""
        while True:
            query = select(CASE.c.case_id, CASE.c.snapshot).where(CASE.c.last_at > moment, CASE.c.case_id > last)
            rows = self._connection.execute(query.where(CASE.c.case_id.in_(owed)).order_by(CASE.c.case_id).limit(PAGE))
            for row in (page := rows.all()):
                yield case_of(row.case_id, row.snapshot)
            if len(page) < PAGE:
                return
            last = page[-1].case_id

    def read(self, names: Sequence[str]) -> None:
        """Read cases in one go that will be asked for one by one; not where each is locked when it is asked for."""
        if not self._transaction._locks:
            self._transaction.preload(names)

    def owed(self, firsts: Firsts) -> int:
        """Return how many cases `owing` would yield."""
        if not firsts:
            return 0
        some = union(*(_owing(edition, first) for edition, first in firsts.items())).subquery()
        return self._connection.execute(select(func.count()).select_from(some)).scalar() or 0

    def settled_editions(self) -> list[str]:
        """Return the editions that the dates of deadlines are of that are owed no more."""
        return list(self._connection.execute(select(DEADLINE.c.edition).where(~OPEN_DEADLINE).distinct()).scalars())

    def settled(self, firsts: Firsts) -> Iterator[Case]:
        """Yield the cases in which a deadline that is owed no more is reached, in order."""
        if not firsts:
            return
        reached = or_(*((DEADLINE.c.edition == edition) & (DEADLINE.c.due >= day) for edition, day in firsts.items()))
        names = select(DEADLINE.c.case_id).where(~OPEN_DEADLINE, reached)
        query = select(CASE.c.case_id, CASE.c.snapshot).where(CASE.c.case_id.in_(names)).order_by(CASE.c.case_id)
        with self._connection.execute(query, execution_options={"stream_results": True}) as rows:
            for row in rows:
                yield case_of(row.case_id, row.snapshot)


def _owing(edition: str, first: date) -> Select[tuple[str]]:
    return select(DEADLINE.c.case_id).where(OPEN_DEADLINE, DEADLINE.c.edition == edition, DEADLINE.c.due >= first)


def _page(firsts: Firsts, behind: Sequence[str]) -> CompoundSelect[Any]:
    """Return the query for the next names: each edition's from its own part of the index, so none is read in vain."""
    parts = []
    for edition, first in firsts.items():
        part = _owing(edition, first).where(*(DEADLINE.c.case_id > name for name in behind))
        parts.append(select(part.distinct().order_by(DEADLINE.c.case_id).limit(PAGE).subquery().c.case_id))
    whole = union(*parts)
    return whole.order_by(whole.selected_columns[0]).limit(PAGE)
