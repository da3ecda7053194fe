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
from gongxiang.workflow.vocabulary import Department


class World(Protocol):
    """What an act may need to know beyond its own case, as it stood at a moment."""

    counting: Counting

    def department(self, name: str, at: datetime) -> Department | None: ...

    def authority(self, level: str, region: str, at: datetime) -> Department | None: ...

    def edition(self, day: date) -> Edition: ...

    def open_twin(self, case: Case, role: str, keys: tuple[str, ...], values: Mapping[str, str]) -> str | None: ...

    def procedure_of(self, case: str) -> str | None: ...


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
