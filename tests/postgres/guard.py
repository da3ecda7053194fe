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
    """Return a descriptor that holds the lock, or None where somebody else does.

    Raises FileNotFoundError where it is not there, or not there any more: whoever makes a file in a directory that
    another is removing keeps it from being removed.
    """
    held = os.open(lock, os.O_RDWR)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(held).st_nlink:
            return held
    except BlockingIOError:
        os.close(held)
        return None
    os.close(held)
    raise FileNotFoundError(lock)


def is_running(directory: Path) -> bool:
    """Return whether any process of the server in `directory` lives."""
    try:
        held = take(directory / "running")
    except FileNotFoundError:
        return False
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
        # The programs by which initdb makes a cluster write theirs with a minus.
        first = abs(int((directory / "data" / "postmaster.pid").read_text("utf-8").split()[0]))
        return [first, *_children(first)]
    return []


def end(directory: Path) -> None:
    """Stop the server at once and remove its directory. Whoever calls it holds `guarded`, or is alone here."""
    while is_running(directory):
        # What has only just been started has not written down its number yet; it is looked for until it has.
        for process in processes(directory)[:1]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGQUIT)
                await_end(directory)
    # What takes long goes first and `guarded` with the rest: whoever is killed in the middle leaves it to the next run.
    for path in directory.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
    shutil.rmtree(directory, ignore_errors=True)


def end_what_was_left_behind(base: Path) -> None:
    """End the servers of runs that were killed together with their guards. Of several who find one, one ends it."""
    for directory in base.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            # Another user's directory is that user's; one without the lock is being made, or removed, this very moment.
            if (directory / "guarded").stat().st_uid == os.geteuid():
                held = take(directory / "guarded")
                if held is not None:
                    try:
                        end(directory)
                    finally:
                        os.close(held)


def _children(process: int) -> Iterator[int]:
    """Linux alone tells them without another program; elsewhere whoever waits is kept waiting a little longer."""
    with contextlib.suppress(OSError):
        listed = Path(f"/proc/{process}/task/{process}/children").read_text("utf-8")
        yield from map(int, listed.split())


if __name__ == "__main__":
    sys.stdin.read()
    end(Path(sys.argv[1]))
