"""Tests of what the act carries and what the case has on record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gongxiang.workflow.case import Case
from gongxiang.workflow.condition import Answer, Arguments, test
from gongxiang.workflow.facts import Facts
from gongxiang.workflow.procedure import as_tuple


@test(key="memory")
def acts_as_remembered(facts: Facts, arguments: Arguments) -> Answer:
    """Who acts is the department that the case remembers under `key`."""
    kept = facts.case.memory.get(arguments["key"])
    return facts.by == kept, {"by": facts.by, arguments["key"]: kept}


@test(field="field")
def carries(facts: Facts, arguments: Arguments) -> Answer:
    """The payload field `field` is given."""
    given = facts.payload.get(arguments["field"]) not in (None, "", [])
    return given, {arguments["field"]: given}


@test(fields="fields")
def carries_all(facts: Facts, arguments: Arguments) -> Answer:
    """Every payload field of `fields` is given."""
    missing = [name for name in as_tuple(arguments["fields"]) if facts.payload.get(name) in (None, "", [])]
    return not missing, {"missing": missing}


@test(field="field", value="text")
def says(facts: Facts, arguments: Arguments) -> Answer:
    """The payload field `field` says `value`."""
    said = facts.payload.get(arguments["field"])
    return said == arguments["value"], {arguments["field"]: said}


@test(field="field", values="words")
def not_among(facts: Facts, arguments: Arguments) -> Answer:
    """The payload field `field` says none of `values`."""
    said = facts.payload.get(arguments["field"])
    return said not in as_tuple(arguments["values"]), {arguments["field"]: said}


@test(step="step")
def not_taken(facts: Facts, arguments: Arguments) -> Answer:
    """The step has not been taken in this case yet."""
    taken = facts.case.tally.get(arguments["step"], 0)
    return taken == 0, {arguments["step"]: taken}


@test(done="step", undone="step")
def stands(facts: Facts, arguments: Arguments) -> Answer:
    """The step `done` was taken more often than it was taken back by `undone`."""
    done, undone = (facts.case.tally.get(arguments[key], 0) for key in ("done", "undone"))
    return done > undone, {arguments["done"]: done, arguments["undone"]: undone}


@test(key="memory")
def remembered(facts: Facts, arguments: Arguments) -> Answer:
    """The case remembers something under `key`."""
    value = facts.case.memory.get(arguments["key"])
    return value is not None, {arguments["key"]: value}


@test(key="memory")
def not_remembered(facts: Facts, arguments: Arguments) -> Answer:
    """The case remembers nothing under `key`."""
    held, inputs = remembered(facts, arguments)
    return not held, inputs


@test(field="field", key="memory")
def as_remembered(facts: Facts, arguments: Arguments) -> Answer:
    """The payload field `field` equals what the case remembers under `key`."""
    value, kept = facts.payload.get(arguments["field"]), facts.case.memory.get(arguments["key"])
    return value is not None and str(value) == kept, {"given": value, "remembered": kept}


@test(field="department field", kind="kind")
def names_kind(facts: Facts, arguments: Arguments) -> Answer:
    """The payload field `field` names a registered department of the kind `kind`."""
    name = facts.payload.get(arguments["field"])
    found = facts.world.department(str(name), facts.at) if name else None
    return found is not None and found.kind == arguments["kind"], {
        "department": name,
        "kind": found.kind.value if found else None,
    }


@test(field="department field", role="named role")
def not_named_yet(facts: Facts, arguments: Arguments) -> Answer:
    """The department in the payload field `field` does not already hold the role `role` in this case."""
    name, holders = facts.payload.get(arguments["field"]), list(facts.case.named.get(arguments["role"], ()))
    return name not in holders, {"department": name, "holders": holders}


@test(field="case field")
def names_existing_case(facts: Facts, arguments: Arguments) -> Answer:
    """The payload field `field`, when given, names a case that exists."""
    name = facts.payload.get(arguments["field"])
    return name is None or facts.world.procedure_of(str(name)) is not None, {"case": name}


@test(field="field", since="steps")
def not_marked(facts: Facts, arguments: Arguments) -> Answer:
    """The same point (payload field `field`, the same number of acts `since`) was not marked before."""
    point = point_of(facts.case, facts.payload, arguments)
    return point not in facts.case.marks, {"point": point}


def point_of(case: Case, payload: Mapping[str, Any], arguments: Arguments) -> str:
    """Return what makes two disputes one: the words, white space aside, and how many replies had been given."""
    given = sum(case.tally.get(name, 0) for name in arguments["since"])
    return f"{given}:{''.join(str(payload.get(arguments['field'], '')).split())}"
