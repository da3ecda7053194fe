"""Processes forked from one that has loaded everything: each starts in a fiftieth of the time of a new interpreter.

They are processes of their own all the same: they share no memory, no lock and no connection with anybody, and may be
killed at any instant.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import DupFd
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any
from unittest import mock

FORK = multiprocessing.get_context("forkserver")
LOADED = ["__main__", "forking", "forked"]


@dataclass(frozen=True, slots=True)
class Done:
    """How a process ended, minus the number of the signal where one killed it, and what it printed."""

    returncode: int
    stdout: str


class Child:
    """A process that calls `main` of a module with some words."""

    def __init__(self, module: str, *words: object) -> None:
        told, tell = FORK.Pipe(duplex=False)
        hear, said = FORK.Pipe(duplex=False)
        self._process = _forked(_run, module, tuple(map(str, words)), told, said)
        for end in (told, said):
            end.close()
        self.stdin = os.fdopen(os.dup(tell.fileno()), "w", buffering=1)
        self.stdout = os.fdopen(os.dup(hear.fileno()), "r", encoding="utf-8")

    def kill(self) -> None:
        """Kill it by SIGKILL."""
        self._process.kill()

    def ended(self) -> Done:
        """Wait for its end."""
        said = self.stdout.read()
        self._process.join()
        self.stdin.close()
        self.stdout.close()
        assert self._process.exitcode is not None
        return Done(self._process.exitcode, said)


class Command:
    """`python -m gongxiang` with these words, in the current folder and that environment. It prints to the files of
    those numbers, and is told to stop and waited for as a process of subprocess is.
    """

    def __init__(self, *words: str, out: int, error: int, env: Mapping[str, str]) -> None:
        self._process = _forked(_command, words, str(Path.cwd()), dict(env), _Passed(out), _Passed(error))

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def send_signal(self, number: int) -> None:
        assert self._process.pid is not None
        if self._process.is_alive():
            os.kill(self._process.pid, number)

    def kill(self) -> None:
        self._process.kill()

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code, minus the number of the signal where one killed it."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutExpired("gongxiang", timeout or 0)
        return self._process.exitcode


class _Passed:
    """An open file that is passed on to a process when it is started."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return _number, (DupFd(self._number),)


def _number(passed: Any) -> int:
    return int(passed.detach())


def run(module: str, *words: object) -> Done:
    """Run a process to its end."""
    return Child(module, *words).ended()


def _forked(work: Any, *given: Any) -> BaseProcess:
    FORK.set_forkserver_preload(LOADED)
    # Before Python 3.13 what is loaded beforehand is looked for on the path of a fresh interpreter.
    with mock.patch.dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)):
        forkserver.ensure_running()
    process = FORK.Process(target=work, args=given, daemon=True)
    process.start()
    return process


def _run(module: str, words: tuple[str, ...], told: Connection, said: Connection) -> None:
    for end, place in ((told, 0), (said, 1)):
        os.dup2(end.fileno(), place)
        end.close()
    sys.stdin, sys.stdout = os.fdopen(0, "r", closefd=False), os.fdopen(1, "w", encoding="utf-8", closefd=False)
    import_module(module).main(*words)
    sys.stdout.flush()


def _command(words: tuple[str, ...], folder: str, environment: dict[str, str], out: int, error: int) -> None:
    for end, place in ((out, 1), (error, 2)):
        os.dup2(end, place)
        os.close(end)
    sys.stdout, sys.stderr = (os.fdopen(place, "w", encoding="utf-8", closefd=False) for place in (1, 2))
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = [folder, *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    sys.argv = ["gongxiang", *words]
    import_module("gongxiang.__main__").main()
