"""A persisted step through the public API beside the floor: the driver alone writing the same rows, in one run.

    python benchmarks/floor/steps.py [--rounds N] [--cases N] [--workers 1,4,8] [--postgres URL] [--quick]

What the engine writes in each act of mix.py is first recorded from outside, as the difference of the tables before and
after it. Then both write a new database, which is a copy of one that holds the cast and a case already: the engine by
its acts, each with an idempotency key, and the driver those rows under other names (bare.py). Each worker is a process
that works at cases of its own; the runs take turns, and who is first changes from round to round. At the end both
databases must hold as many rows and as many bytes of text in every table. Exit 1 when they do not, or when an aim is
missed; with --quick there is little of everything and the aims are only shown.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

import crowd
import loading
import mix
import places
from bare import connected, prepared
from recorded import Act, recorded
from report import arguments, machine, print_table, verdict
from rounds import Setting, Way, play, show

WARM_UP = 8
"""Cases of each worker before the measured ones: by then every statement is prepared and planned."""
AIMS = {("SQLite", 1): 0.4, ("PostgreSQL", 1): 0.6, ("PostgreSQL", 4): 0.4}
"""What a step is to reach of the floor, by kind of database and number of workers."""

Cases = list[list[Callable[[], object]]]
"""The acts of each case in turn."""
Laps = list[list[float]]
"""Seconds of each act of the mix, case by case."""


def engine_work(url: str, worker: int, cases: int) -> crowd.Prepared:
    """Prepare a worker of the engine."""
    engine = mix.opened(url)
    return _timed([mix.acts(engine, mix.name(worker, number)) for number in range(WARM_UP + cases)])


def floor_work(url: str, worker: int, cases: int, acts: list[Act]) -> crowd.Prepared:
    """Prepare a worker of the floor: all values are at hand before it begins."""
    connection = connected(url)
    writes = [prepared(connection, act)[0] for act in acts]

    def written(case: str) -> list[Callable[[], object]]:
        values = (prepared(connection, tuple(one.named(case) for one in act))[1] for act in acts)
        return [partial(write, given) for write, given in zip(writes, values, strict=True)]

    return _timed([written(mix.name(worker, number)) for number in range(WARM_UP + cases)])


def _timed(cases: Cases) -> crowd.Prepared:
    def work(cases: Cases) -> tuple[int, Laps]:
        laps: Laps = [[] for _ in mix.STEPS]
        for acts in cases:
            for lap, act in zip(laps, acts, strict=True):
                begun = time.perf_counter()
                act()
                lap.append(time.perf_counter() - begun)
        return len(cases) * len(mix.STEPS), laps

    work(cases[:WARM_UP])
    return partial(work, cases[WARM_UP:])


def show_steps(one: Setting, acts: list[Act]) -> None:
    """Print each step of the mix by itself, by the medians of all its runs."""
    rows = []
    for place, (step, act) in enumerate(zip(mix.STEPS, acts, strict=True)):
        ours, floor = (
            statistics.median(lap for ran in which for one in ran for lap in one.found[place]) * 1e6
            for which in zip(*one.ran, strict=True)
        )
        values = [value for part in act for row in part.values for value in row]
        size = sum(len(value.encode()) for value in values if isinstance(value, str))
        count = sum(len(part.rows) for part in act)
        times = (f"{ours:,.0f}", f"{floor:,.0f}", f"{ours - floor:,.0f}", f"{floor / ours:.0%}")
        rows.append([f"`{step}`", str(count), f"{size:,}", *times])
    print(f"\nStep by step, {one.place.kind}, workers: {one.workers}\n")
    print_table(("", "rows", "bytes of text", "µs", "floor µs", "difference µs", "of the floor"), rows)


def main() -> int:
    parser = arguments(__doc__, rounds=7)
    parser.add_argument("--cases", type=int, default=200, help="of all workers together, in each run")
    told = parser.parse_args()
    if told.quick:
        told.rounds, told.cases = 2, 24
    settings, written = [], {}
    with ExitStack() as stack:
        kinds, versions = places.chosen(stack, told)
        for place in kinds:
            with loading.begun(place) as (scratch, engine):
                acts = written[place.kind] = recorded(scratch, mix.acts(engine, mix.PATTERN))
            template = stack.enter_context(place.new())
            mix.begun(template)
            for workers in map(int, told.workers.split(",")):
                cases = max(1, told.cases // workers)
                ways = Way(engine_work, (cases,)), Way(floor_work, (cases, acts))
                settings.append(Setting(place, template, workers, *ways, AIMS.get((place.kind, workers))))
        play(settings, told.rounds)
        print(machine(versions, f"{told.rounds} rounds of {told.cases} cases, {len(mix.STEPS)} steps each"))
    missed = show("steps/s", settings)
    for one in settings:
        if one.workers == min(other.workers for other in settings):
            show_steps(one, written[one.place.kind])
    return verdict(missed, quick=told.quick)


if __name__ == "__main__":
    sys.exit(main())
