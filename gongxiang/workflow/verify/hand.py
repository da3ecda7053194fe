"""Events that no row makes, judged: lapses, recalculations and corrections."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from gongxiang.errors import Text
from gongxiang.workflow.verify.acts import payload_faults
from gongxiang.workflow.verify.chain import CHINA
from gongxiang.workflow.verify.counting import count, final_end, held_back, settings_of
from gongxiang.workflow.verify.deciding import decisive, line_of
from gongxiang.workflow.verify.event import Event, Fault
from gongxiang.workflow.verify.findings import Found, named, versus
from gongxiang.workflow.verify.limits import deadline_faults, moved, sheet_faults
from gongxiang.workflow.verify.standing import is_owed, is_running

_MOVED = {"do", "limit", "why", "old", "deadline", "sheet"}


def lapse_faults(event: Event) -> Iterator[Fault]:
    """Yield what is wrong with a lapse: by whom, of which limit, when, held back by what, into which state."""
    case, row, body, table = event.case, event.row, event.body, event.table
    if row.by or body["role"] != "clock" or row.name != "lapse" or body["payload"]:
        yield "not_the_clock", named(f"{row.name} {row.by} {body['role']}")
    if body["from"] != case.state:
        yield "state", versus(case.state, body["from"])
    effects = body["effects"]
    limit = effects[0].get("limit") if len(effects) == 1 else None
    deadline = case.deadlines.get(limit) if limit else None
    if deadline is None or not is_running(deadline):
        yield "lapse_unfounded", named(str(limit))
        return
    imported = event.register.imported(event.place)
    # The day on which a lapse was found is not stated; it lies between the legal moment and the recording.
    days = event.calendars.publications(imported, row.day, row.recorded_at.astimezone(CHINA).date())
    known = next((one for day in days if (one := event.calendars.known(imported, day)).id == body["edition"]), None)
    if known is None:
        yield "edition", named(body["edition"])
        return
    end = final_end(deadline, known, event.settings(str(limit))).astimezone(CHINA).isoformat()
    if row.at != datetime.fromisoformat(end):
        yield "lapse_moment", versus(end, row.moment)
    if effects[0] != {"do": "lapse", "limit": limit, "at": end}:
        yield "effect_altered", versus({"do": "lapse", "limit": limit, "at": end}, effects[0])
    seen = {"limit": limit, "ends_before": end, "met_at": None, "stopped_at": None}
    if list(body["guards"]) != [{"guard": "limit_passed", "holds": True, "inputs": seen}]:
        yield "guard_inputs", versus(seen, body["guards"])
    if held_back(deadline, known, event.settings(str(limit)), row.recorded_at):
        yield "lapse_held", named(known.id)
    step = table.limits[str(limit)].get("on_lapse")
    memory, resource = case.record["memory"], case.record["resource"]
    lines = [line for line in table.rows(step, case.state) if line.roles == {"clock"}] if step else []
    lines = [line for line in lines if table.fits(line, {}, memory, resource)]
    target = (lines[0].said.get("to") or case.state) if lines else case.state
    if body["to"] != target:
        yield "lapse_state", versus(target, body["to"])


def recalculation_faults(event: Event) -> Iterator[Fault]:
    """Yield what is wrong with a recalculation: who did it, under whose name, and each date that it moved."""
    case, row, body, payload = event.case, event.row, event.body, event.payload
    calendar = event.calendar
    if (body["from"], body["to"]) != (case.state, case.state) or body["guards"] or row.name != "recalculate":
        yield "state", versus(case.state, f"{body['from']} → {body['to']}")
    if body["edition"] != calendar.id:
        yield "edition", versus(calendar.id, body["edition"])
    yield from event.unsigned()
    if not set(payload) <= {"signer", "shorten"} or not body["effects"]:
        yield "recalculation", named(payload)
    for effect in body["effects"]:
        old = case.deadlines.get(effect.get("limit"))
        if effect.get("do") != "move" or effect.get("why") != "recalculate" or old is None or not is_owed(old):
            yield "effect_extra", named(f"{effect.get('do')} {effect.get('limit')}")
            continue
        try:
            counted = count(
                calendar, old["started_at"], old["working_days"], old["fixed_day"], settings_of(effect["sheet"])
            )
        except Found as found:
            yield found.code, found.detail
            continue
        due, later = counted.due.isoformat(), counted.ends_before > datetime.fromisoformat(old["ends_before"])
        if calendar.id == old["edition"] or (due, counted.provisional) == (old["due"], old["provisional"]):
            yield "recalculation", Text("没有移动任何期限", "it moves nothing")
        undone = old["lapsed_at"] and counted.ends_before > datetime.fromisoformat(old["lapsed_at"])
        if undone and event.table.limits[old["limit"]].get("on_lapse"):
            yield (
                "recalculation",
                Text("已据以处理的期限由恢复期限办理", "a sanction rests on it: restore_limit moves it"),
            )
        earlier = not later if old["lapsed_at"] else due < old["due"]
        if earlier and payload.get("shorten") is not True:
            yield "shortened", versus(old["due"], due)
        if effect.get("old") != old["due"] or set(effect) != _MOVED:
            yield "effect_altered", versus(old["due"], effect.get("old"), "old")
        wanted = moved(old, counted, calendar, row.seq)
        yield from deadline_faults(wanted, effect["deadline"])
        yield from sheet_faults(effect["sheet"], counted, wanted, calendar)


def correction_faults(event: Event) -> Iterator[Fault]:
    """Yield what is wrong with a correction: of which event, by whom, of what."""
    case, row, body, payload = event.case, event.row, event.body, event.payload
    if (body["from"], body["to"]) != (case.state, case.state) or body["guards"] or row.name != "correct":
        yield "state", versus(case.state, f"{body['from']} → {body['to']}")
    if body["edition"] != event.calendar.id:
        yield "edition", versus(event.calendar.id, body["edition"])
    act = case.acts.get(payload["corrects"])
    if act is None:
        yield "correction", named(payload["corrects"])
        return
    carried, right = act.payload, payload["corrected"]
    table = event.tables.table(act.rules, case.record["procedure"])  # a migration may have come between
    line = line_of(table, act)
    kept = decisive(table, line) if line else set(right)
    if not right or any(name not in carried or name in kept for name in right) or not payload["reasons"].strip():
        yield "correction", named(right)
        return
    if line and (bad := list(payload_faults(line, {**carried, **right}, table.grounds))):
        yield "correction", named(bad)
    if event.who(row.by) is None:
        yield "unknown_actor", named(row.by)
    if row.by == act.by:
        if body["role"] != act.role:
            yield "wrong_role", versus(act.role, body["role"])
    elif "authority" not in event.roles() or body["role"] != "authority":
        yield "wrong_party", named(row.by)
    was = {name: carried[name] for name in right}
    wanted = [{"do": "note", "corrects": payload["corrects"], "was": was, "is": dict(right)}]
    if list(body["effects"]) != wanted:
        yield "correction", versus(wanted, body["effects"])
