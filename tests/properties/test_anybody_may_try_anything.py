"""Whatever is tried, by whomever and whenever, the published invariants hold; what is refused has changed nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime, timedelta

import acts
from acts import at
from attempts import BOOK, CITIZENS, OPENINGS, PEOPLE, WAITS, fired, opened, payloads, tried
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from invariants import broken
from keeper import Keeper
from stages import STAGES, bring

from gongxiang.errors import AlreadyDone, BeyondHorizon, GongxiangError, StepNotAllowed
from gongxiang.workflow.conditions import reads_payload
from gongxiang.workflow.receipt import Receipt
from gongxiang.workflow.views import Option

# The amended notice of January 2020, Spring Festival 2026, plain days, National Day, the open tail of the year.
STARTS = ("2020-01-20T09:00", "2026-02-10T09:00", "2026-03-02T09:00", "2026-09-21T09:00", "2026-12-14T09:00")
# A second finding against the same department on the same ground is refused, so one ladder at a time.
OTHERS = [stage for stage, (procedure, _) in STAGES.items() if procedure != "rectification"]
OF_THE_PAYLOAD = {
    *("missing_field", "blank_field", "bad_field", "unknown_field", "unknown_choice", "unknown_ground"),
    *("exactly_one", "other_row"),
}
READ_THE_PAYLOAD = {
    guard.id
    for procedure in BOOK.procedures.values()
    for row in procedure.rows
    for guard in row.guards
    if reads_payload(guard.test, guard.arguments)
}

# The same things are tried on each; what they come to does not depend on the database, only how it is kept.
EXAMPLES = {"sqlite": 50, "postgresql": 15}


class Office(RuleBasedStateMachine):
    """One database on which departments open cases, act, sweep, recalculate and correct, rightly and wrongly."""

    now: datetime
    databases: Callable[[], AbstractContextManager[str]]

    def __init__(self) -> None:
        super().__init__()
        self.given = ExitStack()

    def teardown(self) -> None:
        self.given.close()

    @initialize(start=st.sampled_from(STARTS), first=st.sampled_from(list(STAGES)), second=st.sampled_from(OTHERS))
    def begin(self, start: str, first: str, second: str) -> None:
        self.now = at(start)
        self.engine = acts.engine(self.given.enter_context(self.databases()), clock=lambda: self.now)
        self.given.callback(self.engine.close)
        self.now = max(bring(self.engine, stage, f"S {stage}", at(start)) for stage in {first, second})
        self.names = sorted(case.case for case in self.engine.projections())

    def refused_changes_nothing(self, before: dict[str, str], outcome: Receipt | GongxiangError) -> None:
        if isinstance(outcome, GongxiangError):
            assert acts.heads(self.engine) == before, outcome
            assert all(reason.text.zh and reason.text.en for reason in outcome.reasons)
        else:
            assert outcome.hash in acts.heads(self.engine).values() or outcome.recorded
        self.names = sorted(case.case for case in self.engine.projections())

    @rule(
        data=st.data(), opening=st.sampled_from(OPENINGS), by=st.sampled_from(CITIZENS), other=st.sampled_from(PEOPLE)
    )
    def somebody_opens_a_case(self, data: st.DataObject, opening: tuple[str, str], by: str, other: str) -> None:
        procedure, step = opening
        if data.draw(st.integers(0, 9)):
            by = "bureau" if procedure == "rectification" else "labour"
            other = "police"
        payload = data.draw(payloads(procedure, step, self.now))
        before, case = acts.heads(self.engine), f"C-{len(self.names)}"
        outcome = tried(lambda: opened(self.engine, procedure, step, case, by, other, self.now, payload))
        self.refused_changes_nothing(before, outcome)

    @precondition(lambda self: self.names)
    @rule(data=st.data(), wait=WAITS)
    def somebody_takes_a_step_that_is_open_to_him(self, data: st.DataObject, wait: timedelta) -> None:
        self.now += wait
        case = data.draw(st.sampled_from(self.names))
        open_steps = [
            (by, option.step)
            for by in PEOPLE
            for option in self.engine.options(case, by=by, now=self.now)
            if option.allowed
        ]
        if open_steps:
            rarely = sorted(open_steps, key=lambda one: one[1] in ("withdraw", "dismiss", "revoke", "close"))
            self.act(data, case, *data.draw(st.sampled_from(rarely)))

    @precondition(lambda self: self.names)
    @rule(data=st.data(), by=st.sampled_from(PEOPLE))
    def somebody_tries_any_step(self, data: st.DataObject, by: str) -> None:
        case = data.draw(st.sampled_from(self.names))
        procedure = BOOK.procedures[self.engine.case(case, now=self.now).procedure]
        self.act(data, case, by, data.draw(st.sampled_from(list(procedure.by_name))))

    def act(self, data: st.DataObject, case: str, by: str, step: str) -> None:
        procedure = self.engine.case(case, now=self.now).procedure
        payload = data.draw(payloads(procedure, step, self.now))
        seen = {option.step: option for option in self.engine.options(case, by=by, now=self.now)}
        before = acts.heads(self.engine)
        outcome = fired(self.engine, case, step, by, self.now, payload)
        self.refused_changes_nothing(before, outcome)
        options_agree_with_fire(seen.get(step), outcome)

    @rule(wait=WAITS)
    def time_passes(self, wait: timedelta) -> None:
        self.now += wait

    @rule()
    def a_worker_sweeps(self) -> None:
        self.engine.sweep(now=self.now)
        after = acts.heads(self.engine)

        assert self.engine.sweep(now=self.now).lapses == ()
        assert acts.heads(self.engine) == after

    @rule(by=st.sampled_from(("bureau", "dalian", "police")))
    def somebody_recalculates(self, by: str) -> None:
        before = acts.heads(self.engine)
        moves = self.engine.recalculation_plan(now=self.now)
        try:
            done = self.engine.recalculate(by=by, at=self.now, payload={"signer": "王某"})
        except GongxiangError as error:
            self.refused_changes_nothing(before, error)
        else:
            # What was met before the notice is in the plan, for people to see, and nothing of it is decided.
            asked = [one for one in moves if one.kind != "already_met"]
            assert sorted(map(str, (*done.moved, *done.left))) == sorted(map(str, asked))
            assert [one for one in self.engine.recalculation_plan(now=self.now) if one in done.moved] == []

    @precondition(lambda self: self.names)
    @rule(
        data=st.data(), by=st.sampled_from(PEOPLE), seq=st.integers(0, 4), field=st.sampled_from(("facts", "reasons"))
    )
    def somebody_corrects_the_record(self, data: st.DataObject, by: str, seq: int, field: str) -> None:
        case, before = data.draw(st.sampled_from(self.names)), acts.heads(self.engine)
        corrected = {field: "更正"}
        outcome = tried(lambda: self.engine.correct(case, seq, by=by, at=self.now, corrected=corrected, reasons="笔误"))
        self.refused_changes_nothing(before, outcome)

    @invariant()
    def the_published_invariants_hold(self) -> None:
        if hasattr(self, "engine"):
            assert broken(self.engine, self.now, BOOK) == []


def options_agree_with_fire(option: Option | None, outcome: Receipt | GongxiangError) -> None:
    """What is shown as possible fails at most for what it carries; what is not shown, or as impossible, fails."""
    if isinstance(outcome, Receipt):
        assert option is not None
        assert option.allowed, option.reasons
        return
    if option is None or not option.allowed:
        return
    if isinstance(outcome, StepNotAllowed):
        codes = {reason.code for reason in outcome.reasons}
        assert codes <= OF_THE_PAYLOAD | READ_THE_PAYLOAD, codes
    else:
        assert isinstance(outcome, AlreadyDone | BeyondHorizon), outcome


def test_whatever_is_tried_the_published_invariants_hold(backend: str, keeper: Keeper) -> None:
    kind = type("Office", (Office,), {"databases": staticmethod(lambda: keeper.one(backend))})
    run_state_machine_as_test(kind, settings=settings(max_examples=EXAMPLES[backend], stateful_step_count=15))
