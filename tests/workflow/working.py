"""Real workers: `gongxiang scheduler run` as processes, watched by the lines that they log.

They are forked from a process that has loaded everything, or started from nothing where a program is named.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic
from typing import Any, Self

import forking

PATIENCE = 60.0
"""Seconds to wait for an event: far more than any takes, so that only what never comes is a failure."""
TERMINATED = (str(Path(__file__).with_name("terminated.py")),)
FROM_NOTHING = ("-m", "gongxiang")


class Working:
    """A worker's process, and what it has said."""

    def __init__(self, url: str, *words: str, program: tuple[str, ...] = ()) -> None:
        words = ("--db", url, "scheduler", "run", *words)
        told = {key: value for key, value in os.environ.items() if not key.startswith("GONGXIANG")}
        read, written = os.pipe()
        self._lines_said = os.fdopen(read, encoding="utf-8")
        self._process = (
            subprocess.Popen([sys.executable, *program, *words], stdin=subprocess.DEVNULL, stderr=written, env=told)
            if program
            else forking.Command(*words, out=written, error=written, env=told)
        )
        os.close(written)
        self.said: list[dict[str, Any]] = []
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def until(self, event: str, **like: Any) -> dict[str, Any]:
        """Return the next line that tells of the event, with these fields. Fails where the process ends before it, and
        where nothing but other lines come.
        """
        end = monotonic() + PATIENCE
        while True:
            line = self._lines.get(timeout=max(0.0, end - monotonic()))
            assert line is not None, f"it ended without '{event}': {self.said}"
            told = self._kept(line)
            if told["event"] == event and all(told.get(name) == value for name, value in like.items()):
                return told

    def all(self, event: str) -> list[dict[str, Any]]:
        """Return all that was said of an event so far."""
        return [told for told in self.said if told["event"] == event]

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        self._process.send_signal(number)

    def ended(self) -> int:
        """Wait for the end; return the exit code."""
        code = self._process.wait(PATIENCE)
        self._reader.join()
        while (line := self._lines.get()) is not None:
            self._kept(line)
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._lines_said.close()

    def _kept(self, line: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(line)
        self.said.append(told)
        return told

    def _read(self) -> None:
        for line in self._lines_said:
            self._lines.put(line)
        self._lines.put(None)
