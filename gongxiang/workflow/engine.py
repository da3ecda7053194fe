"""The one way in: register, open, fire, ask, sweep. Each call is one transaction; what is refused leaves nothing
behind.

Times are told (`at`, `now`): aware date-times of any zone. `recorded_at` is the moment of writing; without it the
clock given to the engine is asked, and an act dated later than that is recorded at its own moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gongxiang.errors import AlreadyDone, Conflict, OutOfOrder, Reason, StepNotAllowed, Text
from gongxiang.workflow import given
from gongxiang.workflow.case import Case, blank
from gongxiang.workflow.correcting import correction_effects
from gongxiang.workflow.decide import Act
from gongxiang.workflow.given import aware
from gongxiang.workflow.keys import Call
from gongxiang.workflow.ledger import Event
from gongxiang.workflow.opening import (
    check_name,
    need_department,
    one_about,
    opening_row,
    parties_of,
    refuse_matter,
    resource_of,
)
from gongxiang.workflow.receipt import Receipt, receipt_for
from gongxiang.workflow.upkeep import Upkeep
from gongxiang.workflow.vocabulary import Department, Resource
from gongxiang.workflow.work import Work


class Engine(Upkeep):
    """A database, the law for new cases, and the calendar. Safe to share between threads when opened by URL."""

    # Who takes part

    def register(
        self,
        department: Department | Mapping[str, Any],
        *,
        at: datetime | None = None,
        by: str = "",
        idempotency_key: str | None = None,
        recorded_at: datetime | None = None,
    ) -> Receipt:
        """Enter a department, or a change of one, from `at` on (without it: for all time, when it is new).

        `by` takes part at that moment (without `at`, when it is recorded); it is empty only where nobody yet can answer
        for the entry, as for the first of a register. Raises BadInput for ill-formed fields, UnknownDepartment,
        AlreadyDone when the register says exactly this already, KeyReused.
        """
        said = department.as_record() if isinstance(department, Department) else department
        entry = Department.from_record(given.record(said, "department"))
        at, by = aware(at) if at else None, given.name(by, "by")
        call = Call("register", (entry.as_record(), at, by), idempotency_key)

        def enter(work: Work) -> Receipt:
            if (done := call.replay(work)) is not None:
                return done
            since = work.enter_department(entry, at, by)
            return call.finish(work, receipt_for(work.recorded, since))

        return self._unit(enter, at, recorded_at, call)

    # Acts

    def open(
        self,
        procedure: str,
        *,
        case: str,
        by: str,
        at: datetime,
        payload: Mapping[str, Any] | None = None,
        step: str | None = None,
        provider: str | None = None,
        requester: str | None = None,
        against: str | None = None,
        about: str | None = None,
        resource: Mapping[str, Any] | Resource | None = None,
        idempotency_key: str | None = None,
        recorded_at: datetime | None = None,
    ) -> Receipt:
        """Open a case under the law of its place and decisive day, and perform its first step.

        Raises what `fire` raises; AlreadyDone when a case of that name exists; UnknownDepartment; BadInput; Refused
        where no law on record governs that place on that day.
        """
        at, payload = aware(at), given.record(payload, "payload")
        parts = {"by": by, "provider": provider, "requester": requester, "against": against}
        named = {field: given.optional_name(value, field) for field, value in parts.items()}
        procedure, case, by = given.name(procedure, "procedure"), given.name(case, "case"), given.name(by, "by")
        step, about = given.optional_name(step, "step"), given.optional_name(about, "about")
        record = resource.as_record() if isinstance(resource, Resource) else resource
        record = None if record is None else given.record(record, "resource")
        check_name(case)
        call = Call("open", (procedure, case, step, named, about, record, payload, at), idempotency_key)

        def open_(work: Work) -> Receipt:
            if (done := call.replay(work)) is not None:
                return done
            if work.find(case) is not None:
                raise _exists(case)
            need_department(work.register, by, at)
            book, table = self._governing(work, procedure, named, about, payload, at)
            row = opening_row(table, step)
            matter_named, carried = one_about(row, about, payload)
            matter = work.need(matter_named) if matter_named and table.about else None
            if matter:
                refuse_matter(book, table, matter)
            elif matter_named and "about" not in row.payload:
                work.need(matter_named)
            opening = {
                "procedure": table.id,
                "parties": parties_of(table, named, matter, work.register, at),
                "resource": resource_of(table, record, matter),
                "about": matter_named,
            }
            new = blank(case, table.id, book.hash, at, opening)
            links = (("about", matter_named),) if matter_named else ()
            work.open(new, book, Act(row.name, by, at, carried), opening, links)
            return call.finish(work, receipt_for(work.recorded, at, work.find(case)))

        return self._unit(open_, at, recorded_at, call, case)

    def fire(
        self,
        case: str,
        step: str,
        *,
        by: str,
        at: datetime,
        payload: Mapping[str, Any] | None = None,
        expected_version: int | None = None,
        idempotency_key: str | None = None,
        recorded_at: datetime | None = None,
    ) -> Receipt:
        """Take a step or activity. First every lapse of the case up to `at` is recorded, in the same transaction.

        Raises StepNotAllowed with every reason, OutOfOrder for an act dated before the case's last event, Conflict
        for a stale `expected_version` (it names the event that won), KeyReused, UnknownCase, UnknownStep,
        UnknownDepartment, BeyondHorizon.
        """
        at, payload = aware(at), given.record(payload, "payload")
        case, step, by = given.name(case, "case"), given.name(step, "step"), given.name(by, "by")
        expected_version = given.version(expected_version, "expected_version")
        call = Call("fire", (case, step, by, payload, at), idempotency_key)
        first: int | None = None

        def act(work: Work) -> Receipt:
            nonlocal first
            if (done := call.replay(work)) is not None:
                return done
            found = work.need(case)
            first = found.version if first is None else first
            if expected_version is not None and found.version != expected_version:
                raise _stale(found, expected_version, work.events_of(case))
            need_department(work.register, by, at)
            try:
                work.act(found, Act(step, by, at, payload))
            except (StepNotAllowed, OutOfOrder) as error:
                if found.version == first:
                    raise
                # Decided anew because another act came first, and refused for what that one did.
                raise _stale(found, first, work.events_of(case)) from error
            return call.finish(work, receipt_for(work.recorded, at, work.find(case), step))

        return self._unit(act, at, recorded_at, call, case)

    def correct(
        self,
        case: str,
        seq: int,
        *,
        by: str,
        at: datetime,
        corrected: Mapping[str, Any],
        reasons: str,
        idempotency_key: str | None = None,
        recorded_at: datetime | None = None,
    ) -> Receipt:
        """Correct what event `seq` carries (`corrected`: payload field and right value) by a further event; the
        mistake stays visible.

        Who recorded the event or the authority of the case may do it. States and dates are moved only by steps.
        """
        at, corrected = aware(at), given.record(corrected, "corrected")
        case, by, seq = given.name(case, "case"), given.name(by, "by"), given.version(seq, "seq") or 0
        reasons = given.record({"reasons": reasons}, "correction")["reasons"]
        call = Call("correct", (case, seq, by, corrected, reasons, at), idempotency_key)

        def correct(work: Work) -> Receipt:
            if (done := call.replay(work)) is not None:
                return done
            found = work.settled(work.need(case), at)
            need_department(work.register, by, at)
            events, table = work.events_of(case), work.procedure(found)
            role, effects = correction_effects(found, table, events, seq, by, at, corrected, reasons, work)
            payload = {"corrects": seq, "corrected": corrected, "reasons": reasons}
            work.record(
                found, at=at, kind="correction", name="correct", by=by, role=role, payload=payload, effects=effects
            )
            return call.finish(work, receipt_for(work.recorded, at, work.find(case), "correct"))

        return self._unit(correct, at, recorded_at, call, case)


def _exists(case: str) -> AlreadyDone:
    return AlreadyDone(
        Reason(
            "case_exists",
            Text(f"案件“{case}”已经存在", f"the case '{case}' exists already"),
            None,
            Text(
                "请用新的编号；同一行为重发请用同一个 key",
                "choose a new name; to send the same act again use the same key",
            ),
        )
    )


def _stale(case: Case, expected: int, events: list[Event]) -> Conflict:
    won = events[expected] if 0 <= expected < len(events) else events[-1]
    zh = f"案件{case.case}已到第{case.version}版，您依据的是第{expected}版"
    en = f"{case.case} is at version {case.version}, not {expected}"
    return Conflict(
        case.case,
        won.seq,
        won.name,
        Reason(
            "stale_version",
            Text(
                f"{zh}；其间由{won.by or '期限'}记录了“{won.name}”（第{won.seq}号）",
                f"{en}: '{won.name}' by {won.by or 'the clock'} (event {won.seq}) came first",
            ),
            None,
            Text("请重新读取案件后再办理", "read the case again and act on what it says now"),
        ),
    )
