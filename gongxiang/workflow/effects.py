"""What an admitted act does to its case, as data: the effects that the event stores and the fold applies."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from gongxiang.calendars import BEIJING, Due, Edition
from gongxiang.canonical import Written
from gongxiang.errors import Reason, Text
from gongxiang.workflow import deadline as clock
from gongxiang.workflow.competence import holders
from gongxiang.workflow.conditions import evaluate, point_of
from gongxiang.workflow.deadline import Deadline, beijing, legal_end
from gongxiang.workflow.facts import Facts
from gongxiang.workflow.procedure import Limit, Retention

Effect = dict[str, Any]


def due_of(facts: Facts, limit_id: str) -> Due | None:
    """Return the due date that the row gives the limit by the notices published by the day of the act, or None when it
    gives none.

    Raises BeyondHorizon when the count starts past the last year that has a notice.
    """
    edition = facts.world.edition(beijing(facts.at).date())
    row = facts.row
    if limit_id in row.restores:
        old = facts.deadline(limit_id)
        if old is None:
            return None
        return clock.computed(edition, facts.world.counting, old.started_at, old.working_days, old.fixed_day)
    if limit_id in row.extends:
        return _extended(facts, limit_id)
    limit = facts.procedure.limits[limit_id]
    if limit_id not in (*row.starts, *row.restarts) or not _binds(facts, limit):
        return None
    days, fixed = _set_by(facts, limit)
    if days is None and fixed is None:
        return None
    return clock.computed(edition, facts.world.counting, _start(facts, limit), days, fixed)


def _binds(facts: Facts, limit: Limit) -> bool:
    """Return whether the limit binds the parties: one of a territory's own law does where all are of that territory."""
    if not limit.within:
        return True
    parties = (facts.party(role) for role in facts.case.parties)
    return all(party.region.startswith(limit.within) for party in parties if party)


def undated(facts: Facts) -> Iterator[Reason]:
    """Yield why the row cannot give a limit the date that it should: nobody says how long, or the limit has lapsed."""
    for limit_id in (*facts.row.restarts, *facts.row.extends):
        deadline, title = facts.deadline(limit_id), facts.procedure.limits[limit_id].title
        if limit_id in facts.row.extends and (deadline is None or not deadline.is_open):
            continue
        if limit_id in facts.row.restarts and not _binds(facts, facts.procedure.limits[limit_id]):
            continue
        if limit_id in facts.row.extends and deadline is not None and deadline.lapsed_at is not None:
            yield Reason(
                "limit_lapsed",
                Text(f"期限“{title.zh}”已经届满，不能再延长", f"the limit '{title.en}' has lapsed: it is not extended"),
                facts.row.article,
                Text("须在届满之前办理", "it had to be done before"),
            )
        elif facts.due(limit_id) is None:
            yield Reason(
                "no_length",
                Text(f"没有写明“{title.zh}”的天数", f"nothing says how long '{title.en}' is to be"),
                facts.row.article,
                Text("请写明工作日数或者日期", "give the working days, or a date"),
            )


def _extended(facts: Facts, limit_id: str) -> Due | None:
    """The due date with the days of the extension, counted on from the day after the old one: from the same start."""
    deadline, more = facts.deadline(limit_id), _more_days(facts)
    if deadline is None or deadline.working_days is None or more is None:
        return None
    edition = facts.world.edition(beijing(facts.at).date())
    return clock.computed(edition, facts.world.counting, deadline.started_at, deadline.working_days + more, None)


def _more_days(facts: Facts) -> int | None:
    """The working days that the row extends by: what it carries, or what the case remembers."""
    name = facts.row.extends_by or ""
    said = str(facts.payload.get(name, facts.case.memory.get(name)))
    return int(said) if said.isdecimal() else None


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
    effects.extend(_dated(facts))
    effects.extend(_ended(facts))
    effects.extend(_retained(facts, retention) for retention in facts.row.retains)
    effects.extend(_on_memory(facts))
    return effects, looked


def _dated(facts: Facts) -> Iterator[Effect]:
    """Yield the limits that the row gives a date; not those that bind nobody here, or whose length is left out."""
    row, seq = facts.row, facts.case.version + 1
    for limit_id in row.starts:
        if facts.due(limit_id) is not None:
            yield {"do": "start", "limit": limit_id, **_computed(facts, limit_id, seq)}
    for limit_id in (*row.restarts, *row.restores):
        if limit_id in row.restarts and facts.due(limit_id) is None:
            continue
        yield {"do": "move", "limit": limit_id, "why": facts.row.name, **_computed(facts, limit_id, seq)}
    for limit_id in row.extends:
        if (deadline := facts.deadline(limit_id)) and deadline.is_open:
            yield {"do": "move", "limit": limit_id, "why": facts.row.name, **_computed(facts, limit_id, seq)}


def _ended(facts: Facts) -> Iterator[Effect]:
    """Yield the limits that the row meets, stops, takes up again or voids."""
    row = facts.row
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
    elif old is not None and limit_id in facts.row.extends:
        deadline = clock.extended(old, due, seq=seq)
    else:
        _, fixed = _set_by(facts, limit)
        deadline = clock.start(
            due,
            limit=limit_id,
            article=_article(facts, limit, old),
            owed_by=_owed_by(facts, limit),
            started_at=_start(facts, limit),
            fixed_day=fixed,
            seq=seq,
        )
        if old is not None:
            deadline = clock.renewed(deadline, old)
            if not old.is_open:  # met or void before: this one is another, with a first date of its own
                deadline = replace(deadline, original_due=due.date)
    edition = facts.world.edition(beijing(facts.at).date())
    days = _days(edition, due.received_day, due.date)
    return {"deadline": clock.as_record(deadline), "sheet": {**due.head(), "days": days}}


@lru_cache(maxsize=1024)  # what is received on one day has its days alike
def _days(edition: Edition, received: date, due: date) -> Written:
    return Written(day.as_record() for day in edition.trace(received, due))


def _article(facts: Facts, limit: Limit, old: Deadline | None) -> str:
    """Return where the limit stands: in the law; where the act sets its length, in the article of its ground, or of the
    act.
    """
    if limit.days is not None:
        return limit.article
    ground = str(facts.payload.get("ground", facts.case.memory.get("ground")))
    kept = old.article if old is not None else limit.article
    return facts.book.article_of.get(ground) or facts.row.article or kept


def _owed_by(facts: Facts, limit: Limit) -> str:
    """The department that owes the limit; "" where it is the authority's and none is registered."""
    owing = holders(limit.owed_by, facts.case, facts.procedure, facts.world, facts.at)
    return owing[0].id if owing else facts.case.parties.get(limit.owed_by, "")


def _retained(facts: Facts, retention: Retention) -> Effect:
    return {"do": "retain", "retention": retention.id, "until": years_after(facts.at, retention.years).isoformat()}


def years_after(moment: datetime, years: int) -> date:
    """Return the corresponding day so many years later; the end of February where there is none (民法典 Art. 202)."""
    day = beijing(moment).date()
    last = monthrange(day.year + years, day.month)[1]
    return day.replace(year=day.year + years, day=min(day.day, last))


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
