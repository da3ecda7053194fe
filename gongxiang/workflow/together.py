"""Many acts in one transaction, each whole or not at all: how a docket of a hundred thousand lines is played."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from gongxiang.workflow import sweeping
from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.given import aware
from gongxiang.workflow.keys import Call
from gongxiang.workflow.register import ALWAYS
from gongxiang.workflow.upkeep import Result
from gongxiang.workflow.work import Work


class NotYetWritten(Exception):
    """What was said rests on an act that is gathered and not written: a key that came twice."""


class Together(Engine):
    """An engine whose acts are gathered, to be written together. What their receipts say is true only then."""

    def __init__(self, engine: Engine, work: Work) -> None:
        self.__dict__.update(engine.__dict__)
        self._work = work

    def sweep(
        self,
        *,
        now: datetime,
        dry_run: bool = False,  # noqa: ARG002  # nothing is written here in any case
        recorded_at: datetime | None = None,
        worker: str = "",  # noqa: ARG002  # nobody else works at what is gathered
        stop: Callable[[], bool] = lambda: False,  # noqa: ARG002  # it is one transaction
    ) -> sweeping.Swept:
        """Gather what has lapsed up to `now`, in the cases stored and in those gathered."""
        now, work = aware(now), self._work
        work.begin_act(self._moment(now, recorded_at))
        return sweeping.sweep(work, now, work.alarms(now))

    def _unit(
        self,
        do: Callable[[Work], Result],
        at: datetime | None,
        recorded_at: datetime | None,
        call: Call | None = None,
        case: str | None = None,  # noqa: ARG002  # what is looked up was read for all of them
    ) -> Result:
        if call and self._work.has_staged(call.key):
            raise NotYetWritten
        self._work.begin_act(self._moment(at, recorded_at))
        with self._work.whole():
            return do(self._work)

    def _moment(self, at: datetime | None, recorded_at: datetime | None) -> datetime:
        return self._recorded(at, recorded_at) or max(beijing(self._clock()), at or ALWAYS)


@contextmanager
def together(engine: Engine, cases: Sequence[str], keys: Sequence[str]) -> Iterator[Together]:
    """Gather acts and write them at the end, all or none. `cases` and `keys` are what they will ask for.

    Raises Conflict where somebody else has written meanwhile.
    """
    with engine._store.write() as transaction:
        transaction.preload(cases)
        transaction.preload_keys(keys)
        work = engine._begin(transaction, ALWAYS, writes=True)
        work.gathers = True
        yield Together(engine, work)
        work.flush()
