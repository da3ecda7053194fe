"""Sweeping often or once, and the order of what happened at one instant, make no difference to any date."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any

import acts
import pytest
from acts import at
from attempts import BOOK, OPENINGS, PEOPLE, fired, opened, payloads, tried
from hypothesis import given, settings
from hypothesis import strategies as st
from keeper import Keeper

from gongxiang.errors import GongxiangError
from gongxiang.workflow.engine import Engine

STARTS = st.sampled_from(["2020-01-17T09:00", "2026-02-10T09:00", "2026-03-02T09:00", "2026-09-21T09:00"])
DAY = timedelta(days=1)


@st.composite
def opening_acts(draw: st.DrawFn, moment: datetime) -> tuple[str, str, dict[str, Any]]:
    """Return procedure, step and contents of an act that opens a case."""
    procedure, step = draw(st.sampled_from(OPENINGS))
    return procedure, step, draw(payloads(procedure, step, moment))


Recording = Callable[[datetime], Engine]
Office = Callable[[], AbstractContextManager[Recording]]


@pytest.fixture(scope="module")
def office(backend: str, keeper: Keeper) -> Office:
    """What makes engines, each on a database of its own, whose clock stands at a moment; what happens later is recorded
    when it happens.
    """

    @contextmanager
    def opened_for_a_while() -> Iterator[Recording]:
        with ExitStack() as given:

            def recording(moment: datetime) -> Engine:
                engine = acts.engine(given.enter_context(keeper.one(backend)), clock=lambda: moment)
                given.callback(engine.close)
                return engine

            yield recording

    return opened_for_a_while


def open_case(engine: Engine, case: str, moment: datetime, act: tuple[str, str, dict[str, Any]]) -> None:
    procedure, step, payload = act
    by = "bureau" if procedure == "rectification" else "labour"
    tried(lambda: opened(engine, procedure, step, case, by, "police", moment, payload))


def sweep_daily(engine: Engine, since: datetime, until: datetime) -> None:
    moment = since
    while moment < until:
        engine.sweep(now=moment)
        moment += DAY


def but_for_the_recording(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Return what the ledger says, without when it was recorded and what the calendar was known to say by then."""

    def told(body: str, kind: str) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(body)
        if kind == "lapse":
            del said["edition"]
        return said

    return {
        case: [
            (event.seq, event.at, event.kind, event.name, event.by, told(event.body, event.kind)) for event in events
        ]
        for case, events in acts.chains(engine).items()
        if case
    }


@settings(max_examples=25)
@given(data=st.data(), start=STARTS)
def test_one_sweep_after_a_gap_equals_daily_sweeps_but_for_the_moments_of_recording(
    data: st.DataObject, start: str, office: Office
) -> None:
    with office() as recording:
        moment = at(start)
        daily, gap = recording(moment), recording(moment)
        for number in range(data.draw(st.integers(1, 6))):
            act = data.draw(opening_acts(moment))
            for engine in (daily, gap):
                open_case(engine, f"C-{number}", moment, act)
            for case in sorted(acts.heads(daily).keys() - {""}):
                steps: list[tuple[str, str]] = [
                    (by, option.step)
                    for by in PEOPLE
                    for option in daily.options(case, by=by, now=moment)
                    if option.allowed
                ]
                if data.draw(st.booleans()) and steps:
                    by, step = data.draw(st.sampled_from(steps))
                    payload = data.draw(payloads(daily.case(case, now=moment).procedure, step, moment))
                    outcomes = [fired(engine, case, step, by, moment, payload) for engine in (daily, gap)]
                    assert isinstance(outcomes[0], GongxiangError) == isinstance(outcomes[1], GongxiangError)
            later = moment + timedelta(days=data.draw(st.integers(1, 9)))
            sweep_daily(daily, moment, later)
            moment = later
        for engine in (daily, gap):
            engine.sweep(now=moment)

        assert but_for_the_recording(daily) == but_for_the_recording(gap)


def dates(engine: Engine) -> dict[str, Any]:
    return {
        case.case: (case.state, {limit: (one.due, one.met_at, one.lapsed_at) for limit, one in case.deadlines.items()})
        for case in engine.projections()
    }


@settings(max_examples=20)
@given(data=st.data(), start=STARTS, wait=st.integers(0, 30))
def test_any_legal_order_of_the_same_facts_at_one_instant_gives_the_same_dates(
    data: st.DataObject, start: str, wait: int, office: Office
) -> None:
    with office() as recording:
        moment, later = at(start), at(start) + timedelta(days=wait)
        acts_at_once = [data.draw(opening_acts(moment)) for _ in range(3)]
        firsts = recording(moment)
        for number, act in enumerate(acts_at_once):
            open_case(firsts, f"C-{number}", moment, act)
        facts: list[tuple[str, str, str, dict[str, Any]]] = []
        for case in sorted(acts.heads(firsts).keys() - {""}):
            steps = [
                (by, option.step)
                for by in PEOPLE
                for option in firsts.options(case, by=by, now=later)
                if option.allowed
            ]
            for by, step in data.draw(st.lists(st.sampled_from(steps), max_size=2)) if steps else []:
                facts.append(
                    (case, by, step, data.draw(payloads(firsts.case(case, now=moment).procedure, step, later)))
                )
        outcomes: list[dict[str, Any]] = []
        for order in itertools.islice(itertools.permutations(facts), 8):
            engine = recording(moment)
            for number, act in enumerate(acts_at_once):
                open_case(engine, f"C-{number}", moment, act)
            told = [fired(engine, case, step, by, later, payload) for case, by, step, payload in order]
            if not any(isinstance(one, GongxiangError) for one in told):
                outcomes.append(dates(engine))

        assert all(outcome == outcomes[0] for outcome in outcomes)


@settings(max_examples=25)
@given(data=st.data(), start=STARTS, delay=st.timedeltas(timedelta(0), timedelta(days=60)))
def test_recording_late_changes_no_date(data: st.DataObject, start: str, delay: timedelta, office: Office) -> None:
    with office() as recording:
        moment = at(start)
        act = data.draw(opening_acts(moment))
        at_once, late = recording(moment), recording(moment + delay)
        for engine in (at_once, late):
            open_case(engine, "C-1", moment, act)

        assert dates(at_once) == dates(late)
        assert but_for_the_recording(at_once) == but_for_the_recording(late)


def test_the_generated_acts_come_from_every_step_of_every_procedure() -> None:
    assert {procedure for procedure, _ in OPENINGS} == set(BOOK.procedures)
