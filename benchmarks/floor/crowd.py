"""Processes that begin to work at the same instant."""

from __future__ import annotations

import multiprocessing
import queue
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SPAWN = multiprocessing.get_context("spawn")
LONGEST = 3600.0
"""Seconds a run may take."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What one process did: when its measured part began and ended (seconds), how much it did, and its own findings.

    `peak`: the most memory that it ever had, in bytes; None where the machine does not say.
    """

    begun: float
    ended: float
    done: int
    found: Any
    peak: int | None


Prepared = Callable[[], tuple[int, Any]]
"""The measured part of a process: returns how much it did, and its findings."""


def run(prepare: Callable[..., Prepared], each: list[tuple[Any, ...]]) -> list[Ran]:
    """Start a process for every tuple of arguments; what `prepare` returns is measured, all at the same time."""
    barrier, told = SPAWN.Barrier(len(each)), SPAWN.Queue()
    processes = [SPAWN.Process(target=_one, args=(prepare, arguments, barrier, told)) for arguments in each]
    for process in processes:
        process.start()
    try:
        found: list[Ran] = []
        while len(found) < len(each):
            try:
                found.append(told.get(timeout=1))
            except queue.Empty:
                failed = [process.exitcode for process in processes if process.exitcode]
                if failed:
                    raise SystemExit(f"a process ended with {failed[0]}") from None
        return found
    finally:
        for process in processes:
            process.join(5)
            process.kill()


def rate(found: list[Ran]) -> float:
    """Return how much all did together in a second, from the first beginning to the last end."""
    return sum(one.done for one in found) / (max(one.ended for one in found) - min(one.begun for one in found))


def _one(prepare: Callable[..., Prepared], arguments: tuple[Any, ...], barrier: Any, told: Any) -> None:
    work = prepare(*arguments)
    barrier.wait(LONGEST)
    begun = time.monotonic()
    done, found = work()
    told.put(Ran(begun, time.monotonic(), done, found, _peak()))


def _peak() -> int | None:
    # Not getrusage: after fork and exec it still counts what the parent had.
    if sys.platform != "linux":
        return None
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
