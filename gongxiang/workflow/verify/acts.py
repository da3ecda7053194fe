"""Steps and activities judged: the row of the table, who acted, what was carried, every guard, every effect."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from gongxiang.errors import Text
from gongxiang.workflow.verify.counting import Counted
from gongxiang.workflow.verify.event import Event, Fault
from gongxiang.workflow.verify.findings import Found, named, versus
from gongxiang.workflow.verify.guards import look
from gongxiang.workflow.verify.limits import counted_by_row, deadline_faults, expected_effects, sheet_faults, undated
from gongxiang.workflow.verify.scene import Scene
from gongxiang.workflow.verify.tables import Line, Record

ROLES = (
    *("requester", "provider", "department", "authority", "working_body", "people_government", "overseer"),
    *("competent_organ", "raised_by"),
)
"""The roles of somebody who has several count in this order."""
LINKED = re.compile(r"/[A-Z]+\d*$")
LONGEST = 1000
ENGINE = "engine"


def judge(event: Event) -> tuple[Line | None, list[Fault]]:
    """Return the row of the table that an act took, and everything that is wrong with the act."""
    case, row, body = event.case, event.row, event.body
    faults: list[Fault] = []
    if (body["from"] or "") != case.state:
        faults.append(("state", versus(case.state, body["from"])))
    faults += event.unrecorded_lapses()
    lines = event.table.rows(row.name, case.state)
    if not lines:
        code = "not_in_table" if case.state else "not_opened"
        return None, [*faults, (code, Text(f"“{case.state}”时的“{row.name}”", f"{row.name} in '{case.state}'"))]
    if body["edition"] != event.calendar.id:
        faults.append(("edition", versus(event.calendar.id, body["edition"])))
    if event.who(row.by) is None:
        faults.append(("unknown_actor", named(row.by)))
    mine = event.roles()
    heard = [(scene, list(_against(scene, mine))) for scene in (_scene(event, line) for line in lines)]
    scene, reasons = next((one for one in heard if not one[1]), None) or min(heard, key=_distance)
    faults += reasons
    line = scene.line
    target = line.said.get("to") or case.state
    if (row.kind, body["to"]) != (line.kind, target):
        faults.append(("not_in_table", versus(f"{line.kind} → {target}", f"{row.kind} → {body['to']}")))
    codes = {code for code, _ in reasons}
    if "payload" not in codes:
        faults += _guard_faults(scene)
    if not codes & {"payload", "wrong_length"}:
        faults += _effect_faults(scene)
    return line, faults


def _scene(event: Event, line: Line) -> Scene:
    counted: dict[str, Counted | None] = {}

    def of(limit: str) -> Counted | None:
        if limit not in counted:
            counted[limit] = counted_by_row(scene, limit)
        return counted[limit]

    scene = Scene(event, line, of, {})
    return scene


def _distance(heard: tuple[Scene, list[Fault]]) -> tuple[bool, bool, int]:
    """How far a row that does not admit the act is from what the event says it did."""
    scene, reasons = heard
    return (
        any(code == "not_in_table" for code, _ in reasons),
        (scene.line.said.get("to") or scene.case.state) != scene.event.body["to"],
        len(reasons),
    )


def _against(scene: Scene, mine: set[str]) -> Iterator[Fault]:
    """Yield what keeps the row from admitting the act."""
    line, body = scene.line, scene.event.body
    role = body["role"]
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
    memory, resource = scene.case.record["memory"], scene.case.record["resource"]
    for key, value in line.said.get("when", {}).items():
        if str(scene.table.asked(key, scene.payload, memory, resource)) != value:
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
    yield from undated(scene)


def _guard_faults(scene: Scene) -> Iterator[Fault]:
    """Compare every guard and flag of the row, in its order, with what the event has on record."""
    entries = list(scene.event.body["guards"])
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


def _effect_faults(scene: Scene) -> Iterator[Fault]:
    try:
        expected = [*_flags(scene), *expected_effects(scene), *_links(scene)]
    except Found as found:
        yield found.code, found.detail
        return
    stored = list(scene.event.body["effects"])
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
    of = ("limit", "flag", "relation", "key", "role", "retention")
    return (str(effect["do"]), *(str(effect[name]) for name in of if name in effect))


def _difference(scene: Scene, wanted: Record, stored: Record) -> Iterator[Fault]:
    plain = {key: value for key, value in stored.items() if key not in ("deadline", "sheet")}
    if plain != {key: value for key, value in wanted.items() if key != "deadline"}:
        yield ("wrong_met" if wanted["do"] == "meet" else "effect_altered"), versus(wanted, plain)
    if "deadline" in wanted:
        yield from deadline_faults(wanted["deadline"], stored["deadline"])
        counted = scene.counted(wanted["limit"])
        assert counted is not None
        yield from sheet_faults(stored["sheet"], counted, wanted["deadline"], scene.event.calendar)
    elif "deadline" in stored or "sheet" in stored:
        yield "effect_altered", named(" ".join(_key(stored)))


def _flags(scene: Scene) -> Iterator[dict[str, Any]]:
    for name in scene.line.names("flags"):
        said = scene.table.flags[name]
        if not look(said["test"], scene, said)[0]:
            yield {"do": "flag", "flag": name, "article": said.get("article")}


def _links(scene: Scene) -> Iterator[dict[str, Any]]:
    case = scene.case.record
    if not scene.case.state:
        about = scene.event.body["opening"].get("about")
        if LINKED.search(case["case"]):
            yield {"do": "link", "relation": "origin", "case": about}
        elif about:
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
    one_at_most: Sequence[str] = line.names("at_most_one")
    if sum(payload.get(name) is not None for name in one_at_most) > 1:
        yield " & ".join(one_at_most)


def _fits(kind: str, value: Any, grounds: set[str]) -> bool:
    if kind.startswith("one of "):
        return value in [choice.strip() for choice in kind.removeprefix("one of ").split(",")]
    if kind == "ground":
        return value in grounds
    return _TYPES.get(kind, _is_text)(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _is_texts(value: Any) -> bool:
    return _is_text(value) or (isinstance(value, list) and bool(value) and all(map(_is_text, value)))


def _is_days(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LONGEST


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


_TYPES = {"flag": lambda value: isinstance(value, bool), "days": _is_days, "texts": _is_texts, "date": _is_day}
