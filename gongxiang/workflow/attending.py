"""What workers say of themselves in the database, so that many of them on many machines are one: attendance, errands,
health.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from gongxiang.errors import ConnectionLost
from gongxiang.workflow import given
from gongxiang.workflow.given import aware
from gongxiang.workflow.health import Health, health
from gongxiang.workflow.questions import Questions
from gongxiang.workflow.store import Transaction
from gongxiang.workflow.store.workers import Attendance, Process

KEPT = timedelta(days=40)
"""How long workers not seen again and errands long run stay on record. They are no part of the ledger."""


class Attending(Questions):
    """A database that workers attend to."""

    def attend(self, seen: Attendance, *, first: bool = False) -> Process | None:
        """Write that a worker is there, or has stopped; return who was at work under its name. Its first attendance
        forgets those of forty days ago.
        """

        def attend(transaction: Transaction) -> Process | None:
            if first:
                transaction.workers.forget(seen.seen_at - KEPT)
            return transaction.workers.attend(seen)

        return self._store.unit(attend, locks=True)

    def take_errand(self, errand: str, *, worker: str, at: datetime) -> bool:
        """Return whether `worker` is the one that runs this errand; of several who ask, one is told so, once."""
        errand, worker, at = given.name(errand, "errand"), given.name(worker, "worker"), aware(at)
        if self.is_taken(errand):
            return False

        def take(transaction: Transaction) -> bool:
            return transaction.workers.take(errand, worker, at)

        def mine(transaction: Transaction) -> bool:
            return transaction.workers.taken_by(errand) == worker or take(transaction)

        try:
            return self._store.unit(take, locks=True)
        except ConnectionLost:  # as it was being written: it may be taken, and then by nobody else
            return self._store.unit(mine, locks=True)

    def is_taken(self, errand: str) -> bool:
        """Return whether somebody runs this errand, or has run it."""
        with self._store.read() as transaction:
            return transaction.workers.taken_by(given.name(errand, "errand")) is not None

    def health(self, *, now: datetime | None = None) -> Health:
        """Return how the machinery stands: who works, what has passed and is not on record, what could not be swept,
        what is not sealed, which notice is missing.
        """
        with self._reading() as work:
            return health(work, self._told(now))
