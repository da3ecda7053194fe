"""The tests that guards and flags name. Each answers yes or no from told facts and returns what it looked at, for the
ledger.

A table says which test, with which arguments, on which article, in which words; here is only how it is found out. Names
are looked up in this registry and nowhere else: a table can never name a function to import.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from gongxiang.workflow.case import Case
from gongxiang.workflow.deadline import beijing, legal_end, recomputed
from gongxiang.workflow.facts import Facts

Answer = tuple[bool, dict[str, Any]]
Arguments = Mapping[str, Any]
Asked = Callable[[Facts, Arguments], Answer]
TESTS: dict[str, Asked] = {}
ARGUMENTS: dict[str, Mapping[str, str]] = {}
"""What each test takes: the argument and what it names (see `carrying`); one that ends in "?" may be left out."""


def _test(**arguments: str) -> Callable[[Asked], Asked]:
    def enter(function: Asked) -> Asked:
        TESTS[function.__name__], ARGUMENTS[function.__name__] = function, arguments
        return function

    return enter


def reads_payload(name: str, arguments: Arguments) -> bool:
    """Return whether the test cannot be answered before the payload is known."""
    return name == "later_than_before" or "field" in arguments or "keys" in arguments


def evaluate(name: str, facts: Facts, arguments: Arguments) -> Answer:
    """Return the answer of a registered test. A test that answers anything but a bool is a fault of ours, not a no."""
    holds, inputs = TESTS[name](facts, arguments)
    if not isinstance(holds, bool):
        raise TypeError(f"test {name} answered {holds!r}, not a bool")
    return holds, inputs


@_test()
def not_classified(facts: Facts, _: Arguments) -> Answer:
    """The resource is not classified."""
    classified = bool((facts.case.resource or {}).get("classified", False))
    return not classified, {"classified": classified}


@_test(value="sharing")
def sharing_is_not(facts: Facts, arguments: Arguments) -> Answer:
    """The sharing type of the resource is not `value`."""
    sharing = (facts.case.resource or {}).get("sharing")
    return sharing != arguments["value"], {"sharing": sharing}


@_test()
def resource_named(facts: Facts, _: Arguments) -> Answer:
    """The case names a resource."""
    code = (facts.case.resource or {}).get("code")
    return code is not None, {"code": code}


@_test()
def basis_cited(facts: Facts, _: Arguments) -> Answer:
    """The catalogue entry cites at least one basis, or is shared unconditionally and needs none."""
    resource = facts.case.resource or {}
    cited = len(resource.get("legal_basis", ()))
    needed = resource.get("sharing") not in (None, "unconditional")
    return cited > 0 or not needed, {"cited": cited, "sharing": resource.get("sharing")}


@_test()
def parties_in_territory(facts: Facts, _: Arguments) -> Answer:
    """Every party's region lies in the territory of the rule book."""
    regions = {role: party.region for role in facts.case.parties if (party := facts.party(role))}
    return all(region.startswith(facts.book.territory) for region in regions.values()), {"regions": regions}


@_test(field="date field?")
def begins_in_force(facts: Facts, arguments: Arguments) -> Answer:
    """The act, or the date in the payload field `field`, is not earlier than the day the rule book came into force."""
    field = arguments.get("field")
    day = date.fromisoformat(str(facts.payload[field])) if field else beijing(facts.at).date()
    return day >= facts.book.in_force, {"day": day.isoformat(), "in_force": facts.book.in_force.isoformat()}


@_test(roles="parties")
def parties_differ(facts: Facts, arguments: Arguments) -> Answer:
    """The parties of the named roles are different departments."""
    names = {role: facts.case.parties.get(role) for role in arguments["roles"]}
    return len(set(names.values())) == len(names), {"parties": names}


@_test(role="party")
def acts_for_another(facts: Facts, arguments: Arguments) -> Answer:
    """Who acts is not the department in the role `role`."""
    other = facts.case.parties.get(arguments["role"])
    return facts.by != other, {"by": facts.by, arguments["role"]: other}


@_test(key="memory")
def acts_as_remembered(facts: Facts, arguments: Arguments) -> Answer:
    """Who acts is the department that the case remembers under `key`."""
    kept = facts.case.memory.get(arguments["key"])
    return facts.by == kept, {"by": facts.by, arguments["key"]: kept}


@_test(roles="parties?", kind="kind")
def kind_is_not(facts: Facts, arguments: Arguments) -> Answer:
    """No party in the roles `roles` (all, when not given) is of the kind `kind`."""
    roles = arguments.get("roles", list(facts.case.parties))
    kinds = {role: party.kind.value for role in roles if (party := facts.party(role))}
    return arguments["kind"] not in kinds.values(), {"kinds": kinds}


@_test(roles="parties")
def same_place(facts: Facts, arguments: Arguments) -> Answer:
    """The parties in the roles `roles` belong to one level and region."""
    places = {role: list(party.place) for role in arguments["roles"] if (party := facts.party(role))}
    return len({tuple(place) for place in places.values()}) <= 1, {"places": places}


@_test(field="field")
def carries(facts: Facts, arguments: Arguments) -> Answer:
    """The payload field `field` is given."""
    given = facts.payload.get(arguments["field"]) not in (None, "", [])
    return given, {arguments["field"]: given}


@_test(limit="limit")
def lapsed(facts: Facts, arguments: Arguments) -> Answer:
    """The limit `limit` has passed without being met, and the lapse stands."""
    deadline = facts.deadline(arguments["limit"])
    moment = deadline.lapsed_at if deadline else None
    return moment is not None, {"lapsed_at": moment.isoformat() if moment else None}


@_test(limit="limit")
def not_passed(facts: Facts, arguments: Arguments) -> Answer:
    """The moment of the act is before the end of the limit `limit` (or before the later end a known notice gives
    it).
    """
    deadline = facts.deadline(arguments["limit"])
    if deadline is None:
        return True, {"ends_before": None}
    end = legal_end(deadline, facts.world.edition(beijing(facts.at).date()), facts.world.counting)
    return facts.at < end, {"ends_before": end.isoformat()}


@_test(limit="limit")
def passed(facts: Facts, arguments: Arguments) -> Answer:
    """The limit `limit` ran, and the moment of the act is not before its end (or the later end a known notice gives
    it).
    """
    running, inputs = not_passed(facts, arguments)
    return not running, inputs


@_test(limit="limit")
def not_stopped(facts: Facts, arguments: Arguments) -> Answer:
    """The limit `limit` is not stopped by something made in time that still waits."""
    deadline = facts.deadline(arguments["limit"])
    moment = deadline.stopped_at if deadline else None
    return moment is None, {"stopped_at": moment.isoformat() if moment else None}


@_test(limit="limit")
def later_than_before(facts: Facts, arguments: Arguments) -> Answer:
    """The due date that this act would set lies after the one that stands."""
    deadline, due = facts.deadline(arguments["limit"]), facts.due(arguments["limit"])
    old, new = (deadline.due if deadline else None), (due.date if due else None)
    later = old is not None and new is not None and new > old
    return later, {"due": old.isoformat() if old else None, "new": new.isoformat() if new else None}


@_test(field="date field")
def after_service(facts: Facts, arguments: Arguments) -> Answer:
    """The day that an order fixes lies after the day of its service."""
    fixed, service = facts.payload.get(arguments["field"]), beijing(facts.at).date()
    return fixed is None or date.fromisoformat(str(fixed)) > service, {"service": service.isoformat(), "due": fixed}


@_test(field="date field")
def not_after_act(facts: Facts, arguments: Arguments) -> Answer:
    """The date in the payload field `field` is not later than the day of the act."""
    day, act = facts.payload.get(arguments["field"]), beijing(facts.at).date()
    return day is None or date.fromisoformat(str(day)) <= act, {"day": day, "act": act.isoformat()}


@_test(limit="limit")
def notice_moves(facts: Facts, arguments: Arguments) -> Answer:
    """The notices published by the day of the act give the limit `limit` a later end than the one that passed."""
    deadline = facts.deadline(arguments["limit"])
    edition = facts.world.edition(beijing(facts.at).date())
    due = recomputed(deadline, edition, facts.world.counting) if deadline else None
    passed_at = (deadline.lapsed_at or deadline.ends_before) if deadline else None
    later = passed_at is not None and due is not None and due.ends_before > passed_at
    return later, {"edition": edition.id, "due": due.date.isoformat() if due else None}


@_test(done="step", undone="step")
def stands(facts: Facts, arguments: Arguments) -> Answer:
    """The step `done` was taken more often than it was taken back by `undone`."""
    done, undone = (facts.case.tally.get(arguments[key], 0) for key in ("done", "undone"))
    return done > undone, {arguments["done"]: done, arguments["undone"]: undone}


@_test(key="memory")
def remembered(facts: Facts, arguments: Arguments) -> Answer:
    """The case remembers something under `key`."""
    value = facts.case.memory.get(arguments["key"])
    return value is not None, {arguments["key"]: value}


@_test(key="memory")
def not_remembered(facts: Facts, arguments: Arguments) -> Answer:
    """The case remembers nothing under `key`."""
    held, inputs = remembered(facts, arguments)
    return not held, inputs


@_test(field="field", key="memory")
def as_remembered(facts: Facts, arguments: Arguments) -> Answer:
    """The payload field `field` equals what the case remembers under `key`."""
    value, kept = facts.payload.get(arguments["field"]), facts.case.memory.get(arguments["key"])
    return value == kept, {"given": value, "remembered": kept}


@_test(field="department field", kind="kind")
def names_kind(facts: Facts, arguments: Arguments) -> Answer:
    """The payload field `field` names a registered department of the kind `kind`."""
    name = facts.payload.get(arguments["field"])
    found = facts.world.department(str(name), facts.at) if name else None
    return found is not None and found.kind == arguments["kind"], {
        "department": name,
        "kind": found.kind.value if found else None,
    }


@_test(field="department field", role="named role")
def not_named_yet(facts: Facts, arguments: Arguments) -> Answer:
    """The department in the payload field `field` does not already hold the role `role` in this case."""
    name, holders = facts.payload.get(arguments["field"]), list(facts.case.named.get(arguments["role"], ()))
    return name not in holders, {"department": name, "holders": holders}


@_test(role="party", keys="remembered fields")
def no_open_twin(facts: Facts, arguments: Arguments) -> Answer:
    """No open case of this procedure has the same party in `role` and the same payload fields `keys`."""
    keys = tuple(arguments["keys"])
    values = {key: str(facts.payload[key]) for key in keys if facts.payload.get(key) is not None}
    twin = facts.world.open_twin(facts.case, arguments["role"], keys, values)
    return twin is None, {"twin": twin}


@_test(field="case field")
def names_existing_case(facts: Facts, arguments: Arguments) -> Answer:
    """The payload field `field`, when given, names a case that exists."""
    name = facts.payload.get(arguments["field"])
    return name is None or facts.world.procedure_of(str(name)) is not None, {"case": name}


@_test(procedures="procedures")
def about_is(facts: Facts, arguments: Arguments) -> Answer:
    """The case this one is about, when there is one, runs under one of `procedures`."""
    found = facts.world.procedure_of(facts.case.about) if facts.case.about else None
    return found is None or found in arguments["procedures"], {"about": facts.case.about, "procedure": found}


@_test(field="field", since="steps")
def not_marked(facts: Facts, arguments: Arguments) -> Answer:
    """The same point (payload field `field`, the same number of acts `since`) was not marked before."""
    point = point_of(facts.case, facts.payload, arguments)
    return point not in facts.case.marks, {"point": point}


def point_of(case: Case, payload: Mapping[str, Any], arguments: Arguments) -> str:
    """Return what makes two disputes one: the words, white space aside, and how many replies had been given."""
    given = sum(case.tally.get(name, 0) for name in arguments["since"])
    return f"{given}:{''.join(str(payload.get(arguments['field'], '')).split())}"
