"""Processes that act on one database, each as it is told, all at the same instant."""

from __future__ import annotations

from collections.abc import Sequence
from multiprocessing.connection import Connection
from threading import Barrier
from typing import Any, Self

from crew import FORK, PATIENCE, engine_on, forked

from gongxiang.errors import GongxiangError

Call = tuple[str, tuple[Any, ...], dict[str, Any]]
"""A method of the engine, and its arguments."""


class Contenders:
    """So many processes."""

    def __init__(self, url: str, count: int) -> None:
        self._start = FORK.Barrier(count)
        self._wires, self._processes = [], []
        for _ in range(count):
            mine, theirs = FORK.Pipe()
            self._processes.append(forked(_contend, theirs, self._start, url))
            theirs.close()
            self._wires.append(mine)

    def at_once(self, calls: Sequence[Call]) -> list[Any]:
        """Let each make its call; return what each got or met, in the same order."""
        for wire, call in zip(self._wires, calls, strict=True):
            wire.send(call)
        given = []
        for wire in self._wires:
            assert wire.poll(PATIENCE), "a process does not answer"
            given.append(wire.recv())
        return given

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for wire, process in zip(self._wires, self._processes, strict=True):
            wire.close()
            process.join(PATIENCE)
            process.kill()


class Met:
    """An error as it comes back from another process: its kind, its codes, and the event that it names."""

    def __init__(self, error: GongxiangError) -> None:
        self.kind = type(error).__name__
        self.codes = [reason.code for reason in error.reasons]
        self.names = tuple(getattr(error, name, None) for name in ("case", "seq", "step"))

    def __repr__(self) -> str:
        return f"{self.kind}({self.codes}, {self.names})"


def _contend(told: Connection, start: Barrier, url: str) -> None:
    engine = engine_on(url)
    engine.incidents()  # so that everybody is connected before it begins
    while True:
        try:
            name, given, named = told.recv()
        except EOFError:
            return
        start.wait(PATIENCE)
        try:
            told.send(getattr(engine, name)(*given, **named))
        except GongxiangError as error:
            told.send(Met(error))
