"""A process whose four threads report a correction ten times each, or which creates a database, as others do at the
same time.
"""

from __future__ import annotations

import sys
import threading

import acts
from acts import at

import gongxiang
from gongxiang.errors import GongxiangError


def report(url: str, name: str) -> list[int]:
    """Return how many acts each thread got through."""
    engine = gongxiang.open_engine(url, clock=lambda: at(acts.RECORDED), rules="decree-330")
    done = [0] * 4

    def work(thread: int) -> None:
        for number in range(10):
            payload = {"evidence": f"{name} {thread} {number}"}
            engine.fire("X-1", "report_correction", by="police", at=at("2026-03-03T09:00"), payload=payload)
            done[thread] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done


def create(url: str) -> str:
    """Register one department; return what came of it."""
    try:
        return type(gongxiang.open_engine(url, rules="decree-330").register(acts.department("police"))).__name__
    except GongxiangError as error:
        return type(error).__name__


def main(url: str, name: str) -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    print(create(url) if name == "create" else "\n".join(map(str, report(url, name))))
