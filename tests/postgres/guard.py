"""Whoever starts a server may be killed; this process then ends the server and removes its directory.

    python guard.py DIRECTORY

It waits until its standard input ends, which happens when the process at the other end closes it or dies. Two locks
tell who still lives, for a lock lasts until the last process that inherited it has ended: `running` is the servers',
`guarded` is this process's. A directory whose `guarded` is free was left behind, guard and all, and may be ended.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

PREFIX = "gongxiang-pg-"


def take(lock: Path) -> int | None:
    """Return a descriptor that holds the lock, or None where somebody else does."""
    held = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        return None
    return held


def is_running(directory: Path) -> bool:
    """Return whether any process of the server in `directory` lives."""
    held = take(directory / "running")
    if held is not None:
        os.close(held)
    return held is None


def await_end(directory: Path) -> None:
    """Return once no process of the server lives any more."""
    held = os.open(directory / "running", os.O_RDWR)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
    finally:
        os.close(held)


def processes(directory: Path) -> list[int]:
    """Return the server's processes, the first of them the one that started the others."""
    with contextlib.suppress(OSError, ValueError):
        first = int((directory / "data" / "postmaster.pid").read_text("utf-8").split()[0])
        return [first, *_children(first)]
    return []


def end(directory: Path) -> None:
    """Stop the server at once and remove its directory."""
    if is_running(directory):
        for process in processes(directory)[:1]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGQUIT)
        await_end(directory)
    shutil.rmtree(directory, ignore_errors=True)


def end_what_was_left_behind(base: Path) -> None:
    """End the servers of runs that were killed together with their guards."""
    for directory in base.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            # Another user's directory is that user's; one without the lock is being made this very moment.
            if (directory / "guarded").stat().st_uid == os.geteuid():
                held = take(directory / "guarded")
                if held is not None:
                    end(directory)
                    os.close(held)


def _children(process: int) -> Iterator[int]:
    """Linux alone tells them without another program; elsewhere whoever waits is kept waiting a little longer."""
    with contextlib.suppress(OSError):
        listed = Path(f"/proc/{process}/task/{process}/children").read_text("utf-8")
        yield from map(int, listed.split())


if __name__ == "__main__":
    sys.stdin.read()
    end(Path(sys.argv[1]))
