"""A sample of lines of every docket, spoiled in every way; `benchmarks/spoil_dockets.py` spoils all of them.

On SQLite all of the sample, on PostgreSQL its first two lines, each of them in every way.
"""

from __future__ import annotations

import random

import pytest
from keeper import Keeper
from playing import NAMES, lines_of, play_here
from spoiling import fault, ways_to_spoil

SAMPLE = {"sqlite": 4, "postgresql": 2}
"""Lines of each docket in the suite, of four with the first and the last among them."""


@pytest.mark.parametrize("name", NAMES)
def test_a_spoiled_line_is_refused_or_changes_nothing(name: str, backend: str, shared_url: str, keeper: Keeper) -> None:
    lines, chance = lines_of(name), random.Random(name)
    last = len(lines) - 1
    sample = sorted({0, last, *chance.sample(range(1, last), 2)})[: SAMPLE[backend]]
    outcome = play_here(lines, "sqlite://").document["cases"]
    faults = list[str]()

    for index in sample:
        play_here(lines[:index], shared_url)
        for spoiling in ways_to_spoil(lines, index, chance):
            found = fault(spoiling, shared_url, outcome, keeper)
            if found:
                faults.append(f"line {index + 1} {spoiling.kind}: {found}")

    assert faults == []
