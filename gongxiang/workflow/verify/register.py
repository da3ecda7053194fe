"""The registers' chain read anew: who took part, which notices had been imported, at each place of the chain."""

from __future__ import annotations

import json
from bisect import bisect_right, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from gongxiang.errors import Text
from gongxiang.workflow.verify.chain import Row, json_text
from gongxiang.workflow.verify.findings import Found, named, versus
from gongxiang.workflow.verify.tables import Record

DEPARTMENT = ("id", "name", "region", "level", "kind")
_BODIES = {
    "department": {"department"},
    "notice": {"notice"},
    "recalculation": {"edition", "signer", "cases", "moved", "left"},
    "migration": {"signer", "document", "to", "cases"},
    "incident": {"what", "reasons"},
}
LEVELS = ("nation", "province", "city", "county")
SEATED = ("authority", "working_body", "people_government")
"""Kinds of which a place has one that counts: the one entered last."""
KINDS = ("government", "utility", "central", *SEATED, "competent_organ")


@dataclass(frozen=True, slots=True)
class Entry:
    """A department as entered: the place in the chain, from when it holds, and what it says."""

    seq: int
    since: datetime
    department: Record


class Register:
    """What the registers' chain said at each of its places."""

    def __init__(self) -> None:
        self.length = 0
        self._entries: dict[str, list[Entry]] = {}
        self._seats: dict[tuple[str, str, str], list[Entry]] = {}
        self._imports: list[tuple[int, Record]] = []
        self._recorded: list[datetime] = []

    def take(self, row: Row) -> Record:
        """Take in one more event; return its body. Raises Found for an entry that is not as it must be; it is then
        passed over.
        """
        self.length += 1
        insort(self._recorded, row.recorded_at)
        body: Record = json.loads(row.body)
        if json_text(body) != row.body or set(body) != _BODIES.get(row.kind):
            raise Found("register_entry", named(f"{row.kind} {row.body}"))
        if row.rules:
            raise Found("register_entry", versus("", row.rules, "rules"))
        if row.kind == "department":
            self._department(row, body["department"])
        elif row.kind == "notice":
            notice = body["notice"]
            if notice["id"] != row.name or not notice["holiday"]:
                raise Found("register_entry", versus(row.name, notice["id"]))
            self._imports.append((row.seq, notice))
        return body

    def _department(self, row: Row, said: Record) -> None:
        if set(said) != set(DEPARTMENT) or said["id"] != row.name:
            raise Found("register_entry", versus(row.name, said.get("id")))
        if said["level"] not in LEVELS or said["kind"] not in KINDS or len(said["region"]) != 6:
            raise Found("register_entry", named(f"{said['level']} {said['kind']} {said['region']}"))
        before = self._entries.get(row.name)
        if before and (before[-1].department == said or row.at < before[-1].since):
            raise Found(
                "register_entry", Text("重复登记，或早于前次登记", "it repeats the entry before, or is dated before it")
            )
        entry = Entry(row.seq, row.at, said)
        self._entries.setdefault(row.name, []).append(entry)
        if said["kind"] in SEATED:
            self._seats.setdefault((said["kind"], said["level"], said["region"]), []).append(entry)

    def department(self, name: str | None, at: datetime, place: int) -> Record | None:
        """Return the department as entered for `at` by place `place` of the chain, or None."""
        for entry in reversed(self._entries.get(name or "", ())):
            if entry.seq <= place and entry.since <= at:
                return entry.department
        return None

    def seat(self, kind: str, level: str, region: str, at: datetime, place: int) -> str | None:
        """Return who is of that kind at a level and region: of those entered for `at`, the one entered last that still
        is.
        """
        for entry in reversed(self._seats.get((kind, level, region), ())):
            name = str(entry.department["id"])
            now = self.department(name, at, place) if entry.seq <= place and entry.since <= at else None
            if now and (now["kind"], now["level"], now["region"]) == (kind, level, region):
                return name
        return None

    def imported(self, place: int) -> Sequence[Record]:
        """Return the notices imported by place `place`, in order."""
        return [notice for seq, notice in self._imports if seq <= place]

    def places(self, row: Row, names: Sequence[str]) -> Iterator[int]:
        """Yield the places of the chain at which the event may have been written, the most likely first.

        The ledger has no order between chains but the moments of recording, and those are told by whoever records (a
        docket is recorded at its own moments): so every place at which something that the event may rest on changed
        is a candidate.
        """
        likely = bisect_right(self._recorded, row.recorded_at)
        seen = {likely}
        yield likely
        changes = [seq for seq, _ in self._imports]
        changes += [entry.seq for name in names for entry in self._entries.get(name, ())]
        changes += [entry.seq for entries in self._seats.values() for entry in entries]
        for place in sorted({self.length, *changes, *(seq - 1 for seq in changes)}, reverse=True):
            if place not in seen:
                seen.add(place)
                yield place
