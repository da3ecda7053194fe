"""Waiting for one's turn to write: SQLite lets one writer in at a time and its own waiting is unfair.

SQLite's busy handler sleeps longer the longer it has waited, so that whoever came last is served first: of eight
threads on one file six got one act through in three seconds. Here the threads of a process queue at a lock in front
of the database, and processes try again after a short random pause that does not grow.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition
from typing import Any, TypeVar

from gongxiang.errors import DatabaseLocked, Reason, Text
from gongxiang.workflow.store.driver import Overtaken

SHORTEST, LONGEST = 0.0005, 0.004
"""Seconds between two tries of a process: about the length of one to eight acts of another."""

MOST_AGAIN = 6
"""How often what is ours is done, because somebody else wrote first or the database broke it off."""

Item = TypeVar("Item")


class Queue:
    """A lock that serves its threads in the order in which they came."""

    def __init__(self) -> None:
        self._condition = Condition()
        self._waiting: list[object] = []
        self._held = False

    @contextmanager
    def turn(self, seconds: float, url: str) -> Iterator[None]:
        """Hold the lock. Raises DatabaseLocked when it is not free within `seconds`."""
        self._take(seconds, url)
        try:
            yield
        finally:
            self._give_back()

    def _take(self, seconds: float, url: str) -> None:
        ticket = object()
        with self._condition:
            self._waiting.append(ticket)
            try:
                mine = self._condition.wait_for(lambda: not self._held and self._waiting[0] is ticket, seconds)
            finally:
                self._waiting.remove(ticket)
                self._condition.notify_all()
            if not mine:
                raise locked(url)
            self._held = True

    def _give_back(self) -> None:
        with self._condition:
            self._held = False
            self._condition.notify_all()


def tries(seconds: float) -> Iterator[bool]:
    """Yield once a try, pausing before each but the first; the last one, when `seconds` have passed, yields False."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield True
        time.sleep(random.uniform(SHORTEST, LONGEST))  # no secret: it only keeps processes out of step
    yield False


def repeated(
    do: Callable[[int], Item],
    after: tuple[type[Exception], ...],
    asks: Callable[[Any, int], bool] = lambda _error, _again: True,
) -> Item:
    """Return what `do` returns, done again `after` one of these as long as it `asks` for it, up to `MOST_AGAIN` times
    in all.

    Both are told how often it was done before. Raises what the last one raised. Whoever was overtaken begins anew at
    once; whom the database broke off waits, or it would take again what the other is just about to be given.
    """
    for again in range(MOST_AGAIN - 1):
        try:
            return do(again)
        except after as error:
            if not asks(error, again):
                raise
            waits = again + (not isinstance(error, Overtaken))
        pause(waits)
    return do(MOST_AGAIN - 1)


def pause(again: int) -> None:
    """Let others have their turn: not before the first time, and each time longer."""
    if again:
        time.sleep(random.uniform(SHORTEST, LONGEST) * again)  # no secret


def locked(url: str) -> DatabaseLocked:
    """Return the error for a database that stayed busy for longer than the time allowed."""
    return DatabaseLocked(
        Reason(
            "database_locked",
            Text(f"数据库正被另一进程占用：{url}", f"another process holds the database: {url}"),
            None,
            Text(
                "请稍后重试；若长期如此，请查找未结束的进程",
                "try again; if it lasts, look for a process that does not end",
            ),
        )
    )
