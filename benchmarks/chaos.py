"""Kill workers and crash their server at random until every due deadline is recorded; print what was lost or repeated.

    python benchmarks/chaos.py [--due N] [--workers N] [--seed N] [--restart-every KILLS] [--quick]

A server of its own, which waits for the disk at each commit as in production, holds so many requests that are due.
Workers sweep it at the same time. Each is killed by SIGKILL after some of its statements, in whatever it does then, and
another takes its place; after every few kills the server is crashed (`pg_ctl stop -m immediate` and started again, with
whatever recovery that takes). In the end the ledger is verified as an auditor does. Exit 1 on any loss, repetition,
fault of the ledger or case blamed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "workflow"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "faults"))
sys.path.insert(0, str(Path(__file__).parent / "floor"))
import acts
import raw
from crew import Crew, lives
from due import SWEPT, due_requests
from postgres import Server
from report import machine, print_table

from gongxiang.workflow import auditing


@dataclass
class Chaos:
    """The server, and how often it was crashed."""

    server: Server
    every: int
    restarts: int = 0

    def after_a_kill(self, kills: int) -> None:
        print(f"\r{kills} kills, {self.restarts} crashes", end="", file=sys.stderr, flush=True)
        if kills % self.every == 0:
            self.server.restart("immediate")
            self.restarts += 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--due", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=330)
    parser.add_argument("--restart-every", type=int, default=10, metavar="KILLS")
    parser.add_argument("--quick", action="store_true", help="five hundred due, a crash every two kills")
    told = parser.parse_args()
    if told.quick:
        told.due, told.restart_every = 500, 2
    with Server.create(durable=True) as server:
        return run(server, told)


def run(server: Server, told: argparse.Namespace) -> int:
    url = server.url()
    engine = acts.engine(url)
    ((version,),) = raw.ask(url, "SHOW server_version")
    names = due_requests(engine, told.due)
    chaos = Chaos(server, told.restart_every)
    crew = Crew(url, SWEPT, told.workers, lives(Random(told.seed), told.workers), chaos.after_a_kill)

    begun = time.monotonic()
    crew.run()
    seconds = time.monotonic() - begun

    print(file=sys.stderr)
    recorded = Counter(event.case for event in engine.ledger() if event.kind == "lapse")
    incidents = engine.incidents()
    faults = [
        *acts.faults(engine),
        *(f"{one.case} {one.seq}: {one.text.en}" for one in auditing.verify(engine).findings),
    ]
    lost, repeated = set(names) - set(recorded), [name for name, times in recorded.items() if times > 1]
    engine.close()
    heads = ("workers", "kills", "server crashes", "met a crash", "lapses", "distinct", "lost", "incidents", "seconds")
    row = (told.workers, crew.kills, chaos.restarts, crew.away, recorded.total(), len(recorded), len(lost))
    print(machine([f"PostgreSQL {version}"], f"{told.due:,} due, seed {told.seed}"))
    print_table(heads, [[f"{one:,}" for one in (*row, len(incidents))] + [f"{seconds:,.0f}"]], text=0)
    print(*faults, *(one.as_record() for one in incidents), sep="\n")
    return 1 if faults or lost or repeated or incidents else 0


if __name__ == "__main__":
    sys.exit(main())
