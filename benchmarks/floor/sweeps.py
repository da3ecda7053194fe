"""A sweep of due deadlines beside the floor: set-based claiming by the driver alone, in one run.

    python benchmarks/floor/sweeps.py [--rounds N] [--due N] [--workers 1,4,8] [--postgres URL] [--quick]

A database holds many requests whose reply is overdue, the rows of a really written one under other names. The engine
sweeps one copy of it, each worker by `engine.sweep`; the floor sweeps another (claiming.py), and already has the rows
to write at hand, which are those that the engine wrote for one such case. Nothing may be left due, and both must hold
as many rows and bytes of text at the end. On PostgreSQL with 1, 4 and 8 processes, on SQLite with one. Exit 1 when
the rows differ or an aim is missed; with --quick there is little of everything and the aims are only shown.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack

import crowd
import loading
import mix
import places
from bare import connected
from claiming import claimer
from recorded import Act
from report import arguments, machine, verdict
from rounds import Setting, Way, play, show

AIM = 0.2
"""What a sweep is to reach of set-based claiming on a server."""


def engine_work(url: str, worker: int) -> crowd.Prepared:
    """Prepare a worker of the engine, which has done this before: the law is read, the connection stands."""
    engine = mix.opened(url)
    engine.case(mix.name(998, 0), now=mix.DUE)
    engine.sweep(now=mix.moment("02-01T00:00"))
    return lambda: (len(engine.sweep(now=mix.DUE, worker=f"worker {worker}").lapses), None)


def floor_work(url: str, worker: int, numbers: Sequence[int], swept: Act) -> crowd.Prepared:  # noqa: ARG001  # all do the same
    """Prepare a worker of the floor: all values are at hand before it begins."""
    names = [mix.name(0, number) for number in numbers]
    batch = claimer(connected(url), swept, {name: tuple(one.named(name) for one in swept) for name in names})

    def work() -> tuple[int, None]:
        whole = 0
        while done := batch():
            whole += done
        return whole, None

    return work


def main() -> int:
    parser = arguments(__doc__, rounds=5)
    parser.add_argument("--due", type=int, default=10_000, help="deadlines that are due in each run")
    told = parser.parse_args()
    if told.quick:
        told.rounds, told.due = 2, 1_000
    settings = []
    with ExitStack() as stack:
        kinds, versions = places.chosen(stack, told)
        for place in kinds:
            standing, swept = loading.due_request(place)
            template = stack.enter_context(place.new())
            mix.begun(template)
            loading.load(template, [standing], range(told.due))
            places.vacuum(template)
            ways = Way(engine_work), Way(floor_work, (range(told.due), swept))
            for workers in map(int, told.workers.split(",") if place.kind == "PostgreSQL" else "1"):
                settings.append(Setting(place, template, workers, *ways, AIM if place.kind == "PostgreSQL" else None))
        play(settings, told.rounds)
        print(machine(versions, f"{told.rounds} rounds of {told.due:,} due deadlines"))
    for ran in (ran for one in settings for both in one.ran for ran in both):
        if (done := sum(one.done for one in ran)) != told.due:
            raise SystemExit(f"{done} of {told.due} deadlines were recorded")
    missed = show("rows/s", settings)
    peaks = [one.peak for setting in settings for ours, _ in setting.ran for one in ours if one.peak]
    if peaks:
        print(f"\nThe most memory that a worker of ours had: {max(peaks) / 2**20:,.0f} MiB.")
    return verdict(missed, quick=told.quick)


if __name__ == "__main__":
    sys.exit(main())
