"""Killing any process at any instant loses nothing and repeats nothing."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

import acts
import killed
import pytest
import surviving
from keeper import Keeper

# A sample; benchmarks/kill_everywhere.py takes every statement.
CHANCE = random.Random(330)


@pytest.fixture(scope="module")
def heads() -> dict[str, str]:
    """The ledger of whoever is not killed: the same on every database."""
    engine = acts.engine()
    for _, act in killed.play(engine):
        act()
    return acts.heads(engine)


@pytest.fixture(scope="module")
def statements(keeper: Keeper) -> Callable[[str], int]:
    """How many statements and commits the play takes on each database."""
    return cache(lambda backend: surviving.statements(keeper.new(backend, empty=True)))


@pytest.mark.parametrize("share", sorted(CHANCE.random() for _ in range(4)))
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_killed_at_a_statement_loses_and_repeats_nothing(
    share: float,
    moment: str,
    backend: str,
    heads: dict[str, str],
    statements: Callable[[str], int],
    empty_url: str,
) -> None:
    acknowledged = surviving.kill(empty_url, 1 + int(share * (statements(backend) - 1)), moment)

    assert surviving.aftermath(empty_url, acknowledged, heads) == []


@pytest.mark.parametrize("lines", [1, 4, 9])
def test_a_process_killed_from_outside_loses_and_repeats_nothing(
    lines: int, heads: dict[str, str], empty_url: str
) -> None:
    acknowledged = surviving.kill_from_outside(empty_url, lines)

    assert len(acknowledged) >= lines
    assert surviving.aftermath(empty_url, acknowledged, heads) == []


def test_the_kills_are_judged_by_a_play_that_lapses_links_moves_and_corrects(url: str) -> None:
    engine = acts.engine(url)
    for _, act in killed.play(engine):
        act()

    kinds = {event.kind for event in engine.ledger()}
    assert kinds == {"department", "step", "lapse", "correction", "recalculation"}
    assert engine.case("R-1").state == "granted"
    assert engine.case("X-1").state == "criticised"
