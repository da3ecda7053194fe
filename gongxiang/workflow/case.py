"""A case is the fold of its events: nothing about it is true that no event says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from gongxiang.canonical import canonical, parsed
from gongxiang.workflow import deadline as clock
from gongxiang.workflow.deadline import Deadline, beijing
from gongxiang.workflow.ledger import GENESIS, Event


@dataclass(frozen=True, slots=True)
class Case:
    """What stands after the last event: the state, who takes part, the deadlines, and what later steps must
    remember.
    """

    case: str
    procedure: str
    rules: str
    version: int
    state: str
    opened_at: datetime
    last_at: datetime
    head: str
    parties: Mapping[str, str]
    resource: Mapping[str, Any] | None = None
    about: str | None = None
    flags: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    memory: Mapping[str, str] = field(default_factory=dict)
    marks: tuple[str, ...] = ()
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tally: Mapping[str, int] = field(default_factory=dict)
    deadlines: Mapping[str, Deadline] = field(default_factory=dict)
    retained: Mapping[str, str] = field(default_factory=dict)

    def linked(self, relation: str) -> str | None:
        """Return the case last linked by `relation`, or None."""
        return next((case for name, case in reversed(self.links) if name == relation), None)


def blank(case: str, procedure: str, rules: str, at: datetime, opening: Mapping[str, Any]) -> Case:
    """Return the case as it stands before its opening event: the parties are known, nothing has happened."""
    return Case(
        case=case,
        procedure=procedure,
        rules=rules,
        version=0,
        state="",
        opened_at=beijing(at),
        last_at=beijing(at),
        head=GENESIS,
        parties=dict(opening["parties"]),
        resource=opening.get("resource"),
        about=opening.get("about"),
    )


def fold(events: Iterable[Event]) -> Case | None:
    """Return the case that the events make, or None when there are none."""
    case: Case | None = None
    for event in events:
        if case is None:
            opening = event.content["opening"]
            case = blank(event.case, opening["procedure"], event.rules, event.at, opening)
        case = apply(case, event)
    return case


_NAMES = Case.__slots__
_values = attrgetter(*_NAMES)
_Fields = dict[str, Any]
"""The fields of the case to come. An effect puts another value in place of one; what the case before holds stays."""


def apply(case: Case, event: Event) -> Case:
    """Return the case after one more event."""
    body = event.content
    after: _Fields = dict(zip(_NAMES, _values(case), strict=True))
    if event.kind in ("step", "activity"):
        after["tally"] = {**case.tally, event.name: case.tally.get(event.name, 0) + 1}
    after["rules"], after["version"], after["head"] = event.rules, event.seq, event.hash
    after["state"] = body["to"]
    after["last_at"] = max(case.last_at, beijing(event.at))
    for effect in body["effects"]:
        _EFFECTS[effect["do"]](after, effect)
    return Case(**after)


def _moment(effect: Mapping[str, Any], key: str = "at") -> datetime | None:
    return datetime.fromisoformat(effect[key]) if effect.get(key) else None


def _set(after: _Fields, effect: Mapping[str, Any]) -> None:
    deadline = clock.from_record(effect["deadline"])
    after["deadlines"] = {**after["deadlines"], deadline.limit: deadline}


def _on_deadline(after: _Fields, effect: Mapping[str, Any], **changes: Any) -> None:
    limit, deadlines = effect["limit"], after["deadlines"]
    after["deadlines"] = {**deadlines, limit: replace(deadlines[limit], **changes)}


def _meet(after: _Fields, effect: Mapping[str, Any]) -> None:
    _on_deadline(after, effect, met_at=_moment(effect), stopped_at=None, held_until=_moment(effect, "held_until"))


def _flag(after: _Fields, effect: Mapping[str, Any]) -> None:
    if effect["flag"] not in after["flags"]:
        after["flags"] = (*after["flags"], effect["flag"])


def _link(after: _Fields, effect: Mapping[str, Any]) -> None:
    after["links"] = (*after["links"], (effect["relation"], effect["case"]))


def _remember(after: _Fields, effect: Mapping[str, Any]) -> None:
    after["memory"] = {**after["memory"], effect["key"]: effect["value"]}


def _forget(after: _Fields, effect: Mapping[str, Any]) -> None:
    after["memory"] = {key: value for key, value in after["memory"].items() if key != effect["key"]}


def _mark(after: _Fields, effect: Mapping[str, Any]) -> None:
    after["marks"] = (*after["marks"], effect["mark"])


def _name(after: _Fields, effect: Mapping[str, Any]) -> None:
    named, role = after["named"], effect["role"]
    after["named"] = {**named, role: (*named.get(role, ()), effect["department"])}


def _release(after: _Fields, effect: Mapping[str, Any]) -> None:
    named, role = after["named"], effect["role"]
    after["named"] = {**named, role: tuple(one for one in named.get(role, ()) if one != effect["department"])}


def _retain(after: _Fields, effect: Mapping[str, Any]) -> None:
    retained, kept = after["retained"], effect["retention"]
    after["retained"] = {**retained, kept: max(effect["until"], retained.get(kept, ""))}


_EFFECTS: Mapping[str, Callable[[_Fields, Mapping[str, Any]], None]] = {
    "start": _set,
    "move": _set,
    "meet": _meet,
    "reopen": lambda after, effect: _on_deadline(after, effect, met_at=None, stopped_at=None, held_until=None),
    "stop": lambda after, effect: _on_deadline(after, effect, stopped_at=_moment(effect)),
    "void": lambda after, effect: _on_deadline(after, effect, void_at=_moment(effect), stopped_at=None),
    "lapse": lambda after, effect: _on_deadline(after, effect, lapsed_at=_moment(effect)),
    "flag": _flag,
    "link": _link,
    "remember": _remember,
    "forget": _forget,
    "mark": _mark,
    "name": _name,
    "release": _release,
    "retain": _retain,
    "note": lambda *_: None,
}


def as_text(case: Case) -> str:
    """Return the case as canonical JSON: what the projection stores and `from_text` reads back."""
    record: dict[str, Any] = dict(zip(_NAMES, _values(case), strict=True))
    record["opened_at"], record["last_at"] = case.opened_at.isoformat(), case.last_at.isoformat()
    record["deadlines"] = {name: clock.as_record(deadline) for name, deadline in case.deadlines.items()}
    return canonical(record)


def from_text(text: str) -> Case:
    """Read what `as_text` wrote."""
    record = parsed(text)
    record["opened_at"] = datetime.fromisoformat(record["opened_at"])
    record["last_at"] = datetime.fromisoformat(record["last_at"])
    record["deadlines"] = {name: clock.from_record(value) for name, value in record["deadlines"].items()}
    record["links"] = tuple((relation, case) for relation, case in record["links"])
    record["named"] = {role: tuple(ids) for role, ids in record["named"].items()}
    for name in ("flags", "marks"):
        record[name] = tuple(record[name])
    return Case(**record)
