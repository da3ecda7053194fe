"""The published invariants, each a function that returns what breaks it, from the ledger and the tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import acts

from gongxiang.workflow.case import Case
from gongxiang.workflow.deadline import Deadline
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.errands import next_working_day
from gongxiang.workflow.ledger import Event
from gongxiang.workflow.procedure import Row, RuleBook
from gongxiang.workflow.reminding import reminders

NOBODY = {"clock", "engine"}
BY_NOBODY = {"lapse", "dispute_settled", "dispute_ended", "moot"}
SANCTIONS = {"urge", "order", "circulate", "refer"}


def broken(engine: Engine, now: datetime, book: RuleBook) -> list[str]:
    """Return every breach of every invariant at `now`, which is not before the last event."""
    chains = {name: events for name, events in acts.chains(engine).items() if name}
    return [
        *acts.faults(engine),
        *(f"{name}: {fault}" for name, events in chains.items() for fault in _in_a_chain(events, book)),
        *_in_the_phases(engine, now),
        *_in_the_reminders(engine, now),
    ]


def _in_a_chain(events: list[Event], book: RuleBook) -> Iterator[str]:
    procedure = book.procedures[events[0].content["opening"]["procedure"]]
    yield from _no_event_without_role_article_and_inputs(events, list(procedure.rows))
    yield from _no_sanction_by_nobody(events)
    yield from _no_exit_from_a_final_state(events, {name for name, state in procedure.states.items() if state.final})
    yield from _no_fact_out_of_order(events)
    if procedure.id == "rectification":
        yield from _no_criticism_without_default(events)


def _no_event_without_role_article_and_inputs(events: list[Event], rows: list[Row]) -> Iterator[str]:
    for event in events:
        body = event.content
        if not body["role"]:
            yield f"event {event.seq} has no role"
        for looked in body["guards"]:
            if not isinstance(looked["inputs"], dict) or ("guard" in looked and looked["holds"] is not True):
                yield f"event {event.seq} does not say what its guard {looked} looked at"
        if event.kind not in ("step", "activity"):
            continue
        taken = [row for row in rows if _is_taken(row, event)]
        if not taken:
            yield f"event {event.seq} ({event.name}) is of no row of the table"
        elif not any(row.article or row.own for row in taken):
            yield f"event {event.seq} rests on no article and is not the procedure's own"


def _is_taken(row: Row, event: Event) -> bool:
    body = event.content
    guards = {looked["guard"] for looked in body["guards"] if "guard" in looked}
    return (
        row.name == event.name
        and (body["from"] in row.sources if row.sources else body["from"] is None)
        and body["to"] == (row.to or body["from"])
        and body["role"] in row.by
        and guards == {guard.id for guard in row.guards}
    )


def _no_sanction_by_nobody(events: list[Event]) -> Iterator[str]:
    for event in events:
        if event.content["role"] in NOBODY and event.name not in BY_NOBODY:
            yield f"event {event.seq} ({event.name}) was taken by the {event.content['role']}"
        if event.name in SANCTIONS and (not event.by or event.content["role"] != "authority"):
            yield f"event {event.seq} ({event.name}) is no authority's act"
        if event.name == "circulate" and not event.content["payload"]["signer"].strip():
            yield f"event {event.seq}: nobody signed the circular"


def _no_exit_from_a_final_state(events: list[Event], final: set[str]) -> Iterator[str]:
    for event in events:
        if event.content["from"] in final and event.content["to"] != event.content["from"]:
            yield f"event {event.seq} ({event.name}) leads out of {event.content['from']}"


def _no_fact_out_of_order(events: list[Event]) -> Iterator[str]:
    last = events[0].at
    for event in events:
        if event.recorded_at < event.at:
            yield f"event {event.seq} was recorded before it happened"
        if event.kind != "lapse":
            if event.at < last:
                yield f"event {event.seq} is dated before the one before it"
            last = event.at


def _no_criticism_without_default(events: list[Event]) -> Iterator[str]:
    """Read the ladder anew: who was ordered, until when, what was reported in time and is unanswered."""
    ends: datetime | None = None
    passed = waiting = False
    for event in events:
        for effect in event.content["effects"]:
            if effect["do"] in ("start", "move"):
                ends, passed = datetime.fromisoformat(effect["deadline"]["ends_before"]), False
        if event.kind == "lapse":
            passed = True
        if event.name == "report_correction" and ends is not None and event.at < ends:
            waiting = True
        if event.name in ("accept_correction", "reject_correction"):
            waiting = False
        if event.name == "circulate":
            if ends is None:
                yield f"event {event.seq} criticises without a served order"
            elif not passed or event.at < ends:
                yield f"event {event.seq} criticises before {ends}"
            if waiting:
                yield f"event {event.seq} criticises while a report made in time waits"


def _in_the_phases(engine: Engine, now: datetime) -> Iterator[str]:
    """Exactly one phase at any instant; overdue exactly where a sweep has recorded or would record a lapse."""
    swept = engine.sweep(now=now, dry_run=True)
    would_lapse = {(found.case, found.limit) for found in swept.lapses}
    held = {(one.case, one.limit): one.would_be for one in swept.held}
    for case in engine.projections():
        view = {one.limit: str(one.phase) for one in engine.case(case.case, now=now).deadlines}
        for limit, deadline in case.deadlines.items():
            key = (case.case, limit)
            possible = [name for name, holds in _phases(deadline, now, held.get(key)).items() if holds]
            if possible != [view[limit]]:
                yield f"{case.case} {limit}: {view[limit]} where the facts say {possible}"
            stands = deadline.lapsed_at is not None and deadline.is_open and deadline.stopped_at is None
            if (view[limit] == "overdue") != (stands or key in would_lapse):
                yield f"{case.case} {limit}: {view[limit]}, but a sweep says {key in would_lapse}, the record {stands}"
        if _acted_at(case, now) and any(name == case.case for name, _ in would_lapse):
            yield f"{case.case}: an act was recorded at {now} and a lapse was left out"


def _in_the_reminders(engine: Engine, now: datetime) -> Iterator[str]:
    """Whoever reads only the cases in which something is due by the next working day reminds of all that is."""
    edition = engine.edition(now.date())
    wanted = list(reminders(engine.today(now=now), edition))
    found = list(reminders(engine.today(now=now, due_by=next_working_day(edition, now.date())), edition))
    if found != wanted:
        yield f"reminded of {found}, and all cases say {wanted}"


def _acted_at(case: Case, now: datetime) -> bool:
    return case.last_at == now


def _phases(deadline: Deadline, now: datetime, held_until: Any) -> dict[str, bool]:
    """Which phases the facts allow. `held_until`: the day that a known notice gives a limit that has passed."""
    ended = deadline.met_at is not None or deadline.void_at is not None
    still = not ended and deadline.stopped_at is None
    end = max(deadline.ends_before, deadline.held_until or deadline.ends_before)
    day = held_until if now >= deadline.ends_before and held_until else deadline.due.isoformat()
    runs = still and (now < deadline.ends_before or held_until is not None)
    today = now.astimezone(deadline.ends_before.tzinfo).date().isoformat()
    return {
        "void": deadline.void_at is not None,
        "met": deadline.void_at is None and deadline.met_at is not None and deadline.met_at < end,
        "met_late": deadline.void_at is None and deadline.met_at is not None and deadline.met_at >= end,
        "stopped": not ended and deadline.stopped_at is not None,
        "running": runs and today != day,
        "due_today": runs and today == day,
        "overdue": still and not runs,
    }
