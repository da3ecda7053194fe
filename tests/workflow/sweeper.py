"""A process that sweeps a database, and may die of it.

    python sweeper.py URL NOW [statement N before|after | case NAME]

Prints how many lapses it recorded; with "statement 0" also how many statements and commits the sweep took. Killed by
SIGKILL at statement N, or when it looks at the case NAME.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import killed
from acts import at

import gongxiang
from gongxiang.workflow.work import Work


def dies_of(case: str) -> None:
    """Kill this process when the lapses of that case are asked for."""
    settle = Work.settle_lapses

    def looked_at(work: Work, found: Any, now: Any) -> Any:
        if found.case == case:
            os.kill(os.getpid(), signal.SIGKILL)
        return settle(work, found, now)

    Work.settle_lapses = looked_at  # type: ignore[method-assign]


def main(url: str, now: str, what: str = "", *which: str) -> None:
    moment = at(now)
    engine = gongxiang.open_engine(url, clock=lambda: moment, rules="decree-330")
    engine.departments(moment)  # so that what follows is the sweep alone
    count = None
    if what == "statement":
        engine.close()
        count = killed.kill_at(int(which[0]), which[1])
        engine = gongxiang.open_engine(url, clock=lambda: moment, rules="decree-330")
    elif what == "case":
        dies_of(which[0])
    print(len(engine.sweep(now=moment, worker=f"process {os.getpid()}").lapses))
    if count is not None:
        print(count.passed)


if __name__ == "__main__":
    main(*sys.argv[1:])
