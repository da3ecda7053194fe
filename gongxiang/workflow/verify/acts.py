"""Steps and activities judged: the row of the table, who acted, what was carried, every guard, every effect."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from gongxiang.workflow.verify.chain import Row
from gongxiang.workflow.verify.counting import PLAIN, Calendars, Counted, held_back
from gongxiang.workflow.verify.findings import Found, Text, named, versus
from gongxiang.workflow.verify.guards import Scene, look
from gongxiang.workflow.verify.limits import (
    Fault,
    counted_by_row,
    deadline_faults,
    expected_effects,
    sheet_faults,
)
from gongxiang.workflow.verify.register import Register
from gongxiang.workflow.verify.standing import Standing
from gongxiang.workflow.verify.tables import Line, Record, Table

ROLES = ("requester", "provider", "department", "authority", "working_body", "competent_organ", "raised_by")
LINKED = re.compile(r"/[A-Z]+\d*$")
LONGEST = 1000
ENGINE = "engine"


def roles_of(case: Standing, table: Table, by: str, row: Row, register: Register, place: int) -> set[str]:
    """Return the roles of `by` in the case on the day of the act, by the register's chain up to `place`."""
    roles = {role for role, name in case.parties.items() if name == by}
    roles |= {role for role, names in case.record["named"].items() if by in names}
    anchor = register.department(case.parties.get(table.anchor), row.at, place)
    actor = register.department(by, row.at, place)
    if anchor and actor and (anchor["level"], anchor["region"]) == (actor["level"], actor["region"]):
        if register.authority(anchor["level"], anchor["region"], row.at, place) == by:
            roles.add("authority")
        if actor["kind"] == "working_body":
            roles.add("working_body")
    return roles


def judge(
    case: Standing, row: Row, body: Record, table: Table, register: Register, place: int, calendars: Calendars
) -> tuple[Line | None, list[Fault]]:
    """Return the row of the table that the act took and everything that is wrong with the act, seen from `place` of the register."""
    faults: list[Fault] = []
    if (body["from"] or "") != case.state:
        faults.append(("state", versus(case.state, body["from"])))
    lines = table.rows(row.name, case.state)
    if not lines:
        code = "not_in_table" if case.state else "not_opened"
        return None, [*faults, (code, Text(f"“{case.state}”时的“{row.name}”", f"{row.name} in '{case.state}'"))]
    calendar = calendars.known(register.imported(place), row.day)
    if body["edition"] != calendar.id:
        faults.append(("edition", versus(calendar.id, body["edition"])))
    if register.department(row.by, row.at, place) is None:
        faults.append(("unknown_actor", named(row.by)))
    for deadline in case.overdue(row.at):
        if held_back(deadline, calendar, case.settings.get(deadline["limit"], PLAIN)) is None:
            faults.append(
                (
                    "missing_lapse",
                    Text(
                        f"{deadline['limit']} {deadline['ends_before']}",
                        f"{deadline['limit']} {deadline['ends_before']}",
                    ),
                )
            )
    mine = roles_of(case, table, row.by, row, register, place)
    scenes = [_scene(case, row, body, table, line, register, place, calendar) for line in lines]
    heard = [(scene, list(_against(scene, body, mine))) for scene in scenes]
    scene, reasons = next((one for one in heard if not one[1]), None) or min(
        heard, key=lambda one: _distance(one, body)
    )
    faults += reasons
    line = scene.line
    target = line.said.get("to") or case.state
    if (row.kind, body["to"]) != (line.kind, target):
        faults.append(("not_in_table", versus(f"{line.kind} → {target}", f"{row.kind} → {body['to']}")))
    faults += _guard_faults(scene, body)
    faults += _effect_faults(scene, body)
    return line, faults


def _scene(
    case: Standing, row: Row, body: Record, table: Table, line: Line, register: Register, place: int, calendar: Any
) -> Scene:
    counted: dict[str, Counted | None] = {}

    def of(limit: str) -> Counted | None:
        if limit not in counted:
            counted[limit] = counted_by_row(scene, limit, body["effects"])
        return counted[limit]

    scene = Scene(table, line, case, row, body["payload"], register, place, calendar, of, {})
    return scene


def _distance(heard: tuple[Scene, list[Fault]], body: Record) -> tuple[bool, bool, int]:
    """How far a row that does not admit the act is from what the event says it did."""
    scene, reasons = heard
    return (
        any(code == "not_in_table" for code, _ in reasons),
        (scene.line.said.get("to") or scene.case.state) != body["to"],
        len(reasons),
    )


def _against(scene: Scene, body: Record, mine: set[str]) -> Iterator[Fault]:
    """Yield what keeps the row from admitting the act."""
    line, role = scene.line, body["role"]
    if role == ENGINE:
        if ENGINE not in line.roles:
            yield "wrong_party", named(ENGINE)
    else:
        able = [one for one in ROLES if one in mine & line.roles]
        if not able:
            yield (
                "wrong_party",
                Text(
                    f"{scene.row.by}，可办理的是{'、'.join(sorted(line.roles))}",
                    f"{scene.row.by}; the step is for {', '.join(sorted(line.roles))}",
                ),
            )
        elif role != able[0]:
            yield "wrong_role", versus(able[0], role)
    bad = list(payload_faults(line, scene.payload, scene.table.grounds))
    yield from (("payload", named(fault)) for fault in bad)
    memory = scene.case.record["memory"]
    for key, value in line.said.get("when", {}).items():
        if str(scene.payload.get(key, memory.get(key))) != value:
            yield "not_in_table", Text(f"该行只适用于{key}={value}", f"the row is for {key}={value}")
    if bad:
        return
    stated = {entry.get("guard"): entry.get("inputs", {}) for entry in body["guards"]}
    for name in line.names("guards"):
        guard = scene.table.guards[name]
        scene.stated = stated.get(name, {})
        holds, seen = look(guard["test"], scene, guard)
        if not holds:
            yield "guard_fails", named(f"{name} {seen}")


def _guard_faults(scene: Scene, body: Record) -> Iterator[Fault]:
    """Compare every guard and flag of the row, in its order, with what the event has on record."""
    entries = list(body["guards"])
    wanted = [("guard", name, scene.table.guards[name]) for name in scene.line.names("guards")]
    wanted += [("flag", name, scene.table.flags[name]) for name in scene.line.names("flags")]
    for number, (kind, name, said) in enumerate(wanted):
        entry = entries[number] if number < len(entries) else {}
        if entry.get(kind) != name:
            yield "guard_missing", named(name)
            return
        scene.stated = entry.get("inputs", {})
        holds, seen = look(said["test"], scene, said)
        if (entry.get("holds"), entry.get("inputs")) != (holds, seen):
            yield (
                "guard_inputs",
                versus({"holds": holds, **seen}, {"holds": entry.get("holds"), **entry["inputs"]}, name),
            )
    if len(entries) > len(wanted):
        yield "guard_inputs", named(entries[len(wanted)])


def _effect_faults(scene: Scene, body: Record) -> Iterator[Fault]:
    try:
        expected = [*_flags(scene), *expected_effects(scene), *_links(scene, body)]
    except Found as found:
        yield found.code, found.detail
        return
    stored = list(body["effects"])
    wanted = {_key(effect): effect for effect in expected}
    standing = {_key(effect): effect for effect in stored}
    for key, effect in wanted.items():
        if key not in standing:
            yield ("flag" if effect["do"] == "flag" else "effect_missing"), named(" ".join(key))
    for key, effect in standing.items():
        if key not in wanted:
            yield ("flag" if effect["do"] == "flag" else "effect_extra"), named(" ".join(key))
            continue
        yield from _difference(scene, wanted[key], effect)
    if len(stored) > len(standing):
        yield "effect_extra", Text("同一效果两次", "an effect stands twice")
    elif set(wanted) == set(standing) and [key[0] for key in wanted] != [key[0] for key in standing]:
        yield "effect_altered", Text("次序不符", "they do not stand in their order")


def _key(effect: Record) -> tuple[str, ...]:
    of = ("limit", "flag", "relation", "key", "role")
    return (str(effect["do"]), *(str(effect[name]) for name in of if name in effect))


def _difference(scene: Scene, wanted: Record, stored: Record) -> Iterator[Fault]:
    plain = {key: value for key, value in stored.items() if key not in ("deadline", "sheet")}
    if plain != {key: value for key, value in wanted.items() if key != "deadline"}:
        yield ("wrong_met" if wanted["do"] == "meet" else "effect_altered"), versus(wanted, plain)
    if "deadline" in wanted:
        yield from deadline_faults(wanted["deadline"], stored["deadline"])
        counted = scene.counted(wanted["limit"])
        assert counted is not None
        yield from sheet_faults(stored["sheet"], counted, wanted["deadline"], scene.calendar)
    elif "deadline" in stored or "sheet" in stored:
        yield "effect_altered", named(" ".join(_key(stored)))


def _flags(scene: Scene) -> Iterator[dict[str, Any]]:
    for name in scene.line.names("flags"):
        said = scene.table.flags[name]
        if not look(said["test"], scene, said)[0]:
            yield {"do": "flag", "flag": name, "article": said.get("article")}


def _links(scene: Scene, body: Record) -> Iterator[dict[str, Any]]:
    case = scene.case.record
    if not scene.case.state:
        about = body["opening"].get("about")
        if LINKED.search(case["case"]):
            yield {"do": "link", "relation": "request", "case": about}
        elif scene.table.about and about:
            yield {"do": "link", "relation": "about", "case": about}
    for follow in scene.line.follows():
        if follow.get("procedure"):
            before = sum(1 for relation, _ in case["links"] if relation == follow["relation"])
            number = str(before + 1) if before else ""
            yield {"do": "link", "relation": follow["relation"], "case": f"{case['case']}/{follow['suffix']}{number}"}


def payload_faults(line: Line, payload: Record, grounds: set[str]) -> Iterator[str]:
    """Yield a word for every field that is unknown, missing or not of the type the table gives it."""
    types = line.said.get("payload", {})
    yield from (f"{name}?" for name in payload if name not in types)
    for name, said in types.items():
        optional, kind, value = said.endswith("?"), said.removesuffix("?"), payload.get(name)
        if name not in payload or (value is None and optional):
            if not optional:
                yield f"{name} …"
        elif not _fits(kind, value, grounds):
            yield f"{name}={value!r}"
    one_of: Sequence[str] = line.names("exactly_one")
    if one_of and sum(payload.get(name) is not None for name in one_of) != 1:
        yield " | ".join(one_of)


def _fits(kind: str, value: Any, grounds: set[str]) -> bool:
    text = isinstance(value, str) and value.strip() != ""
    if kind.startswith("one of "):
        return value in [choice.strip() for choice in kind.removeprefix("one of ").split(",")]
    if kind == "flag":
        return isinstance(value, bool)
    if kind == "days":
        return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LONGEST
    if kind == "texts":
        return text or (
            isinstance(value, list) and bool(value) and all(isinstance(v, str) and v.strip() for v in value)
        )
    if kind == "ground":
        return value in grounds
    if kind == "date":
        return text and len(value) == 10 and _is_day(value)
    return text


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
