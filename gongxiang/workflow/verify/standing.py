"""A case folded from its events by this package alone, as plain JSON values: what the case row must equal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from gongxiang.workflow.verify.chain import CHINA, FIRST_PREV, Row
from gongxiang.workflow.verify.counting import settings_of
from gongxiang.workflow.verify.tables import Record


class Act(NamedTuple):
    """A step or activity as a correction needs it: who took it as what, the row it took, what was then known, and the
    rule book that it was taken under.
    """

    by: str
    role: str
    payload: Record
    name: str
    origin: str
    target: str
    memory: Mapping[str, str]
    resource: Record | None
    rules: str


class Standing:
    """Where a case stands after the events taken in so far. `record` has the keys of a stored case row's snapshot."""

    def __init__(self, row: Row, opening: Record) -> None:
        moment = row.at.astimezone(CHINA)
        self.last_at = moment
        self.settled: tuple[datetime, int, int] | None = None
        self.settings: dict[str, Mapping[str, str]] = {}
        self.acts: dict[int, Act] = {}
        self.record: dict[str, Any] = {
            "case": row.case,
            "procedure": opening["procedure"],
            "rules": row.rules,
            "version": 0,
            "state": "",
            "opened_at": moment.isoformat(),
            "last_at": moment.isoformat(),
            "head": FIRST_PREV,
            "parties": dict(opening["parties"]),
            "resource": opening.get("resource"),
            "about": opening.get("about"),
            "flags": [],
            "links": [],
            "memory": {},
            "marks": [],
            "named": {},
            "tally": {},
            "deadlines": {},
            "retained": {},
        }

    @property
    def state(self) -> str:
        """The state; "" before the opening event."""
        return str(self.record["state"])

    @property
    def parties(self) -> dict[str, str]:
        """Department ids by role."""
        parties: dict[str, str] = self.record["parties"]
        return parties

    @property
    def deadlines(self) -> dict[str, dict[str, Any]]:
        """The deadlines by limit, each the record of its event with what happened since."""
        deadlines: dict[str, dict[str, Any]] = self.record["deadlines"]
        return deadlines

    def linked(self, relation: str) -> str | None:
        """Return the case last linked by `relation`."""
        found = [case for name, case in self.record["links"] if name == relation]
        return found[-1] if found else None

    def overdue(self, by: datetime) -> list[dict[str, Any]]:
        """Return the deadlines that ended at or before `by`, neither met, void, stopped nor recorded as lapsed."""
        return [
            deadline
            for deadline in self.deadlines.values()
            if is_running(deadline) and datetime.fromisoformat(deadline["ends_before"]) <= by
        ]

    def take(self, row: Row, body: Record) -> None:
        """Take in one more event as it stands in the ledger. Raises KeyError or TypeError where it is ill-formed."""
        record = self.record
        if row.kind in ("step", "activity"):
            record["tally"][row.name] = record["tally"].get(row.name, 0) + 1
            memory, origin = dict(record["memory"]), body["from"] or ""
            known = memory, record["resource"], record["rules"]
            self.acts[row.seq] = Act(row.by, body["role"], body["payload"], row.name, origin, body["to"], *known)
        moment = row.at.astimezone(CHINA)
        self.last_at = max(self.last_at, moment)
        record.update(
            rules=row.rules, version=row.seq, state=body["to"], last_at=self.last_at.isoformat(), head=row.hash
        )
        for effect in body["effects"]:
            self._effect(effect)

    def _effect(self, effect: Record) -> None:
        do, record = effect["do"], self.record
        if do in ("start", "move"):
            self.deadlines[effect["deadline"]["limit"]] = dict(effect["deadline"])
            self.settings[effect["deadline"]["limit"]] = settings_of(effect.get("sheet"))
        elif do == "flag":
            if effect["flag"] not in record["flags"]:
                record["flags"].append(effect["flag"])
        elif do == "link":
            record["links"].append([effect["relation"], effect["case"]])
        elif do == "remember":
            record["memory"][effect["key"]] = effect["value"]
        elif do == "retain":
            kept = record["retained"]
            kept[effect["retention"]] = max(effect["until"], kept.get(effect["retention"], ""))
        elif do == "forget":
            record["memory"].pop(effect["key"], None)
        elif do == "mark":
            record["marks"].append(effect["mark"])
        elif do == "name":
            record["named"].setdefault(effect["role"], []).append(effect["department"])
        elif do == "release":
            left = [one for one in record["named"].get(effect["role"], ()) if one != effect["department"]]
            record["named"][effect["role"]] = left
        elif do != "note":
            self.deadlines[effect["limit"]].update(_CHANGES[do](effect))


def is_owed(deadline: Record) -> bool:
    """Whether the duty is neither met nor void."""
    return deadline["met_at"] is None and deadline["void_at"] is None


def is_running(deadline: Record) -> bool:
    """Whether passing the end would be a lapse that is not on record."""
    return is_owed(deadline) and deadline["stopped_at"] is None and deadline["lapsed_at"] is None


_CHANGES: Mapping[str, Any] = {
    "meet": lambda effect: {"met_at": effect["at"], "stopped_at": None, "held_until": effect["held_until"]},
    "reopen": lambda _: {"met_at": None, "stopped_at": None, "held_until": None},
    "stop": lambda effect: {"stopped_at": effect["at"]},
    "void": lambda effect: {"void_at": effect["at"], "stopped_at": None},
    "lapse": lambda effect: {"lapsed_at": effect["at"]},
}
