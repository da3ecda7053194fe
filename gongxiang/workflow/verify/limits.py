"""What a row must do to the limits and the memory of its case, and how that differs from what the event says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

from gongxiang.workflow.verify.chain import CHINA
from gongxiang.workflow.verify.counting import Counted, count, settings_of
from gongxiang.workflow.verify.days import ONE, Days
from gongxiang.workflow.verify.event import Fault
from gongxiang.workflow.verify.findings import Found, named, versus
from gongxiang.workflow.verify.guards import point_of
from gongxiang.workflow.verify.scene import Scene
from gongxiang.workflow.verify.standing import is_owed, is_running
from gongxiang.workflow.verify.tables import Record

_NONE = (None, None)
"""The length of a limit that the act may leave out, and does."""


def counted_by_row(scene: Scene, limit: str) -> Counted | None:
    """Return the date that the row gives a limit, counted by hand, or None where it gives none."""
    span = _span(scene, limit)
    return count(scene.event.calendar, *span, _settings(scene, limit)) if span else None


def _span(scene: Scene, limit: str) -> tuple[str, int | None, str | None] | None:
    """Return from when the row has a limit run, and its working days or its fixed day; None where it has it not run."""
    line, deadline = scene.line, scene.deadline(limit)
    length = _length(scene, limit)
    if limit in line.names("restores") and deadline:
        return deadline["started_at"], deadline["working_days"], deadline["fixed_day"]
    if limit in line.names("extends") and deadline and (longer := _longer(scene, deadline)):
        return deadline["started_at"], longer, None
    if limit in (*line.names("starts"), *line.names("restarts")) and length != _NONE and _binds(scene, limit):
        return (_start(scene, limit), *length)
    return None


def _binds(scene: Scene, limit: str) -> bool:
    """Whether a limit of a territory's own law binds every party: all are of that territory."""
    within = str(scene.table.limits[limit].get("within", ""))
    known = [scene.event.who(name) for name in scene.case.parties.values()]
    return all(who["region"].startswith(within) for who in known if who)


def _settings(scene: Scene, limit: str) -> Mapping[str, str]:
    """Return the settings that the event's own sheet states: they are the engine's, so each sheet says them."""
    for effect in scene.event.body["effects"]:
        if effect.get("limit") == limit and "sheet" in effect:
            return settings_of(effect["sheet"])
    return scene.event.settings(limit)


def _length(scene: Scene, limit: str) -> tuple[int | None, str | None]:
    days = scene.table.days_of(limit)
    return (days, None) if days is not None else (scene.payload.get("working_days"), scene.payload.get("due"))


def _longer(scene: Scene, deadline: Record | None) -> int | None:
    """Return the working days of a limit with those that the row extends it by, carried or remembered."""
    name = scene.line.said.get("extends_by", "")
    more = str(scene.payload.get(name, scene.case.record["memory"].get(name)))
    if deadline is None or deadline["working_days"] is None or not more.isdecimal():
        return None
    return int(deadline["working_days"]) + int(more)


def _start(scene: Scene, limit: str) -> str:
    field = scene.table.limits[limit].get("counted_from")
    if field is None:
        return scene.row.moment
    return datetime.combine(date.fromisoformat(scene.payload[field]), time(), CHINA).isoformat()


def expected_effects(scene: Scene) -> Iterator[dict[str, Any]]:
    """Yield the effects of the row on limits, what is kept, memory, marks and roles, in the order of an event.

    A started or moved limit comes with its deadline; its sheet is compared by `sheet_faults`.
    """
    line, now = scene.line, scene.row.moment
    for limit in line.names("starts"):
        if _length(scene, limit) != _NONE and _binds(scene, limit):
            yield {"do": "start", "limit": limit, "deadline": _deadline(scene, limit)}
    longer = [limit for limit in line.names("extends") if (one := scene.deadline(limit)) and is_owed(one)]
    anew = [limit for limit in line.names("restarts") if _binds(scene, limit)]
    for limit in (*anew, *line.names("restores"), *longer):
        yield {"do": "move", "limit": limit, "why": line.name, "deadline": _deadline(scene, limit)}
    yield from _endings(scene, now)
    for kept in line.names("retains"):
        until = corresponding(scene.row.day, scene.table.years_of(kept))
        yield {"do": "retain", "retention": kept, "until": until.isoformat()}
    memory = scene.case.record["memory"]
    for key, source in line.said.get("remember", {}).items():
        yield {"do": "remember", "key": key, "value": _value(scene, source)}
    for key in line.names("forget"):
        if key in memory:
            yield {"do": "forget", "key": key}
    if line.said.get("mark"):
        yield {"do": "mark", "mark": point_of(scene.case, scene.payload, line.said["mark"])}
    for role, field in line.said.get("names", {}).items():
        yield {"do": "name", "role": role, "department": scene.payload[field]}
    for role in line.names("releases"):
        yield {"do": "release", "role": role, "department": scene.row.by}


def corresponding(day: date, years: int) -> date:
    """Return the same day so many years later, or the end of that month where it has no such day."""
    while True:
        try:
            return day.replace(year=day.year + years)
        except ValueError:
            day -= ONE


def undated(scene: Scene) -> Iterator[Fault]:
    """Yield why the row cannot give a limit a date: it had lapsed before it was extended, or has no length."""
    line = scene.line
    for limit in line.names("restarts"):
        if _binds(scene, limit) and not _has_length(scene, limit):
            yield "wrong_length", named(limit)
    for limit in line.names("extends"):
        deadline = scene.deadline(limit)
        if not deadline or not is_owed(deadline):
            continue
        if deadline["lapsed_at"]:
            yield "extended_too_late", named(f"{limit} {deadline['lapsed_at']}")
        elif not _has_length(scene, limit):
            yield "wrong_length", named(limit)


def _has_length(scene: Scene, limit: str) -> bool:
    try:
        return scene.counted(limit) is not None
    except Found:  # it has one, and cannot be counted: the effects are where that is found
        return True


def _endings(scene: Scene, now: str) -> Iterator[dict[str, Any]]:
    """Yield what the row ends, stops or takes up again."""
    line = scene.line
    for limit in line.names("meets"):
        if (deadline := scene.deadline(limit)) and is_owed(deadline):
            yield {
                "do": "meet",
                "limit": limit,
                "at": deadline["stopped_at"] or now,
                "held_until": _held(scene, deadline),
            }
    for limit in line.names("stops"):
        deadline = scene.deadline(limit)
        if deadline and is_running(deadline) and scene.row.at < scene.event.final_end(deadline):
            yield {"do": "stop", "limit": limit, "at": now}
    for limit in line.names("resumes"):
        deadline = scene.deadline(limit)
        if deadline and deadline["void_at"] is None and (deadline["met_at"] or deadline["stopped_at"]):
            yield {"do": "reopen", "limit": limit}
    for limit in line.names("voids"):
        if (deadline := scene.deadline(limit)) and is_owed(deadline):
            yield {"do": "void", "limit": limit, "at": now}


def _held(scene: Scene, deadline: Record) -> str | None:
    end = scene.event.final_end(deadline)
    return end.isoformat() if end > datetime.fromisoformat(deadline["ends_before"]) else None


def _value(scene: Scene, source: str) -> str:
    if source == "state":
        return scene.case.state
    if source.startswith("payload."):
        return str(scene.payload.get(source.removeprefix("payload."), ""))
    return source


def _deadline(scene: Scene, limit: str) -> dict[str, Any]:
    counted = scene.counted(limit)
    if counted is None:
        raise Found("wrong_length", named(limit))
    old, said, line = scene.deadline(limit), scene.table.limits[limit], scene.line
    seq = int(scene.case.record["version"]) + 1
    if old is not None and limit in line.names("restores"):
        return moved(old, counted, scene.event.calendar, seq)
    if old is not None and limit in line.names("extends"):
        return {**moved(old, counted, scene.event.calendar, seq), "working_days": _longer(scene, old)}
    number, fixed = _length(scene, limit)
    return {
        "limit": limit,
        "article": _article(scene, limit, old),
        "owed_by": scene.owing(said["owed_by"]),
        "started_at": _start(scene, limit),
        "working_days": None if fixed else number,
        "fixed_day": fixed,
        **_dates(counted, scene.event.calendar, seq),
        "original_due": old["original_due"] if old and is_owed(old) else counted.due.isoformat(),
        "generation": old["generation"] + 1 if old else 1,
        "met_at": None,
        "stopped_at": old["stopped_at"] if old else None,
        "void_at": None,
        "lapsed_at": None,
        "held_until": None,
    }


def _article(scene: Scene, limit: str, old: Record | None) -> str:
    """Return where a limit stands: in the law; one whose length the act sets, in its ground's article or the act's."""
    said = str(scene.table.limits[limit]["article"])
    if scene.table.days_of(limit) is not None:
        return said
    named_ground = scene.payload.get("ground", scene.case.record["memory"].get("ground"))
    listing = [one["article"] for one in scene.table.book["grounds"] if one["id"] == str(named_ground)]
    return str((listing or [scene.line.said.get("article")])[0] or (old or {}).get("article") or said)


def moved(old: Record, counted: Counted, calendar: Days, seq: int) -> dict[str, Any]:
    """Return a deadline with its date counted anew: the first due date stays, a lapse before the new end falls."""
    lapsed = old["lapsed_at"]
    stands = lapsed if lapsed and datetime.fromisoformat(lapsed) >= counted.ends_before else None
    return {**old, **_dates(counted, calendar, seq), "generation": old["generation"] + 1, "lapsed_at": stands}


def _dates(counted: Counted, calendar: Days, seq: int) -> dict[str, Any]:
    return {
        "due": counted.due.isoformat(),
        "ends_before": counted.ends_before.isoformat(),
        "provisional": counted.provisional,
        "edition": calendar.id,
        "known_on": calendar.known_on.isoformat(),
        "sheet_seq": seq,
    }


_FIELD_CODES: Mapping[str, str] = {
    "started_at": "start_moment",
    "working_days": "wrong_length",
    "fixed_day": "wrong_length",
    "due": "wrong_due",
    "ends_before": "wrong_due",
    "provisional": "wrong_due",
    "edition": "edition",
    "known_on": "edition",
}


def deadline_faults(expected: Record, stored: Record) -> Iterator[Fault]:
    """Yield what differs between a deadline as derived and as stored, each under its code."""
    for name in sorted({*expected, *stored}):
        if name not in expected or name not in stored or expected[name] != stored[name]:
            detail = versus(expected.get(name), stored.get(name), f"{expected.get('limit')}.{name}")
            yield _FIELD_CODES.get(name, "wrong_deadline"), detail


_OF_A_DAY = ("date", "counted", "number", "source", "kind", "provisional")


def sheet_faults(sheet: Record, counted: Counted, deadline: Record, calendar: Days) -> Iterator[Fault]:
    """Yield what differs between the computation sheet and the count by hand, day by day.

    The sentence beside a day is wording, not proof, and is not compared. A provisional date lies between its bounds.
    """
    expected = {
        "received": deadline["started_at"],
        "received_day": counted.received_day.isoformat(),
        "working_days": deadline["working_days"],
        "due": counted.due.isoformat(),
        "ends_before": counted.ends_before.isoformat(),
        "provisional": counted.provisional,
        "edition": calendar.id,
        "known_on": calendar.known_on.isoformat(),
        "notices": calendar.ids,
    }
    for name, value in expected.items():
        if sheet.get(name) != value:
            yield "wrong_sheet", versus(value, sheet.get(name), name)
    if sheet.get("counting") != settings_of(sheet):
        yield "wrong_sheet", named(f"counting {sheet.get('counting')}")
    bounds = (sheet.get("earliest", ""), expected["due"], sheet.get("latest", ""))
    if bounds != tuple(sorted(bounds)) or (not counted.provisional and len(set(bounds)) > 1):
        yield "wrong_sheet", named(f"earliest, due, latest: {', '.join(map(str, bounds))}")
    stored = sheet.get("days", [])
    for number, day in enumerate(counted.days):
        stands = {name: stored[number].get(name) for name in _OF_A_DAY} if number < len(stored) else None
        if stands != day:
            yield "wrong_sheet", versus(day, stands, str(day["date"]))
            return
    if len(stored) > len(counted.days):
        yield "wrong_sheet", named(f"{len(stored)} days")
