"""A process whose children seal and kill themselves at a chosen statement.

    python sealing_killed.py URL...

The first child only counts its statements; each further one, on the next database, is killed somewhere else, by turns
before and after a statement. Prints the statements that were chosen.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import killed
from acts import at

import gongxiang
from gongxiang.workflow import sealing


def child(url: str, statement: int, moment: str) -> tuple[int, int]:
    """Seal four events at a time in a child; return how it ended and how many statements it said."""
    read, write = os.pipe()
    if not (process := os.fork()):
        count = killed.kill_at(statement, moment)
        engine = gongxiang.open_engine(url, rules="decree-330")
        sealing.seal(engine._store, at("2026-03-02T03:00"), batch=4)
        os.write(write, b"%d" % count.passed)
        os._exit(0)
    os.close(write)
    _, ended = os.waitpid(process, 0)
    return ended, int(os.read(read, 20) or 0)


def main(first: str, *others: str) -> None:
    ended, statements = child(first, 0, "before")
    assert ended == 0
    chance = random.Random(330)
    for number, url in enumerate(others):
        statement, moment = chance.randint(1, statements), ("before", "after")[number % 2]
        ended, _ = child(url, statement, moment)
        assert os.WTERMSIG(ended) == signal.SIGKILL
        print(f"{moment} {statement} of {statements}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
