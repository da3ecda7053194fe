"""Tests of limits and days."""

from __future__ import annotations

from datetime import date

from gongxiang.workflow.condition import Answer, Arguments, test
from gongxiang.workflow.deadline import beijing, legal_end, recomputed
from gongxiang.workflow.facts import Facts


@test(field="date field?", since="day?")
def begins_in_force(facts: Facts, arguments: Arguments) -> Answer:
    """The act, or the date in the payload field `field` where it is given, is not earlier than `since` (when not given,
    than the day the rule book came into force).
    """
    said = arguments.get("since")
    since = date.fromisoformat(said) if said else facts.book.in_force
    named = facts.payload.get(arguments.get("field", ""))
    day = date.fromisoformat(str(named)) if named is not None else beijing(facts.at).date()
    return day >= since, {"day": day.isoformat(), "in_force": since.isoformat()}


@test(field="days field", parameter="parameter")
def at_most(facts: Facts, arguments: Arguments) -> Answer:
    """The days in the payload field `field` are no more than the number of the law."""
    days, most = facts.payload.get(arguments["field"]), facts.book.parameters[arguments["parameter"]].value
    return isinstance(days, int) and days <= most, {arguments["field"]: days, "most": most}


@test(retention="retention")
def retention_over(facts: Facts, arguments: Arguments) -> Answer:
    """Nothing is retained under `retention`, or the last day of keeping it has passed."""
    until, day = facts.case.retained.get(arguments["retention"]), beijing(facts.at).date().isoformat()
    return until is None or day > until, {"until": until, "day": day}


@test(limit="limit")
def lapsed(facts: Facts, arguments: Arguments) -> Answer:
    """The limit `limit` (the outer one behind it, where it never ran) has passed without being met, and the lapse
    stands.
    """
    deadline = facts.deadline(facts.procedure.running(arguments["limit"], facts.case.deadlines))
    moment = deadline.lapsed_at if deadline else None
    return moment is not None, {"lapsed_at": moment.isoformat() if moment else None}


@test(limit="limit")
def not_passed(facts: Facts, arguments: Arguments) -> Answer:
    """The moment of the act is before the end of the limit `limit` (or before the later end a known notice gives
    it).
    """
    deadline = facts.deadline(arguments["limit"])
    if deadline is None:
        return True, {"ends_before": None}
    end = legal_end(deadline, facts.world.edition(beijing(facts.at).date()), facts.world.counting)
    return facts.at < end, {"ends_before": end.isoformat()}


@test(limit="limit")
def passed(facts: Facts, arguments: Arguments) -> Answer:
    """The limit `limit` ran, and the moment of the act is not before its end (or the later end a known notice gives
    it).
    """
    running, inputs = not_passed(facts, arguments)
    return not running, inputs


@test(limit="limit")
def not_stopped(facts: Facts, arguments: Arguments) -> Answer:
    """The limit `limit` is not stopped by something made in time that still waits."""
    deadline = facts.deadline(arguments["limit"])
    moment = deadline.stopped_at if deadline else None
    return moment is None, {"stopped_at": moment.isoformat() if moment else None}


@test(limit="limit")
def later_than_before(facts: Facts, arguments: Arguments) -> Answer:
    """The due date that this act would set lies after the one that stands."""
    deadline, due = facts.deadline(arguments["limit"]), facts.due(arguments["limit"])
    old, new = (deadline.due if deadline else None), (due.date if due else None)
    later = old is not None and new is not None and new > old
    return later, {"due": old.isoformat() if old else None, "new": new.isoformat() if new else None}


@test(field="date field")
def after_service(facts: Facts, arguments: Arguments) -> Answer:
    """The day that an order fixes lies after the day of its service."""
    fixed, service = facts.payload.get(arguments["field"]), beijing(facts.at).date()
    return fixed is None or date.fromisoformat(str(fixed)) > service, {"service": service.isoformat(), "due": fixed}


@test(field="date field")
def not_after_act(facts: Facts, arguments: Arguments) -> Answer:
    """The date in the payload field `field` is not later than the day of the act."""
    day, act = facts.payload.get(arguments["field"]), beijing(facts.at).date()
    return day is None or date.fromisoformat(str(day)) <= act, {"day": day, "act": act.isoformat()}


@test(limit="limit")
def notice_moves(facts: Facts, arguments: Arguments) -> Answer:
    """The notices published by the day of the act give the limit `limit` a later end than the one that passed."""
    deadline = facts.deadline(arguments["limit"])
    edition = facts.world.edition(beijing(facts.at).date())
    due = recomputed(deadline, edition, facts.world.counting) if deadline else None
    passed_at = (deadline.lapsed_at or deadline.ends_before) if deadline else None
    later = passed_at is not None and due is not None and due.ends_before > passed_at
    return later, {"edition": edition.id, "due": due.date.isoformat() if due else None}
