"""What an admitted act does to its case, as data: the effects that the event stores and the fold applies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from gongxiang.calendars import BEIJING, Due
from gongxiang.workflow import deadline as clock
from gongxiang.workflow.conditions import evaluate, point_of
from gongxiang.workflow.deadline import Deadline, beijing, legal_end
from gongxiang.workflow.facts import Facts
from gongxiang.workflow.procedure import Limit

Effect = dict[str, Any]


def due_of(facts: Facts, limit_id: str) -> Due | None:
    """Return the due date that the row gives the limit by the notices published by the day of the act, or None when it
    gives none.

    Raises BeyondHorizon when the count starts past the last year that has a notice.
    """
    edition = facts.world.edition(beijing(facts.at).date())
    row = facts.row
    if limit_id in row.restores:
        deadline = facts.deadline(limit_id)
        return (
            clock.computed(
                edition, facts.world.counting, deadline.started_at, deadline.working_days, deadline.fixed_day
            )
            if deadline
            else None
        )
    if limit_id not in (*row.starts, *row.restarts):
        return None
    limit = facts.procedure.limits[limit_id]
    days, fixed = _set_by(facts, limit)
    if days is None and fixed is None:
        return None
    return clock.computed(edition, facts.world.counting, _start(facts, limit), days, fixed)


def _set_by(facts: Facts, limit: Limit) -> tuple[int | None, date | None]:
    """The limit's number of working days, or the day an order fixed."""
    if limit.days is not None:
        return limit.days, None
    fixed = facts.payload.get("due")
    return facts.payload.get("working_days"), date.fromisoformat(fixed) if fixed else None


def _start(facts: Facts, limit: Limit) -> datetime:
    """The moment whose day is not counted: the act's own, or the day that the payload names."""
    if limit.counted_from is None:
        return beijing(facts.at)
    day = date.fromisoformat(str(facts.payload[limit.counted_from]))
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)


def effects_of(facts: Facts) -> tuple[list[Effect], list[dict[str, Any]]]:
    """Return the effects of the row on the case, and what the flags' tests looked at."""
    effects: list[Effect] = []
    looked: list[dict[str, Any]] = []
    for flag in facts.row.flags:
        holds, inputs = evaluate(flag.test, facts, flag.arguments)
        looked.append({"flag": flag.id, "holds": holds, "inputs": inputs})
        if not holds:
            effects.append({"do": "flag", "flag": flag.id, "article": flag.article})
    effects.extend(_on_limits(facts))
    effects.extend(_on_memory(facts))
    return effects, looked


def _on_limits(facts: Facts) -> Iterator[Effect]:
    row, seq = facts.row, facts.case.version + 1
    for limit_id in row.starts:
        yield {"do": "start", "limit": limit_id, **_computed(facts, limit_id, seq)}
    for limit_id in (*row.restarts, *row.restores):
        yield {"do": "move", "limit": limit_id, "why": facts.row.name, **_computed(facts, limit_id, seq)}
    for limit_id in row.meets:
        deadline = facts.deadline(limit_id)
        if deadline and deadline.is_open:
            yield meet(facts, deadline)
    for limit_id in row.stops:
        deadline = facts.deadline(limit_id)
        if deadline and deadline.may_lapse and facts.at < _legal_end(facts, deadline):
            yield {"do": "stop", "limit": limit_id, "at": beijing(facts.at).isoformat()}
    for limit_id in row.resumes:
        deadline = facts.deadline(limit_id)
        if deadline and deadline.void_at is None and (deadline.met_at or deadline.stopped_at):
            yield {"do": "reopen", "limit": limit_id}
    for limit_id in row.voids:
        deadline = facts.deadline(limit_id)
        if deadline and deadline.is_open:
            yield {"do": "void", "limit": limit_id, "at": beijing(facts.at).isoformat()}


def _legal_end(facts: Facts, deadline: Deadline) -> datetime:
    return legal_end(deadline, facts.world.edition(beijing(facts.at).date()), facts.world.counting)


def meet(facts: Facts, deadline: Deadline) -> Effect:
    """Return the effect of meeting a deadline: at the moment it was stopped, if it was, else now."""
    moment = deadline.stopped_at or beijing(facts.at)
    end = _legal_end(facts, deadline)
    until = end if end > deadline.ends_before else None
    return {
        "do": "meet",
        "limit": deadline.limit,
        "at": moment.isoformat(),
        "held_until": until.isoformat() if until else None,
    }


def _computed(facts: Facts, limit_id: str, seq: int) -> Effect:
    due = facts.due(limit_id)
    assert due is not None, f"{facts.row.name} gives {limit_id} no date"
    old, limit = facts.deadline(limit_id), facts.procedure.limits[limit_id]
    if old is not None and limit_id in facts.row.restores:
        deadline = clock.moved(old, due, seq=seq)
    else:
        _, fixed = _set_by(facts, limit)
        deadline = clock.start(
            due,
            limit=limit_id,
            article=limit.article,
            owed_by=facts.case.parties[limit.owed_by],
            started_at=_start(facts, limit),
            fixed_day=fixed,
            seq=seq,
        )
        if old is not None:
            deadline = clock.renewed(deadline, old)
    return {"deadline": clock.as_record(deadline), "sheet": due.sheet()}


def _on_memory(facts: Facts) -> Iterator[Effect]:
    row = facts.row
    for key, source in row.remember.items():
        yield {"do": "remember", "key": key, "value": _value(facts, source)}
    for key in row.forget:
        if key in facts.case.memory:
            yield {"do": "forget", "key": key}
    if row.mark:
        yield {"do": "mark", "mark": point_of(facts.case, facts.payload, row.mark)}
    for role, name in row.names.items():
        yield {"do": "name", "role": role, "department": str(facts.payload[name])}
    for role in row.releases:
        yield {"do": "release", "role": role, "department": facts.by}


def _value(facts: Facts, source: str) -> str:
    """What `remember` keeps: the state the case stood in, a payload field, or the word itself."""
    if source == "state":
        return facts.case.state
    if source.startswith("payload."):
        return str(facts.payload.get(source.removeprefix("payload."), ""))
    return source
