"""The sweep: batch by batch, each lapse once, and no case in the way of another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import acts
import forking
import pytest
import raw
from acts import at

import gongxiang
from gongxiang.errors import AlreadyDone, StepNotAllowed
from gongxiang.workflow.engine import Engine

# Received on 12 February 2026, due on the 26th (acts.request): its end is 00:00 of the 27th.
END, LATER = "2026-02-27T00:00", "2026-03-02T09:00"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = at(LATER)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, minutes: int) -> None:
        self.moment += timedelta(minutes=minutes)


def engine_on(url: str, clock: Clock) -> Engine:
    return gongxiang.open_engine(url, clock=clock, rules="decree-330")


def requests(url: str, count: int) -> list[str]:
    """Submit so many requests; return their names, in the order in which a sweep takes them up."""
    engine = acts.engine(url, clock=lambda: at("2026-02-12T09:00"))
    names = [f"R-{number:03}" for number in range(count)]
    for name in names:
        acts.request(engine, name)
    engine.close()
    return names


def lapses(engine: Engine) -> list[str]:
    """Return the case of each lapse on record."""
    return sorted(event.case for event in engine.ledger() if event.kind == "lapse")


def process(url: str, *how: str) -> forking.Done:
    """Sweep in another process."""
    return forking.run("sweeper", url, LATER, *how)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_more_cases_than_a_transaction_takes_are_swept_in_several_each_lapse_once(
    shared_url: str, clock: Clock
) -> None:
    names = requests(shared_url, 205)
    engine = engine_on(shared_url, clock)

    swept = engine.sweep(now=at(LATER))

    assert [found.case for found in swept.lapses] == names
    assert (swept.batches, swept.whole) == (3, True)
    assert engine.sweep(now=at(LATER)).lapses == ()
    assert lapses(engine) == names
    assert acts.faults(engine) == []
    assert engine.incidents() == ()


def test_a_lapse_carries_its_legal_moment_and_the_moment_of_recording(shared_url: str, clock: Clock) -> None:
    requests(shared_url, 1)

    engine_on(shared_url, clock).sweep(now=at(LATER))

    (lapse,) = (event for event in engine_on(shared_url, clock).ledger() if event.kind == "lapse")
    assert (lapse.at, lapse.recorded_at) == (at(END), at(LATER))


def test_a_sweep_that_is_stopped_says_so_and_the_next_one_goes_on(shared_url: str, clock: Clock) -> None:
    names = requests(shared_url, 150)
    engine = engine_on(shared_url, clock)
    asked: Iterator[bool] = iter([False, True])

    first = engine.sweep(now=at(LATER), stop=lambda: next(asked))
    second = engine.sweep(now=at(LATER))

    assert (len(first.lapses), first.whole) == (100, False)
    assert (len(second.lapses), second.whole) == (50, True)
    assert lapses(engine) == names


SPOILS = {
    "a row that cannot be read": "UPDATE gongxiang_case SET snapshot = '?' WHERE case_id = 'R-001'",
    "a row of another version than the ledger's": "UPDATE gongxiang_case SET version = 9 WHERE case_id = 'R-001'",
}


@pytest.mark.parametrize("spoil", SPOILS)
def test_a_case_that_cannot_be_swept_holds_up_no_other_and_becomes_an_incident(
    spoil: str, shared_url: str, clock: Clock
) -> None:
    names = requests(shared_url, 3)
    raw.tell(shared_url, SPOILS[spoil])
    engine = engine_on(shared_url, clock)

    swept = engine.sweep(now=at(LATER), worker="first")

    assert [found.case for found in swept.lapses] == [names[0], names[2]]
    assert [failed.case for failed in swept.failed] == ["R-001"]
    (failing,) = engine.incidents()
    assert (failing.case, failing.state, failing.worker) == ("R-001", "failing", "first")
    assert failing.error is not None

    assert engine.sweep(now=at(LATER)).failed == (), "it is left alone for a while"
    for _ in range(8):
        clock.forward(60)
        engine.sweep(now=at(LATER))
    (given_up,) = engine.incidents()
    assert (given_up.state, given_up.tries) == ("incident", 5)


def test_an_incident_is_mended_retried_and_gone(shared_url: str, clock: Clock) -> None:
    requests(shared_url, 2)
    raw.tell(shared_url, SPOILS["a row that cannot be read"])
    engine = engine_on(shared_url, clock)
    for _ in range(8):
        engine.sweep(now=at(LATER))
        clock.forward(60)
    assert engine.rebuild() == 1
    assert engine.sweep(now=at(LATER)).lapses == (), "mended or not, a person says when"

    with pytest.raises(StepNotAllowed):
        engine.retry("R-001", by="police", at=clock(), reasons="已修复")
    engine.retry("R-001", by="bureau", at=clock(), reasons="已由账本重建")

    assert [found.case for found in engine.sweep(now=at(LATER)).lapses] == ["R-001"]
    assert engine.incidents() == ()
    assert lapses(engine) == ["R-000", "R-001"]
    (entry,) = (event for event in engine.ledger() if event.kind == "incident")
    assert (entry.case, entry.name, entry.by) == ("", "R-001", "bureau")
    assert entry.content == {"what": "retry", "reasons": "已由账本重建"}


def test_a_case_set_aside_is_passed_over_until_it_is_retried(shared_url: str, clock: Clock) -> None:
    requests(shared_url, 1)
    raw.tell(shared_url, "UPDATE gongxiang_case SET snapshot = '?' WHERE case_id = 'R-000'")
    engine = engine_on(shared_url, clock)
    engine.sweep(now=at(LATER))

    engine.set_aside("R-000", by="bureau", at=clock(), reasons="等待备份")
    clock.forward(60 * 24)

    assert engine.sweep(now=at(LATER)).failed == ()
    assert [one.state for one in engine.incidents()] == ["aside"]
    with pytest.raises(AlreadyDone):
        engine.set_aside("R-999", by="bureau", at=clock(), reasons="无此异常")


def test_a_case_that_kills_its_workers_becomes_an_incident_and_the_others_are_swept(
    shared_url: str, clock: Clock
) -> None:
    names = requests(shared_url, 5)

    deaths = 0
    while (done := process(shared_url, "case", "R-002")).returncode == -9:
        deaths += 1

    assert done.returncode == 0, done.stderr
    assert deaths == 5
    engine = engine_on(shared_url, clock)
    (incident,) = engine.incidents()
    assert (incident.case, incident.state, incident.error) == ("R-002", "incident", None)
    assert lapses(engine) == [name for name in names if name != "R-002"]
    assert acts.faults(engine) == []


def test_a_sweep_killed_at_any_of_its_statements_loses_and_repeats_nothing(
    backend: str, shared_url: str, copy_of: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    names = requests(shared_url, 3)
    statements = int(process(copy_of(shared_url), "statement", "0", "before").stdout.split()[-1])
    kills = 0
    for statement in range(1, statements + 1):
        url = copy_of(shared_url)
        engine = engine_on(url, Clock())

        assert process(url, "statement", str(statement), "after").returncode == -9

        kills += 1
        assert acts.faults(engine) == []
        assert lapses(engine) in ([], names), "a batch is whole or not at all"
        engine.sweep(now=at(LATER))
        assert lapses(engine) == names
        assert (acts.faults(engine), engine.incidents()) == ([], ())
        engine.close()

    with capsys.disabled():
        print(f"\n{backend}: a sweep of three cases was killed {kills} times, after each of its statements")
    assert kills > 5
