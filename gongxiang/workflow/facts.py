"""What an act is judged on: the case, who acts when with what, and the world as it stood at that moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from gongxiang.calendars import Counting, Due, Edition
from gongxiang.workflow.case import Case
from gongxiang.workflow.deadline import Deadline
from gongxiang.workflow.procedure import Procedure, Row, RuleBook
from gongxiang.workflow.vocabulary import Department, Kind

RESOURCE, GROUND_INSTRUMENT = "resource.", "ground.instrument"
"""Keys of `when` that no act carries: an attribute of the resource; the instrument that lists the case's ground."""
FIXED = ("resource.sharing", GROUND_INSTRUMENT)
"""Those that a table may ask for; a case keeps them from its opening."""


class World(Protocol):
    """What an act may need to know beyond its own case, as it stood at a moment."""

    counting: Counting

    def department(self, name: str, at: datetime) -> Department | None: ...

    def seat(self, kind: Kind, level: str, region: str, at: datetime) -> Department | None: ...

    def edition(self, day: date) -> Edition: ...

    def open_twin(self, case: Case, role: str, keys: tuple[str, ...], values: Mapping[str, str]) -> str | None: ...

    def procedure_of(self, case: str) -> str | None: ...


def asked(key: str, payload: Mapping[str, Any], case: Case, book: RuleBook) -> Any:
    """Return what a row's `when` asks for: an attribute of the resource or of the ground, else what the act carries,
    else what the case remembers.
    """
    kept = case.memory.get
    if key.startswith(RESOURCE):
        return (case.resource or {}).get(key.removeprefix(RESOURCE))
    if key == GROUND_INSTRUMENT:
        return book.instrument_of.get(str(payload.get("ground", kept("ground"))))
    return payload.get(key, kept(key))


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a test may look at. `due` computes the date that the row would give a limit."""

    book: RuleBook
    procedure: Procedure
    row: Row
    case: Case
    by: str
    at: datetime
    payload: Mapping[str, Any]
    world: World
    due: Callable[[str], Due | None]

    def party(self, role: str) -> Department | None:
        """Return the department that plays `role` in the case, as the register has it at the moment of the act."""
        name = self.case.parties.get(role)
        return self.world.department(name, self.at) if name else None

    def deadline(self, limit: str) -> Deadline | None:
        """Return the case's deadline of that limit, or None when it never ran."""
        return self.case.deadlines.get(limit)
