"""Killing any process at any instant loses nothing and repeats nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import acts
import killed
import pytest
import surviving

# A sample; benchmarks/kill_everywhere.py takes every statement.
CHANCE = random.Random(330)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, dict[str, str]]]:
    database = tmp_path_factory.mktemp("undisturbed") / "cases.db"
    count = surviving.statements(database)
    engine = acts.engine(f"sqlite:///{database}")
    yield count, acts.heads(engine)
    engine.close()


@pytest.mark.parametrize("share", sorted(CHANCE.random() for _ in range(4)))
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_killed_at_a_statement_loses_and_repeats_nothing(
    share: float, moment: str, undisturbed: tuple[int, dict[str, str]], tmp_path: Path
) -> None:
    count, heads = undisturbed
    acknowledged = surviving.kill(tmp_path / "cases.db", 1 + int(share * (count - 1)), moment)

    assert surviving.aftermath(tmp_path / "cases.db", acknowledged, heads) == []


@pytest.mark.parametrize("lines", [1, 4, 9])
def test_a_process_killed_from_outside_loses_and_repeats_nothing(
    lines: int, undisturbed: tuple[int, dict[str, str]], tmp_path: Path
) -> None:
    acknowledged = surviving.kill_from_outside(tmp_path / "cases.db", lines)

    assert len(acknowledged) >= lines
    assert surviving.aftermath(tmp_path / "cases.db", acknowledged, undisturbed[1]) == []


def test_the_kills_are_judged_by_a_play_that_lapses_links_moves_and_corrects(tmp_path: Path) -> None:
    engine = acts.engine()
    for _, act in killed.play(engine):
        act()

    kinds = {event.kind for event in engine.ledger()}
    assert kinds == {"department", "step", "lapse", "correction", "recalculation"}
    assert engine.case("R-1").state == "granted"
    assert engine.case("X-1").state == "criticised"
