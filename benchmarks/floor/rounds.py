"""Two ways of doing the same, in turns on copies of one database, and the ratio of each turn."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import crowd
from census import census
from places import Place, settle
from report import print_table


@dataclass(frozen=True, slots=True)
class Way:
    """What prepares a worker, and what it is told besides the URL of its database and its own number."""

    prepare: Callable[..., crowd.Prepared]
    told: tuple[Any, ...] = ()

    def run(self, url: str, workers: int) -> list[crowd.Ran]:
        return crowd.run(self.prepare, [(url, worker, *self.told) for worker in range(workers)])


@dataclass
class Setting:
    """One kind of database and one number of workers: ours and the floor, what each found in every round, and the part
    of the floor that is aimed at.
    """

    place: Place
    template: str
    workers: int
    ours: Way
    floor: Way
    aim: float | None = None
    ran: list[tuple[list[crowd.Ran], list[crowd.Ran]]] = field(default_factory=list)

    @property
    def rates(self) -> list[tuple[float, float]]:
        """How much ours and the floor did in a second, in each round."""
        return [(crowd.rate(ours), crowd.rate(floor)) for ours, floor in self.ran]

    @property
    def ratios(self) -> list[float]:
        return [ours / floor for ours, floor in self.rates]

    def go(self, turn: int) -> None:
        """Run one round; whoever is second in one is first in the next. Exits unless both wrote the same."""
        found, held = {}, {}
        ways = [("ours", self.ours), ("floor", self.floor)]
        for name, way in reversed(ways) if turn % 2 else ways:
            with self.place.new(self.template) as url:
                settle(url)
                found[name] = way.run(url, self.workers)
                held[name] = census(url)
        if held["ours"] != held["floor"]:
            raise SystemExit(f"the floor did not write the same rows: {held}")
        self.ran.append((found["ours"], found["floor"]))


def play(settings: Sequence[Setting], rounds: int) -> None:
    """Run the rounds, every setting once in each."""
    for turn in range(rounds):
        for one in settings:
            one.go(turn)
            print(f"round {turn + 1}: {one.place.kind}, {one.workers}: {one.ratios[-1]:.0%}", file=sys.stderr)


def show(unit: str, settings: Sequence[Setting]) -> list[str]:
    """Print what was found as a table, by the medians of the rounds; return the settings whose aim was missed."""
    rows, missed = [], []
    for one in settings:
        ours, floor = (statistics.median(column) for column in zip(*one.rates, strict=True))
        ratio, name = statistics.median(one.ratios), (one.place.kind, str(one.workers))
        spread = f"{min(one.ratios):.0%} to {max(one.ratios):.0%}"
        aim = f"{one.aim:.0%}" if one.aim else "–"
        rows.append([*name, f"{ours:,.0f}", f"{floor:,.0f}", f"{ratio:.0%}", spread, aim])
        if one.aim and ratio < one.aim:
            missed.append(f"{', '.join(name)}: {ratio:.0%}, not {aim}")
    print_table(("", "workers", unit, "floor", "of the floor", "in the rounds", "aim"), rows)
    return missed
