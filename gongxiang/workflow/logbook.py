"""A worker's log: JSON Lines, one event a line, keys in English; written whole, so that many workers share one file."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Literal

from gongxiang.workflow.views import iso

Severity = Literal["info", "warning", "error"]


class Logbook:
    """Writes events to a file, or to standard error where none is named. Whatever becomes of the log, the work goes on.

    The file is opened for each line: it may be moved away and emptied at any time.
    """

    def __init__(self, worker: str, clock: Callable[[], datetime], path: Path | None = None) -> None:
        self._worker, self._clock, self._path = worker, clock, path
        self._lock = Lock()

    def say(self, event: str, level: Severity = "info", **fields: object) -> str:
        """Write an event; return its line. `fields` are JSON-able."""
        told = {"moment": iso(self._clock()), "worker": self._worker, "level": level, "event": event, **fields}
        line = json.dumps(told, ensure_ascii=False)
        with self._lock:
            if self._path is None or not _appended(self._path, line):
                _to_standard_error(line)
        return line


def _appended(path: Path, line: str) -> bool:
    try:
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            os.write(file, f"{line}\n".encode())
        finally:
            os.close(file)
    except OSError:  # a full disk, a folder that is gone
        return False
    return True


def _to_standard_error(line: str) -> None:
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
    except (OSError, ValueError):  # whoever read it has gone, or it was closed
        return
