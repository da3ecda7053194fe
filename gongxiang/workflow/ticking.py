"""The one door to APScheduler. It wakes a worker and knows nothing else: what is due stands in the database.

Its jobs live in the memory of the process, and all of them may be lost, late or doubled without harm.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import time
from itertools import count
from types import TracebackType
from typing import Any, Self

from apscheduler.executors.pool import ThreadPoolExecutor  # type: ignore[import-untyped]  # it ships no types
from apscheduler.jobstores.memory import MemoryJobStore  # type: ignore[import-untyped]
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]
from apscheduler.triggers.cron import CronTrigger  # type: ignore[import-untyped]
from apscheduler.triggers.interval import IntervalTrigger  # type: ignore[import-untyped]

from gongxiang.calendars import BEIJING

UNEVEN = 0.1
"""By which share of its interval a tick may come later: workers that were started together are to fall out of step."""
HOUR_UNEVEN_SECONDS = 2
_JOBS = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
_NUMBERS = count(1)
_PARTS = ("scheduler", "executors", "jobstores")


class Ticker:
    """Calls functions from a thread of its own: at intervals, and at hours of the day, Beijing time.

    What is called returns at once. `complain` gets what APScheduler itself has to say of it; what a host's own
    schedulers say goes where the host wants it.
    """

    def __init__(self, complain: Callable[[str], object]) -> None:
        # APScheduler calls its loggers after these names, and the process may have schedulers that are not ours.
        self._name = name = f"gongxiang-{next(_NUMBERS)}"
        self._loggers = [logging.getLogger(f"apscheduler.{part}.{name}") for part in _PARTS]
        self._scheduler = BackgroundScheduler(
            jobstores={name: MemoryJobStore()},
            executors={name: ThreadPoolExecutor(1)},
            job_defaults=_JOBS,
            timezone=BEIJING,
            logger=self._loggers[0],
        )
        self._said = _Said(complain)

    def every(self, seconds: int, call: Callable[[], object]) -> None:
        """Call every so many seconds, the first time after as many."""
        self._add(call, IntervalTrigger(seconds=seconds, timezone=BEIJING, jitter=seconds * UNEVEN))

    def at(self, hours: Iterable[time], call: Callable[[], object]) -> None:
        """Call at these hours of every day, or within two seconds after."""
        for hour in hours:
            when = {"hour": hour.hour, "minute": hour.minute, "second": hour.second}
            self._add(call, CronTrigger(**when, timezone=BEIJING, jitter=HOUR_UNEVEN_SECONDS))

    def __enter__(self) -> Self:
        for logger in self._loggers:
            logger.addHandler(self._said)
            logger.setLevel(logging.WARNING)
            logger.propagate = False
        self._scheduler.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._scheduler.shutdown(wait=False)
        for logger in self._loggers:
            logger.removeHandler(self._said)

    def _add(self, call: Callable[[], object], trigger: Any) -> None:
        self._scheduler.add_job(call, trigger, jobstore=self._name, executor=self._name)


class _Said(logging.Handler):
    """Passes on what APScheduler warns of."""

    def __init__(self, complain: Callable[[str], object]) -> None:
        super().__init__(logging.WARNING)
        self._complain = complain

    def emit(self, record: logging.LogRecord) -> None:
        self._complain(record.getMessage())
