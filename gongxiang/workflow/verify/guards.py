"""The tests that guards and flags name, written anew over the verifier's own fold and the registers' chain.

Every test answers (holds, what it looked at), in the form in which the ledger keeps it, so that both can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from gongxiang.workflow.verify.chain import CHINA
from gongxiang.workflow.verify.counting import recount
from gongxiang.workflow.verify.scene import Scene
from gongxiang.workflow.verify.standing import Standing
from gongxiang.workflow.verify.tables import Record, listed

Answer = tuple[bool, dict[str, Any]]


def look(test: str, scene: Scene, given: Record) -> Answer:
    """Return what the test says now. Raises KeyError for a test that does not exist."""
    return _TESTS[test](scene, given)


def _resource(scene: Scene) -> Record:
    return scene.case.record["resource"] or {}


def _not_classified(scene: Scene, _: Record) -> Answer:
    secret = bool(_resource(scene).get("classified", False))
    return not secret, {"classified": secret}


def _sharing_is_not(scene: Scene, given: Record) -> Answer:
    sharing = _resource(scene).get("sharing")
    return sharing != given["value"], {"sharing": sharing}


def _resource_named(scene: Scene, _: Record) -> Answer:
    code = _resource(scene).get("code")
    return code is not None, {"code": code}


def _basis_cited(scene: Scene, _: Record) -> Answer:
    resource = _resource(scene)
    sharing, bases = resource.get("sharing"), len(resource.get("legal_basis", ()))
    return bool(bases) or sharing is None or sharing == "unconditional", {"cited": bases, "sharing": sharing}


def _basis_not_only(scene: Scene, given: Record) -> Answer:
    bases = list(_resource(scene).get("legal_basis", ()))
    others = [basis for basis in bases if not any(word in basis for word in listed(given["words"]))]
    return bool(others) or not bases, {"bases": bases}


def _parties_in_territory(scene: Scene, given: Record) -> Answer:
    prefix = given.get("prefix", scene.table.territory)
    regions = {role: who["region"] for role, name in scene.case.parties.items() if (who := scene.event.who(name))}
    return all(region.startswith(prefix) for region in regions.values()), {"regions": regions}


def _begins_in_force(scene: Scene, given: Record) -> Answer:
    named = scene.payload.get(given.get("field", ""))
    day = scene.row.day if named is None else date.fromisoformat(named)
    since = date.fromisoformat(given["since"]) if "since" in given else scene.table.in_force
    return day >= since, {"day": day.isoformat(), "in_force": since.isoformat()}


def _parties_differ(scene: Scene, given: Record) -> Answer:
    names = {role: scene.case.parties.get(role) for role in given["roles"]}
    return len(set(names.values())) == len(names), {"parties": names}


def _acts_for_another(scene: Scene, given: Record) -> Answer:
    other = scene.case.parties.get(given["role"])
    return scene.row.by != other, {"by": scene.row.by, given["role"]: other}


def _acts_as_remembered(scene: Scene, given: Record) -> Answer:
    kept = scene.case.record["memory"].get(given["key"])
    return scene.row.by == kept, {"by": scene.row.by, given["key"]: kept}


def _kind_is_not(scene: Scene, given: Record) -> Answer:
    roles = given.get("roles", list(scene.case.parties))
    kinds = {role: who["kind"] for role in roles if (who := scene.event.who(scene.case.parties.get(role)))}
    return given["kind"] not in kinds.values(), {"kinds": kinds}


def _kind_is(scene: Scene, given: Record) -> Answer:
    kind = (scene.event.who(scene.case.parties.get(given["role"])) or {}).get("kind")
    return kind == given["kind"], {"kind": kind}


def _same_place(scene: Scene, given: Record) -> Answer:
    found = {role: scene.event.who(scene.case.parties.get(role)) for role in given["roles"]}
    places = {role: [who["level"], who["region"]] for role, who in found.items() if who}
    return len({tuple(place) for place in places.values()}) < 2, {"places": places}


def _carries(scene: Scene, given: Record) -> Answer:
    value = scene.payload.get(given["field"])
    there = value is not None and value not in ("", [])
    return there, {given["field"]: there}


def _carries_all(scene: Scene, given: Record) -> Answer:
    missing = [name for name in listed(given["fields"]) if scene.payload.get(name) in (None, "", [])]
    return missing == [], {"missing": missing}


def _says(scene: Scene, given: Record) -> Answer:
    said = scene.payload.get(given["field"])
    return said == given["value"], {given["field"]: said}


def _not_among(scene: Scene, given: Record) -> Answer:
    said = scene.payload.get(given["field"])
    return all(said != value for value in listed(given["values"])), {given["field"]: said}


def _at_most(scene: Scene, given: Record) -> Answer:
    days, most = scene.payload.get(given["field"]), scene.table.parameters[given["parameter"]]
    return isinstance(days, int) and not days > most, {given["field"]: days, "most": most}


def _not_taken(scene: Scene, given: Record) -> Answer:
    taken = scene.case.record["tally"].get(given["step"], 0)
    return not taken, {given["step"]: taken}


def _retention_over(scene: Scene, given: Record) -> Answer:
    until, day = scene.case.record["retained"].get(given["retention"]), scene.row.day
    return not until or day > date.fromisoformat(until), {"until": until, "day": day.isoformat()}


def _lapsed(scene: Scene, given: Record) -> Answer:
    deadline = scene.deadline(given["limit"])
    if deadline is None:  # where only the outer limit behind it ran, that one counts
        outer = [name for name, said in scene.table.limits.items() if said.get("outer_of") == given["limit"]]
        deadline = next((one for name in outer if (one := scene.deadline(name))), None)
    moment = (deadline or {}).get("lapsed_at")
    return moment is not None, {"lapsed_at": moment}


def _not_passed(scene: Scene, given: Record) -> Answer:
    deadline = scene.deadline(given["limit"])
    if deadline is None:
        return True, {"ends_before": None}
    end = scene.event.final_end(deadline)
    return scene.row.at < end, {"ends_before": end.astimezone(CHINA).isoformat()}


def _passed(scene: Scene, given: Record) -> Answer:
    running, inputs = _not_passed(scene, given)
    return not running, inputs


def _not_stopped(scene: Scene, given: Record) -> Answer:
    moment = (scene.deadline(given["limit"]) or {}).get("stopped_at")
    return moment is None, {"stopped_at": moment}


def _later_than_before(scene: Scene, given: Record) -> Answer:
    deadline, new = scene.deadline(given["limit"]), scene.counted(given["limit"])
    old_day, new_day = deadline["due"] if deadline else None, new.due.isoformat() if new else None
    return bool(old_day and new_day and new_day > old_day), {"due": old_day, "new": new_day}


def _after_service(scene: Scene, given: Record) -> Answer:
    fixed, service = scene.payload.get(given["field"]), scene.row.day.isoformat()
    return fixed is None or fixed > service, {"service": service, "due": fixed}


def _not_after_act(scene: Scene, given: Record) -> Answer:
    day, act = scene.payload.get(given["field"]), scene.row.day.isoformat()
    return day is None or day <= act, {"day": day, "act": act}


def _notice_moves(scene: Scene, given: Record) -> Answer:
    deadline = scene.deadline(given["limit"])
    new = recount(deadline, scene.event.calendar, scene.event.settings(given["limit"])) if deadline else None
    passed = datetime.fromisoformat(deadline["lapsed_at"] or deadline["ends_before"]) if deadline else None
    later = bool(passed and new and new.ends_before > passed)
    return later, {"edition": scene.event.calendar.id, "due": new.due.isoformat() if new else None}


def _stands(scene: Scene, given: Record) -> Answer:
    tally = scene.case.record["tally"]
    done, undone = tally.get(given["done"], 0), tally.get(given["undone"], 0)
    return done > undone, {given["done"]: done, given["undone"]: undone}


def _remembered(scene: Scene, given: Record) -> Answer:
    value = scene.case.record["memory"].get(given["key"])
    return value is not None, {given["key"]: value}


def _not_remembered(scene: Scene, given: Record) -> Answer:
    there, seen = _remembered(scene, given)
    return not there, seen


def _as_remembered(scene: Scene, given: Record) -> Answer:
    said, kept = scene.payload.get(given["field"]), scene.case.record["memory"].get(given["key"])
    return said is not None and str(said) == kept, {"given": said, "remembered": kept}


def _names_kind(scene: Scene, given: Record) -> Answer:
    name = scene.payload.get(given["field"])
    kind = (scene.event.who(name) or {}).get("kind")
    return kind == given["kind"], {"department": name, "kind": kind}


def _not_named_yet(scene: Scene, given: Record) -> Answer:
    name, holders = scene.payload.get(given["field"]), list(scene.case.record["named"].get(given["role"], ()))
    return name not in holders, {"department": name, "holders": holders}


def _no_open_twin(scene: Scene, _: Record) -> Answer:
    return scene.stated.get("twin") is None, {"twin": None}


def _names_existing_case(scene: Scene, given: Record) -> Answer:
    return True, {"case": scene.payload.get(given["field"])}


def _about_is(scene: Scene, given: Record) -> Answer:
    procedure = scene.stated.get("procedure")
    return procedure is None or procedure in given["procedures"], {
        "about": scene.case.record["about"],
        "procedure": procedure,
    }


def _not_marked(scene: Scene, given: Record) -> Answer:
    point = point_of(scene.case, scene.payload, given)
    return point not in scene.case.record["marks"], {"point": point}


def point_of(case: Standing, payload: Record, given: Record) -> str:
    """Return what makes two disputes one: how many replies had been given, and the words without white space."""
    given_before = sum(case.record["tally"].get(name, 0) for name in given["since"])
    return f"{given_before}:{''.join(str(payload.get(given['field'], '')).split())}"


_TESTS: Mapping[str, Callable[[Scene, Record], Answer]] = {
    "not_classified": _not_classified,
    "sharing_is_not": _sharing_is_not,
    "resource_named": _resource_named,
    "basis_cited": _basis_cited,
    "basis_not_only": _basis_not_only,
    "parties_in_territory": _parties_in_territory,
    "begins_in_force": _begins_in_force,
    "parties_differ": _parties_differ,
    "acts_for_another": _acts_for_another,
    "acts_as_remembered": _acts_as_remembered,
    "kind_is_not": _kind_is_not,
    "kind_is": _kind_is,
    "same_place": _same_place,
    "carries": _carries,
    "carries_all": _carries_all,
    "says": _says,
    "not_among": _not_among,
    "at_most": _at_most,
    "not_taken": _not_taken,
    "retention_over": _retention_over,
    "lapsed": _lapsed,
    "not_passed": _not_passed,
    "passed": _passed,
    "not_stopped": _not_stopped,
    "later_than_before": _later_than_before,
    "after_service": _after_service,
    "not_after_act": _not_after_act,
    "notice_moves": _notice_moves,
    "stands": _stands,
    "remembered": _remembered,
    "not_remembered": _not_remembered,
    "as_remembered": _as_remembered,
    "names_kind": _names_kind,
    "not_named_yet": _not_named_yet,
    "no_open_twin": _no_open_twin,
    "names_existing_case": _names_existing_case,
    "about_is": _about_is,
    "not_marked": _not_marked,
}
