"""Rows of workers and errands, and what says whether the workers keep up."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, select

from gongxiang.workflow.store.changes import SEALER, Values
from gongxiang.workflow.store.driver import Server
from gongxiang.workflow.store.schema import DEADLINE, ERRAND, OUTBOX, WORKER

Process = tuple[str, int]
"""Host and process number."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """A worker as it was last seen. `told` are its last results, JSON-able. Moments by the clock of its machine."""

    worker: str
    host: str
    pid: int
    started_at: datetime
    seen_at: datetime
    stopped_at: datetime | None
    told: Mapping[str, Any]


class Workers:
    """The workers and errands of one transaction."""

    def __init__(self, connection: Connection, server: Server) -> None:
        self._connection = connection
        self._server = server

    # Who works

    def attend(self, seen: Attendance) -> Process | None:
        """Write that a worker was seen: the row of its name. Return who stood there and had not stopped, or None."""
        query = select(WORKER.c.host, WORKER.c.pid).where(WORKER.c.worker == seen.worker, WORKER.c.stopped_at.is_(None))
        before = self._connection.execute(query).first()
        rest = ", ".join(f"{one} = excluded.{one}" for one in WORKER.columns.keys()[1:])
        told = json.dumps(seen.told, ensure_ascii=False)
        row = (seen.worker, seen.host, seen.pid, seen.started_at, seen.seen_at, seen.stopped_at, told)
        self._insert(WORKER, row, f"ON CONFLICT (worker) DO UPDATE SET {rest}")
        return (before.host, before.pid) if before else None

    def all(self) -> list[Attendance]:
        """Return every worker on record, the last seen first."""
        query = select(WORKER).order_by(WORKER.c.seen_at.desc(), WORKER.c.worker)
        return [
            Attendance(row.worker, row.host, row.pid, row.started_at, row.seen_at, row.stopped_at, json.loads(row.told))
            for row in self._connection.execute(query)
        ]

    # What is done once

    def take(self, errand: str, worker: str, at: datetime) -> bool:
        """Write that this worker runs an errand; return False where somebody does already."""
        return self._insert(ERRAND, (errand, worker, at), "ON CONFLICT (errand) DO NOTHING") == 1

    def taken_by(self, errand: str) -> str | None:
        """Return which worker runs that errand or has, or None."""
        return self._connection.execute(select(ERRAND.c.worker).where(ERRAND.c.errand == errand)).scalar()

    def forget(self, before: datetime) -> None:
        """Remove the workers that were last seen, and the errands that were taken, before that moment."""
        self._connection.execute(WORKER.delete().where(WORKER.c.seen_at < before))
        self._connection.execute(ERRAND.delete().where(ERRAND.c.taken_at < before))

    # Whether they keep up

    def late(self, now: datetime, since: Sequence[datetime]) -> list[int]:
        """Return how many deadlines have passed unmet and unrecorded: after each moment of `since`, the latest first,
        and at last before all of them.
        """
        alarm = DEADLINE.c.alarm
        edges = [now, *since]
        counts = [func.count().filter(alarm <= edge, alarm > next_) for edge, next_ in zip(edges, since, strict=False)]
        query = select(*counts, func.count().filter(alarm <= edges[-1])).where(alarm.is_not(None), alarm <= now)
        return list(self._connection.execute(query).one())

    def unsealed(self, most: int) -> int:
        """Return how many events wait for a seal, counting no further than `most`."""
        some = select(OUTBOX.c.seq).where(OUTBOX.c.consumer == SEALER).limit(most).subquery()
        return self._connection.execute(select(func.count()).select_from(some)).scalar() or 0

    def _insert(self, table: Table, row: Values, conflict: str) -> int:
        return self._server.insert(self._connection, table, [row], conflict)
