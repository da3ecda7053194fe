"""Ending a command that runs for long: at SIGTERM from what watches over it, at Ctrl-C from a person, at SIGHUP when
its terminal goes.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Event, Thread

_ENDING = [signal.SIGTERM, signal.SIGINT, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]  # Windows has none

GRACE_SECONDS = 8.0
"""How long the work in hand may take to end: containers are killed after ten seconds."""


@contextmanager
def ending(stop: Callable[[], object], hard: Callable[[], object]) -> Iterator[None]:
    """Call `stop` at each SIGTERM, SIGINT or SIGHUP. What is not done within eight seconds of the first one is left:
    `hard` is called and the process ends, with exit code 0, for whatever its transaction had not committed is rolled
    back.
    """
    asked: SimpleQueue[None] = SimpleQueue()  # its put may interrupt itself: made for signal handlers
    done = Event()

    def ask(_number: int, _frame: object) -> None:
        stop()
        asked.put(None)

    def watch() -> None:
        asked.get()
        if not done.wait(GRACE_SECONDS):
            hard()
            os._exit(0)

    Thread(target=watch, name="grace", daemon=True).start()
    before = {number: signal.signal(number, ask) for number in _ENDING}
    try:
        yield
    finally:
        done.set()
        asked.put(None)
        for number, handler in before.items():
            signal.signal(number, handler)
