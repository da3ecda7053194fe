"""Processes forked from one that has loaded everything: each starts in a fiftieth of the time of a new interpreter.

They are processes of their own all the same: they share no memory, no lock and no connection with anybody, and may be
killed at any instant.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from unittest import mock

FORK = multiprocessing.get_context("forkserver")
LOADED = (
    "forking",
    "gongxiang.workflow.engine",
    "gongxiang.rules",
    "gongxiang.clock",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite",
)


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
        FORK.set_forkserver_preload(list(LOADED))
        # Before Python 3.13 what is loaded beforehand is looked for on the path of a fresh interpreter.
        with mock.patch.dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)):
            forkserver.ensure_running()
        self._process = FORK.Process(target=_run, args=(module, tuple(map(str, words)), told, said), daemon=True)
        self._process.start()
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


def run(module: str, *words: object) -> Done:
    """Run a process to its end."""
    return Child(module, *words).ended()


def _run(module: str, words: tuple[str, ...], told: Connection, said: Connection) -> None:
    for end, place in ((told, 0), (said, 1)):
        os.dup2(end.fileno(), place)
        end.close()
    sys.stdin, sys.stdout = os.fdopen(0, "r", closefd=False), os.fdopen(1, "w", encoding="utf-8", closefd=False)
    import_module(module).main(*words)
    sys.stdout.flush()
