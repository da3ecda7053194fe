"""Migrations judged in the cases that they moved: under whose hand, from where, into which state, with which limits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from gongxiang.errors import Text
from gongxiang.workflow.verify.counting import count, settings_of
from gongxiang.workflow.verify.document import CANCEL, KEEP, Document, names_of, told_of
from gongxiang.workflow.verify.event import Event, Fault
from gongxiang.workflow.verify.findings import Found, named, versus
from gongxiang.workflow.verify.limits import deadline_faults, moved, sheet_faults
from gongxiang.workflow.verify.standing import is_owed
from gongxiang.workflow.verify.tables import Record, Table

_PAYLOAD = {"signer", "reasons", "document", "to"}
_DATED = ("deadline", "sheet")


def migration_faults(event: Event) -> Iterator[Fault]:
    """Yield what is wrong with a migration: who made it, under which document, and what it made of the case."""
    case, row, body, payload = event.case, event.row, event.body, event.payload
    if body["from"] != case.state:
        yield "state", versus(case.state, body["from"])
    if body["edition"] != event.calendar.id:
        yield "edition", versus(event.calendar.id, body["edition"])
    yield from event.unrecorded_lapses()
    yield from event.unsigned()
    if row.name != "migrate" or body["guards"] or set(payload) != _PAYLOAD or payload["to"] != row.rules:
        yield "migration", named(f"{row.name} {dict(payload)}")
    document = event.migrations.document(row, payload)
    if document is None:
        yield "migration", Text("登记册没有所依的文件", "the register has no document for it")
        return
    if payload.get("reasons") != document.said["reasons"]:
        yield "migration", versus(document.said["reasons"], payload.get("reasons"), "reasons")
    yield from _source_faults(event, document)
    yield from _target_faults(event, document)


def _source_faults(event: Event, document: Document) -> Iterator[Fault]:
    """Yield why the document does not concern the case."""
    case, version = event.case, event.case.record["rules"]
    book = event.migrations.named(version)
    if book is None or document.source not in names_of(version, book):
        yield "migration_from", versus(document.source, version)
    if event.table.states.get(case.state) is not False:
        yield "migration_from", Text(f"“{case.state}”不是未结状态", f"'{case.state}' is no open state")
    if document.leaves(case.record["procedure"]):
        yield "migration_from", Text("文件将该程序留在原规则之下", "the document leaves its procedure where it is")


def _target_faults(event: Event, document: Document) -> Iterator[Fault]:
    """Yield what the case is under the new rule book that it should not be."""
    case, name = event.case, event.case.record["procedure"]
    told = document.table(name)
    if told is None:
        yield "migration_from", Text(f"文件没有写{name}", f"the document says nothing of {name}")
        return
    new = event.tables.table(event.row.rules, name)
    image = told.get("states", {}).get(case.state)
    if image is None or event.body["to"] != image:
        yield "migration_state", versus(image, event.body["to"])
    missing = [party["role"] for party in new.parties if party["role"] not in case.parties]
    if missing:
        yield "parties", named(missing)
    wanted: list[dict[str, Any]] = []
    yield from _memory(event, told, wanted)
    landed: list[str] = []
    for limit in sorted(case.deadlines):
        if is_owed(case.deadlines[limit]):
            yield from _limit(event, document, new, limit, wanted, landed)
    for limit in sorted({one for one in landed if landed.count(one) > 1}):
        yield "deadline_lost", Text(f"两个期限同成“{limit}”", f"two limits become {limit}")
    yield from _effect_faults(event, wanted)


def _memory(event: Event, told: Record, wanted: list[dict[str, Any]]) -> Iterator[Fault]:
    """Put into `wanted` the states that the case remembers under their new names; yield those that have none."""
    memory, images = event.case.record["memory"], told.get("states", {})
    sources = [line.said.get("remember", {}) for line in event.table.lines]
    for key in sorted({key for kept in sources for key, source in kept.items() if source == "state"}):
        state = memory.get(key)
        if state not in event.table.states:
            continue
        if state not in images:
            yield "migration_state", named(f"{key} = {state}")
        elif images[state] != state:
            wanted.append({"do": "remember", "key": key, "value": images[state]})


def _limit(
    event: Event, document: Document, new: Table, limit: str, wanted: list[dict[str, Any]], landed: list[str]
) -> Iterator[Fault]:
    """Put into `wanted` what becomes of an open limit, and into `landed` which it then is; yield what it may not be."""
    old, table = event.case.deadlines[limit], document.table(event.case.record["procedure"]) or {}
    what, becomes = told_of(table, limit) or ("", "")
    void = {"do": "void", "limit": limit, "at": event.row.moment}
    if what == CANCEL:
        wanted.append(void)
        return
    if becomes not in new.limits:
        yield "deadline_lost", named(f"{limit} {old['due']}")
        return
    landed.append(becomes)
    if what == KEEP:
        return
    if old["lapsed_at"] and event.table.limits.get(limit, {}).get("on_lapse"):
        yield "sanction_undone", named(f"{limit} {old['lapsed_at']}")
    before = event.table.days_of(limit) if limit in event.table.limits else None
    days, fixed = length_of(old, new.days_of(becomes), before)
    stored = _stored(event, becomes)
    settings = settings_of(stored["sheet"]) if stored else event.settings(limit)
    try:
        counted = count(event.calendar, old["started_at"], days, fixed, settings)
    except Found as found:
        yield found.code, found.detail
        return
    if counted.ends_before < datetime.fromisoformat(old["ends_before"]) and not document.shortens:
        yield "shortened", versus(old["due"], counted.due.isoformat())
    length, article = {"working_days": days, "fixed_day": fixed}, new.limits[becomes]["article"]
    anew = {**moved(old, counted, event.calendar, event.row.seq), **length, "limit": becomes, "article": article}
    wanted += [void] if becomes != limit else []
    wanted.append({"do": "move", "limit": becomes, "why": "migrate", "old": old["due"], "deadline": anew})
    if stored:
        yield from deadline_faults(anew, stored["deadline"])
        yield from sheet_faults(stored["sheet"], counted, anew, event.calendar)


def length_of(old: Record, number: int | None, before: int | None) -> tuple[int | None, str | None]:
    """Return the working days or the fixed day of a limit counted anew: by the new book's number where it has one, with
    the days by which it was extended over the old book's (`before`).
    """
    if number is None:
        return old["working_days"], old["fixed_day"]
    extended = old["working_days"] - before if before is not None and old["working_days"] is not None else 0
    return number + extended, None


def _stored(event: Event, becomes: str) -> Record | None:
    """Return the event's effect that dates a limit, where it has both its deadline and its sheet."""
    dated = (effect for effect in event.body["effects"] if set(_DATED) <= set(effect))
    return next((effect for effect in dated if _key(effect) == ("move", becomes)), None)


def _key(effect: Record) -> tuple[str, str]:
    return str(effect["do"]), str(effect.get("key") or effect.get("limit"))


def _effect_faults(event: Event, wanted: list[dict[str, Any]]) -> Iterator[Fault]:
    """Yield where the event's effects are others than those wanted, or stand so that one undoes another."""
    stored = list(event.body["effects"])
    standing, due = {_key(effect): effect for effect in stored}, {_key(effect): effect for effect in wanted}
    yield from (("effect_missing", named(" ".join(key))) for key in due if key not in standing)
    yield from (("effect_extra", named(" ".join(key))) for key in standing if key not in due)
    if len(stored) > len(standing):
        yield "effect_extra", Text("同一效果两次", "an effect stands twice")
    for key in due.keys() & standing.keys():
        plain = {name: value for name, value in due[key].items() if name not in _DATED}
        stands = {name: value for name, value in standing[key].items() if name not in _DATED}
        dated = set(_DATED) if "deadline" in due[key] else set()
        if plain != stands or set(standing[key]) & set(_DATED) != dated:
            yield "effect_altered", versus(plain, stands)
    last = {effect["limit"]: effect["do"] for effect in stored if "limit" in effect}
    for do, limit in due:
        if do == "move" and last.get(limit) == "void":
            yield "deadline_lost", Text(f"“{limit}”得而复失", f"{limit} is void as soon as it is set")
