"""Handing a line to a program of the platform's own: on its standard input, without a shell, and never waited for
longer than it is worth.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable
from time import monotonic
from typing import IO

LONGEST_SECONDS = 30.0
"""How long the program may take for one line."""
FAREWELL_SECONDS = 2.0
"""How long it may still take once the worker is to stop."""
ASKED_SECONDS = 0.1
SHOWN = 400
"""How many characters of what it says on standard error are told."""


def hand_over(program: str, line: str, stop: Callable[[], bool]) -> str | None:
    """Run the program with the line on its standard input; return None, or what went wrong.

    It is a group of processes of its own: it is ended whole when its time is over, and a Ctrl-C does not reach it.
    """
    # Files and not pipes: a program that reads nothing, or leaves a child behind, can hold nobody up.
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
        given.write(f"{line}\n".encode())
        given.seek(0)
        try:
            child = subprocess.Popen(
                [program], stdin=given, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True
            )
        except OSError as error:
            return f"{error.strerror or error}: {program}"
        code = _awaited(child, stop)
        if code is None:
            return "it took too long and was ended"
        return None if code == 0 else f"exit {code}: {_last_words(said)}".rstrip(": ")


def _awaited(child: subprocess.Popen[bytes], stop: Callable[[], bool]) -> int | None:
    end = monotonic() + LONGEST_SECONDS
    while monotonic() < end:
        if stop():
            end = min(end, monotonic() + FAREWELL_SECONDS)
        try:
            return child.wait(ASKED_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    return None


def _last_words(said: IO[bytes]) -> str:
    said.seek(0, os.SEEK_END)
    said.seek(max(0, said.tell() - SHOWN))
    return " ".join(said.read().decode(errors="replace").split())
