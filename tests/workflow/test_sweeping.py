"""The sweep: batch by batch, each lapse once, and no case in the way of another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import acts
import forking
import pytest
import raw
from acts import at

import gongxiang
from gongxiang import calendars
from gongxiang.errors import AlreadyDone, DatabaseLocked, Reason, StepNotAllowed, Text
from gongxiang.workflow import sweeping
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.store.attempts import Attempts
from gongxiang.workflow.work import Work

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
    "a row of another last event than the ledger's": (
        "UPDATE gongxiang_case SET snapshot = replace(snapshot, (SELECT hash FROM gongxiang_event WHERE "
        "case_id = 'R-001'), (SELECT hash FROM gongxiang_event WHERE case_id = 'R-000')) WHERE case_id = 'R-001'"
    ),
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


ANOTHER_EDITION = ('"edition":"', '"edition":"not ')
KINDS = {
    "neither a period nor a day": [('"working_days":5', '"working_days":null'), ANOTHER_EDITION],
    "no end": [('"ends_before":"2026-02-27T00:00:00+08:00"', '"ends_before":null')],
    "an end without an offset": [("2026-02-27T00:00:00+08:00", "2026-02-27T00:00:00")],
    "a start that no zone has": [('"started_at":"2026-02-12T09', '"started_at":"0001-01-01T00'), ANOTHER_EDITION],
    "an edition that no column takes": [(f'"{calendars.edition(at(END).date()).id}"', '["2026"]')],
    "a limit that no table has": [('"limit":"reply"', '"limit":"another"')],
    "a state that no table has": [('"state":"awaiting_reply"', '"state":"another"')],
    "the name of another case": [('"case":"R-001"', '"case":"R-000"')],
}


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_stands_in_a_row_the_other_cases_of_its_batch_are_swept(
    kind: str, shared_url: str, clock: Clock
) -> None:
    requests(shared_url, 3)
    for was, is_ in KINDS[kind]:
        raw.tell(
            shared_url,
            f"UPDATE gongxiang_case SET snapshot = replace(snapshot, '{was}', '{is_}') WHERE case_id = 'R-001'",
        )
    engine = engine_on(shared_url, clock)

    swept = engine.sweep(now=at(LATER))

    assert ([found.case for found in swept.lapses], swept.batches) == (["R-000", "R-002"], 1)
    assert [failed.case for failed in swept.failed] == ["R-001"]
    assert lapses(engine) == ["R-000", "R-002"]
    assert engine.rebuild() == 1
    assert acts.faults(engine) == []


def test_a_case_that_can_be_read_and_not_written_is_left_and_the_others_of_its_batch_are_written(
    shared_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests(shared_url, 3)
    engine = engine_on(shared_url, clock)
    flush = Work.flush

    def stumbles(work: Work) -> None:
        if any(event.case == "R-001" for event in work.events):
            raise TypeError("no JSON value")
        flush(work)

    monkeypatch.setattr(Work, "flush", stumbles)
    swept = engine.sweep(now=at(LATER))

    assert [found.case for found in swept.lapses] == ["R-000", "R-002"]
    assert [(failed.case, failed.error) for failed in swept.failed] == [("R-001", "TypeError: no JSON value")]
    assert lapses(engine) == ["R-000", "R-002"]
    assert [(one.case, one.state, one.tries) for one in engine.incidents()] == [("R-001", "failing", 1)]


@pytest.mark.parametrize("spoil", SPOILS)
def test_a_case_is_tried_after_one_minute_two_four_and_eight_and_then_given_up(
    spoil: str, shared_url: str, clock: Clock
) -> None:
    requests(shared_url, 3)
    raw.tell(shared_url, SPOILS[spoil])
    engine = engine_on(shared_url, clock)

    tried = []
    for minute in range(60):
        tried += [minute for _ in engine.sweep(now=at(LATER)).failed]
        clock.forward(1)

    assert tried == [0, 1, 3, 7, 15]
    assert [(one.state, one.tries) for one in engine.incidents()] == [("incident", 5)]


def test_workers_that_pick_the_same_failing_case_at_once_make_one_try_of_it(
    shared_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests(shared_url, 1)
    raw.tell(shared_url, "UPDATE gongxiang_case SET snapshot = '?' WHERE case_id = 'R-000'")
    engines = [engine_on(shared_url, clock) for _ in range(5)]
    waiting, failed, due = list(engines), [], Attempts.due

    def sweeps_next() -> None:
        failed.extend(waiting.pop().sweep(now=at(LATER)).failed)

    def picked_by_all(attempts: Attempts, *given: Any) -> Any:
        found = due(attempts, *given)
        if waiting:
            sweeps_next()
        return found

    monkeypatch.setattr(Attempts, "due", picked_by_all)
    sweeps_next()

    assert [one.case for one in failed] == ["R-000"]
    assert [(one.state, one.tries) for one in engines[0].incidents()] == [("failing", 1)]


def test_a_case_in_hand_is_none_that_failed_until_its_worker_could_have_been_seen(
    shared_url: str, clock: Clock
) -> None:
    requests(shared_url, 1)
    assert process(shared_url, "case", "R-000").returncode == -9
    engine = engine_on(shared_url, clock)

    seen = {seconds: engine.health(now=clock() + timedelta(seconds=seconds)).incidents for seconds in (0, 299, 300)}

    assert (seen[0], seen[299]) == ((), ())
    assert [(one.case, one.state, one.tries, one.error) for one in seen[300]] == [("R-000", "failing", 1, None)]


def test_a_try_in_which_the_worker_died_has_no_error_whatever_the_one_before_had(shared_url: str, clock: Clock) -> None:
    requests(shared_url, 1)
    raw.tell(shared_url, "UPDATE gongxiang_case SET snapshot = '?' WHERE case_id = 'R-000'")
    engine = engine_on(shared_url, clock)
    clock.forward(-10)
    engine.sweep(now=at(LATER))
    assert engine.incidents()[0].error
    engine.rebuild()

    assert process(shared_url, "case", "R-000").returncode == -9

    assert [(one.tries, one.error) for one in engine.incidents()] == [(2, None)]


def test_a_fault_of_the_database_counts_as_no_try_and_leaves_what_the_last_one_ended_with(
    shared_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests(shared_url, 1)
    raw.tell(shared_url, "UPDATE gongxiang_case SET snapshot = '?' WHERE case_id = 'R-000'")
    engine = engine_on(shared_url, clock)
    engine.sweep(now=at(LATER))
    (before,) = engine.incidents()
    clock.forward(1)

    def locked(*_: object) -> None:
        raise DatabaseLocked(Reason("database_locked", Text("被占用", "held")))

    monkeypatch.setattr(sweeping, "sweep", locked)
    with pytest.raises(DatabaseLocked):
        engine.sweep(now=at(LATER))

    (after,) = engine.incidents()
    assert (after.tries, after.error) == (before.tries, before.error) == (1, before.error)
    assert before.error


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
    engine.retry("R-001", by="bureau", at=clock(), reasons="已由台账重建")

    assert [found.case for found in engine.sweep(now=at(LATER)).lapses] == ["R-001"]
    assert engine.incidents() == ()
    assert lapses(engine) == ["R-000", "R-001"]
    (entry,) = (event for event in engine.ledger() if event.kind == "incident")
    assert (entry.case, entry.name, entry.by) == ("", "R-001", "bureau")
    assert entry.content == {"what": "retry", "reasons": "已由台账重建"}


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


def test_what_was_decided_about_an_incident_is_entered_once(shared_url: str, clock: Clock) -> None:
    requests(shared_url, 1)
    raw.tell(shared_url, "UPDATE gongxiang_case SET snapshot = '?' WHERE case_id = 'R-000'")
    engine = engine_on(shared_url, clock)
    engine.sweep(now=at(LATER))

    for decide in (engine.set_aside, engine.retry, engine.set_aside):
        decide("R-000", by="bureau", at=clock(), reasons="等待备份")
        with pytest.raises(AlreadyDone):
            decide("R-000", by="bureau", at=clock(), reasons="等待备份")

    entries = [event.content["what"] for event in engine.ledger() if event.kind == "incident"]
    assert entries == ["set_aside", "retry", "set_aside"]


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
    backend: str, shared_url: str, copy_of: Callable[[str], str], counted: Callable[[str], None]
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

    counted(f"{backend}: a sweep of three cases was killed {kills} times, after each of its statements")
    assert kills > 5
