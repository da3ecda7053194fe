"""The same sweep with few and with very many cases stored: its cost must follow what is due.

    python benchmarks/floor/stored.py [--few N] [--many N] [--due N] [--rounds N] [--postgres URL] [--quick]

Two databases are filled with the rows of really written cases under other names (loading.py), one of them with fifty
times as many. In each round both get the same number of due requests, which one process of the engine sweeps; then as
many again for the floor (claiming.py). Their names are running numbers that follow those of the stored cases, as the
requests of one day have; and then once more they are spread among all names, as random ones would be: so every row
that is written touches a page of each index that no other row touches. Five million cases take 20 GB of
disk. `--only SQLite` does it on SQLite. Exit 1 when the rate with many is less than 80 % of that with few; with
--quick that is only shown.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import product

import crowd
import loading
import mix
import places
from recorded import Act
from report import arguments, machine, print_table, verdict
from sweeps import engine_work, floor_work

WITHIN = 0.2
"""By how much of it the rate may differ."""
STRIDE = 20
"""Every so many numbers a case is stored; those between are for what falls due among them."""
LOADERS = 2
"""Processes that fill a database."""
SPREADS = {False: "in order", True: "spread"}


@dataclass
class Filled:
    """A database with many cases; of what was found there: the rate of each round, by (way, names spread)."""

    url: str
    cases: int
    size: float = 0.0
    rates: dict[tuple[str, bool], list[float]] = field(default_factory=lambda: defaultdict(list))
    peaks: list[int] = field(default_factory=list)
    _taken: int = 0

    def fill(self, patterns: list[Act]) -> None:
        """Write the stored cases."""
        mix.begun(self.url)
        begun, loaders = time.monotonic(), 1 if self.url.startswith("sqlite") else LOADERS
        share = -(-self.cases // loaders)
        firsts = range(0, self.cases, share)
        parts = [range(first * STRIDE, min(first + share, self.cases) * STRIDE, STRIDE) for first in firsts]
        crowd.run(loading.load_work, [(self.url, patterns, part) for part in parts])
        places.vacuum(self.url)
        self.size = places.size(self.url)
        print(f"{self.cases:,} cases stored in {time.monotonic() - begun:,.0f} s", file=sys.stderr)

    def go(self, due: int, standing: Act, swept: Act) -> None:
        """Run one round: names in order and spread, ours and the floor."""
        for spread in SPREADS:
            for way in ("ours", "floor"):
                numbers = self._numbers(due, spread=spread)
                loading.load(self.url, [standing], numbers)
                places.settle(self.url)
                if way == "floor":
                    (ran,) = crowd.run(floor_work, [(self.url, 0, numbers, swept)])
                else:
                    (ran,) = crowd.run(engine_work, [(self.url, 0)])
                    self.peaks += [ran.peak] if ran.peak else []
                if ran.done != due:
                    raise SystemExit(f"{ran.done} of {due} deadlines were recorded")
                self.rates[way, spread].append(crowd.rate([ran]))

    def _numbers(self, due: int, *, spread: bool) -> Sequence[int]:
        self._taken += 1
        if not spread:
            first = self.cases * STRIDE + self._taken * due
            return range(first, first + due)
        return [place * self.cases // due * STRIDE + self._taken for place in range(due)]


def main() -> int:
    parser = arguments(__doc__, rounds=4)
    parser.set_defaults(only="PostgreSQL")
    parser.add_argument("--few", type=int, default=100_000, help="cases stored in the one database")
    parser.add_argument("--many", type=int, default=5_000_000, help="cases stored in the other")
    parser.add_argument("--due", type=int, default=5_000, help="deadlines that are due in each run")
    told = parser.parse_args()
    if told.quick:
        told.rounds, told.few, told.many, told.due = 2, 2_000, 20_000, 500
    if told.rounds * 4 >= STRIDE or told.few < told.due:
        parser.error(f"at most {STRIDE // 4 - 1} rounds, and no more due than stored")
    with ExitStack() as stack:
        (place,), versions = places.chosen(stack, told)
        patterns, (standing, swept) = loading.stored_cases(place), loading.due_request(place)
        filled = [Filled(stack.enter_context(place.new()), cases) for cases in (told.few, told.many)]
        for one in filled:
            one.fill(patterns)
        for turn in range(told.rounds):
            for one in reversed(filled) if turn % 2 else filled:
                one.go(told.due, standing, swept)
            print(f"round {turn + 1}: {_ratios(filled, 'ours', spread=False)[-1]:.0%}", file=sys.stderr)
        print(machine(versions, f"{told.rounds} rounds of {told.due:,} due deadlines, one worker"))
    return verdict(_show(filled), quick=told.quick)


def _show(filled: list[Filled]) -> list[str]:
    """Print what was found; return the aim that was missed."""
    rows, missed = [], []
    for (spread, names), way in product(SPREADS.items(), ("ours", "floor")):
        ratios = _ratios(filled, way, spread=spread)
        ratio, aimed = statistics.median(ratios), way == "ours" and not spread
        rates = [f"{statistics.median(one.rates[way, spread]):,.0f}" for one in filled]
        aim = f"{1 - WITHIN:.0%}" if aimed else "–"
        rows.append([way, names, *rates, f"{ratio:.0%}", f"{min(ratios):.0%} to {max(ratios):.0%}", aim])
        if aimed and ratio < 1 - WITHIN:
            missed.append(f"{ratio:.0%}, not {aim}")
    heads = [f"rows/s, {one.cases:,} stored" for one in filled]
    print_table(("", "names", *heads, "many to few", "in the rounds", "aim"), rows, text=2)
    sizes = " and ".join(f"{one.size / 2**20:,.0f} MiB" for one in filled)
    peaks = " and ".join(f"{max(one.peaks, default=0) / 2**20:,.0f} MiB" for one in filled)
    print(f"\nThe databases take {sizes}; the most memory that a worker of ours had is {peaks}.")
    return missed


def _ratios(filled: list[Filled], way: str, *, spread: bool) -> list[float]:
    few, many = (one.rates[way, spread] for one in filled)
    return [many_ / few_ for few_, many_ in zip(few, many, strict=True)]


if __name__ == "__main__":
    sys.exit(main())
