"""A process that works on a SQLite database until nothing more can be written, then gets room again and goes on.

    python filling.py FOLDER disk|quota

"disk": FOLDER becomes a small file system of this process alone, which is filled up. Its mounting needs a mount
namespace (`unshare --map-root-user --mount`). "quota": files may not grow further (RLIMIT_FSIZE). Prints what was met
as JSON.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))
import acts
import raw
from acts import at

import gongxiang
from gongxiang.errors import StoreError
from gongxiang.workflow.engine import Engine

BYTES = 8_000_000
LEFT = (0, 5_000, 40_000, 150_000, 500_000)
"""Bytes that are left when an act begins: none, or room for a part of what is to be written."""
SWEEPS = 6
"""One more than the tries after which a case is an incident."""
SWEPT = at("2026-03-02T09:00")


class Disk:
    """A file system of some megabytes; what fills it is another file."""

    def __init__(self, folder: Path) -> None:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={BYTES}", "tmpfs", folder], check=True)
        self._folder, self._ballast = folder, folder / "ballast"

    def fill(self, left: int) -> None:
        self.make_room()
        found = os.statvfs(self._folder)
        with self._ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, found.f_bavail * found.f_frsize - left)

    def make_room(self) -> None:
        self._ballast.unlink(missing_ok=True)


class Quota:
    """How far a file may grow."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fill(self, left: int) -> None:
        largest = max(path.stat().st_size for path in self._folder.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + left, resource.RLIM_INFINITY))

    def make_room(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def code_of(do: Callable[[], Any]) -> str | None:
    """Return the code of the error that it ends with, or None."""
    try:
        do()
    except StoreError as error:
        return error.reasons[0].code
    return None


def main(folder: Path, what: str) -> dict[str, Any]:
    room = Disk(folder) if what == "disk" else Quota(folder)
    url = f"sqlite:///{folder / 'cases.db'}"
    engine = acts.engine(url)

    def opening(by: Engine, number: int) -> Callable[[], Any]:
        return lambda: acts.request(by, f"R-{number}", idempotency_key=f"{number}")

    met, number = [], 0
    for left in LEFT:
        room.fill(left)
        code = None
        while code is None:
            before, number = raw.standing(url), number + 1
            code = code_of(opening(engine, number))
        other = gongxiang.open_engine(url, clock=lambda: at(acts.RECORDED), rules="decree-330")
        others = code_of(opening(other, number))
        other.close()
        unchanged = raw.standing(url) == before
        swept = {code_of(lambda: engine.sweep(now=SWEPT)) for _ in range(SWEEPS)}
        room.make_room()
        again = code_of(opening(engine, number))
        met.append({"act": code, "others": others, "swept": [*swept], "unchanged": unchanged, "again": again})
    engine.close()
    room.fill(0)
    # The first who opens a file in WAL mode needs a little room beside it, even to read.
    alone = code_of(lambda: engine.departments(SWEPT))
    room.make_room()
    engine.sweep(now=SWEPT)
    cases = sorted(case for case in acts.chains(engine) if case)
    lapsed = sorted(event.case for event in engine.ledger() if event.kind == "lapse")
    left = [one.as_record() for one in engine.incidents()]
    return {"met": met, "alone": alone, "cases": cases, "lapsed": lapsed, "faults": acts.faults(engine), "left": left}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2])))
