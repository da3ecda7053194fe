"""The sweep: every lapse up to a moment found and recorded once. A missed, doubled or late sweep changes nothing but
moments of recording.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from gongxiang.errors import Conflict, DamagedRecord, StoreError, TransactionAborted
from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.lapse import Held, held_in
from gongxiang.workflow.readable import SPOILED, UNREADABLE, why
from gongxiang.workflow.store import Store, Transaction
from gongxiang.workflow.store.attempts import Due, Mark
from gongxiang.workflow.store.turns import repeated
from gongxiang.workflow.views import iso
from gongxiang.workflow.work import Work

BATCH = 100
"""How many cases are swept in one transaction."""

FIRST_PAUSE = timedelta(minutes=1)
"""How long a case that could not be swept is left alone the first time; each time twice as long."""

HARMFUL = (Conflict, DamagedRecord, *SPOILED)
"""What a case raises that could be read and not written: the whole batch goes with it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A lapse: the case, the limit, its legal moment, who owed it, and the state it brought."""

    case: str
    limit: str
    at: datetime
    owed_by: str
    state: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A case that could not be swept, and why; it is tried again later, and is an incident after some tries."""

    case: str
    error: str


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found, what it held back because a known notice moves it or its date is provisional, and the cases
    that it could not read. `batches` counts its transactions; `whole` says that it came to the end.
    """

    now: datetime
    lapses: tuple[Found, ...]
    held: tuple[Held, ...]
    failed: tuple[Failed, ...] = ()
    batches: int = 0
    whole: bool = True

    def as_record(self) -> dict[str, Any]:
        """Return JSON-able values."""
        return {
            "now": iso(self.now),
            "lapses": [
                {
                    "case": found.case,
                    "limit": found.limit,
                    "at": iso(found.at),
                    "owed_by": found.owed_by,
                    "state": found.state,
                }
                for found in self.lapses
            ],
            "held": [held.as_record() for held in self.held],
            "failed": [{"case": failed.case, "error": failed.error} for failed in self.failed],
        }


def sweep(work: Work, now: datetime, names: Sequence[str]) -> Swept:
    """Stage every lapse of these cases up to `now`, in their order; say what is held back.

    A case that cannot be read is left as it was, and said to have failed.
    """
    found: list[Found] = []
    held: list[Held] = []
    failed: list[Failed] = []
    work.transaction.preload(names)
    for name in names:
        try:
            with work.whole():
                lapses, back = _one(work, now, name)
        except UNREADABLE as error:
            failed.append(Failed(name, f"{type(error).__name__}: {error}"))
        else:
            found += lapses
            held += back
    return Swept(now, tuple(found), tuple(held), tuple(failed), batches=1)


def _one(work: Work, now: datetime, name: str) -> tuple[list[Found], list[Held]]:
    before = work.need(name)
    if before.case != name:
        raise ValueError(f"its row is that of {before.case}")
    if before.last_at > now:
        # Swept for a moment before its last event: what had passed by then was recorded with that event.
        return [], []
    after = work.settle_lapses(before, now)
    if after is not before:
        work.ruling(after)  # what its row is to say: where that cannot be said, nothing of it is written
    found = [
        Found(name, limit, deadline.lapsed_at, deadline.owed_by, after.state)
        for limit, deadline in after.deadlines.items()
        if deadline.lapsed_at is not None and before.deadlines[limit].lapsed_at is None
    ]
    return found, list(held_in(after, now, work.edition(beijing(now).date()), work.counting))


def together(parts: Sequence[Swept], now: datetime, *, whole: bool) -> Swept:
    """Return what several batches found, as one sweep."""
    return Swept(
        now,
        tuple(one for part in parts for one in part.lapses),
        tuple(one for part in parts for one in part.held),
        tuple(one for part in parts for one in part.failed),
        len(parts),
        whole,
    )


class Sweeper:
    """Sweeps a database batch by batch, each in a transaction of its own, and each case alone when its batch fails."""

    def __init__(self, store: Store, begin: Callable[[Transaction], Work], now: datetime, clock: datetime, worker: str):
        self._store, self._begin = store, begin
        self._now, self._clock, self._worker = now, clock, worker

    def run(self, stop: Callable[[], bool]) -> Swept:
        """Sweep until nothing more is due, or `stop` says so between two batches."""
        parts: list[Swept] = []
        after: Mark | None = None
        while not stop():
            after, done = self._batch(after)
            parts += done
            if after is None:
                return together(parts, self._now, whole=True)
        return together(parts, self._now, whole=False)

    def _batch(self, after: Mark | None) -> tuple[Mark | None, list[Swept]]:
        """Sweep the next cases behind `after`; return how far that came, None where nothing is left, and what was
        found.
        """
        picked: list[Due] = []
        reached: Mark | None = None

        def pick(transaction: Transaction) -> list[Due]:
            nonlocal reached
            due, reached = transaction.attempts.due(self._now, after, BATCH, self._clock)
            picked[:] = _apart(due)
            if len(picked) < len(due):
                reached = picked[-1].mark
            return picked

        try:
            done = [self._sweep(pick)]
        except HARMFUL as error:
            if not picked:  # none of theirs: they could not even be looked for
                raise
            # One of them stands otherwise than its row says. Which, each alone will show.
            done = [self._failed(picked[0], error)] if len(picked) == 1 else [*map(self._alone, list(picked))]
        return reached, done

    def _alone(self, due: Due) -> Swept:
        try:
            return self._sweep(lambda transaction: transaction.attempts.again(due, self._clock))
        except HARMFUL as error:
            return self._failed(due, error)

    def _failed(self, due: Due, error: Exception) -> Swept:
        wrong = why(error)
        if isinstance(error, Conflict):
            wrong = f"event {error.seq} of {error.case} is not what its row leads to"
        failed = Failed(due.case, wrong)
        with self._store.write() as transaction:
            self._remember(transaction, [due], (failed,))
        return Swept(self._now, (), (), (failed,), batches=1)

    def _sweep(self, pick: Callable[[Transaction], list[Due]]) -> Swept:
        """Sweep what `pick` finds; again where the database broke the transaction off."""
        return repeated(lambda _: self._once(pick), (TransactionAborted,))

    def _once(self, pick: Callable[[Transaction], list[Due]]) -> Swept:
        held: list[Due] = []

        def hold(transaction: Transaction, picked: list[Due]) -> None:
            held[:] = picked[:] = transaction.attempts.begin(picked, self._worker, self._clock)

        try:
            with self._store.claiming(pick, hold) as (transaction, picked):
                work = self._begin(transaction)
                swept = sweep(work, self._now, [due.case for due in picked])
                work.flush()
                self._remember(transaction, picked, swept.failed)
                return swept
        except HARMFUL:
            if len(held) > 1:  # the fault of one, which is tried alone now; of a case that is alone it is the failure
                self._take_back(held)
            raise
        except StoreError:
            self._take_back(held)  # the database's fault and none of the cases'
            raise

    def _take_back(self, held: Sequence[Due]) -> None:
        """Let what was held count as no try, if that can be written at all."""
        with suppress(StoreError), self._store.write() as transaction:
            transaction.attempts.take_back(held)

    def _remember(self, transaction: Transaction, picked: list[Due], failed: Sequence[Failed]) -> None:
        tries = {due.case: due.tries for due in picked}
        for one in failed:
            pause = FIRST_PAUSE * 2 ** tries.pop(one.case)
            transaction.attempts.failed(one.case, one.error, self._clock + pause)
        if tries:
            transaction.attempts.finish(list(tries))


def _apart(due: list[Due]) -> list[Due]:
    """Return the cases to take up together: one that was tried in vain stands alone, so that it can harm no other."""
    return list(takewhile(lambda one: not one.tries, due)) or due[:1]
