"""A case is the fold of its events: nothing about it is true that no event says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from gongxiang.workflow import deadline as clock
from gongxiang.workflow.deadline import Deadline, beijing
from gongxiang.workflow.ledger import GENESIS, Event
from gongxiang.workflow.procedure import canonical


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


def apply(case: Case, event: Event) -> Case:
    """Return the case after one more event."""
    body = event.content
    tally = case.tally
    if event.kind in ("step", "activity"):
        tally = {**tally, event.name: tally.get(event.name, 0) + 1}
    after = replace(
        case,
        rules=event.rules,
        version=event.seq,
        state=body["to"],
        last_at=max(case.last_at, beijing(event.at)),
        head=event.hash,
        tally=tally,
    )
    for effect in body["effects"]:
        after = _EFFECTS[effect["do"]](after, effect)
    return after


def _on_deadline(case: Case, effect: Mapping[str, Any], **changes: Any) -> Case:
    limit = effect["limit"]
    return replace(case, deadlines={**case.deadlines, limit: replace(case.deadlines[limit], **changes)})


def _moment(effect: Mapping[str, Any], key: str = "at") -> datetime | None:
    return datetime.fromisoformat(effect[key]) if effect.get(key) else None


def _set(case: Case, effect: Mapping[str, Any]) -> Case:
    deadline = clock.from_record(effect["deadline"])
    return replace(case, deadlines={**case.deadlines, deadline.limit: deadline})


def _meet(case: Case, effect: Mapping[str, Any]) -> Case:
    return _on_deadline(case, effect, met_at=_moment(effect), stopped_at=None, held_until=_moment(effect, "held_until"))


def _flag(case: Case, effect: Mapping[str, Any]) -> Case:
    return case if effect["flag"] in case.flags else replace(case, flags=(*case.flags, effect["flag"]))


def _release(case: Case, effect: Mapping[str, Any]) -> Case:
    left = tuple(one for one in case.named.get(effect["role"], ()) if one != effect["department"])
    return replace(case, named={**case.named, effect["role"]: left})


_EFFECTS: Mapping[str, Callable[[Case, Mapping[str, Any]], Case]] = {
    "start": _set,
    "move": _set,
    "meet": _meet,
    "reopen": lambda case, effect: _on_deadline(case, effect, met_at=None, stopped_at=None, held_until=None),
    "stop": lambda case, effect: _on_deadline(case, effect, stopped_at=_moment(effect)),
    "void": lambda case, effect: _on_deadline(case, effect, void_at=_moment(effect), stopped_at=None),
    "lapse": lambda case, effect: _on_deadline(case, effect, lapsed_at=_moment(effect)),
    "flag": _flag,
    "link": lambda case, effect: replace(case, links=(*case.links, (effect["relation"], effect["case"]))),
    "remember": lambda case, effect: replace(case, memory={**case.memory, effect["key"]: effect["value"]}),
    "forget": lambda case, effect: replace(
        case, memory={key: value for key, value in case.memory.items() if key != effect["key"]}
    ),
    "mark": lambda case, effect: replace(case, marks=(*case.marks, effect["mark"])),
    "name": lambda case, effect: replace(
        case, named={**case.named, effect["role"]: (*case.named.get(effect["role"], ()), effect["department"])}
    ),
    "release": _release,
    "retain": lambda case, effect: replace(
        case,
        retained={
            **case.retained,
            effect["retention"]: max(effect["until"], case.retained.get(effect["retention"], "")),
        },
    ),
    "note": lambda case, _: case,
}


def as_text(case: Case) -> str:
    """Return the case as canonical JSON: what the projection stores and `from_text` reads back."""
    record = {name: getattr(case, name) for name in Case.__slots__}
    record["opened_at"], record["last_at"] = case.opened_at.isoformat(), case.last_at.isoformat()
    record["deadlines"] = {name: clock.as_record(deadline) for name, deadline in case.deadlines.items()}
    return canonical(record)


def from_text(text: str) -> Case:
    """Read what `as_text` wrote."""
    record = json.loads(text)
    record["opened_at"] = datetime.fromisoformat(record["opened_at"])
    record["last_at"] = datetime.fromisoformat(record["last_at"])
    record["deadlines"] = {name: clock.from_record(value) for name, value in record["deadlines"].items()}
    record["links"] = tuple((relation, case) for relation, case in record["links"])
    record["named"] = {role: tuple(ids) for role, ids in record["named"].items()}
    for name in ("flags", "marks"):
        record[name] = tuple(record[name])
    return Case(**record)
