"""The machine's clock goes back: acts keep the moments that they tell, and nothing is recorded before it happened."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import acts
import killed
import pytest
import raw
from acts import at

import gongxiang
from gongxiang.errors import OutOfOrder
from gongxiang.workflow import auditing
from gongxiang.workflow.engine import Engine

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AFTER = at("2026-03-02T09:00")
"""A request received on 12 February is due on the 26th; at this moment that has passed."""


class Clock:
    """A clock that is set."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


def engine_on(url: str, clock: Clock) -> Engine:
    return gongxiang.open_engine(url, clock=clock, rules="decree-330")


def happened(engine: Engine) -> list[tuple[str, int, str, str, datetime]]:
    return sorted((event.case, event.seq, event.kind, event.name, event.at) for event in engine.ledger())


@pytest.fixture
def clock() -> Clock:
    return Clock(at("2026-02-12T09:00"))


@pytest.fixture
def engine(url: str, clock: Clock) -> Iterator[Engine]:
    opened = acts.engine(url, clock)
    yield opened
    opened.close()


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_clock_says_an_act_has_its_own_moment_and_is_recorded_no_earlier(
    engine: Engine, clock: Clock, seed: int
) -> None:
    chance = random.Random(seed)
    undisturbed = acts.engine()
    for _, act in killed.play(undisturbed):
        act()

    for _, act in killed.play(engine):
        clock.moment += chance.choice([-DAY, -HOUR, timedelta(), HOUR, 3 * DAY])
        act()
        engine.seal(now=clock.moment)

    assert happened(engine) == happened(undisturbed)
    assert [event for event in engine.ledger() if event.recorded_at < event.at] == []
    assert acts.faults(engine) == []
    assert [finding.text.en for finding in auditing.verify(engine).findings] == []


def test_sweeps_by_a_clock_that_goes_back_find_each_lapse_once(engine: Engine, clock: Clock) -> None:
    acts.request(engine, "R-1")
    acts.request(engine, "R-2", at=at("2026-02-24T09:00"))  # due on 2 March: the 28th is worked
    found = []

    for moment in (AFTER, AFTER - HOUR, AFTER - 10 * DAY, AFTER + 2 * DAY, AFTER - DAY, AFTER + 3 * DAY):
        clock.moment = moment
        found.append([lapse.case for lapse in engine.sweep(now=clock()).lapses])

    assert found == [["R-1"], [], [], ["R-2"], [], []]
    lapses = [event for event in engine.ledger() if event.kind == "lapse"]
    assert [(lapse.case, lapse.at) for lapse in lapses] == [
        ("R-1", at("2026-02-27T00:00")),
        ("R-2", at("2026-03-03T00:00")),
    ]
    assert acts.faults(engine) == []


def test_an_act_by_a_clock_that_went_back_before_the_last_event_is_refused_and_later_taken(
    engine: Engine, clock: Clock
) -> None:
    acts.request(engine)
    clock.moment = AFTER
    engine.sweep(now=clock())
    clock.moment = at("2026-02-26T23:00")

    with pytest.raises(OutOfOrder):
        engine.fire("R-1", "refuse", by="police", at=clock(), payload={"reasons": "超出职权"})
    receipt = engine.fire("R-1", "refuse", by="police", at=AFTER, payload={"reasons": "超出职权"})

    assert receipt.recorded_at == AFTER.isoformat()
    assert acts.faults(engine) == []


def test_a_case_that_failed_before_the_clock_went_back_does_not_wait_until_it_has_caught_up(
    shared_url: str, clock: Clock
) -> None:
    engine = acts.engine(shared_url, clock)
    acts.request(engine)
    clock.moment = AFTER + DAY
    raw.tell(shared_url, "UPDATE gongxiang_case SET snapshot = '?' WHERE case_id = 'R-1'")
    assert len(engine.sweep(now=clock()).failed) == 1
    engine.rebuild()

    clock.moment = AFTER

    assert [lapse.case for lapse in engine.sweep(now=clock()).lapses] == ["R-1"]
    engine.close()
