"""Which cases a sweep takes up, and what became of it: an attempt is written before the work and removed with it.

So whatever ends a sweep, be it an error or the death of its process, the attempt stays and counts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, literal, or_, select, tuple_

from gongxiang.workflow.store.driver import Server
from gongxiang.workflow.store.schema import ATTEMPT, CASE, DEADLINE

MOST_TRIES = 5
"""How often a case is tried before it is an incident, which a person looks at."""

SILENT_SECONDS = 300
"""For how long a worker may not have been seen before it counts as gone."""

Mark = tuple[datetime, str]
"""Where a sweep has come: the moment of the deadline and the case."""


@dataclass(frozen=True, slots=True)
class Due:
    """A case with a deadline that has passed unmet and unrecorded, how often it was tried in vain, and with what error
    the last time.
    """

    alarm: datetime
    case: str
    tries: int
    error: str | None = None

    @property
    def mark(self) -> Mark:
        """Where a sweep has come with this case."""
        return self.alarm, self.case


@dataclass(frozen=True, slots=True)
class Attempt:
    """A case that a sweep took up and has not finished. `error` is None where the worker died. Moments in UTC."""

    case: str
    tries: int
    worker: str
    tried_at: datetime
    next_try: datetime
    error: str | None
    aside: bool

    def is_in_hand(self, clock: datetime) -> bool:
        """Whether this may be the first try of a worker that is at it: nothing has failed, and no time to die in."""
        young = abs((clock - self.tried_at).total_seconds()) < SILENT_SECONDS
        return self.tries == 1 and self.error is None and not self.aside and young


class Attempts:
    """The attempts of one transaction."""

    def __init__(self, connection: Connection, server: Server, *, locks: bool) -> None:
        self._connection = connection
        self._server = server
        self._locks = locks

    def due(self, now: datetime, after: Mark | None, most: int, clock: datetime) -> tuple[list[Due], Mark | None]:
        """Return the next cases with a deadline that ended at or before `now`, unmet and unrecorded, in order; and how
        far behind `after` that looked, up to `most` deadlines, None where there are no more.

        Left out are the cases set aside, those that are incidents, and those whose next try is later than `clock`;
        where this transaction locks, also those that somebody else is at, and what is returned is locked.
        """
        passed = self._passed(now, after, most)
        first = {name: alarm for alarm, name in reversed(passed)}
        free = self._free(first, clock) if first else {}
        cases = dict.fromkeys(name for _, name in passed if name in free)
        return [Due(first[name], name, *free[name]) for name in cases], passed[-1] if len(passed) == most else None

    def again(self, due: Due, clock: datetime) -> list[Due]:
        """Return the case, locked as `due` locks, or nothing where it is no longer free."""
        return [due] if due.case in self._free([due.case], clock) else []

    def _passed(self, now: datetime, after: Mark | None, most: int) -> list[Mark]:
        # All of it on the way of one index: a join would have the planner sort whatever is due.
        alarm, name = DEADLINE.c.alarm, DEADLINE.c.case_id
        query = select(alarm, name).where(alarm.is_not(None), alarm <= now).order_by(alarm, name).limit(most)
        if after is not None:
            behind = tuple_(literal(after[0], alarm.type), literal(after[1], name.type))
            query = query.where(tuple_(alarm, name) > behind)
        return [(row.alarm, row.case_id) for row in self._connection.execute(query)]

    def _free(self, cases: Collection[str], clock: datetime) -> dict[str, tuple[int, str | None]]:
        """Return those of the cases that may be tried: how often that was done in vain, and the last error."""
        tried = CASE.outerjoin(ATTEMPT, ATTEMPT.c.case_id == CASE.c.case_id)
        query = (
            select(
                CASE.c.case_id,
                ATTEMPT.c.tries,
                ATTEMPT.c.aside,
                ATTEMPT.c.tried_at,
                ATTEMPT.c.next_try,
                ATTEMPT.c.error,
            )
            .select_from(tried)
            .where(CASE.c.case_id.in_(cases))
        )
        if self._locks:
            query = query.with_for_update(of=CASE, skip_locked=True)
        return {
            row.case_id: (row.tries or 0, row.error)
            for row in self._connection.execute(query)
            if row.tries is None or _may_be_tried(row, clock)
        }

    def begin(self, picked: Sequence[Due], worker: str, clock: datetime) -> list[Due]:
        """Count one more try by `worker` of each case that stands as when it was picked; return these.

        With the rest somebody else was first meanwhile.
        """
        query = select(ATTEMPT).where(ATTEMPT.c.case_id.in_([due.case for due in picked]))
        tried = {row.case_id: row for row in self._connection.execute(query)}
        mine = [due for due in picked if _stands(due, tried.get(due.case), clock)]
        rows = [(due.case, 1, worker, clock, clock, None, False) for due in mine]
        self._server.insert(self._connection, ATTEMPT, rows, _ONE_MORE)
        return mine

    def finish(self, cases: Sequence[str]) -> None:
        """Forget the tries of these cases: they were got through."""
        self._server.delete(self._connection, ATTEMPT.c.case_id, cases)

    def take_back(self, cases: Sequence[Due]) -> None:
        """Count the last try of these cases as none, where nobody has tried them since."""
        for due in cases:
            last = (ATTEMPT.c.case_id == due.case, ATTEMPT.c.tries == due.tries + 1)
            if due.tries:
                before = ATTEMPT.update().where(*last).values(tries=due.tries, error=due.error)
                self._connection.execute(before)
            else:
                self._connection.execute(ATTEMPT.delete().where(*last))

    def failed(self, name: str, error: str, next_try: datetime) -> None:
        """Say why a case was not got through, and when it may be tried again."""
        self._connection.execute(
            ATTEMPT.update().where(ATTEMPT.c.case_id == name).values(error=error, next_try=next_try)
        )

    def decide(self, name: str, *, aside: bool, next_try: datetime) -> bool:
        """Set a case aside, or let it be tried afresh; return whether there was anything to decide: not where that
        stands so already.
        """
        fresh: dict[str, Any] = {"aside": True} if aside else {"aside": False, "tries": 0, "next_try": next_try}
        open_ = ~ATTEMPT.c.aside if aside else or_(ATTEMPT.c.aside, ATTEMPT.c.tries > 0)
        done = self._connection.execute(ATTEMPT.update().where(ATTEMPT.c.case_id == name, open_).values(**fresh))
        return done.rowcount == 1

    def all(self, clock: datetime | None = None) -> list[Attempt]:
        """Return the attempts at cases that still have something to be found, those tried most often first; by a
        `clock` without those that are in hand.
        """
        waits = exists().where(DEADLINE.c.case_id == ATTEMPT.c.case_id, DEADLINE.c.alarm.is_not(None))
        query = select(ATTEMPT).where(waits).order_by(ATTEMPT.c.tries.desc(), ATTEMPT.c.case_id)
        found = (
            Attempt(row.case_id, row.tries, row.worker, row.tried_at, row.next_try, row.error, row.aside)
            for row in self._connection.execute(query)
        )
        return [one for one in found if clock is None or not one.is_in_hand(clock)]


def _may_be_tried(row: Any, clock: datetime) -> bool:
    """Whether nobody has to decide, and the pause after the last try is over or the clock was set back since."""
    given_up = row.aside or row.tries >= MOST_TRIES
    return not given_up and bool(row.next_try <= clock or clock < row.tried_at)


def _stands(due: Due, row: Any, clock: datetime) -> bool:
    """Whether the row of a case, None for none, is still what was picked."""
    if row is None:
        return due.tries == 0
    return row.tries == due.tries and _may_be_tried(row, clock)


_ONE_MORE = (
    f"ON CONFLICT (case_id) DO UPDATE SET tries = {ATTEMPT.name}.tries + 1,"
    " worker = excluded.worker, tried_at = excluded.tried_at, next_try = excluded.next_try, error = excluded.error"
)
