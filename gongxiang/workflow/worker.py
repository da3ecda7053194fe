"""A worker: woken from time to time, it runs what is due and waits again. Any number may run side by side.

It keeps nothing that matters: what is due, what is done and by whom stands in the database, so it may be killed,
stopped, doubled or late. It is told its clock; only what wakes it has one of its own.
"""

from __future__ import annotations

import os
import random
import secrets
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Literal

from gongxiang.errors import DamagedRecord, ForeignDatabase, StoreError, UnknownSchema
from gongxiang.workflow import given
from gongxiang.workflow.deadline import beijing
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.errands import Timetable
from gongxiang.workflow.logbook import Logbook
from gongxiang.workflow.readable import UNREADABLE, why
from gongxiang.workflow.running import Runner
from gongxiang.workflow.store.attempts import SILENT_SECONDS
from gongxiang.workflow.store.workers import Attendance
from gongxiang.workflow.sweeping import Swept
from gongxiang.workflow.ticking import Ticker
from gongxiang.workflow.views import iso

Wake = Literal["sweep", "errands", "attend", "stop"]

ATTENDS_SECONDS = 60
"""A worker shows itself so often where it sweeps more rarely, and at least so often within a long sweep."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0
"""How long a database that does not answer is left alone: each time about twice as long."""


@dataclass(frozen=True, slots=True)
class Away:
    """A database that does not answer: since when, how often it was tried, and what it ended with."""

    since: datetime
    tries: int
    error: str


def oneself(now: datetime, name: str | None = None, *, once: bool = False) -> Attendance:
    """Return a worker of this process that starts now. Without a name it is called by host, process and chance; one
    that runs once, by its host, so that a thousand runs leave one row.
    """
    host, process = socket.gethostname(), os.getpid()
    called = name or (f"{host}-once" if once else f"{host}-{process}-{secrets.token_hex(2)}")
    return Attendance(given.name(called, "name"), host, process, beijing(now), beijing(now), None, {})


class Worker:
    """Sweeps every so many seconds, and runs the errands of a timetable once among all workers.

    `hook` is a program that gets each reminder and warning as one line of JSON. `run` and `once` belong to one thread;
    `stop` may be called from anywhere, a signal's handler included, and as often as one likes.
    """

    def __init__(
        self,
        engine: Engine,
        me: Attendance,
        *,
        clock: Callable[[], datetime],
        log: Logbook,
        every: int = 60,
        timetable: Timetable | None = None,
        hook: str | None = None,
    ) -> None:
        self._engine, self._me, self._clock, self._log = engine, me, clock, log
        self._every, self._timetable = every, timetable or Timetable()
        self._wakes: SimpleQueue[Wake] = SimpleQueue()  # its put may interrupt itself: made for signal handlers
        self._runner = Runner(engine, me.worker, log=log, hook=hook, stop=self._is_stopping)
        self._stopping = False
        self._reached = self._shared = False
        self._away: Away | None = None
        self._done: set[str] = set()
        self._told: dict[str, Any] = {"every": every}
        self._progress = self._attended = monotonic()

    @property
    def name(self) -> str:
        """What this worker is called."""
        return self._me.worker

    @property
    def told(self) -> dict[str, Any]:
        """What its last sweep and errand came to, JSON-able."""
        return dict(self._told)

    def run(self) -> None:
        """Work until `stop`. Raises UnknownSchema or ForeignDatabase for a database that never was one of ours; from
        any other trouble with the database it recovers.
        """
        wanted: set[Wake] = {"sweep"}
        with Ticker(lambda said: self._log.say("ticker", "warning", said=said)) as ticker:
            ticker.every(self._every, lambda: self._wakes.put("sweep"))
            if self._every > ATTENDS_SECONDS:
                ticker.every(ATTENDS_SECONDS, lambda: self._wakes.put("attend"))
            ticker.at(self._timetable.hours(), lambda: self._wakes.put("errands"))
            self._log.say("started", every=self._every, hours=[f"{hour:%H:%M}" for hour in self._timetable.hours()])
            while not self._stopping:
                pause = self._tried(wanted)
                wanted = self._woken(pause)
        self._leave()

    def once(self) -> bool:
        """Run everything that is due, once; return whether all of it was got through. Raises StoreError."""
        self._log.say("started", every=None, hours=[f"{hour:%H:%M}" for hour in self._timetable.hours()])
        fine = self._tick({"sweep"})
        self._leave()
        return fine

    def stop(self) -> None:
        """Let the batch in hand be finished, and then end."""
        self._stopping = True
        self._wakes.put("stop")

    def health(self) -> dict[str, Any]:
        """Return whether this worker works, JSON-able, from what it knows: the database is not asked."""
        still = monotonic() - self._progress
        away = self._away
        standing = "working"
        if self._stopping:
            standing = "stopping"
        elif away:
            standing = "database_away"
        elif still > SILENT_SECONDS:
            standing = "stuck"
        return {
            "ok": standing == "working",
            "worker": self._me.worker,
            "standing": standing,
            "started_at": iso(self._me.started_at),
            "seconds_since_progress": round(still, 1),
            "database_away": {"since": iso(away.since), "tries": away.tries, "error": away.error} if away else None,
            "told": self.told,
        }

    # Waking

    def _woken(self, pause: float | None) -> set[Wake]:
        """Wait to be woken, or for a pause after which everything is tried again; return all that came meanwhile."""
        woken: set[Wake] = set()
        if pause is None:
            end = monotonic() + 3 * self._every
            # A second at a time: a signal that comes the moment before a wait begins does not end that wait.
            while not (woken or self._stopping) and monotonic() < end:
                with suppress(Empty):
                    woken.add(self._wakes.get(timeout=1))
            woken = woken or {"sweep"}  # whatever became of the ticker
        else:
            end = monotonic() + pause
            while not self._stopping and (left := end - monotonic()) > 0:
                with suppress(Empty):
                    self._wakes.get(timeout=min(left, 1))
            woken.add("sweep")
        with suppress(Empty):
            while True:
                woken.add(self._wakes.get_nowait())
        return woken

    def _tried(self, wanted: set[Wake]) -> float | None:
        """Run what is wanted; return None, or for how many seconds the database is left alone."""
        try:
            self._tick(wanted)
        except DamagedRecord as error:  # the database is there, and says what nobody can read
            self._log.say("sweep_failed", "error", error=why(error))
        except StoreError as error:
            if isinstance(error, UnknownSchema | ForeignDatabase) and not self._reached:
                raise
            return self._gone(why(error))
        except UNREADABLE as error:
            self._log.say("sweep_failed", "error", error=why(error))
        if self._away:
            self._log.say("database_back", since=iso(self._away.since), tries=self._away.tries)
        self._away = None
        return None

    def _gone(self, error: str) -> float:
        tries = self._away.tries + 1 if self._away else 1
        self._away = Away(self._away.since if self._away else self._clock(), tries, error)
        most = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(tries, 30))
        pause = random.uniform(most / 2, most)  # no secret: workers are not to come back all at once
        self._progress = monotonic()
        self._log.say("database_away", "warning", error=error, tries=tries, next_try_seconds=round(pause, 1))
        return pause

    # Working

    def _tick(self, wanted: set[Wake]) -> bool:
        """Run what is due; return whether all of it was got through. Raises StoreError where the database does not
        answer.
        """
        self._alive()
        self._attend()
        now = beijing(self._clock())
        due = list(self._timetable.due(now))
        self._done &= {errand.name for errand in due}
        fine = True
        for errand in due:
            if errand.name in self._done or self._stopping:
                continue
            if self._runner.run(errand, now):
                self._done.add(errand.name)
                self._told["errand"] = self._runner.last
            else:
                fine = False
        if "sweep" in wanted and not self._stopping:
            fine = self._sweep(now) and fine
        self._attend()
        return fine

    def _sweep(self, now: datetime) -> bool:
        began = monotonic()
        swept = self._engine.sweep(now=now, worker=self._me.worker, stop=self._is_stopping)
        given_up = sum(one.state == "incident" for one in self._engine.incidents())
        oldest = max(((now - found.at).total_seconds() for found in swept.lapses), default=None)
        told = {
            "at": iso(now),
            "lapses": len(swept.lapses),
            "held": len(swept.held),
            "failed": len(swept.failed),
            "incidents": given_up,
            "batches": swept.batches,
            "whole": swept.whole,
            "milliseconds": round((monotonic() - began) * 1000),
            "oldest_seconds": oldest,
        }
        self._told["sweep"] = told
        self._say_failed(swept)
        self._log.say("sweep", "error" if swept.failed or given_up else "info", **told)
        return not (swept.failed or given_up)

    def _say_failed(self, swept: Swept) -> None:
        for failed in swept.failed:
            self._log.say("case_failed", "error", case=failed.case, error=failed.error)

    # Showing itself

    def _is_stopping(self) -> bool:
        """Return whether to stop: asked between two batches, so it also shows that there is progress."""
        self._alive()
        if monotonic() - self._attended > ATTENDS_SECONDS / 2:
            with suppress(StoreError):  # the work itself will meet it
                self._attend()
        return self._stopping

    def _alive(self) -> None:
        self._progress = monotonic()

    def _attend(self, *, stopped: bool = False) -> None:
        self._attended = monotonic()
        seen = beijing(self._clock())
        self._me = replace(self._me, seen_at=seen, stopped_at=seen if stopped else None, told=self._told)
        before = self._engine.attend(self._me, first=not self._reached)
        # At the first time it is one that went before, and may have died without a word.
        if self._reached and not self._shared and before and before != (self._me.host, self._me.pid):
            self._shared = True
            self._log.say("name_shared", "warning", host=before[0], pid=before[1])
        self._reached = True

    def _leave(self) -> None:
        try:
            self._attend(stopped=True)
        except StoreError as error:
            self._log.say("database_away", "warning", error=str(error))
        self._log.say("stopped", unfinished=self._away is not None)
