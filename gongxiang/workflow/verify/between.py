"""What one chain says about another: causes and results, links, twins, recalculations. Settled when all are read.

Kept is only what still waits for its other half, and a few words a case; never the events of other cases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gongxiang.errors import Text
from gongxiang.workflow.verify.acts import ENGINE, LINKED
from gongxiang.workflow.verify.chain import Row, json_text
from gongxiang.workflow.verify.findings import Finding, named
from gongxiang.workflow.verify.standing import Standing
from gongxiang.workflow.verify.tables import Line, Record, Table, listed

Key = tuple[str, ...]


@dataclass(slots=True)
class Twin:
    """A case that none on the same matter may stand beside: when it was opened and ended, as dated and as recorded."""

    case: str
    refuses: bool
    opened: tuple[datetime, datetime]
    ended: tuple[datetime, datetime] | None = None


class Between:
    """The books between the chains."""

    def __init__(self) -> None:
        self._causes: dict[Key, list[tuple[str, int]]] = {}
        self._results: dict[Key, list[tuple[str, int]]] = {}
        self._procedures: dict[str, str] = {}
        self._parties: dict[str, Mapping[str, str]] = {}
        self._named: list[tuple[str, int, str, str | None]] = []
        self._lent: list[tuple[str, str, Mapping[str, str], list[Any]]] = []
        self._twins: dict[Key, list[Twin]] = {}
        self._standing: dict[str, Twin] = {}

    # Causes and results

    def act(self, case: Standing, row: Row, body: Record, table: Table, line: Line) -> None:
        """Note what an act brings about elsewhere, and what must have brought it about. `case`: before it."""
        if body["role"] == ENGINE:
            self._match(
                self._results, self._causes, _fired(row.case, row.name, row, body["payload"]), (row.case, row.seq)
            )
        opened = [effect["case"] for effect in body["effects"] if effect.get("do") == "link"]
        for follow in line.follows():
            carried = {name: body["payload"][name] for name in listed(follow.get("payload")) if name in body["payload"]}
            if follow.get("procedure"):
                opening = _lent(case, row, table, follow["procedure"])
                for name in (name for name in opened if name.startswith(f"{row.case}/{follow['suffix']}")):
                    key = _opened(name, follow["step"], row, carried, opening)
                    self._match(self._causes, self._results, key, (row.case, row.seq))
            elif linked := case.linked(follow["relation"]):
                key = _fired(linked, follow["step"], row, carried)
                self._match(self._causes, self._results, key, (row.case, row.seq))
        for guard in (table.guards[name] for name in line.names("guards")):
            if guard["test"] == "names_existing_case" and body["payload"].get(guard["field"]) is not None:
                self._named.append((row.case, row.seq, str(body["payload"][guard["field"]]), None))
            if guard["test"] == "about_is" and case.record["about"]:
                stated = [entry["inputs"]["procedure"] for entry in body["guards"] if entry.get("guard") == guard["id"]]
                self._named += [(row.case, row.seq, case.record["about"], one) for one in stated]

    def opening(self, row: Row, opening: Record, payload: Record, table: Table) -> None:
        """Note a new case: what it is about, who opened it through another, whose parties it has."""
        self._procedures[row.case] = str(opening["procedure"])
        self._parties[row.case] = dict(opening["parties"])
        about = opening.get("about")
        if about is not None:
            self._named.append((row.case, row.seq, str(about), None))
        if LINKED.search(row.case):
            key = _opened(row.case, row.name, row, payload, opening)
            self._match(self._results, self._causes, key, (row.case, row.seq))
        elif table.about and about is not None:
            self._lent.append((row.case, str(about), opening["parties"], table.about))

    def recalculated(self, row: Row, entry: Record) -> None:
        """Note what an entry of the register says was recalculated."""
        for case in entry["cases"]:
            self._match(self._causes, self._results, _moved(case, row, entry["signer"]), ("", row.seq))

    def recalculation(self, row: Row, signer: str) -> None:
        """Note a recalculation in a case."""
        self._match(self._results, self._causes, _moved(row.case, row, signer), (row.case, row.seq))

    def _match(
        self,
        mine: dict[Key, list[tuple[str, int]]],
        others: dict[Key, list[tuple[str, int]]],
        key: Key,
        at: tuple[str, int],
    ) -> None:
        waiting = others.get(key)
        if waiting:
            waiting.pop()
            if not waiting:
                del others[key]
        else:
            mine.setdefault(key, []).append(at)

    # Twins

    def standing(self, case: Standing, row: Row, table: Table, *, opened: bool) -> None:
        """Note from when to when a case of a procedure that knows no twins was open."""
        if opened:
            guard = next((one for one in table.guards.values() if one["test"] == "no_open_twin"), None)
            if guard is not None:
                party, memory = case.parties.get(guard["role"], ""), case.record["memory"]
                key = (case.record["procedure"], party, *(memory.get(name, "") for name in guard["keys"]))
                twin = Twin(row.case, _refuses(table, row.name, guard["id"]), (row.at, row.recorded_at))
                self._twins.setdefault(key, []).append(twin)
                self._standing[row.case] = twin
        if table.states.get(case.state) and (twin_ := self._standing.pop(row.case, None)):
            twin_.ended = (row.at, row.recorded_at)

    # The end

    def findings(self) -> Iterator[Finding]:
        """Yield what found no other half, once every chain has been read."""
        for code, waiting in (("not_followed", self._causes), ("no_cause", self._results)):
            for key, places in waiting.items():
                for case, seq in places:
                    yield Finding(case, seq, _code(code, key), named(" ".join(key[1:4])))
        for case, seq, name, procedure in self._named:
            there = self._procedures.get(name)
            if there is None or procedure not in (None, there):
                yield Finding(case, seq, "link", named(name))
        for case, about, parties, lenders in self._lent:
            lent = self._parties[about] if self._procedures.get(about) in lenders else {}
            if any(parties.get(role) != name for role, name in lent.items()):
                yield Finding(case, 1, "parties", Text(f"与{about}的各方不同", f"they are not those of {about}"))
        for twins in self._twins.values():
            for later in twins:
                for other in twins:
                    if later.refuses and _stood(other, later):
                        yield Finding(later.case, 1, "open_twin", named(other.case))


def _lent(case: Standing, row: Row, table: Table, procedure: str) -> Record:
    """Return the opening of a case that an act opens: its parties are lent, or are who acted; so is its resource."""
    said = next(one for one in table.book["procedures"] if one["procedure"] == procedure)
    parties = {}
    for role in (party["role"] for party in said["party"]):
        lends = role in case.parties and role != "raised_by"
        parties[role] = case.parties[role] if lends else row.by
    resource = case.record["resource"] if said.get("resource") else None
    return {"procedure": procedure, "parties": parties, "resource": resource, "about": row.case}


def _stood(other: Twin, later: Twin) -> bool:
    """Whether `other` was open when `later` was opened, by the dates and by the recording."""
    if other is later or (other.opened, other.case) > (later.opened, later.case):
        return False
    return other.ended is None or (other.ended[0] > later.opened[0] and other.ended[1] > later.opened[1])


def _refuses(table: Table, step: str, guard: str) -> bool:
    return any(guard in line.names("guards") for line in table.rows(step, ""))


def _fired(case: str, step: str, row: Row, payload: Record) -> Key:
    return ("fire", case, step, row.moment, row.by, json_text(payload))


def _opened(case: str, step: str, row: Row, payload: Record, opening: Record) -> Key:
    return ("open", case, step, row.moment, row.by, json_text(payload), row.rules, json_text(opening))


def _moved(case: str, row: Row, signer: str) -> Key:
    return ("recalculate", case, row.moment, row.by, signer)


def _code(code: str, key: Key) -> str:
    return "recalculation" if key[0] == "recalculate" else code
